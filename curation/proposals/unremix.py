"""Hard negatives that are near, telling and unlike each other (UnReMix, Tabassum 2022).

https://arxiv.org/abs/2206.01197
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import nearest_below
from curation.types import FloatArray


@dataclass(eq=False)
class Unremix(Strategy):
    """imp = (uncertainty + anchor similarity + representativeness) / 3.

    Uncertainty is the softmax share over tau (the loss gradient's norm), representativeness the
    mean distance to the anchor's other candidates, each min-max scaled per anchor; the last
    favours outliers and is cut at its 95th percentile. The structure is the paper's, the
    constants are ours. Candidates are the 256 nearest below the false-negative bound.
    """

    id = "unremix"
    kind = "hard_negative"
    family = "hard negatives"
    asks = "probably different, and telling"
    summary = "Different: near, telling and spread out at once (UnReMix)"
    when = "For a balanced list of hard negatives; HCL's is more of a kind."
    paper = "UnReMix, Tabassum 2022"
    temperature: float = 0.2
    k: int = 256
    quantile: float = 0.99
    anchors: int = 256
    per_item: int = 2

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        bound = float(np.quantile(state.random_similarities(rng), self.quantile))
        anchors = rng.permutation(np.flatnonzero(state.eligible))[: self.anchors]
        near, cosine = nearest_below(state, anchors, bound, self.k)
        i, j, score = [], [], []
        for anchor, found, similarity in zip(anchors, near, cosine, strict=True):
            ends = np.full(len(found), anchor)
            fine = state.may_ask(ends, found) & np.isfinite(similarity)
            if fine.sum() < 2:
                continue
            kept = found[fine]
            worth = combined(
                similarity[fine].astype(np.float64), state.space.vectors[kept], self.temperature
            )
            best = ties.best_first(worth)[:5]
            i += [int(anchor)] * len(best)
            j += kept[best].tolist()
            score += worth[best].tolist()
        left, right, worth = np.array(i, np.int64), np.array(j, np.int64), np.array(score)
        best = best_open(state, left, right, worth, budget, per_item=self.per_item)
        reasons = ["near, telling, and unlike the other negatives"] * len(best)
        return Candidates(left[best], right[best], worth[best], reasons)


def combined(
    similarity: Scores,
    vectors: FloatArray,
    temperature: float,
    shares: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3),
) -> Scores:
    """Importance [M] in [0, 1] of negatives with these cosines to the anchor, vectors [M, D]."""
    logits = similarity / temperature
    uncertain = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum() / temperature
    spread = representativeness(vectors)
    parts = (uncertain, similarity, np.minimum(spread, np.quantile(spread, 0.95)))
    return np.asarray(sum(w * _scaled(p) for w, p in zip(shares, parts, strict=True)), np.float64)


def representativeness(vectors: FloatArray) -> Scores:
    """Mean cosine distance [M] of each vector to the others; one vector has none: 0."""
    m = len(vectors)
    if m < 2:
        return np.zeros(m)
    rows = vectors.astype(np.float64)
    return np.asarray(1 - (rows @ rows.sum(0) - (rows * rows).sum(1)) / (m - 1), np.float64)


def weights(importance: Scores) -> Scores:
    """w = M imp / sum(imp) [M]; ones where all are alike or nothing counts."""
    total = importance.sum()
    return importance * len(importance) / total if total > 0 else np.ones(len(importance))


def _scaled(values: Scores) -> Scores:
    """Min-max to [0, 1]; zeros where all are equal."""
    width = values.max() - values.min()
    return (values - values.min()) / width if width > ties.EQUAL else np.zeros(len(values))
