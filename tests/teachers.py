"""What teachers do in a session, in steps that several tests take."""

from __future__ import annotations


def observed(workspace, session, items):
    """Show the items to the robot."""
    for item in items:
        workspace.teach.robot.observe(session, item)


def pick_session(workspace, oracle, label="3", n=6):
    """A session that picks one digit, and the ``n`` items picked so far."""
    session = workspace.teach.sessions.open("threes", "ann", "pick", "three")["session"]
    members = oracle.members(workspace, label)[:n]
    observed(workspace, session, members)
    for item in members:
        workspace.teach.bins.pick(session, item, "ann")
    return session, members


def sorting(workspace, oracle, labels=("1", "2"), n=3):
    """A session that sorts digits into bins of their labels, ``n`` items in each so far."""
    session = workspace.teach.sessions.open("bins", "ann", "sort")["session"]
    for label in labels:
        for item in oracle.members(workspace, label)[:n]:
            observed(workspace, session, [item])
            workspace.teach.bins.pick(session, item, "ann", label)
    return session


def bins(workspace, session):
    """Name of each bin -> how many items teach it."""
    return {one["name"]: one["taught"] for one in workspace.teach.sessions.state(session)["bins"]}
