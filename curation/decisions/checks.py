"""What a decision must look like before it may enter the log."""

from __future__ import annotations

from collections.abc import Mapping

from curation.errors import DecisionError
from curation.types import KINDS, VERDICTS, Decision

_MEANING = ("pair", "verdict", "criterion", "reviewer", "batch_id", "supersedes")
"""What two decisions of one id must agree in; the rest is circumstance."""
_LONGEST = {"id": 64, "batch_id": 64, "strategy": 64, "reviewer": 200}


def check_decision(decision: Decision) -> None:
    """DecisionError where a field is missing, too long or not one of its values."""
    for name, longest in _LONGEST.items():
        value = getattr(decision, name)
        if value is None and name == "batch_id":
            continue
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise DecisionError(
                f"Decision {decision.id!r}: expected {name} of 1 to {longest} characters, got "
                f"{value!r}; correct it and send the decision again."
            )
    if decision.verdict is not None and decision.verdict not in VERDICTS:
        raise DecisionError(
            f"Decision {decision.id!r}: expected a verdict out of {', '.join(VERDICTS)}, got "
            f"{decision.verdict!r}."
        )
    if decision.verdict is None and decision.supersedes is None:
        raise DecisionError(
            f"Decision {decision.id!r} has no verdict and supersedes nothing; give one of "
            f"{', '.join(VERDICTS)}, or the id of the decision to retract."
        )
    if decision.kind is not None and decision.kind not in KINDS:
        raise DecisionError(
            f"Decision {decision.id!r}: expected a kind out of {', '.join(KINDS)}, or none, got "
            f"{decision.kind!r}."
        )


def check_repeat(first: Decision, again: Decision) -> None:
    """DecisionError where ``again`` has the id of ``first`` but means something else."""
    for name in _MEANING:
        old, new = getattr(first, name), getattr(again, name)
        if old != new:
            raise DecisionError(
                f"Decision id {again.id!r} is taken by one with {name} {old!r}, got {new!r}; "
                "give every decision an id of its own."
            )


def check_repeated_undo(first: Decision, criterion: str, reviewer: str) -> None:
    """DecisionError where ``first``, which has the id of an undo, is not that undo."""
    if (first.strategy, first.criterion, first.reviewer) != ("undo", criterion, reviewer):
        raise DecisionError(
            f"Undo id {first.id!r} is taken by another decision; give every undo an id of its own."
        )


def check_supersedes(known: Mapping[str, Decision], decision: Decision) -> None:
    """DecisionError where the superseded decision is unknown or of another criterion."""
    if decision.supersedes is None:
        return
    old = known.get(decision.supersedes)
    if old is None:
        raise DecisionError(
            f"Decision {decision.id!r} supersedes {decision.supersedes!r}, which is not in the "
            "log; reload the decisions and choose one of them."
        )
    if old.criterion != decision.criterion:
        raise DecisionError(
            f"Decision {decision.id!r} of criterion {decision.criterion!r} supersedes one of "
            f"{old.criterion!r}; a decision is changed within its criterion."
        )


def check_criterion(name: str) -> None:
    """DecisionError for an empty or overlong name of a criterion."""
    if not name.strip() or len(name) > 200:
        raise DecisionError(
            f"Expected a criterion's name of 1 to 200 characters, got {name!r}; say in a few "
            "words what belongs together, the rest goes into its question."
        )


def check_group_name(name: str) -> None:
    """DecisionError for an overlong name of a group."""
    if len(name) > 200:
        raise DecisionError(
            f"Expected a group's name of at most 200 characters, got {len(name)}; shorten it."
        )
