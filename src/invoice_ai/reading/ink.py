"""Is it really on the page? Text without ink was put there for machines only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from invoice_ai.domain.pages import Word
from invoice_ai.reading.parts import Pixels

# Grey levels between the lightest and the darkest pixel of a word's box at 72 dpi. White, covered
# and 0.5 point text stay below; of 6461 words on 41 genuine pages two did.
CONTRAST = 40
TCPDF_STAMP = frozenset(("Powered", "by", "TCPDF", "(www.tcpdf.org)"))


def has_ink(pixels: Pixels) -> bool:
    """Whether anything at all is printed on the page."""
    return int(pixels.max()) - int(pixels.min()) >= CONTRAST if pixels.size else False


def are_visible(words: Sequence[Word], pixels: Pixels) -> NDArray[np.bool_]:
    """Which of the words leave ink in their box on a rendering of the same, upright page."""
    rows, columns = pixels.shape
    boxes = np.array([word.box for word in words], np.float64).reshape(-1, 4)
    edges = np.clip(boxes, 0, 1) * [columns, rows, columns, rows]
    starts = np.floor(edges[:, :2]).astype(int)
    ends = np.ceil(edges[:, 2:]).astype(int)
    visible = np.zeros(len(words), np.bool_)
    for i, ((x0, y0), (x1, y1)) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        patch = pixels[y0:y1, x0:x1]
        visible[i] = patch.size > 0 and int(patch.max()) - int(patch.min()) >= CONTRAST
    return visible


def is_telling(hidden: Sequence[Word], *, scan: bool) -> bool:
    """Whether hidden words could change what a reader makes of the page.

    A number of three digits could, or three words; a stray letter could not. The stamp that the
    program TCPDF leaves invisibly on every page it makes is not counted. On a scan only numbers
    are: scanners' own OCR sees letters in dust (23 of 71 pages), but no numbers (0 of 71).
    """
    words = [word.text for word in hidden if word.text not in TCPDF_STAMP]
    if any(sum(c in "0123456789" for c in word) >= 3 for word in words):
        return True
    return not scan and sum(any(c.isalnum() for c in word) for word in words) >= 3
