"""Changes of a person, applied to an invoice one after the other.

A value that a person gave or confirmed is certain for us (confidence 1). Where a person picked it on
the page, that place is its evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from invoice_ai.domain.invoice import (
    LINE_CELLS,
    TAX_CELLS,
    Candidate,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
    Value,
)
from invoice_ai.domain.pages import Box
from invoice_ai.review.values import UnreadableValue, kind_of, row_of

MOST_ROWS = 5_000
MOST_CANDIDATES = 4  # as ExtractedField.candidates promises

Row = LineItem | TaxLine
ChangeKind = Literal["set", "confirm", "restore", "insert", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a person did.

    Attributes:
        kind: `set` a value (None empties the field), `confirm` the value that is there, `restore` a
            header field as it was read, `insert` an empty row before the one named ("lines[3]"; one
            past the end appends), `delete` a row.
        field: "total", "lines[3].amount", "taxes[0].rate"; for rows "lines[3]".
        value: Already of the field's kind, see `read_value`.
        raw: As typed, or as printed at `box`.
        page, box: Where it was picked on the page, if it was.
    """

    kind: ChangeKind
    field: str
    value: Value | None = None
    raw: str = ""
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A change and what it replaced: a value, or all cells of a row; None where nothing was."""

    change: Change
    old: ExtractedField | dict[str, ExtractedField] | None
    new: ExtractedField | None


def apply_changes(
    invoice: ExtractedInvoice, changes: Sequence[Change], *, read: ExtractedInvoice | None = None
) -> tuple[ExtractedInvoice, list[Applied]]:
    """The invoice after all changes, and each change with what it replaced.

    Args:
        read: What was read before anybody changed it, for `restore`.
    Raises: UnreadableValue: no such field or row, or nothing to confirm.
    """
    applied = []
    for change in changes:
        invoice, done = _apply(invoice, change, read)
        applied.append(done)
    return invoice, applied


def _apply(
    invoice: ExtractedInvoice, change: Change, read: ExtractedInvoice | None
) -> tuple[ExtractedInvoice, Applied]:
    place = row_of(change.field)
    if place is None:
        kind_of(change.field)  # refuses what is no field
        old = invoice.fields.get(change.field)
        if change.kind == "restore":
            new = read.fields.get(change.field) if read else old
        else:
            new = _changed(old, change)
        fields = {**invoice.fields, change.field: new} if new else dict(invoice.fields)
        if new is None:
            fields.pop(change.field, None)
        return replace(invoice, fields=fields), Applied(change, old, new)
    table, index, cell = place
    rows: list[Any] = list(invoice.lines if table == "lines" else invoice.taxes)
    if cell is None:
        done = _change_rows(rows, table, index, change)
    else:
        kind_of(change.field)
        row = _row(rows, index, change.field)
        old = getattr(row, cell)
        new = _changed(old, change)
        rows[index] = replace(row, **{cell: new})
        done = Applied(change, old, new)
    if table == "lines":
        return replace(invoice, lines=tuple(rows)), done
    return replace(invoice, taxes=tuple(rows)), done


def _change_rows(rows: list[Any], table: str, index: int, change: Change) -> Applied:
    if change.kind == "insert":
        if index > len(rows) or len(rows) >= MOST_ROWS:
            raise UnreadableValue(f"There is no place for {change.field!r}.")
        rows.insert(index, LineItem() if table == "lines" else TaxLine())
        return Applied(change, None, None)
    if change.kind == "delete":
        row = _row(rows, index, change.field)
        del rows[index]
        cells = LINE_CELLS if isinstance(row, LineItem) else TAX_CELLS
        values = {name: getattr(row, name) for name in cells}
        return Applied(change, {n: v for n, v in values.items() if v is not None}, None)
    raise UnreadableValue(f"A whole row cannot be {change.kind}; name a cell of {change.field!r}.")


def _row(rows: list[Any], index: int, field: str) -> Any:
    if index >= len(rows):
        raise UnreadableValue(f"There is no row for {field!r}; it may have been deleted meanwhile.")
    return rows[index]


def _changed(old: ExtractedField | None, change: Change) -> ExtractedField | None:
    if change.kind == "confirm":
        if old is None:
            raise UnreadableValue(f"There is no value of {change.field!r} to confirm.")
        return replace(old, confidence=1.0, reasons=())
    if change.kind != "set":
        raise UnreadableValue(f"{change.kind!r} needs a row, not {change.field!r}.")
    if change.value is None:
        return None
    raw = change.raw or str(change.value)
    return ExtractedField(
        change.value,
        raw,
        1.0,
        "person",
        change.page,
        change.box,
        candidates=_others(old, change.value),
    )


def _others(old: ExtractedField | None, value: Value) -> tuple[Candidate, ...]:
    """What was read before stays on offer."""
    if old is None:
        return ()
    before = Candidate(old.value, old.raw, old.confidence, old.source, old.page, old.box)
    offered = [other for other in (before, *old.candidates) if other.value != value]
    return tuple(offered[:MOST_CANDIDATES])
