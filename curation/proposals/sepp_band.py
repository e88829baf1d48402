"""Pairs inside a similarity band (SePP-ID, Alkhalefi 2024).

https://arxiv.org/abs/2306.16122
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open

_QUANTILE = 1 - 1e-4
_TRUST = 10
_ITEMS_A_PAIR = 10
_K = 30


@dataclass(eq=False)
class SeppBand(Strategy):
    """Pairs with lo <= cosine <= hi, bounds included, the band's middle first.

    The paper's absolute band [0.97, 0.99] fits one encoder's head, so the band is relative: hi is
    the near-duplicate bound, lo the (1 - 1e-4) quantile of random pairs. It moves so that people go
    on accepting nine of ten: as long as they do, it is lowered to where a pair for every ten items
    is open, fewer the nearer they are to nine of ten; when they accept less, it is raised. At most
    five pairs an item, else dense classes take them all.
    """

    id = "sepp_band"
    kind = "positive"
    family = "positives by embedding"
    asks = "alike, but no copies"
    summary = "Alike, but no near-duplicates (SePP-ID)"
    when = "To accept many sure positives before there is any answer."
    paper = "SePP-ID, Alkhalefi 2024"
    duplicate: float = 0.99
    target: float = 0.9
    per_item: int = 5

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        i, j, similarity = state.neighbour_pairs(_K)
        below = ~ties.below(self.duplicate, similarity) & state.may_ask(i, j)
        i, j, similarity = i[below], j[below], similarity[below]
        lo = self.lower_bound(state, similarity, rng)
        width = self.duplicate - lo
        if width <= 0:
            return Candidates.none()
        inside = ~ties.below(similarity, lo)
        i, j, similarity = i[inside], j[inside], similarity[inside]
        score = 1 - np.abs(2 * (similarity - lo) / width - 1)
        best = best_open(state, i, j, np.clip(score, 0, 1), budget, per_item=self.per_item)
        reasons = [f"cosine {similarity[p]:.2f} in {lo:.2f} to {self.duplicate}" for p in best]
        return Candidates(i[best], j[best], np.clip(score[best], 0, 1), reasons)

    def lower_bound(self, state: State, below: Scores, rng: np.random.Generator) -> float:
        """lo, after what people accepted of this strategy's proposals so far.

        ``below`` [P] are the cosines of the open pairs up to hi. Ten proposals are taken to have
        been accepted before the first answer.
        """
        sample = state.random_similarities(rng)
        lo = float(np.quantile(sample, _QUANTILE)) if sample.size else self.duplicate
        accepted, answered = state.acceptance.get(self.id, (0, 0))
        rate = (accepted + _TRUST) / (answered + _TRUST)
        if rate < self.target:
            return lo + max(self.duplicate - lo, 0.0) * (self.target - rate) / self.target
        share = (rate - self.target) / (1 - self.target)
        wanted = min(int(np.ceil(share * state.eligible.sum() / _ITEMS_A_PAIR)), len(below))
        return min(lo, float(-np.partition(-below, wanted - 1)[wanted - 1])) if wanted else lo
