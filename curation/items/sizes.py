"""How much of a table may be read: sizes are looked up before anything is loaded."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from curation.errors import SourceError

MOST_ROWS = 5_000_000
"""Items, vectors or decisions in one file: fifty times what is reviewed with ease."""


def check_parquet(path: Path) -> pa.Schema:
    """The schema of a Parquet file; SourceError where it cannot be read or has too many rows."""
    try:
        about = pa.parquet.read_metadata(path)
        schema: pa.Schema = about.schema.to_arrow_schema()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as Parquet ({error}). Write it again.") from error
    check_rows(path, about.num_rows)
    return schema


def check_rows(path: Path, rows: int) -> None:
    """SourceError for a file of more than ``MOST_ROWS`` rows."""
    if rows > MOST_ROWS:
        raise SourceError(
            f"{path} has {rows:,} rows, expected at most {MOST_ROWS:,}. Leave out what need not be "
            "curated, or divide the file."
        )


def check_npz(path: Path, names: tuple[str, ...]) -> None:
    """SourceError where one of the arrays ``names`` of an .npz file is too large to be loaded.

    What an array's header says is compared with what the archive holds, and with the memory of this
    machine, before a byte of it is unpacked. Raises OSError, ValueError and BadZipFile as reading
    does.
    """
    with zipfile.ZipFile(path) as archive:
        for name in names:
            try:
                entry = archive.getinfo(f"{name}.npy")
            except KeyError:
                continue
            with archive.open(entry) as stream:
                shape, dtype = _header(stream)
            rows = shape[0] if shape else 0
            n_bytes = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
            check_rows(path, rows)
            if not dtype.hasobject and not n_bytes <= entry.file_size <= n_bytes + 2**16:
                raise SourceError(
                    f"{path}: the array {name} of shape {list(shape)} takes {n_bytes:,} bytes, the "
                    f"file holds {entry.file_size:,} of it. Save it again."
                )
            _check_memory(path, name, max(n_bytes, entry.file_size))


def _check_memory(path: Path, name: str, n_bytes: int) -> None:
    """Reading, scaling and storing takes three times the array."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if 3 * n_bytes > memory:
        raise SourceError(
            f"{path}: the array {name} takes {n_bytes / 2**30:,.1f} GiB; this machine has "
            f"{memory / 2**30:,.1f} GiB of memory, and three times the array is needed. Save it "
            "with dtype=float16, or with fewer rows."
        )


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    return shape, dtype
