"""One file may hold several invoices: each is an invoice of its own, with its own pages.

The first page of an invoice never changes, so that its number, its pictures and its history stay
those of one paper. What begins where no invoice began is a new one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from sqlalchemy.orm import Session

from invoice_ai.domain.pages import PageRange, Reading
from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.examination import limits_of
from invoice_ai.reading import cut_pages, read_document
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.store.records import DocumentRecord
from invoice_ai.store.words import load_reading, save_reading
from invoice_ai.workflow.place import Workplace, enqueue
from invoice_ai.workflow.requesting import withdraw_booking

# A file is split without asking from here on; what is less sure is proposed to a person.
SURE_SPLIT = 0.9
_SETTLED = ("needs_review", "approved", "rejected", "failed")
_SUFFIX = re.compile(r" \(pages? \d+(?:-\d+)?\)$")


def split(
    place: Workplace,
    invoice_id: int,
    parts: Sequence[PageRange],
    *,
    actor: str,
    expected_version: int | None = None,
) -> tuple[int, ...]:
    """Say which pages of an invoice's file are invoices; one part that is all of it joins them.

    Invoices of the same file whose pages go to another one leave the lists; those whose pages are
    not named stay as they are. What has changed is read again.

    Args:
        parts: Pages of the whole file, from 1, ascending, not overlapping; blank ones may be left out.
    Returns: The invoices' ids, in the order of `parts`.
    Raises: NotFound. BadRequest: no such pages. Conflict: someone was faster, one of the invoices
        is booked or in work, or the file was not read yet.
    """
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        if record.status == "deleted":
            raise NotFound(f"There is no invoice {invoice_id}.")
        if record.status not in _SETTLED:
            raise Conflict(f"Invoice {invoice_id} is {record.status}; it cannot be split now.")
        if not record.document.file_page_count:
            raise Conflict(f"Invoice {invoice_id} has no pages that could be split.")
        _check(parts, record.document.file_page_count)
        # Two people who split one file take turns here.
        lifecycle.current_status(session, invoice_id, record.revision)
        lifecycle.touch(session, invoice_id, expected_version=expected_version)
        ids, rung = divide(place, session, invoice_id, parts, actor=actor)
    for job_id in rung:
        place.bell.ring(job_id)
    return ids


def divide(
    place: Workplace,
    session: Session,
    invoice_id: int,
    parts: Sequence[PageRange],
    *,
    actor: str,
) -> tuple[tuple[int, ...], list[int]]:
    """Make the parts invoices; returns their ids and the jobs to ring for."""
    name = invoices.document_of(session, invoice_id).name
    there = {s.pages.first if s.pages else 1: s for s in invoices.siblings(session, invoice_id)}
    beginning = {part.first for part in parts}
    for first, other in there.items():
        if first not in beginning and any(_share(other.pages, part) for part in parts):
            withdraw_booking(session, other.id, for_good=True)
            jobs.cancel_waiting(session, other.id)
            lifecycle.move(session, other.id, "deleted", actor=actor, reason="split")
    ids: list[int] = []
    rung: list[int] = []
    for part in parts:
        kept = there.get(part.first)
        title = _name_of(name, part)
        if kept is None:
            part_id = lifecycle.add_part(session, invoice_id, part, file_name=title, actor=actor)
            rung.append(enqueue(place, session, "extract", part_id, revision=1))
            ids.append(part_id)
            continue
        ids.append(kept.id)
        if kept.pages == part:
            continue
        withdraw_booking(session, kept.id)
        jobs.cancel_waiting(session, kept.id)
        lifecycle.set_pages(session, kept.id, part, file_name=title)
        revision = lifecycle.next_revision(session, kept.id)
        if kept.status != "received":
            lifecycle.move(session, kept.id, "processing", actor=actor, reason=f"split: {part}")
            lifecycle.touch(session, kept.id, decision=None, parked_at=None)
        rung.append(enqueue(place, session, "extract", kept.id, revision=revision))
    return tuple(ids), rung


def reading_of_part(place: Workplace, document: DocumentRecord) -> Reading | None:
    """The pages of an invoice that is a part of its file; None: it is the whole file."""
    if document.pages is None or document.kind is None:
        return None
    kept = load_reading(place.files, document.sha256, document.pages)
    if kept is None:  # what was derived may be cleared away at any time
        content = place.files.path(document.sha256).read_bytes()
        whole = read_document(content, document.kind, limits=limits_of(place.settings))
        save_reading(place.files, document.sha256, whole)
        kept = whole.cut(document.pages)
    return kept


def file_of_part(place: Workplace, document: DocumentRecord) -> bytes:
    """A file with the pages of this invoice only."""
    assert document.pages is not None and document.kind is not None
    return cut_pages(
        place.files.path(document.sha256).read_bytes(),
        document.kind,
        document.pages,
        limits=limits_of(place.settings),
    )


def _check(parts: Sequence[PageRange], count: int) -> None:
    before = 0
    for part in parts:
        if not before < part.first <= part.last <= count:
            raise BadRequest(
                f"The file has pages 1 to {count}; name parts of them in ascending order that do "
                f"not overlap ({part.first}-{part.last} does not fit)."
            )
        before = part.last
    if not parts:
        raise BadRequest("Name the pages of at least one invoice.")


def _share(pages: PageRange | None, part: PageRange) -> bool:
    return pages is None or (pages.first <= part.last and part.first <= pages.last)


def _name_of(name: str, part: PageRange) -> str:
    """ "batch.pdf" is "batch (pages 3-4).pdf"."""
    path = PurePath(name)
    stem = _SUFFIX.sub("", path.stem)
    return f"{stem} (page{'s' if part.last > part.first else ''} {part}){path.suffix}"
