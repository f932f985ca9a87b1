"""A lesson: what the machine said, and what a person confirmed or corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from invoice_ai.domain.amounts import guess_decimal_mark
from invoice_ai.domain.invoice import FIELDS, ExtractedField, ExtractedInvoice
from invoice_ai.domain.pages import Reading
from invoice_ai.extraction.memory.layout import fits, marks_after, marks_of
from invoice_ai.extraction.memory.model import FieldMemory, Memory, Rule
from invoice_ai.extraction.memory.tables import lines_after
from invoice_ai.extraction.memory.ways import (
    Pages,
    ask,
    best_spot,
    order_in,
    place_of,
    places_of,
    rules_for,
    same_value,
)

_MOST_RULES = 8  # of one field
_MOST_REFUSED = 5
_MOST_DOCUMENTS = 20  # that may be in review at once


def learn(
    memory: Memory | None,
    reading: Reading,
    machine: ExtractedInvoice,
    confirmed: ExtractedInvoice,
    *,
    document: str = "",
) -> Memory:
    """The memory after one lesson; of a new layout a new one, which forgets the old.

    Args:
        memory: What is known of this layout; None at the first lesson.
        machine: What was extracted, with or without memory.
        confirmed: What a person approved or corrected; a field that the machine found and that is
            missing here was refused. Fields that nobody judged are left out of both.
        document: What the document is known by, so that several corrections of it are one lesson.
    """
    marks = marks_of(reading)
    if memory is not None and not fits(memory, marks):
        memory = None
    before = memory or Memory({})
    pages = Pages(reading, replace(before, decimal_mark=_decimal_mark(reading, before)))
    pages.day_first = day_first = _day_order(before, confirmed)
    fields = dict(before.fields)
    for name in FIELDS:
        said, told = machine.fields.get(name), confirmed.fields.get(name)
        if said is None and told is None:
            continue
        if (said or told).source == "xml":  # type: ignore[union-attr]  # one of them is there
            continue
        fields[name] = _field_after(fields.get(name, FieldMemory()), name, said, told, pages)
    again = bool(document) and document in before.documents
    known = [d for d in before.documents if d != document] + [document] * bool(document)
    return Memory(
        before.marks if again else marks_after(memory, marks),
        before.lessons if again else before.lessons + 1,
        fields,
        day_first,
        pages.decimal_mark,
        tuple(known[-_MOST_DOCUMENTS:]),
        before.lines,
    )


def learn_lines(
    memory: Memory, reading: Reading, machine: ExtractedInvoice, confirmed: ExtractedInvoice
) -> Memory:
    """The memory after one more table, of which every row was settled by a person.

    Args:
        machine, confirmed: Whole invoices: their sums tell which rows belong together.
    """
    return replace(memory, lines=lines_after(memory.lines, reading, machine, confirmed))


def _field_after(
    before: FieldMemory,
    name: str,
    said: ExtractedField | None,
    told: ExtractedField | None,
    pages: Pages,
) -> FieldMemory:
    right = said is not None and told is not None and same_value(name, said.value, told.value)
    rules = [after for rule in before.rules if (after := _judged(rule, name, said, told, pages))]
    if told is not None and not _is_reached(rules, name, told, pages):
        known = {replace(rule, record=Rule("place").record) for rule in rules}
        new = rules_for(name, told, pages)
        rules += [r for r in new if replace(r, record=Rule("place").record) not in known]
    if told is None and said is not None:
        rules += _refused_places(name, said, pages)
    rules.sort(key=lambda rule: -rule.record.trust)
    refused = [v for v in before.refused if told is None or v != str(told.value)]
    if said is not None and not right and said.source != "vendor_memory":
        refused = [v for v in refused if v != str(said.value)] + [str(said.value)]
    finders = before.finders
    if said is None or said.source != "vendor_memory":
        finders = finders.after(was_right=right, said=said.confidence if said else 0.0)
    return FieldMemory(tuple(rules[:_MOST_RULES]), finders, tuple(refused[-_MOST_REFUSED:]))


def _judged(
    rule: Rule,
    name: str,
    said: ExtractedField | None,
    told: ExtractedField | None,
    pages: Pages,
) -> Rule | None:
    """The rule with its record of this lesson; None when it has been wrong too often."""
    if rule.kind == "absent":
        if told is None:
            return rule.after(was_right=True) if said is not None else rule
        after = rule.after(was_right=False)
    else:
        answer = ask(rule, name, pages)
        if answer is None:
            return rule
        was_right = told is not None and same_value(name, answer.value, told.value)
        after = rule.after(was_right=was_right)
    return after if after.record.right >= 1 or after.record.wrong == 0 else None


def _is_reached(rules: list[Rule], name: str, told: ExtractedField, pages: Pages) -> bool:
    """Whether a remembered place leads to the value; a constant alone is no place."""
    needs_place = FIELDS[name].kind not in ("code", "number")
    for rule in rules:
        if rule.kind == "place" or (rule.kind == "constant" and not needs_place):
            answer = ask(rule, name, pages)
            if answer is not None and same_value(name, answer.value, told.value):
                return True
    return False


def _refused_places(name: str, said: ExtractedField, pages: Pages) -> list[Rule]:
    """Where something stood that is not this field."""
    places = places_of(name, said.value, pages)
    made = [replace(place_of(s, name, said.value), kind="absent") for s in places[:1]]
    return [r.after(was_right=True) for r in made if best_spot(r, name, pages)]


def _day_order(before: Memory, confirmed: ExtractedInvoice) -> bool | None:
    """The order of day and month that a confirmed date shows; a person's correction first."""
    found = before.day_first
    dates = [f for f in confirmed.fields.values() if isinstance(f.value, date) and f.raw]
    dates.sort(key=lambda f: f.source == "person")
    for told in dates:
        assert isinstance(told.value, date)
        order = order_in(told.raw, told.value)
        found = order if order is not None else found
    return found


def _decimal_mark(reading: Reading, before: Memory) -> str | None:
    words = (word.text for page in reading.pages for word in page.words)
    return guess_decimal_mark(words) or before.decimal_mark
