"""The worker's loop: cooperative jobs, the most urgent one steps next.

A job is a generator: it yields a progress value after every short step (a training step, an encoded
batch) and returns its result. Between two steps the loop looks at its inbox, so that a query image
waits for one step of training, not for the whole of it. The process ends with its parent, in the
middle of a step too: the next server must not meet a second writer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Generator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from curation.errors import CurationError

Job = Generator[dict[str, Any], None, dict[str, Any]]
PROGRESS_SECONDS = 0.1
PRIORITY = {
    "query": 0, "observe": 0, "teach": 1, "train": 1, "project": 1, "encode": 2,
    "take_vectors": 2, "views": 3, "map": 3, "generate": 4,
}  # fmt: skip


@dataclass
class Running:
    """A job under way."""

    number: int
    name: str
    steps: Job
    told: float = field(default=0.0)

    @property
    def rank(self) -> tuple[int, int]:
        return PRIORITY[self.name], self.number


def launch(connection: Connection, niceness: int, name: str) -> subprocess.Popen[bytes]:
    """Start a worker process that takes its jobs from ``connection``.

    A program of its own, not a multiprocessing child: those run the caller's script once more. Its
    standard input is a pipe that nobody writes to and that breaks when the caller dies. It is in a
    process group of its own: Ctrl+C at the terminal is for the caller, which then says stop.
    """
    home = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    number = connection.fileno()
    return subprocess.Popen(
        [sys.executable, "-m", __package__, str(number), str(niceness), name],
        stdin=subprocess.PIPE,
        pass_fds=(number,),
        process_group=0,
        env={
            # Threads that wait for work must not spin: decoding and the server need the cores.
            "OMP_WAIT_POLICY": "PASSIVE",
            **os.environ,
            "PYTHONPATH": f"{home}{os.pathsep}{known}" if known else home,
        },
    )


def leave_with_parent() -> None:
    """End this process at once when its parent has died; what was being written is left out."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then says stop
    threading.Thread(target=wait, name="parent", daemon=True).start()


def main(connection: Connection, niceness: int) -> None:
    """Run jobs from ``connection`` until told to stop or until the parent is gone."""
    os.nice(niceness)
    running: list[Running] = []
    threads, limited = 0, (0, 0)
    try:
        while True:
            while connection.poll(0 if running else None):
                match connection.recv():
                    case ("stop",):
                        return
                    case ("threads", count):
                        threads = count
                    case message:
                        _take(message, running)
            if running:
                limited = _limit(threads, limited)
                _step(min(running, key=lambda job: job.rank), running, connection)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _limit(threads: int, limited: tuple[int, int]) -> tuple[int, int]:
    """Apply a new limit, also after a step that has loaded modules: each library needs telling."""
    from curation.worker import jobs

    wanted = (threads, len(sys.modules))
    if threads and wanted != limited:
        jobs.limit_threads(threads)
    return wanted


def _take(message: tuple[Any, ...], running: list[Running]) -> None:
    from curation.worker import jobs  # heavy parts load on first use, not with the server

    match message:
        case ("submit", number, name, arguments):
            running.append(Running(number, name, jobs.JOBS[name](**arguments)))
        case ("cancel", number):
            for job in [job for job in running if job.number == number]:
                job.steps.close()
                running.remove(job)


def _step(job: Running, running: list[Running], connection: Connection) -> None:
    try:
        progress = next(job.steps)
    except StopIteration as stop:
        running.remove(job)
        connection.send(("done", job.number, stop.value))
        return
    except Exception as error:  # a failed job must not end the worker
        running.remove(job)
        if not isinstance(error, CurationError):
            traceback.print_exc(file=sys.stderr)
        connection.send(("failed", job.number, type(error).__name__, str(error)))
        return
    now = time.monotonic()
    if now - job.told >= PROGRESS_SECONDS:
        job.told = now
        connection.send(("progress", job.number, progress))
