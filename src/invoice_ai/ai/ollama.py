"""Ollama: POST /api/chat, streamed; the schema goes into `format`."""

from __future__ import annotations

from typing import Any

from invoice_ai.ai.limits import client_options
from invoice_ai.ai.model import Model

STRUCTURED: dict[str, Any] = {}  # the schema binds as it is

ANSWER_TOKENS = 2048
# Characters per token of invoices in European languages, low on purpose; an image of
# llama3.2-vision takes about 1,600 tokens.
CHARACTERS_PER_TOKEN = 2.5
IMAGE_TOKENS = 2000


def chat_model(model: Model, *, characters: int, until: float) -> Any:
    """LangChain's chat model for this Ollama."""
    import httpx
    from langchain_ollama import ChatOllama

    needed = characters / CHARACTERS_PER_TOKEN + IMAGE_TOKENS + ANSWER_TOKENS
    return ChatOllama(
        model=model.name,
        base_url=model.address,
        temperature=0,
        seed=7,
        # Ollama cuts what does not fit without a word, and the end of a page is where totals are.
        num_ctx=8192 if needed <= 8192 else 16384,
        num_predict=ANSWER_TOKENS,
        keep_alive="10m",
        sync_client_kwargs=client_options(httpx, model.address, until=until),
    )
