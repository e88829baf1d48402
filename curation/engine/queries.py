"""One image, text or item through the encoder, ahead of all other jobs."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from curation.criterion import Criterion
from curation.engine.backend import Backend


class Queries:
    """Embeds what somebody waits for."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def embed(self, criterion: Criterion, number: int, **what: Any) -> Future[Any]:
        """Embed one ``image`` (file bytes) or ``text`` in the space of a generation."""
        asked = {"criterion": criterion.name, "number": number, **what}
        return self._backend.accelerator.submit("query", {**self._backend.encoding(), **asked})

    def observe(self, criterion: Criterion, item: str, file: Path | None) -> Future[Any]:
        """Vector of an item in the space of the generation in use; embeds it if it is new."""
        asked = {
            **self._backend.encoding(),
            "spec": self._backend.embeddings.spec,
            "criterion": criterion.name,
            "number": criterion.retraining.number,
            "item": item,
            "file": None if file is None else str(file),
        }
        return self._backend.accelerator.submit("observe", asked)
