"""A model in the story: asked outside of transactions, believed only with reason, and never in the
way. The services are stand-ins on localhost, asked through the real client libraries."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from evaluation.model_standin.answers import lie
from evaluation.model_standin.protocols import Asked, ModelServer, Reply, model_server
from sqlalchemy import select, text
from tests.ai.papers import INJECTION, odd_invoice
from tests.samples import pdf_invoice
from tests.workflow.conftest import PACE, settings_in

from invoice_ai import workflow
from invoice_ai.ai import faults
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name
from invoice_ai.domain.vendors import Mark, marks_of
from invoice_ai.evaluate.replay import lines_of, replay
from invoice_ai.review import Change
from invoice_ai.store import ai as stored
from invoice_ai.store import invoices, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.tables import ai_answers
from invoice_ai.worker.running import run_claimed
from invoice_ai.workflow import Workplace

NUMBER = "QUITTE-BLAU"


class Model:
    """Answers what a test lays down, null for everything else; or any other reply."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.only = ""  # the one model that knows the values; empty: every one does
        self.reply: Reply | None = None

    def __call__(self, asked: Asked) -> Reply:
        if self.reply is not None:
            return self.reply
        knows = self.only in ("", asked.model)
        return Reply(json.dumps({n: self.values.get(n) if knows else None for n in asked.fields}))


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def server(model: Model) -> Iterator[ModelServer]:
    faults._BREAKERS.clear()
    with model_server(model) as running:
        yield running


@pytest.fixture
def place(database_url: str, tmp_path: Path, server: ModelServer) -> Iterator[Workplace]:
    settings = settings_in(
        tmp_path,
        database_url=database_url,
        ai_provider="openai",
        openai_base_url=f"{server.url}/v1",
        ai_max_retries=0,
        ai_price_input="0.25",
        ai_price_output="2",
        ai_folder_policy="payroll=never",
    )
    opened = workflow.open_workplace(settings)
    with opened.database.writing() as session:  # else a first invoice is a reason of its own
        for name in ("Feldhaus Antriebe GmbH", "Nordlicht Werkzeuge GmbH"):
            vendors.note_marks(
                session, vendors.add(session, name), [Mark("name", comparable_name(name), name)]
            )
    yield opened
    workflow.close_workplace(opened)


def work(place: Workplace) -> None:
    while job := workflow.take_job(place, worker="test", lease_seconds=20):
        run_claimed(place, job, PACE)


def processed(place: Workplace, content: bytes, **more: object) -> InvoiceRecord:
    received = workflow.receive(place, BytesIO(content), "odd.pdf", origin="upload", **more)  # type: ignore[arg-type]
    work(place)
    return load(place, received.invoice_id)


def load(place: Workplace, invoice_id: int) -> InvoiceRecord:
    with place.database.reading() as session:
        return invoices.load(session, invoice_id)


def use_of(place: Workplace, invoice_id: int) -> dict[str, object]:
    with place.database.reading() as session:
        found = stored.use_of(session, invoice_id)
    assert found is not None
    return found


