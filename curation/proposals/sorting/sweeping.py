"""Sweep a grid: images that one group is supposed to hold, least sure first, all ticked.

Rapid verification in a grid (Krishna 2016, CHI): https://arxiv.org/abs/1602.04506
"""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Sweep
from curation.types import IndexArray

TILES = 24


def sweeps(board: Board, pace: Pace, exclude: IndexArray, only: int | None = None) -> list[Sweep]:
    """The grid of each group that has undecided images, most corrections a second first.

    ``exclude`` int64 are rows not to ask about; ``only`` the one group to look at.
    """
    rows = board.undecided[~np.isin(board.undecided, exclude)]
    found = []
    for group in range(board.n_groups) if only is None else [only]:
        members = rows[board.guess[rows] == group]
        if not len(members):
            continue
        tiles = members[ties.best_first(-board.sureness[members])[:TILES]]
        wrong = float((1 - board.sureness[tiles]).sum())
        rate = wrong / pace.sweep(len(tiles), wrong)
        found.append((rate, Sweep(group, tuple(tiles.tolist()), len(members))))
    order = ties.best_first(np.array([rate for rate, _ in found]))
    return [found[place][1] for place in order]
