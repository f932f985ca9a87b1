"""What other rooms say in English is said to the reader in his language, with his numbers and days."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from invoice_ai import checks
from invoice_ai.web import language, sentences
from invoice_ai.web.sentences import said

FILLED = {"range_": "12 to 15"}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.speak("en")


@pytest.mark.parametrize(
    ("spoken", "message", "told"),
    [
        (
            "de",
            "Line 3 does not add up: 6 × 64.00, less discount, is 1384.00; the amount says 364.00.",
            "Position 3 geht nicht auf: 6 × 64,00, abzüglich Rabatt, ist 1.384,00; angegeben ist 364,00.",
        ),
        ("de", "Due date is missing.", "Fälligkeit fehlt."),
        (
            "de",
            "Net 100.00 and tax 19.00 with freight make 124.00; the total says 120.00.",
            "Netto 100,00 und Steuer 19,00 mit Fracht: ergibt 124,00; angegeben ist 120,00 (Gesamtbetrag).",
        ),
        (
            "fr",
            "Same vendor and number as invoice #12, number A, B, dated 2026-08-01.",
            "Même fournisseur et même numéro que la facture #12, numéro A, B, datée du 1 août 2026.",
        ),
        (
            "en",
            "Invoice date is printed as 12/03/2017, which can be read two ways: 2017-12-03 or 2017-03-12.",
            "Invoice date is printed as 12/03/2017, which can be read two ways: 3 Dec 2017 or 12 Mar 2017.",
        ),
        ("es", "20 % of 250.5 make 50.1; the tax says 49.", "20 % de 250,50: da 50,10; se indica 49 (impuesto)."),
        (
            "de",
            "2 things are still to be checked; first: No text is hidden.",
            "2 Punkte sind noch zu prüfen; zuerst: Kein Text ist versteckt.",
        ),
        ("de", "Nobody ever wrote this sentence.", "Nobody ever wrote this sentence."),
        ("de", "", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_said_in_the_readers_language(spoken: str, message: str, told: str) -> None:
    language.speak(spoken)
    label = language._("Due date")
    assert said(message) == told.replace("Fälligkeit", label)


def test_a_value_of_a_document_stays_a_value() -> None:
    language.speak("de")
    evil = "%(name)s” is not on file; %s {0} “"
    assert evil in said(f"“{evil}” is not on file; this is its first invoice.")
    assert said("x" * 100_000) == "x" * 100_000


def test_every_sentence_of_the_checks_is_known() -> None:
    """Read from the code, so that a new sentence cannot be forgotten."""
    language.speak("de")
    unknown = [text for text in sorted(set(_sentences_of_the_checks())) if said(text) == text]
    assert unknown == []
    assert len(set(_sentences_of_the_checks())) > 100


def test_every_line_is_translated() -> None:
    for spoken in ("de", "fr", "es"):
        language.speak(spoken)
        for line in sentences.lines():
            places = re.findall(r"%\(\w+\)s", line)
            assert sorted(places) == sorted(re.findall(r"%\(\w+\)s", language._(line))), line


def _sentences_of_the_checks() -> Iterator[str]:
    """Whole sentences in checks/*.py: literals that end with a full stop; what stands in braces is
    put as a number."""
    for file in Path(checks.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        docstrings = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        inside = {
            id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values
        }
        for node in ast.walk(tree):
            if id(node) in docstrings or id(node) in inside:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = re.sub(r"\{\d\}", "2026-01-02", node.value)
            elif isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value)
                    if isinstance(part, ast.Constant)
                    else FILLED.get(ast.unparse(part).strip("{}"), "12")
                    for part in node.values
                )
            else:
                continue
            if text.endswith(".") and " " in text and text[0] not in " .":
                yield text
