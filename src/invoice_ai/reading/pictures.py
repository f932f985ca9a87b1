"""Pictures of pages for people: WebP, upright and straightened, with a thumbnail."""

from __future__ import annotations

import io

from PIL import Image, WebPImagePlugin  # noqa: F401 - see `images`

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument
from invoice_ai.reading.images import load_frame
from invoice_ai.reading.parts import PagePicture
from invoice_ai.reading.pdf import is_scan, load_page, open_pdf, render

DPI = 200
# A4 at 200 dpi; photographs are made no larger than that for the screen.
MOST_PHOTO_PIXELS = 4_000_000
THUMBNAIL_WIDTH = 160
THUMBNAIL_HEIGHT = 640  # a till receipt may be long
PHOTO_QUALITY = 80


def picture_of(
    content: bytes, kind: FileKind, number: int, rotation: int, skew: float, limits: Limits
) -> PagePicture:
    """Picture page `number`. Raises: BadDocument."""
    if kind == "pdf":
        document, _ = open_pdf(content, limits)
        if not 1 <= number <= len(document):
            raise BadDocument(f"The file has no page {number}.", code="damaged_file")
        page = load_page(document, number)
        photo = is_scan(page)
        image = Image.fromarray(render(page, dpi=DPI, limits=limits, turn=rotation, grey=False))
    else:
        photo = True
        image = load_frame(content, kind, number, limits)
        if image.width * image.height > MOST_PHOTO_PIXELS:
            scale = (MOST_PHOTO_PIXELS / (image.width * image.height)) ** 0.5
            size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
            image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        if rotation:
            image = image.transpose(TURNS[rotation])
    if skew:
        image = image.rotate(skew, Image.Resampling.BILINEAR, fillcolor="white")
    small = image.copy()
    small.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT), reducing_gap=2.0)
    return PagePicture(
        number,
        image.width,
        image.height,
        _webp(image, photo=photo),
        _webp(small, photo=True),
    )


# Pillow counts turns against the clock.
TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def _webp(image: Image.Image, *, photo: bool) -> bytes:
    out = io.BytesIO()
    if photo:
        image.save(out, "WEBP", quality=PHOTO_QUALITY, method=0)
    else:
        # Text stays sharp. With 256 colours an A4 page takes 105 ms and 40–90 kB; with all of
        # them 60 or 500 ms, at quality 80 80 ms and 80–180 kB.
        few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.convert("RGB").save(out, "WEBP", lossless=True, quality=0, method=1)
    return out.getvalue()
