"""Bring the catalogues in src/invoice_ai/web/locale up to date with the texts of the code.

python scripts/texts.py                 add what is new, drop what is gone, say what is missing
python scripts/texts.py words.json      the same, and take translations from a file:
                                        {"Retry": {"de": "Wiederholen", "fr": …, "es": …}}
                                        (for a plural: {"1 invoice": {"de": ["…", "…"]}})
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from invoice_ai.domain.invoice import FIELDS
from invoice_ai.web import sentences
from invoice_ai.web.language import CATALOGUES, LANGUAGES, said_by_scripts

PACKAGE = Path(__file__).parents[1] / "src" / "invoice_ai"
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2)}


def texts_of_the_code() -> list[str | tuple[str, str]]:
    """Every message of the app, sorted; a plural is a pair."""
    found: set[str | tuple[str, str]] = {definition.label for definition in FIELDS.values()}
    found.update(said_by_scripts())
    found.update(sentences.lines())
    methods = [("web/templates/**.html", "jinja2.ext:babel_extract"), ("web/**.py", "python")]
    for _, _, message, _, _ in extract_from_dir(PACKAGE, methods, keywords=KEYWORDS):
        found.add(message if isinstance(message, str) else (message[0], message[1]))
    return sorted(found, key=lambda m: m if isinstance(m, str) else m[0])


def load(language: str) -> Catalog:
    file = CATALOGUES / f"{language}.po"
    written = file.read_bytes() if file.exists() else b""
    return read_po(io.BytesIO(written), locale=language)


def main() -> None:
    taken = json.loads(Path(sys.argv[1]).read_text("utf-8")) if len(sys.argv) > 1 else {}
    CATALOGUES.mkdir(exist_ok=True)
    for language in LANGUAGES:
        if language == "en":
            continue
        old, new = load(language), Catalog(locale=language, project="Invoice AI")
        missing = []
        for message in texts_of_the_code():
            key = message if isinstance(message, str) else message[0]
            given = taken.get(key, {}).get(language)
            kept = old.get(message)
            string: Any = given if given is not None else (kept.string if kept else "")
            if isinstance(message, tuple):
                string = tuple(string) if string else ("",) * new.num_plurals
                # A language with more forms than two (Spanish "de millones") repeats the last one.
                string = (*string, *[string[-1]] * new.num_plurals)[: new.num_plurals]
            new.add(message, string)
            if not all(string if isinstance(string, tuple) else [string]):
                missing.append(key)
        out = io.BytesIO()
        write_po(out, new, no_location=True, omit_header=True, width=0, sort_output=True)
        forms = f"nplurals={new.num_plurals}; plural={new.plural_expr};"
        head = (
            'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            f'"Language: {language}\\n"\n"Plural-Forms: {forms}\\n"\n\n'
        )
        (CATALOGUES / f"{language}.po").write_bytes(head.encode() + out.getvalue())
        print(f"{language}: {len(missing)} missing", *missing, sep="\n  ")  # noqa: T201


if __name__ == "__main__":
    main()
