"""Amounts as printed become Decimals: no guess between two readings, and never a float.

One printed number can have two readings: "1,234" is a thousand and some here, one and a bit
there. `parse_amount` refuses it unless the caller knows the document's decimal mark, which
`guess_decimal_mark` learns from the amounts of the document that have only one reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from invoice_ai.domain.pages import Box, Word, around

Mark = Literal[".", ","]

# Long enough for any amount on paper; a "number" of a thousand digits is an attack.
LONGEST = 48

_SIGNS = "€$£¥₹₽₩₺₴₦₱฿₫₪₡₲₵₸₼₾₨¢"
_CODES = (
    "EUR USD GBP CHF JPY CNY INR AUD CAD NZD SGD HKD MYR THB IDR PHP VND KRW TWD SEK NOK DKK ISK "
    "PLN CZK HUF RON BGN HRK RSD TRY RUB UAH ILS AED SAR QAR KWD EGP ZAR NGN KES MAD TND BRL MXN "
    "ARS CLP COP PEN UYU PKR BDT LKR"
)
_LOCAL = r"Rs\.?|RM|[Kk]r\.?|Kč|zł|z[lt]|Ft|Lei|lei|S?Fr\.|TL|kn|KM|лв\.?|руб\.?|грн\.?|R(?=\d)"
CURRENCY = (
    rf"(?:(?:US|CA|C|AU|A|HK|NT|NZ|MX|R|S)?\$|[{_SIGNS}]|{_CODES.replace(' ', '|')}"
    rf"|EURO?S?|[Ee]uros?|[Ee]ur|{_LOCAL})"
)

_CURRENCY_WORD = re.compile(rf"{CURRENCY}:?")
_NUMBER = r"(?:[0-9][0-9.,' ]*[0-9]|[0-9]|[.,][0-9]+)"
# Sign and currency may stand on either side of the number, and in either order.
_AMOUNT = re.compile(
    rf"""\s* (?P<open>\()? \s* (?P<before>[-+])? \s* (?P<c1>{CURRENCY})? \s* (?P<inner>\()?
    (?P<between>[-+])? \s* (?P<number>{_NUMBER}) (?P<whole>[.,](?:--?|=)?(?![0-9]))?
    \s* (?P<after>-)? \s* (?P<close>\))? \s* (?P<c2>{CURRENCY})? \s* (?P<last>-)?
    \s* (?P<credit>CR|Cr|DR|Dr)? \.? (?P<shut>\))? \s*""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[0-9]+")
_SIMPLE = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
_FRACTION = re.compile(r"[0-9]*[.,][0-9]+")
_TWO_READINGS = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}")
_GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?:(?P<group>[.,' ])[0-9]{3})(?:(?P=group)[0-9]{3})*(?:(?!(?P=group))[.,](?P<part>[0-9]+))?"
)
_LAKH = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.(?P<part>[0-9]+))?")
_PERCENT = re.compile(
    r"\s*\(?\s*(?P<sign>-)?(?P<number>[0-9]{1,3}(?:[.,][0-9]{1,4})?)\s*%\s*\)?\s*"
)

# Characters that printers use for the same thing. Not NFKC: that would make "12²" a 122.
_SAME = str.maketrans(
    {
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " "),
        **dict.fromkeys("\u2009\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2019\u2018\u02bc\u00b4\u2032\uff07`", "'"),
        "\uff0e": ".",
        "\uff0c": ",",
        "\uff04": "$",
        "\uffe5": "¥",
        "\uffe1": "£",
        "\uff05": "%",
        "\uff08": "(",
        "\uff09": ")",
    }
)


class UnreadableAmount(ValueError):
    """No digits, not an amount, or two readings are possible."""


