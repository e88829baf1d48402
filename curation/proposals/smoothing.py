"""Vectors averaged along the neighbour graph, where few answers reach many items.

Simplified graph convolution (Wu 2019, ICML, eq. 8: linear classifier on S^K X), with a lazy walk
and, afterwards, the common mean taken out: https://arxiv.org/abs/1902.07153
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from curation.types import FloatArray, Neighbours

_K = 10
_STEPS = 3


def smooth(vectors: FloatArray, neighbours: Neighbours) -> FloatArray:
    """Unit rows float32 [N, D]: three lazy steps over the 10-nearest graph, then centred.

    Computed in double precision, so that copies of an item stay copies.
    """
    if not len(vectors):
        return np.asarray(vectors, np.float32)
    walk = _walk(neighbours)
    rows = vectors.astype(np.float64)
    moved = unit(rows - rows.mean(0)).astype(np.float64)
    for _ in range(_STEPS):
        moved = 0.5 * moved + 0.5 * (walk @ moved)
    return unit(moved - moved.mean(0))


def unit(vectors: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """Rows of [N, D] scaled to length one, float32; rows of length zero stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 1e-6, length, 1), np.float32)


def _walk(neighbours: Neighbours) -> sparse.csr_array:
    """Row-stochastic float64 [N, N] of the symmetric graph; an item without neighbours stays."""
    near = neighbours.indices[:, :_K]
    n = len(near)
    rows, columns = np.nonzero(near >= 0)
    cosine = np.clip(neighbours.similarities[rows, columns].astype(np.float64), 0, 1)
    weight = cosine * cosine * cosine + 1e-6
    graph = sparse.csr_array((weight, (rows, near[rows, columns])), shape=(n, n))
    graph = graph.maximum(graph.T).tocsr()
    alone = np.asarray(graph.sum(1)).ravel() == 0
    graph = (graph + sparse.diags_array(alone.astype(np.float64))).tocsr()
    scale = 1 / np.asarray(graph.sum(1)).ravel()
    return sparse.csr_array(sparse.diags_array(scale) @ graph)
