"""Saved views, settings chosen in the app, the quality sample, and the index of the search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import searching, types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("person", "name", name=op.f("uq_views_person_name")),
    )
    op.create_table(
        "chosen_settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", types.Json, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chosen_settings")),
    )
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sampled", sa.Boolean(), nullable=False, server_default="0"))
        batch_op.create_index("idx_invoices_due_date", ["due_date"], unique=False)
    searching.make_index(op.get_bind())


def downgrade() -> None:
    searching.drop_index(op.get_bind())
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.drop_index("idx_invoices_due_date")
        batch_op.drop_column("sampled")
    op.drop_table("chosen_settings")
    op.drop_table("views")
