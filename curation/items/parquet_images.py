"""Images in Parquet: as Hugging Face's datasets keep them, or their bytes in a column."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from curation.items.columns import FILES, by_plain_name
from curation.items.entry import Report
from curation.items.folder import IMAGES, suffix_of
from curation.items.members import Keep, Said
from curation.items.tables.columnar import read_parquet

_BATCH = 16  # images in memory at once
_CLASS_NAMES = b"huggingface"


def read_images(path: Path, keep: Keep, report: Report) -> Iterator[Said]:
    """Keep the images in a Parquet file, each with the other columns of its row.

    https://huggingface.co/docs/datasets/image_dataset
    """
    column = image_column(path)
    names, columns = read_parquet(path, report)
    classes = _classes(path)
    taken: set[str] = set()
    row = 0
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=[column]):
            for value in batch.column(0).to_pylist():
                inside = value if isinstance(value, dict) else {"bytes": value}
                data, name = inside.get("bytes"), inside.get("path")
                about = {n: values[row] for n, values in zip(names, columns, strict=True)}
                about.pop(column, None)
                for label in about.keys() & classes.keys():
                    about[label] = _class_name(classes[label], about[label])
                row += 1
                if not data:
                    report.skip(f"{path.name} row {row}", "there is no image in it")
                    continue
                free = _free(name, data, row, taken)
                if keep(free, io.BytesIO(data), len(data)):
                    yield free, about


def image_bytes(path: Path) -> int:
    """Bytes that the rows of a Parquet file have when unpacked."""
    about = pa.parquet.read_metadata(path)
    return sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))


def image_column(path: Path) -> str:
    """The column with images in a Parquet file, "" without one. Raises no error."""
    try:
        schema = pa.parquet.read_schema(path)
    except (pa.ArrowException, OSError, ValueError):
        return ""
    found = [field.name for field in schema if _holds_images(field, path)]
    plain = by_plain_name(found)
    return next((plain[name] for name in FILES if name in plain), found[0] if found else "")


def _holds_images(field: pa.Field, path: Path) -> bool:
    if pa.types.is_struct(field.type):
        at = field.type.get_field_index("bytes")
        return bool(at >= 0 and _is_bytes(field.type.field(at).type))
    if not _is_bytes(field.type):
        return False
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=[field.name]):
            for value in batch.column(0).to_pylist():
                if value:
                    return suffix_of(value) != ""
    return False


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _classes(path: Path) -> dict[str, list[str]]:
    """Names of the classes by column, as Hugging Face's datasets write them along."""
    try:
        told = (pa.parquet.read_schema(path).metadata or {}).get(_CLASS_NAMES, b"{}")
        features = json.loads(told).get("info", {}).get("features", {})
        return {
            name: about["names"]
            for name, about in features.items()
            if isinstance(about, dict) and isinstance(about.get("names"), list)
        }
    except (ValueError, AttributeError):
        return {}


def _class_name(names: list[str], value: Any) -> Any:
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _free(name: Any, data: bytes, row: int, taken: set[str]) -> str:
    """A name of its own for the image of a row: its own, else the number of the row."""
    base = PurePosixPath(str(name or "").replace("\\", "/")).name
    suffix = PurePosixPath(base).suffix.lower()
    stem, again = f"{row:06d}", 1
    if suffix not in IMAGES:
        suffix = suffix_of(data) or ".image"
        base = f"{stem}{suffix}"
    elif base.lower() in taken:
        base = f"{stem}{suffix}"
    while base.lower() in taken:
        again += 1
        base = f"{stem}-{again}{suffix}"
    taken.add(base.lower())
    return base
