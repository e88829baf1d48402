from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import until

from curation.errors import SourceError, TrainingError
from curation.worker import client, process
from curation.worker.client import InlineWorker, ProcessWorker, WorkerClosed, WorkerError

ROOT = Path(__file__).resolve().parents[3]
MISSING: dict[str, Any] = {"criterion": "c", "number": 3, "n_items": 5}


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.fixture
def vectors(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "v.npz"
    np.savez(file, F=np.eye(6, dtype=np.float32), files=np.array(list("abcdef")))
    ids = [f"{number:032x}" for number in range(6)]
    return {"root": str(tmp_path), "file": str(file), "ids": ids, "rows": list(range(6))}


@pytest.fixture
def worker() -> Iterator[ProcessWorker]:
    made = ProcessWorker("test")
    yield made
    made.close()


def broken_launch(code: str) -> Callable[..., subprocess.Popen[bytes]]:
    def launch(connection: Connection, niceness: int, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            pass_fds=(connection.fileno(),),
        )

    return launch


def test_a_worker_runs_jobs_reports_errors_and_survives_a_kill(
    worker: ProcessWorker, vectors: dict[str, Any]
) -> None:
    assert worker.state == "idle"
    assert worker.pid is None
    told: list[Any] = []

    def listener(progress: Any) -> None:
        told.append(progress)
        raise ValueError("a listener's own trouble")

    done = worker.submit("take_vectors", vectors, listener).result(120)
    assert done["embedded"] == 6
    assert told == [{**{k: done[k] for k in ("fingerprint", "failed")}, "done": 6, "total": 6}]
    with pytest.raises(TrainingError, match="no space for 5 items"):
        worker.submit("map", {"root": vectors["root"], **MISSING}).result(120)
    with pytest.raises(SourceError, match="does not exist"):
        worker.submit("take_vectors", {**vectors, "file": "/nowhere.npz"}).result(120)
    with pytest.raises(WorkerError, match="ValueError"):  # a bug in a job does not end the worker
        worker.submit("take_vectors", {**vectors, "rows": [1]}).result(120)

    first = worker.pid
    assert first is not None
    assert os.getpgid(first) == first  # so that Ctrl+C at the terminal does not reach it
    os.kill(first, signal.SIGKILL)
    until(lambda: worker.pid != first and worker.state == "ok", "a new process")
    assert gone(first)
    worker.limit_threads(1)
    assert worker.submit("take_vectors", vectors).result(120)["embedded"] == 6


def test_a_job_under_way_at_a_kill_runs_again(
    worker: ProcessWorker, vectors: dict[str, Any]
) -> None:
    future = worker.submit("take_vectors", vectors)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert future.result(120)["embedded"] == 6


def test_a_job_that_always_ends_the_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACK_OFF_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(client, "ATTEMPTS", 3)
    monkeypatch.setattr(process, "launch", broken_launch("raise SystemExit(7)"))
    worker = ProcessWorker("test")
    try:
        future = worker.submit("query", {})
        with pytest.raises(WorkerError, match=r"3 times \(last exit code: 7\).*given up"):
            future.result(120)
    finally:
        worker.close()


def test_the_state_says_that_the_worker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACK_OFF_SECONDS", (600.0, 600.0))
    monkeypatch.setattr(process, "launch", broken_launch("raise SystemExit(3)"))
    worker = ProcessWorker("test")
    future = worker.submit("query", {})
    until(lambda: worker.state == "down", "the worker is down")
    assert "exit code 3" in worker.message
    assert "restarts in 600" in worker.message
    worker.close()  # does not wait for the pause to end
    with pytest.raises(CancelledError):
        future.result(0)


def test_close_cancels_what_is_waiting_and_takes_nothing_more(vectors: dict[str, Any]) -> None:
    worker = ProcessWorker("test")
    future = worker.submit("take_vectors", vectors)
    pid = worker.pid
    worker.close()
    worker.close()
    assert pid is not None
    assert gone(pid)
    assert future.done()
    with pytest.raises(WorkerClosed, match="closed"):
        worker.submit("take_vectors", vectors)
    assert not [t for t in threading.enumerate() if t.name == "test-listener"]


def script(tmp_path: Path, body: str) -> Path:
    file = tmp_path / "script.py"
    file.write_text(
        f"from curation.worker.client import ProcessWorker\nworker = ProcessWorker('test')\n{body}"
    )
    return file


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path, vectors: dict[str, Any]) -> None:
    file = script(
        tmp_path,
        f"print(worker.submit('take_vectors', {vectors!r}).result(120)['embedded'])\n"
        "worker.close()\n",
    )
    done = subprocess.run(
        [sys.executable, str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "6\n"
    assert done.stderr == ""


def test_a_worker_ends_with_a_killed_parent(tmp_path: Path, vectors: dict[str, Any]) -> None:
    file = script(
        tmp_path,
        f"worker.submit('take_vectors', {vectors!r}).result(120)\n"
        "import os, signal\nprint(worker.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n",
    )
    done = subprocess.run(
        [sys.executable, str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    until(lambda: gone(int(done.stdout)), "the worker ends")


def test_the_inline_worker_runs_the_same_jobs(vectors: dict[str, Any]) -> None:
    worker = InlineWorker()
    told: list[Any] = []
    assert worker.submit("take_vectors", vectors, told.append).result(0)["embedded"] == 6
    assert [step["done"] for step in told] == [6]
    worker.limit_threads(2)
    with pytest.raises(TrainingError):
        worker.submit("map", {"root": vectors["root"], **MISSING}).result(0)
    assert (worker.state, worker.message, worker.pid) == ("ok", "", None)
    worker.close()


def test_a_first_start_that_fails_is_tried_again(
    worker: ProcessWorker, vectors: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process is to be had at first: the worker says so, and does the job when there is one."""
    launch = process.launch
    free = threading.Event()

    def scarce(connection: Connection, niceness: int, name: str) -> subprocess.Popen[bytes]:
        if not free.is_set():
            raise OSError(11, "Resource temporarily unavailable")
        return launch(connection, niceness, name)

    monkeypatch.setattr(process, "launch", scarce)
    monkeypatch.setattr(client, "BACK_OFF_SECONDS", (0.05,))
    future = worker.submit("take_vectors", vectors)
    assert worker.state == "down"
    assert "does not start" in worker.message
    assert not future.done()
    free.set()
    assert future.result(timeout=120)["embedded"] == 6
    assert (worker.state, worker.message) == ("ok", "")
