"""Random histories of answers, changes, retractions and undos, against a naive model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.decisions.closure import build
from curation.decisions.effective import effective
from curation.decisions.log import DecisionLog
from curation.decisions.regroup import Gesture, split_plan
from curation.decisions.store import open_database
from curation.types import Decision, Pair, Verdict

ITEMS = "abcdef"
Step = tuple[Any, ...]
pairs = st.lists(st.sampled_from(ITEMS), min_size=2, max_size=2, unique=True).map(
    lambda ends: Pair.of(*ends)
)
verdicts = st.sampled_from(["same", "same", "different", "unsure"])
place = st.integers(0, 99)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), pairs, verdicts),
        st.tuples(st.just("batch"), st.lists(pairs, min_size=1, max_size=3), verdicts),
        st.tuples(st.just("change"), place, verdicts),
        st.tuples(st.just("retract"), place),
        st.tuples(st.just("undo")),
        st.tuples(st.just("split"), place),
    ),
    max_size=12,
)
ON_DISK = settings(max_examples=50)


def entries_of(history: list[Decision], step: Step, criterion: str, number: int) -> list[Decision]:
    """The decisions of one step after a history of entries; none where it does not apply."""
    kind, *given = step
    now = effective(history)
    ids = iter(f"{criterion}-{number}-{i}" for i in range(999))

    def entry(pair: Pair, verdict: Verdict | None, **fields: Any) -> Decision:
        return Decision(next(ids), pair, verdict, criterion, "r", **fields)

    if kind == "answer":
        return [entry(*given)]
    if kind == "batch":
        return [entry(pair, given[1], batch_id=f"g{number}") for pair in given[0]]
    if not now or kind == "undo":
        return []
    if kind == "split":
        implications = build(now)
        group = sorted(implications.members(now[given[0] % len(now)].pair.a))
        if len(group) < 2 or implications.conflicts:
            return []
        part = group[: 1 + given[0] % (len(group) - 1)]
        return split_plan(implications, part, Gesture(criterion, "r", f"g{number}"))
    old = now[given[0] % len(now)]
    return [entry(old.pair, given[1] if kind == "change" else None, supersedes=old.id)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DecisionLog]]:
    path = tmp_path_factory.mktemp("log") / "curation.db"
    engine = open_database(path)
    yield path, DecisionLog(engine)
    engine.dispose()


def new_criterion(log: DecisionLog) -> str:
    name = f"c{len(log.criteria())}"
    log.add_criterion(name, "?")
    return name


@ON_DISK
@given(history=steps)
def test_replay_gives_the_same_closure_at_every_position(
    database: tuple[Path, DecisionLog], history: list[Step]
) -> None:
    path, log = database
    criterion = new_criterion(log)
    seen = {}
    for number, step in enumerate(history):
        if step[0] == "undo":
            log.undo(criterion, "r")
        else:
            log.append(entries_of(log.read(criterion), step, criterion, number))
        seen[log.position(criterion)] = build(log.effective(criterion)).closure()
    engine = open_database(path)
    reopened = DecisionLog(engine)
    for position, closure in seen.items():
        assert build(reopened.effective(criterion, upto=position)).closure() == closure
    assert reopened.read(criterion) == log.read(criterion)
    engine.dispose()


@ON_DISK
@given(history=steps)
def test_undo_restores_what_was_before_step_by_step(
    database: tuple[Path, DecisionLog], history: list[Step]
) -> None:
    _, log = database
    criterion = new_criterion(log)
    before = [log.effective(criterion)]
    for number, step in enumerate(history):
        entries = entries_of(log.read(criterion), step, criterion, number)
        # A bare retraction is no step of its own that an undo takes back.
        if any(entry.verdict for entry in entries):
            log.append(entries)
            before.append(log.effective(criterion))
    for state in reversed(before[:-1]):
        assert log.undo(criterion, "r")
        assert log.effective(criterion) == state
    assert log.undo(criterion, "r") == []


@given(st.lists(verdicts, max_size=6), st.integers(0, 6))
def test_changes_of_changes_leave_the_newest_and_retractions_the_one_before(
    given: list[Verdict], retracted: int
) -> None:
    entries = []
    for number, verdict in enumerate(given):
        old = f"d{number - 1}" if number else None
        entries.append(Decision(f"d{number}", Pair("a", "b"), verdict, "c", "r", supersedes=old))
    gone = entries[len(entries) - min(retracted, len(entries)) :]
    undone = [
        Decision(f"u{entry.id}", entry.pair, None, "c", "r", supersedes=entry.id)
        for entry in reversed(gone)
    ]
    kept = entries[: len(entries) - len(gone)]
    assert effective([*entries, *undone]) == kept[-1:]
