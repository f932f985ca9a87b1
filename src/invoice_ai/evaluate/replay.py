"""One's own reviewed invoices through another model, before one switches.

What people approved is the truth. Each invoice is extracted again from the words that were read
then, once as configured now and once with the other model, provider or prompt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from invoice_ai import ai
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice, Value
from invoice_ai.domain.pages import PageRange
from invoice_ai.errors import InvoiceAIError, Misconfigured, Unavailable
from invoice_ai.examination import Adviser, Examined, examine, limits_of, model_of, take_advice
from invoice_ai.store import ai as stored
from invoice_ai.store import invoices
from invoice_ai.store.words import load_reading
from invoice_ai.workflow import Workplace
from invoice_ai.workflow.asking import KeptAnswers, policy_for

MOST_INVOICES = 200


@dataclass
class Side:
    """One way of asking, summed up over the invoices."""

    name: str
    right: int = 0
    invoices_asked: int = 0
    faults: int = 0
    not_allowed: int = 0
    tokens: int = 0
    cost: Decimal | None = None
    seconds: float = 0.0


@dataclass
class _Remembering:
    """Kept answers, and under which keys they were found."""

    answers: KeptAnswers
    recalled: list[str] = field(default_factory=list)

    def recall(self, key: str) -> str | None:
        text = self.answers.recall(key)
        if text is not None:
            self.recalled.append(key)
        return text

    def keep(self, key: str, model: ai.Model, question: ai.Question, told: ai.Told) -> None:
        self.answers.keep(key, model, question, told)


@dataclass
class Tally:
    """One field: how often either way was right, and where they differ."""

    asked: int = 0
    now: int = 0
    other: int = 0
    better: int = 0
    worse: int = 0


@dataclass
class Replayed:
    """The comparison; `fields` by name, only those about which either way was asked."""

    now: Side
    other: Side
    invoices: int = 0
    skipped: int = 0
    fields: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def replay(
    place: Workplace,
    *,
    provider: str | None = None,
    model: str | None = None,
    prompt: str = ai.PROMPT,
    limit: int = MOST_INVOICES,
    on_progress: Callable[[str, int], None] = lambda _name, _all: None,
) -> Replayed:
    """Compare the configured model with another one on the newest reviewed invoices.

    The rules for where documents may go hold here, too. Answers are kept, so that a second replay
    costs nothing; what is told is what they cost when they were asked for.

    Raises: Misconfigured: no such provider or prompt, or its key is missing. Unavailable: the other
        model does not answer, with what to do.
    """
    settings = place.settings
    now = model_of(settings)
    other = model_of(settings, provider=provider, name=model)
    if other is None:
        raise Misconfigured("Say which: --provider ollama, gemini or openai.")
    if other.provider != "ollama" and not other.key and not other.base_url:
        raise Misconfigured(f"{other.provider.upper()}_API_KEY is empty.")
    if prompt not in ai.prompt_versions():
        raise Misconfigured(f"There is no prompt {prompt}; {', '.join(ai.prompt_versions())}.")
    if not (reach := ai.look(other)).reachable:
        raise Unavailable(f"{reach.detail} {reach.fix}".strip(), code=reach.code)
    told = Replayed(Side(_name(now, ai.PROMPT)), Side(_name(other, prompt)))
    with place.database.reading() as session:
        ids = stored.reviewed_ids(session, limit)
    for invoice_id in ids:
        on_progress(f"invoice {invoice_id}", len(ids))
        try:
            _one(place, invoice_id, told, now, (other, prompt))
        except (InvoiceAIError, OSError):
            told.skipped += 1
    return told


def _one(
    place: Workplace,
    invoice_id: int,
    told: Replayed,
    now: ai.Model | None,
    other: tuple[ai.Model, str],
) -> None:
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
    document = record.document
    pages = document.pages or PageRange(1, document.page_count or 0)
    reading = load_reading(place.files, document.sha256, pages) if pages.last else None
    if record.extracted is None or reading is None or not reading.pages:
        told.skipped += 1
        return
    content = place.files.path(document.sha256).read_bytes()
    received = record.received_at.date()
    limits, threshold = limits_of(place.settings), place.settings.review_confidence_threshold
    base = examine(
        content, document.name, limits=limits, threshold=threshold, today=received, reading=reading
    )
    told.invoices += 1

    def asked(model: ai.Model, prompt: str, side: Side) -> Examined:
        rule = ai.strictest(
            place.settings.ai_policy, policy_for(place, invoice_id, base.invoice, reading.pages)
        )
        answers = _Remembering(KeptAnswers(place.database, document.sha256))
        adviser = Adviser(model, lambda _i, _p: rule, answers, prompt)
        examined = take_advice(
            base, adviser, content, threshold=threshold, today=received, limits=limits,
            first_page=pages.first,
        )  # fmt: skip
        _count(side, examined.consultation)
        with place.database.reading() as session:
            tokens, cost, seconds = stored.spent_on(session, answers.recalled)
        side.tokens += tokens
        side.seconds += seconds
        if cost is not None:
            side.cost = (side.cost or Decimal(0)) + cost
        return examined

    with_now = asked(now, ai.PROMPT, told.now) if now else base
    with_other = asked(*other, told.other)
    names = {
        name
        for examined in (with_now, with_other)
        if examined.consultation is not None
        for name in examined.consultation.asked
    }
    for name in names:
        truth = record.extracted.fields.get(name)
        if truth is None:
            continue
        one, two = (_is(e.invoice, name, truth.value) for e in (with_now, with_other))
        tally = told.fields[name]
        tally.asked += 1
        tally.now += one
        tally.other += two
        tally.better += two and not one
        tally.worse += one and not two
        told.now.right += one
        told.other.right += two


def _count(side: Side, consultation: ai.Consultation | None) -> None:
    if consultation is None:
        return
    side.invoices_asked += consultation.outcome != "not_allowed"
    side.not_allowed += consultation.outcome == "not_allowed"
    side.faults += consultation.fault is not None
    side.tokens += consultation.tokens_in + consultation.tokens_out
    side.seconds += consultation.seconds
    if consultation.cost is not None:
        side.cost = (side.cost or Decimal(0)) + consultation.cost


def _is(invoice: ExtractedInvoice, name: str, truth: Value) -> bool:
    found = invoice.fields.get(name)
    if found is None:
        return False
    if isinstance(truth, str) and isinstance(found.value, str):
        return compact(found.value) == compact(truth)
    return found.value == truth


def _name(model: ai.Model | None, prompt: str) -> str:
    return f"{model.provider}:{model.name}, {prompt}" if model else "no model"


def lines_of(told: Replayed) -> Sequence[str]:
    """The comparison for people."""
    better = sum(t.better for t in told.fields.values())
    worse = sum(t.worse for t in told.fields.values())
    skipped = f", {told.skipped} skipped (their words are not kept)" if told.skipped else ""
    width = max(len(told.now.name), len(told.other.name), 5)
    rows = [
        f"{told.invoices} reviewed invoices{skipped}.",
        "",
        f"{'model':<{width}}{'right':>7}{'asked':>7}{'silent':>8}{'barred':>8}{'tokens':>10}"
        f"{'cost':>14}{'s/invoice':>11}",
        *(_side(side, width) for side in (told.now, told.other)),
        "",
    ]
    if not told.fields:
        return [*rows, "Nothing was in doubt, so nothing was asked."]
    rows.append(f"{'field':<20}{'asked':>7}{'now':>7}{'other':>7}{'better':>8}{'worse':>7}")
    for name, tally in sorted(told.fields.items(), key=lambda item: (-item[1].asked, item[0])):
        rows.append(
            f"{FIELDS[name].label:<20}{tally.asked:>7}{tally.now:>7}{tally.other:>7}"
            f"{tally.better:>8}{tally.worse:>7}"
        )
    rows += [
        "",
        f"With {told.other.name}: {better} values better, {worse} worse.",
        "silent: invoices without an answer; barred: a rule keeps them from this model.",
    ]
    return rows


def _side(side: Side, width: int) -> str:
    cost = "no price set" if side.cost is None else f"{side.cost:f}"
    each = side.seconds / side.invoices_asked if side.invoices_asked else 0.0
    return (
        f"{side.name:<{width}}{side.right:>7}{side.invoices_asked:>7}{side.faults:>8}"
        f"{side.not_allowed:>8}{side.tokens:>10,}{cost:>14}{each:>11.1f}"
    )
