"""A table that is streamed: named, typed columns and an iterator of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from curation.exports.data import ExportData
from curation.types import FloatArray, Item

ColumnType = Literal["text", "integer", "number", "flag", "vector"]
Cell = str | int | float | bool | FloatArray | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and type; every column but a vector may hold None."""

    name: str
    type: ColumnType = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to be read once; ``counts`` is complete when the last row has been read."""

    columns: tuple[Column, ...]
    rows: Iterator[Row]
    counts: Counter[str]


class ItemCells:
    """The cells that name the items of a row: files, then ids, then boxes.

    The boxes (``"x,y,w,h"`` in pixels, as in a manifest) are there only if the workspace holds
    crops, where the file alone does not tell which item is meant.
    """

    def __init__(self, data: ExportData, roles: Sequence[str] = ("",)) -> None:
        self._data = data
        self._crops = any(item.box for item in data.items.values())
        fields = ("file", "id", "box") if self._crops else ("file", "id")
        self.columns = tuple(
            Column(f"{name}_{role}" if role else name) for name in fields for role in roles
        )

    def row(self, *item_ids: str) -> Row:
        """Cells of the items under their first path; raises ExportError for an unknown id."""
        items = [self._data.item(item_id) for item_id in item_ids]
        return self.of(items, [item.name for item in items])

    def of(self, items: Sequence[Item], files: Sequence[str]) -> Row:
        """Cells of the items under the given paths."""
        cells = (*files, *(item.id for item in items))
        return (*cells, *(_box(item) for item in items)) if self._crops else cells


def _box(item: Item) -> str | None:
    return ",".join(map(str, item.box)) if item.box else None
