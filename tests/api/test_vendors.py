"""Vendors over HTTP: seen, merged with all that was learnt, and a layout forgotten."""

from __future__ import annotations

from tests.api.conftest import Service

from invoice_ai.store import layouts, vendors


def test_a_vendor_is_merged_with_its_layouts_and_one_is_forgotten(service: Service) -> None:
    with service.place.database.writing() as session:
        one, other = vendors.add(session, "Acme Ltd"), vendors.add(session, "Acme Limited")
        wrong = {"finders": {"right": 0.0, "wrong": 1.0}}
        memory = {"fields": {"total": wrong, "due_date": {"refused": ["x"]}, "currency": {}}}
        layout = layouts.save(session, None, memory, [], lessons=3, vendor_id=one)
    with service.client() as api:
        page = api.get("/api/v1/vendors", params={"q": "acme"}).json()
        assert [v["name"] for v in page["vendors"]] == ["Acme Ltd", "Acme Limited"]
        found = api.get(f"/api/v1/vendors/{one}").json()
        assert (found["layouts"][0]["fields"], found["layouts"][0]["lessons"]) == (
            ["total", "due_date"],
            3,
        )
        merged = api.post(f"/api/v1/vendors/{one}/merge", json={"into": other}).json()
        assert (merged["id"], merged["layouts"][0]["id"]) == (other, layout)
        assert api.get(f"/api/v1/vendors/{one}").json()["id"] == other
        shown = api.get(f"/vendors/{other}", headers={"Accept": "text/html"}).text
        assert "Total, Due date" in shown and "from 3 invoices" in shown
        where = f"/api/v1/vendors/{other}/layouts/{layout}"
        assert api.delete(where).status_code == 204
        assert api.delete(where).status_code == 404
        assert api.get(f"/api/v1/vendors/{other}").json()["layouts"] == []
