"""Bank accounts and tax ids: how they are recognised, brought into one form, and checked.

Shapes come from the SWIFT IBAN registry (through python-stdnum), from the VAT number formats
of the EU's VIES and from the tax offices' own descriptions. Check digits are python-stdnum's
work; its modules are loaded when a country is first seen, so importing this module is cheap.

A number with a wrong check digit is still what the page says: it is recognised here and
marked as not valid, never dropped.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

SEPARATORS = r"[ \u00a0./\-]{0,2}"  # what people print between the digits of an identifier

TaxIdKind = Literal["vat", "gst", "business", "tax_number"]


@dataclass(frozen=True, slots=True)
class TaxId:
    """A recognised tax id.

    Attributes:
        value: Letters and digits only, with the country prefix when one is printed; the slashes
            of a German Steuernummer stay, because its parts are not told apart without them.
        country: ISO 3166 code, "GR" for EL and "GB" for XI; "EU" for one-stop-shop numbers.
        kind: `vat` and `gst` are ids for value added tax, `business` is a register number that
            also serves as one (ABN, EIN, SIREN, CVR …), `tax_number` is a tax office's own.
        valid: Whether the check digits are right; None where there are none to check.
    """

    value: str
    country: str
    kind: TaxIdKind
    valid: bool | None


def compact(text: str) -> str:
    """Letters and digits only, upper case; full-width and other compatibility forms folded.

    >>> compact("de 136.695-976")
    'DE136695976'
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if c.isalnum())


# --- bank accounts -------------------------------------------------------------------------

_IBAN_START = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[ \-.]?\d{2}(?=[ \-.]?[A-Z0-9])")
_BIC = re.compile(r"[A-Z]{4}([A-Z]{2})[A-Z0-9]{2}([A-Z0-9]{3})?")


def iban_of(text: str) -> str | None:
    """The first IBAN in a text, without spaces; one with right check digits is preferred.

    The country must have IBANs and the length must be that country's; the check digits need
    not be right (ask `is_iban`).

    >>> iban_of("IBAN: DE02 1203 0000 0000 2020 51 BIC: BYLADEM1001")
    'DE02120300000000202051'
    """
    text = unicodedata.normalize("NFKC", text).upper()
    found: str | None = None
    for start in _IBAN_START.finditer(text):
        number = _take(text[start.start() :], _iban_form(start.group()[:2]))
        if number and is_iban(number):
            return number
        found = found or number
    return found


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN, whole and with right check digits."""
    return _valid("iban", compact(text)) is True


def is_bic(text: str) -> bool:
    """Whether the text has the shape of a BIC (SWIFT code) of an existing country.

    Many words of eight letters have it too ("RECHNUNG"): use it where a BIC is expected.
    """
    code = re.sub(r"\s", "", text)
    return bool(_BIC.fullmatch(code)) and _valid("bic", code) is True


@cache
def _iban_form(country: str) -> tuple[int, str]:
    """Length of the country's IBANs, 0 when it has none, and what stands behind its letters."""
    from stdnum import numdb  # loads its data file; only when a text looks like an IBAN

    known = numdb.get("iban").info(country + "0" * 32)[0][1].get("bban", "")
    length = sum(map(int, re.findall(r"\d+", known)))
    return 4 + length if length else 0, "0-9" if re.fullmatch(r"[\d!n]+", known) else "A-Z0-9"


def _take(text: str, form: tuple[int, str]) -> str | None:
    """The first letters and digits of that form, if single separators divide them and they end there."""
    length, letters = form
    if not length:
        return None
    match = re.match(rf"[A-Z]{{2}}(?:[ \-.]{{0,2}}[{letters}]){{{length - 2}}}(?![A-Z0-9])", text)
    return compact(match.group()) if match else None


# --- tax ids -------------------------------------------------------------------------------
# In a template 9 is a digit, A a letter, X either, and every other character stands for
# itself, as does all before a colon; separators may stand between any two.


@dataclass(frozen=True, slots=True)
class _Shape:
    country: str
    kind: TaxIdKind
    templates: str
    module: str = ""  # python-stdnum module with the check digits
    label: str = ""  # words that name it; without them (or the country) plain digits mean nothing


