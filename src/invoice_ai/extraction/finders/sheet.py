"""The pages as the finders look at them: segments with their labels, and who stands beside whom."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from invoice_ai.domain.layout import TextLine, segments, text_lines
from invoice_ai.domain.pages import Box, Page, Word, around
from invoice_ai.extraction.finders.labels import Hit, comparable, find_labels

_TOKEN = re.compile(r"[^\W_]+|#|№|[·•|]")


@dataclass(eq=False, slots=True)
class Segment:
    """A part of a text line without a wide gap, and the labels in it."""

    page: Page
    line: int
    words: tuple[Word, ...]
    text: str
    box: Box
    offsets: list[int]  # where each word begins in `text`
    tokens: list[tuple[int, int]]  # places of the tokens in `text`
    hits: tuple[Hit, ...] = ()
    mostly_label: bool = False  # nothing but a label (and a few signs) stands here
    left: Segment | None = None
    right: Segment | None = None

    def words_between(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that hold the characters start … end."""
        first = bisect_right(self.offsets, start) - 1
        last = bisect_right(self.offsets, max(start, end - 1)) - 1
        return self.words[max(0, first) : last + 1]

    def place(self, start: int, end: int) -> Box:
        """The box around these characters' words."""
        return around([w.box for w in self.words_between(start, end)])

    def hit_span(self, hit: Hit) -> tuple[int, int]:
        """Where a label stands in `text`."""
        return self.tokens[hit.start][0], self.tokens[hit.end - 1][1]

    def hit_place(self, hit: Hit) -> Box:
        return self.place(*self.hit_span(hit))

    @property
    def height(self) -> float:
        return self.box.y1 - self.box.y0


_MONEY_AT_END = re.compile(r"\d[.,]\d{2}\D{0,4}$")


def ends_in_money(segment: Segment) -> bool:
    """Whether an amount with two decimals ends it, a currency or a letter behind it or not."""
    return bool(_MONEY_AT_END.search(segment.text))


@dataclass(eq=False, slots=True)
class Sheet:
    """All pages of one document."""

    pages: Sequence[Page]
    lines: list[list[Segment]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Segment]:
        for line in self.lines:
            yield from line

    def below(self, segment: Segment, box: Box, *, reach: int = 4) -> Iterator[Segment]:
        """Segments in the next lines that stand under `box`, nearest first."""
        yield from self._near(segment, box, 1, reach)

    def above(self, segment: Segment, box: Box, *, reach: int = 4) -> Iterator[Segment]:
        """Segments in the lines before that stand over `box`, nearest first."""
        yield from self._near(segment, box, -1, reach)

    def _near(self, segment: Segment, box: Box, step: int, reach: int) -> Iterator[Segment]:
        for distance in range(1, reach + 1):
            at = segment.line + step * distance
            if not 0 <= at < len(self.lines):
                return
            for other in self.lines[at]:
                if other.page is not segment.page:
                    return
                if other.box.x0 >= box.x1 + 0.01:
                    break  # a line runs from left to right
                if other.box.x1 > box.x0 - 0.01:
                    yield other


def _segment(part: TextLine, page: Page, line: int) -> Segment:
    offsets: list[int] = []
    at = 0
    for word in part.words:
        offsets.append(at)
        at += len(word.text) + 1
    text = part.text
    tokens = [found.span() for found in _TOKEN.finditer(text)]
    keys = ["" if text[a:b].isdigit() else comparable(text[a:b]) for a, b in tokens]
    found = Segment(page, line, part.words, text, part.box, offsets, tokens)
    found.hits = find_labels(keys, fuzzy=page.source == "ocr")
    if found.hits:
        known = sum(end - start for start, end in map(found.hit_span, found.hits))
        found.mostly_label = known >= 0.6 * max(1, sum(map(str.isalnum, text)))
    return found


def read_sheet(pages: Sequence[Page]) -> Sheet:
    """Lay out the pages for the finders."""
    sheet = Sheet(pages)
    for page in pages:
        for line in text_lines(page):
            row = [_segment(part, page, len(sheet.lines)) for part in segments(line, page)]
            for left, right in pairwise(row):
                left.right, right.left = right, left
            sheet.lines.append(row)
    return sheet
