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
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from invoice_ai.domain.pages import Box, Word, around

# A gap wider than this share of the line's height parts two words. 0.10 finds 98.0 % of
# pymupdf's words, 0.13 99.4 %, 0.20 98.1 %. Spaces that PDFium invents are ignored.
GAP = 0.13

LONGEST_WORD = 250  # nothing printed on an invoice is longer; patterns run over words
MOST_WORDS = 10_000  # of one page; a page of small print has 2,000
HYPHEN = 0x02  # PDFium's mark for a hyphen at the end of a line
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
        x0, y0, x1, y1 = page.get_bbox()
        size = (y1 - y0, x1 - x0) if turn in (90, 270) else (x1 - x0, y1 - y0)
        words, characters, unmapped = _read(text.raw, count, (x0, y0, x1, y1), turn, size)
        cut = total > most or len(words) == MOST_WORDS
        return TextLayer(tuple(_unspaced(words, *size)), characters, unmapped, turn, cut)
    finally:
        text.close()


def _turn(raw: Any, count: int, declared: int) -> int:
    """The direction of most of a sample of characters; the page's own /Rotate when in doubt."""
    angle = pdfium.FPDFText_GetCharAngle
    page = ctypes.cast(raw, ctypes.c_void_p)
    step = max(1, count // 64)
    votes = Counter(
        -round(math.degrees(angle(raw, i)) / 90) % 4 * 90  # angles of characters run clockwise
        for i in range(0, count, step)
        if _unicode_of(page, i) > 0x20
    )
    if not votes:
        return declared
    turn, most = votes.most_common(1)[0]
    return turn if most > 0.6 * votes.total() else declared


def _read(
    text: Any,
    count: int,
    bounds: tuple[float, float, float, float],
    turn: int,
    size: tuple[float, float],
) -> tuple[list[Word], int, int]:
    """The first `count` characters as words; how many there are, and how many without a meaning.

    One loop without a function call of our own for each character: a page has some thousand.

    Args:
        bounds: Of the page as the file has it, in points.
        size: Width and height of the page turned upright by `turn`.
    """
    x_min, y_min, x_max, y_max = bounds
    width, height = size
    seen = unmapped = surrogate = 0
    box = pdfium.FS_RECTF()
    page, place = ctypes.cast(text, ctypes.c_void_p), ctypes.addressof(box)
    words: list[Word] = []
    letters: list[str] = []
    left = top = right = bottom = 0.0
    last = (0.0, 0.0, 0.0)

    def end_word() -> bool:
        """Keep it; whether there may be more."""
        words.append(
            Word("".join(letters), Box(left / width, top / height, right / width, bottom / height))
        )
        letters.clear()
        return len(words) < MOST_WORDS

    for i in range(count):
        code = _unicode_of(page, i)
        if code <= 0x20 and code != HYPHEN:
            if (
                letters
                and (code != 0x20 or not pdfium.FPDFText_IsGenerated(text, i))
                and not end_word()
            ):
                break
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
                if letters and not end_word():
                    break
                continue
            if code in INVISIBLE:
                continue
            if code == HYPHEN:
                code = 0x2D
            elif code == 0xFFFD or 0xE000 <= code < 0xF900:
                unmapped += 1
        seen += 1
        _loose_box_of(page, i, place)
        if turn == 0:
            x0, y0, x1, y1 = (
                box.left - x_min,
                y_max - box.top,
                box.right - x_min,
                y_max - box.bottom,
            )
        elif turn == 90:
            x0, y0, x1, y1 = (
                box.bottom - y_min,
                box.left - x_min,
                box.top - y_min,
                box.right - x_min,
            )
        elif turn == 180:
            x0, y0, x1, y1 = (
                x_max - box.right,
                box.bottom - y_min,
                x_max - box.left,
                box.top - y_min,
            )
        else:
            x0, y0, x1, y1 = (
                y_max - box.top,
                x_max - box.right,
                y_max - box.bottom,
                x_max - box.left,
            )
        if letters:
            if len(letters) < LONGEST_WORD:
                line = bottom - top
                if (x0, y0, x1) == last:  # a ligature: several letters in one place
                    letters.append(chr(code))
                    continue
                apart = (
                    x0 - right > GAP * (4.0 if line < 4.0 else line)
                    or right - x0 > 0.6 * max(x1 - x0, line)
                    or y1 < top + 0.3 * line
                    or y0 > bottom - 0.3 * line
                )
                # In a margin note that runs upwards the next letter stands above or below.
                if apart and _runs_vertically(text, i, turn):
                    apart = abs((x0 + x1) - (left + right)) > 0.6 * (x1 - x0 + right - left) or min(
                        abs(y1 - top), abs(bottom - y0)
                    ) > GAP * (x1 - x0)
                if not apart:
                    if x0 < left:
                        left = x0
                    if y0 < top:
                        top = y0
                    if x1 > right:
                        right = x1
                    if y1 > bottom:
                        bottom = y1
                    letters.append(chr(code))
                    last = (x0, y0, x1)
                    continue
            if not end_word():
                break
        letters.append(chr(code))
        last = (x0, y0, x1)
        left, top, right, bottom = x0, y0, x1, y1
    else:
        if letters:
            end_word()
    return words, seen, unmapped


def _runs_vertically(text: Any, at: int, turn: int) -> bool:
    """Whether a character stands across the upright page's direction."""
    degrees = math.degrees(pdfium.FPDFText_GetCharAngle(text, at)) + turn
    return 30 < degrees % 180 < 150


def plainly(function: Any, result: Any, *arguments: Any) -> Any:
    """The same C function called without pypdfium2's checks of pointer types: in half the time."""
    return ctypes.PYFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_unicode_of = plainly(pdfium.FPDFText_GetUnicode, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
_loose_box_of = plainly(
    pdfium.FPDFText_GetLooseCharBox,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_void_p,
)


SPACED = 4  # letters standing apart that make a word; fewer may be cells of a table


def _unspaced(words: list[Word], width: float, height: float) -> Iterator[Word]:
    """The words, those printed with air between their letters put together: "I N V O I C E"."""
    at = 0
    while at < len(words):
        end = at + 1
        if len(words[at].text) == 1:
            while end < min(len(words), at + LONGEST_WORD) and _goes_on(
                words[end - 1], words[end], width, height
            ):
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
                    text = "".join(w.text for w in part)
                    yield Word(text, around([w.box for w in part]))
                    first = i + 1
        at = end


def _goes_on(letter: Word, after: Word, width: float, height: float) -> bool:
    """Whether the next word is one more letter of the same line, less than a wide gap away."""
    gap = (after.box.x0 - letter.box.x1) * width
    size = letter.box.height * height
    level = abs(after.box.y1 - letter.box.y1) * height < 0.2 * size
    return len(after.text) == 1 and level and 0 < gap < size
