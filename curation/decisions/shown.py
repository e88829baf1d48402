"""What became of each pair that was shown: the record by which strategies are judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from curation.clock import now
from curation.decisions import schema
from curation.types import Pair, Proposal

SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal that a reviewer saw. ``answer`` is a verdict or ``skip``.

    ``rank`` is its place in what the strategy proposed; ``information`` the bits of surprise in
    the answer against the probability before it, None where it has none (unsure, skipped).
    """

    proposal: Proposal
    reviewer: str
    answer: str
    milliseconds: int | None = None
    information: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the record, as read back."""

    a: str
    b: str
    strategy: str
    score: float
    rank: int
    generation: int
    reviewer: str
    answer: str
    milliseconds: int | None
    information: float | None


def outcome(shown: Shown) -> Outcome:
    """The row that ``shown`` makes."""
    proposal = shown.proposal
    return Outcome(
        a=proposal.pair.a,
        b=proposal.pair.b,
        strategy=proposal.strategy,
        score=proposal.score,
        rank=proposal.rank,
        generation=proposal.generation,
        reviewer=shown.reviewer,
        answer=shown.answer,
        milliseconds=shown.milliseconds,
        information=shown.information,
    )


def insert_shown(connection: Connection, criterion: str, rows: Iterable[Shown]) -> None:
    """Append to the record."""
    made = [{**asdict(outcome(row)), "criterion": criterion, "time": now()} for row in rows]
    if made:
        connection.execute(insert(schema.shown), made)


def read_shown(connection: Connection, criterion: str) -> list[Outcome]:
    """The record of a criterion, oldest first."""
    table = schema.shown
    columns = [table.c[name] for name in Outcome.__dataclass_fields__]
    query = select(*columns).where(table.c.criterion == criterion).order_by(table.c.seq)
    return [Outcome(*row) for row in connection.execute(query)]


def of_pairs(rows: Sequence[Shown], pairs: Iterable[Pair]) -> list[Shown]:
    """The rows that are about one of ``pairs``."""
    wanted = set(pairs)
    return [row for row in rows if row.proposal.pair in wanted]
