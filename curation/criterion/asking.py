"""Pairs out: the queue of one criterion, and the draws that fill it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from curation import ties
from curation.criterion.answering import Answering
from curation.criterion.changes import Changes
from curation.criterion.drawing import MIX, Drawer, Seen, single_questions
from curation.criterion.showing import Showing
from curation.criterion.variety import varied
from curation.decisions.audits import STRATEGY as AUDIT
from curation.decisions.audits import propose_audits
from curation.decisions.queue import ANY, ReviewQueue, Wanted, open_questions
from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.mix import Mix
from curation.settings import CriterionSettings
from curation.types import Decision, Kind, Pair, Proposal

BATCH = 20
"""Proposals drawn at once: few, so that strategies that follow the answers stay fresh."""
MORE = 4
"""Times as many are drawn where most ask about images that were shown too often."""
ENOUGH = BATCH // 4
"""Of so many others none is asked about an image that was shown too often."""
MATES = 200
"""Images of a group that may stand for it."""
FRESH = 5
"""Answers after which what was drawn before them is drawn anew."""

Later = Callable[[Callable[[], None]], None]
"""Runs something in the background; None where everything runs in the calling thread."""


class Asking:
    """Draws proposals, leases them, and takes off the queue what needs no answer any more."""

    def __init__(
        self,
        settings: CriterionSettings,
        changes: Changes,
        showing: Showing,
        answering: Answering,
        seen: Seen,
        later: Later | None,
    ) -> None:
        self._settings = settings
        self._changes = changes
        self._showing = showing
        self._answering = answering
        self._later = later
        self._drawer = Drawer(seen)
        self.queue = ReviewQueue(overlap=settings.overlap)
        self._pools: list[Proposal] = []
        self._drawn: list[Proposal] = []
        self._drawn_for: tuple[str, int] | None = None
        self._exhausted: tuple[str, int, int] | None = None
        for proposal, answered in open_questions(answering.decisions(), settings.overlap):
            self.queue.reask(proposal, answered)

    def configure(self, settings: CriterionSettings) -> None:
        """Use other settings from now on."""
        with self._changes.lock:
            self._settings = settings
            self.queue.set_overlap(settings.overlap)

    # --- drawing ---------------------------------------------------------------------------

    def state(self) -> tuple[State, int]:
        """What strategies may see now, and the log position it is of."""
        self._drawer.look_at(self._showing.ready())
        names = self._answering.ledger.names()
        with self._changes.lock:
            snapshot = self._showing.ready()
            position = snapshot.position
            implications, ledger = self._answering.implications, self._answering.ledger
            constraints = implications.constraints(snapshot.space.item_ids, self.queue.pending())
            state = self._drawer.state(
                snapshot,
                constraints=constraints,
                names={position[item]: name for item, name in names.items() if item in position},
                **ledger.fields(snapshot, implications, constraints),
            )
            return state, self._answering.position

    def strategies(self) -> list[dict[str, Any]]:
        """The catalogue of strategies, with what is absent here and how each one fares."""
        rows = registry.catalogue(None if self._showing.snapshot is None else self.state()[0])
        tally = self._answering.ledger.tally
        with self._changes.lock:
            return [{**row, **tally.row(row["id"])} for row in rows]

    def absent(self, name: str) -> str:
        """Why a strategy cannot propose: a need that is absent, in words; empty where it can."""
        strategy = registry.create(name)
        return "" if isinstance(strategy, Mix) else strategy.lacks(self.state()[0])

    def propose(self, budget: int, strategy: str | None = None) -> list[Proposal]:
        """Proposals of a strategy (or the mix, with its audits), best first, without leasing."""
        return self._propose(strategy or self._settings.strategy, budget)[0]

    def _propose(self, name: str, budget: int) -> tuple[list[Proposal], int]:
        state, position = self.state()
        asked = single_questions(self._answering.decisions())
        return self._drawer.draw(name, state, budget, position, asked, self._audits), position

    def _audits(self, budget: int, rng: np.random.Generator) -> list[Proposal]:
        with self._changes.lock:
            snapshot = self._showing.ready()
            return propose_audits(
                self._answering.implications,
                snapshot.cosines,
                budget,
                rng,
                snapshot.generation.number,
                may_ask=snapshot.may_ask,
            )

    def prepare(self) -> None:
        """Draw from the space just adopted: the mix, then the counted queues. Takes a while."""
        snapshot = self._showing.ready()
        if snapshot.n_items < 2:
            return
        self._draw(self._settings.strategy)
        pools = self._drawer.pools(self.state()[0])
        with self._changes.lock:
            shown = self._showing.snapshot
            if shown is not None and shown.space is snapshot.space:
                self._pools = pools
                self.queue.refill(self._drawn + pools, self.closed)
                self._changes.note()

    def _draw(self, name: str) -> None:
        drawn, position = self._propose(name, BATCH)
        fresh, often = self._varied(drawn)
        if len(fresh) < BATCH // 2 < len(drawn):  # there may be others that are worth less
            fresh, often = self._varied(self._propose(name, MORE * BATCH)[0])
        kept = fresh if len(fresh) >= ENOUGH else (fresh + often)[:BATCH]
        with self._changes.lock:
            self._drawn, self._drawn_for = kept, (name, position)
            self.queue.refill(self._drawn + self._pools, self.closed)

    def _varied(self, drawn: Sequence[Proposal]) -> tuple[list[Proposal], list[Proposal]]:
        with self._changes.lock:
            answers = self._answering.decisions()
            asked = [one.pair for one in answers if one.batch_id is None]
            return varied(drawn, asked, self._mates, self._known)

    def _mates(self, item: str) -> list[str]:
        shown = self._showing.ready()
        members = self._answering.implications.members(item)
        rows = ((one, shown.position.get(one)) for one in members[:MATES] if one != item)
        others = [one for one, row in rows if row is not None and shown.eligible[row]]
        if item not in shown.position:
            return others
        likeness = shown.cosines([Pair.of(item, one) for one in others])
        return [others[place] for place in ties.best_first(likeness)]

    def _known(self, pair: Pair) -> bool:
        known = self._answering.implications
        return known.relation(pair.a, pair.b) is not None or known.verdict(pair) is not None

    def _draw_later(self, name: str) -> None:
        if self._later is None:
            self._draw(name)
        elif not self._drawer.busy():
            self._later(lambda: self._draw(name))

    # --- serving ---------------------------------------------------------------------------

    def lease(self, reviewer: str, tab: str, n: int, wanted: Wanted = ANY) -> list[Proposal]:
        """Up to ``n`` open pairs for this tab's screen; they are nobody else's until answered.

        Of the criterion's own strategy where none is ``wanted``.
        """
        self._showing.ready()
        name = wanted.strategy or self._settings.strategy
        wanted = replace(wanted, strategy=None if name == MIX else name)
        if self._drawn_for is None or self._drawn_for[0] != name:
            self._draw(name)
        elif self._answering.position - self._drawn_for[1] >= FRESH:
            self._draw_later(name)
        leased = self.queue.lease(reviewer, tab, n, wanted)
        if len(leased) < n and self._exhausted != (name, *self._open_now()):
            self._draw(name)
            leased = self.queue.lease(reviewer, tab, n, wanted)
            if len(leased) < n:
                self._exhausted = (name, *self._open_now())
        return leased

    def _open_now(self) -> tuple[int, int]:
        """What a further draw depends on: changes so far, and pairs on screens."""
        return self._changes.version, len(self.queue.pending())

    def asks_again(self, reviewer: str, pair: Pair) -> bool:
        """Whether a pair whose answer was taken back is open to its reviewer."""
        standing = self._answering.answers(pair)
        wanting = open_questions(standing, self._settings.overlap)
        return not standing or any(reviewer not in answered for _, answered in wanting)

    def put_off(self, reviewer: str, pairs: Sequence[Pair]) -> None:
        """No decision on a question of several pairs: they are open again."""
        self._answering.note_skipped(self._asked_as(pairs), reviewer)
        for pair in pairs:
            self.queue.drop(pair, reviewer)

    def skip(self, reviewer: str, pair: Pair) -> None:
        """No decision: the pair goes behind the others and comes back."""
        self._answering.note_skipped(self._asked_as([pair]), reviewer)
        self.queue.skip(reviewer, pair)

    def _asked_as(self, pairs: Sequence[Pair]) -> list[Proposal]:
        return [found for pair in pairs if (found := self.queue.find(pair)) is not None]

    # --- closing ---------------------------------------------------------------------------

    def closed(self, proposal: Proposal) -> bool:
        """True where a proposal must not be shown any more."""
        pair = proposal.pair
        with self._changes.lock:
            known = self._answering.implications
            if not self._showing.ready().may_ask(pair):
                return True
            if known.verdict(pair) is not None:
                again = proposal.kind == "audit" and proposal.strategy != AUDIT
                return not again or pair in known.audited
            return proposal.kind != "audit" and known.relation(pair.a, pair.b) is not None

    def settle(self, new: Sequence[Decision]) -> list[Pair]:
        """Take off the queue what was just answered and what follows from it; also the pairs on
        screens that need no answer any more."""
        with self._changes.lock:
            unasked = [
                one.pair
                for one in new
                if not self.queue.settle(one.pair, one.reviewer, one.verdict)
            ]
            self._reask(unasked)
            return self._void_after(new)

    def _reask(self, pairs: Collection[Pair]) -> None:
        """Ask others about answered pairs that were not queued, where another answer is wanted."""
        shown = self._showing.snapshot
        if shown is None:
            return
        wanted = {pair for pair in pairs if shown.may_ask(pair)}
        answers = [one for pair in wanted for one in self._answering.answers(pair)]
        for proposal, answered in open_questions(answers, self._settings.overlap):
            self.queue.reask(proposal, answered)

    def void(self) -> list[Pair]:
        """Take pairs off the queue, and off screens, that need no answer any more."""
        with self._changes.lock:
            return self.queue.void(self.closed, self._is_implied)

    def _void_after(self, new: Sequence[Decision]) -> list[Pair]:
        """As ``void`` where only ``new`` happened: other groups' pairs are as open as before."""
        if any(decision.supersedes is not None for decision in new):
            return self.void()
        known = self._answering.implications
        ends = {end for decision in new for end in (decision.pair.a, decision.pair.b)}
        touched = {member for end in ends for member in known.members(end)}

        def concerned(pair: Pair) -> bool:
            return pair.a in touched or pair.b in touched

        return self.queue.void(
            lambda proposal: concerned(proposal.pair) and self.closed(proposal),
            lambda pair: concerned(pair) and self._is_implied(pair),
        )

    def _is_implied(self, pair: Pair) -> bool:
        return self._answering.implications.relation(pair.a, pair.b) is not None

    def counts(self) -> dict[Kind, int]:
        """Open pairs of each kind."""
        return self.queue.counts()
