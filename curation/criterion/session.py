"""A taught session: its events, its lock, and what the robot would do with every item now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curation.criterion.answering import Answering
from curation.criterion.changes import Changes
from curation.criterion.showing import Showing
from curation.criterion.snapshot import Snapshot
from curation.decisions.log import TAUGHT, DecisionLog
from curation.decisions.regroup import Gesture
from curation.teaching import scores
from curation.teaching.answers import Judge, judge_from
from curation.teaching.carried import Carried, carry
from curation.teaching.events import Event, EventLog
from curation.teaching.plans import plan
from curation.teaching.session import PICKS, Session, fold
from curation.types import Decision, FloatArray, IndexArray, Pair

GESTURES = (*PICKS, "merge", "undo")
"""The kinds of events that decisions follow from."""


@dataclass
class Answers:
    """The judge of one space and one set of picks, and its verdict on every item of the space."""

    key: tuple[int, int, int, int]
    judge: Judge
    chosen: IndexArray
    confidence: Any


Decide = Callable[[Sequence[Decision]], object]
"""Appends decisions to the log and applies them."""


class TaughtSession:
    """A session that events come into; ``lock`` is held from an event to its decisions.

    ``state`` is what the events come to. ``vectors`` holds what was embedded for an item that the
    space does not show yet, with the generation it is of, float32 [1, D]; ``frames`` when each
    camera's last frame was taken, in seconds, and its grey levels float32 [24, 32].
    """

    def __init__(
        self,
        name: str,
        events: EventLog,
        log: DecisionLog,
        changes: Changes,
        showing: Showing,
        answering: Answering,
        decide: Decide,
    ) -> None:
        self.name = name
        self.events = events
        self.lock = threading.RLock()
        self.vectors: dict[str, tuple[int, FloatArray]] = {}
        self.frames: dict[str, tuple[float, FloatArray]] = {}
        self._log = log
        self._changes = changes
        self._showing = showing
        self._answering = answering
        self._decide = decide
        self._version = 0
        self._looked_at = 0
        self._kept: Answers | None = None
        found = events.read(name)
        self._state = fold(name, found)
        gestures = [one for one in found if one.kind in GESTURES]
        if gestures and not self._applied(gestures[-1]):
            self._follow(gestures[-1])  # a kill came between the event and its decisions

    @property
    def state(self) -> Session:
        return self._state

    @property
    def version(self) -> tuple[int, int]:
        """Changes whenever anything does that the session's screens show."""
        return self._version, self._changes.version

    def look(self, number: int) -> int:
        """The belt's items are looked at for questions in a generation; the one before that."""
        with self.lock:
            before, self._looked_at = self._looked_at, number
            return before

    def carried(self) -> Carried:
        """The bins after picks and pair review."""
        with self.lock, self._changes.lock:
            return carry(self._state, self._answering.implications)

    def taught(self) -> Mapping[str, list[str]]:
        """Items of each bin, see ``Carried``."""
        return self.carried().taught

    def disputes(self, carried: Carried) -> int:
        """Pairs whose answers contradict others, and bins that pair review makes one; not counted
        are the items that teachers disagree about."""
        torn = self._state.contradictions().keys()
        pairs = {one.pair for one in self._answering.conflicts()}
        pairs |= {Pair.of(*firsts) for firsts in carried.joined}
        return sum(not torn & {pair.a, pair.b} for pair in pairs)

    # --- events in -------------------------------------------------------------------------

    def record(self, event: Event) -> tuple[Event, bool]:
        """Check, append and apply one event, with the decisions that follow; (event, repeated)."""
        with self.lock:
            known = self.events.find(event)
            if known is not None:
                if known.kind in GESTURES and not self._applied(known):
                    self._follow(known)
                return known, True
            self._state.check(event)
            standing = self._state.said_before(event)
            if standing is not None:
                return replace(event, id=standing.id), True
            if event.kind == "undo":
                after = fold(self.name, [*self.events.read(self.name), event])
                recorded, _ = self.events.append(event)
                self._state = after
            else:
                recorded, _ = self.events.append(event)
                self._state.apply(recorded)
            self._version += 1
            if event.kind in GESTURES:
                self._follow(recorded)
            return recorded, False

    def _applied(self, event: Event) -> bool:
        """Whether the decisions of a gesture are in the log."""
        return any(one.batch_id == event.id for one in self._log.read(self.name))

    def _follow(self, event: Event) -> None:
        """Append the decisions that follow from a gesture."""
        shown = self._showing.snapshot
        number = shown.generation.number if shown else 0
        gesture = Gesture(self.name, event.teacher, event.id, number, TAUGHT)
        with self._changes.writing:
            made = plan(self._answering.implications, self._state, gesture)
            if made:
                self._decide(made)

    # --- answers out -----------------------------------------------------------------------

    def answers(self, shown: Snapshot) -> Answers:
        """What the robot would do with every item now."""
        key = (shown.generation.number, shown.n_items, *self.version)
        kept = self._kept
        if kept is not None and kept.key == key:
            return kept
        carried = self.carried()
        taught = carried.taught
        ranks = shown.generation.metrics.get("ranks", {})
        judge = judge_from(shown.space.vectors, shown.position, taught, ranks)
        barred = np.zeros((shown.n_items, len(judge.names)), np.bool_)
        for number, name in enumerate(judge.names):
            out = [*carried.apart[name], *(i for i, bin in carried.refused.items() if bin == name)]
            barred[scores.rows_of(shown.position, out), number] = True
        chosen, confidence = judge.judge(shown.space.vectors, barred)
        for number, name in enumerate(judge.names):  # what a person said is certain
            rows = scores.rows_of(shown.position, taught[name])
            chosen[rows], confidence[rows] = number, 1.0
        self._kept = Answers(key, judge, chosen, confidence)
        return self._kept

    def guess(self, item: str) -> str | None:
        """Bin that the robot would put an item into ("": none), None where it knows none yet."""
        shown = self._showing.snapshot
        row = None if shown is None else shown.position.get(item)
        if shown is None or row is None:
            return None
        answers = self.answers(shown)
        if not answers.judge.knows:
            return None
        number = int(answers.chosen[row])
        return answers.judge.names[number] if number >= 0 else ""

    def confidences(self, shown: Snapshot) -> Any:
        """Confidences float64 of the items nobody has picked."""
        answers = self.answers(shown)
        picked = {pick.item for pick in self._state.picks}
        rows = np.array([i not in picked for i in shown.space.item_ids], np.bool_)
        return answers.confidence[rows]
