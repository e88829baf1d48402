"""The nearest neighbour as a positive (NNCLR, Dwibedi 2021, ICCV).

https://arxiv.org/abs/2104.14548
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, State, Strategy, best_open


@dataclass(eq=False)
class NnTop1(Strategy):
    """nn_i = argmax_q <z_i, q>, as a pair, near-duplicates left out.

    score = (s_ij - s_min) / (1 - s_min), halved where i is not the nearest of j too: one item can
    be the nearest of many (a hub), and their number is told.
    """

    id = "nn_top1"
    kind = "positive"
    family = "positives by embedding"
    asks = "each other's likest image"
    summary = "Each item's nearest neighbour, mutual ones first (NNCLR)"
    when = "To see quickly whether the nearest neighbours can be trusted at all."
    paper = "NNCLR, Dwibedi 2021"
    duplicate: float = 0.99
    one_sided: float = 0.5

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        near, similarity = state.neighbours.indices, state.neighbours.similarities
        fine = (near >= 0) & ~ties.below(self.duplicate, similarity) & state.eligible[near]
        i = np.flatnonzero(fine.any(1) & state.eligible)
        first = fine[i].argmax(1)
        j, s = near[i, first], similarity[i, first].astype(np.float64)
        if not len(i):
            return Candidates.none()
        nearest = np.full(state.n_items, -1, np.int64)
        nearest[i] = j
        mutual = nearest[j] == i
        low = min(float(s.min()), 1 - 1e-6)
        score = np.clip((s - low) / (1 - low), 0, 1) * np.where(mutual, 1.0, self.one_sided)
        best = best_open(state, i, j, score, budget)
        hubs = np.bincount(j, minlength=state.n_items)
        reasons = [
            f"cosine {s[p]:.2f}, " + ("mutual" if mutual[p] else f"nearest of {hubs[j[p]]} items")
            for p in best
        ]
        return Candidates(i[best], j[best], score[best], reasons)
