"""One document and one model: what is asked, what is taken from the answer, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, Protocol

from invoice_ai.ai.answer import LINES, Answer, read_answer
from invoice_ai.ai.asking import Told, ask
from invoice_ai.ai.doubts import pages_that_matter
from invoice_ai.ai.faults import ModelFault
from invoice_ai.ai.grounding import ground
from invoice_ai.ai.model import Model, Policy, may_go
from invoice_ai.ai.pictures import Picture, pictures_of
from invoice_ai.ai.printed import Printed
from invoice_ai.ai.question import PROMPT, Question, key_of, words_on
from invoice_ai.ai.rows import rows_of
from invoice_ai.ai.weighing import is_witness, weigh
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice, LineItem, Value
from invoice_ai.domain.pages import Page

Outcome = Literal["answered", "not_allowed", "unavailable"]

MOST_PAGES = 4
MOST_QUESTIONS = 3  # about one document; a model of one picture a question needs several

Draw = Callable[[Page], bytes]


class Answers(Protocol):
    """Where answers are kept, so that nothing is asked (and paid) twice."""

    def recall(self, key: str) -> str | None:
        """The model's text, if this was asked before."""

    def keep(self, key: str, model: Model, question: Question, told: Told) -> None:
        """Keep an answer for ever."""


@dataclass(frozen=True, slots=True)
class Consultation:
    """What was asked of which model about one document, as it is kept with the invoice.

    Attributes:
        went_to: Host that was shown the document; "" when none was.
        outcome: not_allowed: the rule for this document forbids it; unavailable: see `fault`.
        asked, pages: Fields and pages that the model was shown.
        taken: Fields whose value is the model's now.
        suggestions: Answers that are not on the page; shown as such, never used.
        fault: Code and sentence of what went wrong.
        questions, cached: How many were needed, and how many of them had been answered before.
        cost: None: no price is set.
    """

    provider: str
    model: str
    prompt: str
    policy: Policy
    outcome: Outcome
    asked: tuple[str, ...]
    went_to: str = ""
    is_local: bool = True
    pages: tuple[int, ...] = ()
    taken: tuple[str, ...] = ()
    suggestions: dict[str, str] = field(default_factory=dict)
    fault: tuple[str, str] | None = None
    questions: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Consulted:
    """The invoice with what the model added; `lines` are its rows, to be checked before use."""

    invoice: ExtractedInvoice
    lines: tuple[LineItem, ...]
    consultation: Consultation


def consult(
    model: Model,
    invoice: ExtractedInvoice,
    pages: Sequence[Page],
    asked: Sequence[str],
    *,
    document: str,
    draw: Draw,
    policy: Policy = "cloud",
    disputed: frozenset[str] = frozenset(),
    answers: Answers | None = None,
    prompt: str = PROMPT,
) -> Consulted:
    """Ask about the doubtful fields of one document and weigh what comes back.

    Args:
        asked: See `doubts.doubtful_fields`; at least one.
        document: SHA-256 of the file.
        draw: A page's picture (WebP, upright).
        policy: The strictest rule for this document.
        disputed: Fields of which a check says that one of them is wrong.
    Returns: Also when no model answered: then the invoice is what it was. Never raises for what a
        service does.
    """
    started = Consultation(
        model.provider,
        model.name,
        prompt,
        policy,
        "answered",
        tuple(asked),
        is_local=model.is_local,
    )
    if not may_go(model, policy):
        return Consulted(invoice, (), replace(started, outcome="not_allowed"))
    progress = _Progress(model, document, answers, prompt)
    chosen = pages_that_matter(pages, invoice, asked, most=MOST_PAGES)
    try:
        answer = progress.ask_all(chosen, tuple(asked), draw)
        fault = None
    except ModelFault as wrong:
        answer, fault = progress.so_far, (wrong.code, str(wrong))
    printed = Printed(pages)
    consulted, taken, suggestions = _apply(invoice, answer, disputed, printed)
    lines = rows_of(answer.lines, printed) if LINES in asked else ()
    consultation = replace(
        started,
        outcome="unavailable" if fault else "answered",
        went_to=model.host if progress.sent else "",
        pages=tuple(dict.fromkeys(progress.pages)),
        taken=taken,
        suggestions=suggestions,
        fault=fault,
        questions=progress.questions,
        cached=progress.cached,
        tokens_in=progress.tokens_in,
        tokens_out=progress.tokens_out,
        cost=progress.cost,
        seconds=round(progress.seconds, 3),
    )
    return Consulted(consulted, lines, consultation)


