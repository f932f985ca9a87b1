"""Review over HTTP: what the screen does, any program can do.

Every change names the `version` it is about; whoever saw an older one is answered 409 and looks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from invoice_ai import workflow
from invoice_ai.access.sessions import COOKIES, session_cookie
from invoice_ai.api.asking import CONFLICT, ERRORS, NO_SUCH, Asking, InvoiceId, Place
from invoice_ai.api.models import Text, example
from invoice_ai.domain.pages import Box
from invoice_ai.domain.status import Status
from invoice_ai.errors import BadRequest
from invoice_ai.reception import Caller, Reception
from invoice_ai.review import Change, ChangeKind, Habits, habits_of, kind_of, read_value
from invoice_ai.store import invoices, reviews
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.web import language
from invoice_ai.web.desk import Desk, shown_value
from invoice_ai.web.reviewing import desk_of
from invoice_ai.workflow import Workplace

router = APIRouter(tags=["Review"])

MOST_CHANGES = 2_000  # a pasted table of 200 lines with 8 columns, and slack
Version = Annotated[int | None, Field(description="What you saw; null: whatever it is now.", ge=1)]
Thousandths = Annotated[float, Field(ge=-50, le=1050)]


class FieldChange(BaseModel):
    """One thing a person does to a value or a row."""

    model_config = example(kind="set", field="due_date", text="3 Dec 2017")

    kind: ChangeKind = Field(
        description="`set` a value (no text empties it), `confirm` or `restore` it; "
        "`insert` a row before the one named, `delete` it."
    )
    field: Text = Field(
        max_length=60, description='"total", "lines[3].amount", or a row "lines[3]".'
    )
    text: Text = Field("", max_length=2_000, description="As typed, or as printed at `box`.")
    page: int | None = Field(None, ge=1, le=10_000, description="Where it was picked, if it was.")
    box: tuple[Thousandths, Thousandths, Thousandths, Thousandths] | None = Field(
        None, description="Its place there, in thousandths of the page."
    )


class ReviewChange(BaseModel):
    """Changes that are made together or not at all."""

    model_config = example(
        version=3,
        changes=[{"kind": "confirm", "field": "due_date"}],
        let_pass={"BR-CO-10:lines": "Freight is printed on page 2."},
        reason="",
    )

    version: Version = None
    changes: list[FieldChange] = Field(default_factory=list, max_length=MOST_CHANGES)
    let_pass: dict[Text, Text] = Field(
        default_factory=dict,
        max_length=200,
        description="Failed checks that may pass: `key` of the check → why.",
    )
    reason: Text = Field("", max_length=1_000)


class Asked(BaseModel):
    """A text, and the field it is for."""

    model_config = example(field="total", text="1.234,50 €", printed=True)

    field: Text = Field(max_length=60)
    text: Text = Field(max_length=2_000)
    printed: bool = Field(True, description="From the page, and written as this document writes.")


class Understood(BaseModel):
    """What a text would become."""

    model_config = example(field="total", shown="1,234.50")

    field: str
    shown: str = Field(description="As the screen would show it; empty: the field would be empty.")


class Decision(BaseModel):
    """A decision about what was seen."""

    model_config = example(version=3)

    version: Version = None


class Rejection(Decision):
    """Why, and what becomes of it."""

    model_config = example(version=3, reason="Not ordered", decision="rejected")

    reason: Text = Field(min_length=1, max_length=1_000)
    decision: Literal["rejected", "sent_back", "duplicate"] = "rejected"


class Decided(BaseModel):
    """The invoice after a decision, and the next one that waits."""

    model_config = example(file_id="17", state="approved", version=4, next_id="18")

    file_id: str
    state: Status
    version: int
    next_id: str | None = Field(description="The next in the queue that nobody works on.")


class ClaimRequest(BaseModel):
    """Take the invoice, so that others know."""

    take_over: bool = Field(False, description="Also when somebody else has it.")


class Claimed(BaseModel):
    """Who has it, and which version that is."""

    model_config = example(claimed_by="Ana", version=3)

    claimed_by: str | None
    version: int


class LinkRequest(Decision):
    """Which vendor on file sent it."""

    model_config = example(version=3, vendor_id=12)

    vendor_id: int = Field(ge=1, le=2**63 - 1)


class ReviewEvent(BaseModel):
    """One thing that happened on the screen."""

    model_config = example(kind="focus", field="due_date", ms=1450)

    kind: Literal["open", "focus", "edit", "pick", "decide"]
    field: Text = Field("", max_length=100)
    ms: int = Field(ge=0, le=2**31 - 1, description="Since the invoice was opened.")


class ReviewEvents(BaseModel):
    """Several of them, in order."""

    events: list[ReviewEvent] = Field(max_length=500)


class PersonName(BaseModel):
    """What a person is called in the history and to others."""

    model_config = example(name="Ana Ruiz")

    name: Text = Field(min_length=1, max_length=60)


QueueOf = Annotated[
    Text,
    Query(
        alias="q",
        max_length=500,
        description="The queue is what this search finds; without it, all that waits.",
    ),
]
_RESPONSES = {**ERRORS, **NO_SUCH, **CONFLICT}


@router.get("/results/{file_id}/review", summary="An invoice for review", responses=_RESPONSES)
def review(
    request: Request, place: Place, asking: Asking, invoice_id: InvoiceId, queue: QueueOf = ""
) -> Desk:
    """Every value, what is to check and what could be done about it, and the place in the queue."""
    language.listen(request)
    return desk_of(place, invoice_id, asking, queue)


@router.patch("/results/{file_id}/review", summary="Correct values", responses=_RESPONSES)
def change(
    request: Request,
    place: Place,
    asking: Asking,
    invoice_id: InvoiceId,
    wanted: ReviewChange,
    queue: QueueOf = "",
) -> Desk:
    """Change or confirm values, and let failed checks pass: all of it or nothing."""
    language.listen(request)
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
    workflow.correct(
        place,
        invoice_id,
        _changes(record, wanted.changes),
        let_pass=wanted.let_pass,
        actor=asking.name,
        expected_version=wanted.version,
        reason=wanted.reason,
    )
    return desk_of(place, invoice_id, asking, queue)


@router.post("/results/{file_id}/preview", summary="What a text would become", responses=_RESPONSES)
def preview(
    request: Request, place: Place, asking: Asking, invoice_id: InvoiceId, asked: Asked
) -> Understood:
    """Nothing is changed; 400 says why the text does not fit the field."""
    del asking
    language.listen(request)
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
    value = read_value(asked.field, asked.text, **_habits(record, printed=asked.printed)._asdict())
    shown = shown_value(asked.field, kind_of(asked.field), value)
    return Understood(field=asked.field, shown=shown)


@router.post("/results/{file_id}/approve", summary="Approve", responses=_RESPONSES)
def approve(
    place: Place, asking: Asking, invoice_id: InvoiceId, wanted: Decision, queue: QueueOf = ""
) -> Decided:
    """Only when nothing is left to check (409 names what is)."""
    record = workflow.approve(place, invoice_id, actor=asking.name, expected_version=wanted.version)
    return _decided(place, record, asking, queue)


@router.post("/results/{file_id}/reject", summary="Reject or send back", responses=_RESPONSES)
def reject(
    place: Place, asking: Asking, invoice_id: InvoiceId, wanted: Rejection, queue: QueueOf = ""
) -> Decided:
    """With a reason, which goes into the history."""
    record = workflow.reject(
        place,
        invoice_id,
        actor=asking.name,
        reason=wanted.reason,
        decision=wanted.decision,
        expected_version=wanted.version,
    )
    return _decided(place, record, asking, queue)


@router.post("/results/{file_id}/later", summary="Put off", responses=_RESPONSES)
def later(
    place: Place, asking: Asking, invoice_id: InvoiceId, wanted: Decision, queue: QueueOf = ""
) -> Decided:
    """To the end of the queue."""
    record = workflow.park(place, invoice_id, actor=asking.name, expected_version=wanted.version)
    return _decided(place, record, asking, queue)


@router.post("/results/{file_id}/undo", summary="Undo the decision", responses=_RESPONSES)
def undo(
    place: Place, asking: Asking, invoice_id: InvoiceId, wanted: Decision, queue: QueueOf = ""
) -> Decided:
    """As long as it is not booked."""
    record = workflow.undo(place, invoice_id, actor=asking.name, expected_version=wanted.version)
    return _decided(place, record, asking, queue)


@router.post("/results/{file_id}/claim", summary="Say that you are on it", responses=_RESPONSES)
def claim(place: Place, asking: Asking, invoice_id: InvoiceId, wanted: ClaimRequest) -> Claimed:
    """For five minutes; say it again to keep it. 409: somebody else has it."""
    record = workflow.claim(place, invoice_id, actor=asking.name, take_over=wanted.take_over)
    return Claimed(claimed_by=record.claimed_by, version=record.version)


@router.post(
    "/results/{file_id}/release", status_code=204, summary="Let go of it", responses=_RESPONSES
)
def release(place: Place, asking: Asking, invoice_id: InvoiceId) -> Response:
    """Others may take it at once."""
    workflow.release(place, invoice_id, actor=asking.name)
    return Response(status_code=204)


@router.post("/results/{file_id}/vendor", summary="Say which vendor it is", responses=_RESPONSES)
def link(
    request: Request,
    place: Place,
    asking: Asking,
    invoice_id: InvoiceId,
    wanted: LinkRequest,
    queue: QueueOf = "",
) -> Desk:
    """From now on the vendor is known by this name and number too."""
    language.listen(request)
    workflow.link_vendor(
        place, invoice_id, wanted.vendor_id, actor=asking.name, expected_version=wanted.version
    )
    return desk_of(place, invoice_id, asking, queue)


@router.post(
    "/results/{file_id}/review-events",
    status_code=204,
    summary="Tell what happened on the screen",
    responses=_RESPONSES,
)
def events(place: Place, asking: Asking, invoice_id: InvoiceId, told: ReviewEvents) -> Response:
    """They make review times and show which fields cost them."""
    with place.database.writing(durable=False) as session:
        invoices.document_of(session, invoice_id)  # refuses what is no invoice
        reviews.note_events(
            session,
            invoice_id,
            actor=asking.name,
            events=[(event.kind, event.field, event.ms) for event in told.events],
        )
    return Response(status_code=204)


@router.put("/person", status_code=204, summary="Say what you are called", responses={**ERRORS})
def person(request: Request, asking: Asking, wanted: PersonName) -> Response:
    """The name stands in the history and is shown to others; a key has its own and keeps it."""
    name = " ".join(wanted.name.split())
    if asking.program or not name or not name.isprintable():
        raise BadRequest("A person's name is asked for; a key is called what it was made for.")
    reception: Reception = request.app.state.reception
    token = next((t for n in COOKIES if (t := request.cookies.get(n))), None)
    opened = reception.name_person(token, name)
    answer = Response(status_code=204)
    if opened is not None:
        answer.set_cookie(**session_cookie(opened, secure=request.url.scheme == "https"))
    return answer


def _changes(record: InvoiceRecord, wanted: Sequence[FieldChange]) -> list[Change]:
    made = []
    for one in wanted:
        box = Box(*(edge / 1000 for edge in one.box)) if one.box and one.page else None
        value = None
        if one.kind == "set":
            habits = _habits(record, printed=box is not None)
            value = read_value(one.field, one.text, **habits._asdict())
        raw = one.text if box else ""
        made.append(Change(one.kind, one.field, value, raw, one.page if box else None, box))
    return made


def _habits(record: InvoiceRecord, *, printed: bool) -> Habits:
    """How to read a text: as this document writes, or as the reader's language does."""
    if printed and record.extracted is not None:
        return habits_of(record.extracted)
    return Habits(str(language.locale().number_symbols["latn"]["decimal"]), True)


def _decided(place: Workplace, record: InvoiceRecord, asking: Caller, queue: str) -> Decided:
    with place.database.reading() as session:
        next_id = reviews.queue_at(session, record.id, actor=asking.name, search=queue).next_id
    return Decided(
        file_id=str(record.id),
        state=record.status,
        version=record.version,
        next_id=None if next_id is None else str(next_id),
    )
