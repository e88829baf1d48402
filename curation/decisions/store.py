"""Open a workspace's database: SQLite with every acknowledged row on disk, schema up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from curation.decisions.schema import HEAD
from curation.errors import SchemaError, WorkspaceError

BUSY_SECONDS = 30
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path) -> Engine:
    """Engine for ``path`` (created where absent), schema upgraded; ``dispose()`` it when done.

    Raises SchemaError where a newer version wrote it, WorkspaceError where it is damaged or cannot
    be written. Usable from many threads.
    """
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=8)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        _check(engine, path)
        with writing(engine) as connection:
            _upgrade(connection, path)
    except DBAPIError as error:
        engine.dispose()
        raise _unusable(path, str(error.orig)) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes SQLite's write lock at its start, so that what it reads holds.

    Rolled back on any error, committed (and synced) otherwise.
    """
    with (
        engine.connect().execution_options(curation_write=True) as connection,
        connection.begin(),
    ):
        yield connection


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own implicit BEGIN comes too late (before the first write, not the first read).
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("curation_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _check(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    # SQLite itself would only complain at the first decision.
    if not os.access(path, os.W_OK):
        raise _unusable(path, "read-only file")
    if found != "ok":
        raise WorkspaceError(
            f"Expected a sound SQLite database, got a damaged one at {path} ({found}); restore "
            "it from a backup, or recover what is readable with: sqlite3 curation.db .recover"
        )


def _upgrade(connection: Connection, path: Path) -> None:
    if _revision(connection) == HEAD:
        return
    # Alembic takes a while to import, so only where there is something to migrate.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = _revision(connection)
    if current is not None and current not in known:
        raise SchemaError(
            f"{path} has schema {current}, newer than {HEAD}, the newest that this version "
            "knows; upgrade curation, or use another workspace folder."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def _unusable(path: Path, reason: str) -> WorkspaceError:
    if "not a database" in reason or "malformed" in reason:
        return WorkspaceError(
            f"Expected a SQLite database at {path}, got a file that is damaged or something else "
            f"({reason}); restore it from a backup, or move it away to start a new one."
        )
    return WorkspaceError(
        f"The database {path} cannot be opened for writing ({reason}); check that its folder "
        "exists, is writable and has free space, or give another folder with --workspace."
    )
