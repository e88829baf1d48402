"""Answered pairs, and on request the pairs that follow from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from curation.exports.data import ExportData
from curation.exports.implied import implied
from curation.exports.table import Column, ItemCells, Row, Table
from curation.types import Decision

ANSWER = (
    Column("verdict"),
    Column("kind"),
    Column("explicit", "flag"),
    Column("support", "integer"),
    Column("reviewer"),
    Column("strategy"),
    Column("score", "number"),
    Column("generation", "integer"),
    Column("time"),
)


def pairs(data: ExportData, *, with_implied: bool) -> Table:
    """One row for every effective decision, in log order, then the implied pairs.

    ``support`` is the number of decisions that the row rests on: 1 for an answer, the length of
    the chain for an implied pair. An answer that contradicts others is left out and counted, until
    it is resolved.
    """
    cells = ItemCells(data, ("a", "b"))
    counts: Counter[str] = Counter()
    return Table((*cells.columns, *ANSWER), _rows(data, cells, counts, with_implied), counts)


def _rows(
    data: ExportData, cells: ItemCells, counts: Counter[str], with_implied: bool
) -> Iterator[Row]:
    for decision in _kept(data, counts):
        counts.update(("explicit", f"explicit_{decision.verdict}"))
        yield (*cells.row(decision.pair.a, decision.pair.b), *_answer(decision))
    if not with_implied:
        return
    for x, y, verdict in implied(data):
        counts.update(("implied", f"implied_{verdict}"))
        pair_cells = cells.row(*sorted((x, y)))
        yield (*pair_cells, verdict, None, False, data.support(x, y), *(None,) * 5)


def _kept(data: ExportData, counts: Counter[str]) -> Iterator[Decision]:
    contradicting = {conflict.decision_id for conflict in data.closure.conflicts}
    for decision in data.decisions:
        if decision.verdict is None:
            continue
        if decision.id in contradicting:
            counts["left_out_conflicts"] += 1
        elif decision.pair.a in data.excluded or decision.pair.b in data.excluded:
            counts["left_out_excluded"] += 1
        else:
            yield decision


def _answer(decision: Decision) -> Row:
    return (
        decision.verdict,
        decision.kind,
        True,
        1,
        decision.reviewer,
        decision.strategy,
        decision.score,
        decision.generation,
        decision.time,
    )
