"""Vector tables: embeddings that somebody else computed, of any modality."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.errors import SourceError
from curation.items.entry import Skip, printable
from curation.items.vector_files import read_named, rows
from curation.types import FloatArray

_CHUNK = 16_384  # rows normalised at once, in double precision
_QUANTISED = (np.int8, np.int16)


@dataclass(frozen=True)
class VectorTable:
    """``vectors`` float32 [n, d] of unit norm; row i belongs to ``files[i]``.

    ``left_out`` are the rows of the file that are no vectors.
    """

    files: tuple[str, ...]
    vectors: FloatArray
    left_out: tuple[Skip, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits that change with any name or value."""
        digest = hashlib.blake2b(repr(self.vectors.shape).encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.vectors).data)
        digest.update("\0".join(self.files).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def read_vectors(path: Path) -> VectorTable:
    """Read vectors and their names: ``.npz`` with ``F`` [n, d] and ``files`` text [n] (or other
    usual names), Parquet with the columns ``file`` and ``vector``, ``.npy`` with the names beside
    it, ``.safetensors``. Rows are scaled to unit norm, other arrays and columns ignored.

    Rows of NaN, infinite or only zero values, of another length or without a name are left out,
    and listed. Raises SourceError where no row is left, for a count that differs from the number
    of names, and for values that are no numbers.
    """
    files, raw = read_named(path)
    _check_form(path, files, raw)
    vectors, broken = _normalised(raw)
    broken |= {row: "it has no name" for row, name in enumerate(files) if not name.strip()}
    if not broken:
        return VectorTable(files, vectors)
    if len(broken) == len(files):
        raise SourceError(
            f"{path}: not one vector can be used: {_told(broken)}. Compute them again."
        )
    kept = [row for row in range(len(files)) if row not in broken]
    left_out = tuple(
        Skip(printable(files[row]) or path.name, f"row {row} of {path.name}: {reason}")
        for row, reason in sorted(broken.items())
    )
    return VectorTable(tuple(files[row] for row in kept), vectors[kept], left_out)


def _check_form(path: Path, files: tuple[str, ...], raw: npt.NDArray[Any]) -> None:
    if raw.dtype.kind != "f" and raw.dtype not in _QUANTISED:
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


def _normalised(raw: npt.NDArray[Any]) -> tuple[FloatArray, dict[int, str]]:
    """Rows of unit norm, and the rows that cannot be, each with the reason."""
    vectors = np.zeros(raw.shape, np.float32)
    broken: dict[int, str] = {}
    for start in range(0, len(raw), _CHUNK):
        chunk = raw[start : start + _CHUNK].astype(np.float64)
        # the largest value first: squares of very large or small ones leave the range of floats
        peak = np.abs(chunk).max(axis=1, keepdims=True)
        for at in np.flatnonzero(~np.isfinite(peak)).tolist():
            broken[start + at] = "NaN or infinite values, or missing ones"
        for at in np.flatnonzero(peak == 0).tolist():
            broken[start + at] = "only zeros"
        sound = (np.isfinite(peak) & (peak > 0))[:, 0]
        chunk = chunk[sound] / peak[sound]
        chunk /= np.linalg.norm(chunk, axis=1, keepdims=True)
        vectors[start : start + _CHUNK][sound] = chunk
    return vectors, broken


def _told(broken: dict[int, str]) -> str:
    """Each reason with some of its rows."""
    reasons = dict.fromkeys(broken.values())
    return "; ".join(
        f"{reason} in {rows([row for row, why in broken.items() if why == reason])}"
        for reason in reasons
    )
