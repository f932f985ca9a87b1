"""What the API takes and gives, as its documentation shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from invoice_ai.domain.status import GuideStatus, Status


def _plain_text(value: str) -> str:
    """Refuse what no database keeps and no terminal shows: NUL and half characters."""
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("contains characters that cannot be kept")
    return value


Text = Annotated[str, AfterValidator(_plain_text)]


def _amount(value: Decimal) -> str:
    """Exact, with two decimals or as many more as it has: the tables keep four."""
    whole, _, decimals = format(value, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


Amount = Annotated[Decimal, PlainSerializer(_amount, return_type=str)]


def example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class ErrorAnswer(BaseModel):
    """Every error has this shape. A refused document adds `code` and, when it was kept, `file_id`."""

    model_config = example(
        detail="There is no result 4711.",
        status_code=404,
        timestamp="2026-11-21T12:00:00Z",
        error_type="NotFound",
    )

    detail: str = Field(description="What happened, and what to do about it.")
    status_code: int = Field(description="The HTTP status again.")
    timestamp: datetime = Field(description="When, UTC.")
    error_type: str = Field(description="Stable name of the kind of error.")
    code: str | None = Field(None, description="Stable reason why a document was refused.")
    file_id: str | None = Field(None, description="The refused document, if it was kept.")


class Health(BaseModel):
    """We live."""

    model_config = example(status="ok")

    status: str = Field(description='Always "ok".')


class Home(BaseModel):
    """Basic health."""

    model_config = example(
        status="healthy",
        version="1.0.0",
        timestamp="2026-11-21T12:00:00Z",
        services={"invoice_processor": "healthy", "file_monitor": "healthy", "ai_model": "off"},
    )

    status: str = Field(description='"healthy", or "degraded" when a part does not answer.')
    version: str
    timestamp: datetime
    services: dict[str, str] = Field(
        description='"healthy" or "unavailable"; "off" for the AI model when none is configured.'
    )


class WorkerStatus(BaseModel):
    """One process that does something for us now."""

    name: str = Field(description="Host, process and its start, as the process says them.")
    doing: str = Field(description="The step it works on, or the duty it holds.")
    lease_seconds: float = Field(
        description="How long it may go on without a sign of life; below 0 it is taken for lost."
    )


class AiStatus(BaseModel):
    """The model that is asked about doubtful fields, and what it was asked so far."""

    provider: str = Field(description="none, ollama, gemini or openai.")
    model: str = ""
    runs: str = Field("", description="local (this machine or network) or cloud.")
    reachable: bool | None = Field(None, description="At most half a minute old.")
    detail: str = Field("", description="What was found; only told to those on this machine.")
    fix: str = Field("", description="What to type or change, when something is wrong.")
    questions: int = Field(0, description="Questions that were sent; repeated ones are not.")
    tokens: int = 0
    cost: str | None = Field(None, description="Sum; null: no price is set.")


class AiSuggestion(BaseModel):
    """An answer that is not printed on the page, and so is never used by itself."""

    field: str
    value: str
    source: str = Field(description="Provider and model that said so.")
    reason: Literal["not_on_page"] = "not_on_page"


class AiUse(BaseModel):
    """What a model was asked about one invoice, and what came of it."""

    model_config = example(
        provider="ollama",
        model="llama3.2-vision",
        prompt="fields-1",
        outcome="answered",
        policy="local",
        went_to="localhost",
        is_local=True,
        asked=["invoice_number", "purchase_order"],
        pages=[1],
        taken=["invoice_number"],
        suggestions=[
            {
                "field": "purchase_order",
                "value": "PO-4711",
                "source": "ollama:llama3.2-vision",
                "reason": "not_on_page",
            }
        ],
        questions=1,
        cached=0,
        tokens_in=1810,
        tokens_out=24,
        seconds=3.2,
    )

    provider: str
    model: str
    prompt: str = Field(description="Version of the question.")
    outcome: Literal["answered", "not_allowed", "unavailable"]
    policy: str = Field(description="Where this document may go: cloud, local or never.")
    went_to: str = Field(description="Host that was shown the document; empty: none.")
    is_local: bool
    asked: list[str] = Field(description="Fields in doubt.")
    pages: list[int] = Field(description="Pages that were shown.")
    taken: list[str] = Field(description="Fields whose value is the model's, found on the page.")
    suggestions: list[AiSuggestion]
    fault: dict[str, str] | None = Field(None, description="Code and sentence, if it failed.")
    questions: int
    cached: int = Field(description="Questions that had been answered before and cost nothing.")
    tokens_in: int
    tokens_out: int
    cost: str | None = Field(None, description="null: no price is set.")
    seconds: float


class AiPeriod(BaseModel):
    """One model in one day or month."""

    period: str = Field(description='"2026-11-27" or "2026-11", UTC.')
    provider: str
    model: str
    asked: int = Field(description="Documents about which it answered.")
    unanswered: int = Field(description="Documents about which it was asked in vain.")
    not_allowed: int = Field(description="Documents it was not shown, by rule.")
    right: int = Field(description="Values it gave that were approved as they were.")
    wrong: int = Field(description="Values it gave that a person changed.")
    tokens: int
    cost: str | None = Field(description="null: no price is set.")
    seconds: float


class AiUsage(BaseModel):
    """What models were asked, newest period first."""

    model_config = example(
        periods=[
            {
                "period": "2026-11-27",
                "provider": "openai",
                "model": "gpt-5-mini",
                "asked": 41,
                "unanswered": 1,
                "not_allowed": 3,
                "right": 37,
                "wrong": 2,
                "tokens": 68200,
                "cost": "0.023100",
                "seconds": 130.4,
            }
        ]
    )

    periods: list[AiPeriod]


class SystemStatus(BaseModel):
    """How the system is doing. No secrets, and no paths for those who are not on this machine."""

    model_config = example(
        status="healthy",
        version="1.0.0",
        uptime="2 days, 14:30:25",
        started_at="2026-11-19T09:30:00Z",
        services={"invoice_processor": "healthy", "file_monitor": "healthy", "ai_model": "healthy"},
        ai={
            "provider": "ollama",
            "model": "llama3.2-vision",
            "runs": "local",
            "reachable": True,
            "detail": "Ollama at http://localhost:11434 answers and has llama3.2-vision.",
            "questions": 41,
            "tokens": 152300,
        },
        queue={"queued": 3, "running": 1},
        workers=[{"name": "host1:4711:1234", "doing": "extract", "lease_seconds": 52.3}],
        invoices={"received": 3, "processing": 1, "needs_review": 12, "approved": 130},
        disk={"free_bytes": 51539607552, "total_bytes": 107374182400},
        cpu_percent=12.5,
        memory_percent=41.0,
        configuration={"ai_provider": "none", "database": "sqlite", "queue": "embedded"},
    )

    status: str
    version: str
    uptime: str = Field(description='As in "2 days, 14:30:25".')
    started_at: datetime
    services: dict[str, str]
    ai: AiStatus
    queue: dict[str, int] = Field(description="Jobs by state.")
    workers: list[WorkerStatus]
    invoices: dict[str, int] = Field(description="Invoices by state.")
    disk: dict[str, int] = Field(description="Space where the originals are kept, in bytes.")
    cpu_percent: float
    memory_percent: float
    configuration: dict[str, Any] = Field(description="Settings that explain what you see.")


class Stats(BaseModel):
    """Processing statistics in the words of the guide."""

    model_config = example(
        total_processed=150,
        successful=142,
        failed=8,
        pending=3,
        processing=1,
        average_processing_time=2.5,
        uptime="2 days, 14:30:25",
    )

    total_processed: int = Field(description="Documents that came to an end, well or badly.")
    successful: int
    failed: int
    pending: int
    processing: int
    average_processing_time: float = Field(description="Seconds per document; 0 before the first.")
    uptime: str = Field(description='As in "2 days, 14:30:25".')


class ProcessRequest(BaseModel):
    """Which file to process. Without one, the incoming folder is looked through now."""

    model_config = example(file_path="invoice-2024-17.pdf", force_reprocess=False)

    file_path: Text | None = Field(
        None, max_length=4096, description="Relative to INCOMING_FOLDER; nothing else is opened."
    )
    force_reprocess: bool = Field(False, description="Process again what was processed already.")


class Intake(BaseModel):
    """One document we took, or know already."""

    model_config = example(
        file_id="17",
        filename="invoice-2024-17.pdf",
        status="pending",
        state="received",
        already_known=False,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        message="Accepted. It is being read.",
        url="/results/17",
    )

    file_id: str
    filename: str
    status: GuideStatus
    state: Status
    already_known: bool = Field(description="The same bytes came before; nothing is done twice.")
    sha256: str
    message: str
    url: str = Field(description="Where the result will be.")


class Refused(BaseModel):
    """One file of several that was refused."""

    filename: str
    error: ErrorAnswer


class IntakeList(BaseModel):
    """What became of several files, each on its own."""

    accepted: int
    already_known: int
    refused: int
    files: list[Intake | Refused]


class ResultRow(BaseModel):
    """One line of the list of results."""

    model_config = example(
        file_id="17",
        filename="invoice-2024-17.pdf",
        status="successful",
        state="needs_review",
        vendor_name="Acme GmbH",
        invoice_number="2024-17",
        invoice_date="2024-01-15",
        due_date="2024-02-14",
        currency="EUR",
        total="119.00",
        confidence=0.97,
        reason="Due date: day or month?",
        reason_count=1,
        error=None,
        received_at="2026-11-21T12:00:00Z",
        updated_at="2026-11-21T12:00:02Z",
        url="/results/17",
    )

    file_id: str
    filename: str
    status: GuideStatus = Field(description="pending, processing, successful or failed.")
    state: Status = Field(description="The state in full.")
    vendor_name: str | None
    invoice_number: str | None
    invoice_date: date | None
    due_date: date | None
    currency: str | None
    total: Amount | None = Field(description="Exact, as text.")
    confidence: float | None = Field(description="Of the least certain required field, 0 to 1.")
    reason: str = Field(description="First reason why a person is asked.")
    reason_count: int
    error: str | None = Field(description="Why it failed.")
    received_at: datetime
    updated_at: datetime
    url: str


class ResultList(BaseModel):
    """A page of results, newest first."""

    results: list[ResultRow]
    count: int = Field(description="Rows on this page.")
    total: int = Field(description="Rows in all; counted up to 10 000.")
    next_cursor: str | None = Field(description="Send as `cursor` for the next page.")


class Deleted(BaseModel):
    """The result is gone from all lists; the original is kept until retention ends."""

    model_config = example(file_id="17", status="deleted", message="Deleted.")

    file_id: str
    status: str
    message: str


class Retried(BaseModel):
    """What is tried again."""

    model_config = example(retried=14, message="14 invoices are tried again.")

    retried: int
    message: str


class BulkRequest(BaseModel):
    """One wish for many invoices: those named, or all that `q` and `status` find."""

    model_config = example(do="approve", q="vendor:acme", status="needs_review")

    do: Literal["approve", "reject", "assign", "retry", "delete"]
    ids: list[int] | None = Field(None, max_length=2000, description="Without: all that match.")
    q: Text = Field("", max_length=500, description="As in the app's search line.")
    status: str | None = Field(None, description="A state.", examples=["needs_review"])
    text: Text = Field("", max_length=500, description="Why (reject, delete), or to whom (assign).")


class Left(BaseModel):
    """An invoice that was left as it is, and why."""

    file_id: str
    detail: str


class BulkAnswer(BaseModel):
    """How many were done; `left` names the others."""

    model_config = example(
        done=2, left=[{"file_id": "42", "detail": "1 thing is still to be checked."}]
    )

    done: int
    left: list[Left]


class RetryRequest(BaseModel):
    """Which failed invoices to try again; all of them without a code."""

    model_config = example(code="timeout")

    code: Text | None = Field(None, max_length=64, description="Only those that failed with it.")


Pages = Annotated[
    tuple[Annotated[int, Field(ge=1, le=10_000)], Annotated[int, Field(ge=1, le=10_000)]],
    Field(description="First and last page of the file, from 1."),
]


class SplitRequest(BaseModel):
    """Which pages of the file are invoices; one part with all pages joins them again."""

    model_config = example(parts=[[1, 2], [3, 3]], version=4)

    parts: list[Pages] = Field(
        min_length=1, max_length=1000, description="Ascending; blank pages may be left out."
    )
    version: int | None = Field(None, description="The one you saw; 409 if it has changed.")


class SplitPart(BaseModel):
    """One invoice of a file that was split."""

    model_config = example(file_id="23", pages=[3, 3], url="/results/23")

    file_id: str
    pages: Pages
    url: str


class SplitAnswer(BaseModel):
    """The invoices that lie in the file now; each is being read."""

    model_config = example(
        invoices=[
            {"file_id": "17", "pages": [1, 2], "url": "/results/17"},
            {"file_id": "23", "pages": [3, 3], "url": "/results/23"},
        ]
    )

    invoices: list[SplitPart]


class ErrorRow(BaseModel):
    """One line of the table of errors."""

    model_config = example(
        id=9,
        file_id="17",
        step="extract",
        code="password_protected",
        message="The PDF asks for a password. Please send it without.",
        retryable=False,
        at="2026-11-21T12:00:02Z",
    )

    id: int
    file_id: str | None
    step: str
    code: str
    message: str
    retryable: bool
    at: datetime


class ErrorList(BaseModel):
    """A page of errors, newest first."""

    errors: list[ErrorRow]
    next_cursor: str | None


class PrintedWord(BaseModel):
    """One printed word and its place in fractions of the page, origin top left."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float


class PageWords(BaseModel):
    """The words of one page, upright."""

    number: int
    width: float
    height: float
    source: str = Field(description='"text" (of the PDF) or "ocr".')
    words: list[PrintedWord]
