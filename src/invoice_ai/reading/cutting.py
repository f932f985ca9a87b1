"""Some pages of a file as a file of their own."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
from PIL import Image, ImageSequence

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument
from invoice_ai.reading.images import open_image
from invoice_ai.reading.parts import CutFile
from invoice_ai.reading.pdf import open_pdf


def cut_file(content: bytes, kind: FileKind, first: int, last: int, limits: Limits) -> CutFile:
    """Pages `first` to `last` of a PDF or TIFF. Raises: BadDocument."""
    out = io.BytesIO()
    if kind == "pdf":
        document, _ = open_pdf(content, limits)
        if not 1 <= first <= last <= len(document):
            raise BadDocument(f"The file has no page {last}.", code="damaged_file")
        cut = pdfium.PdfDocument.new()
        cut.import_pages(document, list(range(first - 1, last)))
        cut.save(out)
        return CutFile(out.getvalue())
    image = open_image(content, kind, limits)
    frames: list[Image.Image] = []
    for number, frame in enumerate(ImageSequence.Iterator(image), 1):
        if first <= number <= last:
            frames.append(frame.copy())
    if len(frames) != last - first + 1:
        raise BadDocument(f"The file has no page {last}.", code="damaged_file")
    bits = all(frame.mode == "1" for frame in frames)
    frames[0].save(
        out,
        "TIFF",
        save_all=True,
        append_images=frames[1:],
        compression="group4" if bits else "tiff_lzw",
    )
    return CutFile(out.getvalue())
