"""What the workers do, one function per kind of job."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.orm import Session

from invoice_ai import ai
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.errors import BadDocument
from invoice_ai.examination import Examined, examine, limits_of
from invoice_ai.exports import write_result
from invoice_ai.store import ai as stored_ai
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.store.jobs import Job
from invoice_ai.store.words import save_reading
from invoice_ai.workflow.asking import adviser_for
from invoice_ai.workflow.booking import book
from invoice_ai.workflow.failing import record_error
from invoice_ai.workflow.following import follow
from invoice_ai.workflow.known import known_of
from invoice_ai.workflow.learning import remembered, vendor_of
from invoice_ai.workflow.pictures import draw_missing_pages
from invoice_ai.workflow.place import Workplace, enqueue
from invoice_ai.workflow.requesting import request_booking
from invoice_ai.workflow.rules import chosen_settings, obey_rules
from invoice_ai.workflow.splitting import (
    SURE_SPLIT,
    divide,
    file_of_part,
    reading_of_part,
)

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
        threshold = chosen_settings(place, session).review_confidence_threshold
    examined = examine(
        place.files.path(document.sha256).read_bytes(),
        document.name,
        limits=limits_of(place.settings),
        threshold=threshold,
        reading=reading_of_part(place, document),
        remember=partial(remembered, place),
        look_up=partial(_known, place, job.invoice_id),
        adviser=adviser_for(place, job.invoice_id, document.sha256),
        first_page=document.pages.first if document.pages else 1,
    )
    pages = len(examined.reading.pages)
    if document.pages is None:
        save_reading(place.files, document.sha256, examined.reading)
    with place.database.writing() as session:
        jobs.finish(session, job)
        if lifecycle.current_status(session, job.invoice_id, job.revision) is None:
            return "superseded"
        split = examined.invoice.split
        rung = None
        if split is not None and split.confidence >= SURE_SPLIT:
            lifecycle.save_file(session, job.invoice_id, kind=examined.kind, page_count=pages)
            _, rung = divide(place, session, job.invoice_id, split.parts, actor="worker")
        else:
            _save(session, place, job, examined, part=document.pages is not None)
    for job_id in rung or ():
        place.bell.ring(job_id)
    _performance.info(
        "extract",
        invoice=job.invoice_id,
        pages=pages,
        **{name: round(value, 4) for name, value in examined.seconds.items()},
        **{name: round(value, 4) for name, value in examined.reading.seconds},
    )
    if examined.consultation is not None:
        _log_consultation(job.invoice_id, examined.consultation)
    return examined.route.status if rung is None else "split"


def _save(session: Session, place: Workplace, job: Job, examined: Examined, *, part: bool) -> None:
    """Keep what was read, with the state and the jobs that follow from it."""
    ruled = obey_rules(place, session, examined.invoice, examined.route)
    examined = replace(examined, route=ruled.route)
    lifecycle.save_extraction(
        session,
        job.invoice_id,
        revision=job.revision,
        kind=examined.kind,
        page_count=None if part else len(examined.reading.pages),
        extracted=examined.invoice,
        findings=examined.findings,
        route=examined.route,
        seconds=examined.seconds,
        vendor_id=vendor_of(session, examined.invoice),
    )
    lifecycle.touch(session, job.invoice_id, sampled=ruled.sampled, vendor_id=ruled.vendor_id)
    if examined.consultation is not None:
        record = ai.as_json(examined.consultation)
        stored_ai.note_use(session, job.invoice_id, revision=job.revision, record=record)
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
            vendor_id=ruled.vendor_id,
        )


def _log_consultation(invoice_id: int, told: ai.Consultation) -> None:
    _processing.info(
        "ai",
        invoice=invoice_id,
        model=f"{told.provider}:{told.model}",
        outcome=told.outcome if told.fault is None else told.fault[0],
        went_to=told.went_to,
        asked=len(told.asked),
        taken=len(told.taken),
        questions=told.questions,
        cached=told.cached,
        tokens=told.tokens_in + told.tokens_out,
        seconds=told.seconds,
    )


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
    document = record.document
    written = write_result(
        place.settings.generated_folder,
        record,
        file_of_part(place, document) if document.pages else place.files.path(document.sha256),
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