def test_what_the_finders_missed_is_filled_in_with_its_place_and_shown_to_a_person(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    model.values = {"invoice_number": NUMBER}
    record = processed(place, odd_invoice())
    assert record.status == "needs_review"
    assert record.extracted is not None
    number = record.extracted.fields["invoice_number"]
    assert (number.value, number.source, number.page) == (NUMBER, "ai", 1)
    assert number.box is not None
    assert record.route is not None
    assert [(r.code, r.field) for r in record.route.reasons] == [("from_ai", "invoice_number")]
    (asked,) = server.asked
    assert "invoice_number" in asked.fields
    assert "total" not in asked.fields


def test_what_was_asked_is_kept_with_the_invoice(place: Workplace, model: Model) -> None:
    model.values = {"invoice_number": NUMBER, "purchase_order": "PO-NOWHERE-1"}
    record = processed(place, odd_invoice(more=("Ihre Bestellnummer:",)))
    use = use_of(place, record.id)
    assert use["outcome"] == "answered"
    assert (use["provider"], use["model"], use["prompt"]) == ("openai", "gpt-5-mini", "fields-1")
    assert (use["went_to"], use["is_local"], use["policy"]) == ("127.0.0.1", True, "cloud")
    assert use["taken"] == ["invoice_number"]
    assert use["suggestions"] == {"purchase_order": "PO-NOWHERE-1"}
    assert use["tokens_in"] and float(str(use["cost"])) > 0
    assert record.extracted is not None
    assert record.extracted.purchase_order is None
    with place.database.reading() as session:
        (spent,) = stored.spending(session)
    assert spent.questions == 1
    assert f"{spent.cost:f}" == use["cost"]


def test_the_same_question_is_asked_once(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    model.values = {"invoice_number": NUMBER}
    first = processed(place, odd_invoice())
    again = processed(place, odd_invoice(), force=True)
    assert again.id == first.id
    assert again.revision == 2
    assert again.extracted == first.extracted
    assert len(server.asked) == 1
    assert use_of(place, again.id)["cached"] == 1
    assert use_of(place, again.id)["went_to"] == ""


def test_two_workers_that_asked_the_same_keep_one_answer(place: Workplace) -> None:
    values = {
        "document_sha256": "ab", "provider": "openai", "model": "m", "prompt": "fields-1",
        "tokens_in": 1, "tokens_out": 1, "cost": None, "seconds": 0.1,
    }  # fmt: skip
    for answer in ("first", "second"):
        with place.database.writing() as session:
            stored.keep(session, "k" * 64, answer=answer, **values)  # type: ignore[arg-type]
    with place.database.reading() as session:
        assert stored.recall(session, "k" * 64) == "first"
        assert len(session.execute(select(ai_answers.c.id)).all()) == 1


def test_no_transaction_is_open_while_the_model_thinks(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    wrote: list[bool] = []

    def answering(asked: Asked) -> Reply:
        with place.database.writing() as session:  # SQLite has one writer
            session.execute(text("UPDATE invoices SET decision = NULL"))
        wrote.append(True)
        return Reply(
            json.dumps({n: NUMBER if n == "invoice_number" else None for n in asked.fields})
        )

    server.answering = answering
    record = processed(place, odd_invoice())
    assert wrote == [True]
    assert record.extracted is not None
    assert record.extracted.text("invoice_number") == NUMBER


def test_a_document_that_is_sure_is_not_shown_to_anybody(
    place: Workplace, server: ModelServer
) -> None:
    sure = replace(
        place, settings=place.settings.model_copy(update={"review_confidence_threshold": 0.3})
    )
    record = processed(sure, pdf_invoice())
    assert record.status == "approved"
    assert server.asked == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=503), "ai_server_error"),
        (Reply(status=401), "ai_key_refused"),
        (Reply("I cannot help with that"), "ai_unusable_answer"),
        (Reply(page="<html>"), "ai_unusable_answer"),
        (Reply("{}", cut=10), "ai_cut_off"),
    ],
)
def test_a_model_that_fails_stops_nothing_and_a_person_is_told(
    place: Workplace, model: Model, reply: Reply, code: str
) -> None:
    model.reply = reply
    record = processed(place, odd_invoice())
    assert record.status == "needs_review"
    assert record.route is not None
    assert [r.code for r in record.route.reasons] == ["missing_required", code]
    assert record.errors == ()
    assert record.exported_to
    fault = use_of(place, record.id)["fault"]
    assert isinstance(fault, dict)
    assert fault["code"] == code


