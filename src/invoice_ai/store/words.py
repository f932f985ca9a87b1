"""What was read, beside the original: one small JSON file per page, one for the whole file."""

from __future__ import annotations

import json
from collections.abc import Sequence

from invoice_ai.domain.pages import Box, Page, PageRange, Reading, Word
from invoice_ai.errors import NotFound
from invoice_ai.store.files import FileStore

_READING = "reading.json"
PLACES = 5  # of a page's width: a tenth of a pixel on 10 000


def save_words(files: FileStore, sha256: str, pages: Sequence[Page]) -> None:
    """Keep the pages as read; an older reading is replaced."""
    for page in pages:
        words = [
            [word.text, *(round(edge, PLACES) for edge in word.box), round(word.confidence, 3)]
            for word in page.words
        ]
        data = {
            "number": page.number,
            "width": page.width,
            "height": page.height,
            "source": page.source,
            "rotation": page.rotation,
            "skew": page.skew,
            "words": words,
        }
        content = json.dumps(data, separators=(",", ":")).encode()
        files.put_derived(sha256, _name(page.number), content)


def save_reading(files: FileStore, sha256: str, reading: Reading) -> None:
    """Keep a whole file's pages and flags, so that a part of it need not be read again."""
    save_words(files, sha256, reading.pages)
    data = {"pages": len(reading.pages), "flags": list(reading.flags)}
    files.put_derived(sha256, _READING, json.dumps(data).encode())


def load_reading(files: FileStore, sha256: str, pages: PageRange) -> Reading | None:
    """These pages as read, without attachments; None: the file was not read yet."""
    try:
        data = json.loads(files.derived(sha256, _READING).read_bytes())
        kept = [load_words(files, sha256, n) for n in range(pages.first, pages.last + 1)]
    except (FileNotFoundError, NotFound):
        return None
    return Reading(tuple(kept), flags=tuple(data["flags"])).cut(pages)


def load_words(files: FileStore, sha256: str, number: int) -> Page:
    """One page as read. Raises: NotFound: there is no such page, or it was not read yet."""
    try:
        data = json.loads(files.derived(sha256, _name(number)).read_bytes())
    except FileNotFoundError:
        raise NotFound(f"Page {number} was not read.") from None
    words = tuple(
        Word(text, Box(x0, y0, x1, y1), confidence)
        for text, x0, y0, x1, y1, confidence in data.pop("words")
    )
    return Page(words=words, **data)


def _name(number: int) -> str:
    return f"page-{number}.json"
