"""What a decision must look like before it may enter the log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from curation.errors import DecisionError
from curation.types import KINDS, VERDICTS, Decision

_MEANING = ("pair", "verdict", "criterion", "reviewer", "batch_id", "supersedes")
"""What two decisions of one id must agree in; the rest is circumstance."""
_LONGEST = {"id": 64, "batch_id": 64, "strategy": 64, "reviewer": 200}
_NAME, _QUESTION = 200, 10_000
_LARGEST = 2**63 - 1
"""What a column of integers holds."""


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether a text can be stored and shown: no control character, no half of a surrogate pair.

    ``lines`` lets line ends and tabs pass.
    """
    allowed = "\n\r\t" if lines else ""
    return all(unicodedata.category(one) not in ("Cc", "Cs") or one in allowed for one in text)


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
        if not is_plain(value):
            raise DecisionError(
                f"Decision {decision.id!r}: expected {name} without control characters, got "
                f"{value!r}; correct it and send the decision again."
            )
    for name in ("generation", "milliseconds"):
        number = getattr(decision, name)
        if number is not None and not -_LARGEST <= number <= _LARGEST:
            raise DecisionError(
                f"Decision {decision.id!r}: expected {name} of at most 64 bits, got one of "
                f"{number.bit_length()}; correct it and send the decision again."
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


def check_criterion(name: str, question: str) -> None:
    """DecisionError for a name that is empty, a name or question overlong or not to be shown."""
    if not name.strip() or len(name) > _NAME or not is_plain(name):
        raise DecisionError(
            f"Expected a criterion's name of 1 to {_NAME} characters without control characters, "
            f"got {len(name)}: {name[:_NAME]!r}; say in a few words what belongs together, the "
            "rest goes into its question."
        )
    if len(question) > _QUESTION or not is_plain(question, lines=True):
        raise DecisionError(
            f"Expected a question of at most {_QUESTION:,} characters without control characters, "
            f"got {len(question):,}: {question[:40]!r}...; shorten it."
        )


def check_group_name(name: str) -> None:
    """DecisionError for a name of a group that is overlong or not to be shown."""
    if len(name) > _NAME or not is_plain(name):
        raise DecisionError(
            f"Expected a group's name of at most {_NAME} characters without control characters, "
            f"got {len(name)}: {name[:_NAME]!r}; shorten or correct it."
        )
