"""Header fields from printed pages: candidates, labels, evidence, and a joint decision.

sheet       segments of the pages with the labels found in them   (labels, labels.toml)
money, days, references, payment      candidates of one kind each
addresses, forms, names, identity, parties   who bills whom
evidence    what speaks for a candidate → confidence; the seam for a trained model
sums        amounts chosen together
kind        document type, language, page roles
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from invoice_ai.domain.invoice import (
    BOOKABLE,
    FIELDS,
    ExtractedField,
    PageRole,
    TaxLine,
)
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders.addresses import country_of, legal_form
from invoice_ai.extraction.finders.days import Day, choose_days, order_of_days, read_days
from invoice_ai.extraction.finders.kind import (
    document_type_of,
    language_of,
    looks_like_receipt,
    page_role,
)
from invoice_ai.extraction.finders.money import Money, decimal_mark_of, read_money
from invoice_ai.extraction.finders.parties import Parties, find_parties
from invoice_ai.extraction.finders.payment import find_bank, find_card, find_currency, find_terms
from invoice_ai.extraction.finders.references import find_references
from invoice_ai.extraction.finders.sheet import Sheet, read_sheet
from invoice_ai.extraction.finders.sums import choose_sums

# What is no invoice keeps its values for the reader, below the half that counts as an answer.
NOT_BOOKABLE = 0.5


@dataclass(frozen=True, slots=True)
class FoundFields:
    """What the pages print, outside the line items.

    Attributes:
        fields: By name of `domain.invoice.FIELDS`; only what was found.
        taxes: The tax breakdown, one line per rate.
        language: ISO 639-1, None when too few words are known.
        page_roles: One per page.
        seen: None when the pages are blank.
    """

    fields: dict[str, ExtractedField]
    taxes: tuple[TaxLine, ...]
    language: str | None
    page_roles: tuple[PageRole, ...]
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the finders looked at before they decided; the ranker decides from it again.

    Attributes:
        bookable: The document bills something; else every value counts half.
    """

    sheet: Sheet
    amounts: Sequence[Money]
    days: Sequence[Day]
    parties: Parties
    receipt: bool
    bookable: bool


def find_fields(pages: Sequence[Page]) -> FoundFields:
    """Find the header fields of one document. Never raises for what a page says."""
    return look_over(read_sheet(pages))


def _of_all(parties: Parties) -> str | None:
    """The country of every address that names one: most bills stay at home."""
    named = {country_of(" ".join(block.address)) for block in parties.blocks} - {None}
    return named.pop() if len(named) == 1 else None


def look_over(sheet: Sheet) -> FoundFields:
    """The header fields of pages that are laid out already."""
    pages = sheet.pages
    if not sheet.lines:
        return FoundFields({}, (), None, tuple("blank" for _ in pages))
    language = language_of(sheet)
    receipt = looks_like_receipt(sheet)
    amounts = read_money(sheet, decimal_mark_of(sheet))
    sums = choose_sums(amounts, receipt=receipt)
    fields, parties = find_parties(sheet, receipt=receipt)
    country = parties.country or _of_all(parties)
    fields.update(sums.fields)
    terms = find_terms(sheet)
    fields.update(terms.fields)
    days = read_days(sheet, order_of_days(sheet, country=country, language=language))
    last = len(sheet.lines) - 1
    fields.update(choose_days(days, receipt=receipt, terms=terms.days, last_line=last))
    buyer = fields.get("customer_name")
    business = "customer_tax_id" in fields or bool(buyer and legal_form(str(buyer.value)))
    fields.update(find_references(sheet, business=business and not receipt))
    fields.update(find_bank(sheet))
    if currency := find_currency(sheet, amounts, country=country, language=language):
        fields["currency"] = currency
    if card := find_card(sheet):
        fields["card_last_four"] = card
    kind, sure = document_type_of(sheet, receipt=receipt, found=fields)
    if "amount_due" not in fields and (due := _all_due(fields, amounts, kind, receipt=receipt)):
        fields["amount_due"] = due
    # A "project statement" with net, tax and total is billing all the same.
    bookable = kind in BOOKABLE or sums.add_up
    if not bookable:
        fields = {n: replace(f, confidence=f.confidence * NOT_BOOKABLE) for n, f in fields.items()}
    first = pages[0]
    fields["document_type"] = ExtractedField(kind, "", sure, first.source, first.number)
    ordered = {name: fields[name] for name in FIELDS if name in fields}
    roles = tuple(page_role(p, sheet, first=i == 0) for i, p in enumerate(pages))
    seen = Seen(sheet, amounts, days, parties, receipt, bookable)
    return FoundFields(ordered, sums.taxes, language, roles, seen)


def _all_due(
    fields: dict[str, ExtractedField], amounts: Sequence[Money], kind: str, *, receipt: bool
) -> ExtractedField | None:
    """The total, when it is still to be paid in full: nothing on the page says it was paid."""
    total = fields.get("total")
    settled = any({"paid", "cash", "previous_balance"} & set(m.roles) for m in amounts)
    asked = {"due_date", "payment_terms", "iban"} & set(fields)
    if total is None or receipt or settled or not asked or kind not in BOOKABLE:
        return None
    return ExtractedField(
        total.value, "", round(total.confidence * 0.85, 4), "computed", total.page, total.box
    )
