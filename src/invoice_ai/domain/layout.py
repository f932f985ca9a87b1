"""Words become text lines, and lines fall apart into segments where there is a wide gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from invoice_ai.domain.pages import Box, Page, Word, around

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


def rows(words: Iterable[Word]) -> list[list[Word]]:
    """Group words into rows, top to bottom, each left to right.

    A word joins the row whose last word (to its left) stands at nearly the same height, so
    that a page turned by a degree or two keeps its rows.
    """
    bands: dict[int, list[list[Word]]] = {}
    found: list[list[Word]] = []
    band = 0.02  # of the page height; a row is looked for in its own and the two neighbouring bands
    for word in sorted(words, key=lambda w: w.box.x0):
        box = word.box
        middle = (box.y0 + box.y1) / 2
        height = box.y1 - box.y0
        key = int(middle / band)
        best: list[Word] | None = None
        best_distance = 1.0
        for near in (key - 1, key, key + 1):
            for row in bands.get(near, ()):
                last = row[-1].box
                distance = abs((last.y0 + last.y1) / 2 - middle)
                reach = 0.5 * min(height, last.y1 - last.y0)
                # Skew: the further away the neighbour, the more drift is allowed (1.2 degrees).
                reach += min(0.02 * max(0.0, box.x0 - last.x1), 0.35 * height)
                if distance <= reach and distance < best_distance and last.x0 <= box.x0:
                    best, best_distance = row, distance
        if best is None:
            row = [word]
            found.append(row)
            bands.setdefault(key, []).append(row)
        else:
            last = best[-1].box
            old = int((last.y0 + last.y1) / 2 / band)
            best.append(word)
            if old != key:
                bands[old] = [r for r in bands[old] if r is not best]
                bands.setdefault(key, []).append(best)
    found.sort(key=lambda r: sum(w.box.y0 + w.box.y1 for w in r) / len(r))
    return found


def text_lines(page: Page) -> list[TextLine]:
    """The page's text lines, top to bottom; one that is too long for any paper is cut."""
    return [TextLine(page.number, tuple(part)) for row in rows(page.words) for part in _cut(row)]


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
