"""Gemini: POST /v1beta/models/M:generateContent."""

from __future__ import annotations

from typing import Any

from invoice_ai.ai.limits import client_options
from invoice_ai.ai.model import Model

STRUCTURED: dict[str, Any] = {}  # the schema binds as it is


def chat_model(model: Model, *, characters: int, until: float) -> Any:
    """LangChain's chat model for this service."""
    del characters
    import httpx2
    from langchain_google_genai import ChatGoogleGenerativeAI

    return ChatGoogleGenerativeAI(
        model=model.name,
        base_url=model.address,
        api_version="v1beta",  # answers by JSON schema are a feature of this one
        api_key=model.key or "none",
        temperature=0,
        max_retries=1,  # means none; 0 would mean the SDK's own default
        client_args=client_options(httpx2, model.address, until=until),
    )
