"""Neighbours that share their neighbourhood (MSF, Koohpayegani 2021, ICCV)."""

from __future__ import annotations

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import IndexArray

_K = 10
_CHUNK = 65536


class KnnK(Strategy):
    """The k = 10 nearest of each item; score = cosine x Jaccard of the two lists (methods 2.2).

    The Jaccard share stands for local purity: a hub's neighbours do not know each other.
    """

    id = "knn_k"
    kind = "positive"
    summary = "Near neighbours that share their neighbourhood (MSF)"

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        i, j, similarity = state.neighbour_pairs(_K)
        shared = jaccard(state.neighbours.indices[:, :_K], i, j)
        score = np.clip(similarity, 0, 1) * shared
        best = best_open(state, i, j, score, budget, per_item=3)
        reasons = [f"cosine {similarity[p]:.2f}, {shared[p]:.0%} common neighbours" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def jaccard(lists: IndexArray, i: IndexArray, j: IndexArray) -> Scores:
    """Jaccard index float64 [P] of the rows ``i`` and ``j`` of ``lists`` int64 [N, k] (-1 pads)."""
    sizes = (lists >= 0).sum(1)
    out = np.empty(len(i), np.float64)
    for start in range(0, len(i), _CHUNK):
        rows = slice(start, start + _CHUNK)
        a, b = lists[i[rows]], lists[j[rows]]
        common = ((a[:, :, None] == b[:, None, :]) & (a[:, :, None] >= 0)).sum((1, 2))
        union = sizes[i[rows]] + sizes[j[rows]] - common
        out[rows] = common / np.maximum(union, 1)
    return out
