"""A file becomes a document, an invoice and a job: once, and never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from tests.samples import pdf_invoice, ubl_invoice

from invoice_ai import workflow
from invoice_ai.errors import BadDocument, Conflict, NotFound
from invoice_ai.store import invoices, jobs
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


def load(place: Workplace, invoice_id: int) -> invoices.InvoiceRecord:
    with place.database.reading() as session:
        return invoices.load(session, invoice_id)


def test_a_received_file_is_kept_byte_for_byte_and_waits(place: Workplace, upload: Upload) -> None:
    content = ubl_invoice()
    received = upload(content)
    record = load(place, received.invoice_id)
    assert (record.status, received.already_known) == ("received", False)
    assert place.files.path(received.sha256).read_bytes() == content
    assert [h.to_status for h in record.history] == ["received"]
    assert not list(place.files.temp_folder.iterdir())


def test_a_received_invoice_is_read_exported_and_shown(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(ubl_invoice("A-17"))
    assert work() == 2  # extract, export
    record = load(place, received.invoice_id)
    assert record.status in ("approved", "needs_review")
    assert record.extracted is not None and record.extracted.text("invoice_number") == "A-17"
    assert str(record.total) == "119.0000" and record.vendor_name == "Nordlicht Werkzeuge GmbH"
    assert [h.to_status for h in record.history] == ["received", "processing", record.status]
    written = place.settings.generated_folder / str(record.exported_to)
    assert json.loads(written.read_text())["status"] == record.status


def test_the_same_bytes_are_already_known_and_not_read_twice(
    place: Workplace, upload: Upload, work: Work
) -> None:
    first = upload(ubl_invoice())
    work()
    again = upload(ubl_invoice(), "other name.xml")
    assert again.already_known and again.invoice_id == first.invoice_id
    assert again.status == load(place, first.invoice_id).status
    assert work() == 0


def test_forced_bytes_are_a_new_revision_of_the_same_invoice(
    place: Workplace, upload: Upload, work: Work
) -> None:
    first = upload(ubl_invoice())
    work()
    again = upload(ubl_invoice(), force=True)
    assert again.already_known and again.invoice_id == first.invoice_id
    assert load(place, first.invoice_id).status == "processing"
    assert work() == 2
    record = load(place, first.invoice_id)
    assert record.revision == 2 and record.status in ("approved", "needs_review")


def test_a_deleted_invoice_does_not_stand_in_the_way_of_its_bytes(
    place: Workplace, upload: Upload, work: Work
) -> None:
    first = upload(ubl_invoice())
    workflow.delete(place, first.invoice_id, actor="anna", reason="wrong company")
    assert work() == 0  # its job went with it
    second = upload(ubl_invoice())
    assert not second.already_known and second.invoice_id != first.invoice_id
    with place.database.reading() as session:
        assert [r.id for r in invoices.page_of(session).rows] == [second.invoice_id]


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty_file"), (b"MZ\x90\x00 a program", "unsupported_type")]
)
def test_a_file_of_no_use_is_kept_and_shown_as_failed(
    place: Workplace, upload: Upload, content: bytes, code: str
) -> None:
    with pytest.raises(BadDocument) as refused:
        upload(content, "invoice.pdf")
    assert refused.value.code == code and refused.value.invoice_id is not None
    record = load(place, refused.value.invoice_id)
    assert (record.status, record.error_code) == ("failed", code)
    assert [(e.step, e.code, e.retryable) for e in record.errors] == [("receive", code, False)]
    assert place.files.path(record.document.sha256).read_bytes() == content


def test_a_broken_file_fails_at_once_and_is_not_tried_again(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(b"%PDF-1.7\n this is not a document", "broken.pdf")
    assert work() == 1
    record = load(place, received.invoice_id)
    assert record.status == "failed" and record.error_message
    assert len(record.errors) == 1 and not record.errors[0].retryable
    with place.database.reading() as session:
        (group,) = invoices.failed_groups(session)
        assert jobs.counts(session) == {"dead": 1}
    assert (group.count, group.code) == (1, record.error_code)


def test_a_failed_invoice_can_be_retried_alone_and_with_all_others(
    place: Workplace, upload: Upload, work: Work
) -> None:
    one = upload(b"%PDF-1.7\n one", "1.pdf").invoice_id
    two = upload(b"%PDF-1.7\n two", "2.pdf").invoice_id
    good = upload(ubl_invoice()).invoice_id
    work()
    workflow.retry(place, one, actor="anna")
    assert load(place, one).status == "received" and load(place, one).error_message is None
    assert work() == 1
    assert workflow.retry_all(place, actor="anna", code="no such code") == 0
    assert workflow.retry_all(place, actor="anna") == 2
    assert load(place, two).status == "received"
    with pytest.raises(Conflict):
        workflow.retry(place, good, actor="anna")


def test_a_file_of_the_incoming_folder_is_taken_by_its_name(place: Workplace) -> None:
    folder = place.settings.incoming_folder / "today"
    folder.mkdir()
    (folder / "a.xml").write_bytes(ubl_invoice())
    received = workflow.receive_path(place, "today/a.xml", actor="anna")
    assert load(place, received.invoice_id).origin == "folder"
    assert not (folder / "a.xml").exists() and not list(place.work_folder.iterdir())


@pytest.mark.parametrize("path", ["missing.xml", "../secret.xml", "/etc/hostname", "link.xml"])
def test_what_lies_outside_the_folder_does_not_exist(place: Workplace, path: str) -> None:
    incoming: Path = place.settings.incoming_folder
    (incoming.parent / "secret.xml").write_bytes(ubl_invoice())
    (incoming / "link.xml").symlink_to(incoming.parent / "secret.xml")
    with pytest.raises(NotFound):
        workflow.receive_path(place, path)


def test_what_an_interrupted_watcher_left_is_taken(place: Workplace) -> None:
    claimed = place.work_folder / "0b5e" / "left.xml"
    claimed.parent.mkdir()
    claimed.write_bytes(ubl_invoice())
    assert workflow.receive_leftovers(place, older_than_seconds=60) == []
    (received,) = workflow.receive_leftovers(place, older_than_seconds=0)
    assert load(place, received.invoice_id).file_name == "left.xml"
    assert not list(place.work_folder.iterdir())


def test_all_waiting_files_are_taken_and_bad_ones_do_not_stop_the_others(place: Workplace) -> None:
    incoming = place.settings.incoming_folder
    (incoming / "good.xml").write_bytes(ubl_invoice())
    (incoming / "bad.pdf").write_bytes(b"")
    taken = workflow.receive_waiting(place)
    assert sorted(r.status for r in taken) == ["failed", "received"]
    assert not list(incoming.iterdir())


def test_pictures_and_words_of_a_page_are_there_when_asked_for(
    place: Workplace, upload: Upload, work: Work
) -> None:
    invoice_id = upload(pdf_invoice(pages=2), "two pages.pdf").invoice_id
    with pytest.raises(NotFound):
        workflow.page_words(place, invoice_id, 1)
    work()
    page = workflow.page_words(place, invoice_id, 2)
    assert "Werkzeuge" in [word.text for word in page.words]
    picture = workflow.page_picture(place, invoice_id, 2)
    assert picture.read_bytes()[8:12] == b"WEBP"
    picture.unlink()
    assert workflow.page_picture(place, invoice_id, 2).exists()  # made again on demand
    assert workflow.page_thumbnail(place, invoice_id, 1).exists()
    with pytest.raises(NotFound):
        workflow.page_picture(place, invoice_id, 3)


def test_an_upload_that_is_too_large_leaves_nothing(place: Workplace) -> None:
    source = BytesIO(ubl_invoice() + b" " * (25 * 1024 * 1024))
    with pytest.raises(BadDocument) as refused:
        workflow.receive(place, source, "big.xml", origin="upload")
    assert refused.value.code == "file_too_large" and refused.value.invoice_id is None
    assert not list(place.files.temp_folder.iterdir())
