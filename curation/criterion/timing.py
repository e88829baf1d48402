"""How long each reviewer's steps took, by what was asked; from the log, so that it outlasts the
server."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from curation.proposals.sorting.pace import Pace
from curation.types import Decision

ENOUGH = 20
"""Steps of a kind from which a reviewer's own times are used."""
AWAY_SECONDS = 120.0
"""A step counts as so long at most: whoever is away does not sort."""
_LATEST = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: to a ``pair``, a name of a ``known`` or ``new`` group, a ``sweep`` of so many
    ``tiles`` and ``corrections``, or a ``merge``."""

    kind: str
    seconds: float
    tiles: int
    corrections: int


class Timing:
    """The steps of one criterion that were timed."""

    def __init__(self, entries: Iterable[Decision] = ()) -> None:
        self._latest: dict[tuple[str, str], deque[Step]] = {}
        self._spent: dict[str, float] = defaultdict(float)
        self._positions: list[int] = []
        self._sums: list[float] = [0.0]
        self.note(entries)

    def note(self, entries: Iterable[Decision]) -> None:
        """Take in what came to the log, in its order and whole batches at a time."""
        for _, batch in groupby(entries, key=lambda one: one.batch_id or one.id):
            decisions = list(batch)
            step = _step(decisions)
            if step is not None:
                reviewer = decisions[0].reviewer
                latest = self._latest.setdefault((reviewer, step.kind), deque(maxlen=_LATEST))
                latest.append(step)
                self._spent[reviewer] += step.seconds
                self._sums.append(self._sums[-1] + step.seconds)
                self._positions.append(decisions[-1].seq)

    def seconds(self, reviewer: str) -> float:
        """Time that a reviewer spent on steps, undone ones too."""
        return self._spent.get(reviewer, 0.0)

    def seconds_at(self, position: int) -> float:
        """Time that all reviewers had spent when the log had come to a position; may be asked while
        another thread notes a step."""
        return self._sums[bisect_right(self._positions, position)]

    def medians(self, reviewer: str) -> dict[str, float | None]:
        """Median seconds of each kind of step, of a grid those a tile; None below 20."""
        return {
            "pair": self._median(reviewer, "pair"),
            "name": self._median(reviewer, "known"),
            "new_name": self._median(reviewer, "new"),
            "sweep_tile": self._median(reviewer, "sweep"),
            "merge": self._median(reviewer, "merge"),
        }

    def pace(self, reviewer: str) -> Pace:
        """What questions cost this reviewer; as the declared model has it where too few were timed.

        Of a grid the whole is known only, so its parts all change by the same factor.
        """
        model = Pace()
        grids = self._timed(reviewer, "sweep")
        factors = [one.seconds / model.sweep(one.tiles, one.corrections) for one in grids]
        factor = median(factors) if factors else 1.0
        return Pace(
            pair=self._median(reviewer, "pair") or model.pair,
            known=self._median(reviewer, "known") or model.known,
            new=self._median(reviewer, "new") or model.new,
            grid=factor * model.grid,
            tile=factor * model.tile,
            correction=factor * model.correction,
            merge=self._median(reviewer, "merge") or model.merge,
        )

    def _median(self, reviewer: str, kind: str) -> float | None:
        timed = self._timed(reviewer, kind)
        return median(one.seconds / one.tiles for one in timed) if timed else None

    def _timed(self, reviewer: str, kind: str) -> Sequence[Step]:
        """The latest steps of a kind where there are enough, else none."""
        found = self._latest.get((reviewer, kind), ())
        return tuple(found) if len(found) >= ENOUGH else ()


def _step(decisions: Sequence[Decision]) -> Step | None:
    """The step that a batch, or a single decision, was; None where it was not timed."""
    first = decisions[0]
    if first.milliseconds is None or first.verdict is None:
        return None
    seconds = min(first.milliseconds / 1000, AWAY_SECONDS)
    if first.batch_id is None:
        return Step("pair", seconds, 1, 0)
    if first.strategy == "sweep":
        judged = [one.verdict for one in decisions if one.score is not None]
        return Step("sweep", seconds, max(len(judged), 1), judged.count("different"))
    if first.strategy == "name":
        joins = any(one.verdict == "same" for one in decisions)
        return Step("known" if joins else "new", seconds, 1, 0)
    return Step("merge", seconds, 1, 0) if first.strategy == "merge" else None
