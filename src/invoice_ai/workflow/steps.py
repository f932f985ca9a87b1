"""What the workers do, one function per kind of job."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import structlog

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.errors import BadDocument
from invoice_ai.examination import examine, limits_of
from invoice_ai.exports import write_result
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.store.jobs import Job
from invoice_ai.store.words import save_words
from invoice_ai.workflow.booking import book, request_booking
from invoice_ai.workflow.failing import record_error
from invoice_ai.workflow.following import follow
from invoice_ai.workflow.known import known_of
from invoice_ai.workflow.pictures import draw_missing_pages
from invoice_ai.workflow.place import Workplace, enqueue

_processing = structlog.get_logger("processing")
_performance = structlog.get_logger("performance")


def take_job(place: Workplace, *, worker: str, lease_seconds: float) -> Job | None:
    """Claim the best due job; None: nothing is due, or BATCH_SIZE are in work already."""
    with place.database.writing(durable=False) as session:
        job = jobs.claim(
            session,
            worker=worker,
            lease_seconds=lease_seconds,
            most_running=place.settings.batch_size,
            # One worker is always left for reading.
            most_booking=max(1, min(jobs.MOST_BOOKING, place.settings.workers - 1)),
        )
        if job is not None and job.kind == "extract":
            status = lifecycle.current_status(session, job.invoice_id, job.revision)
            if status in ("received", "failed"):
                lifecycle.move(session, job.invoice_id, "processing", actor="worker")
    return job


def run_job(place: Workplace, job: Job) -> None:
    """Do one step. Raises what went wrong; the worker then calls `fail_or_try_again`."""
    started = time.perf_counter()
    outcome = _STEPS[job.kind](place, job)
    _processing.info(
        job.kind,
        invoice=job.invoice_id,
        job=job.id,
        outcome=outcome,
        seconds=round(time.perf_counter() - started, 3),
    )


def _extract(place: Workplace, job: Job) -> str:
    with place.database.reading() as session:
        document = invoices.document_of(session, job.invoice_id)
    examined = examine(
        place.files.path(document.sha256).read_bytes(),
        document.name,
        limits=limits_of(place.settings),
        threshold=place.settings.review_confidence_threshold,
        look_up=partial(_known, place, job.invoice_id),
    )
    save_words(place.files, document.sha256, examined.reading.pages)
    with place.database.writing() as session:
        jobs.finish(session, job)
        if lifecycle.current_status(session, job.invoice_id, job.revision) is None:
            return "superseded"
        lifecycle.save_extraction(
            session,
            job.invoice_id,
            revision=job.revision,
            kind=examined.kind,
            page_count=len(examined.reading.pages),
            extracted=examined.invoice,
            findings=examined.findings,
            route=examined.route,
            seconds=examined.seconds,
        )
        reason = examined.route.reasons[0] if examined.route.reasons else None
        if examined.route.status == "failed":
            told = reason.message if reason else "This is no invoice we can read."
            refused = BadDocument(told, code=reason.code if reason else "not_an_invoice")
            record_error(session, job.invoice_id, "extract", refused, final=True)
        else:
            enqueue(place, session, "export", job.invoice_id, revision=job.revision)
        if examined.reading.pages:
            enqueue(place, session, "render", job.invoice_id, revision=job.revision)
        lifecycle.move(
            session,
            job.invoice_id,
            examined.route.status,
            actor="worker",
            reason=reason.code if reason else "",
        )
        if examined.route.status == "approved":
            request_booking(
                place,
                session,
                job.invoice_id,
                actor="worker",
                automatic=True,
                revision=job.revision,
                document_type=examined.invoice.text("document_type"),
            )
    _performance.info(
        "extract",
        invoice=job.invoice_id,
        pages=len(examined.reading.pages),
        **{name: round(value, 4) for name, value in examined.seconds.items()},
        **{name: round(value, 4) for name, value in examined.reading.seconds},
    )
    return examined.route.status


def _known(place: Workplace, invoice_id: int, invoice: ExtractedInvoice) -> Known:
    with place.database.reading() as session:
        return known_of(place, session, invoice_id, invoice)


def _export(place: Workplace, job: Job) -> str:
    with place.database.reading() as session:
        record = invoices.load(session, job.invoice_id)
    if record.revision != job.revision or record.status == "deleted":
        with place.database.writing() as session:
            jobs.drop(session, job)
        return "superseded"
    written = write_result(
        place.settings.generated_folder,
        record,
        place.files.path(record.document.sha256),
        previous=record.exported_to,
    )
    with place.database.writing(durable=False) as session:
        jobs.finish(session, job)
        lifecycle.save_export(session, job.invoice_id, str(written))
    return str(written)


def _render(place: Workplace, job: Job) -> str:
    draw_missing_pages(place, job.invoice_id)
    with place.database.writing(durable=False) as session:
        jobs.finish(session, job)
    return "rendered"


_STEPS: dict[jobs.Kind, Callable[[Workplace, Job], str]] = {
    "extract": _extract,
    "export": _export,
    "render": _render,
    "sync": book,
    "pull": follow,
}
