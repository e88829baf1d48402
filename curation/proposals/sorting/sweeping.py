"""Sweep a grid: images that one group is supposed to hold, all ticked: the unsure ones that differ
most from each other.

Rapid verification in a grid (Krishna 2016, CHI): https://arxiv.org/abs/1602.04506; unsure and
diverse (Zhdanov 2019): https://arxiv.org/abs/1901.05954
"""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.search import kmeans
from curation.proposals.sorting.board import Board, middle
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Sweep
from curation.types import IndexArray

TILES = 24
_POOL = 3 * TILES
"""The least sure images of a group; those of a grid are spread out over them."""
_GRIDS = 8
"""Grids drawn at a time."""


def sweeps(board: Board, pace: Pace, exclude: IndexArray, only: int | None = None) -> list[Sweep]:
    """A grid of each of the eight groups where most corrections a second are expected, best first.

    ``exclude`` int64 are rows not to ask about; ``only`` the one group to look at.
    """
    rows = board.askable(exclude)
    pools: list[tuple[int, int, IndexArray]] = []
    rates = []
    for group in range(board.n_groups) if only is None else [only]:
        members = rows[board.guess[rows] == group]
        if not len(members):
            continue
        pool = members[ties.best_first(-board.sureness[members])[:_POOL]]
        tiles = min(len(pool), TILES)
        wrong = tiles * float((1 - board.sureness[pool]).mean())
        rates.append(wrong / pace.sweep(tiles, wrong))
        pools.append((group, len(members), pool))
    order = ties.best_first(np.array(rates))[:_GRIDS]
    return [_grid(board, *pools[place]) for place in order]


def _grid(board: Board, group: int, supposed: int, pool: IndexArray) -> Sweep:
    """The grid of a group from its pool int64, which has the least sure image first."""
    if len(pool) <= TILES:
        return Sweep(group, tuple(pool.tolist()), supposed)
    parts = kmeans(board.features[pool], TILES).labels
    middles = {middle(board, pool[parts == part]) for part in np.unique(parts)}
    return Sweep(group, tuple(row for row in pool.tolist() if row in middles), supposed)
