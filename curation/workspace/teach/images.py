"""Images that no source holds: a robot or a camera showed them during a session."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from curation import files
from curation.criterion.session import TaughtSession
from curation.errors import BusyError, CurationError
from curation.items.decode import decode_image
from curation.items.entry import Entry
from curation.items.ids import image_id
from curation.paths import Paths
from curation.types import FloatArray, Item
from curation.workspace.context import Context
from curation.workspace.items import Items

AT_ONCE = 8
"""New images that may wait for the encoder together; more are told to come again."""
EMBED_SECONDS = 60.0


class ShownImages:
    """New images as items, and the vectors of items that no space shows yet."""

    def __init__(self, context: Context, items: Items) -> None:
        self._context = context
        self._items = items
        self._adding = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._vectors: dict[tuple[str, str], tuple[int, FloatArray]] = {}

    def take(self, taught: TaughtSession, data: bytes) -> Item:
        """The item of an image; a new one is taken in only where it can be embedded now.

        Raises SourceError for no image, BusyError where too many came at once, CurationError where
        there is no encoder.
        """
        if self._context.settings.embeddings:
            raise CurationError(
                "These items came with their vectors, so there is no encoder to embed an image; "
                "observe items by their id."
            )
        name = image_id(data)
        if name in self._context.catalogue.position and self._context.item(name).present:
            return self._context.item(name)
        with self._place():
            item = self._add(name, data)
            self._embed(taught, item)
        return item

    def vector(self, taught: TaughtSession, item: Item) -> FloatArray:
        """Vector float32 [1, D] of an item that the space does not show yet.

        Raises BusyError where too many came at once, CurationError where it cannot be embedded.
        """
        number, vector = self._vectors.get((taught.name, item.id), (None, None))
        if vector is not None and number == taught.criterion.retraining.number:
            return vector
        with self._place():
            return self._embed(taught, item)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of the places before the encoder; BusyError where all are taken."""
        if not self._places.acquire(blocking=False):
            raise BusyError(f"{AT_ONCE} new images are being embedded; send this one again.", 1.0)
        try:
            yield
        finally:
            self._places.release()

    def _embed(self, taught: TaughtSession, item: Item) -> FloatArray:
        owner, engine = taught.criterion, self._context.engine
        number = owner.retraining.number
        future = engine.queries.observe(owner, item.id, self._items.file(item))
        try:
            found = future.result(EMBED_SECONDS)["vector"]
        except TimeoutError as error:
            raise BusyError("The encoder did not answer in time; send it again.", 5.0) from error
        engine.projecting.extend(owner)
        if found is None:
            raise CurationError(f"{item.name} cannot be embedded; observe another image.")
        vector = np.array([found], np.float32)
        self._vectors[taught.name, item.id] = (number, vector)
        return vector

    def _add(self, name: str, data: bytes) -> Item:
        decode_image(data)  # before it is written: what is no image leaves no file behind
        with self._adding:
            file = self._context.paths.observed / f"{name}.image"
            files.write_bytes(file, data)
            return self._context.catalogue.add(Entry(str(file), file))


def was_shown(paths: Paths, item: Item) -> bool:
    """Whether a robot or a camera showed an item that no source holds."""
    return any(path.startswith(f"{paths.observed}{os.sep}") for path in item.paths)
