"""The append-only log of decisions: the only source of truth about what was answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from curation.clock import now
from curation.decisions import effective as effective_entries
from curation.decisions import schema
from curation.decisions.checks import (
    check_criterion,
    check_decision,
    check_group_name,
    check_repeat,
    check_repeated_undo,
    check_supersedes,
)
from curation.decisions.effective import ReversePass
from curation.decisions.names import (
    GroupName,
    insert_names,
    newest_alone,
    read_names,
    take_back,
    took_back,
)
from curation.decisions.rows import (
    batch_start,
    decisions_by_id,
    decisions_of_batch,
    insert_decisions,
    newest_first,
    read_decisions,
    undone_by,
)
from curation.decisions.shown import Outcome, Shown, insert_shown, of_pairs, read_shown
from curation.decisions.store import Database
from curation.decisions.withdrawing import UNDO, withdraw
from curation.decisions.wordings import (
    CriterionRecord,
    count_changes,
    insert_wording,
    read_criteria,
)
from curation.errors import DecisionError, UnknownName
from curation.types import Decision

T = TypeVar("T")
TAUGHT = "teach"
"""Strategy of the decisions that follow from picks in a teaching session."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Decision ``id`` is on disk at position ``seq``; ``duplicate``: it was there before."""

    id: str
    seq: int
    duplicate: bool


