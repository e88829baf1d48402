"""Rows of the tables as values, within a connection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select

from curation.decisions import schema
from curation.types import Decision, Pair

CHUNK = 500
"""Ids in one IN list, below the parameter limits of the databases."""


def insert_decisions(connection: Connection, decisions: Sequence[Decision]) -> dict[str, int]:
    if not decisions:
        return {}
    connection.execute(insert(schema.decisions), [_row(decision) for decision in decisions])
    table = schema.decisions
    seqs: dict[str, int] = {}
    for ids in _chunks([decision.id for decision in decisions]):
        query = select(table.c.id, table.c.seq).where(table.c.id.in_(ids))
        seqs.update({row.id: row.seq for row in connection.execute(query)})
    return seqs


def read_decisions(
    connection: Connection, criterion: str, after: int = 0, upto: int | None = None
) -> list[Decision]:
    table = schema.decisions
    query = select(table).where(table.c.criterion == criterion, table.c.seq > after)
    if upto is not None:
        query = query.where(table.c.seq <= upto)
    return [_decision(row) for row in connection.execute(query.order_by(table.c.seq))]


def newest_first(connection: Connection, criterion: str) -> Iterator[Decision]:
    """All entries of a criterion from the newest back, read as far as they are asked for."""
    table = schema.decisions
    query = select(table).where(table.c.criterion == criterion).order_by(table.c.seq.desc())
    page = [_decision(row) for row in connection.execute(query.limit(CHUNK))]
    while page:
        yield from page
        older = query.where(table.c.seq < page[-1].seq).limit(CHUNK)
        page = [_decision(row) for row in connection.execute(older)]


def batch_start(connection: Connection, criterion: str, batch_id: str) -> int | None:
    """Position of the first entry of a batch; None where there is none."""
    table = schema.decisions
    query = select(func.min(table.c.seq)).where(
        table.c.batch_id == batch_id, table.c.criterion == criterion
    )
    first: int | None = connection.execute(query).scalar_one()
    return first


def decisions_of_batch(connection: Connection, criterion: str, batch_id: str) -> list[Decision]:
    table = schema.decisions
    query = select(table).where(table.c.batch_id == batch_id, table.c.criterion == criterion)
    return [_decision(row) for row in connection.execute(query.order_by(table.c.seq))]


def undone_by(connection: Connection, step: str) -> list[Decision]:
    """The verdicts that the undo of this id retracted, oldest first."""
    table = schema.decisions
    query = select(table.c.supersedes).where(or_(table.c.id == step, table.c.batch_id == step))
    retracted = set(connection.execute(query).scalars()) - {None}
    found = [one for one in decisions_by_id(connection, retracted) if one.verdict is not None]
    return sorted(found, key=lambda one: one.seq)


def decisions_by_id(connection: Connection, ids: Collection[str]) -> Iterator[Decision]:
    table = schema.decisions
    for chunk in _chunks(sorted(ids)):
        for row in connection.execute(select(table).where(table.c.id.in_(chunk))):
            yield _decision(row)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _decision(row: Sequence[Any]) -> Decision:
    seq, id, criterion, a, b, *rest = row
    verdict, reviewer, strategy, kind, score, generation, time, milliseconds, batch, old = rest
    return Decision(
        id=id,
        pair=Pair(a, b),
        verdict=verdict,
        criterion=criterion,
        reviewer=reviewer,
        strategy=strategy,
        kind=kind,
        score=score,
        generation=generation,
        time=time,
        milliseconds=milliseconds,
        batch_id=batch,
        supersedes=old,
        seq=seq,
    )


def plain_values(decision: Decision) -> dict[str, Any]:
    """What a row says of a decision as it is: all but the position, the criterion and the pair."""
    return {
        "id": decision.id,
        "verdict": decision.verdict,
        "reviewer": decision.reviewer,
        "strategy": decision.strategy,
        "kind": decision.kind,
        "score": decision.score,
        "generation": decision.generation,
        "time": decision.time,
        "milliseconds": decision.milliseconds,
        "batch_id": decision.batch_id,
        "supersedes": decision.supersedes,
    }


def _row(decision: Decision) -> dict[str, Any]:
    a, b = decision.pair.a, decision.pair.b
    return {"criterion": decision.criterion, "a": a, "b": b, **plain_values(decision)}
