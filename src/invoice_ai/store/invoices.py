"""Looking at invoices: one, a page of them, and their numbers. Changing them is `lifecycle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, func, select, union_all
from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice
from invoice_ai.domain.pages import PageRange
from invoice_ai.domain.serial import (
    finding_from_json,
    invoice_from_json,
    route_from_json,
)
from invoice_ai.domain.status import STATUSES, Status
from invoice_ai.errors import NotFound
from invoice_ai.store.records import (
    DocumentRecord,
    ErrorRow,
    FailedGroup,
    HistoryRow,
    InvoicePage,
    InvoiceRecord,
    InvoiceRow,
    Sibling,
    Statistics,
)
from invoice_ai.store.tables import documents, errors, invoice_history, invoices, processing_results

TOTAL_CAP = 10_000  # "10 000+": counting a million rows for one number is not worth 125 ms
GROUP_ROWS = 50
_ROW = tuple(
    documents.c.kind if name == "kind" else invoices.c[name]
    for name in InvoiceRow.__dataclass_fields__
)
_WITH_DOCUMENT = invoices.join(documents, documents.c.id == invoices.c.document_id)


def page_of(
    session: Session,
    *,
    statuses: Sequence[Status] | None = None,
    search: str = "",
    limit: int = 50,
    after: str | None = None,
) -> InvoicePage:
    """Invoices, newest first, without deleted ones unless asked for.

    Args:
        search: Words that must all occur in vendor, number, file name, total or account.
        limit: 1–500.
        after: `next` of the previous page.
    """
    limit = max(1, min(limit, 500))
    wanted = tuple(dict.fromkeys(statuses)) if statuses else _NOT_DELETED
    matching = [
        invoices.c.search_text.contains(word, autoescape=True)
        for word in search.lower().split()[:8]
    ]
    older = [*matching]
    if after is not None:
        older.append(invoices.c.id < _cursor(after))
    # Each state on its own walks its index backwards and stops; their union is at most a few
    # hundred ids. One IN over several states would sort all of them.
    newest = union_all(
        *(
            select(
                select(invoices.c.id)
                .where(invoices.c.status == status, *older)
                .order_by(invoices.c.id.desc())
                .limit(limit + 1)
                .subquery()
            )
            for status in wanted
        )
    ).subquery()
    ids = select(newest.c.id).order_by(newest.c.id.desc()).limit(limit + 1)
    found = _rows(session, _select_rows().where(invoices.c.id.in_(ids)))
    capped = select(invoices.c.id).where(invoices.c.status.in_(wanted), *matching).limit(TOTAL_CAP)
    total = session.scalars(select(func.count()).select_from(capped.subquery())).one()
    more = len(found) > limit
    return InvoicePage(found[:limit], str(found[limit - 1].id) if more else None, total)


def load(session: Session, invoice_id: int) -> InvoiceRecord:
    """Everything about one invoice. Raises: NotFound."""
    row = session.execute(
        select(*_ROW, invoices.c.revision, invoices.c.exported_to, *_FILE)
        .select_from(_WITH_DOCUMENT)
        .where(invoices.c.id == invoice_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    result = session.execute(
        select(processing_results)
        .where(processing_results.c.invoice_id == invoice_id)
        .order_by(processing_results.c.id.desc())
        .limit(1)
    ).one_or_none()
    return InvoiceRecord(
        **{name: getattr(row, name) for name in InvoiceRow.__dataclass_fields__},
        revision=row.revision,
        document=_document(row),
        extracted=_extracted(result.reviewed or result.extracted) if result else None,
        findings=tuple(finding_from_json(f) for f in result.findings) if result else (),
        route=route_from_json(result.route) if result else None,
        read=_extracted(result.extracted) if result else None,
        seconds=dict(result.seconds) if result else {},
        exported_to=row.exported_to,
        errors=_all_of(session, errors, ErrorRow, invoice_id),
        history=_all_of(session, invoice_history, HistoryRow, invoice_id),
    )


def document_of(session: Session, invoice_id: int) -> DocumentRecord:
    """The file of one invoice. Raises: NotFound."""
    row = session.execute(
        select(invoices.c.file_name, documents.c.kind, *_FILE)
        .select_from(_WITH_DOCUMENT)
        .where(invoices.c.id == invoice_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return _document(row)


def siblings(session: Session, invoice_id: int) -> tuple[Sibling, ...]:
    """The live invoices in the same file, itself among them, in the order of their pages."""
    document_id = select(invoices.c.document_id).where(invoices.c.id == invoice_id)
    rows = session.execute(
        select(
            invoices.c.id,
            invoices.c.status,
            invoices.c.version,
            invoices.c.first_page,
            invoices.c.last_page,
        )
        .where(
            invoices.c.document_id == document_id.scalar_subquery(), invoices.c.status != "deleted"
        )
        .order_by(invoices.c.first_page)
    )
    return tuple(
        Sibling(row.id, row.status, row.version, _pages(row.first_page, row.last_page))
        for row in rows
    )


def counts(session: Session) -> dict[Status, int]:
    """How many invoices are in each state; every state is named."""
    rows = session.execute(select(invoices.c.status, func.count()).group_by(invoices.c.status))
    found = {row[0]: row[1] for row in rows}
    return {status: found.get(status, 0) for status in STATUSES}


def statistics(session: Session) -> Statistics:
    """The numbers of guide B's `/stats`."""
    by_state = counts(session)
    successful = sum(
        by_state[s] for s in ("needs_review", "approved", "rejected", "synced", "sync_failed")
    )
    average, last = session.execute(
        select(
            func.avg(processing_results.c.processing_seconds),
            func.max(processing_results.c.created_at),
        )
    ).one()
    return Statistics(
        total_processed=successful + by_state["failed"],
        successful=successful,
        failed=by_state["failed"],
        pending=by_state["received"],
        processing=by_state["processing"],
        average_processing_seconds=average,
        last_processed_at=last,
    )


