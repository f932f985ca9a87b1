"""Every endpoint of both guides, bare and below /api and /api/v1, in the guides' words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.api.conftest import SOME_PDF, MakeSettings, Service, running

from invoice_ai.store import lifecycle

PREFIXES = ["", "/api", "/api/v1"]


@pytest.fixture(params=PREFIXES, scope="module")
def api(request: pytest.FixtureRequest, shared: Service) -> Iterator[httpx2.Client]:
    """A client of one of the three spellings."""
    with httpx2.Client(base_url=shared.url + request.param, trust_env=False, timeout=30) as client:
        yield client


def uploaded(api: httpx2.Client, content: bytes, name: str = "invoice.pdf") -> httpx2.Response:
    return api.post("/upload", files={"file": (name, content)})


def test_health_is_exactly_what_the_guide_says(api: httpx2.Client) -> None:
    answer = api.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_head_is_get_without_a_body(api: httpx2.Client) -> None:
    for path in ("/health", "/", "/results"):
        answer = api.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0


def test_home_says_what_runs(api: httpx2.Client) -> None:
    said = api.get("/").json()
    assert set(said) == {"status", "version", "timestamp", "services"}
    assert set(said["services"]) == {"invoice_processor", "file_monitor", "ai_model"}


def test_a_browser_at_home_gets_the_app(shared: Service) -> None:
    with shared.client(Accept="text/html,application/xhtml+xml") as browser:
        answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/invoices")


def test_status_has_no_secrets(make_settings: MakeSettings) -> None:
    settings = make_settings(
        quickbooks_client_secret="CANARY-1", openai_api_key="CANARY-2", ai_provider="none"
    )
    with running(settings) as service, service.client() as api:
        answer = api.get("/status")
    assert answer.status_code == 200
    assert {"status", "uptime", "version", "queue", "workers", "disk"} <= set(answer.json())
    assert answer.json()["configuration"]["ai_provider"] == "none"
    assert "CANARY" not in answer.text


def test_stats_are_in_the_words_of_the_guide(api: httpx2.Client) -> None:
    said = api.get("/stats").json()
    assert list(said) == [
        "total_processed",
        "successful",
        "failed",
        "pending",
        "processing",
        "average_processing_time",
        "uptime",
    ]
    assert re.fullmatch(r"(\d+ days?, )?\d+:\d\d:\d\d", said["uptime"])


def test_an_upload_is_accepted_once_and_known_afterwards(api: httpx2.Client) -> None:
    content = SOME_PDF + str(api.base_url).encode()
    first, again = uploaded(api, content), uploaded(api, content, "copy.pdf")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["status"] == "pending"
    assert not first.json()["already_known"]
    assert again.json()["already_known"]
    assert again.json()["file_id"] == first.json()["file_id"]


def test_several_files_are_answered_one_by_one(api: httpx2.Client) -> None:
    unique = str(api.base_url).encode()
    answer = api.post(
        "/upload",
        files=[
            ("files", ("a.pdf", SOME_PDF + b"several" + unique)),
            ("file", ("b.doc", b"\xd0\xcf\x11\xe0 a Word file " + unique)),
        ],
    )
    said = answer.json()
    assert answer.status_code == 202
    assert (said["accepted"], said["already_known"], said["refused"]) == (1, 0, 1)
    assert said["files"][1]["filename"] == "b.doc"
    assert said["files"][1]["error"]["status_code"] == 415


def test_a_file_of_no_known_type_is_refused_with_a_reason_and_kept(api: httpx2.Client) -> None:
    answer = uploaded(api, b"MZ not an invoice " + str(api.base_url).encode(), "invoice.pdf")
    said = answer.json()
    assert answer.status_code == 415
    assert said["code"] == "unsupported_type"
    assert api.get(f"/results/{said['file_id']}").status_code == 200


def test_files_that_are_all_refused_are_an_error_with_each_reason(api: httpx2.Client) -> None:
    files = [("files", (f"{n}.doc", f"MZ {n} {api.base_url}".encode())) for n in range(2)]
    answer = api.post("/upload", files=files)
    assert answer.status_code == 415
    assert [file["error"]["code"] for file in answer.json()["files"]] == ["unsupported_type"] * 2


def test_files_that_failed_before_are_known(service: Service) -> None:
    with service.client() as api:
        files = [("files", (f"{n}.pdf", SOME_PDF + str(n).encode())) for n in range(2)]
        ids = [file["file_id"] for file in api.post("/upload", files=files).json()["files"]]
        with service.place.database.writing() as session:
            for file_id in ids:
                lifecycle.move(session, int(file_id), "failed", actor="test")
        again = api.post("/upload", files=files)
    assert (again.status_code, again.json()["already_known"]) == (200, 2)


def test_an_empty_file_is_refused(api: httpx2.Client) -> None:
    answer = uploaded(api, b"", "empty.pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "empty_file")


def test_results_are_listed_newest_first_and_page_by_page(api: httpx2.Client) -> None:
    for number in range(3):
        uploaded(api, SOME_PDF + f"page {number} {api.base_url}".encode())
    first = api.get("/results", params={"limit": 2}).json()
    assert first["count"] == len(first["results"]) == 2
    second = api.get("/results", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    ids = [int(row["file_id"]) for row in first["results"] + second["results"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == len(ids)


def test_results_can_be_asked_for_by_the_words_of_both_guides(api: httpx2.Client) -> None:
    uploaded(api, b"MZ refused " + str(api.base_url).encode())
    failed = api.get("/results", params={"status": "failed"}).json()["results"]
    assert failed
    assert {row["state"] for row in failed} == {"failed"}
    pending = api.get("/results", params={"status": "pending"}).json()["results"]
    assert {row["state"] for row in pending} <= {"received"}
    assert api.get("/results", params={"status": "no such"}).status_code == 400


def test_a_result_can_be_looked_at_and_its_original_saved(api: httpx2.Client) -> None:
    content = SOME_PDF + b"original" + str(api.base_url).encode()
    file_id = uploaded(api, content, 'in"voice\r\nSet-Cookie: x=1.pdf').json()["file_id"]
    assert api.get(f"/results/{file_id}").status_code == 200
    original = api.get(f"/results/{file_id}/original")
    assert original.content == content
    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["content-security-policy"].startswith("sandbox")
    assert original.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in original.headers


def test_a_deleted_result_is_gone_and_its_bytes_are_new_again(api: httpx2.Client) -> None:
    content = SOME_PDF + b"deleted" + str(api.base_url).encode()
    file_id = uploaded(api, content).json()["file_id"]
    assert api.delete(f"/results/{file_id}", params={"reason": "by mistake"}).status_code == 200
    for path in ("", "/original", "/pages/1.webp", "/pages/1/words.json"):
        assert api.get(f"/results/{file_id}{path}").status_code == 404
    assert api.delete(f"/results/{file_id}").status_code == 404
    assert file_id not in [row["file_id"] for row in api.get("/results").json()["results"]]
    assert uploaded(api, content).status_code == 202


@pytest.mark.parametrize(
    "file_id",
    ["0", "00000000-0000-0000-0000-000000000000", "-1", "1e3", "9" * 19, "9" * 300, "%00", "١"],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_id_is_not_found(api: httpx2.Client, method: str, file_id: str) -> None:
    answer = api.request(method, f"/results/{file_id}")
    assert answer.status_code == 404
    assert answer.json()["error_type"] == "NotFound"


def test_a_booked_invoice_cannot_be_deleted(service: Service) -> None:
    with service.client() as api:
        file_id = int(uploaded(api, SOME_PDF).json()["file_id"])
        with service.place.database.writing() as session:
            for state in ("processing", "approved", "synced"):
                lifecycle.move(session, file_id, state, actor="test")
        answer = api.delete(f"/results/{file_id}")
    assert (answer.status_code, answer.json()["error_type"]) == (409, "Conflict")


def test_retrying_what_did_not_fail_is_a_conflict(api: httpx2.Client) -> None:
    file_id = uploaded(api, SOME_PDF + b"retry" + str(api.base_url).encode()).json()["file_id"]
    assert api.post(f"/results/{file_id}/retry").status_code == 409
    assert api.post("/results/99999999/retry").status_code == 404


def test_failed_invoices_are_retried_one_by_one_or_all(service: Service) -> None:
    with service.client() as api:
        ids = [uploaded(api, SOME_PDF + str(n).encode()).json()["file_id"] for n in range(3)]
        with service.place.database.writing() as session:
            for file_id in ids:
                lifecycle.move(session, int(file_id), "failed", actor="test")
        assert api.post(f"/results/{ids[0]}/retry").status_code == 202
        assert api.post("/retry").json()["retried"] == 2
        assert api.post("/retry", json={"code": "timeout"}).json()["retried"] == 0


def test_the_table_of_errors_can_be_read(api: httpx2.Client) -> None:
    for number in range(2):
        uploaded(api, f"MZ errors {number} {api.base_url}".encode())
    page = api.get("/errors", params={"limit": 1}).json()
    assert page["errors"][0]["code"] == "unsupported_type"
    older = api.get("/errors", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert older["errors"][0]["id"] < page["errors"][0]["id"]


def test_metrics_speak_prometheus(api: httpx2.Client) -> None:
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for name in ("invoice_ai_invoices{", "invoice_ai_jobs{", "invoice_ai_http_requests_total{"):
        assert name in answer.text


def test_an_empty_request_looks_through_the_folder_now(service: Service) -> None:
    (service.settings.incoming_folder / "dropped.pdf").write_bytes(SOME_PDF)
    with service.client() as api:
        answer = api.post("/process", json={})
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
        assert answer.json()["files"][0]["filename"] == "dropped.pdf"
        assert api.post("/process").json()["files"] == []
        assert api.post("/process", json={"file_path": ""}).status_code == 200


@pytest.mark.parametrize("spelling", ["sub/in.pdf", "incoming/sub/in.pdf", "{folder}/sub/in.pdf"])
def test_one_file_of_the_folder_can_be_asked_for(service: Service, spelling: str) -> None:
    folder = service.settings.incoming_folder
    (folder / "sub").mkdir()
    (folder / "sub" / "in.pdf").write_bytes(SOME_PDF)
    with service.client() as api:
        answer = api.post("/process", json={"file_path": spelling.format(folder=folder)})
        assert answer.status_code == 202
        assert answer.json()["filename"] == "in.pdf"


def test_what_is_known_is_processed_again_when_forced(service: Service) -> None:
    with service.client() as api:
        file_id = uploaded(api, SOME_PDF).json()["file_id"]
        with service.place.database.writing() as session:
            for state in ("processing", "needs_review"):
                lifecycle.move(session, int(file_id), state, actor="test")
        for force, state in ((False, "needs_review"), (True, "processing")):
            (service.settings.incoming_folder / "again.pdf").write_bytes(SOME_PDF)
            wanted = {"file_path": "again.pdf", "force_reprocess": force}
            assert api.post("/process", json=wanted).json()["state"] == state


@pytest.mark.parametrize(
    "file_path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/random",
        "incoming/../../.env",
        "file:///etc/passwd",
        "http://127.0.0.1:6379/",
        "fifo.pdf",
        "incoming/fifo.pdf",
        "link.pdf",
        "linked/x.pdf",
        "incoming",
        ".",
        "..",
        "missing.pdf",
        "INCOMING/../secret.pdf",
        "\\\\server\\share\\x.pdf",
        "x" * 4000,
    ],
)
def test_nothing_outside_the_folder_is_opened_and_nobody_learns_what_is_there(
    tmp_path: Path, shared: Service, file_path: str
) -> None:
    folder = shared.settings.incoming_folder
    secret = folder.parent / "secret.pdf"
    secret.write_bytes(SOME_PDF)
    if not (folder / "fifo.pdf").exists():
        import os

        os.mkfifo(folder / "fifo.pdf")
        (folder / "link.pdf").symlink_to(secret)
        (folder / "linked").symlink_to(folder.parent)
    with shared.client() as api:
        answer = api.post("/process", json={"file_path": file_path})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such file in the incoming folder."


def test_the_description_and_its_page_come_from_here(api: httpx2.Client) -> None:
    page = api.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    for asset in re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text):
        assert api.get(f"/{asset}").status_code == 200
    assert api.get("/docs/assets/../../main.py").status_code == 404
    assert set(api.get("/openapi.json").json()["paths"]) >= {"/upload", "/results/{file_id}"}
