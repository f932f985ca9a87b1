"""The language a page speaks: English in the code, other languages in `locale/*.po` (gettext).

A reader's language is the one he chose (a cookie), else the first of his browser's that we speak,
else English. It is kept in a context variable for the time of a request, so that the words of a
reason or a date need not carry it along. Catalogues are read as they are written, so a translation
needs no build: `python scripts/texts.py` brings them up to date with the code.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request
from markupsafe import Markup

CATALOGUES = Path(__file__).parent / "locale"
# As they call themselves; the order is the one of the menu.
LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
}
COOKIE = "language"
KEPT_SECONDS = 365 * 86_400
# The words that our scripts say: `say("…")`, kept on one line by the formatter.
SAID = re.compile(r"""\bsay\(\s*"((?:[^"\\]|\\.)*)\"""")

_spoken: ContextVar[str] = ContextVar("language", default="en")


def listen(request: Request) -> None:
    """From here to the end of the request, speak the reader's language."""
    _spoken.set(choose(request.cookies.get(COOKIE, ""), request.headers.get("accept-language", "")))


def speak(language: str) -> None:
    """Speak this language (a key of `LANGUAGES`) in the current context."""
    _spoken.set(language)


def spoken() -> str:
    """The language being spoken: a key of `LANGUAGES`."""
    return _spoken.get()


def locale() -> Locale:
    """Its customs: how numbers and dates are written."""
    return _locale(_spoken.get())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("en_GB" if language == "en" else language)


def choose(chosen: str, accepted: str) -> str:
    """The language for a reader's choice and his browser's `Accept-Language`.

    >>> choose("", "it, fr-CH;q=0.8, en;q=0.9"), choose("de", "fr"), choose("xx", "")
    ('en', 'de', 'en')
    """
    if chosen in LANGUAGES:
        return chosen
    wishes: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            language = Locale.parse(name.strip(), sep="-").language
            wishes.append((float(weight or 1), language))
        except (ValueError, UnknownLocaleError):
            continue
    known = [(weight, language) for weight, language in wishes if language in LANGUAGES]
    return max(known, key=lambda wish: wish[0])[1] if known else "en"


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    """Mark a message of a constant; it is translated where it is used."""
    return message


def _(message: str, **values: object) -> str:
    """The message in the spoken language; `%(name)s` in it are filled with `values`."""
    text = _catalogue(_spoken.get()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The same for `n` things; `%(n)s` is the number as people write it."""
    text = _catalogue(_spoken.get()).ngettext(one, many, n)
    return text % {"n": count(n), **values}


def count(n: int) -> str:
    """A whole number with the thousands marks of the language.

    >>> count(1240)
    '1,240'
    """
    return f"{n:,}".replace(",", str(locale().number_symbols["latn"]["group"]))


def script_words() -> dict[str, str]:
    """What our scripts say, by its English; empty in English, which they speak themselves."""
    if _spoken.get() == "en":
        return {}
    return {message: _(message) for message in said_by_scripts()}


@cache
def said_by_scripts() -> tuple[str, ...]:
    texts = (file.read_text("utf-8") for file in sorted(CATALOGUES.parent.glob("static/*.js")))
    return tuple(sorted({found for text in texts for found in SAID.findall(text)}))


def markup(message: str, **values: object) -> str:
    """`_` for templates: values are cleaned and escaped, markup of ours stays markup."""
    text = _(message)
    return Markup(text) % _shown(values) if values else text  # noqa: S704 - our catalogue


def markup_n(one: str, many: str, n: int, **values: object) -> Markup:
    """`ngettext` for templates."""
    text = _catalogue(_spoken.get()).ngettext(one, many, n)
    return Markup(text) % _shown({"n": count(n), **values})  # noqa: S704


def _shown(values: Mapping[str, object]) -> dict[str, Any]:
    from invoice_ai.web.shown import clean  # it writes numbers as the language does

    return {
        name: clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        for name, value in values.items()
    }


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    file = CATALOGUES / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
