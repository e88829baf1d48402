"""Hard, representative and diverse items (IDC, Liu 2024, NeurIPS).

https://openreview.net/forum?id=Y7HPB7pL1f
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.proposals.base import Scores, State, group_means
from curation.proposals.item_strategy import ItemStrategy, Picks, falling, unplaced
from curation.proposals.search import clusters, nearest_rows
from curation.proposals.smoothing import unit
from curation.types import BoolArray, FloatArray, IndexArray

_CENTRES = 10


@dataclass(eq=False)
class IdcValue(ItemStrategy):
    """v = h + r + d: h = log(1 - <z, c1> + <z, c2>) for the two nearest centres,
    r = -log(mean squared distance to 20 neighbours), d = min over those picked before, in this
    draw or placed in a group by answers, of log(1 - <z, z_j>), 0 for the first.

    Centres are the means of the groups that answers tell apart, before there are two those of
    k-means. The page asks these items against five groups at once.
    """

    id = "idc_value"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "hard to place: is it in this group?"
    summary = "Hard, typical and diverse items: which of five groups? (IDC)"
    when = "When groups are known and one look can compare an item with five of them."
    paper = "IDC, Liu 2024"
    k: int = 20
    diversity: float = 1.0

    def pick(
        self,
        state: State,
        count: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Picks:
        items = unplaced(state)
        value, near = self.value(state, items), nearness(state, items)
        rows, _ = greedy(value, state.space.vectors[items], count, self.diversity, near)
        return Picks(items[rows], falling(len(rows)), "between two groups, typical and new")

    def value(self, state: State, items: IndexArray) -> Scores:
        """h + r [M] of ``items`` [M]: what each is worth by itself."""
        hard = hardness(ties.products(state.space.vectors[items], centres(state)))
        near = state.neighbours
        found = near.indices[items] >= 0
        return hard + representativeness(near.similarities[items], found, self.k)


def nearness(state: State, items: IndexArray) -> Scores | None:
    """d [M] of ``items`` [M] before any is picked: how new each is beside the items that answers
    placed in a group; None where one of both is empty.

    Without the placed ones a person who is asked one item at a time would be asked between the
    same two groups for ever.
    """
    placed = np.isin(state.constraints.group, state.membership.cores)
    if not len(items) or not placed.any():
        return None
    vectors = state.space.vectors
    return log_gap(nearest_rows(vectors[items], vectors[placed], 1)[1][:, 0])


def centres(state: State) -> FloatArray:
    """Unit centres float32 [C, D]: of the known groups, or of k-means."""
    cores = state.membership.cores
    if len(cores) < 2:
        return clusters(state, _CENTRES).centres
    return unit(group_means(state.space.vectors, state.constraints.group)[cores])


def hardness(similarity: npt.NDArray[np.floating[Any]]) -> Scores:
    """h [M] = log(1 - s1 + s2) of the two largest cosines [M, C]; 0 on the bisector, its most."""
    if similarity.shape[1] < 2:
        return np.zeros(len(similarity))
    top = -np.partition(-similarity.astype(np.float64), 1, axis=1)[:, :2]
    return np.asarray(np.log(np.maximum(1 - top[:, 0] + top[:, 1], 1e-12)), np.float64)


def representativeness(similarities: FloatArray, found: BoolArray, k: int) -> Scores:
    """r [M] = -log(mean squared distance to the k nearest, or to those that are ``found``), from
    cosines and whether there is such a neighbour, both [M, K], nearest first."""
    found = found[:, :k]
    squared = np.maximum(2 - 2 * similarities[:, :k].astype(np.float64), 0)
    mean = np.where(found, squared, 0.0).sum(1) / np.maximum(found.sum(1), 1)
    return np.asarray(-np.log(np.maximum(mean, 1e-12)), np.float64)


def log_gap(cosines: npt.NDArray[np.floating[Any]]) -> Scores:
    """log(1 - cosine) of cosines [..], in their shape, -inf for duplicates."""
    gap = 1 - cosines.astype(np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.where(gap > 1e-6, gap, 0.0)), np.float64)


def greedy(
    value: Scores,
    vectors: FloatArray,
    count: int,
    diversity: float = 1.0,
    near: Scores | None = None,
) -> tuple[IndexArray, Scores]:
    """Rows of the largest value + diversity, one by one, and what each was worth when picked.

    ``near`` is d [M] beside what was picked before, None for nothing. A duplicate of a picked row
    is worth -inf and never picked; worth never grows.
    """
    free, rows = np.ones(len(value), np.bool_), vectors.astype(np.float64)
    picks: list[int] = []
    worth: list[float] = []
    while len(picks) < count and free.any():
        now = np.where(free, value if near is None else value + diversity * near, -np.inf)
        best = int(ties.first_best(now))
        if not np.isfinite(now[best]):
            break
        picks.append(best)
        worth.append(float(now[best]))
        free[best] = False
        new = log_gap(rows @ rows[best])
        near = new if near is None else np.minimum(near, new)
    return np.asarray(picks, np.int64), np.asarray(worth, np.float64)
