"""What the random sample showed, and the newest results for looking ahead."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.serial import finding_from_json, invoice_from_json
from invoice_ai.store.tables import corrections, invoices, processing_results


def sampled(session: Session) -> tuple[int, int, int]:
    """Sampled invoices that wait for a person, that were decided, and of these those corrected."""
    chosen = select(invoices.c.id).where(invoices.c.sampled.is_(True))
    decided = chosen.where(invoices.c.decision.is_not(None))
    wrong = (
        select(corrections.c.invoice_id)
        .where(corrections.c.kind != "confirm", corrections.c.invoice_id.in_(decided))
        .distinct()
    )

    def count(statement: Select[Any]) -> int:
        return int(session.scalar(select(func.count()).select_from(statement.subquery())) or 0)

    waiting = chosen.where(invoices.c.status == "needs_review")
    return count(waiting), count(decided), count(wrong)


def newest_read(session: Session, most: int) -> list[tuple[ExtractedInvoice, bool]]:
    """What was read of the newest invoices, and whether no check spoke against them."""
    rows = session.execute(
        select(processing_results.c.extracted, processing_results.c.findings)
        .order_by(processing_results.c.id.desc())
        .limit(most)
    )
    found = []
    for row in rows:
        findings = [finding_from_json(f) for f in row.findings]
        clean = all(f.outcome != "failed" or f.severity == "info" for f in findings)
        invoice = invoice_from_json(row.extracted)
        if invoice.fields:
            found.append((invoice, clean))
    return found
