"""The step that a group's name was given in, so that both are taken back together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("names", sa.Column("batch_id", sa.String(80)))
    op.create_index("ix_names_batch_id", "names", ["batch_id"])
