"""From evidence to a confidence: the one place where scores become probabilities.

A finder states what speaks for a candidate as a plain tuple of numbers (`Evidence`); `confidence`
turns it into a probability with hand-made weights. A trained model replaces `confidence` and
nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from invoice_ai.domain.invoice import Candidate, ExtractedField, Value
from invoice_ai.domain.pages import Box, Page, Word, around
from invoice_ai.extraction.finders.sheet import Segment

LOW_OCR = 0.75  # word confidence below which the reviewer is told


class Evidence(NamedTuple):
    """What a person would look at. All in about 0–1 unless said otherwise.

    Attributes:
        label: Strength of the best label (1 names the field, 0.5 could be something else, 0 none).
        nearness: 1 beside the label, falling with distance and detours.
        shape: How much the value looks like this kind of value.
        agreement: Agreement with other values of the document, -1 (contradicts) … 1.
        place: Where on the page such a value is expected.
        reading: The reader's certainty of its words.
    """

    label: float
    nearness: float
    shape: float
    agreement: float
    place: float
    reading: float


# Weights: a named, adjacent, well-shaped value ends at about 0.95, without label below 0.5.
_WEIGHTS = Evidence(3.4, 1.4, 1.2, 1.8, 0.6, 1.5)
_BIAS = -4.2


def confidence(evidence: Evidence) -> float:
    """The probability that the value is right: a logistic of the weighted evidence.

    >>> 0.9 < confidence(Evidence(1, 1, 1, 0, 0.5, 1)) < 1
    True
    >>> confidence(Evidence(0, 0, 1, 0, 0.5, 1)) < 0.5
    True
    """
    total = _BIAS + sum(w * e for w, e in zip(_WEIGHTS, evidence, strict=True))
    return 1 / (1 + math.exp(-total))


def reading_of(words: Sequence[Word]) -> float:
    """The least certain word."""
    return min((w.confidence for w in words), default=0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """A value with its place and evidence, before the decision."""

    value: Value
    raw: str
    page: Page
    box: Box
    evidence: Evidence
    reasons: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        return confidence(self.evidence)

    def supported(self, more: float) -> Found:
        """The same with a stronger agreement."""
        return replace(
            self, evidence=self.evidence._replace(agreement=self.evidence.agreement + more)
        )


def found_in(
    segment: Segment, start: int, end: int, value: Value, evidence: Evidence, *reasons: str
) -> Found:
    """A value that stands in one segment; `reading` is taken from its words."""
    words = segment.words_between(start, end)
    evidence = evidence._replace(reading=reading_of(words))
    box = around([w.box for w in words])
    return Found(value, segment.text[start:end].strip(), segment.page, box, evidence, reasons)


def choose(found: Sequence[Found], *, ceiling: float = 0.99) -> ExtractedField | None:
    """The best of several readings of one field, the others as candidates.

    Equal values support each other; a different value that is nearly as good lowers the
    confidence, because then one of the two is wrong.
    """
    if not found:
        return None
    best: dict[Value, Found] = {}
    times: dict[Value, int] = {}
    for one in sorted(found, key=lambda f: -f.confidence):
        best.setdefault(one.value, one)
        times[one.value] = times.get(one.value, 0) + 1
    ranked = sorted(best.values(), key=lambda f: -(f.confidence + 0.02 * min(times[f.value], 4)))
    first = ranked[0]
    sure = first.confidence + 0.02 * min(times[first.value] - 1, 3)
    if len(ranked) > 1:
        sure -= 0.35 * max(0.0, ranked[1].confidence - 0.45)
    return as_field(first, ranked[1:], min(sure, ceiling))


def as_field(
    first: Found, others: Sequence[Found] = (), sure: float | None = None
) -> ExtractedField:
    """An extracted field from the winner and the others."""
    reasons = first.reasons
    if first.page.source == "ocr" and first.evidence.reading < LOW_OCR:
        reasons = (*reasons, "low_ocr")
    value = first.confidence if sure is None else sure
    if first.page.source == "ocr":
        # However well a value fits, it is no surer than its words were read.
        value *= 0.7 + 0.3 * min(1.0, first.evidence.reading / 0.95)
    return ExtractedField(
        value=first.value,
        raw=first.raw,
        confidence=round(max(0.01, min(0.99, value)), 4),
        source=first.page.source,
        page=first.page.number,
        box=first.box,
        reasons=reasons,
        candidates=tuple(
            Candidate(o.value, o.raw, round(o.confidence, 4), o.page.source, o.page.number, o.box)
            for o in others[:4]
        ),
    )


def found_text(segments: Sequence[Segment], text: str, evidence: Evidence) -> Found:
    page = segments[0].page
    same = [s for s in segments if s.page is page]
    words = [w for s in same for w in s.words]
    evidence = evidence._replace(reading=reading_of(words))
    raw = " ".join(s.text for s in same)
    return Found(text, raw, page, around([s.box for s in same]), evidence)


def text_field(segments: Sequence[Segment], text: str, evidence: Evidence) -> ExtractedField:
    field = choose([found_text(segments, text, evidence)], ceiling=0.95)
    assert field is not None
    return field
