"""Code lists: UNTDID 1001 document types, guideline ids of the profiles, freight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from invoice_ai.domain.invoice import Candidate, DocumentType, ExtractedField
from invoice_ai.extraction.einvoice.values import SURE, Values, amount

# UNTDID 1001 as restricted by EN 16931 (invoices and credit notes), and what else is sent.
_CREDIT_NOTES = frozenset(map(str, (81, 83, 261, 262, 296, 308, 381, 396, 420, 458, 532)))
_INVOICES = frozenset(
    str(code)
    for codes in (
        (71, 80, 82, 84, 102, 130, *range(202, 205), 211, 218, 219, 295, 326, 331),
        (380, *range(382, 391), *range(393, 396), 456, 457, *range(471, 474)),
        (*range(500, 504), 527, 553, 575, 623, 633, 751, 780, 817, 870, *range(875, 878), 935),
    )
    for code in codes
)
_OTHERS: dict[str, DocumentType] = {
    "325": "quote",  # pro-forma: announces an invoice, must not be booked
    "220": "purchase_order",
    "231": "purchase_order",
    "270": "delivery_note",
    "310": "quote",
}

# Guideline ids (BT-24) begin like this; what follows names a national or sector extension.
_GUIDELINES: dict[str, tuple[str, ...]] = {
    "CrossIndustryInvoice": (
        "urn:cen.eu:en16931:2017",
        "urn:factur-x.eu:1p0:",
        "urn:zugferd.de:2p",
    ),
    "CrossIndustryDocument": ("urn:ferd:",),
}

_FREIGHT_CODES = frozenset({"FC", "DL", "SAA"})
_FREIGHT_WORDS = re.compile(
    r"fracht|versand|porto\b|freight|shipping|delivery|livraison|frais de port|transport|"
    r"spedizione|trasporto|env[ií]o|verzend|frete|wysyłk",
    re.IGNORECASE,
)


def document_type(code: str | None, total: ExtractedField | None, values: Values) -> ExtractedField:
    """BT-3 in our words. An invoice over a negative total stays one, and offers "credit note"."""
    said: DocumentType = "invoice"
    confidence = SURE
    if code in _CREDIT_NOTES:
        said = "credit_note"
    elif code in _OTHERS:
        said = _OTHERS[code]
    elif code not in _INVOICES:
        values.flags.add("unknown_document_type")
        confidence = 0.7
    found = ExtractedField(said, code or "", confidence, "xml")
    if said == "invoice" and (amount(total) or 0) < 0:
        values.flags.add("negative_invoice")
        other = Candidate("credit_note", code or "", 0.4, "computed")
        found = replace(found, confidence=min(confidence, 0.9), candidates=(other,))
    return found


def check_profile(root: str, guideline: str | None, values: Values) -> None:
    """Note what the guideline id (BT-24) says about how much the XML of that root holds.

    UBL is complete whatever its id says, and often comes without one.
    """
    name = (guideline or "").lower()
    if root in _GUIDELINES and not name.startswith(_GUIDELINES[root]):
        values.flags.add("unknown_profile")
    if name.endswith(":minimum"):
        values.flags.add("minimum_profile")  # no lines, no payment data: a booking aid
    if name.endswith(":basicwl"):
        values.flags.add("profile_without_lines")


def check_rules(
    guideline: str | None, fields: Mapping[str, ExtractedField | None], values: Values
) -> None:
    """Note when an XRechnung lacks what Germany demands on top of EN 16931 (BR-DE-1, 2, 5–7, 15)."""
    demanded = ("buyer_reference", "payment_means", "vendor_phone", "vendor_email")
    if "xrechnung" in (guideline or "").lower() and not all(fields[name] for name in demanded):
        values.flags.add("profile_rule_violated")


def is_freight(code: str | None, reason: str | None) -> bool:
    """Whether a charge is for freight: its UNCL 7161 code, else the words of its reason."""
    return code in _FREIGHT_CODES or bool(reason and _FREIGHT_WORDS.search(reason))
