"""Pairs out, verdicts in: the labelling API and what the review screen shows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.clock import now
from curation.decisions.imports import content_ids
from curation.desk.base import Base, Json
from curation.desk.tables import number, read_table
from curation.errors import DecisionError, ProposalError, UnknownName
from curation.review import views
from curation.review.track import Answered, Track
from curation.types import KINDS, VERDICTS, Decision, Kind, Pair, Proposal

OPTIONAL = (
    "id", "verdict", "kind", "strategy", "score", "generation", "milliseconds", "batch_id",
    "supersedes",
)  # fmt: skip


class Reviewing(Base):
    """Status, cards, decisions, undo, conflicts."""

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
        self._check_names({"strategy": strategy or "mix"})
        track, _ = self._shown(criterion)
        wanted = None if kinds is None else [_kind(kind) for kind in kinds]
        return track.lease(reviewer, tab, n, kinds=wanted, strategy=strategy, have=have)

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
        """The next pairs as the review screen paints them, without those the tab has already."""
        track = self._lane(criterion).track
        if track.snapshot is None:
            message = "Items are being embedded; the first pairs come in a moment."
            return {"cards": [], "counts": track.counts(), "done": False, "message": message}
        leased = self.next_proposals(
            criterion, reviewer, n, strategy=strategy, kinds=kinds, tab=tab, have=have
        )
        painted = [self._card(track, p) for p in leased if p.pair.key not in have]
        done = not painted and not have
        message = self._done_message(track, reviewer, kinds, strategy) if done else ""
        return {"cards": painted, "counts": track.counts(), "done": done, "message": message}

    def _card(self, track: Track, proposal: Proposal) -> Json:
        snapshot = track.snapshot
        assert snapshot is not None
        return views.card(track, snapshot, proposal, self.item)

    def _done_message(
        self, track: Track, reviewer: str, kinds: Collection[str] | None, strategy: str | None
    ) -> str:
        if track.eligible.sum() < 2:
            return "Pairs need at least two items; add images to the folder and start again."
        name = strategy or track.settings.strategy
        if lacking := track.absent(name):
            return f"{name} {lacking}. Choose another strategy, or the mix."
        if name != "mix":
            return f"{name} has nothing more to ask. Choose another strategy, or the mix."
        if kinds:
            return "This queue is empty for now; choose another one or all."
        if sum(track.queue.counts(reviewer).values()):
            return "Done for now: the pairs still open are on other screens."
        return "Done: every pair that could be asked is answered or follows from your answers."

    def propose(self, criterion: str, strategy: str = "mix", budget: int = 20) -> list[Json]:
        """Proposals without leasing them: for scripts.

        Raises UnknownName, and ProposalError where the strategy's needs are absent.
        """
        self._check_names({"strategy": strategy})
        track, _ = self._shown(criterion)
        if lacking := track.absent(strategy):
            raise ProposalError(f"Strategy {strategy!r} {lacking}; or choose another one.")
        return [views.proposal_row(p) for p in track.propose(budget, strategy)]

    def strategies(self, criterion: str) -> list[Json]:
        """All strategies, grouped as in the survey, with what is absent here for each."""
        return self._lane(criterion).track.strategies()

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
        track = self._lane(criterion).track
        made = [self._decision(track, criterion, reviewer, given) for given in decisions]
        answered, void = track.decide(made)
        track.queue.heartbeat(reviewer, tab)
        return self._recorded(track, reviewer, answered, void)

    @staticmethod
    def _recorded(
        track: Track, reviewer: str, answered: Sequence[Answered], void: Sequence[Pair]
    ) -> Json:
        return {
            "receipts": [
                {
                    "id": one.receipt.id,
                    "seq": one.receipt.seq,
                    "duplicate": one.receipt.duplicate,
                    "effect": one.effect.summary if one.effect else "",
                    "conflict": bool(one.effect and one.effect.conflict),
                }
                for one in answered
            ],
            "void": [pair.key for pair in void],
            "counts": track.counts(),
            "version": track.version,
            "decisions": len(track.implications.decisions),
            "session": track.pace.session(reviewer),
        }

    def take_decisions(self, criterion: str, reviewer: str, file: Path) -> Json:
        """Record the rows of a CSV, JSONL or Parquet file, all or none.

        Columns ``a`` and ``b`` (item ids or file names; ``id_a``, ``file_a`` and so on serve too)
        and ``verdict``; the optional ones are those of ``decide``. A row that was recorded before
        and not taken back since counts as known. Raises DecisionError, SourceError.
        """
        given = [self._from_row(row) for row in read_table(file)]
        if not given:
            raise DecisionError(f"No row in {file}; expected columns a, b and verdict.")
        unnamed = [one for one in given if "id" not in one]
        texts = [_content(one, f"{criterion}|{reviewer}") for one in unnamed]
        for one, id in zip(unnamed, content_ids(texts, self.log.read(criterion)), strict=True):
            one["id"] = id
        receipts = self.decide(criterion, reviewer, given)["receipts"]
        known = sum(receipt["duplicate"] for receipt in receipts)
        return {"recorded": len(receipts) - known, "known": known}

    def _from_row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: row[name] for name in OPTIONAL if row.get(name) is not None}
        for end in ("a", "b"):
            named = next((row[k] for k in (end, f"id_{end}", f"file_{end}") if row.get(k)), None)
            if named is None:
                raise DecisionError(f"Expected columns a and b, got {', '.join(row)}.")
            given[end] = self._item_named(str(named))
        return given

    def _item_named(self, name: str) -> str:
        if name in self.catalogue.position:
            return name
        for item in self.catalogue.items:
            if name in item.paths:
                return item.id
        raise DecisionError(f"No item has the id or the file name {name!r}; scan the source first.")

    def _decision(
        self, track: Track, criterion: str, reviewer: str, given: Mapping[str, Any]
    ) -> Decision:
        missing = [name for name in ("a", "b", "verdict") if not given.get(name)]
        if missing:
            raise DecisionError(
                f"A decision needs a, b and verdict; {', '.join(missing)} is missing in {given}."
            )
        if given["verdict"] not in VERDICTS:
            raise UnknownName("verdict", str(given["verdict"]), VERDICTS)
        if given.get("kind") is not None and given["kind"] not in KINDS:
            raise UnknownName("kind", str(given["kind"]), KINDS)
        for end in ("a", "b"):
            self.item(given[end])
        if given["a"] == given["b"]:
            raise DecisionError("A pair needs two different items, got the same one twice.")
        shown = track.snapshot.generation.number if track.snapshot else 0
        generation, milliseconds = number(given, "generation"), number(given, "milliseconds")
        return Decision(
            id=given.get("id") or uuid.uuid4().hex,
            pair=Pair.of(given["a"], given["b"]),
            verdict=given["verdict"],
            criterion=criterion,
            reviewer=reviewer or "reviewer",
            strategy=given.get("strategy") or "manual",
            kind=given.get("kind"),
            score=number(given, "score"),
            generation=shown if generation is None else int(generation),
            time=now(),
            milliseconds=None if milliseconds is None else int(milliseconds),
            batch_id=given.get("batch_id"),
            supersedes=given.get("supersedes"),
        )

    def skip(self, criterion: str, reviewer: str, tab: str, a: str, b: str) -> Json:  # noqa: ARG002
        """Put a pair off: no decision; it comes back after others."""
        track = self._lane(criterion).track
        for end in (a, b):
            self.item(end)
        if a != b:
            track.skip(reviewer, Pair.of(a, b))
        return {"counts": track.counts()}

    def undo(self, criterion: str, reviewer: str, tab: str = "", step: str = "") -> Json:
        """Take back the reviewer's last decision, or batch, as often as there are some.

        ``step`` is the client's id of this undo; sent again, it takes nothing more back.
        A single pair that was taken back is on the tab's screen again (``cards``), unless an
        earlier answer holds again.
        """
        track, shown = self._shown(criterion)
        undone = track.undo(reviewer, step)
        rows = [self._row(decision, set(), set()) for decision in undone]
        cards = []
        embedded = [d for d in undone if {d.pair.a, d.pair.b} <= shown.position.keys()]
        if len(undone) == len(embedded) == 1 and track.asks_again(reviewer, undone[0].pair):
            again = _again(undone[0])
            track.queue.claim(again, reviewer, tab)
            cards = [self._card(track, again)]
        return {"undone": rows, "cards": cards, "counts": track.counts()}

    def heartbeat(self, reviewer: str, tab: str) -> None:
        """Keep a tab's pairs on its screen."""
        for lane in self.engine.lanes.values():
            lane.track.queue.heartbeat(reviewer, tab)

    def release(self, tab: str) -> None:
        """A tab was closed: its pairs come back."""
        for lane in self.engine.lanes.values():
            lane.track.queue.release(tab)

    # --- the log ---------------------------------------------------------------------------

    def decisions(
        self,
        criterion: str,
        reviewer: str | None = None,
        limit: int = 10,
        offset: int = 0,
        query: str = "",
    ) -> Json:
        """Decisions that stand, newest first; ``query`` matches names, verdicts and reviewers."""
        track = self._lane(criterion).track
        with track.lock:
            effective, open_conflicts = track.decisions(), track.conflicts()
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
        names = [self.item(end).name for end in (decision.pair.a, decision.pair.b)]
        text = " ".join([*names, str(decision.verdict), decision.reviewer, decision.strategy])
        return query.lower() in text.lower()

    def _row(self, decision: Decision, effective: set[str], conflicting: set[str]) -> Json:
        return views.decision_row(decision, effective, conflicting, self.item)

    def conflicts(self, criterion: str) -> list[Json]:
        """Contradictions with the decisions behind them; a superseding decision resolves one."""
        track = self._lane(criterion).track
        with track.lock:
            effective, found = track.decisions(), track.conflicts()
        ids = {decision.id for decision in effective}
        bad = {conflict.decision_id for conflict in found}
        rows = {decision.id: self._row(decision, ids, bad) for decision in effective}
        return [views.conflict(one, rows, self.item) for one in found]


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
