"""Messages between us and the isolated process: a JSON header and a body of bytes."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

PREFIX = struct.Struct("!IQ")  # length of the header, length of the body
# On the control socket. To the owner: "c" and a process id, with that child's socket; "x" and how
# the child ended. From the owner: the process id of the child to kill.
NEWS = struct.Struct("!ci")
KILL = struct.Struct("!i")
LONGEST_HEADER = 16 * 1024 * 1024  # 200,000 characters of words, twenty times over


class Garbled(ValueError):
    """The other side does not speak our language (any more)."""


def send(
    channel: socket.socket, header: dict[str, Any], body: Sequence[bytes | memoryview] = ()
) -> None:
    """Send one message."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    views = [memoryview(piece).cast("B") for piece in body]
    prefix = PREFIX.pack(len(text), sum(view.nbytes for view in views))
    channel.sendall(prefix + text)
    for view in views:
        channel.sendall(view)


def receive(
    channel: socket.socket, *, longest_body: int, deadline: float | None = None
) -> tuple[dict[str, Any], bytearray]:
    """Receive one message.

    Args:
        longest_body: More bytes than that are refused unread.
        deadline: By `time.monotonic()`.
    Raises: EOFError: the other side is gone; TimeoutError; Garbled.
    """
    text_length, body_length = PREFIX.unpack(_exactly(channel, PREFIX.size, deadline))
    if text_length > LONGEST_HEADER or body_length > longest_body:
        raise Garbled(f"a message of {text_length} + {body_length} bytes")
    try:
        header = json.loads(_exactly(channel, text_length, deadline))
    except (ValueError, RecursionError) as wrong:
        raise Garbled(str(wrong)) from wrong
    if not isinstance(header, dict):
        raise Garbled("a header that is no object")
    return header, _exactly(channel, body_length, deadline)


def _exactly(channel: socket.socket, length: int, deadline: float | None) -> bytearray:
    data = bytearray(length)
    view = memoryview(data)
    while view:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            channel.settimeout(left)
        try:
            count = channel.recv_into(view)
        except ConnectionError as gone:
            raise EOFError from gone
        if not count:
            raise EOFError
        view = view[count:]
    return data
