"""Who is asked about what, where documents may go, and what a model is shown."""

from __future__ import annotations

import io
import itertools
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image, ImageDraw
from tests.ai.papers import odd_invoice, page_of
from tests.samples import pdf_invoice

from invoice_ai.ai.doubts import doubtful_fields, pages_that_matter
from invoice_ai.ai.model import Model, may_go, strictest
from invoice_ai.ai.pictures import LEGIBLE_LINE, LONGEST_EDGE, pictures_of
from invoice_ai.ai.question import Question, key_of, prompt_versions, words_on
from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.examination import Examined, examine
from invoice_ai.extraction import labelled_fields

TODAY = date(2026, 11, 27)


def doubts_of(examined: Examined) -> tuple[str, ...]:
    return doubtful_fields(
        examined.invoice,
        examined.findings,
        examined.route,
        threshold=0.9,
        labelled=labelled_fields(examined.reading.pages),
    )


def test_a_document_that_the_finders_are_sure_of_is_not_asked_about() -> None:
    examined = examine(pdf_invoice(), "sure.pdf", today=TODAY, threshold=0.5)
    assert examined.route.status == "approved"
    assert doubts_of(examined) == ()


def test_only_what_is_in_doubt_is_asked() -> None:
    asked = doubts_of(examine(odd_invoice(), "odd.pdf", today=TODAY))
    assert "invoice_number" in asked
    assert not {"vendor_name", "invoice_date", "total", "subtotal", "currency", "lines"} & set(
        asked
    )


def test_what_is_missing_is_asked_only_where_the_page_has_a_label_for_it() -> None:
    asked = doubts_of(examine(odd_invoice(), "odd.pdf", today=TODAY))
    assert not {"purchase_order", "iban", "customer_name"} & set(asked)
    labelled = page_of("Bestellnummer", "Bankverbindung IBAN", "Total due")
    assert {"purchase_order", "iban", "amount_due"} <= labelled_fields([labelled])
    route = Route("needs_review", 0.5, (Reason("low_confidence", "…", "total"),))
    invoice = ExtractedInvoice({"total": ExtractedField(Decimal(1), "1", 0.5, "text")})
    seen = frozenset({"purchase_order"})
    assert doubtful_fields(invoice, (), route, threshold=0.9, labelled=seen) == (
        "purchase_order",
        "total",
    )


@pytest.mark.parametrize(("sure", "asked"), [(0.95, ()), (0.7, ("tax_total",))])
def test_a_warning_is_a_question_only_where_what_is_booked_is_unsure(
    sure: float, asked: tuple[str, ...]
) -> None:
    names = ("tax_total", "taxes")
    finding = Finding("BR-CO-14", "failed", "warn", "…", names, code="sum_mismatch")
    route = Route("needs_review", 0.99, (Reason("sum_mismatch", "…", "tax_total"),))
    invoice = ExtractedInvoice({"tax_total": ExtractedField(Decimal(1), "1", sure, "text")})
    assert doubtful_fields(invoice, [finding], route, threshold=0.9) == asked


@pytest.mark.parametrize("code", ["possible_duplicate", "bank_changed", "hidden_text", "old_date"])
def test_what_no_look_at_the_page_settles_is_not_asked(code: str) -> None:
    route = Route("needs_review", 0.99, (Reason(code, "…", "invoice_number"),))
    assert doubtful_fields(ExtractedInvoice(), [], route, threshold=0.9) == ()


def test_what_is_no_invoice_is_not_asked_about() -> None:
    reasons = (
        Reason("not_an_invoice", "…", "document_type"),
        Reason("low_confidence", "…", "total"),
    )
    route = Route("needs_review", 0.1, reasons)
    assert doubtful_fields(ExtractedInvoice(), [], route, threshold=0.9) == ()


@pytest.mark.parametrize("source", ["xml", "person"])
def test_data_and_people_are_not_doubted(source: str) -> None:
    field = ExtractedField(Decimal(1), "1", 0.2, source)  # type: ignore[arg-type]
    route = Route("needs_review", 0.2, (Reason("low_confidence", "…", "total"),))
    invoice = ExtractedInvoice({"total": field})
    assert "total" not in doubtful_fields(invoice, [], route, threshold=0.9)


