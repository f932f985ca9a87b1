"""Opening documents in a process that may be killed: the owner's side.

PDFium and Pillow parse what strangers send. 13 of 330 bad files hang, abort or take more than
1 GB, none larger than 4.3 MB, and no time-out inside a process stops C code. So each document is
opened by a child forked from a warm helper process (`zygote`), under limits of time, CPU and
memory; what it sends back is checked.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from invoice_ai.domain.limits import Limits
from invoice_ai.errors import BadDocument, Unavailable
from invoice_ai.reading.parts import BrokenPart, Part, unpack
from invoice_ai.reading.tasks import Task, pack_task
from invoice_ai.reading.wire import KILL, NEWS, Garbled, receive, send

# Where processes cannot fork and hand over sockets (Windows), documents are opened right here.
CAN_ISOLATE = hasattr(os, "fork") and hasattr(socket, "send_fds")

START_SECONDS = 60.0  # imports and warm-up: 0.3 s on an idle machine
ATTEMPTS = 3  # a helper, or the child that it had ready, may have been killed meanwhile
MORE_PARTS = 1000  # flags and attachments beside the pages


def run_isolated(content: bytes, task: Task) -> Iterator[Part]:
    """Have a document opened; parts come as they are ready.

    Time that the caller takes between two parts (OCR) does not count against the limit.
    Raises: BadDocument: what `perform` raises; timeout, resource_limit.
        Unavailable: the helper process cannot be started.
    """
    if not CAN_ISOLATE:
        # Only here does the owner load the parsers.
        from invoice_ai.reading.perform import perform

        yield from perform(content, task)
        return
    with _lock:
        child = _take_child(content, task)
        finished = False
        try:
            yield from _parts(child, task.limits)
            finished = True
        except BadDocument:
            finished = True
            raise
        except TimeoutError:
            raise _too_slow(task.limits) from None
        except (EOFError, Garbled, BrokenPart):
            raise _how_it_died(child, task.limits) from None
        finally:
            child.let_go(kill=not finished)


class _Child:
    """One forked process, waiting for one document."""

    def __init__(self, zygote: _Zygote, process_id: int, channel: socket.socket) -> None:
        self.zygote, self.process_id, self.channel = zygote, process_id, channel

    def let_go(self, *, kill: bool) -> None:
        """Done with it. It ends by itself after its last message, or is made to."""
        self.channel.close()
        if kill:
            self.zygote.kill(self.process_id)

    def exit_code(self) -> int | None:
        """How it ended (negative: by which signal); it is killed if it has not yet."""
        self.zygote.kill(self.process_id)
        return self.zygote.last_exit_code()


class _Zygote:
    """The helper process."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        # No secrets: of our environment it gets what Python needs, and one thread per library.
        environment = {
            "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path),
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            # Memory in large pages: a child takes some megabytes, and each page costs it a fault.
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "invoice_ai.reading.zygote"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment,
                cwd="/",
            )
        except OSError as wrong:
            raise Unavailable(f"The helper process for opening files: {wrong}") from wrong
        finally:
            theirs.close()
        self._running = 0  # process id of a child whose end has not been told
        self._exit_code: int | None = None

    def next_child(self) -> _Child:
        """The child that is ready. Raises: EOFError: the helper has died."""
        self.last_exit_code()
        self.control.settimeout(START_SECONDS)
        message, descriptors, _, _ = socket.recv_fds(self.control, NEWS.size, 1)
        if len(message) < NEWS.size or not descriptors:
            raise EOFError
        _, self._running = NEWS.unpack(message)
        return _Child(self, self._running, socket.socket(fileno=descriptors[0]))

    def kill(self, process_id: int) -> None:
        """Kill the child, unless it has ended already."""
        with contextlib.suppress(OSError):
            self.control.sendall(KILL.pack(process_id))

    def last_exit_code(self) -> int | None:
        """How the last child ended; waits for its end. Raises: EOFError."""
        if self._running:
            self.control.settimeout(START_SECONDS)
            message = self.control.recv(NEWS.size, socket.MSG_WAITALL)
            if len(message) < NEWS.size:
                raise EOFError
            self._running = 0
            self._exit_code = NEWS.unpack(message)[1]
        return self._exit_code

    def stop(self) -> None:
        """End the helper and its child."""
        self.control.close()
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def forget(self) -> None:
        """After a fork, in the new process: it is our parent's, not ours."""
        self.control.close()
        self.process.returncode = 0  # so that nobody waits for what is not our child


_lock = threading.Lock()
_zygote: _Zygote | None = None


def _take_child(content: bytes, task: Task) -> _Child:
    """A child that has received the document; a helper that has died is replaced."""
    global _zygote
    for _ in range(ATTEMPTS):
        if _zygote is None:
            _zygote = _Zygote()
        child = None
        try:
            child = _zygote.next_child()
            # It waits for nothing else, so this is quick, whatever is in the document.
            child.channel.settimeout(START_SECONDS)
            send(child.channel, pack_task(task), [content])
            return child
        except (EOFError, OSError):
            if child is not None:
                child.let_go(kill=True)
            if _zygote.process.poll() is not None or child is None:
                _zygote.stop()
                _zygote = None
    raise Unavailable("The helper process that opens files does not start; see the log.")


def _parts(child: _Child, limits: Limits) -> Iterator[Part]:
    left = limits.seconds
    longest = max(limits.max_xml_bytes, 2 * limits.max_image_pixels, 6 * limits.max_render_pixels)
    for _ in range(limits.max_pages + MORE_PARTS):
        started = time.monotonic()
        header, body = receive(child.channel, longest_body=longest, deadline=started + left)
        left -= time.monotonic() - started
        if header.get("part") == "end":
            return
        if header.get("part") == "bad":
            message, code = str(header.get("message")), str(header.get("code"))
            raise BadDocument(message[:500], code=code[:40])
        yield unpack(header, body)
    raise Garbled("more parts than any document has")


def _how_it_died(child: _Child, limits: Limits) -> BadDocument:
    try:
        code = child.exit_code()
    except (EOFError, OSError):
        code = None
    if code == -getattr(signal, "SIGXCPU", 0):
        return _too_slow(limits)
    return BadDocument(
        "This file needs too much memory to open, or breaks the reader. It was stopped for "
        "safety and kept; an administrator can look at it.",
        code="resource_limit",
    )


def _too_slow(limits: Limits) -> BadDocument:
    return BadDocument(
        f"This file takes longer than {limits.seconds:g} seconds to open. It was stopped for "
        "safety and kept; an administrator can look at it.",
        code="timeout",
    )


def _stop() -> None:
    global _zygote
    if _zygote is not None:
        _zygote.stop()
        _zygote = None


def _forget() -> None:
    global _zygote, _lock
    _lock = threading.Lock()  # another thread of the parent may have held it
    if _zygote is not None:
        _zygote.forget()
        _zygote = None


atexit.register(_stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
