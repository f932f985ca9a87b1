"""The one function behind which the model services are: `ask`."""

from __future__ import annotations

import base64
import os
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoice_ai.ai import gemini, ollama, openai
from invoice_ai.ai.answer import Answer, read_answer, schema_of
from invoice_ai.ai.faults import ModelFault, breaker_of, fault_of, try_again
from invoice_ai.ai.limits import within
from invoice_ai.ai.model import Model
from invoice_ai.ai.question import Question

_SERVICES = {"ollama": ollama, "openai": openai, "gemini": gemini}
_NAMES = {"ollama": "Ollama", "openai": "The OpenAI service", "gemini": "The Gemini service"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer and what it took.

    Attributes:
        text: What the model wrote, word for word; kept so that it need not be asked again.
        tokens_in, tokens_out: As the service counts them, over all attempts; 0 when it does not.
        cost: In the currency of the provider's bill; None when no price is known.
        seconds: Wall-clock time, all attempts and pauses.
    """

    answer: Answer
    text: str
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    seconds: float


def ask(model: Model, question: Question) -> Told:
    """Ask the model, within its time, retries and the service's breaker.

    Raises: ModelFault, and nothing else that a service can cause.
    """
    breaker = breaker_of(model.address)
    breaker.check()
    started = time.monotonic()
    until = started + model.seconds
    tokens = [0, 0]

    def attempt() -> tuple[str, Answer]:
        text = _once(model, question, until, tokens)
        return text, read_answer(text, question.asked)

    try:
        text, answer = try_again(attempt, retries=model.retries, until=until)
    except ModelFault as fault:
        breaker.failed(fault)
        raise
    breaker.succeeded()
    cost = model.cost(*tokens)
    return Told(answer, text, tokens[0], tokens[1], cost, time.monotonic() - started)


def service_name(model: Model) -> str:
    """For sentences: "Ollama at http://localhost:11434"."""
    return f"{_NAMES[model.provider]} at {model.address}"


def _once(model: Model, question: Question, until: float, tokens: list[int]) -> str:
    """One request; the model's text."""
    try:
        raw = within(until - time.monotonic(), lambda: _invoke(model, question, until))
    except Exception as error:  # each library has a tree of its own; `fault_of` tells them apart
        raise fault_of(error, service=service_name(model), model=model.name) from error
    usage = getattr(raw, "usage_metadata", None) or {}
    tokens[0] += int(usage.get("input_tokens") or 0)
    tokens[1] += int(usage.get("output_tokens") or 0)
    content = raw.content
    if isinstance(content, list):  # Gemini may answer in parts
        content = "".join(p.get("text", "") for p in content if isinstance(p, dict))
    finish = raw.response_metadata.get("done_reason") or raw.response_metadata.get("finish_reason")
    if str(finish).casefold() in ("length", "max_tokens"):
        raise ModelFault(f"The answer of {service_name(model)} is too long.", code="ai_too_large")
    return str(content)


def _invoke(model: Model, question: Question, until: float) -> Any:
    # LangChain's tracing would send the document to another company.
    os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"
    from langchain_core.messages import HumanMessage, SystemMessage

    rules, data = question.rules(), question.data()
    service = _SERVICES[model.provider]
    chat = service.chat_model(model, characters=len(rules) + len(data), until=until)
    structured = chat.with_structured_output(
        schema_of(question.asked), method="json_schema", include_raw=True, **service.STRUCTURED
    )
    content: list[str | dict[str, Any]] = [{"type": "text", "text": data}]
    content += [
        {
            "type": "image",
            "base64": base64.b64encode(picture.jpeg).decode("ascii"),
            "mime_type": "image/jpeg",
        }
        for picture in question.pictures
    ]
    # Neither side gets tools: whatever the page says, all that can come back is text.
    return structured.invoke([SystemMessage(rules), HumanMessage(content=content)])["raw"]
