"""Which entries hold after changes, retractions and their undoing."""

from __future__ import annotations

import random
from collections.abc import Callable

from curation.decisions.effective import effective, still_standing
from curation.types import Decision


def ids(entries: list[Decision]) -> list[str]:
    return [entry.id for entry in effective(entries)]


def test_a_change_replaces_and_its_retraction_restores(make: Callable[..., Decision]) -> None:
    first = make("a", "b", "same")
    change = make("a", "b", "different", supersedes="d1")
    retraction = make("a", "b", None, supersedes="d2")
    assert ids([first]) == ["d1"]
    assert ids([first, change]) == ["d2"]
    assert ids([first, change, retraction]) == ["d1"]


def test_a_change_of_a_change_does_not_bring_the_first_back(make: Callable[..., Decision]) -> None:
    chain = [
        make("a", "b", "same"),
        make("a", "b", "different", supersedes="d1"),
        make("a", "b", "unsure", supersedes="d2"),
    ]
    assert ids(chain) == ["d3"]
    assert ids([*chain, make("a", "b", None, supersedes="d3")]) == ["d2"]


def test_retracting_a_retraction_restores(make: Callable[..., Decision]) -> None:
    entries = [
        make("a", "b", "same"),
        make("a", "b", None, supersedes="d1"),
        make("a", "b", None, supersedes="d2"),
    ]
    assert ids(entries[:2]) == []
    assert ids(entries) == ["d1"]


def test_changing_what_another_retracted_keeps_the_older_one_replaced(
    make: Callable[..., Decision],
) -> None:
    entries = [
        make("a", "b", "same"),
        make("a", "b", "different", supersedes="d1"),
        make("a", "b", None, supersedes="d2", reviewer="s"),
        make("a", "b", "unsure", supersedes="d2", reviewer="t"),
    ]
    assert ids(entries) == ["d4"]


def test_two_changes_of_one_decision_both_hold(make: Callable[..., Decision]) -> None:
    entries = [
        make("a", "b", "same"),
        make("a", "b", "different", supersedes="d1"),
        make("a", "b", "unsure", supersedes="d1", reviewer="s"),
    ]
    assert ids(entries) == ["d2", "d3"]


def test_what_stands_follows_from_what_stood_as_from_the_whole_log(
    make: Callable[..., Decision],
) -> None:
    rng = random.Random(4)
    known, told = 0, 0
    for _ in range(300):
        log: list[Decision] = []
        for _ in range(rng.randint(1, 9)):
            older = rng.choice([None, *log])
            verdict = rng.choice(["same", "different", "unsure", None if older else "same"])
            log.append(make("a", "b", verdict, supersedes=older and older.id))
        cut = rng.randint(0, len(log))
        before = {one.id: one for one in effective(log[:cut])}
        after = still_standing(before, log[cut:])
        told += 1
        if after is not None:
            known += 1
            assert after == effective(log)
    assert told > known > 100


def test_what_only_the_log_tells_is_left_to_it(make: Callable[..., Decision]) -> None:
    first = make("a", "b", "same")
    second = make("a", "b", "different", supersedes=first.id)
    assert still_standing({first.id: first}, [second]) == [second]
    retraction = make("a", "b", None, supersedes=second.id)
    assert still_standing({second.id: second}, [retraction]) is None
    fork = make("a", "b", "unsure", supersedes=first.id)
    assert still_standing({second.id: second}, [fork]) is None
