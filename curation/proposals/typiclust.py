"""Typical items of clusters that nobody has looked at (TypiClust, Hacohen 2022, ICML).

https://arxiv.org/abs/2202.02794
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Scores, State
from curation.proposals.item_strategy import ItemStrategy, Picks, falling, named
from curation.proposals.search import clusters
from curation.types import FloatArray, IndexArray

_LARGE = 1000


@dataclass(eq=False)
class TypiClust(ItemStrategy):
    """From the largest clusters with fewest answered items, the most typical one.

    k-means into min(answered + budget, 500) clusters, rounded up to tens so that it is computed
    rarely; typicality 1 / (mean squared distance to min(20, size / 2) nearest in the cluster +
    1e-5): squared, as faiss gives it to the authors' code. Clusters of five or fewer come last.
    """

    id = "typiclust"
    kind = "uncertain"
    family = "seeding"
    asks = "typical of a pile nobody has looked at"
    summary = "The most typical item of each large, unseen cluster (TypiClust)"
    when = "For the first answers: typical items teach most while the budget is small."
    paper = "TypiClust, Hacohen 2022"
    most: int = 500
    k: int = 20
    small: int = 5

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        answered = named(state)
        wanted = -(-(len(answered) + count) // 10) * 10
        found = clusters(state, min(wanted, self.most))
        members = [m[state.eligible[m]] for m in found.members()]
        seen = np.bincount(found.labels[answered], minlength=len(members))
        items: list[int] = []
        taken: set[int] = set(answered.tolist())
        for g in _turns(members, seen, count, self.small):
            free = np.array([one for one in members[g] if one not in taken], np.int64)
            if len(free):
                worth = self._typicality(state, members[g], rng)
                own = worth[np.searchsorted(members[g], free)]
                best = int(free[ties.first_best(own / max(float(own.max()), 1e-12))])
                items.append(best)
                taken.add(best)
        return Picks(np.array(items, np.int64), falling(len(items)), "typical of a cluster")

    def _typicality(self, state: State, members: IndexArray, rng: np.random.Generator) -> Scores:
        sample = members
        if len(members) > _LARGE:
            sample = np.sort(rng.permutation(members)[:_LARGE])
        worth = np.zeros(len(members))
        inside = np.searchsorted(members, sample)
        worth[inside] = typicality(state.space.vectors[sample], self.k)
        return worth


def _turns(members: list[IndexArray], seen: IndexArray, count: int, small: int) -> list[int]:
    """Clusters in the order they are drawn from: fewest seen first, of these the largest."""
    sizes = np.array([len(m) for m in members])
    order: list[int] = []
    seen = seen.copy()
    for _ in range(min(count, int(sizes.sum()))):
        g = int(np.lexsort((-sizes, seen, sizes <= small))[0])
        order.append(g)
        seen[g] += 1
    return order


def typicality(vectors: FloatArray, k: int) -> Scores:
    """1 / (mean squared distance to the min(k, n // 2) nearest + 1e-5) of the rows [n, D]."""
    n = len(vectors)
    near = max(1, min(k, n // 2))
    if n < 2:
        return np.zeros(n)
    rows = np.asarray(vectors, np.float64)
    length = (rows * rows).sum(1)
    squared = np.maximum(length[:, None] + length[None, :] - 2 * rows @ rows.T, 0)
    np.fill_diagonal(squared, np.inf)
    mean = np.partition(squared, near - 1, axis=1)[:, :near].mean(1)
    return np.asarray(1 / (mean + 1e-5), np.float64)
