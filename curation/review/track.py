"""One criterion: verdicts in, pairs out, always against one immutable snapshot.

The lock guards the implications, the queue and the log's order; readers of the snapshot need none,
because it is swapped in one assignment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curation.decisions import closure
from curation.decisions.audits import STRATEGY as AUDIT
from curation.decisions.audits import propose_audits
from curation.decisions.closure import Effect, Implications
from curation.decisions.effective import still_standing
from curation.decisions.log import DecisionLog, Receipt
from curation.decisions.queue import ReviewQueue, open_questions
from curation.errors import DecisionError
from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.mix import Mix
from curation.review.changes import as_corrections, up_to_date
from curation.review.drawing import MIX, Drawer
from curation.review.ledger import Ledger
from curation.review.pace import Pace
from curation.review.snapshot import Snapshot
from curation.settings import CriterionSettings
from curation.types import (
    BoolArray,
    Closure,
    Conflict,
    Constraints,
    Decision,
    Kind,
    Pair,
    Proposal,
)

BATCH = 20
"""Proposals drawn at once: few, so that strategies that follow the answers stay fresh."""
FRESH = 5
"""Answers after which what was drawn before them is drawn anew."""

Later = Callable[[Callable[[], None]], None]
"""Runs something in the background; None where everything runs in the calling thread."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What recording one decision did."""

    receipt: Receipt
    effect: Effect | None


