"""Rows of a small table that a person made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from curation.errors import DecisionError, SourceError
from curation.items.sizes import check_parquet, check_rows
from curation.items.values import json_value

SUFFIXES = (".csv", ".jsonl", ".parquet")
TEXT = (
    "a", "b", "id_a", "id_b", "file_a", "file_b", "verdict", "id", "batch_id", "supersedes",
    "strategy", "kind",
)  # fmt: skip
"""Columns that are text whatever they look like: `007`, `1e5`, an id of digits only."""


def read_table(file: Path) -> list[dict[str, Any]]:
    """Rows of a CSV, JSONL or Parquet file, absent values as None; raises SourceError."""
    import pandas as pd
    import pyarrow as pa

    if file.suffix.lower() == ".parquet" and file.is_file():
        check_parquet(file)
    readers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda path: pd.read_csv(path, dtype=dict.fromkeys(TEXT, str)),
        ".jsonl": lambda path: pd.read_json(path, lines=True, dtype=False),
        ".parquet": pd.read_parquet,
    }
    read = readers.get(file.suffix.lower())
    if read is None:
        raise SourceError(f"Expected a file of {', '.join(SUFFIXES)}, got {file.name!r}.")
    try:
        table = read(file)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise SourceError(f"{file} cannot be read: {error}.") from error
    check_rows(file, len(table))
    if not table.columns.is_unique:
        raise SourceError(f"{file} has two columns of one name; rename one of them.")
    return [
        {str(name): _cell(value, str(name), at, file) for name, value in row.items()}
        for at, row in enumerate(table.astype(object).to_dict("records"))
    ]


def _cell(value: Any, name: str, at: int, file: Path) -> Any:
    """Text, a number, true or false, or None where nothing is said; times as text.

    SourceError for a list, a struct or bytes.
    """
    plain = json_value(value)
    if isinstance(plain, list | dict) or (plain is None and isinstance(value, bytes)):
        raise SourceError(
            f"{file}: the column {name} must hold one value a row, row {at} holds "
            f"{type(value).__name__}. Write it out as text or leave the column out."
        )
    return plain


def number(given: Mapping[str, Any], name: str) -> float | None:
    """A finite number, or None where none is given; DecisionError for anything else."""
    value = given.get(name)
    if value is None:
        return None
    try:
        read = float(value)
    except (TypeError, ValueError):
        read = math.nan
    if not math.isfinite(read):
        raise DecisionError(f"A decision's {name} is a number, got {value!r}.")
    return read
