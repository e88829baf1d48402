"""Gestures on groups: minimal, refused where they contradict, undone in one step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from curation.decisions.closure import Implications, build
from curation.decisions.log import DecisionLog
from curation.decisions.regroup import (
    ContradictedError,
    Gesture,
    join_plan,
    none_plan,
    split_plan,
)
from curation.errors import DecisionError
from curation.types import Decision, Verdict

GESTURE = Gesture("c", "r", "batch", generation=7)


def record(log: DecisionLog, decisions: list[Decision]) -> Implications:
    log.append(decisions)
    return build(log.effective("c"))


def verdicts(plan: list[Decision]) -> list[tuple[str, str, Verdict | None]]:
    return [(decision.pair.a, decision.pair.b, decision.verdict) for decision in plan]


def test_join_is_a_star_without_what_is_implied(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    now = record(log, [make("a", "b", "same"), make("c", "d", "same")])
    plan = join_plan(now, ["b", "c", "a", "e", "d", "b"], GESTURE)
    assert verdicts(plan) == [("b", "c", "same"), ("b", "e", "same")]
    assert {(d.batch_id, d.reviewer, d.criterion, d.generation) for d in plan} == {
        ("batch", "r", "c", 7)
    }
    assert record(log, plan).closure().groups == (("a", "b", "c", "d", "e"),)
    assert join_plan(build(log.effective("c")), ["a", "e"], GESTURE) == []
    assert len(log.undo("c", "r")) == 2
    assert build(log.effective("c")).closure() == now.closure()


def test_join_names_what_stands_against_it(make: Callable[..., Decision]) -> None:
    now = build([make("a", "b", "same"), make("b", "x", "different"), make("x", "y", "same")])
    with pytest.raises(ContradictedError, match="d1, d2, d3") as caught:
        join_plan(now, ["c", "a", "y"], GESTURE)
    assert caught.value.decision_ids == ("d1", "d2", "d3")
    assert caught.value.items == ("a", "b", "x", "y")


def test_none_sets_apart_what_is_not_yet(log: DecisionLog, make: Callable[..., Decision]) -> None:
    now = record(log, [make("a", "b", "same"), make("c", "d", "same"), make("b", "e", "different")])
    plan = none_plan(now, "a", ["c", "d", "e", "f"], GESTURE)
    assert verdicts(plan) == [("a", "c", "different"), ("a", "f", "different")]
    after = record(log, plan)
    assert {after.relation("b", item) for item in "cdef"} == {"different"}
    with pytest.raises(ContradictedError, match="d1"):
        none_plan(now, "a", ["f", "b"], GESTURE)
    with pytest.raises(DecisionError, match="untick"):
        none_plan(now, "a", ["f", "a"], GESTURE)


def test_split_keeps_both_sides_whole_and_undo_restores(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    chain = [make(x, y, "same") for x, y in ("ab", "bc", "cd", "de", "ef")]
    before = record(
        log, [*chain, make("a", "d", "same", reviewer="s"), make("f", "z", "different")]
    )
    plan = split_plan(before, ["b", "d", "f"], GESTURE)
    after = record(log, plan).closure()
    assert after.groups == (("a", "c", "e"), ("b", "d", "f"), ("z",))
    assert after.cannot_link == {(0, 1), (1, 2)}
    assert after.conflicts == ()
    assert {d.supersedes for d in plan if d.verdict is None} == {"d1", "d2", "d3", "d4", "d5", "d6"}
    assert [d.verdict for d in plan if d.verdict] == ["same"] * 4 + ["different"]
    log.undo("c", "r")
    assert build(log.effective("c")).closure() == before.closure()


def test_split_takes_changed_answers_back_for_good(
    log: DecisionLog, make: Callable[..., Decision]
) -> None:
    record(log, [make("a", "b", "same")])
    record(log, [make("a", "b", "same", supersedes="d1")])
    before = record(log, [make("b", "c", "same")])
    after = record(log, split_plan(before, ["a"], GESTURE)).closure()
    assert after.groups == (("a",), ("b", "c"))
    assert after.cannot_link == {(0, 1)}
    log.undo("c", "r")
    assert build(log.effective("c")).closure() == before.closure()


@pytest.mark.parametrize("part", ["", "abc", "ax", "z"])
def test_split_needs_a_proper_part_of_one_group(make: Callable[..., Decision], part: str) -> None:
    now = build([make("a", "b", "same"), make("b", "c", "same"), make("x", "y", "same")])
    with pytest.raises(DecisionError, match="leave at least one"):
        split_plan(now, part, GESTURE)


def test_split_of_a_disputed_group(log: DecisionLog, make: Callable[..., Decision]) -> None:
    """An older conflict comes to hold where it fits, and stops the split where it does not."""
    disputed = [make("a", "b", "same"), make("a", "c", "same"), make("b", "c", "different")]
    before = record(log, disputed)
    after = record(log, split_plan(before, ["b"], GESTURE))
    assert after.relation("b", "c") == "different"
    assert after.conflicts == ()

    stuck = [
        make("p", "hub", "same"),
        make("q", "hub", "same"),
        make("q", "v", "different"),
        make("p", "v", "same"),
    ]
    now = build(stuck)
    assert [c.decision_id for c in now.conflicts] == [stuck[3].id]
    with pytest.raises(ContradictedError) as caught:
        split_plan(now, ["p", "q"], GESTURE)
    assert set(caught.value.decision_ids) == {stuck[2].id, stuck[3].id}