def test_an_instruction_on_the_page_has_no_effect(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    model.values = {
        "invoice_number": NUMBER, "total": "9351.05", "amount_due": "9351.05", "iban": "LT121000011101001000",
        "status": "approved",
    }  # fmt: skip
    record = processed(place, odd_invoice(injected=True))
    (asked,) = server.asked
    assert INJECTION.split(".")[0] in asked.data
    assert INJECTION.split(".")[0] not in asked.rules
    assert record.status == "needs_review"
    assert record.extracted is not None
    assert str(record.extracted.money("total")) == "297.50"
    assert record.extracted.iban is None
    due = record.extracted.fields["amount_due"]
    assert due.confidence < 0.9  # the injected amount is printed, and still nobody believes it


@pytest.mark.parametrize("seed", range(4))
def test_a_model_that_lies_makes_nothing_sure(
    place: Workplace, server: ModelServer, seed: int
) -> None:

    def answering(asked: Asked) -> Reply:
        rng = random.Random(seed)
        values = {n: lie(n, [NUMBER], asked.data, rng, kind=seed) for n in asked.fields}
        return Reply(json.dumps(values))

    server.answering = answering
    record = processed(place, odd_invoice())
    assert record.status == "needs_review"
    assert record.extracted is not None
    assert record.extracted.confidence("invoice_number") < 0.9


def test_a_folder_that_forbids_it_is_obeyed(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    model.values = {"invoice_number": NUMBER}
    folder = place.settings.incoming_folder / "payroll"
    folder.mkdir()
    (folder / "secret.pdf").write_bytes(odd_invoice())
    received = workflow.receive_path(place, "payroll/secret.pdf")
    work(place)
    assert server.asked == []
    use = use_of(place, received.invoice_id)
    assert (use["outcome"], use["policy"], use["went_to"]) == ("not_allowed", "never", "")
    assert load(place, received.invoice_id).status == "needs_review"


def test_a_vendor_that_forbids_it_is_obeyed_also_when_its_name_was_misread(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    known = ExtractedInvoice(
        {
            name: ExtractedField(value, value, 1.0, "person")
            for name, value in (
                ("vendor_name", "Quite Another Name"),
                ("vendor_tax_id", "DE136695976"),
            )
        }
    )
    with place.database.writing() as session:
        vendor = vendors.add(session, "Quite Another Name")
        vendors.note_marks(session, vendor, marks_of(known))
        session.execute(text("UPDATE vendors SET ai_policy = 'never'"))
    record = processed(place, odd_invoice())
    assert server.asked == []
    assert use_of(place, record.id)["outcome"] == "not_allowed"


def test_local_only_lets_a_model_on_this_machine_be_asked(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    local = replace(place, settings=place.settings.model_copy(update={"ai_policy": "local"}))
    processed(local, odd_invoice())
    assert len(server.asked) == 1


def test_what_people_made_of_the_values_is_told_by_day_and_month(
    place: Workplace, model: Model
) -> None:
    model.values = {"invoice_number": NUMBER}
    kept = processed(place, odd_invoice())
    workflow.correct(place, kept.id, [Change("confirm", "invoice_number")], actor="Ann")
    workflow.approve(place, kept.id, actor="Ann")
    model.values = {"invoice_number": "RECHNUNG"}  # printed, and no number
    changed = processed(place, odd_invoice(number="BIRNE-ROT", day="02.10.2026"))
    workflow.correct(place, changed.id, [Change("set", "invoice_number", "BIRNE-ROT")], actor="Ann")
    workflow.approve(place, changed.id, actor="Ann")
    processed(
        place, odd_invoice(number="APFEL-GELB", day="02.09.2026")
    )  # nobody has looked at it yet
    today = datetime.now(UTC)
    for by_month, period in ((False, f"{today:%Y-%m-%d}"), (True, f"{today:%Y-%m}")):
        with place.database.reading() as session:
            (told,) = stored.usage(session, since=today - timedelta(days=2), by_month=by_month)
        assert (told.period, told.model, told.asked) == (period, "gpt-5-mini", 3)
        assert (told.right, told.wrong) == (1, 1)
        assert told.tokens > 3000
        assert told.cost is not None
    with place.database.reading() as session:
        assert stored.usage(session, since=today + timedelta(days=1), by_month=False) == ()


def test_ones_own_reviewed_invoices_go_through_another_model(
    place: Workplace, model: Model, server: ModelServer
) -> None:
    record = processed(place, odd_invoice())  # the configured model sees nothing
    workflow.correct(place, record.id, [Change("set", "invoice_number", NUMBER)], actor="Ann")
    workflow.approve(place, record.id, actor="Ann")
    model.values, model.only = {"invoice_number": NUMBER}, "stand-in"
    told = replay(place, model="stand-in")
    assert told.invoices == 1
    tally = told.fields["invoice_number"]
    assert (tally.asked, tally.now, tally.other, tally.better, tally.worse) == (1, 0, 1, 1, 0)
    assert told.other.tokens > 0
    assert any("invoice_number" in line for line in lines_of(told))
