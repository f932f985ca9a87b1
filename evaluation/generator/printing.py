"""Amounts, quantities and dates as a country prints them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def number(value: Decimal, marks: tuple[str, str], places: int = 2) -> str:
    """The number with the country's marks; "lakh" groups as in India: 1,23,456.00."""
    thousands, decimals = marks
    whole, _, part = f"{abs(value):.{places}f}".partition(".")
    if thousands == "lakh":
        head, tail = whole[:-3], whole[-3:]
        groups: list[str] = []
        while head:
            groups.insert(0, head[-2:])
            head = head[:-2]
        whole = ",".join([*groups, tail])
    else:
        whole = f"{int(whole):,}".replace(",", thousands)
    return ("-" if value < 0 else "") + whole + (decimals + part if part else "")


def quantity(value: Decimal, marks: tuple[str, str]) -> str:
    """Without needless decimals: 3, or 2,5."""
    plain = f"{value.normalize():f}"
    return plain.replace(".", marks[1])


def day(value: date, form: str, months: tuple[str, ...]) -> str:
    """The date in a form such as "dd.mm.yyyy" or "d Month yyyy"."""
    month = months[value.month - 1]
    shown = form.replace("Month", "\1").replace("Mon", "\2")
    for mark, text in (
        ("yyyy", f"{value.year}"),
        ("yy", f"{value.year % 100:02d}"),
        ("dd", f"{value.day:02d}"),
        ("mm", f"{value.month:02d}"),
    ):
        shown = shown.replace(mark, text)
    # A lone d or m is a number without a zero, but "de" is a word.
    words = [
        _short(word, value) if not word.startswith("de") else word for word in shown.split(" ")
    ]
    return " ".join(words).replace("\1", month).replace("\2", month[:3])


def _short(word: str, value: date) -> str:
    return word.replace("d", str(value.day)).replace("m", str(value.month))


def grouped(account: str) -> str:
    """An IBAN in groups of four."""
    return " ".join(account[start : start + 4] for start in range(0, len(account), 4))
