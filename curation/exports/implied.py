"""Pairs that follow from the decisions without having been answered.

Streamed group by group: the number of pairs grows with the square of a group's size, the memory
only with the number of decisions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, combinations, islice

from curation.exports.data import ExportData
from curation.types import Pair, Verdict


def disputed(data: ExportData) -> set[Pair]:
    """Pairs with an answer that contradicts others and is not resolved yet."""
    return {conflict.pair for conflict in data.closure.conflicts}


def members(data: ExportData) -> list[list[str]]:
    """The closure's groups, in its order and without excluded items."""
    return [[i for i in group if i not in data.excluded] for group in data.closure.groups]


def implied_same(data: ExportData) -> Iterator[Pair]:
    """Unanswered pairs within a group."""
    answered = data.closure.explicit.keys() | disputed(data)
    for group in members(data):
        for a, b in combinations(sorted(group), 2):
            pair = Pair(a, b)
            if pair not in answered:
                yield pair


def implied(data: ExportData) -> Iterator[tuple[str, str, Verdict]]:
    """Every implied pair once, with what it implies; all partners of a first item in a row."""
    answered = data.closure.explicit.keys() | disputed(data)
    groups = members(data)
    beyond: defaultdict[int, list[int]] = defaultdict(list)
    for g, h in sorted(data.closure.cannot_link):
        beyond[g].append(h)
    for g, group in enumerate(groups):
        for position, x in enumerate(group):
            for y in islice(group, position + 1, None):
                if Pair.of(x, y) not in answered:
                    yield x, y, "same"
            for y in chain.from_iterable(groups[h] for h in beyond[g]):
                if Pair.of(x, y) not in answered:
                    yield x, y, "different"
