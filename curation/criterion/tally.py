"""How the strategies fare: what was shown of each, accepted, learnt, and how long it took."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from curation.decisions.shown import Outcome

_LATEST = 200
"""Answer times looked at: the median follows the reviewers of late."""


@dataclass
class _Count:
    shown: int = 0
    same: int = 0
    different: int = 0
    bits: float = 0.0
    informed: int = 0
    milliseconds: deque[int] = field(default_factory=lambda: deque(maxlen=_LATEST))

    def note(self, one: Outcome) -> None:
        self.shown += 1
        self.same += one.answer == "same"
        self.different += one.answer == "different"
        if one.information is not None:
            self.bits += one.information
            self.informed += 1
        if one.milliseconds is not None:
            self.milliseconds.append(one.milliseconds)


class Tally:
    """Running figures of each strategy of a criterion, from the record of what was shown."""

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        self._counts: dict[str, _Count] = {}
        for one in outcomes:
            self.note(one)

    def note(self, one: Outcome) -> None:
        """Count one more pair."""
        self._counts.setdefault(one.strategy, _Count()).note(one)

    def acceptance(self) -> dict[str, tuple[int, int]]:
        """(answered same, answered same or different) by strategy."""
        return {
            name: (count.same, count.same + count.different) for name, count in self._counts.items()
        }

    def information(self) -> dict[str, tuple[float, int]]:
        """(bits, answers that were same or different) by strategy."""
        return {name: (count.bits, count.informed) for name, count in self._counts.items()}

    def row(self, strategy: str) -> dict[str, Any]:
        """``shown`` pairs, ``accepted`` share, mean ``information`` in bits and median
        ``seconds``; None where nothing is known."""
        count = self._counts.get(strategy, _Count())
        decided = count.same + count.different
        return {
            "shown": count.shown,
            "accepted": count.same / decided if decided else None,
            "information": count.bits / count.informed if count.informed else None,
            "seconds": median(count.milliseconds) / 1000 if count.milliseconds else None,
        }
