"""Pairs inside a similarity band (SePP-ID, Alkhalefi 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, State, Strategy, best_open

_QUANTILE = 1 - 1e-4
_TRUST = 10
_K = 30


@dataclass(eq=False)
class SeppBand(Strategy):
    """Pairs with lo <= cosine <= hi, bounds included, the band's middle first (methods 2.4).

    The paper's absolute band [0.97, 0.99] fits one encoder's head, so the band is relative: hi is
    the near-duplicate bound, lo the (1 - 1e-4) quantile of random pairs, raised while people
    accept fewer than nine of ten. At most five pairs an item, else dense classes take them all.
    """

    id = "sepp_band"
    kind = "positive"
    family = "positives by embedding"
    summary = "Alike but no near-duplicates: cosine inside a band (SePP-ID)"
    when = "To accept many sure positives before there is any answer."
    paper = "SePP-ID, Alkhalefi 2024"
    duplicate: float = 0.99
    target: float = 0.9
    per_item: int = 5

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        lo = self.lower_bound(state, rng)
        width = self.duplicate - lo
        if width <= 0:
            return Candidates.none()
        i, j, similarity = state.neighbour_pairs(_K)
        # Cosines are of single precision, and so the bounds: 0.99 is inside of a band up to 0.99.
        inside = (similarity >= np.float32(lo)) & (similarity <= np.float32(self.duplicate))
        i, j, similarity = i[inside], j[inside], similarity[inside]
        score = 1 - np.abs(2 * (similarity - lo) / width - 1)
        best = best_open(state, i, j, np.clip(score, 0, 1), budget, per_item=self.per_item)
        reasons = [f"cosine {similarity[p]:.2f} in {lo:.2f} to {self.duplicate}" for p in best]
        return Candidates(i[best], j[best], np.clip(score[best], 0, 1), reasons)

    def lower_bound(self, state: State, rng: np.random.Generator) -> float:
        """lo, after what people accepted of this strategy's proposals so far."""
        sample = state.random_similarities(rng)
        lo = float(np.quantile(sample, _QUANTILE)) if sample.size else self.duplicate
        accepted, answered = state.acceptance.get(self.id, (0, 0))
        rate = (accepted + self.target * _TRUST) / (answered + _TRUST)
        return lo + max(self.duplicate - lo, 0.0) * max(self.target - rate, 0.0) / self.target
