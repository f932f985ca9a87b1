"""Parts: several invoices may lie in one file, each with its own pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEX = "uq_invoices_live_document"
_LIVE = sa.text("status <> 'deleted'")


def upgrade() -> None:
    op.add_column(
        "invoices", sa.Column("first_page", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("invoices", sa.Column("last_page", sa.Integer(), nullable=True))
    op.drop_index(_INDEX, table_name="invoices")
    op.create_index(
        _INDEX,
        "invoices",
        ["document_id", "first_page"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def downgrade() -> None:
    # The older release knows one invoice of a file; the others leave its lists, as if deleted.
    op.execute(
        "UPDATE invoices SET status = 'deleted' WHERE status <> 'deleted' AND id NOT IN"
        " (SELECT min(id) FROM invoices WHERE status <> 'deleted' GROUP BY document_id)"
    )
    op.drop_index(_INDEX, table_name="invoices")
    op.create_index(
        _INDEX,
        "invoices",
        ["document_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.drop_column("invoices", "last_page")
    op.drop_column("invoices", "first_page")
