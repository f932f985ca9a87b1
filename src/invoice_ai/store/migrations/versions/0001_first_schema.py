"""The first schema: documents, invoices, results, errors, history, jobs, leases, access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("last_used_at", types.Utc(), nullable=True),
        sa.Column("revoked_at", types.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "documents",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("size", types.Id, nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("received_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("sha256", name=op.f("uq_documents_sha256")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("last_seen_at", types.Utc(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    op.create_index("idx_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("document_id", types.Id, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("vendor_name", sa.Text(), nullable=True),
        sa.Column("vendor_key", sa.Text(), nullable=True),
        sa.Column("vendor_tax_id", sa.Text(), nullable=True),
        sa.Column("iban", sa.Text(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("number_key", sa.Text(), nullable=True),
        sa.Column("document_type", sa.String(length=16), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("total", types.Money(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_count", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_retryable", sa.Boolean(), nullable=False),
        sa.Column("exported_to", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("received_at", types.Utc(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_invoices_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
    )
    op.create_index("idx_invoice_date", "invoices", ["invoice_date"], unique=False)
    op.create_index("idx_invoices_number_key", "invoices", ["number_key"], unique=False)
    op.create_index("idx_invoices_status", "invoices", ["status", "id"], unique=False)
    op.create_index("idx_invoices_total", "invoices", ["total"], unique=False)
    op.create_index("idx_invoices_vendor_key", "invoices", ["vendor_key"], unique=False)
    op.create_index("idx_invoices_vendor_tax_id", "invoices", ["vendor_tax_id"], unique=False)
    op.create_index("idx_vendor_name", "invoices", ["vendor_name"], unique=False)
    op.create_index(
        "uq_invoices_live_document",
        "invoices",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'deleted'"),
        postgresql_where=sa.text("status <> 'deleted'"),
    )
    op.create_table(
        "errors",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=True),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("retryable", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_errors_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errors")),
    )
    op.create_index("idx_errors_invoice", "errors", ["invoice_id", "id"], unique=False)
    op.create_table(
        "invoice_history",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("from_status", sa.String(length=16), nullable=True),
        sa.Column("to_status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_history_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_history")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "idx_invoice_history_invoice", "invoice_history", ["invoice_id", "id"], unique=False
    )
    op.create_table(
        "jobs",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("invoice_id", types.Id, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", types.Utc(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", types.Utc(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("finished_at", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_jobs_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )
    op.create_index("idx_jobs_invoice", "jobs", ["invoice_id"], unique=False)
    op.create_index("idx_jobs_queue", "jobs", ["state", "priority", "id"], unique=False)
    op.create_table(
        "processing_results",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("extracted", types.Json, nullable=False),
        sa.Column("findings", types.Json, nullable=False),
        sa.Column("route", types.Json, nullable=False),
        sa.Column("seconds", types.Json, nullable=False),
        sa.Column("processing_seconds", sa.Float(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_processing_results_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_results")),
    )
    op.create_index(
        "idx_processing_results_invoice", "processing_results", ["invoice_id", "id"], unique=False
    )
    op.create_index("idx_processing_status", "processing_results", ["status"], unique=False)


def downgrade() -> None:
    op.drop_index("idx_processing_status", table_name="processing_results")
    op.drop_index("idx_processing_results_invoice", table_name="processing_results")
    op.drop_table("processing_results")
    op.drop_index("idx_jobs_queue", table_name="jobs")
    op.drop_index("idx_jobs_invoice", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("idx_invoice_history_invoice", table_name="invoice_history")
    op.drop_table("invoice_history")
    op.drop_index("idx_errors_invoice", table_name="errors")
    op.drop_table("errors")
    op.drop_index(
        "uq_invoices_live_document",
        table_name="invoices",
        sqlite_where=sa.text("status <> 'deleted'"),
        postgresql_where=sa.text("status <> 'deleted'"),
    )
    op.drop_index("idx_vendor_name", table_name="invoices")
    op.drop_index("idx_invoices_vendor_tax_id", table_name="invoices")
    op.drop_index("idx_invoices_vendor_key", table_name="invoices")
    op.drop_index("idx_invoices_total", table_name="invoices")
    op.drop_index("idx_invoices_status", table_name="invoices")
    op.drop_index("idx_invoices_number_key", table_name="invoices")
    op.drop_index("idx_invoice_date", table_name="invoices")
    op.drop_table("invoices")
    op.drop_index("idx_sessions_expires_at", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("leases")
    op.drop_table("documents")
    op.drop_table("api_keys")
