"""Something is away or somebody is faster: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.samples import ubl_invoice
from tests.workflow.conftest import settings_in

from invoice_ai import workflow
from invoice_ai.errors import Conflict, Unavailable
from invoice_ai.store import invoices, jobs
from invoice_ai.store.database import migrate
from invoice_ai.store.jobs import LeaseLost
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


def load(place: Workplace, invoice_id: int) -> invoices.InvoiceRecord:
    with place.database.reading() as session:
        return invoices.load(session, invoice_id)


def test_a_file_waits_while_the_database_is_away(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, database_url=f"sqlite:///{tmp_path / 'late.db'}")
    place = workflow.open_workplace(settings)
    (settings.incoming_folder / "a.xml").write_bytes(ubl_invoice())
    with pytest.raises(Unavailable):
        workflow.receive_path(place, "a.xml")
    migrate(settings.database_url)
    (received,) = workflow.receive_leftovers(place, older_than_seconds=0)
    assert load(place, received.invoice_id).file_name == "a.xml"
    workflow.close_workplace(place)


def test_a_result_of_an_older_revision_is_not_saved(
    place: Workplace, upload: Upload, work: Work
) -> None:
    invoice_id = upload(ubl_invoice()).invoice_id
    slow = workflow.take_job(place, worker="slow", lease_seconds=60)
    assert slow is not None
    upload(ubl_invoice(), force=True)
    work()
    before = load(place, invoice_id)
    workflow.run_job(place, slow)
    assert load(place, invoice_id) == before and before.revision == 2


def test_a_paused_worker_cannot_save_what_another_did_meanwhile(
    place: Workplace, upload: Upload, work: Work
) -> None:
    invoice_id = upload(ubl_invoice()).invoice_id
    paused = workflow.take_job(place, worker="paused", lease_seconds=60)
    assert paused is not None
    assert workflow.rescue_abandoned(place, lambda worker: worker == "paused") == 1
    assert work() == 2
    before = load(place, invoice_id)
    with pytest.raises(LeaseLost):
        workflow.run_job(place, paused)
    assert load(place, invoice_id) == before


def test_a_job_whose_workers_always_die_ends_as_failed(place: Workplace, upload: Upload) -> None:
    invoice_id = upload(ubl_invoice()).invoice_id
    attempts = 0
    while workflow.take_job(place, worker="dying", lease_seconds=60) is not None:
        attempts += 1
        workflow.rescue_abandoned(place, lambda _: True)
    record = load(place, invoice_id)
    assert attempts == place.settings.max_retry_attempts + 1
    assert (record.status, record.error_code) == ("failed", "worker_lost")
    assert len(record.errors) == attempts and record.error_retryable


def test_an_export_that_fails_is_tried_again_and_can_be_repeated(
    place: Workplace, upload: Upload, work: Work
) -> None:
    invoice_id = upload(ubl_invoice()).invoice_id
    in_the_way = place.settings.generated_folder / "2026"
    in_the_way.write_text("a file where a folder should be")
    work()
    record = load(place, invoice_id)
    assert record.status in ("approved", "needs_review") and record.exported_to is None
    assert {e.code for e in record.errors} == {"export_failed"}
    with place.database.reading() as session:
        assert jobs.counts(session)["dead"] == 1
    in_the_way.unlink()
    workflow.retry(place, invoice_id, actor="anna")
    assert work() == 1
    assert (place.settings.generated_folder / str(load(place, invoice_id).exported_to)).exists()


def test_an_invoice_that_is_being_read_cannot_be_deleted(place: Workplace, upload: Upload) -> None:
    invoice_id = upload(ubl_invoice()).invoice_id
    assert workflow.take_job(place, worker="w", lease_seconds=60) is not None
    with pytest.raises(Conflict):
        workflow.delete(place, invoice_id, actor="anna")
    assert load(place, invoice_id).status == "processing"
