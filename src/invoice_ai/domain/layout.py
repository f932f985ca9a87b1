"""Words become text lines, and lines fall apart into segments where there is a wide gap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from invoice_ai.domain.pages import Box, Page, Word, around

_TALL = 1.8  # times as high as wide, as a word of four letters on its side is and no level one
_TALL_LETTERS = 4
_COLUMN = 3  # such words one above the other: fewer are a misread line or a logo
LONGEST_LINE = 1000  # characters; a line of the smallest print across A3 has 400


@dataclass(frozen=True)
class TextLine:
    """Words that stand on one line of one page, left to right; also used for a part of a line."""

    page: int
    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        return around([w.box for w in self.words])

    @cached_property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)


@dataclass(eq=False, slots=True)
class _Row:
    """A row of words while it grows: the place of its last word, and the band it is kept in."""

    band: int
    middle: float
    height: float
    right: float
    words: list[Word]


def rows(words: Iterable[Word]) -> list[list[Word]]:
    """Group words into rows, top to bottom, each left to right.

    A word joins the row whose last word (to its left) stands at nearly the same height, so
    that a page turned by a degree or two keeps its rows.
    """
    bands: dict[int, list[_Row]] = {}
    found: list[list[Word]] = []
    band = 0.02  # of the page height; a row is looked for in its own and the two neighbouring bands
    for word in sorted(words, key=lambda w: w.box.x0):
        left, top, right, bottom = word.box
        middle = (top + bottom) / 2
        height = bottom - top
        key = int(middle / band)
        best: _Row | None = None
        best_distance = min(1.0, 0.86 * height)  # no reach is longer, see below
        for near in (key - 1, key, key + 1):
            for row in bands.get(near, ()):
                distance = abs(row.middle - middle)
                if distance >= best_distance:
                    continue
                reach = 0.5 * min(height, row.height)
                # Skew: the further away the neighbour, the more drift is allowed (1.2 degrees).
                reach += min(0.02 * max(0.0, left - row.right), 0.35 * height)
                if distance <= reach:
                    best, best_distance = row, distance
        if best is None:
            best = _Row(key, middle, height, right, [])
            found.append(best.words)
            bands.setdefault(key, []).append(best)
        elif best.band != key:
            bands[best.band].remove(best)
            bands.setdefault(key, []).append(best)
        best.words.append(word)
        best.band, best.middle, best.height, best.right = key, middle, height, right
    found.sort(key=lambda r: sum(w.box.y0 + w.box.y1 for w in r) / len(r))
    return found


@lru_cache(maxsize=32)  # every step of an invoice's way asks for the lines of the same few pages
def text_lines(page: Page) -> tuple[TextLine, ...]:
    """The page's text lines, top to bottom; one that is too long for any paper is cut.

    What stands on its side at a margin comes last, a line for each column, read upwards.
    """
    level, sideways = _sides(page)
    return tuple(
        TextLine(page.number, tuple(part))
        for row in (*rows(level), *sideways)
        for part in _cut(row)
    )


def _sides(page: Page) -> tuple[list[Word], list[list[Word]]]:
    """The words that stand level, and columns of those that stand on their side."""
    ratio = _TALL * page.width / page.height if page.height else _TALL
    tall = [
        word
        for word in page.words
        if word.box.height > ratio * word.box.width and len(word.text) >= _TALL_LETTERS
    ]
    columns: list[list[Word]] = []
    for word in sorted(tall, key=lambda w: w.box.x0):
        if columns and word.box.x0 < columns[-1][0].box.x1:
            columns[-1].append(word)
        else:
            columns.append([word])
    bands = [around([w.box for w in column]) for column in columns if len(column) >= _COLUMN]
    if not bands:
        return list(page.words), []
    level: list[Word] = []
    sideways: list[list[Word]] = [[] for _ in bands]
    lefts = [band.x0 for band in bands]
    for word in page.words:
        box = word.box
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        at = bisect_right(lefts, middle[0]) - 1
        band = bands[at]
        inside = at >= 0 and middle[0] <= band.x1 and band.y0 <= middle[1] <= band.y1
        if inside and box.width <= 1.5 * band.width:
            sideways[at].append(word)
        else:
            level.append(word)
    return level, [sorted(column, key=lambda w: -w.box.y1) for column in sideways]


def _cut(row: list[Word]) -> Iterator[list[Word]]:
    """Parts of at most `LONGEST_LINE` characters.

    Who looks at a line compares what stands in it with each other; without a bound a page of one
    line of 3,000 words costs seconds.
    """
    first = length = 0
    for at, word in enumerate(row):
        length += len(word.text) + 1
        if length > LONGEST_LINE and at > first:
            yield row[first:at]
            first, length = at, len(word.text) + 1
    yield row[first:]


def segments(line: TextLine, page: Page, *, gap: float = 1.0) -> list[TextLine]:
    """Cut a line where the white space is wider than `gap` times the height of the text."""
    parts: list[list[Word]] = []
    ratio = page.height / page.width if page.width else 1.0  # box heights in units of the width
    for word in line.words:
        if parts:
            last = parts[-1][-1].box
            height = max(last.height, word.box.height) * ratio
            if word.box.x0 - last.x1 <= gap * height:
                parts[-1].append(word)
                continue
        parts.append([word])
    return [TextLine(line.page, tuple(part)) for part in parts]


def text_of(words: Sequence[Word]) -> str:
    """The words as one string."""
    return " ".join(w.text for w in words)
