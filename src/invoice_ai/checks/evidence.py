"""Does the document say the same thing everywhere, and is there nothing hidden in it?"""

from __future__ import annotations

from collections.abc import Iterator

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding, Severity
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice

_SOURCES = Check("xml_equals_page", "block", "sources_disagree")
_HIDDEN = Check("hidden_text", "block", "hidden_text")

# Marks that reading and extraction leave, and what they mean; one that is not here needs a person.
_MARKS: dict[str, tuple[Severity, str]] = {
    "active_content": ("warn", "The file carries scripts or actions. They were not run."),
    "bad_xml": ("warn", "A file attached to it is too large to be read."),
    "copy": ("warn", "It calls itself a copy; the original may be here already."),
    "einvoice_damaged_file": ("warn", "The e-invoice inside is damaged; the page was read."),
    "einvoice_hostile_xml": (
        "block",
        "The e-invoice inside is built to do harm; the page was read.",
    ),
    "einvoice_not_an_invoice": ("warn", "The XML inside is no invoice; the page was read."),
    "encrypted_owner": ("info", "The file is protected against changes, without a password."),
    "leading_data": ("info", "Something stands before the document in the file and was left out."),
    "lines_disagree": ("block", "The lines of the e-invoice are not those on the page."),
    "malformed_amount": ("warn", "An amount of the e-invoice is not a number and was left out."),
    "malformed_date": ("warn", "A date of the e-invoice is not a date and was left out."),
    "minimum_profile": ("warn", "This e-invoice profile is a booking aid, not a whole invoice."),
    "multi_frame": ("warn", "The picture holds several pictures; the first one was read."),
    "negative_invoice": ("info", "The amounts of the e-invoice are negative."),
    "no_text": ("warn", "Nothing could be read on the document."),
    "placeholder_values": ("warn", "Some values of the e-invoice are placeholders."),
    "profile_rule_violated": ("warn", "The e-invoice breaks a rule of its own profile."),
    "profile_without_lines": ("info", "This e-invoice profile carries no lines."),
    "repaired": ("info", "The file was damaged and could be repaired."),
    "several_einvoices": ("block", "The file carries several e-invoices that differ."),
    "several_invoices": ("block", "The file holds several invoices; only the first was read."),
    "sub_lines_mismatch": ("warn", "The sub-lines of a line do not add up to it."),
    "test_document": ("block", "The e-invoice is marked as a test."),
    "text_cut": ("warn", "A page holds more text than is read; the rest was left out."),
    "too_many_lines": ("warn", "The e-invoice has more lines than were taken."),
    "unknown_document_type": ("warn", "The e-invoice does not say that it is an invoice."),
    "unknown_profile": ("warn", "The e-invoice follows a profile that is not known."),
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
        if flag != "hidden_text":
            severity, text = _MARKS.get(
                flag, ("warn", f"The file is marked: {shown(flag.replace('_', ' '))}.")
            )
            yield Check(flag, severity, flag).failed(text, [])
