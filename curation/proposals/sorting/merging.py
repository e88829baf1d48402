"""Are these two piles one? Asked of groups that nothing sets apart and that lie side by side."""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.questions import Merge
from curation.types import IndexArray

SHOWN = 4
_LEAST = 0.05
"""Share of a group's members that must be drawn to the other one."""


def merges(board: Board) -> list[Merge]:
    """Groups not known to differ whose members are drawn to each other, most first."""
    k = board.n_groups
    members = [np.flatnonzero(board.group == g) for g in range(k)]
    found = []
    for one in range(k):
        for other in range(one + 1, k):
            if board.apart[one, other] or not len(members[one]) or not len(members[other]):
                continue
            drawn = _drawn(board, one, other)
            if drawn > _LEAST:
                piles = (_sample(board, members[one]), _sample(board, members[other]))
                found.append((drawn, Merge(one, other, *piles)))
    order = ties.best_first(np.array([drawn for drawn, _ in found]))
    return [found[place][1] for place in order]


def _drawn(board: Board, one: int, other: int) -> float:
    """Mean chance of the other group among the images guessed to be in one of the two."""
    either = np.isin(board.guess, (one, other))
    return float(np.minimum(board.chances[either, one], board.chances[either, other]).mean())


def _sample(board: Board, members: IndexArray) -> tuple[int, ...]:
    """Up to four members, the one in the middle first, then those that differ most from it."""
    centre = board.features[members].astype(np.float64).mean(0)
    order = members[ties.best_first(ties.products(board.features[members], centre[None])[:, 0])]
    places = np.unique(np.linspace(0, len(order) - 1, SHOWN).astype(np.int64))
    return tuple(int(order[place]) for place in places)
