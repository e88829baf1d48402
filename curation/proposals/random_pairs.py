"""Uniform random pairs: the control, and what unbiased estimates are made from."""

from __future__ import annotations

import numpy as np

from curation.proposals.base import Candidates, State, Strategy
from curation.types import IndexArray

_ROUNDS = 20


class RandomPairs(Strategy):
    """Uniform over the open pairs of eligible items (methods 8.3, 9)."""

    id = "random"
    kind = "uncertain"
    family = "control"
    summary = "Uniform random pairs: keeps the estimates honest"
    when = "To measure: acceptance, calibration and the share of same pairs are unbiased on it."
    paper = "the control of every study"

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        items = np.flatnonzero(state.eligible)
        n = len(items)
        keys = self._few(n) if n * (n - 1) // 2 <= 4 * budget else None
        low, high = (
            self._sample(state, items, budget, rng)
            if keys is None
            else self._open(state, items[keys[0]], items[keys[1]])
        )
        pick = rng.permutation(len(low))[:budget]
        low, high = low[pick], high[pick]
        return Candidates(low, high, np.full(len(low), 0.5), ["a random pair"] * len(low))

    def _few(self, n: int) -> tuple[IndexArray, IndexArray]:
        i, j = np.triu_indices(n, 1)
        return i.astype(np.int64), j.astype(np.int64)

    def _open(self, state: State, i: IndexArray, j: IndexArray) -> tuple[IndexArray, IndexArray]:
        mask = state.may_ask(i, j)
        return i[mask], j[mask]

    def _sample(
        self, state: State, items: IndexArray, budget: int, rng: np.random.Generator
    ) -> tuple[IndexArray, IndexArray]:
        """Rejection sampling: rounds, since with many decisions few pairs may be open."""
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
