"""One document, read, extracted and checked: the story without a database.

The service, the command line, `invoice_ai.extract` and the evaluation all come through here, so
that what is measured is what runs.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from invoice_ai import ai
from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedInvoice, LineItem
from invoice_ai.domain.known import Known
from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind, Page, Reading
from invoice_ai.errors import BadDocument
from invoice_ai.extraction import extract_invoice, labelled_fields
from invoice_ai.extraction.einvoice import read_einvoice
from invoice_ai.extraction.memory import Memory, recall
from invoice_ai.extraction.ranker.model import Ranker
from invoice_ai.intake import sniff
from invoice_ai.reading import read_document, render_page
from invoice_ai.settings import Settings


@dataclass(frozen=True, slots=True)
class Examined:
    """All we know about a document before anybody looked at it.

    `seconds` are wall-clock times by stage: read, extract, check, and ai when a model was asked or
    would have been. `consultation` tells what came of that; None: nothing was in doubt, or no model
    is configured.
    """

    kind: FileKind
    reading: Reading
    invoice: ExtractedInvoice
    findings: tuple[Finding, ...]
    route: Route
    seconds: dict[str, float] = field(default_factory=dict)
    consultation: ai.Consultation | None = None


Rule = Callable[[ExtractedInvoice, Sequence[Page]], ai.Policy]


def _as_configured(_invoice: ExtractedInvoice, _pages: Sequence[Page]) -> ai.Policy:
    return "cloud"


@dataclass(frozen=True, slots=True)
class Adviser:
    """The model to ask about what is in doubt, and the rules for asking it.

    Attributes:
        policy: Where a document may go, once it is known whose it is.
        answers: What was asked before; None: nothing is kept.
        prompt: Version of the question, a file in `ai/prompts`.
    """

    model: ai.Model
    policy: Rule = _as_configured
    answers: ai.Answers | None = None
    prompt: str = ai.PROMPT


def adviser_of(
    settings: Settings,
    *,
    policy: Rule = _as_configured,
    answers: ai.Answers | None = None,
) -> Adviser | None:
    """The configured model; None: AI_PROVIDER is none."""
    model = model_of(settings)
    if model is None:
        return None

    def strictest(invoice: ExtractedInvoice, pages: Sequence[Page]) -> ai.Policy:
        return ai.strictest(settings.ai_policy, policy(invoice, pages))

    return Adviser(model, strictest, answers)


def model_of(
    settings: Settings, *, provider: str | None = None, name: str | None = None
) -> ai.Model | None:
    """The configured model, or another one of a configured provider; None: none is."""
    provider = provider or settings.ai_provider
    if provider not in ("ollama", "gemini", "openai"):
        return None
    names = {
        "ollama": settings.ollama_model,
        "gemini": settings.gemini_model,
        "openai": settings.openai_model,
    }
    urls = {
        "ollama": settings.ollama_base_url,
        "gemini": settings.gemini_base_url,
        "openai": settings.openai_base_url,
    }
    return ai.Model(
        provider,  # type: ignore[arg-type]
        name or names[provider],
        urls[provider],
        settings.key_of(provider),
        seconds=settings.ai_timeout_seconds,
        retries=settings.ai_max_retries,
        price_in=settings.ai_price_input,
        price_out=settings.ai_price_output,
    )


def limits_of(settings: Settings) -> Limits:
    """What one document may cost, from the settings."""
    return Limits(
        max_bytes=settings.max_file_size_mb * 1024 * 1024,
        max_pages=settings.max_pages,
        seconds=settings.parse_seconds,
        memory_mb=settings.parse_memory_mb,
    )


def own_company(settings: Settings) -> Known:
    """Who we are, from the settings."""
    return Known(
        own_names=tuple(settings.company_names), own_tax_ids=tuple(settings.company_tax_ids)
    )


def _nothing_known(_invoice: ExtractedInvoice) -> Known:
    return Known()


def _nothing_remembered(_invoice: ExtractedInvoice, _reading: Reading) -> Memory | None:
    return None


def examine(
    content: bytes,
    name: str,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    threshold: float = 0.9,
    today: date | None = None,
    reading: Reading | None = None,
    remember: Callable[[ExtractedInvoice, Reading], Memory | None] = _nothing_remembered,
    look_up: Callable[[ExtractedInvoice], Known] = _nothing_known,
    adviser: Adviser | None = None,
    first_page: int = 1,
    ranker: Ranker | None = None,
) -> Examined:
    """Read, extract and check one document.

    Args:
        content: The file, byte for byte.
        name: Its name, for messages only; the content decides what it is.
        threshold: Below this confidence a required field goes to a person.
        reading: The pages of this one invoice, where the file holds several and was read before.
        remember: Fetches what corrections taught about this vendor's layout, told by the first look.
        look_up: Fetches what the checks compare this invoice with.
        adviser: Asked about what is in doubt; None: nobody.
        first_page: The page of the file that is the first of `reading`.
        ranker: Another model than the shipped one, for measuring what it was not fitted on.
    Raises: BadDocument: too large, encrypted, damaged, hostile or of a type we do not take.
    """
    if len(content) > limits.max_bytes:
        raise BadDocument(
            f"{name} has {len(content) / 2**20:.1f} MB; at most {limits.max_bytes / 2**20:.0f} MB "
            "are accepted. Send a smaller file or raise MAX_FILE_SIZE_MB.",
            code="file_too_large",
        )
    kind = sniff(content[:8192])
    started = time.perf_counter()
    if kind == "xml":
        reading = Reading(pages=())
        read = time.perf_counter()
        invoice = read_einvoice(content)
    else:
        settled = reading is not None
        reading = reading or read_document(content, kind, limits=limits)
        read = time.perf_counter()
        invoice = extract_invoice(reading, one_invoice=settled, ranker=ranker)
        if memory := remember(invoice, reading):
            invoice = recall(memory, reading, invoice)
    extracted = time.perf_counter()
    day = today or datetime.now(UTC).date()
    findings = check_invoice(invoice, today=day, known=look_up(invoice))
    route = choose_route(invoice, findings, threshold=threshold)
    done = time.perf_counter()
    examined = Examined(
        kind,
        reading,
        invoice,
        findings,
        route,
        {"read": read - started, "extract": extracted - read, "check": done - extracted},
    )
    if adviser is None or not reading.pages or invoice.split is not None:
        return examined
    return take_advice(
        examined,
        adviser,
        content,
        threshold=threshold,
        today=day,
        look_up=look_up,
        limits=limits,
        first_page=first_page,
    )


def take_advice(
    examined: Examined,
    adviser: Adviser,
    content: bytes,
    *,
    threshold: float,
    today: date,
    look_up: Callable[[ExtractedInvoice], Known] = _nothing_known,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    first_page: int = 1,
) -> Examined:
    """Ask the model about what is in doubt, check what it says, and choose the route again.

    When nothing is in doubt, or no model may be or can be asked, everything else stays as it was.
    """
    if examined.route.status != "needs_review":
        return examined
    asked = ai.doubtful_fields(
        examined.invoice,
        examined.findings,
        examined.route,
        threshold=threshold,
        labelled=labelled_fields(examined.reading.pages),
    )
    if not asked:
        return examined
    started = time.perf_counter()

    def check(invoice: ExtractedInvoice) -> tuple[Finding, ...]:
        return check_invoice(invoice, today=today, known=look_up(invoice))

    def draw(page: Page) -> bytes:
        return render_page(
            content,
            examined.kind,
            page.number + first_page - 1,
            rotation=page.rotation,
            skew=page.skew,
            limits=limits,
        ).webp

    consulted = ai.consult(
        adviser.model,
        examined.invoice,
        examined.reading.pages,
        asked,
        # A part of a file is a document of its own: its pages are numbered from 1 again.
        document=hashlib.sha256(content).hexdigest() + (f":{first_page}" if first_page > 1 else ""),
        draw=draw,
        policy=adviser.policy(examined.invoice, examined.reading.pages),
        disputed=frozenset(
            name
            for finding in examined.findings
            if finding.code == "sum_mismatch" and finding.severity == "block"
            for name in finding.fields
        ),
        answers=adviser.answers,
        prompt=adviser.prompt,
    )
    invoice, findings = consulted.invoice, examined.findings
    if invoice != examined.invoice or consulted.lines:
        findings = check(invoice)
        invoice, findings = _with_lines(invoice, findings, consulted.lines, check)
        invoice = ai.contradict(invoice, findings)
    findings += _why_not(consulted.consultation)
    return replace(
        examined,
        invoice=invoice,
        findings=findings,
        route=choose_route(invoice, findings, threshold=threshold),
        seconds={**examined.seconds, "ai": time.perf_counter() - started},
        consultation=consulted.consultation,
    )


def _with_lines(
    invoice: ExtractedInvoice,
    findings: tuple[Finding, ...],
    lines: tuple[LineItem, ...],
    check: Callable[[ExtractedInvoice], tuple[Finding, ...]],
) -> tuple[ExtractedInvoice, tuple[Finding, ...]]:
    """The model's rows, if they add up where those of the finders do not."""
    if not lines:
        return invoice, findings
    other = replace(invoice, lines=lines)
    other_findings = check(other)
    if _lines_add_up(other_findings) and not _lines_add_up(findings):
        return other, other_findings
    return invoice, findings


def _lines_add_up(findings: Sequence[Finding]) -> bool:
    said = {f.check: f.outcome for f in findings if f.check in ("BR-CO-10", "line_amount")}
    return said.get("BR-CO-10") == "passed" and said.get("line_amount") != "failed"


def _why_not(consultation: ai.Consultation) -> tuple[Finding, ...]:
    """A person is told when a model could have helped and did not."""
    if consultation.fault is None:
        return ()
    code, message = consultation.fault
    return (Finding("ai_model", "failed", "warn", message, (), code=code),)
