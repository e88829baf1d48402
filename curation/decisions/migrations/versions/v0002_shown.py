"""What was shown and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "shown",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("criterion", sa.String(200), nullable=False),
        sa.Column("a", sa.String(64), nullable=False),
        sa.Column("b", sa.String(64), nullable=False),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("milliseconds", sa.Integer),
        sa.Column("information", sa.Float),
        sa.Column("time", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_shown"),
        sa.ForeignKeyConstraint(["criterion"], ["criteria.name"], name="fk_shown_criterion"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shown_criterion_seq", "shown", ["criterion", "seq"])
