"""Documents come in: uploads, and the incoming folder on request."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from invoice_ai import workflow
from invoice_ai.api.asking import ERRORS, Allowance, Asking, Place
from invoice_ai.api.errors import (
    document_extras,
    document_status,
    error_body,
    error_response,
)
from invoice_ai.api.forms import Uploaded, uploaded_files
from invoice_ai.api.models import ErrorAnswer, Intake, IntakeList, ProcessRequest, Refused
from invoice_ai.domain.status import GUIDE_STATUS
from invoice_ai.errors import BadDocument, NotFound
from invoice_ai.examination import limits_of
from invoice_ai.intake import FolderScan
from invoice_ai.reception import Caller
from invoice_ai.settings import Settings
from invoice_ai.workflow import Received, Workplace

router = APIRouter(tags=["Intake"])

MOST_FILES = 100  # of one request; the whole of it may be as large as LARGEST_FILES largest ones
LARGEST_FILES = 10
QUIET_SECONDS = 2.0  # as the watcher waits

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "PDF, JPEG, PNG, TIFF or e-invoice XML.",
                        },
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Several files at once; may be mixed with `file`.",
                        },
                    },
                }
            }
        },
    }
}


def largest_upload(settings: Settings) -> int:
    """The most bytes of one upload, with room for the form around the files."""
    return (LARGEST_FILES * settings.max_file_size_mb + 1) * 1024 * 1024


@router.post(
    "/upload",
    status_code=202,
    summary="Upload one or several invoices",
    response_model=Intake | IntakeList,
    openapi_extra=_FORM,
    responses={
        **ERRORS,
        200: {"model": Intake | IntakeList, "description": "All of it was known already."},
        202: {"description": "Accepted; the result will be at `url`."},
        408: {"model": ErrorAnswer, "description": "The body came too slowly."},
        413: {"model": ErrorAnswer, "description": "Larger than MAX_FILE_SIZE_MB."},
        415: {"model": ErrorAnswer, "description": "No type we read, or no form."},
        429: {"model": ErrorAnswer, "description": "UPLOAD_RATE_LIMIT; see Retry-After."},
        507: {"model": ErrorAnswer, "description": "The disk is full."},
    },
)
async def upload(
    request: Request,
    response: Response,
    place: Place,
    asking: Asking,
    force_reprocess: Annotated[bool, Query(description="Also what is known already.")] = False,
) -> Any:
    """Take files as multipart/form-data, in the field `file` (or `files`).

    The content decides about the type, not the name. One file is answered by one object; several
    by a list that says of each what became of it. The same bytes twice are one invoice.
    """
    allowance = Allowance(request)
    await run_in_threadpool(allowance.check)
    largest = limits_of(place.settings).max_bytes
    async with uploaded_files(request, largest_file=largest, most_files=MOST_FILES) as files:
        taken: list[Intake | Refused] = []
        for file in files:
            single = len(files) == 1
            taken.append(
                await run_in_threadpool(
                    _take, place, file, asking, allowance, force=force_reprocess, single=single
                )
            )
    if len(taken) == 1 and isinstance(taken[0], Intake):
        response.status_code = 200 if taken[0].already_known else 202
        return taken[0]
    answer = _summary(taken)
    if answer.refused == len(taken):
        return _all_refused(taken, answer)
    response.status_code = 202 if answer.accepted else 200
    return answer


def _take(
    place: Workplace,
    file: Uploaded,
    asking: Caller,
    allowance: Allowance,
    *,
    force: bool,
    single: bool,
) -> Intake | Refused:
    name = file.name or "upload"
    try:
        received = workflow.receive(
            place,
            file.content,
            name,
            origin="api" if asking.program else "upload",
            actor=asking.name,
            force=force,
        )
    except BadDocument as refused:
        allowance.count()
        if single:
            raise
        return _refused(name, refused)
    if force or not received.already_known:
        allowance.count()
    return _intake(received, again=force)


@router.post(
    "/process",
    status_code=202,
    summary="Process files of the incoming folder now",
    response_model=Intake | IntakeList,
    responses={
        **ERRORS,
        200: {"model": Intake | IntakeList, "description": "Nothing new to do."},
        202: {"description": "Accepted."},
        404: {"model": ErrorAnswer, "description": "No such file in the incoming folder."},
        415: {"model": ErrorAnswer, "description": "No type we read."},
    },
)
def process(
    response: Response,
    place: Place,
    asking: Asking,
    wanted: Annotated[ProcessRequest | None, Body()] = None,
) -> Any:
    """Look through INCOMING_FOLDER now, or take one file of it.

    Without a path: files that have lain still for two seconds, unless the watcher was faster.
    `file_path` is relative to INCOMING_FOLDER. A path that leads elsewhere gets the same answer as
    one that does not exist.
    """
    wanted = wanted or ProcessRequest()
    if not wanted.file_path:
        answer = _summary([_intake(received) for received in _receive_waiting(place)])
        response.status_code = 202 if answer.accepted else 200
        return answer
    force = wanted.force_reprocess
    taken = _intake(_receive_path(place, wanted.file_path, asking, force=force), again=force)
    response.status_code = 200 if taken.already_known else 202
    return taken


def _receive_waiting(place: Workplace) -> list[Received]:
    """Take what lies still: that can only be told by looking twice."""
    incoming = place.settings.incoming_folder
    scan = FolderScan(incoming, quiet_seconds=QUIET_SECONDS)
    scan.ready()
    if any(incoming.iterdir()):
        time.sleep(QUIET_SECONDS)
    return workflow.receive_waiting(place, scan)


def _receive_path(place: Workplace, path: str, asking: Caller, *, force: bool) -> Received:
    """Also accept what people type: the path with the folder's own name in front."""
    incoming = place.settings.incoming_folder
    spellings = [path]
    for folder in (str(incoming), str(Path.cwd() / incoming), incoming.name):
        if path.startswith(folder + "/"):
            spellings.append(path.removeprefix(folder + "/"))
    for spelling in spellings:
        try:
            return workflow.receive_path(place, spelling, actor=asking.name, force=force)
        except NotFound:
            continue
    raise NotFound("There is no such file in the incoming folder.")


