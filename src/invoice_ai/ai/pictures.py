"""Pictures for a model: as large as the print needs to be read, and no larger.

A fixed size would be wrong on both sides: a till receipt a metre long shrunk to 2,048 pixels shows
nothing, and a letter in large type at 200 dpi costs tokens for white paper.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image

from invoice_ai.domain.pages import Page

# Height in pixels of a line of the smaller print. Measured on words' boxes, which hold ascenders
# and descenders: digits are then about 12 pixels high, what OCR engines ask for too.
LEGIBLE_LINE = 18.0
SMALL_PRINT = 0.2  # the share of words that may be smaller than what is made legible
LEAST_EDGE = 900
# Providers shrink what is longer than about this; a longer page is cut into bands.
LONGEST_EDGE = 2000
OVERLAP = 0.06  # of a band, so that no row is cut in two
MOST_BANDS = 4
JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Picture:
    """One page, or a band of it. `band` is top and bottom in fractions of the page's height."""

    page: int
    jpeg: bytes = field(repr=False)
    width: int
    height: int
    band: tuple[float, float] = (0.0, 1.0)


def pictures_of(page: Page, drawn: bytes) -> list[Picture]:
    """The page as pictures on which its print is legible.

    Args:
        drawn: The page as `reading.render_page` drew it (WebP, upright).
    """
    with Image.open(io.BytesIO(drawn), formats=["WEBP"]) as opened:
        image = opened.convert("RGB")
    scale = min(1.0, _legible_height(page, image) / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if scale < 1.0:
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return [_cut(page.number, image, band) for band in _bands(width, height)]


def _legible_height(page: Page, image: Image.Image) -> float:
    """How many pixels high the whole page must be."""
    heights = sorted(w.box.height for w in page.words if w.box.height > 0)
    edge = max(image.width, image.height)
    least = image.height * min(1.0, LEAST_EDGE / edge)
    if not heights:
        return image.height
    small = heights[int(len(heights) * SMALL_PRINT)]
    return max(least, LEGIBLE_LINE / small)


def _bands(width: int, height: int) -> list[tuple[float, float]]:
    """Top and bottom of each part; one part when it is short enough."""
    if height <= LONGEST_EDGE:
        return [(0.0, 1.0)]
    # A page only a little too long is left to the provider: it loses less than a cut would.
    if height <= LONGEST_EDGE * 1.2 and width <= LONGEST_EDGE:
        return [(0.0, 1.0)]
    count = min(MOST_BANDS, -(-height // LONGEST_EDGE))
    step = 1.0 / count
    return [
        (max(0.0, n * step - OVERLAP * step), min(1.0, (n + 1) * step + OVERLAP * step))
        for n in range(count)
    ]


def _cut(page: int, image: Image.Image, band: tuple[float, float]) -> Picture:
    top, bottom = round(band[0] * image.height), round(band[1] * image.height)
    part = image if band == (0.0, 1.0) else image.crop((0, top, image.width, bottom))
    out = io.BytesIO()
    part.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return Picture(page, out.getvalue(), part.width, part.height, band)
