"""Excel workbooks."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.entry import Report, few


def read_sheet(path: Path, report: Report) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """Heading and numbered rows of the first sheet that is not empty, values as they were
    computed when the workbook was saved.

    Needs the package openpyxl. Raises SourceError without it, and for what is no workbook.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise SourceError(
            f"{path} is an Excel workbook, which needs the package openpyxl: pip install "
            "'curation[excel]', or save it as CSV in UTF-8."
        ) from error
    try:
        with warnings.catch_warnings(action="ignore"):  # about styles and pictures in it
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path} is no Excel workbook that can be read ({error}). Save it as CSV in UTF-8."
        ) from error
    filled = {title: rows for title, rows in sheets.items() if rows}
    if not filled:
        raise SourceError(f"{path} is not a table: all its sheets are empty.")
    title, *others = filled
    if others:
        report.note(path.name, f"the sheet {title!r} is read, {few(others)} left out")
    return _cut(filled[title], path.name, report)


def _rows(sheet: Any) -> list[tuple[int, list[Any]]]:
    return [
        (at, list(row))
        for at, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if any(cell not in (None, "") for cell in row)
    ]


def _cut(
    rows: list[tuple[int, list[Any]]], name: str, report: Report
) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """Rows as wide as the heading: Excel fills them up with nothing. What is beyond it is told."""
    heading = ["" if cell is None else str(cell).strip() for cell in rows[0][1]]
    while heading and not heading[-1]:
        heading.pop()
    width = len(heading)
    beyond = [
        str(at) for at, row in rows[1:] if any(cell not in (None, "") for cell in row[width:])
    ]
    if beyond:
        report.note(name, f"cells beyond the heading are left out, in row {few(beyond)}")
    return heading, [(at, (row + [None] * width)[:width]) for at, row in rows[1:]]
