"""The committed description of the API is that of the code, and it is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import MakeSettings

from invoice_ai.api.application import create_app

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture
def description(make_settings: MakeSettings) -> dict[str, Any]:
    return create_app(make_settings()).openapi()


def test_the_committed_description_is_current(description: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(description)), (
        "run: scripts/openapi.py"
    )


def test_both_guides_are_in_it(description: dict[str, Any]) -> None:
    assert {
        "/": ["get"],
        "/health": ["get"],
        "/status": ["get"],
        "/stats": ["get"],
        "/process": ["post"],
        "/upload": ["post"],
        "/results": ["get"],
        "/results/{file_id}": ["get", "delete"],
    }.items() <= {path: list(methods) for path, methods in description["paths"].items()}.items()


def test_every_route_says_what_it_does_and_how_it_fails(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"] and operation["description"], where
            assert "422" not in operation["responses"], where
            if path != "/health":
                for status in ("400", "401", "403", "500", "503"):
                    content = operation["responses"][status]["content"]["application/json"]
                    assert content["schema"]["$ref"].endswith("/ErrorAnswer"), where


def test_what_goes_in_and_out_has_an_example(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    parts = {"Refused", "IntakeList", "ResultList", "ErrorList", "PrintedWord", "PageWords"}
    parts |= {name for name in schemas if name.startswith("Desk")}  # parts of the review screen
    parts |= {"Suggestion", "LastChange", "ReviewEvents", "ClaimRequest"}
    parts |= {"Left", "LineCoding", "BookingQuestion", "BookedAs"}
    without = {name for name, schema in schemas.items() if not schema.get("examples")}
    assert without <= parts | {"WorkerStatus", "AiStatus", "AiPeriod", "AiSuggestion"}


def test_making_the_application_opens_nothing(make_settings: MakeSettings) -> None:
    settings = make_settings()
    create_app(settings)
    assert not settings.upload_folder.exists()
    assert not settings.incoming_folder.exists()
