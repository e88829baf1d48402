"""What strategies see of the items beside their vectors: attributes, captions, made images."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from curation.engine.embeddings import Embeddings
from curation.errors import SourceError
from curation.items.catalogue import Catalogue
from curation.items.second import SecondEmbedding
from curation.paths import Paths
from curation.settings import WorkspaceSettings
from curation.spaces.captions import COLUMN, read_captions
from curation.spaces.generators import PER_ITEM, read_generated
from curation.spaces.store import EmbeddingStore
from curation.types import FloatArray, Item, Synthetic

log = logging.getLogger(__name__)


class SeenItems:
    """The items of a workspace as its strategies see them."""

    def __init__(
        self,
        paths: Paths,
        settings: WorkspaceSettings,
        catalogue: Catalogue,
        embeddings: Embeddings,
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._catalogue = catalogue
        self._embeddings = embeddings
        self._visible: frozenset[str] | None = None
        self._second: SecondEmbedding | None = None

    def show_only(self, names: Collection[str]) -> None:
        """Let strategies see these attributes only: the others hold the truth."""
        self._visible = frozenset(names)

    def columns(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        """Attributes that strategies may see, a value (None: unknown) for each item."""
        rows = [item.attributes for item in self._items(ids)]
        names = {name for row in rows for name in row}
        if self._visible is not None:
            names &= self._visible
        return {name: [row.get(name) for row in rows] for name in sorted(names)}

    def read_second(self, *, must: bool) -> None:
        """Read the second embedding, if there is one; a known one may be gone unless it ``must``
        be there. Raises SourceError."""
        if self._settings.embeddings2 is None:
            return
        try:
            self._second = SecondEmbedding(Path(self._settings.embeddings2))
        except SourceError as error:
            if must:
                raise
            log.warning("%s", error)

    def second(self, ids: Sequence[str]) -> FloatArray | None:
        """Second embedding float32 [N, D2] of these items, None where there is none.

        Of the file that was named, else of the captions that strategies may see.
        """
        if self._second is not None:
            return self._second.rows(self._items(ids))
        store = self._embeddings.store
        if store is None or (self._visible is not None and COLUMN not in self._visible):
            return None
        captions = [item.attributes.get(COLUMN) for item in self._items(ids)]
        return read_captions(self._paths.captions(store.folder.name), store.dim, captions)

    def synthetic(self, ids: Sequence[str]) -> Synthetic | None:
        """What the workspace's generator made of these items so far; None without one."""
        store = self._embeddings.store
        if self._settings.generator is None or store is None:
            return None
        folder = self._paths.generated(store.folder.name, self._settings.generator)
        if not folder.exists():
            return None
        return read_generated(EmbeddingStore(folder, store.dim, 0), ids, PER_ITEM)

    def _items(self, ids: Sequence[str]) -> list[Item]:
        """The items of these ids; an unknown one is bare."""
        return [self._catalogue.get(i) or Item(i, ()) for i in ids]
