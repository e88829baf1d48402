"""Any table that people bring, as columns and numbered rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.entry import Report
from curation.items.sizes import check_rows
from curation.items.tables.cells import typed
from curation.items.tables.columnar import read_parquet
from curation.items.tables.delimited import cut
from curation.items.tables.sheets import read_sheet
from curation.items.tables.text import read_text
from curation.items.values import json_value

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".pq", ".xlsx")
_NAMELESS = re.compile(r"\s*|Unnamed: \d+|__index_level_\d+__|index_level_\d+")
_IMAGE = re.compile(r".+\.(jpe?g|png|webp|gif|bmp|tiff?|heic|avif|jp2)\s*", re.IGNORECASE)

Kept = Callable[[Sequence[str]], Collection[str]]
"""Chooses the columns of a text table that are kept as they stand there."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the caller says of a text file."""

    encoding: str | None
    headed: bool
    text: bool | Kept


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as its own program shows it, and its JSON values by column."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """The columns of a table, in their order, and its rows."""

    columns: tuple[str, ...]
    rows: list[Row]


def read_table(
    path: Path,
    report: Report,
    *,
    encoding: str | None = None,
    headed: bool = True,
    text: bool | Kept = False,
) -> Table:
    """The table in ``path``; what of it is left out or uncertain goes to ``report``.

    Columns without a name, as an index that was saved along, are left out. Numbers that a text file
    holds are read as such where no digit is lost, see ``typed``, and not at all with ``text``, nor
    in the columns that it chooses of those there are.
    ``headed`` false: a text file that begins with the name of an image has no heading, its only
    column is called ``file``. Raises SourceError where there is no such table.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise SourceError(f"Expected a table ({', '.join(SUFFIXES)}), got {path.name!r}.")
    try:
        table = read(path, report, _Told(encoding, headed, text))
    except OSError as error:
        raise SourceError(f"{path} is not a table that can be read ({error}).") from error
    check_rows(path, len(table.rows))
    return _named(path, table, report)


def records(path: Path, values: Iterable[tuple[int, Any]], report: Report) -> Table:
    """A table of JSON objects with their numbers; anything else is listed."""
    rows = []
    for number, value in values:
        if isinstance(value, dict):
            rows.append(Row(number, {str(k): _blank(json_value(v)) for k, v in value.items()}))
        else:
            report.skip(
                f"{path.name} row {number}",
                f"expected an object in braces, got {json.dumps(value)[:40]}",
            )
    return Table(tuple(dict.fromkeys(name for row in rows for name in row.values)), rows)


def _named(path: Path, table: Table, report: Report) -> Table:
    """Without the columns that have no name, which is told where they are no index. Raises
    SourceError for a name that is there twice."""
    kept = [column for column in table.columns if not _NAMELESS.fullmatch(column)]
    if len(set(kept)) < len(kept):
        raise SourceError(
            f"{path} has two columns of one name, got the columns {', '.join(kept)}. "
            "Rename one of them."
        )
    if len(kept) == len(table.columns):
        return table
    nameless = [column for column in table.columns if column not in kept]
    if odd := [column for column in nameless if _holds_data(table.rows, column)]:
        told = ", ".join(repr(column) for column in odd)
        report.note(
            path.name, f"columns without a name are left out: {told}; name them to use them"
        )
    rows = [
        Row(row.number, {name: row.values[name] for name in kept if name in row.values})
        for row in table.rows
    ]
    return Table(tuple(kept), rows)


def _holds_data(rows: Sequence[Row], column: str) -> bool:
    """Whether a column says anything but a number for each row, as an index does."""
    values = [row.values.get(column) for row in rows]
    is_index = len(set(map(str, values))) == len(values) and all(type(v) is int for v in values)
    return not is_index and any(value is not None for value in values)


def _blank(value: Any) -> Any:
    return None if value == "" else value


def _text_table(path: Path, report: Report, told: _Told) -> Table:
    found = cut(path, read_text(path, report, told.encoding), report)
    heading, rows = [name.strip() for name in found.heading], found.rows
    if not told.headed and len(heading) == 1 and _IMAGE.fullmatch(heading[0]):
        rows, heading = [(found.heading_at, found.heading), *rows], ["file"]
    kept = told.text(heading) if callable(told.text) else heading if told.text else ()
    cells = list(zip(*(row for _, row in rows), strict=True)) or [()] * len(heading)
    columns = [
        [cell or None for cell in column]
        if name in kept
        else typed(column, decimal_comma=found.separator == ";")
        for name, column in zip(heading, cells, strict=True)
    ]
    return _from_columns(heading, columns, [number for number, _ in rows])


def _from_columns(
    names: Sequence[str], columns: Sequence[Sequence[Any]], numbers: Sequence[int]
) -> Table:
    rows = [
        Row(number, dict(zip(names, values, strict=True)))
        for number, values in zip(numbers, zip(*columns, strict=True), strict=True)
    ]
    return Table(tuple(names), rows)


def _json_lines(path: Path, report: Report, told: _Told) -> Table:
    def values() -> Iterator[tuple[int, Any]]:
        for number, line in enumerate(read_text(path, report, told.encoding).split("\n"), start=1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                report.skip(f"{path.name} row {number}", f"no JSON ({error})")

    return records(path, values(), report)


def _sheet(path: Path, report: Report, _: _Told) -> Table:
    heading, numbered = read_sheet(path, report)
    rows = [
        Row(number, {k: _blank(json_value(v)) for k, v in zip(heading, cells, strict=True)})
        for number, cells in numbered
    ]
    return Table(tuple(heading), rows)


def _parquet(path: Path, report: Report, _: _Told) -> Table:
    names, columns = read_parquet(path, report)
    n_rows = len(columns[0]) if columns else 0
    return _from_columns(names, columns, range(1, n_rows + 1))


_READERS: dict[str, Callable[[Path, Report, _Told], Table]] = {
    ".csv": _text_table,
    ".tsv": _text_table,
    ".txt": _text_table,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".xlsx": _sheet,
    ".parquet": _parquet,
    ".pq": _parquet,
}
