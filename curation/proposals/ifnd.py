"""False negatives by confident pseudo-labels (IFND, Chen 2022, ICLR).

https://arxiv.org/abs/2106.03719
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import Clusters, clusters
from curation.types import BoolArray, FloatArray, IndexArray

_BLOCK = 8192


@dataclass(eq=False)
class Ifnd(Strategy):
    """Pairs of one k-means cluster, both trusted, by min(kappa_i, kappa_j).

    kappa is the softmax share of the own centre. The trusted share of the items grows in the
    paper with training; here it follows how often people accept these proposals. Several numbers
    of clusters give several pseudo-labels; a pair may come from any.
    """

    id = "ifnd"
    kind = "false_negative"
    family = "false negatives"
    asks = "kept apart so far, in the midst of one pile"
    summary = "Both at the heart of one cluster, trained apart (IFND)"
    when = "To cancel the safest false negatives where clusters are plain to see."
    paper = "IFND, Chen 2022"
    temperature: float = 0.1
    first_share: float = 0.1
    per_item: int = 3

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        share = self.trusted_share(state)
        found = [self._pairs(state, k, share, budget) for k in cluster_counts(state.n_items)]
        i, j = (np.concatenate([one[side] for one in found]) for side in (0, 1))
        score = np.concatenate([one[2] for one in found])
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"both over {score[p]:.0%} of one cluster" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)

    def trusted_share(self, state: State) -> float:
        """The accepted share of this strategy's proposals, from ``first_share`` on."""
        accepted, answered = state.acceptance.get(self.id, (0, 0))
        return (accepted + 10 * self.first_share) / (answered + 10)

    def _pairs(
        self, state: State, k: int, share: float, budget: int
    ) -> tuple[IndexArray, IndexArray, Scores]:
        found = clusters(state, k)
        kappa = state.once(
            ("kappa", k, self.temperature),
            lambda: confidence(state.space.vectors, found, self.temperature),
        )
        trusted = trusted_items(np.where(state.eligible, kappa, -1.0), share)
        most = int(np.ceil(np.sqrt(2 * budget))) + 2 * self.per_item
        i, j = [], []
        for members in found.members():
            sure = members[trusted[members]]
            sure = sure[ties.best_first(kappa[sure])[:most]]
            a, b = np.triu_indices(len(sure), 1)
            i.append(sure[a])
            j.append(sure[b])
        left, right = np.concatenate(i), np.concatenate(j)
        return left, right, np.minimum(kappa[left], kappa[right])


def cluster_counts(n_items: int) -> tuple[int, ...]:
    """Numbers of clusters: coarse to fine, at least ten items a cluster."""
    return tuple(sorted({min(k, max(2, n_items // 10)) for k in (10, 30, 100)}))


def confidence(vectors: FloatArray, found: Clusters, temperature: float) -> Scores:
    """kappa float64 [N] = exp(<z, c_own> / t) / sum_c exp(<z, c> / t)."""
    kappa = np.empty(len(vectors))
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        logits = ties.products(vectors[rows], found.centres) / temperature
        own = np.take_along_axis(logits, found.labels[rows, None], 1)
        kappa[rows] = 1 / np.exp(logits - own).sum(1)
    return np.clip(kappa, 0, 1)


def trusted_items(kappa: Scores, share: float) -> BoolArray:
    """The most confident ``share`` of the items [N]; none at 0, all with kappa >= 0 at 1."""
    count = round(share * len(kappa))
    trusted = np.zeros(len(kappa), np.bool_)
    trusted[ties.best_first(kappa)[:count]] = True
    return trusted & (kappa >= 0)
