"""The right answers of one document, in the form of the evaluation sets, with places.

A field is in the truth only if the page prints it. `boxes` holds, by field, every printing with
its page (from 1), its box in fractions of the upright page, and the text as printed; cells of
rows are `line.0.amount`, rates `tax.0.base`. A scan that was turned is measured straightened.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evaluation.generator.bills import Bill, Row
from evaluation.generator.sheet import Printed


def truth_of(bill: Bill, places: dict[str, list[Printed]]) -> dict[str, Any]:
    """The truth file of one document."""
    values = _values(bill)
    printed: dict[str, Any] = {
        name: value for name, value in values.items() if value and name in places
    }
    if "payment_terms" in places:
        printed["payment_terms"] = places["payment_terms"][0].raw
    # The whole page says these.
    printed["document_type"] = bill.kind
    printed["currency"] = bill.country.currency
    printed["line_items"] = [_line(number, row, places) for number, row in enumerate(bill.rows)]
    # The name on the sign counts too.
    accept = {"vendor_name": [bill.vendor.brand]} if "brand" in places else {}
    if "vendor_address" in printed:
        accept["vendor_address"] = [f"{bill.vendor.address}, {bill.country.name}"]
    # What the page shows only in parts: the sum of several taxes.
    taxed = "tax.0.amount" in places
    _, colon, said = printed.get("payment_terms", "").partition(":")
    if colon:  # "Terms: 30 days": the words of the label are no term
        accept["payment_terms"] = [said.strip()]
    if bill.vendor.tax_id.endswith(" MWST"):
        accept["vendor_tax_id"] = [bill.vendor.tax_id.removesuffix(" MWST")]
    return {
        "truth": printed,
        "accept": accept,
        "derived": {"tax_total": str(bill.tax_total)} if taxed else {},
        "lang": bill.language.code,
        "taxes": [
            {"rate": str(t.rate), "base": str(t.base), "amount": str(t.amount)} for t in bill.taxes
        ],
        "gross_priced": bill.gross_priced,
        "boxes": {
            name: [{"page": p.page, "box": list(p.box), "raw": p.raw} for p in found]
            for name, found in places.items()
        },
    }


def _values(bill: Bill) -> dict[str, str | None]:
    vendor, customer = bill.vendor, bill.customer
    return {
        "vendor_name": vendor.name,
        "vendor_address": vendor.address,
        "vendor_tax_id": vendor.tax_id,
        "vendor_registration": vendor.registration,
        "vendor_email": vendor.email,
        "vendor_phone": vendor.phone,
        "vendor_website": vendor.website,
        "customer_name": customer.name if customer else None,
        "customer_address": customer.address if customer else None,
        "customer_tax_id": customer.tax_id if customer else None,
        "customer_id": bill.customer_id,
        "invoice_number": bill.number,
        "invoice_date": bill.issued.isoformat(),
        "due_date": bill.due.isoformat() if bill.due else None,
        "delivery_date": bill.delivered.isoformat() if bill.delivered else None,
        "purchase_order": bill.order,
        "preceding_invoice": bill.preceding,
        "iban": bill.iban,
        "bic": bill.bic,
        "lines_total": str(bill.lines_total),
        "discount_total": str(bill.discount[1]) if bill.discount else None,
        "freight": _text(bill.freight),
        "subtotal": str(bill.subtotal),
        "tax_total": str(bill.tax_total),
        "total": str(bill.total),
        "paid": _text(bill.paid),
        "previous_balance": _text(bill.previous_balance),
        "amount_due": str(bill.amount_due),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _line(number: int, row: Row, places: dict[str, list[Printed]]) -> dict[str, Any]:
    """One row: only the cells that are printed."""
    cells = {
        "description": row.description,
        "product_code": row.code,
        "quantity": _text(row.quantity),
        "unit": row.unit,
        "unit_price": _text(row.price),
        "discount_percent": _text(row.discount),
        "tax_rate": str(row.rate),
        "amount": str(row.amount),
    }
    line: dict[str, Any] = {
        name: value for name, value in cells.items() if f"line.{number}.{name}" in places
    }
    if row.note:
        line["accept"] = {"description": [f"{row.description} {row.note}"]}
    return line
