"""Printed values of one kind, each with the words around it: what a remembered place is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import groupby

from invoice_ai.domain.amounts import CURRENCY, find_amounts
from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.layout import TextLine, segments, text_lines
from invoice_ai.domain.pages import Box, Page, Reading, Word, around
from invoice_ai.extraction.finders.labels import comparable

_MOST_LEFT = 6  # words of a label
_REACH = 4  # lines up and down for the words above and below
_MOST_LINES = 8  # of an address
_FIRST_PAGES = 3
_LONGEST_LINE = 400  # characters; longer ones are prose
_RATE = re.compile(r"\(?\d+(?:[.,]\d+)?\s?%\)?")
_CURRENCY = re.compile(rf"\(?{CURRENCY}\)?[.:]?")


@dataclass(frozen=True)
class Part:
    """A part of a text line without a wide gap."""

    row: int
    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        return around([w.box for w in self.words])

    @cached_property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)

    @cached_property
    def key(self) -> str:
        return label_key(self.words)


@dataclass(frozen=True)
class Sheet:
    """One page cut into rows and parts."""

    page: Page
    index: int
    last: bool
    rows: tuple[TextLine, ...]
    parts: tuple[tuple[Part, ...], ...]

    @cached_property
    def values(self) -> tuple[frozenset[int], ...]:
        """By row, the words that are a date's or an amount's: no label has them."""
        return tuple(frozenset(map(id, _value_words(line))) for line in self.rows)

    def labels(self, part: Part) -> tuple[Word, ...]:
        """The words of a part that may be a label."""
        values = self.values[part.row]
        return tuple(w for w in part.words if id(w) not in values and not _is_number(w.text))

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """By row and part, the key of its label."""
        return tuple(tuple(label_key(self.labels(p)) for p in parts) for parts in self.parts)

    def near(self, row: int, box: Box, step: int) -> str:
        """The nearest words above (step -1) or below (1) that stand in the box's column."""
        for at in range(row + step, row + step * (_REACH + 1), step):
            if not 0 <= at < len(self.parts):
                return ""
            for part, key in zip(self.parts[at], self.keys[at], strict=True):
                over = part.box.x0 < box.x1 + 0.01 and part.box.x1 > box.x0 - 0.01
                if over and len(key) >= 2:
                    return key
        return ""


@dataclass(frozen=True)
class Spot:
    """A printed value and what stands around it.

    Attributes:
        values: Its readings, the likelier first (two for 03/04/2024).
        raw: As printed.
        order: Values of its kind between it and the words on its left.
        words: What it is made of.
    """

    values: tuple[str | Decimal | date, ...]
    raw: str
    sheet: Sheet
    row: int
    words: tuple[Word, ...]
    left: str
    order: int = 0
    lines: int = 1

    @cached_property
    def box(self) -> Box:
        return around([w.box for w in self.words])

    @cached_property
    def above(self) -> str:
        return self.sheet.near(self.row, self.box, -1)

    @cached_property
    def below(self) -> str:
        return self.sheet.near(self.row + self.lines - 1, self.box, 1)


def sheets_of(reading: Reading) -> tuple[Sheet, ...]:
    """The first pages and the last one, laid out: header fields stand nowhere else."""
    found = []
    for page in reading.pages:
        index, last = page.number - 1, page is reading.pages[-1]
        if index >= _FIRST_PAGES and not last:
            continue
        rows = tuple(line for line in text_lines(page) if len(line.text) <= _LONGEST_LINE)
        parts = tuple(
            tuple(Part(number, s.words) for s in segments(line, page))
            for number, line in enumerate(rows)
        )
        found.append(Sheet(page, index, last, rows, parts))
    return tuple(found)


def dates_in(sheets: Sequence[Sheet]) -> Iterator[Spot]:
    for sheet, row, line in _lines(sheets):
        if not any(c.isdigit() for c in line.text):
            continue
        for order, found in enumerate(find_dates(line.text)):
            words = _covering(line.words, found.start, found.end)
            values = (found.value,) if found.other is None else (found.value, found.other)
            yield _spot(values, found.raw, sheet, row, words, order)


def amounts_in(sheets: Sequence[Sheet], decimal_mark: str | None) -> Iterator[Spot]:
    for sheet, row, line in _lines(sheets):
        for order, found in enumerate(find_amounts(line.words, decimal_mark=decimal_mark)):
            words = line.words[found.start : found.end]
            values = (found.value,) if found.other is None else (found.value, found.other)
            yield _spot(values, found.raw, sheet, row, words, order)


def matches_in(sheets: Sequence[Sheet], pattern: re.Pattern[str]) -> Iterator[Spot]:
    """What a pattern finds in the lines, and nothing longer."""
    for sheet, row, line in _lines(sheets):
        for order, found in enumerate(pattern.finditer(line.text)):
            words = _covering(line.words, found.start(), found.end())
            cut = line.text[: found.start()].rsplit(" ", 1)[-1]  # "Nr.4711": the label's part
            yield _spot((found.group(),), found.group(), sheet, row, words, order, cut)


def texts_in(sheets: Sequence[Sheet], lines: Sequence[int], joint: str) -> Iterator[Spot]:
    """Parts of lines, without up to five first words (their label), alone or with those below."""
    for sheet in sheets:
        for row, parts in enumerate(sheet.parts):
            for number, part in enumerate(parts):
                before = sheet.keys[row][number - 1] if number else ""
                stack = tuple(_stack(sheet, part))
                for count in lines:
                    if count > len(stack):
                        continue
                    for cut in range(min(_MOST_LEFT, len(part.words))):
                        words = part.words[cut:] + tuple(w for s in stack[1:count] for w in s.words)
                        left = comparable("".join(w.text for w in part.words[:cut])) or before
                        first = " ".join(w.text for w in part.words[cut:])
                        value = joint.join([first, *(s.text.strip(" ,") for s in stack[1:count])])
                        yield Spot((value,), value, sheet, row, words, left, 0, count)


