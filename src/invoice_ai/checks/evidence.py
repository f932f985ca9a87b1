"""Does the document say the same thing everywhere, and is there nothing hidden in it?"""

from __future__ import annotations

from collections.abc import Iterator

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice

_SOURCES = Check("xml_equals_page", "block", "sources_disagree")
_HIDDEN = Check("hidden_text", "block", "hidden_text")

# Marks of reading and extraction that need nobody; any other mark does.
_HARMLESS = {
    "repaired": "The file was damaged and could be repaired.",
    "encrypted_empty_password": "The file is encrypted, without a password.",
}


def sources_agree(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """An e-invoice's data and its page must tell the same; a person sees only the page."""
    doubtful = [n for n, found in invoice.fields.items() if "sources_disagree" in found.reasons]
    for name in doubtful:
        found = invoice.fields[name]
        other = shown(found.candidates[0].value) if found.candidates else "something else"
        yield _SOURCES.failed(
            f"{FIELDS[name].label}: the {found.source} says {shown(found.value)}, "
            f"the page says {other}.",
            [name],
            printed=other,
            computed=shown(found.value),
        )
    if not doubtful:
        both = [n for n, f in invoice.fields.items() if f.source == "xml" and f.page is not None]
        if both:
            yield _SOURCES.passed(f"Data and page agree in {len(both)} fields.", both)
        else:
            yield _SOURCES.not_possible("There is only one source.", ["total"])


def nothing_is_hidden(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """What reading and extraction found odd about the file."""
    flags = dict.fromkeys(invoice.flags)
    if "hidden_text" in flags:
        text = "The file carries text that cannot be seen on the page. It was not used."
        yield _HIDDEN.failed(text, [])
    else:
        yield _HIDDEN.passed("No text is hidden.", [])
    for flag in flags:
        if flag == "hidden_text":
            continue
        if flag in _HARMLESS:
            yield Check(flag, "info", flag).failed(_HARMLESS[flag], [])
        else:
            yield Check(flag, "warn", flag).failed(f"The file is marked: {_words(flag)}.", [])


def _words(flag: str) -> str:
    return shown(flag.replace("_", " "))
