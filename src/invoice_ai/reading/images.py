"""JPEG, PNG and TIFF pictures of paper, made upright and grey (or coloured, for people).

Only from memory and only these three formats: Pillow knows 43 decoders, one of which starts
Ghostscript, and reads rotated TIFF files wrongly when it opens them by path.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import numpy as np
from PIL import (
    Image,
    ImageOps,
    TiffImagePlugin,  # noqa: F401 - for a format it does not know Pillow loads all 43 decoders
)

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument
from invoice_ai.reading.parts import Flag, Part, PixelPage, Pixels

# Shorter side kept when a picture is larger than OCR needs: A4 at 200 dpi has 1654.
ENOUGH_PIXELS = 1600
ORIENTATION = 0x0112

# Our own limits are checked from the headers of all frames, with better words.
Image.MAX_IMAGE_PIXELS = None


def open_image(content: bytes, kind: FileKind, limits: Limits) -> Image.Image:
    """Open a picture and check every frame's size by its header, before decoding any.

    Raises: BadDocument: image_too_large, too_many_pages, damaged_file.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=[kind.upper()])
        for index in range(limits.max_pages + 1):
            if index:
                image.seek(index)
            if index == limits.max_pages:
                raise BadDocument(
                    f"The file has more than {limits.max_pages} pages.", code="too_many_pages"
                )
            width, height = image.size
            if width * height > limits.max_image_pixels:
                raise BadDocument(
                    f"The picture on page {index + 1} has {width * height / 1e6:.0f} million "
                    f"pixels; at most {limits.max_image_pixels / 1e6:.0f} million are read.",
                    code="image_too_large",
                )
            if kind != "tiff":
                break
    except EOFError:  # the last frame was seen
        pass
    image.seek(0)
    return image


def read_image(content: bytes, kind: FileKind, limits: Limits) -> Iterator[Part]:
    """Every page of a picture file, for OCR.

    Raises: BadDocument: see `open_image`; Pillow's own errors on damaged files.
    """
    image = open_image(content, kind, limits)
    if kind != "tiff" and getattr(image, "n_frames", 1) > 1:
        yield Flag("multi_frame")  # an animation or a phone's burst: the first picture counts
    number = 0
    for number, frame in enumerate(_frames(image, kind), start=1):
        yield PixelPage(number, np.asarray(upright(frame, colour=False)))


def load_frame(content: bytes, kind: FileKind, number: int, limits: Limits) -> Image.Image:
    """One page in colour, upright as the file says. Raises: BadDocument."""
    image = open_image(content, kind, limits)
    image.seek(number - 1)
    return upright(image, colour=True)


def _frames(image: Image.Image, kind: FileKind) -> Iterator[Image.Image]:
    yield image
    while kind == "tiff":
        try:
            image.seek(image.tell() + 1)
        except EOFError:
            return
        yield image


def upright(frame: Image.Image, *, colour: bool) -> Image.Image:
    """The frame decoded: "L" or "RGB", on white, square pixels, turned as its file says, and no
    larger than reading needs."""
    dpi = frame.info.get("dpi")
    turned = frame.getexif().get(ORIENTATION, 1) not in (0, 1)
    factor = max(1, min(frame.size) // ENOUGH_PIXELS)
    if frame.format == "JPEG":
        # The decoder leaves out what would be thrown away: half, quarter, eighth size; colour.
        width, height = frame.size
        mode = "L" if not colour and frame.mode == "RGB" else frame.mode
        frame.draft(mode, (width // factor, height // factor))
        factor = max(1, min(frame.size) // ENOUGH_PIXELS)
    picture = _on_white(frame, colour=colour)
    if factor > 1:
        picture = picture.reduce(factor)
    if turned:
        picture = ImageOps.exif_transpose(picture)
    elif stretch := _stretch(dpi):
        width, height = picture.size
        picture = picture.resize((round(width * stretch[0]), round(height * stretch[1])))
    return picture


def _stretch(dpi: object) -> tuple[float, float] | None:
    """How far a fax has to be stretched: 204 × 98 dpi is half as high as it should be."""
    try:
        across, down = map(float, dpi)  # type: ignore[call-overload]
        ratio = across / down
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(ratio) or not 0.4 < ratio < 2.5 or 0.8 < ratio < 1.25:
        return None
    return (1.0, ratio) if ratio > 1 else (1 / ratio, 1.0)


def _on_white(frame: Image.Image, *, colour: bool) -> Image.Image:
    """Decode. 16 bit values are scaled (Pillow would clip them: a white page), and what is
    transparent becomes white (Pillow would make it black)."""
    mode = "RGB" if colour else "L"
    if frame.mode == "F" or frame.mode.startswith("I"):
        return _scaled(np.asarray(frame)).convert(mode)
    if frame.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in frame.info:
        layer = frame.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert(mode)
    if frame.mode in ("CMYK", "YCbCr", "LAB", "HSV", "P"):
        frame = frame.convert("RGB")
    converted = frame.convert(mode)
    return converted.copy() if converted is frame else converted


def _scaled(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Image.Image:
    grey = np.nan_to_num(values.astype(np.float64))
    largest = float(grey.max(initial=0.0))
    unit = 1 / 255 if largest <= 1 else 1.0 if largest <= 255 else 257.0
    pixels: Pixels = np.clip(grey / unit, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)
