"""What kind of file is this? The content decides, never the name."""

from __future__ import annotations

import re

from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument

HEAD_BYTES = 8192  # what `sniff` wants to see
PDF_WITHIN = 1024  # readers accept a header after that much of a mail gateway's junk

PLEASE = "Please send PDF, JPEG, PNG or TIFF."

# (offset, first bytes, what people call it). The first match counts.
OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a program"),
    (0, b"#!", "a script"),
    (0, b"<?php", "a PHP script"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (4, b"ftyphei", "a HEIC photo, as iPhones take them"),
    (4, b"ftyphev", "a HEIC photo, as iPhones take them"),
    (4, b"ftypmif1", "a HEIC photo, as iPhones take them"),
    (4, b"ftypmsf1", "a HEIC photo, as iPhones take them"),
    (4, b"ftypavi", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"BM", "a BMP picture"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"SIMPLE  =", "a FITS picture"),
    (0, b"%!", "a PostScript file"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (0, b"{\\rtf", "an RTF text"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office file (Word, Excel or Outlook)"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3", "a database"),
)

# Names that give away what a ZIP archive is.
ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"word/", "a Word file"),
    (b"xl/", "an Excel file"),
    (b"ppt/", "a PowerPoint file"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"application/epub", "an e-book"),
)

MAIL = re.compile(
    rb"(from|received|return-path|delivered-to|mime-version|message-id|subject|date|x-[a-z-]+)[: ]",
    re.IGNORECASE,
)
# What may stand before the first element of an XML file.
PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL)
ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
HTML = frozenset(
    [
        "html",
        "head",
        "body",
        "title",
        "script",
        "style",
        "meta",
        "link",
        "div",
        "span",
        "table",
        "p",
        "a",
        "img",
        "form",
        "iframe",
        "h1",
        "br",
    ]
)


def sniff(head: bytes) -> FileKind:
    """Tell the kind of a file by its first bytes.

    Args:
        head: The first `HEAD_BYTES` bytes, or all there are.
    Raises: BadDocument: empty_file; unsupported_type, naming what the file is instead.
    """
    if not head:
        raise BadDocument("The file is empty.", code="empty_file")
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise _unsupported(next((what for sign, what in ARCHIVES if sign in head), "a ZIP archive"))
    for offset, sign, what in OTHERS:
        if head[offset:].startswith(sign):
            raise _unsupported(what)
    if (text := _text(head)) is not None and text.lstrip().startswith("<"):
        return _markup(text.lstrip())
    if b"%PDF-" in head[:PDF_WITHIN]:
        return "pdf"
    if MAIL.match(head):
        raise _unsupported("an e-mail")
    if not head.strip(b"\0 \t\r\n"):
        raise _unsupported("a file without content")
    if text is not None and all(c.isprintable() or c.isspace() for c in text):
        raise _unsupported("a plain text")
    raise _unsupported("a file of a type we do not know")


def _unsupported(what: str) -> BadDocument:
    return BadDocument(f"This is {what}. {PLEASE}", code="unsupported_type")


def _text(head: bytes) -> str | None:
    """The text, by its byte order mark or the look of its first character; None: not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif head[1:2] == b"\0" and head[:1] != b"\0":
        encoding = "utf-16-le"
    elif head[:1] == b"\0" and head[1:2] != b"\0":
        encoding = "utf-16-be"
    else:
        encoding = "utf-8-sig"
    if encoding.startswith("utf-16"):
        head = head[: len(head) // 2 * 2]
    elif b"\0" in head:
        return None
    # The head may end within a character, and old files are Latin-1: the markup is ASCII anyway.
    return head.decode(encoding, "replace")


def _markup(text: str) -> FileKind:
    """XML, unless its first element is that of a web page or a drawing."""
    if re.match(r"<!DOCTYPE\s+html", text, re.IGNORECASE):
        raise _unsupported("a web page")
    at = 0
    while found := PROLOGUE.match(text, at):
        at = found.end()
    element = ELEMENT.match(text, at)
    if element is None:
        # A prologue longer than the head: the parser will see.
        if text.startswith(("<?xml", "<!--", "<!DOCTYPE")):
            return "xml"
        raise _unsupported("a plain text")
    name = element[1].lower()
    if name in HTML:
        raise _unsupported("a web page")
    if name == "svg":
        raise _unsupported("an SVG drawing")
    return "xml"
