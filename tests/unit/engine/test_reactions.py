"""Steps in the background: each failure is told, and none ends anything else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from curation.engine.reactions import Reactions
from curation.errors import CurationError
from curation.worker.client import WorkerClosed


@pytest.fixture
def reactions() -> Iterator[Reactions]:
    made = Reactions(inline=False)
    yield made
    made.close()


def failing() -> None:
    raise ValueError("no space left")


def test_a_failed_step_is_told_and_the_next_one_runs(reactions: Reactions) -> None:
    told: list[str] = []
    done = threading.Event()
    reactions.run(failing, told.append)
    reactions.run(failing)  # nobody to tell: the output has it
    reactions.run(done.set, told.append)
    assert done.wait(20)
    reactions.close()
    assert len(told) == 1
    assert "no space left" in told[0]
    assert "review goes on" in told[0]


def test_a_step_after_a_job_that_fails_is_told(reactions: Reactions) -> None:
    told: list[str] = []
    job: Future[Any] = Future()
    reactions.after(job, lambda _: failing(), told.append)
    job.set_result({})
    reactions.close()
    assert len(told) == 1


def test_a_closed_worker_is_no_trouble(reactions: Reactions) -> None:
    told: list[str] = []

    def late() -> None:
        raise WorkerClosed("closed")

    reactions.run(late, told.append)
    reactions.close()
    assert told == []


def test_what_comes_after_the_end_is_left_out(reactions: Reactions) -> None:
    reactions.close()
    reactions.run(failing)


def test_inline_steps_fail_where_they_are_called() -> None:
    with pytest.raises(ValueError, match="no space"):
        Reactions(inline=True).run(failing)


@pytest.mark.parametrize("inline", [True, False])
def test_results(inline: bool) -> None:
    reactions = Reactions(inline=inline)
    told: list[str] = []
    good: Future[Any] = Future()
    good.set_result({"number": 1})
    assert reactions.result(good, told.append) == {"number": 1}
    assert told == [""]
    bad: Future[Any] = Future()
    bad.set_exception(CurationError("out of memory"))
    if inline:
        with pytest.raises(CurationError, match="out of memory"):
            reactions.result(bad, told.append)
    else:
        assert reactions.result(bad, told.append) is None
    assert told[-1] == "out of memory"
    cancelled: Future[Any] = Future()
    cancelled.cancel()
    assert reactions.result(cancelled, told.append) is None
    reactions.close()
