"""The database: made, reopened, damaged, newer, unwritable, full."""

from __future__ import annotations

import os
import sqlite3
import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from curation.decisions import schema, store
from curation.decisions.log import DecisionLog
from curation.decisions.store import open_database
from curation.errors import SchemaError, WorkspaceError


def test_durable_and_checked(tmp_path):
    engine = open_database(tmp_path / "x.db")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_migrations_make_the_tables_of_the_schema(tmp_path):
    engine = open_database(tmp_path / "x.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == schema.HEAD
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(store._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_reopening_keeps_everything(tmp_path):
    path = tmp_path / "odd % name?.db"
    for _ in range(2):
        engine = open_database(path)
        DecisionLog(engine).add_criterion("c", "?")
        engine.dispose()
    engine = open_database(path)
    assert [c.name for c in DecisionLog(engine).criteria()] == ["c"]
    engine.dispose()
    assert path.exists()


def test_newer_schema(tmp_path):
    path = tmp_path / "x.db"
    engine = open_database(path)
    with store.writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaError, match=r"schema 9999.*upgrade"):
        open_database(path)


def test_not_a_database(tmp_path):
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match="damaged or something else"):
        open_database(path)
    assert path.read_bytes().startswith(b"no database")


def test_damaged_database(tmp_path, make):
    path = tmp_path / "x.db"
    engine = open_database(path)
    log = DecisionLog(engine)
    log.add_criterion("c", "?")
    log.append([make("a", "b", "same", reviewer="r" * 190) for _ in range(200)])
    engine.dispose()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_database(path)


def test_no_folder(tmp_path):
    with pytest.raises(WorkspaceError, match="folder exists, is writable"):
        open_database(tmp_path / "absent" / "x.db")


def test_read_only(tmp_path):
    path = tmp_path / "x.db"
    open_database(path).dispose()
    path.chmod(stat.S_IRUSR)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everything")
    with pytest.raises(WorkspaceError, match="writable"):
        open_database(path)


def test_full_disk_records_nothing_and_says_so(tmp_path, make):
    engine = open_database(tmp_path / "x.db")
    log = DecisionLog(engine)
    log.add_criterion("c", "?")
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(WorkspaceError, match=r"Nothing was recorded.*full.*free some space"):
        log.append([make("a", "b", "same") for _ in range(1000)])
    assert log.position("c") == 0
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert log.append([make("a", "b", "same")])[0].seq == 1
    engine.dispose()


def test_held_by_another_writer_waits(tmp_path, monkeypatch, make):
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    path = tmp_path / "x.db"
    engine = open_database(path)
    log = DecisionLog(engine)
    log.add_criterion("c", "?")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkspaceError, match="locked"):
        log.append([make("a", "b", "same")])
    other.close()
    assert log.append([make("a", "b", "same")])[0].seq == 1
    engine.dispose()
