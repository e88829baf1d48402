"""Are these two piles one? Asked of groups that nothing sets apart and that lie side by side."""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.questions import Merge
from curation.proposals.state import Scores
from curation.types import IndexArray

SHOWN = 4
_MOST = 20
_LOOKED_AT = 500
_LEAST = 0.05
"""Share of a group's members that must be drawn to the other one."""


def merges(board: Board) -> list[Merge]:
    """Groups not known to differ whose images are drawn to each other, most first."""
    if board.n_groups < 2:
        return []
    drawn = _drawn(board)
    drawn[board.apart | ~np.triu(np.ones_like(board.apart), 1)] = 0
    drawn[:, ~board.peopled] = drawn[~board.peopled] = 0
    pairs = np.argwhere(drawn > _LEAST)
    order = ties.best_first(drawn[pairs[:, 0], pairs[:, 1]])
    return [_merge(board, one, other) for one, other in pairs[order[:_MOST]].tolist()]


def _merge(board: Board, one: int, other: int) -> Merge:
    of_one, of_other = (np.flatnonzero(board.group == group) for group in (one, other))
    return Merge(one, other, _sample(board, of_one), _sample(board, of_other))


def _drawn(board: Board) -> Scores:
    """Mean chance [K, K] of the second group among the images that are guessed to be in one of the
    two and lie between them."""
    k = board.n_groups
    rows = np.flatnonzero(board.guess >= 0)
    best = board.guess[rows]
    others = board.chances[rows]
    others[np.arange(len(rows)), best] = -1.0
    second = others.argmax(1)
    between = np.zeros((k, k))
    np.add.at(between, (best, second), np.maximum(others.max(1), 0.0))
    size = np.bincount(best, minlength=k)
    return np.asarray((between + between.T) / np.maximum(size[:, None] + size, 1))


def _sample(board: Board, members: IndexArray) -> tuple[int, ...]:
    """Up to four members, the one in the middle first, then those that differ most from it.

    Of a large group every so many are looked at.
    """
    members = members[:: 1 + len(members) // _LOOKED_AT]
    centre = board.features[members].astype(np.float64).mean(0)
    order = members[ties.best_first(ties.products(board.features[members], centre[None])[:, 0])]
    places = np.unique(np.linspace(0, len(order) - 1, SHOWN).astype(np.int64))
    return tuple(int(order[place]) for place in places)