def as_json(consultation: Consultation) -> dict[str, Any]:
    """For the store, the API and reports; the cost as text."""
    data = {name: getattr(consultation, name) for name in Consultation.__dataclass_fields__}
    data["cost"] = None if consultation.cost is None else f"{consultation.cost:f}"
    if consultation.fault:
        data["fault"] = {"code": consultation.fault[0], "message": consultation.fault[1]}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in data.items()}


@dataclass
class _Progress:
    """Questions about one document, one after the other."""

    model: Model
    document: str
    answers: Answers | None
    prompt: str
    so_far: Answer = field(default_factory=lambda: Answer({}))
    pages: list[int] = field(default_factory=list)
    sent: bool = False
    questions: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
    seconds: float = 0.0

    def ask_all(self, pages: Sequence[Page], asked: tuple[str, ...], draw: Draw) -> Answer:
        """Show the pages, a few pictures a time, until everything is answered."""
        shown = [(page, p) for page in pages for p in pictures_of(page, draw(page))]
        size = self.model.images_per_question
        open_ = asked
        for start in range(0, len(shown), size):
            if not open_ or self.questions >= MOST_QUESTIONS:
                break
            part = shown[start : start + size]
            answer = self._ask(open_, part)
            lines = self.so_far.lines + answer.lines
            self.so_far = Answer({**answer.values, **self.so_far.values}, lines)
            # Rows go on from page to page; a field is asked until it is answered.
            open_ = tuple(n for n in open_ if n == LINES or n not in self.so_far.values)
        return self.so_far

    def _ask(self, asked: tuple[str, ...], part: Sequence[tuple[Page, Picture]]) -> Answer:
        question = Question(
            asked,
            tuple(picture for _, picture in part),
            tuple(words_on(page, picture) for page, picture in part),
            self.prompt,
        )
        self.pages += [page.number for page, _ in part]
        self.questions += 1
        key = key_of(self.document, self.model, question)
        if self.answers is not None and (text := self.answers.recall(key)) is not None:
            self.cached += 1
            return read_answer(text, asked)
        self.sent = True
        told = ask(self.model, question)
        self.tokens_in += told.tokens_in
        self.tokens_out += told.tokens_out
        if told.cost is not None:
            self.cost = (self.cost or Decimal(0)) + told.cost
        self.seconds += told.seconds
        if self.answers is not None:
            self.answers.keep(key, self.model, question, told)
        return told.answer


def _apply(
    invoice: ExtractedInvoice, answer: Answer, disputed: frozenset[str], printed: Printed
) -> tuple[ExtractedInvoice, tuple[str, ...], dict[str, str]]:
    """The weighed fields, the names of those that are the model's, and what is not on the page."""
    told = {name: ground(name, text, printed) for name, text in answer.values.items()}
    witness = is_witness(invoice, told)
    fields = dict(invoice.fields)
    taken: list[str] = []
    suggestions: dict[str, str] = {}
    for name, grounded in told.items():
        if grounded is None:
            continue
        if not grounded.places:
            suggestions[name] = _shown(grounded.value)
        weighed = weigh(
            name, fields.get(name), grounded, witness=witness, disputed=name in disputed
        )
        if weighed is not None:
            fields[name] = weighed
            if weighed.source == "ai":
                taken.append(name)
    ordered = {name: fields[name] for name in FIELDS if name in fields}
    return replace(invoice, fields=ordered), tuple(taken), suggestions


def _shown(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
