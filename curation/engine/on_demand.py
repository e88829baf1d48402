"""Results that the worker makes when somebody asks for them, one at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from curation.errors import CurationError, Overtaken
from curation.worker.client import WorkerClosed, WorkerError

log = logging.getLogger(__name__)

RECENT = 8
"""Series whose newest result is kept."""
LAPSE_SECONDS = 60.0
"""A failure is told for so long before the same is tried again: memory may be free by then."""


class Asked(Protocol):
    """What a result is of: equal ones have equal results."""

    @property
    def series(self) -> Hashable:
        """Results of one series take each other's place: the newest serves until the next."""
        ...


A = TypeVar("A", bound=Asked)
R = TypeVar("R")
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Made(Generic[A, R]):
    """A result and what it is of."""

    asked: A
    value: R


@dataclass
class _Order(Generic[A, R]):
    """A result to be made; ``awaited`` where somebody waits for exactly this one."""

    asked: A
    awaited: bool
    future: Future[R] = field(default_factory=Future)

    def await_it(self, awaited: bool) -> None:
        """Somebody else asks for the same result."""
        self.awaited |= awaited


class OnDemand(Generic[A, R]):
    """The results of one kind of job; never are two made at once.

    ``submit`` orders the job, ``read`` gives what it has made (and raises CurationError where that
    is gone), ``arrived`` hears of each result that nobody waited for. All are called with what was
    asked; the latter two on the worker's listener thread. ``inline`` makes each result at once, in
    the calling thread.
    """

    def __init__(
        self,
        submit: Callable[[A], Future[dict[str, Any]]],
        read: Callable[[A, dict[str, Any]], R],
        arrived: Callable[[A], None],
        *,
        inline: bool,
    ) -> None:
        self._submit = submit
        self._read = read
        self._arrived = arrived
        self._inline = inline
        self._lock = threading.RLock()
        self._made: dict[Hashable, Made[A, R]] = {}
        self._failed: dict[Hashable, tuple[float, Made[A, CurationError]]] = {}
        self._orders: list[_Order[A, R]] = []

    def latest(self, asked: A) -> Made[A, R] | None:
        """The newest result of the series, None before the first; a newer one is ordered where it
        is not what was asked.

        Raises the CurationError that making exactly this one ended with; what newer items have
        overtaken is no failure, the result of those comes next.
        """
        if self._inline:
            return Made(asked, self.wait(asked))
        with self._lock:
            made = self._made.get(asked.series)
            if made is not None and made.asked == asked:
                return made
            failed = self._failed.get(asked.series)
            fresh = failed is not None and time.monotonic() - failed[0] < LAPSE_SECONDS
            if failed is not None and fresh and failed[1].asked == asked:
                raise failed[1].value
            self._order(asked, awaited=False)
            return made

    def wait(self, asked: A) -> R:
        """The result of exactly what is asked; takes as long as the job takes.

        Raises the CurationError that the job ended with, Overtaken where what was asked about is
        gone for something newer, WorkerClosed where it was cut short.
        """
        with self._lock:
            made = self._made.get(asked.series)
            if made is not None and made.asked == asked:
                return made.value
            future = self._order(asked, awaited=True).future
        return future.result()

    def _order(self, asked: A, *, awaited: bool) -> _Order[A, R]:
        """Have a result made after those that are wanted; it replaces an older wish."""
        for order in self._orders:
            if order.asked == asked:
                order.await_it(awaited)
                return order
        current, waiting = self._orders[:1], self._orders[1:]
        kept = [one for one in waiting if one.awaited or one.asked.series != asked.series]
        order = _Order[A, R](asked, awaited)
        self._orders = [*current, *kept, order]
        if not current:
            self._start(order)
        return order

    def _start(self, order: _Order[A, R]) -> None:
        try:
            future = self._submit(order.asked)
        except Exception as error:
            self._end(order, error)
            return
        future.add_done_callback(lambda done: self._finish(order, done))

    def _finish(self, order: _Order[A, R], done: Future[dict[str, Any]]) -> None:
        try:
            if done.cancelled():
                raise WorkerClosed("The workspace was closed meanwhile; open it again.")
            made = Made(order.asked, self._read(order.asked, done.result()))
        except Exception as error:
            self._end(order, error)
            return
        with self._lock:
            _keep(self._made, order.asked.series, made)
            self._failed.pop(order.asked.series, None)
        self._end(order, made.value)

    def _end(self, order: _Order[A, R], outcome: R | Exception) -> None:
        """Tell whoever waits, and go on with the next that is wanted."""
        if isinstance(outcome, Exception):
            self._note(order.asked, outcome)
            order.future.set_exception(outcome)
        else:
            order.future.set_result(outcome)
        with self._lock:
            self._orders.remove(order)
            if self._orders:
                self._start(self._orders[0])
        if not (self._inline or isinstance(outcome, Overtaken)):
            self._arrived(order.asked)

    def _note(self, asked: A, error: Exception) -> None:
        """Remember a failure: it is told, and tried again only later or when something changes."""
        if isinstance(error, Overtaken):
            log.debug("%s", error)
            return
        if not isinstance(error, WorkerClosed):
            log.warning("%s", error)
        told = error if isinstance(error, CurationError) else WorkerError(str(error))
        with self._lock:
            _keep(self._failed, asked.series, (time.monotonic(), Made(asked, told)))


def _keep(box: dict[Hashable, Kept], series: Hashable, newest: Kept) -> None:
    """Put the newest of a series in; the series that was longest without one may leave."""
    box.pop(series, None)
    box[series] = newest
    while len(box) > RECENT:
        del box[next(iter(box))]