def _stack(sheet: Sheet, top: Part) -> Iterator[Part]:
    """The part and those straight below it, aligned left or in the middle."""
    yield top
    last = top
    for row in range(top.row + 1, min(top.row + _MOST_LINES, len(sheet.parts))):
        aligned = [
            part
            for part in sheet.parts[row]
            if abs(part.box.x0 - top.box.x0) < 0.03
            or abs(part.box.center[0] - top.box.center[0]) < 0.04
        ]
        if not aligned or aligned[0].box.y0 - last.box.y1 > 2.5 * max(top.box.height, 0.005):
            return
        last = aligned[0]
        yield last


def _lines(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, int, TextLine]]:
    for sheet in sheets:
        for row, line in enumerate(sheet.rows):
            yield sheet, row, line


def _spot(
    values: tuple[str | Decimal | date, ...],
    raw: str,
    sheet: Sheet,
    row: int,
    words: tuple[Word, ...],
    order: int,
    cut: str = "",
) -> Spot:
    left, skipped = _left_of(sheet, row, words[0], cut)
    return Spot(values, raw, sheet, row, words, left, min(order, skipped))


def _left_of(sheet: Sheet, row: int, word: Word, cut: str) -> tuple[str, int]:
    """The words of the label on the left, and how many values stand in between.

    The label stands before the value in its part of the line, or is the nearest part that has
    words: what stands further left belongs to another column.
    """
    parts, values = sheet.parts[row], sheet.values[row]
    own, at = next((n, i) for n, p in enumerate(parts) for i, w in enumerate(p.words) if w is word)
    said: list[str] = [cut] if comparable(cut) else []
    skipped = 0
    for before in reversed(parts[own].words[:at]):
        if id(before) in values or _is_number(before.text):
            if said:
                break
            skipped += 1
        elif len(said) < _MOST_LEFT:
            said.append(before.text)
    if left := key_of(reversed(said)):
        return left, skipped
    for part in reversed(parts[:own]):
        if left := label_key(sheet.labels(part)[-_MOST_LEFT:]):
            return left, skipped
        skipped += 1
    return "", skipped


def label_key(words: Iterable[Word]) -> str:
    """A label as it is compared; "" for values, rates and currencies."""
    return key_of(w.text for w in words if not _is_number(w.text))


def key_of(texts: Iterable[str]) -> str:
    """The comparable form of a label's words without rates, which change, and currencies."""
    return comparable("".join(_RATE.sub("", t) for t in texts if not _CURRENCY.fullmatch(t)))


def _value_words(line: TextLine) -> Iterator[Word]:
    if any(c.isdigit() for c in line.text):
        for day in find_dates(line.text):
            yield from _covering(line.words, day.start, day.end)
        for amount in find_amounts(line.words):
            yield from line.words[amount.start : amount.end]


@lru_cache(maxsize=20_000)
def _is_number(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return digits * 2 > len(text) or digits > sum(c.isalpha() for c in text)


def _covering(words: Sequence[Word], start: int, end: int) -> tuple[Word, ...]:
    """The words that hold the characters start … end of their joined text."""
    found = []
    at = 0
    for word in words:
        if at < end and at + len(word.text) > start:
            found.append(word)
        at += len(word.text) + 1
    return tuple(found)


def mask_of(value: str) -> str:
    """The pattern of a number: letters as A, digits as 9, white space as one space.

    >>> mask_of("RE-2024 / 0815")
    'AA-9999 / 9999'
    """
    return "".join(
        "9" if c.isdigit() else "A" if c.isalpha() else " " if c.isspace() else c for c in value
    )


def cents_of(raw: str) -> str:
    """How an amount ends: a sign and two digits, as a mask; "9" for a bare number.

    >>> cents_of("1.234,50 €"), cents_of("4089")
    ('.99', '9')
    """
    return ".99" if re.search(r"\d[.,]\d\d(?!\d)", raw) else "9"


def pattern_of(mask: str) -> re.Pattern[str]:
    """What has this mask; a run of digits may have one more or less, for numbers grow."""
    parts = []
    for sign, run in groupby(mask):
        length = len(list(run))
        if sign == "9":
            parts.append(rf"\d{{{max(1, length - 1)},{length + 1}}}")
        elif sign == "A":
            parts.append(rf"[^\W\d_]{{{length}}}")
        else:
            parts.append(r"\s?" if sign == " " else re.escape(sign) * length)
    return re.compile(rf"(?<![^\W_])(?<![^\W_][-/]){''.join(parts)}(?![^\W_]|[-/][^\W_])")


def literal_of(value: str) -> re.Pattern[str]:
    """The value itself, however it is spaced and separated on the page."""
    letters = [re.escape(c) for c in value if c.isalnum()]
    inside = r"[\s./\-]{0,2}"
    return re.compile(rf"(?<![^\W_]){inside.join(letters)}(?![^\W_])", re.IGNORECASE)


# A number as people print it, when its pattern is not known or has changed.
ANY_NUMBER = re.compile(r"(?<![^\W_])(?=[^\s]*\d)[^\W_](?:[\w./\-]{0,40}[^\W_])?(?![^\W_])")
