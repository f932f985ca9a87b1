"""A server that speaks as Ollama, OpenAI and Gemini do, with answers of somebody else's choosing.

The shapes are those the real client libraries were recorded with. One server speaks all three: the
path says who is meant, and may begin with a name of the caller's choice (`/invoice-7/api/chat`),
which is handed on: so a server that knows many documents is told which one it is shown.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = ("llama3.2-vision", "gpt-5-mini", "gemini-2.5-flash", "stand-in")

_CHAT = re.compile(
    r"(?:/(?P<name>[^/]+))?(?:(?P<ollama>/api/chat)|(?P<openai>/v1/chat/completions)"
    r"|(?P<gemini>/v1beta/models/[^/:]+:generateContent))"
)


@dataclass(frozen=True)
class Asked:
    """One question as it came over the wire.

    Attributes:
        provider: ollama, openai or gemini.
        name: What stood in front of the path, else empty.
        fields: The properties of the schema that was sent.
        rules, data: The system message, and the text of the user's.
        images: As they came, Base64.
        body, headers: Everything.
    """

    provider: str
    name: str
    model: str
    fields: tuple[str, ...]
    rules: str
    data: str
    images: tuple[str, ...]
    body: dict[str, Any] = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """What to answer, and how badly.

    Attributes:
        text: What the model says.
        status: Anything but 200 is an error in the service's own shape.
        headers: Further ones, e.g. Retry-After.
        wait: Seconds before the first byte.
        drip: Seconds between the bytes of the answer.
        cut: Bytes of the body after which the connection is closed.
        page: HTTP 200 with this instead of JSON.
        finish: Why the model stopped: stop or length.
        refusal: OpenAI's own field for it.
    """

    text: str = "{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    page: str | None = None
    finish: str = "stop"
    refusal: str | None = None


Answering = Callable[[Asked], Reply]


@contextmanager
def model_server(
    answering: Answering, *, port: int = 0, models: tuple[str, ...] = MODELS
) -> Iterator[ModelServer]:
    """Run the server; `url` is where it listens, `asked` what it was asked so far."""
    server = ModelServer(answering, port, models)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class ModelServer(ThreadingHTTPServer):
    """Listens on localhost; every question is kept in `asked`."""

    daemon_threads = True

    def __init__(self, answering: Answering, port: int, models: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answering = answering
        self.models = models
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up early are what these servers are for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.endswith("/api/tags"):
            models = [{"name": f"{m}:latest", "model": f"{m}:latest"} for m in self.server.models]
            return self._send(200, {"models": models})
        if found := re.search(r"/v1(?:beta)?/models/([^/]+)$", path):
            if found[1] in self.server.models:
                return self._send(200, {"id": found[1], "name": f"models/{found[1]}"})
            return self._send(404, {"error": {"code": 404, "message": "model not found"}})
        return self._send(404, {"error": "not found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = _CHAT.fullmatch(self.path.split("?")[0])
        if not found:
            return self._send(404, {"error": "not found"})
        provider = next(p for p in ("ollama", "openai", "gemini") if found[p])
        asked = _READ[provider](body, found["name"] or "", self.path, dict(self.headers))
        self.server.asked.append(asked)
        if asked.model not in self.server.models:
            message = f"model '{asked.model}' not found"
            wrong: Any = message if provider == "ollama" else {"code": 404, "message": message}
            return self._send(404, {"error": wrong})
        reply = self.server.answering(asked)
        time.sleep(reply.wait)
        if reply.status != 200:
            message = f"status {reply.status}"
            wrong = message if provider == "ollama" else {"code": reply.status, "message": message}
            return self._send(reply.status, {"error": wrong}, reply.headers)
        if reply.page is not None:
            return self._write("text/html", reply.page.encode(), reply)
        kind, content = _WRITE[provider](asked, reply)
        return self._write(kind, content, reply)

    def _send(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _write(self, kind: str, content: bytes, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if reply.cut is not None:
            self.wfile.write(content[: reply.cut])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if reply.drip:
            for index in range(len(content)):
                self.wfile.write(content[index : index + 1])
                self.wfile.flush()
                time.sleep(reply.drip)
            return
        self.wfile.write(content)


def _ollama(body: dict[str, Any], name: str, _path: str, headers: dict[str, str]) -> Asked:
    texts = {m["role"]: m["content"] for m in body["messages"]}
    images = tuple(image for m in body["messages"] for image in m.get("images") or ())
    fields = _fields(body.get("format"))
    return Asked(
        "ollama", name, body["model"], fields, texts.get("system", ""), texts.get("user", ""),
        images, body, headers,
    )  # fmt: skip


def _openai(body: dict[str, Any], name: str, _path: str, headers: dict[str, str]) -> Asked:
    rules = next((m["content"] for m in body["messages"] if m["role"] == "system"), "")
    parts = next(m["content"] for m in body["messages"] if m["role"] == "user")
    data = "".join(p["text"] for p in parts if p["type"] == "text")
    images = tuple(
        p["image_url"]["url"].partition("base64,")[2] for p in parts if p["type"] == "image_url"
    )
    fields = _fields(body["response_format"]["json_schema"]["schema"])
    return Asked("openai", name, body["model"], fields, rules, data, images, body, headers)


def _gemini(body: dict[str, Any], name: str, path: str, headers: dict[str, str]) -> Asked:
    model = path.rpartition("/")[2].partition(":")[0]
    rules = "".join(p["text"] for p in body["systemInstruction"]["parts"])
    parts = [p for c in body["contents"] for p in c["parts"]]
    data = "".join(p["text"] for p in parts if "text" in p)
    images = tuple(p["inlineData"]["data"] for p in parts if "inlineData" in p)
    fields = _fields(body["generationConfig"]["responseJsonSchema"])
    return Asked("gemini", name, model, fields, rules, data, images, body, headers)


def _fields(schema: Any) -> tuple[str, ...]:
    return tuple(schema["properties"]) if isinstance(schema, dict) else ()


def _as_ollama(asked: Asked, reply: Reply) -> tuple[str, bytes]:
    half = len(reply.text) // 2
    lines: list[dict[str, Any]] = [
        {"message": {"role": "assistant", "content": part}, "done": False}
        for part in (reply.text[:half], reply.text[half:])
    ]
    lines.append(
        {
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": reply.finish,
            "prompt_eval_count": _tokens(asked),
            "eval_count": len(reply.text) // 4,
        }
    )
    stamp = {"model": asked.model, "created_at": "2026-11-20T10:00:00.000000Z"}
    content = "".join(json.dumps(stamp | line) + "\n" for line in lines)
    return "application/x-ndjson", content.encode()


def _as_openai(asked: Asked, reply: Reply) -> tuple[str, bytes]:
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    if reply.refusal:
        message["content"] = None
    used = {"prompt_tokens": _tokens(asked), "completion_tokens": len(reply.text) // 4}
    data = {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": asked.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": used | {"total_tokens": sum(used.values())},
    }
    return "application/json", json.dumps(data).encode()


def _as_gemini(asked: Asked, reply: Reply) -> tuple[str, bytes]:
    used = {"promptTokenCount": _tokens(asked), "candidatesTokenCount": len(reply.text) // 4}
    data = {
        "candidates": [
            {
                "content": {"parts": [{"text": reply.text}], "role": "model"},
                "finishReason": {"stop": "STOP", "length": "MAX_TOKENS"}[reply.finish],
                "index": 0,
            }
        ],
        "usageMetadata": used | {"totalTokenCount": sum(used.values())},
        "modelVersion": asked.model,
    }
    return "application/json", json.dumps(data).encode()


def _tokens(asked: Asked) -> int:
    """About what the services count: four characters a token, 1,000 for a picture."""
    return (len(asked.rules) + len(asked.data)) // 4 + 1000 * len(asked.images)


_READ = {"ollama": _ollama, "openai": _openai, "gemini": _gemini}
_WRITE = {"ollama": _as_ollama, "openai": _as_openai, "gemini": _as_gemini}
