"""Heads of three and more lines, as marketplaces print them: "Unit" over "price" over "(excl." over
"VAT)". The words of one column stand above each other; read downwards they name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from invoice_ai.domain.pages import Word, around
from invoice_ai.extraction.lines.cells import Row
from invoice_ai.extraction.lines.header import QUALIFIERS, TAXES, VALUES, Column, Header, joins
from invoice_ai.extraction.lines.lexicon import COLUMN_WORDS, Role, plain

_MOST_LINES = 5
_LEAST_LINES = 3  # two lines are `header`'s
_LEAST_COLUMNS = 4
_BRACKETS = re.compile(r"\([^)]*\)?")
_WITH_TAX = frozenset({"incl", "inkl", "inc", "including", "ttc", "brutto", "gross", "c"})
_WITHOUT = frozenset({"excl", "exkl", "ex", "exc", "ohne", "ht", "hors", "net", "netto", "sin"})


def find_stacked(rows: Sequence[Row], index: int) -> Header | None:
    """The header whose first line is at `index`; None when the lines name too few columns."""
    if not _is_head(rows[index]):
        return None
    last = index
    while (
        last + 1 < len(rows)
        and last - index < _MOST_LINES - 1
        and _is_head(rows[last + 1])
        and joins(rows[last], rows[last + 1])
    ):
        last += 1
    if last - index < _LEAST_LINES - 1:
        return None
    columns = _columns(_stacks(rows[index : last + 1]))
    roles = {c.role for c in columns}
    known = sum(c.role != "other" for c in columns)
    named = "description" in roles and roles & VALUES and roles & {"quantity", "price"}
    if not named or known < _LEAST_COLUMNS or 2 * known < len(columns):
        return None
    return Header(tuple(columns), index, last, items=True)


def _is_head(row: Row) -> bool:
    return len(row.words) < 25 and not any(any(map(str.isdigit, w.text)) for w in row.words)


def _stacks(rows: Sequence[Row]) -> list[list[Word]]:
    """The words of each column, downwards; pieces of different lines that overlap are one column."""
    pieces: list[list[Word]] = []
    for row in rows:
        for i, word in enumerate(row.words):
            if i and row.gap_before(i) <= 1.1:
                pieces[-1].append(word)
            else:
                pieces.append([word])
    stacks: list[list[Word]] = []
    for piece in pieces:
        x0, x1 = piece[0].box.x0, piece[-1].box.x1
        over = [s for s in stacks if min(x1, _right(s)) > max(x0, _left(s))]
        if len(over) == 1:
            over[0].extend(piece)
        elif not over:
            stacks.append(list(piece))
        else:  # a line that was set across columns: each word goes to its own
            for word in piece:
                middle = (word.box.x0 + word.box.x1) / 2
                min(over, key=lambda s: abs(_left(s) + _right(s) - 2 * middle)).append(word)
    return sorted(stacks, key=_left)


def _left(words: Sequence[Word]) -> float:
    return min(w.box.x0 for w in words)


def _right(words: Sequence[Word]) -> float:
    return max(w.box.x1 for w in words)


def _columns(stacks: Sequence[Sequence[Word]]) -> list[Column]:
    """The columns left to right; of a price with and one without tax the latter is the price."""
    columns = [_column(words) for words in stacks]
    prices = [i for i, c in enumerate(columns) if c.role == "price"]
    chosen = next((i for i in prices if _taxed(stacks[i]) == "net"), prices[0] if prices else None)
    return [
        Column("other", c.box, c.phrase) if c.role == "price" and i != chosen else c
        for i, c in enumerate(columns)
    ]


def _column(words: Sequence[Word]) -> Column:
    text = _BRACKETS.sub(" ", " ".join(w.text for w in words))
    names = [p for t in text.split() if (p := plain(t))]
    while (
        len(names) > 1 and names[-1] in QUALIFIERS | TAXES and " ".join(names) not in COLUMN_WORDS
    ):
        names.pop()
    phrase = " ".join(names)
    alone = (COLUMN_WORDS[name] for name in reversed(names) if name in COLUMN_WORDS)
    role: Role = COLUMN_WORDS[phrase] if phrase in COLUMN_WORDS else next(alone, "other")
    if role in VALUES:
        role = _taxed(words) or role
    return Column(role, around([w.box for w in words]), phrase)


def _taxed(words: Sequence[Word]) -> Literal["net", "gross"] | None:
    """Whether a head says that its amounts are with or without tax."""
    said = {plain(t) for w in words for t in re.split(r"[()]", w.text)}
    return "gross" if said & _WITH_TAX else "net" if said & _WITHOUT else None