class DecisionLog:
    """Reads and appends decisions; safe to share between threads.

    An appended row is synced to disk before the call returns. StorageBusy, StorageFull or
    WorkspaceError where that cannot be: nothing of that call was recorded.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- criteria --------------------------------------------------------------------------

    def add_criterion(self, name: str, question: str) -> None:
        """Add a criterion; the same name and question again is no change."""
        check_criterion(name, question)

        def add(connection: Connection) -> None:
            known = read_criteria(connection)
            if name not in known:
                _check_title(name, known)
                row = {"name": name, "question": question, "created": now()}
                connection.execute(insert(schema.criteria), row)
            elif known[name].question != question:
                raise DecisionError(
                    f"Criterion {name!r} exists with the question {known[name].question!r}, got "
                    f"{question!r}; give the new one another name."
                )

        self._write(add)

    def criteria(self) -> list[CriterionRecord]:
        """All criteria in order of creation, deleted ones too, as they are worded now."""
        with self._database.reading() as connection:
            return list(read_criteria(connection).values())

    def criteria_revision(self) -> int:
        """Grows with every criterion that is added, reworded, deleted or brought back."""
        with self._database.reading() as connection:
            return count_changes(connection)

    def word_criterion(
        self, name: str, reviewer: str, change: Callable[[CriterionRecord], CriterionRecord]
    ) -> CriterionRecord:
        """Call a criterion by another title, let it ask something else, delete it or bring it back.

        Its decisions stay as they are, under its name. Raises UnknownName, DecisionError for a
        title that is empty, too long or another criterion's.
        """

        def write(connection: Connection) -> CriterionRecord:
            _check_criteria(connection, {name})
            known = read_criteria(connection)
            old = known.pop(name)
            new = change(old)
            check_criterion(new.title, new.question)
            if new.title != old.title:
                _check_title(new.title, known)
            if new != old:
                insert_wording(connection, new, reviewer)
            return new

        return self._write(write)

    # --- decisions -------------------------------------------------------------------------

    def append(
        self,
        decisions: Sequence[Decision],
        shown: Sequence[Shown] = (),
        names: Sequence[GroupName] = (),
    ) -> list[Receipt]:
        """Record decisions and ``names`` in one transaction, all or none; receipts in the order
        given.

        ``time`` is filled in where empty. A repeated id is the same decision: it gets the first
        one's position; of ``shown`` only what is about a new one is recorded. Raises DecisionError
        for a malformed decision, an id used for something else, or ``supersedes`` that is not an
        earlier decision of the criterion; UnknownName for an unknown criterion.
        """
        if not decisions and not names:
            return []
        for decision in decisions:
            check_decision(decision)
        for one in names:
            check_group_name(one.name)

        def add(connection: Connection) -> list[Receipt]:
            receipts = _append(connection, decisions)
            new = {one.id for one in receipts if not one.duplicate}
            pairs = [one.pair for one in decisions if one.id in new]
            if decisions:
                insert_shown(connection, decisions[0].criterion, of_pairs(shown, pairs))
            insert_names(connection, names)
            return receipts

        return self._write(add)

    def note_shown(self, criterion: str, shown: Sequence[Shown]) -> None:
        """Record pairs that were shown and not decided."""
        self._write(lambda connection: insert_shown(connection, criterion, shown))

    def shown(self, criterion: str) -> list[Outcome]:
        """What became of all pairs shown, oldest first."""
        with self._database.reading() as connection:
            return read_shown(connection, criterion)

    def read(self, criterion: str, after: int = 0, upto: int | None = None) -> list[Decision]:
        """All entries, retractions too, with ``after`` < seq <= ``upto``, oldest first."""
        with self._database.reading() as connection:
            return read_decisions(connection, criterion, after, upto)

    def find(self, ids: Collection[str]) -> list[Decision]:
        """The entries of these ids, those that are in the log."""
        with self._database.reading() as connection:
            return list(decisions_by_id(connection, ids))

    def superseded(self, criterion: str) -> dict[str, str]:
        """Id of every entry that another one replaces or retracts -> id of the newest such one."""
        table = schema.decisions
        query = select(table.c.supersedes, table.c.id).where(
            table.c.criterion == criterion, table.c.supersedes.is_not(None)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.seq))
            return {row.supersedes: row.id for row in rows}

    def holds_batch(self, criterion: str, batch_id: str) -> bool:
        """Whether there are entries of a batch, standing or not."""
        with self._database.reading() as connection:
            return batch_start(connection, criterion, batch_id) is not None

    def batch(self, criterion: str, batch_id: str) -> list[Decision]:
        """The entries of a batch, standing or not, oldest first."""
        with self._database.reading() as connection:
            return decisions_of_batch(connection, criterion, batch_id)

    def effective(self, criterion: str, upto: int | None = None) -> list[Decision]:
        """The verdicts that held at position ``upto`` (default: now), oldest first."""
        return effective_entries.effective(self.read(criterion, upto=upto))

    def position(self, criterion: str) -> int:
        """Position of the criterion's newest entry, 0 before the first."""
        table = schema.decisions
        query = select(func.max(table.c.seq)).where(table.c.criterion == criterion)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one() or 0

    def undo(self, criterion: str, reviewer: str, step: str = "") -> list[Decision]:
        """Retract the reviewer's newest verdict that holds, with all of its batch.

        What follows from picks in a session is undone there: it is passed over here.
        Appends retractions and returns the verdicts that no longer hold, oldest first (empty where
        nothing is left to undo). What the retracted entries had replaced or retracted holds again.
        ``step`` is the id of this undo, given by the client: a repeat undoes nothing more and
        returns the same. DecisionError where a decision of another meaning has that id.
        """
        named = step or uuid.uuid4().hex
        return self._write(lambda connection: _undo(connection, criterion, reviewer, named))

    def withdraw(
        self, criterion: str, reviewer: str, strategy: str, keep: Callable[[str], str | None]
    ) -> int:
        """Retract all that a strategy said, with its names, see ``withdrawing``: one transaction.
        How many verdicts that were."""
        return self._write(
            lambda connection: withdraw(connection, criterion, reviewer, strategy, keep)
        )

    # --- items and groups ------------------------------------------------------------------

    def exclude(self, item_ids: Collection[str], excluded: bool, reviewer: str) -> None:
        """Take items out of every queue, or back in."""
        rows = [
            {"item_id": item, "excluded": excluded, "reviewer": reviewer, "time": now()}
            for item in item_ids
        ]
        if rows:
            self._write(lambda connection: connection.execute(insert(schema.exclusions), rows))

    def excluded(self) -> set[str]:
        """Items that are excluded now."""
        table = schema.exclusions
        query = select(table.c.item_id, table.c.excluded).order_by(table.c.seq)
        with self._database.reading() as connection:
            latest = {row.item_id: row.excluded for row in connection.execute(query)}
        return {item for item, excluded in latest.items() if excluded}

    def name_group(self, criterion: str, item_id: str, name: str, reviewer: str) -> None:
        """Name the group that ``item_id`` is in; an empty name takes the name away."""
        check_group_name(name)
        given = GroupName(criterion, item_id, name.strip(), reviewer)

        def add(connection: Connection) -> None:
            _check_criteria(connection, {criterion})
            insert_names(connection, [given])

        self._write(add)

    def names(self, criterion: str) -> dict[str, str]:
        """Item -> name of its group, for items that carry one; the newest naming comes last."""
        with self._database.reading() as connection:
            return read_names(connection, criterion)

    def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._database.writing() as connection:
                return work(connection)
        except IntegrityError:
            # Another process wrote one of the ids since they were looked up: look again.
            with self._database.writing() as connection:
                return work(connection)


