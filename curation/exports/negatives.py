"""Cancelled negatives: pairs that training must not use as negatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from curation.exports.data import ExportData
from curation.exports.implied import disputed, implied_same
from curation.exports.table import Column, ItemCells, Row, Table
from curation.types import Pair

CANCELLING = ("same", "unsure", "incomparable")


def negatives(data: ExportData) -> Table:
    """Every cancelled pair once, with the reason.

    ``reason`` is the answer (same, unsure, incomparable), ``implied`` where the pair belongs
    together by other answers, or ``conflict`` where its answer contradicts others and is not
    resolved yet. Implied pairs are always there: a list without them would let a loss push apart
    what belongs together.
    """
    cells = ItemCells(data, ("a", "b"))
    counts: Counter[str] = Counter()
    return Table((*cells.columns, Column("reason")), _rows(data, cells, counts), counts)


def _rows(data: ExportData, cells: ItemCells, counts: Counter[str]) -> Iterator[Row]:
    for pair, reason in _cancelled(data):
        if pair.a in data.excluded or pair.b in data.excluded:
            counts["left_out_excluded"] += 1
            continue
        counts[reason] += 1
        yield (*cells.row(pair.a, pair.b), reason)


def _cancelled(data: ExportData) -> Iterator[tuple[Pair, str]]:
    in_dispute = disputed(data)
    for pair in sorted(in_dispute):
        yield pair, "conflict"
    for pair, verdict in data.closure.explicit.items():
        if verdict in CANCELLING and pair not in in_dispute:
            yield pair, verdict
    for pair in implied_same(data):
        yield pair, "implied"
