"""Parquet tables: whatever types their columns have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from curation.items.entry import Report
from curation.items.sizes import check_parquet
from curation.items.values import json_value

VECTORS = ("vector", "embedding", "embeddings", "features", "feature", "emb")
"""Usual names of a column of vectors, which describes no item."""


def read_parquet(path: Path, report: Report) -> tuple[list[str], list[list[Any]]]:
    """Names and JSON values of a Parquet file's columns.

    Vectors and bytes are not read; a column whose values cannot be is left out and told. Raises
    SourceError for what is no Parquet file.
    """
    kinds = check_parquet(path)
    n_rows = pa.parquet.read_metadata(path).num_rows
    names = [field.name for field in kinds if not _is_bulk(field)]
    values: list[list[Any]] = []
    kept: list[str] = []
    for name in names:
        if kinds.names.count(name) == 1 and _is_bytes(kinds.field(name).type):
            values.append([None] * n_rows)  # bytes have no JSON form
            kept.append(name)
            continue
        try:
            column = pa.parquet.read_table(path, columns=[name], partitioning=None).column(name)
            values.append([_plain(value) for value in column.to_pylist()])
            kept.append(name)
        except (pa.ArrowException, OSError, ValueError, LookupError, ImportError, ArithmeticError,
                TypeError, RecursionError) as error:  # fmt: skip
            kind = kinds.field(name).type if kinds.names.count(name) == 1 else "twice there"
            report.note(path.name, f"the column {name!r} is left out: {kind} ({error})")
    return kept, values


def _plain(value: Any) -> Any:
    plain = json_value(value)
    return None if plain == "" else plain


def _is_bulk(field: pa.Field) -> bool:
    """Images in bytes, and vectors."""
    kind = field.type
    if pa.types.is_struct(kind):
        return any(_is_bytes(kind.field(at).type) for at in range(kind.num_fields))
    return field.name.lower() in VECTORS and any(is_list(kind) for is_list in _LISTS)


def _is_bytes(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in _BYTES)


_BYTES = (
    pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)  # fmt: skip
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
