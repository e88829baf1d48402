"""Text tables: which character separates their cells, and their rows."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from curation.errors import SourceError
from curation.items.entry import Report, few

_SEPARATORS = (",", ";", "\t", "|")
_NONE = "\x1f"  # what no table holds, for one without separators
_SAID = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # a first line that Excel writes and reads
_LOOKED_AT = 50  # rows
_LONGEST_CELL = 1 << 24  # characters: a vector may stand in one


@dataclass(frozen=True)
class Cut:
    """A text cut into cells: the heading, and (row number, cells) below it, the heading's row
    number counted as a spreadsheet counts."""

    heading: list[str]
    heading_at: int
    rows: list[tuple[int, list[str]]]
    separator: str


def cut(path: Path, text: str, report: Report) -> Cut:
    """The rows of a text table; those of another length than the heading are listed.

    Raises SourceError where there is no heading, or the text cannot be cut.
    """
    said = _SAID.match(text)
    separator = said[1] if said else _separator(text)
    found = _rows(path, text, separator, report)
    rows = [(at, row) for at, row in enumerate(found, start=1) if any(row)]
    _tell_swallowed(path, rows, separator, report)
    if said:
        rows = rows[1:]
    if not rows:
        raise SourceError(
            f"{path} is not a table: it is empty. Expected a heading and a line for each image."
        )
    heading_at, heading = rows[0]
    return Cut(heading, heading_at, _fitting(path, rows[1:], len(heading), report), separator)


def _fitting(
    path: Path, rows: list[tuple[int, list[str]]], width: int, report: Report
) -> list[tuple[int, list[str]]]:
    kept = []
    for at, row in rows:
        while len(row) > width and not row[-1].strip():
            row.pop()  # a line that ends in separators
        if len(row) == width:
            kept.append((at, row))
        else:
            report.skip(f"{path.name} row {at}", f"{len(row)} values for {width} columns")
    return kept


def _rows(path: Path, text: str, separator: str, report: Report) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    start = 1
    try:
        for row in reader:
            rows.append(row)
            start = reader.line_num + 1
    except csv.Error as error:
        if (loose := _loose(text, separator)) is not None:
            report.note(path.name, f"the quotes in line {start} are odd ({error}): taken as text")
            return loose
        raise SourceError(
            f"{path} is not a table that can be read: the row in line {start}: {error}. Check the "
            "quotes there, or save it again as CSV in UTF-8."
        ) from error
    return rows


def _loose(text: str, separator: str) -> list[list[str]] | None:
    """Rows of a text with odd quotes, where none of them swallows a line; with tabs quotes may mean
    nothing, as in what most programs write with these. None where rows would be lost."""
    with suppress(csv.Error):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        if not any("\n" in cell for row in rows for cell in row):
            return rows
    if separator != "\t":
        return None
    with suppress(csv.Error):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
        return [[_without_quotes(cell) for cell in row] for row in reader]
    return None


def _without_quotes(cell: str) -> str:
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def _tell_swallowed(
    path: Path, rows: list[tuple[int, list[str]]], separator: str, report: Report
) -> None:
    """A cell over several lines, with separators in it, may be rows that a quote swallowed."""
    odd = [str(at) for at, row in rows if any("\n" in cell and separator in cell for cell in row)]
    if odd:
        report.note(
            path.name,
            f"a cell goes over several lines and holds {separator!r}, in row {few(odd)}: if no "
            "text is meant to, close the quote there",
        )


def _separator(text: str) -> str:
    """The one that cuts the heading and most rows after it into the same number of cells."""
    best = max(_SEPARATORS, key=lambda one: _fit(text, one))
    return best if _fit(text, best) > (0, 1) else _NONE


def _fit(text: str, separator: str) -> tuple[float, int]:
    """Share of rows as long as the heading, and that length; (0, 1) where nothing is cut."""
    lengths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(row):
                lengths.append(len(row))
            if len(lengths) == _LOOKED_AT:
                break
    except csv.Error:
        return 0.0, 1
    if not lengths or lengths[0] == 1:
        return 0.0, 1
    alike = sum(length == lengths[0] for length in lengths) / len(lengths)
    return round(alike, 1), lengths[0]
