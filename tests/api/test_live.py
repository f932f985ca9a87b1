"""Live events: every change of state, in order, resumed where a browser left off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
from tests.api.conftest import SOME_PDF, Service

from invoice_ai.store import lifecycle


def events(answer: httpx2.Response) -> Iterator[dict[str, Any]]:
    """The events of a stream, one by one."""
    event: dict[str, Any] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = json.loads(value) if name == "data" else value
        elif event:
            yield event
            event = {}


def test_a_change_is_told_while_the_stream_is_open(service: Service) -> None:
    with service.client() as api, api.stream("GET", "/events") as stream:
        told = events(stream)
        assert next(told)["event"] == "hello"
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        file_id = api.post("/upload", files={"file": ("a.pdf", SOME_PDF)}).json()["file_id"]
        event = next(told)
        assert event["event"] == "invoice"
        assert event["data"]["file_id"] == file_id
        assert (event["data"]["state"], event["data"]["status"]) == ("received", "pending")


def test_a_browser_resumes_after_the_last_event_it_saw(service: Service) -> None:
    with service.client() as api:
        file_id = int(api.post("/upload", files={"file": ("a.pdf", SOME_PDF)}).json()["file_id"])
        with api.stream("GET", "/events", headers={"Last-Event-ID": "0"}) as stream:
            told = events(stream)
            next(told)
            seen = next(told)["id"]
        with service.place.database.writing() as session:
            for state in ("processing", "needs_review"):
                lifecycle.move(session, file_id, state, actor="test")
        with api.stream("GET", "/events", headers={"Last-Event-ID": seen}) as stream:
            told = events(stream)
            next(told)
            assert [next(told)["data"]["state"] for _ in range(2)] == ["processing", "needs_review"]


def test_a_marker_that_makes_no_sense_starts_from_now(service: Service) -> None:
    with service.client() as api:
        api.post("/upload", files={"file": ("a.pdf", SOME_PDF)})
        with api.stream("GET", "/events", headers={"Last-Event-ID": "-1 OR 1=1"}) as stream:
            assert int(next(events(stream))["id"]) > 0