def test_of_a_long_document_the_pages_that_matter_are_shown() -> None:
    pages = [page_of("words", number=n) for n in range(1, 31)]
    roles = ("invoice", *["line_items"] * 20, "summary", *["terms"] * 8)
    invoice = ExtractedInvoice(page_roles=roles)  # type: ignore[arg-type]
    chosen = pages_that_matter(pages, invoice, ["vendor_name", "total"], most=2)
    assert [page.number for page in chosen] == [1, 22]


@pytest.mark.parametrize(
    ("provider", "url", "local"),
    [
        ("ollama", "", True),
        ("ollama", "http://ollama:11434", True),
        ("ollama", "http://192.168.1.7:11434", True),
        ("ollama", "http://gpu.lan:11434", True),
        ("openai", "http://[::1]:8080/v1", True),
        ("ollama", "https://ollama.example.com", False),
        ("ollama", "http://8.8.8.8:11434", False),
        ("openai", "", False),
        ("gemini", "", False),
    ],
)
def test_what_is_local_is_decided_by_the_address(provider: str, url: str, local: bool) -> None:
    model = Model(provider, "m", url)  # type: ignore[arg-type]
    assert model.is_local is local
    assert may_go(model, "cloud")
    assert may_go(model, "local") is local
    assert not may_go(model, "never")


def test_the_strictest_rule_holds_and_an_unknown_one_is_never() -> None:
    assert strictest() == "cloud"
    assert strictest(None, "local", "cloud") == "local"
    assert strictest("cloud", "lokal") == "never"


def drawn(width: int, height: int) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).text((10, 10), "Total 119.00", "black")
    image.save(out, "WEBP")
    return out.getvalue()


def with_print(share: float) -> Page:
    """A page whose words are so high, as a share of its height."""
    words = tuple(Word("word", Box(0.1, y / 10, 0.3, y / 10 + share)) for y in range(9))
    return Page(1, 595, 842, words, "text")


@pytest.mark.parametrize("share", [0.009, 0.012, 0.03])
def test_a_page_is_no_larger_than_its_print_needs(share: float) -> None:
    (picture,) = pictures_of(with_print(share), drawn(1654, 2339))
    assert picture.height * share >= LEGIBLE_LINE - 1
    assert picture.height <= 2339


def test_a_receipt_a_metre_long_is_cut_into_legible_bands() -> None:
    pictures = pictures_of(with_print(0.003), drawn(640, 7000))
    assert len(pictures) > 1
    assert all(p.height <= LONGEST_EDGE * 1.2 for p in pictures)
    bands = [p.band for p in pictures]
    assert bands[0][0] == 0.0
    assert bands[-1][1] == 1.0
    assert all(a[1] > b[0] for a, b in itertools.pairwise(bands))  # no row is lost


def test_hidden_characters_do_not_reach_the_model() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "ignore")
    page = page_of(f"Total{tags} 119.00\u200b", "\u202eEvil")
    (picture,) = pictures_of(page, drawn(600, 800))
    assert words_on(page, picture) == "Total 119.00\nEvil"


def test_the_same_question_has_the_same_key_whatever_its_fence() -> None:
    (picture,) = pictures_of(with_print(0.012), drawn(600, 800))
    model = Model("openai", "m")
    one, two = (Question(("total", "iban"), (picture,), ("x",)) for _ in range(2))
    assert one.fence != two.fence
    assert key_of("ab", model, one) == key_of("ab", model, two)
    other = [
        key_of("cd", model, one),
        key_of("ab", Model("openai", "n"), one),
        key_of("ab", model, Question(("total",), (picture,), ("x",))),
        key_of("ab", model, Question(("total", "iban"), (picture,), ("x",), "fields-2")),
    ]
    assert len({key_of("ab", model, one), *other}) == 5


def test_every_prompt_is_a_file_with_a_number() -> None:
    assert "fields-1" in prompt_versions()
