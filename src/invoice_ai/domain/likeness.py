"""When two numbers or two names are meant to be the same. For comparing only, never for booking."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

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
