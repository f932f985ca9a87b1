"""Everything booking can tell is said in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import invoice_ai
from invoice_ai.web import language
from invoice_ai.web.booking_words import SENTENCES, told

ROOMS = Path(invoice_ai.__file__).parent
FILES = (
    *(ROOMS / "quickbooks").glob("*.py"),
    *(ROOMS / "workflow" / f"{name}.py" for name in ("booking", "following", "connecting")),
    ROOMS / "workflow" / "requesting.py",
)
# For whoever starts the program, not for whoever books.
OF_THE_ADMINISTRATOR = ("sealing.py",)


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    language.speak("de")
    yield
    language.speak("en")


def sentences_of(file: Path) -> Iterator[str]:
    """Every sentence in the code that is no docstring, its gaps filled with "X"."""
    tree = ast.parse(file.read_text("utf-8"))
    inside = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    inside |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values)
            text = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.replace("{detail}", "X")
        else:
            continue
        if re.match(r"[A-Z].* .*([.?!]|: X)$", text, re.DOTALL):
            yield text


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.name not in OF_THE_ADMINISTRATOR], ids=lambda f: f.stem
)
def test_whatever_booking_says_is_translated(file: Path) -> None:
    assert [text for text in sentences_of(file) if told(text) == text] == []


def test_what_was_filled_in_stays_and_what_is_nested_is_translated() -> None:
    assert told("Changed in QuickBooks: the total is 77 there, 100.00 here.") == (
        "In QuickBooks geändert: der Gesamtbetrag ist dort 77, hier 100.00."
    )
    existing = "QuickBooks has A-7 of 2026-11-02 over 100 already: the same vendor and number. "
    assert told(existing + "Link it, or book this one as well.") == (
        "QuickBooks hat schon A-7 vom 2026-11-02 über 100: gleicher Lieferant, gleiche Nummer. "
        "Verknüpfen Sie sie oder buchen Sie auch diese."
    )
    assert told("Nobody's sentence, 100 %(x)s.") == "Nobody's sentence, 100 %(x)s."


def test_a_hostile_name_is_only_ever_a_name() -> None:
    assert told("Vendor %(name)s <b>.") == "Lieferant %(name)s <b>."
    long = "Vendor " + "is inactive in QuickBooks. " * 2_000
    assert told(long) == long


def test_sentences_are_there_once() -> None:
    assert len(set(SENTENCES)) == len(SENTENCES)
