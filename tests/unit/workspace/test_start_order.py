"""What runs in the background when: nothing before all that was there is back."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Oracle
from teachers import pick_session

from curation.engine import retraining
from curation.teaching.events import Event, EventLog
from curation.worker.client import InlineWorker, ProcessWorker
from curation.workspace import Workspace, open_workspace


@pytest.fixture
def trained_by(monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[str, str]], threading.Event]:
    """The jobs that trained, (job, criterion), and an event that the first one sets."""
    jobs: list[tuple[str, str]] = []
    first = threading.Event()

    def recording(submit: Callable[..., Any]) -> Callable[..., Any]:
        def submitted(
            self: InlineWorker | ProcessWorker, job: str, arguments: dict[str, Any], *rest: Any
        ) -> Any:
            if job in ("train", "teach"):
                jobs.append((job, arguments["criterion"]))
                first.set()
            return submit(self, job, arguments, *rest)

        return submitted

    for worker in (InlineWorker, ProcessWorker):
        monkeypatch.setattr(worker, "submit", recording(worker.submit))
    return jobs, first


def test_a_session_is_never_trained_as_pair_review_at_a_start(
    prepared_digits: Path,
    tmp_path: Path,
    oracle: Oracle,
    monkeypatch: pytest.MonkeyPatch,
    trained_by: tuple[list[tuple[str, str]], threading.Event],
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        pick_session(workspace, oracle)  # six picks that nothing has learnt from
    read = EventLog.read

    def slow(self: EventLog, criterion: str | None = None) -> list[Event]:
        time.sleep(0.3)  # room for the schedule, if it already runs
        return read(self, criterion)

    monkeypatch.setattr(EventLog, "read", slow)
    monkeypatch.setattr(retraining, "TICK_SECONDS", 0.02)
    jobs, first = trained_by
    with open_workspace(folder, inline=False, device="cpu"):
        assert first.wait(60)
    assert set(jobs) == {("teach", "threes")}


def test_a_criterion_that_a_session_takes_over_is_not_trained_as_pair_review(
    workspace: Workspace,
    oracle: Oracle,
    monkeypatch: pytest.MonkeyPatch,
    trained_by: tuple[list[tuple[str, str]], threading.Event],
) -> None:
    """The session's pace holds before its opening is recorded; answers must not be due by it."""
    workspace.criteria.add("threes")
    first, *others = oracle.members(workspace, "3")[:4]
    told = [{"a": first, "b": other, "verdict": "same"} for other in others]
    workspace.review.decide("threes", "ann", told)
    append = EventLog.append

    def looked_at(self: EventLog, event: Event) -> tuple[Event, bool]:
        workspace.engine.retrainer._tick()  # the schedule looks in the middle of the opening
        return append(self, event)

    monkeypatch.setattr(EventLog, "append", looked_at)
    workspace.criteria.configure("threes", {"every_decisions": 100, "idle_seconds": 1e6})
    jobs, _ = trained_by
    workspace.teach.sessions.open("threes", "ann", "pick", "three", take_over=True)
    assert jobs == []
    session = workspace.teach.sessions.all()[0]["session"]
    assert workspace.criteria.settings("threes")["every_decisions"] == 3
    assert workspace.status("threes")["taught"]
    workspace.teach.sessions.step(session, "end", "ann")


def test_a_session_that_could_not_take_a_criterion_over_leaves_it_to_pair_review(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.criteria.add("threes")
    monkeypatch.setattr(EventLog, "append", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        workspace.teach.sessions.open("threes", "ann", "sort", take_over=True)
    assert not workspace.status("threes")["taught"]