def parse_amount(printed: str, *, decimal_mark: str | None = None) -> Decimal:
    """Read an amount as printed, e.g. "1.234,50 €".

    Args:
        printed: Text of one cell; may carry spaces, a currency sign or code, a minus before or
            behind, parentheses or "CR" (both mean negative), "-" for no cents ("12,-").
        decimal_mark: "." or ","; the document's or the vendor's, when known. It decides only
            between two possible readings; a print with one reading is read as printed.
    Returns: The exact amount, with as many decimals as were printed. Never a float.
    Raises: UnreadableAmount: no digits, other text, odd grouping, or two readings are possible.

    >>> parse_amount("1.234,50 €")
    Decimal('1234.50')
    >>> parse_amount("1,234", decimal_mark=".")
    Decimal('1234')
    """
    readings = _readings(printed)
    if len(readings) == 1:
        return readings[0]
    if decimal_mark not in (".", ","):
        raise UnreadableAmount(
            f"{printed.strip()!r} has two readings: {readings[0]}, {readings[1]}"
        )
    return readings[1] if decimal_mark in printed.translate(_SAME) else readings[0]


def guess_decimal_mark(texts: Iterable[str]) -> Mark | None:
    """The decimal mark of a document, from its words that can be read in one way only.

    None when there is no such word, or no clear majority (two to one).
    """
    votes = {".": 0, ",": 0}
    for text in texts:
        if text.isalpha() or len(text) > LONGEST or not (found := _VOTE.search(text)):
            continue
        if found["both"]:
            votes[found["both"]] += 3  # both marks in one number: no doubt at all
        else:
            votes[found["one"]] += 1
    point, comma = votes["."], votes[","]
    if point > 2 * comma:
        return "."
    if comma > 2 * point:
        return ","
    return None


# "1.234,50" names its mark; "12,50" does so less surely ("12.11" may be a day and month).
_VOTE = re.compile(
    r"(?<![0-9.,/:-])(?:[0-9]{1,3}(?:([.,'])[0-9]{3})+(?!\1)(?P<both>[.,])[0-9]{2}"
    r"|[0-9]{1,6}(?P<one>[.,])[0-9]{2})(?![0-9.,/:])"
)


def is_amount_like(text: str) -> bool:
    """Whether one word looks like money: two decimals, or a number with a currency sign."""
    if not any("0" <= c <= "9" for c in text) or len(text) > LONGEST:
        return False
    found = _AMOUNT.fullmatch(text.translate(_SAME))
    return bool(
        found and (found["c1"] or found["c2"] or re.search(r"[.,][0-9]{2}$", found["number"]))
    )


def parse_percent(printed: str) -> Decimal:
    """Read a rate, e.g. "19,00 %"; the mark is always a decimal mark.

    >>> parse_percent("19,00 %"), parse_percent("(7%)")
    (Decimal('19.00'), Decimal('7'))
    """
    found = _PERCENT.fullmatch(printed.translate(_SAME)) if len(printed) <= LONGEST else None
    if not found:
        raise UnreadableAmount(f"{printed[:LONGEST].strip()!r} is not a percentage")
    rate = Decimal(found["number"].replace(",", "."))
    return -rate if found["sign"] else rate


@dataclass(frozen=True, slots=True)
class Amount:
    """A number found in a row of words.

    Attributes:
        value: The reading; with two possible readings and no decimal mark known, the thousands.
        other: The second possible reading, else None.
        raw: As printed.
        start, end: Half-open range of the words it stands in.
        currency: Sign or code as printed beside it.
        box, confidence: Place on the page, and the least certain word's reading confidence.
        tail: A tax letter or star printed right behind ("12.00A"), else empty.
    """

    value: Decimal
    other: Decimal | None
    raw: str
    start: int
    end: int
    currency: str | None
    box: Box
    confidence: float
    tail: str = ""

    @property
    def decimals(self) -> int:
        """Printed decimals."""
        exponent = self.value.as_tuple().exponent
        return -exponent if isinstance(exponent, int) else 0

    @property
    def is_money(self) -> bool:
        """Printed like money: two decimals or a currency beside it."""
        return self.decimals == 2 or self.currency is not None


