"""Which format it is, and its reader."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.errors import BadDocument
from invoice_ai.extraction.einvoice.cii import read_cii
from invoice_ai.extraction.einvoice.fattura import read_fattura
from invoice_ai.extraction.einvoice.parse import local, parse_xml
from invoice_ai.extraction.einvoice.ubl import read_ubl

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

_READERS: tuple[tuple[str, str, Callable[[etree._Element], ExtractedInvoice]], ...] = (
    # root element, beginning of its namespace, reader
    ("Invoice", f"{_UBL}Invoice-2", read_ubl),
    ("CreditNote", f"{_UBL}CreditNote-2", read_ubl),
    ("CrossIndustryInvoice", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:", read_cii),
    ("CrossIndustryDocument", "urn:", read_cii),  # ZUGFeRD 1 and its release candidates
    ("FatturaElettronica", "http://", read_fattura),
)

# What people send by mistake, by root element.
_NOT_INVOICES = {
    "Order": "a purchase order",
    "OrderResponse": "an order response",
    "OrderChange": "an order change",
    "SCRDMCCBDACIOMessageStructure": "a purchase order (Order-X)",
    "DespatchAdvice": "a delivery note",
    "ReceiptAdvice": "a receipt advice",
    "Reminder": "a reminder",
    "Statement": "a statement of account",
    "Quotation": "a quotation",
    "Catalogue": "a catalogue",
    "ApplicationResponse": "a response message",
    "Document": "a bank message (ISO 20022)",
    "html": "a web page",
    "FatturaElettronicaSemplificata": "a simplified FatturaPA invoice, which we cannot read yet",
}


def read_einvoice(xml: bytes) -> ExtractedInvoice:
    """Read a UBL, CII, ZUGFeRD 1 or FatturaPA invoice.

    Every field has source "xml" and no place (`place_on_pages` finds it). `flags` tell what was
    odd: malformed_amount, malformed_date, placeholder_values, unknown_profile, minimum_profile,
    profile_without_lines, profile_rule_violated, unknown_document_type, negative_invoice,
    sub_lines_mismatch, too_many_lines, several_invoices, test_document, copy.

    Raises: BadDocument: `not_an_invoice`, `hostile_xml`, `damaged_file`, `empty_file`,
        `resource_limit`.
    """
    root = parse_xml(xml)
    if local(root) == "StandardBusinessDocument":  # the envelope of the Peppol network
        root = next((e for e in root if _reader_of(e)), root)
    reader = _reader_of(root)
    if reader is None:
        known = _NOT_INVOICES.get(local(root))
        what = f"is {known}" if known else f"has the root element {local(root)[:60]!r}"
        raise BadDocument(
            f"The XML {what}, not an invoice. UBL, CII (ZUGFeRD, Factur-X, XRechnung) and "
            "FatturaPA invoices can be read.",
            code="not_an_invoice",
        )
    return reader(root)


def _reader_of(root: etree._Element) -> Callable[[etree._Element], ExtractedInvoice] | None:
    if not isinstance(root.tag, str):
        return None
    namespace = etree.QName(root).namespace or ""
    for name, prefix, reader in _READERS:
        if local(root) == name and namespace.startswith(prefix):
            return reader
    return None
