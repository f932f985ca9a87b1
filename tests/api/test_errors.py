"""Every error has one shape, whoever raised it, and tells nothing that it should not."""

from __future__ import annotations

import errno
from datetime import datetime
from typing import Any

import httpx2
import pytest
from tests.api.conftest import SOME_PDF, MakeSettings, Service, running

from invoice_ai.access.throttle import TooMany
from invoice_ai.errors import Conflict, Forbidden, Unavailable

SHAPE = {"detail", "status_code", "timestamp", "error_type"}


def check_shape(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    said: dict[str, Any] = answer.json()
    assert answer.status_code == status, said
    assert set(said) >= SHAPE
    assert (said["status_code"], said["error_type"]) == (status, kind)
    assert said["detail"]
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return said


def raising(service: Service, error: Exception) -> None:
    """A route that fails in this way."""

    def fail() -> None:
        raise error

    service.app.add_api_route("/fail", fail)


def test_unknown_paths_and_methods(shared: Service) -> None:
    with shared.client() as api:
        check_shape(api.get("/nothing/here"), 404, "NotFound")
        check_shape(api.get("/api/nothing"), 404, "NotFound")
        refused = api.put("/results")
        check_shape(refused, 405, "MethodNotAllowed")
        assert refused.headers["allow"] == "GET"
        for path in ("/", "/api/results", "/upload"):
            check_shape(api.request("TRACE", path), 405, "MethodNotAllowed")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b'{"file_path": 5}',
        b'{"file_path": "a\\u0000b"}',
        b'{"file_path": "\\ud800"}',
        b'{"file_path": 1e999}',
        b'{"force_reprocess": NaN}',
        b'{"force_reprocess": 1e999}',
        b"{" * 100_000,
        b'{"file_path":' * 75_000,
        b"\xff\xfe",
        b"{",
        b'{"file_path": "' + b"x" * 5000 + b'"}',
    ],
)
def test_json_that_makes_no_sense_is_a_validation_error(shared: Service, body: bytes) -> None:
    with shared.client() as api:
        answer = api.post("/process", content=body, headers={"Content-Type": "application/json"})
    said = check_shape(answer, 400, "ValidationError")
    assert len(said["detail"]) < 500


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=0",
        "limit=501",
        "limit=1e9",
        "limit=1;DROP TABLE invoices",
        "limit=50&limit=-1",
        "limit=99999999999999999999999",
        "limit=",
        "status=%27%20OR%201%3D1--",
        "cursor=abc",
        "cursor=-1",
        "cursor=9999999999999999999",
        "q=%00",
        "q=" + "a" * 5000,
    ],
)
def test_queries_that_make_no_sense_are_validation_errors(shared: Service, query: str) -> None:
    with shared.client() as api:
        check_shape(api.get(f"/results?{query}"), 400, "ValidationError")


@pytest.mark.parametrize("query", ["q=%25_%27", "sort=password", "q=%F0%9F%92%A9", "cursor=1"])
def test_odd_queries_that_make_sense_are_answered(shared: Service, query: str) -> None:
    with shared.client() as api:
        assert api.get(f"/results?{query}").status_code == 200


def test_a_body_that_is_no_form_is_not_an_upload(shared: Service) -> None:
    with shared.client() as api:
        check_shape(api.post("/upload", json={}), 415, "UnsupportedMediaType")
        check_shape(api.post("/upload"), 415, "UnsupportedMediaType")
        form = {"Content-Type": "multipart/form-data"}
        check_shape(api.post("/upload", content=b"x", headers=form), 400, "ValidationError")
        check_shape(
            api.post("/upload", files={"other": ("a.pdf", SOME_PDF)}), 400, "ValidationError"
        )


def test_a_packed_body_is_not_unpacked(shared: Service) -> None:
    with shared.client() as api:
        packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = api.post("/process", content=b"\x1f\x8b" + b"\0" * 1000, headers=packed)
    check_shape(answer, 415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    ("error", "status", "kind", "header"),
    [
        (Conflict("Somebody was faster."), 409, "Conflict", None),
        (Forbidden("Not you."), 403, "Forbidden", None),
        (TooMany("Wait.", 7), 429, "RateLimitExceeded", ("retry-after", "7")),
        (Unavailable("postgres://me:pw@db"), 503, "ServiceUnavailable", ("retry-after", "5")),
        (OSError(errno.ENOSPC, "/secret/path"), 507, "InsufficientStorage", None),
        (OSError(errno.EIO, "/secret/path"), 500, "InternalServerError", None),
        (RuntimeError("CANARY inside"), 500, "InternalServerError", None),
    ],
)
def test_errors_from_inside(
    service: Service, error: Exception, status: int, kind: str, header: tuple[str, str] | None
) -> None:
    raising(service, error)
    with service.client() as api:
        answer = api.get("/fail")
    said = check_shape(answer, status, kind)
    assert not any(word in answer.text for word in ("CANARY", "secret", "postgres"))
    if header:
        assert answer.headers[header[0]] == header[1]
    if status == 500:
        assert answer.headers["x-request-id"] in said["detail"]


def test_a_lost_database_is_503_and_health_still_answers(service: Service) -> None:
    service.place.database.dispose()
    database = service.settings.data_folder.parent / "invoice_ai.db"
    database.unlink()
    database.mkdir()
    with service.client() as api:
        assert api.get("/health").status_code == 200
        check_shape(api.get("/results"), 503, "ServiceUnavailable")
        check_shape(api.get("/stats"), 503, "ServiceUnavailable")
        assert api.get("/").json()["status"] == "degraded"


def test_a_browser_gets_a_page_for_a_wrong_address(shared: Service) -> None:
    with shared.client(Accept="text/html") as browser:
        answer = browser.get("/no/such/page")
        assert (answer.status_code, answer.headers["content-type"]) == (
            404,
            "text/html; charset=utf-8",
        )
        check_shape(browser.get("/api/nothing"), 404, "NotFound")


def test_too_many_anonymous_uploads_are_429(make_settings: MakeSettings) -> None:
    with running(make_settings(upload_rate_limit="2/minute")) as service, service.client() as api:
        for number in range(2):
            assert _upload(api, number).status_code == 202
        refused = _upload(api, 2)
        check_shape(refused, 429, "RateLimitExceeded")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        for number in range(5):
            from_the_app = _upload(api, 10 + number, {"Origin": service.url})
            assert from_the_app.status_code == 202


def test_what_makes_no_work_is_not_counted(make_settings: MakeSettings) -> None:
    with running(make_settings(upload_rate_limit="2/minute")) as service, service.client() as api:
        assert [_upload(api, 1).status_code for _ in range(6)] == [202, 200, 200, 200, 200, 200]
        assert api.post("/upload", json={}).status_code == 415
        assert _upload(api, 2).status_code == 202
        assert _upload(api, 3).status_code == 429


def _upload(
    api: httpx2.Client, number: int, headers: dict[str, str] | None = None
) -> httpx2.Response:
    content = SOME_PDF + str(number).encode()
    return api.post("/upload", files={"file": ("a.pdf", content)}, headers=headers)
