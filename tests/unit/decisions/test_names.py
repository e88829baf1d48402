"""Names given in a step: recorded with its decisions, taken back with them."""

from __future__ import annotations

from collections.abc import Callable

from curation.decisions.log import DecisionLog
from curation.decisions.names import GroupName
from curation.types import Decision

Maker = Callable[..., Decision]


def called(item: str, name: str, batch: str | None, reviewer: str = "r") -> GroupName:
    return GroupName("c", item, name, reviewer, batch)


def test_a_name_and_its_decisions_are_one_step(log: DecisionLog, make: Maker) -> None:
    log.append([make("a", "b", "different", batch_id="g")], names=[called("a", "glass", "g")])
    assert log.names("c") == {"a": "glass"}
    assert len(log.undo("c", "r", "u")) == 1
    assert log.names("c") == {}


def test_a_step_sent_again_names_once(log: DecisionLog, make: Maker) -> None:
    step = make("a", "b", "different", batch_id="g")
    for _ in range(2):
        log.append([step], names=[called("a", "glass", "g")])
    log.name_group("c", "a", "bottle", "r")
    log.append([step], names=[called("a", "glass", "g")])
    assert log.names("c") == {"a": "bottle"}


def test_a_first_name_has_no_decision_and_is_undone_alone(log: DecisionLog, make: Maker) -> None:
    log.append([make("x", "y", "same")])
    log.append([], names=[called("a", "glass", "g")])
    for _ in range(2):  # sent twice
        assert log.undo("c", "r", "u1") == []
        assert log.names("c") == {}
    assert [one.pair.a for one in log.undo("c", "r", "u2")] == ["x"]


def test_an_undo_brings_the_name_before_back(log: DecisionLog, make: Maker) -> None:
    log.name_group("c", "a", "bottle", "r")
    log.append([make("a", "b", "different", batch_id="g")], names=[called("a", "glass", "g")])
    log.undo("c", "r", "u1")
    assert log.names("c") == {"a": "bottle"}
    assert log.undo("c", "r", "u2") == []  # a name of its own is changed, not undone
    assert log.names("c") == {"a": "bottle"}


def test_the_name_of_somebody_else_is_left(log: DecisionLog, make: Maker) -> None:
    log.append([], names=[called("a", "glass", "g", "s")])
    assert log.undo("c", "r", "u") == []
    assert log.names("c") == {"a": "glass"}


def test_the_later_of_name_and_decision_goes_first(log: DecisionLog, make: Maker) -> None:
    log.append([], names=[called("a", "glass", "g")])
    log.append([make("x", "y", "same")])
    assert len(log.undo("c", "r", "u1")) == 1
    assert log.names("c") == {"a": "glass"}
    assert log.undo("c", "r", "u2") == []
    assert log.names("c") == {}
