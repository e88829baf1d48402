"""Tables of a workspace's database. Append-only: rows are inserted, never changed or removed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "0006"
"""Schema revision that this code writes: the newest file under ``migrations/versions``."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

criteria = Table(
    "criteria",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("question", Text, nullable=False),
    Column("created", String(32), nullable=False),
)

wordings = Table(
    "wordings",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("title", String(200), nullable=False),
    Column("question", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("time", String(32), nullable=False),
    Index(None, "criterion", "seq"),
    sqlite_autoincrement=True,
)

decisions = Table(
    "decisions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("a", String(64), nullable=False),
    Column("b", String(64), nullable=False),
    Column("verdict", String(16)),
    Column("reviewer", String(200), nullable=False),
    Column("strategy", String(64), nullable=False),
    Column("kind", String(16)),
    Column("score", Float),
    Column("generation", Integer, nullable=False),
    Column("time", String(32), nullable=False),
    Column("milliseconds", Integer),
    Column("batch_id", String(64)),
    Column("supersedes", String(64), ForeignKey("decisions.id")),
    Index(None, "criterion", "seq"),
    Index(None, "batch_id"),
    sqlite_autoincrement=True,
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("item_id", String(64), nullable=False),
    Column("excluded", Boolean, nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("time", String(32), nullable=False),
    sqlite_autoincrement=True,
)

names = Table(
    "names",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("time", String(32), nullable=False),
    Column("batch_id", String(80)),
    Index(None, "criterion", "seq"),
    Index(None, "batch_id"),
    sqlite_autoincrement=True,
)

shown = Table(
    "shown",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("a", String(64), nullable=False),
    Column("b", String(64), nullable=False),
    Column("strategy", String(64), nullable=False),
    Column("score", Float, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("answer", String(16), nullable=False),
    Column("milliseconds", Integer),
    Column("information", Float),
    Column("time", String(32), nullable=False),
    Index(None, "criterion", "seq"),
    sqlite_autoincrement=True,
)

teaching = Table(
    "teaching",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("teacher", String(200), nullable=False),
    Column("item_id", String(64)),
    Column("bin", String(200)),
    Column("value", String(200)),
    Column("time", String(32), nullable=False),
    Index(None, "criterion", "seq"),
    sqlite_autoincrement=True,
)

claims = Table(
    "claims",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("criterion", String(200), ForeignKey("criteria.name"), nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("plan", Text, nullable=False),
    Column("time", String(32), nullable=False),
    Index(None, "criterion", "seq"),
    sqlite_autoincrement=True,
)

claimed = Table(
    "claimed",
    metadata,
    Column("claim_id", String(64), ForeignKey("claims.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("turn", Integer, nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("anchor", String(64), nullable=False),
    Column("probability", Float, nullable=False),
)

claim_steps = Table(
    "claim_steps",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("claim_id", String(64), ForeignKey("claims.id"), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("time", String(32), nullable=False),
    Index(None, "claim_id", "seq"),
    sqlite_autoincrement=True,
)
