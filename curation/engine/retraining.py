"""When to retrain, and what becomes of a new generation."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from curation.criterion import Criterion
from curation.criterion.retraining import Run
from curation.engine.backend import Backend
from curation.engine.map_drawing import MapDrawing
from curation.engine.projecting import Projecting

TICK_SECONDS = 0.5
KEPT = 3
"""Newest generations whose spaces stay on disk, beside the first and the one in use."""
REVIEWING_SECONDS = 30.0
"""The worker leaves one core to the server for so long after an answer."""

Then = Callable[[dict[str, Any]], None]


class Retrainer:
    """Submits training runs, in time by itself once it has been started."""

    def __init__(
        self,
        backend: Backend,
        criteria: Mapping[str, Criterion],
        projecting: Projecting,
        maps: MapDrawing,
    ) -> None:
        self._backend = backend
        self._criteria = criteria
        self._projecting = projecting
        self._maps = maps
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._limits: threadpool_limits | None = None

    # --- the schedule ----------------------------------------------------------------------

    def start(self) -> None:
        """Watch for training that is due, in the background; inline, nothing trains by itself."""
        if self._backend.inline:
            return
        # Proposals are drawn beside requests; the worker has the other cores.
        self._limits = threadpool_limits(1)
        self._thread = threading.Thread(target=self._watch, name="schedule", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; the calling process computes with as many threads as before."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        if self._limits is not None:
            self._limits.restore_original_limits()

    def _watch(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self._backend.reactions.guarded(self._tick)

    def _tick(self) -> None:
        cores = os.cpu_count() or 1
        now = time.monotonic()
        criteria = list(self._criteria.values())
        paces = [criterion.answering.pace for criterion in criteria]
        reviewing = any(
            pace.answered and now - pace.last_answer < REVIEWING_SECONDS for pace in paces
        )
        self._backend.accelerator.limit_threads(max(1, cores - 1) if reviewing else cores)
        for criterion in criteria:
            if self.is_due(criterion, now):
                self.train(criterion)

    def is_due(self, criterion: Criterion, now: float) -> bool:
        """Whether a criterion that is not deleted asks for a training run."""
        return not criterion.deleted and criterion.retraining.due(now)

    def train_if_due(self, criterion: Criterion) -> None:
        """Start a run where one is due, without waiting for the next look at the clock."""
        if not self._backend.inline and self.is_due(criterion, time.monotonic()):
            self.train(criterion)

    # --- runs ------------------------------------------------------------------------------

    def train(self, criterion: Criterion, objective: str | None = None) -> Future[Any] | None:
        """Start a training run on all decisions so far, or from the picks of a session; None where
        a run is under way, or there is nothing to train on."""
        if criterion.learns_picks():
            return self._teach(criterion)
        parent, position = criterion.retraining.number, criterion.answering.position
        run = self._start(criterion, position, len(criterion.answering.decisions()))
        if run is None:
            return None
        arguments = {
            "objective": objective or criterion.settings.objective,
            "parent": parent,
            "log_position": position,
            "device": self._backend.device,
            "rival": None,
        }
        return self._submit(criterion, run, "train", arguments, self._adopts(criterion, parent))

    def _teach(self, criterion: Criterion) -> Future[Any] | None:
        bins = {name: list(items) for name, items in criterion.taught().items() if items}
        parent, position = criterion.retraining.number, criterion.answering.position
        decisions = len(criterion.answering.decisions())
        run = self._start(criterion, position, decisions) if bins else None
        if run is None:
            return None
        arguments = {
            "parent": parent,
            "log_position": position,
            "n_decisions": decisions,
            "bins": bins,
        }
        return self._submit(criterion, run, "teach", arguments, self._adopts(criterion, parent))

    def try_objective(self, criterion: Criterion, objective: str) -> Future[Any] | None:
        """Train a trial: what the generation in use would be by another objective, from the same
        start and the same decisions. None where a run is under way."""
        rival = criterion.generations.read(criterion.retraining.number)
        start, position, decisions = rival.parent, rival.log_position, rival.n_decisions
        if start is None or start not in criterion.generations.numbers():
            # Made of no answers, or of a space that is gone: the trial learns all.
            start, position = rival.number, criterion.answering.position
            decisions = len(criterion.answering.decisions())
        run = self._start(criterion, position, decisions, trial=objective)
        if run is None:
            return None
        arguments = {
            "objective": objective,
            "parent": start,
            "log_position": position,
            "device": self._backend.device,
            "rival": rival.number,
        }

        def tried(result: dict[str, Any]) -> None:
            criterion.retraining.compare(result["number"])
            self._maps.draw_compared(criterion)

        return self._submit(criterion, run, "train", arguments, tried)

    def _start(
        self, criterion: Criterion, position: int, decisions: int, trial: str | None = None
    ) -> Run | None:
        if self._backend.embeddings.store is None or criterion.showing.snapshot is None:
            return None
        return criterion.retraining.start(position, decisions, trial)

    def _submit(
        self, criterion: Criterion, run: Run, job: str, arguments: dict[str, Any], then: Then
    ) -> Future[Any]:
        """Submit a job that makes a generation; ``then`` gets its result."""
        tell = criterion.retraining.tell

        def stepped(step: dict[str, Any]) -> None:
            run.at(step["progress"])

        def ended(future: Future[Any]) -> None:
            try:
                result = self._backend.reactions.result(future, tell)
                if result is not None:
                    then(result)
            finally:
                criterion.retraining.end()

        asked = {**self._backend.making(criterion), "number": run.number, **arguments}
        try:
            future = self._backend.accelerator.submit(job, asked, stepped)
        except BaseException:  # inline, the job itself may be interrupted
            criterion.retraining.end()
            raise
        self._backend.reactions.after(future, ended, tell)
        return future

    def _adopts(self, criterion: Criterion, parent: int) -> Then:
        """Shows what was trained, or offers it; a generation chosen meanwhile is left alone."""

        def trained(result: dict[str, Any]) -> None:
            if not result["metrics"]["adopt"]:
                criterion.retraining.offer_if(parent, result["number"])
            elif criterion.retraining.adopt_if(parent, result["number"]):
                self._show(criterion)

        return trained

    # --- the generation in use -------------------------------------------------------------

    def use(self, criterion: Criterion, number: int, *, pinned: bool) -> None:
        """Use and show a generation; TrainingError where there is none of that number."""
        criterion.retraining.use(number, pinned=pinned)
        self._show(criterion)

    def accept_offer(
        self, criterion: Criterion, *, accept: bool, number: int | None = None
    ) -> None:
        """Use and show the generation on offer, or keep the current one; CurationError where none
        is on offer, or another than the ``number`` that was meant."""
        if criterion.retraining.accept_offer(accept, number):
            self._show(criterion)

    def _show(self, criterion: Criterion) -> None:
        """Show the generation in use; the large files of old ones go, which can be made again.

        Those of what is still shown stay: groups and moves are made of them.
        """
        keep, shown = criterion.retraining.to_keep(KEPT), criterion.showing.snapshot
        if shown is not None:
            keep.add(shown.generation.number)
        for number in set(criterion.generations.numbers()) - keep:
            criterion.generations.thin(number)
        self._projecting.bring_up(criterion)
