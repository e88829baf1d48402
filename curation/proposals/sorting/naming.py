"""Name one image: first what stands for many, then what lies between two groups.

Margin sampling (Scheffer 2001) over chances that follow the neighbour graph, spread out by k-means
(Zhdanov 2019): https://arxiv.org/abs/1901.05954
"""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.proposals.search import kmeans
from curation.proposals.sorting.board import SURE, Board, middle
from curation.proposals.sorting.questions import Naming
from curation.proposals.state import Scores
from curation.types import IndexArray

HANDFUL = 5
"""Images named between two groupings."""
_NEAREST_MARGINS = 20
_FIRST_LOOKS = 12
_LOOKS = 2
_STRAYS = 3


def namings(board: Board, exclude: IndexArray) -> list[Naming]:
    """Up to a handful of images to name; ``exclude`` int64 are rows not to ask about."""
    rows = board.askable(exclude)
    if not len(rows):
        return []
    chosen = _typical(board, rows) if exploring(board) else _between(board, rows)
    return [Naming(int(row), _guesses(board, int(row))) for row in chosen]


def strays(board: Board, exclude: IndexArray) -> list[Naming]:
    """One of the images that were taken out of groups and belong to none so far, once there are a
    few: they may be of a group that has no name yet."""
    rows = board.askable(exclude)
    rows = rows[board.refused[rows].any(1) & (board.sureness[rows] < SURE)]
    if len(rows) < _STRAYS:
        return []
    row = middle(board, rows)
    return [Naming(row, _guesses(board, row))]


def exploring(board: Board) -> bool:
    """Whether groups are still to be found: few images were named for the groups there are."""
    return board.n_groups < 2 or board.n_decided < max(_FIRST_LOOKS, _LOOKS * board.n_groups)


def _typical(board: Board, rows: IndexArray) -> IndexArray:
    """Images in the middle of the largest clusters that no answer reached, largest first; some
    from all over the collection before there are clusters."""
    if board.clusters is None or board.typical is None or (board.clusters[rows] < 0).all():
        return rows[np.unique(np.linspace(0, len(rows) - 1, HANDFUL).astype(np.int64))]
    size = np.bincount(board.clusters[board.clusters >= 0])
    decided = board.clusters[(board.group >= 0) & (board.clusters >= 0)]
    reached = np.bincount(decided, minlength=len(size))
    cluster = board.clusters[rows]
    middles = []
    for one in np.lexsort((-size, reached)).tolist():
        members = rows[cluster == one]
        if len(members):
            middles.append(members[ties.first_best(board.typical[members])])
        if len(middles) == HANDFUL:
            break
    return np.array(middles, np.int64)


def _between(board: Board, rows: IndexArray) -> IndexArray:
    """Of the images between two groups some that differ from each other."""
    near = rows[ties.best_first(-margins(board, rows))[:_NEAREST_MARGINS]]
    if len(near) <= HANDFUL:
        return near
    labels = kmeans(board.features[near], HANDFUL).labels
    return np.array([middle(board, near[labels == part]) for part in np.unique(labels)], np.int64)


def margins(board: Board, rows: IndexArray) -> Scores:
    """Chance of the likeliest group less that of the second, float64 [n]."""
    if board.n_groups < 2:
        return np.ones(len(rows))
    two = np.partition(board.chances[rows], board.n_groups - 2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], np.float64)


def _guesses(board: Board, row: int) -> tuple[int, ...]:
    """Columns of the groups that the image may be in, likeliest first."""
    order = ties.best_first(board.chances[row])
    return tuple(int(column) for column in order if not board.refused[row, column])
