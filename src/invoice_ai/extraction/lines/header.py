"""The row of column words above a table of items."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from invoice_ai.domain.pages import Box, Word, around
from invoice_ai.extraction.lines.cells import Row
from invoice_ai.extraction.lines.lexicon import (
    COLUMN_WORDS,
    LONGEST_FROM,
    SINGLE_WORDS,
    Role,
    plain,
)

# Currencies and small words may stand in a header without meaning a column.
_SILENT = frozenset(
    [
        "eur",
        "usd",
        "gbp",
        "chf",
        "hrk",
        "hkd",
        "inr",
        "pln",
        "euro",
        "in",
        "of",
        "per",
        "and",
        "und",
        "et",
        "y",
        "e",
        "je",
        "pro",
        "per",
        "excl",
        "incl",
        "inkl",
        "exkl",
        "no",
        "le",
        "la",
        "the",
        "%",
    ]
)
# "Unit price excl. VAT" is one column, not a price and a tax.
QUALIFIERS = frozenset(
    [
        "excl",
        "exkl",
        "incl",
        "inkl",
        "ex",
        "exc",
        "inc",
        "excluding",
        "including",
        "ht",
        "ttc",
        "net",
        "netto",
        "brutto",
        "gross",
        "sans",
        "hors",
        "sin",
        "con",
        "senza",
        "bez",
        "ohne",
        "zzgl",
        "without",
        "pre",
    ]
)
TAXES = frozenset(
    [
        "vat",
        "tax",
        "gst",
        "mwst",
        "ust",
        "tva",
        "taxe",
        "taxes",
        "iva",
        "btw",
        "moms",
        "dph",
        "sales",
    ]
)
_PRICED: frozenset[str] = frozenset({"price", "amount", "net", "gross"})
_COLUMN_GAP = 1.1  # between columns, in heights of the text; words of one phrase stand closer
_PARTED = _PRICED | {"tax_amount"}  # a phrase of these may be two narrow columns
VALUES: frozenset[str] = frozenset({"amount", "net", "gross"})
_ITEM_LIKE: frozenset[Role] = frozenset({"description", "quantity", "code", "position"})
_NAMES_ITEM = (
    "desc",
    "beschr",
    "bezeichn",
    "design",
    "opis",
    "omschr",
    "libel",
    "nazwa",
    "name",
    "popis",
    "beskr",
    "concept",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, where its word stands, the word itself in plain form, and where the
    numbers below it end when that is seen (`contents`)."""

    role: Role
    box: Box
    phrase: str
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns left to right; `first` and `last` are the indexes of its text lines.

    `items` is False over a table of something else (tax breakdown, payments), which ends ours.
    """

    columns: tuple[Column, ...]
    first: int
    last: int
    items: bool

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(c.role for c in self.columns)

    def has(self, *roles: str) -> bool:
        return any(c.role in roles for c in self.columns)

    def renamed(self, roles: Mapping[int, Role]) -> Header:
        """The header with these columns, by place, in other roles."""
        return replace(
            self,
            columns=tuple(
                replace(c, role=roles.get(i, c.role)) for i, c in enumerate(self.columns)
            ),
        )

    def of(self, role: Role) -> Column | None:
        return next((c for c in self.columns if c.role == role), None)


@dataclass(slots=True)
class _Found:
    columns: list[Column]
    unknown: list[Word]
    words: int


def find_header(rows: Sequence[Row], index: int) -> Header | None:
    """The header that has its main line at `index`, or None."""
    row = rows[index]
    if len(row.words) < 2 or row.money or len(row.words) > 40:
        return None
    fuzzy = row.page.source == "ocr"
    found = _match(row, fuzzy=fuzzy)
    roles_found = {c.role for c in found.columns}
    if not roles_found & VALUES and roles_found & _PARTED:
        found = _match(row, fuzzy=fuzzy, apart=True)
    if len({c.role for c in found.columns}) < 2 or 2 * len(found.unknown) > found.words:
        return None
    first = last = index
    if index and joins(rows[index - 1], row) and _stack(found, row, rows[index - 1], above=True):
        first -= 1
    for below in range(index + 1, min(index + 3, len(rows))):
        if not (
            joins(rows[below - 1], rows[below]) and _stack(found, row, rows[below], above=False)
        ):
            break
        last = below
    _name_last(found)
    columns = _settle(sorted([*found.columns, *_unknown(found, row)], key=lambda c: c.box.x0))
    roles = {c.role for c in columns}
    items = bool(roles & VALUES and roles & _ITEM_LIKE)
    if "never" in roles and not {"quantity", "price"} & roles:
        items = False
    of_something = len(roles & (VALUES | {"tax", "tax_amount", "credit"})) > 1
    if not items and not of_something and not (roles & VALUES and "never" in roles):
        return None
    return Header(tuple(columns), first, last, items)


def _match(row: Row, *, fuzzy: bool, apart: bool = False) -> _Found:
    """Longest phrases first, left to right; `apart` reads "VAT Amount" as two narrow columns."""
    kept = _outside_brackets(row)
    columns: list[Column] = []
    unknown: list[Word] = []
    counted, i = 0, 0
    while i < len(kept):
        for length in range(min(LONGEST_FROM.get(kept[i][0], 0), len(kept) - i), 0, -1):
            phrase = " ".join(p for p, _ in kept[i : i + length])
            role = COLUMN_WORDS.get(phrase)
            if apart and role == "tax_amount" and length > 1:
                continue
            if role and (length == 1 or _together(row, [w for _, w in kept[i : i + length]])):
                if role in _PRICED and not apart:
                    length += _qualifiers(row, kept, i + length)
                boxes = [w.box for _, w in kept[i : i + length]]
                columns.append(Column(role, around(boxes), phrase))
                counted += length
                break
        else:
            length = 1
            word = kept[i]
            # "Description/Beschreibung": either half will do.
            half = next((COLUMN_WORDS[h] for h in _halves(word[1].text) if h in COLUMN_WORDS), None)
            if half:
                columns.append(Column(half, word[1].box, word[0]))
                counted += 1
                i += 1
                continue
            near = (
                process.extractOne(word[0], SINGLE_WORDS, scorer=fuzz.ratio, score_cutoff=84)
                if fuzzy and columns and len(word[0]) >= 5 and word[0].isalpha()
                else None
            )
            if near:
                columns.append(Column(COLUMN_WORDS[near[0]], word[1].box, near[0]))
                counted += 1
            elif word[0] not in _SILENT:
                unknown.append(word[1])
                counted += 1
        i += length
    return _Found(columns, unknown, counted)


def _outside_brackets(row: Row) -> list[tuple[str, Word]]:
    """The header's words in plain form without what stands in brackets ("Price (excl. VAT)")."""
    kept: list[tuple[str, Word]] = []
    inside = False
    again = _said_again(row)
    for i, word in enumerate(row.words):
        text = word.text
        if inside and row.gap_before(i) > _COLUMN_GAP:
            inside = False  # a bracket that is closed on the next line, or never
        name = plain(text.split("(", 1)[0] if "(" in text else text)
        if name and not inside and i not in again:
            kept.append((name, word))
        elif kept and _together(
            row, [kept[-1][1], word]
        ):  # the column is as wide as all that is printed of its name
            before = kept[-1][1]
            kept[-1] = (kept[-1][0], before._replace(box=around([before.box, word.box])))
        if "(" in text or ")" in text:
            inside = text.rfind("(") > text.rfind(")")
    return kept


