"""The lexicon of labels, and finding them in text that OCR may have misread."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from invoice_ai.domain.dates import fold

# What OCR confuses becomes one letter, so that "T0TAL" and "TOTAI" are "total".
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b", "!": "l"})
_MOST_TOKENS = 7  # words of a label
_SHORTEST_FUZZY = 6  # letters; below that one wrong letter makes another word


@dataclass(frozen=True, slots=True)
class Hit:
    """A label found in a segment.

    Attributes:
        meanings: Names of the lexicon's tables, e.g. ("invoice_number",); a phrase may have several.
        start, end: Tokens of the segment.
        exactness: 1.0 as in the lexicon, less when a letter differs.
        phrase: The label in its comparable form.
    """

    meanings: tuple[str, ...]
    start: int
    end: int
    exactness: float
    phrase: str


@lru_cache(maxsize=20_000)
def comparable(text: str) -> str:
    """The form in which labels are compared: folded, look-alikes merged, letters and digits only.

    >>> comparable("Invoice-N0."), comparable("INVOICE NO")
    ('lnvolceno', 'lnvolceno')
    """
    return "".join(c for c in fold(text) if c.isalnum() or c in "#|!").translate(_LOOKALIKES)


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    source = resources.files(__package__).joinpath("labels.toml").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for meaning, languages in tomllib.loads(source).items():
        for phrases in languages.values():
            for phrase in phrases:
                meanings = found.setdefault(comparable(phrase), [])
                if meaning not in meanings:
                    meanings.append(meaning)
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}


@cache
def _deletions() -> dict[str, str]:
    """Every lexicon phrase of six letters and more with one letter left out.

    A word with one letter wrong, missing or too many shares such a form with the phrase, so
    that a look-up in a dictionary takes the place of comparing with every phrase.
    """
    found: dict[str, str] = {}
    for phrase in _lexicon():
        if len(phrase) >= _SHORTEST_FUZZY:
            found.setdefault(phrase, phrase)
            for cut in range(len(phrase)):
                found.setdefault(phrase[:cut] + phrase[cut + 1 :], phrase)
    return found


@lru_cache(maxsize=20_000)
def _nearly(key: str) -> str | None:
    """The phrase that differs from `key` by about one letter."""
    forms = _deletions()
    if found := forms.get(key):
        return found
    for cut in range(len(key)):
        if found := forms.get(key[:cut] + key[cut + 1 :]):
            return found
    return None


# Words that are nearly a label without being one misread ("supplier", "purchaser"); so is a plural.
_WORDS = frozenset(map(comparable, ["supplies", "purchase"]))

# Germanic compounds can be made at will ("Gesamtsteuerbetrag"); their parts say what they are.
_COMPOUND = re.compile(
    r"(?P<what>.{3,24}?)(?:betrag|summe|wert|bedrag|belob|belop|belopp|total|totaal)s?"
)
_RECKONED = ("ab", "an", "auf", "be", "nach", "ver", "um", "vor")  # "Berechnung" bills nothing
_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("steuer|mwst|ust$|moms|btw|mva", ("m_tax",)),
    ("netto|ohne|exkl", ("m_sub",)),
    ("rabatt|nachlass|kortlng", ("m_discount",)),
    ("versand|fracht|verzend|frakt", ("m_freight",)),
    ("zahl|rest|offen|uberwels|schuld|forderung", ("m_due",)),
    ("brutto", ("m_incl", "m_total")),
    ("^(?:gesamt|rechnung|faktu|end|beleg|gutschrlft)", ("m_total",)),
)


@lru_cache(maxsize=20_000)
def _compound(key: str) -> tuple[str, ...]:
    """The meanings of a compound that the lexicon does not have."""
    if len(key) > 10 and key.endswith("rechnung") and not key.startswith(_RECKONED):
        return ("title_invoice",)  # "Mietrechnung"
    found = _COMPOUND.fullmatch(key) if len(key) >= 9 else None
    if found is None:
        return ()
    return next((m for part, m in _PARTS if re.search(part, found["what"])), ())


def find_labels(keys: Sequence[str], *, fuzzy: bool) -> tuple[Hit, ...]:
    """The labels among the tokens of one segment, left to right, longest first, not overlapping.

    Args:
        keys: Comparable forms of the tokens; an empty one (a bare number) is never in a label.
        fuzzy: Forgive one letter; for OCR text.
    """
    lexicon = _lexicon()
    hits: list[Hit] = []
    at = 0
    while at < len(keys):
        if not keys[at]:
            at += 1
            continue
        best: Hit | None = None
        joined = ""
        for end in range(at, min(at + _MOST_TOKENS, len(keys))):
            if not keys[end]:
                break
            joined += keys[end]
            if len(joined) > 44:
                break
            if meanings := lexicon.get(joined):
                best = Hit(meanings, at, end + 1, 1.0, joined)
            elif (
                fuzzy
                and len(joined) >= _SHORTEST_FUZZY
                and end - at < 4
                # After an exact label, "Invoice VT" is not nearly "invoice to".
                and (best is None or len(keys[end]) >= 4)
                and (near := _nearly(joined))
                and (len(near) > _SHORTEST_FUZZY or near[0] == joined[0])
                and joined not in (near + "s", *_WORDS)
            ):
                best = Hit(lexicon[near], at, end + 1, 1.0 - 1.0 / len(near), near)
        if best is None and (meanings := _compound(keys[at])):
            best = Hit(meanings, at, at + 1, 0.9, keys[at])
        if best:
            hits.append(best)
            at = best.end
        else:
            at += 1
    return tuple(hits)
