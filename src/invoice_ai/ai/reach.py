"""Whether the model can be asked right now, without asking it anything.

Three plain requests, so that looking costs no LangChain, no token and no secret in a URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from invoice_ai.ai.asking import service_name
from invoice_ai.ai.faults import ModelFault, fault_of
from invoice_ai.ai.limits import client_options
from invoice_ai.ai.model import Model

LOOK_SECONDS = 3.0
FRESH_SECONDS = 30.0  # status pages ask every few seconds


@dataclass(frozen=True, slots=True)
class Reach:
    """What was found; `fix` says what to type or change, "" when nothing is wrong."""

    reachable: bool
    detail: str
    fix: str = ""
    code: str = ""


def look(model: Model) -> Reach:
    """Look whether the service answers, takes our key, and has the model. At most 3 seconds."""
    service = service_name(model)
    try:
        names = _names(model)
    except Exception as error:  # a fault, one of the HTTP client, or an answer that is none
        fault = fault_of(error, service=service, model=model.name)
        said, _, fix = str(fault).partition(". ")
        return Reach(False, said.rstrip(".") + ".", fix or _start(model), fault.code)
    if names is not None and not {model.name, f"{model.name}:latest"} & names:
        return Reach(
            False,
            f"{service} does not have the model {model.name}.",
            f"Type: ollama pull {model.name}",
            "ai_model_missing",
        )
    return Reach(True, f"{service} answers and has {model.name}.")


_SEEN: dict[Model, tuple[float, Reach]] = {}


def look_now_and_then(model: Model, *, clock: Callable[[], float] = time.monotonic) -> Reach:
    """The same, at most every `FRESH_SECONDS` in one process."""
    at, reach = _SEEN.get(model, (0.0, None))
    if reach is None or clock() - at > FRESH_SECONDS:
        reach = look(model)
        _SEEN.clear()
        _SEEN[model] = (clock(), reach)
    return reach


def _names(model: Model) -> set[str] | None:
    """The models that Ollama has; None: the service itself said that it has this one."""
    if model.provider == "ollama":
        listed = _get(f"{model.address}/api/tags", {}, model)
        return {str(m.get("name")) for m in listed.get("models", [])}
    name = quote(model.name, safe="")
    if model.provider == "gemini":
        _get(f"{model.address}/v1beta/models/{name}", {"x-goog-api-key": model.key}, model)
        return None
    headers = {"Authorization": f"Bearer {model.key}"} if model.key else {}
    try:
        _get(f"{model.address}/models/{name}", headers, model)
    except ModelFault as fault:
        if fault.code != "ai_model_missing":
            raise
        # Servers of one's own often know only the list.
        listed = _get(f"{model.address}/models", headers, model)
        if model.name not in {str(m.get("id")) for m in listed.get("data", [])}:
            raise
    return None


def _get(url: str, headers: dict[str, str], model: Model) -> dict[str, Any]:
    import httpx2

    until = time.monotonic() + LOOK_SECONDS
    with httpx2.Client(**client_options(httpx2, url, until=until)) as client:
        answer = client.get(url, headers=headers)
    if answer.status_code != 200:
        error = httpx2.HTTPStatusError("", request=answer.request, response=answer)
        error.status_code = answer.status_code  # type: ignore[attr-defined]
        raise fault_of(error, service=service_name(model), model=model.name)
    data = answer.json()
    return data if isinstance(data, dict) else {}


def _start(model: Model) -> str:
    if model.provider == "ollama":
        return "Start it (ollama serve), or correct OLLAMA_BASE_URL."
    return "Correct its address, or look whether this machine may reach it."
