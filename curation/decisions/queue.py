"""Which pair is on whose screen: leases, skips, and questions that wait for another reviewer.

In memory: after a restart the open questions come back from the log (``reask``) and everything
else is proposed again. Times are seconds of any monotonic clock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from curation.proposals.sorting.questions import FORMS
from curation.types import KINDS, Decision, Kind, Pair, Proposal, Verdict

LEASE_SECONDS = 120.0
"""A tab that is silent for so long gives its pairs back."""
SKIP_GAP = 20
"""A skipped pair returns to its reviewer after so many others, or when none is left."""

Holder = tuple[str, str]
"""Reviewer and browser tab."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs a tab asks for: of some ``kinds`` and one ``strategy`` (None: any), beyond those
    it has (``have``: pair keys)."""

    kinds: Collection[Kind] | None = None
    strategy: str | None = None
    have: Collection[str] = ()

    def fits(self, proposal: Proposal) -> bool:
        """Whether a pair is of such a kind and strategy; one that a form of sorting asks about is
        not asked as a pair."""
        fits_kind = self.kinds is None or proposal.kind in self.kinds
        fits_strategy = self.strategy in (None, proposal.strategy)
        return fits_kind and fits_strategy and proposal.strategy not in FORMS


ANY = Wanted()


@dataclass(slots=True)
class _Entry:
    """An open question: ``answered`` by and ``leased`` to whom, ``skipped`` by whom and when."""

    proposal: Proposal
    answered: set[str] = field(default_factory=set)
    leased: list[Holder] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    def may_serve(self, reviewer: str, overlap: int) -> bool:
        taken = self.answered | {holder[0] for holder in self.leased}
        return reviewer not in taken and len(self.leased) < self._wanted(overlap)

    def _wanted(self, overlap: int) -> int:
        return max(1, overlap - len(self.answered))

    @property
    def stays(self) -> bool:
        return bool(self.answered or self.leased or self.skipped)


class ReviewQueue:
    """Proposals of one criterion in the order given, each on one reviewer's screen at a time.

    ``overlap`` is the number of reviewers who are asked about each pair. Safe between threads.
    """

    def __init__(self, overlap: int = 1) -> None:
        self._overlap = overlap
        self._entries: dict[Pair, _Entry] = {}
        self._seen: dict[Holder, float] = {}
        self._handled: Counter[str] = Counter()
        self._lock = threading.RLock()

    def set_overlap(self, overlap: int) -> None:
        """Ask so many reviewers about each pair from now on."""
        with self._lock:
            self._overlap = overlap

    # --- filling ---------------------------------------------------------------------------

    def refill(self, proposals: Iterable[Proposal], closed: Callable[[Proposal], bool]) -> None:
        """Replace what nobody has seen by ``proposals``, best first, without the closed ones.

        Pairs on a screen, skipped pairs and pairs that wait for another reviewer stay; a skipped
        one takes its new place and reason where it is proposed again.
        """
        with self._lock:
            kept = {
                pair: entry
                for pair, entry in self._entries.items()
                if entry.stays and (entry.answered or entry.leased or not closed(entry.proposal))
            }
            self._entries = dict(kept)
            for proposal in proposals:
                known = kept.get(proposal.pair)
                if known is None and proposal.pair not in self._entries:
                    if not closed(proposal):
                        self._entries[proposal.pair] = _Entry(proposal)
                elif known is not None and known.skipped and not known.leased:
                    known.proposal = proposal

    def reask(self, proposal: Proposal, answered: Collection[str]) -> None:
        """Keep a pair for reviewers other than those who ``answered`` it."""
        with self._lock:
            entry = self._entries.setdefault(proposal.pair, _Entry(proposal))
            entry.answered.update(answered)

    def void(
        self,
        closed: Callable[[Proposal], bool],
        implied: Callable[[Pair], bool] = lambda _pair: False,
    ) -> list[Pair]:
        """Drop the pairs that need no answer any more, on a screen or not, and return them.

        A pair that waits for another reviewer is answered, so ``closed`` does not apply to it: it
        is dropped where it was only `unsure` and is now ``implied``.
        """
        with self._lock:
            gone = [
                pair
                for pair, entry in self._entries.items()
                if (
                    self._overlap == 1 and implied(pair)
                    if entry.answered
                    else closed(entry.proposal)
                )
            ]
            for pair in gone:
                del self._entries[pair]
            return gone

    # --- serving ---------------------------------------------------------------------------

    def lease(
        self,
        reviewer: str,
        tab: str,
        n: int,
        wanted: Wanted = ANY,
        now: float | None = None,
    ) -> list[Proposal]:
        """Up to ``n`` pairs for a tab's screen.

        First what the tab holds already (it was reloaded), then skipped pairs whose time has come,
        then the queue in order, then other skipped pairs. What the tab holds but neither has nor
        wants is given back.
        """
        with self._lock:
            self._expire(self._touch((reviewer, tab), now))
            own = self._own((reviewer, tab), wanted)
            fitting = (e for e in self._entries.values() if wanted.fits(e.proposal))
            free = [e for e in fitting if e.may_serve(reviewer, self._overlap)]
            given = (own + self._in_turn(free, reviewer))[: max(n, 0)]
            for entry in given:
                if (reviewer, tab) not in entry.leased:
                    entry.leased.append((reviewer, tab))
            return [entry.proposal for entry in given]

    def claim(self, proposal: Proposal, reviewer: str, tab: str, now: float | None = None) -> None:
        """Put a pair on a tab's screen, queued or not (after an undo); others do not get it.

        It is asked as ``proposal`` says, unless others have it or answered it as queued.
        """
        with self._lock:
            self._touch((reviewer, tab), now)
            entry = self._entries.setdefault(proposal.pair, _Entry(proposal))
            entry.answered.discard(reviewer)
            if not (entry.answered or entry.leased):
                entry.proposal = proposal
            if (reviewer, tab) not in entry.leased:
                entry.leased.append((reviewer, tab))

    def withdraw(self, reviewer: str, tab: str, unwanted: Callable[[Proposal], bool]) -> None:
        """Take the ``unwanted`` questions of a tab back; what nobody else holds is not queued any
        more."""
        with self._lock:
            for pair, entry in list(self._entries.items()):
                if (reviewer, tab) in entry.leased and unwanted(entry.proposal):
                    entry.leased.remove((reviewer, tab))
                    if not (entry.leased or entry.answered):
                        del self._entries[pair]

    def heartbeat(self, reviewer: str, tab: str, now: float | None = None) -> None:
        """Keep the leases of a tab for another 120 s."""
        with self._lock:
            if (reviewer, tab) in self._seen:
                self._touch((reviewer, tab), now)

    def release(self, tab: str) -> None:
        """Give back all pairs of a closed tab."""
        with self._lock:
            for holder in [holder for holder in self._seen if holder[1] == tab]:
                self._give_back(holder)

    # --- answers ---------------------------------------------------------------------------

    def settle(self, pair: Pair, reviewer: str = "", verdict: Verdict | None = None) -> bool:
        """A pair was answered: it leaves the queue, or waits for another reviewer.

        It waits where it was `unsure`, or has fewer than ``overlap`` answers; the same reviewer is
        not asked again. False for a pair that was not queued (see ``reask``).
        """
        with self._lock:
            self._handled[reviewer] += 1
            entry = self._entries.get(pair)
            if entry is None:
                return False
            entry.answered.add(reviewer)
            entry.leased = [holder for holder in entry.leased if holder[0] != reviewer]
            more = verdict == "unsure" or len(entry.answered) < self._overlap
            if not (reviewer and more) or verdict == "incomparable":
                del self._entries[pair]
            return True

    def find(self, pair: Pair) -> Proposal | None:
        """The open question about a pair, None where it is not queued."""
        with self._lock:
            entry = self._entries.get(pair)
            return None if entry is None else entry.proposal

    def skip(self, reviewer: str, pair: Pair) -> None:
        """No decision: the pair goes behind the others and comes back."""
        with self._lock:
            self._handled[reviewer] += 1
            entry = self._entries.pop(pair, None)
            if entry is None:
                return
            entry.skipped[reviewer] = self._handled[reviewer]
            entry.leased = [holder for holder in entry.leased if holder[0] != reviewer]
            self._entries[pair] = entry

    def drop(self, pair: Pair, reviewer: str) -> None:
        """Give a pair back that was claimed and put off; it is not queued any more."""
        with self._lock:
            entry = self._entries.get(pair)
            if entry is not None and all(holder[0] == reviewer for holder in entry.leased):
                del self._entries[pair]

    # --- counting --------------------------------------------------------------------------

    def counts(self, reviewer: str | None = None) -> dict[Kind, int]:
        """Open pairs of each kind; those that ``reviewer`` answered are not counted."""
        with self._lock:
            found = Counter(
                entry.proposal.kind
                for entry in self._entries.values()
                if reviewer not in entry.answered and entry.proposal.strategy not in FORMS
            )
            return {kind: found[kind] for kind in KINDS}

    def pending(self) -> set[Pair]:
        """Pairs not to be proposed again: on a screen, skipped, or waiting for a reviewer."""
        with self._lock:
            return {pair for pair, entry in self._entries.items() if entry.stays}

    # --- within the lock -------------------------------------------------------------------

    def _touch(self, holder: Holder, now: float | None) -> float:
        now = time.monotonic() if now is None else now
        self._seen[holder] = now
        return now

    def _expire(self, now: float) -> None:
        for holder, seen in list(self._seen.items()):
            if now - seen >= LEASE_SECONDS:
                self._give_back(holder)

    def _give_back(self, holder: Holder) -> None:
        del self._seen[holder]
        for entry in self._entries.values():
            if holder in entry.leased:
                entry.leased.remove(holder)

    def _own(self, holder: Holder, wanted: Wanted) -> list[_Entry]:
        held = [entry for entry in self._entries.values() if holder in entry.leased]
        own = []
        for entry in held:
            if entry.proposal.pair.key in wanted.have:
                continue
            if wanted.fits(entry.proposal):
                own.append(entry)
            else:
                entry.leased.remove(holder)
        return own

    def _in_turn(self, free: Collection[_Entry], reviewer: str) -> list[_Entry]:
        handled = self._handled[reviewer]
        due: list[_Entry] = []
        fresh: list[_Entry] = []
        held: list[_Entry] = []
        for entry in free:
            skipped = entry.skipped.get(reviewer)
            if skipped is None:
                fresh.append(entry)
            else:
                (due if handled - skipped >= SKIP_GAP else held).append(entry)
        return due + fresh + held


def open_questions(
    decisions: Iterable[Decision], overlap: int = 1
) -> Iterator[tuple[Proposal, frozenset[str]]]:
    """Pairs of the effective log that wait for another reviewer, with those who answered.

    `unsure` by all who answered, or fewer than ``overlap`` answers; an `incomparable` is final.
    """
    answers: dict[Pair, list[Decision]] = {}
    for decision in decisions:
        answers.setdefault(decision.pair, []).append(decision)
    for pair, found in answers.items():
        verdicts = {decision.verdict for decision in found}
        reviewers = frozenset(decision.reviewer for decision in found)
        if "incomparable" in verdicts:
            continue
        if verdicts != {"unsure"} and len(reviewers) >= overlap:
            continue
        last = found[-1]
        yield (
            Proposal(
                pair=pair,
                kind=last.kind or "uncertain",
                strategy=last.strategy,
                score=0.5 if last.score is None else last.score,
                reason=f"{' and '.join(sorted(reviewers))}: {last.verdict}",
                generation=last.generation,
            ),
            reviewers,
        )
