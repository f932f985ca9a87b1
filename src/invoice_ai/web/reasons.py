"""The words for reason codes (ui.md §2.5): short enough for a chip, plain enough for anybody."""

from __future__ import annotations

from invoice_ai.domain.findings import Reason
from invoice_ai.domain.invoice import FIELDS

# {it} is the field's label.
CHIPS: dict[str, str] = {
    "ambiguous_date": "{it}: day or month?",
    "low_ocr": "{it} hard to read",
    "low_confidence": "{it} not sure",
    "sources_disagree": "{it}: two readings",
    "not_on_page": "{it} not printed",
    "missing_required": "{it} missing",
    "new_vendor": "New vendor",
    "vendor_unsure": "Which vendor?",
    "bank_changed": "Bank account is new",
    "sum_mismatch": "{it} does not add up",
    "tax_unusual": "Unusual tax rate",
    "tax_rate_unusual": "Unusual tax rate",
    "outlier": "Unusual amount",
    "amount_outlier": "Unusual amount",
    "account_unsure": "Account unsure",
    "possible_duplicate": "Possible duplicate",
    "currency": "Currency unclear",
    "currency_changed": "Other currency than usual",
    "due_before_date": "Due before its date",
    "future_date": "Date in the future",
    "credit_note": "Credit note",
    "multiple_invoices": "Several invoices?",
    "sampled_for_quality": "Picked at random",
    "not_an_invoice": "Is it an invoice?",
    "iban_invalid": "Account number wrong",
    "bank_country": "Account in another country",
    "remit_to_differs": "Paid to somebody else",
    "vendor_look_alike": "Look-alike vendor",
    "tax_id_invalid": "Tax id wrong",
    "buyer_not_us": "Billed to somebody else",
    "hidden_text": "Hidden text",
    "old_date": "Very old",
    "period_order": "Period ends before it starts",
}
# Errors by code: what happened to this kind of file, and what a person can do about it.
CAUSES: dict[str, tuple[str, str]] = {
    "unsupported_type": ("Not a type we read", "Send it as PDF, JPEG, PNG, TIFF or e-invoice XML."),
    "password_protected": (
        "Protected with a password",
        "Save a copy without the password and upload that.",
    ),
    "damaged_file": (
        "Damaged file",
        "Ask the sender for it again: this copy is incomplete or broken.",
    ),
    "no_pages": ("No pages", "Ask the sender for it again: this copy has no page."),
    "empty_file": ("Empty file", "Ask the sender for it again: this copy holds nothing."),
    "file_too_large": ("File too large", "Scan at 300 dpi or less, or raise MAX_FILE_SIZE_MB."),
    "too_many_pages": ("Too many pages", "Split the file, or raise MAX_PAGES."),
    "image_too_large": ("Picture too large", "Scan at 300 dpi or less."),
    "page_too_large": ("Page too large", "Print it to PDF as A4 or Letter."),
    "resource_limit": (
        "Too demanding",
        "It needs more memory than we allow; ask for a plain copy.",
    ),
    "timeout": ("Took too long", "Retry once; if it fails again, ask for a plain copy."),
    "not_an_invoice": ("Not an invoice", "If it is one, ask the sender for a clearer copy."),
    "hostile_xml": ("Unsafe e-invoice", "Do not open it elsewhere; ask for a plain e-invoice."),
    "unavailable": ("A service was away", "It is tried again by itself. Or retry now."),
}


def label(field: str | None) -> str:
    """The name of a field, or of a cell such as `lines[3].amount` (rows count from 0)."""
    if not field:
        return "Invoice"
    if field == "lines":
        return "Sum of lines"
    if field in FIELDS:
        return FIELDS[field].label
    table, bracket, rest = field.partition("[")
    row, _, cell = rest.partition("].")
    if bracket and row.isdigit():
        name = "Line" if table == "lines" else "Tax line"
        return f"{name} {int(row) + 1} {cell.replace('_', ' ')}".rstrip()
    return field.replace("_", " ").capitalize()


def chip(reason: Reason) -> str:
    """The few words on a reason's chip."""
    words = CHIPS.get(reason.code)
    if words is None:
        return reason.code.replace("_", " ").capitalize()
    return words.format(it=label(reason.field))


def cause(code: str, *, retryable: bool) -> tuple[str, str]:
    """The title of an error's kind, and what to do about it."""
    if code in CAUSES:
        return CAUSES[code]
    title = code.replace("_", " ").capitalize()
    if retryable:
        return title, "Retry; if it fails again, errors.log says more."
    return title, "Ask the sender for another copy."