def failed_groups(session: Session) -> tuple[FailedGroup, ...]:
    """The failed invoices by kind of error, the largest group first."""
    groups = session.execute(
        select(invoices.c.error_code, func.count(), func.max(invoices.c.id))
        .where(invoices.c.status == "failed")
        .group_by(invoices.c.error_code)
        .order_by(func.count().desc(), invoices.c.error_code)
    ).all()
    return tuple(_failed_group(session, code, count) for code, count, _ in groups)


def failed_ids(session: Session, code: str | None = None) -> list[int]:
    """Failed invoices, oldest first; only those with this error code when given."""
    chosen = select(invoices.c.id).where(invoices.c.status == "failed").order_by(invoices.c.id)
    return list(
        session.scalars(chosen if code is None else chosen.where(invoices.c.error_code == code))
    )


_FILE = (
    documents.c.sha256,
    documents.c.size,
    documents.c.page_count,
    invoices.c.first_page,
    invoices.c.last_page,
)


def _document(row: Any) -> DocumentRecord:
    pages = _pages(row.first_page, row.last_page)
    count = pages.last - pages.first + 1 if pages else row.page_count
    return DocumentRecord(
        row.sha256, row.file_name, row.kind, row.size, count, pages, row.page_count
    )


def _pages(first: int, last: int | None) -> PageRange | None:
    return None if last is None else PageRange(first, last)


_NOT_DELETED: tuple[Status, ...] = tuple(s for s in STATUSES if s != "deleted")


def _extracted(data: dict[str, Any]) -> ExtractedInvoice:
    """JSONB forgets the order of keys; people expect the one of `FIELDS`."""
    invoice = invoice_from_json(data)
    ordered = {name: invoice.fields[name] for name in FIELDS if name in invoice.fields}
    return replace(invoice, fields=ordered)


def _select_rows() -> Select[Any]:
    return select(*_ROW).select_from(_WITH_DOCUMENT).order_by(invoices.c.id.desc())


def _rows(session: Session, statement: Select[Any]) -> tuple[InvoiceRow, ...]:
    return tuple(InvoiceRow(*row) for row in session.execute(statement))


def _all_of(session: Session, table: Any, kind: Any, invoice_id: int) -> tuple[Any, ...]:
    columns = (table.c[name] for name in kind.__dataclass_fields__)
    statement = select(*columns).where(table.c.invoice_id == invoice_id).order_by(table.c.id)
    return tuple(kind(*row) for row in session.execute(statement))


def _failed_group(session: Session, code: str | None, count: int) -> FailedGroup:
    same = and_(invoices.c.status == "failed", invoices.c.error_code.is_not_distinct_from(code))
    rows = _rows(session, _select_rows().where(same).limit(GROUP_ROWS))
    newest = rows[0]
    return FailedGroup(
        code or "error", newest.error_message or "", count, newest.error_retryable, rows
    )


def _cursor(after: str) -> int:
    if not after.isdecimal() or len(after) > 18:
        raise NotFound("This page marker is not one of ours; start from the first page.")
    return int(after)