def _said_again(row: Row) -> set[int]:
    """Indexes of words that name a column once more: "Description / Selite", "Qty / Menge"."""
    again: set[int] = set()
    for slash in (i for i, w in enumerate(row.words) if w.text == "/" and i):
        first, last = slash, slash + 1
        while (
            first > 0
            and row.words[first - 1].text != "/"
            and (first == slash or row.gap_before(first) <= _COLUMN_GAP)
        ):
            first -= 1
        while last < len(row.words) and row.gap_before(last) <= _COLUMN_GAP:
            last += 1
        names = [plain(w.text) for w in row.words]
        left = next((r for i in range(first, slash) if (r := _role(names[i:slash]))), None)
        rights = [(end, _role(names[slash + 1 : end])) for end in range(last, slash + 1, -1)]
        same = next((end for end, role in rights if role and role == left), None)
        known = [end for end, role in rights if role]
        if left:  # "Item / UOM" are two things, but the first is where the column begins
            again.update(range(slash + 1, same or min(known, default=last)))
        elif known:
            again.update(range(first, slash))
    return again


def _role(names: Sequence[str]) -> Role | None:
    return COLUMN_WORDS.get(" ".join(n for n in names if n))


def _qualifiers(row: Row, kept: Sequence[tuple[str, Word]], start: int) -> int:
    """How many words behind a price only say whether tax is in it ("excl. VAT", "HT")."""
    count = 0
    while start + count < len(kept) and _together(
        row, [w for _, w in kept[start + count - 1 :][:2]]
    ):
        name = kept[start + count][0]
        said = kept[start + count - 1][0] in QUALIFIERS
        if name not in QUALIFIERS and not (said and name in TAXES):
            break
        count += 1
    return count


