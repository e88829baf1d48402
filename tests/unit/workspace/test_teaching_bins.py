"""Bins of a sorting session: apart, named, merged, and what an undo leaves of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from conftest import Oracle
from teachers import bins, observed, sorting

from curation.workspace import Workspace, open_workspace


def test_bins_are_set_apart(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    closure = workspace.snapshot("bins").closure
    assert [len(group) for group in closure.groups] == [3, 3]
    assert closure.cannot_link == {(0, 1)}
    workspace.training.train_now("bins")
    answers = workspace.teach.robot.answers(session)["answers"]
    ones = [answers[item]["bin"] for item in oracle.members(workspace, "1")]
    assert ones.count("1") > len(ones) * 0.8


def test_merge_rename_and_their_undo(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle, ("1", "2", "7"))
    workspace.teach.bins.merge(session, "7", "1", "ann")
    assert bins(workspace, session) == {"1": 6, "2": 3}
    assert sorted(map(len, workspace.snapshot("bins").closure.groups)) == [3, 6]
    workspace.teach.bins.rename(session, "1", "straight", "ann")
    item = oracle.members(workspace, "7")[5]
    observed(workspace, session, [item])
    assert workspace.teach.bins.pick(session, item, "bea", "7")["bin"] == "straight"
    assert workspace.snapshot("bins").closure.conflicts == ()
    workspace.teach.bins.undo(session, "ann")
    assert bins(workspace, session) == {"1": 7, "2": 3}
    workspace.teach.bins.undo(session, "ann")
    assert bins(workspace, session) == {"1": 3, "2": 3, "7": 4}
    closure = workspace.snapshot("bins").closure
    assert sorted(map(len, closure.groups)) == [3, 3, 4]
    assert len(closure.cannot_link) == 3


def test_a_new_bin_may_have_a_name_that_another_had(
    prepared_digits: Path, tmp_path: Path, oracle: Oracle
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session = sorting(workspace, oracle)
        workspace.teach.bins.rename(session, "1", "straight", "ann")
        first, second, third = oracle.members(workspace, "7")[:3]
        observed(workspace, session, [first, second, third])
        assert workspace.teach.bins.pick(session, first, "arm", "1")["bin"] == "straight"
        assert workspace.teach.bins.pick(session, second, "ann", "1", "k", new=True)["bin"] == "1"
        assert workspace.teach.bins.pick(session, third, "arm", "1")["bin"] == "1"
        assert bins(workspace, session) == {"straight": 4, "2": 3, "1": 2}
        assert len(workspace.snapshot("bins").closure.cannot_link) == 3
        again = workspace.teach.bins.pick(session, second, "ann", "1", "k", new=True)
        assert (again["repeated"], again["picks"]) == (True, 9)
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert bins(workspace, session) == {"straight": 4, "2": 3, "1": 2}
        workspace.teach.bins.undo(session, "arm")
        assert workspace.teach.bins.undo(session, "ann")["picks"] == 7
        assert bins(workspace, session) == {"straight": 4, "2": 3}
        assert workspace.teach.bins.pick(session, third, "arm", "1")["bin"] == "straight"
        assert workspace.teach.bins.pick(session, first, "ann", "2", new=True)["bin"] == "2"


def test_a_change_of_mind_moves_an_item(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")[0]  # the centre of its bin's star
    workspace.teach.bins.pick(session, first, "ann", "2")
    closure = workspace.snapshot("bins").closure
    assert sorted(map(len, closure.groups)) == [2, 4]
    assert closure.cannot_link == {(0, 1)}
    assert closure.conflicts == ()
    workspace.teach.bins.undo(session, "ann")
    assert sorted(map(len, workspace.snapshot("bins").closure.groups)) == [3, 3]


def test_names_follow_an_undo(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    workspace.teach.bins.rename(session, "1", "straight", "ann")
    workspace.teach.bins.merge(session, "2", "straight", "ann")
    workspace.teach.bins.undo(session, "ann")
    workspace.teach.bins.undo(session, "ann")
    firsts = [oracle.members(workspace, label)[0] for label in ("1", "2")]
    assert [workspace.log.names("bins")[item] for item in firsts] == ["1", "2"]


def test_the_same_pick_again_is_no_second_step(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "2")[2]
    again = workspace.teach.bins.pick(session, item, "ann", "2")
    assert (again["repeated"], again["picks"]) == (True, 6)
    assert workspace.teach.bins.undo(session, "ann")["picks"] == 5
    assert item not in workspace.teach.sessions.find(session).taught()["2"]


def test_an_undo_that_takes_a_bin_away_keeps_the_session_whole(
    prepared_digits: Path, tmp_path: Path, oracle: Oracle
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session = sorting(workspace, oracle, n=1)
        workspace.teach.bins.rename(session, "2", "bent", "bea")
        workspace.teach.bins.undo(session, "ann")
        assert bins(workspace, session) == {"1": 1}
        workspace.teach.bins.undo(session, "bea")  # nothing is called so any more
        assert bins(workspace, session) == {"1": 1}
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert bins(workspace, session) == {"1": 1}
        assert workspace.teach.bins.undo(session, "ann")["picks"] == 0
