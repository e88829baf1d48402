"""Items in: scan the source, embed what is new, show it as soon as review can start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curation.engine.backend import Backend
from curation.engine.projecting import Projecting
from curation.errors import CurationError
from curation.items.catalogue import Catalogue
from curation.items.entry import Note, Skip
from curation.items.likeness import Shown
from curation.items.sighting import IS_CUT
from curation.items.source import Source
from curation.settings import FIRST_ITEMS
from curation.spaces.captions import COLUMN, texts_of
from curation.worker.client import WorkerClosed

log = logging.getLogger(__name__)

Watch = Callable[[str, int, int], None]
"""Takes a stage, how much of it is done, and how much there is."""
_KEPT_AFTER = 500  # files whose pixels were looked at: a kill costs no more


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far items have come in; ``unreadable`` names files that were left out with the reason
    for each, ``notes`` what is shown otherwise than it stands in its file."""

    stage: str = "ready"
    done: int = 0
    total: int = 0
    unreadable: tuple[Mapping[str, str], ...] = ()
    notes: tuple[Mapping[str, str], ...] = ()
    message: str = ""

    @property
    def progress(self) -> float:
        return self.done / self.total if self.total else 1.0


class Intake:
    """Takes the items of a source in; ``arrival`` tells how far it has come."""

    def __init__(self, backend: Backend, catalogue: Catalogue, projecting: Projecting) -> None:
        self._backend = backend
        self._catalogue = catalogue
        self._projecting = projecting
        self._arrival = Arrival()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._watch: Watch = _look_away
        self._thread: threading.Thread | None = None

    @property
    def arrival(self) -> Arrival:
        return self._arrival

    def _note(self, **changes: Any) -> None:
        with self._lock:
            self._arrival = replace(self._arrival, **changes)

    def watched_by(self, watch: Watch) -> None:
        """Have someone told of every step, in the thread that does it."""
        self._watch = watch

    def say(self, message: str) -> None:
        """Tell on the page what stands against taking items in."""
        self._note(message=message)

    def close(self) -> None:
        """Stop scanning and wait for it; what was written stays. The worker is closed before."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """Ask the scan to end; ``close`` waits for it."""
        self._closing.set()

    def take_in(self, source: Source) -> None:
        """Scan the source, embed what is new, show it; returns at once unless inline."""
        self._note(stage="scanning", done=0, total=0, unreadable=(), notes=())
        if self._backend.inline:
            self._scan_and_encode(source)
            return
        self._thread = threading.Thread(
            target=self._scan_and_encode, args=(source,), name="intake", daemon=True
        )
        self._thread.start()

    def _scan_and_encode(self, source: Source) -> None:
        try:
            self._encode(source, self._scan(source))
        except (CancelledError, WorkerClosed):
            return  # the workspace is being closed; the next start goes on
        except (CurationError, OSError) as error:
            self._note(message=str(error), stage="failed")
            if self._backend.inline:
                raise
            log.error("Taking the items in failed: %s", error)
        except Exception:
            self._note(
                message="Taking the items in failed; the server's output says why.", stage="failed"
            )
            log.exception("Taking the items in failed.")

    def _scan(self, source: Source) -> Mapping[str, int]:
        def scanned(done: int, total: int) -> None:
            if self._closing.is_set():
                raise CancelledError
            self._note(done=done, total=total)
            self._watch("scanning", done, total)

        paths = self._backend.paths
        report = self._catalogue.scan(source, scanned)
        skipped = report.skipped + self._catalogue.add_folder(paths.observed)
        self._catalogue.save(paths.catalogue)
        self._note(unreadable=_told(skipped), notes=_told(report.notes))
        return report.rows

    def _encode(self, source: Source, rows: Mapping[str, int]) -> None:
        self._note(stage="encoding", done=0)
        skipped = self._arrival.unreadable
        shown = False

        def embedded(step: dict[str, Any]) -> None:
            nonlocal shown
            self._take_store(step)
            self._note(
                done=step["done"],
                total=step["total"],
                unreadable=skipped + self._by_name(step["failed"]),
            )
            self._watch("encoding", step["done"], step["total"])
            if FIRST_ITEMS <= step["done"] < step["total"] and not shown:
                shown = True
                self._backend.reactions.run(self._projecting.bring_up_all)

        accelerator = self._backend.accelerator
        if source.vectors is not None:
            future = accelerator.submit("take_vectors", self._vectors(rows), embedded)
        else:
            future = accelerator.submit("encode", self._encoding(), embedded)
        result = future.result()
        self._take_store(result)
        self._note(stage="ready", unreadable=skipped + self._by_name(result["failed"]))
        self._projecting.bring_up_all()
        if source.vectors is None:
            self._read_captions()
            self._embed_views()
            self._generate()
        self._look_at_pixels()

    def _take_store(self, step: dict[str, Any]) -> None:
        has_text = bool(step.get("has_text", False))
        self._backend.embeddings.take(step["fingerprint"], has_text=has_text)

    def _by_name(self, failed: list[dict[str, str]]) -> tuple[Mapping[str, str], ...]:
        """Files as the source names them, not where they lie on this machine."""
        root = self._catalogue.root
        named = [(Path(one["path"]), one["reason"]) for one in failed]
        return tuple(
            {
                "path": str(file.relative_to(root) if root and file.is_relative_to(root) else file),
                "reason": reason,
            }
            for file, reason in named
        )

    def _encoding(self) -> dict[str, Any]:
        items = [
            (item.id, str(file), item.box)
            for item in self._catalogue.items
            if item.present and (file := self._catalogue.file(item.id)) is not None
        ]
        return {**self._backend.encoding(), "items": items}

    def _vectors(self, rows: Mapping[str, int]) -> dict[str, Any]:
        return {
            "root": str(self._backend.paths.root),
            "file": self._backend.settings.embeddings,
            "ids": list(rows),
            "rows": list(rows.values()),
        }

    # --- beside the vectors ----------------------------------------------------------------

    def _embed_views(self) -> None:
        def viewed(job: Future[Any]) -> None:
            if not job.cancelled() and job.exception() is None:
                self._projecting.show_all_again()

        job = self._backend.accelerator.submit("views", self._encoding())
        self._backend.reactions.after(job, viewed)

    def _look_at_pixels(self) -> None:
        """Have the pixels of each file hashed once, so that an item is known again by them."""
        unseen = self._catalogue.unseen()
        if not unseen:
            return
        known = {str(one.file): one for one in unseen}
        learnt = 0

        def seen(step: dict[str, Any]) -> None:
            nonlocal learnt
            for file, stamp, digest, is_cut, orientation in step["seen"]:
                if tuple(stamp) != known[file].stamp:
                    continue  # another file by now: the next scan takes it in
                self._catalogue.learn(known[file].items, Shown(digest, is_cut, orientation))
                if is_cut:
                    path = self._by_name([{"path": file, "reason": IS_CUT}])
                    self._note(notes=self._arrival.notes + path)
            learnt += len(step["seen"])
            self._watch("pixels", step["done"], step["total"])
            if learnt >= _KEPT_AFTER:
                learnt = 0
                self._catalogue.save(self._backend.paths.catalogue)

        def finished(job: Future[Any]) -> None:
            if not job.cancelled() and job.exception() is None:
                self._catalogue.save(self._backend.paths.catalogue)

        job = self._backend.accelerator.submit("pixels", {"files": list(known)}, seen)
        self._backend.reactions.after(job, finished)

    def _generate(self) -> None:
        """Have the generator of this workspace, if any, make images of the items."""
        name = self._backend.settings.generator
        if name is not None:
            self._embed_beside("generate", {**self._encoding(), "generator": name})

    def _read_captions(self) -> None:
        """Embed the captions of the items, if the encoder reads text and no file stands in."""
        if not self._backend.embeddings.has_text or self._backend.settings.embeddings2 is not None:
            return
        texts = texts_of([item.attributes.get(COLUMN) for item in self._catalogue.items])
        if texts:
            self._embed_beside("captions", {**self._backend.encoding(), "texts": texts})

    def _embed_beside(self, name: str, arguments: dict[str, Any]) -> None:
        """Let strategies see what a job embeds beside the items, or say why it did not."""

        def made(job: Future[Any]) -> None:
            if job.cancelled():
                return
            if error := job.exception():
                self.say(str(error))
                if self._backend.inline:
                    raise error
            self._projecting.show_all_again()

        self._backend.reactions.after(self._backend.accelerator.submit(name, arguments), made)


def _look_away(_stage: str, _done: int, _total: int) -> None:
    """For whom the page tells."""


def _told(lines: Sequence[Skip | Note]) -> tuple[Mapping[str, str], ...]:
    return tuple({"path": one.path, "reason": one.reason} for one in lines)
