"""Line items: the table of what was sold, read row by row.

    find_lines   the rows of an invoice             learn_table   what confirmed rows tell of their table
    read_table   the rows, with what was learned    add_up        whether rows are a stated sum
    choose_rows   before they are line items        finished      as line items, with their confidences

A page's words become rows with numbers (`cells`); a row of column words is the header
(`header`), what stands
below settles what the words leave open (`contents`); below it numbers go to columns (`columns`) and text lines to items (`table`); without one,
forms one below the other (`blocks`) and lines with a name and an amount (`plain`) are tried; the document's own sums choose between
readings and throw out rows that are none (`choose`); what is left becomes line items (`items`), as sure as
rows like them were right (`certainty`).
What a person confirmed of a vendor's table (`taught`) gives one more reading of the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from invoice_ai.domain.amounts import guess_decimal_mark
from invoice_ai.domain.invoice import ExtractedField, LineItem
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.lines import taught
from invoice_ai.extraction.lines.blocks import read_blocks
from invoice_ai.extraction.lines.cells import Row, read_rows
from invoice_ai.extraction.lines.certainty import Calibrations, certainties, holds_money
from invoice_ai.extraction.lines.choose import Choice, agrees, best_table
from invoice_ai.extraction.lines.columns import value_of
from invoice_ai.extraction.lines.contents import aligned, settle_by_content
from invoice_ai.extraction.lines.header import Header, find_header
from invoice_ai.extraction.lines.infer import read_unheaded
from invoice_ai.extraction.lines.items import line_item, order_of_dates
from invoice_ai.extraction.lines.lexicon import Role
from invoice_ai.extraction.lines.plain import TIMES_WORDS, read_plain, says_times
from invoice_ai.extraction.lines.stacked import find_stacked
from invoice_ai.extraction.lines.table import Item, Table, TableShape, close
from invoice_ai.extraction.lines.table import read_table as read_rows_of

__all__ = [
    "TableShape",
    "add_up",
    "choose_rows",
    "find_lines",
    "finished",
    "learn_table",
    "read_table",
]

_SUM_FIELDS = ("lines_total", "subtotal", "total")


def find_lines(pages: Sequence[Page], fields: Mapping[str, ExtractedField]) -> tuple[LineItem, ...]:
    """The invoice's rows, in printed order; empty when no table can be told from the rest.

    `fields` may hold "lines_total", "subtotal" and "total" (Decimal): rows that add up to one of
    them are trusted more, and a row that spoils the sum is left out when it looks like no item.
    Confidences are probabilities, see `certainty`.
    """
    choice = choose_rows(pages, fields)
    return finished(choice) if choice else ()


def choose_rows(pages: Sequence[Page], fields: Mapping[str, ExtractedField]) -> Choice | None:
    """The rows before they are line items, and what the document's sums say about them."""
    stated = _stated(fields)
    by_page = _rows_of(pages)
    choice = best_table(_tables(by_page), stated)
    if choice is None or not (choice.agrees or choice.multiplies):
        blocks = read_blocks(by_page)
        formed = best_table([blocks], stated) if blocks else None
        if formed and (formed.agrees or formed.multiplies):
            return formed
        plain = read_plain([row for rows in by_page for row in rows], stated)
        unheaded = read_unheaded(by_page)
        inferred = best_table([unheaded], stated) if unheaded else None
        # A run of lines that add up may have more rows; columns tell names from units and sums.
        better = not (plain and plain.sums and inferred) or _told(inferred) > _told(plain)
        if plain and inferred and len(plain.items) >= len(inferred.items):
            # Lines that count, below their names: most of them, or any where they add up.
            apart = _named_apart(plain)
            better = better and not (2 * apart > len(plain.items) or (plain.sums and apart))
        if inferred and better and (inferred.agrees or (inferred.multiplies and not choice)):
            return replace(inferred, header=False)
        # Without a header two and more rows that add up are stronger than rows that do not.
        if plain and (choice is None or (stated and plain.sums and len(plain.items) > 1)):
            choice = Choice(plain.items, bool(plain.sums), bool(stated), header=False)
    elif any(_is_none(_name_of(item)) for item in choice.items):
        # A till's heads above lines that only count: the names stand above each of them.
        plain = read_plain([row for rows in by_page for row in rows], stated)
        same = plain and plain.sums and len(plain.items) == len(choice.items)
        if plain and same and _told(plain) > _told(choice):
            choice = Choice(plain.items, True, bool(stated), header=False)
    return choice


def learn_table(
    pages: Sequence[Page], lines: Sequence[LineItem], before: TableShape | None = None
) -> TableShape | None:
    """What confirmed rows tell of the table on these pages; None when they are not found there."""
    return taught.learn_table(_rows_of(pages), lines, before)


def read_table(
    pages: Sequence[Page], fields: Mapping[str, ExtractedField], shape: TableShape
) -> tuple[LineItem, ...]:
    """The rows as the remembered table has them; its own sums still choose."""
    table = taught.read_taught(_rows_of(pages), shape)
    choice = best_table([table], _stated(fields)) if table else None
    return finished(choice) if choice else ()


