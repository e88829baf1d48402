"""What happens in teaching sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "teaching",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("criterion", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("teacher", sa.String(200), nullable=False),
        sa.Column("item_id", sa.String(64)),
        sa.Column("bin", sa.String(200)),
        sa.Column("value", sa.String(200)),
        sa.Column("time", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_teaching"),
        sa.UniqueConstraint("id", name="uq_teaching_id"),
        sa.ForeignKeyConstraint(["criterion"], ["criteria.name"], name="fk_teaching_criterion"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_teaching_criterion_seq", "teaching", ["criterion", "seq"])
