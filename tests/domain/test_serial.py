"""What we store we read back, exactly."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import (
    FIELDS,
    LINE_CELLS,
    SOURCES,
    TAX_CELLS,
    Candidate,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
)
from invoice_ai.domain.pages import Box
from invoice_ai.domain.serial import (
    finding_from_json,
    finding_to_json,
    invoice_from_json,
    invoice_to_json,
    plain_number,
    route_from_json,
    route_to_json,
)

texts = st.text(max_size=12)
edges = st.integers(0, 100_000).map(lambda n: n / 100_000)
boxes = st.builds(Box, edges, edges, edges, edges)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**12)
values = texts | amounts | st.dates()
readings = {
    "value": values,
    "raw": texts,
    "confidence": st.floats(0, 1),
    "source": st.sampled_from(SOURCES),
    "page": st.none() | st.integers(1, 200),
    "box": st.none() | boxes,
}
fields = st.builds(
    ExtractedField,
    **readings,
    reasons=st.lists(texts, max_size=2).map(tuple),
    candidates=st.lists(st.builds(Candidate, **readings), max_size=2).map(tuple),
)
cells = st.none() | fields
invoices = st.builds(
    ExtractedInvoice,
    fields=st.dictionaries(st.sampled_from(sorted(FIELDS)), fields, max_size=3),
    lines=st.lists(st.builds(LineItem, **dict.fromkeys(LINE_CELLS[-3:], cells)), max_size=2).map(
        tuple
    ),
    taxes=st.lists(st.builds(TaxLine, **dict.fromkeys(TAX_CELLS, cells)), max_size=1).map(tuple),
    page_roles=st.lists(st.sampled_from(["invoice", "terms"]), max_size=2).map(tuple),
    language=st.none() | st.just("de"),
    flags=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(invoices)
def test_an_invoice_comes_back_as_it_was(invoice: ExtractedInvoice) -> None:
    stored = json.dumps(invoice_to_json(invoice))
    assert invoice_from_json(json.loads(stored)) == invoice


def test_amounts_keep_their_decimals_and_are_never_floats() -> None:
    total = ExtractedField(Decimal("1200.50"), "1.200,50 €", 0.99, "text")
    stored = invoice_to_json(ExtractedInvoice({"total": total}))["fields"]["total"]
    assert stored == {
        "value": "1200.50",
        "type": "number",
        "raw": "1.200,50 €",
        "confidence": 0.99,
        "source": "text",
    }
    back = invoice_from_json({**invoice_to_json(ExtractedInvoice()), "fields": {"total": stored}})
    assert str(back.money("total")) == "1200.50"


def test_a_text_that_looks_like_a_date_stays_a_text() -> None:
    number = ExtractedField("2024-01-31", "2024-01-31", 0.9, "text")
    day = ExtractedField(date(2024, 1, 31), "31.1.24", 0.9, "text")
    invoice = ExtractedInvoice({"invoice_number": number, "invoice_date": day})
    back = invoice_from_json(invoice_to_json(invoice))
    assert back.text("invoice_number") == "2024-01-31"
    assert back.day("invoice_date") == date(2024, 1, 31)


def test_a_place_on_the_page_is_kept_to_five_places() -> None:
    found = ExtractedField("A", "A", 1.0, "ocr", 1, Box(1 / 3, 0.1, 0.5, 2 / 3))
    stored = invoice_to_json(ExtractedInvoice({"vendor_name": found}))
    assert stored["fields"]["vendor_name"]["box"] == [0.33333, 0.1, 0.5, 0.66667]


@pytest.mark.parametrize("endless", ["1E+999999999", "1E-999999999", "NaN", "Infinity"])
def test_a_number_that_would_not_end_is_refused(endless: str) -> None:
    with pytest.raises(ValueError, match=r"digits|number"):
        plain_number(Decimal(endless))


def test_findings_and_routes_come_back_as_they_were() -> None:
    finding = Finding(
        "BR-CO-15",
        "failed",
        "block",
        "Net and tax give 119.00, the total says 191.00.",
        ("total",),
        "191.00",
        "119.00",
        "sum_mismatch",
    )
    route = Route("needs_review", 0.7, (Reason("sum_mismatch", "…", "total"), Reason("x", "y")))
    assert finding_from_json(json.loads(json.dumps(finding_to_json(finding)))) == finding
    assert route_from_json(json.loads(json.dumps(route_to_json(route)))) == route
