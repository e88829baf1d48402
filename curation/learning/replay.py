"""All decisions, replayed as batches of pairs.

Training touches a pool of at most 4,096 items, drawn once: decided items first, the rest undecided
ones. So its cost does not grow with the collection. Every batch holds decided items and undecided
ones of the pool, each as two views: a cached augmented view where there are images, else dropout
and noise on the frozen coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from curation import ties
from curation.learning.objectives.base import Relations
from curation.types import VERDICTS, BoolArray, Constraints, FloatArray, IndexArray

_POOL = 4096
_POOL_DECIDED = 3072
_AGREEMENT_ROWS = 1024
_PRIOR_ITEMS, _PRIOR_AGREEMENT = 10, 0.5
_SAME = VERDICTS.index("same")
_DIFFERENT = VERDICTS.index("different")

Project = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Batch:
    """B items in frozen coordinates.

    ``base`` float32 [B, R] and a second view of each, ``views`` float32 [B, R]; ``neighbours``
    float32 [B, R]: one of each item's nearest pool items, ``attracted`` bool [B]: no decision
    says that item and neighbour differ. ``relations`` are between the 2 B rows (first all of
    ``base``, then all of ``views``).
    """

    base: Tensor
    views: Tensor
    neighbours: Tensor
    attracted: Tensor
    relations: Relations


@dataclass(frozen=True, slots=True)
class Sampling:
    """How batches are drawn.

    ``n_decided`` and ``n_undecided`` items a batch. ``suspected_share``: this share of the open
    pairs of a batch, the most similar ones, are suspected false negatives. ``noise``: share of
    coordinates dropped, and relative length of the noise added, where an item has no cached view.
    ``k``: an item is drawn towards one of its ``k`` nearest pool items.
    """

    n_decided: int = 96
    n_undecided: int = 48
    suspected_share: float = 0.1
    noise: float = 0.1
    k: int = 5


class TrainingData:
    """Batches from frozen vectors, cached views and the constraints of the training decisions."""

    def __init__(
        self,
        base: FloatArray,
        views: npt.NDArray[np.float16] | None,
        constraints: Constraints,
        project: Project,
        *,
        sampling: Sampling,
        seed: int,
    ) -> None:
        """``base`` float32 [N, D0] unit norm, ``views`` float16 [N, V, D0] or None; ``project``
        takes float32 [M, D0] to the coordinates float32 [M, R] that the adapter learns on."""
        self._sampling = sampling
        self._constraints = constraints
        self._rng = np.random.default_rng(seed)
        self._items = self._draw_pool(constraints.group >= 0)
        self._group = constraints.group[self._items]
        named = self._group >= 0
        self._decided, self._undecided = np.flatnonzero(named), np.flatnonzero(~named)
        self._base = project(np.asarray(base[self._items], np.float32))
        self._views = None if views is None else _project_views(views, self._items, project)
        self._unit = self._base / np.maximum(
            np.linalg.norm(self._base, axis=1, keepdims=True), 1e-12
        )
        self._nearest = _nearest(self._unit, sampling.k)
        self._row = np.full(len(constraints.group), -1, np.int64)
        self._rank = _ranks(constraints.group)
        self._apart = _adjacency(constraints)

    def batch(self) -> Batch:
        """The next batch; the sequence is fixed by the seed."""
        rows = np.concatenate(
            [
                self._draw(self._decided, self._sampling.n_decided),
                self._draw(self._undecided, self._sampling.n_undecided),
            ]
        )
        near = self._nearest[rows, self._rng.integers(self._nearest.shape[1], size=len(rows))]
        relation = self._constraints.relation(self._items[rows], self._items[near])
        return Batch(
            base=torch.from_numpy(self._base[rows]),
            views=torch.from_numpy(self._second_views(rows)),
            neighbours=torch.from_numpy(self._base[near]),
            attracted=torch.from_numpy((relation >= 0) & (near != rows)),
            relations=self._relations(rows),
        )

    def agreement(self) -> float:
        """How far the frozen embedding already sorts as the decisions do, in [0, 1].

        2 AUC - 1 of the frozen cosine on the decided pairs, as if ten items more had given 0.5:
        half trusted until answers speak.
        """
        rows = self._draw(self._decided, _AGREEMENT_ROWS)
        same, apart = self._closure(rows)
        similarity = ties.products(self._unit[rows], self._unit[rows])
        together, separate = similarity[same], np.sort(similarity[apart])
        if not (together.size and separate.size):
            return _PRIOR_AGREEMENT
        auc = float(np.searchsorted(separate, together - ties.EQUAL).mean()) / separate.size
        seen, prior = len(rows), _PRIOR_ITEMS
        return (seen * max(0.0, 2.0 * auc - 1.0) + prior * _PRIOR_AGREEMENT) / (seen + prior)

    def _draw_pool(self, named: BoolArray) -> IndexArray:
        decided = self._draw(np.flatnonzero(named), _POOL_DECIDED)
        undecided = self._draw(np.flatnonzero(~named), _POOL - len(decided))
        return np.sort(np.concatenate([decided, undecided]))

    def _draw(self, pool: IndexArray, count: int) -> IndexArray:
        if len(pool) <= count:
            return pool
        return np.sort(self._rng.choice(pool, count, replace=False))

    def _second_views(self, rows: IndexArray) -> FloatArray:
        if self._views is not None:
            return self._views[rows, self._rng.integers(self._views.shape[1], size=len(rows))]
        base, noise = self._base[rows], self._sampling.noise
        kept = self._rng.random(base.shape, np.float32) >= noise
        length = np.linalg.norm(base, axis=1, keepdims=True) * (noise / np.sqrt(base.shape[1]))
        return np.asarray(
            base * kept + length * self._rng.standard_normal(base.shape, np.float32), np.float32
        )

    def _relations(self, rows: IndexArray) -> Relations:
        items = self._items[rows]
        sure = self._constraints.strength[items]
        support = np.outer(sure, sure)
        same, apart = self._closure(rows)
        ignored = np.zeros_like(same)
        self._apply_answers(items, support, same, apart, ignored)
        open_pairs = ~(same | apart | ignored)
        suspected = _most_similar(
            ties.products(self._unit[rows], self._unit[rows]),
            open_pairs,
            self._sampling.suspected_share,
        )
        own = np.kron(1 - np.eye(2), np.eye(len(items))).astype(np.bool_)
        rank = np.where(self._group[rows] >= 0, self._rank[self._group[rows]], -1)
        return Relations(
            own=torch.from_numpy(own),
            same=_two_views(np.where(same & ~ignored, support, 0.0).astype(np.float32)),
            different=_two_views(np.where(apart & ~ignored, support, 0.0).astype(np.float32)),
            ignored=_two_views(ignored),
            suspected=_two_views(suspected),
            item=torch.from_numpy(np.tile(items, 2)),
            group=torch.from_numpy(np.tile(rank, 2)),
        )

    def _closure(self, rows: IndexArray) -> tuple[BoolArray, BoolArray]:
        """Must-link and cannot-link among pool ``rows``, both bool [B, B] with empty diagonal."""
        group = self._group[rows]
        both = (group[:, None] >= 0) & (group[None, :] >= 0)
        same = both & (group[:, None] == group[None, :])
        np.fill_diagonal(same, False)
        known = np.maximum(group, 0)
        apart = both & self._apart[known][:, known].toarray().astype(np.bool_)
        return same, apart

    def _apply_answers(
        self,
        items: IndexArray,
        support: FloatArray,
        same: BoolArray,
        apart: BoolArray,
        ignored: BoolArray,
    ) -> None:
        """An explicit answer counts fully; a neutral one, or one in conflict, not at all."""
        self._row[items] = np.arange(len(items))
        i, j = self._row[self._constraints.pairs].T
        self._row[items] = -1
        present = (i >= 0) & (j >= 0)
        i, j, verdict = i[present], j[present], self._constraints.verdicts[present]
        agrees = ((verdict == _SAME) & same[i, j]) | ((verdict == _DIFFERENT) & apart[i, j])
        out = ~agrees
        support[i[agrees], j[agrees]] = support[j[agrees], i[agrees]] = 1.0
        ignored[i[out], j[out]] = ignored[j[out], i[out]] = True


def _project_views(
    views: npt.NDArray[np.float16], items: IndexArray, project: Project
) -> FloatArray:
    chosen = np.asarray(views[items], np.float32)
    return project(chosen.reshape(-1, chosen.shape[2])).reshape(*chosen.shape[:2], -1)


def _nearest(unit: FloatArray, k: int) -> IndexArray:
    """The ``k`` nearest other rows of each row by cosine, int64 [P, k], nearest first; row 0 where
    it is alone."""
    n = len(unit)
    k = min(k, n - 1)
    if k < 1:
        return np.zeros((n, 1), np.int64)
    found, rows_of = np.empty((n, k), np.int64), unit.astype(np.float64)
    for start in range(0, n, 512):
        block = ties.products(rows_of[start : start + 512], rows_of)
        rows = np.arange(len(block))
        block[rows, start + rows] = -np.inf
        found[start : start + len(block)] = ties.few_best(block, k)
    return found


def _ranks(group: IndexArray) -> IndexArray:
    """Rank by size of each must-link group (0: the largest), int64 [G, at least 1]; -1 for groups
    of a single item."""
    sizes = np.bincount(group[group >= 0], minlength=1)
    ranks = np.empty(len(sizes), np.int64)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.where(sizes >= 2, ranks, -1)


def _adjacency(constraints: Constraints) -> csr_matrix:
    """Cannot-link between groups, symmetric bool [G, G]."""
    size = max(constraints.n_groups, 1)
    g, h = constraints.cannot_link[:, 0], constraints.cannot_link[:, 1]
    edges = (np.concatenate([g, h]), np.concatenate([h, g]))
    return csr_matrix((np.ones(2 * len(g), np.bool_), edges), shape=(size, size))


def _two_views(matrix: npt.NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.tile(matrix, (2, 2)))


def _most_similar(similarity: ties.Scores, allowed: BoolArray, share: float) -> BoolArray:
    """The ``share`` of all allowed pairs with the highest similarity, bool [B, B]."""
    allowed = np.asarray(allowed & ~np.eye(len(similarity), dtype=np.bool_))
    values = similarity[allowed]
    count = int(share * values.size)
    if count == 0:
        return np.zeros_like(allowed)
    threshold = np.partition(values, values.size - count)[values.size - count]
    return np.asarray(allowed & ~ties.below(similarity, threshold))
