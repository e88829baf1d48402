"""Manifests: a CSV or Parquet table with a ``file`` column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from curation.errors import SourceError
from curation.items.entry import Box, Entry, Skip
from curation.items.sizes import check_rows
from curation.items.values import json_value

SUFFIXES = (".csv", ".parquet", ".pq")
# what names, cuts or places an item describes no item
_NOT_ATTRIBUTES = frozenset(("file", "box", "vector"))


def read_manifest(manifest: Path, skipped: list[Skip]) -> list[Entry]:
    """One entry for every file (and box) that ``manifest`` names; files are not looked up.

    ``file`` is relative to the manifest's folder or absolute; ``box`` ("x,y,w,h" or a list, in
    pixels) cuts an item out of the image; every other column is an attribute. Rows that cannot be
    used go to ``skipped``. Raises SourceError if there is no table or no ``file`` column.
    """
    table = _read_table(manifest, skipped)
    check_rows(manifest, table.num_rows)
    columns = table.column_names
    if columns.count("file") != 1:
        raise SourceError(
            f"{manifest} needs one column 'file', got the columns {', '.join(columns) or 'none'}. "
            "Rename the column that holds the image paths to 'file'."
        )
    if not _is_text(table.column("file").type):
        raise SourceError(
            f"{manifest}: the column 'file' must hold text, got {table.column('file').type}. "
            "Write the image paths there, relative to the manifest."
        )
    entries: dict[tuple[str, Box | None], Entry] = {}
    for number, row in enumerate(_rows(table), start=1):
        _take(row, number, manifest, entries, skipped)
    return list(entries.values())


def _take(
    row: dict[str, Any],
    number: int,
    manifest: Path,
    entries: dict[tuple[str, Box | None], Entry],
    skipped: list[Skip],
) -> None:
    name = row["file"]
    if not name or "\0" in name:
        skipped.append(Skip(f"{manifest.name} row {number}", "it names no file"))
        return
    path = relative_path(name, manifest.parent)
    try:
        box = parse_box(row.get("box"))
    except ValueError:
        reason = f"row {number}: box must be x,y,w,h in pixels, got {row['box']!r}"
        skipped.append(Skip(path, reason))
        return
    attributes = {key: value for key, value in row.items() if key not in _NOT_ATTRIBUTES}
    first = entries.setdefault((path, box), Entry(path, manifest.parent / path, attributes, box))
    if first.attributes != attributes:
        reason = f"row {number} repeats an earlier row with other values; the first one is used"
        skipped.append(Skip(path, reason))


def relative_path(name: str, root: Path) -> str:
    """``name`` relative to ``root`` with forward slashes, absolute if it lies outside."""
    path = Path(os.path.normpath(root / name))
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def parse_box(value: Any) -> Box | None:
    """(x, y, w, h) in whole pixels from "x,y,w,h" or a list; None for none. ValueError if bad."""
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        value = [value.get(key) for key in ("x", "y", "w", "h")]
    parts = re.split(r"[,;\s]+", value.strip(" []()")) if isinstance(value, str) else value
    try:
        x, y, width, height = (round(float(part)) for part in parts)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"not a box: {value!r}") from error
    if width <= 0 or height <= 0:
        raise ValueError(f"an empty box: {value!r}")
    return x, y, width, height


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    names = [name for name in table.column_names if name != "vector"]
    columns = [_values(table, name) for name in names]
    for values in zip(*columns, strict=True):
        yield {
            name: None if value == "" else value for name, value in zip(names, values, strict=True)
        }


def _values(table: pa.Table, name: str) -> list[Any]:
    try:
        return [json_value(value) for value in table.column(name).to_pylist()]
    except (pa.ArrowException, ValueError, OverflowError, LookupError, ImportError) as error:
        raise SourceError(
            f"The column {name!r} of the manifest cannot be read: {table.column(name).type} "
            f"({error}). Write it as text, or leave it out."
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
    )


def _read_table(manifest: Path, skipped: list[Skip]) -> pa.Table:
    try:
        if manifest.suffix.lower() == ".csv":
            return _read_csv(manifest, skipped)
        check_rows(manifest, pa.parquet.read_metadata(manifest).num_rows)
        return pa.parquet.read_table(manifest, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(
            f"{manifest} is not a table that can be read ({error}). "
            "Expected CSV in UTF-8 with commas and a header line, or Parquet."
        ) from error


def _read_csv(manifest: Path, skipped: list[Skip]) -> pa.Table:
    def skip_row(row: Any) -> str:
        where = f"{manifest.name} row {row.number}"
        reason = f"{row.actual_columns} values for {row.expected_columns} columns"
        skipped.append(Skip(where, reason))
        return "skip"

    table = pa.csv.read_csv(
        manifest,
        # one thread, because only then rows know their number
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip_row),
        # a file may be called 0001, a box is read by us
        convert_options=pa.csv.ConvertOptions(
            column_types={"file": pa.string(), "box": pa.string()}, strings_can_be_null=False
        ),
    )
    # what is no UTF-8 would come out as bytes, and get lost
    foreign = [field.name for field in table.schema if pa.types.is_binary(field.type)]
    if foreign:
        raise SourceError(
            f"{manifest} is not in UTF-8: the column {foreign[0]!r} holds other bytes. "
            "Save it again as UTF-8."
        )
    return table
