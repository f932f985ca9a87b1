"""Results in GENERATED_FOLDER: where, whole, once, and moved when the vendor changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.exports.sample_record import invoice, record

from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.errors import Unavailable
from invoice_ai.exports import invoice_json, write_result
from invoice_ai.store.records import DocumentRecord, InvoiceRecord

BYTES = b"%PDF-1.7 the original"
HERE = "2024/05/Northwind Trading Ltd"


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "uploads" / "abab"
    path.parent.mkdir()
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    return tmp_path / "generated"


def tree(folder: Path) -> set[str]:
    """Every file, and every empty folder."""
    return {
        str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() or not any(p.iterdir())
    } - {".tmp"}


def of_vendor(name: str | None) -> InvoiceRecord:
    found = invoice()
    if name is None:
        fields = {n: f for n, f in found.fields.items() if n != "vendor_name"}
        return record(replace(found, fields=fields))
    return record(invoice(vendor_name=ExtractedField(name, name, 0.9, "text")))


def test_the_json_and_the_source_lie_under_year_month_and_vendor(
    original: Path, generated: Path
) -> None:
    place = write_result(generated, record(), original)
    assert str(place) == f"{HERE}/scan-17.json"
    assert tree(generated) == {f"{HERE}/scan-17.json", f"{HERE}/scan-17.pdf"}
    assert json.loads((generated / place).read_text(encoding="utf-8")) == invoice_json(record())
    assert (generated / HERE / "scan-17.pdf").read_bytes() == BYTES


def test_who_edits_the_result_does_not_change_the_original(original: Path, generated: Path) -> None:
    write_result(generated, record(), original)
    with (generated / HERE / "scan-17.pdf").open("ab") as file:
        file.write(b"scribble")
    assert original.read_bytes() == BYTES


def test_writing_twice_gives_the_same_result(original: Path, generated: Path) -> None:
    place = write_result(generated, record(), original)
    before = {name: (generated / name).read_bytes() for name in tree(generated)}
    assert write_result(generated, record(), original, previous=str(place)) == place
    assert {name: (generated / name).read_bytes() for name in tree(generated)} == before


def test_two_invoices_with_one_file_name_stay_apart(original: Path, generated: Path) -> None:
    write_result(generated, record(), original)
    write_result(generated, record(id=18), original)
    assert {Path(name).name for name in tree(generated)} == {
        "scan-17.json",
        "scan-17.pdf",
        "scan-18.json",
        "scan-18.pdf",
    }


def test_a_result_moves_when_its_vendor_becomes_another(original: Path, generated: Path) -> None:
    first = write_result(generated, of_vendor(None), original)
    assert str(first) == "2024/05/unknown-vendor/scan-17.json"
    write_result(generated, record(), original, previous=str(first))
    assert tree(generated) == {f"{HERE}/scan-17.json", f"{HERE}/scan-17.pdf"}


def test_what_others_have_beside_an_old_result_is_left_alone(
    original: Path, generated: Path
) -> None:
    first = write_result(generated, of_vendor("Nordwind"), original)
    note = (generated / first).with_name("note.txt")
    note.write_text("mine", encoding="utf-8")
    write_result(generated, record(), original, previous=str(first))
    assert note.read_text(encoding="utf-8") == "mine"
    assert not (generated / first).exists()


def test_a_crash_between_writing_and_removing_is_put_right_by_the_next_run(
    original: Path, generated: Path
) -> None:
    first = write_result(generated, of_vendor("Nordwind"), original)
    write_result(generated, record(), original)  # died before the old pair was removed
    write_result(generated, record(), original, previous=str(first))
    assert tree(generated) == {f"{HERE}/scan-17.json", f"{HERE}/scan-17.pdf"}


def test_without_an_invoice_date_the_day_of_receipt_counts(original: Path, generated: Path) -> None:
    found = invoice()
    fields = {n: f for n, f in found.fields.items() if n != "invoice_date"}
    place = write_result(generated, record(replace(found, fields=fields)), original)
    assert place.parts[:2] == ("2024", "06")


def test_an_old_date_keeps_four_digits(original: Path, generated: Path) -> None:
    day = ExtractedField(date(1, 2, 3), "3.2.0001", 0.1, "ocr")
    place = write_result(generated, record(invoice(invoice_date=day)), original)
    assert place.parts[:2] == ("0001", "02")


@pytest.mark.parametrize("vendor", ["../../../evil", "/etc", "..", "a/../../b", "x" * 5000, "CON"])
def test_no_vendor_name_leads_out_of_the_folder(
    vendor: str, original: Path, generated: Path, tmp_path: Path
) -> None:
    place = write_result(generated, of_vendor(vendor), original)
    assert len(place.parts) == 4
    assert (generated / place).resolve().is_relative_to(generated.resolve())
    assert {p.name for p in tmp_path.iterdir()} == {"generated", "uploads"}


def test_no_file_name_leads_out_of_the_folder(original: Path, generated: Path) -> None:
    document = DocumentRecord("ab" * 32, "../../../../tmp/x.pdf", "pdf", 1, 1)
    place = write_result(generated, record(document=document), original)
    assert str(place) == f"{HERE}/x-17.json"


def test_a_previous_place_outside_the_folder_is_never_touched(
    original: Path, generated: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    for previous in ("../outside.json", str(outside)):
        with pytest.raises(ValueError, match="not a path of a result"):
            write_result(generated, record(), original, previous=previous)
    assert outside.exists()


def test_half_a_character_in_a_name_still_makes_valid_json(original: Path, generated: Path) -> None:
    place = write_result(generated, of_vendor("Acme \udc80"), original)
    data = json.loads((generated / place).read_bytes())
    assert data["invoice"]["fields"]["vendor_name"]["value"] == "Acme \udc80"


def test_a_missing_original_or_a_folder_that_cannot_be_written_is_tried_again(
    original: Path, generated: Path, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="GENERATED_FOLDER"):
        write_result(generated, record(), tmp_path / "away")
    assert not any(p.suffix == ".json" for p in generated.rglob("*"))
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(Unavailable, match="GENERATED_FOLDER"):
        write_result(in_the_way, record(), original)


def test_nothing_temporary_stays_behind(original: Path, generated: Path, tmp_path: Path) -> None:
    write_result(generated, record(), original)
    with pytest.raises(Unavailable):
        write_result(generated, record(), tmp_path / "away")
    assert list((generated / ".tmp").iterdir()) == []
