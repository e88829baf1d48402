"""What the question forms look at: every image's chances in the groups made so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curation import ties
from curation.proposals.state import Scores
from curation.types import BoolArray, FloatArray, IndexArray

SURE = 0.9
"""Chance from which an item counts as sure of its group."""


@dataclass(frozen=True)
class Board:
    """N images and the K groups that have members, each a column.

    ``features`` float32 [N, F] unit norm; ``chances`` float64 [N, K], summing to at most 1 a row;
    ``group`` int64 [N] the column that answers put an image into, -1 where none did; ``refused``
    bool [N, K] the groups it is known not to be in; ``open`` bool [N] images that may be asked
    about now; ``apart`` bool [K, K] groups known to differ.

    ``clusters`` int64 [N] lie finer than the groups (-1: in none), ``typical`` float32 [N] is how
    near an image is to the middle of its own; None before they are made. ``piles`` int64 [N] are
    small and surely one thing each (-1: in none), ``beside`` int64 [P, 2] are images that stand for
    two of them that lie side by side and may be one, most alike first.
    """

    features: FloatArray
    chances: Scores
    group: IndexArray
    refused: BoolArray
    open: BoolArray
    apart: BoolArray
    clusters: IndexArray | None = None
    typical: FloatArray | None = None
    piles: IndexArray | None = None
    beside: IndexArray | None = None

    @property
    def n_groups(self) -> int:
        return int(self.chances.shape[1])

    @cached_property
    def peopled(self) -> BoolArray:
        """Whether answers put images that are here into a group, bool [K]."""
        there = np.bincount(self.group[self.group >= 0], minlength=self.n_groups)
        return np.asarray(there > 0)

    @cached_property
    def undecided(self) -> IndexArray:
        """Rows int64 of the open images that no answer put into a group."""
        return np.flatnonzero(self.open & (self.group < 0))

    def askable(self, exclude: IndexArray) -> IndexArray:
        """The undecided rows int64 less those of ``exclude`` int64."""
        return self.undecided[~np.isin(self.undecided, exclude)]

    @cached_property
    def guess(self) -> IndexArray:
        """The likeliest group int64 [N] that an image may be in, -1 where it is refused by all."""
        if not self.n_groups:
            return np.full(len(self.group), -1, np.int64)
        possible = np.where(self.refused, -1.0, self.chances)
        best = ties.first_best(possible)
        return np.where(self.refused.all(1), -1, best)

    @cached_property
    def sureness(self) -> Scores:
        """The chance float64 [N] of the guess; 0 where there is none."""
        sure = np.zeros(len(self.group))
        rows = np.flatnonzero(self.guess >= 0)
        sure[rows] = self.chances[rows, self.guess[rows]]
        return sure

    @property
    def n_decided(self) -> int:
        return int((self.group >= 0).sum())


def middle(board: Board, rows: IndexArray) -> int:
    """The row that is nearest to the mean of the rows int64 [n]."""
    centre = board.features[rows].astype(np.float64).mean(0)
    return int(rows[ties.first_best(ties.products(board.features[rows], centre[None])[:, 0])])
