"""The map: where items lie, and what their points are coloured by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.engine.derived import SpaceAsked
from curation.engine.on_demand import Made
from curation.errors import CurationError
from curation.items.coordinates import coordinate_names, coordinates
from curation.items.tints import common_tint
from curation.learning.grouping import Grouping
from curation.types import FloatArray, IndexArray
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.groups import Groups
from curation.workspace.items import Items
from curation.workspace.predicted import PredictedGroups

TINTED, SAMPLED = 10, 16
"""So many categories have a tint, told by at most so many members each."""
MEASURES = ("sureness", "moved")
R = TypeVar("R")
BUILT_IN_COLOURS = ("group", "predicted", *MEASURES)


class Map:
    """Where items lie, and the values that their points are coloured by."""

    def __init__(
        self, context: Context, items: Items, groups: Groups, predicted: PredictedGroups
    ) -> None:
        self._context = context
        self._items = items
        self._groups = groups
        self._predicted = predicted

    def points(self, criterion: str) -> Json:
        """Positions of all eligible items; of an earlier generation until the map is drawn.

        ``key`` says which points these are, in which order: colours and status carry it too.
        Raises UnknownName, and CurationError while no item is embedded.
        """
        _, shown = self._context.shown(criterion)
        if shown.layout is None:
            return {"key": "", "generation": -1, "ids": [], "x": [], "y": []}
        rows, key = shown.drawn()
        points = np.round(np.asarray(shown.layout)[rows], 4)
        return {
            "key": key,
            "generation": shown.layout_of,
            "ids": [shown.space.item_ids[row] for row in rows],
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
            "on_earth": bool(coordinate_names(self._items.attributes())),
        }

    def coordinates(self, criterion: str) -> Json:
        """Latitude and longitude of every one of the ``points`` with the same ``key``, in their
        order; None where attributes do not tell them.

        Raises UnknownName, and CurationError while no item is embedded.
        """
        _, shown = self._context.shown(criterion)
        rows, key = shown.drawn()
        told = [self._context.item(shown.space.item_ids[row]).attributes for row in rows]
        names = {name for pair in coordinate_names(self._items.attributes()) for name in pair}
        found = coordinates({name: [one.get(name) for one in told] for name in names}, len(rows))
        lat, lon = np.where(np.isnan(found), None, found.round(7)).T  # type: ignore[call-overload]
        return {"key": key, "lat": lat.tolist(), "lon": lon.tolist()}

    def colour_names(self) -> list[str]:
        """What points can be coloured by: built-in figures, then the attributes."""
        return [*BUILT_IN_COLOURS, *self._items.attributes()]

    def colours(self, criterion: str, by: str) -> Json:
        """A value for every one of the ``points`` with the same ``key``, in their order: numbers,
        or categories with the tints of the largest (``common_tint``).

        ``pending`` where the values of this generation are still being computed: until then they
        are an earlier one's, or none. Raises UnknownName, and CurationError for what is no colour
        or while there is no space.
        """
        _, shown = self._context.shown(criterion)
        rows, key = shown.drawn()
        ids = [shown.space.item_ids[row] for row in rows]
        values, pending = self._values(criterion, shown, by, rows, ids)
        known = {"key": key, "by": by, "pending": pending}
        if by in MEASURES:  # few different values are no categories here
            return {**known, "kind": "number", "values": values, "names": []}
        told = views.colours(values)
        if told["kind"] == "category":
            told["tints"] = self._tints(ids, np.asarray(told["values"]))
        return {**known, **told}

    def _tints(self, ids: Sequence[str], values: IndexArray) -> Json:
        """Category -> its tint, of a few members spread over each of the largest."""
        found, counts = np.unique(values[values >= 0], return_counts=True)
        tints = {}
        for value in found[np.argsort(-counts, kind="stable")[:TINTED]]:
            rows = np.flatnonzero(values == value)
            few = [ids[row] for row in rows[:: len(rows) // SAMPLED + 1]]
            tints[str(value)] = common_tint(self._context.paths.thumbnails, few)
        return tints

    def _values(
        self, criterion: str, shown: Snapshot, by: str, rows: IndexArray, ids: Sequence[str]
    ) -> tuple[list[Any], bool]:
        """A value for each of the rows, and whether they are not yet those of what is shown."""
        if by == "moved":
            asked = SpaceAsked(criterion, shown.generation.number, shown.n_items)
            moves = self._context.engine.derived.moves.latest(asked)
            return _told(moves, shown, rows, lambda share: _rounded(share[rows]))
        if by in ("predicted", "sureness"):
            made = self._predicted.latest(criterion, shown)
            if by == "sureness":
                return _told(made, shown, rows, lambda one: _sureness(one, rows))
            name = partial(self._predicted.of_rows, criterion, shown)
            return _told(made, shown, rows, lambda one: name(one, rows))
        if by == "group":
            names = self._groups.labels(criterion)
            return [names.get(item) for item in ids], False
        if by not in self._items.attributes():
            raise CurationError(
                f"Cannot colour by {by!r}; choose one of {', '.join(self.colour_names())}."
            )
        return [self._context.item(item).attributes.get(by) for item in ids], False


def _told(
    made: Made[Any, R] | None,
    shown: Snapshot,
    rows: IndexArray,
    values: Callable[[R], list[Any]],
) -> tuple[list[Any], bool]:
    """The values that were made for the rows, None for each before the first, and whether those of
    the generation shown are still to come."""
    if made is None:
        return [None] * len(rows), True
    return values(made.value), made.asked.number != shown.generation.number


def _sureness(grouping: Grouping, rows: IndexArray) -> list[Any]:
    return _rounded(grouping.probabilities[rows].max(1))


def _rounded(values: FloatArray) -> list[Any]:
    return list(np.round(values.astype(np.float64), 3).tolist())
