"""Review: vendors, corrections, overrides, claims, and what people do on the review screen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vendors",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("auto_approve_after", sa.Integer(), nullable=True),
        sa.Column("always_review", sa.Boolean(), nullable=False),
        sa.Column("amount_limit", types.Money(), nullable=True),
        sa.Column("clean_approvals", sa.Integer(), nullable=False),
        sa.Column("ai_policy", sa.String(length=16), nullable=True),
        sa.Column("booking_policy", sa.String(length=16), nullable=True),
        sa.Column("merged_into", types.Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["vendors.id"], name=op.f("fk_vendors_merged_into")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
    )
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.create_index("idx_vendors_name_key", ["name_key"], unique=False)

    op.create_table(
        "corrections",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", types.Json, nullable=True),
        sa.Column("new", types.Json, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_corrections_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index("idx_corrections_invoice", ["invoice_id", "id"], unique=False)

    op.create_table(
        "overrides",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("printed", sa.Text(), nullable=False),
        sa.Column("computed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_overrides_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
    )
    with op.batch_alter_table("overrides", schema=None) as batch_op:
        batch_op.create_index("idx_overrides_invoice", ["invoice_id", "id"], unique=False)

    op.create_table(
        "review_events",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_review_events_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_events")),
    )
    with op.batch_alter_table("review_events", schema=None) as batch_op:
        batch_op.create_index("idx_review_events_invoice", ["invoice_id", "id"], unique=False)

    op.create_table(
        "vendor_marks",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("vendor_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("printed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("first_invoice_id", types.Id, nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("verified_how", sa.Text(), nullable=True),
        sa.Column("verified_at", types.Utc(), nullable=True),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_invoice_id"], ["invoices.id"], name=op.f("fk_vendor_marks_first_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_marks_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_marks")),
        sa.UniqueConstraint(
            "vendor_id", "kind", "key", name=op.f("uq_vendor_marks_vendor_id_kind_key")
        ),
    )
    with op.batch_alter_table("vendor_marks", schema=None) as batch_op:
        batch_op.create_index("idx_vendor_marks_key", ["kind", "key"], unique=False)

    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vendor_id", types.Id, nullable=True))
        batch_op.add_column(sa.Column("decision", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("assignee", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("claimed_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", types.Utc(), nullable=True))
        batch_op.add_column(sa.Column("parked_at", types.Utc(), nullable=True))
        batch_op.create_index("idx_invoices_vendor", ["vendor_id", "id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_invoices_vendor_id"), "vendors", ["vendor_id"], ["id"]
        )

    with op.batch_alter_table("processing_results", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewed", types.Json, nullable=True))

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("person")

    with op.batch_alter_table("processing_results", schema=None) as batch_op:
        batch_op.drop_column("reviewed")

    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_invoices_vendor_id"), type_="foreignkey")
        batch_op.drop_index("idx_invoices_vendor")
        batch_op.drop_column("parked_at")
        batch_op.drop_column("claimed_until")
        batch_op.drop_column("claimed_by")
        batch_op.drop_column("assignee")
        batch_op.drop_column("decision")
        batch_op.drop_column("vendor_id")

    with op.batch_alter_table("vendor_marks", schema=None) as batch_op:
        batch_op.drop_index("idx_vendor_marks_key")

    op.drop_table("vendor_marks")
    with op.batch_alter_table("review_events", schema=None) as batch_op:
        batch_op.drop_index("idx_review_events_invoice")

    op.drop_table("review_events")
    with op.batch_alter_table("overrides", schema=None) as batch_op:
        batch_op.drop_index("idx_overrides_invoice")

    op.drop_table("overrides")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index("idx_corrections_invoice")

    op.drop_table("corrections")
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.drop_index("idx_vendors_name_key")

    op.drop_table("vendors")
