"""Decisions as arrays on positions of items, and how far each item's membership can be trusted."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from curation.decisions.groups import Group, Groups
from curation.decisions.paths import Links
from curation.types import VERDICTS, FloatArray, IndexArray, Pair, Verdict

_CODE = {verdict: code for code, verdict in enumerate(VERDICTS)}


def strengths(
    position: Mapping[str, int],
    links: Links,
    groups: Iterable[Sequence[str]],
    reliability: float,
) -> FloatArray:
    """float32 [N]: chance that an item's chain of `same` answers to its group's centre is right.

    A link answered `same` m times is right with 1 - (1 - reliability)^m, a chain with the product
    of its links; the most reliable chain counts. The centre is the item with most links.
    """
    strength = np.ones(len(position), np.float32)
    for members in groups:
        for item, value in _from_centre(members, links, reliability).items():
            row = position.get(item)
            if row is not None:
                strength[row] = value
    return strength


def _from_centre(members: Sequence[str], links: Links, reliability: float) -> dict[str, float]:
    if len(members) == 1:
        return {}
    centre = min(members, key=lambda item: (-len(links[item]), -_answers(links[item]), item))
    doubt = 1 - reliability
    found: dict[str, float] = {}
    waiting = [(-1.0, centre)]
    while waiting:
        value, item = heapq.heappop(waiting)
        if item in found:
            continue
        found[item] = -value
        for other, ids in links[item].items():
            if other not in found:
                heapq.heappush(waiting, (value * (1 - doubt ** len(ids)), other))
    return found


def _answers(linked: Mapping[str, Sequence[str]]) -> int:
    return sum(len(ids) for ids in linked.values())


def group_arrays(position: Mapping[str, int], groups: Groups) -> tuple[IndexArray, IndexArray]:
    """int64 [N] group of each item (-1: none) and int64 [C, 2] groups g < h that are apart.

    Groups are numbered from 0 by their first item in ``position``; others have no number.
    """
    group_of = np.full(len(position), -1, np.int64)
    known: list[Group] = []
    first: list[int] = []
    for group in groups:
        rows = [position[item] for item in group.members if item in position]
        if rows:
            group_of[rows] = len(known)
            known.append(group)
            first.append(min(rows))
    order = np.argsort(first).tolist()
    rank = np.empty(len(known) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(known)), -1
    number = {known[place]: count for count, place in enumerate(order)}
    edges = [
        (g, number[other])
        for group, g in number.items()
        for other in group.apart
        if number.get(other, -1) > g
    ]
    return rank[group_of], np.array(sorted(edges), np.int64).reshape(-1, 2)


def answer_arrays(
    position: Mapping[str, int], answers: Iterable[tuple[Pair, Verdict]]
) -> tuple[IndexArray, npt.NDArray[np.int8]]:
    """int64 [P, 2] positions (i < j) and int8 [P] verdicts of the pairs whose items are known."""
    row = position.get
    rows = [(row(p.a, -1), row(p.b, -1), _CODE[verdict]) for p, verdict in answers]
    table = np.array(rows, np.int64).reshape(-1, 3)
    table = table[(table[:, :2] >= 0).all(1)]
    return np.sort(table[:, :2], axis=1), table[:, 2].astype(np.int8)


def pair_array(position: Mapping[str, int], pairs: Iterable[Pair]) -> IndexArray:
    """int64 [P, 2] positions (i < j) of the pairs whose items are known."""
    rows = [
        (position[pair.a], position[pair.b])
        for pair in pairs
        if pair.a in position and pair.b in position
    ]
    return np.sort(np.array(rows, np.int64).reshape(-1, 2), axis=1)
