"""A name chosen by a stranger never leads out of the folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from invoice_ai.errors import NotFound
from invoice_ai.intake import beneath, open_beneath


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    root = tmp_path / "incoming"
    (root / "sub").mkdir(parents=True)
    (root / "good.pdf").write_bytes(b"good")
    (root / "sub" / "deep.pdf").write_bytes(b"deep")
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    (root / "out.pdf").symlink_to(tmp_path / "secret.pdf")
    (root / "in.pdf").symlink_to("good.pdf")
    (root / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(root / "fifo.pdf")
    return root


@pytest.fixture(params=["openat2", "step by step"])
def _way(request, monkeypatch) -> None:
    """With the system call, and as on systems that lack it."""
    if request.param == "step by step":
        monkeypatch.setattr(beneath.sys, "platform", "other")


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("name", "content"),
    [("good.pdf", b"good"), ("sub/deep.pdf", b"deep"), ("./sub//deep.pdf", b"deep")],
)
def test_files_in_the_folder_are_opened(name: str, content: bytes, incoming: Path) -> None:
    with open_beneath(incoming, name) as file:
        assert file.read() == content


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    "name",
    [
        "missing.pdf", "../secret.pdf", "sub/../../secret.pdf", "sub/../good.pdf", "/etc/passwd",
        "/proc/self/environ", "out.pdf", "in.pdf", "elsewhere/secret.pdf", "fifo.pdf", "sub", ".",
        "", "good.pdf/", "good.pdf\0", "\udcff.pdf", "\ud800.pdf", "x" * 5000, "file:///etc/passwd",
        "sub/../../incoming/good.pdf",
    ],
)  # fmt: skip
def test_everything_else_is_not_found(name: str, incoming: Path) -> None:
    with pytest.raises(NotFound) as first:
        open_beneath(incoming, name)
    with pytest.raises(NotFound) as other:
        open_beneath(incoming, "never-there.pdf")
    assert str(first.value) == str(other.value)


@pytest.mark.usefixtures("_way")
def test_no_descriptor_is_left_open(incoming: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("good.pdf", "sub/deep.pdf", "fifo.pdf", "sub", "out.pdf", "missing"):
        with suppress(NotFound):
            open_beneath(incoming, name).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
