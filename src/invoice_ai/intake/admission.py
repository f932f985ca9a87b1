"""A stream of bytes becomes an admitted file: counted, recognised, fingerprinted, safe on disk."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument, Unavailable
from invoice_ai.intake.kinds import HEAD_BYTES, sniff
from invoice_ai.intake.names import display_name

CHUNK = 1024 * 1024
# Names of a kind in SUPPORTED_FORMATS.
FORMAT_NAMES: dict[FileKind, frozenset[str]] = {
    "pdf": frozenset({"pdf"}),
    "jpeg": frozenset({"jpg", "jpeg"}),
    "png": frozenset({"png"}),
    "tiff": frozenset({"tif", "tiff"}),
    "xml": frozenset({"xml"}),
}


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that lies in our temporary folder, synced to disk; whoever takes it moves it."""

    path: Path
    name: str
    sha256: str
    size: int
    kind: FileKind


def admit(
    source: BinaryIO, name: str, *, temp_folder: Path, limits: Limits, formats: Collection[str]
) -> Admitted:
    """Copy a file into `temp_folder`.

    Args:
        source: The bytes; read once, never more than `limits.max_bytes` and one chunk.
        name: As given; only its safe form is kept.
        temp_folder: Of ours, exists.
        formats: Names of the accepted formats, e.g. {"pdf", "jpg"}.
    Raises: BadDocument: empty_file, unsupported_type, file_too_large; Unavailable: storage_full.
        Nothing stays in `temp_folder` then, nor when the source breaks off.
    """
    _refuse_by_size(source, limits.max_bytes)
    chunks = _chunks(source)
    first = next(chunks, b"")
    kind = sniff(first[:HEAD_BYTES])
    if FORMAT_NAMES[kind].isdisjoint(formats):
        raise BadDocument(
            f"{kind.upper()} files are not accepted here; accepted are {', '.join(formats)}.",
            code="unsupported_type",
        )
    path = temp_folder / uuid.uuid4().hex
    digest = hashlib.sha256()
    size = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            for chunk in chain((first,), chunks):
                size += len(chunk)
                if size > limits.max_bytes:
                    raise _too_large(limits.max_bytes)
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(descriptor)
    except BaseException as wrong:
        path.unlink(missing_ok=True)
        if isinstance(wrong, OSError) and wrong.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                "The disk is full. Free some space; the file will be taken then.",
                code="storage_full",
            ) from wrong
        raise
    return Admitted(path, display_name(name), digest.hexdigest(), size, kind)


def _refuse_by_size(source: BinaryIO, most: int) -> None:
    """A file's size is known before it is read; a stream's is not."""
    try:
        size = os.fstat(source.fileno()).st_size
    except (OSError, AttributeError, ValueError):
        return
    if size > most:
        raise _too_large(most, size)


def _too_large(most: int, size: int | None = None) -> BadDocument:
    actual = f"has {size / 1024**2:.1f} MB" if size else "is too large"
    return BadDocument(
        f"The file {actual}; at most {most / 1024**2:.3g} MB are accepted.", code="file_too_large"
    )


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """The source in chunks; the first one is long enough to be recognised."""
    first = b""
    while len(first) < HEAD_BYTES and (piece := source.read(CHUNK - len(first))):
        first += piece
    if first:
        yield first
    while chunk := source.read(CHUNK):
        yield chunk
