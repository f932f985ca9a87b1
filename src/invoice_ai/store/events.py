"""Live events: the history of all invoices, read from where the reader left off."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoice_ai.store.records import Event
from invoice_ai.store.tables import invoice_history, invoices


def after(session: Session, event_id: int, limit: int = 100) -> tuple[Event, ...]:
    """Changes of state with a greater id, oldest first."""
    columns = [
        invoice_history.c[name] if name in invoice_history.c else invoices.c[name]
        for name in Event.__dataclass_fields__
    ]
    statement = (
        select(*columns)
        .select_from(invoice_history.join(invoices, invoices.c.id == invoice_history.c.invoice_id))
        .where(invoice_history.c.id > event_id)
        .order_by(invoice_history.c.id)
        .limit(limit)
    )
    return tuple(Event(*row) for row in session.execute(statement))


def last_id(session: Session) -> int:
    """Where a reader starts who only wants what happens from now on."""
    return int(session.scalars(select(func.coalesce(func.max(invoice_history.c.id), 0))).one())
