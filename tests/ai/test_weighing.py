"""Agreement and arithmetic make a value sure; a model alone never does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.ai.papers import page_of

from invoice_ai.ai.grounding import Grounded, ground
from invoice_ai.ai.printed import Printed
from invoice_ai.ai.weighing import FROM_AI, UNPROVEN, contradict, is_witness, weigh
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, Value
from invoice_ai.domain.pages import Box

THRESHOLD = 0.9
PAGE = page_of("Feldhaus GmbH", "Number WX-1 Order PO-2", "Net 100.00 Tax 19.00 Total 119.00")
PRINTED = Printed([PAGE])


def told(name: str, text: str) -> Grounded:
    grounded = ground(name, text, PRINTED)
    assert grounded is not None
    return grounded


def read(value: Value, confidence: float, source: str = "text") -> ExtractedField:
    return ExtractedField(value, str(value), confidence, source, 1, Box(0, 0, 0.1, 0.1))  # type: ignore[arg-type]


def test_what_only_the_model_says_is_shown_and_never_sure() -> None:
    field = weigh("invoice_number", None, told("invoice_number", "WX-1"), witness=True)
    assert field is not None
    assert (field.value, field.source, field.reasons) == ("WX-1", "ai", (FROM_AI,))
    assert field.box is not None
    assert field.confidence <= UNPROVEN < THRESHOLD


def test_what_is_not_on_the_page_is_a_suggestion_only() -> None:
    assert weigh("invoice_number", None, told("invoice_number", "ZZ-9"), witness=True) is None
    kept = weigh("invoice_number", read("WX-1", 0.7), told("invoice_number", "ZZ-9"), witness=True)
    assert kept is not None
    assert kept.value == "WX-1"
    assert [c.value for c in kept.candidates] == ["ZZ-9"]
    assert kept.candidates[0].confidence <= 0.1


@pytest.mark.parametrize(("witness", "sure"), [(True, True), (False, False)])
def test_agreement_makes_sure_only_when_the_model_is_a_witness(witness: bool, sure: bool) -> None:
    before = read("WX-1", 0.75)
    field = weigh("invoice_number", before, told("invoice_number", "WX-1"), witness=witness)
    assert field is not None
    assert field.source == "text"
    assert (field.confidence >= THRESHOLD) is sure
    assert field.confidence >= before.confidence


def test_a_finder_that_was_guessing_is_no_second_witness() -> None:
    field = weigh("invoice_number", read("WX-1", 0.3), told("invoice_number", "WX-1"), witness=True)
    assert field is not None
    assert field.confidence < THRESHOLD


@pytest.mark.parametrize("confidence", [0.2, 0.6, 0.89, 0.97, 0.999])
def test_a_contradiction_is_never_sure_and_keeps_both_readings(confidence: float) -> None:
    field = weigh(
        "invoice_number", read("PO-2", confidence), told("invoice_number", "WX-1"), witness=True
    )
    assert field is not None
    assert field.confidence < THRESHOLD
    assert {field.value, *(c.value for c in field.candidates)} == {"WX-1", "PO-2"}


def test_a_witness_agrees_twice_and_contradicts_nobody() -> None:
    before = ExtractedInvoice(
        {"invoice_number": read("WX-1", 0.8), "total": read(Decimal(119), 0.8)}
    )
    number, total = told("invoice_number", "WX-1"), told("total", "119.00")
    assert is_witness(before, {"invoice_number": number, "total": total})
    assert not is_witness(before, {"invoice_number": number})
    assert not is_witness(before, {"invoice_number": number, "total": told("total", "19.00")})
    invented = told("purchase_order", "ZZ-9")
    assert not is_witness(
        before, {"invoice_number": number, "total": total, "purchase_order": invented}
    )


def adds_up(outcome: str = "passed") -> Finding:
    names = ("total", "subtotal", "tax_total")
    return Finding("BR-CO-15", outcome, "block", "", names, code="sum_mismatch")  # type: ignore[arg-type]


def sums(**more: ExtractedField) -> dict[str, ExtractedField]:
    return {"subtotal": read(Decimal(100), 0.9), "tax_total": read(Decimal(19), 0.9), **more}


def test_a_sum_proves_nothing_that_only_the_model_says() -> None:
    given = weigh("total", None, told("total", "119.00"), witness=False)
    assert given is not None
    now = contradict(ExtractedInvoice(sums(total=given)), [adds_up()])
    assert now.confidence("total") < THRESHOLD


def test_a_failed_check_is_proof_of_the_contrary() -> None:
    given = read(Decimal(19), UNPROVEN, "ai")
    now = contradict(ExtractedInvoice(sums(total=given)), [adds_up("failed")])
    assert now.confidence("total") <= 0.4


def test_of_a_name_that_the_finders_read_half_the_whole_is_shown() -> None:
    page = page_of("Feldhaus Antriebe", "und Getriebebau GmbH")
    whole = ground("vendor_name", "Feldhaus Antriebe und Getriebebau GmbH", Printed([page]))
    assert whole is not None
    half = replace(read("Feldhaus", 0.95), box=page.words[0].box)
    field = weigh("vendor_name", half, whole, witness=True)
    assert field is not None
    assert (field.value, field.source) == ("Feldhaus Antriebe und Getriebebau GmbH", "ai")
    assert field.confidence < THRESHOLD
    elsewhere = weigh(
        "vendor_name", replace(half, box=Box(0.5, 0.8, 0.9, 0.9)), whole, witness=True
    )
    assert elsewhere is not None
    assert elsewhere.value == "Feldhaus"  # another print is another name
