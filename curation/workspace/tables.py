"""Rows of a small table that a person made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from curation.errors import DecisionError, SourceError

SUFFIXES = (".csv", ".jsonl", ".parquet")
TEXT = (
    "a", "b", "id_a", "id_b", "file_a", "file_b", "verdict", "id", "batch_id", "supersedes",
    "strategy", "kind",
)  # fmt: skip
"""Columns that are text whatever they look like: `007`, `1e5`, an id of digits only."""


def read_table(file: Path) -> list[dict[str, Any]]:
    """Rows of a CSV, JSONL or Parquet file, absent values as None; raises SourceError."""
    import pandas as pd

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
    except (OSError, ValueError) as error:
        raise SourceError(f"{file} cannot be read: {error}.") from error
    kept = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in kept.to_dict("records")]


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
