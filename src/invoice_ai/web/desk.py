"""The review screen's data: every value as a person edits it, what is to check, and what to do.

The screen and `GET /results/{file_id}/review` show the same; the browser draws it and decides nothing
about values: what a text means, and whether sums hold, is said here and by the checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from invoice_ai.checks.route import ASK_A_PERSON
from invoice_ai.domain.findings import Finding, Reason
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import (
    FIELDS,
    ExtractedField,
    ExtractedInvoice,
    Kind,
    Value,
)
from invoice_ai.domain.pages import Box
from invoice_ai.domain.vendors import Vendor
from invoice_ai.review import Habits, UnreadableValue, read_value
from invoice_ai.store.records import CorrectionRow, InvoiceRecord
from invoice_ai.store.reviews import Pace, Queue
from invoice_ai.web.language import N_, _, locale
from invoice_ai.web.reasons import chip, label
from invoice_ai.web.sentences import said
from invoice_ai.web.sheet import CELLS, SOURCES, SUMS
from invoice_ai.web.shown import clean, money, percent, printed
from invoice_ai.workflow import needs_why

State = Literal["ok", "look", "bad", "missing", "edit"]

VENDOR = ("vendor_name", "vendor_tax_id", "iban")
INVOICE = (
    "invoice_number",
    "invoice_date",
    "due_date",
    "payment_terms",
    "purchase_order",
    "currency",
)
AMOUNTS = ("subtotal", "tax_total", "total", "paid", "amount_due")
# Always on the screen; all others are when they were found or are in doubt, the rest on demand.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("vendor", VENDOR),
    ("invoice", INVOICE),
    ("amounts", AMOUNTS),
)
LINES = ("description", "quantity", "unit", "unit_price", "discount", "tax_rate", "amount")
ALWAYS = frozenset({"description", "quantity", "unit_price", "tax_rate", "amount"})
TAXES = ("rate", "base", "amount")
HOW_KNOWN = {
    "tax_id": N_("same tax id"),
    "iban": N_("same account"),
    "domain": N_("same mail or web address"),
    "name": N_("same name"),
    "address": N_("same address"),
}
WORDS_OF_A_LINE = 120  # characters of a value in one of our sentences


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another value that can be taken as it is.

    Attributes:
        text: As it is shown, and as it may be sent back.
        note: Where it comes from, in a few words.
        raw, page, box: How and where it is printed; box in thousandths of the page.
    """

    text: str
    note: str
    raw: str = ""
    page: int | None = None
    box: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class DeskValue:
    """One value as it is edited.

    Attributes:
        name: "total", "lines[3].amount"; what a change names.
        text: As shown and typed; "" when there is none.
        number: The plain number of an amount, to add up while it is edited.
        state: look and bad are to be checked (a row's cell also where it is only unsure); edit: a
            person gave it.
        note: Its probability when that is low, or who gave it.
        page, box: Where it is printed; box in thousandths of the page.
    """

    name: str
    label: str
    kind: Kind
    text: str
    number: str | None
    state: State
    note: str
    why: str
    page: int | None
    box: tuple[float, ...] | None
    others: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Values that stand together: vendor, invoice, amounts, more."""

    name: str
    values: tuple[DeskValue, ...]


@dataclass(frozen=True, slots=True)
class DeskColumn:
    name: str
    title: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class DeskTable:
    """Line items or taxes by rate; cells in the order of the columns."""

    columns: tuple[DeskColumn, ...]
    rows: tuple[tuple[DeskValue, ...], ...]


@dataclass(frozen=True, slots=True)
class DeskCheck:
    """One thing that a person is asked about.

    Attributes:
        code: Of the catalogue of reasons.
        field: The value it speaks of; None: the whole invoice.
        key: Sent in `let_pass` to let it pass; None: confirming the value settles it.
        needs_why: Letting it pass needs a sentence.
        other_id: The invoice it is compared with (a possible duplicate).
    """

    code: str
    chip: str
    message: str
    field: str | None
    key: str | None
    needs_why: bool
    suggestions: tuple[Suggestion, ...]
    other_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeskVendor:
    """Who bills, as far as the vendor is on file; `id` None: not on file, approval adds it."""

    id: int | None
    name: str
    how: str
    invoices: int
    closest: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DeskSum:
    """What should add up: the check's name, its words when it holds and when not, and whether."""

    check: str
    right: str
    wrong: str
    holds: bool


