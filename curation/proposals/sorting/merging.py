"""Are these two piles one? Asked of groups that nothing sets apart and that lie side by side."""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.questions import Merge, Piles
from curation.proposals.state import Scores
from curation.types import IndexArray

SHOWN = 4
_MOST = 20
_LOOKED_AT = 500
_KNOWN = 40
_SMALL = 15
"""Groups of fewer images than so many are small."""
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


def many_small(board: Board) -> bool:
    """Whether there are so many groups that they hold few images each.

    By the number of groups that were met once and twice (Chao 1984,
    https://www.jstor.org/stable/4615964), as soon as enough images are in one.
    """
    if board.n_decided < _KNOWN:
        return False
    size = np.bincount(board.group[board.group >= 0], minlength=board.n_groups)
    once, twice = int((size == 1).sum()), int((size == 2).sum())
    groups = int((size > 0).sum()) + once * (once - 1) / (2 * (twice + 1))
    return groups > len(board.group) / _SMALL


def pile_merges(board: Board, exclude: IndexArray) -> list[Piles]:
    """Piles that lie side by side, most alike first; ``exclude`` int64 are rows not to ask."""
    if board.beside is None or board.piles is None:
        return []
    free = board.open | (board.group >= 0)
    free[exclude] = False
    taken = set[int]()
    found: list[Piles] = []
    for one, other in board.beside[free[board.beside].all(1)].tolist():
        if len(found) < _MOST and not taken & {one, other}:
            taken |= {one, other}
            found.append(Piles(one, other, _pile(board, one), _pile(board, other)))
    return found


def _pile(board: Board, middle: int) -> tuple[int, ...]:
    """The image that stands for a pile and up to three more of it."""
    assert board.piles is not None
    rest = np.flatnonzero(board.piles == board.piles[middle])
    return (middle, *rest[rest != middle][: SHOWN - 1].tolist())


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
