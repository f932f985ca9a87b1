"""`evaluate --learn`: bills of one vendor in the order of their dates, corrected one after the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evaluation.generator.series import make_series, write_series

from invoice_ai.errors import Misconfigured
from invoice_ai.evaluate import evaluate_learning


def test_a_series_is_of_one_vendor_with_other_numbers_and_later_dates() -> None:
    series = make_series(3, 0, 3, languages=["en"])
    truths = [made.truth["truth"] for made in series]
    assert len({t["vendor_name"] for t in truths}) == 1
    assert len({t["invoice_number"] for t in truths}) == 3
    dates = [t["invoice_date"] for t in truths]
    assert dates == sorted(dates)


def test_the_report_counts_what_was_corrected_and_what_is_right_afterwards(tmp_path: Path) -> None:
    sequences = write_series(tmp_path / "in", vendors=2, each=2, seed=5, languages=["de", "en"])
    report = evaluate_learning(tmp_path / "in" / "manifest.jsonl", sequences, tmp_path / "out")
    text = report.read_text("utf-8")
    with_finders, alone = text.split("## Memory alone")
    assert "4 documents, 2 of them of a layout that was remembered." in with_finders
    # As if the finders had found nothing: the second bill's name is known from the first.
    row = next(line for line in alone.splitlines() if line.startswith("| vendor_name |"))
    assert row == "| vendor_name | 4 | 0.0% | 50.0% | 2 | 0 | 2 | 100.0% | 2 | 100.0% |"
    lines = (tmp_path / "out" / "learning.jsonl").read_text("utf-8").splitlines()
    assert len([json.loads(line)["id"] for line in lines]) == 4


def test_sequences_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text("")
    (tmp_path / "sequences.json").write_text('[{"layout": "no ids"}]')
    with pytest.raises(Misconfigured, match="no list of sequences"):
        evaluate_learning(
            tmp_path / "manifest.jsonl", tmp_path / "sequences.json", tmp_path / "out"
        )
