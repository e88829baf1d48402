"""Claims about images that nobody looked at, and their acceptance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("criterion", sa.String(200), sa.ForeignKey("criteria.name"), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claims_criterion_seq", "claims", ["criterion", "seq"])
    op.create_table(
        "claimed",
        sa.Column("claim_id", sa.String(64), sa.ForeignKey("claims.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("anchor", sa.String(64), nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
    )
    op.create_table(
        "claim_steps",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("claim_id", sa.String(64), sa.ForeignKey("claims.id"), nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claim_steps_claim_id_seq", "claim_steps", ["claim_id", "seq"])
