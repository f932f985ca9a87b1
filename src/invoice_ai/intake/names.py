"""A file's name as it may be shown: harmless in a terminal, a browser and a file system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 255  # bytes of UTF-8, as file systems allow
UNNAMED = "unnamed"


def display_name(given: str) -> str:
    """The last part of a name as given by a person, a browser or a folder.

    Directories are dropped (also C:\\…), control and formatting characters with them: they turn
    the text around or recolour a terminal. Bytes that are no UTF-8 become "�". At most 255 bytes
    are kept, with the extension.

    >>> display_name("../../etc/rechnung\\u202efdp.exe")
    'rechnungfdp.exe'
    >>> display_name("C:\\\\Users\\\\x\\\\invoice.pdf")
    'invoice.pdf'
    """
    # Lone surrogates are how Python carries bytes that are no UTF-8.
    text = re.sub("[\ud800-\udfff]", "\ufffd", re.split(r"[/\\]", given)[-1])
    text = unicodedata.normalize("NFC", text)
    text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    text = re.sub(r"\s+", " ", text).strip()
    if not text.strip(". "):
        return UNNAMED
    return _shortened(text)


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 16:
        stem, dot, extension = name, "", ""
    room = LONGEST - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + extension
