"""The map: where items lie, and what their points are coloured by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.errors import CurationError
from curation.items.tints import common_tint
from curation.types import FloatArray, IndexArray
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.groups import Groups
from curation.workspace.items import Items
from curation.workspace.predicted import PredictedGroups

TINTED, SAMPLED = 10, 16
"""So many categories have a tint, told by at most so many members each."""
MEASURES = ("sureness", "moved")
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

        Raises UnknownName, and CurationError while no item is embedded.
        """
        _, shown = self._context.shown(criterion)
        if shown.layout is None:
            return {"generation": -1, "ids": [], "x": [], "y": []}
        rows = self._drawn_rows(shown)
        points = np.round(np.asarray(shown.layout)[rows], 4)
        return {
            "generation": shown.layout_of,
            "ids": [shown.space.item_ids[row] for row in rows],
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
        }

    @staticmethod
    def _drawn_rows(shown: Snapshot) -> IndexArray:
        """Rows of the eligible items that the layout has a place for."""
        n_drawn = 0 if shown.layout is None else len(shown.layout)
        return np.flatnonzero(shown.eligible[:n_drawn])

    def colour_names(self) -> list[str]:
        """What points can be coloured by: built-in figures, then the attributes."""
        return [*BUILT_IN_COLOURS, *self._items.attributes()]

    def colours(self, criterion: str, by: str) -> Json:
        """A value for every one of ``points``, in their order: numbers, or categories with the
        tints of the largest (``common_tint``).

        Raises UnknownName, and CurationError for what is no colour or while there is no space.
        """
        _, shown = self._context.shown(criterion)
        rows = self._drawn_rows(shown)
        ids = [shown.space.item_ids[row] for row in rows]
        values = self._values(criterion, shown, by, rows, ids)
        if by in MEASURES:  # few different values are no categories here
            return {"by": by, "kind": "number", "values": values, "names": []}
        told = views.colours(values)
        if told["kind"] == "category":
            told["tints"] = self._tints(ids, np.asarray(told["values"]))
        return {"by": by, **told}

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
        self,
        criterion: str,
        shown: Snapshot,
        by: str,
        rows: Any,
        ids: Sequence[str],
    ) -> list[Any]:
        if by == "group":
            names = self._groups.labels(criterion)
            return [names.get(item) for item in ids]
        if by == "predicted":
            return list(self._predicted.of_rows(criterion, rows))
        if by == "sureness":
            sureness = self._predicted.grouping(criterion).probabilities[rows].max(1)
            return list(np.round(sureness.astype(np.float64), 3).tolist())
        if by == "moved":
            return list(self._moved(shown)[rows].tolist())
        if by not in self._items.attributes():
            raise CurationError(
                f"Cannot colour by {by!r}; choose one of {', '.join(self.colour_names())}."
            )
        return [self._context.item(item).attributes.get(by) for item in ids]

    @staticmethod
    def _moved(shown: Snapshot) -> Any:
        """Share of an item's ten nearest neighbours that the training exchanged, 0 to 1."""
        before = _nearest_rows(shown.base, 10)
        now = shown.neighbours.indices[:, : before.shape[1]]
        kept = (now[:, :, None] == before[:, None, :]).any(2).mean(1)
        return np.round(1 - kept, 3)


def _nearest_rows(vectors: FloatArray, k: int) -> Any:
    """Rows [N, k] of the nearest others, in blocks so that no N x N array is made."""
    k = min(k, len(vectors) - 1)
    out = np.empty((len(vectors), k), np.int64)
    for start in range(0, len(vectors), 1024):
        scores = vectors[start : start + 1024] @ vectors.T
        scores[np.arange(len(scores)), start + np.arange(len(scores))] = -np.inf
        out[start : start + 1024] = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return out
