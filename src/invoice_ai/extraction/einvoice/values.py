"""Texts of the XML become fields: normalised, with the text as written beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from invoice_ai.domain.identifiers import compact, iban_of, is_bic, tax_id_of
from invoice_ai.domain.invoice import Candidate, ExtractedField, Value
from invoice_ai.extraction.einvoice.parse import MAX_TEXT

SURE = 0.99  # what a well-formed value deserves: the XML is the invoice, but people mistype too
COMPUTED = 0.97  # a sum of well-formed values
PLACEHOLDER = 0.5  # "[Seller name]", "-----": it is written, but nobody meant it

_NUMBER = re.compile(r"[+-]?(\d{1,24}(\.\d{0,12})?|\.\d{1,12})")  # xsd:decimal, no exponent
_PLACEHOLDER = re.compile(r"[\W_]+|\[.*\]|<.*>|\W*(n/?a|none|null|tbd|todo|x{3,}|string)\W*", re.I)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T.*|Z|[+-]\d\d:\d\d)?")
_102 = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?")  # 102; 203 and 204 add the time


@dataclass
class Values:
    """Reads single values; `flags` collects the codes of what was odd on the way."""

    flags: set[str] = field(default_factory=set)

    def text(self, raw: str | None) -> ExtractedField | None:
        """Text with its line breaks; runs of blanks become one."""
        if raw is None:
            return None
        lines = [" ".join(line.split()) for line in raw.splitlines()]
        return self._field("\n".join(line for line in lines if line), raw)

    def name(self, raw: str | None) -> ExtractedField | None:
        """Text on one line: names, identifiers, codes as written."""
        return None if raw is None else self._field(" ".join(raw.split()), raw)

    def address(self, parts: Iterable[str | None]) -> ExtractedField | None:
        """The parts that are there, divided by commas; a part that repeats is told once."""
        known = list(dict.fromkeys(" ".join(p.split()) for p in parts if p and p.strip()))
        if not known:
            return None
        found = self._field(", ".join(known), ", ".join(known))
        if found and any(map(_PLACEHOLDER.fullmatch, known)):
            self.flags.add("placeholder_values")
            return replace(found, confidence=PLACEHOLDER)
        return found

    def code(self, raw: str | None) -> ExtractedField | None:
        """A code in capitals: currency, country, tax category, unit."""
        return None if raw is None else self._field("".join(raw.split()).upper(), raw)

    def tax_id(self, raw: str | None) -> ExtractedField | None:
        """A VAT id without its blanks and dots; other tax ids as written."""
        if raw is None:
            return None
        known = tax_id_of(raw)
        whole = known is not None and known.kind == "vat" and compact(raw) == known.value
        return self._field(known.value if known and whole else " ".join(raw.split()), raw)

    def account(self, raw: str | None) -> ExtractedField | None:
        """An IBAN, or whatever account number stands in its place, without blanks."""
        return None if raw is None else self._field(iban_of(raw) or "".join(raw.split()), raw)

    def bank(self, raw: str | None) -> ExtractedField | None:
        """A BIC; one that is none keeps half its credit."""
        found = self.code(raw)
        if found and isinstance(found.value, str) and not is_bic(found.value):
            return replace(found, confidence=PLACEHOLDER)
        return found

    def number(self, raw: str | None) -> ExtractedField | None:
        """A decimal as XML writes it, digits kept. Anything else is no value but a flag."""
        if raw is None:
            return None
        if not _NUMBER.fullmatch(raw):
            self.flags.add("malformed_amount")
            return None
        return ExtractedField(Decimal(raw), raw, SURE, "xml")

    def day(self, raw: str | None) -> ExtractedField | None:
        """An ISO date (UBL) or YYYYMMDD (CII's format 102), with or without a time."""
        if raw is None:
            return None
        match = _ISO.fullmatch(raw) or _102.fullmatch(raw)
        try:
            found = date(*map(int, match.groups())) if match else None
        except ValueError:
            found = None
        if found is None or not 1950 <= found.year <= 2150:
            self.flags.add("malformed_date")
            return None
        return ExtractedField(found, raw, SURE, "xml")

    def _field(self, value: str, raw: str) -> ExtractedField | None:
        if not value:
            return None
        confidence = SURE
        if _PLACEHOLDER.fullmatch(value):
            self.flags.add("placeholder_values")
            confidence = PLACEHOLDER
        return ExtractedField(value[:MAX_TEXT], raw[:MAX_TEXT], confidence, "xml")


def computed(value: Value, confidence: float = COMPUTED) -> ExtractedField:
    """A value that is not written anywhere but follows from what is."""
    return ExtractedField(value, "", confidence, "computed")


def amount(found: ExtractedField | None) -> Decimal | None:
    """The number in a field, if there is one."""
    return found.value if found and isinstance(found.value, Decimal) else None


def total_of(parts: Sequence[ExtractedField | None]) -> ExtractedField | None:
    """The sum of amounts: the field itself when there is one, computed when there are several."""
    known = [p for p in parts if p is not None]
    if len(known) <= 1:
        return known[0] if known else None
    return computed(sum((a for p in known if (a := amount(p)) is not None), Decimal(0)))


def first_of(found: Sequence[ExtractedField | None]) -> ExtractedField | None:
    """The first field; others that say something else become its candidates."""
    known = [f for f in found if f is not None]
    if not known:
        return None
    others = [f for f in known[1:] if f.value != known[0].value]
    return replace(
        known[0],
        candidates=tuple(Candidate(f.value, f.raw, 0.3, f.source) for f in others[:4]),
    )


def present(fields: dict[str, ExtractedField | None]) -> dict[str, ExtractedField]:
    """Only what was found."""
    return {name: found for name, found in fields.items() if found is not None}
