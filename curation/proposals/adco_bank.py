"""Where trained adversaries settle (AdCo, Hu 2021, CVPR).

https://arxiv.org/abs/2011.08435
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import nearest_rows
from curation.proposals.smoothing import unit
from curation.types import FloatArray, IndexArray

Rows = npt.NDArray[np.floating[Any]]

_SEED = 2
_NEAR = 8


@dataclass(frozen=True)
class _Bank:
    """``anchors`` int64 [B], and each adversary's most drawn anchor [K] and ``activity`` [K]."""

    adversaries: FloatArray
    anchor: IndexArray
    activity: Scores


@dataclass(eq=False)
class AdcoBank(Strategy):
    """K vectors trained by gradient ascent on the contrastive loss; the real items nearest to the
    most active ones are asked, with the anchor that each adversary troubles most.

    Activity is the mean softmax share p of an adversary. The positive of an anchor is its nearest
    neighbour. Adversaries settle on positives too: pairs above the false-negative bound (0.99
    quantile of random pairs) are left out.
    """

    id = "adco_bank"
    kind = "hard_negative"
    family = "hard negatives"
    asks = "strangers to each other, or not?"
    summary = "Where trained adversaries gather (AdCo)"
    when = "When you train with a bank of negatives and want to see what it would hold."
    paper = "AdCo, Hu 2021"
    bank: int = 128
    batch: int = 512
    steps: int = 20
    rate: float = 3.0
    temperature: float = 0.02
    quantile: float = 0.99
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        bank = state.once("adco", lambda: self._train(state))
        bound = float(np.quantile(state.random_similarities(rng), self.quantile))
        near, _ = nearest_rows(bank.adversaries, state.space.vectors, _NEAR)
        i, j = np.repeat(bank.anchor, near.shape[1]), near.ravel()
        activity = np.repeat(bank.activity, near.shape[1])
        fine = ties.below(state.similarity(i, j), bound)
        i, j, score = i[fine], j[fine], activity[fine] / max(bank.activity.max(), 1e-12)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = ["at an adversary that troubles the other one"] * len(best)
        return Candidates(i[best], j[best], np.clip(score[best], 0, 1), reasons)

    def _train(self, state: State) -> _Bank:
        """The same bank for every draw from a space: seeded on its own."""
        rng = np.random.default_rng(_SEED)
        rows = np.flatnonzero(state.neighbours.indices[:, 0] >= 0)
        anchors = rng.permutation(rows)[: self.batch]
        if not len(anchors):
            nothing = np.empty(0, np.int64)
            return _Bank(state.space.vectors[:0], nothing, np.empty(0))
        # In double precision: the steps would blow up what a kernel makes of the last bits.
        query, positive, bank = (
            state.space.vectors[chosen].astype(np.float64)
            for chosen in (
                anchors,
                state.neighbours.indices[anchors, 0],
                rng.permutation(state.n_items)[: self.bank],
            )
        )
        speed = np.zeros_like(bank)
        for _ in range(self.steps):
            speed = 0.9 * speed + ascent(bank, query, positive, self.temperature)
            bank = bank + self.rate * speed
        share = shares(unit(bank), query, positive, self.temperature)
        return _Bank(unit(bank), anchors[ties.first_best(share, 0)], share.mean(0))


def shares(bank: Rows, query: Rows, positive: Rows, temperature: float) -> Scores:
    """Softmax share p [B, K] of each unit adversary among an anchor's positive and all others."""
    negative = ties.products(query, bank) / temperature
    own = np.einsum("bd,bd->b", query, positive)[:, None] / temperature
    top = np.maximum(negative.max(1, keepdims=True), own)
    total = np.exp(negative - top).sum(1, keepdims=True) + np.exp(own - top)
    return np.asarray(np.exp(negative - top) / total, np.float64)


def ascent(bank: Rows, query: Rows, positive: Rows, temperature: float) -> Scores:
    """Gradient [K, D] of the mean contrastive loss by the adversaries (unnormalised rows)."""
    length = np.linalg.norm(bank, axis=1, keepdims=True)
    direction = bank / np.maximum(length, 1e-12)
    share = shares(direction, query, positive, temperature)
    along = (share * (query @ direction.T)).sum(0)[:, None] * direction
    steepest = (share.T @ query - along) / (len(query) * temperature * np.maximum(length, 1e-12))
    return np.asarray(steepest, np.float64)
