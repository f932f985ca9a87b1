"""Scans, photographs and faxes: whatever their format, they are read upright and as printed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.reading.conftest import WORDS, box_of, save, share_found, words_of

from invoice_ai.domain.layout import text_lines
from invoice_ai.domain.limits import Limits
from invoice_ai.errors import BadDocument
from invoice_ai.reading import read_document

ALMOST_ALL = 0.9  # of the words; the engine may take a letter for another


def sixteen_bit(paper: Image.Image) -> Image.Image:
    """Dark grey print, as a 16 bit scanner delivers it: every value far above 255."""
    return Image.fromarray((np.asarray(paper).astype(np.uint16) + 10) * 240)


def transparent(paper: Image.Image) -> Image.Image:
    """Black print on nothing."""
    black = Image.new("L", paper.size, 0)
    return Image.merge("LA", (black, paper.point(lambda value: 255 - value)))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("png", lambda p: save(p, "PNG")),
        ("png", lambda p: save(p.convert("1"), "PNG")),
        ("png", lambda p: save(p.convert("P"), "PNG")),
        ("png", lambda p: save(sixteen_bit(p), "PNG")),
        ("png", lambda p: save(transparent(p), "PNG")),
        ("jpeg", lambda p: save(p.convert("RGB"), "JPEG", quality=60, progressive=True)),
        ("jpeg", lambda p: save(p.convert("CMYK"), "JPEG", quality=80)),
        ("tiff", lambda p: save(p, "TIFF", compression="tiff_lzw")),
        ("tiff", lambda p: save(p.convert("1"), "TIFF", compression="group4")),
        ("tiff", lambda p: save(sixteen_bit(p), "TIFF")),
        ("tiff", lambda p: save(p.convert("CMYK"), "TIFF")),
    ],
    ids=["grey", "1 bit", "palette", "16 bit", "transparent", "progressive", "cmyk jpeg",
         "lzw", "fax g4", "16 bit tiff", "cmyk tiff"],
)  # fmt: skip
def test_every_kind_of_picture_is_read(kind, content, paper: Image.Image) -> None:
    reading = read_document(content(paper), kind)
    assert share_found(reading) >= ALMOST_ALL
    assert [page.source for page in reading.pages] == ["ocr"]


def test_the_words_stand_where_they_are_printed(paper: Image.Image) -> None:
    (page,) = read_document(save(paper, "PNG"), "png").pages
    assert (page.width, page.height) == paper.size
    x0, y0, x1, y1 = box_of(page, "Gesamtbetrag")
    assert x0 == pytest.approx(60 / 420, abs=0.01)
    assert y0 < 1 - 340 / 595 < y1
    assert x1 == pytest.approx(0.31, abs=0.03)
    amount = next(word for word in page.words if word.text == "119,00")
    assert 0.8 < amount.confidence <= 1.0


@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
@pytest.mark.parametrize("kind", ["jpeg", "tiff"])
def test_the_camera_s_orientation_is_obeyed(kind, orientation: int, paper: Image.Image) -> None:
    undo = {3: Image.Transpose.ROTATE_180, 5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif} if kind == "jpeg" else {"tiffinfo": exif}
    content = save(paper.transpose(undo[orientation]), kind, **options)
    (page,) = read_document(content, kind).pages
    assert (page.width, page.height, page.rotation) == (*paper.size, 0)
    assert sum(word.text in WORDS for word in page.words) >= ALMOST_ALL * len(WORDS)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_laid_on_the_scanner_the_wrong_way_is_turned(turn: int, paper) -> None:
    lying = paper.rotate(turn, expand=True)  # against the clock, so the cure is clockwise
    reading = read_document(save(lying, "PNG"), "png")
    (page,) = reading.pages
    assert page.rotation == turn
    assert (page.width, page.height) == paper.size
    assert share_found(reading) >= ALMOST_ALL
    assert box_of(page, "Gesamtbetrag")[1] == pytest.approx(1 - 340 / 595, abs=0.04)


@pytest.mark.parametrize("angle", [-5.0, -2.0, 3.0, 5.0])
def test_rows_stay_rows_on_a_page_that_lies_askew(angle: float, paper: Image.Image) -> None:
    askew = paper.rotate(-angle, Image.Resampling.BICUBIC, fillcolor=255)
    reading = read_document(save(askew, "PNG"), "png")
    (page,) = reading.pages
    assert page.skew == pytest.approx(angle, abs=0.5)
    assert share_found(reading) >= ALMOST_ALL
    assert any(line.text.startswith("Gesamtbetrag 119,00") for line in text_lines(page))
    assert box_of(page, "Gesamtbetrag")[1] == pytest.approx(1 - 340 / 595, abs=0.03)
    assert box_of(page, "Gesamtbetrag")[3] - box_of(page, "Gesamtbetrag")[1] < 0.04


def test_a_fax_is_stretched_to_square_dots(paper: Image.Image) -> None:
    flat = paper.resize((paper.width, paper.height * 98 // 204))
    content = save(flat.convert("1"), "TIFF", compression="group3", dpi=(204, 98))
    (page,) = read_document(content, "tiff").pages
    assert page.height / page.width == pytest.approx(595 / 420, abs=0.02)


@pytest.mark.parametrize("dpi", [(0, 0), (1, 10_000)])
def test_senseless_resolutions_are_ignored(dpi, paper: Image.Image) -> None:
    (page,) = read_document(save(paper, "TIFF", dpi=dpi), "tiff").pages
    assert (page.width, page.height) == paper.size


def test_every_page_of_a_tiff_is_read(paper: Image.Image) -> None:
    second = Image.new("L", (400, 200), 255)
    content = save(paper, "TIFF", save_all=True, append_images=[second, paper])
    reading = read_document(content, "tiff")
    assert [page.number for page in reading.pages] == [1, 2, 3]
    assert [bool(page.words) for page in reading.pages] == [True, False, True]


def test_only_the_first_picture_of_an_animation_counts(paper: Image.Image) -> None:
    blank = Image.new("L", paper.size, 255)
    content = save(paper, "PNG", save_all=True, append_images=[blank])
    reading = read_document(content, "png")
    assert len(reading.pages) == 1
    assert reading.flags == ("multi_frame",)


def test_a_huge_scan_is_read_at_a_sensible_size(paper: Image.Image) -> None:
    large = paper.resize((paper.width * 3, paper.height * 3))
    reading = read_document(save(large, "JPEG"), "jpeg")
    assert reading.pages[0].width < large.width
    assert share_found(reading) >= ALMOST_ALL


def test_a_receipt_of_a_metre_is_read_to_its_end(paper: Image.Image) -> None:
    strip = paper.crop((130, 80, 1130, 1500))
    receipt = Image.new("L", (strip.width, 10_000), 255)
    for top in range(0, 10_000 - strip.height, strip.height):
        receipt.paste(strip, (0, top))
    reading = read_document(save(receipt, "PNG"), "png")
    assert words_of(reading).count("Gesamtbetrag") == 7


def test_a_picture_without_text_says_so() -> None:
    reading = read_document(save(Image.new("L", (300, 400), 200), "PNG"), "png")
    assert reading.flags == ("no_text",)


@pytest.mark.parametrize(
    ("kind", "content", "limits", "code"),
    [
        ("png", lambda p: save(p, "PNG")[: 5000], Limits(), "damaged_file"),
        ("jpeg", lambda p: save(p, "JPEG")[: 9000], Limits(), "damaged_file"),
        ("tiff", lambda p: b"II*\0\xff\0\0\0", Limits(), "damaged_file"),
        ("png", lambda p: b"\x89PNG\r\n\x1a\n", Limits(), "damaged_file"),
        ("png", lambda p: save(p, "PNG"), Limits(max_image_pixels=10_000), "image_too_large"),
        ("tiff", lambda p: save(Image.new("1", (9, 9)), "TIFF", save_all=True,
                                append_images=[Image.new("1", (9, 9))] * 5),
         Limits(max_pages=5), "too_many_pages"),
        ("tiff", lambda p: save(Image.new("L", (9, 9)), "TIFF", save_all=True,
                                append_images=[Image.new("L", (9, 9)), p]),
         Limits(max_image_pixels=10_000), "image_too_large"),
        ("jpeg", lambda p: save(p, "PNG"), Limits(), "damaged_file"),
        ("png", lambda p: save(p.convert("P"), "GIF"), Limits(), "damaged_file"),
    ],
    ids=["cut png", "cut jpeg", "header only", "signature only", "too large", "too many pages",
         "third page too large", "not what it says", "not on the list"],
)  # fmt: skip
def test_bad_pictures_are_refused_with_the_reason(kind, content, limits, code, paper) -> None:
    with pytest.raises(BadDocument) as bad:
        read_document(content(paper), kind, limits=limits)
    assert bad.value.code == code


def test_exactly_as_many_pages_as_allowed(paper: Image.Image) -> None:
    frame = Image.new("1", (64, 64), 1)
    content = save(frame, "TIFF", save_all=True, append_images=[frame] * 2)
    assert len(read_document(content, "tiff", limits=Limits(max_pages=3)).pages) == 3