_PREFIXED: tuple[_Shape, ...] = (
    _Shape("AT", "vat", "ATU:99999999", "at.uid"),
    _Shape("BE", "vat", "BE:9999999999 BE:999999999", "be.vat"),
    _Shape("BG", "vat", "BG:9999999999 BG:999999999", "bg.vat"),
    _Shape("CH", "vat", "CHE:999999999", "ch.uid"),
    _Shape("CY", "vat", "CY:99999999A", "cy.vat"),
    _Shape("CZ", "vat", "CZ:9999999999 CZ:999999999 CZ:99999999", "cz.dic"),
    _Shape("DE", "vat", "DE:999999999", "de.vat"),
    _Shape("DK", "vat", "DK:99999999", "dk.cvr"),
    _Shape("EE", "vat", "EE:999999999", "ee.kmkr"),
    _Shape("GR", "vat", "EL:999999999 GR:999999999", "gr.vat"),
    _Shape("ES", "vat", "ES:X9999999X", "es.nif"),
    _Shape("EU", "vat", "EU:999999999", "eu.oss"),
    _Shape("FI", "vat", "FI:99999999", "fi.alv"),
    _Shape("FR", "vat", "FR:XX999999999", "fr.tva"),
    _Shape("GB", "vat", "GB:999999999999 GB:999999999 XI:999999999999 XI:999999999", "gb.vat"),
    _Shape("HR", "vat", "HR:99999999999", "hr.oib"),
    _Shape("HU", "vat", "HU:99999999", "hu.anum"),
    _Shape("IE", "vat", "IE:9X99999AA IE:9X99999A", "ie.vat"),
    _Shape("IT", "vat", "IT:99999999999", "it.iva"),
    _Shape("LT", "vat", "LT:999999999999 LT:999999999", "lt.pvm"),
    _Shape("LU", "vat", "LU:99999999", "lu.tva"),
    _Shape("LV", "vat", "LV:99999999999", "lv.pvn"),
    _Shape("MT", "vat", "MT:99999999", "mt.vat"),
    _Shape("NL", "vat", "NL:999999999B99", "nl.btw"),
    _Shape("NO", "vat", "NO:999999999MVA 999999999MVA", "no.mva"),
    _Shape("PL", "vat", "PL:9999999999", "pl.nip"),
    _Shape("PT", "vat", "PT:999999999", "pt.nif"),
    _Shape("RO", "vat", "RO:9999999999 RO:999999999 RO:99999999 RO:9999999 RO:999999", "ro.cf"),
    _Shape("SE", "vat", "SE:999999999999", "se.vat"),
    _Shape("SI", "vat", "SI:99999999", "si.ddv"),
    _Shape("SK", "vat", "SK:9999999999", "sk.dph"),
    # Without a prefix, but like nothing else:
    _Shape("IN", "gst", "99AAAAA9999AXZX", "in_.gstin"),
    _Shape("JP", "vat", "T:9999999999999", "jp.cn"),
)