def find_amounts(words: Sequence[Word], *, decimal_mark: str | None = None) -> list[Amount]:
    """All numbers in the words of one text line, left to right, bare integers too.

    Joins what belongs together: "1 234,50" printed as two words, "€ 12.00", "12.00 EUR",
    "- 5,00". Words are joined across a gap of about one digit's width, never across a
    column gap. Percentages, dates and other things with digits are left out.
    """
    found: list[Amount] = []
    texts = [w.text.translate(_SAME) if not w.text.isascii() else w.text for w in words]
    index, end = 0, len(words)
    while index < end:
        amount = (
            _amount_at(words, texts, index, decimal_mark) if _STARTS.match(texts[index]) else None
        )
        if amount:
            found.append(amount)
            index = amount.end
        else:
            index += 1
    return found


_STARTS = re.compile(rf"[0-9(.,+-]|{CURRENCY}|\w*[:=]")
_BEFORE = re.compile(rf"^[-+( ]*{CURRENCY}?[ ]*")
_BEHIND = re.compile(rf"(?:{CURRENCY}|-|CR|DR)\)?")
_SIGN = re.compile(CURRENCY)
_UNSIGNED = re.compile(r"[0-9.,' ()+-]+")
_LABELLED = re.compile(r"(?:[^\W\d_]+\.?[:=]|[:=])(?=\S)")
_TAIL = re.compile(r"(?<=[.,][0-9]{2})(?P<tail>[A-Za-z*#]{1,2})$")
# The sentence around an amount: "EUR 390,63, darin …", "EUR 390,63."; "12.05." may be a day.
_GOES_ON = re.compile(r"[.,][0-9]{2}[,;]$|,[0-9]{2}\.$")
_BARE = re.compile(r"[-+(]?[0-9]{1,3}(?:'[0-9]{3})*")
_CENTS = re.compile(r"[0-9]{2}(?:[A-Z*-])?")
_THREE = re.compile(rf"[0-9]{{3}}(?:[.,'][0-9]+)*[.,]?[-)]*(?:{CURRENCY}[-)]*)?")


def _amount_at(
    words: Sequence[Word], texts: list[str], start: int, decimal_mark: str | None
) -> Amount | None:
    """The longest amount that begins with the word at `start`."""
    label = _LABELLED.match(texts[start])
    text = texts[start][label.end() :] if label else texts[start]
    end = start + 1
    # A sign or a currency alone belongs to the number behind it.
    while not text[0].isdigit() and (
        text in {"-", "+", "("} or _CURRENCY_WORD.fullmatch(text.lstrip("-+("))
    ):
        if end >= len(words) or end - start > 2 or not _near(words, end, 2.5):
            return None
        text = f"{text.rstrip(':')} {texts[end]}"
        end += 1
    # Thousands split off by a space: "1 234,50".
    head = text if text[0].isdigit() else _BEFORE.sub("", text)
    if _BARE.fullmatch(head) and head[0] != "0":
        while end < len(words) and _THREE.fullmatch(texts[end]) and _near(words, end, 1.1):
            text += " " + texts[end]
            end += 1
            if not text[-3:].isdigit() or len(text) > LONGEST:
                break
    # Cents split off by a reader that saw a space: "9, 90".
    if (
        text[-1] in ".,"
        and end < len(words)
        and _CENTS.fullmatch(texts[end])
        and _near(words, end, 1.1)
    ):
        text += texts[end]
        end += 1
    if _GOES_ON.search(text):
        text = text[:-1]
    tail = None if text[-1].isdigit() else _TAIL.search(text)
    if (
        tail
        and not _CURRENCY_WORD.fullmatch(tail["tail"])
        and tail["tail"].upper() not in ("CR", "DR")
    ):
        text = text[: tail.start()]
    else:
        tail = None
    try:
        readings = _readings(text)
    except UnreadableAmount:
        return None
    if end < len(words) and _near(words, end, 2.5):
        if texts[end].startswith("%"):
            return None
        behind = _BEHIND.fullmatch(texts[end])
        # "12.00 EUR", "5,00 -"; but in "12.00 € 5.00" the sign belongs to the next number.
        if behind and not tail and not _belongs_to_next(words, texts, end):
            try:
                readings = _readings(f"{text} {texts[end]}")
                text, end = f"{text} {texts[end]}", end + 1
            except UnreadableAmount:
                pass
    value, other = readings[0], readings[1] if len(readings) == 2 else None
    if other is not None and decimal_mark in (".", ","):
        value, other = (other if decimal_mark in text else value), None
    part = words[start:end]
    sign = None if _UNSIGNED.fullmatch(text) else _SIGN.search(text)
    return Amount(
        value=value,
        other=other,
        raw=text,
        start=start,
        end=end,
        currency=sign[0] if sign else None,
        box=around([w.box for w in part]),
        confidence=min(w.confidence for w in part),
        tail=tail["tail"] if tail else "",
    )


