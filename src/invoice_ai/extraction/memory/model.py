"""What is remembered of one layout of one vendor, and its form as JSON.

Everything here was once said or confirmed by a person. A rule is one way to come to a field's value
on the next document; its record says how often that way led to the right value.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from invoice_ai.extraction.lines import TableShape

VERSION = 1

# A way that was right once is trusted like five of six; evaluation/results shows how often it is.
_PRIOR_RIGHT, _PRIOR_WRONG = 4.0, 0.5
_FORGIVEN = 3.0  # one miss takes away two thirds of what was earned, so the last correction wins


@dataclass(frozen=True, slots=True)
class Record:
    """How often something was right; older successes count less after a miss."""

    right: float = 0.0
    wrong: float = 0.0

    def after(self, *, was_right: bool, said: float = 1.0) -> Record:
        """The record with one more outcome; `said` is how sure it was: a doubtful miss is no news."""
        if was_right:
            return Record(min(self.right + 1, 50.0), self.wrong / 2)
        return Record(self.right / (1 + said * (_FORGIVEN - 1)), self.wrong + said)

    @property
    def trust(self) -> float:
        """Mean of the beta distribution, 0–1."""
        good = _PRIOR_RIGHT + self.right
        return good / (good + _PRIOR_WRONG + self.wrong)


RuleKind = Literal["place", "constant", "absent"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to a value.

    Attributes:
        kind: `place` reads what stands where the value stood; `constant` expects the value itself;
            `absent` says that what the finders take for this field is none.
        record: How often it was right.
        value: The constant, as the person spells it; for `absent` the refused value.
        left, above, below: The printed words around it in their comparable form.
        order: How many values of its kind stand between it and the words on its left.
        page, last: Counted from the first page (0, 1 …), and whether it was the last one.
        x0, x1, y0: Place on the page, 0–1.
        lines: Text lines it takes.
        mask: Its pattern, e.g. "AA-9999" (letters as A, digits as 9); of an amount how it ends.
        negate: The printed amount counts with the other sign.
        squeeze: Spaces inside do not belong to the value.
    """

    kind: RuleKind
    record: Record = Record()
    value: str = ""
    left: str = ""
    above: str = ""
    below: str = ""
    order: int = 0
    page: int = 0
    last: bool = False
    x0: float = 0.0
    x1: float = 0.0
    y0: float = 0.0
    lines: int = 1
    mask: str = ""
    negate: bool = False
    squeeze: bool = False

    def after(self, *, was_right: bool) -> Rule:
        return replace(self, record=self.record.after(was_right=was_right))


@dataclass(frozen=True, slots=True)
class FieldMemory:
    """What is remembered of one field.

    Attributes:
        rules: The ways to it.
        finders: How often the finders alone were right.
        refused: Values of theirs that a person replaced, the latest last.
    """

    rules: tuple[Rule, ...] = ()
    finders: Record = Record()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinesMemory:
    """What is remembered of the table of line items.

    Attributes:
        shape: How the table is printed; None: it was never found on the pages again.
        record: How often reading it so gave all rows, and only them, as a person confirmed them.
        finders: The same of the finders alone.
        sums: How often confirmed rows added up to a sum of the invoice.
    """

    shape: TableShape | None = None
    record: Record = Record()
    finders: Record = Record()
    sums: Record = Record()


@dataclass(frozen=True, slots=True)
class Memory:
    """One layout of one vendor.

    Attributes:
        marks: The words that make the layout recognisable, and in how many lessons they stood.
        lessons: Documents learned from.
        fields: By name of `domain.invoice.FIELDS`.
        day_first: Order of day and month in numeric dates, where it was seen.
        decimal_mark: "." or ",", where it was seen.
        documents: The latest documents learned from: one that is corrected in several steps is one
            lesson.
        lines: The table of line items, once rows were confirmed.
    """

    marks: dict[str, int]
    lessons: int = 0
    fields: dict[str, FieldMemory] = field(default_factory=dict)
    day_first: bool | None = None
    decimal_mark: str | None = None
    documents: tuple[str, ...] = ()
    lines: LinesMemory | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON value; `memory_from_json` reads it back."""
        return {"version": VERSION, **asdict(self)}


def memory_from_json(data: dict[str, Any]) -> Memory | None:
    """None for another version's memory: it is learned anew rather than misunderstood."""
    if data.get("version") != VERSION:
        return None
    fields = {
        name: FieldMemory(
            tuple(Rule(**{**r, "record": Record(**r["record"])}) for r in remembered["rules"]),
            Record(**remembered["finders"]),
            tuple(remembered["refused"]),
        )
        for name, remembered in data["fields"].items()
    }
    return Memory(
        dict(data["marks"]),
        data["lessons"],
        fields,
        data["day_first"],
        data["decimal_mark"],
        tuple(data["documents"]),
        _lines_from_json(data.get("lines")),
    )


def _lines_from_json(data: dict[str, Any] | None) -> LinesMemory | None:
    if data is None:
        return None
    shape = data["shape"]
    if shape is not None:
        shape = {name: tuple(v) if isinstance(v, list) else v for name, v in shape.items()}
        shape["columns"] = tuple(tuple(column) for column in shape["columns"])
        shape = TableShape(**shape)
    records = (Record(**data[name]) for name in ("record", "finders", "sums"))
    return LinesMemory(shape, *records)
