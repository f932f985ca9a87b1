"""What a model was asked is told with the invoice, and summed up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluation.model_standin.protocols import Asked, Reply, model_server
from tests.ai.papers import odd_invoice
from tests.api.conftest import Service, running, settings_in
from tests.samples import ubl_invoice

from invoice_ai import workflow

VALUES = {"invoice_number": "QUITTE-BLAU", "purchase_order": "PO-NOWHERE-1"}


def answering(asked: Asked) -> Reply:
    return Reply(json.dumps({name: VALUES.get(name) for name in asked.fields}))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """It has read one doubtful invoice and one that is data."""
    with model_server(answering) as model:
        settings = settings_in(tmp_path_factory.mktemp("ai"), sqlite_template).model_copy(
            update={"ai_provider": "ollama", "ollama_base_url": model.url}
        )
        with running(settings) as service:
            odd = odd_invoice(more=("Ihre Bestellnummer:",))
            with service.client() as api:
                for name, content in (("odd.pdf", odd), ("data.xml", ubl_invoice("A-1"))):
                    assert api.post("/upload", files={"file": (name, content)}).status_code < 300
            while job := workflow.take_job(service.place, worker="t", lease_seconds=60):
                workflow.run_job(service.place, job)
            yield service


def test_what_is_not_on_the_page_is_a_suggestion_with_its_source(service: Service) -> None:
    with service.client() as api:
        use = api.get("/results/1/ai").json()
    assert use["taken"] == ["invoice_number"]
    assert use["suggestions"] == [
        {
            "field": "purchase_order",
            "value": "PO-NOWHERE-1",
            "source": "ollama:llama3.2-vision",
            "reason": "not_on_page",
        }
    ]
    assert (use["went_to"], use["is_local"], use["cost"]) == ("127.0.0.1", True, None)


def test_of_an_invoice_that_was_not_asked_about_there_is_nothing(service: Service) -> None:
    with service.client() as api:
        answer = api.get("/results/2/ai")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "No model was asked about result 2."


@pytest.mark.parametrize("by", ["day", "month"])
def test_usage_is_summed_up(service: Service, by: str) -> None:
    with service.client() as api:
        (period,) = api.get("/ai/usage", params={"by": by}).json()["periods"]
        assert api.get("/ai/usage", params={"by": "year"}).status_code == 400
    assert (period["model"], period["asked"], period["unanswered"]) == ("llama3.2-vision", 1, 0)
    assert period["tokens"] > 0
