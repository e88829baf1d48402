"""Balls that cover most items (ProbCover, Yehuda 2022, NeurIPS).

https://arxiv.org/abs/2205.11320
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from curation.proposals.base import Scores, State
from curation.proposals.item_strategy import ItemStrategy, Picks, falling, named
from curation.proposals.search import clusters
from curation.types import BoolArray, IndexArray


@dataclass(eq=False)
class ProbCover(ItemStrategy):
    """x covers y iff |x - y| < delta; greedily the item that covers most of what is uncovered.

    delta is the largest radius at which 95 % of the balls hold one k-means label only (methods
    8.3). The graph is cut at the neighbour lists (50 nearest), so dense balls count as 50 (ours).
    """

    id = "probcover"
    kind = "uncertain"
    family = "seeding"
    asks = "typical of many around it: is it this group?"
    summary = "Items whose surroundings cover most of the rest (ProbCover)"
    when = "For the first answers, where the images form dense lumps."
    paper = "ProbCover, Yehuda 2022"
    purity: float = 0.95
    k: int = 20

    def pick(
        self,
        state: State,
        count: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Picks:
        near = state.neighbours.indices
        squared = np.maximum(2 - 2 * state.neighbours.similarities.astype(np.float64), 0)
        distance = np.where(near >= 0, np.sqrt(squared), np.inf)
        labels = clusters(state, min(self.k, max(2, state.n_items // 10))).labels
        delta = state.once("delta", lambda: pure_radius(near, distance, labels, self.purity))
        ball = covering(near, distance, delta)
        items = greedy_cover(ball, state.eligible, named(state), count)
        return Picks(items, falling(len(items)), f"stands for what lies within {delta:.2f}")


def pure_radius(near: IndexArray, distance: Scores, labels: IndexArray, purity: float) -> float:
    """The largest radius at which a share ``purity`` of the balls holds one label only.

    ``near`` int64 [N, k] with their ``distance`` float64 [N, k], -1 for none; ``labels`` int64 [N].
    """
    foreign = (near >= 0) & (labels[near] != labels[:, None])
    first = np.sort(np.where(foreign, distance, np.inf).min(1, initial=np.inf))
    impure = int((1 - purity) * len(first) + 1e-9)  # so many balls may hold another label
    limit = float(first[impure])
    finite = distance[np.isfinite(distance)]
    return limit if np.isfinite(limit) else float(finite.max(initial=0.0)) + 1e-6


def covering(near: IndexArray, distance: Scores, delta: float) -> sparse.csr_array:
    """Graph [N, N], x -> y where y is within ``delta`` of x, x itself included."""
    n = len(near)
    rows, columns = np.nonzero((near >= 0) & (distance < delta))
    left = np.concatenate([rows, np.arange(n)])
    right = np.concatenate([near[rows, columns], np.arange(n)])
    return sparse.csr_array((np.ones(len(left), np.int32), (left, right)), shape=(n, n))


def greedy_cover(
    ball: sparse.csr_array, eligible: BoolArray, known: IndexArray, count: int
) -> IndexArray:
    """Up to ``count`` eligible items int64 [C], each the one that covers most not covered before.

    ``ball`` [N, N] says which items lie in the ball of each, ``known`` int64 [S] are covered first.
    """
    back = ball.T.tocsr()
    covered = np.zeros(ball.shape[0], np.bool_)
    gain = np.where(eligible, np.diff(ball.indptr), -1).astype(np.int64)

    def cover(item: int) -> None:
        fresh = ball.indices[ball.indptr[item] : ball.indptr[item + 1]]
        fresh = fresh[~covered[fresh]]
        covered[fresh] = True
        for one in fresh:
            gain[back.indices[back.indptr[one] : back.indptr[one + 1]]] -= 1

    for item in known:
        cover(int(item))
    gain[known] = -1
    picks: list[int] = []
    while len(picks) < count and len(gain) and gain.max() > 0:
        best = int(gain.argmax())
        picks.append(best)
        cover(best)
        gain[best] = -1
    return np.asarray(picks, np.int64)
