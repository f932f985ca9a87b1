"""Looking at invoices: one, a page of them, and their numbers. Changing them is `lifecycle`."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice
from invoice_ai.domain.pages import PageRange
from invoice_ai.domain.search import parse_search
from invoice_ai.domain.serial import (
    finding_from_json,
    invoice_from_json,
    route_from_json,
)
from invoice_ai.domain.status import STATUSES, Status
from invoice_ai.errors import NotFound
from invoice_ai.store import searching
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
    sort: str = "",
    limit: int = 50,
    after: str | None = None,
    today: date | None = None,
) -> InvoicePage:
    """Invoices, newest first or by a column, without deleted ones unless asked for.

    Args:
        search: What domain/search.py understands.
        sort: A key of `SORTS`, with "-" in front for the other direction; "" is newest first.
        limit: 1–500.
        after: `next` of the previous page.
        today: What "today" means in the search; UTC's day if None.
    """
    limit = max(1, min(limit, 500))
    wanted = tuple(dict.fromkeys(statuses)) if statuses else _NOT_DELETED
    matching = matching_terms(session, search, today=today)
    if matching and not sort:
        found, total = _newest_matching(session, wanted, matching, limit, after)
    else:
        states: ColumnElement[bool] = invoices.c.status.in_(wanted)
        capped = select(invoices.c.id).where(states, *matching).limit(TOTAL_CAP)
        total = session.scalars(select(func.count()).select_from(capped.subquery())).one()
        if not sort:
            found = _newest_rows(session, wanted, limit, after)
        elif sort.removeprefix("-") == "state":
            found = _rows_by_state(session, wanted, matching, sort, limit, after)
        else:
            if total == TOTAL_CAP and not matching:
                states = _beside_the_way(session, wanted)
            found = _sorted_rows(session, [states, *matching], sort, limit, after)
    more = len(found) > limit
    last = found[limit - 1] if more else None
    following = None if last is None else _marker(last, sort)
    return InvoicePage(found[:limit], following, total)


def matching_ids(
    session: Session,
    *,
    statuses: Sequence[Status] | None = None,
    search: str = "",
    most: int = TOTAL_CAP,
    today: date | None = None,
) -> list[int]:
    """The ids of all invoices that a list would show, newest first, at most `most`."""
    wanted = tuple(dict.fromkeys(statuses)) if statuses else _NOT_DELETED
    matching = matching_terms(session, search, today=today)
    return list(
        session.scalars(
            select(invoices.c.id)
            .where(invoices.c.status.in_(wanted), *matching)
            .order_by(invoices.c.id.desc())
            .limit(most)
        )
    )


def matching_terms(
    session: Session, search: str, *, today: date | None = None
) -> list[ColumnElement[bool]]:
    """What an invoice fulfils that the search line finds."""
    today = today or datetime.now(UTC).date()
    return searching.conditions(session, parse_search(search, today=today), today=today)


def _newest_rows(
    session: Session, wanted: Sequence[Status], limit: int, after: str | None
) -> tuple[InvoiceRow, ...]:
    older = [] if after is None else [invoices.c.id < _cursor(after)]
    newest = _of_each_state([(status, older) for status in wanted], limit)
    ids = select(newest.c.id).order_by(newest.c.id.desc()).limit(limit + 1)
    return _rows(session, _select_rows().where(invoices.c.id.in_(ids)))


def _of_each_state(
    states: Sequence[tuple[Status, Sequence[ColumnElement[bool]]]], limit: int
) -> Subquery:
    """Each state on its own walks its index backwards and stops; their union is at most a few
    hundred ids. One IN over several states would sort all of them."""
    return union_all(
        *(
            select(
                select(invoices.c.id, invoices.c.status)
                .where(invoices.c.status == status, *more)
                .order_by(invoices.c.id.desc())
                .limit(limit + 1)
                .subquery()
            )
            for status, more in states
        )
    ).subquery()


def _newest_matching(
    session: Session,
    wanted: Sequence[Status],
    matching: Sequence[ColumnElement[bool]],
    limit: int,
    after: str | None,
) -> tuple[tuple[InvoiceRow, ...], int]:
    """The rows, and how many there are (at most `TOTAL_CAP`).

    Few are gathered in one look, in whatever order is quickest; many stand so close that a walk
    from the newest one soon has a page of them.
    """
    chosen = select(invoices.c.id).where(_beside_the_way(session, wanted), *matching)
    last = _cursor(after) if after is not None else None
    ids = list(session.scalars(chosen.limit(TOTAL_CAP)))
    total = len(ids)
    if total == TOTAL_CAP:
        older = chosen if last is None else chosen.where(invoices.c.id < last)
        ids = list(session.scalars(older.order_by(invoices.c.id.desc()).limit(limit + 1)))
    ids.sort(reverse=True)
    page = ids if last is None else [i for i in ids if i < last]
    return _in_order(session, page[: limit + 1]), total


def _beside_the_way(session: Session, wanted: Sequence[Status]) -> ColumnElement[bool]:
    """In one of these states, looked at row by row: SQLite, which knows no frequencies, would else
    gather and sort nearly all invoices by the index of states."""
    if session.get_bind().dialect.name != "sqlite":
        return invoices.c.status.in_(wanted)
    return UnaryExpression(invoices.c.status, operator=custom_op("+")).in_(wanted)


# Columns a list can be sorted by, and the direction a first click means.
SORTS: dict[str, tuple[Any, bool]] = {
    "vendor": (invoices.c.vendor_name, False),
    "number": (invoices.c.invoice_number, False),
    "date": (invoices.c.invoice_date, True),
    "due": (invoices.c.due_date, False),
    "total": (invoices.c.total, True),
    "state": (invoices.c.status, False),
    "confidence": (invoices.c.confidence, False),
    "age": (invoices.c.id, False),
}


def _rows_by_state(
    session: Session,
    wanted: Sequence[Status],
    matching: Sequence[ColumnElement[bool]],
    sort: str,
    limit: int,
    after: str | None,
) -> tuple[InvoiceRow, ...]:
    """By state, in each the newest first."""
    chosen, falls = _sorting(sort)
    states = sorted(wanted, reverse=falls)
    value, last_id = _sorted_cursor(chosen, after)
    if last_id is not None:
        states = [s for s in states if (s <= value if falls else s >= value)]
    asked = [
        (s, [*matching, *([invoices.c.id < last_id] if last_id is not None and s == value else [])])
        for s in states
    ]
    if not asked:
        return ()
    found = _of_each_state(asked, limit)
    order = found.c.status.desc() if falls else found.c.status.asc()
    ids = list(
        session.scalars(select(found.c.id).order_by(order, found.c.id.desc()).limit(limit + 1))
    )
    return _in_order(session, ids)


def _sorted_rows(
    session: Session,
    chosen_rows: Sequence[ColumnElement[bool]],
    sort: str,
    limit: int,
    after: str | None,
) -> tuple[InvoiceRow, ...]:
    """By a column, then by id; those without a value come last, in both directions."""
    chosen, falls = _sorting(sort)
    ids: list[int] = []
    value, last_id = _sorted_cursor(chosen, after)
    if value is not _NOTHING:
        further = [chosen.is_not(None)]
        if last_id is not None:
            beyond = chosen < value if falls else chosen > value
            further.append(or_(beyond, and_(chosen == value, invoices.c.id < last_id)))
        order = (chosen.desc() if falls else chosen.asc(), invoices.c.id.desc())
        statement = select(invoices.c.id).where(*chosen_rows, *further).order_by(*order)
        ids = list(session.scalars(statement.limit(limit + 1)))
    if len(ids) <= limit:
        empty = [chosen.is_(None)]
        if value is _NOTHING:
            empty.append(invoices.c.id < last_id)
        statement = select(invoices.c.id).where(*chosen_rows, *empty)
        statement = statement.order_by(invoices.c.id.desc()).limit(limit + 1 - len(ids))
        ids += session.scalars(statement)
    return _in_order(session, ids)


def _in_order(session: Session, ids: Sequence[int]) -> tuple[InvoiceRow, ...]:
    found = {row.id: row for row in _rows(session, _select_rows().where(invoices.c.id.in_(ids)))}
    return tuple(found[i] for i in ids if i in found)


def _sorting(sort: str) -> tuple[Any, bool]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise NotFound(f"A list cannot be sorted by {name[:40]!r}.")
    chosen, falls = SORTS[name]
    return chosen, falls != sort.startswith("-")


_NOTHING = object()  # the page before ended among the rows without a value


def _marker(row: InvoiceRow, sort: str) -> str:
    """Where the next page goes on: the last row's id, and its value when sorted by a column."""
    if not sort:
        return str(row.id)
    name = SORTS[sort.removeprefix("-")][0].name
    value = getattr(row, name)
    told = [row.id] if value is None else [row.id, str(value)]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _sorted_cursor(chosen: Any, after: str | None) -> tuple[Any, int | None]:
    """The value and id that the page before ended with."""
    if after is None:
        return None, None
    try:
        told = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        kind = chosen.type.python_type
        last_id = int(told[0])
        if len(told) == 1:
            return _NOTHING, last_id
        value = date.fromisoformat(told[1]) if kind is date else kind(told[1])
    except (ValueError, TypeError, IndexError, ArithmeticError):
        raise NotFound("This page marker is not one of ours; start from the first page.") from None
    return value, last_id


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


def of_vendor(session: Session, vendor_id: int, *, limit: int = 20) -> tuple[InvoiceRow, ...]:
    """The newest invoices of a vendor on file."""
    own = and_(invoices.c.vendor_id == vendor_id, invoices.c.status != "deleted")
    return _rows(session, _select_rows().where(own).limit(limit))


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
