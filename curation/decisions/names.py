"""Names of groups: each hangs on an item and goes with it through splits and merges."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, insert, select

from curation.clock import now
from curation.decisions import schema

_UNDO = "undo "
"""Before the id of an undo, where that is the step that a name was changed in."""


@dataclass(frozen=True, slots=True)
class GroupName:
    """The group of ``item_id`` is called ``name``, empty: no more; given in the step ``batch_id``
    (None: in one of its own, which no undo takes back)."""

    criterion: str
    item_id: str
    name: str
    reviewer: str
    batch_id: str | None = None


def insert_names(connection: Connection, names: Sequence[GroupName]) -> None:
    """Append names, but not those of a step that is there already."""
    known = _known_batches(connection, [one.batch_id for one in names if one.batch_id])
    rows = [{**asdict(one), "time": now()} for one in names if one.batch_id not in known]
    if rows:
        connection.execute(insert(schema.names), rows)


def _known_batches(connection: Connection, batches: Sequence[str]) -> set[str | None]:
    table = schema.names
    query = select(table.c.batch_id).where(table.c.batch_id.in_(batches))
    return set(connection.execute(query).scalars()) if batches else set()


def read_names(connection: Connection, criterion: str) -> dict[str, str]:
    """Item -> name of its group, for items that carry one; the newest naming comes last."""
    table = schema.names
    query = select(table.c.item_id, table.c.name).where(table.c.criterion == criterion)
    named: dict[str, str] = {}
    for item, name in connection.execute(query.order_by(table.c.seq)):
        named.pop(item, None)
        named[item] = name
    return {item: name for item, name in named.items() if name}


def take_back(connection: Connection, criterion: str, batch: str, step: str, reviewer: str) -> None:
    """Let the names that a step gave be what they were before, but for those that were changed
    since; ``step`` is the id of the undo."""
    table = schema.names
    later = table.alias()
    changed = select(later.c.seq).where(
        later.c.criterion == criterion,
        later.c.item_id == table.c.item_id,
        later.c.seq > table.c.seq,
        later.c.batch_id.is_distinct_from(batch),
    )
    given = select(table.c.seq, table.c.item_id).where(
        table.c.criterion == criterion, table.c.batch_id == batch, ~changed.exists()
    )
    for seq, item in connection.execute(given.order_by(table.c.seq.desc())).all():
        earlier = select(table.c.name).where(
            table.c.criterion == criterion, table.c.item_id == item, table.c.seq < seq
        )
        before = connection.execute(earlier.order_by(table.c.seq.desc()).limit(1)).scalar()
        row = GroupName(criterion, item, before or "", reviewer, _UNDO + step)
        connection.execute(insert(table), {**asdict(row), "time": now()})


def step_of(strategy: str, id: str) -> str:
    """Id of a step whose names a strategy gave, with decisions or without."""
    return f"{strategy} {id}"


def withdraw_names(
    connection: Connection,
    criterion: str,
    strategy: str,
    batches: Collection[str],
    step: str,
    reviewer: str,
    keep: Callable[[str], str | None],
) -> None:
    """Let the items that carry a name by a strategy, in its ``batches`` or in steps of its own, be
    called what they were before; ``step`` is the id of the undo.

    ``keep`` tells of such an item on which item the name hangs from now on; None: on none.
    """
    table = schema.names
    query = select(table.c.item_id, table.c.name, table.c.batch_id)
    given: dict[str, str] = {}  # item -> newest name by the strategy
    before: dict[str, str] = {}  # item -> newest name by anything else
    carried: dict[str, bool] = {}  # whether the one that it has is by the strategy
    for item, name, batch in connection.execute(
        query.where(table.c.criterion == criterion).order_by(table.c.seq)
    ):
        ours = batch in batches or (batch or "").startswith(step_of(strategy, ""))
        again = (batch or "").startswith(_UNDO) and name == given.get(item)
        carried[item] = bool(name) and (ours or again)
        if ours:
            given[item] = name
        elif not again:
            before[item] = name
    rows = []
    for item in (item for item, ours in carried.items() if ours):
        end = keep(item)
        if end == item:
            continue
        rows.append(GroupName(criterion, item, before.get(item, ""), reviewer, _UNDO + step))
        if end is not None:
            rows.append(GroupName(criterion, end, given[item], reviewer, _UNDO + step))
    if rows:
        connection.execute(insert(table), [{**asdict(row), "time": now()} for row in rows])


def took_back(connection: Connection, step: str) -> bool:
    """Whether the undo of this id changed a name."""
    return bool(_known_batches(connection, [_UNDO + step]))


def newest_alone(connection: Connection, criterion: str, reviewer: str) -> tuple[str, str] | None:
    """Step and time of the reviewer's newest naming that stands and came without a decision."""
    table, decisions = schema.names, schema.decisions
    newest = (
        select(func.max(table.c.seq))
        .where(table.c.criterion == criterion)
        .group_by(table.c.item_id)
    )
    with_decision = select(decisions.c.batch_id).where(decisions.c.batch_id == table.c.batch_id)
    query = select(table.c.batch_id, table.c.time).where(
        table.c.seq.in_(newest),
        table.c.reviewer == reviewer,
        table.c.name != "",
        table.c.batch_id.is_not(None),
        ~table.c.batch_id.startswith(_UNDO),
        ~with_decision.exists(),
    )
    row = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
    return None if row is None else (row.batch_id, row.time)
