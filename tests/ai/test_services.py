"""Three model services through their real client libraries, well and broken.

The servers speak the protocols as they were recorded; nothing of ours is replaced.
"""

from __future__ import annotations

import io
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from evaluation.model_standin.protocols import Asked, ModelServer, Reply, model_server
from PIL import Image

from invoice_ai.ai import faults
from invoice_ai.ai.asking import ask
from invoice_ai.ai.faults import ModelFault
from invoice_ai.ai.model import Model
from invoice_ai.ai.pictures import Picture
from invoice_ai.ai.question import Question
from invoice_ai.ai.reach import look

SERVICES = ("ollama", "openai", "gemini")
NAMES = {"ollama": "llama3.2-vision", "openai": "gpt-5-mini", "gemini": "gemini-2.5-flash"}
GOOD = Reply(json.dumps({"total": "297,50", "lines": []}))


class Service:
    """A server whose next replies a test lays down; the last one stays."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [GOOD]

    def __call__(self, _asked: Asked) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def service() -> Service:
    faults._BREAKERS.clear()
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[ModelServer]:
    with model_server(service) as running:
        yield running


@pytest.fixture(params=SERVICES)
def model(request: pytest.FixtureRequest, server: ModelServer) -> Model:
    return model_at(server.url, request.param)


def model_at(url: str, provider: str, **more: object) -> Model:
    url += "/v1" if provider == "openai" else ""
    return Model(provider, NAMES[provider], url, "secret-key", seconds=20, retries=2, **more)  # type: ignore[arg-type]


def question() -> Question:
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "white").save(out, "JPEG")
    picture = Picture(1, out.getvalue(), 64, 32)
    return Question(("total", "lines"), (picture,), ("Gesamtbetrag 297,50 EUR",))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "BACK_OFF_SECONDS", 0.01)


def test_every_service_answers_and_says_what_it_took(model: Model, server: ModelServer) -> None:
    told = ask(replace(model, price_in=None), question())
    assert told.answer.values == {"total": "297,50"}
    assert told.tokens_in > 1000
    assert told.tokens_out > 0
    assert told.cost is None
    (asked,) = server.asked
    assert asked.fields == ("total", "lines")
    assert "Gesamtbetrag 297,50 EUR" in asked.data
    assert len(asked.images) == 1


def test_what_the_document_says_is_never_among_the_rules_and_no_tools_are_given(
    model: Model, server: ModelServer
) -> None:
    ask(model, question())
    ask(model, question())
    one, two = server.asked
    assert "Gesamtbetrag" not in one.rules
    assert not one.body.get("tools")
    fences = {asked.data.strip().splitlines()[0] for asked in (one, two)}
    assert len(fences) == 2  # nobody who writes an invoice can know the marker


def test_the_key_travels_in_a_header_and_nowhere_else(model: Model, server: ModelServer) -> None:
    ask(model, question())
    (asked,) = server.asked
    assert "secret-key" not in json.dumps(asked.body)
    assert "secret-key" not in repr(model)
    if model.provider != "ollama":
        assert "secret-key" in " ".join(asked.headers.values())


@pytest.mark.parametrize(
    ("reply", "code", "questions"),
    [
        pytest.param(Reply("Sure! Here is your invoice:"), "ai_unusable_answer", 3, id="prose"),
        pytest.param(Reply("{}{}"), "ai_unusable_answer", 3, id="two objects"),
        pytest.param(Reply('{"Gesamtbetrag":"1"}'), "ai_unusable_answer", 3, id="other language"),
        pytest.param(Reply(""), "ai_unusable_answer", 3, id="empty"),
        pytest.param(Reply("[1, 2]"), "ai_unusable_answer", 3, id="wrong schema: a list"),
        pytest.param(Reply('{"net":100}'), "ai_unusable_answer", 3, id="wrong schema: other keys"),
        pytest.param(Reply("I cannot help with that"), "ai_unusable_answer", 3, id="refusal"),
        pytest.param(Reply('{"total": NaN}'), "ai_unusable_answer", 3, id="NaN"),
        pytest.param(Reply(page="<html>Bad gateway</html>"), "ai_unusable_answer", 3, id="page"),
        pytest.param(Reply(status=500), "ai_server_error", 3, id="500"),
        pytest.param(Reply(status=503), "ai_server_error", 3, id="503"),
        pytest.param(Reply(status=429), "ai_busy", 3, id="429"),
        pytest.param(
            Reply(status=429, headers={"Retry-After": "3600"}), "ai_busy", 1, id="429 for an hour"
        ),
        pytest.param(Reply(status=400), "ai_bad_request", 1, id="400"),
        pytest.param(Reply(status=401), "ai_key_refused", 1, id="401"),
        pytest.param(Reply(text=GOOD.text, cut=60), "ai_cut_off", 3, id="cut off"),
        pytest.param(Reply('{"total": "1', finish="length"), "ai_too_large", 1, id="too long"),
        pytest.param(Reply('{"total": "' + "9" * 3_000_000 + '"}'), "ai_too_large", 1, id="3 MB"),
    ],
)
def test_every_fault_has_a_name_and_only_what_may_pass_is_tried_again(
    model: Model, service: Service, server: ModelServer, reply: Reply, code: str, questions: int
) -> None:
    if model.provider == "ollama" and reply.headers:
        questions = 3  # its client library hands no headers on
    service.replies = [reply]
    with pytest.raises(ModelFault) as fault:
        ask(model, question())
    assert fault.value.code == code
    assert len(server.asked) == questions


def test_the_questions_have_the_shape_that_was_recorded_of_the_client_libraries(
    server: ModelServer,
) -> None:
    """What langchain-ollama 1.1, -openai 1.7 and -google-genai 4.4 sent to a recorder."""
    for provider in SERVICES:
        ask(model_at(server.url, provider), question())
    ollama, openai, gemini = (asked.body for asked in server.asked)
    assert set(ollama) == {
        "model", "stream", "options", "format", "keep_alive", "messages", "tools"
    }  # fmt: skip
    assert (ollama["stream"], ollama["tools"]) == (True, [])
    assert [m["role"] for m in ollama["messages"]] == ["system", "user"]
    assert isinstance(ollama["messages"][1]["images"][0], str)
    assert set(openai) == {"model", "stream", "messages", "response_format"}
    form = openai["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    assert form["json_schema"]["schema"]["additionalProperties"] is False
    picture = openai["messages"][1]["content"][1]["image_url"]["url"]
    assert picture.startswith("data:image/jpeg;base64,")
    assert {"contents", "systemInstruction", "generationConfig"} <= set(gemini)
    configured = gemini["generationConfig"]
    assert configured["responseMimeType"] == "application/json"
    assert configured["temperature"] == 0.0
    assert "responseJsonSchema" in configured
    assert gemini["contents"][0]["parts"][1]["inlineData"]["mime_type"] == "image/jpeg"


def test_a_certificate_that_nobody_vouches_for_ends_it_and_nothing_is_sent(
    model: Model, server: ModelServer, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    secure = replace(model, base_url=model.base_url.replace("http:", "https:"))
    with pytest.raises(ModelFault) as fault:
        ask(secure, question())
    assert fault.value.code == "ai_tls"
    assert fault.value.lasting
    assert "SSL_CERT_FILE" in str(fault.value)
    assert server.asked == []
    assert look(secure).code == "ai_tls"


def own_certificate(folder: Path) -> Path:
    """Key and certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_fault_that_passes_is_not_noticed(model: Model, service: Service) -> None:
    service.replies = [Reply(status=503), Reply("well, let me see"), GOOD]
    assert ask(model, question()).answer.values == {"total": "297,50"}


