"""An invoice as extracted: every value with its evidence. Names and numbers follow EN 16931."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from invoice_ai.domain.pages import Box, Split

Source = Literal["xml", "text", "ocr", "ai", "vendor_memory", "computed", "person"]
SOURCES: tuple[Source, ...] = get_args(Source)

Value = str | Decimal | date

DocumentType = Literal[
    "invoice",
    "credit_note",
    "receipt",
    "statement",
    "quote",
    "purchase_order",
    "delivery_note",
    "other",
]
BOOKABLE: frozenset[str] = frozenset({"invoice", "credit_note", "receipt"})

Kind = Literal["text", "identifier", "date", "money", "number", "code", "address"]


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A header field we know: its name in code, its EN 16931 term, and what kind of value it holds."""

    name: str
    term: str
    kind: Kind
    label: str


# The order is the order in which the app and the exports show them.
_DEFINITIONS: tuple[tuple[str, str, Kind, str], ...] = (
    ("document_type", "BT-3", "code", "Document type"),
    ("invoice_number", "BT-1", "identifier", "Invoice number"),
    ("invoice_date", "BT-2", "date", "Invoice date"),
    ("due_date", "BT-9", "date", "Due date"),
    ("payment_terms", "BT-20", "text", "Payment terms"),
    ("payment_days", "BT-20", "number", "Net days"),
    ("discount_percent", "BT-20", "number", "Early-payment discount %"),
    ("discount_days", "BT-20", "number", "Early-payment discount days"),
    ("currency", "BT-5", "code", "Currency"),
    ("purchase_order", "BT-13", "identifier", "Purchase order"),
    ("buyer_reference", "BT-10", "identifier", "Buyer reference"),
    ("contract_reference", "BT-12", "identifier", "Contract"),
    ("delivery_note", "BT-16", "identifier", "Delivery note"),
    ("delivery_date", "BT-72", "date", "Delivery date"),
    ("period_start", "BT-73", "date", "Period from"),
    ("period_end", "BT-74", "date", "Period to"),
    ("preceding_invoice", "BT-25", "identifier", "Preceding invoice"),
    ("vendor_name", "BT-27", "text", "Vendor"),
    ("vendor_trading_name", "BT-28", "text", "Vendor trading name"),
    ("vendor_address", "BT-35..40", "address", "Vendor address"),
    ("vendor_country", "BT-40", "code", "Vendor country"),
    ("vendor_tax_id", "BT-31", "identifier", "Vendor tax id"),
    ("vendor_registration", "BT-30", "identifier", "Vendor registration"),
    ("vendor_email", "BT-43", "text", "Vendor e-mail"),
    ("vendor_phone", "BT-42", "text", "Vendor phone"),
    ("vendor_website", "", "text", "Vendor website"),
    ("customer_name", "BT-44", "text", "Customer"),
    ("customer_address", "BT-50..55", "address", "Customer address"),
    ("customer_tax_id", "BT-48", "identifier", "Customer tax id"),
    ("customer_id", "BT-46", "identifier", "Customer number"),
    ("ship_to", "BG-13", "address", "Ship to"),
    ("remit_to", "BT-59", "text", "Payee"),
    ("iban", "BT-84", "identifier", "Account (IBAN)"),
    ("bic", "BT-86", "identifier", "BIC"),
    ("account_name", "BT-85", "text", "Account holder"),
    ("routing_number", "BT-86", "identifier", "Routing or sort code"),
    ("payment_reference", "BT-83", "identifier", "Payment reference"),
    ("payment_means", "BT-81", "code", "Payment means"),
    ("direct_debit_mandate", "BT-89", "identifier", "Direct debit mandate"),
    ("card_last_four", "BT-87", "identifier", "Card, last four digits"),
    ("lines_total", "BT-106", "money", "Sum of lines"),
    ("discount_total", "BT-107", "money", "Discounts"),
    ("charges_total", "BT-108", "money", "Charges"),
    ("freight", "BT-99", "money", "Freight"),
    ("subtotal", "BT-109", "money", "Net"),
    ("tax_total", "BT-110", "money", "Tax"),
    ("total", "BT-112", "money", "Total"),
    ("paid", "BT-113", "money", "Already paid"),
    ("rounding", "BT-114", "money", "Rounding"),
    ("amount_due", "BT-115", "money", "Amount due"),
    ("previous_balance", "", "money", "Previous balance"),
)
FIELDS: dict[str, FieldDefinition] = {
    name: FieldDefinition(name, term, kind, label) for name, term, kind, label in _DEFINITIONS
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another reading of a field, offered to the reviewer."""

    value: Value
    raw: str
    confidence: float
    source: Source
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ExtractedField:
    """One value and its evidence.

    Attributes:
        value: Normalised: `Decimal` for money and numbers, `date` for dates, else text.
        raw: As printed (or as written in the XML); empty for computed values.
        confidence: Probability 0–1 that `value` is right.
        source: Who says so.
        page: Page number from 1, or None when no page shows it (XML, computed).
        box: Place on that page.
        reasons: Codes of ui.md §2.5 for what is doubtful (ambiguous_date, low_ocr …).
        candidates: At most four other readings, best first.
    """

    value: Value
    raw: str
    confidence: float
    source: Source
    page: int | None = None
    box: Box | None = None
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class LineItem:
    """One row of the invoice (BG-25); a cell that is not printed is None."""

    description: ExtractedField | None = None  # BT-153/154
    product_code: ExtractedField | None = None  # BT-155/157
    quantity: ExtractedField | None = None  # BT-129
    unit: ExtractedField | None = None  # BT-130
    unit_price: ExtractedField | None = None  # BT-146
    discount: ExtractedField | None = None  # BT-147, an amount
    tax_rate: ExtractedField | None = None  # BT-152, percent
    amount: ExtractedField | None = None  # BT-131, net unless the invoice prices gross
    service_date: ExtractedField | None = None  # BT-134
    purchase_order_line: ExtractedField | None = None  # BT-132


LINE_CELLS: tuple[str, ...] = tuple(LineItem.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One rate of the tax breakdown (BG-23)."""

    base: ExtractedField | None = None  # BT-116
    amount: ExtractedField | None = None  # BT-117
    category: ExtractedField | None = None  # BT-118
    rate: ExtractedField | None = None  # BT-119, percent


TAX_CELLS: tuple[str, ...] = tuple(TaxLine.__dataclass_fields__)

PageRole = Literal["invoice", "line_items", "summary", "terms", "remittance_slip", "blank", "other"]


@dataclass(frozen=True, slots=True)
class ExtractedInvoice:
    """What one document says, field by field. `fields` holds only what was found.

    `split` tells that the file seems to hold several invoices; the values are then mixed.
    """

    fields: dict[str, ExtractedField] = field(default_factory=dict)
    lines: tuple[LineItem, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    page_roles: tuple[PageRole, ...] = ()
    language: str | None = None
    flags: tuple[str, ...] = ()
    split: Split | None = None

    def __getattr__(self, name: str) -> ExtractedField | None:
        """`invoice.total.value`: a known field that was not found is None."""
        if name in FIELDS:
            return self.fields.get(name)
        raise AttributeError(name)

    def money(self, name: str) -> Decimal | None:
        found = self.fields.get(name)
        return found.value if found and isinstance(found.value, Decimal) else None

    def day(self, name: str) -> date | None:
        found = self.fields.get(name)
        return found.value if found and isinstance(found.value, date) else None

    def text(self, name: str) -> str | None:
        found = self.fields.get(name)
        return found.value if found and isinstance(found.value, str) else None

    def confidence(self, name: str) -> float:
        found = self.fields.get(name)
        return found.confidence if found else 0.0
