"""What can go wrong with a model, and what follows: try again, wait, or say what to do.

    ModelFault            the question has no answer; the invoice goes on to a person
    ├── transient         busy, slow, cut off, unusable answer: tried again within the time limit
    └── lasting           model missing, key refused, certificate wrong: nobody asks for a while

Whoever asks gets a `ModelFault` and nothing else, whatever the client libraries raise.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from invoice_ai.errors import Unavailable

T = TypeVar("T")

BACK_OFF_SECONDS = 0.5  # doubled at every further attempt, ± 50 %
MOST_WAIT_SECONDS = 20.0  # a longer Retry-After is not waited for: a person is faster
FAULTS_TO_OPEN = 3
OPEN_SECONDS = 60.0  # a service that restarts is asked again soon
OPEN_LASTING_SECONDS = 300.0  # a missing model or a refused key needs a hand


class ModelFault(Unavailable):
    """No usable answer. `code` is stable: ai_unreachable, ai_model_missing, ai_key_refused,
    ai_busy, ai_server_error, ai_timeout, ai_cut_off, ai_unusable_answer, ai_refused, ai_tls,
    ai_too_large, ai_bad_request, ai_paused."""

    code = "ai_unavailable"

    def __init__(
        self, message: str, *, code: str, lasting: bool = False, wait_seconds: float | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.lasting = lasting
        self.wait_seconds = wait_seconds  # what the service asked for (Retry-After)


# Tried again: the next answer may be another one. A refusal or a bad request stays what it is.
_WORTH_ANOTHER_TRY = frozenset(
    {"ai_unreachable", "ai_busy", "ai_server_error", "ai_cut_off", "ai_unusable_answer"}
)


@dataclass
class Breaker:
    """Stops asking a service that does not answer, so that invoices do not wait for it one by one.

    Closed: every question goes through. After `FAULTS_TO_OPEN` faults in a row (one is enough when
    it is lasting) it opens: questions are answered "paused" at once. After the pause one question
    is let through; its outcome closes or opens it again. One per address and process.
    """

    clock: Callable[[], float] = time.monotonic
    faults: int = 0
    open_until: float = 0.0
    last: ModelFault | None = field(default=None, repr=False)

    def check(self) -> None:
        """Raises: ModelFault (ai_paused) while it is open."""
        left = self.open_until - self.clock()
        if left > 0 and self.last is not None:
            raise ModelFault(f"{self.last} It is asked again in {left:.0f} s.", code="ai_paused")

    def succeeded(self) -> None:
        self.faults, self.open_until, self.last = 0, 0.0, None

    def failed(self, fault: ModelFault) -> None:
        self.faults += 1
        self.last = fault
        if fault.lasting:
            self.open_until = self.clock() + OPEN_LASTING_SECONDS
        elif self.faults >= FAULTS_TO_OPEN:
            self.open_until = self.clock() + OPEN_SECONDS


_BREAKERS: dict[str, Breaker] = {}


def breaker_of(address: str) -> Breaker:
    """The breaker of one service in this process."""
    return _BREAKERS.setdefault(address, Breaker())


def try_again(attempt: Callable[[], T], *, retries: int, until: float) -> T:
    """Call `attempt` until it answers, at most `retries` more times and not beyond `until`.

    Args:
        until: `time.monotonic()` at which no further attempt begins.
    Raises: ModelFault: the last one.
    """
    for number in range(retries + 1):
        try:
            return attempt()
        except ModelFault as fault:
            pause = BACK_OFF_SECONDS * 2**number * random.uniform(0.5, 1.5)
            pause = max(pause, fault.wait_seconds or 0.0)
            last = number == retries or fault.code not in _WORTH_ANOTHER_TRY or fault.lasting
            if last or pause > MOST_WAIT_SECONDS or time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable")


def fault_of(error: BaseException, *, service: str, model: str) -> ModelFault:
    """What an error of a client library means, in our words.

    The three libraries share no exception classes, but all of them carry a status code, and below
    all of them is an HTTP client whose classes have telling names.

    Args:
        service: For the sentence, e.g. "Ollama at http://localhost:11434".
    """
    if isinstance(error, ModelFault):
        return error
    chain = list(_chain(error))
    names = {name for e in chain for name in _class_names(e)}
    text = " ".join(str(e) for e in chain)[:2000]
    for e in chain:
        if (status := _status(e)) is not None:
            return _by_status(status, e, service, model)
    if "SSLError" in names or "SSLCertVerificationError" in names or "CERTIFICATE_VERIFY" in text:
        return ModelFault(
            f"The certificate of {service} is not valid; nothing was sent. Renew it, or name your "
            "own authority in SSL_CERT_FILE.",
            code="ai_tls",
            lasting=True,
        )
    if names & {"TooMuchAnswer", "LengthFinishReasonError"}:
        return ModelFault(f"The answer of {service} is too long.", code="ai_too_large")
    if names & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ModelFault(f"{service} did not answer in time.", code="ai_timeout")
    if names & {"ConnectError", "ConnectionRefusedError", "gaierror"}:
        fix = (
            "Start it (ollama serve), or correct OLLAMA_BASE_URL."
            if service.startswith("Ollama")
            else "Correct its address, or look whether this machine may reach it."
        )
        return ModelFault(f"{service} does not answer. {fix}", code="ai_unreachable")
    if "OpenAIRefusalError" in names:
        return ModelFault(f"{service} refused to answer.", code="ai_refused")
    if names & {"TransportError", "APIConnectionError", "IncompleteRead", "ServerDisconnected"}:
        return ModelFault(f"The answer of {service} was cut off.", code="ai_cut_off")
    # Whatever is left was raised while the client made sense of the answer.
    return ModelFault(
        f"{service} gave an answer that cannot be used ({type(error).__name__}).",
        code="ai_unusable_answer",
    )


def _by_status(status: int, error: BaseException, service: str, model: str) -> ModelFault:
    if status in (401, 403):
        return ModelFault(
            f"{service} refused the key (HTTP {status}). Correct the key in .env and restart.",
            code="ai_key_refused",
            lasting=True,
        )
    if status == 404:
        fix = (
            f"Type: ollama pull {model}"
            if service.startswith("Ollama")
            else "Choose a model that this service has, or correct its address."
        )
        return ModelFault(
            f"{service} has no model {model}. {fix}", code="ai_model_missing", lasting=True
        )
    if status == 429:
        return ModelFault(
            f"{service} takes no more questions for now (HTTP 429).",
            code="ai_busy",
            wait_seconds=_retry_after(error),
        )
    if 300 <= status < 400:
        return ModelFault(
            f"{service} sends us elsewhere, which is not followed. Correct its address.",
            code="ai_bad_request",
            lasting=True,
        )
    if 400 <= status < 500:
        return ModelFault(
            f"{service} did not accept the question (HTTP {status}).", code="ai_bad_request"
        )
    # Ollama reports an error in the middle of a stream as status -1.
    code = "ai_cut_off" if status < 0 else "ai_server_error"
    return ModelFault(
        f"{service} failed while answering (HTTP {status}).",
        code=code,
        wait_seconds=_retry_after(error),
    )


def _chain(error: BaseException | None) -> Any:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _class_names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "code"):
        status = getattr(error, name, None)
        if isinstance(status, int) and not isinstance(status, bool) and status != 200:
            return status
    return None


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except (TypeError, ValueError, AttributeError):
        return None
