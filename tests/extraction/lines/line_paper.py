"""Pages of our own making: words laid out on a grid of characters, as a printer would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from invoice_ai.domain.pages import Box, Page, Word

CHAR = 0.0085  # width of one character, in page widths
LINE = 0.011  # height of the text, in page heights

# A piece of text on a line: where it is pinned, the text, and which of its ends is pinned.
Piece = tuple[float, str, Literal["l", "r", "c"]]


def words(piece: Piece, y: float) -> list[Word]:
    """The words of one piece, each with its box."""
    x, text, pin = piece
    width = len(text) * CHAR
    left = x if pin == "l" else x - width if pin == "r" else x - width / 2
    placed: list[Word] = []
    for part in text.split(" "):
        if part:
            placed.append(Word(part, Box(left, y, left + CHAR * len(part), y + LINE)))
        left += CHAR * (len(part) + 1)
    return placed


def page(
    lines: Sequence[tuple[float, Sequence[Piece]]],
    *,
    number: int = 1,
    source: Literal["text", "ocr"] = "text",
) -> Page:
    """A page of lines, each at its height with its pieces."""
    found = [w for y, pieces in lines for piece in pieces for w in words(piece, y)]
    return Page(number, 595.0, 842.0, tuple(found), source)


def table_page(
    columns: Sequence[Piece],
    rows: Sequence[Sequence[str]],
    below: Sequence[Sequence[Piece]] = (),
    *,
    top: float = 0.35,
    pitch: float = 0.02,
    letterhead: bool = True,
    number: int = 1,
    source: Literal["text", "ocr"] = "text",
) -> Page:
    """A letterhead, a header row, rows (one text per column; "" leaves it empty; several lines
    of a cell are parted by a line break) and what stands below."""
    lines: list[tuple[float, Sequence[Piece]]] = []
    if letterhead:
        lines += [
            (0.05, [(0.1, "Tinkerbell Trading House", "l"), (0.9, "Invoice 2026-0815", "r")]),
            (0.07, [(0.1, "7 Harbour Lane", "l"), (0.9, "2026-03-14", "r")]),
            (0.15, [(0.1, "Moonshine Bakery", "l")]),
        ]
    lines.append((top, list(columns)))
    y = top
    for row in rows:
        y += pitch
        tall = max(cell.count("\n") for cell in row) + 1
        for k in range(tall):
            pieces = [
                (x, cell.split("\n")[k], pin)
                for (x, _, pin), cell in zip(columns, row, strict=True)
                if k < cell.count("\n") + 1 and cell
            ]
            lines.append((y + k * LINE * 1.2, pieces))
        y += (tall - 1) * LINE * 1.2
    for pieces in below:
        y += pitch
        lines.append((y, pieces))
    return page(lines, number=number, source=source)
