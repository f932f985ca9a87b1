"""Items printed as forms, one below the other: how viewers show an e-invoice ("Position 1",
"Menge 14", "Preis pro Einheit (netto) 43,70")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from invoice_ai.domain.pages import Word
from invoice_ai.extraction.lines.cells import Number, Row
from invoice_ai.extraction.lines.columns import value_of
from invoice_ai.extraction.lines.header import VALUES
from invoice_ai.extraction.lines.lexicon import COLUMN_WORDS, Role, plain
from invoice_ai.extraction.lines.table import Item, Table, gap_between

_HEADING = re.compile(
    r"(?:rechnungs|invoice ?)?(?:position|posizione|posicion|pozycja|pos|line|ligne|linea|riga|regel)"
    r"(?: ?(?:item|nr|no))?\.? ?#?\d{1,4}"
)
_NUMBERS: frozenset[Role] = frozenset(
    {"quantity", "price", "discount", "tax", "amount", "net", "gross"}
)
_TEXTS: frozenset[Role] = frozenset({"description", "code", "unit"})
_WRAPPED = 0.012  # of the page width: the next line of a text begins as near below it


@dataclass(slots=True)
class _Block:
    """One position's form: its item, the labels seen, and the text that may go on below."""

    item: Item
    labels: set[str] = field(default_factory=set)
    text: tuple[Row, Word] | None = None  # line and first word of the last part of the name


def read_blocks(pages: Sequence[Sequence[Row]]) -> Table | None:
    """The items of such forms; None where there is no heading and fewer than two alike."""
    blocks: list[_Block] = []
    headed = False
    for row in (row for rows in pages for row in rows):
        if _HEADING.fullmatch(" ".join(w.text for w in row.words).casefold().rstrip(":")):
            blocks = [*blocks, _Block(Item(row))] if headed else [_Block(Item(row))]
            headed = True
            continue
        found = list(_labelled(row))
        if found and not headed and (not blocks or found[0][0] in blocks[-1].labels):
            blocks.append(_Block(Item(row)))
        if blocks:
            _add(blocks[-1], row, found)
    items = [b.item for b in blocks if b.item.texts.get("description") and value_of(b.item.cells)]
    return Table(None, items, [], True) if len(items) > (0 if headed else 1) else None


def _labelled(row: Row) -> Iterator[tuple[str, Role, range]]:
    """Label, role and the words of the value that stands right of it."""
    parts: list[range] = []
    for i in range(len(row.words)):
        if not i or row.gap_before(i) > 0.9 or row.words[i - 1].text.endswith(":"):
            parts.append(range(i, i + 1))
        else:
            parts[-1] = range(parts[-1].start, i + 1)
    names = [" ".join(p for i in part if (p := plain(row.words[i].text))) for part in parts]
    for k, name in enumerate(names):
        role = COLUMN_WORDS.get(name)
        if role and k + 1 < len(parts) and names[k + 1] not in COLUMN_WORDS:
            yield name, role, parts[k + 1]


def _add(block: _Block, row: Row, found: Sequence[tuple[str, Role, range]]) -> None:
    item = block.item
    wraps = block.text and _goes_on(block.text, row)
    for name, role, value in found:
        if name in block.labels:
            continue
        block.labels.add(name)
        number = _number(row, value)
        if role in VALUES and VALUES & item.cells.keys():
            continue
        if role in _NUMBERS and number and role not in item.cells:
            item.cells[role] = number
        elif role in _TEXTS and role not in item.texts:
            words = [row.words[i] for i in value]
            item.add_text(role, words)
            if role == "description":
                item.anchor, block.text, wraps = row, (row, words[0]), None
    if block.text and wraps:
        words = list(row.words[wraps.start : wraps.stop])
        item.add_text("description", words)
        block.text = (row, words[0])


def _goes_on(text: tuple[Row, Word], row: Row) -> range | None:
    """The words below a name, where it begins, that stand close enough to belong to it."""
    above, first = text
    if above.page is not row.page or gap_between(above, row) > 0.9:
        return None
    for i, word in enumerate(row.words):
        if abs(word.box.x0 - first.box.x0) < _WRAPPED and row.gap_before(i) > 0.9:
            end = i + 1
            while end < len(row.words) and row.gap_before(end) <= 0.9:
                end += 1
            labelled = i and row.words[i - 1].text.endswith(":")
            return None if labelled else range(i, end)
    return None


def _number(row: Row, value: range) -> Number | None:
    """The number that the value begins with."""
    return next((n for n in row.numbers if n.start == value.start), None)
