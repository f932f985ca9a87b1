"""Invoices as files that other programs take: CSV, XLSX, JSON, UBL."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from invoice_ai.errors import BadRequest, NotFound
from invoice_ai.exports import Incomplete, csv_of, invoice_json, ubl_of, write_xlsx
from invoice_ai.store import invoices
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.workflow.place import Workplace

ExportFormat = Literal["csv", "csv-lines", "xlsx", "json", "ubl"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
MOST_EXPORTED = 10_000  # of one file; a spreadsheet with more helps nobody
MEDIA: dict[str, str] = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file on its way: its name and its content, piece by piece."""

    name: str
    content: Iterator[bytes]

    @property
    def media_type(self) -> str:
        return MEDIA[Path(self.name).suffix]


def export_invoices(
    place: Workplace, ids: Sequence[int], file_format: ExportFormat, *, single: bool = False
) -> Exported:
    """These invoices as one file, in this order; deleted ones are left out.

    Args:
        single: It is about one invoice: JSON is its object and UBL its XML, not a list or archive.
    Raises: NotFound: no such invoice (`single`). BadRequest: too many, or none;
        `incomplete_for_ubl`: a single invoice lacks what an e-invoice must have.
    """
    if len(ids) > MOST_EXPORTED:
        raise BadRequest(f"That is more than {MOST_EXPORTED} invoices; narrow the search.")
    if not ids:
        raise BadRequest("There is no invoice to export.")
    name = f"invoice-{ids[0]}" if single else "invoices"
    records = _records(place, ids)
    match file_format:
        case "csv" | "csv-lines":
            whole = "-lines" if file_format == "csv-lines" else ""
            rows = csv_of(records, lines=bool(whole))
            return Exported(f"{name}{whole}.csv", rows)
        case "xlsx":
            return Exported(f"{name}.xlsx", _file_made_by(write_xlsx, records))
        case "json" if single:
            return Exported(f"{name}.json", iter([_json(_only(place, ids[0]))]))
        case "json":
            return Exported(f"{name}.json", _json_list(records))
        case "ubl" if single:
            record = _only(place, ids[0])
            return Exported(f"{name}.xml", iter([_ubl(record)]))
    return Exported(f"{name}-ubl.zip", _file_made_by(_write_archive, records))


def _records(place: Workplace, ids: Sequence[int]) -> Iterator[InvoiceRecord]:
    """One by one, each in a look of its own: a long export holds no lock."""
    for invoice_id in ids:
        with place.database.reading() as session:
            try:
                record = invoices.load(session, invoice_id)
            except NotFound:
                continue
        if record.status != "deleted":
            yield record


def _only(place: Workplace, invoice_id: int) -> InvoiceRecord:
    record = next(_records(place, [invoice_id]), None)
    if record is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return record


def _json(record: InvoiceRecord) -> bytes:
    return json.dumps(invoice_json(record), ensure_ascii=False, indent=1).encode()


def _json_list(records: Iterator[InvoiceRecord]) -> Iterator[bytes]:
    yield b'{"results": ['
    for number, record in enumerate(records):
        yield (b",\n" if number else b"\n") + _json(record)
    yield b"\n]}\n"


def _ubl(record: InvoiceRecord) -> bytes:
    if record.extracted is None:
        raise Incomplete(f"Invoice {record.id} was not read; there is nothing to write.")
    return ubl_of(record.extracted)


def _write_archive(records: Iterator[InvoiceRecord], file: Path) -> None:
    """One XML per invoice, and a text that names those that cannot be one."""
    left_out = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            try:
                archive.writestr(f"invoice-{record.id}.xml", _ubl(record))
            except Incomplete as incomplete:
                left_out.append(f"invoice {record.id}: {incomplete}")
        if left_out:
            archive.writestr("not-exported.txt", "\n".join(left_out) + "\n")


def _file_made_by(
    write: Callable[[Iterator[InvoiceRecord], Path], None], records: Iterator[InvoiceRecord]
) -> Iterator[bytes]:
    """What `write(records, file)` writes, sent in pieces; the file is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export"
        write(records, file)
        with file.open("rb") as made:
            while piece := made.read(1 << 16):
                yield piece
