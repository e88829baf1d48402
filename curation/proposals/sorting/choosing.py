"""Which form to ask next: what changes most images for each second of this person."""

from __future__ import annotations

import numpy as np

from curation.proposals.sorting.board import Board
from curation.proposals.sorting.merging import many_small, merges, pile_merges
from curation.proposals.sorting.naming import namings, strays
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Form, Merge, Question
from curation.proposals.sorting.sweeping import TILES, sweeps
from curation.types import IndexArray

_NAMED_FIRST = 24
_NAMED_PER_GROUP = 2
_MINUTE = 60.0
_WRONG = 0.1
"""Share of the tiles of a grid that are wrong, in the long run."""


def draw(
    board: Board,
    pace: Pace,
    form: Form | None = None,
    group: int | None = None,
    exclude: IndexArray | None = None,
) -> list[Question]:
    """The next questions, best first; empty where nothing is left to ask in this form.

    ``form`` None: the product chooses. ``group`` keeps sweeps to one group; ``exclude`` int64 are
    rows not to ask about; two groups that both have such a row are not asked about as piles.
    """
    without = np.empty(0, np.int64) if exclude is None else exclude
    if form == "merge":
        return list(_joinable(board, without)) or list(pile_merges(board, without))
    if form == "sweep" or group is not None:
        return list(sweeps(board, pace, without, group))
    if form == "name":
        return list(namings(board, without))
    joined = _joinable(board, without)
    if joined:
        return list(joined)
    if naming_first(board):
        return list(namings(board, without)) or list(sweeps(board, pace, without))
    astray = strays(board, without)
    if astray:
        return list(astray)
    piled = pile_merges(board, without) if many_small(board) else []
    if piled:
        return list(piled)
    return list(sweeps(board, pace, without)) or list(namings(board, without))


def _joinable(board: Board, without: IndexArray) -> list[Merge]:
    held = set(board.group[without].tolist())
    return [two for two in merges(board) if not {two.one, two.other} <= held]


def naming_first(board: Board) -> bool:
    """Names move most while few are known: each one places many images that lie around it."""
    return _few(board.n_decided, board.n_groups)


def _few(n_decided: int, n_groups: int) -> bool:
    return n_decided < max(_NAMED_FIRST, _NAMED_PER_GROUP * n_groups)


def shown_in_a_minute(n_decided: int, n_groups: int, pace: Pace) -> float:
    """Images that a minute of the questions that come next shows a person of this pace."""
    if _few(n_decided, n_groups):
        return _MINUTE / pace.known
    return _MINUTE * TILES / pace.sweep(TILES, _WRONG * TILES)
