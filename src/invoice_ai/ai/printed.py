"""Everything printed on a document, ready to be searched for a value, however it was printed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from invoice_ai.domain.amounts import find_amounts, guess_decimal_mark
from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.layout import TextLine, segments, text_lines
from invoice_ai.domain.pages import Box, Page, Word, around

# What a reader mixes up: the shapes are the same, only one of them was meant.
_ALIKE = str.maketrans("oOqQdDiIlL|!sSbBzZgG", "00000011111155882266")
_RUN = re.compile(r"[^\W_]+")
_JOINED_LEFT = re.compile(r"[^\W_][/\\._–-]$")
_JOINED_RIGHT = re.compile(r"[/\\._–-][^\W_]")

# A name of five letters with one wrong is 80 alike, one of twenty with two wrong is 90.
LEAST_ALIKE = 87.0
SHORTEST_TOLERANT = 5
LONG = 8  # an identifier of which one character may have been misread
MOST_RUNS = 14  # an IBAN printed in fours has nine


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is printed.

    Attributes:
        raw: As printed.
        exact: The print says the value and nothing else; False: after allowing for what readers
            mix up (0 and O, a letter in a name, one digit of a long number).
        reading: Certainty of the least certain word, 0–1.
        signed: For amounts the value as printed, with its sign.
    """

    page: int
    box: Box
    raw: str
    source: Literal["text", "ocr"]
    exact: bool
    reading: float
    signed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters and digits between other characters.

    `line` numbers the line it stands in; `left` and `right` say that a stroke or a point joins it
    to more of the same word, as in "WX/7731-B".
    """

    text: str
    alike: str
    word: Word
    line: int
    left: bool
    right: bool


@dataclass
class _Sheet:
    """One page: its text in lower case without accents, and the word of every character."""

    page: Page
    text: str = ""
    starts: list[int] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def words_between(self, start: int, end: int) -> list[Word]:
        first = bisect_right(self.starts, start) - 1
        last = bisect_right(self.starts, end - 1) - 1
        return self.words[max(0, first) : last + 1]


class Printed:
    """An index of the pages; made once for all values of an answer."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.mark = guess_decimal_mark(w.text for p in pages for w in p.words)
        self.amounts: dict[Decimal, list[Place]] = defaultdict(list)
        self.days: dict[date, list[Place]] = defaultdict(list)
        self.currencies: dict[str, list[Place]] = defaultdict(list)
        self.runs: list[_Run] = []
        self.starting: dict[str, list[int]] = defaultdict(list)
        self.sheets: list[_Sheet] = []
        self.by_number = {p.number: p for p in pages}
        self.digits: list[tuple[str, list[Word], Page]] = []  # of scans: what may be a day
        self.pages: list[int] = []  # of each line
        for page in pages:
            self._index(page)

    def amount(self, value: Decimal) -> list[Place]:
        """Where this amount is printed, whatever its sign."""
        return self.amounts.get(abs(value), [])

    def day(self, value: date) -> list[Place]:
        """Where this day is printed; on scans also where one digit of it was misread or lost."""
        if found := self.days.get(value):
            return found
        wanted = _digits_of(value)
        places = []
        for digits, words, page in self.digits:
            near = (w for w in wanted if abs(len(w) - len(digits)) <= 1)
            if any(Levenshtein.distance(w, digits, score_cutoff=1) <= 1 for w in near):
                places.append(_place_of(words, page, " ".join(w.text for w in words), exact=False))
        return places

    def identifier(self, value: str) -> list[Place]:
        """Where these letters and digits stand, however they are divided; exact ones first."""
        wanted = "".join(_RUN.findall(_folded(value)))
        if not wanted:
            return []
        exact = self._sequence(wanted, alike=False)
        if exact or len(wanted) < SHORTEST_TOLERANT:
            return exact
        return self._sequence(wanted, alike=True) or self._nearly(wanted)

    def text(self, value: str) -> Place | None:
        """Where a name stands, on one line or over several; exact before nearly."""
        wanted = " ".join(_RUN.findall(_folded(value)))
        if not wanted:
            return None
        best: tuple[float, int, int, _Sheet] | None = None
        for sheet in self.sheets:
            position = f" {sheet.text} ".find(f" {wanted} ")
            if position >= 0:
                return self._place(sheet, position, position + len(wanted), exact=True)
            if len(wanted) < SHORTEST_TOLERANT or len(sheet.text) < len(wanted):
                continue
            found = fuzz.partial_ratio_alignment(wanted, sheet.text, score_cutoff=LEAST_ALIKE)
            if found and (best is None or found.score > best[0]):
                best = (found.score, found.dest_start, found.dest_end, sheet)
        if best is None:
            squeezed = self.identifier(value)  # "Mc Donald" and "McDonald"
            return squeezed[0] if squeezed and len(wanted) >= SHORTEST_TOLERANT else None
        return self._place(best[3], best[1], best[2], exact=False)

    def parts(self, value: str) -> list[Place]:
        """Where the parts of an address stand; empty unless nearly all of it is printed."""
        parts = [p for p in re.split(r"[,;\n]", value) if _RUN.search(p)]
        found = [self.text(part) for part in parts]
        there = [place for place in found if place is not None]
        told = sum(len(p) for p, place in zip(parts, found, strict=True) if place is not None)
        return there if there and told >= 0.75 * sum(map(len, parts)) else []

    def _index(self, page: Page) -> None:
        sheet = _Sheet(page)
        texts: list[str] = []
        length = 0
        for line in text_lines(page):
            number = len(self.pages)
            self.pages.append(page.number)
            self._index_line(line, page)
            for word in line.words:
                folded = _folded(word.text)
                for match in _RUN.finditer(folded):
                    run = match[0]
                    self.starting[run[:1]].append(len(self.runs))
                    left = bool(_JOINED_LEFT.search(folded, 0, match.start()))
                    right = bool(_JOINED_RIGHT.match(folded, match.end()))
                    self.runs.append(_Run(run, run.translate(_ALIKE), word, number, left, right))
                    sheet.starts.append(length)
                    sheet.words.append(word)
                    texts.append(run)
                    length += len(run) + 1
        sheet.text = " ".join(texts)
        self.sheets.append(sheet)

    def _index_line(self, line: TextLine, page: Page) -> None:
        for amount in find_amounts(line.words, decimal_mark=self.mark):
            words = line.words[amount.start : amount.end]
            for value, exact in ((amount.value, True), (amount.other, False)):
                if value is not None:
                    place = _place_of(words, page, amount.raw, exact=exact, signed=value)
                    self.amounts[abs(value)].append(place)
            if amount.currency:
                place = _place_of(words, page, amount.raw, exact=True)
                self.currencies[amount.currency.strip(".:").casefold()].append(place)
        if page.source == "ocr":
            self._misread_amounts(line, page)
            self._digits(line, page)
        for part in {line.text: line, **{s.text: s for s in segments(line, page)}}.values():
            self._index_days(part, page)
        for word in line.words:
            for token in re.findall(r"[^\W\d_]{2,6}\.?|[€$£¥₹₽₩₺₴₦₱฿₫₪₡₲₵]", word.text):
                place = _place_of([word], page, word.text, exact=True)
                self.currencies[token.strip(".:").casefold()].append(place)

    def _index_days(self, line: TextLine, page: Page) -> None:
        text = line.text
        for day in find_dates(text):
            words = _between(line, day.start, day.end)
            for value in (day.value, day.other):
                if value is not None:
                    place = _place_of(words, page, day.raw, exact=True)
                    if all(place.box != p.box for p in self.days[value]):
                        self.days[value].append(place)

    def _misread_amounts(self, line: TextLine, page: Page) -> None:
        """Amounts behind letters that are digits: "l19.OO", and marks that were seen as blanks."""
        for word in line.words:
            text = word.text.strip("€$£:*")
            digits = sum(c.isdigit() for c in text)
            if digits < 2 or digits == len(text) or len(text) > 16:
                continue
            fixed = text.translate(_ALIKE)
            if fixed == text or not re.fullmatch(r"[-+(]?[0-9.,']+\)?", fixed):
                continue
            for amount in find_amounts([word._replace(text=fixed)], decimal_mark=self.mark):
                place = _place_of([word], page, word.text, exact=False, signed=amount.value)
                self.amounts[abs(amount.value)].append(place)

    def _digits(self, line: TextLine, page: Page) -> None:
        """One to three words that together have the digits of a day."""
        for start, first in enumerate(line.words):
            if not any(c.isdigit() for c in first.text):
                continue
            for end in range(start + 1, min(start + 4, len(line.words) + 1)):
                words = list(line.words[start:end])
                text = "".join(w.text for w in words)
                digits = "".join(c for c in text.translate(_ALIKE) if c.isdigit())
                if len(text) > 14 or len(digits) > 9:
                    break
                if len(digits) >= 5:
                    self.digits.append((digits, words, page))

    def _sequence(self, wanted: str, *, alike: bool) -> list[Place]:
        wanted = wanted.translate(_ALIKE) if alike else wanted
        found = []
        starts = range(len(self.runs)) if alike else self.starting.get(wanted[:1], [])
        for start in starts:
            first = self.runs[start]
            text, words = "", []
            for run in self.runs[start : start + MOST_RUNS]:
                if run.line != first.line:
                    break
                piece = run.alike if alike else run.text
                if not wanted.startswith(piece, len(text)):
                    break
                text += piece
                words.append(run.word)
                if len(text) == len(wanted):
                    page = self.pages[first.line]
                    unique = list(dict.fromkeys(words))
                    raw = " ".join(w.text for w in unique)
                    whole = not (first.left or run.right)
                    found.append(
                        _place_of(unique, self.by_number[page], raw, exact=whole and not alike)
                    )
                    break
        return found

    def _nearly(self, wanted: str) -> list[Place]:
        """Glued to something else; on scans, if it is long, also with one character misread."""
        wanted = wanted.translate(_ALIKE)
        found = []
        for run in self.runs:
            page = self.by_number[self.pages[run.line]]
            glued = len(run.alike) > len(wanted) and (
                run.alike.startswith(wanted) or run.alike.endswith(wanted)
            )
            misread = (
                page.source == "ocr"
                and len(wanted) == len(run.alike) >= LONG
                and Levenshtein.distance(wanted, run.alike, score_cutoff=1) <= 1
            )
            if glued or misread:
                found.append(_place_of([run.word], page, run.word.text, exact=False))
        return found

    def _place(self, sheet: _Sheet, start: int, end: int, *, exact: bool) -> Place:
        words = list(dict.fromkeys(sheet.words_between(start, end)))
        return _place_of(words, sheet.page, " ".join(w.text for w in words), exact=exact)


def _place_of(
    words: Sequence[Word], page: Page, raw: str, *, exact: bool, signed: Decimal | None = None
) -> Place:
    box = around([w.box for w in words])
    reading = min(w.confidence for w in words)
    return Place(page.number, box, raw, page.source, exact, reading, signed)


def _between(line: TextLine, start: int, end: int) -> list[Word]:
    words, position = [], 0
    for word in line.words:
        if position < end and position + len(word.text) > start:
            words.append(word)
        position += len(word.text) + 1
    return words or list(line.words)


def _digits_of(day: date) -> set[str]:
    """The digits of a day in the orders in which it is printed."""
    d, m, y = f"{day.day:02}", f"{day.month:02}", f"{day.year}"
    return {d + m + y, m + d + y, y + m + d, f"{day.day}{day.month}{y}", f"{day.month}{day.day}{y}"}


def _folded(text: str) -> str:
    """Lower case without accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))
