"""Pairs inside a similarity band (SePP-ID, Alkhalefi 2024)."""

from __future__ import annotations

import numpy as np

from curation.proposals.base import Candidates, State, Strategy, best_open

_DUPLICATE = 0.99
_QUANTILE = 1 - 1e-4
_TARGET = 0.9
_TRUST = 10
_K = 30


class SeppBand(Strategy):
    """Pairs with lo <= cosine <= hi, bounds included, the band's middle first (methods 2.4).

    The paper's absolute band [0.97, 0.99] fits one encoder's head, so the band is relative: hi is
    the near-duplicate bound, lo the (1 - 1e-4) quantile of random pairs, raised while people
    accept fewer than nine of ten. At most five pairs an item, else dense classes take them all.
    """

    id = "sepp_band"
    kind = "positive"
    summary = "Alike but no near-duplicates: cosine inside a band (SePP-ID)"

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        lo = self.lower_bound(state, rng)
        width = _DUPLICATE - lo
        if width <= 0:
            return Candidates.none()
        i, j, similarity = state.neighbour_pairs(_K)
        inside = (similarity >= lo) & (similarity <= _DUPLICATE)
        i, j, similarity = i[inside], j[inside], similarity[inside]
        score = 1 - np.abs(2 * (similarity - lo) / width - 1)
        best = best_open(state, i, j, np.clip(score, 0, 1), budget, per_item=5)
        reasons = [f"cosine {similarity[p]:.2f} in {lo:.2f} to {_DUPLICATE}" for p in best]
        return Candidates(i[best], j[best], np.clip(score[best], 0, 1), reasons)

    def lower_bound(self, state: State, rng: np.random.Generator) -> float:
        """lo, after what people accepted of this strategy's proposals so far."""
        sample = state.random_similarities(rng)
        lo = float(np.quantile(sample, _QUANTILE)) if sample.size else _DUPLICATE
        accepted, answered = state.acceptance.get(self.id, (0, 0))
        rate = (accepted + _TARGET * _TRUST) / (answered + _TRUST)
        return lo + max(_DUPLICATE - lo, 0.0) * max(_TARGET - rate, 0.0) / _TARGET
