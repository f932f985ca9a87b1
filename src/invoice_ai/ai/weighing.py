"""Model, finders and checks are weighed against each other; nobody is believed alone.

Two readers that do not know of each other (the question never says what the finders read) agree
by chance less often than each of them errs. That, and arithmetic, decide the confidence. What a
model says about its own certainty is not even asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rapidfuzz import fuzz

from invoice_ai.ai.grounding import Grounded
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import FIELDS, Candidate, ExtractedField, ExtractedInvoice, Value

# How often a model's answer is right when the page shows it letter for letter, and when it does
# only after allowances.
RELIABLE, LESS_RELIABLE = 0.90, 0.85
# Of the cases in which both readers err, the share in which both say the same wrong thing.
SAME_MISTAKE = 0.5
# The most that a value gets of which only the model says that it is this field: below any sensible
# threshold, so that a person looks, however plausible it is.
UNPROVEN = 0.79
# A finder that was in this much doubt is no second witness.
LEAST_WITNESS = 0.5
LEAST_AGREEMENTS = 2
AGREED = 0.97
# A failed check says that one of its values is wrong, however sure the finders were of each.
DISPUTED = 0.6
CONTRADICTED = 0.4
SAME_PRINT = 0.8  # of the finders' box lies in the model's: one print, of which one read less
SUGGESTED = 0.1  # not on the page

FROM_AI = "from_ai"


def is_witness(before: ExtractedInvoice, told: Mapping[str, Grounded | None]) -> bool:
    """Whether a model's agreement counts on this document.

    It has to agree with the finders on `LEAST_AGREEMENTS` values that are printed, and to
    contradict them on none, and nothing it says may be missing from the page. So a model that
    guesses or lies has to hit the same wrong value several times in a row to be believed once.

    Args:
        told: Its answers by field; None: no value of that kind.
    """
    agreements = 0
    for name, answer in told.items():
        if answer is None or not answer.places:
            return False
        found = before.fields.get(name)
        if found is not None:
            if not same(name, found.value, answer.value):
                return False
            agreements += 1
    return agreements >= LEAST_AGREEMENTS


def weigh(
    name: str,
    found: ExtractedField | None,
    told: Grounded,
    *,
    witness: bool,
    disputed: bool = False,
) -> ExtractedField | None:
    """The field after a model was asked about it.

    Args:
        found: What the finders read, if anything.
        told: What the model answered, with the places that show it.
        witness: See `is_witness`; without it agreement makes nothing sure.
        disputed: A check with this field failed.
    Returns: None when there is still nothing to show: the answer is not on the page.
    """
    place = told.best
    if place is None:
        if found is None or same(name, found.value, told.value):
            return found
        return _with(found, Candidate(told.value, "", SUGGESTED, "ai"))
    trust = RELIABLE if place.exact else LESS_RELIABLE
    if place.source == "ocr":
        trust *= 0.9 + 0.1 * min(1.0, place.reading / 0.95)
    value = _as_field(told, trust)
    if found is None:
        return value
    sure = min(max(found.confidence, 0.01), DISPUTED if disputed else 0.99)
    if same(name, found.value, told.value) or _same_print(name, found, value):
        return _agreed(name, found, value, sure, trust, AGREED if witness else UNPROVEN)
    model, finder, neither = trust * (1 - sure), (1 - trust) * sure, (1 - trust) * (1 - sure)
    total = model + finder + neither
    if finder >= model:
        kept = replace(found, confidence=round(min(found.confidence, finder / total, UNPROVEN), 4))
        return _with(kept, _candidate(value, model / total))
    taken = replace(value, confidence=round(min(UNPROVEN, model / total), 4))
    return _with(taken, _candidate(found, finder / total), *found.candidates)


def contradict(invoice: ExtractedInvoice, findings: Sequence[Finding]) -> ExtractedInvoice:
    """A check that a value of the model fails is proof against it.

    A check that it passes proves nothing: of a page full of amounts some add up with whatever the
    finders misread (a lying model once found such a total), so it stays with a person.

    Args:
        findings: Those of `invoice`.
    """
    fields = dict(invoice.fields)
    given = {n for n, f in fields.items() if f.source == "ai"}
    for finding in findings:
        if finding.outcome == "failed" and finding.severity in ("block", "warn"):
            for name in given.intersection(finding.fields):
                low = min(fields[name].confidence, CONTRADICTED)
                fields[name] = replace(fields[name], confidence=low)
    return replace(invoice, fields=fields)


def same(name: str, one: Value, other: Value) -> bool:
    """Whether two readings say the same."""
    if isinstance(one, (Decimal, date)) or isinstance(other, (Decimal, date)):
        return one == other
    if FIELDS[name].kind in ("identifier", "code"):
        return compact(one) == compact(other)
    a, b = one.casefold(), other.casefold()
    shorter, longer = sorted((len(a), len(b)))
    return bool(shorter) and fuzz.token_set_ratio(a, b) >= 90 and shorter >= 0.5 * longer


def _agreed(
    name: str, found: ExtractedField, value: ExtractedField, sure: float, trust: float, most: float
) -> ExtractedField:
    both, neither = trust * sure, (1 - trust) * (1 - sure) * SAME_MISTAKE
    if value.source == "ai" and _spells_better(name, found, value):
        # A model reads the picture: of a name that the finders saw half or misspelt, its is shown.
        taken = replace(value, confidence=round(min(UNPROVEN, both / (both + neither)), 4))
        return _with(taken, _candidate(found, found.confidence))
    if sure < LEAST_WITNESS:
        most = UNPROVEN
    confidence = max(found.confidence, min(most, both / (both + neither)))
    reasons = tuple(r for r in found.reasons if r not in ("low_ocr", "low_confidence"))
    place = (found.page, found.box) if found.box is not None else (value.page, value.box)
    return replace(
        found, confidence=round(confidence, 4), reasons=reasons, page=place[0], box=place[1]
    )


def _same_print(name: str, found: ExtractedField, value: ExtractedField) -> bool:
    """Whether the finders have a part of the name that the model has whole, in the same place."""
    if FIELDS[name].kind not in ("text", "address") or found.page != value.page:
        return False
    if found.box is None or value.box is None or len(str(found.value)) >= len(str(value.value)):
        return False
    one, other = found.box, value.box
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return False
    return width * height >= SAME_PRINT * one.width * one.height


def _spells_better(name: str, found: ExtractedField, value: ExtractedField) -> bool:
    if not isinstance(found.value, str) or isinstance(value.value, date):
        return False
    if found.source != "ocr" and not _same_print(name, found, value):
        return False
    return compact(found.value) != compact(str(value.value))


def _as_field(told: Grounded, trust: float) -> ExtractedField:
    place = told.best
    assert place is not None
    return ExtractedField(
        value=told.value,
        raw=place.raw,
        confidence=round(min(UNPROVEN, trust), 4),
        source="ai",
        page=place.page,
        box=place.box,
        reasons=(FROM_AI,),
    )


def _candidate(field: ExtractedField, confidence: float) -> Candidate:
    return Candidate(
        field.value, field.raw, round(confidence, 4), field.source, field.page, field.box
    )


def _with(field: ExtractedField, *more: Candidate) -> ExtractedField:
    """Further readings, best first, at most four, none twice and none that is the value."""
    readings: dict[Value, Candidate] = {}
    for one in sorted((*more, *field.candidates), key=lambda c: -c.confidence):
        if one.value != field.value:
            readings.setdefault(one.value, one)
    return replace(field, candidates=tuple(readings.values())[:4])