def _intake(received: Received, *, again: bool = False) -> Intake:
    if received.already_known:
        message = f"Already here as #{received.invoice_id}" + (
            ", processed again." if again else "."
        )
    elif received.status == "failed":
        message = "It cannot be read; the result says why."
    else:
        message = "Accepted. It is being read."
    return Intake(
        file_id=str(received.invoice_id),
        filename=received.name,
        status=GUIDE_STATUS[received.status],
        state=received.status,
        already_known=received.already_known,
        sha256=received.sha256,
        message=message,
        url=f"/results/{received.invoice_id}",
    )


def _refused(name: str, refused: BadDocument) -> Refused:
    body = error_body(document_status(refused), str(refused), **document_extras(refused))
    return Refused(filename=name, error=ErrorAnswer.model_validate(body))


def _summary(taken: list[Any]) -> IntakeList:
    known = sum(isinstance(t, Intake) and t.already_known for t in taken)
    # What is taken from the folder has no sender to refuse it to: it is there, as failed.
    refused = sum(
        isinstance(t, Refused) or (t.state == "failed" and not t.already_known) for t in taken
    )
    return IntakeList(
        accepted=len(taken) - known - refused, already_known=known, refused=refused, files=taken
    )


def _all_refused(taken: list[Any], answer: IntakeList) -> Response:
    codes = {t.error.status_code for t in taken}
    return error_response(
        codes.pop() if len(codes) == 1 else 400,
        "None of the files can be taken: "
        + "; ".join(f"{t.filename[:80]}: {t.error.detail}" for t in taken[:5]),
        files=answer.model_dump(mode="json")["files"],
    )
