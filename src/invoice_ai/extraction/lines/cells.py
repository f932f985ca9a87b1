"""A text line of a page with the numbers that stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal

from invoice_ai.domain.amounts import UnreadableAmount, find_amounts, parse_amount, parse_percent
from invoice_ai.domain.layout import TextLine, text_lines
from invoice_ai.domain.pages import Box, Page, Word, around
from invoice_ai.extraction.lines.lexicon import plain_text

NumberKind = Literal["money", "decimal", "integer", "percent"]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a line: `words[start:end]`, read."""

    value: Decimal
    other: Decimal | None
    raw: str
    kind: NumberKind
    start: int
    end: int
    box: Box
    confidence: float
    currency: bool = False


@dataclass(frozen=True)
class Row:
    """One text line with its numbers."""

    page: Page
    line: TextLine
    numbers: tuple[Number, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return self.line.words

    @property
    def box(self) -> Box:
        return self.line.box

    @cached_property
    def height(self) -> float:
        """Height of its text, in page heights: the middle word's."""
        return sorted(w.box.height for w in self.words)[len(self.words) // 2]

    @cached_property
    def middle(self) -> float:
        return self.box.center[1]

    @cached_property
    def text(self) -> str:
        """Its words in plain form, those with digits left out."""
        return plain_text([w.text for w in self.words])

    @cached_property
    def money(self) -> tuple[Number, ...]:
        return tuple(n for n in self.numbers if n.kind == "money")

    @cached_property
    def date_words(self) -> int:
        """How many of the first words are a date ("May 6'19" is two); 0 when there is none."""
        first = self.words[0].text
        if _DATE.match(first):
            return 1
        if len(self.words) > 1:
            two = f"{first} {self.words[1].text}"
            if len(self.words) > 2 and _DATE_WORDS.fullmatch(f"{two} {self.words[2].text}"):
                return 3
            if _DATE_WORDS.fullmatch(two):
                return 2
        return 0

    def gap_before(self, index: int) -> float:
        """White space left of a word, in heights of the text."""
        if index == 0:
            return 99.0
        return self.in_heights(self.words[index].box.x0 - self.words[index - 1].box.x1)

    def in_heights(self, width: float) -> float:
        """A width on the page in heights of the text; 0 for text without height."""
        page = self.page
        ratio = page.height / page.width if page.width > 0 and page.height > 0 else 1.0
        return width / (self.height * ratio) if self.height > 0 else 0.0


_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\d{4}-\d{2}-\d{2}\b|\d{1,2}\.\d{1,2}\.$|\d{1,2}/\d{1,2}$"
)
# Whole names or their usual three letters: a novel and a marble are no months.
_MONTH = (
    r"(?:jan(?:uary?|uari|vier|eiro)?|feb(?:ruary?|ruari|braio|rero)?|m[aä]r(?:ch|z|s|zo|t)?|apr(?:ile?)?"
    r"|ma[yi]|june?|juni|july?|juli|aug(?:ust|usti|ustus)?|sept?(?:ember|embre|embro|iembre)?"
    r"|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|embro|iembre)?|de[cz](?:ember|embre|embro)?)\.?"
)
_DATE_WORDS = re.compile(
    rf"{_MONTH} \d{{1,2}}(?:,|['’.]?\d{{2,4}})?(?: \d{{4}})?|\d{{1,2}}\.? {_MONTH}(?: \d{{2,4}})?",
    re.I,
)
_PERCENT = re.compile(r"\(?-?[0-9]{1,3}(?:[.,][0-9]{1,4})?%\)?")
_PART = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{1,4})?")
_TIMES = re.compile(
    r"[xX×*](?P<times>[0-9]{1,5})|(?P<number>[0-9]{1,5})(?:[xX×]|[A-Za-zµ]{1,5}\.?)"
    r"|(?P<part>[0-9]{1,5}[.,][0-9]{1,3})(?:[hmlgtL]|[A-Za-zµ]{2,5}\.?)"
)
# The price of one, as tills print it: "x12,99", "@2.60", "$34.90/kg", "2.20/Ltr".
_PRICE_OF_ONE = re.compile(
    r"[xX×*@][$€£]?(?P<each>[0-9]{1,5}[.,][0-9]{2,4})|[$€£]?(?P<per>[0-9]{1,5}[.,][0-9]{2,4})/(?:[A-Za-z]{1,5}\.?)?"
)
_BOTH = re.compile(r"(?P<count>[0-9]{1,3})[xX×*][$€£]?(?P<price>[0-9]{1,5}[.,][0-9]{2})")
_ROUND = re.compile(r"(?P<whole>[0-9]{1,5})[.,](?P<cents>[0-9OoCDQ]{2})(?P<tail>[.,][A-Z]{0,2})?")
# A measure, no tax letter: "0,75l" is no money, and "19.6 KM" none of Bosnia's.
_MEASURED = re.compile(r"[0-9]+[.,][0-9]{1,3}(?:[mc]?l|[mck]?m|k?g|t|h)|[0-9]+(?:[.,][0-9])? ?KM")

