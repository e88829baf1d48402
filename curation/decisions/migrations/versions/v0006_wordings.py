"""What a criterion is called and asks by now, and whether it is put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "wordings",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("criterion", sa.String(200), sa.ForeignKey("criteria.name"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wordings_criterion_seq", "wordings", ["criterion", "seq"])
