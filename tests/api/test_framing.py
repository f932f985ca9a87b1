"""Bodies on the wire: too large, too slow, cut off, ambiguous. Raw sockets, because clients are polite."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import SOME_PDF, Service, running, settings_in

from invoice_ai.api.body import Patience
from invoice_ai.api.server import PatientProtocol
from invoice_ai.store import invoices

MB = 1024 * 1024
IMPATIENT = Patience(idle_seconds=0.5, grace_seconds=0.5, bytes_per_second=1000, linger_seconds=0.5)


class HastyProtocol(PatientProtocol):
    header_seconds = 0.5


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """A service that takes files up to 1 MB and waits half a second for anything."""

    settings = settings_in(tmp_path_factory.mktemp("small"), sqlite_template, max_file_size_mb=1)
    with running(settings, IMPATIENT, http=HastyProtocol) as service:
        yield service


def post(path: str, headers: str, body: bytes = b"") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode() + body


def form(content: bytes, *, end: bytes = b"\r\n--B--\r\n", header: str = "") -> bytes:
    disposition = b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    return b"--B\r\n" + disposition + header.encode() + b"\r\n" + content + end


def upload(body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return post(
        "/upload",
        f"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {size}\r\n"
        "Connection: close",
        body,
    )


def chunked(body: bytes, size: int = 65536) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    return post(
        "/upload",
        "Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close",
        framed,
    )


def status_of(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer else None


def error_of(answer: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert set(said) >= {"detail", "status_code", "timestamp", "error_type"}
    assert said["status_code"] == status_of(answer)
    assert b"content-security-policy" in answer.lower()
    return said


def test_a_form_in_order_is_taken_with_and_without_a_length(small: Service) -> None:
    assert status_of(small.say(upload(form(SOME_PDF + b"length")))) == 202
    assert status_of(small.say(chunked(form(SOME_PDF + b"chunked"), size=7))) == 202


def test_a_large_body_that_arrives_at_once_is_not_taken_for_headers(small: Service) -> None:
    assert status_of(small.say(upload(form(SOME_PDF + b"y" * 150_000)))) == 202


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(small: Service) -> None:
    started = time.monotonic()
    answer = small.say(upload(b"", length=10 * 1024**3))
    assert error_of(answer)["error_type"] == "FileTooLarge"
    assert status_of(answer) == 413
    assert time.monotonic() - started < 5


def test_one_file_beyond_the_limit_is_refused(small: Service) -> None:
    body = form(SOME_PDF + b"x" * (MB + 1))
    assert error_of(small.say(upload(body)))["status_code"] == 413
    assert error_of(small.say(chunked(body)))["status_code"] == 413


def test_the_sentence_arrives_although_the_client_is_still_sending(small: Service) -> None:
    sent = form(SOME_PDF + b"x" * (4 * MB))
    stranger = upload(sent).replace(b"Host: localhost", b"Host: localhost\r\nOrigin: http://x")
    assert error_of(small.say(stranger))["status_code"] == 403
    with small.client() as polite:
        answer = polite.post("/upload", files={"file": ("a.pdf", SOME_PDF + b"x" * (4 * MB))})
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


def test_a_file_of_exactly_the_limit_is_taken(small: Service) -> None:
    content = SOME_PDF + b" " * (MB - len(SOME_PDF))
    assert status_of(small.say(upload(form(content)))) == 202


def test_a_body_without_length_is_stopped_at_the_limit(small: Service) -> None:
    whole = form(b"x" * (MB - 1000)) * 12
    assert error_of(small.say(chunked(whole)))["status_code"] == 413


def test_other_routes_take_small_bodies_only(small: Service) -> None:
    big = post(
        "/process",
        f"Content-Type: application/json\r\nContent-Length: {MB + 1}\r\nConnection: close",
        b" " * (MB + 1),
    )
    assert error_of(small.say(big))["status_code"] == 413


def test_a_form_that_is_cut_off_is_refused(small: Service) -> None:
    assert status_of(small.say(upload(form(SOME_PDF, end=b"")))) == 400
    assert status_of(small.say(upload(form(SOME_PDF) + b"--B\r\nContent-Dis"))) in (400, 202)
    two = form(SOME_PDF, end=b"\r\n") + form(SOME_PDF, end=b"")
    assert status_of(small.say(upload(two))) == 400


def test_part_headers_beyond_measure_are_refused(small: Service) -> None:
    body = form(SOME_PDF, header="X-Long: " + "y" * 100_000 + "\r\n")
    assert status_of(small.say(upload(body))) == 400
    many = form(SOME_PDF, header="".join(f"X-{n}: y\r\n" for n in range(50)))
    assert status_of(small.say(upload(many))) == 400


def test_two_ways_to_tell_the_length_are_refused(small: Service) -> None:
    both = post(
        "/upload",
        "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked",
        b"0\r\n\r\n",
    )
    assert status_of(small.say(both)) == 400
    twice = post("/upload", "Content-Length: 5\r\nContent-Length: 6", b"hello!")
    assert status_of(small.say(twice)) == 400


@pytest.mark.parametrize(
    "request_", [b"NONSENSE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_what_is_not_http_gets_the_one_shape(small: Service, request_: bytes) -> None:
    assert error_of(small.say(request_))["status_code"] == 400


def test_a_request_without_or_with_two_hosts_is_refused(small: Service) -> None:
    assert status_of(small.say(b"GET /results HTTP/1.0\r\n\r\n")) == 400
    two = b"GET /results HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    assert status_of(small.say(two, wait=2)) == 400


def test_a_body_that_stops_coming_is_given_up(small: Service) -> None:
    answer = small.say(upload(form(SOME_PDF)[:50], length=500))
    assert (status_of(answer), error_of(answer)["error_type"]) == (408, "RequestTimeout")


def test_a_body_that_drips_is_given_up(small: Service) -> None:

    with socket.create_connection(small.address, timeout=10) as line:
        line.sendall(upload(b"--B\r\n", length=100_000))
        started = time.monotonic()
        answer = b""
        line.settimeout(0.1)
        while time.monotonic() - started < 8 and not answer:
            try:
                line.sendall(b"x")
                answer = line.recv(4096)
            except TimeoutError:
                continue
    assert status_of(answer) == 408


def test_headers_that_do_not_come_are_given_up(small: Service) -> None:
    assert error_of(small.say(b"GET / HTTP/1.1\r\nHost: loc", wait=5))["status_code"] == 408
    assert small.say(b"", wait=5) == b""


def test_headers_that_do_not_end_are_refused(small: Service) -> None:
    with socket.create_connection(small.address, timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40_000)
        time.sleep(0.2)  # so that all of it is read before the answer closes the connection
        line.sendall(b"y" * 30_000)
        answer = line.recv(65536)
    assert error_of(answer)["status_code"] == 431


def test_many_half_requests_keep_nobody_waiting(small: Service) -> None:

    lines = [socket.create_connection(small.address) for _ in range(100)]
    for line in lines[:50]:
        line.sendall(b"GET / HTTP/1.1\r\nHost: ")
    for line in lines[50:]:
        line.sendall(upload(b"--B\r\n", length=100_000))
    with small.client() as api:
        started = time.monotonic()
        assert api.get("/health").status_code == 200
        assert time.monotonic() - started < 1
    time.sleep(1.5)
    for line in lines:
        line.settimeout(2)
        while line.recv(65536):
            pass
        line.close()


def test_a_client_that_goes_away_leaves_nothing(service: Service) -> None:

    with socket.create_connection(service.address) as line:
        line.sendall(upload(form(SOME_PDF * 100)[:4000], length=len(form(SOME_PDF * 100))))
    time.sleep(0.3)
    with service.place.database.reading() as session:
        assert invoices.page_of(session).total == 0
    assert not [f for f in service.settings.upload_folder.rglob("*") if f.is_file()]


def test_the_same_file_twenty_times_at_once_is_one_invoice(service: Service) -> None:
    answers: list[int | None] = []

    def send() -> None:
        answers.append(status_of(service.say(upload(form(SOME_PDF)))))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == [200] * 19 + [202]
    with service.place.database.reading() as session:
        assert invoices.page_of(session).total == 1
