"""Every text is there in every language, and numbers and dates are written as its readers do."""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from invoice_ai.web import language, shown
from invoice_ai.web.pages import ENVIRONMENT

SCRIPT = Path(__file__).parents[2] / "scripts" / "texts.py"
OTHERS = [name for name in language.LANGUAGES if name != "en"]
FILLED = re.compile(r"%\(\w+\)s")


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    language.speak("en")


def _script():
    spec = importlib.util.spec_from_file_location("texts", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_of_the_app_is_translated(name: str) -> None:
    script = _script()
    catalogue, texts = script.load(name), script.texts_of_the_code()
    assert len(texts) > 300
    untold = [t for t in texts if not (found := catalogue.get(t)) or not found.string]
    assert untold == [], "run `python scripts/texts.py` and fill what it names"
    for text in texts:
        message = catalogue.get(text)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        asked = set(FILLED.findall(text if isinstance(text, str) else text[1]))
        for form in forms[-1:] if isinstance(text, tuple) else forms:
            assert set(FILLED.findall(form)) == asked, text
    gone = {m.id if isinstance(m.id, str) else tuple(m.id) for m in catalogue if m.id} - set(texts)
    assert gone == set(), "run `python scripts/texts.py`"


@pytest.mark.parametrize(
    ("name", "money", "day"),
    [
        ("en", "€ 1,453.70", "3 Sep 2017"),
        ("de", "1.453,70\N{NO-BREAK SPACE}€", "3. Sept. 2017"),
        ("fr", "1\N{NARROW NO-BREAK SPACE}453,70\N{NO-BREAK SPACE}€", "3 sept. 2017"),
        ("es", "1.453,70\N{NO-BREAK SPACE}€", "3 sept 2017"),
    ],
)
def test_amounts_and_days_are_written_as_the_reader_does(name: str, money: str, day: str) -> None:
    language.speak(name)
    assert shown.money(Decimal("1453.7"), "EUR") == money
    assert shown.day(date(2017, 9, 3)) == day


def test_what_a_document_says_stays_text_inside_a_translated_sentence() -> None:
    language.speak("de")
    template = '{{ _("Choose %(name)s", name=q) }}'
    html = ENVIRONMENT.from_string(template).render(q="<b>\u202e%(x)s")
    assert html == "&lt;b&gt;%(x)s wählen"


def test_a_count_of_one_and_of_many() -> None:
    language.speak("fr")
    assert language.ngettext("1 invoice", "%(n)s invoices", 1) == "1 facture"
    assert language.ngettext("1 invoice", "%(n)s invoices", 1240) == "1\u202f240 factures"


def test_scripts_are_given_their_words() -> None:
    assert "today" in language.said_by_scripts()
    assert language.script_words() == {}
    language.speak("es")
    assert language.script_words()["Open"] == "Abrir"
