"""Pictures of pages for people."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.reading.conftest import box_of, draw_invoice, make_pdf, one_page_pdf, save

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Box
from invoice_ai.errors import BadDocument
from invoice_ai.reading import read_document, render_page


def opened(webp: bytes) -> Image.Image:
    return Image.open(io.BytesIO(webp), formats=["WEBP"])


def ink_in(picture: Image.Image, box: Box) -> float:
    """The share of dark pixels within a box."""
    width, height = picture.size
    area = picture.convert("L").crop(
        (
            round(box[0] * width),
            round(box[1] * height),
            round(box[2] * width),
            round(box[3] * height),
        )
    )
    return float((np.asarray(area) < 128).mean())


def test_a_digital_page_is_shown_sharp_at_200_dpi() -> None:
    picture = render_page(make_pdf(), "pdf", 1)
    shown = opened(picture.webp)
    assert shown.size == (picture.width, picture.height)
    assert picture.width == pytest.approx(420 / 72 * 200, abs=3)
    assert shown.convert("RGB").getpixel((5, 5)) >= (250, 250, 250)
    assert opened(picture.thumbnail).width == 160
    assert len(picture.webp) < 60_000


def test_colours_stay() -> None:
    def draw(canvas) -> None:
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(0, 0, 420, 595, stroke=0, fill=1)

    red, green, blue = (
        opened(render_page(make_pdf(draw), "pdf", 1).webp).convert("RGB").getpixel((50, 50))
    )
    assert red > 230
    assert green < 25
    assert blue < 25


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0, 3.0])
def test_boxes_lie_on_the_words_of_the_picture(angle: float, paper: Image.Image) -> None:
    content = save(
        paper.rotate(-angle, Image.Resampling.BICUBIC, expand=angle > 45, fillcolor=255), "PNG"
    )
    (page,) = read_document(content, "png").pages
    picture = render_page(content, "png", 1, rotation=page.rotation, skew=page.skew)
    assert picture.width / picture.height == pytest.approx(page.width / page.height, abs=0.01)
    shown = opened(picture.webp)
    for text in ("Gesamtbetrag", "Lindenhof", "119,00"):
        assert ink_in(shown, box_of(page, text)) > 0.08


def test_a_digital_page_drawn_sideways_is_shown_upright() -> None:
    def draw(canvas) -> None:
        canvas.setPageSize((595, 420))
        canvas.translate(595, 0)
        canvas.rotate(90)
        draw_invoice(canvas)

    (page,) = read_document(make_pdf(draw), "pdf").pages
    picture = render_page(make_pdf(draw), "pdf", 1, rotation=page.rotation)
    assert picture.height > picture.width
    assert ink_in(opened(picture.webp), box_of(page, "Gesamtbetrag")) > 0.08


def test_every_page_of_a_tiff_can_be_shown() -> None:
    small, large = Image.new("L", (300, 200), 255), Image.new("L", (400, 500), 0)
    content = save(small, "TIFF", save_all=True, append_images=[large])
    assert (render_page(content, "tiff", 1).width, render_page(content, "tiff", 2).height) == (
        300,
        500,
    )


def test_photographs_lose_where_they_were_taken(paper: Image.Image) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Camera of somebody"
    picture = render_page(save(paper, "JPEG", exif=exif), "jpeg", 1)
    assert b"Camera of somebody" not in picture.webp
    assert not opened(picture.webp).getexif()


def test_a_poster_is_shown_coarser_instead_of_eating_the_memory() -> None:
    poster = one_page_pdf(box=b"[0 0 14400 14400]")
    picture = render_page(poster, "pdf", 1, limits=Limits(max_render_pixels=1_000_000))
    assert picture.width * picture.height <= 1_010_000


@pytest.mark.parametrize("number", [0, 2, -1])
def test_pages_that_do_not_exist_are_refused(number: int, paper: Image.Image) -> None:
    for content, kind in (
        (make_pdf(), "pdf"),
        (save(paper, "PNG"), "png"),
        (save(paper, "TIFF"), "tiff"),
    ):
        with pytest.raises(BadDocument):
            render_page(content, kind, number)
