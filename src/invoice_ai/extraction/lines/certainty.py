"""How sure the cells of a row may be: what a careful reader would look at, and what it means.

The signs of a row (does it multiply, does its table add up, was there a head, has it a name …)
become the probability that a cell is right by a logistic for each cell and kind of input. Every
sign speaks in one direction only. Fitted by `python -m evaluation.training lines` on rows of
issuers apart; the numbers are `certainty.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from operator import mul
from typing import Literal, NamedTuple

from invoice_ai.extraction.lines.choose import Choice, amount_of
from invoice_ai.extraction.lines.columns import arithmetic
from invoice_ai.extraction.lines.table import Item

Input = Literal["text", "ocr"]
Cell = Literal["amount", "description", "quantity", "unit_price"]
INPUTS: tuple[Input, ...] = ("text", "ocr")
CELLS: tuple[Cell, ...] = ("amount", "description", "quantity", "unit_price")

# Which row of a table that misses its sum is the wrong one, or where one is missing, nobody knows:
# none of them is sure at the usual threshold of 0.9, though most of those that multiply are right.
# Nor are lines that have neither a head above them nor a sum that confirms them.
NOT_ADDED_UP = 0.89
# Below this certainty of the reader a value is marked as hard to read, and no surer than that.
LOW_OCR = 0.6
_FACTORS = frozenset({"quantity", "price", "amount"})
_FILE = "certainty.json"
_MONEY = re.compile(r"\d[.,]\d\d$")
_FEW_LETTERS = 4  # fewer are seldom a name, and more often a unit: "pcs", "hod 21%"
_MANY_ROWS = 15  # that add up say no less than more of them


class Signs(NamedTuple):
    """What is seen of one row and its table, each 0–1.

    Attributes:
        adds_up: The rows are a sum that the document states: the more rows, the less by chance.
        header: The columns are named by a head.
        multiplies: Quantity × price is the amount.
        contradicted: Quantity × price is something else than the amount.
        unproved: Neither do the rows add up to a stated sum, nor does this one multiply.
        apart: No word of the name stands on the line of the numbers.
        slipping: That, in a table over several pages, where one name missed moves all that follow.
        alone: Neither quantity nor price where most rows have one: a tax, a discount, a sum.
        nameless: How far the name is from having enough letters to be one.
        cut: The name begins with a small letter, as the middle of another one does, or holds amounts.
        odd_sign: Money back among charges, or nothing at all.
        no_amount: The row says no amount.
        broken_count: Without a head, a quantity with decimals may be a price.
        ragged: Share of the table's rows that are nameless or cut: names may have slipped.
        misread: How unsure the reader was of the cell itself; 0 as long as only the row is known.
    """

    adds_up: float
    header: float
    multiplies: float
    contradicted: float
    unproved: float
    apart: float
    slipping: float
    alone: float
    nameless: float
    cut: float
    odd_sign: float
    no_amount: float
    broken_count: float
    ragged: float
    misread: float = 0.0


# The signs that speak for a row; the others speak against it.
IN_FAVOUR = frozenset({"adds_up", "header", "multiplies"})


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic of the signs; `highest` is the most that so many documents can support."""

    weights: Signs
    bias: float
    highest: float

    def probability(self, signs: Signs, misread: float = 0.0) -> float:
        """How often a cell with these signs is right."""
        odds = self.bias + sum(map(mul, self.weights, signs)) + self.weights.misread * misread
        return min(self.highest, 1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))))


