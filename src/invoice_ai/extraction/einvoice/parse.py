"""Hostile bytes become an element tree, or a refusal that says why.

No DTD is ever accepted: none of the invoice formats uses one, and without it there are no
entities, no external files and no expansion bombs. Comments and processing instructions are
dropped, so that an element's text is whole.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from invoice_ai.errors import BadDocument

MAX_TAGS = 500_000  # 5 MB of sensible XML holds some 200,000; each element costs some 150 bytes
MAX_TEXT = 4_000  # characters kept of one value

# Character sets an XML declaration may name; what Python would call a codec is more than text.
_DECLARABLE = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d\d?|latin-?1|windows-125[0-8]|cp125[0-8]|utf-16(le|be)?"
)
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*?\?>")
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_PROLOG = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def parse_xml(content: bytes) -> etree._Element:
    """The root element.

    Raises: BadDocument with `damaged_file` (not well-formed, wrong encoding), `hostile_xml` (a
        DTD), `not_an_invoice` (a web page) or `resource_limit` (absurdly many elements).
    """
    text = _decode(content)
    text = text[match.end() :] if (match := _DECLARATION.match(text)) else text
    prolog = _PROLOG.match(text)
    start = text[prolog.end() :] if prolog else text
    if _HTML.match(start):
        raise BadDocument("This is a web page, not an e-invoice.", code="not_an_invoice")
    if start.startswith("<!"):
        raise BadDocument(
            "The XML brings its own document type definition (DTD). E-invoices have none, and "
            "it can be used for attacks, so the file was not read.",
            code="hostile_xml",
        )
    if text.count("<") > 2 * MAX_TAGS:
        raise BadDocument("The XML has too many elements to be an invoice.", code="resource_limit")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as wrong:
        raise BadDocument(
            f"The XML is damaged or incomplete: {wrong.msg}. Ask the sender for the file again.",
            code="damaged_file",
        ) from None


def _decode(content: bytes) -> str:
    """Bytes to text, as the byte order mark, the bytes themselves and the declaration say.

    A UTF-16 declaration over single bytes (written by programs that think of their own
    memory) is read as UTF-8; every other contradiction is an error.
    """
    if not content.strip(b"\x00 \t\r\n"):
        raise BadDocument("The XML file is empty.", code="empty_file")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is None:
        declared = _ENCODING.match(content[:400])
        named = declared.group(1).decode("ascii", "replace").lower() if declared else "utf-8"
        if not _DECLARABLE.fullmatch(named):
            raise BadDocument(
                f"The XML declares the unknown character set {named[:40]!r}.", code="damaged_file"
            )
        encoding = "utf-8" if named.startswith("utf-16") else named
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise BadDocument(
            f"The XML says that it is {encoding.upper()}, but its bytes are not. "
            "Ask the sender for the file again.",
            code="damaged_file",
        ) from None


# --- looking around in the tree ------------------------------------------------------------
# Names are compared without their namespace: which format it is, the root has told.


@cache
def _any_namespace(path: str) -> str:
    return "/".join(step if step == "." else "{*}" + step for step in path.split("/"))


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def all_at(element: etree._Element | None, path: str) -> list[etree._Element]:
    """All elements at a path of local names, in document order."""
    return [] if element is None else element.findall(_any_namespace(path))


def first_at(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element at a path of local names."""
    return None if element is None else element.find(_any_namespace(path))


def text_at(element: etree._Element | None, *paths: str) -> str | None:
    """The first text that is not blank at one of the paths, trimmed, at most MAX_TEXT long."""
    for path in paths:
        for found in all_at(element, path):
            if found.text and (text := found.text.strip()):
                return text[:MAX_TEXT]
    return None


def texts_at(element: etree._Element | None, path: str) -> list[str]:
    """All texts at a path that are not blank, trimmed."""
    return [e.text.strip()[:MAX_TEXT] for e in all_at(element, path) if e.text and e.text.strip()]
