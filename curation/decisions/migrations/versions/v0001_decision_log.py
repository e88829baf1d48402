"""Criteria, decisions, exclusions and group names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "criteria",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_criteria"),
    )
    op.create_table(
        "decisions",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("criterion", sa.String(200), nullable=False),
        sa.Column("a", sa.String(64), nullable=False),
        sa.Column("b", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16)),
        sa.Column("score", sa.Float),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("milliseconds", sa.Integer),
        sa.Column("batch_id", sa.String(64)),
        sa.Column("supersedes", sa.String(64)),
        sa.PrimaryKeyConstraint("seq", name="pk_decisions"),
        sa.UniqueConstraint("id", name="uq_decisions_id"),
        sa.ForeignKeyConstraint(["criterion"], ["criteria.name"], name="fk_decisions_criterion"),
        sa.ForeignKeyConstraint(["supersedes"], ["decisions.id"], name="fk_decisions_supersedes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_criterion_seq", "decisions", ["criterion", "seq"])
    op.create_index("ix_decisions_batch_id", "decisions", ["batch_id"])
    op.create_table(
        "exclusions",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("excluded", sa.Boolean, nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_exclusions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "names",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("criterion", sa.String(200), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_names"),
        sa.ForeignKeyConstraint(["criterion"], ["criteria.name"], name="fk_names_criterion"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_names_criterion_seq", "names", ["criterion", "seq"])