def _halves(text: str) -> list[str]:
    return [plain(h) for h in text.split("/")] if "/" in text else []


def _together(row: Row, words: Sequence[Word]) -> bool:
    """Words of one phrase stand no further apart than a space."""
    return all(
        row.in_heights(b.box.x0 - a.box.x1) <= _COLUMN_GAP for a, b in itertools.pairwise(words)
    )


def joins(upper: Row, lower: Row) -> bool:
    """Whether two lines stand as close as two lines of one header."""
    return lower.box.y0 - upper.box.y1 < 0.9 * min(upper.height, lower.height)


def _overlap(a: Box, b: Box) -> float:
    return min(a.x1, b.x1) - max(a.x0, b.x0)


def _parts(row: Row) -> list[tuple[Box, str]]:
    """The groups of words of a header line, each as a box and its plain text."""
    parts: list[list[Word]] = []
    for i, word in enumerate(row.words):
        if parts and row.gap_before(i) < _COLUMN_GAP:
            parts[-1].append(word)
        else:
            parts.append([word])
    return [
        (around([w.box for w in part]), " ".join(p for w in part if (p := plain(w.text))))
        for part in parts
    ]


def _join(found: _Found, main: Row, row: Row, *, above: bool) -> list[Column]:
    """Columns named by words of both lines together: "Cena" over "za MJ"."""
    here = [(c.box, c.phrase) for c in found.columns]
    here += [p for p in _parts(main) if p not in here]
    joined: list[Column] = []
    for box, text in _parts(row):
        for other, phrase in here:
            both = f"{text} {phrase}" if above else f"{phrase} {text}"
            if text and _overlap(other, box) > 0 and (role := COLUMN_WORDS.get(both)):
                joined.append(Column(role, around([other, box]), both))
                break
    return joined


