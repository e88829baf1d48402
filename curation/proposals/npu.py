"""Uncertain items, cheap to place (NPU, Xiong 2014, TKDE).

https://doi.org/10.1109/TKDE.2013.22
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Scores, State
from curation.proposals.item_strategy import ItemStrategy, Picks, unplaced
from curation.types import IndexArray

_BLOCK = 512


@dataclass(eq=False)
class Npu(ItemStrategy):
    """score = H2(p_i) / sum_g rank_g p_ig, groups by descending p.

    p_ig is the mean share of common leaves, in a random forest of 50 trees trained on the placed
    items, between i and the members of group g. The divisor is the expected number of questions;
    public code multiplies unsorted probabilities, which is wrong. 2,000 items a call are looked
    at, drawn at random.
    """

    id = "npu"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "the quickest way to place it: is it this group?"
    summary = "Most bits for each question it takes to place an item (NPU)"
    when = "When the groups are found and answers should sharpen their borders."
    paper = "NPU, Xiong 2014"
    needs = ("apart",)
    trees: int = 50
    pool: int = 2000

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        items = rng.permutation(unplaced(state))[: self.pool]
        cores, group = state.membership.cores, state.constraints.group
        rows = np.flatnonzero(np.isin(group, cores))
        if len(cores) < 2 or not len(items):
            return Picks(items[:0], np.empty(0), "")
        number = np.searchsorted(np.sort(cores), group[rows])
        number = np.argsort(cores, kind="stable")[number]
        leaves = self._leaves(state, rows, number, items, rng)
        p = share_of_leaves(leaves[0], leaves[1], number, len(cores))
        p = p * (state.membership.probabilities[items] > 0)  # answers exclude some groups
        p = p / np.maximum(p.sum(1, keepdims=True), 1e-12)
        worth = bits_a_question(p)
        best = ties.best_first(worth)[:count]
        score = worth[best] / max(float(worth.max()), 1e-12)
        return Picks(items[best], np.clip(score, 0, 1), "uncertain and cheap to place", p[best])

    def _leaves(
        self,
        state: State,
        rows: IndexArray,
        number: IndexArray,
        items: IndexArray,
        rng: np.random.Generator,
    ) -> tuple[IndexArray, IndexArray]:
        """Leaf of each tree for the placed ``rows`` and for the ``items``."""
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(self.trees, random_state=int(rng.integers(2**31)), n_jobs=1)
        forest.fit(state.space.vectors[rows], number)
        return forest.apply(state.space.vectors[rows]), forest.apply(state.space.vectors[items])


def share_of_leaves(
    placed: IndexArray, items: IndexArray, number: IndexArray, n_groups: int
) -> Scores:
    """Mean share of common leaves [M, C] between items [M, T] and the placed [m, T] of groups."""
    total = np.zeros((len(items), n_groups))
    sizes = np.maximum(np.bincount(number, minlength=n_groups), 1)
    member = np.eye(n_groups)[number]
    for start in range(0, len(items), _BLOCK):
        rows = slice(start, start + _BLOCK)
        common = np.zeros((len(items[rows]), len(placed)))
        for tree in range(placed.shape[1]):
            common += items[rows, tree, None] == placed[None, :, tree]
        total[rows] = common @ member / (placed.shape[1] * sizes)
    return total


def bits_a_question(p: Scores) -> Scores:
    """H2(p) over the expected number of questions, groups asked by descending p, [M]."""
    ordered = -np.sort(-p, axis=1)
    questions = ordered @ np.arange(1, p.shape[1] + 1)
    bits = -(ordered * np.log2(np.maximum(ordered, 1e-300))).sum(1)
    return np.asarray(bits / np.maximum(questions, 1e-12), np.float64)
