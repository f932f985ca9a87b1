"""The words for reason codes (ui.md §2.5): short enough for a chip, plain enough for anybody."""

from __future__ import annotations

from invoice_ai.domain.findings import Reason
from invoice_ai.domain.invoice import FIELDS
from invoice_ai.web.language import N_, _

# %(it)s is the field's label.
CHIPS: dict[str, str] = {
    "ambiguous_date": N_("%(it)s: day or month?"),
    "low_ocr": N_("%(it)s hard to read"),
    "low_confidence": N_("%(it)s not sure"),
    "sources_disagree": N_("%(it)s: two readings"),
    "not_on_page": N_("%(it)s not printed"),
    "missing_required": N_("%(it)s missing"),
    "new_vendor": N_("New vendor"),
    "vendor_unsure": N_("Which vendor?"),
    "bank_changed": N_("Bank account is new"),
    "bank_shared": N_("Account of another vendor"),
    "vendor_rule": N_("Rule of the vendor"),
    "sum_mismatch": N_("%(it)s does not add up"),
    "tax_unusual": N_("Unusual tax rate"),
    "tax_rate_unusual": N_("Unusual tax rate"),
    "outlier": N_("Unusual amount"),
    "amount_outlier": N_("Unusual amount"),
    "account_unsure": N_("Account unsure"),
    "possible_duplicate": N_("Possible duplicate"),
    "currency": N_("Currency unclear"),
    "currency_changed": N_("Other currency than usual"),
    "due_before_date": N_("Due before its date"),
    "future_date": N_("Date in the future"),
    "credit_note": N_("Credit note"),
    "multiple_invoices": N_("Several invoices?"),
    "sampled_for_quality": N_("Picked at random"),
    "entered_by_hand": N_("Type it from the page"),
    "not_an_invoice": N_("Is it an invoice?"),
    "iban_invalid": N_("Account number wrong"),
    "bank_country": N_("Account in another country"),
    "remit_to_differs": N_("Paid to somebody else"),
    "vendor_look_alike": N_("Look-alike vendor"),
    "tax_id_invalid": N_("Tax id wrong"),
    "buyer_not_us": N_("Billed to somebody else"),
    "hidden_text": N_("Hidden text"),
    "old_date": N_("Very old"),
    "from_ai": N_("%(it)s read by AI only"),
    "period_order": N_("Period ends before it starts"),
}
# The cells of a row, inside a chip's few words.
CELLS: dict[str, str] = {
    "description": N_("description"),
    "product_code": N_("product code"),
    "quantity": N_("quantity"),
    "unit": N_("unit"),
    "unit_price": N_("unit price"),
    "discount": N_("discount"),
    "tax_rate": N_("tax rate"),
    "amount": N_("amount"),
    "service_date": N_("service date"),
    "purchase_order_line": N_("purchase order line"),
    "base": N_("base"),
    "category": N_("category"),
    "rate": N_("rate"),
}
# Errors by code: what happened to this kind of file, and what a person can do about it.
CAUSES: dict[str, tuple[str, str]] = {
    "unsupported_type": (
        N_("Not a type we read"),
        N_("Send it as PDF, JPEG, PNG, TIFF or e-invoice XML."),
    ),
    "password_protected": (
        N_("Protected with a password"),
        N_("Save a copy without the password and upload that."),
    ),
    "damaged_file": (
        N_("Damaged file"),
        N_("Ask the sender for it again: this copy is incomplete or broken."),
    ),
    "no_pages": (N_("No pages"), N_("Ask the sender for it again: this copy has no page.")),
    "empty_file": (N_("Empty file"), N_("Ask the sender for it again: this copy holds nothing.")),
    "file_too_large": (
        N_("File too large"),
        N_("Scan at 300 dpi or less, or raise MAX_FILE_SIZE_MB."),
    ),
    "too_many_pages": (N_("Too many pages"), N_("Split the file, or raise MAX_PAGES.")),
    "image_too_large": (N_("Picture too large"), N_("Scan at 300 dpi or less.")),
    "page_too_large": (N_("Page too large"), N_("Print it to PDF as A4 or Letter.")),
    "resource_limit": (
        N_("Too demanding"),
        N_("It needs more memory than we allow; ask for a plain copy."),
    ),
    "timeout": (N_("Took too long"), N_("Retry once; if it fails again, ask for a plain copy.")),
    "not_an_invoice": (
        N_("Not an invoice"),
        N_("If it is one, ask the sender for a clearer copy."),
    ),
    "hostile_xml": (
        N_("Unsafe e-invoice"),
        N_("Do not open it elsewhere; ask for a plain e-invoice."),
    ),
    "unavailable": (N_("A service was away"), N_("It is tried again by itself. Or retry now.")),
}


def label(field: str | None) -> str:
    """The name of a field, or of a cell such as `lines[3].amount` (rows count from 0)."""
    if not field:
        return _("Invoice")
    if field == "lines":
        return _("Sum of lines")
    if field == "line_items":
        return _("Line items")
    if field in FIELDS:
        return _(FIELDS[field].label)
    table, bracket, rest = field.partition("[")
    row, _dot, cell = rest.partition("].")
    if bracket and row.isdigit():
        name = _("Line") if table == "lines" else _("Tax line")
        return f"{name} {int(row) + 1} {_(CELLS.get(cell, cell)) if cell else ''}".rstrip()
    return field.replace("_", " ").capitalize()


def chip(reason: Reason) -> str:
    """The few words on a reason's chip."""
    words = CHIPS.get(reason.code)
    if words is None:
        return reason.code.replace("_", " ").capitalize()
    return _(words, it=label(reason.field))


def cause(code: str, *, retryable: bool) -> tuple[str, str]:
    """The title of an error's kind, and what to do about it."""
    if code in CAUSES:
        title, remedy = CAUSES[code]
        return _(title), _(remedy)
    title = code.replace("_", " ").capitalize()
    if retryable:
        return title, _("Retry; if it fails again, errors.log says more.")
    return title, _("Ask the sender for another copy.")
