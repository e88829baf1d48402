"""Neighbours that share their neighbourhood (MSF, Koohpayegani 2021, ICCV).

https://arxiv.org/abs/2105.07269
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import IndexArray

_CHUNK = 65536


@dataclass(eq=False)
class KnnK(Strategy):
    """The k = 10 nearest of each item; score = cosine x Jaccard of the two lists.

    The Jaccard share stands for local purity: a hub's neighbours do not know each other.
    """

    id = "knn_k"
    kind = "positive"
    family = "positives by embedding"
    asks = "near each other, with the same neighbours"
    summary = "Near neighbours that share their neighbourhood (MSF)"
    when = "To confirm tight groups fast once neighbours can be trusted."
    paper = "MSF, Koohpayegani 2021"
    k: int = 10
    per_item: int = 3

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        i, j, similarity = state.neighbour_pairs(self.k)
        shared = jaccard(state.neighbours.indices[:, : self.k], i, j)
        score = np.clip(similarity, 0, 1) * shared
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
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
