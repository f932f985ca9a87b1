"""Line items: what a person made of a table, and the next one read with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from invoice_ai.domain.invoice import (
    LINE_CELLS,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    Source,
    Value,
)
from invoice_ai.domain.pages import Reading
from invoice_ai.extraction.lines import add_up, learn_table, read_table
from invoice_ai.extraction.memory.model import LinesMemory, Record
from invoice_ai.extraction.memory.ways import plain

_COMPARED = ("quantity", "unit_price", "amount")
_SAME_NAME = 85.0  # token-set ratio of two descriptions of one thing
_MONEY = re.compile(r"\d+[.,]\d\d\b")
_MOST_SURE = 0.99
_WEIGHT = 2.0  # the finders' own confidence counts like that many documents


def lines_after(
    before: LinesMemory | None,
    reading: Reading,
    machine: ExtractedInvoice,
    confirmed: ExtractedInvoice,
) -> LinesMemory | None:
    """The memory of the table after one lesson; unchanged when no rows stand on the pages.

    What is remembered stays as long as it gives the confirmed rows; else it is learned anew from
    this document, without what it was wrong about.
    """
    lines = confirmed.lines
    if not lines or _source(machine.lines) == "xml":
        return before
    known = before or LinesMemory()
    finders = known.finders
    if _source(machine.lines) != "vendor_memory":
        finders = _judged(finders, machine.lines, lines)
    shape, record, fields = known.shape, known.record, confirmed.fields
    sums = known.sums.after(was_right=add_up(lines, fields))
    if shape is not None:
        said = read_table(reading.pages, fields, shape)
        record = _judged(record, said, lines)
        if likeness(said, lines) == 1.0:
            return LinesMemory(shape, record, finders, sums)
    shape = learn_table(reading.pages, lines, shape)
    if shape is None:
        return LinesMemory(known.shape, record, finders, sums)
    said = read_table(reading.pages, fields, shape)
    return LinesMemory(shape, _judged(record, said, lines), finders, sums)


def _judged(record: Record, said: Sequence[LineItem], told: Sequence[LineItem]) -> Record:
    """The record with one more document: a table with one wrong row of forty is nearly right."""
    share = likeness(said, told)
    return record.after(was_right=share == 1.0, said=1 - share)


def recall_lines(
    remembered: LinesMemory, reading: Reading, invoice: ExtractedInvoice
) -> tuple[LineItem, ...]:
    """The rows with what is remembered of the table.

    The reading whose rows add up is taken; where both do or neither does, or confirmed rows do not,
    the one that was right more often here.
    """
    found, fields = invoice.lines, invoice.fields
    if _source(found) == "xml":
        return found
    shape, record = remembered.shape, remembered.record
    told = read_table(reading.pages, fields, shape) if shape else ()
    if told and likeness(found, told) == 1.0:
        # A reading that was right here before takes away up to half of the doubt.
        return _surer(found, 1.0, doubt=1 - record.trust / 2)
    if told and _is_better(told, found, fields, remembered):
        return _surer(told, record.trust, source="vendor_memory")
    return _surer(found, _finders_share(remembered.finders))


def _is_better(
    told: Sequence[LineItem],
    found: Sequence[LineItem],
    fields: Mapping[str, ExtractedField],
    remembered: LinesMemory,
) -> bool:
    if not found:
        return True
    mine, theirs = add_up(told, fields), add_up(found, fields)
    if mine != theirs and remembered.sums.right >= remembered.sums.wrong:
        return mine
    return remembered.finders.wrong > 0 and remembered.record.trust > remembered.finders.trust


def likeness(one: Sequence[LineItem], other: Sequence[LineItem]) -> float:
    """How much two readings of a table say the same, 0–1: shared rows of all (F1), in their order."""
    if not one or not other:
        return 0.0
    shared = at = 0
    for line in one:
        same = next((i for i in range(at, len(other)) if _same_row(line, other[i])), None)
        if same is not None:
            shared, at = shared + 1, same + 1
    return 2 * shared / (len(one) + len(other))


def _same_row(one: LineItem, other: LineItem) -> bool:
    numbers = all(_value(getattr(one, n)) == _value(getattr(other, n)) for n in _COMPARED)
    a, b = (str(_value(line.description) or "") for line in (one, other))
    # A note below a name may be a part of it or not; an amount never is.
    return numbers and (
        a == b
        or (
            fuzz.token_set_ratio(plain(a), plain(b)) >= _SAME_NAME
            and _MONEY.findall(a) == _MONEY.findall(b)
        )
    )


def _value(cell: ExtractedField | None) -> Value | None:
    return cell.value if cell else None


def _source(lines: Sequence[LineItem]) -> Source | None:
    """Who read the rows: that of the first cell."""
    cells = (getattr(line, name) for line in lines for name in LINE_CELLS)
    return next((cell.source for cell in cells if cell is not None), None)


def _finders_share(record: Record) -> float:
    """By how much the finders' confidence is to be lowered here, 0–1."""
    return (_WEIGHT + record.right) / (_WEIGHT + record.right + record.wrong)


def _surer(
    lines: Sequence[LineItem], share: float, *, doubt: float = 1.0, source: Source | None = None
) -> tuple[LineItem, ...]:
    """The rows with every confidence times `share`, and what is left of its doubt times `doubt`."""

    def changed(cell: ExtractedField) -> ExtractedField:
        sure = min(_MOST_SURE, 1 - (1 - cell.confidence * share) * doubt)
        if doubt < 1.0:
            sure = max(sure, cell.confidence)
        return replace(cell, confidence=round(sure, 4), source=source or cell.source)

    return tuple(
        LineItem(**{n: cell and changed(cell) for n in LINE_CELLS for cell in (getattr(line, n),)})
        for line in lines
    )
