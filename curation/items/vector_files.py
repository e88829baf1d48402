"""Vectors and their names out of the files that people keep them in."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from curation.errors import SourceError
from curation.items.columns import FILES, by_plain_name, file_column
from curation.items.entry import Report
from curation.items.sizes import check_npz, check_parquet
from curation.items.tables import SUFFIXES as TABLES
from curation.items.tables import read_table

Named = tuple[tuple[str, ...], npt.NDArray[Any]]
"""Names, and vectors as they stand in the file: of one length where all is well."""

VECTORS = (
    "F", "vectors", "vector", "embeddings", "embedding", "features", "feats", "feature",
    "image_embeddings", "img_emb", "emb", "X", "arr_0",
)  # fmt: skip
NAMES = ("files", "filenames", "file_names", "paths", "names", "image_paths", "images", "keys",
         "ids", "arr_1")  # fmt: skip
"""Usual names of the array (or key) with a name for each vector, the likeliest first."""
_BESIDE = ("names", "files", "filenames", "paths", "ids")


def read_named(path: Path) -> Named:
    """Names and vectors of ``path``; SourceError where they are not found or cannot be read."""
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise SourceError(
            f"{path} is no vector file: expected .npz with the arrays F and files, .parquet with "
            "the columns file and vector, .npy with the names beside it, or .safetensors."
        )
    if not path.is_file():
        raise SourceError(f"The vector file {path} does not exist. Check the path.")
    return read(path)


def _npz(path: Path) -> Named:
    try:
        with zipfile.ZipFile(path) as packed:
            there = [name.removesuffix(".npy") for name in packed.namelist()]
        vectors, names = _first(VECTORS, there), _first(NAMES, there)
        if vectors is None or names is None:
            raise SourceError(
                f"{path} needs the arrays F [n, d] and files [n], got "
                f"{', '.join(there) or 'none'}. Save it with "
                "np.savez(path, F=..., files=np.array(names, dtype=str))."
            )
        check_npz(path, (vectors, names))
        with np.load(path, allow_pickle=False) as archive:
            return _text(path, archive[names]), archive[vectors]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(
            f"{path} cannot be read ({error}). Object arrays are not loaded, as they can run code: "
            "save files with dtype=str and F with dtype=float32."
        ) from error


def _first(names: Sequence[str], there: Sequence[str]) -> str | None:
    """The likeliest of the names that are there, in any letter case."""
    plain = {name.lower(): name for name in reversed(there)}
    return next((plain[name.lower()] for name in names if name.lower() in plain), None)


def _text(path: Path, names: npt.NDArray[Any]) -> tuple[str, ...]:
    if names.dtype.kind == "S":
        names = np.char.decode(names, "utf-8")
    if names.dtype.kind in "iu":
        names = names.astype(str)
    if names.dtype.kind != "U" or names.ndim != 1:
        raise SourceError(
            f"{path}: files must be text [n], got {names.dtype} {list(names.shape)}. "
            "Save it with dtype=str."
        )
    return tuple(names.tolist())


def _npy(path: Path) -> Named:
    try:
        vectors = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(
            f"{path} cannot be read ({error}). Save it with np.save and dtype=float32."
        ) from error
    return _names_beside(path), np.asarray(vectors)


def _names_beside(path: Path) -> tuple[str, ...]:
    """A name for each row, from a table or text file beside ``path``.

    Also where clip-retrieval puts it: ``metadata/metadata_0.parquet`` for ``img_emb_0.npy``.
    """
    stems = [
        path.stem,
        *(f"{path.stem}{sign}{name}" for name in _BESIDE for sign in "_."),
        *_BESIDE,
    ]
    number = path.stem.rpartition("_")[2]
    folders = (path.parent, path.parent / "metadata", path.parent.parent / "metadata")
    retrieval = [folder / f"metadata_{number}" for folder in folders]
    tried = [*(path.parent / stem for stem in stems), *retrieval]
    for stem in tried:
        for suffix in (*TABLES, ".json"):
            file = stem.with_name(stem.name + suffix)
            if file.is_file():
                return _names_in(file)
    raise SourceError(
        f"{path} holds vectors without names: put a text file {path.stem}.txt beside it with one "
        "file name a line in the order of the vectors, or save both with np.savez(path, F=..., "
        "files=np.array(names, dtype=str))."
    )


def _names_in(file: Path) -> tuple[str, ...]:
    suffix = file.suffix.lower()
    try:
        if suffix == ".json":
            return tuple(map(str, json.loads(file.read_text("utf-8"))))
        if suffix == ".txt":
            return tuple(file.read_text("utf-8-sig").splitlines())
    except (OSError, ValueError, TypeError) as error:
        raise SourceError(f"The names in {file} cannot be read ({error}).") from error
    report = Report()
    table = read_table(file, report, headed=False)
    if report.skipped:  # the names would no longer be those of the same rows
        first = report.skipped[0]
        raise SourceError(f"The names in {file} cannot be read: {first.path}: {first.reason}.")
    column = file_column(table.columns, None, str(file))
    return tuple("" if (v := row.values.get(column)) is None else str(v) for row in table.rows)


def _parquet(path: Path) -> Named:
    columns = check_parquet(path).names
    plain = by_plain_name(columns)
    file = next((plain[name] for name in FILES if name in plain), None)
    vector = _first(VECTORS, columns)
    if file is None or vector is None or columns.count(file) != 1 or columns.count(vector) != 1:
        raise SourceError(
            f"{path} needs one column file and one column vector, got "
            f"{', '.join(columns) or 'none'}. Rename them."
        )
    try:
        table = pa.parquet.read_table(path, columns=[file, vector], partitioning=None)
        names = table.column(file).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as Parquet ({error}). Write it again.") from error
    unnamed = [row for row, name in enumerate(names) if not isinstance(name, str | int)]
    if unnamed:
        raise SourceError(f"{path}: file must be text in every row, is not in {rows(unnamed)}.")
    return tuple(map(str, names)), _matrix(path, table.column(vector))


def _matrix(path: Path, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    kind = column.type
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(is_list(kind) for is_list in lists):
        raise SourceError(f"{path}: vector must be a list of floats in every row, got {kind}.")
    lengths = np.asarray(pa.compute.fill_null(pa.compute.list_value_length(column), -1))
    if lengths.size == 0:
        return np.empty((0, 1), np.float32)
    usual = int(np.bincount(lengths[lengths > 0]).argmax()) if (lengths > 0).any() else 0
    if usual == 0:
        raise SourceError(f"{path}: every vector must have values, got lists without any.")
    if not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        raise SourceError(f"{path}: vector must be a list of floats, got {kind.value_type} in it.")
    whole = lengths == usual
    column = column.combine_chunks() if whole.all() else column.filter(pa.array(whole))
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks]
    found = np.concatenate(parts).reshape(int(whole.sum()), usual)
    if whole.all():
        return found
    # what has another length is no vector of this space: it is left out with the broken ones
    vectors = np.full((len(lengths), usual), np.nan, np.float32)
    vectors[whole] = found
    return vectors


def _safetensors(path: Path) -> Named:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            told, names = file.metadata() or {}, list(file.keys())
            if _one_each(file, names):
                return tuple(names), np.stack([file.get_tensor(name) for name in names])
            vectors = _first(VECTORS, names)
            if vectors is None:
                raise SourceError(
                    f"{path} needs a tensor F [n, d], or one tensor [d] for each file under its "
                    f"name; got {', '.join(names[:10]) or 'none'}."
                )
            raw = file.get_tensor(vectors)
            listed = next((told[name] for name in NAMES if name in told), None)
    except (OSError, SafetensorError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(
            f"{path} cannot be read as safetensors ({error}). Save it with float32 or float16."
        ) from error
    if listed is None:
        return _names_beside(path), raw
    try:
        return tuple(map(str, json.loads(listed))), raw
    except (ValueError, TypeError) as error:
        raise SourceError(
            f"{path}: its metadata names the files in no JSON list ({error}). Save them so."
        ) from error


def _one_each(file: Any, names: Sequence[str]) -> bool:
    """Whether every tensor is one vector, of the file that it is called by."""
    shapes = {tuple(file.get_slice(name).get_shape()) for name in names}
    return len(shapes) == 1 and len(next(iter(shapes))) == 1


def rows(numbers: Sequence[int] | npt.NDArray[np.intp]) -> str:
    """Some of the rows, and how many more there are."""
    named = ", ".join(str(row) for row in numbers[:5])
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {named}{more}"


_READERS: dict[str, Callable[[Path], Named]] = {
    ".npz": _npz,
    ".npy": _npy,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".safetensors": _safetensors,
}
