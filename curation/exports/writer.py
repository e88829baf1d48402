"""Write an export and its manifest, whole or not at all, in constant memory."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from curation import files
from curation.errors import ExportError, StorageFull
from curation.exports.table import Cell, ColumnType, Row, Table

TEXT_ROWS = 256  # a row can be a vector of thousands of digits
PARQUET_ROWS = 8192
TableWriter = Callable[[BinaryIO, Table], int]


def write_csv(file: BinaryIO, table: Table) -> int:
    """UTF-8, RFC 4180; None is empty, flags are true/false, vectors JSON arrays."""
    # The dialect's line end stays \r\n: only then does every Python quote a \r in a file name.
    return _write_text(
        file,
        table,
        lambda out: csv.writer(out).writerow([column.name for column in table.columns]),
        lambda out, rows: csv.writer(out).writerows(map(_csv_row, rows)),
    )


def write_jsonl(file: BinaryIO, table: Table) -> int:
    """UTF-8, one JSON object a line."""
    names = [column.name for column in table.columns]

    def lines(out: io.StringIO, rows: list[Row]) -> None:
        for row in rows:
            record = dict(zip(names, map(_json_cell, row), strict=True))
            out.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")

    return _write_text(file, table, lambda _: None, lines)


def write_parquet(file: BinaryIO, table: Table) -> int:
    """Parquet, one row group a chunk; vectors are list<float32>."""
    import pyarrow as pa  # heavy, and needed for this format only
    import pyarrow.parquet as pq

    arrow: dict[ColumnType, Any] = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "vector": pa.list_(pa.float32()),
    }
    schema = pa.schema([(column.name, arrow[column.type]) for column in table.columns])
    total = 0
    with pq.ParquetWriter(file, schema) as writer:
        for rows in _chunks(table.rows, PARQUET_ROWS):
            columns = zip(*rows, strict=True)
            arrays = [pa.array(list(c), type=f.type) for c, f in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            total += len(rows)
    return total


TABLE_WRITERS: Mapping[str, TableWriter] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}


def manifest_path(target: Path) -> Path:
    """Where the manifest of an export lies: ``<name>.manifest.json`` beside it."""
    return target.with_name(f"{target.name}.manifest.json")


def publish(
    target: Path,
    fill: Callable[[BinaryIO], int],
    describe: Callable[[int], Mapping[str, Any]],
) -> tuple[int, dict[str, Any]]:
    """Write ``target`` and its manifest under temporary names, then rename both.

    ``fill`` writes the content and returns its number of rows; ``describe(rows)`` is the manifest,
    to which file name, size and SHA-256 are added. Returns rows and manifest. Raises ExportError
    where the target cannot be written, StorageFull where no room is left; whatever raises, an
    export that lay there before is unharmed and no new file is left.
    """
    data, manifest = files.temporary(target.parent), files.temporary(target.parent)
    try:
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            rows, digest = _write_data(data, fill)
            content = {"file": target.name, "bytes": data.stat().st_size, "sha256": digest}
            content |= describe(rows)
            files.fill_new(manifest, lambda file: file.write(manifest_bytes(content)))
            _rename_both(data, target, manifest)
    finally:
        for left in (data, manifest):
            with contextlib.suppress(OSError):
                left.unlink()
    return rows, content


@contextlib.contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """What keeps ``target`` from being written, as ExportError or StorageFull."""
    try:
        yield
    except UnicodeError as error:
        raise ExportError(
            f"Expected names that UTF-8 can hold, got one that it cannot: {error}. "
            "Rename that file and export again."
        ) from error
    except OSError as error:
        if error.errno in files.FULL:
            raise StorageFull(
                f"{target} could not be written: no room is left ({error.strerror}). Nothing was "
                "left behind; free some disk space, then export again."
            ) from error
        raise ExportError(
            f"Expected to write {target}, got: {error.strerror or error}. Nothing was left behind. "
            "Choose a file in a writable folder with enough free space."
        ) from error


def _write_data(path: Path, fill: Callable[[BinaryIO], int]) -> tuple[int, str]:
    rows = 0

    def count(file: BinaryIO) -> None:
        nonlocal rows
        rows = fill(file)

    files.fill_new(path, count)
    with path.open("rb") as file:
        return rows, hashlib.file_digest(file, "sha256").hexdigest()


def manifest_bytes(content: Mapping[str, Any]) -> bytes:
    """A manifest as JSON."""
    return json.dumps(content, indent=2).encode() + b"\n"


def _rename_both(data: Path, target: Path, manifest: Path) -> None:
    """The manifest first: an export that a reader finds always has one."""
    described = manifest_path(target)
    before = described.read_bytes() if described.exists() else None
    manifest.replace(described)
    try:
        data.replace(target)
    except OSError:
        if before is None:
            described.unlink()
        else:
            files.put(described, lambda file: file.write(before))
        raise
    files.sync_folder(target.parent)


def _write_text(
    file: BinaryIO,
    table: Table,
    header: Callable[[io.StringIO], object],
    lines: Callable[[io.StringIO, list[Row]], object],
) -> int:
    start = io.StringIO(newline="")
    header(start)
    file.write(start.getvalue().encode())
    total = 0
    for rows in _chunks(table.rows, TEXT_ROWS):
        text = io.StringIO(newline="")
        lines(text, rows)
        file.write(text.getvalue().encode())
        total += len(rows)
    return total


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _csv_row(row: Row) -> list[Any]:
    return [_csv_cell(cell) for cell in row]


def _csv_cell(cell: Cell) -> Any:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return json.dumps(cell.tolist()) if isinstance(cell, np.ndarray) else cell


def _json_cell(cell: Cell) -> Any:
    return cell.tolist() if isinstance(cell, np.ndarray) else cell
