"""What payment terms promise: net days and early-payment discount.

XRechnung has a little language for it ("#SKONTO#TAGE=14#PROZENT=2.00#", BR-DE-18); everybody
else writes a sentence. Only what a sentence says plainly is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.extraction.einvoice.values import COMPUTED

_CODED = re.compile(r"#SKONTO#TAGE=(\d{1,3})#PROZENT=(\d{1,2}(?:\.\d+)?)#")
_DAYS = r"(\d{1,3})\s*(?:calendar |kalender|working |werk)?(?:days?|tage?n?|jours?|dagen|giorni|días|dias|dni)\b"
_PERCENT = r"(\d{1,2}(?:[.,]\d{1,3})?)\s*%"
_NET = re.compile(
    rf"\bnet(?:to)?\b\D{{0,20}}{_DAYS}|{_DAYS}(?:\s*\w+)?\s*(?:net(?:to)?|rein netto|ohne abzug)\b",
    re.I,
)
_DISCOUNT = re.compile(
    rf"{_DAYS}[^.;\d]{{0,40}}{_PERCENT}\s*(?:skonto|discount|escompte|korting|sconto|descuento)"
    rf"|{_PERCENT}\s*(?:skonto|discount|escompte|korting|sconto|descuento)[^.;%]{{0,60}}?{_DAYS}",
    re.I,
)
_SHORT = re.compile(
    r"\b(\d{1,2}(?:\.\d+)?)\s*%?\s*/\s*(\d{1,3})\D{1,3}net(?:to)?\s*(\d{1,3})\b", re.I
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Days from the invoice date; the discount in percent."""

    days: int | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None


def parse_terms(text: str) -> Terms:
    """What the text says; fields it does not say are None.

    >>> parse_terms("14 Tage 2 % Skonto, 30 Tage netto")
    Terms(days=30, discount_percent=Decimal('2'), discount_days=14)
    """
    if coded := _CODED.search(text):
        net = parse_terms(_CODED.sub(" ", text)).days
        return Terms(net, Decimal(coded.group(2)), int(coded.group(1)))
    if short := _SHORT.search(text):
        return Terms(int(short.group(3)), Decimal(short.group(1)), int(short.group(2)))
    percent = days = None
    rest = text
    if found := _DISCOUNT.search(text):
        days = found.group(1) or found.group(4)
        percent = (found.group(2) or found.group(3)).replace(",", ".")
        rest = text[: found.start()] + " ; " + text[found.end() :]
    net_days = _NET.search(rest) or (None if "%" in rest else re.search(_DAYS, rest, re.I))
    return Terms(
        int(next(g for g in net_days.groups() if g)) if net_days else None,
        Decimal(percent) if percent else None,
        int(days) if days else None,
    )


def term_fields(terms: Terms, raw: str) -> dict[str, ExtractedField | None]:
    """The header fields the terms give."""

    def number(value: Decimal | int | None) -> ExtractedField | None:
        return None if value is None else ExtractedField(Decimal(value), raw, COMPUTED, "xml")

    return {
        "payment_days": number(terms.days),
        "discount_percent": number(terms.discount_percent),
        "discount_days": number(terms.discount_days),
    }
