"""When to retrain, and what becomes of a new generation."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from curation.engine.core import Core
from curation.engine.lane import Lane, Run
from curation.errors import CurationError, TrainingError

TICK_SECONDS = 0.5
KEPT = 3
"""Newest generations whose spaces stay on disk, beside the first and the one in use."""
REVIEWING_SECONDS = 30.0
"""The worker leaves one core to the server for so long after an answer."""


class Trains(Core):
    """The part of the engine that trains."""

    def start(self) -> None:
        """Watch for training and, in the background, for nothing else."""
        if not self.inline:
            threadpool_limits(1)  # proposals are drawn beside requests; the worker has the rest
            threading.Thread(target=self._watch, name="schedule", daemon=True).start()

    def train(self, lane: Lane, objective: str | None = None) -> Future[Any] | None:
        """Start a training run on all decisions so far; None where one is under way."""
        parent = lane.number
        chosen = objective or lane.track.settings.objective
        position = lane.track.position

        def trained(result: dict[str, Any]) -> None:
            self._trained(lane, result, parent)

        decisions = len(lane.track.implications.decisions)
        return self._run(lane, chosen, parent, position, decisions, trained)

    def try_objective(self, lane: Lane, objective: str) -> Future[Any] | None:
        """Train a trial: what the generation in use would be by another objective, from the same
        start and the same decisions. None where a run is under way."""
        rival = lane.generations.read(lane.number)
        start = rival.number if rival.parent is None else rival.parent
        first = rival.parent is None  # made of no answers: the trial learns all
        position = lane.track.position if first else rival.log_position
        decisions = len(lane.track.implications.decisions) if first else rival.n_decisions

        def tried(result: dict[str, Any]) -> None:
            lane.trial = lane.generations.read(result["number"])
            self.draw_trial(lane)

        return self._run(lane, objective, start, position, decisions, tried, rival.number)

    def _run(
        self,
        lane: Lane,
        objective: str,
        parent: int,
        position: int,
        decisions: int,
        then: Callable[[dict[str, Any]], None],
        rival: int | None = None,
    ) -> Future[Any] | None:
        """Submit one training run on the ``decisions`` up to ``position``; ``then`` gets its
        result."""
        with self._lock:
            if lane.run is not None or self.store is None or lane.track.snapshot is None:
                return None
            number = (lane.generations.latest() or 0) + 1
            run = lane.run = Run(number, decisions, trial=None if rival is None else objective)
            if rival is None:
                lane.trained_at = position
        arguments = {
            "root": self._root,
            "fingerprint": self.store.folder.name,
            "criterion": lane.track.name,
            "encoder": self._spec(),
            "objective": objective,
            "parent": parent,
            "number": number,
            "log_position": position,
            "device": self.device,
            "rival": rival,
        }
        return self._order(lane, run, "train", arguments, then)

    def _order(
        self,
        lane: Lane,
        run: Run,
        job: str,
        arguments: dict[str, Any],
        then: Callable[[dict[str, Any]], None],
    ) -> Future[Any]:
        """Submit a job that makes a generation; ``then`` gets its result."""

        def stepped(step: dict[str, Any]) -> None:
            run.progress = step["progress"]

        def ended(future: Future[Any]) -> None:
            try:
                result = self._result(lane, future)
                if result is not None:
                    then(result)
            finally:
                lane.run = None
                lane.track.version += 1

        try:
            future = self.worker.submit(job, arguments, stepped)
        except CurationError:
            lane.run = None
            raise
        self._after(future, ended)
        return future

    def draw_trial(self, lane: Lane) -> None:
        """Have the maps drawn that a trial and its rival lack; one that fails is left out."""
        for number in () if self.inline else lane.compared:
            vectors = lane.generations.newest(number, "vectors")
            with lane.track.lock:
                drawn = lane.generations.newest(number, "layout") is not None
                if vectors is None or drawn or number in lane.drawing | lane.asked:
                    continue
                lane.drawing.add(number)
                lane.asked.add(number)
            self._draw(lane, number, len(vectors))

    def _trained(self, lane: Lane, result: dict[str, Any], parent: int) -> None:
        """Show what was trained, or offer it; a generation chosen meanwhile is left alone."""
        if lane.pinned or lane.number != parent:
            return
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
        lane.trained_at = lane.generations.read(number).log_position
        lane.offer = None
        self._thin(lane)
        self._show(lane, len(self.store) if self.store is not None else 0)

    def _thin(self, lane: Lane) -> None:
        """Keep the spaces of the newest generations only; others are projected when asked for."""
        keep = {0, lane.number, *lane.generations.numbers()[-KEPT:]}
        for number in set(lane.generations.numbers()) - keep:
            lane.generations.thin(number)

    def due(self, lane: Lane, now: float) -> bool:
        """True where enough new decisions, or a pause after some, ask for a training run."""
        settings, track = lane.track.settings, lane.track
        if track.position <= lane.trained_at or lane.run or lane.offer is not None or lane.pinned:
            return False
        if not lane.teaches():
            return False
        if lane.new_decisions() >= settings.every_decisions:
            return True
        return now - track.pace.last_answer >= settings.idle_seconds

    def _watch(self) -> None:
        while not self._closing.wait(TICK_SECONDS):
            self._guarded(self._tick)

    def _tick(self) -> None:
        cores = os.cpu_count() or 1
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
