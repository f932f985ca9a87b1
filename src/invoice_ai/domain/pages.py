"""What was received and what is printed on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

FileKind = Literal["pdf", "jpeg", "png", "tiff", "xml"]

MEDIA_TYPES: dict[FileKind, str] = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "xml": "application/xml",
}


class Box(NamedTuple):
    """A place on a page in fractions 0–1 of its width and height, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


def around(boxes: list[Box] | tuple[Box, ...]) -> Box:
    """The smallest box that holds all of `boxes` (at least one)."""
    if len(boxes) == 1:
        return boxes[0]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


class Word(NamedTuple):
    """One printed word.

    `confidence` is the reader's own certainty, 0–1: 1.0 for a PDF's text layer, the least
    certain character for OCR.
    """

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read: upright, straightened, its words in reading order (row by row).

    `width` and `height` are in points (1/72 inch) for PDF and in pixels for images; only their
    ratio means anything across documents. `rotation` is the clockwise turn in degrees (0, 90,
    180, 270) that the page needed to stand upright, `skew` the degrees (clockwise) by which a
    scan was then still askew and is straightened; boxes are in the upright, straightened page,
    and the page pictures for the app are made with the same rotation and skew.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    source: Literal["text", "ocr"]
    rotation: int = 0
    skew: float = 0.0


class PageRange(NamedTuple):
    """Pages of a file, first and last included, from 1.

    >>> str(PageRange(3, 4)), str(PageRange(5, 5))
    ('3-4', '5')
    """

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Split:
    """The invoices that one file seems to hold, by their pages; together they are all pages.

    `confidence` is the probability that each of them is one invoice and whole.
    """

    parts: tuple[PageRange, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file embedded in a PDF, e.g. factur-x.xml."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one document.

    `flags` are stable codes of what was odd (hidden_text, repaired, encrypted_empty_password …);
    they become findings. `seconds` are wall-clock times by stage (text, render, ocr).
    """

    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...] = ()
    flags: tuple[str, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()

    def cut(self, pages: PageRange) -> Reading:
        """Only these pages, numbered from 1 again, without the attachments of the whole file."""
        kept = (p for p in self.pages if pages.first <= p.number <= pages.last)
        return Reading(
            tuple(replace(page, number=number) for number, page in enumerate(kept, 1)),
            flags=self.flags,
            seconds=self.seconds,
        )
