"""The trained model decides header fields, and its numbers are probabilities."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoice_ai.domain.invoice import FIELDS
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.extraction.finders import find_fields
from invoice_ai.extraction.ranker import decide
from invoice_ai.extraction.ranker.choice import choose_all
from invoice_ai.extraction.ranker.model import as_rows, load_ranker, save_ranker, shipped_ranker
from invoice_ai.extraction.ranker.options import JUDGED, RANKED, options_of


def page_of(*lines: tuple[float, str]) -> Page:
    """A page with one text line per pair (left edge, text), 0.03 apart; two blanks are a gap."""
    words = []
    for number, (left, text) in enumerate(lines):
        x, y = left, 0.05 + 0.03 * number
        for part in text.split(" "):
            width = 0.009 * max(1, len(part))
            if part:
                words.append(Word(part, Box(x, y, x + width, y + 0.014)))
            x += width + (0.009 if part else 0.06)
    return Page(1, 595, 842, tuple(words), "text")


INVOICE = page_of(
    (0.1, "Birch & Anvil Joinery Ltd"),
    (0.1, "4 Quarry Lane, Leeds LS9 8AB"),
    (0.1, "Invoice"),
    (0.1, "Invoice number: BA-2291"),
    (0.1, "Invoice date: 14 March 2025"),
    (0.1, "Bill to:"),
    (0.1, "Thornfield Estates Ltd"),
    (0.1, "9 Mill Road, York YO1 7EP"),
    (0.1, "Description     Amount"),
    (0.1, "Oak door, fitted     1,000.00"),
    (0.1, "Net     1,000.00"),
    (0.1, "VAT 20%     200.00"),
    (0.1, "Total GBP     1,200.00"),
)


def test_an_invoice_with_known_labels_is_read_and_sure() -> None:
    fields = decide(find_fields([INVOICE])).fields
    assert fields["invoice_number"].value == "BA-2291"
    assert fields["total"].value == Decimal("1200.00")
    assert fields["subtotal"].value == Decimal("1000.00")
    assert fields["tax_total"].value == Decimal("200.00")
    assert fields["total"].confidence > 0.9


def test_a_total_with_a_label_nobody_knows_is_told_by_the_arithmetic() -> None:
    known = {w.text for w in INVOICE.words}
    assert "Total" in known
    words = tuple(
        Word({"Total": "Zusza", "GBP": ""}.get(w.text, w.text) or "·", w.box) for w in INVOICE.words
    )
    fields = decide(find_fields([Page(1, 595, 842, words, "text")])).fields
    assert fields["total"].value == Decimal("1200.00")


def test_confidences_and_candidates_are_probabilities_of_different_values() -> None:
    for name, field in decide(find_fields([INVOICE])).fields.items():
        assert 0 < field.confidence <= 1, name
        values = [field.value, *(c.value for c in field.candidates)]
        assert len(set(values)) == len(values), name


def test_what_the_finders_found_is_among_the_options() -> None:
    found = find_fields([INVOICE])
    options = options_of(found)
    for name in (*RANKED, *JUDGED):
        if name in found.fields:
            assert any(o.value == found.fields[name].value for o in options[name]), name


def test_every_field_has_trees_and_a_calibration_for_text_and_for_scans() -> None:
    ranker = shipped_ranker()
    assert set(ranker.trees) == {*RANKED, *JUDGED} <= set(FIELDS)
    assert {(n, s) for n in ranker.trees for s in ("text", "ocr")} == set(ranker.calibrations)


def test_a_model_file_is_read_back_as_it_was(tmp_path: Path) -> None:
    ranker = shipped_ranker()
    save_ranker(ranker, tmp_path / "again.npz")
    again = load_ranker(io.BytesIO((tmp_path / "again.npz").read_bytes()))
    rows = {name: [[0.5] * 30, [0.0] * 60] for name in ranker.trees}
    before, after = ranker.log_odds(rows), again.log_odds(rows)
    assert all(np.array_equal(before[name], after[name]) for name in rows)
    assert again.calibrations == ranker.calibrations


def test_fields_looked_at_together_score_as_each_alone() -> None:
    ranker = shipped_ranker()
    chance = np.random.default_rng(3)
    names = list(ranker.trees)[::-1]
    rows = {name: chance.normal(size=(1 + i % 3, 40)).tolist() for i, name in enumerate(names)}
    together = ranker.log_odds(rows)
    for name, of in rows.items():
        assert np.array_equal(together[name], ranker.trees[name].log_odds(as_rows(of)))
    assert ranker.log_odds({}) == {}


def test_amounts_that_add_up_win_over_one_that_is_a_little_likelier() -> None:
    values = {
        "total": [Decimal("118.00"), Decimal("119.00")],
        "subtotal": [Decimal("100.00")],
        "tax_total": [Decimal("19.00")],
    }
    scores = {
        "total": np.array([1.0, 0.5], np.float32),
        "subtotal": np.array([2.0], np.float32),
        "tax_total": np.array([2.0], np.float32),
    }
    chosen = choose_all(values, scores, {"total": -1, "subtotal": -1, "tax_total": -1})
    assert {n: c.at for n, c in chosen.items()} == {"total": 1, "subtotal": 0, "tax_total": 0}
    assert chosen["total"].adds_up == 1


@pytest.mark.parametrize("other", [0.5, 2.0])
def test_the_finders_date_is_kept_unless_another_is_much_better(other: float) -> None:
    scores = {"invoice_date": np.array([0.0, other], np.float32)}
    chosen = choose_all({"invoice_date": ["a", "b"]}, scores, {"invoice_date": 0})
    assert chosen["invoice_date"].at == 0


WORDS = st.sampled_from(
    [
        "Total",
        "Invoice",
        "No.",
        "1.234,50",
        "0.00",
        "-5.00",
        "12.03.2024",
        "A-1",
        "VAT",
        "20%",
        "€",
        "x",
        "Ltd",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(0, 9), st.integers(0, 30)), max_size=40))
def test_whatever_a_page_says_it_is_decided(placed: list[tuple[str, int, int]]) -> None:
    words = tuple(
        Word(text, Box(x / 10, y / 31, x / 10 + 0.05, y / 31 + 0.02)) for text, x, y in placed
    )
    for field in decide(find_fields([Page(1, 595, 842, words, "ocr")])).fields.values():
        assert 0 < field.confidence <= 1
