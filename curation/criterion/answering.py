"""Verdicts in: what the log holds of one criterion, and all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from curation.criterion.changes import Changes
from curation.criterion.corrections import as_corrections, up_to_date
from curation.criterion.ledger import Ledger
from curation.criterion.pace import Pace
from curation.criterion.snapshot import Snapshot
from curation.criterion.timing import Timing
from curation.decisions import closure
from curation.decisions.closure import Effect, Implications
from curation.decisions.effective import effective, still_standing
from curation.decisions.log import DecisionLog, Receipt
from curation.decisions.names import GroupName
from curation.decisions.sorting import judges
from curation.decisions.withdrawing import names_kept
from curation.types import Closure, Conflict, Constraints, Decision, IndexArray, Pair, Proposal


@dataclass(frozen=True, slots=True)
class Answered:
    """What recording one decision did."""

    receipt: Receipt
    effect: Effect | None


class Answering:
    """The standing decisions of one criterion and their implications, rebuilt from the log.

    Whoever changes them holds ``Changes.writing`` meanwhile, so that a writer may read them without
    the lock; all others read under ``Changes.lock``, which nobody holds while the disk is written.
    """

    def __init__(self, name: str, log: DecisionLog, changes: Changes) -> None:
        self._name = name
        self._log = log
        self._changes = changes
        entries = log.read(name)
        self._implications = closure.build(effective(entries))
        self._position = entries[-1].seq if entries else 0
        self.pace = Pace()
        self.timing = Timing(entries)
        self.ledger = Ledger(name, log)

    @property
    def implications(self) -> Implications:
        """What the decisions imply now; for readers that hold the lock, and for writers."""
        return self._implications

    @property
    def position(self) -> int:
        """Position in the log of the newest decision that is applied."""
        return self._position

    # --- in --------------------------------------------------------------------------------

    def record(
        self,
        decisions: Sequence[Decision],
        find: Callable[[Pair], Proposal | None],
        snapshot: Snapshot | None,
        names: Sequence[GroupName] = (),
    ) -> tuple[list[Answered], list[Decision]]:
        """Append decisions and names of groups and apply them; what each decision did, and those
        that were not known before.

        ``find`` gives the question that a pair was asked as. Another answer of the same reviewer to
        a pair replaces the earlier one, except in an audit. The caller holds ``writing``.
        """
        known = self._implications
        decisions = as_corrections(decisions, known, self._log)
        decisions = up_to_date(decisions, known.decisions, self._log)
        shown = self.ledger.shown(decisions, find, snapshot, known)
        receipts = self._log.append(decisions, shown, names)
        new = [
            replace(decision, seq=receipt.seq)
            for decision, receipt in zip(decisions, receipts, strict=True)
            if not receipt.duplicate
        ]
        rebuilt = self._rebuilt(new) if _replaces(new) else None
        with self._changes.lock:
            self.ledger.count(shown, {decision.pair for decision in new})
            self.timing.note(new)
            effects = self._apply(new, snapshot, rebuilt)
            self._position = max([self._position, *(receipt.seq for receipt in receipts)])
            self._changes.note()
        answered = [
            Answered(receipt, None if receipt.duplicate else effects.get(receipt.id))
            for receipt in receipts
        ]
        return answered, new

    def _rebuilt(self, new: Sequence[Decision]) -> Implications:
        """What the decisions imply after ``new`` ones, some of which take the place of others."""
        standing = still_standing(self._implications.decisions, new)
        if standing is None:
            standing = self._log.effective(self._name)
        return closure.build(standing)

    def _apply(
        self, new: Sequence[Decision], snapshot: Snapshot | None, rebuilt: Implications | None
    ) -> dict[str, Effect]:
        """Effects by decision id; ``rebuilt`` is what the log implies where it had to be read."""
        if rebuilt is not None:
            self.pace.touch()
            self._implications = rebuilt
            conflicts = {conflict.decision_id: conflict for conflict in rebuilt.conflicts}
            return {
                one.id: Effect(conflict=conflicts[one.id]) for one in new if one.id in conflicts
            }
        effects = {}
        for decision in new:
            effect = effects[decision.id] = self._implications.add(decision)
            changed = _surprises(decision, snapshot) or effect.conflict is not None
            self.pace.note(decision, changed=changed)
        return effects

    def undo(self, reviewer: str, step: str) -> list[Decision]:
        """Take back the reviewer's last decision or batch; the caller holds ``writing``."""
        undone = self._log.undo(self._name, reviewer, step)
        self._catch_up()
        return undone

    def withdraw(self, reviewer: str, strategy: str) -> int:
        """Take back all that a strategy said, and how many verdicts that were; the caller holds
        ``writing``.

        A name that came with it stays where answers of another strategy still join images of its
        group.
        """
        keep = names_kept(self._implications, strategy)
        count = self._log.withdraw(self._name, reviewer, strategy, keep)
        self._catch_up()
        return count

    def _catch_up(self) -> None:
        """Apply what the log has beyond what is known here; names may have changed alone."""
        new = self._log.read(self._name, after=self._position)
        rebuilt = self._rebuilt(new) if new else self._implications
        with self._changes.lock:
            self._implications = rebuilt
            self._position = new[-1].seq if new else self._position
            self._changes.note()

    def note_skipped(self, proposals: Sequence[Proposal], reviewer: str) -> None:
        """Record questions that were put off."""
        shown = self.ledger.record_skipped(proposals, reviewer)
        with self._changes.lock:
            self.ledger.count(shown, {proposal.pair for proposal in proposals})

    def session(self, reviewer: str) -> dict[str, float]:
        """Decisions of a reviewer since the server started, and their rate per minute of late."""
        with self._changes.lock:
            return self.pace.session(reviewer)

    # --- out -------------------------------------------------------------------------------

    def guessed(self, n: int) -> list[bool]:
        """Whether the latest ``n`` guesses about an image that answers stand for were right, newest
        first: its likeliest group before it was named, the group of a grid for each tile."""
        with self._changes.lock:
            standing = reversed(list(self._implications.decisions.values()))
            told = (one.verdict == "same" for one in standing if judges(one))
            return list(islice(told, n))

    def decisions(self) -> list[Decision]:
        """The verdicts that stand now, oldest first, as in the log."""
        with self._changes.lock:
            return list(self._implications.decisions.values())

    def holds_batch(self, batch_id: str) -> bool:
        """Whether the log has decisions of a batch, standing or not."""
        return self._log.holds_batch(self._name, batch_id)

    def answers(self, pair: Pair) -> Sequence[Decision]:
        """The decisions on a pair that stand now, oldest first."""
        with self._changes.lock:
            return tuple(self._implications.answers(pair))

    def since(self, position: int) -> list[Decision]:
        """Standing decisions after a position of the log, the newest first."""
        with self._changes.lock:
            newest = reversed(list(self._implications.decisions.values()))
            return list(takewhile(lambda one: one.seq > position, newest))

    def teach(self) -> bool:
        """Whether any decision says same or different."""
        with self._changes.lock:
            standing = self._implications.decisions.values()
            return any(one.verdict in ("same", "different") for one in standing)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Contradictions that are open now, in the log's order."""
        with self._changes.lock:
            return self._implications.conflicts

    def closure(self) -> Closure:
        """All that the decisions imply now."""
        with self._changes.lock:
            return self._implications.closure()

    def groups(self) -> list[tuple[str, ...]]:
        """Must-link groups of two or more items, each sorted."""
        return [group for group in self.closure().groups if len(group) > 1]

    def group_of(self, item: str) -> str | None:
        """First item of the must-link group that an item is in, None where it is alone."""
        with self._changes.lock:
            members = self._implications.members(item)
        return min(members) if len(members) > 1 else None

    def constraints(self, item_ids: Sequence[str]) -> Constraints:
        """What the decisions imply now, on positions of ``item_ids``."""
        with self._changes.lock:
            return self._implications.constraints(item_ids)

    def units(self, position: Mapping[str, int]) -> tuple[IndexArray, IndexArray]:
        """Must-link group of each item, and which groups are apart: see ``Implications.units``."""
        with self._changes.lock:
            return self._implications.units(position)

    def relation(self, x: str, y: str) -> str | None:
        """What is known of two items now: same, different or nothing."""
        with self._changes.lock:
            return self._implications.relation(x, y)


def _replaces(decisions: Sequence[Decision]) -> bool:
    """Whether earlier decisions no longer stand, so that the log has to be read anew."""
    return any(one.supersedes is not None or one.verdict is None for one in decisions)


def _surprises(decision: Decision, snapshot: Snapshot | None) -> bool:
    """True where the answer is not the one that the calibrated similarity expects."""
    if snapshot is None or decision.verdict not in ("same", "different"):
        return False
    return snapshot.expected(decision.pair) not in (None, decision.verdict)
