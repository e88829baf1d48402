"""Sessions: learn from picks, and show items that a robot has just seen."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from curation.engine.lane import Lane, Run
from curation.engine.training import Trains


class Teaches(Trains):
    """The part of the engine that serves teaching sessions."""

    def train(self, lane: Lane, objective: str | None = None) -> Future[Any] | None:
        """Start a training run; a criterion taught in a session learns from its picks."""
        if lane.picks is None:
            return super().train(lane, objective)
        bins = {name: list(items) for name, items in lane.picks().items() if items}
        with self._lock:
            if not bins or lane.run or self.store is None or lane.track.snapshot is None:
                return None
            parent, number = lane.number, (lane.generations.latest() or 0) + 1
            decisions = len(lane.track.implications.decisions)
            run = lane.run = Run(number, decisions)
            lane.trained_at = lane.track.position
        arguments = {
            "root": self._root,
            "fingerprint": self.store.folder.name,
            "criterion": lane.track.name,
            "encoder": self._spec(),
            "parent": parent,
            "number": number,
            "log_position": lane.trained_at,
            "n_decisions": decisions,
            "bins": bins,
        }
        return self._order(
            lane, run, "teach", arguments, lambda result: self._trained(lane, result, parent)
        )

    def observe(self, lane: Lane, item: str, file: Path | None) -> Future[Any]:
        """Vector of an item in the lane's space, ahead of training; embeds it if it is new."""
        arguments = {
            "root": self._root,
            "spec": self._spec(),
            "device": self.device,
            "criterion": lane.track.name,
            "number": lane.number,
            "item": item,
            "file": None if file is None else str(file),
        }
        return self.worker.submit("observe", arguments)

    def extend(self, lane: Lane) -> None:
        """Show the items that were embedded since the space was made, one projection at a time."""
        if self.store is None:
            self.reopen_store()
        with self._lock:
            if lane.extending or self.store is None:
                return
            self.store.refresh()
            shown = lane.track.snapshot
            if shown is not None and shown.n_items >= len(self.store):
                return
            lane.extending = True
        arguments = {
            "root": self._root,
            "fingerprint": self.store.folder.name,
            "criterion": lane.track.name,
            "number": lane.number,
            "encoder": self._spec(),
        }

        def extended(future: Future[Any]) -> None:
            lane.extending = False
            result = self._result(lane, future)
            if result is None:
                return
            if lane.generations.current() is None:
                lane.generations.set_current(0, pinned=False)
            self._show(lane, result["n_items"])
            self.extend(lane)

        self._after(self.worker.submit("project", arguments), extended)

    def finish(self, lane: Lane) -> None:
        """A session has ended: draw the queues and the map of its space."""
        lane.picks = None
        if lane.track.snapshot is not None:
            self._show(lane, lane.track.snapshot.n_items)
