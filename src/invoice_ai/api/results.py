"""Results: the list, one of them, its pages, its original; trying again and deleting."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, StreamingResponse

from invoice_ai import workflow
from invoice_ai.api.asking import CONFLICT, ERRORS, NO_SUCH, Asking, InvoiceId, Place
from invoice_ai.api.models import (
    AiSuggestion,
    AiUse,
    BulkAnswer,
    BulkRequest,
    Deleted,
    Left,
    PageWords,
    PrintedWord,
    ResultList,
    ResultRow,
    Retried,
    RetryRequest,
    SplitAnswer,
    SplitPart,
    SplitRequest,
    Text,
)
from invoice_ai.domain.pages import MEDIA_TYPES, PageRange
from invoice_ai.domain.status import GUIDE_STATUS, STATUSES, Status
from invoice_ai.errors import BadRequest, NotFound
from invoice_ai.exports import invoice_json
from invoice_ai.store import ai as stored_ai
from invoice_ai.store import invoices
from invoice_ai.store.records import InvoiceRecord, InvoiceRow
from invoice_ai.workflow import Exported, ExportFormat, Workplace

router = APIRouter(tags=["Results"])

PageNumber = Annotated[int, PathParameter(ge=1, le=10_000, description="From 1.")]
# It is somebody's invoice: only the browser keeps it, and for a day, as a retry may turn the page.
KEPT_BY_THE_BROWSER = {"Cache-Control": "private, max-age=86400"}
# An original is somebody else's file: it is saved, never shown, and may do nothing if it is.
QUARANTINED = {"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}
# The guide's words and our own for a state; `failed` and `processing` are both.
StatusWord = Literal[
    "pending",
    "processing",
    "successful",
    "failed",
    "received",
    "needs_review",
    "approved",
    "rejected",
    "synced",
    "sync_failed",
]


@router.get("/results", summary="List results, newest first", responses={**ERRORS})
def results(
    place: Place,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows per page.")] = 50,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before."),
    ] = None,
    status: Annotated[
        StatusWord | None, Query(description="A word of the guide, or a state in full.")
    ] = None,
    q: Annotated[
        Text, Query(max_length=200, description="Words in vendor, number, total or file name.")
    ] = "",
) -> ResultList:
    """The results, page by page. A page is found in the same time however far down it is."""
    with place.database.reading() as session:
        page = invoices.page_of(
            session, statuses=_states(status), search=q, limit=limit, after=cursor
        )
    return ResultList(
        results=[_row(row) for row in page.rows],
        count=len(page.rows),
        total=page.total,
        next_cursor=page.next,
    )


@router.get(
    "/results/{file_id}",
    summary="One result in full",
    response_model=None,
    responses={
        **ERRORS,
        **NO_SUCH,
        200: {
            "description": "The invoice as docs/reference/invoice.schema.json describes it.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
    },
)
def result(place: Place, invoice_id: InvoiceId) -> dict[str, Any]:
    """Every value with confidence, source, page and box; checks, reasons, history."""
    return invoice_json(_load(place, invoice_id))


@router.get(
    "/results/{file_id}/ai",
    summary="What a model was asked about it",
    responses={**ERRORS, **NO_SUCH},
)
def asked_of_model(place: Place, invoice_id: InvoiceId) -> AiUse:
    """Fields, pages, host, tokens, cost; and answers that are not on the page, which are only
    suggestions. 404 when no model was asked, or would have been."""
    with place.database.reading() as session:
        use = stored_ai.use_of(session, invoice_id)
    if use is None:
        raise NotFound(f"No model was asked about result {invoice_id}.")
    source = f"{use['provider']}:{use['model']}"
    told = [
        AiSuggestion(field=name, value=value, source=source)
        for name, value in use["suggestions"].items()
    ]
    return AiUse(**{**use, "suggestions": told})


@router.get(
    "/results/{file_id}/original",
    summary="The file as it was received",
    response_class=FileResponse,
    responses={**ERRORS, **NO_SUCH, 200: {"content": {"application/octet-stream": {}}}},
)
def original(place: Place, invoice_id: InvoiceId) -> FileResponse:
    """Byte for byte, to be saved."""
    document = _load(place, invoice_id).document
    path = place.files.path(document.sha256)
    if not path.is_file():
        raise NotFound("The original is not on this machine any more.")
    kind = MEDIA_TYPES[document.kind] if document.kind else "application/octet-stream"
    return FileResponse(
        path,
        media_type=kind,
        filename=document.name,
        content_disposition_type="attachment",
        headers=QUARANTINED,
    )


@router.get(
    "/results/{file_id}/pages/{number}.webp",
    summary="The picture of one page",
    response_class=FileResponse,
    responses={**ERRORS, **NO_SUCH, 200: {"content": {"image/webp": {}}}},
)
def page_picture(place: Place, invoice_id: InvoiceId, number: PageNumber) -> FileResponse:
    """Upright, at 200 dpi."""
    _load(place, invoice_id)
    path = workflow.page_picture(place, invoice_id, number)
    return FileResponse(path, media_type="image/webp", headers=KEPT_BY_THE_BROWSER)


@router.get(
    "/results/{file_id}/pages/{number}/words.json",
    summary="The printed words of one page",
    responses={**ERRORS, **NO_SUCH},
)
def page_words(place: Place, invoice_id: InvoiceId, number: PageNumber) -> PageWords:
    """In reading order, each with its box in fractions of the page."""
    _load(place, invoice_id)
    page = workflow.page_words(place, invoice_id, number)
    return PageWords(
        number=page.number,
        width=page.width,
        height=page.height,
        source=page.source,
        words=[
            PrintedWord(text=w.text, box=tuple(w.box), confidence=w.confidence) for w in page.words
        ],
    )


@router.get(
    "/export/{file_format}",
    summary="Invoices as a file",
    response_class=StreamingResponse,
    responses={**ERRORS, 200: {"content": {"application/octet-stream": {}}}},
)
def export(
    place: Place,
    file_format: ExportFormat,
    status: Annotated[
        StatusWord | None, Query(description="A word of the guide, or a state in full.")
    ] = None,
    q: Annotated[Text, Query(max_length=500, description="As in the app's search line.")] = "",
    ids: Annotated[
        str,
        Query(pattern=r"^[0-9,]*$", max_length=100_000, description="These only: 17,18,21."),
    ] = "",
) -> StreamingResponse:
    """All that the list would show, or those named: CSV (`csv`, `csv-lines`), XLSX, JSON, or UBL
    as a ZIP. Text stays text: nothing in it becomes a formula. At most 10,000 invoices."""
    if ids:
        chosen = [int(one) for one in ids.split(",") if one and len(one) < 19]
    else:
        with place.database.reading() as session:
            chosen = invoices.matching_ids(
                session, statuses=_states(status), search=q, most=workflow.MOST_EXPORTED + 1
            )
    return _sent(workflow.export_invoices(place, chosen, file_format))


@router.get(
    "/results/{file_id}/export/{file_format}",
    summary="One invoice as a file",
    response_class=StreamingResponse,
    responses={**ERRORS, **NO_SUCH, 200: {"content": {"application/octet-stream": {}}}},
)
def export_one(place: Place, invoice_id: InvoiceId, file_format: ExportFormat) -> StreamingResponse:
    """CSV, XLSX, JSON, or a UBL 2.1 e-invoice after EN 16931."""
    _load(place, invoice_id)
    return _sent(workflow.export_invoices(place, [invoice_id], file_format, single=True))


@router.post(
    "/results/{file_id}/retry",
    status_code=202,
    summary="Try one result again",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def retry(place: Place, asking: Asking, invoice_id: InvoiceId) -> Retried:
    """From the original on; the document stays the same invoice."""
    _load(place, invoice_id)
    workflow.retry(place, invoice_id, actor=asking.name)
    return Retried(retried=1, message="It is tried again.")


@router.post(
    "/invoices/{file_id}/split",
    status_code=202,
    summary="Split a file that holds several invoices",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def split(place: Place, asking: Asking, invoice_id: InvoiceId, wanted: SplitRequest) -> SplitAnswer:
    """Each part becomes an invoice of its own, or stays the one that began on its first page."""
    parts = [PageRange(*pages) for pages in wanted.parts]
    ids = workflow.split(
        place, invoice_id, parts, actor=asking.name, expected_version=wanted.version
    )
    return SplitAnswer(
        invoices=[
            SplitPart(file_id=str(part_id), pages=tuple(part), url=f"/results/{part_id}")
            for part_id, part in zip(ids, parts, strict=True)
        ]
    )


@router.post("/retry", status_code=202, summary="Try failed invoices again", responses={**ERRORS})
def retry_all(
    place: Place, asking: Asking, wanted: Annotated[RetryRequest | None, Body()] = None
) -> Retried:
    """All of them, or those with one error code."""
    done = workflow.retry_all(place, actor=asking.name, code=wanted.code if wanted else None)
    return Retried(retried=done, message=f"{done} invoices are tried again.")


@router.post("/bulk", summary="One wish for many invoices", responses={**ERRORS})
def bulk(place: Place, asking: Asking, wanted: BulkRequest) -> BulkAnswer:
    """Approve those that need no look, reject, assign, retry or delete; at most 2,000 at once. Each
    is done or left on its own."""
    chosen = wanted.ids
    if chosen is None:
        states = [s for s in STATUSES if s == wanted.status and s != "deleted"]
        if wanted.status is not None and not states:
            raise BadRequest(f"There is no state {wanted.status[:40]!r}.")
        with place.database.reading() as session:
            chosen = invoices.matching_ids(
                session, statuses=states, search=wanted.q, most=workflow.MOST_AT_ONCE + 1
            )
    outcome = workflow.do_many(place, chosen, wanted.do, actor=asking.name, text=wanted.text)
    return BulkAnswer(
        done=outcome.done,
        left=[Left(file_id=str(one), detail=why) for one, why in outcome.refused],
    )


@router.delete(
    "/results/{file_id}",
    summary="Delete a result",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def delete(
    place: Place,
    asking: Asking,
    invoice_id: InvoiceId,
    reason: Annotated[Text, Query(max_length=500, description="For the history.")] = "",
) -> Deleted:
    """It leaves all lists; what is booked in QuickBooks cannot be deleted (409)."""
    _load(place, invoice_id)
    workflow.delete(place, invoice_id, actor=asking.name, reason=reason)
    return Deleted(file_id=str(invoice_id), status="deleted", message="Deleted.")


def _sent(exported: Exported) -> StreamingResponse:
    told = {"Content-Disposition": f'attachment; filename="{exported.name}"'}
    return StreamingResponse(exported.content, media_type=exported.media_type, headers=told)


def _states(word: StatusWord | None) -> tuple[Status, ...] | None:
    if word is None:
        return None
    return tuple(s for s in STATUSES if s != "deleted" and word in (s, GUIDE_STATUS[s]))


def _load(place: Workplace, invoice_id: int) -> InvoiceRecord:
    """One invoice; a deleted one is not there any more."""
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
    if record.status == "deleted":
        raise NotFound(f"There is no invoice {invoice_id}.")
    return record


def _row(row: InvoiceRow) -> ResultRow:
    return ResultRow(
        file_id=str(row.id),
        filename=row.file_name,
        status=GUIDE_STATUS[row.status],
        state=row.status,
        vendor_name=row.vendor_name,
        invoice_number=row.invoice_number,
        invoice_date=row.invoice_date,
        due_date=row.due_date,
        currency=row.currency,
        total=row.total,
        confidence=row.confidence,
        reason=row.reason,
        reason_count=row.reason_count,
        error=row.error_message,
        received_at=row.received_at,
        updated_at=row.updated_at,
        url=f"/results/{row.id}",
    )
