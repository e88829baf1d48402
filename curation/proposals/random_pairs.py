"""Uniform random pairs: the control, and what unbiased estimates are made from."""

from __future__ import annotations

import numpy as np

from curation.proposals.base import Candidates, State, Strategy
from curation.types import IndexArray

_ROUNDS = 20
_MANY = 3000
"""Items whose pairs are not looked at one by one."""
_BLOCK = 64


class RandomPairs(Strategy):
    """Uniform over the open pairs of eligible items.

    They are drawn and kept where open; of up to 3,000 items all pairs are looked at where that
    finds too few.
    """

    id = "random"
    kind = "uncertain"
    family = "control"
    asks = "any two images: keeps the numbers honest"
    summary = "Uniform random pairs: keeps the estimates honest"
    when = "To measure: acceptance, calibration and the share of same pairs are unbiased on it."
    paper = "the control of every study"

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        items = np.flatnonzero(state.eligible)
        n = len(items)
        if n * (n - 1) // 2 <= 4 * budget:
            low, high = self._all(state, items)
        else:
            low, high = self._sample(state, items, budget, rng)
            if len(low) < budget and n <= _MANY:
                low, high = self._all(state, items)
        pick = rng.permutation(len(low))[:budget]
        low, high = low[pick], high[pick]
        return Candidates(low, high, np.full(len(low), 0.5), ["a random pair"] * len(low))

    def _all(self, state: State, items: IndexArray) -> tuple[IndexArray, IndexArray]:
        """The open pairs of ``items`` one by one, in order of the lower item."""
        found = []
        for start in range(0, len(items), _BLOCK):
            a, b = np.triu_indices(min(_BLOCK, len(items) - start), 1, len(items) - start)
            found.append(self._open(state, items[start + a], items[start + b]))
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])

    def _open(self, state: State, i: IndexArray, j: IndexArray) -> tuple[IndexArray, IndexArray]:
        mask = state.may_ask(i, j)
        return i[mask], j[mask]

    def _sample(
        self, state: State, items: IndexArray, budget: int, rng: np.random.Generator
    ) -> tuple[IndexArray, IndexArray]:
        """Rejection sampling, in rounds; fewer than ``budget`` where hardly any pair is open."""
        found = np.empty(0, np.int64)
        for _ in range(_ROUNDS):
            i, j = items[rng.integers(len(items), size=(2, 2 * budget))]
            i, j = self._open(state, i, j)
            keys = np.minimum(i, j) * state.n_items + np.maximum(i, j)
            found = np.unique(np.concatenate([found, keys]))
            if len(found) >= budget:
                break
        low, high = np.divmod(found, state.n_items)
        return low, high
