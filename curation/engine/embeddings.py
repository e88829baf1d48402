"""The embedding store that a workspace uses, once there is one."""

from __future__ import annotations

import threading

from curation.errors import CurationError
from curation.paths import Paths
from curation.settings import WorkspaceSettings
from curation.spaces import shelf
from curation.spaces.store import EmbeddingStore


class Embeddings:
    """Owns which store is in use; ``has_text`` says whether its encoder reads text."""

    def __init__(self, paths: Paths, settings: WorkspaceSettings) -> None:
        self._paths = paths
        self._lock = threading.Lock()
        self._store: EmbeddingStore | None = None
        self._has_text = False
        self.spec = "vectors" if settings.embeddings else settings.encoder

    @property
    def store(self) -> EmbeddingStore | None:
        return self._store

    @property
    def has_text(self) -> bool:
        return self._has_text

    @property
    def fingerprint(self) -> str:
        """Of the encoder whose store is in use, "" before there is one."""
        return "" if self._store is None else self._store.folder.name

    def in_use(self) -> str:
        """Fingerprint of the encoder whose store is in use; CurationError before there is one."""
        if not self.fingerprint:
            raise CurationError("No item is embedded yet; try again in a moment.")
        return self.fingerprint

    def reopen(self) -> None:
        """Use the embeddings already on disk for this encoder, if any."""
        found = shelf.find(self._paths.embeddings, self.spec)
        with self._lock:
            if found is not None:
                self._store = found

    def take(self, fingerprint: str, *, has_text: bool) -> None:
        """Use the store of an encoder, which has appeared on disk."""
        folder = self._paths.store(fingerprint)
        with self._lock:
            self._has_text = has_text
            if self._store is None or self._store.folder != folder:
                self._store = shelf.open_store(folder)

    def refreshed(self) -> EmbeddingStore | None:
        """The store with all that was embedded so far; None where nothing was."""
        store = self._store
        if store is None:
            return None
        store.refresh()
        return store if len(store) else None
