"""Items in: scan the source, embed what is new, show it as soon as review can start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.engine.core import Core
from curation.errors import CurationError
from curation.items.source import Source
from curation.settings import FIRST_ITEMS
from curation.spaces import shelf
from curation.spaces.captions import COLUMN, texts_of
from curation.worker.client import WorkerClosed

log = logging.getLogger(__name__)


@dataclass
class Intake:
    """How far items have come in."""

    stage: str = "ready"
    done: int = 0
    total: int = 0
    unreadable: list[dict[str, str]] = field(default_factory=list)
    message: str = ""

    @property
    def progress(self) -> float:
        return self.done / self.total if self.total else 1.0


class TakesIn(Core):
    """The part of the engine that takes items in."""

    def __init__(self, *settings: Any, **options: Any) -> None:
        super().__init__(*settings, **options)
        self.intake = Intake()
        self._intaking: threading.Thread | None = None

    def close(self) -> None:
        """Stop the workers and the intake; what they had written stays."""
        super().close()
        if self._intaking is not None:
            self._intaking.join()

    def take_in(self, source: Source) -> None:
        """Scan the source, embed what is new, show it; returns at once unless inline."""
        self.intake = Intake(stage="scanning", message=self.intake.message)
        if self.inline:
            self._scan_and_encode(source)
            return
        self._intaking = threading.Thread(
            target=self._scan_and_encode, args=(source,), name="intake", daemon=True
        )
        self._intaking.start()

    def _scan_and_encode(self, source: Source) -> None:
        try:
            rows = self._scan(source)
            self._encode(source, rows)
        except (CancelledError, WorkerClosed):
            return  # the workspace is being closed; the next start goes on
        except (CurationError, OSError) as error:
            self.intake.message = str(error)
            self.intake.stage = "failed"
            if self.inline:
                raise
            log.error("Taking the items in failed: %s", error)
        except Exception:
            self.intake.message = "Taking the items in failed; the server's output says why."
            self.intake.stage = "failed"
            log.exception("Taking the items in failed.")

    def _scan(self, source: Source) -> Mapping[str, int]:
        def scanned(done: int, total: int) -> None:
            if self._closing.is_set():
                raise CancelledError
            self.intake.done, self.intake.total = done, total

        report = self.catalogue.scan(source, scanned)
        skipped = report.skipped + self.catalogue.add_folder(self.paths.observed)
        self.catalogue.save(self.paths.catalogue)
        self.intake.unreadable = [{"path": s.path, "reason": s.reason} for s in skipped]
        return report.rows

    def _encode(self, source: Source, rows: Mapping[str, int]) -> None:
        self.intake.stage, self.intake.done = "encoding", 0
        skipped = list(self.intake.unreadable)
        shown = False

        def embedded(step: dict[str, Any]) -> None:
            nonlocal shown
            self._take_store(step)
            self.intake.done, self.intake.total = step["done"], step["total"]
            self.intake.unreadable = skipped + self._by_name(step["failed"])
            if FIRST_ITEMS <= step["done"] < step["total"] and not shown:
                shown = True
                self._react(self._bring_up_all)

        if source.vectors is not None:
            future = self.worker.submit("take_vectors", self._vectors(rows), embedded)
        else:
            future = self.worker.submit("encode", self._encoding(), embedded)
        result = future.result()
        self._take_store(result)
        self.intake.unreadable = skipped + self._by_name(result["failed"])
        self.intake.stage = "ready"
        self._bring_up_all()
        if source.vectors is None:
            self._read_captions()
            self._embed_views()
            self._generate()

    def _by_name(self, failed: list[dict[str, str]]) -> list[dict[str, str]]:
        """Files as the source names them, not where they lie on this machine."""
        root = self.catalogue.root
        named = [(Path(one["path"]), one["reason"]) for one in failed]
        return [
            {
                "path": str(file.relative_to(root) if root and file.is_relative_to(root) else file),
                "reason": reason,
            }
            for file, reason in named
        ]

    def _encoding(self) -> dict[str, Any]:
        items = [
            (item.id, str(file), item.box)
            for item in self.catalogue.items
            if item.present and (file := self.catalogue.file(item.id)) is not None
        ]
        return {
            "root": self._root,
            "spec": self.settings.encoder,
            "device": self.device,
            "items": items,
        }

    def _vectors(self, rows: Mapping[str, int]) -> dict[str, Any]:
        return {
            "root": self._root,
            "file": self.settings.embeddings,
            "ids": list(rows),
            "rows": list(rows.values()),
        }

    def _embed_views(self) -> None:
        def viewed(future: Future[Any]) -> None:
            if future.cancelled() or future.exception() is not None:
                return
            self._show_all()

        self._after(self.worker.submit("views", self._encoding()), viewed)

    def _generate(self) -> None:
        """Have the generator of this workspace, if any, make images of the items."""
        name = self.settings.generator
        if name is None:
            return

        asked = {**self._encoding(), "generator": name}
        self._after(self.worker.submit("generate", asked), self._made)

    def _read_captions(self) -> None:
        """Embed the captions of the items, if the encoder reads text and no file stands in."""
        if not self.has_text or self.settings.embeddings2 is not None:
            return
        texts = texts_of([item.attributes.get(COLUMN) for item in self.catalogue.items])
        if texts:
            asked = {"root": self._root, "spec": self.settings.encoder, "device": self.device}
            self._after(self.worker.submit("captions", {**asked, "texts": texts}), self._made)

    def _made(self, future: Future[Any]) -> None:
        """Let strategies see what was embedded beside the items, or say why it was not."""
        if future.cancelled():
            return
        if error := future.exception():
            self.intake.message = str(error)
            if self.inline:
                raise error
        self._show_all()

    def _take_store(self, step: dict[str, Any]) -> None:
        folder = self.paths.store(step["fingerprint"])
        self.has_text = bool(step.get("has_text", False))
        with self._lock:
            if self.store is None or self.store.folder != folder:
                self.store = shelf.open_store(folder)
