"""An index of everything the pages print: words, amounts, dates."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from invoice_ai.domain.amounts import find_amounts
from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.identifiers import iban_of
from invoice_ai.domain.layout import TextLine, text_lines
from invoice_ai.domain.pages import Box, Page, Word, around

LONGEST = 300  # characters of a text that is looked for in one piece
MANY = 200  # occurrences of its beginning that are tried

_TOKEN = re.compile(r"[^\W_]+")


class Place(NamedTuple):
    """Where something is printed; `row` counts text lines through the document."""

    row: int
    page: int
    box: Box
    source: Literal["text", "ocr"]


class _Token(NamedTuple):
    text: str
    row: int
    page: int
    word: Word
    source: Literal["text", "ocr"]


@dataclass
class PrintedPages:
    """What stands on the pages, by what it could mean."""

    amounts: dict[Decimal, list[Place]] = field(default_factory=lambda: defaultdict(list))
    dates: dict[date, list[Place]] = field(default_factory=lambda: defaultdict(list))
    ibans: dict[str, Place] = field(default_factory=dict)
    tokens: list[_Token] = field(default_factory=list)
    starts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    found: dict[str, list[Place]] = field(default_factory=dict)  # of texts looked for before

    def find_text(self, value: str) -> list[Place]:
        """Where the value's letters and digits are printed, however they are divided.

        A match begins and ends where printed words (or their parts between punctuation) do.
        Longer texts are found by their parts only.
        """
        if value in self.found:
            return self.found[value]
        wanted = "".join(_fold(value[: 2 * LONGEST]))
        found: list[Place] = []
        if len(wanted) > LONGEST:
            return found
        for length in range(1, len(wanted) + 1):
            for start in self.starts.get(wanted[:length], ())[:MANY]:
                if place := self._match(wanted, start):
                    found.append(place)
        self.found[value] = sorted(found)
        return self.found[value]

    def _match(self, wanted: str, start: int) -> Place | None:
        first = self.tokens[start]
        words, length, position = [first.word], len(first.text), start + 1
        while length < len(wanted):
            token = self.tokens[position] if position < len(self.tokens) else None
            if not token or token.page != first.page or not wanted.startswith(token.text, length):
                return None
            words.append(token.word)
            length += len(token.text)
            position += 1
        return Place(first.row, first.page, around([w.box for w in words]), first.source)


def index_pages(pages: Sequence[Page]) -> PrintedPages:
    """Everything printed on the pages."""
    index = PrintedPages()
    row = 0
    for page in pages:
        for line in text_lines(page):
            row += 1
            _index_line(index, line, row, page.source)
    return index


def _index_line(
    index: PrintedPages, line: TextLine, row: int, source: Literal["text", "ocr"]
) -> None:
    for word in line.words:
        for text in _fold(word.text):
            index.starts[text].append(len(index.tokens))
            index.tokens.append(_Token(text, row, line.page, word, source))
    for amount in find_amounts(line.words):
        place = Place(row, line.page, amount.box, source)
        for value in {amount.value, amount.other or amount.value}:
            index.amounts[abs(value)].append(place)
    text = line.text
    for day in find_dates(text):
        place = Place(row, line.page, _box_of(line, day.start, day.end), source)
        for reading in {day.value, day.other or day.value}:
            index.dates[reading].append(place)
    if iban := iban_of(text):
        index.ibans.setdefault(iban, Place(row, line.page, line.box, source))


def _box_of(line: TextLine, start: int, end: int) -> Box:
    """The box of the words that hold these characters of the line's text."""
    boxes, position = [], 0
    for word in line.words:
        if position < end and position + len(word.text) > start:
            boxes.append(word.box)
        position += len(word.text) + 1
    return around(boxes or [line.box])


def _fold(text: str) -> list[str]:
    """Runs of letters and digits, without case, accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return _TOKEN.findall("".join(c for c in plain if not unicodedata.combining(c)))


def parts_of(text: str) -> Iterator[str]:
    """The pieces of a longer text that a page may print apart."""
    for part in re.split(r"[,;\n]|\. ", text)[:40]:
        if len("".join(_fold(part))) >= 3:
            yield part.strip()
