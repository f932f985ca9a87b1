"""The app's own files under /static/<hash>/…: read once, compressed once, cached for ever.

The hash of all of them is part of every address, so a new version is a new address and the old
one may be kept by browsers without asking. Only names that were found at start can be asked for.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from invoice_ai.errors import NotFound

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    zipped: bytes | None
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every file of the app by its name."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
        # Fonts are compressed already; mtime=0 keeps the bytes the same from start to start.
        zipped = None if path.suffix == ".woff2" else gzip.compress(content, 9, mtime=0)
        found[path.relative_to(FOLDER).as_posix()] = Asset(content, zipped, kind)
    return found


@cache
def version() -> str:
    """The first ten hex digits of the hash of all files."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(name.encode() + b"\0" + asset.content)
    return digest.hexdigest()[:10]


def address(name: str) -> str:
    """Where the browser finds a file; a name we do not have is our own mistake (KeyError)."""
    assets()[name]
    return f"/static/{version()}/{name}"


def serve(request: Request, name: str) -> Response:
    """One file.

    Raises: NotFound: no such file.
    """
    asset = assets().get(name)
    if asset is None:
        raise NotFound("There is no such file.")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if asset.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.zipped, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
