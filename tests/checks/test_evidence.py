"""Data and page must tell the same, and nothing may be hidden."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.checks.sample_invoice import bill, findings, found, outcome

from invoice_ai.domain.invoice import Candidate


def test_data_that_contradicts_the_page_blocks_with_both_values() -> None:
    total = found(
        Decimal("238.00"),
        reasons=("sources_disagree",),
        candidates=(Candidate(Decimal("571.04"), "571,04", 0.95, "text", 1),),
    )
    (finding,) = findings(bill(total=total, xml=True), "xml_equals_page")
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert (finding.printed, finding.computed) == ("571.04", "238.00")
    assert finding.message == "Total: the xml says 238.00, the page says 571.04."


def test_data_that_agrees_with_the_page_passes() -> None:
    assert outcome(bill(xml=True), "xml_equals_page") == "passed"


def test_one_source_alone_cannot_disagree() -> None:
    assert outcome(bill(), "xml_equals_page") == "not_possible"
    bare = bill(xml=True)
    bare = replace(bare, fields={n: replace(f, page=None) for n, f in bare.fields.items()})
    assert outcome(bare, "xml_equals_page") == "not_possible"


def test_hidden_text_blocks() -> None:
    (finding,) = findings(bill(flags=("hidden_text",)), "hidden_text")
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert outcome(bill(), "hidden_text") == "passed"


def test_a_mark_nobody_explained_needs_a_person_and_a_harmless_one_does_not() -> None:
    (odd,) = findings(bill(flags=("something_new", "something_new")), "something_new")
    assert (odd.severity, odd.message) == ("warn", "The file is marked: something new.")
    (harmless,) = findings(bill(flags=("repaired",)), "repaired")
    assert harmless.severity == "info"
