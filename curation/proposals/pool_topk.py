"""More of what people put together (Ghose 2022, CoRL).

https://proceedings.mlr.press/v205/ghose23a.html
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import FloatArray, IndexArray

_BLOCK = 4096


@dataclass(eq=False)
class PoolTopk(Strategy):
    """score_j = mean of the 5 largest <e_j, e_h> over the items h of a group; pair (j, argmax_h).

    The picked set is every group of two or more that answers made; a smaller set
    than five counts whole. The threshold that the paper sweeps on its test items is left out:
    the best come first.
    """

    id = "pool_topk"
    kind = "positive"
    family = "positives by people"
    asks = "most like a group you made"
    summary = "Most like a group you made, by its five nearest members (Ghose)"
    when = "To fill groups of which you showed a few members, as in sorting tasks."
    paper = "Contrastive clustering with human feedback, Ghose 2022"
    needs = ("same",)
    k: int = 5
    per_item: int = 3

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        group = state.constraints.group
        i, j, score = [], [], []
        vectors = state.space.vectors.astype(np.float64)
        for members in groups(state):
            worth, nearest = pool_scores(vectors, members, self.k)
            rows = np.flatnonzero(state.eligible & (group != group[members[0]]))
            best = rows[ties.best_first(worth[rows])[: 2 * budget]]
            i.append(best)
            j.append(members[nearest[best]])
            score.append(worth[best])
        left, right = np.concatenate(i), np.concatenate(j)
        worth = np.clip(np.concatenate(score), 0, 1)
        chosen = best_open(state, left, right, worth, budget, per_item=self.per_item)
        reasons = [f"{worth[p]:.2f} like this group" for p in chosen]
        names = zip(state.called(left[chosen]), state.called(right[chosen]), strict=True)
        words = [f"like your {one or other}" if one or other else self.asks for one, other in names]
        return Candidates(left[chosen], right[chosen], worth[chosen], reasons, words)


def groups(state: State) -> list[IndexArray]:
    """Eligible members int64 [M] of each must-link group that has two or more items."""
    group = state.constraints.group
    sizes = np.bincount(group[group >= 0])
    return [
        members
        for g in np.flatnonzero(sizes > 1)
        if len(members := np.flatnonzero((group == g) & state.eligible))
    ]


def pool_scores(
    vectors: FloatArray | Scores, members: IndexArray, k: int
) -> tuple[Scores, IndexArray]:
    """Mean of the k largest cosines of each row [N] to the members, and its nearest member."""
    k = min(k, len(members))
    mean, nearest = np.empty(len(vectors)), np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        cosine = ties.products(vectors[rows], vectors[members])
        nearest[rows] = ties.first_best(cosine)
        mean[rows] = -np.partition(-cosine, k - 1, axis=1)[:, :k].mean(1)
    return mean, nearest