class Track:
    """The live state of one criterion."""

    def __init__(self, name: str, log: DecisionLog, settings: CriterionSettings) -> None:
        self.name = name
        self.settings = settings
        self.lock = threading.RLock()
        self.log = log
        self.queue = ReviewQueue(overlap=settings.overlap)
        self.snapshot: Snapshot | None = None
        self.eligible: BoolArray = np.empty(0, np.bool_)
        self.implications: Implications = closure.build(log.effective(name))
        self.position = log.position(name)
        for proposal, answered in open_questions(log.effective(name), settings.overlap):
            self.queue.reask(proposal, answered)
        self.version = 0
        self.pace = Pace()
        self.ledger = Ledger(name, log)
        self.later: Later | None = None
        self.drawer = Drawer()
        self._pools: list[Proposal] = []
        self._drawn: list[Proposal] = []
        self._drawn_for: tuple[str, int] | None = None
        self._exhausted: tuple[str, int, int] | None = None

    def configure(self, settings: CriterionSettings) -> None:
        """Use other settings from now on."""
        with self.lock:
            self.settings = settings
            self.queue.set_overlap(settings.overlap)
            self.version += 1

    # --- the space -------------------------------------------------------------------------

    def adopt(self, snapshot: Snapshot, eligible: BoolArray) -> None:
        """Swap in a generation; until ``prepare`` has run, pairs drawn before it are served."""
        with self.lock:
            self.snapshot, self.eligible = snapshot, eligible
            self.ledger.losses.note(snapshot, self.implications)
            self.version += 1

    def prepare(self) -> None:
        """Draw from the space just adopted: the mix, then the counted queues. Takes a while."""
        snapshot = self._ready()
        if snapshot.n_items < 2:
            return
        self._draw(self.settings.strategy)
        pools = self.drawer.pools(self.state()[0])
        with self.lock:
            if self.snapshot is snapshot:
                self._pools = pools
                self.queue.refill(self._drawn + pools, self.closed)
                self.version += 1

    def state(self) -> tuple[State, int]:
        """What strategies may see now, and the log position it is of."""
        with self.lock:
            snapshot = self._ready()
            constraints = self.implications.constraints(
                snapshot.space.item_ids, self.queue.pending()
            )
            state = self.drawer.state(
                snapshot,
                eligible=self.eligible,
                constraints=constraints,
                **self.ledger.fields(snapshot, self.implications, constraints),
            )
            return state, self.position

    def strategies(self) -> list[dict[str, Any]]:
        """The catalogue of strategies, with what is absent here and how each one fares."""
        rows = registry.catalogue(None if self.snapshot is None else self.state()[0])
        return [{**row, **self.ledger.tally.row(row["id"])} for row in rows]

    def absent(self, name: str) -> str:
        """Why a strategy cannot propose: a need that is absent, in words; empty where it can."""
        strategy = registry.create(name)
        return "" if isinstance(strategy, Mix) else strategy.lacks(self.state()[0])

    # --- pairs out -------------------------------------------------------------------------

    def propose(self, budget: int, strategy: str | None = None) -> list[Proposal]:
        """Proposals of a strategy (or the mix, with its audits), best first, without leasing."""
        return self._propose(strategy or self.settings.strategy, budget)[0]

    def _propose(self, name: str, budget: int) -> tuple[list[Proposal], int]:
        state, position = self.state()
        return self.drawer.draw(name, state, budget, position, self.asked, self._audits), position

    @property
    def asked(self) -> int:
        """Single questions answered so far; a gallery's answers were no questions."""
        return sum(one.batch_id is None for one in self.decisions())

    def lease(
        self,
        reviewer: str,
        tab: str,
        n: int,
        kinds: Collection[Kind] | None = None,
        strategy: str | None = None,
        have: Collection[str] = (),
    ) -> list[Proposal]:
        """Up to ``n`` open pairs for this tab's screen; they are nobody else's until answered."""
        self._ready()
        name = strategy or self.settings.strategy
        only = None if name == MIX else name
        if self._drawn_for is None or self._drawn_for[0] != name:
            self._draw(name)
        elif self.position - self._drawn_for[1] >= FRESH:
            self._draw_later(name)
        leased = self.queue.lease(reviewer, tab, n, kinds, only, have)
        if len(leased) < n and self._exhausted != (name, *self._open_now()):
            self._draw(name)
            leased = self.queue.lease(reviewer, tab, n, kinds, only, have)
            if len(leased) < n:
                self._exhausted = (name, *self._open_now())
        return leased

    def _open_now(self) -> tuple[int, int]:
        """What a further draw depends on: changes so far, and pairs on screens."""
        return self.version, len(self.queue.pending())

    def _draw_later(self, name: str) -> None:
        if self.later is None:
            self._draw(name)
        elif not self.drawer.busy:
            self.later(lambda: self._draw(name))

    def _draw(self, name: str) -> None:
        drawn, position = self._propose(name, BATCH)
        with self.lock:
            self._drawn, self._drawn_for = drawn, (name, position)
            self.queue.refill(self._drawn + self._pools, self.closed)

    def _audits(self, budget: int, rng: np.random.Generator) -> list[Proposal]:
        with self.lock:
            snapshot = self._ready()
            return propose_audits(
                self.implications,
                snapshot.cosines,
                budget,
                rng,
                snapshot.generation.number,
                may_ask=self._is_eligible,
            )

    def closed(self, proposal: Proposal) -> bool:
        """True where a proposal must not be shown any more."""
        pair = proposal.pair
        if not self._is_eligible(pair):
            return True
        if self.implications.verdict(pair) is not None:
            again = proposal.kind == "audit" and proposal.strategy != AUDIT
            return not again or pair in self.implications.audited
        return proposal.kind != "audit" and self._relation(pair) is not None

    def _is_eligible(self, pair: Pair) -> bool:
        snapshot = self._ready()
        a, b = snapshot.position.get(pair.a), snapshot.position.get(pair.b)
        return a is not None and b is not None and bool(self.eligible[a] and self.eligible[b])

    def group_of(self, item: str) -> str | None:
        """First item of the must-link group that an item is in, None where it is alone."""
        with self.lock:
            members = self.implications.members(item)
        return min(members) if len(members) > 1 else None

    def groups(self) -> list[tuple[str, ...]]:
        """Must-link groups of two or more items, each sorted."""
        return [group for group in self.closure().groups if len(group) > 1]

    def closure(self) -> Closure:
        """All that the decisions imply now."""
        with self.lock:
            return self.implications.closure()

    def constraints(self, item_ids: Sequence[str]) -> Constraints:
        """What the decisions imply now, on positions of ``item_ids``."""
        with self.lock:
            return self.implications.constraints(item_ids)

    def relation(self, x: str, y: str) -> str | None:
        """What is known of two items now: same, different or nothing."""
        with self.lock:
            return self.implications.relation(x, y)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Contradictions that are open now, in the log's order."""
        with self.lock:
            return self.implications.conflicts

    def decisions(self) -> list[Decision]:
        """The verdicts that stand now, oldest first, as in the log."""
        with self.lock:
            return list(self.implications.decisions.values())

    def counts(self) -> dict[Kind, int]:
        """Open pairs of each kind."""
        return self.queue.counts()

    # --- verdicts in -----------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision]) -> tuple[list[Answered], list[Pair]]:
        """Append decisions and apply them; also the pairs on screens that they imply.

        Another answer of the same reviewer to a pair replaces the earlier one, except in an audit.
        """
        with self.lock:
            decisions = as_corrections(decisions, self.implications, self.log)
            decisions = up_to_date(decisions, self.implications.decisions, self.log)
            find = self.queue.find
            shown = self.ledger.shown(decisions, find, self.snapshot, self.implications)
            receipts = self.log.append(decisions, shown)
            new = [
                replace(decision, seq=receipt.seq)
                for decision, receipt in zip(decisions, receipts, strict=True)
                if not receipt.duplicate
            ]
            self.ledger.count(shown, {decision.pair for decision in new})
            unasked = [
                decision.pair
                for decision in new
                if not self.queue.settle(decision.pair, decision.reviewer, decision.verdict)
            ]
            effects = self._apply(new)
            self._reask(unasked)
            answered = [
                Answered(receipt, None if receipt.duplicate else effects.get(receipt.id))
                for receipt in receipts
            ]
            self.position = max([self.position, *(receipt.seq for receipt in receipts)])
            self.version += 1
            return answered, self._void_after(new)

    def skip(self, reviewer: str, pair: Pair) -> None:
        """No decision: the pair goes behind the others and comes back."""
        with self.lock:
            self._note_skipped(reviewer, [pair])
            self.queue.skip(reviewer, pair)

    def put_off(self, reviewer: str, pairs: Sequence[Pair]) -> None:
        """No decision on a question of several pairs: they are open again."""
        with self.lock:
            self._note_skipped(reviewer, pairs)
            for pair in pairs:
                self.queue.drop(pair, reviewer)

    def _note_skipped(self, reviewer: str, pairs: Sequence[Pair]) -> None:
        asked = [proposal for pair in pairs if (proposal := self.queue.find(pair)) is not None]
        self.ledger.skipped(asked, reviewer)

    def _apply(self, decisions: Sequence[Decision]) -> dict[str, Effect]:
        """Effects by decision id; what replaces earlier decisions needs the log read anew."""
        surprises = [self._surprise(decision) for decision in decisions]
        if any(d.supersedes is not None or d.verdict is None for d in decisions):
            self.pace.last_answer = time.monotonic()
            standing = still_standing(self.implications.decisions, decisions)
            if standing is None:
                self.rebuild()
            else:
                self.implications = closure.build(standing)
            conflicts = {conflict.decision_id: conflict for conflict in self.implications.conflicts}
            return {d.id: Effect(conflict=conflicts[d.id]) for d in decisions if d.id in conflicts}
        effects = {}
        for decision, surprise in zip(decisions, surprises, strict=True):
            effect = effects[decision.id] = self.implications.add(decision)
            self.pace.note(decision, changed=surprise or effect.conflict is not None)
        return effects

    def _reask(self, pairs: Collection[Pair]) -> None:
        """Ask others about answered pairs that were not queued, where another answer is wanted."""
        wanted = {pair for pair in pairs if self.snapshot is not None and self._is_eligible(pair)}
        answers = [one for pair in wanted for one in self.implications.answers(pair)]
        for proposal, answered in open_questions(answers, self.settings.overlap):
            self.queue.reask(proposal, answered)

    def void(self) -> list[Pair]:
        """Take pairs off the queue, and off screens, that need no answer any more."""
        with self.lock:
            return self.queue.void(self.closed, lambda pair: self._relation(pair) is not None)

    def _void_after(self, new: Sequence[Decision]) -> list[Pair]:
        """As ``void`` where only ``new`` happened: other groups' pairs are as open as before."""
        if any(decision.supersedes is not None for decision in new):
            return self.void()
        ends = {end for decision in new for end in (decision.pair.a, decision.pair.b)}
        touched = {member for end in ends for member in self.implications.members(end)}

        def concerned(pair: Pair) -> bool:
            return pair.a in touched or pair.b in touched

        return self.queue.void(
            lambda proposal: concerned(proposal.pair) and self.closed(proposal),
            lambda pair: concerned(pair) and self._relation(pair) is not None,
        )

    def _relation(self, pair: Pair) -> str | None:
        return self.implications.relation(pair.a, pair.b)

    def undo(self, reviewer: str, step: str = "") -> list[Decision]:
        """Take back the reviewer's last decision or batch; the pairs return to the queue.

        ``step`` is the id of this undo; a repeat of it takes nothing more back.
        """
        with self.lock:
            undone = self.log.undo(self.name, reviewer, step)
            if undone:
                self.rebuild()
                self.position = self.log.position(self.name)
                self.version += 1
            return undone

    def asks_again(self, reviewer: str, pair: Pair) -> bool:
        """Whether a pair whose answer was taken back is open to its reviewer."""
        with self.lock:
            standing = self.implications.answers(pair)
            wanting = open_questions(standing, self.settings.overlap)
            return not standing or any(reviewer not in answered for _, answered in wanting)

    def rebuild(self) -> None:
        """Implications anew from the log, which is the only source of truth."""
        self.implications = closure.build(self.log.effective(self.name))

    def _surprise(self, decision: Decision) -> bool:
        """True where the answer is not the one that the calibrated similarity expects."""
        if self.snapshot is None or decision.verdict not in ("same", "different"):
            return False
        return self.snapshot.expected(decision.pair) not in (None, decision.verdict)

    def _ready(self) -> Snapshot:
        if self.snapshot is None:
            raise DecisionError(
                "No item is embedded yet, so no pair can be shown; wait for the first batch."
            )
        return self.snapshot
