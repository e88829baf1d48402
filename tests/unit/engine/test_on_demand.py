"""One result at a time, the newest wish next, and nothing that pends for ever."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest

from curation.engine.on_demand import RECENT, Made, OnDemand
from curation.errors import Overtaken, TrainingError
from curation.worker.client import WorkerClosed, WorkerError


@dataclass(frozen=True)
class Asked:
    series: str
    position: int


class Bench:
    """An ``OnDemand`` whose jobs end when the test says so."""

    def __init__(self, *, inline: bool = False) -> None:
        self.ordered: list[tuple[Asked, Future[dict[str, Any]]]] = []
        self.arrived: list[Asked] = []
        self.made = OnDemand[Asked, int](
            self._submit, lambda _, result: int(result["value"]), self.arrived.append, inline=inline
        )
        self.inline = inline
        self.submitting = threading.Lock()

    def _submit(self, asked: Asked) -> Future[dict[str, Any]]:
        with self.submitting:
            future: Future[dict[str, Any]] = Future()
            self.ordered.append((asked, future))
        if self.inline:
            self.end(asked.position)
        return future

    def end(self, value: int | Exception) -> None:
        future = self.ordered[-1][1]
        if isinstance(value, Exception):
            future.set_exception(value)
        else:
            future.set_result({"value": value})

    @property
    def asked(self) -> list[Asked]:
        return [asked for asked, _ in self.ordered]


def test_the_newest_result_serves_until_the_next_is_there() -> None:
    bench = Bench()
    first, later = Asked("a", 1), Asked("a", 2)
    assert bench.made.latest(first) is None
    assert bench.made.latest(first) is None
    assert bench.asked == [first]
    bench.end(10)
    assert bench.arrived == [first]
    assert bench.made.latest(first) == Made(first, 10)
    assert bench.made.latest(later) == Made(first, 10)
    bench.end(20)
    assert bench.made.latest(later) == Made(later, 20)
    assert bench.asked == [first, later]


def test_one_at_a_time_and_of_the_wishes_that_wait_the_newest() -> None:
    bench = Bench()
    for position in (1, 2, 3):
        bench.made.latest(Asked("a", position))
    bench.made.latest(Asked("b", 1))
    assert bench.asked == [Asked("a", 1)]
    bench.end(1)
    assert bench.asked == [Asked("a", 1), Asked("a", 3)]
    bench.end(3)
    bench.end(1)
    assert bench.asked == [Asked("a", 1), Asked("a", 3), Asked("b", 1)]
    assert bench.made.latest(Asked("b", 1)) == Made(Asked("b", 1), 1)


def test_threads_that_ask_at_once_have_it_made_once() -> None:
    bench = Bench()
    barrier = threading.Barrier(8)
    got: list[int] = []

    def ask(number: int) -> None:
        barrier.wait()
        if number % 2:
            bench.made.latest(Asked("a", 1))
        else:
            got.append(bench.made.wait(Asked("a", 1)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads[1::2]:
        thread.join()
    bench.end(7)
    for thread in threads:
        thread.join()
    assert got == [7] * 4
    assert bench.asked == [Asked("a", 1)]


def test_what_somebody_waits_for_is_not_replaced_by_a_newer_wish() -> None:
    bench = Bench()
    got: list[int] = []
    bench.made.latest(Asked("a", 1))
    waiting = threading.Thread(target=lambda: got.append(bench.made.wait(Asked("a", 2))))
    waiting.start()
    while len(bench.made._orders) < 2:
        pass
    bench.made.latest(Asked("a", 3))
    for value in (1, 2, 3):
        bench.end(value)
    waiting.join()
    assert got == [2]
    assert bench.asked == [Asked("a", n) for n in (1, 2, 3)]


def test_what_newer_items_have_overtaken_is_late_and_no_failure() -> None:
    bench = Bench()
    bench.made.latest(Asked("a", 1))
    bench.end(1)
    bench.made.latest(Asked("a", 2))
    bench.end(Overtaken("there are more items"))
    assert bench.arrived == [Asked("a", 1)]  # nobody is sent to ask for what cannot come
    assert bench.made.latest(Asked("a", 3)) == Made(Asked("a", 1), 1)
    bench.end(3)
    assert bench.made.latest(Asked("a", 3)) == Made(Asked("a", 3), 3)


def test_a_failure_is_told_and_tried_again_only_for_something_newer() -> None:
    bench = Bench()
    bench.made.latest(Asked("a", 1))
    bench.end(TrainingError("no memory"))
    assert bench.arrived == [Asked("a", 1)]  # the page asks, and hears why
    for _ in range(2):
        with pytest.raises(TrainingError, match="no memory"):
            bench.made.latest(Asked("a", 1))
    assert len(bench.ordered) == 1
    assert bench.made.latest(Asked("a", 2)) is None
    bench.ordered[-1][1].set_result({})  # nothing to read
    with pytest.raises(WorkerError, match="value"):
        bench.made.latest(Asked("a", 2))


def test_closing_ends_all_waiting() -> None:
    bench = Bench()
    bench.made.latest(Asked("a", 1))
    bench.ordered[0][1].cancel()
    with pytest.raises(WorkerClosed):
        bench.made.latest(Asked("a", 1))


def test_results_of_few_series_are_kept() -> None:
    bench = Bench()
    for number in range(RECENT + 1):
        bench.made.latest(Asked(str(number), 1))
        bench.end(number)
    assert bench.made.latest(Asked("1", 1)) is not None
    assert bench.made.latest(Asked("0", 1)) is None


def test_inline_every_result_is_there_at_once() -> None:
    bench = Bench(inline=True)
    assert bench.made.latest(Asked("a", 5)) == Made(Asked("a", 5), 5)
    assert bench.made.wait(Asked("a", 6)) == 6
    assert bench.made.wait(Asked("a", 6)) == 6
    assert bench.asked == [Asked("a", 5), Asked("a", 6)]
    assert bench.arrived == []
