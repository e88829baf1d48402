"""What goes wrong with one job, in a real worker process with others waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import planted_jobs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from curation.errors import BusyError, EncoderError, UnknownName
from curation.http.errors import answer_errors
from curation.worker import client, process
from curation.worker.client import ProcessWorker, WorkerError
from curation.worker.loop import PATIENCE

SECONDS = 120


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessWorker]:
    """A worker whose process has the planted jobs and comes back at once."""
    monkeypatch.setattr(process, "launch", planted_jobs.launch)
    monkeypatch.setattr(client, "BACK_OFF_SECONDS", (0.0, 0.0))
    made = ProcessWorker("test")
    yield made
    made.close()


def test_captions_beside_another_job_fail_or_are_read_for_themselves(
    images: Path, tmp_path: Path
) -> None:
    worker = ProcessWorker("test")
    try:
        files = sorted(images.glob("*/*.png"))[:6]
        items = [(f"{number:032x}", str(file), None) for number, file in enumerate(files)]
        asked = {"root": str(tmp_path / "work"), "spec": "builtin", "device": "cpu"}
        encoded = worker.submit("encode", {**asked, "items": items})
        captions = worker.submit("captions", {**asked, "texts": ["a disc"]})
        views = worker.submit("views", {**asked, "items": items})
        first = worker.pid
        assert encoded.result(SECONDS)["embedded"] == 6
        with pytest.raises(EncoderError, match="text tower"):
            captions.result(SECONDS)
        assert views.result(SECONDS)["done"] == 6
        assert worker.pid == first
    finally:
        worker.close()


def test_what_cannot_be_scheduled_fails_alone(worker: ProcessWorker, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    waiting = worker.submit("until", {"file": str(flag)})
    first = worker.pid
    with pytest.raises(UnknownName, match="Did you mean captions"):
        worker.submit("captoins", {}).result(SECONDS)
    with pytest.raises(WorkerError, match="unexpected keyword argument 'no'"):
        worker.submit("count", {"no": 1}).result(SECONDS)
    with pytest.raises(WorkerError, match="absent"):
        worker.submit("absent", {}).result(SECONDS)
    with pytest.raises(WorkerError, match="SystemExit: a library gives up"):
        worker.submit("leave", {}).result(SECONDS)
    for what in ("progress", "result"):
        with pytest.raises(WorkerError, match="pickle"):
            worker.submit("tell", {"what": what}).result(SECONDS)
    with pytest.raises(TypeError, match="pickle"):
        worker.submit("count", {"lock": threading.Lock()})
    assert worker.pid == first
    flag.touch()
    assert waiting.result(SECONDS) == {"found": str(flag)}


def test_an_error_says_all_that_it_said_in_the_worker(worker: ProcessWorker) -> None:
    with pytest.raises(BusyError, match="Too much at once") as refused:
        worker.submit("refuse", {"seconds": 7.0}).result(SECONDS)
    assert refused.value.seconds == 7.0
    answered = FastAPI()
    answer_errors(answered)

    @answered.get("/")
    def fail() -> None:
        raise refused.value

    answer = TestClient(answered).get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_death_is_charged_to_the_job_that_was_stepping(
    worker: ProcessWorker, tmp_path: Path
) -> None:
    flag, log = tmp_path / "flag", tmp_path / "log"
    waiting = [worker.submit("until", {"file": str(flag)}) for _ in range(3)]
    counted = worker.submit("count", {"steps": 3, "log": str(log)})
    assert counted.result(SECONDS) == {"steps": 3}
    first = worker.pid
    for _ in range(2):  # twice as many deaths as a job is allowed
        with pytest.raises(WorkerError, match=r"6 times .*'die' under way"):
            worker.submit("die", {}).result(SECONDS)
    assert worker.pid != first
    assert [future.done() for future in waiting] == [False] * 3
    flag.touch()
    assert [future.result(SECONDS) for future in waiting] == [{"found": str(flag)}] * 3


def test_a_job_is_not_passed_for_ever(worker: ProcessWorker, tmp_path: Path) -> None:
    """One that would end with its next step waits while more urgent ones come without a pause."""
    ended: list[str] = []
    first = tmp_path / "0"
    waiting = worker.submit("until", {"file": str(first)})
    waiting.add_done_callback(lambda _: ended.append("waiting"))
    urgent = [
        worker.submit("count", {"steps": 2, "log": str(tmp_path / f"{number}")})
        for number in range(20)
    ]
    for job in urgent:
        job.add_done_callback(lambda _: ended.append("urgent"))
    for job in [waiting, *urgent]:
        job.result(SECONDS)
    assert ended.index("waiting") <= PATIENCE


def test_jobs_of_one_rank_run_one_after_the_other(worker: ProcessWorker, tmp_path: Path) -> None:
    """They write the same files: the later one waits, however long more urgent ones come."""
    first, second = tmp_path / "first", tmp_path / "second"
    second.touch()
    earlier, later = (worker.submit("until", {"file": str(file)}) for file in (first, second))
    for job in [
        worker.submit("count", {"steps": 2, "log": str(tmp_path / f"{number}")})
        for number in range(20)
    ]:
        job.result(SECONDS)
    assert not later.done()
    first.touch()
    assert earlier.result(SECONDS) == {"found": str(first)}
    assert later.result(SECONDS) == {"found": str(second)}


def test_a_job_is_given_up_that_ends_the_process_late_each_time(
    worker: ProcessWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process has lived for long enough to be held steady."""
    monkeypatch.setattr(client, "STEADY_SECONDS", 0.0)
    with pytest.raises(WorkerError, match=r"6 times .*'die' under way"):
        worker.submit("die", {}).result(SECONDS)
    assert worker.submit("count", {"steps": 0, "log": ""}).result(SECONDS) == {"steps": 0}


def test_jobs_under_way_together_share_the_process_by_rank(
    worker: ProcessWorker, tmp_path: Path
) -> None:
    """A more urgent job that comes later is through before the other goes on."""
    flag, log = tmp_path / "flag", tmp_path / "log"
    seen: list[bool] = []
    waiting = worker.submit("until", {"file": str(flag)}, lambda _: seen.append(log.exists()))
    assert worker.submit("count", {"steps": 5, "log": str(log)}).result(SECONDS) == {"steps": 5}
    assert not waiting.done()
    flag.touch()
    waiting.result(SECONDS)
    assert log.read_text().split() == list("01234")
