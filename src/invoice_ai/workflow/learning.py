"""What people decide teaches: who a vendor is, and how its documents are to be read.

A correction teaches at once, in its own transaction, so that the very next document is read with it.
An approval teaches what was right as it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import FIELDS, ExtractedField, ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name
from invoice_ai.domain.pages import Reading
from invoice_ai.domain.vendors import Mark, marks_of, marks_on, with_parts
from invoice_ai.errors import NotFound
from invoice_ai.extraction.memory import Memory, fitting, learn, memory_from_json
from invoice_ai.store import layouts, reviews, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.words import load_words
from invoice_ai.workflow.place import Workplace

_FIRST_PAGES = 3  # extraction/memory looks at these and at the last one


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
    if found is not None:
        vendor_id = found[0].id
    elif name:
        vendor_id = vendors.add(session, name, country=_country(invoice))
    else:
        return None
    vendors.note_marks(session, vendor_id, marks, invoice_id=invoice_id)
    vendors.count_approval(session, vendor_id, clean=clean)
    return vendor_id


def vendor_of(session: Session, invoice: ExtractedInvoice) -> int | None:
    """The vendor on file that this invoice seems to be of."""
    found = vendors.match(session, marks_of(invoice))
    return found[0].id if found else None


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
) -> None:
    """Teach these header fields: what was read against what a person made of it."""
    taught = sorted({name for name in names if name in FIELDS})
    reading = _pages_of(place, record)
    if record.read is None or not taught or reading is None:
        return
    said, told = _only(record.read, taught), _only(reviewed, taught)
    found = layouts.find(session, _marks_to_find(place, record.read, reading), to_teach=True)
    known = [(layout, memory_from_json(layout.memory)) for layout in found]
    before = fitting((memory for _, memory in known if memory is not None), reading)
    layout_id = next((layout.id for layout, memory in known if memory is before), None)
    after = learn(before, reading, said, told, document=str(record.id))
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
    """Teach an approved invoice's fields that its corrections have not taught yet."""
    done = {c.field for c in reviews.corrections_of(session, record.id)}
    both = {*(record.read.fields if record.read else ()), *reviewed.fields}
    learn_fields(place, session, record, reviewed, both - done)


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


def _pages_of(place: Workplace, record: InvoiceRecord) -> Reading | None:
    """The pages as they were read; None when they are not kept (an e-invoice without a page)."""
    count = record.document.page_count or 0
    wanted = sorted({*range(1, min(count, _FIRST_PAGES) + 1), count} - {0})
    try:
        pages = [load_words(place.files, record.document.sha256, number) for number in wanted]
    except NotFound:
        return None
    return Reading(tuple(pages)) if pages else None


def _country(invoice: ExtractedInvoice) -> str | None:
    country = invoice.text("vendor_country")
    return country if country and len(country) == 2 else None
