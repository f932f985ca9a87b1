"""Results in GENERATED_FOLDER: the JSON and the source file, by year, month and vendor.

A name appears only when its bytes are on the disk, the source before its JSON. Writing the same
result again changes nothing; a result that belongs elsewhere now is first written there and then
removed where it was. The original stays in the store: what lies here is a copy, so that nobody who
edits it changes what was received.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from invoice_ai.errors import Unavailable
from invoice_ai.exports.names import safe_name, source_name
from invoice_ai.exports.standard import Record, invoice_json

UNKNOWN_VENDOR = "unknown-vendor"
_TEMPORARY = ".tmp"


def write_result(
    folder: Path, record: Record, source: Path | bytes, *, previous: str | None = None
) -> PurePosixPath:
    """Write the JSON and the source of one invoice.

    Args:
        folder: GENERATED_FOLDER.
        source: The kept original, which is copied; or what to write instead of it, where the
            invoice is only a part of the file.
        previous: What this returned for the same invoice before; removed if it is another place.
    Returns: Path of the JSON relative to `folder`, to be kept as the next `previous`.
    Raises: Unavailable: no space, no permission, or the original is away.
    """
    place = result_path(record)
    suffix = PurePosixPath(_source_name(record)).suffix
    with _disk_trouble_is_unavailable():
        _make_folders((folder / place).parent)
        with _appearing(folder, folder / place.with_suffix(suffix)) as temporary:
            if isinstance(source, bytes):
                temporary.write_bytes(source)
            else:
                shutil.copyfile(source, temporary)
        with _appearing(folder, folder / place) as temporary:
            temporary.write_bytes(_encoded(record))
        if previous is not None and PurePosixPath(previous) != place:
            _remove(folder, PurePosixPath(previous), suffix)
    return place


def result_path(record: Record) -> PurePosixPath:
    """Where the JSON belongs: invoice date (else day of receipt) and vendor, as now known."""
    invoice = record.extracted
    day = (invoice.day("invoice_date") if invoice else None) or record.received_at.date()
    vendor = (invoice.text("vendor_name") if invoice else None) or ""
    name = PurePosixPath(_source_name(record)).with_suffix(".json")
    return (
        PurePosixPath(f"{day.year:04d}", f"{day.month:02d}")
        / safe_name(vendor, otherwise=UNKNOWN_VENDOR)
        / name
    )


def _source_name(record: Record) -> str:
    return source_name(record.document.name, record.document.kind, record.id)


def _encoded(record: Record) -> bytes:
    text = json.dumps(invoice_json(record), ensure_ascii=False, indent=2)
    # Half a surrogate pair, which UTF-8 cannot hold, becomes JSON's own escape for it.
    return text.encode(errors="backslashreplace") + b"\n"


def _remove(folder: Path, json_path: PurePosixPath, suffix: str) -> None:
    """Take an older pair away, and the folders that it leaves empty."""
    if json_path.is_absolute() or ".." in json_path.parts:
        raise ValueError(f"not a path of a result: {json_path}")
    for path in (json_path, json_path.with_suffix(suffix)):
        (folder / path).unlink(missing_ok=True)
    with suppress(OSError):  # not empty, or already gone
        for parent in list(json_path.parents)[:-1]:
            (folder / parent).rmdir()


@contextmanager
def _appearing(folder: Path, target: Path) -> Iterator[Path]:
    """A temporary path; what is written there appears under `target` at once and for good."""
    temporary = folder / _TEMPORARY / uuid.uuid4().hex
    temporary.parent.mkdir(exist_ok=True)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _make_folders(folder: Path) -> None:
    """Make a folder so that power loss does not take it, nor any above it, away again."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_trouble_is_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The result cannot be written: {error.strerror}. Check that GENERATED_FOLDER has "
            "space and may be written; nothing was lost, it is tried again.",
            code="export_failed",
        ) from error
