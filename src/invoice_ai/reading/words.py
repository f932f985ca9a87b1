"""Words and their places from a PDF's text layer.

PDFium tells characters; where a word begins and ends is decided here. Measured against pymupdf,
pdfplumber and poppler on 93 pages: 99.4 / 99.0 / 97.4 % of the words are the same.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import pypdfium2.raw as pdfium

from invoice_ai.domain.pages import Box, Word, around

# A gap wider than this share of the line's height parts two words. 0.10 finds 98.0 % of
# pymupdf's words, 0.13 99.4 %, 0.20 98.1 %. Spaces that PDFium invents are ignored.
GAP = 0.13

LONGEST_WORD = 250  # nothing printed on an invoice is longer; patterns run over words
MOST_WORDS = 10_000  # of one page; a page of small print has 2,000
HYPHEN = 0x02  # PDFium's mark for a hyphen at the end of a line
BREAK = ("", 0.0, 0.0, 0.0, 0.0)
BREAKS = frozenset((0xA0, 0x2007, 0x202F, 0x3000, 0xFFFE, *range(0x2000, 0x2007)))
# Characters without ink: they would hide one text inside another.
INVISIBLE = frozenset(
    (0x7F, 0x61C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))
) | frozenset((*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080)))


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What the text layer of one page says.

    `turn` is the clockwise turn of the page's own coordinates that makes most text upright;
    `unmapped` counts characters whose meaning the file does not tell; `cut` says that the page
    holds more than was taken.
    """

    words: tuple[Word, ...]
    characters: int
    unmapped: int
    turn: int
    cut: bool


def text_layer(page: Any, *, most: int) -> TextLayer:
    """Read the text layer of an open PDFium page.

    Args:
        page: The pypdfium2 page.
        most: Characters to take; the rest is ignored.
    Returns: Words in the order of the file, boxes as fractions of the page turned upright; words
        that stand outside of the page have boxes outside of 0–1.
    """
    text = page.get_textpage()
    try:
        total = int(pdfium.FPDFText_CountChars(text))
        count = min(total, most)
        turn = _turn(text.raw, count, int(page.get_rotation()))
        characters = _Characters(text.raw, count, page.get_bbox(), turn)
        words = tuple(_unspaced(list(islice(_words(characters), MOST_WORDS)), *characters.size))
        cut = total > most or len(words) == MOST_WORDS
        return TextLayer(words, characters.seen, characters.unmapped, turn, cut)
    finally:
        text.close()