# Two of these multiplied still fit the 28 digits of Decimal arithmetic.
_LARGEST = Decimal(10) ** 12
_ONE_MARK = re.compile(
    r"(?P<minus>-)?[$€£]?(?P<whole>[1-9][0-9]{0,2}(?:[.,][0-9]{3})+)[.,](?P<cents>[0-9]{2})€?"
)


def read_rows(page: Page, mark: str | None) -> list[Row]:
    """The page's text lines, top to bottom, with their numbers."""
    scanned = page.source == "ocr"
    return [Row(page, line, _numbers(line.words, mark, scanned)) for line in text_lines(page)]


def _numbers(words: Sequence[Word], mark: str | None, scanned: bool) -> tuple[Number, ...]:
    if not any(any(map(str.isdigit, w.text)) for w in words):
        return ()
    found = [number for i in range(len(words)) if (number := _percent(words, i))]
    taken = {i for n in found for i in range(n.start, n.end)}
    for amount in find_amounts(words, decimal_mark=mark):
        if taken.intersection(range(amount.start, amount.end)):
            continue
        money = amount.is_money and not _MEASURED.fullmatch(amount.raw + amount.tail)
        kind: NumberKind = "money" if money else "decimal" if amount.decimals else "integer"
        if abs(amount.value) >= (10_000_000 if kind == "integer" else _LARGEST):
            continue  # a number of something, not a number of things
        found.append(
            Number(
                amount.value, amount.other, amount.raw, kind, amount.start, amount.end, amount.box,
                amount.confidence, amount.currency is not None,
            )
        )  # fmt: skip
        taken.update(range(amount.start, amount.end))
    for i, word in enumerate(words):
        if i not in taken and (pair := _count_and_price(word, i)):
            found.extend(pair)
        elif (
            i not in taken
            and len(word.text) <= 16
            and (
                other := _times(word, i)
                or _price_of_one(word, i)
                or (_one_mark(word, i) or _round_letters(word, i) if scanned else None)
            )
        ):
            found.append(other)
    return tuple(sorted(found, key=lambda n: n.start))


def text_parts(row: Row) -> Iterator[list[Word]]:
    """The row's words without its money, parted where a gap is."""
    taken = {i for n in row.money for i in range(n.start, n.end)}
    part: list[Word] = []
    for i, word in enumerate(row.words):
        if part and (i in taken or row.gap_before(i) > 0.9):
            yield part
            part = []
        if i not in taken:
            part.append(word)
    if part:
        yield part


def respaced(row: Row) -> Iterator[tuple[Number, ...]]:
    """Other readings of the row's numbers: thousands parted by a space joined ("1", "234,50"),
    and joined ones parted again."""
    numbers = row.numbers
    for k, number in enumerate(numbers):
        before = numbers[k - 1] if k else None
        head = number.raw.split(" ", 1)
        if (
            before
            and before.kind == "integer"
            and before.end == number.start
            and before.value < 1000
        ):
            together = _between(row, before.start, number.end, number)
            if together and row.gap_before(number.start) < 1.5:
                yield (*numbers[: k - 1], together, *numbers[k + 1 :])
        elif len(head) == 2 and head[0].isdigit() and number.end - number.start > 1:
            first = _between(row, number.start, number.start + 1, number)
            second = _between(row, number.start + 1, number.end, number)
            if first and second:
                yield (*numbers[:k], replace(first, kind="integer"), second, *numbers[k + 1 :])


