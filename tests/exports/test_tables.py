"""Spreadsheets: every value in its column, and nothing of a document ever a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.exports.sample_record import record as sample_record

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem, Value
from invoice_ai.exports.tables import COLUMNS, csv_of, write_xlsx

EVIL = [
    '=HYPERLINK("http://evil.example","pay")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "  =1",
    "＝1+1",
    "https://evil.example",
    "a\0b\x07c",
    "x" * 40_000,
]


def found(value: Value) -> ExtractedField:
    return ExtractedField(value, str(value), 0.9, "text")


def record_of(**values: Value) -> Any:
    lines = (LineItem(description=found("Drill bit"), quantity=found(Decimal("-2.5"))),)
    fields = {name: found(value) for name, value in values.items()}
    return replace(sample_record(), extracted=ExtractedInvoice(fields, lines))


def rows_of(record: Any, **how: bool) -> list[dict[str, str]]:
    written = b"".join(csv_of([record], **how))
    assert written.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))


def test_amounts_and_days_are_written_exactly() -> None:
    record = record_of(
        vendor_name='Brookside "Tools", Ltd',
        total=Decimal("-1234567890.10"),
        invoice_date=date(2026, 11, 2),
    )
    (row,) = rows_of(record)
    assert tuple(row) == COLUMNS
    assert row["vendor_name"] == 'Brookside "Tools", Ltd'
    assert (row["total"], row["invoice_date"]) == ("-1234567890.10", "2026-11-02")
    (line,) = rows_of(record, lines=True)
    assert (line["description"], line["quantity"], line["line"]) == ("Drill bit", "-2.5", "1")


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    record = record_of(vendor_name=text, total=Decimal("5"))
    (row,) = rows_of(record)
    assert not row["vendor_name"].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    file = tmp_path / "out.xlsx"
    write_xlsx([record], file)
    book = load_workbook(file)
    cell = book["Invoices"].cell(2, COLUMNS.index("vendor_name") + 1)
    assert cell.data_type == "s" and cell.hyperlink is None
    assert str(cell.value).startswith(text[:1].strip("\t") or "=" if text[0] != "\t" else "\t")


def test_numbers_of_a_workbook_are_numbers_and_days_are_days(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    record = record_of(
        total=Decimal("1453.70"),
        subtotal=Decimal("12345678901234567.89"),  # more digits than a spreadsheet keeps
        due_date=date(2026, 12, 2),
        invoice_date=date(1066, 10, 14),
    )
    write_xlsx([record, record], file)
    sheet = load_workbook(file)["Invoices"]
    row = dict(zip(COLUMNS, (cell.value for cell in sheet[2]), strict=True))
    assert row["total"] == 1453.7 and row["due_date"].date() == date(2026, 12, 2)
    assert row["subtotal"] == "12345678901234567.89" and row["invoice_date"] == "1066-10-14"
    assert sheet.max_row == 3
    assert load_workbook(file)["Lines"].max_row == 3


def test_an_invoice_that_was_never_read_has_a_row_too() -> None:
    (row,) = rows_of(replace(sample_record(), extracted=None, route=None))
    assert row["id"] and row["total"] == ""
