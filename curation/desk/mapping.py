"""The map, its colours, neighbour galleries, finding and excluding items."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from curation.desk.base import Json
from curation.desk.grouping import Groups
from curation.errors import CurationError
from curation.items.tints import common_tint
from curation.review import views
from curation.review.snapshot import Snapshot
from curation.review.track import Track
from curation.types import BoolArray, FloatArray, IndexArray

QUERY_SECONDS = 30.0
TINTED, SAMPLED = 10, 16
"""So many categories have a tint, told by at most so many members each."""
MEASURES = ("sureness", "moved")
BUILT_IN_COLOURS = ("group", "predicted", *MEASURES)


class Mapping(Groups):
    """Where items lie, and what lies near them."""

    def map(self, criterion: str) -> Json:
        """Positions of all eligible items; of an earlier generation until the map is drawn.

        ``key`` says which points these are, in which order: colours and status carry it too.
        """
        track, shown = self._shown(criterion)
        if shown.layout is None:
            return {"key": "", "generation": -1, "ids": [], "x": [], "y": []}
        rows, key = self._drawn(shown, track.eligible)
        points = np.round(np.asarray(shown.layout)[rows], 4)
        return {
            "key": key,
            "generation": shown.layout_of,
            "ids": [shown.space.item_ids[row] for row in rows],
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
        }

    @staticmethod
    def _drawn(shown: Snapshot, eligible: BoolArray) -> tuple[IndexArray, str]:
        """Rows of the eligible items that the layout has a place for, and the key of these."""
        there = eligible[: 0 if shown.layout is None else len(shown.layout)]
        which = zlib.crc32(np.packbits(there).tobytes())
        return np.flatnonzero(there), f"{shown.layout_of}-{len(there)}-{which:08x}"

    def colour_names(self) -> list[str]:
        """What points can be coloured by: built-in figures, then the attributes."""
        return [*BUILT_IN_COLOURS, *self.attributes()]

    def colours(self, criterion: str, by: str) -> Json:
        """A value for every point of the ``map`` with the same ``key``, in its order: numbers, or
        categories with the tints of the largest (``common_tint``)."""
        track, shown = self._shown(criterion)
        rows, key = self._drawn(shown, track.eligible)
        ids = [shown.space.item_ids[row] for row in rows]
        values = self._values(criterion, shown, by, rows, ids)
        if by in MEASURES:  # few different values are no categories here
            return {"key": key, "by": by, "kind": "number", "values": values, "names": []}
        told = views.colours(values)
        if told["kind"] == "category":
            told["tints"] = self._tints(ids, np.asarray(told["values"]))
        return {"key": key, "by": by, **told}

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
        self,
        criterion: str,
        shown: Snapshot,
        by: str,
        rows: Any,
        ids: Sequence[str],
    ) -> list[Any]:
        if by == "group":
            names = self.group_labels(criterion)
            return [names.get(item) for item in ids]
        if by == "predicted":
            grouping = self.predict(criterion)
            called = self.predicted_names(criterion, grouping)
            return [called[label] for label in grouping.labels[rows]]
        if by == "sureness":
            sureness = self.predict(criterion).probabilities[rows].max(1)
            return list(np.round(sureness.astype(np.float64), 3).tolist())
        if by == "moved":
            return list(self._moved(shown)[rows].tolist())
        if by not in self.attributes():
            raise CurationError(
                f"Cannot colour by {by!r}; choose one of {', '.join(self.colour_names())}."
            )
        return [self.item(item).attributes.get(by) for item in ids]

    @staticmethod
    def _moved(shown: Snapshot) -> Any:
        """Share of an item's ten nearest neighbours that the training exchanged, 0 to 1."""
        before = _nearest_rows(shown.base, 10)
        now = shown.neighbours.indices[:, : before.shape[1]]
        kept = (now[:, :, None] == before[:, None, :]).any(2).mean(1)
        return np.round(1 - kept, 3)

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


def _nearest_rows(vectors: FloatArray, k: int) -> Any:
    """Rows [N, k] of the nearest others, in blocks so that no N x N array is made."""
    k = min(k, len(vectors) - 1)
    out = np.empty((len(vectors), k), np.int64)
    for start in range(0, len(vectors), 1024):
        scores = vectors[start : start + 1024] @ vectors.T
        scores[np.arange(len(scores)), start + np.arange(len(scores))] = -np.inf
        out[start : start + 1024] = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return out
