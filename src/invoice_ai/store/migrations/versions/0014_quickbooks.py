"""QuickBooks: the connection, the outbox, links, copies of lists, what bills taught, the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qb_cache",
        sa.Column("realm", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=False),
        sa.Column("qbo_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("data", types.Json, nullable=False),
        sa.Column("seen_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "entity", "qbo_id", name=op.f("pk_qb_cache")),
    )
    op.create_table(
        "qb_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("realm", sa.String(length=32), nullable=True),
        sa.Column("environment", sa.String(length=16), nullable=True),
        sa.Column("company", types.Json, nullable=True),
        sa.Column("access_sealed", sa.Text(), nullable=True),
        sa.Column("refresh_sealed", sa.Text(), nullable=True),
        sa.Column("access_expires_at", types.Utc(), nullable=True),
        sa.Column("refresh_expires_at", types.Utc(), nullable=True),
        sa.Column("hard_expires_at", types.Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("connected_by", sa.Text(), nullable=True),
        sa.Column("connected_at", types.Utc(), nullable=True),
        sa.Column("lists_at", types.Utc(), nullable=True),
        sa.Column("changes_at", types.Utc(), nullable=True),
        sa.Column("next_pull_at", types.Utc(), nullable=True),
        sa.Column("slot_at", types.Utc(), nullable=True),
        sa.Column("publish", sa.String(length=16), nullable=False),
        sa.Column("default_account", sa.String(length=32), nullable=False),
        sa.Column("pay_from", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qb_connection")),
    )
    op.create_table(
        "qb_logins",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_qb_logins")),
    )
    op.create_table(
        "qb_mappings",
        sa.Column("realm", sa.String(length=32), nullable=False),
        sa.Column("vendor_id", types.Id, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("line_key", sa.String(length=160), nullable=False),
        sa.Column("qbo_vendor", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("tax_code", sa.String(length=32), nullable=False),
        sa.Column("class_id", sa.String(length=32), nullable=False),
        sa.Column("term", sa.String(length=32), nullable=False),
        sa.Column("rates", types.Json, nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_qb_mappings_vendor_id")
        ),
        sa.PrimaryKeyConstraint(
            "realm", "vendor_id", "currency", "line_key", name=op.f("pk_qb_mappings")
        ),
    )
    op.create_table(
        "qb_link",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("realm", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=False),
        sa.Column("qbo_id", sa.String(length=32), nullable=False),
        sa.Column("doc_number", sa.Text(), nullable=False),
        sa.Column("sync_token", sa.String(length=16), nullable=False),
        sa.Column("total", types.Money(), nullable=True),
        sa.Column("balance", types.Money(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("attachment", sa.String(length=16), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("seen_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_qb_link_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qb_link")),
        sa.UniqueConstraint("invoice_id", "realm", name=op.f("uq_qb_link_invoice_id_realm")),
        sa.UniqueConstraint(
            "realm", "entity", "qbo_id", name=op.f("uq_qb_link_realm_entity_qbo_id")
        ),
    )
    op.create_table(
        "qb_log",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.String(length=64), nullable=False),
        sa.Column("qbo_id", sa.String(length=32), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_qb_log_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qb_log")),
    )
    with op.batch_alter_table("qb_log", schema=None) as batch_op:
        batch_op.create_index("idx_qb_log_invoice", ["invoice_id", "id"], unique=False)

    op.create_table(
        "qb_outbox",
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("realm", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("marker", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=True),
        sa.Column("doc_number", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("facts", types.Json, nullable=True),
        sa.Column("coding", types.Json, nullable=True),
        sa.Column("choices", types.Json, nullable=True),
        sa.Column("questions", types.Json, nullable=True),
        sa.Column("existing", types.Json, nullable=True),
        sa.Column("allow_duplicate", sa.Boolean(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble_since", types.Utc(), nullable=True),
        sa.Column("next_at", types.Utc(), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("qbo_id", sa.String(length=32), nullable=True),
        sa.Column("last_code", sa.String(length=64), nullable=False),
        sa.Column("last_message", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_qb_outbox_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_qb_outbox")),
    )
    with op.batch_alter_table("qb_outbox", schema=None) as batch_op:
        batch_op.create_index("idx_qb_outbox_state", ["state", "invoice_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("qb_outbox", schema=None) as batch_op:
        batch_op.drop_index("idx_qb_outbox_state")

    op.drop_table("qb_outbox")
    with op.batch_alter_table("qb_log", schema=None) as batch_op:
        batch_op.drop_index("idx_qb_log_invoice")

    op.drop_table("qb_log")
    op.drop_table("qb_link")
    op.drop_table("qb_mappings")
    op.drop_table("qb_logins")
    op.drop_table("qb_connection")
    op.drop_table("qb_cache")
