"""A new document of a known layout: what is remembered against what the finders say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from invoice_ai.domain.invoice import FIELDS, Candidate, ExtractedField, ExtractedInvoice
from invoice_ai.domain.pages import Reading
from invoice_ai.extraction.memory.layout import fits, marks_of
from invoice_ai.extraction.memory.model import FieldMemory, Memory, Rule
from invoice_ai.extraction.memory.tables import recall_lines
from invoice_ai.extraction.memory.ways import (
    BANK,
    UNPRINTED,
    Answer,
    Pages,
    Standing,
    ask,
    best_spot,
    misread,
    same_value,
    standing_of,
)

_MOST_SURE = 0.99
_WEIGHT = 2.0  # the finders' own confidence counts like that many documents
_MARGIN = 0.05  # by so much memory must be surer than finders that were not refused here
_LEAST = 0.5  # what is less sure than that is offered, not taken
_MOST_CANDIDATES = 4
_STANDING: dict[Standing, float] = {
    "own": 1.0,
    "general": 0.95,
    "opens": 0.94,
    "unknown": 0.9,
    "other": 0.8,
}  # by the label
_OFTEN = 3


@dataclass(frozen=True, slots=True)
class _Said:
    """A remembered value with the confidence it has earned."""

    answer: Answer
    rule: Rule
    confidence: float


def recall(memory: Memory, reading: Reading, invoice: ExtractedInvoice) -> ExtractedInvoice:
    """The invoice with what is remembered of this layout.

    A value that both sides give becomes surer. Where they differ, the side with the better record
    is taken and the other stays a candidate. Data of an e-invoice are never touched; a document
    of another layout is returned as it is.
    """
    if not reading.pages or not fits(memory, marks_of(reading)):
        return invoice
    pages = Pages(reading, memory)
    fields = dict(invoice.fields)
    for name, remembered in memory.fields.items():
        found = fields.get(name)
        if found is not None and found.source == "xml":
            continue
        decided = _decide(name, remembered, found, pages)
        if decided is None:
            fields.pop(name, None)
        else:
            fields[name] = decided
    ordered = {name: fields[name] for name in FIELDS if name in fields}
    recalled = replace(invoice, fields=ordered)
    if memory.lines is None:
        return recalled
    return replace(recalled, lines=recall_lines(memory.lines, reading, recalled))


def _decide(
    name: str,
    remembered: FieldMemory,
    found: ExtractedField | None,
    pages: Pages,
) -> ExtractedField | None:
    if found is not None and _is_refused_here(name, remembered, found, pages):
        found = None
    said = _best(name, remembered, pages)
    if said is None:
        return found and _with_record(found, remembered)
    if found is None:
        return _taken(said, None) if _may_fill(name, said) else None
    if same_value(name, said.answer.value, found.value):
        return _agreed(said, found)
    if _outweighs(name, said, remembered, found, pages):
        return _taken(said, found)
    return _doubted(said, found, remembered)


def _best(name: str, remembered: FieldMemory, pages: Pages) -> _Said | None:
    """The surest value; several ways to the same one make it a little surer."""
    found: list[_Said] = []
    for rule in remembered.rules:
        if rule.kind == "absent" or not (answer := ask(rule, name, pages)):
            continue
        found.append(_Said(answer, rule, rule.record.trust * (1 - 0.7 * (1 - answer.likeness))))
    if not found:
        return None
    surest = max(found, key=lambda said: said.confidence * _standing(said.rule, name))
    same = [s for s in found if same_value(name, s.answer.value, surest.answer.value)]
    # The person's own spelling goes before what stands there.
    told = next((said for said in same if said.rule.kind == "constant"), surest)
    return replace(told, confidence=min(_MOST_SURE, surest.confidence + 0.02 * (len(same) - 1)))


def _standing(rule: Rule, name: str) -> float:
    """Where places disagree: one under another field's name was right by chance until proven."""
    return 1.0 if rule.record.right >= _OFTEN else _STANDING[standing_of(rule, name)]


