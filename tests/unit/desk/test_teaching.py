"""A session without web: picks, bins, undo, what the robot would do, and its way through a stop."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pytest
from conftest import draw

from curation.errors import CurationError, DecisionError, SourceError, UnknownName
from curation.workspace import open_workspace


def observed(workspace, session, items):
    for item in items:
        workspace.teach_observe(session, item)


def pick_session(workspace, oracle, label="3", n=6):
    session = workspace.teach_open("threes", "ann", "pick", "three")["session"]
    members = oracle.members(workspace, label)[:n]
    observed(workspace, session, members)
    for item in members:
        workspace.teach_pick(session, item, "ann")
    return session, members


def f1(workspace, session, oracle, label, picked):
    answers = workspace.teach_answers(session)["answers"]
    truth = set(oracle.members(workspace, label)) - set(picked)
    taken = {item for item, one in answers.items() if one["bin"]} - set(picked)
    return 2 * len(taken & truth) / (len(taken) + len(truth))


def test_nothing_is_known_before_a_pick(workspace):
    session = workspace.teach_open("threes", "ann", "pick", "three")["session"]
    item = workspace.catalogue.items[0].id
    answer = workspace.teach_observe(session, item)
    assert (answer["action"], answer["bin"]) == ("wait", None)
    assert workspace.teach_state(session)["confident_share"] is None


def test_picks_are_decisions_of_the_criterion(workspace, oracle):
    _, members = pick_session(workspace, oracle)
    closure = workspace.snapshot("threes").closure
    assert closure.groups == (tuple(sorted(members)),)
    assert not closure.cannot_link
    groups = workspace.groups("threes")["groups"]
    assert [(group["name"], group["size"]) for group in groups] == [("three", 6)]


def test_the_robot_learns(workspace, oracle):
    session, members = pick_session(workspace, oracle, n=10)
    number = workspace.train_now("threes")
    state = workspace.teach_state(session)
    assert (state["generation"], state["learnt"], state["picks"]) == (number, 10, 10)
    assert f1(workspace, session, oracle, "3", members) > 0.7
    assert 0 <= state["agreement"] <= 1
    assert 0 <= state["confident_share"] <= 1


def test_a_session_goes_on_where_it_was(prepared_digits, tmp_path, oracle):
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, members = pick_session(workspace, oracle)
        workspace.teach_status(session, "pause", "ann")
        before = workspace.teach_state(session)
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        after = workspace.teach_state(session)
        assert after == before
        with pytest.raises(DecisionError, match="paused"):
            workspace.teach_pick(session, members[0], "ann")
        workspace.teach_status(session, "resume", "ann")
        workspace.teach_undo(session, "ann")
        assert workspace.teach_state(session)["picks"] == 5


def test_a_pick_whose_decisions_a_kill_kept_back_is_made_good(prepared_digits, tmp_path, oracle):
    from curation.teaching.events import Event

    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, members = pick_session(workspace, oracle)
        late = oracle.members(workspace, "3")[6]
        observed(workspace, session, [late])
        workspace._events.append(Event("late", "threes", "pick", "ann", late))
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert workspace.snapshot("threes").closure.groups == (tuple(sorted([*members, late])),)
        again = workspace.teach_pick(session, late, "ann", key="late")
        assert again["repeated"]
        assert again["picks"] == 7
        assert len(workspace.log.read("threes")) == 6


def test_a_repeated_key_is_one_pick(workspace, oracle):
    session, members = pick_session(workspace, oracle)
    more = oracle.members(workspace, "3")[6]
    observed(workspace, session, [more])
    first = workspace.teach_pick(session, more, "ann", key="k")
    workspace.teach_undo(session, "ann", key="u")
    again = workspace.teach_pick(session, more, "ann", key="k")
    assert (first["repeated"], again["repeated"], again["picks"]) == (False, True, 6)
    assert workspace.teach_undo(session, "ann", key="u")["picks"] == 6
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach_pick(session, members[0], "ann", key="k")


def sorting(workspace, oracle, labels=("1", "2"), n=3):
    session = workspace.teach_open("bins", "ann", "sort")["session"]
    for label in labels:
        for item in oracle.members(workspace, label)[:n]:
            observed(workspace, session, [item])
            workspace.teach_pick(session, item, "ann", label)
    return session


def bins(workspace, session):
    return {one["name"]: one["taught"] for one in workspace.teach_state(session)["bins"]}


def test_bins_are_set_apart(workspace, oracle):
    session = sorting(workspace, oracle)
    closure = workspace.snapshot("bins").closure
    assert [len(group) for group in closure.groups] == [3, 3]
    assert closure.cannot_link == {(0, 1)}
    workspace.train_now("bins")
    answers = workspace.teach_answers(session)["answers"]
    ones = [answers[item]["bin"] for item in oracle.members(workspace, "1")]
    assert ones.count("1") > len(ones) * 0.8


def test_merge_rename_and_their_undo(workspace, oracle):
    session = sorting(workspace, oracle, ("1", "2", "7"))
    workspace.teach_merge(session, "7", "1", "ann")
    assert bins(workspace, session) == {"1": 6, "2": 3}
    assert sorted(map(len, workspace.snapshot("bins").closure.groups)) == [3, 6]
    workspace.teach_rename(session, "1", "straight", "ann")
    item = oracle.members(workspace, "7")[5]
    observed(workspace, session, [item])
    assert workspace.teach_pick(session, item, "bea", "7")["bin"] == "straight"
    assert workspace.snapshot("bins").closure.conflicts == ()
    workspace.teach_undo(session, "ann")
    assert bins(workspace, session) == {"1": 7, "2": 3}
    workspace.teach_undo(session, "ann")
    assert bins(workspace, session) == {"1": 3, "2": 3, "7": 4}
    closure = workspace.snapshot("bins").closure
    assert sorted(map(len, closure.groups)) == [3, 3, 4]
    assert len(closure.cannot_link) == 3


def test_a_new_bin_may_have_a_name_that_another_had(prepared_digits, tmp_path, oracle):
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session = sorting(workspace, oracle)
        workspace.teach_rename(session, "1", "straight", "ann")
        first, second, third = oracle.members(workspace, "7")[:3]
        observed(workspace, session, [first, second, third])
        assert workspace.teach_pick(session, first, "arm", "1")["bin"] == "straight"
        assert workspace.teach_pick(session, second, "ann", "1", "k", new=True)["bin"] == "1"
        assert workspace.teach_pick(session, third, "arm", "1")["bin"] == "1"
        assert bins(workspace, session) == {"straight": 4, "2": 3, "1": 2}
        assert len(workspace.snapshot("bins").closure.cannot_link) == 3
        again = workspace.teach_pick(session, second, "ann", "1", "k", new=True)
        assert (again["repeated"], again["picks"]) == (True, 9)
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert bins(workspace, session) == {"straight": 4, "2": 3, "1": 2}
        workspace.teach_undo(session, "arm")
        assert workspace.teach_undo(session, "ann")["picks"] == 7
        assert bins(workspace, session) == {"straight": 4, "2": 3}
        assert workspace.teach_pick(session, third, "arm", "1")["bin"] == "straight"
        assert workspace.teach_pick(session, first, "ann", "2", new=True)["bin"] == "2"


def test_a_key_stands_for_one_thing_said(workspace, oracle):
    session = sorting(workspace, oracle)
    for _ in range(2):
        workspace.teach_rename(session, "1", "ones", "ann", key="k")
    with pytest.raises(DecisionError, match="value 'ones', got 'other'"):
        workspace.teach_rename(session, "1", "other", "ann", key="k")
    assert bins(workspace, session) == {"ones": 3, "2": 3}
    for _ in range(2):
        workspace.teach_asks(session, 0.5, "ann", key="a")
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach_asks(session, 0.6, "ann", key="a")
    for _ in range(2):
        workspace.teach_open("more", "ann", "pick", "one", key="o")
    with pytest.raises(DecisionError, match="used before"):
        workspace.teach_open("more", "ann", "pick", "two", key="o")
    with pytest.raises(DecisionError, match="There is a session"):
        workspace.teach_open("more", "ann", "pick", "one")


def test_a_change_of_mind_moves_an_item(workspace, oracle):
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")[0]  # the centre of its bin's star
    workspace.teach_pick(session, first, "ann", "2")
    closure = workspace.snapshot("bins").closure
    assert sorted(map(len, closure.groups)) == [2, 4]
    assert closure.cannot_link == {(0, 1)}
    assert closure.conflicts == ()
    workspace.teach_undo(session, "ann")
    assert sorted(map(len, workspace.snapshot("bins").closure.groups)) == [3, 3]


def test_teachers_who_contradict_are_shown(workspace, oracle):
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "1")[1]
    assert workspace.teach_pick(session, item, "bea", "2")["conflict"]
    state = workspace.teach_state(session)
    assert state["contradictions"] == [{"item": item, "bins": {"ann": "1", "bea": "2"}}]
    assert len(workspace.conflicts("bins")) == 1
    assert not workspace.teach_pick(session, item, "bea", "1")["conflict"]
    assert workspace.conflicts("bins") == []


def test_an_item_that_teachers_contradict_each_other_about_teaches_nothing(workspace, oracle):
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "1")[1]
    workspace.train_now("bins")
    assert workspace.teach_answers(session)["answers"][item] == {"bin": "1", "confidence": 1.0}
    workspace.teach_pick(session, item, "bea", "2")
    live = workspace._live(session)
    assert item not in [i for items in live.taught().values() for i in items]
    assert workspace.teach_state(session)["learnt"] == 5
    shown = live.lane.track.snapshot
    assert live.answers(shown).confidence[shown.position[item]] < 1
    workspace.train_now("bins")
    state = workspace.teach_state(session)
    assert (state["taught"], state["learnt"], state["picks"]) == (5, 5, 7)
    told = live.lane.track.snapshot.generation.metrics["picks"]
    assert sorted(map(len, told.values())) == [2, 3]


def test_pair_review_carries_over(workspace, oracle):
    session, members = pick_session(workspace, oracle)
    more = oracle.members(workspace, "3")[8]
    workspace.decide("threes", "ann", [{"a": members[0], "b": more, "verdict": "same"}])
    assert more in workspace._live(session).taught()["three"]
    workspace.train_now("threes")
    state = workspace.teach_state(session)
    assert (state["taught"], state["learnt"]) == (6, 6)


def test_what_review_calls_different_is_not_picked(workspace, oracle):
    session, members = pick_session(workspace, oracle)
    workspace.train_now("threes")
    answers = workspace.teach_answers(session)["answers"]
    taken = [i for i, one in answers.items() if one["bin"] == "three" and i not in members]
    workspace.decide("threes", "bea", [{"a": members[2], "b": taken[0], "verdict": "different"}])
    answers = workspace.teach_answers(session)["answers"]
    assert answers[taken[0]] == {"bin": None, "confidence": 1.0}
    assert answers[taken[1]]["bin"] == "three"
    workspace.train_now("threes")
    assert workspace.teach_observe(session, taken[0])["bin"] is None


def test_what_review_calls_different_is_not_sorted_by_guess(workspace, oracle):
    session = sorting(workspace, oracle)
    workspace.train_now("bins")
    answers = workspace.teach_answers(session)["answers"]
    first = oracle.members(workspace, "1")
    item = next(i for i, one in answers.items() if one["bin"] == "1" and i not in first[:3])
    workspace.decide("bins", "bea", [{"a": first[1], "b": item, "verdict": "different"}])
    found = workspace.teach_answers(session)["answers"][item]
    assert found["bin"] is None
    assert found["confidence"] < 0.5
    workspace.teach_asks(session, 0, "ann")
    assert workspace.teach_observe(session, item)["action"] == "wait"
    workspace.teach_asks(session, 1, "ann")
    assert workspace.teach_observe(session, item)["action"] == "ask"


def test_a_pick_that_review_takes_out_of_its_bin_teaches_nothing(workspace, oracle):
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")
    workspace.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "different"}])
    assert workspace.conflicts("bins") == []
    state = workspace.teach_state(session)
    assert state["refused"] == [{"item": first[2], "bin": "1"}]
    assert (state["taught"], state["picks"], bins(workspace, session)["1"]) == (5, 6, 2)
    assert workspace.teach_answers(session)["answers"][first[2]]["bin"] != "1"
    assert workspace.teach_bin_items(session, "1") == {"bin": "1", "items": first[1::-1]}
    workspace.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "same"}])
    state = workspace.teach_state(session)
    assert (state["taught"], state["refused"]) == (6, [])


def test_answers_that_hold_an_item_in_two_bins_are_counted(workspace, oracle):
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "7")[0]
    both = [oracle.members(workspace, label)[0] for label in ("1", "2")]
    answers = [{"a": first, "b": item, "verdict": "same"} for first in both]
    workspace.decide("bins", "bea", answers)
    assert workspace.teach_state(session)["disputes"] == 1
    workspace.teach_pick(session, oracle.members(workspace, "1")[1], "bea", "2")
    state = workspace.teach_state(session)
    assert (len(state["contradictions"]), state["disputes"]) == (1, 1)


def test_an_unsure_pick_is_told_and_stays_out(workspace, oracle):
    session = sorting(workspace, oracle)
    first = oracle.members(workspace, "1")
    workspace.decide("bins", "ann", [{"a": first[0], "b": first[2], "verdict": "unsure"}])
    assert workspace.teach_state(session)["refused"] == [{"item": first[2], "bin": "1"}]
    workspace.teach_pick(session, oracle.members(workspace, "2")[1], "ann", "1")
    assert workspace.teach_state(session)["refused"] == [{"item": first[2], "bin": "1"}]


def test_bins_that_review_calls_the_same_are_told(workspace, oracle):
    session = sorting(workspace, oracle)
    one, two = (oracle.members(workspace, label)[0] for label in ("1", "2"))
    workspace.decide("bins", "ann", [{"a": one, "b": two, "verdict": "same"}])
    assert workspace.teach_state(session)["disputes"] == 1
    workspace.teach_undo(session, "ann")
    assert workspace.teach_state(session)["disputes"] == 1


def test_pair_review_undoes_its_own_answers_alone(workspace, oracle):
    session = sorting(workspace, oracle)
    more = oracle.members(workspace, "1")[8]
    workspace.decide("bins", "ann", [{"a": oracle.members(workspace, "1")[0], "b": more,
                                      "verdict": "same"}])  # fmt: skip
    assert len(workspace.undo("bins", "ann")["undone"]) == 1
    assert workspace.undo("bins", "ann")["undone"] == []
    state = workspace.teach_state(session)
    assert (state["taught"], state["refused"]) == (6, [])


def test_names_follow_an_undo(workspace, oracle):
    session = sorting(workspace, oracle)
    workspace.teach_rename(session, "1", "straight", "ann")
    workspace.teach_merge(session, "2", "straight", "ann")
    workspace.teach_undo(session, "ann")
    workspace.teach_undo(session, "ann")
    firsts = [oracle.members(workspace, label)[0] for label in ("1", "2")]
    assert [workspace.log.names("bins")[item] for item in firsts] == ["1", "2"]


def test_the_same_pick_again_is_no_second_step(workspace, oracle):
    session = sorting(workspace, oracle)
    item = oracle.members(workspace, "2")[2]
    again = workspace.teach_pick(session, item, "ann", "2")
    assert (again["repeated"], again["picks"]) == (True, 6)
    assert workspace.teach_undo(session, "ann")["picks"] == 5
    assert item not in workspace._live(session).taught()["2"]


def test_what_a_session_learnt_stays_told_after_it(workspace, oracle):
    session, members = pick_session(workspace, oracle)
    workspace.train_now("threes")
    workspace.teach_status(session, "end", "ann")
    others = oracle.members(workspace, "4")[:4]
    answers = [{"a": members[0], "b": other, "verdict": "different"} for other in others]
    workspace.decide("threes", "bea", answers)
    assert workspace.train_now("threes")
    state = workspace.teach_state(session)
    assert state["learnt"] == state["taught"] == 6
    assert "picks" not in workspace.snapshot("threes").generation.metrics


def test_an_undo_that_takes_a_bin_away_keeps_the_session_whole(prepared_digits, tmp_path, oracle):
    import shutil

    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session = sorting(workspace, oracle, n=1)
        workspace.teach_rename(session, "2", "bent", "bea")
        workspace.teach_undo(session, "ann")
        assert bins(workspace, session) == {"1": 1}
        workspace.teach_undo(session, "bea")  # nothing is called so any more
        assert bins(workspace, session) == {"1": 1}
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert bins(workspace, session) == {"1": 1}
        assert workspace.teach_undo(session, "ann")["picks"] == 0


def test_a_criterion_is_not_taken_over_without_a_word(workspace):
    workspace.add_criterion("threes")
    before = workspace.settings("threes")
    with pytest.raises(DecisionError, match="There is a criterion 'threes'"):
        workspace.teach_open("threes ", "ann", "pick", "three")
    assert workspace.settings("threes") == before
    assert workspace.teach_sessions() == []
    opened = workspace.teach_open("threes", "ann", "pick", "three", "k", take_over=True)
    assert workspace.teach_open("threes", "ann", "pick", "three", "k") == opened
    assert workspace.settings("threes")["every_decisions"] == 3


class Killed(BaseException):
    """In place of a kill: nobody catches it."""


@pytest.mark.parametrize("step", ["add_criterion", "set_settings"])
def test_an_opening_that_a_kill_cut_short_is_made_good(
    prepared_digits, tmp_path, monkeypatch, step
):
    folder = shutil.copytree(prepared_digits, tmp_path / "work")

    def killed(*_):
        raise Killed

    opened = ("threes", "ann", "pick", "three", "k")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        monkeypatch.setattr(workspace, step, killed)
        with pytest.raises(Killed):
            workspace.teach_open(*opened)
    for _ in range(2):
        with open_workspace(folder, inline=True, device="cpu") as workspace:
            assert workspace.settings("threes")["every_decisions"] == 3
            state = workspace.teach_open(*opened)
            assert (state["status"], [one["name"] for one in state["bins"]]) == (
                "active",
                ["three"],
            )
            with pytest.raises(DecisionError, match="There is a session"):
                workspace.teach_open(*opened[:4])


@pytest.mark.parametrize("name", [" ", "x" * 201])
def test_a_name_that_no_criterion_may_have_leaves_nothing(workspace, name):
    with pytest.raises(CurationError, match="criterion"):
        workspace.teach_open(name, "ann", "sort")
    assert workspace._events.read() == []


def test_what_cannot_be(workspace, oracle):
    session, _ = pick_session(workspace, oracle)
    unseen = oracle.members(workspace, "5")[0]
    with pytest.raises(UnknownName, match=r"observed item .* observe it first"):
        workspace.teach_pick(session, unseen, "ann")
    with pytest.raises(UnknownName, match=r"Unknown item 'none'\. Expected an id"):
        workspace.teach_pick(session, "none", "ann")
    with pytest.raises(UnknownName, match="session"):
        workspace.teach_state("none")
    with pytest.raises(CurationError, match="no encoder"):
        workspace.teach_observe(session, image=b"x")
    workspace.teach_grant(session, "arm", "ann")
    workspace.teach_status(session, "end", "ann")
    for change in (
        lambda: workspace.teach_undo(session, "ann"),
        lambda: workspace.teach_asks(session, 0.5, "ann"),
        lambda: workspace.teach_grant(session, "other", "ann"),
        lambda: workspace.teach_status(session, "end", "ann"),
    ):
        with pytest.raises(DecisionError, match="has ended; open a new one, or go on in pair rev"):
            change()
    assert workspace.teach_state(session)["robots"] == ["arm"]
    assert workspace.teach_revoke(session, "arm") == {"robots": []}
    before = workspace.teach_state(session)["observations"]
    with pytest.raises(DecisionError, match="ended; open a new one"):
        workspace.teach_observe(session, unseen)
    workspace.teach_belt(session, more=True)
    assert workspace.teach_state(session)["observations"] == before


def test_the_belt_goes_round(image_workspace, oracle):
    session = image_workspace.teach_open("round", "ann", "sort")["session"]
    n = len(image_workspace.catalogue.items)
    first = [one["id"] for one in image_workspace.teach_belt(session)]
    image_workspace.teach_pick(session, first[0], "ann", "a")
    seen = set(first)
    while not image_workspace.teach_all_seen(session):
        seen |= {one["id"] for one in image_workspace.teach_belt(session, more=True)}
    assert len(seen) == n
    again = [one["id"] for one in image_workspace.teach_belt(session, more=True)]
    assert again[:7] == first[1:]
    assert image_workspace.teach_state(session)["observed"] == n


def test_agreement_is_of_guesses_made_before_the_pick(workspace, oracle):
    session = sorting(workspace, oracle, n=4)
    workspace.train_now("bins")
    told = workspace.teach_state(session)["agreement"]
    assert 0 <= told <= 1
    item = oracle.members(workspace, "1")[5]
    observed(workspace, session, [item])
    guess = workspace.teach_answers(session)["answers"][item]["bin"]
    workspace.teach_pick(session, item, "ann", "1")
    assert workspace._live(session).session.picks[-1].guess == guess


def test_the_curve_of_a_session(workspace, oracle):
    session = sorting(workspace, oracle, n=4)
    assert workspace.teach_curve(session)["confident"] == []
    workspace.train_now("bins")
    told = workspace.teach_state(session)["confident_share"]
    for item in oracle.members(workspace, "2")[4:7]:
        observed(workspace, session, [item])
        workspace.teach_pick(session, item, "ann", "2")
    workspace.train_now("bins")
    curve = workspace.teach_curve(session)
    assert [picks for picks, _ in curve["confident"]] == [8, 11]
    assert curve["confident"][0][1] == pytest.approx(told, abs=0.02)
    numbers, shares = zip(*curve["agreement"], strict=True)
    assert numbers[-1] == 11
    assert list(numbers) == list(range(numbers[0], 12))
    assert shares[-1] == workspace.teach_state(session)["agreement"]
    workspace.teach_undo(session, "ann")
    curve = workspace.teach_curve(session)
    assert [curve[one][-1][0] for one in ("agreement", "confident")] == [10, 8]


def test_asks_stay_below_the_share_allowed(workspace, oracle):
    session, _ = pick_session(workspace, oracle)
    workspace.teach_asks(session, 0.1, "ann")
    for item in workspace.catalogue.items[:100]:
        workspace.teach_observe(session, item.id)
    state = workspace.teach_state(session)
    assert 0 < state["asks"] <= 0.1 * state["observations"]


def asked(workspace, session, items):
    return sum(workspace.teach_observe(session, i.id)["action"] == "ask" for i in items)


def test_how_often_the_robot_asks_changes_at_once_and_stays(prepared_digits, tmp_path, oracle):
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, _ = pick_session(workspace, oracle)
        items = workspace.catalogue.items
        workspace.teach_asks(session, 1.0, "ann")
        assert asked(workspace, session, items[:20]) > 0
        belt = workspace.teach_belt(session)
        assert {one["action"] for one in belt} == {"ask"}
        workspace.teach_asks(session, 0.0, "ann")
        assert asked(workspace, session, items[20:60]) == 0
        assert {one["action"] for one in workspace.teach_belt(session)} == {"act"}
        workspace.teach_asks(session, 0.25, "ann")
        assert 0 < asked(workspace, session, items[60:100]) <= 10
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert workspace.teach_state(session)["ask_share"] == 0.25


def test_what_lies_on_the_belt_is_asked_about_once_it_is_unclear(workspace, oracle):
    session = sorting(workspace, oracle, n=4)
    workspace.teach_asks(session, 0.0, "ann")
    belt = workspace.teach_belt(session)
    assert {one["action"] for one in belt} == {"act"}
    workspace.teach_asks(session, 0.5, "ann")
    observed(workspace, session, [pick.item for pick in workspace._live(session).session.picks])
    workspace.train_now("bins")
    before = workspace.teach_state(session)
    again = workspace.teach_belt(session)
    asked = [one["confidence"] for one in again if one["action"] == "ask"]
    assert {one["id"] for one in again} == {one["id"] for one in belt}
    assert asked
    assert max(asked) < max(one["confidence"] for one in again)
    told = workspace.teach_state(session)
    assert told["asks"] - before["asks"] == len(asked)
    assert told["observations"] - before["observations"] == len(asked)
    assert workspace.teach_belt(session) == again
    assert workspace.teach_state(session)["asks"] == told["asks"]


def test_a_question_goes_once_the_item_is_clear(workspace, oracle):
    session = sorting(workspace, oracle, n=4)
    workspace.train_now("bins")
    workspace.teach_asks(session, 1.0, "ann")
    belt = workspace.teach_belt(session, more=True)
    assert {one["action"] for one in belt} == {"ask"}
    workspace.teach_asks(session, 0.3, "ann")
    later = {one["id"]: one for one in workspace.teach_belt(session)}
    kept = [one["confidence"] for one in later.values() if one["action"] == "ask"]
    gone = [one["confidence"] for one in later.values() if one["action"] == "act"]
    assert gone
    assert max(kept, default=0) < min(gone)


def png(shape, seed):
    data = io.BytesIO()
    draw(shape, np.random.default_rng(seed)).save(data, "PNG")
    return data.getvalue()


def test_an_image_becomes_an_item(image_workspace, oracle):
    session = image_workspace.teach_open("discs", "ann", "pick", "disc")["session"]
    members = oracle.members(image_workspace, "disc")[:6]
    observed(image_workspace, session, members)
    for item in members:
        image_workspace.teach_pick(session, item, "ann")
    before = len(image_workspace.catalogue.items)
    seen = image_workspace.teach_observe(session, image=png("disc", 99))
    assert image_workspace.teach_observe(session, image=png("disc", 99))["item"] == seen["item"]
    assert len(image_workspace.catalogue.items) == before + 1
    assert seen["bin"] == "disc"
    assert image_workspace.teach_pick(session, seen["item"], "ann")["picks"] == 7
    image_workspace.train_now("discs")
    assert seen["item"] in image_workspace.teach_answers(session)["answers"]
    with pytest.raises(SourceError):
        image_workspace.teach_observe(session, image=b"no image")
    with pytest.raises(SourceError):
        image_workspace.teach_observe(session, image=b"")
    assert len(list(image_workspace.paths.observed.iterdir())) == 1


def test_what_a_robot_showed_is_not_on_the_belts_of_others(image_workspace):
    own, other = (image_workspace.teach_open(n, "ann", "sort")["session"] for n in "ab")
    seen = image_workspace.teach_observe(own, image=png("disc", 97))["item"]
    image_workspace.teach_observe(other, image=png("disc", 96))
    shown = image_workspace._live(other).lane.track.snapshot.space.item_ids
    assert seen in shown
    assert seen in [one["id"] for one in image_workspace.teach_belt(own)]
    n = len(image_workspace.catalogue.items)
    while not image_workspace.teach_all_seen(other):
        image_workspace.teach_belt(other, more=True)
    assert image_workspace.teach_state(other)["observed"] == n - 1
    assert seen not in image_workspace._live(other).session.observed
    image_workspace.teach_observe(other, seen)  # asked for by its id it is there
    assert seen in [one["id"] for one in image_workspace.teach_belt(other)]


def test_observed_images_stay(drawn, tmp_path):
    with open_workspace(tmp_path / "w", source=drawn, inline=True, device="cpu") as workspace:
        session = workspace.teach_open("discs", "ann", "sort")["session"]
        seen = workspace.teach_observe(session, image=png("disc", 98))["item"]
        workspace.teach_pick(session, seen, "ann", "round")
    with open_workspace(tmp_path / "w", source=drawn, inline=True, device="cpu") as workspace:
        assert workspace.item(seen).present
        assert seen in workspace.teach_answers(session)["answers"]
        assert bins(workspace, session) == {"round": 1}
