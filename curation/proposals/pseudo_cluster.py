"""Far apart in one k-means cluster (Panambur 2022).

https://arxiv.org/abs/2204.09854
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.proposals.search import clusters, pairs_within


@dataclass(eq=False)
class PseudoCluster(Strategy):
    """Pairs of one pseudo-label, the least similar first: 1 - s.

    k-means with K = 150 (fewer where there are less than 10 items a cluster). Each cluster gives
    at most ``per_cluster`` pairs, drawn at random.
    """

    id = "pseudo_cluster"
    kind = "positive"
    family = "positives by embedding"
    asks = "in one pile, and yet unlike"
    summary = "One k-means cluster, yet far from each other (Panambur)"
    when = "To check what clustering would join wrongly before you name its clusters."
    paper = "Martian terrain, Panambur 2022"
    k: int = 150
    per_cluster: int = 200
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        labels = clusters(state, min(self.k, max(2, state.n_items // 10))).labels
        i, j = pairs_within(np.where(state.eligible, labels, -1), self.per_cluster, rng)
        score = np.clip(1 - state.similarity(i, j), 0, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"in cluster {labels[i[p]]}, cosine {1 - score[p]:.2f}" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)
