"""AI: answers of models, what was asked about each invoice, and the rule of its folder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from invoice_ai.store import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("ai_policy", sa.String(length=8), nullable=True))
    op.create_table(
        "ai_answers",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=8), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_micros", types.Id, nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_answers")),
        sa.UniqueConstraint("key", name=op.f("uq_ai_answers_key")),
    )
    op.create_index("idx_ai_answers_document", "ai_answers", ["document_sha256"])
    op.create_index("idx_ai_answers_created_at", "ai_answers", ["created_at"])
    op.create_table(
        "ai_uses",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=8), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("went_to", sa.Text(), nullable=False),
        sa.Column("record", types.Json, nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_micros", types.Id, nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_ai_uses_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_uses")),
    )
    op.create_index("idx_ai_uses_invoice", "ai_uses", ["invoice_id", "id"])
    op.create_index("idx_ai_uses_at", "ai_uses", ["at"])


def downgrade() -> None:
    op.drop_table("ai_uses")
    op.drop_table("ai_answers")
    op.drop_column("invoices", "ai_policy")
