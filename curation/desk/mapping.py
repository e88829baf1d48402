"""The map, its colours, neighbour galleries, finding and excluding items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import numpy as np

from curation.desk.base import Json
from curation.desk.grouping import Groups
from curation.engine.derived import SpaceAsked
from curation.engine.on_demand import Made
from curation.errors import CurationError
from curation.items.tints import common_tint
from curation.learning.grouping import Grouping
from curation.review import views
from curation.review.snapshot import Snapshot
from curation.review.track import Track
from curation.types import FloatArray, IndexArray

QUERY_SECONDS = 30.0
TINTED, SAMPLED = 10, 16
"""So many categories have a tint, told by at most so many members each."""
MEASURES = ("sureness", "moved")
R = TypeVar("R")
BUILT_IN_COLOURS = ("group", "predicted", *MEASURES)


class Mapping(Groups):
    """Where items lie, and what lies near them."""

    def map(self, criterion: str) -> Json:
        """Positions of all eligible items; of an earlier generation until the map is drawn."""
        track, shown = self._shown(criterion)
        if shown.layout is None:
            return {"generation": -1, "ids": [], "x": [], "y": []}
        rows = self._drawn_rows(track, shown)
        points = np.round(np.asarray(shown.layout)[rows], 4)
        return {
            "generation": shown.layout_of,
            "ids": [shown.space.item_ids[row] for row in rows],
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
        }

    @staticmethod
    def _drawn_rows(track: Track, shown: Snapshot) -> IndexArray:
        """Rows of the eligible items that the layout has a place for."""
        n_drawn = 0 if shown.layout is None else len(shown.layout)
        return np.flatnonzero(track.eligible[:n_drawn])

    def colour_names(self) -> list[str]:
        """What points can be coloured by: built-in figures, then the attributes."""
        return [*BUILT_IN_COLOURS, *self.attributes()]

    def colours(self, criterion: str, by: str) -> Json:
        """A value for every point of ``map``, in its order: numbers, or categories with the tints
        of the largest (``common_tint``).

        ``pending`` where the values of this generation are still being computed: until then they
        are an earlier one's, or none.
        """
        track, shown = self._shown(criterion)
        rows = self._drawn_rows(track, shown)
        ids = [shown.space.item_ids[row] for row in rows]
        values, pending = self._values(criterion, shown, by, rows, ids)
        if by in MEASURES:  # few different values are no categories here
            return {"by": by, "kind": "number", "values": values, "names": [], "pending": pending}
        told = views.colours(values)
        if told["kind"] == "category":
            told["tints"] = self._tints(ids, np.asarray(told["values"]))
        return {"by": by, **told, "pending": pending}

    def _tints(self, ids: Sequence[str], values: IndexArray) -> Json:
        """Category -> its tint, of a few members spread over each of the largest."""
        found, counts = np.unique(values[values >= 0], return_counts=True)
        tints = {}
        for value in found[np.argsort(-counts, kind="stable")[:TINTED]]:
            rows = np.flatnonzero(values == value)
            few = [ids[row] for row in rows[:: len(rows) // SAMPLED + 1]]
            tints[str(value)] = common_tint(self.paths.thumbnails, few)
        return tints

    def _values(
        self, criterion: str, shown: Snapshot, by: str, rows: IndexArray, ids: Sequence[str]
    ) -> tuple[list[Any], bool]:
        """A value for each of the rows, and whether they are not yet those of what is shown."""
        if by == "moved":
            asked = SpaceAsked(criterion, shown.generation.number, shown.n_items)
            moves = self.engine.derived.moves.latest(asked)
            return _told(moves, shown, rows, lambda share: _rounded(share[rows]))
        if by in ("predicted", "sureness"):
            made = self.engine.derived.groupings.latest(self._grouping_asked(criterion, None))
            if by == "sureness":
                return _told(made, shown, rows, lambda one: _sureness(one, rows))
            return _told(made, shown, rows, lambda one: self._group_names(criterion, one, rows))
        if by == "group":
            names = self.group_labels(criterion)
            return [names.get(item) for item in ids], False
        if by not in self.attributes():
            raise CurationError(
                f"Cannot colour by {by!r}; choose one of {', '.join(self.colour_names())}."
            )
        return [self.item(item).attributes.get(by) for item in ids], False

    def _group_names(self, criterion: str, grouping: Grouping, rows: IndexArray) -> list[str]:
        names = self.predicted_names(criterion, grouping)
        return [names[label] for label in grouping.labels[rows]]

    # --- galleries -------------------------------------------------------------------------

    def neighbours(self, criterion: str, item: str, k: int = 30) -> Json:
        """The k nearest of an item now, and in the frozen embedding before any training."""
        track, shown = self._shown(criterion)
        row = self._row_of(shown, item)
        now = views.ranked(track, shown.space.vectors[row], shown.space.vectors, k + 1)
        before = views.ranked(track, shown.base[row], shown.base, k + 1)
        return {
            "item": views.item(self.item(item), track.group_of(item)),
            "attributes": dict(self.item(item).attributes),
            "generation": shown.generation.number,
            "tiles": self._tiles(track, shown, item, now, k),
            "before": self._tiles(track, shown, item, before, k),
        }

    def _tiles(
        self,
        track: Track,
        shown: Snapshot,
        anchor: str | None,
        rows: Sequence[tuple[int, float]],
        k: int,
    ) -> list[Json]:
        own = shown.position.get(anchor or "")
        others = [found for found in rows if found[0] != own][:k]
        return views.tiles(track, shown, anchor, others, self.item)

    def _row_of(self, shown: Snapshot, item: str) -> int:
        row = shown.position.get(self.item(item).id)
        if row is None:
            raise CurationError("This item is not embedded yet; try again in a moment.")
        return row

    def find(self, criterion: str, query: str, limit: int = 50) -> Json:
        """Items whose file name or folder holds the text, ignoring case."""
        track, shown = self._shown(criterion)
        text = query.strip().lower()
        rows = [
            (row, 0.0)
            for item, row in shown.position.items()
            if track.eligible[row] and any(text in path.lower() for path in self.item(item).paths)
        ]
        found = views.tiles(track, shown, None, rows[:limit], self.item)
        tiles = [{**tile, "similarity": None} for tile in found]  # a name has none
        return {"tiles": tiles, "total": len(rows)}

    def find_image(self, criterion: str, data: bytes, k: int = 30) -> Json:
        """The items nearest to an image given as file bytes; SourceError for no image."""
        return self._find_vector(criterion, k, image=data)

    def find_text(self, criterion: str, text: str, k: int = 30) -> Json:
        """The items nearest to a text, where the encoder has a text tower."""
        if not self.engine.has_text:
            raise CurationError(
                f"The encoder {self.workspace_settings.encoder!r} has no text tower; "
                "find by file name, or open the workspace with an open_clip encoder."
            )
        return self._find_vector(criterion, k, text=text)

    def _find_vector(self, criterion: str, k: int, **query: Any) -> Json:
        track, shown = self._shown(criterion)
        if self.workspace_settings.embeddings:
            raise CurationError(
                "These items came with their vectors, so there is no encoder to embed a query; "
                "find by file name instead."
            )
        number = shown.generation.number
        try:
            result = self.engine.query(criterion, number, **query).result(QUERY_SECONDS)
        except TimeoutError as error:
            raise CurationError(
                f"No answer of the worker within {QUERY_SECONDS:.0f} s: it is starting or busy; "
                "try again in a moment."
            ) from error
        vector = np.asarray(result["vector"], np.float32)
        rows = views.ranked(track, vector, shown.space.vectors, k)
        return {"tiles": self._tiles(track, shown, None, rows, k), "total": len(rows)}

    # --- junk ------------------------------------------------------------------------------

    def exclude(self, reviewer: str, items: Collection[str], excluded: bool = True) -> Json:
        """Take items out of queue, map and galleries (or back in); their decisions stay."""
        for item in items:
            self.item(item)
        self.log.exclude(list(items), excluded, reviewer)
        self.engine.refresh_eligible()
        return {"excluded": self.excluded()}

    def excluded(self) -> list[Json]:
        """Items that were excluded."""
        return [views.item(self.item(item)) for item in sorted(self.log.excluded())]


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
