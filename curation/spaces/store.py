"""Embedding cache of one encoder: vectors and augmented views, append-only, safe against kills.

One folder per encoder fingerprint holds growing files of fixed-size rows:

    store.json           dimension and format
    vectors.f32          float32 [n, dim]
    views-<V>.f16        float16 [n, V, dim]; rows of items without views yet repeat the vector
    views-<V>.json       how many leading rows hold real views
    ids.txt              one id a line, in row order: the commit record

Rows are written and synced before their ids are, so whatever a kill leaves behind the last
complete line of ``ids.txt`` is ignored by readers and overwritten by the next append. A reader may
have the folder open while one writer appends; it sees new rows after :meth:`refresh`. Threads may
share a store: one lock guards what is remembered of ``ids.txt``, and reading needs none.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation import files
from curation.errors import EncoderError, WorkspaceError
from curation.types import FloatArray

HalfArray = npt.NDArray[np.float16]
_FORMAT = 1


class EmbeddingStore:
    """Vectors float32 [n, dim] and views float16 [n, n_views, dim] of one encoder, by item id.

    ``n_views`` may be 0 (vectors from a file have no views). Raises EncoderError if the folder
    was written with another ``dim``.
    """

    def __init__(self, folder: Path, dim: int, n_views: int) -> None:
        self.folder = folder
        self.dim = dim
        self.n_views = n_views
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._bytes = 0
        self._frozen: tuple[str, ...] = ()
        self._lock = threading.RLock()
        self._check()
        self.refresh()

    @property
    def ids(self) -> tuple[str, ...]:
        """Item ids in row order."""
        with self._lock:
            if len(self._frozen) != len(self._ids):
                self._frozen = tuple(self._ids)
            return self._frozen

    def n_viewed(self) -> int:
        """How many leading rows hold real views."""
        if not self.n_views or not self._views_count.exists():
            return 0
        return min(int(json.loads(self._views_count.read_text())), len(self._ids))

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._rows

    def row(self, item_id: str) -> int:
        """Row of an item; KeyError if it is not stored."""
        return self._rows[item_id]

    def vectors(self) -> FloatArray:
        """float32 [n, dim], a read-only memory map."""
        rows = len(self)
        if not rows:
            return np.empty((0, self.dim), np.float32)
        return np.memmap(self._vectors, np.float32, "r", shape=(rows, self.dim))

    def views(self) -> HalfArray | None:
        """float16 [n, n_views, dim], a read-only memory map; None before the first views.

        An item whose views are still to come stands with its vector, repeated.
        """
        shape = (len(self), self.n_views, self.dim)
        if not self.n_viewed() or self._stored_views() < shape[0]:
            return None
        return np.memmap(self._views, np.float16, "r", shape=shape)

    def append(
        self, ids: Sequence[str], vectors: FloatArray, views: HalfArray | None = None
    ) -> None:
        """Add items: ``vectors`` [k, dim], ``views`` [k, n_views, dim] or None for later.

        Ids already stored are left as they are. On return the rows survive a power cut.
        """
        self._require(vectors.shape == (len(ids), self.dim), "vectors", vectors.shape)
        with self._lock:
            self.refresh()  # another job of the same worker may have appended meanwhile
            first: dict[str, int] = {}
            for k, name in enumerate(ids):
                if name not in self._rows:
                    first.setdefault(name, k)
            fresh = list(first.values())
            if fresh:
                self._append(list(first), vectors[fresh], None if views is None else views[fresh])

    def _append(self, ids: list[str], vectors: FloatArray, views: HalfArray | None) -> None:
        start = len(self)
        vectors = np.ascontiguousarray(vectors, np.float32)
        _write_rows(self._vectors, start, vectors)
        if self.n_views:
            self._write_views(start, vectors, views)
        self._commit(ids)
        if views is not None and self.n_views and self.n_viewed() == start:
            self._set_viewed(len(self))

    def append_views(self, views: HalfArray) -> None:
        """Add the views [k, n_views, dim] of the next k rows that have none (from ``n_viewed``)."""
        expected = (views.shape[0], self.n_views, self.dim)
        self._require(views.shape == expected, "views", views.shape)
        with self._lock:
            start = self.n_viewed()
            self._require(start + len(views) <= len(self), "views of stored rows", views.shape)
            self._pad_views(len(self))
            _write_rows(self._views, start, np.ascontiguousarray(views, np.float16))
            self._set_viewed(start + len(views))

    def refresh(self) -> int:
        """Read what another process appended; returns the number of items."""
        if not self._names.exists():
            return 0
        with self._lock, self._names.open("rb") as file:
            file.seek(self._bytes)
            tail = file.read()
            complete = tail[: tail.rfind(b"\n") + 1]
            self._remember(complete.decode().splitlines(), len(complete))
            return len(self)

    @property
    def _vectors(self) -> Path:
        return self.folder / "vectors.f32"

    @property
    def _views(self) -> Path:
        return self.folder / f"views-{self.n_views}.f16"

    @property
    def _views_count(self) -> Path:
        return self.folder / f"views-{self.n_views}.json"

    @property
    def _names(self) -> Path:
        return self.folder / "ids.txt"

    def _check(self) -> None:
        meta = self.folder / "store.json"
        if not meta.exists():
            files.write_json(meta, {"format": _FORMAT, "dim": self.dim})
            return
        stored = json.loads(meta.read_text())
        if stored["format"] != _FORMAT:
            raise WorkspaceError(
                f"{meta} has format {stored['format']}, expected {_FORMAT}: it was written by "
                "another version of this package; upgrade it, or remove the folder to re-encode."
            )
        if stored["dim"] != self.dim:
            raise EncoderError(
                f"{self.folder} holds vectors of {stored['dim']} dimensions, the encoder gives "
                f"{self.dim}; use the encoder of this workspace or another --workspace folder."
            )

    def _write_views(self, start: int, vectors: FloatArray, views: HalfArray | None) -> None:
        if views is None:
            views = np.repeat(vectors[:, None].astype(np.float16), self.n_views, axis=1)
        expected = (len(vectors), self.n_views, self.dim)
        self._require(views.shape == expected, "views", views.shape)
        self._pad_views(start)
        _write_rows(self._views, start, np.ascontiguousarray(views, np.float16))

    def _pad_views(self, rows: int) -> None:
        """Give rows stored under another number of views their stand-ins."""
        vectors = self.vectors()
        for start in range(self._stored_views(), rows, 4096):
            block = vectors[start : min(start + 4096, rows)].astype(np.float16)
            _write_rows(self._views, start, np.repeat(block[:, None], self.n_views, axis=1))

    def _stored_views(self) -> int:
        if not self._views.exists():
            return 0
        return self._views.stat().st_size // (self.n_views * self.dim * 2)

    def _commit(self, ids: list[str]) -> None:
        data = "".join(f"{name}\n" for name in ids).encode()
        files.write_at(self._names, self._bytes, data, truncate=True)
        self._remember(ids, len(data))

    def _remember(self, ids: list[str], n_bytes: int) -> None:
        self._rows.update({name: len(self._ids) + k for k, name in enumerate(ids)})
        self._ids.extend(ids)
        self._bytes += n_bytes

    def _set_viewed(self, rows: int) -> None:
        files.write_json(self._views_count, rows)

    def _require(self, holds: bool, what: str, shape: tuple[int, ...]) -> None:
        if not holds:
            raise EncoderError(
                f"Expected {what} for {len(self)} stored items with dim {self.dim} and "
                f"{self.n_views} views, got shape {shape}; encode with the store's encoder."
            )


def _write_rows(path: Path, start: int, rows: npt.NDArray[np.generic]) -> None:
    files.write_at(path, start * rows[0].nbytes, rows.tobytes())
