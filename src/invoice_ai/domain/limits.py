"""How much of a document we are willing to look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one document; the defaults are those of docs/reference/limits.md.

    Attributes:
        max_bytes: Size of the file.
        max_pages: Pages of a PDF or frames of a TIFF.
        max_image_pixels: Pixels of one image, by its header, before decoding.
        max_render_pixels: Pixels of one rendered page; larger pages are rendered coarser.
        max_characters: Characters of text taken from one page.
        max_xml_bytes: Size of one embedded e-invoice after unpacking.
        seconds: Wall-clock time for opening, reading and rendering one document, without OCR.
        memory_mb: Memory for the same.
    """

    max_bytes: int = 25 * 1024 * 1024
    max_pages: int = 200
    max_image_pixels: int = 50_000_000
    max_render_pixels: int = 25_000_000
    max_characters: int = 200_000
    max_xml_bytes: int = 5 * 1024 * 1024
    seconds: float = 30.0
    memory_mb: int = 1024