Calibrations = Mapping[tuple[Cell, Input], Calibration]


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure the cells of one row are; `adds_up` is None where there is nothing to compare with."""

    signs: Signs
    adds_up: bool | None
    source: Input
    calibrations: Calibrations

    def of(self, cell: Cell, read: float = 1.0) -> float:
        """The probability that a cell is right whose words were read with certainty `read`."""
        sure = self.calibrations[cell, self.source].probability(self.signs, 1 - read)
        if self.adds_up is False:
            sure = min(sure, NOT_ADDED_UP)
        return min(sure, read) if read < LOW_OCR else sure

    def is_proved(self, cell: Cell) -> bool:
        """Whether another reading of the cell's digits would spoil the row's product or the sum."""
        return bool(self.signs.multiplies or (cell == "amount" and self.adds_up))


def certainties(choice: Choice, calibrations: Calibrations | None = None) -> list[Certainty]:
    """How sure each row of the chosen table is; the shipped calibrations, if no other are given."""
    known = calibrations or shipped_calibrations()
    adds_up = True if choice.agrees else False if choice.checked or not choice.header else None
    return [
        Certainty(signs, adds_up, "ocr" if item.anchor.page.source == "ocr" else "text", known)
        for item, signs in zip(choice.items, signs_of(choice), strict=True)
    ]


def signs_of(choice: Choice) -> list[Signs]:
    """The signs of each row of the chosen table."""
    items = choice.items
    added = math.log(1 + min(len(items), _MANY_ROWS)) / math.log(1 + _MANY_ROWS)
    mostly_counted = 2 * sum(map(_is_counted, items)) > len(items)
    values = [a.value if (a := amount_of(item)) else None for item in items]
    mostly_back = 2 * sum(v < 0 for v in values if v is not None) >= len(items)
    pages = len({item.anchor.page.number for item in items})
    ragged = sum(_namelessness(item) > 0.5 or _is_cut(item) for item in items) / max(1, len(items))
    found = []
    for item, value in zip(items, values, strict=True):
        multiplies = bool(arithmetic(item.cells))
        apart = _is_apart(item)
        found.append(
            Signs(
                adds_up=added * choice.agrees,
                header=float(choice.header),
                multiplies=float(multiplies),
                contradicted=float(not multiplies and item.cells.keys() >= _FACTORS),
                unproved=float(not (choice.agrees or multiplies)),
                apart=float(apart),
                slipping=float(apart and pages > 1),
                alone=float(mostly_counted and not _is_counted(item)),
                nameless=_namelessness(item),
                cut=float(_is_cut(item)),
                odd_sign=float(_is_odd(value, mostly_back=mostly_back)),
                no_amount=float(value is None),
                broken_count=float(not choice.header and _is_broken(item)),
                ragged=ragged,
            )
        )
    return found


def _is_counted(item: Item) -> bool:
    return bool(item.cells.keys() & {"quantity", "price"})


def _namelessness(item: Item) -> float:
    letters = sum(c.isalpha() for w in item.texts.get("description", ()) for c in w.text)
    return max(0, _FEW_LETTERS - letters) / _FEW_LETTERS


def _is_cut(item: Item) -> bool:
    words = [word.text for word in item.texts.get("description", ())]
    return holds_money(words) or "".join(words)[:1].islower()


def holds_money(name: Iterable[str]) -> bool:
    """Whether an amount stands among the words of a name."""
    return any(map(_MONEY.search, name))


def _is_apart(item: Item) -> bool:
    name, own = item.texts.get("description", ()), item.anchor.words
    return bool(name) and not any(word in own for word in name)


def _is_odd(value: Decimal | None, *, mostly_back: bool) -> bool:
    return value is not None and (value == 0 or (value < 0 and not mostly_back))


def _is_broken(item: Item) -> bool:
    quantity = item.cells.get("quantity")
    return quantity is not None and quantity.value != int(quantity.value)


def to_json(calibrations: Calibrations) -> str:
    """The file's text: readable, and the same for the same numbers."""
    kept: dict[str, dict[str, dict[str, float]]] = {}
    for (cell, source), one in calibrations.items():
        numbers = one.weights._asdict() | {"bias": one.bias, "highest": one.highest}
        kept.setdefault(source, {})[cell] = {n: round(v, 4) for n, v in numbers.items()}
    return json.dumps(kept, indent=1) + "\n"


def from_json(text: str) -> Calibrations:
    """Read what `to_json` wrote."""
    kept = json.loads(text)
    found: dict[tuple[Cell, Input], Calibration] = {}
    for source in INPUTS:
        for cell in CELLS:
            numbers = dict(kept[source][cell])
            bias, highest = numbers.pop("bias"), numbers.pop("highest")
            found[cell, source] = Calibration(Signs(**numbers), bias, highest)
    return found


@cache
def shipped_calibrations() -> Calibrations:
    """Those that come with the package."""
    return from_json(resources.files(__package__).joinpath(_FILE).read_text("utf-8"))
