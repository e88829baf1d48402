"""The groups that images are sorted into: those with a name, and those that answers made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from curation.learning.grouping import Grouping
from curation.proposals.sorting.board import Board
from curation.types import BoolArray, FloatArray, IndexArray

MOST = 1000
"""Groups on the board; the largest where there are more."""


@dataclass(frozen=True, slots=True)
class SortedGroup:
    """``anchor`` is the item that stands for the group, ``members`` all that answers put into it;
    ``name`` is empty where nobody gave one."""

    anchor: str
    members: tuple[str, ...]
    name: str


def sorted_groups(groups: Collection[Sequence[str]], names: Mapping[str, str]) -> list[SortedGroup]:
    """Groups of two or more items and single items with a name, largest first.

    ``groups`` are must-link groups, ``names`` item -> name, the newest last.
    """
    found = []
    inside = set[str]()
    for members in groups:
        named = [item for item in members if item in names]
        newest = max(named, key=list(names).index) if named else ""
        found.append(SortedGroup(newest or members[0], tuple(members), names.get(newest, "")))
        inside.update(members)
    found += [SortedGroup(item, (item,), names[item]) for item in names if item not in inside]
    return sorted(found, key=lambda group: (-len(group.members), group.anchor))[:MOST]


def groups_of(groups: Sequence[SortedGroup]) -> dict[str, str]:
    """Item -> the anchor of its group."""
    return {item: group.anchor for group in groups for item in group.members}


def board(
    groups: Sequence[SortedGroup],
    position: Mapping[str, int],
    units: tuple[IndexArray, IndexArray],
    grouping: Grouping | None,
    vectors: FloatArray,
    free: BoolArray,
) -> Board:
    """The board of N items in a space; ``free`` bool [N] may be asked about.

    ``units`` are the must-link group int64 [N] of each item, -1 for none, and int64 [C, 2] those
    that are apart, each two once.
    ``grouping`` may be of an earlier state or of fewer items: a group it has no column for has no
    chances yet.
    """
    n, k = len(vectors), len(groups)
    group = np.full(n, -1, np.int64)
    anchors = np.full(k, -1, np.int64)
    for number, one in enumerate(groups):
        rows = [position[item] for item in one.members if item in position]
        group[rows] = number
        anchors[number] = position.get(one.anchor, rows[0] if rows else -1)
    refused = _refused(*units, group, k)
    apart = np.zeros((k, k), np.bool_)
    members = np.flatnonzero(group >= 0)
    np.logical_or.at(apart, group[members], refused[members])
    made = Board(vectors, _chances(grouping, anchors, n), group, refused, free, apart)
    if grouping is None or grouping.clusters is None or grouping.typical is None:
        return made
    clusters, typical = np.full(n, -1, np.int64), np.zeros(n, np.float32)
    known = slice(len(grouping.labels))
    clusters[known], typical[known] = grouping.clusters, grouping.typical
    made = replace(made, clusters=clusters, typical=typical)
    if grouping.piles is None or grouping.side_by_side is None:
        return made
    piles = np.full(n, -1, np.int64)
    piles[known] = grouping.piles
    return replace(made, piles=piles, beside=_undecided(grouping.side_by_side, *units))


def _undecided(pairs: IndexArray, unit: IndexArray, apart: IndexArray) -> IndexArray:
    """Of ``pairs`` int64 [P, 2] of rows those of which nothing is known."""
    ends = np.sort(unit[pairs], axis=1)
    width = int(unit.max(initial=-1)) + 1
    known = (ends[:, 0] >= 0) & (
        (ends[:, 0] == ends[:, 1])
        | np.isin(ends[:, 0] * width + ends[:, 1], apart[:, 0] * width + apart[:, 1])
    )
    return np.asarray(pairs[~known], np.int64)


def columns(
    groups: Sequence[SortedGroup], grouping: Grouping, position: Mapping[str, int]
) -> IndexArray:
    """Column int64 [K] of a grouping that each group's anchor lies in, -1 where it is in none."""
    anchors = [position.get(group.anchor, -1) for group in groups]
    rows = np.array([row if row < len(grouping.labels) else -1 for row in anchors], np.int64)
    return np.where(rows >= 0, grouping.labels[rows], -1) if len(grouping.labels) else rows


def _chances(grouping: Grouping | None, anchors: IndexArray, n: int) -> npt.NDArray[np.float64]:
    """Chances [n, K]: of the column that each anchor lies in, shared where several do."""
    chances = np.zeros((n, len(anchors)))
    if grouping is None or not len(anchors):
        return chances
    known = (anchors >= 0) & (anchors < len(grouping.labels))
    column = np.where(known, grouping.labels[np.where(known, anchors, 0)], -1)
    sharing = np.bincount(column[known], minlength=grouping.n_groups)
    for number in np.flatnonzero(known):
        part = grouping.probabilities[:, column[number]] / sharing[column[number]]
        chances[: len(part), number] = part
    return chances


def _refused(unit: IndexArray, apart: IndexArray, group: IndexArray, k: int) -> BoolArray:
    """True [N, k] where the unit of an item is apart from that of a group on the board."""
    n_units = int(unit.max(initial=-1)) + 1
    group_of = np.full(n_units + 1, -1, np.int64)
    on_board = np.flatnonzero((group >= 0) & (unit >= 0))
    group_of[unit[on_board]] = group[on_board]
    table = np.zeros((n_units + 1, k), np.bool_)
    for one, other in (apart.T, apart.T[::-1]):
        known = group_of[other] >= 0
        table[one[known], group_of[other[known]]] = True
    table[-1] = False  # what no answer names
    return table[unit]
