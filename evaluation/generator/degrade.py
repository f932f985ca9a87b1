"""A drawn page becomes what a scanner, a fax or a telephone would have made of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFilter


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to the pages of one document.

    Attributes:
        dpi: 150–300.
        skew: Degrees, clockwise, at most 2.
        blur, noise: Radius in pixels at 200 dpi; standard deviation in grey levels.
        contrast: Share of the contrast that is left.
        shadow: Grey levels that one edge of the page loses.
        quality: Of the JPEG.
        fax: One bit, no grey.
        marks: Stamps and pen strokes over free space.
        ending: jpg, png or tif.
    """

    dpi: int
    skew: float
    blur: float
    noise: float
    contrast: float
    shadow: float
    quality: int
    fax: bool
    marks: int
    ending: str


def choose_damage(rng: Random, *, pages: int) -> Damage:
    """A scan from a good one to a bad one; only TIFF holds several pages."""
    fax = rng.random() < 0.15
    return Damage(
        dpi=rng.choice((200, 200, 240, 300) if fax else (150, 175, 200, 200, 240, 300)),
        skew=round(rng.uniform(-2, 2) if rng.random() < 0.7 else 0.0, 2),
        blur=round(rng.uniform(0, 1.0), 2),
        noise=round(rng.uniform(0, 10), 1),
        contrast=round(rng.uniform(0.55, 1.0), 2),
        shadow=round(rng.uniform(15, 70), 0) if rng.random() < 0.3 else 0.0,
        quality=rng.choice((35, 50, 65, 80, 90)),
        fax=fax,
        marks=rng.choice((0, 0, 0, 1, 2, 3)),
        ending="tif" if pages > 1 or fax else rng.choice(("jpg", "jpg", "png", "tif")),
    )


def scan(pdf: bytes, damage: Damage, seed: int) -> bytes:
    """The pages of the PDF as a damaged picture file; the same seed gives the same picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        rendered = [
            page.render(scale=damage.dpi / 72, grayscale=True).to_pil().convert("L")
            for page in document
        ]
    finally:
        document.close()
    pages = [_page(page, damage, seed + place) for place, page in enumerate(rendered)]
    return _file(pages, damage)


def _page(page: Image.Image, damage: Damage, seed: int) -> Image.Image:
    rng, noise = Random(seed), np.random.default_rng(seed)
    for _ in range(damage.marks):
        _mark(page, rng)
    if damage.skew:  # PIL turns against the clock
        page = page.rotate(-damage.skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
    if damage.blur:
        page = page.filter(ImageFilter.GaussianBlur(damage.blur * damage.dpi / 200))
    grey = np.asarray(page, dtype=np.float32)
    paper = 255 - (1 - damage.contrast) * 60
    grey = paper - (255 - grey) * damage.contrast
    if damage.shadow:
        fall = np.linspace(0, 1, grey.shape[1], dtype=np.float32) ** 3
        grey -= damage.shadow * (fall if rng.random() < 0.5 else fall[::-1])
    if damage.noise:
        grey += noise.normal(0, damage.noise, grey.shape).astype(np.float32)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def _mark(page: Image.Image, rng: Random) -> None:
    """A stamp or a pen stroke where nothing is printed; none if there is no such place."""
    wide, tall = int(page.width * 0.2), int(page.height * 0.06)
    for _ in range(20):
        x, y = rng.randrange(page.width - wide), rng.randrange(page.height - tall)
        if np.asarray(page.crop((x, y, x + wide, y + tall))).min() < 250:
            continue
        draw = ImageDraw.Draw(page)
        ink = rng.randint(60, 150)
        if rng.random() < 0.5:
            draw.ellipse((x, y, x + wide, y + tall), outline=ink, width=max(2, page.width // 500))
            draw.line((x + 8, y + tall // 2, x + wide - 8, y + tall // 2), fill=ink, width=3)
        else:
            points = [
                (x + step * wide // 12, y + rng.randrange(max(1, tall))) for step in range(13)
            ]
            draw.line(points, fill=ink, width=max(2, page.width // 600), joint="curve")
        return


def _file(pages: list[Image.Image], damage: Damage) -> bytes:
    out = io.BytesIO()
    dpi = (damage.dpi, damage.dpi)
    if damage.fax:
        bits = [page.point(lambda grey: 255 if grey > 150 else 0).convert("1") for page in pages]
        bits[0].save(
            out, "TIFF", compression="group4", dpi=dpi, save_all=True, append_images=bits[1:]
        )
    elif damage.ending == "tif":
        pages[0].save(
            out, "TIFF", compression="tiff_lzw", dpi=dpi, save_all=True, append_images=pages[1:]
        )
    elif damage.ending == "png":
        pages[0].save(out, "PNG", dpi=dpi)
    else:
        pages[0].save(out, "JPEG", quality=damage.quality, dpi=dpi)
    return out.getvalue()
