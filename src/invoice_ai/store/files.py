"""Kept files: originals by their SHA-256, and what we derived from them (page pictures, words)."""

from __future__ import annotations

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from invoice_ai.errors import Unavailable

CHUNK_BYTES = 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileStore:
    """`root/ab/cd/<sha256>` holds originals; `root/derived/…` what can be made again.

    A name appears only when its bytes are on the disk, so power loss leaves a file whole or absent.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        # On the same filesystem as the originals, so that adopting is one rename.
        self.temp_folder = root / "tmp"

    def prepare(self) -> None:
        """Make the folders."""
        self.temp_folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the original is or will be."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def adopt(self, temporary: Path, sha256: str) -> Path:
        """Move a complete, already fsynced file in; the same bytes twice are kept once."""
        target = self.path(sha256)
        with disk_full_is_unavailable():
            if target.is_file():
                temporary.unlink(missing_ok=True)
                return target
            _make_folders(target.parent, self.root)
            temporary.replace(target)
            _sync_folder(target.parent)
        return target

    def keep(self, source: BinaryIO) -> tuple[str, int]:
        """Copy any file in as it is; returns its SHA-256 and its size in bytes."""
        temporary = self.temp_folder / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            with disk_full_is_unavailable(), temporary.open("xb") as copy:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            self.adopt(temporary, digest.hexdigest())
        finally:
            temporary.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def forget_unfinished(self, *, older_than_seconds: float) -> None:
        """Remove what interrupted uploads left in the temporary folder."""
        oldest = time.time() - older_than_seconds
        for temporary in self.temp_folder.iterdir():
            with suppress(FileNotFoundError):
                if temporary.stat().st_mtime < oldest:
                    temporary.unlink()

    def derived(self, sha256: str, name: str) -> Path:
        """Where something made from the original is or will be."""
        return self.root / "derived" / sha256[:2] / sha256[2:4] / sha256 / name

    def put_derived(self, sha256: str, name: str, content: bytes) -> Path:
        """Keep something made from the original; it replaces an older one at once."""
        target = self.derived(sha256, name)
        temporary = self.temp_folder / uuid.uuid4().hex
        with disk_full_is_unavailable():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(content)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        return target


@contextmanager
def disk_full_is_unavailable() -> Iterator[None]:
    """A full disk is a fault of the house, not of the document: tried again later."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Unavailable(
            "The disk is full. Free some space; nothing was lost, it is tried again.",
            code="storage_full",
        ) from error


def _make_folders(folder: Path, root: Path) -> None:
    """Make `folder` below `root`, and see that each new name survives power loss."""
    if folder == root or folder.is_dir():
        return
    _make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
