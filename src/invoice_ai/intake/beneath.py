"""Opening a file by a name that a stranger chose, without ever leaving a folder."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from invoice_ai.errors import NotFound

OPENAT2 = 437  # the same number on every Linux architecture; since Linux 5.6
NO_MAGIC_LINKS, NO_SYMLINKS, BENEATH = 0x02, 0x04, 0x08  # RESOLVE_* of <linux/openat2.h>

# Neither waits for a FIFO's writer nor becomes the terminal of a device.
READ = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
FOLDER = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0)


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def open_beneath(root: Path, relative: str) -> BinaryIO:
    """Open a regular file somewhere under `root` for reading.

    Symbolic links are not followed, not even those that stay inside; "..", absolute names, FIFOs,
    devices and folders are refused. The descriptor is what was checked, so nothing can be swapped
    in between.

    Raises: NotFound: the same answer for missing and for forbidden.
    """
    descriptor = _open(root, relative, READ)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_found()
    return os.fdopen(descriptor, "rb")


def open_folder_beneath(root: Path, relative: str) -> int:
    """A descriptor of a folder under `root` ("" is the root itself). Raises: NotFound."""
    return _open(root, relative or ".", FOLDER)


def _not_found() -> NotFound:
    return NotFound("There is no such file in the folder.")


def _open(root: Path, relative: str, flags: int) -> int:
    parts = relative.split("/")
    if not relative or "\0" in relative or not parts[0] or not parts[-1] or ".." in parts:
        raise _not_found()
    try:
        folder = os.open(root, FOLDER)
        try:
            found = _openat2(folder, relative, flags)
            return _walk(folder, parts, flags) if found is None else found
        finally:
            os.close(folder)
    except (OSError, ValueError):
        # ValueError: a name that cannot be encoded for the file system.
        raise _not_found() from None


def _openat2(folder: int, relative: str, flags: int) -> int | None:
    """One system call that checks every step; None where it does not exist."""
    if sys.platform != "linux":
        return None
    how = _OpenHow(flags, 0, BENEATH | NO_SYMLINKS | NO_MAGIC_LINKS)
    libc = ctypes.CDLL(None, use_errno=True)
    for _ in range(8):  # EAGAIN: something was renamed while the kernel looked
        found = libc.syscall(
            ctypes.c_long(OPENAT2),
            ctypes.c_int(folder),
            ctypes.c_char_p(os.fsencode(relative)),
            ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )
        if found >= 0:
            return int(found)
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EPERM):  # old kernel; old container run-time
            return None
        if code != errno.EAGAIN:
            break
    raise OSError(code, os.strerror(code))


def _walk(folder: int, parts: list[str], flags: int) -> int:
    """The same, one folder at a time, never through a link."""
    names = [part for part in parts if part not in ("", ".")] or ["."]
    here = os.dup(folder)
    try:
        for name in names[:-1]:
            below = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        return os.open(names[-1], flags | os.O_NOFOLLOW, dir_fd=here)
    finally:
        os.close(here)
