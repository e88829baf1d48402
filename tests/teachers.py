"""What teachers do in a session, in steps that several tests take."""

from __future__ import annotations

from collections.abc import Iterable

from conftest import Oracle

from curation.workspace import Workspace


def observed(workspace: Workspace, session: str, items: Iterable[str]) -> None:
    """Show the items to the robot."""
    for item in items:
        workspace.teach.robot.observe(session, item)


def pick_session(
    workspace: Workspace, oracle: Oracle, label: str = "3", n: int = 6
) -> tuple[str, list[str]]:
    """A session that picks one digit, and the ``n`` items picked so far."""
    session = workspace.teach.sessions.open("threes", "ann", "pick", "three")["session"]
    members = oracle.members(workspace, label)[:n]
    observed(workspace, session, members)
    for item in members:
        workspace.teach.bins.pick(session, item, "ann")
    return session, members


def sorting(
    workspace: Workspace, oracle: Oracle, labels: Iterable[str] = ("1", "2"), n: int = 3
) -> str:
    """A session that sorts digits into bins of their labels, ``n`` items in each so far."""
    session: str = workspace.teach.sessions.open("bins", "ann", "sort")["session"]
    for label in labels:
        for item in oracle.members(workspace, label)[:n]:
            observed(workspace, session, [item])
            workspace.teach.bins.pick(session, item, "ann", label)
    return session


def bins(workspace: Workspace, session: str) -> dict[str, int]:
    """Name of each bin -> how many items teach it."""
    return {one["name"]: one["taught"] for one in workspace.teach.sessions.state(session)["bins"]}
