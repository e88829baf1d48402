"""The database: made, reopened, damaged, newer, unwritable, full."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from threads import at_once, restless

from curation.decisions import schema, store
from curation.decisions.log import DecisionLog
from curation.decisions.store import open_database
from curation.errors import SchemaError, StorageBusy, StorageFull, WorkspaceError
from curation.teaching.events import Event, EventLog
from curation.types import Decision


def test_durable_and_checked(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")
    with database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == schema.HEAD
        assert compare_metadata(context, schema.metadata) == []
    database.dispose()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(store._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_reopening_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "odd % name?.db"
    for _ in range(2):
        database = open_database(path)
        DecisionLog(database).add_criterion("c", "?")
        database.dispose()
    database = open_database(path)
    assert [c.name for c in DecisionLog(database).criteria()] == ["c"]
    database.dispose()
    assert path.exists()


def test_newer_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database = open_database(path)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    with pytest.raises(SchemaError, match=r"schema 9999.*upgrade"):
        open_database(path)


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match="damaged or something else"):
        open_database(path)
    assert path.read_bytes().startswith(b"no database")


def test_damaged_database(tmp_path: Path, make: Callable[..., Decision]) -> None:
    path = tmp_path / "x.db"
    database = open_database(path)
    log = DecisionLog(database)
    log.add_criterion("c", "?")
    log.append([make("a", "b", "same", reviewer="r" * 190) for _ in range(200)])
    database.dispose()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_database(path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="folder exists, is writable"):
        open_database(tmp_path / "absent" / "x.db")


def test_read_only(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    open_database(path).dispose()
    path.chmod(stat.S_IRUSR)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everything")
    with pytest.raises(WorkspaceError, match="writable"):
        open_database(path)


def test_full_disk_records_nothing_and_says_so(
    tmp_path: Path, make: Callable[..., Decision]
) -> None:
    database = open_database(tmp_path / "x.db")
    log = DecisionLog(database)
    log.add_criterion("c", "?")
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull, match=r"Nothing was recorded.*full.*free some space"):
        log.append([make("a", "b", "same") for _ in range(1000)])
    assert log.position("c") == 0
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert log.append([make("a", "b", "same")])[0].seq == 1
    database.dispose()


def test_held_by_another_writer_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Decision]
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    path = tmp_path / "x.db"
    database = open_database(path)
    log = DecisionLog(database)
    log.add_criterion("c", "?")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy, match=r"locked by another process.*send it again"):
        log.append([make("a", "b", "same")])
    other.close()
    assert log.append([make("a", "b", "same")])[0].seq == 1
    database.dispose()


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Another process in the middle of writing to the database."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
        other.stdin.close()


def test_readers_wait_for_no_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Decision]
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    path = tmp_path / "x.db"
    database = open_database(path)
    log = DecisionLog(database)
    log.add_criterion("c", "?")
    log.append([make("a", "b", "same")])
    with held_by_another_process(path):
        again = open_database(path)
        assert [one.id for one in DecisionLog(again).read("c")] == ["d1"]
        again.dispose()
        with store.database_to_read(path) as found:
            assert DecisionLog(found).position("c") == 1
        assert log.effective("c") == log.read("c")
        assert log.excluded() == set()
        assert log.shown("c") == []
        with pytest.raises(StorageBusy):
            log.append([make("a", "c", "same")])
    assert log.append([make("a", "d", "same")])[0].seq == 2
    database.dispose()


def test_both_logs_write_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Decision]
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.01)
    database = open_database(tmp_path / "x.db")
    log, events = DecisionLog(database), EventLog(database)
    log.add_criterion("c", "?")
    batches = [[make("a", f"{k}-{n}", "same") for n in range(50)] for k in range(40)]
    with restless():
        at_once(
            lambda: [log.append(batch) for batch in batches[:20]],
            lambda: [log.append(batch) for batch in batches[20:]],
            lambda: [events.append(Event(f"x{k}", "c", "asks", "t")) for k in range(40)],
            lambda: [events.append(Event(f"y{k}", "c", "asks", "t")) for k in range(40)],
        )
    assert len(log.read("c")) == 2000
    assert len(events.read("c")) == 80
    database.dispose()


def test_a_write_waits_for_the_others_of_its_process_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Decision]
) -> None:
    monkeypatch.setattr(store, "QUEUE_SECONDS", 0.01)
    database = open_database(tmp_path / "x.db")
    log = DecisionLog(database)
    log.add_criterion("c", "?")
    with database.writing(), pytest.raises(StorageBusy, match="by other requests"):
        at_once(lambda: log.append([make("a", "b", "same")]))
    assert log.append([make("a", "c", "same")])[0].seq == 1
    database.dispose()
