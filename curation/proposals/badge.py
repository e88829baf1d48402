"""Diverse and uncertain by gradient embedding (BADGE, Ash 2020, ICLR).

https://arxiv.org/abs/1906.03671
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Scores, State
from curation.proposals.item_strategy import ItemStrategy, Picks, falling, unplaced
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class Badge(ItemStrategy):
    """k-means++ on g_i = (p_i - onehot(argmax p_i)) x h_i, outer product.

    p is the group membership that answers give, h the unit vector. g is never formed: inner
    products of outer products are products of inner products. The first pick has the largest
    norm, the others are drawn by squared distance.
    """

    id = "badge"
    kind = "uncertain"
    family = "seeding"
    asks = "a new kind of doubt: which group is it?"
    summary = "Uncertain items that differ from each other (BADGE)"
    when = "For batches of answers, when several people answer at once."
    paper = "BADGE, Ash 2020"
    needs = ("apart",)

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        items = unplaced(state)
        p = state.membership.probabilities[items]
        likeliest = ties.first_best(state.membership.preference[items])
        rows = spread_by_gradient(residual(p, likeliest), state.space.vectors[items], count, rng)
        return Picks(items[rows], falling(len(rows)), "uncertain, and unlike the others asked")


def residual(p: Scores, likeliest: IndexArray) -> Scores:
    """p - onehot(argmax p) [M, C]."""
    out = np.array(p, np.float64)
    out[np.arange(len(p)), likeliest] -= 1.0
    return out


def spread_by_gradient(
    outer: Scores, vectors: FloatArray, count: int, rng: np.random.Generator
) -> IndexArray:
    """Rows picked by k-means++ on outer[i] x vectors[i], at most ``count``, each once."""
    if not len(outer):
        return np.empty(0, np.int64)
    rows = vectors.astype(np.float64)
    squared = (outer**2).sum(1) * (rows**2).sum(1)
    picks = [int(ties.first_best(squared / max(float(squared.max()), 1e-300)))]
    distance = np.full(len(outer), np.inf)
    while len(picks) < min(count, len(outer)):
        last = picks[-1]
        inner = (outer @ outer[last]) * (rows @ rows[last])
        both = squared + squared[last]
        gap = both - 2 * inner
        distance = np.minimum(distance, np.where(gap > ties.EQUAL**2 * both, gap, 0.0))
        distance[picks] = 0
        total = distance.sum()
        if not total > 0:
            break
        picks.append(int(rng.choice(len(outer), p=distance / total)))
    return np.asarray(picks, np.int64)
