"""How an invoice lives: added once per distinct file, moved along the edges of domain/status.py.

Every change of state is one conditional UPDATE with its history row in the same transaction, so two
people (or a person and a worker) can never both change what they saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name, comparable_number
from invoice_ai.domain.pages import FileKind, PageRange
from invoice_ai.domain.serial import finding_to_json, invoice_to_json, route_to_json
from invoice_ai.domain.status import Status, may_become
from invoice_ai.errors import Conflict, NotFound
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.tables import documents, errors, invoice_history, invoices, processing_results
from invoice_ai.store.types import clean_json, clean_text, db_now, fits_money

# Postgres refuses index entries beyond 2 704 bytes; 300 characters are at most 1 200.
INDEXED_CHARACTERS = 300
SEARCHED_CHARACTERS = 4000  # 100 000 invoices of the usual 800 are 80 MB of text
HISTORY_LOCK = 0x1A03  # our number among Postgres' advisory locks


class Admission(NamedTuple):
    """An invoice that was just added or was there before."""

    invoice_id: int
    status: Status
    version: int
    is_new: bool


def add(
    session: Session,
    *,
    sha256: str,
    kind: FileKind | None,
    size: int,
    file_name: str,
    origin: str,
    actor: str,
    ai_policy: str | None = None,
) -> Admission:
    """Add the file and its invoice in state `received`, or find the live one with these bytes
    (the first of them, where the file was split).

    Args:
        ai_policy: Where its folder lets it go; of several arrivals the first one's rule holds.
    """
    document_id = _document(session, sha256=sha256, kind=kind, size=size)
    live = session.execute(
        select(invoices.c.id, invoices.c.status, invoices.c.version)
        .where(invoices.c.document_id == document_id, invoices.c.status != "deleted")
        .order_by(invoices.c.first_page)
        .limit(1)
    ).one_or_none()
    if live is not None:
        return Admission(live.id, live.status, live.version, is_new=False)
    name = clean_text(file_name)
    invoice_id = session.scalars(
        insert(invoices)
        .values(
            document_id=document_id,
            status="received",
            file_name=name,
            origin=origin,
            ai_policy=ai_policy,
            search_text=name.lower(),
        )
        .returning(invoices.c.id)
    ).one()
    _note(session, invoice_id, None, "received", 1, actor, "")
    return Admission(invoice_id, "received", 1, is_new=True)


def set_pages(session: Session, invoice_id: int, pages: PageRange, *, file_name: str) -> None:
    """Say which pages of its file an invoice is. The state is moved separately."""
    session.execute(
        update(invoices)
        .where(invoices.c.id == invoice_id)
        .values(first_page=pages.first, last_page=pages.last, file_name=clean_text(file_name))
    )


def add_part(
    session: Session, invoice_id: int, pages: PageRange, *, file_name: str, actor: str
) -> int:
    """Another invoice in the file of this one, in state `received`; returns its id."""
    whole = session.execute(
        select(
            invoices.c.document_id,
            invoices.c.origin,
            invoices.c.ai_policy,
            invoices.c.received_at,
        ).where(invoices.c.id == invoice_id)
    ).one()
    name = clean_text(file_name)
    part_id = session.scalars(
        insert(invoices)
        .values(
            document_id=whole.document_id,
            status="received",
            first_page=pages.first,
            last_page=pages.last,
            file_name=name,
            origin=whole.origin,
            ai_policy=whole.ai_policy,
            received_at=whole.received_at,
            search_text=name.lower(),
        )
        .returning(invoices.c.id)
    ).one()
    _note(session, part_id, None, "received", 1, actor, f"split: from invoice {invoice_id}")
    return int(part_id)


def save_file(session: Session, invoice_id: int, *, kind: FileKind, page_count: int) -> None:
    """Keep what was found out about the invoice's file."""
    document_id = select(invoices.c.document_id).where(invoices.c.id == invoice_id)
    session.execute(
        update(documents)
        .where(documents.c.id == document_id.scalar_subquery())
        .values(kind=kind, page_count=page_count)
    )


