"""What the document is, in which language, and what each page is for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Literal

from invoice_ai.domain.dates import fold
from invoice_ai.domain.invoice import DocumentType, PageRole
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders.sheet import Sheet

# Little words and trade words that hardly occur in another language of the list.
_WORDS: dict[str, str] = {
    "en": "the and of to your for invoice please total date amount payment due number thank you from with tax by is receipt cash change subtotal server table balance",
    "de": "und der die das rechnung bitte betrag datum mwst ust zahlbar von mit fur nicht ist ihre wir bei zu auf vielen dank summe steuer gesamt",
    "fr": "le la les des et facture du pour vous votre montant tva ttc ht au avec en est client nous sur echeance",
    "es": "el los las y factura de fecha importe con por su para iva cliente del total gracias pago numero",
    "it": "il di e fattura del della per importo iva con data totale pagamento grazie partita codice cliente non",
    "nl": "de het een van en factuur bedrag btw voor uw met niet op wij datum totaal betaling factuurnummer excl",
    "pt": "o os e fatura do da para com valor iva data total pagamento obrigado contribuinte numero nao cliente em",
    "pl": "faktura i w na do z nr sprzedawca nabywca kwota razem zaplaty wartosc netto brutto data termin platnosci",
    "hr": "racun i datum iznos ukupno pdv oib kupac za od placanje hvala broj cijena kolicina vrijeme blagajna",
    "cs": "faktura a datum castka celkem dph dodavatel odberatel ico dic za k uhrade splatnosti cena ks dekujeme",
    "sv": "fakturadatum forfallodatum dagar och faktura att betala moms datum summa totalt kvitto org nr tack kr for till antal",
    "da": "og faktura moms dato belob total tak kvittering cvr ialt til antal pris heraf fakturadato forfaldsdato dage betalingsbetingelser",
    "no": "og faktura mva dato belop totalt takk kvittering org til antall pris herav fakturadato forfallsdato dager",
    "fi": "lasku ja alv yhteensa paivamaara summa kiitos kuitti y tunnus maara hinta veroton elasku",
    "hu": "szamla es osszesen afa datum fizetendo adoszam koszonjuk nyugta mennyiseg egysegar brutto netto vevo elado",
    "ro": "factura si total tva data client furnizor cantitate pret lei suma de plata cumparator valoare",
    "et": "arve kokku kaibemaks kuupaev summa aitah km tallinn arveldusarve",
}
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _text in _WORDS.items():
    for _word in _text.split():
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _language)

_TITLES: dict[str, DocumentType | Literal["ticket"]] = {
    "ticket": "ticket",
    "title_invoice": "invoice",
    "title_credit_note": "credit_note",
    "title_receipt": "receipt",
    "title_quote": "quote",
    "title_purchase_order": "purchase_order",
    "title_delivery_note": "delivery_note",
    "title_statement": "statement",
}
_SLIP = re.compile(
    r"remittance|payment slip|einzahlungsschein|zahlschein|empfangsschein|bulletin de versement"
    r"|acceptgiro|payment coupon|tear off|polecenie przelewu|uplatnic|zahlungsbeleg|uberweisungstrager"
    r"|talon de paiement|coupon de paiement|cupon de pago|bollettino|talao de pagamento|slozenk"
    r"|inbetalningskort|indbetalingskort|innbetalingskort|tilisiirto"
)


def language_of(sheet: Sheet) -> str | None:
    """The language most of the words speak; None when hardly any is known."""
    votes: defaultdict[str, float] = defaultdict(float)
    words = 0
    for page in sheet.pages[:3]:
        for word in page.words[:600]:
            languages = _LANGUAGES.get(fold(word.text.strip(".,:;()-")), ())
            words += bool(languages)
            for language in languages:  # a word of many languages says little about each
                votes[language] += 1 / len(languages)
    return max(votes, key=votes.__getitem__) if words >= 3 else None


def looks_like_receipt(sheet: Sheet) -> bool:
    """A till receipt: a narrow strip of short lines, or cash and change."""
    page = sheet.pages[0]
    if not page.words or len(sheet.pages) > 2:
        return False
    meanings = Counter(m for s in sheet for h in s.hits for m in set(h.meanings))
    cash = bool(meanings["m_change"] or meanings["m_cash"])
    narrow = page.height > 1.7 * page.width
    content = max(w.box.x1 for w in page.words) - min(w.box.x0 for w in page.words)
    slim = content < 0.55
    buyer = meanings["buyer"] > 0
    till = bool(meanings["m_change"]) and cash and not meanings["bank_account"]
    return narrow or (slim and (cash or not buyer)) or (till and not buyer)


def document_type_of(
    sheet: Sheet, *, receipt: bool, found: Collection[str]
) -> tuple[DocumentType, float]:
    """The type and how sure that is (0–1).

    Args:
        receipt: The page looks like a till receipt.
        found: Names of the fields that were found; a page without any title is an invoice only
            when it also shows what only an invoice shows.
    """
    scores = title_scores(sheet)
    invoice, credit = scores["invoice"], scores["credit_note"]
    if credit >= 3 and credit >= 0.8 * scores["receipt"] and credit >= 0.5 * invoice:
        return "credit_note", 0.9
    best, top = max(scores.items(), key=lambda s: s[1])
    if top < 1:
        if receipt and "total" in found:
            return "receipt", 0.6
        if "total" in found and len(_ONLY_ON_INVOICES & set(found)) >= 3 and not scores["ticket"]:
            return "invoice", 0.5
        return "other", 0.6
    if best in ("quote", "purchase_order", "delivery_note", "statement") and invoice >= 0.5 * top:
        best, top = "invoice", invoice
    if best == "receipt" and not receipt and invoice >= 0.5 * top:
        best = "invoice"
    if best == "invoice" and receipt:
        return "receipt", 0.8
    if best == "ticket":
        return "other", 0.7
    return best, 0.9 if top >= 3 else 0.75


_ONLY_ON_INVOICES = {
    "tax_total",
    "vendor_tax_id",
    "due_date",
    "iban",
    "amount_due",
    "customer_name",
    "payment_terms",
    "subtotal",
}


def title_scores(sheet: Sheet) -> dict[DocumentType | Literal["ticket"], float]:
    """Points for each type from the words that name it; a title stands alone, high and large."""
    scores: dict[DocumentType | Literal["ticket"], float] = dict.fromkeys(_TITLES.values(), 0.0)
    for line in sheet.lines:
        in_table = len(line) >= 3
        for segment in line:
            for hit in segment.hits:
                if "invoice_number" in hit.meanings:
                    scores["invoice"] += 1
                kinds = [_TITLES[m] for m in hit.meanings if m in _TITLES]
                start, end = segment.hit_span(hit)
                alone = end - start >= 0.6 * len(segment.text)
                high = segment.page is sheet.pages[0] and segment.box.y0 < 0.45
                for kind in kinds:
                    if in_table or not high:
                        scores[kind] += 0.2
                    elif alone:
                        scores[kind] += 3 * max(1.0, min(2.0, segment.height / 0.012))
                    else:
                        scores[kind] += 2 if start == 0 else 0.2
    return scores


def page_role(page: Page, sheet: Sheet, *, first: bool) -> PageRole:
    """What the page is for."""
    words = page.words
    if len(words) < 4:
        return "blank"
    if first:
        return "invoice"
    segments = [s for s in sheet if s.page is page]
    text = " ".join(s.text for s in segments)
    money = len(re.findall(r"\d[.,]\d\d(?!\d)", text))
    if _SLIP.search(fold(text)) and len(words) < 200:
        return "remittance_slip"
    if money == 0:
        letters = sum(len(w.text) > 3 for w in words)
        return "terms" if letters > 120 else "other"
    meanings = Counter(m for s in segments for h in s.hits for m in set(h.meanings))
    table = meanings["m_quantity"] + meanings["m_price"]
    if table or money >= 6:
        return "line_items"
    return "summary" if meanings["m_total"] or meanings["m_sub"] else "other"
