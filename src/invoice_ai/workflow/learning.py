"""What people decide teaches: who a vendor is, and how its documents are to be read.

A correction teaches at once, in its own transaction, so that the very next document is read with it.
An approval teaches what was right as it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from invoice_ai.domain.findings import Override
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import FIELDS, ExtractedField, ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name
from invoice_ai.domain.pages import Page, Reading
from invoice_ai.domain.vendors import Mark, marks_of, marks_on, with_parts
from invoice_ai.errors import NotFound
from invoice_ai.extraction.memory import Memory, fitting, learn, learn_lines, memory_from_json
from invoice_ai.store import layouts, reviews, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.words import load_words
from invoice_ai.workflow.place import Workplace

_FIRST_PAGES = 3  # extraction/memory looks at these and at the last one
_MOST_PAGES, _MOST_ROWS = 20, 1_000  # of longer invoices the table is not learned


def learn_vendor(
    session: Session, invoice_id: int, invoice: ExtractedInvoice, *, clean: bool
) -> int | None:
    """Know the vendor of an approved invoice from now on; returns its id, None without a name.

    Args:
        clean: Nothing had to be corrected; so many in a row may earn the vendor that its invoices
            are approved by themselves.
    """
    marks = marks_of(invoice)
    name = invoice.text("vendor_name")
    found = vendors.match(session, marks)
    if found is None and name:  # two first invoices of one vendor may be approved at once
        vendors.take_turns(session)
        found = vendors.match(session, marks)
    if found is not None:
        vendor_id = found[0].id
    elif name:
        vendor_id = vendors.add(session, name, country=_country(invoice))
    else:
        return None
    vendors.note_marks(session, vendor_id, marks, invoice_id=invoice_id)
    vendors.count_approval(session, vendor_id, clean=clean)
    return vendor_id


def note_verified_account(
    session: Session, vendor_id: int, invoice: ExtractedInvoice, overrides: Iterable[Override]
) -> None:
    """A changed account that a person let pass is on file as verified, with who said how (R34)."""
    account = next((m for m in marks_of(invoice) if m.kind == "iban"), None)
    for override in overrides:
        if account is None or not override.key.startswith("bank_changed"):
            continue
        if compact(override.printed) == account.key:
            vendors.set_mark(
                session,
                vendor_id,
                account,
                "verified",
                actor=override.actor,
                how=override.reason,
            )


def remembered(place: Workplace, invoice: ExtractedInvoice, reading: Reading) -> Memory | None:
    """What corrections taught about this document's layout, if it has one that is known."""
    with place.database.reading() as session:
        found = layouts.find(session, _marks_to_find(place, invoice, reading))
    memories = (memory_from_json(layout.memory) for layout in found)
    return fitting((m for m in memories if m is not None), reading)


def learn_fields(
    place: Workplace,
    session: Session,
    record: InvoiceRecord,
    reviewed: ExtractedInvoice,
    names: Iterable[str],
    *,
    lines: bool = False,
) -> None:
    """Teach these header fields: what was read against what a person made of it.

    Args:
        lines: Teach the rows as well, which are settled now.
    """
    taught = sorted({name for name in names if name in FIELDS})
    pages = record.document.page_count or 0
    lines = lines and pages <= _MOST_PAGES and 0 < len(reviewed.lines) <= _MOST_ROWS
    reading = _pages_of(place, record, whole=lines)
    if record.read is None or not (taught or lines) or reading is None:
        return
    said, told = _only(record.read, taught), _only(reviewed, taught)
    found = layouts.find(session, _marks_to_find(place, record.read, reading), to_teach=True)
    known = [(layout, memory_from_json(layout.memory)) for layout in found]
    before = fitting((memory for _, memory in known if memory is not None), reading)
    layout_id = next((layout.id for layout, memory in known if memory is before), None)
    after = learn(before, reading, said, told, document=str(record.id))
    if lines:
        after = learn_lines(after, reading, record.read, reviewed)
    ours = _our_names(place)
    layouts.save(
        session,
        layout_id if before is not None else None,
        after.to_json(),
        [m for m in with_parts([*marks_of(record.read), *marks_of(reviewed)]) if m.key not in ours],
        lessons=after.lessons,
        vendor_id=record.vendor_id,
    )


def learn_the_rest(
    place: Workplace, session: Session, record: InvoiceRecord, reviewed: ExtractedInvoice
) -> None:
    """Teach an approved invoice's fields that its corrections have not taught yet, and its rows.

    Rows are taught only now: a table that somebody is still correcting tells nothing.
    """
    done = {c.field for c in reviews.corrections_of(session, record.id)}
    both = {*(record.read.fields if record.read else ()), *reviewed.fields}
    learn_fields(place, session, record, reviewed, both - done, lines=True)


def _only(invoice: ExtractedInvoice, names: Iterable[str]) -> ExtractedInvoice:
    fields: dict[str, ExtractedField] = {
        name: invoice.fields[name] for name in names if name in invoice.fields
    }
    return replace(invoice, fields=fields)


def _marks_to_find(
    place: Workplace, invoice: ExtractedInvoice, reading: Reading
) -> tuple[Mark, ...]:
    ours = _our_names(place)
    printed = marks_on(reading.pages[0]) if reading.pages else ()
    return tuple(m for m in with_parts([*marks_of(invoice), *printed]) if m.key not in ours)


def _our_names(place: Workplace) -> set[str]:
    """We stand on every invoice and tell no vendor."""
    settings = place.settings
    return {comparable_name(name) for name in settings.company_names} | {
        tax_id.upper() for tax_id in settings.company_tax_ids
    }


def _pages_of(place: Workplace, record: InvoiceRecord, *, whole: bool) -> Reading | None:
    """The pages as they were read, all or those with header fields; None when they are not kept (an
    e-invoice without a page)."""
    count = record.document.page_count or 0
    first = count if whole else min(count, _FIRST_PAGES)
    wanted = sorted({*range(1, first + 1), count} - {0})
    try:
        pages = [_page(place, record, number) for number in wanted]
    except NotFound:
        return None
    return Reading(tuple(pages)) if pages else None


def _page(place: Workplace, record: InvoiceRecord, number: int) -> Page:
    """A page by its number in the invoice, which may be a part of its file."""
    part = record.document.pages
    in_file = number + part.first - 1 if part else number
    page = load_words(place.files, record.document.sha256, in_file)
    return replace(page, number=number)


def _country(invoice: ExtractedInvoice) -> str | None:
    country = invoice.text("vendor_country")
    return country if country and len(country) == 2 else None
