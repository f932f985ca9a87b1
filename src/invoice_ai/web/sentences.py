"""Sentences that other rooms wrote in English, in the reader's language.

A finding, an error or the reason of a decision is kept once, as the English sentence that the JSON,
the logs and the audit hold. A page recognises it by its line in `locale/sentences.txt`, takes the
values out and says the line's translation with the values as the reader writes them. A sentence
without a line is shown as it is; tests/web/test_sentences.py finds those of the checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from invoice_ai.domain.invoice import FIELDS
from invoice_ai.web.language import CATALOGUES, _, spoken
from invoice_ai.web.shown import day, number

FILE = CATALOGUES / "sentences.txt"
LONGEST = 1_000  # characters; a longer text is none of our sentences
DEEPEST = 3  # a sentence in a sentence, and a phrase in that
_PLACE = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?(?:E[+-]?\d{1,6})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def said(message: str) -> str:
    """The message in the spoken language.

    >>> said("The invoice is dated 2098-04-03, which is still to come.")
    'The invoice is dated 3 Apr 2098, which is still to come.'
    """
    return _said(message, spoken()) if message else ""


@lru_cache(maxsize=8_192)
def _said(message: str, language: str) -> str:
    del language  # what is spoken; it tells the cache which answer is meant
    return _in_words(message, sentences(), DEEPEST) or message


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line: its literal pieces and, between them, the names of its values."""

    line: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]

    def values_in(self, message: str) -> tuple[str, ...] | None:
        """The values, if the message is this sentence; every value is as short as it can be.

        No regular expression: values come from documents, and this takes linear time.
        """
        first, *rest = self.pieces
        if not message.startswith(first):
            return None
        at, found = len(first), []
        for index, piece in enumerate(rest):
            last = index == len(rest) - 1
            if last:
                end = len(message) - len(piece) if message.endswith(piece) else -1
            else:
                end = message.find(piece, at + 1)
            if end <= at:
                return None
            found.append(message[at:end])
            at = end + len(piece)
        return tuple(found) if rest or message == first else None


@cache
def lines() -> tuple[str, ...]:
    """Every line, for the catalogues."""
    return tuple(
        line
        for line in FILE.read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "["))
    )


@cache
def sentences() -> tuple[Sentence, ...]:
    """The lines; those that say most in letters of ours are tried first."""
    made = []
    for line in lines():
        names = tuple(_PLACE.findall(line))
        pieces = tuple(piece.replace("%%", "%") for piece in _PLACE.split(line)[::2])
        made.append(Sentence(line, pieces, names))
    return tuple(sorted(made, key=lambda s: -sum(map(len, s.pieces))))


def _in_words(message: str, known: tuple[Sentence, ...], depth: int) -> str:
    """The message's translation; empty when it is none of ours."""
    if len(message) > LONGEST or depth == 0:
        return ""
    for sentence in known:
        values = sentence.values_in(message)
        if values is not None and _fit(sentence, values):
            told = {
                name: KINDS.get(name, _as_it_is)(value, depth - 1)
                for name, value in zip(sentence.names, values, strict=True)
            }
            return _(sentence.line, **told)
    return ""


def _fit(sentence: Sentence, values: tuple[str, ...]) -> bool:
    """Where an amount stands there is one: else a shorter sentence was found in a longer one."""
    named = zip(sentence.names, values, strict=True)
    return all(_NUMBER.fullmatch(value) for name, value in named if name in _AMOUNTS)


def _as_it_is(value: str, _depth: int) -> str:
    return day(date.fromisoformat(value)) if _is_day(value) else value


def _number(value: str, _depth: int) -> str:
    return number(Decimal(value), places=2 if "." in value else 0)


def _days(value: str, _depth: int) -> str:
    return f" {_('or')} ".join(_as_it_is(part, 0) for part in value.split(" or "))


def _field(value: str, _depth: int) -> str:
    return _(value) if value in _labels() else value


def _fields(value: str, depth: int) -> str:
    return ", ".join(_field(part, depth) for part in value.split(", "))


def _phrase(value: str, depth: int) -> str:
    return _in_words(value, sentences(), depth) or ", ".join(
        _in_words(part, sentences(), depth) or part for part in value.split(", ")
    )


@cache
def _labels() -> frozenset[str]:
    return frozenset(definition.label for definition in FIELDS.values())


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_AMOUNTS = (
    *("amount", "other_amount", "sum", "quantity", "price", "net", "tax", "base", "rate", "limit"),
    *("least", "most", "paid", "balance", "discount", "charge"),
)
KINDS: dict[str, Callable[[str, int], str]] = {
    **dict.fromkeys(_AMOUNTS, _number),
    "days": _days,
    "field": _field,
    "fields": _fields,
    **dict.fromkeys(("how", "what", "ways", "mark", "times", "sentence", "other"), _phrase),
}
