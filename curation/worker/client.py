"""The server's side of a worker: submit jobs, hear of their progress, restart a dead process."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import pickle
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal, Protocol

from curation import errors
from curation.errors import CurationError
from curation.worker import process
from curation.worker.job import Steps, find

log = logging.getLogger(__name__)

BACK_OFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
STEADY_SECONDS = 60.0
ATTEMPTS = 6
"""A job whose step was under way at so many deaths is given up, however long each took: it may be
what kills."""

Progress = Callable[[Any], None]
State = Literal["idle", "starting", "ok", "down"]


class WorkerError(CurationError):
    """A job failed in the worker for a reason this package did not foresee."""


class WorkerClosed(WorkerError):
    """A job came after the worker was closed: the workspace is being closed, too."""


class Worker(Protocol):
    """What a workspace needs of a worker."""

    @property
    def state(self) -> State: ...
    @property
    def message(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    def submit(
        self, name: str, arguments: dict[str, Any], on_progress: Progress | None = None
    ) -> Future[Any]: ...
    def limit_threads(self, count: int) -> None: ...
    def close(self) -> None: ...


@dataclass
class _Order:
    """A job asked for; ``message`` is what the process is sent, pickled."""

    name: str
    message: bytes
    on_progress: Progress | None
    future: Future[Any] = field(default_factory=Future)
    deaths: int = 0


def _error(kind: str, message: str, more: Mapping[str, Any]) -> Exception:
    known = getattr(errors, kind, None)
    if isinstance(known, type) and issubclass(known, CurationError):
        error = known.__new__(known)  # UnknownName's own signature does not take a message
        Exception.__init__(error, message)
        vars(error).update(more)
        return error
    return WorkerError(f"{kind}: {message}")


class ProcessWorker:
    """Jobs in a process of their own; unfinished ones start again after the process died.

    Every job must therefore be safe to run twice. Futures and progress callbacks fire on the
    listener thread.
    """

    def __init__(self, name: str, niceness: int = 5) -> None:
        self._name = name
        self._niceness = niceness
        self._lock = threading.RLock()
        self._orders: dict[int, _Order] = {}
        self._next = 0
        self._threads: int | None = None
        self._connection: Connection | None = None
        self._stepping: int | None = None
        self._stepped = False
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._closed = threading.Event()
        self._failures = 0
        self._state: State = "idle"
        self._message = ""

    @property
    def state(self) -> State:
        return self._state

    @property
    def message(self) -> str:
        return self._message

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def submit(
        self, name: str, arguments: dict[str, Any], on_progress: Progress | None = None
    ) -> Future[Any]:
        """Queue job ``name``; the future holds its result or a CurationError.

        Raises WorkerClosed after ``close``, and what pickling raises for ``arguments`` that cannot
        be.
        """
        with self._lock:
            if self._closed.is_set():
                raise WorkerClosed(f"The {self._name} worker is closed; open the workspace again.")
            number = self._next
            message = pickle.dumps(("submit", number, name, arguments))
            order = self._orders[number] = _Order(name, message, on_progress)
            self._next += 1
            if self._connection is not None:
                self._send_bytes(message)
            elif self._state == "idle":
                self._start_first()
        return order.future

    def limit_threads(self, count: int) -> None:
        """Let the worker use ``count`` CPU threads from its next step on."""
        with self._lock:
            if count != self._threads:
                self._threads = count
                self._send(("threads", count))

    def close(self) -> None:
        """End the process; unfinished jobs are cancelled."""
        with self._lock:
            self._closed.set()
            self._send(("stop",))
            ended, listener = self._process, self._listener
            orders = list(self._orders.values())
            self._orders.clear()
        for order in orders:
            order.future.cancel()
        if ended is not None:
            process.end(ended)
        if listener is not None and listener is not threading.current_thread():
            listener.join()

    def _send(self, message: tuple[Any, ...]) -> None:
        self._send_bytes(pickle.dumps(message))

    def _send_bytes(self, message: bytes) -> None:
        if self._connection is None:
            return
        # Where the pipe is broken, the listener sees its end and restarts the process.
        with contextlib.suppress(OSError):
            self._connection.send_bytes(message)

    def _start(self) -> None:
        self._state = "starting"
        self._stepping, self._stepped = None, False
        ours, theirs = multiprocessing.Pipe()
        try:
            with theirs:
                self._process = process.launch(theirs, self._niceness, self._name)
        except OSError:
            ours.close()
            raise
        self._connection = ours
        if self._threads is not None:
            self._send(("threads", self._threads))
        for _, order in sorted(self._orders.items()):
            self._send_bytes(order.message)
        self._state, self._message = "ok", ""
        self._listener = threading.Thread(
            target=self._listen, args=(ours,), name=f"{self._name}-listener", daemon=True
        )
        self._listener.start()

    def _start_first(self) -> None:
        """Start the process, or have it tried again later where it cannot be started now."""
        try:
            self._start()
        except OSError as error:
            wait = self._told_of(error)
            threading.Thread(
                target=self._start_again, args=(wait,), name=f"{self._name}-start", daemon=True
            ).start()

    def _told_of(self, error: OSError) -> float:
        """Say that the process does not start, for want of memory or processes: there may be some
        later. Seconds until the next try."""
        wait = BACK_OFF_SECONDS[-1]
        self._state = "down"
        self._message = (
            f"The {self._name} worker does not start ({error}); it is tried again in {wait} s. "
            "Review goes on."
        )
        return wait

    def _listen(self, connection: Connection) -> None:
        started = time.monotonic()
        while True:
            try:
                self._hear(connection.recv())
            except (EOFError, OSError):
                break
        self._restart(steady=time.monotonic() - started > STEADY_SECONDS)

    def _hear(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("stepping", number):
                self._stepping, self._stepped = number, True
            case ("progress", number, progress):
                if (order := self._orders.get(number)) is not None:
                    self._tell(order, progress)
            case ("done", number, result):
                if (order := self._ended(number)) is not None:
                    order.future.set_result(result)
            case ("failed", number, kind, text, more):
                if (order := self._ended(number)) is not None:
                    order.future.set_exception(_error(kind, text, more))

    def _ended(self, number: int) -> _Order | None:
        """Take a job off; None where ``close`` did so before."""
        with self._lock:
            if self._stepping == number:
                self._stepping = None
            return self._orders.pop(number, None)

    @staticmethod
    def _tell(order: _Order, progress: Any) -> None:
        if order.on_progress is None:
            return
        try:
            order.on_progress(progress)
        except Exception:  # whoever listens must not end the listener
            log.exception("A progress report of %s was not taken.", order.name)

    def _restart(self, *, steady: bool) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            if self._closed.is_set():
                return
            ended = self._process
            code = None if ended is None else process.end(ended)
            self._failures = 0 if steady else min(self._failures + 1, len(BACK_OFF_SECONDS) - 1)
            wait = BACK_OFF_SECONDS[self._failures]
            self._state = "down"
            self._message = (
                f"The {self._name} worker stopped (exit code {code}); it restarts in {wait} s. "
                "Review goes on."
            )
            given_up = self._given_up()
        for order in given_up:
            order.future.set_exception(
                WorkerError(
                    f"The {self._name} worker stopped {ATTEMPTS} times (last exit code: {code}) "
                    f"with the job {order.name!r} under way, so that job is given up. Review goes "
                    "on; the server's output may say more, and too little memory is a usual cause."
                )
            )
        self._start_again(wait)

    def _start_again(self, wait: float) -> None:
        while not self._closed.wait(wait):
            with self._lock:
                if self._closed.is_set():
                    return
                try:
                    self._start()
                    return
                except OSError as error:
                    wait = self._told_of(error)

    def _given_up(self) -> list[_Order]:
        """Charge this death, and take off the jobs that have had too many."""
        charged = self._charged()
        for order in charged.values():
            order.deaths += 1
        over = {n: order for n, order in charged.items() if order.deaths >= ATTEMPTS}
        for number in over:
            del self._orders[number]
        return list(over.values())

    def _charged(self) -> dict[int, _Order]:
        """The jobs that may have ended the process: the one it was stepping.

        All, where the process did not live to its first step: it does not come up, and nobody
        should wait for it for ever.
        """
        if not self._stepped:
            return dict(self._orders)
        return {n: order for n, order in self._orders.items() if n == self._stepping}


class InlineWorker:
    """The same jobs in the calling process, each run to its end: for the command line and tests."""

    state: State = "ok"
    message = ""
    pid: int | None = None

    def submit(
        self, name: str, arguments: dict[str, Any], on_progress: Progress | None = None
    ) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(_drain(find(name).start(arguments), on_progress))
        except CurationError as error:
            future.set_exception(error)
        return future

    def limit_threads(self, count: int) -> None:
        """Nothing to share the processor with."""

    def close(self) -> None:
        """Nothing to end."""


def _drain(steps: Steps, on_progress: Progress | None) -> Any:
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop:
            return stop.value
        if on_progress is not None:
            on_progress(progress)
