"""How fast answers settle the predicted grouping: images that change group or become sure."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from curation.learning.grouping import Grouping, settled
from curation.types import BoolArray, IndexArray

MINUTE = 60.0
_LEAST_SECONDS = 45.0
"""Before, groups are still being found, and each one found moves many."""
_CEILING = 1.25
"""Of the images that are sure few move."""
_APART = 10.0
"""Groupings that are nearer to each other, in seconds of answering, are not kept both."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A grouping after so many ``seconds`` of answering."""

    number: int
    seconds: float
    labels: IndexArray
    sure: BoolArray

    def unsure(self) -> int:
        return len(self.sure) - int(np.count_nonzero(self.sure))


class Settling:
    """What the answers of the last minute changed, for each series of groupings.

    ``seconds_at`` tells the time that the reviewers of a criterion had spent at a position of its
    log. Safe between threads; a grouping is noted by the thread that brings it.
    """

    def __init__(self, seconds_at: Callable[[str, int], float]) -> None:
        self._seconds_at = seconds_at
        self._kept: dict[Hashable, deque[_Kept]] = {}
        self._next_minute: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def note(
        self, series: Hashable, criterion: str, position: int, number: int, grouping: Grouping
    ) -> None:
        """A grouping of generation ``number`` by the log up to ``position`` is there."""
        now = _kept(number, self._seconds_at(criterion, position), grouping)
        with self._lock:
            kept = self._kept.get(series)
            if kept is None or kept[-1].number != number or kept[-1].seconds > now.seconds:
                kept = self._kept[series] = deque()
            while len(kept) > 1 and now.seconds - kept[1].seconds >= MINUTE:
                kept.popleft()
            spent = now.seconds - kept[0].seconds if kept else 0.0
            if spent >= _LEAST_SECONDS:
                self._next_minute[series] = _foretold(kept[0], now, spent)
            if not kept or now.seconds - kept[-1].seconds >= _APART:
                kept.append(now)

    def next_minute(self, series: Hashable) -> float | None:
        """Images expected to change group or become sure by another minute of answering; None
        before 45 s were spent."""
        with self._lock:
            return self._next_minute.get(series)


def _kept(number: int, seconds: float, grouping: Grouping) -> _Kept:
    return _Kept(number, seconds, grouping.labels, grouping.sure)


def _foretold(then: _Kept, now: _Kept, spent: float) -> float:
    """Images that the next minute settles where it settles as many as the last one did for each
    image that was unsure when it began; hardly more than are unsure now."""
    found = settled(then, now) * MINUTE / spent * now.unsure() / max(then.unsure(), 1)
    return min(found, _CEILING * now.unsure())
