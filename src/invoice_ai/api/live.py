"""Live progress by server-sent events: every change of state of every invoice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from invoice_ai.api.asking import ERRORS, Place
from invoice_ai.domain.status import GUIDE_STATUS
from invoice_ai.errors import Unavailable
from invoice_ai.store import events
from invoice_ai.store.records import Event
from invoice_ai.workflow import Workplace

router = APIRouter(tags=["Live"])

LOOK_SECONDS = 1.0
# A stream ends after this; browsers resume by themselves where they were. So a session that ended
# stops being served.
LONGEST_SECONDS = 300
# Set when the server is told to stop, which would otherwise wait for every open tab.
closing = threading.Event()


@router.get(
    "/events", summary="Live progress", response_class=EventSourceResponse, responses=ERRORS
)
async def live(
    place: Place,
    last_event_id: Annotated[
        str | None, Header(description="Where to go on; browsers send it by themselves.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events named `invoice`, with increasing ids, and a comment every 15 seconds."""
    # A lost database ends the stream; the browser comes back by itself.
    with suppress(Unavailable):
        seen = await run_in_threadpool(_where_to_start, place, last_event_id)
        # Tells where we stand also when nothing happens, so that it can be resumed from there.
        resumed = {"resumed": last_event_id is not None}
        yield ServerSentEvent(event="hello", id=str(seen), data=resumed)
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until and not closing.is_set():
            news = await run_in_threadpool(_news, place, seen)
            for event in news:
                seen = event.id
                yield ServerSentEvent(event="invoice", id=str(event.id), data=_told(event))
            if not news:
                await asyncio.sleep(LOOK_SECONDS)


def _where_to_start(place: Workplace, last_event_id: str | None) -> int:
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        return int(last_event_id[:18])
    with place.database.reading() as session:
        return events.last_id(session)


def _news(place: Workplace, seen: int) -> tuple[Event, ...]:
    with place.database.reading() as session:
        return events.after(session, seen)


def _told(event: Event) -> dict[str, object]:
    return {
        "file_id": str(event.invoice_id),
        "status": GUIDE_STATUS[event.to_status],
        "from_state": event.from_status,
        "state": event.to_status,
        "filename": event.file_name,
        "vendor_name": event.vendor_name,
        "error": event.error_message,
        "at": event.at.isoformat(),
        "url": f"/results/{event.invoice_id}",
    }