@pytest.mark.parametrize("reply", [Reply(wait=30), Reply(drip=0.2)], ids=["silent", "dripping"])
def test_the_time_limit_holds_for_the_whole_question(
    model: Model, service: Service, reply: Reply
) -> None:
    ask(model, question())  # so that the time to import the library does not count
    service.replies = [reply]
    started = time.monotonic()
    with pytest.raises(ModelFault) as fault:
        ask(replace(model, seconds=1.5), question())
    assert fault.value.code == "ai_timeout"
    assert time.monotonic() - started < 5


def test_a_refusal_is_no_answer(service: Service, server: ModelServer) -> None:
    service.replies = [Reply(refusal="I cannot help with that")]
    with pytest.raises(ModelFault):
        ask(model_at(server.url, "openai"), question())


def test_a_missing_model_is_told_with_what_to_type(server: ModelServer) -> None:
    with pytest.raises(ModelFault, match="ollama pull llava") as fault:
        ask(replace(model_at(server.url, "ollama"), name="llava"), question())
    assert fault.value.lasting


@pytest.mark.parametrize("provider", SERVICES)
def test_a_service_that_is_not_there_is_unreachable(provider: str) -> None:
    faults._BREAKERS.clear()
    with pytest.raises(ModelFault) as fault:
        ask(model_at("http://127.0.0.1:9", provider), question())
    assert fault.value.code == "ai_unreachable"


def test_a_service_that_fails_three_times_is_left_alone(
    model: Model, service: Service, server: ModelServer
) -> None:
    service.replies = [Reply(status=400)]
    for _ in range(3):
        with pytest.raises(ModelFault, match="400"):
            ask(model, question())
    with pytest.raises(ModelFault) as fault:
        ask(model, question())
    assert fault.value.code == "ai_paused"
    assert len(server.asked) == 3


def test_redirects_are_not_followed(model: Model, service: Service, server: ModelServer) -> None:
    with model_server(lambda _: GOOD) as elsewhere:
        service.replies = [Reply(status=307, headers={"Location": f"{elsewhere.url}/api/chat"})]
        with pytest.raises(ModelFault):
            ask(model, question())
        assert elsewhere.asked == []


def test_a_look_says_whether_the_model_is_there(model: Model) -> None:
    assert look(model).reachable
    missing = look(replace(model, name="nope"))
    assert not missing.reachable
    assert missing.code == "ai_model_missing"
    if model.provider == "ollama":
        assert missing.fix == "Type: ollama pull nope"
    away = look(model_at("http://127.0.0.1:9", model.provider))
    assert not away.reachable
    assert away.fix