@dataclass(frozen=True, slots=True)
class LastChange:
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """One invoice as it lies on a person's desk."""

    file_id: str
    version: int
    status: str
    title: str
    heading: str
    about: str
    file_name: str
    total: str
    due: str
    currency: str | None
    pages: int
    person: str | None
    actor: str
    claimed_by: str | None
    parked: bool
    decimal_mark: str
    groups: tuple[DeskGroup, ...]
    absent: tuple[tuple[str, str], ...]
    lines: DeskTable
    taxes: DeskTable
    sums: tuple[DeskSum, ...]
    checks: tuple[DeskCheck, ...]
    vendor: DeskVendor
    position: int
    waiting: int
    previous_id: str | None
    next_id: str | None
    decided_today: int
    median_seconds: int | None
    last_change: LastChange | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a model said that is not found on the page: texts by field, for a person to judge."""

    model: str = ""
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """What the desk shows that is not on the invoice itself."""

    actor: str
    person: str | None
    threshold: float
    about: str
    queue: Queue
    pace: Pace
    corrections: Sequence[CorrectionRow]
    vendor: DeskVendor
    now: datetime
    unseen: Unseen = Unseen()


def lay_out(record: InvoiceRecord, beside: Beside) -> Desk:
    """Everything the screen shows of an invoice that was read."""
    invoice = record.extracted or ExtractedInvoice()
    checks = checks_of(record)
    authors = {c.field: c.actor for c in beside.corrections if c.kind == "set"}
    write = _Pen(invoice, checks, beside.threshold, authors, beside.actor, beside.unseen)
    firm = [name for _, names in GROUPS for name in names]
    more = [n for n in FIELDS if n not in firm and (n in invoice.fields or n in write.doubted)]
    owed = invoice.money("amount_due")
    held = record.claimed_by if _is_held(record, beside) else None
    groups = [DeskGroup(name, write.fields(names)) for name, names in GROUPS]
    return Desk(
        file_id=str(record.id),
        version=record.version,
        status=record.status,
        title=clean(record.invoice_number or record.document.name),
        heading=clean(record.vendor_name or record.document.name),
        about=beside.about,
        file_name=clean(record.document.name),
        total=money(record.total, record.currency) if record.total is not None else "",
        due=money(owed, record.currency) if owed is not None and owed != record.total else "",
        currency=record.currency,
        pages=(record.document.page_count or 0) if record.document.kind != "xml" else 0,
        person=beside.person,
        actor=beside.actor,
        claimed_by=held,
        parked=record.parked_at is not None,
        decimal_mark=str(locale().number_symbols["latn"]["decimal"]),
        groups=(*groups, DeskGroup("more", write.fields(more))),
        absent=tuple((n, label(n)) for n in FIELDS if n not in firm and n not in more),
        lines=write.table("lines", invoice.lines, LINES, ALWAYS),
        taxes=write.table("taxes", invoice.taxes, TAXES, frozenset(TAXES)),
        sums=_sums(record.findings),
        checks=tuple(check for check, _finding in checks),
        vendor=beside.vendor,
        position=beside.queue.position,
        waiting=beside.queue.total,
        previous_id=_text(beside.queue.previous_id),
        next_id=_text(beside.queue.next_id),
        decided_today=beside.pace.decided,
        median_seconds=beside.pace.median_seconds,
        last_change=_last_change(record, beside.corrections),
    )


def _sums(findings: Sequence[Finding]) -> tuple[DeskSum, ...]:
    found = []
    for check, (right, wrong) in SUMS.items():
        outcomes = {f.outcome for f in findings if f.check == check} - {"not_possible"}
        if outcomes:
            found.append(DeskSum(check, _(right), _(wrong), outcomes == {"passed"}))
    return tuple(found)


def vendor_on_file(
    invoice: ExtractedInvoice,
    found: tuple[Vendor, str] | None,
    invoices: int,
    closest: Sequence[tuple[int, str]],
) -> DeskVendor:
    """The vendor's line: how it was recognised, or which ones on file come close."""
    if found is None:
        name = clean(invoice.text("vendor_name") or "")
        return DeskVendor(None, name, "", 0, tuple((i, clean(n)) for i, n in closest))
    vendor, kind = found
    return DeskVendor(vendor.id, clean(vendor.name), _(HOW_KNOWN.get(kind, kind)), invoices, ())