_LABELLED: tuple[_Shape, ...] = (
    _Shape("AE", "vat", "999999999999999", "", r"TRN|Tax Registration"),
    _Shape("AR", "tax_number", "99999999999", "ar.cuit", r"CUIT"),
    _Shape("AU", "business", "99999999999", "au.abn", r"A\.?B\.?N"),
    _Shape("BE", "vat", "9999999999 999999999", "be.vat", r"BTW|TVA|BCE|KBO"),
    _Shape("BR", "business", "99999999999999", "br.cnpj", r"CNPJ"),
    _Shape("CA", "gst", "999999999RT9999 999999999", "ca.bn", r"GST|HST|TPS|Business N"),
    _Shape("CL", "tax_number", "99999999X 9999999X", "cl.rut", r"R\.?U\.?T"),
    _Shape("CN", "business", "XXXXXXXXXXXXXXXXXX", "cn.uscc", r"USCC|税号|信用代码"),
    _Shape("CO", "tax_number", "9999999999 999999999", "co.nit", r"N\.?I\.?T"),
    _Shape("CZ", "business", "99999999", "cz.dic", r"IČO|ICO|DIČ"),
    _Shape("DE", "tax_number", "9999999999999 99999999999 9999999999", "de.stnr", r"St\.? ?-?Nr|Steuer"),
    _Shape("DE", "vat", "999999999", "de.vat", r"USt|VAT|UID"),
    _Shape("DK", "business", "99999999", "dk.cvr", r"CVR|SE-?nr"),
    _Shape("ES", "tax_number", "X9999999X", "es.nif", r"N\.?I\.?F|C\.?I\.?F"),
    _Shape("FI", "business", "99999999", "fi.ytunnus", r"Y-?tunnus|Business ID"),
    _Shape("FR", "business", "99999999999999", "fr.siret", r"SIRET"),
    _Shape("FR", "business", "999999999", "fr.siren", r"SIREN|RCS"),
    _Shape("GB", "vat", "999999999", "gb.vat", r"VAT"),
    _Shape("GR", "vat", "999999999", "gr.vat", r"Α\.?Φ\.?Μ|A\.?F\.?M"),
    _Shape("HR", "business", "99999999999", "hr.oib", r"OIB"),
    _Shape("HU", "tax_number", "99999999999", "hu.anum", r"Adósz|Tax"),
    _Shape("IL", "tax_number", "999999999", "il.hp", r"ח\.?פ|עוסק"),
    _Shape("IT", "vat", "99999999999", "it.iva", r"P\.? ?IVA|Partita"),
    _Shape("IT", "tax_number", "AAAAAA99A99A999A", "it.codicefiscale", r"C\.? ?F|Fiscale"),
    _Shape("KR", "business", "9999999999", "kr.brn", r"사업자|BRN"),
    _Shape("MX", "tax_number", "AAAA999999XXX AAA999999XXX", "mx.rfc", r"R\.?F\.?C"),
    _Shape("MY", "gst", "999999999999", "my.gst", r"GST|SST"),
    _Shape("NL", "business", "99999999", "", r"KvK"),
    _Shape("NO", "business", "999999999", "no.orgnr", r"Org|Foretaks"),
    _Shape("NZ", "gst", "999999999 99999999", "nz.ird", r"GST|IRD"),
    _Shape("PE", "tax_number", "99999999999", "pe.ruc", r"R\.?U\.?C"),
    _Shape("PL", "tax_number", "9999999999", "pl.nip", r"NIP"),
    _Shape("PT", "tax_number", "999999999", "pt.nif", r"N\.?I\.?F|NIPC|Contribuinte"),
    _Shape("SA", "vat", "3:99999999999993", "", r"VAT"),
    _Shape("SE", "business", "9999999999", "se.orgnr", r"Org"),
    _Shape("SG", "gst", "X99999999X X9999999X", "sg.uen", r"GST|UEN"),
    _Shape("TR", "tax_number", "9999999999", "tr.vkn", r"VKN|Vergi"),
    _Shape("TW", "business", "99999999", "tw.ubn", r"統一編號|UBN"),
    _Shape("US", "business", "999999999", "us.ein", r"F?EIN|E\.I\.N|TIN|Tax ID|Federal"),
    _Shape("ZA", "vat", "4999999999", "za.tin", r"VAT"),
)  # fmt: skip

_STEUERNUMMER = re.compile(r"(?<![\d/])(?:DE[ /]?)?(\d{2,4} ?/ ?\d{3,4} ?/ ?\d{3,5})(?![\d/])")


def tax_id_of(text: str, *, country: str | None = None) -> TaxId | None:
    """The tax id in a text: an id with right check digits first, VAT ids before others.

    Args:
        text: A cell or a line, with or without its label ("USt-IdNr.: DE 136 695 976").
        country: ISO code of who owns the id, when known: it tells what unlabelled digits are.

    Numbers that are neither prefixed, nor labelled, nor of a known country, are not recognised.
    A country prefix must be in capitals ("de 12" and "no 34" are words).

    >>> tax_id_of("ABN 51 824 753 556")
    TaxId(value='51824753556', country='AU', kind='business', valid=True)
    """
    text = unicodedata.normalize("NFKC", text)
    if not any(map(str.isdigit, text)):
        return None
    found = [i for shape in _PREFIXED for i in _ids(shape, text)]
    if not found and (number := _STEUERNUMMER.search(text)):
        value = number.group(1).replace(" ", "")
        found = [TaxId(value, "DE", "tax_number", _valid("de.stnr", compact(value)))]
    if not found:
        for shape in _LABELLED:
            label = re.search(rf"(?<!\w)(?:{shape.label})", text, re.IGNORECASE)
            if country is None and label:
                found += _ids(shape, text[label.end() :])
            elif country == shape.country:
                found += _ids(shape, text)
    return max(found, key=lambda i: (i.valid is True, i.kind in ("vat", "gst")), default=None)


