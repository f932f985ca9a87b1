"""The dates of an invoice, chosen together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from invoice_ai.domain.dates import DateReading, find_dates
from invoice_ai.domain.invoice import Candidate, ExtractedField
from invoice_ai.extraction.finders.evidence import Evidence, Found, as_field, choose, found_in
from invoice_ai.extraction.finders.labels import Hit
from invoice_ai.extraction.finders.references import is_credit_note, names_earlier
from invoice_ai.extraction.finders.sheet import Segment, Sheet, ends_in_money

_MEANINGS = ("invoice_date", "date", "due_date", "delivery_date", "period", "other_date")
_OLD = timedelta(days=3 * 365)  # before the other dates
_LONGEST_TERM = timedelta(days=400)  # a due date further away is another kind of date


@dataclass(eq=False, slots=True)
class Day:
    """One printed date and what its label calls it."""

    reading: DateReading
    segment: Segment
    meaning: str = ""
    nearness: float = 0.0
    in_table: bool = False
    rank: int = 0  # how many dates stand before it


def read_days(sheet: Sheet, day_first: bool | None) -> list[Day]:
    """All dates in reading order, with their labels."""
    days: list[Day] = []
    credit = is_credit_note(sheet)
    for segment in sheet:
        if sum(map(str.isdigit, segment.text)) < 3:
            continue
        previous: Day | None = None
        for reading in find_dates(segment.text, day_first=day_first):
            day = Day(reading, segment, rank=len(days))
            _label(day, previous, sheet, credit=credit)
            day.in_table = _in_table(day, sheet)
            days.append(day)
            if previous:
                _pair(previous, day)
            previous = day
    return days


def order_of_days(sheet: Sheet, *, country: str | None, language: str | None) -> bool | None:
    """Whether 03/04 is 3 April (True), 4 March (False), or nobody can tell (None).

    A date of the same document that has one reading decides ("28/11/2023"); then an ambiguous
    date that is also printed in words; then where the vendor is; then the language.
    """
    votes: Counter[bool] = Counter()
    certain: set[date] = set()
    doubtful: list[DateReading] = []
    for segment in sheet:
        for reading in find_dates(segment.text):
            if reading.other:
                doubtful.append(reading)
                continue
            certain.add(reading.value)
            head = reading.raw[:2]
            if "/" in reading.raw or "-" in reading.raw:
                if head.isdigit() and int(head) == reading.value.day and reading.value.day > 12:
                    votes[True] += 1
                elif reading.value.day > 12 and reading.raw.lstrip("0")[:1].isdigit():
                    first = reading.raw.replace("-", "/").split("/")[0].strip()
                    if first.isdigit() and len(first) <= 2 and int(first) == reading.value.month:
                        votes[False] += 1
    if votes[True] != votes[False]:
        return votes[True] > votes[False]
    for reading in doubtful:
        if (reading.value in certain) != (reading.other in certain):
            return reading.value in certain
    if country:
        return country != "US"
    if language and language != "en":
        return True
    return None


def _pair(first: Day, second: Day) -> None:
    """ "01.06.2023 - 30.06.2023" is a period unless a label says something else."""
    between = first.segment.text[first.reading.end : second.reading.start]
    if _UNTIL.fullmatch(between) and first.meaning in ("", "date", "period"):
        first.meaning = second.meaning = "period"
        first.nearness = second.nearness = 0.8


_UNTIL = re.compile(
    r"\s?(?:[-–—/]|to|till|until|thru|bis(?: zum)?|au|al|a|tot|t/m|do|ate|até)\s?", re.IGNORECASE
)
_DISCOUNT = re.compile(
    r"^\W{0,3}\w{0,5}\W{0,3}(?:\d+(?:[.,]\d+)? ?%|skonto|discount|escompte|sconto)", re.IGNORECASE
)
_CLOCK = re.compile(r"[\W_]{0,3}(?:@ ?|um |at )?\d{1,2}[:.]\d{2}")


def _label(day: Day, previous: Day | None, sheet: Sheet, *, credit: bool) -> None:
    segment = day.segment
    start = day.reading.start
    low = previous.reading.end if previous else 0
    before = [
        h for h in segment.hits if low <= segment.hit_span(h)[0] and segment.hit_span(h)[1] <= start
    ]
    titled = any(
        _TITLED & set(h.meanings) and 0 <= start - segment.hit_span(h)[1] < _FAR
        for h in segment.hits
    )
    if any(_TITLED & set(h.meanings) and names_earlier(segment, h, credit=credit) for h in before):
        day.meaning, day.nearness = "other_date", 0.8  # of the invoice that is corrected
        return
    if _NET.match(segment.text, day.reading.end):
        day.meaning, day.nearness = "due_date", 0.9  # "… bis 11.10.2026 ohne Abzug"
        return
    if before and (
        _is_of_an_order(before, segment.text[low:start])
        or _OF_A_CONTRACT.search(segment.text[low:start])
    ):
        day.meaning, day.nearness = "other_date", 0.8  # "Your order 4711 of 4 October 2024"
        return
    for hit in reversed(before):
        meaning = _meaning(hit.meanings)
        if meaning == "date" and _is_longer(segment, hit, low, start):
            break
        if meaning:
            if meaning == "date" and titled:
                meaning = "invoice_date"  # "Rechnung 4711 vom 03.07.2014"
            elif meaning == "date" and len(hit.phrase) <= 3:
                day.meaning, day.nearness = "date", 0.3  # a bare "vom", "du", "on"
                if segment.left and any("other_date" in h.meanings for h in segment.left.hits):
                    day.meaning, day.nearness = "other_date", 0.8  # "Version: 2.1 vom 24.03.2020"
                return
            gap = start - segment.hit_span(hit)[1]
            day.meaning, day.nearness = meaning, 1.0 if gap <= 4 else 0.8 if gap < 25 else 0.6
            return
    if previous:  # "from … to …": the second date means what the first one means
        day.meaning, day.nearness = previous.meaning, previous.nearness
        return
    if not any(c.isalnum() for c in segment.text[:start]):
        left = segment.left
        if left is not None and left.hits:
            for hit in reversed(left.hits):
                if meaning := _meaning(hit.meanings):
                    if meaning == "date" and _is_longer(left, hit, 0, len(left.text)):
                        return
                    tail = left.text[left.hit_span(hit)[1] :]
                    if sum(c.isdigit() for c in tail) < 3:
                        day.meaning, day.nearness = meaning, 0.95
                        return
                break
    if start == 0 and segment.left is None and (broken := _label_before_break(segment, sheet)):
        day.meaning, day.nearness = broken, 0.85
        return
    town = _TOWN.fullmatch(segment.text[:start])
    charged = ends_in_money(sheet.lines[segment.line][-1])
    if town and not charged and not segment.text[day.reading.end :].strip(" ."):
        day.meaning, day.nearness = "date", 0.9
        return
    place = segment.place(start, day.reading.end)
    for other in sheet.above(segment, place, reach=3):
        if segment.box.y0 - other.box.y1 > 3.5 * segment.height:
            break
        if ends_in_money(sheet.lines[other.line][-1]):
            break  # "Change due  0.00" has its value beside it
        for hit in other.hits:
            box = other.hit_place(hit)
            if box.x0 < place.x1 + 0.01 and box.x1 > place.x0 - 0.01:
                meaning = _meaning(hit.meanings)
                if meaning == "date" and _is_longer(other, hit, 0, len(other.text)):
                    continue
                tail = other.text[other.hit_span(hit)[1] :]
                if meaning and other.mostly_label and not any(c.isdigit() for c in tail):
                    day.meaning, day.nearness = meaning, 0.8
                    return
        if any(c.isdigit() for c in other.text):
            break
    alone = segment.left is segment.right is None and segment.text.strip(" .") == day.reading.raw
    if alone and segment.line and segment.box.y0 < _HEAD:
        day.meaning, day.nearness = "date", 0.7  # a letter's date, above what it is about
        return
    # "Invoice 12/03/2024", "Invoice 4711, 12/03/2024": the date follows the title.
    if (
        before
        and _TITLED & set(before[0].meanings)
        and not _WORDS.search(segment.text[segment.hit_span(before[-1])[1] : start])
    ):
        day.meaning, day.nearness = "date", 0.8


def _label_before_break(segment: Segment, sheet: Sheet) -> str:
    """The label that ends the line above: "Issued: 23.10.2025  Due:" over "6.11.2025"."""
    above = next(iter(sheet.above(segment, segment.box, reach=1)), None)
    if above is None or not above.hits or not above.text.rstrip().endswith(":"):
        return ""
    last = above.hits[-1]
    ends = not above.text[above.hit_span(last)[1] :].strip(" :.")
    return _meaning(last.meanings) if ends and len(above.words) > len(segment.words) else ""


# The town before a date as letters begin: "Milano, lì", "Köln, den", "Porto,".
_TOWN = re.compile(
    r"[^\W\d_][^\d:;]{2,34}, ?(?:(?:le|den|l[iì]|il|a|el|em|dne|dnia) )?", re.IGNORECASE
)


def _is_of_an_order(before: Sequence[Hit], text: str) -> bool:
    last = before[-1]
    linked = len(last.phrase) <= 3 or _OF_A_DAY.search(text)
    others = [h for h in before[:-1] if "number" not in h.meanings]
    if "date" in last.meanings and linked and others:
        last = others[-1]  # a bare "of", "vom", "del"; "de fecha"
    return bool(_ORDERED & set(last.meanings))


_NET = re.compile(
    r"\W{1,3}(?:ohne (?:jeden )?abzug|rein netto|sans escompte|senza sconto)\b", re.IGNORECASE
)
_OF_A_DAY = re.compile(r"\b(?:de|con) fecha\W*$", re.IGNORECASE)
# "Schedule 3 to MSA dated 14 March 2025", "gemäß Vertrag vom 3.2.2026"
_OF_A_CONTRACT = re.compile(
    r"\b(?:msa|agreement|contract|schedule|sow|notice|letter|email|quote|quotation|proposal|vertrag\w*|contrat|contrato|contratto|umowy|overeenkomst)\W(?:\w+ )?"
    r"(?:dated|of|vom|du|de|del|z|van)\W*$",
    re.IGNORECASE,
)
_ORDERED = frozenset({"purchase_order", "order", "delivery_note"})
_FAR = 60  # letters between a title and its date
_HEAD = 0.35  # of the page's height
_TITLED = frozenset({"title_invoice", "title_credit_note", "invoice_number"})
_WORDS = re.compile(r"[^\W\d_]{4}|:")


def _is_longer(segment: Segment, hit: Hit, low: int, high: int) -> bool:
    """Whether "date" is only a part of a label nobody knows: "Datum dodání:", "Best before date".

    Args:
        low, high: Where the label may begin and must end.
    """
    begin, end = segment.hit_span(hit)
    others = [segment.hit_span(h) for h in segment.hits if h is not hit]
    low = max([low, *(b for _, b in others if b <= begin)])
    high = min([high, *(a for a, _ in others if a >= end)])
    behind = segment.text[end:high].partition(":")[0].partition("(")[0]
    before = segment.text[low:begin]
    return any(
        _LONG_WORD.search(part) and not any(c.isdigit() or c == ":" for c in part)
        for part in (before, behind)
    )


_LONG_WORD = re.compile(r"[^\W\d_]{4}")


def _meaning(meanings: Sequence[str]) -> str:
    return next((m for m in _MEANINGS if m in meanings), "")


def _in_table(day: Day, sheet: Sheet) -> bool:
    """Whether the date begins a row of charges: "14.09.18  Night  110.00"."""
    if day.nearness > 0.8 or day.reading.start > 3:
        return False
    line = sheet.lines[day.segment.line]
    return any(s is not day.segment and ends_in_money(s) for s in line)


def choose_days(
    days: Sequence[Day], *, receipt: bool, terms: int | None, last_line: int
) -> dict[str, ExtractedField]:
    """Invoice date, due date, delivery date and period."""
    fields: dict[str, ExtractedField] = {}
    times = Counter(d.reading.value for d in days)
    strengths = {"invoice_date": 1.0, "date": 0.75}
    values = sorted(d.reading.value for d in days)
    middle = values[len(values) // 2] if values else date.min
    found: list[Found] = []
    for day in days:
        if day.meaning in ("due_date", "period"):
            continue
        if len(values) > 2 and middle - day.reading.value > _OLD and day.meaning != "invoice_date":
            continue  # of a law or a register: "loi 80-335 du 12/05/80"
        label = strengths.get(day.meaning, 0.25 if not day.meaning else 0.0)
        if day.meaning in ("delivery_date", "other_date"):
            label = 0.05
        if day.in_table:
            label = 0.05
        near = day.nearness if label > 0.3 else 0.3
        clock = bool(_CLOCK.match(day.segment.text, day.reading.end))
        if not day.meaning and not day.in_table and (receipt or clock):
            label, near = 0.5, 0.6 + 0.15 * clock
        early = 1 - 0.5 * day.segment.line / max(1, last_line) - 0.05 * min(day.rank, 6)
        again = 0.3 * min(2, times[day.reading.value] - 1)
        found.append(_found(day, Evidence(label, near, 1.0, again, early, 1.0)))
    if field := choose(found, ceiling=0.98):
        fields["invoice_date"] = _with_other(field, days)
    issued = fields["invoice_date"].value if "invoice_date" in fields else None
    due: list[Found] = []
    for day in days:
        if day.meaning != "due_date":
            continue
        agreement = 0.0
        if isinstance(issued, date):
            gap = day.reading.value - issued
            if gap < timedelta(0) or gap > _LONGEST_TERM:
                agreement = -0.8
            elif terms is not None and gap == timedelta(days=terms):
                agreement = 0.8
            else:
                agreement = 0.2
        after = day.segment.text[day.reading.end : day.reading.end + 28]
        label = 0.5 if _DISCOUNT.search(after) else 1.0  # "until … with 2 % discount"
        due.append(_found(day, Evidence(label, day.nearness, 1.0, agreement, 0.5, 1.0)))
    if field := choose(due, ceiling=0.98):
        fields["due_date"] = _with_other(field, days)
    delivered = [
        _found(d, Evidence(0.95, d.nearness, 1.0, 0.0, 0.5, 1.0))
        for d in days
        if d.meaning == "delivery_date"
    ]
    if field := choose(delivered, ceiling=0.95):
        fields["delivery_date"] = _with_other(field, days)
    _period(days, fields)
    return fields


def _found(day: Day, evidence: Evidence) -> Found:
    r = day.reading
    reasons = ("ambiguous_date",) if r.other else ()
    return found_in(day.segment, r.start, r.end, r.value, evidence, *reasons)


def _with_other(field: ExtractedField, days: Sequence[Day]) -> ExtractedField:
    """An ambiguous date offers its other reading first and is at best an even chance."""
    if "ambiguous_date" not in field.reasons:
        return field
    other = next(
        (d.reading.other for d in days if d.reading.value == field.value and d.reading.other), None
    )
    if other is None:
        return field
    sure = min(field.confidence, 0.6)
    candidate = Candidate(
        other, field.raw, round(1 - sure - 0.05, 4), field.source, field.page, field.box
    )
    return ExtractedField(
        field.value,
        field.raw,
        sure,
        field.source,
        field.page,
        field.box,
        field.reasons,
        (candidate, *field.candidates[:3]),
    )


def _period(days: Sequence[Day], fields: dict[str, ExtractedField]) -> None:
    """Two dates under one period label, or "from – to" in one segment outside the items."""
    for first, second in pairwise(days):
        together = first.segment is second.segment
        named = first.meaning == "period" and second.meaning in ("period", "")
        if not (named and first.segment.line >= second.segment.line - 1):
            continue
        if first.reading.value <= second.reading.value:
            near = 1.0 if together else 0.7
            evidence = Evidence(0.9, near, 1.0, 0.3, 0.5, 1.0)
            fields["period_start"] = as_field(_found(first, evidence))
            fields["period_end"] = as_field(_found(second, evidence))
            return
