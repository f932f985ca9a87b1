"""Whatever a page says, the finders answer and keep their promises."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from invoice_ai.domain.invoice import FIELDS
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.extraction.finders import find_fields

PIECES = st.one_of(
    st.sampled_from(
        [
            "Invoice",
            "Rechnung",
            "No.",
            "Nr.:",
            "#",
            "Total",
            "Summe",
            "MwSt",
            "19%",
            "VAT",
            "IBAN",
            "DE02120300000000202051",
            "12.03.2024",
            "03/04/2024",
            "1.234,50",
            "€",
            "1,234.50",
            "USD",
            "-5.00",
            "(12.00)",
            "Bill",
            "to:",
            "Due",
            "30",
            "days",
            "net",
            "GmbH",
            "Sdn",
            "Bhd",
            "12345",
            "Town",
            "Street",
            "5",
            "Tel.",
            "+49",
            "info@a.de",
            "www.b.com",
            ":",
            "·",
            "|",
            "–",
            "0",
            "000",
            "99999999999999",
            "Skonto",
            "2%",
            "CHANGE",
            "CASH",
        ]
    ),
    st.text(max_size=12),
)
PLACES = st.floats(0, 0.98)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    words = []
    for text in draw(st.lists(PIECES, max_size=60)):
        x, y = draw(PLACES), draw(st.sampled_from([0.05, 0.1, 0.11, 0.4, 0.6, 0.62, 0.9]))
        if text.strip():
            words.append(Word(text.strip(), Box(x, y, x + 0.02, y + 0.01), draw(st.floats(0, 1))))
    source = draw(st.sampled_from(["text", "ocr"]))
    return Page(1, 595.0, 842.0, tuple(words), source)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.lists(pages(), max_size=2))
def test_any_page_is_answered(paper: list[Page]) -> None:
    found = find_fields(paper)
    assert len(found.page_roles) == len(paper)
    for name, field in found.fields.items():
        assert name in FIELDS
        assert 0 < field.confidence < 1
        assert len(field.candidates) <= 4
        assert field.source in ("text", "ocr", "computed")
        assert field.value is not None and field.value != ""
