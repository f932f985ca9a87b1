"""The watched folder: which files have come to rest, and taking one exactly once.

Looking again and again works on every file system (NFS, Docker mounts); events do not.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from invoice_ai.errors import NotFound, Unavailable
from invoice_ai.intake.beneath import open_folder_beneath

UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart")
NOT_OURS = frozenset({"thumbs.db", "desktop.ini"})
CLAIMED = ".claimed-"  # a file on another file system that is being copied to ours
# A copy of 25 MB is over long before that: who began it has died, and the file is free again.
CLAIM_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that has come to rest; `relative` to the watched folder, with slashes."""

    relative: str
    size: int


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """Something that will never be taken as it is, and why."""

    relative: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Seen:
    state: tuple[int, int, int]  # inode, size, time of change
    since: float  # monotonic: the wall clock may be set back


class FolderScan:
    """Looks at a folder again and again; remembers what it saw the last time."""

    def __init__(
        self,
        root: Path,
        *,
        quiet_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._quiet_seconds = quiet_seconds
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._unsettled = False
        self._refused: dict[str, str] = {}
        self._new_refusals: list[RefusedFile] = []

    def ready(self) -> list[ReadyFile]:
        """Files unchanged in size and time for `quiet_seconds` and two looks, oldest first.

        Hidden and unfinished files, and those of the system, are passed over in silence.
        Raises: Unavailable: folder_missing (unmounted?); what was seen is remembered.
        """
        now = self._clock()
        seen: dict[str, _Seen] = {}
        refused: dict[str, str] = {}
        found: list[tuple[int, ReadyFile]] = []
        for relative, entry in _entries(self._root):
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:  # gone since it was listed
                continue
            if reason := _refusal(status.st_mode, entry.path):
                refused[relative] = reason
                continue
            state = (status.st_ino, status.st_size, status.st_mtime_ns)
            before = self._seen.get(relative)
            if before is None or before.state != state:
                seen[relative] = _Seen(state, now)
                continue
            seen[relative] = before
            quiet = CLAIM_SECONDS if entry.name.startswith(CLAIMED) else self._quiet_seconds
            if now - before.since >= quiet:
                found.append((status.st_mtime_ns, ReadyFile(relative, status.st_size)))
        self._seen = seen
        self._unsettled = len(seen) > len(found)
        self._new_refusals += [
            RefusedFile(relative, reason)
            for relative, reason in refused.items()
            if self._refused.get(relative) != reason
        ]
        self._refused = refused
        return [ready for _, ready in sorted(found, key=lambda pair: (pair[0], pair[1].relative))]

    @property
    def unsettled(self) -> bool:
        """Whether the last look saw a file that had not come to rest yet."""
        return self._unsettled

    def refused(self) -> list[RefusedFile]:
        """What was refused since the last call; each thing once, for as long as it lies there."""
        fresh, self._new_refusals = self._new_refusals, []
        return fresh


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything under `root` that might be an invoice, with its name relative to it."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            listing = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as wrong:
            if not folder:
                raise Unavailable(
                    f"The folder {root} cannot be read: {wrong.strerror}. "
                    "Files are taken again when it is back.",
                    code="folder_missing",
                ) from wrong
            continue
        for entry in listing:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    folders.append(relative)
            elif not _is_passed_over(entry.name):
                yield relative, entry


def _is_passed_over(name: str) -> bool:
    lower = name.lower()
    if lower.startswith(CLAIMED):
        return False
    return lower.startswith((".", "~$")) or lower.endswith((*UNFINISHED, "~")) or lower in NOT_OURS


def _refusal(mode: int, path: str) -> str | None:
    if stat.S_ISLNK(mode):
        return "A link is not followed; put the file itself here."
    if not stat.S_ISREG(mode):
        return "This is not a file."
    if not os.access(path, os.R_OK):
        return "The file may not be read; change its permissions."
    return None


def claim(root: Path, relative: str, work_folder: Path, *, mark: str = "") -> Path | None:
    """Take a file out of the watched folder, exactly once however many try.

    Args:
        mark: Kept in the new place's name, so that whoever goes on after a crash knows it, too.
    Returns: Its new place, `work_folder/<uuid>[-<mark>]/<name>`; None when someone was faster, or when it
        is no regular file any more.
    Raises: OSError: the file stays where it was (disk full, no permission).
    """
    parent, _, name = relative.rpartition("/")
    try:
        folder = open_folder_beneath(root, parent)
    except NotFound:
        return None
    own_folder = f"{uuid.uuid4().hex}-{mark}" if mark else uuid.uuid4().hex
    target = work_folder / own_folder / _own_name(name)
    target.parent.mkdir(mode=0o700)
    taken = False
    try:
        if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            taken = _move(folder, name, target)
    except FileNotFoundError:
        pass
    finally:
        os.close(folder)
        if not taken:
            shutil.rmtree(target.parent, ignore_errors=True)
    return target if taken else None


def _own_name(name: str) -> str:
    """The file's own name, when an earlier claim had not finished."""
    return name[len(CLAIMED) + 33 :] or name if name.startswith(CLAIMED) else name


def _move(folder: int, name: str, target: Path) -> bool:
    try:
        os.rename(name, target, src_dir_fd=folder)
    except OSError as wrong:
        if wrong.errno != errno.EXDEV:
            raise
        _copy_over(folder, name, target)
    # Between the look and the rename something else may have been put in its place.
    return stat.S_ISREG(target.lstat().st_mode)


def _copy_over(folder: int, name: str, target: Path) -> None:
    """To another file system: claim by renaming where it lies, copy, sync, then remove."""
    claimed = f"{CLAIMED}{uuid.uuid4().hex}-{_own_name(name)}"
    claimed = os.fsdecode(os.fsencode(claimed)[:255])
    os.rename(name, claimed, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        descriptor = os.open(claimed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        # Back under its name, but never over another file that has come meanwhile.
        with suppress(OSError):
            os.link(claimed, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.unlink(claimed, dir_fd=folder)
        raise
    os.unlink(claimed, dir_fd=folder)