# Every Malaysian GST number is a multiple of this: not published, but true of all 88 looked at.
_MALAYSIAN_STEP = 2048
# What OCR takes for one another in a number.
_CONFUSED = {
    **dict.fromkeys("ODQUC", "0"),
    **dict.fromkeys("ILT", "1"),
    "Z": "2", "A": "4", "S": "5", "G": "6", "B": "8", "0": "8965", "1": "7", "2": "7",
    "3": "8965", "4": "", "5": "6389", "6": "85", "7": "1", "8": "3069", "9": "038",
}  # fmt: skip


def is_malaysian_gst(number: str) -> bool:
    """Whether the twelve digits can be a Malaysian GST number; one of 2,048 others can too."""
    return re.fullmatch(r"00\d{10}", number) is not None and int(number) % _MALAYSIAN_STEP == 0


def mend_malaysian_gst(printed: str) -> str | None:
    """The only Malaysian GST number that is one misread digit away; None when there is no such.

    >>> mend_malaysian_gst("001234573360")
    '001234575360'
    """
    number = "".join(c if c.isdigit() else _CONFUSED.get(c, " ") for c in compact(printed))
    if not 11 <= len(number) <= 13 or not number.isdigit():
        return None
    if is_malaysian_gst(number):
        return number
    near: set[str] = set()
    for at, digit in enumerate(number):
        rest = number[at + 1 :]
        near |= {number[:at] + other + rest for other in _CONFUSED[digit]}
        near.add(number[:at] + rest)
        near |= {number[:at] + other + digit + rest for other in "0123456789"}
    possible = {n for n in near if is_malaysian_gst(n)}
    return next(iter(possible)) if len(possible) == 1 else None


@lru_cache(maxsize=2048)
def country_of_vat(value: str) -> str | None:
    """ISO code of the country whose prefix a VAT id carries; None without one.

    >>> country_of_vat("EL 094259216"), country_of_vat("12/345/67890")
    ('GR', None)
    """
    folded = compact(value)
    for shape in _PREFIXED:
        prefixes = {t.partition(":")[0] for t in shape.templates.split() if ":" in t} - {"EU", "T"}
        if any(folded.startswith(p) for p in prefixes) and any(map(str.isdigit, folded)):
            return shape.country
    return None


def same_tax_id(one: str, other: str) -> bool:
    """Whether two spellings are the same id; a missing country prefix is forgiven.

    >>> same_tax_id("DE 136695976", "136 695 976")
    True
    """
    a, b = compact(one), compact(other)
    if a == b:
        return bool(a)
    bare_a, bare_b = (re.sub(r"^[A-Z]{2,3}(?=\d)", "", x) for x in (a, b))
    both_prefixed = bare_a != a and bare_b != b
    return not both_prefixed and bare_a == bare_b and len(bare_a) >= 7


def _ids(shape: _Shape, text: str) -> list[TaxId]:
    found = []
    for pattern in _patterns(shape.templates):
        for match in pattern.finditer(text):
            value = compact(match.group())
            found.append(TaxId(value, shape.country, shape.kind, _valid(shape.module, value)))
        # Templates of one country stand longest first; a letter glued behind is no part of it.
        if any(i.valid is not False for i in found):
            break
    return found


@cache
def _patterns(templates: str) -> tuple[re.Pattern[str], ...]:
    classes = {"9": r"\d", "A": "[A-Z]", "X": "[A-Z0-9]"}
    found = []
    for template in templates.split():
        prefix, _, body = template.rpartition(":")
        parts = ([prefix] if prefix else []) + [classes.get(c, c) for c in body]
        found.append(re.compile(rf"(?<![A-Za-z0-9]){SEPARATORS.join(parts)}(?![A-Za-z0-9])"))
    return tuple(found)


@cache
def _module(name: str) -> Any:
    return importlib.import_module(f"stdnum.{name}")


def _valid(module: str, number: str) -> bool | None:
    """python-stdnum's verdict; it takes VAT numbers with and without their prefix."""
    if module == "my.gst":
        return True if is_malaysian_gst(number) else None
    number = number.removeprefix("T") if module == "jp.cn" else number
    return bool(_module(module).is_valid(number)) if module else None
