"""The process that opens documents: warm, single-threaded, knows no secret, forks one per document.

Started by `isolation` as `python -m invoice_ai.reading.zygote` with the control socket as its
standard input. It always has one child waiting; a child serves one document and ends. When the
control socket closes (our owner is gone) the child is killed and we end, too.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import NoReturn

import pypdfium2 as pdfium
from PIL import Image

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import BadDocument
from invoice_ai.reading.parts import pack
from invoice_ai.reading.perform import perform
from invoice_ai.reading.tasks import ReadTask, RenderTask, Task, unpack_task
from invoice_ai.reading.wire import KILL, NEWS, receive, send

if sys.platform != "win32":
    import resource

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_quiet = os.open(os.devnull, os.O_WRONLY)


def main() -> NoReturn:
    """Serve until the owner is gone."""
    control = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our owner, who then lets us go
    _warm_up()
    gc.collect()
    gc.freeze()
    # What all children need is made here once: memory that a child writes to is copied for it.
    gc.disable()
    mapped = _address_space()
    with contextlib.suppress(ConnectionError):
        while True:
            _one_child(control, mapped)
    os._exit(0)


def _one_child(control: socket.socket, mapped: int) -> None:
    ours, theirs = socket.socketpair()
    # The read end becomes readable when the child is gone, whatever it was doing.
    ended, alive = os.pipe()
    child = os.fork()
    if child == 0:
        control.close()
        theirs.close()
        os.close(ended)
        _serve(ours, mapped)
    ours.close()
    os.close(alive)
    try:
        socket.send_fds(control, [NEWS.pack(b"c", child)], [theirs.fileno()])
        theirs.close()
        owner_is_there = _until_ended(control, child, ended)
    except ConnectionError:
        owner_is_there = False
    os.close(ended)
    os.kill(child, signal.SIGKILL)  # in case it only closed its end
    _, status = os.waitpid(child, 0)
    if not owner_is_there:
        os._exit(0)
    control.sendall(NEWS.pack(b"x", os.waitstatus_to_exitcode(status)))


def _until_ended(control: socket.socket, child: int, ended: int) -> bool:
    """Wait for the child's end, kill it when told to. False: the owner is gone."""
    while True:
        readable, _, _ = select.select([control.fileno(), ended], [], [])
        if control.fileno() in readable:
            order = control.recv(KILL.size, socket.MSG_WAITALL)
            if len(order) < KILL.size:
                return False
            # An order that comes too late must not hit the next child.
            if KILL.unpack(order)[0] == child:
                os.kill(child, signal.SIGKILL)
        elif ended in readable:
            return True


def _serve(channel: socket.socket, mapped: int) -> NoReturn:
    """The child: one document, then the end."""
    try:
        _die_with_parent()
        header, content = receive(channel, longest_body=sys.maxsize)
        task = unpack_task(header)
        confine(task.limits, mapped + len(content))
        try:
            for part in perform(bytes(content), task):
                send(channel, *pack(part))
            send(channel, {"part": "end"})
        except BadDocument as bad:
            send(channel, {"part": "bad", "code": bad.code, "message": str(bad)})
    except BaseException:
        os._exit(1)
    os._exit(0)


def _die_with_parent() -> None:
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def confine(limits: Limits, mapped: int) -> None:
    """Take from this process what opening a document does not need.

    Each layer that the platform lacks is left out. Landlock and seccomp will be more lines here.

    Args:
        mapped: Bytes of address space that are in use before the document is opened.
    """
    os.dup2(_quiet, 1)
    os.dup2(_quiet, 2)
    seconds = int(limits.seconds) + 1  # the kernel counts whole seconds
    for name, most in (
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_AS", mapped + limits.memory_mb * 1024 * 1024),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", 32),
        ("RLIMIT_NPROC", 0),
    ):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _address_space() -> int:
    """Bytes this process has mapped before it opens anything."""
    try:
        with open("/proc/self/statm", encoding="ascii") as numbers:  # noqa: PTH123
            return int(numbers.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 512 * 1024 * 1024


def _warm_up() -> None:
    """Do everything once that is only slow the first time: font tables, codecs, lazy imports."""
    limits = Limits()
    for content, kind in _samples():
        # Python makes a function quicker after some calls, by writing to it: not in every child.
        tasks: list[Task] = [ReadTask(kind, limits)] * 16
        for task in [*tasks, RenderTask(kind, limits, 1, 0, 0.0)]:
            for part in perform(content, task):
                pack(part)


def _samples() -> Iterator[tuple[bytes, FileKind]]:
    document = pdfium.PdfDocument.new()
    page = document.new_page(200, 200)
    for name in ("Helvetica", "Times-Roman", "Courier-Bold"):
        font = pdfium.raw.FPDFText_LoadStandardFont(document, name.encode())
        text = pdfium.raw.FPDFPageObj_CreateTextObj(document, font, 12.0)
        letters = "Invoice 2024 total 119.00 EUR\0".encode("utf-16-le")
        pdfium.raw.FPDFText_SetText(text, pdfium.raw.cast(letters, pdfium.raw.FPDF_WIDESTRING))
        pdfium.raw.FPDFPage_InsertObject(page, text)
    page.gen_content()
    out = BytesIO()
    document.save(out)
    yield out.getvalue(), "pdf"
    kinds: tuple[FileKind, ...] = ("jpeg", "png", "tiff")
    for kind in kinds:
        out = BytesIO()
        Image.new("RGB", (40, 40), "white").save(out, kind)
        yield out.getvalue(), kind


if __name__ == "__main__":
    main()
