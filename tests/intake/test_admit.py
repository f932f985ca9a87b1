"""Files are counted, recognised and fingerprinted while they are copied."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path

import pytest

from invoice_ai.domain.limits import Limits
from invoice_ai.errors import BadDocument, Unavailable
from invoice_ai.intake import admit

ALL = {"pdf", "jpg", "png", "tif", "xml"}
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 9000


class Trickle(io.RawIOBase):
    """A connection that brings a few bytes at a time, and may break."""

    def __init__(
        self,
        content: bytes,
        *,
        breaks_after: int | None = None,
        trouble: OSError = ConnectionResetError("the client is gone"),  # noqa: B008
    ) -> None:
        self._rest, self._breaks_after, self._given = content, breaks_after, 0
        self._trouble = trouble

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._breaks_after is not None and self._given >= self._breaks_after:
            raise self._trouble
        piece, self._rest = self._rest[: min(size, 1000)], self._rest[min(size, 1000) :]
        self._given += len(piece)
        return piece


class Endless(io.RawIOBase):
    """A body without an end."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        piece = b"%PDF-1.7\n".ljust(size, b"x")
        self.given += len(piece)
        return piece


def test_an_admitted_file_is_the_same_bytes(tmp_path: Path) -> None:
    admitted = admit(
        io.BytesIO(PDF), "../a.pdf", temp_folder=tmp_path, limits=Limits(), formats=ALL
    )
    assert admitted.path.parent == tmp_path
    assert admitted.path.read_bytes() == PDF
    assert admitted.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (admitted.size, admitted.kind, admitted.name) == (len(PDF), "pdf", "a.pdf")
    assert admitted.path.stat().st_mode & 0o077 == 0


def test_a_slow_source_is_recognised_all_the_same(tmp_path: Path) -> None:
    content = b"<!-- " + b"x" * 3000 + b" --><Invoice/>"
    admitted = admit(Trickle(content), "x", temp_folder=tmp_path, limits=Limits(), formats=ALL)
    assert (admitted.kind, admitted.size) == ("xml", len(content))


def test_a_file_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    limits = Limits(max_bytes=len(PDF))
    assert admit(io.BytesIO(PDF), "x", temp_folder=tmp_path, limits=limits, formats=ALL)


@pytest.mark.parametrize(
    ("source", "formats", "code"),
    [
        (io.BytesIO(b""), ALL, "empty_file"),
        (io.BytesIO(b"MZ not ours"), ALL, "unsupported_type"),
        (io.BytesIO(PDF), {"jpg"}, "unsupported_type"),
        (Trickle(PDF), ALL, "file_too_large"),
        (Endless(), ALL, "file_too_large"),
    ],
    ids=["empty", "program", "switched off", "one byte too many", "endless"],
)
def test_refused_files_leave_nothing_behind(source, formats, code: str, tmp_path: Path) -> None:
    limits = Limits(max_bytes=len(PDF) - 1)
    with pytest.raises(BadDocument) as bad:
        admit(source, "x", temp_folder=tmp_path, limits=limits, formats=formats)
    assert bad.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    source = Endless()
    with pytest.raises(BadDocument):
        admit(source, "x", temp_folder=tmp_path, limits=Limits(max_bytes=10_000), formats=ALL)
    assert source.given <= 1024 * 1024


def test_a_sparse_giant_is_refused_unread(tmp_path: Path) -> None:
    giant = tmp_path / "giant.pdf"
    with giant.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(10 * 1024**3)
    with giant.open("rb") as source, pytest.raises(BadDocument, match=r"10240\.0 MB") as bad:
        admit(source, "x", temp_folder=tmp_path, limits=Limits(), formats=ALL)
    assert bad.value.code == "file_too_large"
    assert list(tmp_path.iterdir()) == [giant]


def test_a_broken_connection_leaves_nothing_behind(tmp_path: Path) -> None:
    source = Trickle(PDF, breaks_after=1024 * 1024 + 5000)
    with pytest.raises(ConnectionResetError):
        admit(source, "x", temp_folder=tmp_path, limits=Limits(), formats=ALL)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_trouble_of_ours_and_tried_again(tmp_path: Path) -> None:
    source = Trickle(
        PDF, breaks_after=1024 * 1024 + 5000, trouble=OSError(errno.ENOSPC, "No space left")
    )
    with pytest.raises(Unavailable) as trouble:
        admit(source, "x", temp_folder=tmp_path, limits=Limits(), formats=ALL)
    assert (trouble.value.code, trouble.value.retry) == ("storage_full", True)
    assert list(tmp_path.iterdir()) == []
