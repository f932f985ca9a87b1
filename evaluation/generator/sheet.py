"""A page to draw on that remembers where every value was printed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from evaluation.generator.accents import register_fonts
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

# A piece of text: plain, or a value with the name of its field.
Piece = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Printed:
    """One printing of a value: page from 1, box in fractions of the page from its top left."""

    page: int
    box: tuple[float, float, float, float]
    raw: str


class Sheet:
    """Draws text at (x, y) in points from the top left corner, y at the foot of the letters."""

    def __init__(
        self,
        page: tuple[float, float],
        fonts: tuple[str, str],
        size: float,
        squeeze: float = 1.0,
        title: str = "",
    ) -> None:
        register_fonts()
        self.width, self.height = page
        self.size, self.squeeze = size, squeeze
        self.number = 1
        self.places: dict[str, list[Printed]] = {}
        self._regular, self._bold = fonts
        self._out = io.BytesIO()
        self.canvas = Canvas(self._out, pagesize=page, invariant=1)
        self.canvas.setTitle(title)

    def measure(self, text: str, size: float | None = None, *, bold: bool = False) -> float:
        font = self._bold if bold else self._regular
        return float(stringWidth(text, font, size or self.size)) * self.squeeze

    def text(
        self,
        x: float,
        y: float,
        *pieces: Piece,
        size: float | None = None,
        bold: bool = False,
        align: str = "left",
        colour: tuple[float, float, float] = (0, 0, 0),
    ) -> float:
        """Draw the pieces in one line; returns the x behind them."""
        size = size or self.size
        texts = [piece if isinstance(piece, str) else piece[0] for piece in pieces]
        whole = "".join(texts)
        wide = self.measure(whole, size, bold=bold)
        x -= {"left": 0.0, "right": wide, "centre": wide / 2}[align]
        line = self.canvas.beginText(x, self.height - y)
        line.setFont(self._bold if bold else self._regular, size)
        line.setHorizScale(self.squeeze * 100)
        line.setFillColorRGB(*colour)
        line.textOut(whole)
        self.canvas.drawText(line)
        before = ""
        for piece, text in zip(pieces, texts, strict=True):
            if not isinstance(piece, str) and text:
                start = x + self.measure(before, size, bold=bold)
                end = x + self.measure(before + text, size, bold=bold)
                self._keep(piece[1], start, y - 0.75 * size, end, y + 0.22 * size, text)
            before += text
        return x + wide

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        *,
        field: str = "",
        size: float | None = None,
        align: str = "left",
    ) -> float:
        """Draw text in lines of at most `width`; returns the y of the next line."""
        return self.block(x, y, self.wrap(text, width, size), field=field, size=size, align=align)

    def block(
        self,
        x: float,
        y: float,
        lines: list[str],
        *,
        field: str = "",
        size: float | None = None,
        align: str = "left",
        colour: tuple[float, float, float] = (0, 0, 0),
    ) -> float:
        """Draw lines under each other, as one value; returns the y of the next line."""
        size = size or self.size
        start = len(self.places.get(field, []))
        for line in lines:
            piece: Piece = (line, field) if field else line
            self.text(x, y, piece, size=size, align=align, colour=colour)
            y += size * 1.25
        if field and lines:
            self.join(field, start)
        return y

    def join(self, field: str, start: int) -> None:
        """Make one printing of those from `start` on: the lines of one address."""
        parts = self.places.get(field, [])[start:]
        if not parts:
            return
        boxes = [part.box for part in parts]
        around = (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )
        raw = " ".join(part.raw for part in parts)
        self.places[field][start:] = [Printed(self.number, around, raw)]

    def wrap(self, text: str, width: float, size: float | None = None) -> list[str]:
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.measure(longer, size) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, thickness: float = 0.6, gray: float = 0
    ) -> None:
        self.canvas.setLineWidth(thickness)
        self.canvas.setStrokeGray(gray)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.canvas.setLineWidth(0.6)
        self.canvas.setStrokeGray(0.2)
        self.canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=1, fill=0)

    def fill(
        self, x0: float, y0: float, x1: float, y1: float, colour: tuple[float, float, float]
    ) -> None:
        self.canvas.setFillColorRGB(*colour)
        self.canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)
        self.canvas.setFillColorRGB(0, 0, 0)

    def next_page(self) -> None:
        self.canvas.showPage()
        self.number += 1

    def pdf(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._out.getvalue()

    def _keep(self, field: str, x0: float, y0: float, x1: float, y1: float, raw: str) -> None:
        box = (
            round(x0 / self.width, 5),
            round(y0 / self.height, 5),
            round(x1 / self.width, 5),
            round(y1 / self.height, 5),
        )
        self.places.setdefault(field, []).append(Printed(self.number, box, raw.strip()))
