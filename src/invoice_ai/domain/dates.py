"""Dates as printed on invoices, in the languages of Europe (and English receipts elsewhere)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# Month names without accents, January first; within a month the spellings of
# en de fr es it nl pt pl hr cs da/sv/no fi hu ro ms. Abbreviations are found by prefix (see
# `_prefixes`), so only full names, genitives and irregular short forms stand here.
_MONTHS = (
    "january januar janner janvier enero gennaio januari janeiro styczen stycznia sijecanj "
    "sijecnja leden ledna tammikuu tammikuuta ianuarie genuary janv jaenner",
    "february februar feber fevrier febrero febbraio februari fevereiro luty lutego veljaca "
    "veljace unor unora helmikuu helmikuuta februarie fevr",
    "march marz maerz mars marzo maart marco marzec marca ozujak ozujka brezen brezna marts "
    "maaliskuu maaliskuuta marcius martie mac mrz mrt",
    "april avril abril aprile kwiecien kwietnia travanj travnja duben dubna huhtikuu huhtikuuta "
    "aprilis aprilie avr abr",
    "may mai mayo maggio mei maio maj maja svibanj svibnja kveten kvetna toukokuu toukokuuta "
    "majus mag",
    "june juni juin junio giugno junho czerwiec czerwca lipanj lipnja cerven cervna kesakuu "
    "kesakuuta junius iunie jun giu",
    "july juli juillet julio luglio julho lipiec lipca srpanj srpnja cervenec cervence heinakuu "
    "heinakuuta julius iulie jul lug julai",
    "august augusti aout agosto augustus sierpien sierpnia kolovoz kolovoza srpen srpna elokuu elokuuta "
    "augusztus ogos ago",
    "september septembre septiembre settembre setembro wrzesien wrzesnia rujan rujna zari "
    "syyskuu syyskuuta szeptember septembrie set sept",
    "october oktober octobre octubre ottobre outubro pazdziernik pazdziernika rijen "
    "rijna lokakuu lokakuuta octombrie ott out okt",
    "november novembre noviembre novembro listopad listopada listopadu studeni studenoga studenog "
    "marraskuu marraskuuta noiembrie",
    "december dezember decembre diciembre dicembre dezembro grudzien grudnia prosinac prosinca "
    "prosinec prosince desember joulukuu joulukuuta decembrie dic dez dis",
)


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case without accents: "März" and "MARZ" are one.

    >>> fold("Décembre"), fold("Łódź")
    ('decembre', 'lodz')
    """
    plain = text.casefold()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFKD", plain.replace("ł", "l").replace("ø", "o"))
    return "".join(c for c in plain if not unicodedata.combining(c))


_ENGLISH = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


def _prefixes() -> dict[str, int]:
    """Names and their prefixes of three letters and more that mean one month only."""
    months: dict[str, int] = {}
    shorter: dict[str, set[int]] = {}
    for number, names in enumerate(_MONTHS, 1):
        for name in names.split():
            months.setdefault(name, number)
            for length in range(3, len(name)):
                shorter.setdefault(name[:length], set()).add(number)
    months |= _ENGLISH  # English wins where a prefix is shared (mar: also marraskuu)
    for prefix, numbers in shorter.items():
        if len(numbers) == 1:
            months.setdefault(prefix, next(iter(numbers)))
    return months


_MONTH = _prefixes()

_NUMERIC = r"(?P<a>\d{1,4})\s?(?P<sep>[./\-–])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<c>\d{4}|\d{2})"
_DAY_NAME = (
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?[\s\-/.]{0,2}(?:(?:de|of|d)\s)?\s?"
    r"(?P<month>[^\W\d_]{3,13})\.?[\s\-/.,'’]{0,3}(?:de[l]?\s)?['’]?(?P<year>\d{4}|\d{2}(?!\s?,\s?\d{4}))"
)
_NAME_DAY = (
    r"(?P<month2>[^\W\d_]{3,13})\.?[\s\-/]{0,2}(?P<day2>\d{1,2})(?:st|nd|rd|th)?"
    r"(?:\s?,\s?|\s|-|/|,\s?')(?P<year2>\d{4}|\d{2}(?=$|[\s,;)]))"
)
_YEAR_NAME = r"(?P<year3>\d{4})\.?\s(?P<month3>[^\W\d_]{3,13})\.?\s(?P<day3>\d{1,2})\b"
# OCR drops what stands between the figures: alone on its line, or before a clock, it is still a date.
_CLOCK = r"\d{1,2}:\d{2}"
_BARE = rf"(?<!\S)(?P<day4>\d{{2}})(?:\s(?P<month4>\d{{2}})[\s./-](?P<year4>20\d{{2}})(?=\s*$|\s+{_CLOCK})"
_BARE += rf"|(?P<month5>\d{{2}})(?P<year5>20\d{{2}})(?=\s+{_CLOCK}))"
# A clock may be glued to the year ("12/03/201814:32"); any other digit may not.
_END = rf"(?=[^\d./]|$|[./](?!\d)|{_CLOCK})"
_DATE = re.compile(
    rf"(?<![\d])(?<!\d[.,/])(?:(?:{_NUMERIC}){_END}|{_YEAR_NAME}|(?:{_DAY_NAME}){_END})"
    rf"|(?<![^\W\d_])(?:{_NAME_DAY}){_END}|{_BARE}",
    re.IGNORECASE,
)


