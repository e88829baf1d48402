"""Exact nearest neighbours by cosine, with faiss."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.spaces.faiss_import import import_faiss
from curation.types import BoolArray, FloatArray, Neighbours

_SPARE = 8
"""Neighbours looked at beyond those wanted, that equal ones be seen."""
_BLOCK, _ROWS = 32, 256
_ASKED = 4096
"""Rows asked at once by ``nearest_steps``: as many as faiss takes at once by itself."""


def nearest(
    vectors: FloatArray,
    k: int,
    queries: FloatArray | None = None,
    eligible: BoolArray | None = None,
) -> Neighbours:
    """The ``k`` eligible rows of ``vectors`` most similar to each query, of equal ones the lower.

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
    indices, similarities = most_similar(asked, base, want)
    if rows is not None:
        indices = rows[indices]
    if queries is None:
        indices, similarities = _drop_self(indices, similarities, k, np.arange(len(indices)))
    return _pad(indices, similarities, k)


def nearest_steps(vectors: FloatArray, k: int) -> Generator[float, None, Neighbours]:
    """As ``nearest`` of every row, in blocks; yields the share that is done before each."""
    found = [_empty(0, k)]
    for start in range(0, len(vectors), _ASKED):
        yield start / len(vectors)
        rows = np.arange(start, min(start + _ASKED, len(vectors)))
        asked = nearest(vectors, k + 1, queries=vectors[rows])
        found.append(Neighbours(*_drop_self(asked.indices, asked.similarities, k, rows)))
    return Neighbours(
        np.concatenate([one.indices for one in found]),
        np.concatenate([one.similarities for one in found]),
    )


def most_similar(
    queries: FloatArray, base: FloatArray, k: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Rows int64 of ``base`` [N, D] most similar to each of ``queries`` [Q, D], and the cosines
    float32.

    Both [Q, min(k, N)], most similar first, of equal ones the lower row. What faiss finds is
    compared again in double precision: its kernels differ in the last bits, and by these would
    choose among copies.
    """
    k = min(k, len(base))
    if k < 1 or not len(queries):
        return np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    queries, base = (np.ascontiguousarray(one, np.float32) for one in (queries, base))
    wide = min(k + k // 4 + _SPARE, len(base))
    found = np.sort(_search(queries, base, wide), axis=1)
    exact = _cosines(queries, base, found)
    order = ties.best_first(exact)
    found, exact = np.take_along_axis(found, order, 1), np.take_along_axis(exact, order, 1)
    # What was not found is below all that was, but for an error of single precision.
    more = np.flatnonzero(~ties.below(exact[:, -1] + ties.EQUAL, exact[:, k - 1]))
    found, cosines = found[:, :k], exact[:, :k].astype(np.float32)
    if len(more) and wide < len(base):
        found[more], cosines[more] = _among_all(queries[more], base, k)
    return found, cosines


def _search(queries: FloatArray, base: FloatArray, k: int) -> npt.NDArray[np.int64]:
    faiss = import_faiss()

    _, indices = faiss.knn(queries, base, k, metric=faiss.METRIC_INNER_PRODUCT)
    return np.asarray(indices, np.int64)


def _cosines(queries: FloatArray, base: FloatArray, rows: npt.NDArray[np.int64]) -> ties.Scores:
    """float64 [Q, k] of each query to its ``rows`` [Q, k]."""
    out = np.empty(rows.shape, np.float64)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        # einsum takes what is single as double, in small buffers: no copy that large is made
        out[part] = np.einsum("qd,qkd->qk", queries[part].astype(np.float64), base[rows[part]])
    return out


def _among_all(
    queries: FloatArray, base: FloatArray, k: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """As ``most_similar``, where more are equal than faiss could be asked for: few queries, or
    copies of few."""
    asked, which = np.unique(queries, axis=0, return_inverse=True)
    found, cosines = np.empty((len(asked), k), np.int64), np.empty((len(asked), k), np.float32)
    for start in range(0, len(asked), _ROWS):
        part = slice(start, start + _ROWS)
        every = ties.products(asked[part], base)
        found[part] = ties.few_best(every, k)
        cosines[part] = np.take_along_axis(every, found[part], 1)
    return found[which], cosines[which]


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
