"""A workspace's database: SQLite with every acknowledged row on disk, schema up to date.

Readers see the last committed state and wait for nobody (write-ahead log). Writers of this process
queue at one lock for the file, whichever log they write to; a writer of another process is waited
for briefly, then StorageBusy says so.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from curation.decisions.schema import HEAD
from curation.errors import SchemaError, StorageBusy, StorageFull, WorkspaceError

BUSY_SECONDS = 2.0
"""How long a writer of another process is waited for."""
QUEUE_SECONDS = 30.0
"""How long a write waits for others of this process."""
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One database file, shared by the threads of a process; ``dispose()`` it when done."""

    def __init__(self, path: Path) -> None:
        url = URL.create("sqlite", database=str(path))
        self.path = path
        self._engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=8)
        self._queue = threading.Lock()
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees what was committed when it first reads; it waits for no writer."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise _unreadable(self.path, error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds SQLite's write lock from its start, so that what it reads holds.

        Committed (and synced) at the end, rolled back on any error. Raises StorageBusy where
        another process holds the lock, StorageFull, or WorkspaceError where the file cannot be
        written; IntegrityError is left to the caller.
        """
        if not self._queue.acquire(timeout=QUEUE_SECONDS):
            raise self._busy("by other requests")
        try:
            with (
                self._engine.connect().execution_options(curation_write=True) as connection,
                connection.begin(),
            ):
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise self._failure(error) from error
        finally:
            self._queue.release()

    def dispose(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _failure(self, error: DBAPIError) -> WorkspaceError:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return self._busy("by another process")
        if code == sqlite3.SQLITE_FULL:
            return StorageFull(
                f"Nothing was recorded: no room is left for {self.path} ({error.orig}); free some "
                "space, then send it again."
            )
        return WorkspaceError(
            f"Nothing was recorded: the database {self.path} cannot be written ({error.orig}); "
            "make it writable, then send it again."
        )

    def _busy(self, whom: str) -> StorageBusy:
        return StorageBusy(
            f"Nothing was recorded: the database {self.path} is locked {whom}; send it again in a "
            "moment. If that lasts, close the program that has the file open for writing."
        )


def open_database(path: Path) -> Database:
    """The database at ``path`` (created where absent), schema upgraded.

    Writes only where there is something to upgrade. Raises SchemaError where a newer version wrote
    it, StorageBusy, or WorkspaceError where it is damaged or cannot be written.
    """
    database = Database(path)
    try:
        with database.reading() as connection:
            _check(connection, path)
            current = _revision(connection)
        if current != HEAD:
            with database.writing() as connection:
                _upgrade(connection, path)
    except BaseException:
        database.dispose()
        raise
    return database


@contextmanager
def database_to_read(path: Path) -> Iterator[Database]:
    """The database of a workspace that a server holds open, for another process that only reads."""
    database = Database(path)
    try:
        yield database
    finally:
        database.dispose()


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own implicit BEGIN comes too late (before the first write, not the first read).
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("curation_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _check(connection: Connection, path: Path) -> None:
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


def _unreadable(path: Path, error: DBAPIError) -> WorkspaceError:
    reason = str(error.orig)
    if "not a database" in reason or "malformed" in reason:
        return WorkspaceError(
            f"Expected a SQLite database at {path}, got a file that is damaged or something else "
            f"({reason}); restore it from a backup, or move it away to start a new one."
        )
    return _unusable(path, reason)


def _unusable(path: Path, reason: str) -> WorkspaceError:
    return WorkspaceError(
        f"The database {path} cannot be opened for writing ({reason}); check that its folder "
        "exists, is writable and has free space, or give another folder with --workspace."
    )
