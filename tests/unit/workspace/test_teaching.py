"""A session without web: its opening, picks and undo, and its way through a stop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Oracle
from teachers import bins, observed, pick_session, sorting

from curation.errors import CurationError, DecisionError, TrainingError, UnknownName
from curation.settings import DEFAULT_CRITERION
from curation.workspace import Workspace, open_workspace


def test_picks_are_decisions_of_the_criterion(workspace: Workspace, oracle: Oracle) -> None:
    _, members = pick_session(workspace, oracle)
    closure = workspace.snapshot("threes").closure
    assert closure.groups == (tuple(sorted(members)),)
    assert not closure.cannot_link
    groups = workspace.groups.all("threes")["groups"]
    assert [(group["name"], group["size"]) for group in groups] == [("three", 6)]


def test_a_session_goes_on_where_it_was(
    prepared_digits: Path, tmp_path: Path, oracle: Oracle
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, members = pick_session(workspace, oracle)
        workspace.teach.sessions.step(session, "pause", "ann")
        before = workspace.teach.sessions.state(session)
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        after = workspace.teach.sessions.state(session)
        assert after == before
        with pytest.raises(DecisionError, match="paused"):
            workspace.teach.bins.pick(session, members[0], "ann")
        workspace.teach.sessions.step(session, "resume", "ann")
        workspace.teach.bins.undo(session, "ann")
        assert workspace.teach.sessions.state(session)["picks"] == 5


def test_a_pick_whose_decisions_a_kill_kept_back_is_made_good(
    prepared_digits: Path, tmp_path: Path, oracle: Oracle
) -> None:
    from curation.teaching.events import Event

    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, members = pick_session(workspace, oracle)
        late = oracle.members(workspace, "3")[6]
        observed(workspace, session, [late])
        workspace.teach.sessions._events.append(Event("late", "threes", "pick", "ann", late))
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert workspace.snapshot("threes").closure.groups == (tuple(sorted([*members, late])),)
        again = workspace.teach.bins.pick(session, late, "ann", key="late")
        assert again["repeated"]
        assert again["picks"] == 7
        assert len(workspace.log.read("threes")) == 6


def test_a_repeated_key_is_one_pick(workspace: Workspace, oracle: Oracle) -> None:
    session, members = pick_session(workspace, oracle)
    more = oracle.members(workspace, "3")[6]
    observed(workspace, session, [more])
    first = workspace.teach.bins.pick(session, more, "ann", key="k")
    workspace.teach.bins.undo(session, "ann", key="u")
    again = workspace.teach.bins.pick(session, more, "ann", key="k")
    assert (first["repeated"], again["repeated"], again["picks"]) == (False, True, 6)
    assert workspace.teach.bins.undo(session, "ann", key="u")["picks"] == 6
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach.bins.pick(session, members[0], "ann", key="k")


def test_a_key_stands_for_one_thing_said(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    for _ in range(2):
        workspace.teach.bins.rename(session, "1", "ones", "ann", key="k")
    with pytest.raises(DecisionError, match="value 'ones', got 'other'"):
        workspace.teach.bins.rename(session, "1", "other", "ann", key="k")
    assert bins(workspace, session) == {"ones": 3, "2": 3}
    for _ in range(2):
        workspace.teach.sessions.ask_at_most(session, 0.5, "ann", key="a")
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach.sessions.ask_at_most(session, 0.6, "ann", key="a")
    for _ in range(2):
        workspace.teach.sessions.open("more", "ann", "pick", "one", key="o")
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach.sessions.open("more", "ann", "pick", "two", key="o")
    with pytest.raises(DecisionError, match="There is a session"):
        workspace.teach.sessions.open("more", "ann", "pick", "one")


def test_what_a_session_learnt_stays_told_after_it(workspace: Workspace, oracle: Oracle) -> None:
    session, members = pick_session(workspace, oracle)
    workspace.training.train_now("threes")
    workspace.teach.sessions.step(session, "end", "ann")
    others = oracle.members(workspace, "4")[:4]
    answers = [{"a": members[0], "b": other, "verdict": "different"} for other in others]
    workspace.review.decide("threes", "bea", answers)
    assert workspace.training.train_now("threes")
    state = workspace.teach.sessions.state(session)
    assert state["learnt"] == state["taught"] == 6
    assert "picks" not in workspace.snapshot("threes").generation.metrics


def test_an_objective_is_chosen_only_once_a_session_has_ended(
    workspace: Workspace, oracle: Oracle
) -> None:
    session, members = pick_session(workspace, oracle)
    assert workspace.status("threes")["taught"]
    assert not workspace.status(DEFAULT_CRITERION)["taught"]
    for named in (
        workspace.training.train,
        workspace.training.train_now,
        workspace.training.try_objective,
    ):
        with pytest.raises(TrainingError, match="learns from its bins"):
            named("threes", objective="supcon")
    assert [row["number"] for row in workspace.training.generations("threes")] == [0]
    workspace.training.train_now("threes")
    workspace.teach.sessions.step(session, "end", "ann")
    assert not workspace.status("threes")["taught"]
    others = oracle.members(workspace, "4")[:4]
    answers = [{"a": members[0], "b": other, "verdict": "different"} for other in others]
    workspace.review.decide("threes", "bea", answers)
    with pytest.raises(TrainingError, match="Generation 1 learnt from a session's bins"):
        workspace.training.try_objective("threes", "supcon")
    workspace.training.train_now("threes", "supcon")
    assert workspace.training.try_objective("threes", "simclr")["started"]


def test_a_criterion_is_not_taken_over_without_a_word(workspace: Workspace) -> None:
    workspace.criteria.add("threes")
    before = workspace.criteria.settings("threes")
    with pytest.raises(DecisionError, match="There is a criterion 'threes'"):
        workspace.teach.sessions.open("threes ", "ann", "pick", "three")
    assert workspace.criteria.settings("threes") == before
    assert workspace.teach.sessions.all() == []
    opened = workspace.teach.sessions.open("threes", "ann", "pick", "three", "k", take_over=True)
    assert workspace.teach.sessions.open("threes", "ann", "pick", "three", "k") == opened
    assert workspace.criteria.settings("threes")["every_decisions"] == 3


class Killed(BaseException):
    """In place of a kill: nobody catches it."""


@pytest.mark.parametrize("step", ["hold", "configure"])
def test_an_opening_that_a_kill_cut_short_is_made_good(
    prepared_digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")

    def killed(*_: Any) -> None:
        raise Killed

    opened = ("threes", "ann", "pick", "three", "k")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        monkeypatch.setattr(workspace.criteria, step, killed)
        with pytest.raises(Killed):
            workspace.teach.sessions.open(*opened)
    for _ in range(2):
        with open_workspace(folder, inline=True, device="cpu") as workspace:
            assert workspace.criteria.settings("threes")["every_decisions"] == 3
            state = workspace.teach.sessions.open(*opened)
            assert (state["status"], [one["name"] for one in state["bins"]]) == (
                "active",
                ["three"],
            )
            with pytest.raises(DecisionError, match="There is a session"):
                workspace.teach.sessions.open(*opened[:4])


@pytest.mark.parametrize("name", [" ", "x" * 201])
def test_a_name_that_no_criterion_may_have_leaves_nothing(workspace: Workspace, name: str) -> None:
    with pytest.raises(CurationError, match="criterion"):
        workspace.teach.sessions.open(name, "ann", "sort")
    assert workspace.teach.sessions._events.read() == []


def test_what_cannot_be(workspace: Workspace, oracle: Oracle) -> None:
    session, _ = pick_session(workspace, oracle)
    unseen = oracle.members(workspace, "5")[0]
    with pytest.raises(UnknownName, match=r"observed item .* observe it first"):
        workspace.teach.bins.pick(session, unseen, "ann")
    with pytest.raises(UnknownName, match=r"Unknown item 'none'\. Expected an id"):
        workspace.teach.bins.pick(session, "none", "ann")
    with pytest.raises(UnknownName, match="session"):
        workspace.teach.sessions.state("none")
    with pytest.raises(CurationError, match="no encoder"):
        workspace.teach.robot.observe(session, image=b"x")
    workspace.teach.tokens.grant(session, "arm", "ann")
    workspace.teach.sessions.step(session, "end", "ann")
    changes: tuple[Callable[[], object], ...] = (
        lambda: workspace.teach.bins.undo(session, "ann"),
        lambda: workspace.teach.sessions.ask_at_most(session, 0.5, "ann"),
        lambda: workspace.teach.tokens.grant(session, "other", "ann"),
        lambda: workspace.teach.sessions.step(session, "end", "ann"),
    )
    for change in changes:
        with pytest.raises(DecisionError, match="has ended; open a new one, or go on in pair rev"):
            change()
    assert workspace.teach.sessions.state(session)["robots"] == ["arm"]
    assert workspace.teach.tokens.revoke(session, "arm") == {"robots": []}
    before = workspace.teach.sessions.state(session)["observations"]
    with pytest.raises(DecisionError, match="ended; open a new one"):
        workspace.teach.robot.observe(session, unseen)
    workspace.teach.belt.items(session, more=True)
    assert workspace.teach.sessions.state(session)["observations"] == before
