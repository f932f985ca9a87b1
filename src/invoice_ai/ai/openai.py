"""OpenAI, and every server with its API (vLLM, llama.cpp, LM Studio, gateways)."""

from __future__ import annotations

from typing import Any

from invoice_ai.ai.limits import client_options
from invoice_ai.ai.model import Model

# Without it the service takes the schema for a hint.
STRUCTURED = {"strict": True}
# These reason before they answer and take no temperature.
_REASONING = ("gpt-5", "o1", "o3", "o4")


def chat_model(model: Model, *, characters: int, until: float) -> Any:
    """LangChain's chat model for this service."""
    del characters
    import httpx2
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=model.name,
        base_url=model.address,
        api_key=model.key or "none",  # a server of one's own asks for no key, the client does
        temperature=None if model.name.startswith(_REASONING) else 0,
        max_retries=0,  # we count the attempts ourselves
        http_client=httpx2.Client(**client_options(httpx2, model.address, until=until)),
    )
