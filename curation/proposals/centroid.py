"""Positives one hop away, seen from the mean of the neighbours (All4One, Estepa 2023, ICCV).

https://arxiv.org/abs/2303.09417
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.proposals.search import nearest_outside
from curation.proposals.smoothing import unit
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class Centroid(Strategy):
    """c_i = norm(mean of the 5 nearest); pair (i, argmax_j <c_i, e_j>), j not among them.

    The paper's attention is not needed to propose. At most 2,048 anchors a call.
    """

    id = "centroid"
    kind = "positive"
    family = "positives by embedding"
    asks = "alike, by what is around them"
    summary = "What the mean of an item's neighbours is nearest to, one hop away (All4One)"
    when = "To reach members of a group that are not yet among each other's neighbours."
    paper = "All4One, Estepa 2023"
    k: int = 5
    anchors: int = 2048
    per_item: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        anchors = np.sort(rng.permutation(np.flatnonzero(state.eligible))[: self.anchors])
        anchors = anchors[(state.neighbours.indices[anchors, : self.k] >= 0).any(1)]
        points = neighbour_means(state, anchors, self.k)
        items, cosine = nearest_outside(state, anchors, points, self.k)
        found = np.flatnonzero(items >= 0)
        i, j, score = anchors[found], items[found], np.clip(cosine[found], 0, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"cosine {score[p]:.2f} to the mean of {self.k} neighbours" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def neighbour_means(state: State, anchors: IndexArray, k: int) -> FloatArray:
    """Unit mean float32 [A, D] of the k nearest of each anchor; missing ones are left out."""
    near = state.neighbours.indices[anchors, :k]
    total = np.zeros((len(anchors), state.space.vectors.shape[1]), np.float32)
    for column in near.T:
        total += np.where((column >= 0)[:, None], state.space.vectors[column], 0)
    return unit(total)
