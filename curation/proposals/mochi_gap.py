"""Between two neighbours (MoCHi, Kalantidis 2020, NeurIPS).

https://arxiv.org/abs/2010.01028
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import clusters, nearest_outside
from curation.proposals.smoothing import unit
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class MochiGap(Strategy):
    """The real item nearest to a synthetic hard negative h, outside the anchor's neighbours.

    Type 1, h = norm(a n_k + (1 - a) n_l), a ~ U(0, 1), of two neighbours in different clusters;
    type 2, h = norm(b q + (1 - b) n), b ~ U(0, 0.5): the anchor's share stays below half.
    Score <q, h>.
    """

    id = "mochi_gap"
    kind = "hard_negative"
    family = "hard negatives"
    asks = "at the border of two piles"
    summary = "What lies in the gap between two neighbours of different clusters (MoCHi)"
    when = "To find boundary cases that no neighbour list shows."
    paper = "MoCHi, Kalantidis 2020"
    k: int = 10
    anchors: int = 1024
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        anchors = rng.permutation(np.flatnonzero(state.eligible))[: self.anchors]
        near = state.neighbours.indices[anchors, : self.k]
        full = (near >= 0).all(1)
        anchors, near = anchors[full], near[full]
        if not len(anchors) or near.shape[1] < 2:
            return Candidates.none()
        vectors, labels = state.space.vectors, clusters(state, max(2, state.n_items // 50)).labels
        rows = np.arange(len(anchors))
        first, second = two_sides(near, labels, rng)
        crossing = labels[first] != labels[second]
        one = mix_negatives(vectors[first], vectors[second], rng.uniform(0, 1, len(rows)))
        two = mix_query(vectors[anchors], vectors[first], rng.uniform(0, 0.5, len(rows)))
        points = np.where(crossing[:, None], one, two)
        j, _ = nearest_outside(state, anchors, points, self.k)
        score = np.clip(np.einsum("ad,ad->a", vectors[anchors], points), 0, 1).astype(np.float64)
        found = np.flatnonzero(j >= 0)
        i, j, score = anchors[found], j[found], score[found]
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"near a synthetic negative at cosine {score[p]:.2f}" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def two_sides(
    near: IndexArray, labels: IndexArray, rng: np.random.Generator
) -> tuple[IndexArray, IndexArray]:
    """Of each row's neighbours [A, k] a random one, and one of another cluster where there is."""
    rows = np.arange(len(near))
    first = near[rows, rng.integers(near.shape[1], size=len(near))]
    other = labels[near] != labels[first][:, None]
    keys = np.where(other, rng.random(near.shape), -1.0)
    return first, near[rows, keys.argmax(1)]


def mix_negatives(one: FloatArray, other: FloatArray, a: Scores) -> FloatArray:
    """Type 1: norm(a n_k + (1 - a) n_l), rows [A, D] and shares [A]."""
    return unit(a[:, None] * one + (1 - a)[:, None] * other)


def mix_query(query: FloatArray, negative: FloatArray, b: Scores) -> FloatArray:
    """Type 2: norm(b q + (1 - b) n) float32 [A, D] of rows [A, D]; ``b`` [A] below a half."""
    return unit(b[:, None] * query + (1 - b)[:, None] * negative)
