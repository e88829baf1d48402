"""Which file belongs to which group: by decisions, and by prediction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from curation import ties
from curation.errors import ExportError
from curation.exports.data import ExportData
from curation.exports.table import Column, ItemCells, Row, Table

MEMBERSHIP = (
    Column("group"),
    Column("name"),
    Column("source"),
    Column("probability", "number"),
)


SHORT = 10
"""Digits of an item's id that name its group; more where two groups would get the same name."""
Source = Literal["explicit", "implied", "auto", "predicted"]


@dataclass(frozen=True, slots=True)
class _Member:
    item_id: str
    group: str
    name: str | None
    source: Source
    probability: float | None = None


def groups(data: ExportData) -> Table:
    """One row for every file: the group it is in, and how that is known.

    ``source`` is ``explicit`` for a group's best-connected item and those answered `same` with it,
    ``implied`` for members that only a chain of answers leads to, ``auto`` for what was accepted
    unseen under a claim (the manifest has it), ``predicted`` for what the model thinks of all
    others; the latter two have a ``probability``. A group's id are the first digits of its oldest
    item's id: it stays when the group grows. A predicted group in which nothing was decided is
    named after the item that it is surest of. Raises ExportError if the prediction does not fit
    the space.
    """
    _check_fit(data)
    cells = ItemCells(data)
    counts: Counter[str] = Counter()
    return Table((*cells.columns, *MEMBERSHIP), _rows(data, cells, counts), counts)


def _check_fit(data: ExportData) -> None:
    if data.predicted is None:
        return
    labels, items = data.predicted.labels.size, len(data.space.item_ids) if data.space else 0
    if labels != items:
        raise ExportError(
            f"Expected a predicted group for each of the {items} items of the space, got {labels}. "
            "Predict the groups again."
        )


def _rows(data: ExportData, cells: ItemCells, counts: Counter[str]) -> Iterator[Row]:
    for member in _members(data):
        if member.item_id in data.excluded:
            counts[f"left_out_excluded_{member.source}"] += 1
            continue
        counts[f"items_{member.source}"] += 1
        item = data.item(member.item_id)
        for file in item.paths or (item.name,):
            place = cells.of([item], [file])
            yield (*place, member.group, member.name, member.source, member.probability)


def _members(data: ExportData) -> Iterator[_Member]:
    """Each item once: what is decided first, then what was accepted, then what is predicted."""
    partners = _partners(data)
    standing = _standing(data)
    oldest = _oldest(data, standing)
    labels = _labels(data, standing)
    short = _short([*oldest, *(first for first, _ in labels.values() if first not in oldest)])
    of_item: dict[str, tuple[str, str | None]] = {}
    for members, first in zip(standing, oldest, strict=True):
        name = next((data.names[item] for item in reversed(members) if item in data.names), None)
        of_item.update(dict.fromkeys(members, (short[first], name)))
        yield from _decided(members, partners, short[first], name)
    for item_id, (anchor, probability) in data.accepted.items():
        if item_id not in of_item and anchor in of_item:
            yield _Member(item_id, *of_item[anchor], "auto", probability)
    if data.space is None or data.predicted is None:
        return
    taken = of_item.keys() | {item for item, one in data.accepted.items() if one[0] in of_item}
    for position, item_id in enumerate(data.space.item_ids):
        if item_id in taken:
            continue
        label = int(data.predicted.labels[position])
        first, known = labels[label]
        group, name = of_item[first] if known else (short[first], None)
        probability = float(data.predicted.probabilities[position, label])
        yield _Member(item_id, group, name, "predicted", probability)


def _standing(data: ExportData) -> list[Sequence[str]]:
    """The groups that answers made, and single items with a name."""
    told = [group for group in data.closure.groups if len(group) > 1 or group[0] in data.names]
    inside = {item for group in told for item in group}
    return [*told, *((item,) for item in data.names if item not in inside)]


def _oldest(data: ExportData, standing: Sequence[Sequence[str]]) -> list[str]:
    """The item of each group that was answered about first."""
    ends = (end for one in data.decisions for end in (one.pair.a, one.pair.b))
    age = {item: place for place, item in enumerate(dict.fromkeys(ends))}
    return [min(group, key=lambda item: (age.get(item, len(age)), item)) for group in standing]


def _labels(data: ExportData, standing: Sequence[Sequence[str]]) -> dict[int, tuple[str, bool]]:
    """Label of a predicted group -> an item that stands for it, and whether it is a decided
    group's: that of most of the decided items in it, else the item that it is surest of."""
    if data.space is None or data.predicted is None:
        return {}
    ids, labels = data.space.item_ids, data.predicted.labels
    group_of = {item: number for number, group in enumerate(standing) for item in group}
    votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for position, item_id in enumerate(ids):
        if item_id in group_of:
            votes[int(labels[position])][group_of[item_id]] += 1
    found: dict[int, tuple[str, bool]] = {}
    for label in np.unique(labels).tolist():
        if votes[label]:
            number = min(votes[label], key=lambda one: (-votes[label][one], one))
            found[label] = standing[number][0], True
            continue
        rows = np.flatnonzero(labels == label)
        surest = rows[ties.first_best(data.predicted.probabilities[rows, label])]
        found[label] = ids[int(surest)], False
    return found


def _short(firsts: Sequence[str]) -> dict[str, str]:
    """Item -> the first digits of its id, as many as tell all of them apart."""
    length = SHORT
    while len({first[:length] for first in firsts}) < len(set(firsts)):
        length += 1
    return {first: first[:length] for first in firsts}


def _partners(data: ExportData) -> Mapping[str, set[str]]:
    """The items that each item was answered `same` with."""
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for pair, verdict in data.closure.explicit.items():
        if verdict == "same":
            partners[pair.a].add(pair.b)
            partners[pair.b].add(pair.a)
    return partners


def _decided(
    group: Sequence[str], partners: Mapping[str, set[str]], short: str, name: str | None
) -> Iterator[_Member]:
    # An answer that contradicts others may join two groups here; it is no part of either.
    inside = {item_id: partners.get(item_id, set()).intersection(group) for item_id in group}
    hub = max(group, key=lambda item_id: len(inside[item_id]))
    for item_id in group:
        near = item_id == hub or item_id in inside[hub]
        yield _Member(item_id, short, name, "explicit" if near else "implied")
