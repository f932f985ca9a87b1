"""Pages of our own making: text pinned to a place, cut into words as a reader would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from invoice_ai.domain.pages import Box, Page, Word

CHAR = 0.0085  # width of one character, in page widths
LINE = 0.011  # height of the text, in page heights

# Left edge, height on the page, text.
Piece = tuple[float, float, str]


def sheet_of(
    pieces: Sequence[Piece],
    *,
    number: int = 1,
    source: Literal["text", "ocr"] = "text",
    certain: float = 1.0,
    shape: tuple[float, float] = (595.0, 842.0),
    char: float = CHAR,
    line: float = LINE,
) -> Page:
    """A page with these pieces of text."""
    words: list[Word] = []
    for x, y, text in pieces:
        left = x
        for part in text.split(" "):
            if part:
                box = Box(left, y, left + char * len(part), y + line)
                words.append(Word(part, box, certain))
            left += char * (len(part) + 1)
    words.sort(key=lambda w: (w.box.y0, w.box.x0))
    return Page(number, *shape, tuple(words), source)


def letter(
    *,
    sender: Sequence[str],
    receiver: Sequence[str],
    facts: Sequence[str],
    items: Sequence[tuple[str, str]] = (),
    sums: Sequence[tuple[str, str]] = (),
    foot: Sequence[str] = (),
    source: Literal["text", "ocr"] = "text",
) -> Page:
    """An ordinary invoice: letterhead, address window, facts on the right, items, sums, footer."""
    pieces: list[Piece] = []
    pieces += [(0.08, 0.04 + 0.018 * i, text) for i, text in enumerate(sender)]
    pieces += [(0.08, 0.2 + 0.018 * i, text) for i, text in enumerate(receiver)]
    pieces += [(0.55, 0.2 + 0.02 * i, text) for i, text in enumerate(facts)]
    for i, (text, amount) in enumerate(items):
        pieces += [
            (0.08, 0.45 + 0.02 * i, text),
            (0.9 - CHAR * len(amount), 0.45 + 0.02 * i, amount),
        ]
    for i, (text, amount) in enumerate(sums):
        y = 0.62 + 0.022 * i
        pieces += [(0.5, y, text), (0.9 - CHAR * len(amount), y, amount)]
    pieces += [(0.08, 0.92 + 0.016 * i, text) for i, text in enumerate(foot)]
    return sheet_of(pieces, source=source)


def till(lines: Sequence[str], *, certain: float = 0.98) -> Page:
    """A till receipt: a narrow strip; "left|right" puts two texts on one line."""
    pieces: list[Piece] = []
    for i, text in enumerate(lines):
        y = 0.03 + 0.03 * i
        left, _, right = text.partition("|")
        pieces.append((0.08, y, left))
        if right:
            pieces.append((0.92 - 0.02 * len(right), y, right))
    return sheet_of(
        pieces, source="ocr", certain=certain, shape=(480.0, 1200.0), char=0.02, line=0.014
    )
