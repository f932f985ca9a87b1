"""The watched folder: taken when at rest, exactly once, and nothing but files."""

from __future__ import annotations

import os
import resource
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from invoice_ai.errors import Unavailable
from invoice_ai.intake import FolderScan, claim


class Clock:
    """Monotonic time that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def names(scan: FolderScan) -> list[str]:
    return [ready.relative for ready in scan.ready()]


def test_a_file_is_taken_after_two_looks_and_some_quiet(root: Path, clock: Clock) -> None:
    (root / "a.pdf").write_bytes(b"x")
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    assert names(scan) == []
    clock.now += 1
    assert names(scan) == []
    clock.now += 1
    assert names(scan) == ["a.pdf"]


def test_a_growing_file_waits(root: Path, clock: Clock) -> None:
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    for _ in range(5):
        with (root / "a.pdf").open("ab") as file:
            file.write(b"more")
        clock.now += 3
        assert names(scan) == []
    clock.now += 3
    assert names(scan) == ["a.pdf"]


def test_a_file_that_was_replaced_waits_again(root: Path, clock: Clock) -> None:
    (root / "a.pdf").write_bytes(b"x")
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    scan.ready()
    (root / "new").write_bytes(b"y")
    os.utime(root / "new", ns=((root / "a.pdf").stat().st_mtime_ns,) * 2)
    (root / "new").rename(root / "a.pdf")
    clock.now += 3
    assert names(scan) == []


def test_the_wall_clock_does_not_matter(root: Path, clock: Clock) -> None:
    (root / "a.pdf").write_bytes(b"x")
    os.utime(root / "a.pdf", (4e9, 4e9))  # a camera in the next century
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    scan.ready()
    clock.now += 3
    assert names(scan) == ["a.pdf"]


def test_sub_folders_are_looked_into_and_the_oldest_comes_first(root: Path, clock: Clock) -> None:
    (root / "2024" / "march").mkdir(parents=True)
    for age, name in enumerate(["new.pdf", "2024/march/old.pdf"]):
        (root / name).write_bytes(b"x")
        os.utime(root / name, (1000 - age, 1000 - age))
    scan = FolderScan(root, quiet_seconds=0, clock=clock)
    scan.ready()
    assert names(scan) == ["2024/march/old.pdf", "new.pdf"]


@pytest.mark.parametrize(
    "name",
    [".hidden.pdf", "._good.pdf", "~$invoice.pdf", ".~lock.invoice.pdf#", "a.pdf.part", "a.TMP",
     "a.crdownload", "Thumbs.db", "desktop.ini", "invoice.pdf~", ".trash/a.pdf"],
)  # fmt: skip
def test_unfinished_and_hidden_files_are_passed_over_in_silence(
    name: str, root: Path, clock: Clock
) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"x")
    scan = FolderScan(root, quiet_seconds=0, clock=clock)
    scan.ready()
    assert names(scan) == []
    assert scan.refused() == []


def test_names_in_both_normal_forms_are_two_files(root: Path, clock: Clock) -> None:
    for name in ("K\u00f6ln.pdf", "Ko\u0308ln.pdf", os.fsdecode(b"K\xf6ln.pdf")):
        (root / name).write_bytes(b"x")
    scan = FolderScan(root, quiet_seconds=0, clock=clock)
    scan.ready()
    assert len(names(scan)) == 3


def test_what_is_no_file_is_refused_once(root: Path, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"x")
    (root / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (root / "folder-link").symlink_to(tmp_path)
    os.mkfifo(root / "fifo.pdf")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(root / "socket.pdf"))
    scan = FolderScan(root, quiet_seconds=0, clock=clock)
    scan.ready()
    assert names(scan) == []
    refused = ["fifo.pdf", "folder-link", "link.pdf", "socket.pdf"]
    assert [thing.relative for thing in scan.refused()] == refused
    scan.ready()
    assert scan.refused() == []
    (root / "fifo.pdf").unlink()
    scan.ready()
    os.mkfifo(root / "fifo.pdf")
    scan.ready()
    assert [thing.relative for thing in scan.refused()] == ["fifo.pdf"]


def test_a_folder_that_is_away_is_reported_and_work_goes_on_when_it_is_back(
    root: Path, clock: Clock
) -> None:
    (root / "a.pdf").write_bytes(b"x")
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    scan.ready()
    away = root.rename(root.with_name("away"))
    with pytest.raises(Unavailable) as trouble:
        scan.ready()
    assert trouble.value.code == "folder_missing"
    away.rename(root)
    clock.now += 3
    assert names(scan) == ["a.pdf"]


def test_a_claimed_file_moves_under_its_own_name(root: Path, work: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "a.pdf").write_bytes(b"content")
    place = claim(root, "sub/a.pdf", work)
    assert place is not None
    assert (place.name, place.read_bytes(), place.parent.parent) == ("a.pdf", b"content", work)
    assert not (root / "sub" / "a.pdf").exists()
    assert claim(root, "sub/a.pdf", work) is None
    assert len(list(work.iterdir())) == 1


@pytest.mark.parametrize("other_disk", [False, True])
def test_of_many_who_claim_one_gets_the_file(
    other_disk: bool, root: Path, work: Path, elsewhere: Path
) -> None:
    target = elsewhere if other_disk else work
    won: list[Path] = []
    for round_ in range(20):
        (root / "a.pdf").write_bytes(b"%d" % round_)
        start = threading.Barrier(6)

        def take(start: threading.Barrier = start) -> None:
            start.wait()
            if place := claim(root, "a.pdf", target):
                won.append(place)

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [place.read_bytes() for place in won] == [b"%d" % i for i in range(20)]
    assert list(root.iterdir()) == []
    assert len(list(target.iterdir())) == 20


@pytest.mark.parametrize("name", ["link.pdf", "fifo.pdf", "way/secret.pdf", "../secret.pdf", "sub"])
def test_only_files_of_the_folder_can_be_claimed(
    name: str, root: Path, work: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"x")
    (root / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (root / "way").symlink_to(tmp_path)
    (root / "sub").mkdir()
    os.mkfifo(root / "fifo.pdf")
    assert claim(root, name, work) is None
    assert (tmp_path / "secret.pdf").exists()
    assert list(work.iterdir()) == []


def test_a_copy_that_fails_leaves_the_file_where_it_was(root: Path, elsewhere: Path) -> None:
    (root / "a.pdf").write_bytes(b"x" * 4096)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            claim(root, "a.pdf", elsewhere)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in root.iterdir()] == ["a.pdf"]
    assert list(elsewhere.iterdir()) == []


def test_a_claim_that_was_never_finished_is_taken_up_again(
    root: Path, work: Path, clock: Clock
) -> None:
    left = f".claimed-{'0' * 32}-rechnung.pdf"
    (root / left).write_bytes(b"content")
    scan = FolderScan(root, quiet_seconds=2, clock=clock)
    scan.ready()
    clock.now += 60
    assert names(scan) == []  # somebody may still be copying
    clock.now += 600
    assert names(scan) == [left]
    place = claim(root, left, work)
    assert place is not None
    assert place.name == "rechnung.pdf"
