"""A file becomes a document, an invoice and a job."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import structlog
from sqlalchemy.orm import Session

from invoice_ai import ai, intake
from invoice_ai.domain.status import Status
from invoice_ai.errors import BadDocument, NotFound
from invoice_ai.examination import limits_of
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.store.records import Sibling
from invoice_ai.workflow.failing import record_error
from invoice_ai.workflow.place import Workplace, enqueue
from invoice_ai.workflow.requesting import withdraw_booking

Origin = Literal["folder", "upload", "api", "cli"]

QUIET_SECONDS = 1.0  # POST /process: a file that has not changed for that long is complete

_processing = structlog.get_logger("processing")


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file; `already_known` says that the same bytes were here before."""

    invoice_id: int
    sha256: str
    already_known: bool
    status: Status
    name: str


def receive(
    place: Workplace,
    source: BinaryIO,
    name: str,
    *,
    origin: Origin,
    actor: str = "",
    force: bool = False,
    ai_policy: str | None = None,
) -> Received:
    """Take one file in; when this returns, the file and the work to do survive power loss.

    Args:
        source: The bytes; must be seekable, so that a refused file can be kept as well.
        force: Process the same bytes again, as a new revision of the same invoice.
        ai_policy: Where its folder lets it go (settings.ai_folder_policy); None: no rule.
    Raises: BadDocument: no file we take. It is kept and shown as failed (`invoice_id` of the
        exception), except when an upload is too large. Conflict: forced, but already booked.
    """
    try:
        admitted = intake.admit(
            source,
            name,
            temp_folder=place.files.temp_folder,
            limits=limits_of(place.settings),
            formats=place.settings.supported_formats,
        )
    except BadDocument as refused:
        if origin == "folder" or refused.code != "file_too_large":
            refused.invoice_id = _keep_refused(place, source, name, refused, origin, actor)
        raise
    place.files.adopt(admitted.path, admitted.sha256)
    rung: list[int] = []
    with place.database.writing() as session:
        found = lifecycle.add(
            session,
            sha256=admitted.sha256,
            kind=admitted.kind,
            size=admitted.size,
            file_name=admitted.name,
            origin=origin,
            actor=actor or origin,
            ai_policy=ai_policy,
        )
        if found.is_new:
            rung.append(enqueue(place, session, "extract", found.invoice_id, revision=1))
        elif force:
            for one in invoices.siblings(session, found.invoice_id):  # the file may be split
                rung += _process_again(place, session, one, actor=actor or origin)
    for job_id in rung:
        place.bell.ring(job_id)
    _processing.info(
        "received",
        invoice=found.invoice_id,
        file=admitted.name,
        origin=origin,
        kind=admitted.kind,
        bytes=admitted.size,
        already_known=not found.is_new,
        again=force and not found.is_new,
    )
    status: Status = "processing" if rung and not found.is_new else found.status
    return Received(found.invoice_id, admitted.sha256, not found.is_new, status, admitted.name)


def receive_path(
    place: Workplace, relative: str, *, actor: str = "", force: bool = False
) -> Received:
    """Take one file of the incoming folder now.

    Raises: NotFound: no such file inside the folder (the one answer for missing and forbidden), or
        a watcher was faster. Otherwise as `receive`.
    """
    incoming = place.settings.incoming_folder
    intake.open_beneath(incoming, relative).close()
    claimed = _claim(place, relative)
    if claimed is None:
        raise NotFound("There is no such file in the incoming folder.")
    return receive_claimed(place, claimed, actor=actor, force=force)


def receive_claimed(
    place: Workplace, claimed: Path, *, actor: str = "", force: bool = False
) -> Received:
    """Take a file that was moved into the work folder, and remove it there once it is kept.

    It stays when the database or the disk fails, and is taken by `receive_leftovers`.
    """
    with claimed.open("rb") as source:
        try:
            received = receive(
                place,
                source,
                claimed.name,
                origin="folder",
                actor=actor,
                force=force,
                ai_policy=claimed.parent.name.partition("-")[2] or None,
            )
        except BadDocument:
            _discard(claimed)
            raise
    _discard(claimed)
    return received