def _near(words: Sequence[Word], index: int, digits: float) -> bool:
    """Whether the word stands within `digits` character widths of the one before it."""
    before, word = words[index - 1], words[index]
    width = max(
        word.box.width / max(1, len(word.text)), before.box.width / max(1, len(before.text))
    )
    return word.box.x0 - before.box.x1 <= digits * width


def _belongs_to_next(words: Sequence[Word], texts: list[str], index: int) -> bool:
    if (
        index + 1 >= len(words)
        or not texts[index + 1][:1].isdigit()
        or not _near(words, index + 1, 2.5)
    ):
        return False
    return (
        words[index + 1].box.x0 - words[index].box.x1
        < words[index].box.x0 - words[index - 1].box.x1
    )


def _readings(printed: str) -> tuple[Decimal, ...]:
    """One reading, or two: thousands first, decimals second."""
    text = printed if printed.isascii() else printed.translate(_SAME)
    if len(text) <= LONGEST and _SIMPLE.fullmatch(text):
        return (Decimal(text.replace(",", ".")),)
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
    if not found or (found["c1"] and found["c2"]):
        raise UnreadableAmount(f"{text[:LONGEST].strip()!r} is not an amount")
    opened = (found["open"], found["inner"]).count("(")
    if opened != (found["close"], found["shut"]).count(")") or opened > 1:
        raise UnreadableAmount(f"{text.strip()!r} has unpaired parentheses")
    minus = [found[g] for g in ("before", "between", "after", "last")].count("-")
    negative = minus + opened + (found["credit"] or "").upper().count("CR")
    if negative > 1:
        raise UnreadableAmount(f"{text.strip()!r} is negative twice")
    values = _values(found["number"])
    if found["whole"] and len(values) == 1 and values[0] != values[0].to_integral_value():
        raise UnreadableAmount(f"{text.strip()!r} has two decimal marks")
    return tuple(v.copy_negate() for v in values) if negative else values


def _values(number: str) -> tuple[Decimal, ...]:
    if _PLAIN.fullmatch(number):
        return (Decimal(number),)
    two = _TWO_READINGS.fullmatch(number)
    if two:
        return Decimal(number.replace(two[1], "")), Decimal(number.replace(two[1], "."))
    found = _GROUPED.fullmatch(number) or _LAKH.fullmatch(number)
    if found:
        whole = number[: -len(found["part"]) - 1] if found["part"] else number
        digits = re.sub(r"[^0-9]", "", whole)
        return (Decimal(f"{digits}.{found['part']}" if found["part"] else digits),)
    if _FRACTION.fullmatch(number):
        return (Decimal(number.replace(",", ".")),)
    raise UnreadableAmount(f"{number!r} is not grouped like a number")
