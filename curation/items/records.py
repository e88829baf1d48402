"""The catalogue's file: what is known of every item, as Parquet."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from curation import files
from curation.errors import SchemaError, WorkspaceError
from curation.types import Item

Stamp = tuple[int, int]
"""Size in bytes and modification time in nanoseconds; a file that keeps both is unchanged."""

_VERSION = 1
_VERSION_KEY = b"curation.items"
_ROOT_KEY = b"curation.root"
_SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "paths": pa.list_(pa.string()),
        "width": pa.int32(),
        "height": pa.int32(),
        "attributes": pa.string(),
        "present": pa.bool_(),
        "box": pa.list_(pa.int32()),
        "exif": pa.string(),
        "sizes": pa.list_(pa.int64()),
        "mtimes": pa.list_(pa.int64()),
        "pixels": pa.string(),
        "aliases": pa.list_(pa.string()),
    }
)
_ADDED = frozenset(("pixels", "aliases"))
"""Columns that files of earlier versions lack: they are filled by and by."""


@dataclass(frozen=True, slots=True)
class Record:
    """An item, what its file says of itself, and the stamp of each of its paths.

    ``pixels`` is a hash of what is shown, None until it was looked at; ``aliases`` are the ids
    that other files with the same pixels would have.
    """

    item: Item
    exif: Mapping[str, Any]
    stamps: tuple[Stamp, ...]
    pixels: str | None = None
    aliases: tuple[str, ...] = ()


def write_records(path: Path, records: Sequence[Record], root: Path | None) -> None:
    """Replace the file in one step. Raises StorageFull, WorkspaceError; the old file then stays."""
    table = pa.Table.from_pylist([_to_row(record) for record in records], schema=_SCHEMA)
    table = table.replace_schema_metadata(
        {_VERSION_KEY: str(_VERSION), _ROOT_KEY: "" if root is None else os.fsencode(root)}
    )
    files.write(path, lambda stream: pa.parquet.write_table(table, stream))


def read_records(path: Path) -> tuple[list[Record], Path | None]:
    """All records in their order, and the root their paths start from; none without file.

    Raises WorkspaceError for a damaged file, SchemaError for one of a newer version.
    """
    if not path.exists():
        return [], None
    try:
        table = pa.parquet.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise WorkspaceError(
            f"The list of items {path} cannot be read ({error}). Restore it, or move it away: "
            "the source is then scanned anew and no decision is lost."
        ) from error
    metadata = table.schema.metadata or {}
    told = metadata.get(_VERSION_KEY, b"0")
    version = int(told) if told.isdigit() else 0
    if version > _VERSION:
        raise SchemaError(
            f"{path} has format {version}, this version reads up to {_VERSION}. Update curation."
        )
    if not set(_SCHEMA.names) - _ADDED <= set(table.column_names):
        raise WorkspaceError(
            f"{path} is no list of items: expected the columns {', '.join(_SCHEMA.names)}, "
            f"got {', '.join(table.column_names)}. Move it away."
        )
    root = os.fsdecode(metadata.get(_ROOT_KEY, b""))
    records = [_read_row(path, row, at) for at, row in enumerate(table.to_pylist())]
    return records, Path(root) if root else None


def _read_row(path: Path, row: dict[str, Any], at: int) -> Record:
    try:
        return _from_row(row)
    except (ValueError, TypeError, LookupError) as error:
        raise WorkspaceError(
            f"{path} was changed: row {at} cannot be read ({error}). Restore it, or move it away: "
            "the source is then scanned anew and no decision is lost."
        ) from error


def _to_row(record: Record) -> dict[str, Any]:
    item = record.item
    return {
        "id": item.id,
        "paths": item.paths,
        "width": item.width,
        "height": item.height,
        "attributes": json.dumps(dict(item.attributes)),
        "present": item.present,
        "box": item.box,
        "exif": json.dumps(dict(record.exif)),
        "sizes": [size for size, _ in record.stamps],
        "mtimes": [mtime for _, mtime in record.stamps],
        "pixels": record.pixels,
        "aliases": record.aliases,
    }


def _from_row(row: dict[str, Any]) -> Record:
    box = row["box"]
    item = Item(
        id=row["id"],
        paths=tuple(row["paths"]),
        width=row["width"],
        height=row["height"],
        attributes=json.loads(row["attributes"]),
        present=row["present"],
        box=None if box is None else (box[0], box[1], box[2], box[3]),
    )
    stamps = tuple(zip(row["sizes"], row["mtimes"], strict=True))
    aliases = tuple(row.get("aliases") or ())
    return Record(item, json.loads(row["exif"]), stamps, row.get("pixels"), aliases)
