"""Names for folders and files, made from what strangers wrote."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from invoice_ai.domain.pages import FileKind

# Four of these and the folder fit into the 260 characters some Windows programs stop at.
MAX_NAME_BYTES = 80

_FORBIDDEN = frozenset('/\\:*?"<>|')
# Windows opens a device under these names, whatever follows the first dot.
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"}
)
_EXTENSIONS: dict[FileKind, tuple[str, ...]] = {
    "pdf": (".pdf",),
    "jpeg": (".jpg", ".jpeg"),
    "png": (".png",),
    "tiff": (".tif", ".tiff"),
    "xml": (".xml",),
}


def safe_name(text: str, *, otherwise: str) -> str:
    """One folder or file name that is harmless on every system.

    Args:
        text: Anything: separators, control and bidi characters, dots, device names, any length.
        otherwise: The name when nothing is left.

    >>> safe_name("../../Acme: Tools & Söhne.", otherwise="unknown-vendor")
    'Acme- Tools & Söhne'
    >>> safe_name("..", otherwise="unknown-vendor")
    'unknown-vendor'
    """
    visible = "".join(map(_harmless, unicodedata.normalize("NFC", text)))
    name = _trimmed(" ".join(visible.split()))
    # Cutting bytes may cut a character; what is left of it is dropped.
    name = _trimmed(name.encode()[:MAX_NAME_BYTES].decode(errors="ignore"))
    if not name:
        return otherwise
    if name.partition(".")[0].rstrip().upper() in _DEVICES:
        return f"_{name}"
    return name


def source_name(file_name: str, kind: FileKind | None, number: int) -> str:
    """The name under which a document lies beside its JSON: its own, and the invoice's number.

    The number keeps a hundred files called "invoice.pdf" apart. The extension says what the
    content is, so that a double click opens nothing else.

    >>> source_name("Invoice.PDF", "pdf", 17), source_name("scan.exe", "jpeg", 18)
    ('Invoice-17.pdf', 'scan-18.jpg')
    """
    path = PurePosixPath(file_name)
    allowed = _EXTENSIONS[kind] if kind else (".bin",)
    suffix = path.suffix.lower() if path.suffix.lower() in allowed else allowed[0]
    return f"{safe_name(path.stem, otherwise='document')}-{number}{suffix}"


def _harmless(character: str) -> str:
    if character in _FORBIDDEN:
        return "-"
    category = unicodedata.category(character)
    if category.startswith("Z") or category == "Cc":
        return " "
    return "" if category.startswith("C") else character


def _trimmed(name: str) -> str:
    # Windows drops dots and spaces at the end; a dot in front hides, a dash in front is an option.
    return name.strip(" .-")