def _append(connection: Connection, decisions: Sequence[Decision]) -> list[Receipt]:
    _check_criteria(connection, {decision.criterion for decision in decisions})
    named = {d.id for d in decisions} | {d.supersedes for d in decisions if d.supersedes}
    known = {entry.id: entry for entry in decisions_by_id(connection, named)}
    before = set(known)
    new: list[Decision] = []
    for decision in decisions:
        first = known.get(decision.id)
        if first is not None:
            check_repeat(first, decision)
            continue
        check_supersedes(known, decision)
        known[decision.id] = decision
        new.append(decision if decision.time else replace(decision, time=now()))
    seqs = {id: known[id].seq for id in before} | insert_decisions(connection, new)
    fresh = {decision.id for decision in new}
    receipts = []
    for decision in decisions:
        receipts.append(Receipt(decision.id, seqs[decision.id], decision.id not in fresh))
        fresh.discard(decision.id)
    return receipts


def _undo(connection: Connection, criterion: str, reviewer: str, step: str) -> list[Decision]:
    first = list(decisions_by_id(connection, {step}))
    if first:
        check_repeated_undo(first[0], criterion, reviewer)
        return undone_by(connection, step)
    if took_back(connection, step):
        return []
    undone = _last_step(connection, criterion, reviewer)
    alone = newest_alone(connection, criterion, reviewer)
    if alone is not None and (not undone or alone[1] > undone[-1].time):
        take_back(connection, criterion, alone[0], step, reviewer)
        return []
    if undone and undone[-1].batch_id is not None:
        take_back(connection, criterion, undone[-1].batch_id, step, reviewer)
    batch = step if len(undone) > 1 else None
    retractions = [
        Decision(
            id=uuid.uuid4().hex if number else step,
            pair=entry.pair,
            verdict=None,
            criterion=criterion,
            reviewer=reviewer,
            strategy=UNDO,
            generation=entry.generation,
            time=now(),
            batch_id=batch,
            supersedes=entry.id,
        )
        for number, entry in enumerate(undone)
    ]
    insert_decisions(connection, retractions)
    return [entry for entry in undone if entry.verdict is not None]


def _last_step(connection: Connection, criterion: str, reviewer: str) -> list[Decision]:
    """The reviewer's newest verdict that holds, or all that holds of its batch; oldest first."""
    own: list[Decision] = []
    batch: str | None = None
    start: int | None = None
    for entry in _own_standing(connection, criterion, reviewer):
        if start is not None and entry.seq < start:
            break
        own.append(entry)
        if start is None and entry.verdict is not None:
            if entry.batch_id is None:
                return [entry]
            batch = entry.batch_id
            start = batch_start(connection, criterion, batch)
    return [entry for entry in reversed(own) if batch is not None and entry.batch_id == batch]


def _own_standing(connection: Connection, criterion: str, reviewer: str) -> Iterator[Decision]:
    """What holds of a reviewer's own entries, newest first; not what follows from their picks."""
    passed = ReversePass()
    for entry in newest_first(connection, criterion):
        holds = passed.holds(entry.id, entry.verdict, entry.supersedes)
        if holds and entry.reviewer == reviewer and entry.strategy != TAUGHT:
            yield entry


def _check_title(title: str, others: Mapping[str, CriterionRecord]) -> None:
    if any(title in (one.name, one.title) for one in others.values()):
        raise DecisionError(
            f"Another criterion is called {title!r}, maybe a deleted one; choose another name."
        )


def _check_criteria(connection: Connection, names: Collection[str]) -> None:
    known = read_criteria(connection)
    for name in names:
        if name not in known:
            raise UnknownName("criterion", name, known)
