"""Are the dates possible, and can they be read in one way only?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice

_FUTURE = Check("date_in_future", "warn", "future_date")
_OLD = Check("date_too_old", "warn", "old_date")
_DUE = Check("due_before_date", "warn", "due_before_date")
_PERIOD = Check("BR-29", "warn", "period_order")
_AMBIGUOUS = Check("ambiguous_date", "warn", "ambiguous_date")

_OLDEST = timedelta(days=366)
# Where the vendor lives it may be tomorrow already.
_TIME_ZONES = timedelta(days=1)


def is_recent(invoice: ExtractedInvoice, today: date) -> Iterator[Finding]:
    """The invoice date is neither in the future nor older than a year."""
    issued = invoice.day("invoice_date")
    if issued is None:
        for check in (_FUTURE, _OLD):
            yield check.not_possible("Invoice date is missing.", ["invoice_date"])
        return
    sides = {"printed": shown(issued), "computed": shown(today)}
    if issued > today + _TIME_ZONES:
        text = f"The invoice is dated {shown(issued)}, which is still to come."
        yield _FUTURE.failed(text, ["invoice_date"], **sides)
    else:
        yield _FUTURE.passed("The invoice date is not in the future.", ["invoice_date"], **sides)
    if today - issued > _OLDEST:
        text = f"The invoice is dated {shown(issued)}, more than a year ago."
        yield _OLD.failed(text, ["invoice_date"], **sides)
    else:
        yield _OLD.passed("The invoice is not older than a year.", ["invoice_date"], **sides)


def is_due_after_its_date(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """Nothing is due before it was billed."""
    yield _in_order(
        _DUE, invoice, "invoice_date", "due_date", "Due on {1}, before the invoice date {0}."
    )


def period_has_an_order(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-29: the period does not end before it starts."""
    text = "The period ends on {1}, before it starts on {0}."
    yield _in_order(_PERIOD, invoice, "period_start", "period_end", text)


def dates_are_read_in_one_way(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """12/03/2017 is two dates; the readings stand side by side until a person has chosen."""
    doubtful = [n for n, found in invoice.fields.items() if "ambiguous_date" in found.reasons]
    for name in doubtful:
        found = invoice.fields[name]
        others = " or ".join(shown(c.value) for c in found.candidates if isinstance(c.value, date))
        yield _AMBIGUOUS.failed(
            f"{FIELDS[name].label} is printed as {shown(found.raw)}, which can be read two ways: "
            f"{shown(found.value)}{' or ' * bool(others)}{others}.",
            [name],
            printed=shown(found.raw),
            computed=shown(found.value),
        )
    if not doubtful:
        dates = [name for name in invoice.fields if FIELDS[name].kind == "date"]
        yield _AMBIGUOUS.passed("Every date can be read in one way only.", dates)


def _in_order(check: Check, invoice: ExtractedInvoice, a: str, b: str, wrong: str) -> Finding:
    first, second = invoice.day(a), invoice.day(b)
    if first is None or second is None:
        missing = FIELDS[a if first is None else b].label
        return check.not_possible(f"{missing} is missing.", [a, b])
    sides = {"printed": shown(second), "computed": shown(first)}
    if second < first:
        return check.failed(wrong.format(shown(first), shown(second)), [b, a], **sides)
    return check.passed("The dates are in order.", [b, a], **sides)
