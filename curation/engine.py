"""What happens behind the screen: take items in, project, retrain, draw the map, swap.

The engine submits jobs to the workers and reacts to their results; each reaction ends with one
assignment of a track's snapshot. It never computes anything heavy itself.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from curation.errors import CurationError, TrainingError
from curation.items.catalogue import Catalogue
from curation.items.source import Source
from curation.paths import Paths
from curation.review import snapshot as snapshots
from curation.review.track import Track
from curation.settings import FIRST_ITEMS, WorkspaceSettings
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.spaces.store import EmbeddingStore
from curation.types import BoolArray
from curation.worker.client import InlineWorker, ProcessWorker, Worker

TICK_SECONDS = 0.5
REVIEWING_SECONDS = 30.0
"""The worker leaves one core to the server for so long after an answer."""

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


@dataclass
class Run:
    """A training run under way."""

    number: int
    decisions: int
    progress: float = 0.0


@dataclass
class Lane:
    """A track with its generations and what the engine is doing for it."""

    track: Track
    generations: GenerationStore
    run: Run | None = None
    offer: int | None = None
    trouble: str = ""
    trained_at: int = 0
    mapped: tuple[int, int] | None = None

    @property
    def number(self) -> int:
        """The generation in use."""
        current = self.generations.current()
        return 0 if current is None else current.number

    @property
    def pinned(self) -> bool:
        """Whether the generation in use stays until the reviewer resumes training."""
        current = self.generations.current()
        return current is not None and current.pinned


class Engine:
    """Runs the jobs of one workspace; ``inline`` does so in the calling thread."""

    def __init__(
        self,
        paths: Paths,
        settings: WorkspaceSettings,
        catalogue: Catalogue,
        device: str,
        *,
        inline: bool,
        hidden: Callable[[], Collection[str]],
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.catalogue = catalogue
        self.device = device
        self.inline = inline
        self.intake = Intake()
        self.lanes: dict[str, Lane] = {}
        self.store: EmbeddingStore | None = None
        self.has_text = False
        self._hidden = hidden
        self._lock = threading.RLock()
        self.worker: Worker = InlineWorker() if inline else ProcessWorker("accelerator")
        self.mapper: Worker = InlineWorker() if inline else ProcessWorker("map", niceness=15)
        self._reactions = ThreadPoolExecutor(2, thread_name_prefix="reaction")
        self._closing = threading.Event()
        self._source: Source | None = None

    # --- lifetime --------------------------------------------------------------------------

    def start(self) -> None:
        """Watch for training and, in the background, for nothing else."""
        if not self.inline:
            threading.Thread(target=self._watch, name="schedule", daemon=True).start()

    def close(self) -> None:
        """Stop the workers; what they had written stays."""
        self._closing.set()
        self.worker.close()
        self.mapper.close()
        self._reactions.shutdown(wait=True, cancel_futures=True)

    def add(self, track: Track) -> Lane:
        """Take a criterion's track under care; its current generation is loaded if it can be."""
        lane = Lane(track, GenerationStore(self.paths.generations(track.name)))
        self.lanes[track.name] = lane
        if lane.generations.current() is not None:
            lane.trained_at = lane.generations.read(lane.generations.latest() or 0).log_position
        if self.store is not None and len(self.store):
            self._show(lane, len(self.store))
        return lane

    # --- items in --------------------------------------------------------------------------

    def reopen_store(self) -> None:
        """Use the embeddings already on disk for this encoder, if any."""
        found = shelf.find(self.paths.embeddings, self._spec())
        if found is not None:
            self.store = found

    def take_in(self, source: Source) -> None:
        """Scan the source, embed what is new, show it; returns at once unless inline."""
        self._source = source
        self.intake = Intake(stage="scanning")
        if self.inline:
            self._scan_and_encode(source)
        else:
            threading.Thread(
                target=self._scan_and_encode, args=(source,), name="intake", daemon=True
            ).start()

    def _scan_and_encode(self, source: Source) -> None:
        try:
            rows = self._scan(source)
            self._encode(source, rows)
        except CurationError as error:
            self.intake.message = str(error)
            self.intake.stage = "failed"
            if self.inline:
                raise

    def _scan(self, source: Source) -> Mapping[str, int]:
        def scanned(done: int, total: int) -> None:
            self.intake.done, self.intake.total = done, total

        report = self.catalogue.scan(source, scanned)
        self.catalogue.save(self.paths.catalogue)
        self.intake.unreadable = [{"path": s.path, "reason": s.reason} for s in report.skipped]
        return report.rows

    def _encode(self, source: Source, rows: Mapping[str, int]) -> None:
        self.intake.stage, self.intake.done = "encoding", 0
        skipped = list(self.intake.unreadable)
        shown = False

        def embedded(step: dict[str, Any]) -> None:
            nonlocal shown
            self._take_store(step)
            self.intake.done, self.intake.total = step["done"], step["total"]
            self.intake.unreadable = skipped + step["failed"]
            if FIRST_ITEMS <= step["done"] < step["total"] and not shown:
                shown = True
                self._react(self._project_all)

        if source.vectors is not None:
            future = self.worker.submit("take_vectors", self._vectors(rows), embedded)
        else:
            future = self.worker.submit("encode", self._encoding(), embedded)
        result = future.result()
        self._take_store(result)
        self.intake.unreadable = skipped + result["failed"]
        self.intake.stage = "ready"
        self._project_all()
        if source.vectors is None:
            self._embed_views()

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
            "spec": self._spec(),
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

    def _take_store(self, step: dict[str, Any]) -> None:
        folder = self.paths.store(step["fingerprint"])
        self.has_text = bool(step.get("has_text", False))
        with self._lock:
            if self.store is None or self.store.folder != folder:
                self.store = shelf.open_store(folder)

    # --- spaces ----------------------------------------------------------------------------

    def _project_all(self) -> None:
        for lane in list(self.lanes.values()):
            self.project(lane)

    def _show_all(self) -> None:
        for lane in list(self.lanes.values()):
            if lane.track.snapshot is not None:
                self._show(lane, lane.track.snapshot.n_items)

    def project(self, lane: Lane) -> None:
        """Compute the space of the lane's current generation for all items embedded so far."""
        if self.store is None:
            return
        self.store.refresh()
        if not len(self.store):
            return
        number = lane.number
        arguments = {
            "root": self._root,
            "fingerprint": self.store.folder.name,
            "criterion": lane.track.name,
            "number": number,
            "encoder": self._spec(),
        }

        def projected(future: Future[Any]) -> None:
            result = self._result(lane, future)
            if result is not None:
                if lane.generations.current() is None:
                    lane.generations.set_current(0, pinned=False)
                self._show(lane, result["n_items"])

        self._after(self.worker.submit("project", arguments), projected)

    def _show(self, lane: Lane, n_items: int) -> None:
        """Swap the lane's current generation in, then draw its counted queues and its map."""
        if self.store is None or lane.generations.current() is None:
            return
        number = lane.number
        try:
            self.store.refresh()
            new = snapshots.load(lane.generations, number, n_items, self.store)
        except FileNotFoundError:
            self.project(lane)
            return
        lane.track.adopt(new, self.eligible(new.space.item_ids))
        if self.inline:
            return  # no screen to draw queues and a map for
        self._react(lane.track.fill_pools)
        if new.layout is None:
            self._draw_map(lane, number, n_items)

    def _draw_map(self, lane: Lane, number: int, n_items: int) -> None:
        if lane.mapped == (number, n_items):
            return
        lane.mapped = (number, n_items)
        arguments = {
            "root": self._root,
            "criterion": lane.track.name,
            "number": number,
            "n_items": n_items,
        }

        def drawn(future: Future[Any]) -> None:
            if self._result(lane, future) is None:
                return
            with lane.track.lock:
                shown = lane.track.snapshot
                if shown is None or shown.generation.number != number or shown.n_items != n_items:
                    return
                points = lane.generations.array(number, "layout", n_items)
                lane.track.snapshot = replace(shown, layout=points)
                lane.track.version += 1

        self._after(self.mapper.submit("map", arguments), drawn)

    def eligible(self, ids: Iterable[str]) -> BoolArray:
        """Which items may be proposed: present, not excluded, not held back."""
        hidden = self._hidden()
        known = self.catalogue.position
        items = self.catalogue.items
        return np.array(
            [i in known and items[known[i]].present and i not in hidden for i in ids], np.bool_
        )

    def refresh_eligible(self) -> None:
        """Apply a changed exclusion to every track."""
        for lane in list(self.lanes.values()):
            shown = lane.track.snapshot
            if shown is not None:
                with lane.track.lock:
                    lane.track.eligible = self.eligible(shown.space.item_ids)
                    lane.track.void()
                    lane.track.version += 1

    # --- training --------------------------------------------------------------------------

    def train(self, lane: Lane, objective: str | None = None) -> Future[Any] | None:
        """Start a training run on all decisions so far; None where one is under way."""
        with self._lock:
            if lane.run is not None or self.store is None or lane.track.snapshot is None:
                return None
            parent = lane.number
            number = (lane.generations.latest() or 0) + 1
            position = lane.track.position
            lane.run = Run(number, len(lane.track.implications.decisions))
            lane.trained_at = position
        arguments = {
            "root": self._root,
            "fingerprint": self.store.folder.name,
            "criterion": lane.track.name,
            "encoder": self._spec(),
            "objective": objective or lane.track.settings.objective,
            "parent": parent,
            "number": number,
            "log_position": position,
            "device": self.device,
        }
        run = lane.run

        def stepped(step: dict[str, Any]) -> None:
            run.progress = step["progress"]

        def trained(future: Future[Any]) -> None:
            lane.run = None
            result = self._result(lane, future)
            if result is not None:
                self._trained(lane, result)
            lane.track.version += 1

        future = self.worker.submit("train", arguments, stepped)
        self._after(future, trained)
        return future

    def _trained(self, lane: Lane, result: dict[str, Any]) -> None:
        if result["metrics"]["adopt"]:
            self.use(lane, result["number"], pinned=False)
        else:
            lane.offer = result["number"]

    def use(self, lane: Lane, number: int, *, pinned: bool) -> None:
        """Make a generation the current one."""
        if number not in lane.generations.numbers():
            known = ", ".join(map(str, lane.generations.numbers())) or "none yet"
            raise TrainingError(f"No generation {number}; there are {known}.")
        lane.generations.set_current(number, pinned=pinned)
        lane.offer = None
        self._show(lane, len(self.store) if self.store is not None else 0)

    def due(self, lane: Lane, now: float) -> bool:
        """True where enough new decisions, or a pause after some, ask for a training run."""
        settings, track = lane.track.settings, lane.track
        new = track.position - lane.trained_at
        if new <= 0 or lane.run or lane.offer is not None or lane.pinned:
            return False
        if new >= settings.every_decisions:
            return True
        return now - track.pace.last_answer >= settings.idle_seconds

    def _watch(self) -> None:
        cores = os.cpu_count() or 1
        while not self._closing.wait(TICK_SECONDS):
            now = time.monotonic()
            lanes = list(self.lanes.values())
            reviewing = any(
                lane.track.pace.answered and now - lane.track.pace.last_answer < REVIEWING_SECONDS
                for lane in lanes
            )
            self.worker.limit_threads(max(1, cores - 1) if reviewing else cores)
            for lane in lanes:
                if self.due(lane, now):
                    self.train(lane)

    def query(self, criterion: str, number: int, **what: Any) -> Future[Any]:
        """Embed one image or text in the space of a generation, ahead of all other jobs."""
        arguments = {"root": self._root, "spec": self.settings.encoder, "device": self.device}
        return self.worker.submit(
            "query", {**arguments, "criterion": criterion, "number": number, **what}
        )

    # --- plumbing --------------------------------------------------------------------------

    @property
    def _root(self) -> str:
        return str(self.paths.root)

    def _spec(self) -> str:
        if self.settings.embeddings:
            return f"vectors:{self.settings.embeddings}"
        return self.settings.encoder

    def _react(self, action: Callable[[], None]) -> None:
        if self.inline:
            action()
            return
        if not self._closing.is_set():
            self._reactions.submit(self._guarded, action)

    @staticmethod
    def _guarded(action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:
            log.exception("A background step failed; review goes on.")

    def _after(self, future: Future[Any], then: Callable[[Future[Any]], None]) -> None:
        if self.inline:
            then(future)
            return
        future.add_done_callback(lambda ended: self._react(lambda: then(ended)))

    def _result(self, lane: Lane, future: Future[Any]) -> dict[str, Any] | None:
        if future.cancelled():
            return None
        error = future.exception()
        if error is None:
            lane.trouble = ""
            result: dict[str, Any] = future.result()
            return result
        lane.trouble = str(error)
        if self.inline:
            raise error
        log.warning("%s", error)
        return None