def _is_refused_here(
    name: str, remembered: FieldMemory, found: ExtractedField, pages: Pages
) -> bool:
    """Whether a person said that what stands at this place is not this field."""
    for rule in remembered.rules:
        if rule.kind != "absent" or rule.record.trust < remembered.finders.trust:
            continue
        best = best_spot(rule, name, pages)
        if best and found.value in best[0].values:
            return True
    return False


def _may_fill(name: str, said: _Said) -> bool:
    return said.confidence >= _LEAST and (said.answer.printed or name not in BANK)


def _finders_confidence(remembered: FieldMemory, found: ExtractedField) -> float:
    """The finders' confidence in the light of how often they were right here."""
    if str(found.value) in remembered.refused:
        return found.confidence * 0.2
    record = remembered.finders
    weight = _WEIGHT + record.right + record.wrong
    return (_WEIGHT * found.confidence + record.right) / weight


def _outweighs(
    name: str,
    said: _Said,
    remembered: FieldMemory,
    found: ExtractedField,
    pages: Pages,
) -> bool:
    refused = str(found.value) in remembered.refused
    if name in BANK or FIELDS[name].kind in UNPRINTED:
        # Another account, or a currency not seen before, is news and never put right silently.
        return refused and (said.answer.printed or name not in BANK)
    if said.rule.kind == "constant":
        never_wrong = said.rule.record.wrong == 0
        if pages.ocr and never_wrong and misread(name, found.value, said.answer.value):
            return True
        if not said.answer.printed:
            return refused  # a name that the page does not print must not hide one that it does
        # What is not the vendor's own, such as the customer, may differ from bill to bill.
        own = name.startswith("vendor_") or remembered.finders.wrong > 0 or refused
        if never_wrong and own:
            return said.confidence > found.confidence / (1 + said.rule.record.right)
    known = _finders_confidence(remembered, found)
    if remembered.finders.wrong == 0 and not refused:
        # They were right so far and have reasons of their own, such as sums that add up.
        return said.rule.record.right >= 3 and said.confidence > max(known, found.confidence)
    return said.confidence > known + (0.0 if refused else _MARGIN)


def _agreed(said: _Said, found: ExtractedField) -> ExtractedField:
    both = 1 - (1 - found.confidence) * (1 - said.confidence)
    sure = max(found.confidence, min(_MOST_SURE, both))
    reasons = tuple(r for r in found.reasons if r != "ambiguous_date")
    spelled = said.answer.value if said.rule.kind == "constant" else found.value
    return replace(found, value=spelled, confidence=round(sure, 4), reasons=reasons)


def _taken(said: _Said, found: ExtractedField | None) -> ExtractedField:
    answer = said.answer
    others = (_candidate(found), *found.candidates) if found else ()
    return ExtractedField(
        answer.value,
        answer.raw,
        round(said.confidence, 4),
        "vendor_memory",
        answer.page,
        answer.box,
        (),
        others[:_MOST_CANDIDATES],
    )


def _doubted(said: _Said, found: ExtractedField, remembered: FieldMemory) -> ExtractedField:
    kept = _with_record(found, remembered)
    answer = said.answer
    other = Candidate(
        answer.value,
        answer.raw,
        round(min(said.confidence, 1 - kept.confidence), 4),
        "vendor_memory",
        answer.page,
        answer.box,
    )
    others = tuple(c for c in found.candidates if c.value != answer.value)
    return replace(kept, candidates=(other, *others)[:_MOST_CANDIDATES])


def _with_record(found: ExtractedField, remembered: FieldMemory) -> ExtractedField:
    """Never surer than the finders' record on this layout allows."""
    known = _finders_confidence(remembered, found)
    return replace(found, confidence=round(min(found.confidence, known), 4))


def _candidate(found: ExtractedField) -> Candidate:
    return Candidate(found.value, found.raw, found.confidence, found.source, found.page, found.box)
