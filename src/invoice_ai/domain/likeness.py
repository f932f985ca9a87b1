"""When two numbers or two names are meant to be the same. For comparing only, never for booking."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Levenshtein

# Letters of other scripts and digits that pass for a Latin letter (after Unicode UTS 39, the ones
# that a company name can be forged with).
_LOOK_ALIKES = str.maketrans("авекмнорстухіјѕԁһʟνοαικρτυω0135", "abekmhopctyxijsdhlvoaikptuwoles")
_LEGAL_FORMS = frozenset({
    "gmbh", "mbh", "ag", "kg", "kgaa", "co", "ohg", "ug", "gbr", "ek", "se", "ltd", "limited",
    "llc", "llp", "lp", "inc", "corp", "corporation", "plc", "pty", "sa", "sas", "sasu", "sarl",
    "eurl", "srl", "spa", "snc", "sl", "slu", "bv", "nv", "cv", "ab", "as", "asa", "aps", "oy",
    "oyj", "sdn", "bhd", "pte", "doo", "dd", "sro", "spol", "sp", "z", "oo", "zoo", "kft", "zrt",
    "lda", "company", "the",
})  # fmt: skip


# A postcode as it is printed somewhere, in lower case.
_POSTCODE = re.compile(
    r"\b(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|\d{4} ?[a-z]{2}|\d{2}-\d{3}"
    r"|\d{4}-\d{3}|\d{3} \d{2}|\d{4,6})\b"
)
_AS_DIGITS, _AS_LETTERS = str.maketrans("oilszb", "011528"), str.maketrans("01528", "olszb")
# Ratios 0–100 from which two readings are one, by what is compared.
_SAME_WORD, _SAME_NAME, _SAME_STREET = 60, 85, 80
_FORM = 2  # letters


def comparable_number(number: str) -> str:
    """An invoice number without what readers and typists get wrong; "" when nothing is left.

    Upper case, no separators, O as 0, I and l as 1, no leading zeros.

    >>> comparable_number("FA-2O17-0003"), comparable_number("fa 2017/0003")
    ('FA20170003', 'FA20170003')
    """
    plain = unicodedata.normalize("NFKC", number).replace("l", "1").upper()
    letters = "".join(c for c in plain if c.isalnum())
    return letters.replace("O", "0").replace("I", "1").lstrip("0")


# Every invoice is compared with every vendor, so a name is taken apart only once.
@lru_cache(maxsize=16_384)
def comparable_name(name: str) -> str:
    """A company name without case, accents, punctuation and legal form.

    >>> comparable_name("Müller & Söhne GmbH & Co. KG"), comparable_name("MULLER + SÖHNE")
    ('muller sohne', 'muller sohne')
    """
    plain = _folded(name)
    words = re.findall(r"\w+", re.sub(r"(?<=\b\w)\.\s?(?=\w\b)", "", plain))
    telling = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(telling or words)


def same_name(one: str, other: str) -> bool:
    """Whether both are the same company as far as the name tells; one may carry more words.

    >>> same_name("Acme Tools Ltd", "ACME TOOLS"), same_name("Acme Tools", "Acme Foods")
    (True, False)
    """
    first, second = comparable_name(one), comparable_name(other)
    if first.replace(" ", "") == second.replace(" ", ""):  # a space is lost or found by OCR
        return bool(first)
    shorter, longer = (first, second) if len(first) < len(second) else (second, first)
    # "Hotel" alone must not be every hotel: a single short word has to be the whole name.
    return longer.startswith(f"{shorter} ") and (" " in shorter or len(shorter) > 6)


def may_be_misread(one: str, other: str) -> bool:
    """Whether two comparable names may be one that OCR read badly: alike word by word, short ones
    (what is left of a legal form) apart.

    >>> may_be_misread("nordl1cht werkzcuge", "nordlicht werkzeuge")
    True
    >>> may_be_misread("alpha consulting", "gamma consulting")
    False
    """
    first, second = ([w for w in name.split() if len(w) > _FORM] for name in (one, other))
    if len(first) == len(second):
        alike = [fuzz.ratio(a, b) >= _SAME_WORD for a, b in zip(first, second, strict=True)]
        return bool(alike) and all(alike)
    return fuzz.ratio("".join(first), "".join(second)) >= _SAME_NAME


def comparable_address(address: str) -> str:
    """Postcode and street of an address as they are compared; "" when one of them is missing.

    What OCR takes for one another, letters and digits, is what most of a word is.

    >>> comparable_address("Hafenstraße 12, 24103 Kiel"), comparable_address("Kiel")
    ('24103|hafenstr12', '')
    >>> comparable_address("Hafenstr. l2\\n24IO3 Kiel")
    '24103|hafenstr12'
    """
    parts = [
        " ".join(map(_settled, re.findall(r"[\w-]+", part)))
        for part in re.split(r"[,\n]", _folded(address))
    ]
    for place in range(len(parts) - 1, -1, -1):
        codes = list(_POSTCODE.finditer(parts[place]))
        if codes:
            break
    else:
        return ""
    lines = [*parts[:place], parts[place][: codes[-1].start()]]
    streets = [line for line in lines if len(re.findall(r"[^\W\d_]", line)) >= 3]
    numbered = [line for line in streets if re.search(r"\d", line)]
    if not streets:
        return ""
    street = re.sub(r"[\W_]", "", (numbered or streets)[0]).replace("strasse", "str")
    return f"{re.sub(r'[^a-z0-9]', '', codes[-1].group())}|{street}"


def same_address(one: str, other: str) -> bool:
    """Whether two comparable addresses are one place: in the street letters may be misread, or in
    the postcode one, but never both, and the house is the same.

    >>> same_address("24103|hafenstr12", "24103|hafcnstr12")
    True
    >>> same_address("24103|hafenstr12", "24103|hafenstr14")
    False
    """
    (code, _, street), (other_code, _, other_street) = one.partition("|"), other.partition("|")
    if street == other_street:
        return OSA.distance(code, other_code, score_cutoff=1) <= 1
    same_house = re.findall(r"\d+", street)[-1:] == re.findall(r"\d+", other_street)[-1:]
    return code == other_code and same_house and fuzz.ratio(street, other_street) >= _SAME_STREET


def near_codes(address: str) -> list[str]:
    """The comparable addresses of the same street with one other digit in the postcode."""
    code, bar, street = address.partition("|")
    places = [i for i, c in enumerate(code) if c.isdigit()]
    return [f"{code[:i]}{d}{code[i + 1 :]}{bar}{street}" for i in places for d in "0123456789"]


def _settled(word: str) -> str:
    """The word as digits when at least half of it is, else as letters."""
    if 2 * sum(c.isdigit() for c in word) >= len(word):
        return word.translate(_AS_DIGITS)
    return word.translate(_AS_LETTERS) if len(word) > 3 else word


def looks_like(one: str, other: str) -> bool:
    """Whether one could be taken for the other without being the same: "Acrne" for "Acme".

    >>> looks_like("Acrne Tools Ltd", "Acme Tools Ltd"), looks_like("Acme Tools", "ACME TOOLS Ltd")
    (True, False)
    """
    first, second = comparable_name(one), comparable_name(other)
    if first == second or not first or not second:
        return False
    first, second = _skeleton(first), _skeleton(second)
    # Two slips in a long name are a forgery or a typing error; in "BMW" they are another firm.
    shorter = min(len(first), len(second))
    slips = 2 if shorter >= 10 else 1 if shorter >= 6 else 0
    return Levenshtein.distance(first, second, score_cutoff=slips) <= slips


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=16_384)
def _skeleton(folded: str) -> str:
    plain = folded.translate(_LOOK_ALIKES)
    return plain.replace("rn", "m").replace("vv", "w").replace("i", "l").replace(" ", "")
