"""The location (department) of a vendor's bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("department", sa.String(32), nullable=False, server_default="")
    op.add_column("qb_mappings", column)


def downgrade() -> None:
    with op.batch_alter_table("qb_mappings") as table:
        table.drop_column("department")