def add_up(lines: Sequence[LineItem], fields: Mapping[str, ExtractedField]) -> bool:
    """Whether the rows' amounts are the invoice's net, its total or its sum of lines."""
    amounts = [line.amount.value for line in lines if line.amount]
    total = sum((a for a in amounts if isinstance(a, Decimal)), Decimal(0))
    return bool(amounts) and agrees(total, _stated(fields), len(lines))


def _stated(fields: Mapping[str, ExtractedField]) -> list[Decimal]:
    return [
        f.value for name in _SUM_FIELDS if (f := fields.get(name)) and isinstance(f.value, Decimal)
    ]


def _rows_of(pages: Sequence[Page]) -> list[list[Row]]:
    mark = guess_decimal_mark(w.text for page in pages for w in page.words)
    return [read_rows(page, mark) for page in pages]


def _told(read: Choice | Table) -> tuple[int, int, int]:
    """How much a reading tells: rows with an amount, less those with amounts or counts in their
    names ("kg x"), and letters of names."""
    items = [item for item in read.items if value_of(item.cells)]
    names = [_name_of(item) for item in items]
    mixed = sum(_is_mixed(name) for name in names)
    return len(names), -mixed, sum(c.isalpha() for name in names for text in name for c in text)


def _name_of(item: Item) -> list[str]:
    return [w.text for w in item.texts.get("description") or item.texts.get("code") or ()]


def _is_mixed(name: Sequence[str]) -> bool:
    return holds_money(name) or _is_none(name)


def _named_apart(read: Table) -> int:
    """How many names stand on other lines than their counts and amounts."""
    counts = [item for item in read.items if says_times(item.anchor)]
    names = [(name[0], i.anchor.words) for i in counts if (name := i.texts.get("description"))]
    return sum(first not in words for first, words in names)


def _is_none(name: Sequence[str]) -> bool:
    return sum(c.isalpha() for text in name for c in text) < 3 or _is_count(name)


def _is_count(name: Sequence[str]) -> bool:
    """Whether a name begins as a count does: "1 PC * …", "kg x", "@"; "12 × Team plan" is a name."""
    words = [text for text in name[:3] if not text.isdigit()]
    if not words or words[0] in TIMES_WORDS:
        return bool(name) and name[0] in TIMES_WORDS
    return len(words) > 1 and words[1] in TIMES_WORDS and words[0].isalpha() and len(words[0]) < 5


def finished(choice: Choice, calibrations: Calibrations | None = None) -> tuple[LineItem, ...]:
    """The chosen rows as line items; `calibrations`: others than those that are shipped."""
    day_first = order_of_dates(choice.items)
    sure = certainties(choice, calibrations)
    return tuple(
        line_item(item, certainty, day_first=day_first)
        for item, certainty in zip(choice.items, sure, strict=True)
    )


def _tables(by_page: Sequence[Sequence[Row]]) -> list[Table]:
    """Every table with a header; one that goes on over pages is one table."""
    tables: list[Table] = []
    settled: dict[tuple[Role, ...], tuple[Role, ...]] = {}  # the same heads mean the same again
    for rows in by_page:
        headers = [_settled(header, rows, settled) for header in _headers(rows)]
        index = 0
        if tables and not tables[-1].closed and not (headers and headers[0].items):
            index = read_rows_of(tables[-1], rows[: headers[0].first] if headers else rows, 0)
        for header in headers:
            if not header.items and tables and not tables[-1].closed:
                close(tables[-1], rows[header.first :])
            if header.first < index or not header.items:
                continue
            table = next(
                (t for t in tables if t.header and t.header.roles == header.roles and not t.closed),
                None,
            )
            if table is None:
                table = Table(header)
                tables.append(table)
            else:
                table.header = header
            stop = next((h.first for h in headers if h.first > header.last), len(rows))
            index = read_rows_of(table, rows[:stop], header.last + 1)
    return [t for t in tables if t.items]


def _settled(
    header: Header, rows: Sequence[Row], known: dict[tuple[Role, ...], tuple[Role, ...]]
) -> Header:
    if not header.items:
        return header
    below = rows[header.last + 1 :]
    if header.roles not in known:
        settled = settle_by_content(header, below)
        if len(settled.roles) != len(header.roles):
            return aligned(settled, below)
        known[header.roles] = settled.roles
    return aligned(header.renamed(dict(enumerate(known[header.roles]))), below)


def _headers(rows: Sequence[Row]) -> list[Header]:
    found: list[Header] = []
    for index in range(len(rows)):
        header = _stacked(rows, index) or find_header(rows, index)
        if not header:
            continue
        if not found or header.first > found[-1].last + 1:
            found.append(header)
        elif (header.items, len(set(header.roles))) > (found[-1].items, len(set(found[-1].roles))):
            found[-1] = header  # what stood above it was a title
        else:
            # The same header in a second language, or one line of it alone.
            found[-1] = replace(found[-1], last=max(header.last, found[-1].last))
    return found


def _stacked(rows: Sequence[Row], index: int) -> Header | None:
    """Heads read downwards, where none of their lines tells as much by itself."""
    header = find_stacked(rows, index)
    if header is None:
        return None
    lines = (find_header(rows, i) for i in range(index, header.last + 1))
    return header if all(len(_known(line)) < len(_known(header)) for line in lines) else None


def _known(header: Header | None) -> set[Role]:
    return set(header.roles) - {"other"} if header else set()
