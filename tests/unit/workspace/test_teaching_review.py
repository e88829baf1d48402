"""Teachers who contradict each other, and what pair review says of a session's items."""

from __future__ import annotations

from conftest import Oracle
from teachers import bins, pick_session, sorting

from curation.workspace import Workspace


def test_teachers_who_contradict_are_shown(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "1")[1]
    assert workspace.teach.bins.pick(session, item, "bea", "2")["conflict"]
    state = workspace.teach.sessions.state(session)
    assert state["contradictions"] == [{"item": item, "bins": {"ann": "1", "bea": "2"}}]
    assert len(workspace.review.conflicts("bins")) == 1
    assert not workspace.teach.bins.pick(session, item, "bea", "1")["conflict"]
    assert workspace.review.conflicts("bins") == []


def test_an_item_that_teachers_contradict_each_other_about_teaches_nothing(
    workspace: Workspace, oracle: Oracle
) -> None:
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "1")[1]
    workspace.training.train_now("bins")
    assert workspace.teach.robot.answers(session)["answers"][item] == {
        "bin": "1",
        "confidence": 1.0,
    }
    workspace.teach.bins.pick(session, item, "bea", "2")
    live = workspace.teach.sessions.find(session)
    assert item not in [i for items in live.taught().values() for i in items]
    assert workspace.teach.sessions.state(session)["learnt"] == 5
    shown = live.criterion.showing.snapshot
    assert shown is not None
    assert live.answers(shown).confidence[shown.position[item]] < 1
    workspace.training.train_now("bins")
    state = workspace.teach.sessions.state(session)
    assert (state["taught"], state["learnt"], state["picks"]) == (5, 5, 7)
    shown = live.criterion.showing.snapshot
    assert shown is not None
    told = shown.generation.metrics["picks"]
    assert sorted(map(len, told.values())) == [2, 3]


def test_pair_review_carries_over(workspace: Workspace, oracle: Oracle) -> None:
    session, members = pick_session(workspace, oracle)
    more = oracle.members(workspace, "3")[8]
    workspace.review.decide("threes", "ann", [{"a": members[0], "b": more, "verdict": "same"}])
    assert more in workspace.teach.sessions.find(session).taught()["three"]
    workspace.training.train_now("threes")
    state = workspace.teach.sessions.state(session)
    assert (state["taught"], state["learnt"]) == (6, 6)


def test_what_review_calls_different_is_not_picked(workspace: Workspace, oracle: Oracle) -> None:
    session, members = pick_session(workspace, oracle)
    workspace.training.train_now("threes")
    answers = workspace.teach.robot.answers(session)["answers"]
    taken = [i for i, one in answers.items() if one["bin"] == "three" and i not in members]
    workspace.review.decide(
        "threes", "bea", [{"a": members[2], "b": taken[0], "verdict": "different"}]
    )
    answers = workspace.teach.robot.answers(session)["answers"]
    assert answers[taken[0]] == {"bin": None, "confidence": 1.0}
    assert answers[taken[1]]["bin"] == "three"
    workspace.training.train_now("threes")
    assert workspace.teach.robot.observe(session, taken[0])["bin"] is None


def test_what_review_calls_different_is_not_sorted_by_guess(
    workspace: Workspace, oracle: Oracle
) -> None:
    session = sorting(workspace, oracle)
    workspace.training.train_now("bins")
    answers = workspace.teach.robot.answers(session)["answers"]
    first = oracle.members(workspace, "1")
    item = next(i for i, one in answers.items() if one["bin"] == "1" and i not in first[:3])
    workspace.review.decide("bins", "bea", [{"a": first[1], "b": item, "verdict": "different"}])
    found = workspace.teach.robot.answers(session)["answers"][item]
    assert found["bin"] is None
    assert found["confidence"] < 0.5
    workspace.teach.sessions.ask_at_most(session, 0, "ann")
    assert workspace.teach.robot.observe(session, item)["action"] == "wait"
    workspace.teach.sessions.ask_at_most(session, 1, "ann")
    assert workspace.teach.robot.observe(session, item)["action"] == "ask"


def test_a_pick_that_review_takes_out_of_its_bin_teaches_nothing(
    workspace: Workspace, oracle: Oracle
) -> None:
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")
    workspace.review.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "different"}])
    assert workspace.review.conflicts("bins") == []
    state = workspace.teach.sessions.state(session)
    assert state["refused"] == [{"item": first[2], "bin": "1"}]
    assert (state["taught"], state["picks"], bins(workspace, session)["1"]) == (5, 6, 2)
    assert workspace.teach.robot.answers(session)["answers"][first[2]]["bin"] != "1"
    assert workspace.teach.bins.items(session, "1") == {"bin": "1", "items": first[1::-1]}
    workspace.review.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "same"}])
    state = workspace.teach.sessions.state(session)
    assert (state["taught"], state["refused"]) == (6, [])


def test_answers_that_hold_an_item_in_two_bins_are_counted(
    workspace: Workspace, oracle: Oracle
) -> None:
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "7")[0]
    both = [oracle.members(workspace, label)[0] for label in ("1", "2")]
    answers = [{"a": first, "b": item, "verdict": "same"} for first in both]
    workspace.review.decide("bins", "bea", answers)
    assert workspace.teach.sessions.state(session)["disputes"] == 1
    workspace.teach.bins.pick(session, oracle.members(workspace, "1")[1], "bea", "2")
    state = workspace.teach.sessions.state(session)
    assert (len(state["contradictions"]), state["disputes"]) == (1, 1)


def test_an_unsure_pick_is_told_and_stays_out(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")
    workspace.review.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "unsure"}])
    assert workspace.teach.sessions.state(session)["refused"] == [{"item": first[2], "bin": "1"}]
    workspace.teach.bins.pick(session, oracle.members(workspace, "2")[1], "ann", "1")
    assert workspace.teach.sessions.state(session)["refused"] == [{"item": first[2], "bin": "1"}]


def test_bins_that_review_calls_the_same_are_told(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    one, two = (oracle.members(workspace, label)[0] for label in ("1", "2"))
    workspace.review.decide("bins", "ann", [{"a": one, "b": two, "verdict": "same"}])
    assert workspace.teach.sessions.state(session)["disputes"] == 1
    workspace.teach.bins.undo(session, "ann")
    assert workspace.teach.sessions.state(session)["disputes"] == 1


def test_pair_review_undoes_its_own_answers_alone(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle)
    more = oracle.members(workspace, "1")[8]
    workspace.review.decide("bins", "ann", [{"a": oracle.members(workspace, "1")[0], "b": more,
                                      "verdict": "same"}])  # fmt: skip
    assert len(workspace.review.undo("bins", "ann")["undone"]) == 1
    assert workspace.review.undo("bins", "ann")["undone"] == []
    state = workspace.teach.sessions.state(session)
    assert (state["taught"], state["refused"]) == (6, [])
