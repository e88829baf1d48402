"""Taking back all that one strategy said, whoever recorded it and in however many steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import Connection

from curation.clock import now
from curation.decisions.closure import Implications, build
from curation.decisions.names import withdraw_names
from curation.decisions.rows import insert_decisions, read_decisions
from curation.types import Decision

UNDO = "undo"
"""Strategy of the entries that take others back."""


def withdraw(
    connection: Connection,
    criterion: str,
    reviewer: str,
    strategy: str,
    keep: Callable[[str], str | None],
) -> int:
    """Retract every verdict of a strategy, and take back the names that came with them; how many
    verdicts were retracted.

    Those that others replaced are retracted too: they must not hold again once such a change is
    undone. ``keep`` tells of an item that carries a name on which item it hangs from now on; None
    where the name goes.
    """
    entries = read_decisions(connection, criterion)
    gone = {one.supersedes for one in entries if one.strategy == UNDO}
    made = [one for one in entries if one.strategy == strategy and one.verdict is not None]
    batches = {one.batch_id for one in made if one.batch_id is not None}
    step = uuid.uuid4().hex
    retractions = [
        Decision(
            id=uuid.uuid4().hex,
            pair=entry.pair,
            verdict=None,
            criterion=criterion,
            reviewer=reviewer,
            strategy=UNDO,
            generation=entry.generation,
            time=now(),
            batch_id=step,
            supersedes=entry.id,
        )
        for entry in made
        if entry.id not in gone
    ]
    insert_decisions(connection, retractions)
    withdraw_names(connection, criterion, strategy, batches, step, reviewer, keep)
    return len(retractions)


def names_kept(known: Implications, strategy: str) -> Callable[[str], str | None]:
    """For an item that carries a name: on which item it hangs once a strategy's verdicts are gone.

    On itself where answers of others still join it with another item; else in the largest part of
    its group that others join; None where there is none.
    """
    rest = build(one for one in known.decisions.values() if one.strategy != strategy)

    def keep(item: str) -> str | None:
        if len(rest.members(item)) > 1:
            return item
        best = max(known.members(item), key=lambda member: len(rest.members(member)))
        return best if len(rest.members(best)) > 1 else None

    return keep
