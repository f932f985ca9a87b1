"""What reading a document yields, one part at a time, and its form on the wire.

A document is opened in a process that may be taken over by the document (see `isolation`), so
what comes back is never unpickled: a part is a JSON header and raw bytes, checked on arrival.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from invoice_ai.domain.pages import Attachment, Box, Page, Word

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PixelPage:
    """A page that has to be read by OCR: grey, rows × columns, 0 is black."""

    number: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Flag:
    """Something odd about the document, e.g. hidden_text."""

    code: str


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page as a person sees it: upright, at 200 dpi, and a small one for lists."""

    number: int
    width: int
    height: int
    webp: bytes
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class CutFile:
    """A file with some of the pages of another."""

    content: bytes


Part = CutFile | Page | PixelPage | Attachment | Flag | PagePicture


class BrokenPart(ValueError):
    """Not one of our parts; the process that sent it is no longer ours."""


def pack(part: Part) -> tuple[dict[str, Any], Sequence[bytes | memoryview]]:
    """Header and body of a part."""
    if isinstance(part, Page):
        boxes = np.array([word.box for word in part.words], np.float32)
        header = {
            "part": "page",
            "number": part.number,
            "width": part.width,
            "height": part.height,
            "rotation": part.rotation,
            "words": [word.text for word in part.words],
        }
        return header, [boxes.tobytes()]
    if isinstance(part, PixelPage):
        pixels = np.ascontiguousarray(part.pixels)
        return {"part": "pixels", "number": part.number, "shape": pixels.shape}, [pixels.data]
    if isinstance(part, Attachment):
        return {"part": "attachment", "name": part.name}, [part.content]
    if isinstance(part, CutFile):
        return {"part": "file"}, [part.content]
    if isinstance(part, PagePicture):
        header = {
            "part": "picture",
            "number": part.number,
            "width": part.width,
            "height": part.height,
            "split": len(part.webp),
        }
        return header, [part.webp, part.thumbnail]
    return {"part": "flag", "code": part.code}, []


def unpack(header: dict[str, Any], body: bytearray) -> Part:
    """The part back. Raises: BrokenPart."""
    try:
        return _unpack(header, body)
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise BrokenPart(str(wrong)) from wrong


def _unpack(header: dict[str, Any], body: bytearray) -> Part:
    kind = header["part"]
    if kind == "flag":
        if not re.fullmatch(r"[a-z_]{1,40}", header["code"]):
            raise BrokenPart("not a flag")
        return Flag(header["code"])
    if kind == "attachment":
        return Attachment(str(header["name"])[:255], bytes(body))
    if kind == "file":
        return CutFile(bytes(body))
    number = int(header["number"])
    if kind == "pixels":
        rows, columns = map(int, header["shape"])
        if min(rows, columns) < 1:
            raise BrokenPart("a picture without pixels")
        return PixelPage(number, np.frombuffer(body, np.uint8).reshape(rows, columns))
    width, height = float(header["width"]), float(header["height"])
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise BrokenPart("page without a size")
    if kind == "picture":
        split = int(header["split"])
        return PagePicture(
            number, int(width), int(height), bytes(body[:split]), bytes(body[split:])
        )
    if kind != "page" or header["rotation"] not in (0, 90, 180, 270):
        raise BrokenPart("unknown part")
    boxes = np.frombuffer(body, np.float32).reshape(-1, 4)
    texts = header["words"]
    if not (len(texts) == len(boxes) and bool(((boxes >= 0) & (boxes <= 1)).all())):
        raise BrokenPart("words and boxes differ")
    words = tuple(
        Word(str(text), Box(*box)) for text, box in zip(texts, boxes.tolist(), strict=True)
    )
    return Page(number, width, height, words, "text", int(header["rotation"]))
