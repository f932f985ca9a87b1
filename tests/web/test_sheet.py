"""The invoice page's content: which values are doubtful, and where each one points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest

from invoice_ai.checks.check import Check
from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import FIELDS, Candidate, ExtractedField, ExtractedInvoice, LineItem
from invoice_ai.domain.pages import Box
from invoice_ai.web import reasons
from invoice_ai.web.sheet import GROUPS, Sheet, Spot, make_sheet


def field(value: object, confidence: float = 0.97, **more: object) -> ExtractedField:
    return ExtractedField(
        value, str(value), confidence, "text", 1, Box(0.1, 0.2, 0.3, 0.25), **more
    )  # type: ignore[arg-type]


def sheet_of(
    invoice: ExtractedInvoice, *findings: Finding, reasons: tuple[Reason, ...] = ()
) -> Sheet:
    route = Route("needs_review", 0.5, reasons) if reasons else None
    return make_sheet(invoice, findings, route, threshold=0.9)


def spot(sheet: Sheet, name: str) -> Spot:
    return next(s for group in sheet.groups for s in group.spots if s.name == name)


def test_every_field_has_its_place_on_the_screen() -> None:
    placed = [name for _, names in GROUPS for name in names]
    assert sorted(placed) == sorted(FIELDS)


def test_a_sure_value_is_shown_without_a_number() -> None:
    total = spot(sheet_of(ExtractedInvoice({"total": field(Decimal("12.5"))})), "total")
    assert (total.text, total.state, total.note) == ("12.50", "ok", "")
    assert (total.page, total.place) == (1, "100.0 200.0 300.0 250.0")


def test_a_reason_makes_the_value_doubtful_and_a_chip_that_leads_to_it() -> None:
    due = field(
        date(2026, 3, 12),
        0.71,
        candidates=(Candidate(date(2026, 12, 3), "12/03/2026", 0.29, "text"),),
    )
    why = Reason("ambiguous_date", "Printed as 12/03/2026, which can be read two ways.", "due_date")
    sheet = sheet_of(ExtractedInvoice({"due_date": due}), reasons=(why,))
    shown = spot(sheet, "due_date")
    assert (shown.state, shown.note, shown.others) == ("look", "71 %", ("3 Dec 2026 · 29 %",))
    assert shown.why.startswith(why.message)
    assert shown.doubt == "Day or month?, 71 %"
    assert [(c.text, c.target) for c in sheet.chips] == [("Due date: day or month?", "due_date")]


def test_what_nobody_has_to_check_is_only_told() -> None:
    terms = spot(
        sheet_of(ExtractedInvoice({"payment_terms": field("30 days", 0.6)})), "payment_terms"
    )
    assert (terms.state, terms.note) == ("unsure", "60 %")


def test_a_failed_sum_marks_all_its_values() -> None:
    failed = Finding(
        "BR-CO-15", "failed", "block", "119.00 is printed, 120.00 computed.", ("total", "tax_total"),
        "119.00", "120.00", "sum_mismatch",
    )  # fmt: skip
    sheet = sheet_of(
        ExtractedInvoice({"total": field(Decimal(119)), "tax_total": field(Decimal(20))}), failed
    )
    assert {spot(sheet, name).state for name in ("total", "tax_total")} == {"bad"}
    assert sheet.sums == (("Net + tax ≠ total", False),)


def test_what_every_invoice_must_say_is_missed_aloud() -> None:
    number = spot(sheet_of(ExtractedInvoice()), "invoice_number")
    assert (number.state, number.text, number.place) == ("missing", "Not found", "")


def test_a_row_in_doubt_is_found_by_its_first_cell() -> None:
    lines = (LineItem(description=field("Paper"), amount=field(Decimal(5))),)
    why = Reason("sum_mismatch", "2 × 3 is 6, not 5.", "lines[0].amount")
    sheet = sheet_of(ExtractedInvoice(lines=lines), reasons=(why,))
    assert [c.title for c in sheet.lines.columns] == ["Description", "Amount"]
    assert sheet.chips[0].target == "lines[0].amount"
    assert sheet.chips[0].text == "Line 1 amount does not add up"


@pytest.mark.parametrize(
    "module", ["dates", "duplicates", "evidence", "parties", "presence", "sums"]
)
def test_every_check_that_can_fail_has_words_for_its_chip(module: str) -> None:
    found = vars(import_module(f"invoice_ai.checks.{module}")).values()
    checks = [
        c for value in found for c in (value.values() if isinstance(value, dict) else [value])
    ]
    codes = {c.code for c in checks if isinstance(c, Check)}
    assert codes and codes <= set(reasons.CHIPS)
