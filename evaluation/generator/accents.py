"""The Vera fonts inside reportlab, with the letters of Polish, Czech and Croatian they lack.

A letter with an accent is a composite glyph: the letter and the accent, which Vera has, with
their places. So the text layer stays a text, as with any font. The licence of Vera asks that a
changed font bears another name.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFile

PLAIN, BOLD, ITALIC = "LatinPlus", "LatinPlus-Bold", "LatinPlus-Italic"
_FILES = {PLAIN: "Vera.ttf", BOLD: "VeraBd.ttf", ITALIC: "VeraIt.ttf"}
_COMPOSED = {
    "ˇ": ("ěřňťďĚŘŇŤĎ", "erntdERNTD"),
    "´": ("ńśźŃŚŹ", "nszNSZ"),
    "˙": ("żŻ", "zZ"),
    "˚": ("ůŮ", "uU"),
    "˛": ("ąęĄĘ", "aeAE"),
}


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make `PLAIN`, `BOLD` and `ITALIC` known to reportlab."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(_extended(folder / file, name))))


def _extended(path: Path, name: str) -> bytes:
    """The font with its new letters."""
    font = TTFontFile(str(path))
    tables = {tag: font.get_table(tag) for tag in font.table}
    count = struct.unpack(">H", tables["maxp"][4:6])[0]
    short = struct.unpack(">h", tables["head"][50:52])[0] == 0
    loca = list(struct.unpack(f">{count + 1}{'H' if short else 'L'}", tables["loca"]))
    loca = [place * 2 for place in loca] if short else loca
    metrics = struct.unpack(">H", tables["hhea"][34:36])[0]
    widths = [
        struct.unpack_from(">Hh", tables["hmtx"], 4 * min(glyph, metrics - 1))
        for glyph in range(count)
    ]
    glyphs = tables["glyf"]
    letters = dict(font.charToGlyph)
    letters[ord("Đ")] = letters[ord("Ð")]  # Vera lists it, and draws an empty box
    for accent, (wanted, bases) in _COMPOSED.items():
        for letter, base in zip(wanted, bases, strict=True):
            composed = _compose(
                glyphs, loca, letters[ord(base)], letters[ord(accent)], below=accent == "˛"
            )
            letters[ord(letter)] = len(widths)
            widths.append(widths[letters[ord(base)]])
            glyphs += composed
            loca.append(len(glyphs))
    tables["glyf"] = glyphs
    tables["loca"] = struct.pack(f">{len(loca)}L", *loca)
    tables["head"] = tables["head"][:50] + struct.pack(">h", 1) + tables["head"][52:]
    tables["maxp"] = tables["maxp"][:4] + struct.pack(">H", len(widths)) + tables["maxp"][6:]
    tables["hhea"] = tables["hhea"][:34] + struct.pack(">H", len(widths))
    tables["hmtx"] = b"".join(struct.pack(">Hh", *width) for width in widths)
    tables["cmap"] = _cmap(letters)
    tables["name"] = _names(name)
    return _file(tables)


def _compose(glyphs: bytes, loca: list[int], base: int, accent: int, *, below: bool) -> bytes:
    """A composite glyph: the accent in the middle above the letter, an ogonek at its foot."""
    ax0, ay0, ax1, ay1 = struct.unpack_from(">4h", glyphs, loca[accent] + 2)
    bx0, by0, bx1, by1 = struct.unpack_from(">4h", glyphs, loca[base] + 2)
    x = bx1 - ax1 if below else (bx0 + bx1 - ax0 - ax1) // 2
    # Accents stand over small letters; a capital (or a t) lifts them by what it is higher.
    y = 0 if below else max(0, by1 + 100 - ay0)
    box = (min(bx0, ax0 + x), min(by0, ay0 + y), max(bx1, ax1 + x), max(by1, ay1 + y))
    words_xy, more = 0x0003, 0x0020
    made = struct.pack(">5h", -1, *box)
    made += struct.pack(">HHhh", words_xy | more, base, 0, 0)
    made += struct.pack(">HHhh", words_xy, accent, x, y)
    return made + b"\0" * (-len(made) % 4)


def _cmap(letters: dict[int, int]) -> bytes:
    """One subtable of format 4, a segment for every letter."""
    codes = sorted(code for code in letters if code < 0xFFFF)
    ends = [*codes, 0xFFFF]
    deltas = [(letters[code] - code) % 0x10000 for code in codes] + [1]
    size = len(ends)
    power = 1 << (size.bit_length() - 1)
    head = (2 * size, 2 * power, power.bit_length() - 1, 2 * (size - power))
    body = struct.pack(">4H", *head) + struct.pack(f">{size}H", *ends) + b"\0\0"
    body += struct.pack(f">{size}H", *ends) + struct.pack(f">{size}H", *deltas)
    body += struct.pack(f">{size}H", *[0] * size)
    table = struct.pack(">3H", 4, len(body) + 6, 0) + body
    return struct.pack(">HHHHL", 0, 1, 3, 1, 12) + table


def _names(name: str) -> bytes:
    kinds = (1, 2, 4, 6)  # family, style, full name, PostScript name
    text = name.encode("utf-16-be")
    records = b"".join(struct.pack(">6H", 3, 1, 0x409, kind, len(text), 0) for kind in kinds)
    return struct.pack(">3H", 0, len(kinds), 6 + len(records)) + records + text


def _file(tables: dict[str, bytes]) -> bytes:
    size = len(tables)
    power = 1 << (size.bit_length() - 1)
    head = struct.pack(
        ">L4H", 0x00010000, size, 16 * power, power.bit_length() - 1, 16 * (size - power)
    )
    directory, body, place = b"", b"", 12 + 16 * size
    for tag, content in sorted(tables.items()):
        padded = content + b"\0" * (-len(content) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sLLL", tag.encode("latin-1"), total, place, len(content))
        body, place = body + padded, place + len(padded)
    return head + directory + body
