"""A change of an answer that was changed meanwhile, by another tab or reviewer."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from curation.decisions.log import DecisionLog
from curation.types import Decision


def up_to_date(decision: Decision, standing: Container[str], log: DecisionLog) -> Decision:
    """``decision`` so that it replaces the newest change of what it was meant to replace.

    ``standing`` are the ids of the decisions that hold. Sent again, it stays what it was.
    """
    target = decision.supersedes
    if target is None or target in standing:
        return decision
    newer = {one.supersedes: one.id for one in log.read(decision.criterion) if one.supersedes}
    while target in newer and newer[target] != decision.id:
        target = newer[target]
    return replace(decision, supersedes=target)