def _stack(found: _Found, main: Row, row: Row, *, above: bool) -> bool:
    """Add a second header line to the columns; False when the line is none."""
    if row.numbers or len(row.words) > 25 or any(c.isdigit() for w in row.words for c in w.text):
        return False
    second = _match(row, fuzzy=False)
    silent = [w for w in row.words if plain(w.text) in _SILENT or not plain(w.text)]
    joined = _join(found, main, row, above=above)
    if second.unknown or not (second.columns or silent):
        # A second language below the first may have words we do not know, in the same columns.
        known = [*found.columns, *joined]
        apart = [w for w in second.unknown if all(_overlap(w.box, c.box) <= 0 for c in known)]
        more = not joined and len(second.unknown) > len(second.columns)
        # Words of one piece are the first item's name, printed above its numbers.
        if apart or (more and (second.words > 4 or (second.words > 2 and len(_parts(row)) == 1))):
            return False
    merged = [c for c in found.columns if all(_overlap(c.box, j.box) <= 0 for j in joined)] + joined
    for column in second.columns:
        if any(_overlap(column.box, j.box) > 0 for j in joined):
            continue
        hit = next((i for i, c in enumerate(merged) if _overlap(c.box, column.box) > 0), None)
        if hit is None:
            over_unknown = any(_overlap(w.box, column.box) > 0 for w in found.unknown)
            if not above and not over_unknown:
                return False
            merged.append(column)
            continue
        old = merged[hit]
        phrase = f"{column.phrase} {old.phrase}" if above else f"{old.phrase} {column.phrase}"
        role = COLUMN_WORDS.get(phrase, old.role)
        merged[hit] = Column(role, around([old.box, column.box]), phrase)
    for word in silent:
        if plain(word.text) == "%":
            hit = next((i for i, c in enumerate(merged) if _overlap(c.box, word.box) > 0), None)
            if hit is not None and merged[hit].role == "price":
                merged[hit] = replace(merged[hit], role="tax")
    found.columns[:] = merged
    return True


def _name_last(found: _Found) -> None:
    """A word we cannot read, right of a price and of everything else, is over the amounts."""
    if any(c.role in VALUES for c in found.columns) or not found.unknown:
        return
    last = max(found.unknown, key=lambda w: w.box.x0)
    prices = [c.box.x1 for c in found.columns if c.role == "price"]
    if prices and last.box.x0 > max(c.box.x1 for c in found.columns):
        found.columns.append(Column("amount", last.box, plain(last.text)))


def _unknown(found: _Found, row: Row) -> list[Column]:
    """Words nobody knows that stand apart from every known column: columns of something."""
    groups: list[list[Word]] = []
    for word in found.unknown:
        if groups and _together(row, [groups[-1][-1], word]):
            groups[-1].append(word)
        else:
            groups.append([word])
    columns = []
    for group in groups:
        box = around([w.box for w in group])
        if all(
            row.in_heights(max(box.x0 - c.box.x1, c.box.x0 - box.x1)) > 0.8 for c in found.columns
        ):
            columns.append(Column("other", box, " ".join(plain(w.text) for w in group)))
    return columns


def _settle(columns: list[Column]) -> list[Column]:
    """Settle what one word alone leaves open."""
    names = [c for c in columns if c.role == "description"]
    if len(names) > 1:
        best = next((c for c in names if any(n in c.phrase for n in _NAMES_ITEM)), names[0])
        columns = [
            replace(c, role="code" if c.box.x0 < best.box.x0 else "other")
            if c.role == "description" and c is not best
            else c
            for c in columns
        ]
    if not names:
        code = next((c for c in columns if c.role == "code"), None)
        if code:
            columns = [replace(c, role="description") if c is code else c for c in columns]
    # "Amount" left of the description counts things when money stands further right.
    values = [c for c in columns if c.role in VALUES]
    name = next((c for c in columns if c.role == "description"), None)
    if name and len(values) > 1 and values[0].box.x0 < name.box.x0:
        columns = [replace(c, role="quantity") if c is values[0] else c for c in columns]
    prices = [c for c in columns if c.role == "price"]
    values = [c for c in columns if c.role in VALUES]
    if (not values and prices) or (
        prices and values and len(prices) > 1 and prices[-1].box.x0 > values[-1].box.x0
    ):
        columns = [replace(c, role="amount") if c is prices[-1] else c for c in columns]
    if sum(c.role == "quantity" for c in columns) == 0:
        # "Unit" beside a price but without a quantity column is the quantity's.
        units = [c for c in columns if c.role == "unit"]
        if units and prices:
            columns = [replace(c, role="quantity") if c is units[0] else c for c in columns]
    return columns
