"""What criteria are called and ask, within a connection.

A criterion keeps the name that it was made under: its decisions, settings and generations go by it.
What a person calls it, what it asks and whether it is deleted are rows of their own, the newest of
which counts; deleting it takes nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from curation.clock import now
from curation.decisions import schema


@dataclass(frozen=True, slots=True)
class CriterionRecord:
    """A meaning of "belongs together", in the person's words; ``title`` is what it is called."""

    name: str
    question: str
    created: str
    title: str
    deleted: bool = False


def read_criteria(connection: Connection) -> dict[str, CriterionRecord]:
    """All criteria by name in order of creation, deleted ones too, as they are worded now."""
    table, wordings = schema.criteria, schema.wordings
    rows = connection.execute(select(table).order_by(table.c.created, table.c.name))
    known = {
        name: CriterionRecord(name, question, created, name) for name, question, created in rows
    }
    for row in connection.execute(select(wordings).order_by(wordings.c.seq)):
        created = known[row.criterion].created
        worded = CriterionRecord(row.criterion, row.question, created, row.title, row.deleted)
        known[row.criterion] = worded
    return known


def count_changes(connection: Connection) -> int:
    """Criteria made and wordings of them, both of which are only ever added to."""
    tables = (schema.criteria, schema.wordings)
    counts = (select(func.count()).select_from(table) for table in tables)
    return sum(connection.execute(count).scalar_one() for count in counts)


def insert_wording(connection: Connection, worded: CriterionRecord, reviewer: str) -> None:
    row = {
        "criterion": worded.name,
        "title": worded.title,
        "question": worded.question,
        "deleted": worded.deleted,
        "reviewer": reviewer,
        "time": now(),
    }
    connection.execute(insert(schema.wordings), row)
