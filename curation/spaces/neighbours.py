"""Exact nearest neighbours by cosine, with faiss."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from curation.spaces.faiss_import import import_faiss
from curation.types import BoolArray, FloatArray, Neighbours

_BLOCK = 4096
"""Rows asked at once by ``nearest_steps``: as many as faiss takes at once by itself."""


def nearest(
    vectors: FloatArray,
    k: int,
    queries: FloatArray | None = None,
    eligible: BoolArray | None = None,
) -> Neighbours:
    """The ``k`` eligible rows of ``vectors`` most similar to each query.

    ``vectors`` float32 [N, D] unit norm; ``queries`` float32 [Q, D], or None to ask for every row,
    which then is never its own neighbour, however many duplicates it has. ``eligible`` bool [N]
    (None: all). Returns Neighbours [Q or N, k], padded with index -1 and similarity -1 where fewer
    than k exist.
    """
    rows = None if eligible is None else np.flatnonzero(eligible)
    base = np.ascontiguousarray(vectors if rows is None else vectors[rows], np.float32)
    asked = vectors if queries is None else queries
    want = min(k + (queries is None), len(base))
    if want < 1 or not len(asked):
        return _empty(len(asked), k)
    similarities, indices = _search(np.ascontiguousarray(asked, np.float32), base, want)
    if rows is not None:
        indices = rows[indices]
    if queries is None:
        indices, similarities = _drop_self(indices, similarities, k, np.arange(len(indices)))
    return _pad(indices, similarities, k)


def nearest_steps(vectors: FloatArray, k: int) -> Generator[float, None, Neighbours]:
    """As ``nearest`` of every row, in blocks; yields the share that is done before each."""
    found = [_empty(0, k)]
    for start in range(0, len(vectors), _BLOCK):
        yield start / len(vectors)
        rows = np.arange(start, min(start + _BLOCK, len(vectors)))
        asked = nearest(vectors, k + 1, queries=vectors[rows])
        found.append(Neighbours(*_drop_self(asked.indices, asked.similarities, k, rows)))
    return Neighbours(
        np.concatenate([one.indices for one in found]),
        np.concatenate([one.similarities for one in found]),
    )


def _search(
    queries: FloatArray, base: FloatArray, k: int
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    faiss = import_faiss()

    similarities, indices = faiss.knn(queries, base, k, metric=faiss.METRIC_INNER_PRODUCT)
    return similarities, indices


def _drop_self(
    indices: npt.NDArray[np.int64], similarities: FloatArray, k: int, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Remove each row's own index; where duplicates crowd it out, nothing needs removing."""
    own = indices == rows[:, None]
    order = np.argsort(own, axis=1, kind="stable")
    indices = np.take_along_axis(np.where(own, -1, indices), order, 1)
    similarities = np.take_along_axis(np.where(own, np.float32(-1), similarities), order, 1)
    return indices[:, :k], similarities[:, :k]


def _pad(indices: npt.NDArray[np.int64], similarities: FloatArray, k: int) -> Neighbours:
    result = _empty(len(indices), k)
    width = indices.shape[1]
    result.indices[:, :width] = indices
    result.similarities[:, :width] = np.clip(similarities, -1.0, 1.0)
    return result


def _empty(n: int, k: int) -> Neighbours:
    return Neighbours(np.full((n, k), -1, np.int64), np.full((n, k), -1.0, np.float32))
