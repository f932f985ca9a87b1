"""The e-invoice among the files embedded in a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.pages import Attachment
from invoice_ai.errors import BadDocument
from invoice_ai.extraction.einvoice.read import read_einvoice

# Names the standards give, the newest first: a ZUGFeRD 1 file may stand beside it for
# receivers that are not up to date.
_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
_ROOTS = (
    b"CrossIndustryInvoice",
    b"CrossIndustryDocument",
    b"xsd:Invoice-2",
    b"xsd:CreditNote-2",
    b"FatturaElettronica",
)


def find_einvoice(attachments: Sequence[Attachment]) -> Attachment | None:
    """The e-invoice, by its name or by what it holds; None without one."""
    return next(iter(_einvoices(attachments)), None)


def read_attached(attachments: Sequence[Attachment]) -> ExtractedInvoice | None:
    """The e-invoice among the attachments, read; None without one.

    A second e-invoice over another number, total or account is flagged: `several_einvoices`.

    Raises: BadDocument: the one to read cannot be read.
    """
    found = _einvoices(attachments)
    if not found:
        return None
    invoice = read_einvoice(found[0].content)
    for other in found[1:]:
        try:
            differs = _essence(read_einvoice(other.content)) != _essence(invoice)
        except BadDocument:
            continue
        if differs:
            return replace(invoice, flags=(*invoice.flags, "several_einvoices"))
    return invoice


def _essence(invoice: ExtractedInvoice) -> tuple[object, ...]:
    names = ("invoice_number", "invoice_date", "total", "iban")
    return tuple(found.value if (found := invoice.fields.get(n)) else None for n in names)


def _einvoices(attachments: Sequence[Attachment]) -> list[Attachment]:
    """All attachments that look like e-invoices, best first."""
    ranked = [(rank, i) for i, a in enumerate(attachments) if (rank := _rank(a)) is not None]
    return [attachments[i] for _, i in sorted(ranked)]


def _rank(attachment: Attachment) -> int | None:
    name = attachment.name.replace("\\", "/").rpartition("/")[2].strip().lower()
    if name in _NAMES:
        return _NAMES.index(name)
    # The root may stand behind a page of licence text, so all of it is searched.
    text = attachment.content.replace(b"\x00", b"")
    is_xml = text.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    return len(_NAMES) if is_xml and any(root in text for root in _ROOTS) else None
