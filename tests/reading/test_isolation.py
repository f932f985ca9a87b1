"""A hostile file ends its own process, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reading.conftest import WORDS, make_pdf, one_page_pdf, stream, words_of

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.errors import BadDocument
from invoice_ai.reading import isolation, read_document
from invoice_ai.reading.parts import BrokenPart, pack, unpack
from invoice_ai.reading.tasks import ReadTask
from invoice_ai.reading.wire import Garbled, receive, send


def slow_pdf() -> bytes:
    """A page that a tiling pattern of a thousandth of a point covers: hours of drawing."""
    return one_page_pdf(
        stream(b"/Pattern cs /P scn 0 0 420 595 re f"),
        stream(
            b"0 0 1 1 re f",
            b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] "
            b"/XStep 0.0005 /YStep 0.0005 /Resources <<>>",
        ),
        page=b"/Contents 4 0 R /Resources <</Pattern <</P 5 0 R>>>>",
    )


def greedy_pdf() -> bytes:
    """Forms that draw the next one ten times: 10^12 letters, two kilobytes."""
    depth = 12
    forms = [
        stream(
            b"/F Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 420 595] "
            b"/Resources <</XObject <</F %d 0 R>>>>" % (5 + level + 1),
        )
        for level in range(depth)
    ]
    last = stream(
        b"BT /T 8 Tf 10 10 Td (" + b"growing " * 200 + b") Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 420 595] /Resources <</Font <</T "
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>",
    )
    return one_page_pdf(
        stream(b"/F Do"), *forms, last, page=b"/Contents 4 0 R /Resources <</XObject <</F 5 0 R>>>>"
    )


def is_fine() -> bool:
    return words_of(read_document(make_pdf(), "pdf")) == WORDS


def test_a_file_that_never_ends_is_stopped_in_time() -> None:
    is_fine()
    started = time.monotonic()
    with pytest.raises(BadDocument, match=r"1\.5 seconds") as bad:
        read_document(slow_pdf(), "pdf", limits=Limits(seconds=1.5))
    assert bad.value.code == "timeout"
    assert time.monotonic() - started < 5
    assert is_fine()


def test_a_file_that_eats_memory_is_stopped() -> None:
    with pytest.raises(BadDocument) as bad:
        read_document(greedy_pdf(), "pdf", limits=Limits(memory_mb=256, seconds=20))
    assert bad.value.code in ("resource_limit", "timeout")
    assert is_fine()


def test_time_spent_between_pages_does_not_count() -> None:
    """OCR of a long scan takes minutes; opening it does not."""

    def draw(canvas) -> None:
        for _ in range(3):
            canvas.drawString(60, 400, "some words that fill the page enough")
            canvas.showPage()

    count = 0
    for _ in isolation.run_isolated(make_pdf(draw), ReadTask("pdf", Limits(seconds=1))):
        time.sleep(0.7)
        count += 1
    assert count == 3


def test_a_document_left_half_read_does_not_block_the_next() -> None:
    parts = isolation.run_isolated(make_pdf(), ReadTask("pdf", Limits()))
    next(parts)
    parts.close()
    assert is_fine()


def helper() -> int:
    is_fine()
    assert isolation._zygote is not None
    return isolation._zygote.process.pid


def children_of(process_id: int) -> list[int]:
    listing = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    return [int(number) for number in listing.split()]


def until(true: Callable[[], bool], *, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def waiting_child() -> int:
    """The child that the next document is given to; for a moment there is none."""
    number = helper()
    assert until(lambda: len(children_of(number)) == 1)
    return children_of(number)[0]


def has_ended(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def gone(process_id: int) -> bool:
    return until(lambda: has_ended(process_id))


def test_a_helper_that_was_killed_is_replaced() -> None:
    first = helper()
    os.kill(first, signal.SIGKILL)
    assert is_fine()
    assert helper() != first


def test_a_waiting_child_that_was_killed_is_replaced() -> None:
    os.kill(waiting_child(), signal.SIGKILL)
    assert is_fine()


def test_every_document_has_a_process_of_its_own() -> None:
    before = waiting_child()
    assert is_fine()
    assert until(lambda: waiting_child() != before)


def test_the_helper_does_not_know_our_secrets(monkeypatch) -> None:
    monkeypatch.setenv("QUICKBOOKS_CLIENT_SECRET", "do-not-tell")
    os.kill(helper(), signal.SIGKILL)
    assert b"do-not-tell" not in Path(f"/proc/{helper()}/environ").read_bytes()


def test_helper_and_child_end_with_their_owner() -> None:
    script = """
        import os, sys
        sys.path[:0] = {path!r}
        from tests.reading.test_isolation import children_of, helper
        number = helper()
        print(number, *children_of(number), flush=True)
        os.kill(os.getpid(), 9)
    """
    code = textwrap.dedent(script.format(path=sys.path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    numbers = [int(number) for number in done.stdout.split()]
    assert len(numbers) == 2, done.stderr
    assert all(gone(number) for number in numbers)


def test_a_busy_child_ends_with_its_owner_too() -> None:
    script = """
        import os, sys, threading, time
        sys.path[:0] = {path!r}
        from tests.reading.test_isolation import children_of, helper, read_document, slow_pdf
        number = helper()
        print(number, *children_of(number), flush=True)
        threading.Thread(target=read_document, args=(slow_pdf(), "pdf"), daemon=True).start()
        time.sleep(1)
        os.kill(os.getpid(), 9)
    """
    code = textwrap.dedent(script.format(path=sys.path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    numbers = [int(number) for number in done.stdout.split()]
    assert len(numbers) == 2, done.stderr
    assert all(gone(number) for number in numbers)


def test_a_forked_worker_starts_its_own_helper() -> None:
    first = helper()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, b"%d" % helper())
            isolation._stop()
        finally:
            os._exit(0)
    os.close(writer)
    other = int(os.read(reader, 20))
    os.waitpid(child, 0)
    assert other != first
    assert helper() == first


def test_threads_take_turns() -> None:
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(is_fine())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4


def test_a_page_survives_the_wire() -> None:
    words = (Word("Köln\ud83d", Box(0.1, 0.2, 0.3, 0.4)), Word("😀", Box(0, 0, 1, 1)))
    header, body = pack(Page(3, 420.0, 595.0, words, "text", 90))
    near, far = socket.socketpair()
    send(near, header, body)
    page = unpack(*receive(far, longest_body=1000))
    assert isinstance(page, Page)
    assert (page.number, page.rotation, page.words[1].text) == (3, 90, "😀")
    assert page.words[0].box == pytest.approx((0.1, 0.2, 0.3, 0.4), abs=1e-6)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ({}, b""),
        ({"part": "code"}, b""),
        ({"part": "flag", "code": "<script>"}, b""),
        ({"part": "flag", "code": 7}, b""),
        ({"part": "page", "number": 1}, b""),
        ({"part": "page", "number": 1, "width": 1e999, "height": 1, "words": []}, b""),
        (
            {"part": "page", "number": 1, "width": 1, "height": 1, "rotation": 0, "words": ["a"]},
            b"\0\0\xc0\x7f" * 4,
        ),
        ({"part": "page", "number": 1, "width": 1, "height": 1, "rotation": 7, "words": []}, b""),
        ({"part": "pixels", "number": 1, "shape": [100, 100]}, b"few"),
        ({"part": "pixels", "number": 1, "shape": [-1, 1]}, b"few"),
        ({"part": "pixels", "number": 1, "shape": [0, 0]}, b""),
    ],
)
def test_what_a_captured_child_might_send_is_refused(header, body) -> None:
    with pytest.raises(BrokenPart):
        unpack(header, bytearray(body))


def test_a_message_that_is_too_long_is_refused_unread() -> None:
    near, far = socket.socketpair()
    send(near, {"part": "pixels"}, [b"x" * 2000])
    with pytest.raises(Garbled):
        receive(far, longest_body=1000)
