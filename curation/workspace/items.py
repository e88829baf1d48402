"""The items: where they come from, what is known of each, and which are hidden."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from curation.decisions.log import DecisionLog
from curation.items.source import Source
from curation.types import Item
from curation.workspace import views
from curation.workspace.context import Context, Json

NEWEST = 12
"""Items that a page shows while more are encoded."""


class HiddenItems:
    """Items that are never proposed: excluded by a reviewer, or held back from a measurement."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self.held: frozenset[str] = frozenset()

    def hold(self, items: Collection[str]) -> None:
        """Hold these items back, and no others."""
        self.held = frozenset(items)

    def all(self) -> Collection[str]:
        """Ids of all hidden items."""
        return self.held | self._log.excluded()


class Items:
    """Items of the source, and of what robots and cameras showed."""

    def __init__(self, context: Context, hidden: HiddenItems) -> None:
        self._context = context
        self._hidden = hidden
        self._root = context.paths.root

    @property
    def root(self) -> Path:
        """The folder that paths of items are relative to: the source's, else the workspace's."""
        return self._root

    def take_in(self, source: Source) -> None:
        """Scan a source and embed what is new, in the background unless inline.

        Inline, raises SourceError and EncoderError.
        """
        self._root = source.root
        self._context.engine.intake.take_in(source)

    def get(self, item_id: str) -> Item:
        """The item of an id (not JSON); UnknownName if there is none."""
        return self._context.item(item_id)

    def file(self, item: Item) -> Path | None:
        """An existing image file of an item, None where it has none."""
        return self._context.catalogue.file(item.id)

    def arrived(self) -> list[Json]:
        """The items that were encoded last, newest first; empty before there is one."""
        store = self._context.engine.embeddings.refreshed()
        newest = store.ids[-NEWEST:] if store is not None else ()
        known = [self._context.catalogue.get(one) for one in reversed(newest)]
        return [views.item(one) for one in known if one is not None]

    def attributes(self) -> list[str]:
        """Names of all attributes, sorted."""
        items = self._context.catalogue.items
        return sorted({name for item in items for name in item.attributes})

    def show_attributes(self, names: Collection[str]) -> None:
        """Let strategies see these attributes only (not kept): the others hold the truth."""
        self._context.engine.seen.show_only(names)

    def hold(self, items: Collection[str]) -> None:
        """Never propose these items (not kept): the unseen part of an evaluation."""
        self._hidden.hold(items)
        self._context.engine.projecting.refresh_eligible()

    def held(self) -> frozenset[str]:
        """Ids of the items held back."""
        return self._hidden.held

    def exclude(self, reviewer: str, items: Collection[str], excluded: bool = True) -> Json:
        """Take items out of queue, map and galleries (or back in); their decisions stay.

        Raises UnknownName for an item that is none; nothing is excluded then.
        """
        for item in items:
            self._context.item(item)
        self._context.log.exclude(list(items), excluded, reviewer)
        self._context.engine.projecting.refresh_eligible()
        return {"excluded": self.excluded()}

    def excluded(self) -> list[Json]:
        """Items that were excluded."""
        found = sorted(self._context.log.excluded())
        return [views.item(self._context.item(item)) for item in found]
