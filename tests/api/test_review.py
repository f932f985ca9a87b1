"""Review over HTTP: the same deeds as on the screen, against the version that was seen."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from tests.api.conftest import MakeSettings, Service, running
from tests.api.test_whole_way import do_all_jobs
from tests.samples import pdf_invoice

from invoice_ai.store import ai, invoices, lifecycle
from invoice_ai.store.tables import review_events


@pytest.fixture
def number(service: Service) -> str:
    """An invoice in review."""
    with service.client() as api:
        taken = api.post("/upload", files={"file": ("r.pdf", pdf_invoice())}).json()
        do_all_jobs(service)
        if api.get(taken["url"]).json()["status"] == "approved":
            with service.place.database.writing() as session:
                lifecycle.move(session, int(taken["file_id"]), "needs_review", actor="test")
    return str(taken["file_id"])


def value(desk: dict[str, Any], name: str) -> dict[str, Any]:
    return next(v for group in desk["groups"] for v in group["values"] if v["name"] == name)


def change(api: httpx2.Client, desk: dict[str, Any], *changes: dict[str, Any]) -> httpx2.Response:
    body = {"version": desk["version"], "changes": list(changes)}
    return api.patch(f"/results/{desk['file_id']}/review", json=body)


def test_a_value_is_changed_and_read_as_the_reader_writes(service: Service, number: str) -> None:
    with service.client() as api:
        desk = api.get(f"/results/{number}/review").json()
        assert value(desk, "total")["text"] == "119.00"
        assert value(desk, "total")["box"] and value(desk, "total")["page"] == 1
        after = change(
            api, desk, {"kind": "set", "field": "due_date", "text": "24 Dec 2026"}
        ).json()
        assert after["version"] > desk["version"]
        assert value(after, "due_date")["text"] == "24 Dec 2026"
        assert value(after, "due_date")["state"] == "edit"
    with service.client(**{"Accept-Language": "de"}) as api:
        desk = api.get(f"/results/{number}/review").json()
        assert value(desk, "total")["text"] == "119,00" and desk["decimal_mark"] == ","
        after = change(api, desk, {"kind": "set", "field": "total", "text": "1.119,00"}).json()
        assert value(after, "total")["number"] == "1119.00"


def test_a_row_that_is_not_sure_is_marked_where_a_person_looks(
    service: Service, number: str
) -> None:
    with service.client() as api:
        wrong = pdf_invoice("RE-1002", net="90.00", total="109.00")
        taken = api.post("/upload", files={"file": ("w.pdf", wrong)}).json()
        do_all_jobs(service)
        desk = api.get(f"/results/{taken['file_id']}/review").json()
        cells = [v for v in desk["lines"]["rows"][0] if v["text"]]
        assert {v["text"] for v in cells} >= {"Drill bit", "25.00", "100.00"}
        assert {v["state"] for v in cells} == {"look"}
        assert all(v["note"].endswith("%") for v in cells)
        # The same row that makes the net needs no second look.
        right = api.get(f"/results/{number}/review").json()
        assert {v["state"] for v in right["lines"]["rows"][0] if v["text"]} == {"ok"}
        # A row that a person typed is theirs, however unsure it was.
        typed = {"kind": "set", "field": "lines[0].description", "text": "Drill bits"}
        after = change(api, desk, typed).json()
        assert after["lines"]["rows"][0][0]["state"] == "edit"


def test_whoever_saw_an_older_version_is_told(service: Service, number: str) -> None:
    with service.client() as api:
        desk = api.get(f"/results/{number}/review").json()
        first = {"kind": "set", "field": "purchase_order", "text": "PO-1"}
        assert change(api, desk, first).status_code == 200
        refused = change(api, desk, {**first, "text": "PO-2"})
        assert refused.status_code == 409 and refused.json()["error_type"] == "Conflict"
        assert (
            value(api.get(f"/results/{number}/review").json(), "purchase_order")["text"] == "PO-1"
        )


@pytest.mark.parametrize(
    "body",
    [
        {"changes": [{"kind": "set", "field": "total", "text": "much"}]},
        {"changes": [{"kind": "set", "field": "nothing", "text": "1"}]},
        {"changes": [{"kind": "delete", "field": "lines[99]"}]},
        {"changes": [{"kind": "confirm", "field": "iban"}]},
        {"changes": [{"kind": "steal", "field": "total"}]},
        {"changes": [{"kind": "set", "field": "total", "text": "a\u0000b"}]},
        {"let_pass": {"BR-CO-15:total": "why not"}},
        {"version": 0},
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    service: Service, number: str, body: dict[str, Any]
) -> None:
    with service.client() as api:
        before = api.get(f"/results/{number}/review").json()
        refused = api.patch(f"/results/{number}/review", json=body)
        assert refused.status_code == 400 and refused.json()["detail"]
        assert api.get(f"/results/{number}/review").json() == before


def test_a_text_is_previewed_without_changing_anything(service: Service, number: str) -> None:
    with service.client() as api:
        ask = {"field": "total", "text": "EUR 1,250.00", "printed": True}
        assert api.post(f"/results/{number}/preview", json=ask).json()["shown"] == "1,250.00"
        refused = api.post(f"/results/{number}/preview", json={**ask, "text": "Kiel"})
        assert refused.status_code == 400 and "no number" in refused.json()["detail"]


def test_it_is_approved_when_nothing_is_left_and_undone(service: Service, number: str) -> None:
    with service.client() as api:
        desk = api.get(f"/results/{number}/review").json()
        wrong = {"kind": "set", "field": "total", "text": "9,999.99"}
        body = {"version": desk["version"], "changes": [wrong]}
        desk = api.patch(f"/results/{number}/review", json=body).json()
        assert desk["checks"]
        for _ in range(5):
            if not desk["checks"]:
                break
            refused = api.post(f"/results/{number}/approve", json={"version": desk["version"]})
            assert refused.status_code == 409
            body = {
                "version": desk["version"],
                "changes": [
                    {"kind": "confirm", "field": c["field"]} for c in desk["checks"] if not c["key"]
                ],
                "let_pass": {c["key"]: "seen" for c in desk["checks"] if c["key"]},
            }
            desk = api.patch(f"/results/{number}/review", json=body).json()
        done = api.post(f"/results/{number}/approve", json={"version": desk["version"]}).json()
        assert done["state"] == "approved" and done["next_id"] is None
        assert api.post(f"/results/{number}/undo", json={}).json()["state"] == "needs_review"
        assert api.post(f"/results/{number}/reject", json={}).status_code == 400
        no = api.post(f"/results/{number}/reject", json={"reason": "Not ordered"}).json()
        assert no["state"] == "rejected"


def test_people_have_names_on_this_computer_and_others_see_them(
    service: Service, number: str
) -> None:
    page = {"Origin": service.url}
    with service.client(**page) as ana, service.client(**page) as ben:
        for api, name in ((ana, "Ana"), (ben, "Ben")):
            assert api.put("/person", json={"name": f"  {name} "}).status_code == 204
        assert ana.post(f"/results/{number}/claim", json={}).json()["claimed_by"] == "Ana"
        refused = ben.post(f"/results/{number}/claim", json={})
        assert refused.status_code == 409 and "Ana is on this" in refused.json()["detail"]
        desk = ben.get(f"/results/{number}/review").json()
        assert (desk["claimed_by"], desk["person"]) == ("Ana", "Ben")
        over = ben.post(f"/results/{number}/claim", json={"take_over": True}).json()
        assert over["claimed_by"] == "Ben"
        ben.post(f"/results/{number}/release")
        assert ana.post(f"/results/{number}/claim", json={}).status_code == 200
        assert ana.put("/person", json={"name": " \u202e "}).status_code == 400


def test_a_name_opens_no_door(make_settings: MakeSettings) -> None:
    """The cookie that keeps a name on this computer is no session once there is a password."""
    settings = make_settings()
    with running(settings) as service, service.client() as api:
        api.put("/person", json={"name": "Ana"})
        kept = dict(api.cookies)
        assert kept
    closed = settings.model_copy(update={"admin_password": SecretStr("correct horse battery")})
    with running(closed) as service, service.client() as api:
        api.cookies.update(kept)
        assert api.get("/results").status_code == 401


def test_a_name_stays_with_the_session(make_settings: MakeSettings) -> None:
    settings = make_settings(admin_password="correct horse battery")
    with running(settings) as service, service.client(Origin=service.url) as api:
        api.post("/login", data={"password": "correct horse battery"})
        before = dict(api.cookies)
        assert api.put("/person", json={"name": "Ana"}).status_code == 204
        assert dict(api.cookies) == before
        taken = api.post("/upload", files={"file": ("r.pdf", pdf_invoice())}).json()
        do_all_jobs(service)
        assert api.get(f"/results/{taken['file_id']}/review").json()["actor"] == "Ana"


def test_what_happened_on_the_screen_is_kept(service: Service, number: str) -> None:
    told = [{"kind": "open", "ms": 0}, {"kind": "focus", "field": "total", "ms": 1200}]
    with service.client() as api:
        there = f"/results/{number}/review-events"
        assert api.post(there, json={"events": told}).status_code == 204
        assert api.post(there, json={"events": [{"kind": "dance", "ms": 1}]}).status_code == 400
        assert api.post("/results/999/review-events", json={"events": told}).status_code == 404
    with service.place.database.reading() as session:
        rows = session.execute(review_events.select()).all()
    assert [(r.kind, r.field, r.ms) for r in rows] == [("open", "", 0), ("focus", "total", 1200)]


def test_what_a_model_said_and_no_page_shows_is_offered_as_such(
    service: Service, number: str
) -> None:
    record = {
        "provider": "ollama", "model": "llama3.2", "outcome": "answered", "went_to": "localhost",
        "suggestions": {"purchase_order": "PO-77", "due_date": "2026-12-24", "total": "119.00"},
        "tokens_in": 1, "tokens_out": 1, "cost": None, "seconds": 0.1,
    }  # fmt: skip
    with service.place.database.writing() as session:
        revision = invoices.load(session, int(number)).revision
        ai.note_use(session, int(number), revision=revision, record=record)
    with service.client() as api:
        desk = api.get(f"/results/{number}/review").json()
    offered = [(o["text"], o["note"], o["box"]) for o in value(desk, "purchase_order")["others"]]
    assert offered == [("PO-77", "not on the page; from llama3.2", None)]
    assert value(desk, "purchase_order")["text"] == ""
    assert "24 Dec 2026" in [o["text"] for o in value(desk, "due_date")["others"]]
    assert value(desk, "total")["others"] == []  # it says what is there already