def shown_value(field: str, kind: Kind, value: Value | None) -> str:
    """A value as the screen shows it in an input."""
    if value is None:
        return ""
    if field == "document_type" and isinstance(value, str):
        return value
    return clean(printed(value, kind))


def checks_of(record: InvoiceRecord) -> list[tuple[DeskCheck, Finding | None]]:
    """What is left to check, in the route's order, each with the failed check behind it.

    That the vendor is new only brings the invoice here: beside other doubts it is none to settle.
    """
    failed = [f for f in record.findings if f.outcome == "failed" and f.severity != "info"]
    reasons = record.route.reasons if record.route else ()
    doubts = [reason for reason in reasons if reason.code not in ASK_A_PERSON]
    found = []
    for reason in doubts or reasons:
        # Several findings may share code and field; they are one reason, and pass one by one.
        finding = next((f for f in failed if f.code == reason.code and _about(f, reason)), None)
        found.append((_check(reason, finding), finding))
    return found


def _about(finding: Finding, reason: Reason) -> bool:
    return (finding.fields[0] if finding.fields else None) == reason.field


def _check(reason: Reason, finding: Finding | None) -> DeskCheck:
    return DeskCheck(
        code=reason.code,
        chip=clean(chip(reason)),
        message=clean(said(reason.message)),
        field=reason.field,
        key=finding.key if finding else None,
        needs_why=finding is not None and needs_why(finding),
        suggestions=tuple(_suggestions(reason, finding)),
        other_id=finding.computed.lstrip("#")
        if finding and reason.code == "possible_duplicate" and finding.computed[:1] == "#"
        else None,
    )


def _suggestions(reason: Reason, finding: Finding | None) -> Iterable[Suggestion]:
    if finding is None:
        return
    if reason.code == "sum_mismatch" and finding.computed and _is_value(reason.field):
        try:
            yield Suggestion(money(Decimal(finding.computed)), _("computed"))
        except ArithmeticError:
            return
    elif reason.code == "bank_changed" and "," not in finding.computed:
        account = compact(finding.computed)
        if account and not account.endswith("…"):
            yield Suggestion(printed(account, "identifier"), _("on file"))
    elif finding.check == "vendor_look_alike":
        yield Suggestion(clean(finding.computed), _("on file"))
    elif reason.code == "missing_required" and reason.field == "currency":
        for code in ("EUR", "USD", "GBP"):
            yield Suggestion(code, "")


def _is_value(field: str | None) -> bool:
    return field in FIELDS or "." in (field or "")


