"""Answers that change earlier ones: by intent, or because the reviewer answered the pair before."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from curation.decisions.closure import Implications
from curation.decisions.log import DecisionLog
from curation.types import Decision, Pair


def up_to_date(
    decisions: Sequence[Decision], standing: Container[str], log: DecisionLog
) -> list[Decision]:
    """``decisions``, each so that it replaces the newest change of what it was meant to replace.

    ``standing`` are the ids of the decisions that hold. Sent again, one stays what it was. The log
    is read at most once, and only where something is replaced that holds no more.
    """
    newer: Mapping[str, str] | None = None
    made: list[Decision] = []
    earlier = set[str]()
    for one in decisions:
        target = one.supersedes
        if target is not None and target not in standing and target not in earlier:
            newer = log.superseded(one.criterion) if newer is None else newer
            target = _newest(newer, target, one.id)
        made.append(replace(one, supersedes=target))
        earlier.add(one.id)
    return made


def _newest(newer: Mapping[str, str], target: str, id: str) -> str:
    while target in newer and newer[target] != id:
        target = newer[target]
    return target


def as_corrections(
    decisions: Sequence[Decision], implications: Implications, log: DecisionLog
) -> list[Decision]:
    """``decisions``, each in place of what its reviewer answered to the pair before.

    An audit asks again on purpose, so its answer stands beside the earlier one. Sent again, a
    decision stays what it was.
    """
    known = {one.id: one.supersedes for one in log.find([one.id for one in decisions])}
    own = _own_answers({one.pair for one in decisions}, implications)
    made = []
    for given in decisions:
        who = (given.reviewer, given.pair)
        target = given.supersedes
        if target is None and given.verdict is not None:
            target = known.get(given.id, None if given.kind == "audit" else own.get(who))
        known.setdefault(given.id, target)
        if target is not None and own.get(who) == target:
            del own[who]
        if given.verdict in ("same", "different"):
            own[who] = given.id
        made.append(replace(given, supersedes=target))
    return made


def _own_answers(pairs: set[Pair], implications: Implications) -> dict[tuple[str, Pair], str]:
    """Newest standing `same` or `different` of each reviewer on these pairs, by reviewer, pair."""
    return {
        (one.reviewer, pair): one.id
        for pair in pairs
        for one in implications.answers(pair)
        if one.verdict in ("same", "different")
    }
