"""Pairs out, verdicts in: the labelling API and what the review screen shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.criterion import Criterion
from curation.decisions.imports import content_ids
from curation.decisions.queue import Wanted
from curation.errors import DecisionError, ProposalError, UnknownName
from curation.types import KINDS, Decision, Kind, Pair, Proposal
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.criteria import check_names
from curation.workspace.decision_file import read_decisions
from curation.workspace.recording import decision_of, recorded


class Review:
    """Pair review: proposals, cards, decisions, skips, undo, conflicts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def next_proposals(
        self,
        criterion: str,
        reviewer: str,
        n: int = 1,
        *,
        strategy: str | None = None,
        kinds: Collection[str] | None = None,
        tab: str = "",
        have: Collection[str] = (),
    ) -> list[Proposal]:
        """Up to ``n`` open pairs, best first, leased to this reviewer (not JSON).

        Empty where every pair is answered or implied. Raises UnknownName for a strategy or kind.
        """
        check_names({"strategy": strategy or "mix"})
        owner, _ = self._context.shown(criterion)
        known = None if kinds is None else [_kind(kind) for kind in kinds]
        return owner.asking.lease(reviewer, tab, n, Wanted(known, strategy, have))

    def cards(
        self,
        criterion: str,
        reviewer: str,
        tab: str = "",
        n: int = 5,
        kinds: Collection[str] | None = None,
        strategy: str | None = None,
        have: Collection[str] = (),
    ) -> Json:
        """The next pairs as the review screen paints them, without those the tab has already.

        Raises UnknownName for a strategy or kind.
        """
        owner = self._context.owner(criterion)
        if owner.showing.snapshot is None:
            message = "Items are being embedded; the first pairs come in a moment."
            return {"cards": [], "counts": owner.asking.counts(), "done": False, "message": message}
        leased = self.next_proposals(
            criterion, reviewer, n, strategy=strategy, kinds=kinds, tab=tab, have=have
        )
        painted = [self._card(owner, p) for p in leased if p.pair.key not in have]
        done = not painted and not have
        message = self._done_message(owner, reviewer, kinds, strategy) if done else ""
        return {"cards": painted, "counts": owner.asking.counts(), "done": done, "message": message}

    def _card(self, owner: Criterion, proposal: Proposal) -> Json:
        snapshot = owner.showing.snapshot
        assert snapshot is not None
        return views.card(owner.answering, snapshot, proposal, self._context.item)

    def _done_message(
        self, owner: Criterion, reviewer: str, kinds: Collection[str] | None, strategy: str | None
    ) -> str:
        shown = owner.showing.snapshot
        if shown is None or shown.eligible.sum() < 2:
            return "Pairs need at least two items; add images to the folder and start again."
        name = strategy or owner.settings.strategy
        if lacking := owner.asking.absent(name):
            return f"{name} {lacking}. Choose another strategy, or the mix."
        if name != "mix":
            return f"{name} has nothing more to ask. Choose another strategy, or the mix."
        if kinds:
            return "This queue is empty for now; choose another one or all."
        if sum(owner.asking.queue.counts(reviewer).values()):
            return "Done for now: the pairs still open are on other screens."
        return "Done: every pair that could be asked is answered or follows from your answers."

    def propose(self, criterion: str, strategy: str = "mix", budget: int = 20) -> list[Json]:
        """Proposals without leasing them: for scripts.

        Raises UnknownName, and ProposalError where the strategy's needs are absent.
        """
        check_names({"strategy": strategy})
        owner, _ = self._context.shown(criterion)
        if lacking := owner.asking.absent(strategy):
            raise ProposalError(f"Strategy {strategy!r} {lacking}; or choose another one.")
        return [views.proposal_row(p) for p in owner.asking.propose(budget, strategy)]

    def strategies(self, criterion: str) -> list[Json]:
        """All strategies, grouped as in the survey, with what is absent here for each.

        Raises UnknownName.
        """
        return self._context.owner(criterion).asking.strategies()

    def decide(
        self,
        criterion: str,
        reviewer: str,
        decisions: Sequence[Mapping[str, Any]],
        tab: str = "",
    ) -> Json:
        """Record verdicts; each is on disk when this returns, and a repeated id is no second one.

        A decision needs ``a``, ``b`` and ``verdict``; ``id``, ``kind``, ``strategy``, ``score``,
        ``generation``, ``milliseconds``, ``batch_id`` and ``supersedes`` are optional. Raises
        DecisionError (nothing is recorded then).
        """
        owner = self._context.owner(criterion)
        made = [decision_of(self._context, criterion, reviewer, given) for given in decisions]
        answered, void = owner.decide(made)
        owner.asking.queue.heartbeat(reviewer, tab)
        return recorded(owner, reviewer, answered, void)

    def take_decisions(
        self, criterion: str, reviewer: str, file: Path, *, skip_bad: bool = False
    ) -> Json:
        """Record the rows of a table, all or none; with ``skip_bad`` those that can be.

        Columns ``a`` and ``b`` (item ids or file names) and ``verdict`` under their usual names
        and spellings; the optional ones are those of ``decide``. A row that was recorded before
        and not taken back since counts as known. ``notes`` and ``skipped`` tell what was guessed
        and left out, where something was. Raises DecisionError, naming every row that is wrong,
        and SourceError.
        """
        context = self._context
        root = context.catalogue.root or context.paths.root
        rows = read_decisions(file, context.catalogue.items, root)
        sound = []
        for number, one in rows.given:
            try:
                decision_of(context, criterion, reviewer, one)
                sound.append(one)
            except (DecisionError, UnknownName) as error:
                rows.refuse(number, str(error))
        if rows.bad and not skip_bad:
            raise rows.error()
        if not sound:
            raise (
                rows.error()
                if rows.bad
                else DecisionError(f"No row in {file}; expected columns a, b and verdict.")
            )
        unnamed = [one for one in sound if "id" not in one]
        texts = [_content(one, f"{criterion}|{reviewer}") for one in unnamed]
        ids = content_ids(texts, context.log.read(criterion))
        for one, id in zip(unnamed, ids, strict=True):
            one["id"] = id
        receipts = self.decide(criterion, reviewer, sound)["receipts"]
        known = sum(receipt["duplicate"] for receipt in receipts)
        told: Json = {"recorded": len(receipts) - known, "known": known}
        if rows.bad:
            told["skipped"] = [{"row": row, "reason": why} for row, why in sorted(rows.bad)]
        if rows.notes:
            told["notes"] = [{"path": path, "reason": why} for path, why in rows.notes]
        return told

    def skip(self, criterion: str, reviewer: str, tab: str, a: str, b: str) -> Json:  # noqa: ARG002
        """Put a pair off: no decision; it comes back after others.

        Raises UnknownName for an item that is none.
        """
        owner = self._context.owner(criterion)
        for end in (a, b):
            self._context.item(end)
        if a != b:
            owner.asking.skip(reviewer, Pair.of(a, b))
        return {"counts": owner.asking.counts()}

    def undo(self, criterion: str, reviewer: str, tab: str = "", step: str = "") -> Json:
        """Take back the reviewer's last decision, or batch, as often as there are some.

        ``step`` is the client's id of this undo; sent again, it takes nothing more back.
        A single pair that was taken back is on the tab's screen again (``cards``), unless an
        earlier answer holds again.

        Raises DecisionError where the id is another decision's,
        CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        undone = owner.undo(reviewer, step)
        rows = [self._row(decision, set(), set()) for decision in undone]
        cards = []
        embedded = [d for d in undone if {d.pair.a, d.pair.b} <= shown.position.keys()]
        if len(undone) == len(embedded) == 1 and owner.asking.asks_again(reviewer, undone[0].pair):
            again = _again(undone[0])
            owner.asking.queue.claim(again, reviewer, tab)
            cards = [self._card(owner, again)]
        return {"undone": rows, "cards": cards, "counts": owner.asking.counts()}

    def heartbeat(self, reviewer: str, tab: str) -> None:
        """Keep a tab's pairs on its screen."""
        for owner in list(self._context.engine.criteria.values()):
            owner.asking.queue.heartbeat(reviewer, tab)

    def release(self, tab: str) -> None:
        """A tab was closed: its pairs come back."""
        for owner in list(self._context.engine.criteria.values()):
            owner.asking.queue.release(tab)

    # --- the log ---------------------------------------------------------------------------

    def decisions(
        self,
        criterion: str,
        reviewer: str | None = None,
        limit: int = 10,
        offset: int = 0,
        query: str = "",
    ) -> Json:
        """Decisions that stand, newest first; ``query`` matches names, verdicts and reviewers.

        Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        with owner.changes.lock:
            effective, open_conflicts = owner.answering.decisions(), owner.answering.conflicts()
        conflicting = {conflict.decision_id for conflict in open_conflicts}
        ids = {decision.id for decision in effective}
        found = [
            decision
            for decision in reversed(effective)
            if (reviewer is None or decision.reviewer == reviewer)
            and self._matches(decision, query)
        ]
        rows = [
            self._row(decision, ids, conflicting) for decision in found[offset : offset + limit]
        ]
        return {"rows": rows, "total": len(found)}

    def _matches(self, decision: Decision, query: str) -> bool:
        if not query:
            return True
        names = [self._context.item(end).name for end in (decision.pair.a, decision.pair.b)]
        text = " ".join([*names, str(decision.verdict), decision.reviewer, decision.strategy])
        return query.lower() in text.lower()

    def _row(self, decision: Decision, effective: set[str], conflicting: set[str]) -> Json:
        return views.decision_row(decision, effective, conflicting, self._context.item)

    def conflicts(self, criterion: str) -> list[Json]:
        """Contradictions with the decisions behind them; a superseding decision resolves one.

        Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        with owner.changes.lock:
            effective, found = owner.answering.decisions(), owner.answering.conflicts()
        ids = {decision.id for decision in effective}
        bad = {conflict.decision_id for conflict in found}
        rows = {decision.id: self._row(decision, ids, bad) for decision in effective}
        return [views.conflict(one, rows, self._context.item) for one in found]


def _content(given: Mapping[str, Any], whose: str) -> str:
    ends = sorted([given["a"], given["b"]])
    return "|".join(map(str, [whose, *ends, given.get("verdict"), given.get("batch_id")]))


def _again(decision: Decision) -> Proposal:
    return Proposal(
        decision.pair,
        decision.kind or "uncertain",
        decision.strategy,
        decision.score or 0.0,
        "answered before and taken back",
        decision.generation,
    )


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise UnknownName("kind", name, KINDS)
