"""Items near an item, an image or a text, and items by their file names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curation.criterion.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.errors import CurationError
from curation.workspace import views
from curation.workspace.context import Context, Json

QUERY_SECONDS = 30.0


class Search:
    """Galleries of a criterion's items, the nearest first."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def neighbours(self, criterion: str, item: str, k: int = 30) -> Json:
        """The k nearest of an item now, and in the frozen embedding before any training.

        Raises UnknownName for an item that is none, CurationError for one that is not embedded yet.
        """
        owner, shown = self._context.shown(criterion)
        row = self._row_of(shown, item)
        now = views.ranked(shown.eligible, shown.space.vectors[row], shown.space.vectors, k + 1)
        before = views.ranked(shown.eligible, shown.base[row], shown.base, k + 1)
        return {
            "item": views.item(self._context.item(item), owner.answering.group_of(item)),
            "attributes": dict(self._context.item(item).attributes),
            "generation": shown.generation.number,
            "tiles": self._tiles(owner, shown, item, now, k),
            "before": self._tiles(owner, shown, item, before, k),
        }

    def _tiles(
        self,
        owner: Criterion,
        shown: Snapshot,
        anchor: str | None,
        rows: Sequence[tuple[int, float]],
        k: int,
    ) -> list[Json]:
        own = shown.position.get(anchor or "")
        others = [found for found in rows if found[0] != own][:k]
        return views.tiles(owner.answering, shown, anchor, others, self._context.item)

    def _row_of(self, shown: Snapshot, item: str) -> int:
        row = shown.position.get(self._context.item(item).id)
        if row is None:
            raise CurationError("This item is not embedded yet; try again in a moment.")
        return row

    def by_name(self, criterion: str, query: str, limit: int = 50) -> Json:
        """Items whose file name or folder holds the text, ignoring case.

        Raises UnknownName, and CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        text = query.strip().lower()
        rows = [
            (row, 0.0)
            for item, row in shown.position.items()
            if shown.eligible[row]
            and any(text in path.lower() for path in self._context.item(item).paths)
        ]
        return self._without_similarity(owner, shown, rows, limit)

    def these(self, criterion: str, items: Sequence[str]) -> Json:
        """These items in their order, without those that are not embedded or excluded.

        Raises UnknownName for an item that is none.
        """
        owner, shown = self._context.shown(criterion)
        there = [shown.position.get(self._context.item(item).id) for item in items]
        rows = [(row, 0.0) for row in there if row is not None and shown.eligible[row]]
        return self._without_similarity(owner, shown, rows, len(rows))

    def _without_similarity(
        self, owner: Criterion, shown: Snapshot, rows: Sequence[tuple[int, float]], limit: int
    ) -> Json:
        found = views.tiles(owner.answering, shown, None, rows[:limit], self._context.item)
        return {"tiles": [{**tile, "similarity": None} for tile in found], "total": len(rows)}

    def by_image(self, criterion: str, data: bytes, k: int = 30) -> Json:
        """The items nearest to an image given as file bytes; SourceError for no image."""
        return self._by_vector(criterion, k, image=data)

    def by_text(self, criterion: str, text: str, k: int = 30) -> Json:
        """The items nearest to a text, where the encoder has a text tower.

        Raises CurationError where it has none, or while the worker does not answer.
        """
        if not self._context.engine.embeddings.has_text:
            raise CurationError(
                f"The encoder {self._context.settings.encoder!r} has no text tower; "
                "find by file name, or open the workspace with an open_clip encoder."
            )
        return self._by_vector(criterion, k, text=text)

    def _by_vector(self, criterion: str, k: int, **query: Any) -> Json:
        owner, shown = self._context.shown(criterion)
        if self._context.settings.embeddings:
            raise CurationError(
                "These items came with their vectors, so there is no encoder to embed a query; "
                "find by file name instead."
            )
        number = shown.generation.number
        try:
            queries = self._context.engine.queries
            result = queries.embed(owner, number, **query).result(QUERY_SECONDS)
        except TimeoutError as error:
            raise CurationError(
                f"No answer of the worker within {QUERY_SECONDS:.0f} s: it is starting or busy; "
                "try again in a moment."
            ) from error
        vector = np.asarray(result["vector"], np.float32)
        rows = views.ranked(shown.eligible, vector, shown.space.vectors, k)
        return {"tiles": self._tiles(owner, shown, None, rows, k), "total": len(rows)}
