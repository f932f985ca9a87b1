"""Tax ids and account numbers that pass their checks, and belong to nobody we know."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random


def from_pattern(rng: Random, pattern: str) -> str:
    """`#` becomes a digit, `@` a capital letter."""
    return "".join(
        rng.choice(string.digits)
        if mark == "#"
        else rng.choice("ABCDEFGHJKLMNPRSTUWXYZ")
        if mark == "@"
        else mark
        for mark in pattern
    )


def _digits(rng: Random, count: int) -> str:
    return rng.choice("123456789") + "".join(rng.choice(string.digits) for _ in range(count - 1))


def _weighted(digits: str, weights: range | tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _luhn(digits: str) -> str:
    """The check digit behind `digits`."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def _mod_11_10(digits: str) -> str:
    check = 10
    for digit in digits:
        check = ((check + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - check) % 10)


def _until(rng: Random, count: int, check: Callable[[str], int]) -> str:
    """Digits with a check digit; numbers whose check has two digits are not given out."""
    while True:
        digits = _digits(rng, count)
        if 0 <= check(digits) <= 9:
            return digits + str(check(digits))


def _british(rng: Random) -> str:
    digits = _digits(rng, 7)
    return f"GB{digits}{97 - _weighted(digits, range(8, 1, -1)) % 97:02d}"


def _american(rng: Random) -> str:
    return f"{rng.choice(('20', '26', '45', '81', '36'))}-{_digits(rng, 7)}"


def _malaysian(rng: Random) -> str:
    return from_pattern(rng, "@##-1808-########")


def _indian(rng: Random) -> str:
    letters = string.digits + string.ascii_uppercase
    start = f"{rng.choice(('27', '29', '33', '24'))}{from_pattern(rng, '@@@')}C{from_pattern(rng, '@####@')}1Z"
    total = 0
    for place, mark in enumerate(start):
        value = letters.index(mark) * (2 if place % 2 else 1)
        total += value // 36 + value % 36
    return start + letters[-total % 36]


def _german(rng: Random) -> str:
    digits = _digits(rng, 8)
    return f"DE{digits}{_mod_11_10(digits)}"


def _austrian(rng: Random) -> str:
    start, last = _digits(rng, 6), rng.randint(0, 9)
    return f"ATU{start}{last}{(6 - last + int(_luhn(start))) % 10}"


def _swiss(rng: Random) -> str:
    weights = (5, 4, 3, 2, 7, 6, 5, 4)
    digits = _until(rng, 8, lambda d: (11 - _weighted(d, weights) % 11) % 11)
    return f"CHE-{digits[:3]}.{digits[3:6]}.{digits[6:]} MWST"


def _french(rng: Random) -> str:
    start = _digits(rng, 8)
    siren = start + _luhn(start)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _belgian(rng: Random) -> str:
    digits = f"0{rng.choice('456')}{_digits(rng, 6)}"
    return f"BE{digits}{97 - int(digits) % 97:02d}"


def _spanish(rng: Random) -> str:
    digits = _digits(rng, 7)
    return f"B{digits}{_luhn(digits)}"


def _italian(rng: Random) -> str:
    digits = f"0{_digits(rng, 6)}{rng.randint(1, 95):03d}"
    return f"IT{digits}{_luhn(digits)}"


def _dutch(rng: Random) -> str:
    digits = _until(rng, 8, lambda d: _weighted(d, range(9, 1, -1)) % 11)
    return f"NL{digits}B01"


def _portuguese(rng: Random) -> str:
    def check(digits: str) -> int:
        rest = _weighted(digits, range(9, 1, -1)) % 11
        return 0 if rest < 2 else 11 - rest

    start = f"5{_digits(rng, 7)}"
    return f"{start}{check(start)}"


def _polish(rng: Random) -> str:
    digits = _until(rng, 9, lambda d: _weighted(d, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:8]}-{digits[8:]}"


def _czech(rng: Random) -> str:
    def check(digits: str) -> int:
        return (11 - _weighted(digits, range(8, 1, -1)) % 11) % 10

    start = f"{rng.choice('2467')}{_digits(rng, 6)}"
    return f"CZ{start}{check(start)}"


def _croatian(rng: Random) -> str:
    digits = _digits(rng, 10)
    return digits + _mod_11_10(digits)


def _swedish(rng: Random) -> str:
    digits = f"556{_digits(rng, 6)}"
    return f"SE{digits}{_luhn(digits)}01"


def _danish(rng: Random) -> str:
    return _until(rng, 7, lambda d: -_weighted(d, (2, 7, 6, 5, 4, 3, 2)) % 11)


_TAX_IDS: dict[str, Callable[[Random], str]] = {
    "GB": _british,
    "US": _american,
    "MY": _malaysian,
    "IN": _indian,
    "DE": _german,
    "AT": _austrian,
    "CH": _swiss,
    "FR": _french,
    "BE": _belgian,
    "ES": _spanish,
    "IT": _italian,
    "NL": _dutch,
    "PT": _portuguese,
    "PL": _polish,
    "CZ": _czech,
    "HR": _croatian,
    "SE": _swedish,
    "DK": _danish,
}


def tax_id(rng: Random, country: str) -> str:
    """A tax id of the country as it is printed there."""
    return _TAX_IDS[country](rng)


def _spanish_account(rng: Random) -> str:
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)

    def check(digits: str) -> str:
        rest = 11 - _weighted(digits, weights) % 11
        return str({10: 1, 11: 0}.get(rest, rest))

    bank, account = _digits(rng, 8), _digits(rng, 10)
    return f"{bank}{check('00' + bank)}{check(account)}{account}"


def _belgian_account(rng: Random) -> str:
    digits = f"001{_digits(rng, 7)}"  # the bank must be one that has a BIC
    return f"{digits}{int(digits) % 97 or 97:02d}"


def iban(rng: Random, country: str, bban: str) -> str:
    """An IBAN without blanks; `bban` is the pattern of its national part, or a country's name."""
    national = {"spain": _spanish_account, "belgium": _belgian_account}
    account = national[bban](rng) if bban in national else from_pattern(rng, bban)
    moved = "".join(str(int(mark, 36)) for mark in f"{account}{country}00")
    return f"{country}{98 - int(moved) % 97:02d}{account}"


def bic(rng: Random, country: str) -> str:
    """A BIC of eight or eleven places."""
    return f"{from_pattern(rng, '@@@@')}{country}{from_pattern(rng, '@#')}{rng.choice(('', 'XXX'))}"
