"""Vector tables: embeddings that somebody else computed, of any modality."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from curation.errors import SourceError
from curation.items.sizes import check_npz, check_parquet
from curation.types import FloatArray

_CHUNK = 16_384  # rows normalised at once, in double precision
_NAMED = 5  # rows an error names


@dataclass(frozen=True)
class VectorTable:
    """``vectors`` float32 [n, d] of unit norm; row i belongs to ``files[i]``."""

    files: tuple[str, ...]
    vectors: FloatArray

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits that change with any name or value."""
        digest = hashlib.blake2b(repr(self.vectors.shape).encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.vectors).data)
        digest.update("\0".join(self.files).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def read_vectors(path: Path) -> VectorTable:
    """Read ``.npz`` with ``F`` float [n, d] and ``files`` text [n], or Parquet with the columns
    ``file`` and ``vector``; rows are scaled to unit norm, other arrays and columns ignored.

    Raises SourceError, naming the rows, for NaN, infinite or all-zero vectors, a count that
    differs from the number of names, vectors of differing length and values that are no floats.
    """
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".parquet", ".pq"):
        raise SourceError(
            f"{path} is no vector file: expected .npz with the arrays F and files, or .parquet "
            "with the columns file and vector."
        )
    if not path.is_file():
        raise SourceError(f"The vector file {path} does not exist. Check the path.")
    files, raw = _read_npz(path) if suffix == ".npz" else _read_parquet(path)
    _check_form(path, files, raw)
    return VectorTable(files, _normalised(path, files, raw))


def _read_npz(path: Path) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
    try:
        check_npz(path, ("F", "files"))
        with np.load(path, allow_pickle=False) as archive:
            absent = {"F", "files"} - set(archive.files)
            if absent:
                raise SourceError(
                    f"{path} needs the arrays F [n, d] and files [n], got "
                    f"{', '.join(archive.files) or 'none'}. Save it with np.savez(path, F=..., "
                    "files=np.array(names, dtype=str))."
                )
            raw, names = archive["F"], archive["files"]
            if names.dtype.kind == "S":
                names = np.char.decode(names, "utf-8")
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(
            f"{path} cannot be read ({error}). Object arrays are not loaded, as they can run code: "
            "save files with dtype=str and F with dtype=float32."
        ) from error
    if names.dtype.kind != "U" or names.ndim != 1:
        raise SourceError(
            f"{path}: files must be text [n], got {names.dtype} {list(names.shape)}. "
            "Save it with dtype=str."
        )
    return tuple(names.tolist()), raw


def _read_parquet(path: Path) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
    columns = check_parquet(path).names
    if columns.count("file") != 1 or columns.count("vector") != 1:
        raise SourceError(
            f"{path} needs one column file and one column vector, got "
            f"{', '.join(columns) or 'none'}. Rename them."
        )
    try:
        table = pa.parquet.read_table(path, columns=["file", "vector"], partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as Parquet ({error}). Write it again.") from error
    names = table.column("file").to_pylist()
    unnamed = [row for row, name in enumerate(names) if not isinstance(name, str)]
    if unnamed:
        raise SourceError(f"{path}: file must be text in every row, is not in {_rows(unnamed)}.")
    return tuple(names), _matrix(path, table.column("vector"))


def _matrix(path: Path, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    kind = column.type
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(is_list(kind) for is_list in lists):
        raise SourceError(f"{path}: vector must be a list of floats in every row, got {kind}.")
    lengths = np.asarray(pa.compute.fill_null(pa.compute.list_value_length(column), -1))
    if lengths.size == 0:
        return np.empty((0, 1), np.float32)
    odd = np.flatnonzero((lengths != lengths[0]) | (lengths < 0))
    if odd.size:
        raise SourceError(
            f"{path}: every vector must have the {max(lengths[0], 0)} values of the first one; "
            f"missing or of another length in {_rows(odd)}."
        )
    if not pa.types.is_floating(kind.value_type):
        raise SourceError(f"{path}: vector must be a list of floats, got {kind.value_type} in it.")
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.concatenate(parts).reshape(len(lengths), lengths[0])


def _check_form(path: Path, files: tuple[str, ...], raw: npt.NDArray[Any]) -> None:
    if raw.dtype.kind != "f":
        raise SourceError(
            f"{path}: vectors must be floats (16, 32 or 64 bits), got {raw.dtype}. "
            "Save them with dtype=float32."
        )
    if raw.ndim != 2 or raw.shape[1] == 0:
        raise SourceError(f"{path}: vectors must have the shape [n, d], got {list(raw.shape)}.")
    if len(files) != len(raw):
        raise SourceError(
            f"{path}: one name a vector is needed, got {len(files)} names and {len(raw)} vectors. "
            "Save both from the same list."
        )
    if not files:
        raise SourceError(f"{path} holds no vectors. Give a file with at least one.")
    unnamed = [row for row, name in enumerate(files) if not name]
    if unnamed:
        raise SourceError(f"{path}: every vector needs a name, it is empty in {_rows(unnamed)}.")


def _normalised(path: Path, files: tuple[str, ...], raw: npt.NDArray[Any]) -> FloatArray:
    vectors = np.empty(raw.shape, np.float32)
    broken: list[int] = []
    zero: list[int] = []
    for start in range(0, len(raw), _CHUNK):
        chunk = raw[start : start + _CHUNK].astype(np.float64)
        # the largest value first: squares of very large or small ones leave the range of floats
        peak = np.abs(chunk).max(axis=1, keepdims=True)
        broken += (start + np.flatnonzero(~np.isfinite(peak))).tolist()
        zero += (start + np.flatnonzero(peak == 0)).tolist()
        if broken or zero:
            continue
        chunk /= peak
        chunk /= np.linalg.norm(chunk, axis=1, keepdims=True)
        vectors[start : start + _CHUNK] = chunk
    for rows, what in ((broken, "NaN or infinite values"), (zero, "only zeros")):
        if rows:
            raise SourceError(
                f"{path}: {what} in {_rows(rows)} ({', '.join(files[row] for row in rows[:_NAMED])}"
                f"{', ...' if len(rows) > _NAMED else ''}). Compute these vectors again or leave "
                "their rows out."
            )
    return vectors


def _rows(rows: list[int] | npt.NDArray[np.intp]) -> str:
    named = ", ".join(str(row) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {named}{more}"
