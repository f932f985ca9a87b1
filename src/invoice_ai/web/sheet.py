"""The invoice page's content: every value with its state, its evidence and its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import (
    FIELDS,
    LINE_CELLS,
    DocumentType,
    ExtractedField,
    ExtractedInvoice,
    Kind,
    LineItem,
    Source,
    TaxLine,
)
from invoice_ai.domain.pages import Box
from invoice_ai.web.language import N_, _
from invoice_ai.web.reasons import chip, label
from invoice_ai.web.sentences import said
from invoice_ai.web.shown import percent, printed

# look and bad are for a person to check, and the strip says why; unsure is only told.
State = Literal["ok", "unsure", "look", "bad", "missing"]

# What is compared with the page most often stands first; the lines follow the amounts.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("Invoice"),
        (
            "invoice_number",
            "invoice_date",
            "due_date",
            "document_type",
            "currency",
            "purchase_order",
            "buyer_reference",
            "contract_reference",
            "delivery_note",
            "delivery_date",
            "period_start",
            "period_end",
            "preceding_invoice",
        ),
    ),
    (
        N_("Amounts"),
        (
            "subtotal",
            "tax_total",
            "total",
            "paid",
            "amount_due",
            "lines_total",
            "discount_total",
            "charges_total",
            "freight",
            "rounding",
            "previous_balance",
        ),
    ),
    (N_("Vendor"), tuple(name for name in FIELDS if name.startswith("vendor_"))),
    (N_("Customer"), (*(name for name in FIELDS if name.startswith("customer_")), "ship_to")),
    (
        N_("Payment"),
        (
            "payment_terms",
            "payment_days",
            "discount_percent",
            "discount_days",
            "iban",
            "bic",
            "account_name",
            "remit_to",
            "routing_number",
            "payment_reference",
            "payment_means",
            "direct_debit_mandate",
            "card_last_four",
        ),
    ),
)
# Shown even when nothing was found, because their absence is news.
EXPECTED = frozenset({"invoice_number", "invoice_date", "vendor_name", "total"})
SOURCES: dict[Source, str] = {
    "xml": N_("From the e-invoice data in the file"),
    "text": N_("From the text of the PDF"),
    "ocr": N_("Read from the picture"),
    "ai": N_("Read by the AI model"),
    "vendor_memory": N_("Known from this vendor"),
    "computed": N_("Computed from other values"),
    "person": N_("Entered by a person"),
}
# Units of e-invoices (UN/ECE Rec. 20) as people write them; others are shown as they are.
UNITS: dict[str, str] = {
    "C62": "pcs",
    "H87": "pcs",
    "XPP": "pcs",
    "HUR": "h",
    "MIN": "min",
    "DAY": "days",
    "MON": "months",
    "KGM": "kg",
    "GRM": "g",
    "LTR": "l",
    "MTR": "m",
    "KMT": "km",
    "MTK": "m²",
    "MTQ": "m³",
    "KWH": "kWh",
}
DOCUMENT_TYPES: dict[str, str] = {
    "invoice": N_("Invoice"),
    "credit_note": N_("Credit note"),
    "receipt": N_("Receipt"),
    "statement": N_("Statement"),
    "quote": N_("Quote"),
    "purchase_order": N_("Purchase order"),
    "delivery_note": N_("Delivery note"),
    "other": N_("Something else"),
}
assert tuple(DOCUMENT_TYPES) == get_args(DocumentType)
# The sums a clerk would do in his head: how they read when they hold, and when they do not.
SUMS: dict[str, tuple[str, str]] = {
    "line_amount": (N_("Quantity × price = amount"), N_("Quantity × price ≠ amount")),
    "BR-CO-10": (N_("Lines add up"), N_("Lines do not add up")),
    "BR-CO-13": (N_("Lines + charges = net"), N_("Lines + charges ≠ net")),
    "BR-CO-15": (N_("Net + tax = total"), N_("Net + tax ≠ total")),
    "BR-CO-16": (N_("Total − paid = due"), N_("Total − paid ≠ due")),
}
# Column heads and kinds of the two tables.
CELLS: dict[str, tuple[str, Kind]] = {
    "description": (N_("Description"), "text"),
    "product_code": (N_("Code"), "identifier"),
    "quantity": (N_("Qty"), "number"),
    "unit": (N_("Unit"), "text"),
    "unit_price": (N_("Price"), "money"),
    "discount": (N_("Discount"), "money"),
    "tax_rate": (N_("Tax %"), "number"),
    "amount": (N_("Amount"), "money"),
    "service_date": (N_("Date"), "date"),
    "purchase_order_line": (N_("PO line"), "identifier"),
    "base": (N_("Net"), "money"),
    "category": (N_("Category"), "identifier"),
    "rate": (N_("Rate %"), "text"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One value on the screen and, when it is printed, its place on a page.

    Attributes:
        note: Its probability, when that is what is doubtful; else empty.
        doubt: The doubt in a few words, as on the strip's chip.
        why: One or two sentences for the dock: the doubt, else how it was printed, and the source.
        place: "x0 y0 x1 y1" in thousandths of the page's width and height; empty without a page.
        others: Other readings, best first.
    """

    name: str
    label: str
    kind: Kind
    text: str
    state: State
    note: str = ""
    doubt: str = ""
    why: str = ""
    page: int | None = None
    place: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    title: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[Spot | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A reason of the amber strip; `target` is the name of a spot on the page, when it has one."""

    text: str
    message: str
    target: str


@dataclass(frozen=True, slots=True)
class Sheet:
    groups: tuple[Group, ...]
    sums: tuple[tuple[str, bool], ...]  # what should add up, and whether it does
    lines: Table
    taxes: Table
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Which values are doubtful, and the first sentence that says why."""

    threshold: float
    reasons: dict[str, Reason]
    failed: dict[str, Finding]


def make_sheet(
    invoice: ExtractedInvoice,
    findings: Sequence[Finding],
    route: Route | None,
    *,
    threshold: float,
) -> Sheet:
    """Arrange an invoice for the screen; below `threshold` a value is shown as doubtful."""
    reasons = route.reasons if route else ()
    failed = [f for f in findings if f.outcome == "failed" and f.severity != "info"]
    doubts = _Doubts(
        threshold,
        {r.field: r for r in reversed(reasons) if r.field},
        {name: f for f in reversed(failed) for name in f.fields},
    )
    groups = tuple(
        Group(title, spots) for title, names in GROUPS if (spots := _spots(names, invoice, doubts))
    )
    lines = _table("lines", invoice.lines, LINE_CELLS, doubts)
    taxes = _table("taxes", invoice.taxes, ("rate", "category", "base", "amount"), doubts)
    shown = {s.name for g in groups for s in g.spots}
    shown |= {s.name for t in (lines, taxes) for row in t.rows for s in row if s}
    chips = tuple(Chip(chip(r), said(r.message), _target(r, shown)) for r in reasons)
    return Sheet(groups, _sums(findings), lines, taxes, chips)


def _sums(findings: Sequence[Finding]) -> tuple[tuple[str, bool], ...]:
    """Each sum once: it holds when none of its findings failed and one passed."""
    found = []
    for check, words in SUMS.items():
        outcomes = {f.outcome for f in findings if f.check == check} - {"not_possible"}
        if outcomes:
            holds = outcomes == {"passed"}
            found.append((_(words[not holds]), holds))
    return tuple(found)


def _target(reason: Reason, shown: set[str]) -> str:
    """The spot a reason speaks of; for a whole row, its first cell."""
    field = reason.field or ""
    if field in shown:
        return field
    return next((name for name in sorted(shown) if field and name.startswith(field + ".")), "")


def _spots(names: Iterable[str], invoice: ExtractedInvoice, doubts: _Doubts) -> tuple[Spot, ...]:
    spots = []
    for name in names:
        found = invoice.fields.get(name)
        if found is not None:
            spots.append(_spot(name, label(name), FIELDS[name].kind, found, doubts))
        elif name in EXPECTED or name in doubts.reasons:
            reason = doubts.reasons.get(name)
            why = said(reason.message) if reason else _("Nothing like it was found on the invoice.")
            spots.append(
                Spot(name, label(name), FIELDS[name].kind, _("Not found"), "missing", why=why)
            )
    return tuple(spots)


def _spot(name: str, title: str, kind: Kind, found: ExtractedField, doubts: _Doubts) -> Spot:
    reason, finding = doubts.reasons.get(name), doubts.failed.get(name)
    state: State = "ok"
    note = ""
    if finding is not None:
        state = "bad" if finding.severity == "block" else "look"
    elif found.confidence < doubts.threshold:
        state, note = ("look" if reason else "unsure"), percent(found.confidence)
    elif reason:
        state = "look"
    return Spot(
        name,
        title,
        kind,
        _shown(name, kind, found),
        state,
        note,
        _doubt(title, note, reason, finding, name),
        _why(found, printed(found.value, kind), reason, finding),
        found.page,
        _place(found.box) if found.page else "",
        _others(found, kind) if state != "ok" else (),
    )


def _shown(name: str, kind: Kind, found: ExtractedField) -> str:
    if name == "document_type" and found.value in DOCUMENT_TYPES:
        return _(DOCUMENT_TYPES[str(found.value)])
    return printed(found.value, kind)


def _doubt(title: str, note: str, reason: Reason | None, finding: Finding | None, name: str) -> str:
    """The chip's words without the value's own name, which stands beside them, and the number."""
    if reason is None and finding is not None:
        reason = Reason(finding.code, "", name)
    words = chip(reason).removeprefix(title).lstrip(": ") if reason else ""
    return ", ".join(part for part in (words[:1].upper() + words[1:], note) if part)


def _others(found: ExtractedField, kind: Kind) -> tuple[str, ...]:
    return tuple(f"{printed(c.value, kind)} · {percent(c.confidence)}" for c in found.candidates)


def _why(found: ExtractedField, text: str, reason: Reason | None, finding: Finding | None) -> str:
    source = _(SOURCES[found.source]) + "."
    if found.page:
        source = _("%(source)s, page %(page)s.", source=_(SOURCES[found.source]), page=found.page)
    if reason or finding:
        return f"{said((reason or finding).message)} {source}"  # type: ignore[union-attr]
    if found.raw and found.raw.strip() != text:
        return _("Printed as “%(raw)s”. %(source)s", raw=found.raw.strip(), source=source)
    return source


def _place(box: Box | None) -> str:
    return " ".join(f"{edge * 1000:.1f}" for edge in box) if box else ""


def _table(
    table: str,
    rows: Sequence[LineItem] | Sequence[TaxLine],
    cells: Sequence[str],
    doubts: _Doubts,
) -> Table:
    """Only the columns that some row fills."""
    used = [name for name in cells if any(getattr(row, name) for row in rows)]
    columns = tuple(
        Column(name, _(CELLS[name][0]), CELLS[name][1] in ("number", "money")) for name in used
    )
    return Table(
        columns,
        tuple(
            tuple(_cell(f"{table}[{i}].{name}", getattr(row, name), doubts) for name in used)
            for i, row in enumerate(rows)
        ),
    )


def _cell(name: str, found: ExtractedField | None, doubts: _Doubts) -> Spot | None:
    if found is None:
        return None
    column = name.rsplit(".", 1)[1]
    spot = _spot(name, label(name), CELLS[column][1], found, doubts)
    return replace(spot, text=UNITS.get(spot.text, spot.text)) if column == "unit" else spot