_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class DateReading:
    """One printed date.

    Attributes:
        value: The (likelier) reading.
        raw: As printed.
        start, end: Place in the text.
        other: The other reading when day and month could be exchanged and nothing told which.
    """

    value: date
    raw: str
    start: int
    end: int
    other: date | None = None


def _day(year: str | int, month: int, day: int) -> date | None:
    """The date, or None when there is none: 31 February, the year 1234."""
    number = int(year)
    if isinstance(year, str) and len(year) == 2:
        number += 2000 if number < 70 else 1900
    if not 1970 <= number <= 2099:
        return None
    try:
        return date(number, month, day)
    except ValueError:
        return None


def _numeric(found: re.Match[str], day_first: bool | None) -> tuple[date, date | None] | None:
    a, b, c = found["a"], int(found["b"]), found["c"]
    if len(a) == 4:
        value = _day(a, b, int(c)) if len(c) == 2 else None
        return (value, None) if value else None
    if len(a) == 3:
        return None
    first = _day(c, b, int(a))
    second = _day(c, int(a), b)
    if found["sep"] == "." and first:  # nobody writes month.day.year
        return first, None
    if first and second and first != second:
        if day_first is None:
            return first, second
        return (first, None) if day_first else (second, None)
    value = first or second
    if (
        value is None and len(c) == len(a) == 2 and found["sep"] != "."
    ):  # 18-03-25 is year, month, day
        value = _day(a, b, int(c))
    return (value, None) if value else None


def _is_code(text: str, found: re.Match[str]) -> bool:
    """Whether the figures go on from letters, as the code of an article does: HD03-04-06."""
    before = text[max(0, found.start() - 1) : found.start()]
    return before.isalpha() and found["sep"] == "-" and len(found["c"]) == 2


def _month(name: str, raw: str) -> int | None:
    """The month of a name; between strokes also one with a misread letter: 14/dun/2017."""
    key = fold(name)
    month = _MONTH.get(key)
    if month is None and len(key) == 3 and re.search(r"[/-][^\W\d_]+[/-]", raw):
        near = {
            n for m, n in _ENGLISH.items() if sum(a != b for a, b in zip(m, key, strict=True)) == 1
        }
        month = next(iter(near)) if len(near) == 1 else None
    return month


def find_dates(text: str, *, day_first: bool | None = None) -> list[DateReading]:
    """All dates in `text`, left to right.

    Args:
        text: One line of a page; any length (the pattern is linear).
        day_first: Order of "03/04/2024": True for 3 April, False for 4 March, None when nothing
            is known; then the day-first reading is `value` and the other one is `other`.
    Returns: Only dates that exist; years of two digits are 1970–2069.

    >>> [r.value.isoformat() for r in find_dates("Rechnung vom 3. März 2024, fällig 2024-04-02")]
    ['2024-03-03', '2024-04-02']
    >>> find_dates("03/04/2024")[0].other
    datetime.date(2024, 3, 4)
    >>> find_dates("31/02/2024")
    []
    """
    readings: list[DateReading] = []
    if not _DIGIT.search(text):
        return readings
    position = 0
    while found := _DATE.search(text, position):
        position = found.end()
        other: date | None = None
        value: date | None = None
        if found["sep"]:
            both = None if _is_code(text, found) else _numeric(found, day_first)
            if both:
                value, other = both
        elif found["day4"]:
            month, year = found["month4"] or found["month5"], found["year4"] or found["year5"]
            value = _day(year, int(month), int(found["day4"]))
        else:
            name = found["month"] or found["month2"] or found["month3"]
            month = _month(name, found.group())
            year = found["year"] or found["year2"] or found["year3"]
            day = found["day"] or found["day2"] or found["day3"]
            if month:
                value = _day(year, month, int(day))
        if value:
            raw = found.group()
            readings.append(DateReading(value, raw, found.start(), found.end(), other))
        else:  # what looked like a date may hide one that starts later
            position = found.start() + 1
    return readings
