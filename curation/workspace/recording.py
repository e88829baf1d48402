"""From what a front end sends to decisions, and from decisions to what it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from curation.clock import now
from curation.criterion import Criterion
from curation.criterion.answering import Answered
from curation.decisions.strategies import CHECKED, FOLDERS
from curation.errors import DecisionError, UnknownName
from curation.types import KINDS, VERDICTS, Decision, Pair
from curation.workspace.context import Context, Json
from curation.workspace.given import number

DECISION_FIELDS = (
    "id", "verdict", "kind", "strategy", "score", "generation", "milliseconds", "batch_id",
    "supersedes",
)  # fmt: skip


def decision_of(
    context: Context, criterion: str, reviewer: str, given: Mapping[str, Any]
) -> Decision:
    """The decision that was sent; raises DecisionError and UnknownName for what cannot be one."""
    _check(context, given)
    shown = context.owner(criterion).showing.snapshot
    generation, milliseconds = number(given, "generation"), number(given, "milliseconds")
    if generation is None:
        generation = shown.generation.number if shown else 0
    return Decision(
        id=given.get("id") or uuid.uuid4().hex,
        pair=Pair.of(given["a"], given["b"]),
        verdict=given["verdict"],
        criterion=criterion,
        reviewer=reviewer or "reviewer",
        strategy=_strategy(given.get("strategy") or "manual"),
        kind=given.get("kind"),
        score=number(given, "score"),
        generation=int(generation),
        time=now(),
        milliseconds=None if milliseconds is None else int(milliseconds),
        batch_id=given.get("batch_id"),
        supersedes=given.get("supersedes"),
    )


def _strategy(given: str) -> str:
    """What is sent was looked at, even where it is sent as what it replaces: a folder's answer."""
    return CHECKED if given == FOLDERS else given


def _check(context: Context, given: Mapping[str, Any]) -> None:
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
        context.item(given[end])
    if given["a"] == given["b"]:
        raise DecisionError("A pair needs two different items, got the same one twice.")


def recorded(
    owner: Criterion, reviewer: str, answered: Sequence[Answered], void: Sequence[Pair]
) -> Json:
    """What recording decisions did: receipts in their order, pairs that need no answer any more."""
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
        "counts": owner.asking.counts(),
        "version": owner.changes.version,
        "decisions": len(owner.answering.implications.decisions),
        "session": owner.answering.session(reviewer),
    }
