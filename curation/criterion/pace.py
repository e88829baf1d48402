"""How review goes: the rate of answers, and whether they still change anything."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from curation.decisions.agreement import ChangeEstimate
from curation.types import Decision

RATE_SECONDS = 300.0
"""Answers a minute are counted over so long a window, at least from the first answer in it."""


@dataclass
class Pace:
    """Running figures of one criterion since the server started."""

    change: ChangeEstimate = field(default_factory=ChangeEstimate)
    last_answer: float = field(default_factory=time.monotonic)
    _times: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def note(self, decision: Decision, *, changed: bool) -> None:
        """Count one new decision."""
        now = time.monotonic()
        self.last_answer = now
        self._counts[decision.reviewer] += 1
        self._times[decision.reviewer].append(now)
        self.change.note(changed)

    def touch(self) -> None:
        """An answer came that is no new decision: it changes or takes back an earlier one."""
        self.last_answer = time.monotonic()

    @property
    def answered(self) -> bool:
        """Whether anybody has answered since the server started."""
        return bool(self._counts)

    def session(self, reviewer: str) -> dict[str, float]:
        """Decisions of a reviewer in this session, and their rate per minute of late."""
        times = self._times[reviewer]
        now = time.monotonic()
        while times and now - times[0] > RATE_SECONDS:
            times.popleft()
        rate = 0.0 if len(times) < 2 else 60 * (len(times) - 1) / max(times[-1] - times[0], 1.0)
        return {"decisions": self._counts[reviewer], "per_minute": round(rate, 1)}
