"""A title that says that this is no invoice, however much the page looks like one.

A reminder and a pro-forma invoice carry the number, the sums and the account of a real invoice; booked,
they are paid twice or without a claim. Their titles are read before anything else is believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from invoice_ai.domain.dates import fold
from invoice_ai.domain.invoice import BOOKABLE, DocumentType, ExtractedField
from invoice_ai.domain.layout import segments, text_lines
from invoice_ai.domain.pages import Page

_HEAD = 0.5  # of the first page's height: titles stand above the lines
_MOST_BEHIND = 4  # words after a title: its number, "from" and a day
_SURE = 0.9

_NO_INVOICES: dict[DocumentType, str] = {
    # UNTDID 1001 code 325: an offer in the form of an invoice.
    "quote": (
        "pro ?forma ?(?:invoice|bill|rechnung|factuur|faktura|fatura|racun)|pro ?forma"
        "|(?:invoice|rechnung|facture|factura|fattura|factuur|faktura|fatura|racun) pro ?forma"
        "|predracun"
    ),
    "statement": (
        "(?:friendly |first |second |third |final |overdue |payment )*(?:payment )?reminder"
        "|(?:final|past due|overdue) notice|dunning (?:letter|notice)"
        "|(?:erste|zweite|dritte|letzte|1|2|3)? ?(?:mahnung|zahlungserinnerung)|mahnschreiben"
        "|(?:lettre de )?(?:rappel|relance)(?: de paiement)?|mise en demeure"
        "|(?:recordatorio|requerimiento|reclamacion) de pago|(?:primo |secondo )?sollecito"
        "(?: di pagamento)?|(?:eerste |tweede |laatste )?(?:betalingsherinnering|aanmaning)"
        "|(?:lembrete|aviso) de (?:pagamento|cobranca)|(?:ostateczne )?wezwanie do zaplaty"
        "|przypomnienie o (?:zaplacie|platnosci)|opomena(?: pred tuzbu)?"
        "|(?:prva |druga )?opomena|(?:prvni |druha )?upominka"
        "|(?:betalnings|betalings)?(?:paminnelse|pamindelse)|kravbrev"
        "|(?:rykker|rykkerskrivelse|inkassovarsel)"
    ),
}
_TITLE = {
    kind: re.compile(rf"(?:{forms})(?P<behind>(?: .*)?)") for kind, forms in _NO_INVOICES.items()
}


def denied_by_title(
    pages: Sequence[Page], fields: dict[str, ExtractedField]
) -> dict[str, ExtractedField]:
    """The fields with the type that the title tells when nothing is billed here; what was read stays.

    A title stands alone in its part of a line, but for a number and a day; in a sentence ("after the
    second reminder …") the same words say nothing.
    """
    said = fields.get("document_type")
    if not pages or said is None or said.value not in BOOKABLE:
        return fields
    page = pages[0]
    for line in text_lines(page):
        if line.box.y0 > _HEAD:
            break
        for part in segments(line, page):
            kind = _kind_of(part.text) if len(part.words) <= 4 + _MOST_BEHIND else None
            if kind is not None:
                box, number = part.box, page.number
                denied = ExtractedField(kind, part.text, _SURE, page.source, number, box)
                return {**fields, "document_type": denied}
    return fields


_WORDS = re.compile(r"\w+")


def _kind_of(text: str) -> DocumentType | None:
    plain = " ".join(_WORDS.findall(fold(text)))
    for kind, title in _TITLE.items():
        if found := title.fullmatch(plain):
            behind = found["behind"].split()
            if len(behind) <= _MOST_BEHIND and all(_is_numbering(word) for word in behind):
                return kind
    return None


def _is_numbering(word: str) -> bool:
    """A number, a month's first letters, "no", "vom": not the rest of a sentence."""
    return any(c.isdigit() for c in word) or len(word) <= 3
