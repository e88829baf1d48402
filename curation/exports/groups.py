"""Which file belongs to which group: by decisions, and by prediction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from curation.errors import ExportError
from curation.exports.data import ExportData
from curation.exports.table import Column, ItemCells, Row, Table

MEMBERSHIP = (
    Column("group"),
    Column("name"),
    Column("source"),
    Column("probability", "number"),
)


@dataclass(frozen=True, slots=True)
class _Member:
    item_id: str
    group: str
    name: str | None
    source: Literal["explicit", "implied", "predicted"]
    probability: float | None = None


def groups(data: ExportData) -> Table:
    """One row for every file of every member, first the decided groups, then the predicted ones.

    ``source`` is ``explicit`` for a group's best-connected item and those answered `same` with it,
    ``implied`` for members that only a chain of answers leads to, ``predicted`` for the predicted
    grouping, which covers all items and has ``probability``. A decided group's id is the id of its
    first item, a predicted one's ``predicted-<label>``: two groupings, so filter by ``source``
    before use. Raises ExportError if the prediction does not fit the space.
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
    partners = _partners(data)
    for group in data.closure.groups:
        if len(group) > 1:
            yield from _decided(group, partners, data.names)
    yield from _predicted(data)


def _partners(data: ExportData) -> Mapping[str, set[str]]:
    """The items that each item was answered `same` with."""
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for pair, verdict in data.closure.explicit.items():
        if verdict == "same":
            partners[pair.a].add(pair.b)
            partners[pair.b].add(pair.a)
    return partners


def _decided(
    group: Sequence[str], partners: Mapping[str, set[str]], names: Mapping[str, str]
) -> Iterator[_Member]:
    name = next((names[item_id] for item_id in group if item_id in names), None)
    # An answer that contradicts others may join two groups here; it is no part of either.
    inside = {item_id: partners.get(item_id, set()).intersection(group) for item_id in group}
    hub = max(group, key=lambda item_id: len(inside[item_id]))
    for item_id in group:
        near = item_id == hub or item_id in inside[hub]
        yield _Member(item_id, group[0], name, "explicit" if near else "implied")


def _predicted(data: ExportData) -> Iterator[_Member]:
    if data.space is None or data.predicted is None:
        return
    labels, probabilities = data.predicted.labels, data.predicted.probabilities
    for position, item_id in enumerate(data.space.item_ids):
        label = int(labels[position])
        probability = float(probabilities[position, label])
        yield _Member(item_id, f"predicted-{label}", None, "predicted", probability)
