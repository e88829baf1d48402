"""All decisions, replayed as batches of pairs.

Every batch holds decided items (as many as fit) and random undecided ones, each as two views:
cached augmented views where there are images, else dropout and noise on the frozen vector. The
decisions are read from the constraints afresh for each batch, so nothing depends on which pairs
were answered when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from curation.learning.objectives.base import Relations
from curation.types import VERDICTS, BoolArray, Constraints, FloatArray, IndexArray

_NEUTRAL = (VERDICTS.index("unsure"), VERDICTS.index("incomparable"))
_SAME = VERDICTS.index("same")
_DIFFERENT = VERDICTS.index("different")


@dataclass(frozen=True, slots=True)
class Batch:
    """``base`` float32 [B, D0]: frozen vectors of the items. ``views`` float32 [B, D0]: a second
    view of each. ``decided`` bool [B]: named by a decision. ``relations`` between the 2 B rows
    (first all of ``base``, then all of ``views``)."""

    base: Tensor
    views: Tensor
    decided: Tensor
    relations: Relations


class TrainingData:
    """Batches from frozen vectors, cached views and the constraints of the training decisions."""

    def __init__(
        self,
        base: FloatArray,
        views: npt.NDArray[np.float16] | None,
        constraints: Constraints,
        *,
        n_decided: int = 128,
        n_undecided: int = 128,
        suspected_share: float = 0.1,
        noise: float = 0.1,
        seed: int = 0,
    ) -> None:
        """``base`` float32 [N, D0] unit norm, ``views`` float16 [N, V, D0] or None.

        ``suspected_share``: this share of a row's undecided pairs, the most similar ones, are
        suspected false negatives. ``noise``: share of coordinates dropped, and length of the
        Gaussian noise added, where an item has no cached views.
        """
        self._base, self._views, self._constraints = base, views, constraints
        self._n_decided, self._n_undecided = n_decided, n_undecided
        self._suspected_share, self._noise = suspected_share, noise
        self._rng = np.random.default_rng(seed)
        named = constraints.group >= 0
        self._decided, self._undecided = np.flatnonzero(named), np.flatnonzero(~named)
        self._row = np.full(len(base), -1, np.int64)
        size = max(constraints.n_groups, 1)
        g, h = constraints.cannot_link[:, 0], constraints.cannot_link[:, 1]
        ones = np.ones(2 * len(g), np.bool_)
        edges = (np.concatenate([g, h]), np.concatenate([h, g]))
        self._apart = csr_matrix((ones, edges), shape=(size, size))

    def batch(self) -> Batch:
        """The next batch; the sequence is fixed by the seed."""
        items = np.concatenate(
            [
                self._draw(self._decided, self._n_decided),
                self._draw(self._undecided, self._n_undecided),
            ]
        )
        base = np.array(self._base[items], np.float32)
        similarity = base @ base.T
        return Batch(
            base=torch.from_numpy(base),
            views=torch.from_numpy(self._second_views(items, base)),
            decided=torch.from_numpy(self._constraints.group[items] >= 0),
            relations=self._relations(items, similarity),
        )

    def _draw(self, pool: IndexArray, count: int) -> IndexArray:
        if len(pool) <= count:
            return pool
        return np.sort(self._rng.choice(pool, count, replace=False))

    def _second_views(self, items: IndexArray, base: FloatArray) -> FloatArray:
        if self._views is not None:
            chosen = self._rng.integers(self._views.shape[1], size=len(items))
            return np.array(self._views[items, chosen], np.float32)
        kept = self._rng.random(base.shape) >= self._noise
        scale = self._noise / np.sqrt(base.shape[1])
        noise = self._rng.standard_normal(base.shape, np.float32) * np.float32(scale)
        return (base * kept + noise).astype(np.float32)

    def _relations(self, items: IndexArray, similarity: FloatArray) -> Relations:
        sure = self._constraints.strength[items]
        support = np.outer(sure, sure)
        group = self._constraints.group[items]
        named = group >= 0
        both = named[:, None] & named[None, :]
        same = both & (group[:, None] == group[None, :])
        apart = self._cannot_link(group) & both
        ignored = np.zeros_like(both)
        self._apply_answers(items, support, same, apart, ignored)
        np.fill_diagonal(same, False)
        open_pairs = ~(same | apart | ignored)
        suspected = _most_similar(similarity, open_pairs, self._suspected_share)
        own = np.kron(1 - np.eye(2), np.eye(len(items))).astype(np.bool_)
        return Relations(
            own=torch.from_numpy(own),
            same=_two_views(np.where(same & ~ignored, support, 0.0).astype(np.float32)),
            different=_two_views(np.where(apart & ~ignored, support, 0.0).astype(np.float32)),
            ignored=_two_views(ignored),
            suspected=_two_views(suspected),
        )

    def _cannot_link(self, group: IndexArray) -> BoolArray:
        rows = np.maximum(group, 0)
        return np.asarray(self._apart[rows][:, rows].toarray(), np.bool_)

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
        support[i, j] = support[j, i] = 1.0
        agrees = ((verdict == _SAME) & same[i, j]) | ((verdict == _DIFFERENT) & apart[i, j])
        implied = same[i, j] | apart[i, j]
        neutral = np.isin(verdict, _NEUTRAL) & ~implied
        out = neutral | (~agrees & ~np.isin(verdict, _NEUTRAL))
        ignored[i[out], j[out]] = ignored[j[out], i[out]] = True


def _two_views(matrix: npt.NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.tile(matrix, (2, 2)))


def _most_similar(similarity: FloatArray, allowed: BoolArray, share: float) -> BoolArray:
    """The ``share`` of all allowed pairs with the highest similarity, bool [B, B]."""
    allowed = np.asarray(allowed & ~np.eye(len(similarity), dtype=np.bool_))
    values = similarity[allowed]
    count = int(share * values.size)
    if count == 0:
        return np.zeros_like(allowed)
    threshold = np.partition(values, values.size - count)[values.size - count]
    return np.asarray(allowed & (similarity >= threshold))