def _between(row: Row, start: int, end: int, like: Number) -> Number | None:
    """The words from start to end read as one number."""
    words = row.words[start:end]
    text = " ".join(w.text for w in words)
    try:
        value = parse_amount(text)
    except UnreadableAmount:
        return None
    box = around([w.box for w in words])
    return replace(like, value=value, other=None, raw=text, start=start, end=end, box=box)


def _percent(words: Sequence[Word], i: int) -> Number | None:
    text, end = words[i].text, i + 1
    if not text.endswith(("%", "%)")):
        following = words[i + 1].text if end < len(words) else ""
        if not following.startswith("%") or len(following) > 2 or not _PART.fullmatch(text):
            return None
        text, end = f"{text} %", i + 2
    elif not _PERCENT.fullmatch(text):
        return None
    try:
        value = parse_percent(text)
    except UnreadableAmount:
        return None
    part = words[i:end]
    return Number(
        value,
        None,
        text,
        "percent",
        i,
        end,
        around([w.box for w in part]),
        min(w.confidence for w in part),
    )


def _one_mark(word: Word, i: int) -> Number | None:
    """Scanned "4.799.88": the reader took one mark for the other; the last one parts the cents."""
    found = _ONE_MARK.fullmatch(word.text)
    if not found:
        return None
    value = Decimal(re.sub(r"[.,]", "", found["whole"]) + "." + found["cents"])
    raw, sure = word.text, word.confidence * 0.8
    return Number(-value if found["minus"] else value, None, raw, "money", i, i + 1, word.box, sure)


def _times(word: Word, i: int) -> Number | None:
    """A quantity printed as "x4", "4x" or with its unit, "2Stk"."""
    found = (
        _TIMES.fullmatch(word.text) if word.text[:1].isdigit() or word.text[:1] in "xX×*" else None
    )
    if not found:
        return None
    value = Decimal((found["times"] or found["number"] or found["part"]).replace(",", "."))
    return Number(value, None, word.text, "integer", i, i + 1, word.box, word.confidence)


def _price_of_one(word: Word, i: int) -> Number | None:
    found = _PRICE_OF_ONE.fullmatch(word.text)
    if not found:
        return None
    value = Decimal((found["each"] or found["per"]).replace(",", "."))
    return Number(value, None, word.text, "decimal", i, i + 1, word.box, word.confidence)


def _count_and_price(word: Word, i: int) -> tuple[Number, Number] | None:
    """ "2*12,90" and "2x12,90", printed as one word."""
    parts = _BOTH.fullmatch(word.text)
    if not parts:
        return None
    box = word.box
    middle = box.x0 + box.width * len(parts["count"]) / len(word.text)
    count, price = (Decimal(parts[name].replace(",", ".")) for name in ("count", "price"))
    return (
        Number(
            count,
            None,
            parts["count"],
            "integer",
            i,
            i + 1,
            box._replace(x1=middle),
            word.confidence,
        ),
        Number(
            price,
            None,
            parts["price"],
            "decimal",
            i,
            i + 1,
            box._replace(x0=middle),
            word.confidence,
        ),
    )


def _round_letters(word: Word, i: int) -> Number | None:
    """Scanned "15.0C", "24.DO": the cents' noughts read as letters; "2.69.S" has a speck in it."""
    found = _ROUND.fullmatch(word.text)
    if not found or (found["cents"].isdigit() and not found["tail"]):
        return None
    cents = "".join(c if c.isdigit() else "0" for c in found["cents"])
    value = Decimal(f"{found['whole']}.{cents}")
    return Number(value, None, word.text, "money", i, i + 1, word.box, word.confidence * 0.7)
