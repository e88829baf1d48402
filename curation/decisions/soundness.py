"""Whether a log can be read as it stands: SQLite tells torn pages, not a word that was changed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, func, or_, select

from curation.decisions import schema
from curation.decisions.store import Database
from curation.errors import WorkspaceError
from curation.types import KINDS, VERDICTS

_TEXT, _NUMBER = ("text",), ("integer", "real")
_FORMS: dict[str, tuple[str, ...]] = {"VARCHAR": _TEXT, "TEXT": _TEXT, "FLOAT": _NUMBER}


def check_log(database: Database) -> None:
    """WorkspaceError, naming the row, for an entry that no version of this package wrote."""
    with database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            for column in table.columns:
                _check_form(connection, column, database.path)
        decisions = schema.decisions.c
        _check_words(connection, decisions.verdict, VERDICTS, database.path)
        _check_words(connection, decisions.kind, KINDS, database.path)
        _check_pairs(connection, database.path)
        _check_references(connection, database.path)


def n_entries(database: Database) -> int:
    """Entries of all criteria, retractions too."""
    with database.reading() as connection:
        query = select(func.count()).select_from(schema.decisions)
        return connection.execute(query).scalar_one()


def _check_form(connection: Connection, column: Column[object], path: Path) -> None:
    """SQLite keeps text in a column of numbers, and numbers in one of text, if it is told to."""
    kinds = _FORMS.get(str(column.type).partition("(")[0], ("integer",))
    allowed = (*kinds, "null") if column.nullable else kinds
    form = func.typeof(column)
    bad = connection.execute(
        select(_row(column), form).where(form.not_in(allowed)).limit(1)
    ).first()
    if bad is not None:
        raise _bad_row(path, column, bad[0], " or ".join(kinds), bad[1])


def _check_words(
    connection: Connection, column: Column[object], words: tuple[str, ...], path: Path
) -> None:
    query = select(_row(column), column).where(column.is_not(None), column.not_in(words)).limit(1)
    bad = connection.execute(query).first()
    if bad is not None:
        raise _bad_row(path, column, bad[0], f"one of {', '.join(words)}", repr(bad[1]))


def _check_pairs(connection: Connection, path: Path) -> None:
    table = schema.decisions.c
    wrong = or_(table.a >= table.b, table.verdict.is_(None) & table.supersedes.is_(None))
    query = select(table.seq, table.a, table.b, table.verdict).where(wrong).limit(1)
    bad = connection.execute(query).first()
    if bad is not None:
        raise _bad_row(path, table.a, bad[0], "a verdict on two items, a before b", str(bad[1:]))


def _check_references(connection: Connection, path: Path) -> None:
    bad = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if bad is None:
        return
    table, row, parent = bad[0], bad[1], bad[2]
    at = schema.metadata.tables[table]
    column = next(key.parent for key in at.foreign_keys if key.column.table.name == parent)
    raise _bad_row(path, column, row, f"something that is in {parent}", "something that is not")


def _row(column: Column[object]) -> Column[object]:
    return next(iter(column.table.primary_key.columns))


def _bad_row(
    path: Path, column: Column[object], row: object, expected: str, got: str
) -> WorkspaceError:
    key = _row(column).name
    return WorkspaceError(
        f"{path} was changed: in the table {column.table.name}, row {key} {row!r}, {column.name} "
        f"must be {expected}, got {got}. Restore the file from a backup, or correct that row with "
        "sqlite3; nothing was changed by this attempt to open it."
    )