class _Pen:
    """Writes values as they are edited; knows what is doubted and who changed what."""

    def __init__(
        self,
        invoice: ExtractedInvoice,
        checks: Sequence[tuple[DeskCheck, Finding | None]],
        threshold: float,
        authors: dict[str, str],
        actor: str,
        unseen: Unseen,
    ) -> None:
        self._invoice = invoice
        self._threshold = threshold
        self._authors = authors
        self._actor = actor
        self._unseen = unseen
        self.doubted: dict[str, State] = {}
        for check, finding in checks:
            if check.field is None:
                continue
            bad = finding is not None and (
                finding.severity == "block" or check.code == "sum_mismatch"
            )
            if self.doubted.get(check.field) != "bad":
                self.doubted[check.field] = "bad" if bad else "look"

    def fields(self, names: Iterable[str]) -> tuple[DeskValue, ...]:
        return tuple(
            self._value(n, label(n), FIELDS[n].kind, self._invoice.fields.get(n)) for n in names
        )

    def table(
        self, table: str, rows: Sequence[object], names: Sequence[str], always: frozenset[str]
    ) -> DeskTable:
        used = [n for n in names if n in always or any(getattr(row, n) for row in rows)]
        columns = tuple(DeskColumn(n, _(CELLS[n][0]), _kind(n)) for n in used)
        return DeskTable(
            columns,
            tuple(
                tuple(
                    self._value(f"{table}[{i}].{n}", _(CELLS[n][0]), _kind(n), getattr(row, n))
                    for n in used
                )
                for i, row in enumerate(rows)
            ),
        )

    def _value(self, name: str, title: str, kind: Kind, found: ExtractedField | None) -> DeskValue:
        state = self.doubted.get(name, "ok")
        if found is None:
            why = _("Nothing like it was found on the invoice.")
            empty: State = "missing" if state != "ok" else "ok"
            others = tuple(self._not_printed(name, kind, None))
            return DeskValue(name, title, kind, "", None, empty, "", why, None, None, others)
        note = ""
        unsure = found.confidence < self._threshold
        if unsure and state == "ok" and name.startswith("lines["):
            state = "look"  # it stops nothing, but whoever looks sees which row is meant
        if state != "ok" and unsure:
            note = percent(found.confidence)
        elif found.source == "person":
            state = "edit" if state == "ok" else state
            author = self._authors.get(name, self._actor)
            note = _("by you") if author == self._actor else clean(author)[:24]
        return DeskValue(
            name=name,
            label=title,
            kind=kind,
            text=shown_value(name, kind, found.value),
            number=_plain(found.value),
            state=state,
            note=note,
            why=_why(found, kind),
            page=found.page if found.box else None,
            box=_place(found.box),
            others=(*_others(name, kind, found), *self._not_printed(name, kind, found.value)),
        )

    def _not_printed(self, name: str, kind: Kind, shown: Value | None) -> Iterable[Suggestion]:
        """What a model said and no page shows: offered, never filled in."""
        text = self._unseen.texts.get(name)
        if not text or name not in FIELDS:
            return
        with suppress(UnreadableValue):
            value = read_value(name, text, decimal_mark=".", day_first=False)
            if value is not None and value != shown:
                told = _("not on the page; from %(model)s", model=clean(self._unseen.model))
                yield Suggestion(shown_value(name, kind, value), told)


def _kind(cell: str) -> Kind:
    return "number" if cell == "rate" else CELLS[cell][1]


def _plain(value: Value) -> str | None:
    if not isinstance(value, Decimal) or abs(value.adjusted()) > 20:
        return None
    return f"{value:f}"


def _why(found: ExtractedField, kind: Kind) -> str:
    source = _(SOURCES[found.source]) + "."
    raw = clean(found.raw.strip())[:WORDS_OF_A_LINE]
    if raw and raw != printed(found.value, kind):
        return _("Printed as “%(raw)s”. %(source)s", raw=raw, source=source)
    return source


def _others(name: str, kind: Kind, found: ExtractedField) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            shown_value(name, kind, other.value),
            percent(other.confidence) if other.source != "person" else _("by a person"),
            clean(other.raw),
            other.page if other.box else None,
            _place(other.box),
        )
        for other in found.candidates
        if other.value != found.value
    )


def _place(box: Box | None) -> tuple[float, ...] | None:
    return tuple(round(edge * 1000, 1) for edge in box) if box else None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _is_held(record: InvoiceRecord, beside: Beside) -> bool:
    """Whether somebody else works on it now."""
    return (
        record.claimed_by not in (None, beside.actor)
        and record.claimed_until is not None
        and record.claimed_until > beside.now
    )


def _last_change(record: InvoiceRecord, corrections: Sequence[CorrectionRow]) -> LastChange | None:
    told = [(c.at, c.actor) for c in corrections] + [(h.at, h.actor) for h in record.history]
    if not told:
        return None
    at, actor = max(told)
    return LastChange(clean(actor), at)


def readings_of(word: str, habits: Habits) -> dict[str, str]:
    """What a printed word is as an amount (`m`) and as a date (`d`), when it is one.

    >>> readings_of("1.234,50", Habits(decimal_mark=",")), readings_of("Total", Habits())
    ({'m': '1,234.50'}, {})
    """
    if len(word) > 40 or not any(char.isdigit() for char in word):
        return {}
    found = {}
    for key, name in (("m", "total"), ("d", "invoice_date")):
        with suppress(UnreadableValue):
            value = read_value(name, word, **habits._asdict())
            found[key] = shown_value(name, FIELDS[name].kind, value)
    return found
