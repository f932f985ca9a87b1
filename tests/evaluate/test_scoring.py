"""What counts as right."""

from __future__ import annotations

from collections import defaultdict

import pytest

from invoice_ai.evaluate.report import Said, count_rows, row_calibration
from invoice_ai.evaluate.scoring import is_right, judge_lines, match_lines


@pytest.mark.parametrize(
    ("field", "predicted", "truth", "right"),
    [
        ("total", "1234.5", "1234.50", True),
        ("total", "-12.00", "12.00", False),
        ("total", "1234.51", "1234.50", False),
        ("total", "abc", "1234.50", False),
        ("invoice_date", "2026-03-04", "2026-03-04", True),
        ("invoice_date", "2026-04-03", "2026-03-04", False),
        ("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", True),
        ("vendor_tax_id", "811569869", "DE811569869", True),
        ("vendor_tax_id", "12345", "DE12345", False),
        ("invoice_number", "re 10 482", "RE10482", True),
        ("invoice_number", "10482", "RE10482", False),
        ("vendor_name", "TISCHLEREI EICHBLATT GMBH", "Tischlerei Eichblatt GmbH", True),
        ("vendor_name", "Eichblatt", "Tischlerei Eichblatt Gesellschaft für Möbelbau", False),
        ("currency", "EUR", "EUR", True),
        ("currency", "USD", "EUR", False),
    ],
)
def test_a_field_is_right_by_its_own_rule(
    field: str, predicted: str, truth: str, right: bool
) -> None:
    assert is_right(field, predicted, [truth]) is right


def test_rows_are_paired_once_and_need_the_amount() -> None:
    truth = [
        {"description": "Oak shelf", "quantity": "4", "unit_price": "10.00", "amount": "40.00"},
        {"description": "Oak shelf", "quantity": "1", "unit_price": "9.00", "amount": "9.00"},
    ]
    predicted = [
        {"description": "Oak shelf", "quantity": "4", "unit_price": "10.00", "amount": "40.00"},
        {"description": "Oak shelf", "amount": "9.99"},
        {"description": "Oak shelf", "quantity": "2", "unit_price": "4.5", "amount": "9.00"},
    ]
    assert match_lines(predicted, truth) == (2, 1)


def test_a_row_that_is_none_of_the_invoice_has_no_right_cell() -> None:
    truth = [{"description": "Oak shelf", "quantity": "4", "unit_price": None, "amount": "40.00"}]
    predicted = [
        {"description": "Oak shelf", "quantity": "3", "unit_price": "10.00", "amount": "40.00"},
        {"description": "VAT 19%", "amount": "7.60"},
    ]
    shelf, tax = judge_lines(predicted, truth)
    # What the truth does not know is neither right nor wrong.
    assert shelf == {"description": True, "quantity": False, "unit_price": None, "amount": True}
    assert tax == {"description": False, "amount": False}


def test_a_row_is_as_sure_as_its_least_sure_cell_and_silently_wrong_when_sure_of_a_wrong_one() -> (
    None
):
    truth = [
        {"description": "Oak shelf", "quantity": "4", "amount": "40.00"},
        {"description": "Fountain pen", "quantity": "1", "amount": "9.00"},
    ]
    rows = [
        row | {"confidence": dict.fromkeys(row, sure)}
        for row, sure in (
            ({"description": "Oak shelf", "quantity": "3", "amount": "40.00"}, 0.97),
            ({"description": "Fountain pen", "quantity": "1", "amount": "9.00"}, 0.95),
            ({"description": "VAT 19%", "amount": "9.31"}, 0.40),
        )
    ]
    rows[1]["confidence"]["quantity"] = 0.92
    said: Said = defaultdict(list)
    count_rows(said, rows, truth, "text")
    assert said["row", "text"] == [(0.97, False), (0.92, True), (0.40, False)]
    assert said["quantity", "text"] == [(0.97, False), (0.92, True)]
    report = "\n".join(row_calibration(said, 0.9))
    assert (
        "66.7% of 3 rows are said with at least 90%; 50.0% of these are right, 1 silently" in report
    )
    assert row_calibration(defaultdict(list), 0.9) == []
