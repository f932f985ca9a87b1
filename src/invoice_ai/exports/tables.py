"""Spreadsheets of invoices: CSV and XLSX. What a document says stays text there, never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from invoice_ai.domain.invoice import LINE_CELLS, Value
from invoice_ai.exports.standard import Record

# One row per invoice. The names are those of the standard JSON, so that columns never need a guess.
FIELD_COLUMNS: tuple[str, ...] = (
    "document_type",
    "invoice_number",
    "invoice_date",
    "due_date",
    "vendor_name",
    "vendor_tax_id",
    "vendor_country",
    "customer_name",
    "purchase_order",
    "buyer_reference",
    "currency",
    "subtotal",
    "tax_total",
    "total",
    "paid",
    "amount_due",
    "iban",
    "bic",
    "payment_reference",
    "payment_terms",
)
COLUMNS: tuple[str, ...] = (
    "id",
    "status",
    *FIELD_COLUMNS,
    "confidence",
    "file_name",
    "received_at",
)
# The second sheet, and the CSV of lines: one row per line item.
LINE_COLUMNS: tuple[str, ...] = ("id", "invoice_number", "vendor_name", "line", *LINE_CELLS)
# A spreadsheet takes a cell that begins like this for a formula (OWASP); the last ones are the
# full-width forms that some programs fold.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOST_CHARACTERS = 32_767  # of one cell, by XLSX
_MOST_DIGITS = 15  # that a spreadsheet's number keeps; longer ones are written as text

Cell = Value | int | datetime | None


def csv_of(records: Iterable[Record], *, lines: bool = False) -> Iterator[bytes]:
    """The rows as CSV, in UTF-8 with its mark, so that spreadsheets know the letters.

    Amounts have a decimal point, days are ISO. Text that a spreadsheet would run is led by an
    apostrophe, which it shows as nothing.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(LINE_COLUMNS if lines else COLUMNS)
    yield b"\xef\xbb\xbf" + out.getvalue().encode()
    for record in records:
        out.seek(0)
        out.truncate()
        for row in line_rows(record) if lines else [invoice_row(record)]:
            writer.writerow([_as_csv(cell) for cell in row])
        yield out.getvalue().encode()


def write_xlsx(records: Iterable[Record], file: Path) -> None:
    """The same as a workbook with a sheet of invoices and one of lines; numbers are numbers."""
    # Memory of one row only; nothing is guessed from what a text looks like.
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    try:
        head = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        invoices = _sheet(book, "Invoices", COLUMNS, head)
        lines = _sheet(book, "Lines", LINE_COLUMNS, head)
        next_line = 1
        for number, record in enumerate(records, 1):
            _write_row(invoices, number, invoice_row(record), day)
            for row in line_rows(record):
                _write_row(lines, next_line, row, day)
                next_line += 1
        invoices.freeze_panes(1, 0)
        lines.freeze_panes(1, 0)
    finally:
        book.close()


def invoice_row(record: Record) -> list[Cell]:
    """One invoice under `COLUMNS`."""
    found = record.extracted.fields if record.extracted else {}
    return [
        record.id,
        record.status,
        *(found[name].value if name in found else None for name in FIELD_COLUMNS),
        None if record.route is None else Decimal(f"{record.route.confidence:.3f}"),
        record.document.name,
        record.received_at,
    ]


def line_rows(record: Record) -> Iterator[list[Cell]]:
    """The lines of one invoice under `LINE_COLUMNS`."""
    if record.extracted is None:
        return
    number, vendor = record.extracted.text("invoice_number"), record.extracted.text("vendor_name")
    for place, line in enumerate(record.extracted.lines, 1):
        cells = (getattr(line, name) for name in LINE_CELLS)
        yield [record.id, number, vendor, place, *(cell.value if cell else None for cell in cells)]


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("-5 %"), harmless("Acme")
    ("'=HYPERLINK(1)", "'-5 %", 'Acme')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _as_csv(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell.replace("\0", ""))
        case Decimal():
            return f"{cell:f}" if abs(cell.adjusted()) < 40 else str(cell)
        case datetime() | date():
            return cell.isoformat()
    return str(cell)


def _sheet(book: Any, name: str, columns: tuple[str, ...], head: Any) -> Any:
    sheet = book.add_worksheet(name)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(11, len(column) + 2))
        sheet.write_string(0, place, column, head)
    return sheet


def _write_row(sheet: Any, number: int, row: list[Cell], day: Any) -> None:
    for place, cell in enumerate(row):
        match cell:
            case None:
                continue
            case Decimal() if len(cell.as_tuple().digits) > _MOST_DIGITS:
                sheet.write_string(number, place, _as_csv(cell)[:_MOST_CHARACTERS])
            case Decimal() | int():
                sheet.write_number(number, place, cell)
            case datetime():
                sheet.write_string(number, place, cell.isoformat(timespec="seconds"))
            case date() if cell.year >= 1900:
                sheet.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), day)
            case _:
                sheet.write_string(number, place, str(cell)[:_MOST_CHARACTERS])
