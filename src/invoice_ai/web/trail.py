"""The audit trail: of everything, and of one invoice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import StreamingResponse

from invoice_ai.exports.tables import harmless
from invoice_ai.store import audit, invoices
from invoice_ai.store.audit import Entry
from invoice_ai.web.pages import PageRoute, place_of, plain, rail_numbers, render
from invoice_ai.web.reasons import label
from invoice_ai.workflow import Workplace

router = APIRouter(route_class=PageRoute, include_in_schema=False)

InvoiceId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
MOST_EXPORTED = 100_000


@router.get("/audit")
def trail(
    request: Request,
    who: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Who did what, newest first."""
    who = plain(who).strip()
    with place_of(request).database.reading() as session:
        entries, following = audit.entries(session, actor=who, before=before)
        numbers = rail_numbers(session)
    return render(
        request,
        "audit.html",
        here="audit",
        **numbers,
        entries=entries,
        label=label,
        following=following,
        before=before,
        who=who,
        record=None,
    )


@router.get("/audit.csv")
def trail_file(request: Request, who: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The same as a file."""
    told = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    rows = _rows(place_of(request), plain(who).strip())
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=told)


@router.get("/invoices/{invoice_id}/audit")
def trail_of(
    request: Request, invoice_id: InvoiceId, before: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """All that was done to one invoice; also to a deleted one."""
    with place_of(request).database.reading() as session:
        record = invoices.load(session, invoice_id)
        entries, following = audit.entries(session, invoice_id=invoice_id, before=before)
        numbers = rail_numbers(session)
    return render(
        request,
        "audit.html",
        here="inbox",
        **numbers,
        entries=entries,
        label=label,
        following=following,
        before=before,
        who="",
        record=record,
    )


def _rows(place: Workplace, who: str) -> Iterator[bytes]:
    names = tuple(Entry.__dataclass_fields__)
    yield b"\xef\xbb\xbf" + _line(names)
    before, written = "", 0
    while written < MOST_EXPORTED:
        with place.database.reading() as session:
            page, before = audit.entries(session, actor=who, before=before, limit=500)
        for entry in page:
            yield _line(
                [entry.at.isoformat(), *(harmless(str(getattr(entry, n))) for n in names[1:])]
            )
        written += len(page)
        if not before:
            return


def _line(cells: object) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)  # type: ignore[arg-type]
    return out.getvalue().encode()