def _turn(raw: Any, count: int, declared: int) -> int:
    """The direction of most of a sample of characters; the page's own /Rotate when in doubt."""
    angle = pdfium.FPDFText_GetCharAngle
    step = max(1, count // 64)
    votes = Counter(
        -round(math.degrees(angle(raw, i)) / 90) % 4 * 90  # angles of characters run clockwise
        for i in range(0, count, step)
        if pdfium.FPDFText_GetUnicode(raw, i) > 0x20
    )
    if not votes:
        return declared
    turn, most = votes.most_common(1)[0]
    return turn if most > 0.6 * votes.total() else declared


class _Characters:
    """The characters of a page with their boxes, in points from the upright page's top left.

    Yields (text, left, top, right, bottom); an empty text is a break between words.
    """

    def __init__(
        self, raw: Any, count: int, bounds: tuple[float, float, float, float], turn: int
    ) -> None:
        self.raw, self.count, self.bounds, self.turn = raw, count, bounds, turn
        width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
        self.size = (height, width) if turn in (90, 270) else (width, height)
        self.seen = self.unmapped = self.at = 0

    def runs_vertically(self) -> bool:
        """Whether the latest character stands across the upright page's direction."""
        degrees = math.degrees(pdfium.FPDFText_GetCharAngle(self.raw, self.at)) + self.turn
        return 30 < degrees % 180 < 150

    def __iter__(self) -> Iterator[tuple[str, float, float, float, float]]:
        raw, turn = self.raw, self.turn
        x0, y0, x1, y1 = self.bounds
        box = pdfium.FS_RECTF()
        pointer = ctypes.byref(box)
        unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
        surrogate = 0
        for i in range(self.count):
            code = unicode_of(raw, i)
            if code <= 0x20 and code != HYPHEN:
                if code != 0x20 or not pdfium.FPDFText_IsGenerated(raw, i):
                    yield BREAK
                continue
            if code > 0x7E or code == HYPHEN:
                if 0xD800 <= code < 0xDC00:
                    surrogate = code
                    continue
                if 0xDC00 <= code < 0xE000:
                    code = 0x10000 + ((surrogate - 0xD800) << 10) + (code - 0xDC00)
                    if code < 0x10000:  # half of a pair without the other half
                        code = 0xFFFD
                    surrogate = 0
                if code in BREAKS:
                    yield BREAK
                    continue
                if code in INVISIBLE:
                    continue
                if code == HYPHEN:
                    code = 0x2D
                elif code == 0xFFFD or 0xE000 <= code < 0xF900:
                    self.unmapped += 1
            self.seen += 1
            self.at = i
            box_of(raw, i, pointer)
            left, top, right, bottom = box.left, box.top, box.right, box.bottom
            if turn == 0:
                yield chr(code), left - x0, y1 - top, right - x0, y1 - bottom
            elif turn == 90:
                yield chr(code), bottom - y0, left - x0, top - y0, right - x0
            elif turn == 180:
                yield chr(code), x1 - right, bottom - y0, x1 - left, top - y0
            else:
                yield chr(code), y1 - top, x1 - right, y1 - bottom, x1 - left


def _words(characters: _Characters) -> Iterator[Word]:
    width, height = characters.size
    text: list[str] = []
    left = top = right = bottom = 0.0
    last = (0.0, 0.0, 0.0)
    for char, x0, y0, x1, y1 in characters:
        if text and char and len(text) < LONGEST_WORD:
            line = bottom - top
            if (x0, y0, x1) == last:  # a ligature: several letters in one place
                text.append(char)
                continue
            apart = (
                x0 - right > GAP * max(line, 4.0)
                or right - x0 > 0.6 * max(x1 - x0, line)
                or y1 < top + 0.3 * line
                or y0 > bottom - 0.3 * line
            )
            if apart and characters.runs_vertically():  # a margin note: the next is above or below
                apart = abs((x0 + x1) - (left + right)) > 0.6 * (x1 - x0 + right - left) or min(
                    abs(y1 - top), abs(bottom - y0)
                ) > GAP * (x1 - x0)
            if not apart:
                left, top = min(left, x0), min(top, y0)
                right, bottom = max(right, x1), max(bottom, y1)
                text.append(char)
                last = (x0, y0, x1)
                continue
        if text:
            yield _word(text, Box(left / width, top / height, right / width, bottom / height))
            text = []
        if char:
            text, last = [char], (x0, y0, x1)
            left, top, right, bottom = x0, y0, x1, y1
    if text:
        yield _word(text, Box(left / width, top / height, right / width, bottom / height))


SPACED = 4  # letters standing apart that make a word; fewer may be cells of a table


def _unspaced(words: list[Word], width: float, height: float) -> Iterator[Word]:
    """The words, those printed with air between their letters put together: "I N V O I C E"."""
    at = 0
    while at < len(words):
        end = at + 1
        if len(words[at].text) == 1:
            while end < len(words) and _goes_on(words[end - 1], words[end], width, height):
                end += 1
        letters = words[at:end]
        if len(letters) < SPACED or sum(w.text.isalpha() for w in letters) < 0.7 * len(letters):
            yield from letters
        else:
            gaps = [b.box.x0 - a.box.x1 for a, b in pairwise(letters)]
            usual = sorted(gaps)[len(gaps) // 2]
            first = 0
            for i, gap in enumerate([*gaps, math.inf]):
                if gap > 1.6 * usual:
                    part = letters[first : i + 1]
                    yield _word([w.text for w in part], around([w.box for w in part]))
                    first = i + 1
        at = end


def _goes_on(letter: Word, after: Word, width: float, height: float) -> bool:
    """Whether the next word is one more letter of the same line, less than a wide gap away."""
    gap = (after.box.x0 - letter.box.x1) * width
    size = letter.box.height * height
    level = abs(after.box.y1 - letter.box.y1) * height < 0.2 * size
    return len(after.text) == 1 and level and 0 < gap < size


def _word(text: list[str], box: Box) -> Word:
    return Word("".join(text), box)
