"""The worker's loop: cooperative jobs, the most urgent one steps next.

Now and then it is the one that has waited longest, so that items come in also beside sessions that
train without a pause. Jobs of one rank always run one after the other, as they came.

Between two steps the loop looks at its inbox, so that a query image waits for one step of training,
not for the whole of it. Whatever goes wrong with one job fails that job only.
"""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from curation.errors import CurationError, UnknownName
from curation.worker.job import Job, Steps, find
from curation.worker.threads import limit_threads

PROGRESS_SECONDS = 0.1
PATIENCE = 3
"""After so many jobs have ended, the one that has waited longest takes a step."""


@dataclass(eq=False)
class _Running:
    """A job under way; ``told`` is when its progress was last reported."""

    number: int
    job: Job
    arguments: Mapping[str, Any]
    steps: Steps | None = None
    told: float = 0.0

    @property
    def rank(self) -> tuple[int, int]:
        return self.job.rank, self.number

    def step(self) -> dict[str, Any]:
        """Progress after one more step; StopIteration holds the result."""
        if self.steps is None:
            self.steps = self.job.start(self.arguments)
        return next(self.steps)


class Loop:
    """Runs the jobs that come over a connection; ``curation.worker.process`` says the messages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._running: list[_Running] = []  # the one that has waited longest for a step first
        self._ended = 0
        self._stepping: int | None = None
        self._threads = 0
        self._limited = (0, 0)

    def run(self) -> None:
        """Work until told to stop or until the parent is gone."""
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
            while self._listen():
                if self._running:
                    self._step(self._next())

    def _listen(self) -> bool:
        """Take what is in the inbox, waiting for it where nothing runs; False to stop."""
        while self._connection.poll(0 if self._running else None):
            match self._connection.recv():
                case ("stop",):
                    return False
                case ("threads", count):
                    self._threads = count
                case ("submit", number, name, arguments):
                    self._take(number, name, arguments)
        return True

    def _next(self) -> _Running:
        if self._ended < PATIENCE:
            return min(self._running, key=lambda one: one.rank)
        self._ended = 0
        first: dict[int, int] = {}  # those of one rank write the same files: one after the other
        for one in self._running:
            first[one.job.rank] = min(one.number, first.get(one.job.rank, one.number))
        return next(one for one in self._running if one.number == first[one.job.rank])

    def _take(self, number: int, name: str, arguments: Mapping[str, Any]) -> None:
        try:
            self._running.append(_Running(number, find(name), arguments))
        except UnknownName as error:
            self._fail(number, error)

    def _step(self, running: _Running) -> None:
        self._running.remove(running)
        self._running.append(running)
        if running.number != self._stepping:  # told before the step: it may end this process
            self._stepping = running.number
            self._connection.send(("stepping", running.number))
        try:
            self._limit_threads()
            progress = running.step()
        except StopIteration as stop:
            self._tell(("done", running.number, stop.value))
            self._end(running.number)
        except (Exception, SystemExit) as error:  # a failed job must not end the worker
            self._fail(running.number, error)
        else:
            self._report(running, progress)

    def _limit_threads(self) -> None:
        """Apply a new limit, also after a step that has loaded modules: each needs telling."""
        wanted = (self._threads, len(sys.modules))
        if self._threads and wanted != self._limited:
            limit_threads(self._threads)
        self._limited = wanted

    def _report(self, running: _Running, progress: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - running.told >= PROGRESS_SECONDS:
            running.told = now
            self._tell(("progress", running.number, progress))

    def _tell(self, message: tuple[Any, ...]) -> None:
        """Send what a job gave; where it cannot be pickled, the job has failed."""
        try:
            self._connection.send(message)
        except OSError:  # the parent is gone
            raise
        except Exception as error:
            self._fail(message[1], error)

    def _fail(self, number: int, error: BaseException) -> None:
        known = isinstance(error, CurationError)
        if not known:
            traceback.print_exception(error, file=sys.stderr)
        more = vars(error) if known else {}
        self._connection.send(("failed", number, type(error).__name__, str(error), more))
        self._end(number)

    def _end(self, number: int) -> None:
        self._running = [one for one in self._running if one.number != number]
        self._ended += 1
        if self._stepping == number:
            self._stepping = None