def move(
    session: Session,
    invoice_id: int,
    to: Status,
    *,
    actor: str,
    reason: str = "",
    expected_version: int | None = None,
) -> int:
    """Change the state and write the history with it; the only way a state ever changes.

    Args:
        actor: Who: a user's or key's name, or "worker", "watcher".
        expected_version: What the caller saw; None: whatever it is now.
    Returns: The new version.
    Raises: NotFound. Conflict: no such edge (domain/status.py), or someone was faster.
    """
    seen = session.execute(
        select(invoices.c.status, invoices.c.version).where(invoices.c.id == invoice_id)
    ).one_or_none()
    if seen is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    if expected_version is not None and seen.version != expected_version:
        raise Conflict(f"Invoice {invoice_id} was changed by somebody else meanwhile; look again.")
    if not may_become(seen.status, to):
        raise Conflict(f"Invoice {invoice_id} is {seen.status}; it cannot become {to}.")
    values: dict[str, Any] = {"status": to, "version": seen.version + 1, "updated_at": db_now()}
    if to not in ("failed", "sync_failed", "deleted"):
        values |= {"error_code": None, "error_message": None, "error_retryable": False}
    changed = session.execute(
        update(invoices)
        .where(
            invoices.c.id == invoice_id,
            invoices.c.status == seen.status,
            invoices.c.version == seen.version,
        )
        .values(values)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise Conflict(f"Invoice {invoice_id} was changed by somebody else meanwhile; look again.")
    _note(session, invoice_id, seen.status, to, seen.version + 1, actor, reason)
    return int(seen.version) + 1


def tell(session: Session, invoice_id: int, *, actor: str, reason: str) -> None:
    """Write into the history (and the live events) what did not change the state."""
    seen = session.execute(
        select(invoices.c.status, invoices.c.version).where(invoices.c.id == invoice_id)
    ).one()
    _note(session, invoice_id, seen.status, seen.status, seen.version, actor, reason)


def next_revision(session: Session, invoice_id: int) -> int:
    """Ask for a new extraction; results of an older revision are not taken any more."""
    statement = (
        update(invoices)
        .where(invoices.c.id == invoice_id)
        .values(revision=invoices.c.revision + 1)
        .returning(invoices.c.revision)
    )
    return int(session.scalars(statement).one())


def current_status(session: Session, invoice_id: int, revision: int) -> Status | None:
    """The invoice's state while results of `revision` are wanted, else None (deleted, superseded).

    Holds document and invoice until the transaction ends, in the order in which `add` does.
    """
    document_id = select(invoices.c.document_id).where(invoices.c.id == invoice_id)
    session.execute(
        select(documents.c.id)
        .where(documents.c.id == document_id.scalar_subquery())
        .with_for_update()
    )
    status: Status | None = session.scalar(
        select(invoices.c.status)
        .where(
            invoices.c.id == invoice_id,
            invoices.c.revision == revision,
            invoices.c.status != "deleted",
        )
        .with_for_update()
    )
    return status


def save_extraction(
    session: Session,
    invoice_id: int,
    *,
    revision: int,
    kind: FileKind,
    page_count: int | None,
    extracted: ExtractedInvoice,
    findings: Sequence[Finding],
    route: Route,
    seconds: dict[str, float],
    vendor_id: int | None = None,
) -> None:
    """Keep what was read; lists and checks see it at once. The state is moved separately.

    Args:
        page_count: Of the whole file; None: the invoice is a part of it, which was read before.
    """
    if page_count is not None:
        save_file(session, invoice_id, kind=kind, page_count=page_count)
    session.execute(
        insert(processing_results).values(
            invoice_id=invoice_id,
            revision=revision,
            status=route.status,
            extracted=clean_json(invoice_to_json(extracted)),
            findings=clean_json([finding_to_json(f) for f in findings]),
            route=clean_json(route_to_json(route)),
            seconds={name: round(value, 6) for name, value in seconds.items()},
            processing_seconds=sum(seconds.values()),
        )
    )
    file_name = session.scalars(
        select(invoices.c.file_name).where(invoices.c.id == invoice_id)
    ).one()
    session.execute(
        update(invoices)
        .where(invoices.c.id == invoice_id)
        .values(
            _columns(extracted, route)
            | {"search_text": _search_text(extracted, file_name), "vendor_id": vendor_id}
        )
    )


def save_review(
    session: Session,
    invoice_id: int,
    *,
    reviewed: ExtractedInvoice,
    findings: Sequence[Finding],
    route: Route,
    expected_version: int | None,
) -> int:
    """Keep what a person made of the newest result; what was read stays beside it.

    Returns: The new version.
    Raises: NotFound: nothing was read yet. Conflict: someone was faster.
    """
    version = touch(session, invoice_id, expected_version=expected_version)
    newest = (
        select(processing_results.c.id)
        .where(processing_results.c.invoice_id == invoice_id)
        .order_by(processing_results.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    changed = session.execute(
        update(processing_results)
        .where(processing_results.c.id == newest)
        .values(
            reviewed=clean_json(invoice_to_json(reviewed)),
            findings=clean_json([finding_to_json(f) for f in findings]),
            route=clean_json(route_to_json(route)),
        )
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise NotFound(f"Invoice {invoice_id} was not read yet.")
    file_name = session.scalars(
        select(invoices.c.file_name).where(invoices.c.id == invoice_id)
    ).one()
    session.execute(
        update(invoices)
        .where(invoices.c.id == invoice_id)
        .values(_columns(reviewed, route) | {"search_text": _search_text(reviewed, file_name)})
    )
    return version


def touch(
    session: Session, invoice_id: int, *, expected_version: int | None = None, **values: Any
) -> int:
    """Change columns of an invoice outside of its state; returns the new version.

    Raises: NotFound. Conflict: the version is not the expected one any more.
    """
    same = [invoices.c.id == invoice_id, invoices.c.status != "deleted"]
    if expected_version is not None:
        same.append(invoices.c.version == expected_version)
    version = session.scalars(
        update(invoices)
        .where(*same)
        .values(version=invoices.c.version + 1, updated_at=db_now(), **values)
        .returning(invoices.c.version)
    ).one_or_none()
    if version is None:
        known = session.scalar(
            select(invoices.c.id).where(invoices.c.id == invoice_id, invoices.c.status != "deleted")
        )
        if known is None:
            raise NotFound(f"There is no invoice {invoice_id}.")
        raise Conflict(f"Invoice {invoice_id} was changed by somebody else meanwhile; look again.")
    return int(version)


def open_by_hand(session: Session, record: InvoiceRecord, *, actor: str) -> None:
    """Put a failed invoice into review with nothing read, for a person to fill in.

    Raises: Conflict: it has not failed.
    """
    move(session, record.id, "needs_review", actor=actor, reason="entered by hand")
    reason = Reason("entered_by_hand", "It could not be read; type what the page says.", None)
    route = Route("needs_review", 0.0, (reason,))
    session.execute(
        insert(processing_results).values(
            invoice_id=record.id,
            revision=record.revision,
            status="needs_review",
            extracted=invoice_to_json(ExtractedInvoice()),
            findings=[],
            route=route_to_json(route),
            seconds={},
            processing_seconds=0.0,
        )
    )
    session.execute(
        update(invoices)
        .where(invoices.c.id == record.id)
        .values(_columns(ExtractedInvoice(), route))
    )


def record_error(
    session: Session,
    invoice_id: int | None,
    *,
    step: str,
    code: str,
    message: str,
    retryable: bool,
    final: bool,
) -> None:
    """Keep what went wrong; `final` also shows it on the invoice (its state is moved separately)."""
    message = clean_text(message)
    session.execute(
        insert(errors).values(
            invoice_id=invoice_id, step=step, code=code, message=message, retryable=retryable
        )
    )
    if final and invoice_id is not None:
        session.execute(
            update(invoices)
            .where(invoices.c.id == invoice_id)
            .values(error_code=code, error_message=message, error_retryable=retryable)
        )


def save_export(session: Session, invoice_id: int, exported_to: str) -> None:
    """Remember where the JSON lies."""
    session.execute(
        update(invoices)
        .where(invoices.c.id == invoice_id)
        .values(exported_to=clean_text(exported_to))
    )


def _document(session: Session, *, sha256: str, kind: FileKind | None, size: int) -> int:
    """The id of the file's row. Holds it, so that two arrivals of one file take turns."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(documents)
        .values(sha256=sha256, kind=kind, size=size, received_at=db_now())
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    found = select(documents.c.id).where(documents.c.sha256 == sha256).with_for_update()
    return int(session.scalars(found).one())


def _note(
    session: Session,
    invoice_id: int,
    from_status: Status | None,
    to_status: Status,
    version: int,
    actor: str,
    reason: str,
) -> None:
    if session.get_bind().dialect.name == "postgresql":
        # Postgres gives out ids before it commits. A reader of events who has seen 8 would never
        # look for a 7 that commits later, so from here to the commit we are alone. Take nothing
        # that somebody else may hold after this: job, document, invoice, history is the order.
        session.execute(text(f"SELECT pg_advisory_xact_lock({HISTORY_LOCK})"))
    session.execute(
        insert(invoice_history).values(
            invoice_id=invoice_id,
            from_status=from_status,
            to_status=to_status,
            version=version,
            actor=clean_text(actor),
            reason=clean_text(reason),
        )
    )


def _columns(extracted: ExtractedInvoice, route: Route) -> dict[str, Any]:
    """What lists sort and checks compare; what does not fit a column is only in the JSON."""

    def short(name: str, most: int = INDEXED_CHARACTERS) -> str | None:
        text = extracted.text(name)
        return clean_text(text)[:most] if text else None

    vendor, number, total = short("vendor_name"), short("invoice_number"), extracted.money("total")
    currency = short("currency")
    return {
        "vendor_name": vendor,
        "vendor_key": comparable_name(vendor)[:INDEXED_CHARACTERS] if vendor else None,
        "vendor_tax_id": short("vendor_tax_id"),
        "iban": short("iban", 64),
        "invoice_number": number,
        "number_key": comparable_number(number)[:INDEXED_CHARACTERS] if number else None,
        "document_type": short("document_type", 16),
        "invoice_date": extracted.day("invoice_date"),
        "due_date": extracted.day("due_date"),
        "currency": currency if currency and len(currency) == 3 else None,
        "total": total if total is not None and fits_money(total) else None,
        "confidence": route.confidence,
        "reason": clean_text(route.reasons[0].message) if route.reasons else "",
        "reason_count": len(route.reasons),
    }


def _search_text(extracted: ExtractedInvoice, file_name: str) -> str:
    """All that somebody may remember of an invoice: its texts, its lines, its amounts."""
    total = extracted.money("total")
    texts = [found.value for found in extracted.fields.values() if isinstance(found.value, str)]
    first = [extracted.text(n) for n in ("vendor_name", "invoice_number", "purchase_order", "iban")]
    lines = [line.description.value for line in extracted.lines if line.description]
    words = [*first, str(total) if total is not None else None, file_name, *texts, *lines]
    said = dict.fromkeys(str(word).lower() for word in words if word)
    return clean_text(" ".join(" ".join(said).split()))[:SEARCHED_CHARACTERS]
