"""Hard negatives drawn by similarity (HCL, Robinson 2021, ICLR)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import nearest_below
from curation.types import IndexArray


@dataclass(eq=False)
class Hcl(Strategy):
    """Negatives of an anchor drawn with probability ~ exp(beta s / tau) (methods 5.1).

    What lies above the false-negative bound, the 0.99 quantile of random pairs, is left to the
    false-negative queue. Candidates are the nearest below it and as many random items; beta
    multiplies the similarity over the temperature, as in the authors' code.
    """

    id = "hcl"
    kind = "hard_negative"
    family = "hard negatives"
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
        i, j = candidates_of(state, anchors, bound, self.k, rng)
        similarity = state.similarity(i, j)
        fine = state.may_ask(i, j) & (similarity < bound)
        i, j, similarity = i[fine], j[fine], similarity[fine]
        if not len(i):
            return Candidates.none()
        weight = importance(similarity, self.beta, self.temperature)
        # The Gumbel-max trick: the largest keys are a draw without replacement by weight.
        keys = np.log(weight) + rng.gumbel(size=len(weight))
        drawn = np.argsort(-keys, kind="stable")[: 4 * budget]
        i, j, score = i[drawn], j[drawn], weight[drawn] / weight.max()
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"cosine {similarity[drawn[p]]:.2f}, below {bound:.2f}" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def importance(similarity: Scores, beta: float, temperature: float) -> Scores:
    """exp(beta s / tau) [P]."""
    return np.asarray(np.exp(beta * np.asarray(similarity, np.float64) / temperature))


def candidates_of(
    state: State, anchors: IndexArray, bound: float, k: int, rng: np.random.Generator
) -> tuple[IndexArray, IndexArray]:
    """Each anchor with its k nearest below the bound and as many random items, as pairs [P]."""
    near, cosine = nearest_below(state, anchors, bound, k)
    others = rng.integers(state.n_items, size=near.shape)
    both = np.concatenate([np.where(np.isfinite(cosine), near, -1), others], axis=1)
    rows, columns = np.nonzero(both >= 0)
    return anchors[rows], both[rows, columns]
