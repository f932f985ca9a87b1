"""Documents of our own making: a small invoice as PDF, and the same printed and photographed."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from invoice_ai.domain.pages import Page, Reading

LINES = (
    (60, 540, "Lindenhof Papier GmbH", 16),
    (60, 515, "Gartenweg 12, 50667 Köln", 10),
    (60, 460, "Rechnung Nr. 2024-0815", 13),
    (60, 440, "Datum 14.03.2024", 10),
    (60, 380, "Briefpapier weiß, 500 Blatt", 10),
    (330, 380, "119,00", 10),
    (60, 340, "Gesamtbetrag", 11),
    (330, 340, "119,00 EUR", 11),
    (60, 80, "Vielen Dank für Ihren Auftrag und bis bald", 10),
)
WORDS = " ".join(text for *_, text, _ in LINES).split()


def draw_invoice(canvas: Canvas) -> None:
    for x, y, text, size in LINES:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)


def make_pdf(draw: Callable[[Canvas], None] = draw_invoice, **options: object) -> bytes:
    """A PDF of A5 pages; `draw` ends pages itself or leaves one open."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A5, **options)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF from its objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer <</Size %d /Root 1 0 R>>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream object."""
    packed = zlib.compress(content, 9)
    return b"<<%s /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream" % (
        entries,
        len(packed),
        packed,
    )


def one_page_pdf(*more: bytes, page: bytes = b"", box: bytes = b"[0 0 420 595]") -> bytes:
    """A PDF of one page; `more` are objects from number 4 on."""
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox %s %s>>" % (box, page),
        *more,
    )


def save(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def words_of(reading: Reading) -> list[str]:
    return [word.text for page in reading.pages for word in page.words]


def share_found(reading: Reading) -> float:
    """The share of the invoice's words that were read."""
    found = words_of(reading)
    return sum(word in found for word in WORDS) / len(WORDS)


def box_of(page: Page, text: str) -> tuple[float, float, float, float]:
    return next(word.box for word in page.words if word.text == text)


@pytest.fixture(scope="session")
def printed() -> Image.Image:
    """The invoice printed, as a scanner sees it: grey, 200 dpi."""
    page = pypdfium2.PdfDocument(make_pdf())[0]
    pixels = page.render(scale=200 / 72, grayscale=True).to_numpy()
    return Image.fromarray(np.ascontiguousarray(pixels))


@pytest.fixture
def paper(printed: Image.Image) -> Image.Image:
    """The printed invoice for one test: Pillow leaves traces in pictures that it has saved."""
    return printed.copy()


@pytest.fixture(autouse=True)
def _no_network_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled networks go to a folder of the test run, not to the user's."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    yield
    patch.undo()
