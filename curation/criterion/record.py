"""What answers to shown pairs are recorded as, with the information in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from curation.criterion.snapshot import Snapshot
from curation.decisions.closure import Implications
from curation.decisions.shown import Shown
from curation.types import Decision, Pair, Proposal

_SURE = 0.97
"""Probability of what decisions imply: one answer in thirty is wrong."""
_LEAST = 0.01

Find = Callable[[Pair], Proposal | None]


def shown_by(
    decisions: Sequence[Decision],
    find: Find,
    snapshot: Snapshot | None,
    implications: Implications,
) -> list[Shown]:
    """One record for each decision that answers a question of the queue, before it is applied."""
    found = []
    for one in decisions:
        proposal = find(one.pair) or _proposed(one)
        if proposal is not None and one.verdict is not None:
            bits = information(one, snapshot, implications)
            row = Shown(proposal, one.reviewer, one.verdict, one.milliseconds, bits)
            found.append(row)
    return found


def _proposed(decision: Decision) -> Proposal | None:
    """The question as the page knew it, where the queue has forgotten it (after a restart)."""
    if decision.kind is None or decision.score is None:
        return None
    return Proposal(
        decision.pair, decision.kind, decision.strategy, decision.score, "", decision.generation
    )


def information(
    decision: Decision, snapshot: Snapshot | None, implications: Implications
) -> float | None:
    """Bits of surprise: -log2 of the probability that the answer had before it was given.

    By the calibrated similarity, at least 0.01; of what was implied before, 0.97 for the answer
    that follows. None for an answer that says neither same nor different.
    """
    pair = decision.pair
    if decision.verdict not in ("same", "different") or snapshot is None:
        return None
    if not {pair.a, pair.b} <= snapshot.position.keys():
        return None
    known = implications.relation(pair.a, pair.b)
    if known is not None:
        same = _SURE if known == "same" else 1 - _SURE
    else:
        same = snapshot.probability(snapshot.cosine(pair.a, pair.b))
    chance = same if decision.verdict == "same" else 1 - same
    return -math.log2(min(max(chance, _LEAST), 1 - _LEAST))
