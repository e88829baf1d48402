"""Hard negatives drawn by similarity (HCL, Robinson 2021, ICLR).

https://arxiv.org/abs/2010.04592
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import IndexArray

_BLOCK = 64


@dataclass(eq=False)
class Hcl(Strategy):
    """Negatives of an anchor drawn with probability ~ exp(beta s / tau).

    What lies above the false-negative bound, the 0.99 quantile of random pairs, is left to the
    false-negative queue. Each random anchor draws among all other items without replacement; what
    the anchors draw first is asked first. The score is the weight over the largest one asked. Beta
    multiplies the similarity over the temperature, as in the authors' code.
    """

    id = "hcl"
    kind = "hard_negative"
    family = "hard negatives"
    asks = "probably different, though they look alike"
    summary = "Different but near, drawn by similarity (HCL)"
    when = "To confirm negatives that are worth a higher weight in training."
    paper = "HCL, Robinson 2021"
    beta: float = 1.0
    temperature: float = 0.5
    quantile: float = 0.99
    k: int = 50
    anchors: int = 512
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        bound = float(np.quantile(state.random_similarities(rng), self.quantile))
        anchors = rng.permutation(np.flatnonzero(state.eligible))[: self.anchors]
        drawn = self._draw(state, anchors, bound, rng)
        i, j = np.tile(anchors, drawn.shape[1]), drawn.T.ravel()
        i, j = i[j >= 0], j[j >= 0]
        turn = np.arange(len(i), 0, -1.0)
        asked = best_open(state, i, j, turn, budget, per_item=self.per_item)
        if not len(asked):
            return Candidates.none()
        i, j = i[asked], j[asked]
        similarity = state.similarity(i, j)
        weight = importance(similarity, self.beta, self.temperature)
        reasons = [f"cosine {one:.2f}, below {bound:.2f}" for one in similarity]
        return Candidates(i, j, weight / weight.max(), reasons)

    def _draw(
        self, state: State, anchors: IndexArray, bound: float, rng: np.random.Generator
    ) -> IndexArray:
        """What each anchor draws, in order [A, k]; -1 where there are no more.

        By the Gumbel-max trick: the largest of log weight + Gumbel noise are a draw without
        replacement by weight. Without those that are closed, they are one among the open.
        """
        vectors = state.space.vectors
        k = min(self.k, len(vectors))
        drawn = np.empty((len(anchors), k), np.int64)
        for start in range(0, len(anchors), _BLOCK):
            rows = anchors[start : start + _BLOCK]
            cosine = vectors[rows] @ vectors.T
            keys = self.beta * cosine / self.temperature + rng.gumbel(size=cosine.shape)
            keys[~(ties.below(cosine, bound) & state.eligible)] = -np.inf
            keys[np.arange(len(rows)), rows] = -np.inf
            top = ties.few_best(keys, k)
            found = np.isfinite(np.take_along_axis(keys, top, 1))
            drawn[start : start + _BLOCK] = np.where(found, top, -1)
        return drawn


def importance(similarity: Scores, beta: float, temperature: float) -> Scores:
    """exp(beta s / tau) [P]."""
    return np.asarray(np.exp(beta * np.asarray(similarity, np.float64) / temperature))
