"""The workers of a workspace, and how their results become what is shown.

Jobs are submitted, and each reaction to a result ends with one assignment of a track's snapshot.
Nothing heavy is computed here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from curation.engine.lane import Lane
from curation.engine.seen import Seen
from curation.items.catalogue import Catalogue
from curation.paths import Paths
from curation.review import snapshot as snapshots
from curation.review.track import Track
from curation.settings import WorkspaceSettings
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.types import BoolArray
from curation.worker.client import InlineWorker, ProcessWorker, Worker, WorkerClosed

log = logging.getLogger(__name__)


class Core(Seen):
    """Workers, the embedding store and the shown spaces of one workspace."""

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
        super().__init__(paths, settings, catalogue)
        self.device = device
        self.inline = inline
        self.lanes: dict[str, Lane] = {}
        self.has_text = False
        self._hidden = hidden
        self._lock = threading.RLock()
        self.worker: Worker = InlineWorker() if inline else ProcessWorker("accelerator")
        self.mapper: Worker = InlineWorker() if inline else ProcessWorker("map", niceness=15)
        self._reactions = ThreadPoolExecutor(2, thread_name_prefix="reaction")
        self._closing = threading.Event()

    # --- lifetime --------------------------------------------------------------------------

    def close(self) -> None:
        """Stop the workers; what they had written stays."""
        self._closing.set()
        self.worker.close()
        self.mapper.close()
        self._reactions.shutdown(wait=True, cancel_futures=True)

    def add(self, track: Track) -> Lane:
        """Take a criterion's track under care; its current generation is loaded if it can be."""
        lane = Lane(track, GenerationStore(self.paths.generations(track.name)))
        track.later = None if self.inline else self._react
        track.drawer.columns, track.drawer.second = self.columns, self.second
        track.drawer.synthetic = self.synthetic
        self.lanes[track.name] = lane
        lane.recall()
        if self.store is not None and len(self.store):
            self._show(lane, len(self.store))
        return lane

    def reopen_store(self) -> None:
        """Use the embeddings already on disk for this encoder, if any."""
        found = shelf.find(self.paths.embeddings, self._spec())
        if found is not None:
            self.store = found

    # --- spaces ----------------------------------------------------------------------------

    def _bring_up_all(self) -> None:
        """Show all items embedded so far; what is on disk already is not computed again."""
        for lane in list(self.lanes.values()):
            if self.store is None or lane.generations.current() is None:
                self.project(lane)
            else:
                self.store.refresh()
                self._show(lane, len(self.store))

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
        try:
            with lane.showing:  # of two generations loaded at once, the one in use comes last
                self.store.refresh()
                new = snapshots.load(lane.generations, lane.number, n_items, self.store)
                shown = lane.track.snapshot
                if new.layout is None and shown is not None and shown.n_items <= n_items:
                    new = replace(new, layout=shown.layout, layout_of=shown.layout_of)
                lane.track.adopt(new, self.eligible(new.space.item_ids))
        except FileNotFoundError:
            self.project(lane)
            return
        losses, number = lane.track.ledger.losses, new.generation.number
        self._react(lambda: losses.keep(number, lane.generations))
        if self.inline or lane.picks is not None:
            return  # no screen to draw queues and a map for
        self._react(lane.track.prepare)
        self._draw_map(lane)

    def _draw_map(self, lane: Lane) -> None:
        """Have the map of what is shown drawn, one at a time: training may outrun the drawing."""
        with lane.track.lock:
            shown = lane.track.snapshot
            if shown is None or shown.mapped or lane.drawing:
                return
            lane.drawing.add(shown.generation.number)
        self._draw(lane, shown.generation.number, shown.n_items)

    def _draw(self, lane: Lane, number: int, n_items: int) -> None:
        """Draw the map of a generation, then of what is shown if that had to wait."""
        arguments = {
            "root": self._root,
            "criterion": lane.track.name,
            "number": number,
            "n_items": n_items,
        }

        def drawn(future: Future[Any]) -> None:
            lane.drawing.discard(number)
            overtaken = self._place_map(lane, number, n_items, future)
            lane.track.version += 1
            if overtaken:
                self._draw_map(lane)

        self._after(self.mapper.submit("map", arguments), drawn)

    def _place_map(self, lane: Lane, number: int, n_items: int, future: Future[Any]) -> bool:
        """Show a map that was drawn; whether meanwhile another generation is shown."""
        with lane.track.lock:
            shown = lane.track.snapshot
            if shown is None:
                return False
            overtaken = (shown.generation.number, shown.n_items) != (number, n_items)
            if future.cancelled() or (overtaken and future.exception() is not None):
                return overtaken
            if self._result(lane, future) is None:
                return False
            points = lane.generations.array(number, "layout", n_items)
            if points is None or shown.mapped or len(points) > shown.n_items:
                return overtaken
            if not overtaken or number not in lane.compared[1:]:  # a trial stands in for none
                lane.track.snapshot = replace(shown, layout=points, layout_of=number)
            return overtaken

    def eligible(self, ids: Iterable[str]) -> BoolArray:
        """Which items may be proposed: present, not excluded, not held back."""
        hidden = self._hidden()
        items = map(self.catalogue.get, ids)
        return np.array(
            [i is not None and i.present and i.id not in hidden for i in items], np.bool_
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
        return "vectors" if self.settings.embeddings else self.settings.encoder

    def _react(self, action: Callable[[], None]) -> None:
        if self.inline:
            action()
            return
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._reactions.submit(self._guarded, action)

    @staticmethod
    def _guarded(action: Callable[[], None]) -> None:
        try:
            action()
        except WorkerClosed:  # the next start goes on from what is on disk
            log.debug("A background step was left out: the workspace is being closed.")
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
