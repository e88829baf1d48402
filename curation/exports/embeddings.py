"""The space as a table, or as the arrays that ``--embeddings`` reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from curation.errors import ExportError
from curation.exports.data import ExportData
from curation.exports.table import Column, ItemCells, Row, Table
from curation.types import Space


def embeddings(data: ExportData) -> Table:
    """One row for every file that is there: its item's unit-norm vector, float32 [D].

    Raises ExportError where no item is embedded yet.
    """
    if data.space is None:
        raise ExportError(
            "Expected a space to export, got none: no item is embedded yet. Encode the source."
        )
    cells = ItemCells(data)
    counts: Counter[str] = Counter()
    rows = _rows(data, data.space, cells, counts)
    return Table((*cells.columns, Column("vector", "vector")), rows, counts)


def write_npz(file: BinaryIO, table: Table) -> int:
    """Arrays ``F`` float32 [n, D], ``files`` str [n] and ``ids`` str [n], for ``--embeddings``."""
    names = [column.name for column in table.columns]
    rows = list(table.rows)
    if not rows:
        return 0
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    np.savez(
        file,
        F=np.stack([np.asarray(vector, np.float32) for vector in columns["vector"]]),
        files=np.array(columns["file"], dtype=np.str_),
        ids=np.array(columns["id"], dtype=np.str_),
    )
    return len(rows)


def _rows(data: ExportData, space: Space, cells: ItemCells, counts: Counter[str]) -> Iterator[Row]:
    for item_id, vector in zip(space.item_ids, space.vectors, strict=True):
        item = data.item(item_id)
        if item_id in data.excluded:
            counts["left_out_excluded"] += 1
        elif not item.present:
            counts["left_out_missing"] += 1
        else:
            counts["items"] += 1
            for file in item.paths or (item.name,):
                yield (*cells.of([item], [file]), vector)
