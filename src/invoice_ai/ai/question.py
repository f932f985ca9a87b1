"""A question: some fields, the pages that matter, and words of the document as fenced data."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from invoice_ai.ai.answer import DESCRIPTIONS, strip_invisible
from invoice_ai.ai.model import Model
from invoice_ai.ai.pictures import Picture
from invoice_ai.domain.layout import rows
from invoice_ai.domain.pages import Page, Word

PROMPT = "fields-1"  # the file in prompts/; a changed text is a new file with a new number

MOST_WORDS_CHARACTERS = 9_000  # of one picture: a page full of small print has about 6,000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in one message.

    Attributes:
        asked: Names of fields, see `answer.ASKABLE`.
        pictures: What is shown, at most the model's `images_per_question`.
        words: For each picture the words on it, row by row.
    """

    asked: tuple[str, ...]
    pictures: tuple[Picture, ...]
    words: tuple[str, ...]
    prompt: str = PROMPT
    fence: str = field(default_factory=lambda: secrets.token_hex(8))

    def rules(self) -> str:
        """The system message: nothing in it comes from the document."""
        fields = "\n".join(f"- {name}: {DESCRIPTIONS[name]}" for name in self.asked)
        return prompt_text(self.prompt).format(fields=fields)

    def data(self) -> str:
        """The document's words between markers that nobody who wrote it could know."""
        open_, close = f"=== document {self.fence} ===", f"=== end of document {self.fence} ==="
        pages = [
            f"[page {picture.page}]\n{text}"
            for picture, text in zip(self.pictures, self.words, strict=True)
        ]
        return "\n".join([open_, *pages, close])


@cache
def prompt_text(version: str) -> str:
    """The text of a prompt file. Raises: FileNotFoundError: there is no such version."""
    return resources.files("invoice_ai.ai").joinpath(f"prompts/{version}.md").read_text("utf-8")


def prompt_versions() -> list[str]:
    """Every version there is."""
    files = resources.files("invoice_ai.ai").joinpath("prompts").iterdir()
    return sorted(f.name.removesuffix(".md") for f in files if f.name.endswith(".md"))


def key_of(document: str, model: Model, question: Question) -> str:
    """Under what an answer is kept: the same question about the same bytes has the same answer.

    Args:
        document: SHA-256 of the file.
    Returns: SHA-256 over document, provider, model, prompt version, fields and places shown.
    """
    shown = [[p.page, *(round(edge, 4) for edge in p.band)] for p in question.pictures]
    parts = [document, model.provider, model.name, question.prompt, sorted(question.asked), shown]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def words_on(page: Page, picture: Picture) -> str:
    """The words in the picture's part of the page, as a person sees them, row by row."""
    top, bottom = picture.band
    inside = [w for w in page.words if top <= (w.box.y0 + w.box.y1) / 2 <= bottom]
    lines = [_line(row) for row in rows(inside)]
    text = "\n".join(line for line in lines if line)
    if len(text) <= MOST_WORDS_CHARACTERS:
        return text
    # Head and foot of a page say who and how much; the middle is more of the same.
    half = MOST_WORDS_CHARACTERS // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _line(words: Sequence[Word]) -> str:
    return " ".join(strip_invisible(" ".join(w.text for w in words)).split())
