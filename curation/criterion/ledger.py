"""What is kept of one criterion's answers to judge strategies by, and what strategies see of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from curation.criterion.losses import LossHistory, rechecked
from curation.criterion.record import Find, shown_by
from curation.criterion.snapshot import Snapshot
from curation.criterion.tally import Tally
from curation.decisions.closure import Implications
from curation.decisions.log import DecisionLog
from curation.decisions.shown import SKIP, Shown, outcome
from curation.types import Constraints, Decision, Pair, Proposal


class Ledger:
    """The record of shown pairs with its running figures, and the losses of the answers."""

    def __init__(self, name: str, log: DecisionLog) -> None:
        self._name = name
        self._log = log
        self.tally = Tally(log.shown(name))
        self.losses = LossHistory()

    def shown(
        self,
        decisions: Sequence[Decision],
        find: Find,
        snapshot: Snapshot | None,
        implications: Implications,
    ) -> list[Shown]:
        """What to record of decisions about to be taken; the pairs of a gesture were not shown,
        unless the gesture answers a question about them."""

        def asked(one: Decision) -> bool:
            queued = find(one.pair)
            return one.batch_id is None or (queued is not None and queued.strategy == one.strategy)

        return shown_by([one for one in decisions if asked(one)], find, snapshot, implications)

    def count(self, shown: Sequence[Shown], pairs: Collection[Pair]) -> None:
        """Add the records of ``pairs`` to the running figures."""
        for one in shown:
            if one.proposal.pair in pairs:
                self.tally.note(outcome(one))

    def record_skipped(self, proposals: Sequence[Proposal], reviewer: str) -> list[Shown]:
        """Record pairs that were put off, and return the records, which are not counted yet."""
        shown = [Shown(proposal, reviewer, SKIP) for proposal in proposals]
        self._log.note_shown(self._name, shown)
        return shown

    def names(self) -> dict[str, str]:
        """Item -> name of its group, for items that carry one; the newest naming comes last."""
        return self._log.names(self._name)

    def fields(
        self, snapshot: Snapshot, implications: Implications, constraints: Constraints
    ) -> dict[str, Any]:
        """The fields of a state that this makes: see ``proposals.state.State``."""
        ids, pairs = snapshot.space.item_ids, constraints.pairs
        return {
            "acceptance": self.tally.acceptance(),
            "information": self.tally.information(),
            "losses": self.losses.matrix(ids, pairs),
            "rechecked": rechecked(implications, ids, pairs),
        }
