"""What is remembered of vendors' layouts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vendor_layouts",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("vendor_id", types.Id, nullable=True),
        sa.Column("memory", types.Json, nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_layouts_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_layouts")),
    )
    op.create_index("idx_vendor_layouts_vendor", "vendor_layouts", ["vendor_id", "id"])
    op.create_table(
        "layout_marks",
        sa.Column("layout_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["layout_id"], ["vendor_layouts.id"], name=op.f("fk_layout_marks_layout_id")
        ),
        sa.PrimaryKeyConstraint("layout_id", "kind", "key", name=op.f("pk_layout_marks")),
    )
    op.create_index("idx_layout_marks_key", "layout_marks", ["kind", "key"])


def downgrade() -> None:
    op.drop_index("idx_layout_marks_key", table_name="layout_marks")
    op.drop_table("layout_marks")
    op.drop_index("idx_vendor_layouts_vendor", table_name="vendor_layouts")
    op.drop_table("vendor_layouts")