def _claim(place: Workplace, relative: str) -> Path | None:
    """Take a file out of the incoming folder; its folder's rule goes with it."""
    mark = policy_of_folder(place.settings.ai_folder_policy, relative) or ""
    return intake.claim(place.settings.incoming_folder, relative, place.work_folder, mark=mark)


def policy_of_folder(rules: Mapping[str, str], relative: str) -> str | None:
    """The strictest rule of the folders above a file.

    >>> policy_of_folder({"hr": "local", "hr/payroll": "never"}, "hr/payroll/may.pdf")
    'never'
    """
    above = [rule for folder, rule in rules.items() if relative.startswith(f"{folder}/")]
    return ai.strictest(*above) if above else None


def receive_waiting(place: Workplace, scan: intake.FolderScan | None = None) -> list[Received]:
    """Take every complete file of the incoming folder; bad ones are in state `failed`."""
    if scan is None:
        scan = intake.FolderScan(place.settings.incoming_folder, quiet_seconds=QUIET_SECONDS)
        scan.ready()
        time.sleep(QUIET_SECONDS)
    received = []
    for ready in scan.ready():
        claimed = _claim(place, ready.relative)
        if claimed is not None:
            received += _receive_or_refuse(place, claimed)
    return received


def receive_leftovers(place: Workplace, *, older_than_seconds: float) -> list[Received]:
    """Take what an interrupted watcher had claimed but not kept; taking twice does no harm."""
    received = []
    for claimed in place.work_folder.glob("*/*"):
        try:
            age = time.time() - claimed.parent.stat().st_mtime
        except FileNotFoundError:  # its taker was alive after all
            continue
        if age >= older_than_seconds:
            received += _receive_or_refuse(place, claimed)
    return received


def _receive_or_refuse(place: Workplace, claimed: Path) -> list[Received]:
    try:
        return [receive_claimed(place, claimed, actor="watcher")]
    except FileNotFoundError:
        return []
    except BadDocument as refused:
        if refused.invoice_id is None:
            return []
        return [Received(refused.invoice_id, "", False, "failed", claimed.name)]


def _keep_refused(
    place: Workplace,
    source: BinaryIO,
    name: str,
    refused: BadDocument,
    origin: Origin,
    actor: str,
) -> int:
    """Keep a file that cannot be an invoice, so that people see it and what is wrong with it."""
    source.seek(0)
    sha256, size = place.files.keep(source)
    shown = intake.display_name(name)
    with place.database.writing() as session:
        found = lifecycle.add(
            session,
            sha256=sha256,
            kind=None,
            size=size,
            file_name=shown,
            origin=origin,
            actor=actor or origin,
        )
        if found.is_new:
            record_error(session, found.invoice_id, "receive", refused, final=True)
            lifecycle.move(
                session, found.invoice_id, "failed", actor=actor or origin, reason=refused.code
            )
    _processing.warning(
        "refused", invoice=found.invoice_id, file=shown, code=refused.code, bytes=size
    )
    return found.invoice_id


def _process_again(place: Workplace, session: Session, found: Sibling, *, actor: str) -> list[int]:
    """A new revision of the same invoice; nothing when it has not been read yet anyway."""
    if found.status == "received":
        return []
    withdraw_booking(session, found.id)
    jobs.cancel_waiting(session, found.id)
    revision = lifecycle.next_revision(session, found.id)
    lifecycle.move(session, found.id, "processing", actor=actor, reason="reprocess")
    return [enqueue(place, session, "extract", found.id, revision=revision)]


def _discard(claimed: Path) -> None:
    claimed.unlink(missing_ok=True)
    with suppress(OSError):
        claimed.parent.rmdir()
