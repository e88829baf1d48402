"""The append-only record of sessions: what teachers and robots did, in order."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, insert, select

from curation.clock import now
from curation.decisions import schema
from curation.decisions.checks import check_criterion, is_plain
from curation.decisions.store import Database
from curation.errors import DecisionError

KINDS = (
    "open", "pick", "new", "undo", "rename", "merge", "pause", "resume", "end", "observe", "asks",
    "grant", "revoke",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a session.

    A ``new`` is a pick whose bin's name means just that, whatever it was a name of before. ``bin``
    is the bin named; ``value`` the rest: the mode of an ``open``, the robot's guess before a pick,
    the new name of a ``rename`` or ``merge``, the id of what an ``undo`` takes back, ``ask`` or
    ``act`` of an ``observe``, the share of ``asks``, the hash of a ``grant``'s token.
    """

    id: str
    criterion: str
    kind: str
    teacher: str
    item: str | None = None
    bin: str | None = None
    value: str | None = None
    time: str = ""
    seq: int = 0


_MEANING = ("criterion", "kind", "teacher", "item", "bin")
_SAID = ("open", "rename", "merge", "asks")
"""Kinds whose value a person said; of the others it follows from the session."""


class EventLog:
    """Events of all sessions in a workspace's database; each is on disk when ``append`` returns.

    Safe to share between threads; writes queue with those of the decision log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, event: Event) -> tuple[Event, bool]:
        """Record an event; (the event as recorded, whether its id was there before).

        An ``open`` adds its criterion, where that is new, in the same transaction: a kill leaves
        none without its session. DecisionError where the id is taken by something else;
        StorageBusy, StorageFull or WorkspaceError where nothing was recorded.
        """
        if len(event.id) > 64 or len(event.teacher) > 200 or not event.teacher.strip():
            raise DecisionError(
                "Expected a key of at most 64 and a teacher's name of 1 to 200 characters, got "
                f"{event.id!r} and {event.teacher!r}."
            )
        for name in ("id", "teacher", "item", "bin", "value"):
            said = getattr(event, name)
            if said is not None and not is_plain(said):
                raise DecisionError(
                    f"Expected a {name} without control characters, got {said[:200]!r}; correct "
                    "it and send it again."
                )
        if event.kind == "open":
            check_criterion(event.criterion, "")
        event = replace(event, id=event.id or uuid.uuid4().hex, time=event.time or now())
        with self._database.writing() as connection:
            return _append(connection, event)

    def find(self, event: Event) -> Event | None:
        """The event recorded under this event's id, if any; DecisionError where it is another."""
        with self._database.reading() as connection:
            return _found(connection, event) if event.id else None

    def read(self, criterion: str | None = None) -> list[Event]:
        """Events of a session, or of all, oldest first."""
        query = select(schema.teaching).order_by(schema.teaching.c.seq)
        if criterion is not None:
            query = query.where(schema.teaching.c.criterion == criterion)
        with self._database.reading() as connection:
            return [_event(row._mapping) for row in connection.execute(query)]


def _found(connection: Connection, event: Event) -> Event | None:
    table = schema.teaching
    found = connection.execute(select(table).where(table.c.id == event.id)).first()
    if found is None:
        return None
    first = _event(found._mapping)
    for name in (*_MEANING, "value") if first.kind in _SAID else _MEANING:
        if getattr(first, name) != getattr(event, name):
            raise DecisionError(
                f"The key {event.id!r} was used before with {name} {getattr(first, name)!r}, "
                f"got {getattr(event, name)!r}; give every request a key of its own."
            )
    return first


def _append(connection: Connection, event: Event) -> tuple[Event, bool]:
    first = _found(connection, event)
    if first is not None:
        return first, True
    if event.kind == "open":
        named = {"name": event.criterion, "question": "", "created": event.time}
        connection.execute(insert(schema.criteria).prefix_with("OR IGNORE").values(named))
    row = asdict(event)
    row["item_id"] = row.pop("item")
    del row["seq"]
    done = connection.execute(insert(schema.teaching).values(row))
    key = done.inserted_primary_key
    return replace(event, seq=int(key[0]) if key else 0), False


def _event(row: object) -> Event:
    values = dict(row)  # type: ignore[call-overload]
    values["item"] = values.pop("item_id")
    return Event(**values)
