"""A taught session: its events, its lock, and what the robot would do with every item now."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from curation.criterion.snapshot import Snapshot
from curation.decisions.log import TAUGHT
from curation.decisions.regroup import Gesture
from curation.teaching import scores
from curation.teaching.answers import Judge, judge_from
from curation.teaching.carried import Carried, carry
from curation.teaching.events import Event, EventLog
from curation.teaching.plans import plan
from curation.teaching.session import PICKS, SessionState, fold
from curation.types import IndexArray, Pair

if TYPE_CHECKING:
    from curation.criterion.criterion import Criterion

Confidences = npt.NDArray[np.float64]

GESTURES = (*PICKS, "merge", "undo")
"""The kinds of events that decisions follow from."""


@dataclass
class JudgedItems:
    """The judge of one space and one set of picks, and its verdict on every item of the space.

    ``chosen`` int64 [N] are places in the judge's names (-1: none), ``confidence`` float64 [N].
    """

    key: tuple[int, int, int, int]
    judge: Judge
    chosen: IndexArray
    confidence: Confidences


class TaughtSession:
    """The session that teaches a criterion; ``state`` is what its events come to.

    ``writing`` is held from an event to the decisions that follow from it, and while the disk is
    waited for; ``lock`` guards the state in memory, and whoever reads takes only that. Both are
    taken before the criterion's locks, and ``writing`` before ``lock``.
    """

    def __init__(self, criterion: Criterion, events: EventLog) -> None:
        self.criterion = criterion
        self.name = criterion.name
        self.events = events
        self.writing = threading.RLock()
        self.lock = threading.RLock()
        self._version = 0
        self._kept: JudgedItems | None = None
        found = events.read(self.name)
        self._state = fold(self.name, found)
        gestures = [one for one in found if one.kind in GESTURES]
        if gestures and not self._applied(gestures[-1]):
            self._follow(gestures[-1])  # a kill came between the event and its decisions

    @property
    def state(self) -> SessionState:
        return self._state

    @property
    def version(self) -> tuple[int, int]:
        """Changes whenever anything does that the session's screens show."""
        return self._version, self.criterion.changes.version

    @property
    def shown(self) -> Snapshot | None:
        """The space that the session's screens and robots see."""
        return self.criterion.showing.snapshot

    def carried(self) -> Carried:
        """The bins after picks and pair review."""
        with self.lock, self.criterion.changes.lock:
            return carry(self._state, self.criterion.answering.implications)

    def taught(self) -> Mapping[str, list[str]]:
        """Items of each bin, see ``Carried``."""
        return self.carried().taught

    def disputes(self, carried: Carried) -> int:
        """Pairs whose answers contradict others, and bins that pair review makes one; not counted
        are the items that teachers disagree about."""
        torn = self._state.contradictions().keys()
        pairs = {one.pair for one in self.criterion.answering.conflicts()}
        pairs |= {Pair.of(*firsts) for firsts in carried.joined}
        return sum(not torn & {pair.a, pair.b} for pair in pairs)

    # --- events in -------------------------------------------------------------------------

    def record(self, event: Event) -> tuple[Event, bool]:
        """Check, append and apply one event, with the decisions that follow; (event, repeated).

        Raises DecisionError and UnknownName for what cannot happen now, WorkspaceError where
        nothing can be written.
        """
        with self.writing:
            known = self.events.find(event)
            if known is not None:
                if known.kind in GESTURES and not self._applied(known):
                    self._follow(known)
                return known, True
            self._state.check(event)
            standing = self._state.said_before(event)
            if standing is not None:
                return replace(event, id=standing.id), True
            after = None
            if event.kind == "undo":
                after = fold(self.name, [*self.events.read(self.name), event])
            recorded, _ = self.events.append(event)
            with self.lock:
                if after is not None:
                    self._state = after
                else:
                    self._state.apply(recorded)
                self._version += 1
            if event.kind in GESTURES:
                self._follow(recorded)
            return recorded, False

    def _applied(self, event: Event) -> bool:
        """Whether the decisions of a gesture are in the log."""
        return self.criterion.answering.holds_batch(event.id)

    def _follow(self, event: Event) -> None:
        """Append the decisions that follow from a gesture.

        Raises WorkspaceError where they cannot be written.
        """
        shown = self.shown
        number = shown.generation.number if shown else 0
        gesture = Gesture(self.name, event.teacher, event.id, number, TAUGHT)
        with self.criterion.changes.writing:
            made = plan(self.criterion.answering.implications, self._state, gesture)
            if made:
                self.criterion.decide(made)

    # --- answers out -----------------------------------------------------------------------

    def answers(self, shown: Snapshot) -> JudgedItems:
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
        self._kept = JudgedItems(key, judge, chosen, confidence)
        return self._kept

    def guess(self, item: str) -> str | None:
        """Bin that the robot would put an item into ("": none), None where it knows none yet."""
        shown = self.shown
        row = None if shown is None else shown.position.get(item)
        if shown is None or row is None:
            return None
        answers = self.answers(shown)
        if not answers.judge.knows:
            return None
        number = int(answers.chosen[row])
        return answers.judge.names[number] if number >= 0 else ""

    def confidences(self, shown: Snapshot) -> Confidences:
        """Confidences float64 [n] of the ``n`` items of the space that nobody has picked."""
        answers = self.answers(shown)
        picked = {pick.item for pick in self._state.picks}
        rows = np.array([i not in picked for i in shown.space.item_ids], np.bool_)
        return answers.confidence[rows]

    def unsure(self, shown: Snapshot, confidence: float) -> bool:
        """Whether the robot is less sure than of most of what it may not ask about."""
        others, share = self.confidences(shown), self._state.ask_share
        return confidence < 1 and bool(not len(others) or confidence <= np.quantile(others, share))

    def action(self, bin: str | None, confidence: float) -> str:
        """What to do with an item judged so: act, ask (which bin?) or wait."""
        if self._state.status != "active" or not self._state.picks:
            return "wait"
        shown = self.shown
        knows = bin is not None or self._state.mode == "pick"
        if shown is None or not self._state.may_ask():
            return "act" if knows else "wait"
        return "act" if knows and not self.unsure(shown, confidence) else "ask"


def new_key() -> str:
    """A key for an event that came without one."""
    return uuid.uuid4().hex
