"""Synthetic hard negatives of several types (SynCo, Giakoumoglou 2024).

https://arxiv.org/abs/2410.02401
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import nearest_outside
from curation.proposals.smoothing import unit
from curation.types import FloatArray


@dataclass(eq=False)
class Synco(Strategy):
    """The real item nearest to a synthetic negative of type 1, 3 or 5.

    1: norm(a q + (1 - a) n), a ~ U(0, 0.5); 3: norm(g n1 + (1 - g) n2), g ~ U(0, 1);
    5: norm(n + delta q). Type 2 moves away from the anchor, 4 and 6 add noise: they diversify
    training and find no boundary. The item is outside the anchor's k nearest. Score <q, h>.
    """

    id = "synco"
    kind = "hard_negative"
    family = "hard negatives"
    asks = "near the border: probably different"
    summary = "Nearest to a synthetic negative pulled towards the anchor (SynCo)"
    when = "When HCL's list is used up: it reaches beyond the neighbour lists."
    paper = "SynCo, Giakoumoglou 2024"
    k: int = 10
    delta: float = 0.01
    anchors: int = 1024
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        anchors = rng.permutation(np.flatnonzero(state.eligible))[: self.anchors]
        near = state.neighbours.indices[anchors, : self.k]
        full = (near >= 0).all(1)
        anchors, near = anchors[full], near[full]
        if not near.size:
            return Candidates.none()
        vectors, rows = state.space.vectors, np.arange(len(anchors))
        first, second = (near[rows, rng.integers(near.shape[1], size=len(rows))] for _ in range(2))
        query, negative = vectors[anchors], vectors[first]
        kinds = (
            interpolated(query, negative, rng.uniform(0, 0.5, len(rows))),
            interpolated(negative, vectors[second], rng.uniform(0, 1, len(rows))),
            shifted(query, negative, self.delta),
        )
        points = np.choose(rng.integers(3, size=len(rows))[:, None], kinds)
        j, _ = nearest_outside(state, anchors, points, self.k)
        score = np.clip(np.einsum("ad,ad->a", query, points), 0, 1).astype(np.float64)
        found = np.flatnonzero(j >= 0)
        i, j, score = anchors[found], j[found], score[found]
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"near a synthetic negative at cosine {score[p]:.2f}" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def interpolated(one: FloatArray, other: FloatArray, a: Scores) -> FloatArray:
    """Types 1 and 3: norm(a x + (1 - a) y) for rows [A, D] and shares [A]."""
    return unit(a[:, None] * one + (1 - a)[:, None] * other)


def shifted(query: FloatArray, negative: FloatArray, delta: float) -> FloatArray:
    """Type 5: norm(n + delta q) float32 [A, D] of rows [A, D]; q is the gradient of <q, n> by n."""
    return unit(negative + delta * query)
