"""Whatever a document says, every check gives an answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks.sample_invoice import TODAY

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import (
    BOOKABLE,
    FIELDS,
    LINE_CELLS,
    TAX_CELLS,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
)
from invoice_ai.domain.known import Known, KnownInvoice, UsualTotal

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
values = st.text(max_size=20) | numbers | st.dates() | st.sampled_from(["EUR", "JPY", "receipt"])
found = st.builds(
    ExtractedField,
    value=values,
    raw=st.text(max_size=10),
    confidence=st.floats(0, 1),
    source=st.sampled_from(["xml", "text"]),
    reasons=st.sampled_from([(), ("ambiguous_date",), ("sources_disagree",), ("low_ocr",)]),
)
cells = st.none() | found
invoices = st.builds(
    ExtractedInvoice,
    st.dictionaries(st.sampled_from(sorted(FIELDS)), found),
    st.lists(st.builds(LineItem, **dict.fromkeys(LINE_CELLS, cells)), max_size=2).map(tuple),
    st.lists(st.builds(TaxLine, **dict.fromkeys(TAX_CELLS, cells)), max_size=2).map(tuple),
    flags=st.lists(st.sampled_from(["repaired", "hidden_text", "x"]), max_size=2).map(tuple),
)
earlier = (KnownInvoice(1), KnownInvoice(2, "Acme", "DE1", "17", date.max, Decimal(1), "EUR"))
KNOWN = Known(
    same_number=earlier,
    same_amount=earlier,
    vendor_names=("Acme", ""),
    vendor_ibans=("DE02120300000000202051", ""),
    vendor_currencies=("EUR",),
    vendor_total=UsualTotal(9, Decimal(1), Decimal(2), Decimal(3)),
    own_names=("Contoso", ""),
    own_tax_ids=("DE136695976", ""),
)


@settings(max_examples=150, deadline=None)
@given(invoices, st.sampled_from([Known(), KNOWN]))
def test_no_invoice_stops_the_checks(invoice: ExtractedInvoice, known: Known) -> None:
    findings = check_invoice(invoice, today=TODAY, known=known)
    for finding in findings:
        assert bool(finding.code) == (finding.outcome == "failed")
        assert finding.message.endswith(".")
        assert len(finding.message) < 600
    route = choose_route(invoice, findings, threshold=0.9)
    assert route.status == ("needs_review" if route.reasons else "approved")
    if route.status == "approved":
        assert route.confidence >= 0.9
        assert (invoice.text("document_type") or "invoice") in BOOKABLE
