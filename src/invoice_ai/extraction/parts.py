"""Does a file hold one invoice or several, and where does each begin?

Page by page it is asked whether a new invoice begins. What a clerk would look at speaks for or
against it: another invoice number, a page counter that starts again, a title, other tax ids and
accounts, a total of its own below one that was there already. Each counts points; what the points
mean was measured on files put together from known invoices (`python -m evaluation.parts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp

from invoice_ai.domain.invoice import DocumentType, PageRole
from invoice_ai.domain.pages import Page, PageRange, Split
from invoice_ai.extraction.finders.kind import looks_like_receipt, page_role, title_scores
from invoice_ai.extraction.finders.references import find_references
from invoice_ai.extraction.finders.sheet import Segment, Sheet, read_sheet

# "Page 2 of 3", "Seite 2/3", "2 von 3" alone in the margin.
_WORD = (
    r"(?:page|pg|seite|blatt|pagina|página|pág|pag|strona|stranica|strana|str|sida|sid|side|sivu"
    r"|oldal|hoja|folha|foglio|feuille|blad)"
)
_OF = r"(?:of|von|de|di|van|z|ze|od|av|af|sur|su|/|\||aus)"
_COUNTER = re.compile(rf"\b{_WORD}\b[\s.:°º]*(\d{{1,3}})(?:\s*{_OF}\s*(\d{{1,3}}))?(?!\d)", re.I)
_BARE = re.compile(rf"[-–(]?\s*(\d{{1,3}})\s*{_OF}\s*(\d{{1,3}})\s*[-–)]?", re.I)
_MARGIN = 0.09  # of the page height, above and below, where a bare "1/3" counts pages

_MONEY = re.compile(r"\d[.,]\d\d(?!\d)")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_TAX_ID = re.compile(r"\b(?:[A-Z]{2,3}[ -]?)?\d{2}[\d. -]{5,14}\d\b|\b[A-Z]{2}[A-Z0-9]{8,12}\b")
_LETTERHEAD = 0.16  # of the page height

_BILLS: tuple[DocumentType, ...] = ("invoice", "credit_note", "receipt")
_PAPERS: tuple[DocumentType, ...] = ("statement", "quote", "purchase_order", "delivery_note")
# A page of these never begins an invoice.
_FOLLOWING: frozenset[PageRole] = frozenset({"blank", "terms", "remittance_slip"})

_NEVER = -9.0
# Points at which a new invoice is as likely as not, and how fast that changes: 527 of 551 pages
# below 3 points went on with an invoice, 795 of 813 from 5 points on began one.
_EVEN, _STEEP = 4.0, 1.5
_WITHOUT_TOTAL = 0.6  # the most that a beginning is believed which no total follows
_BEHIND_A_LETTER = 0.8  # a letter between two invoices may belong to either
_PROPOSED = 0.3  # below this probability a boundary is not worth a question


@dataclass(frozen=True, slots=True)
class _Face:
    """What one page shows of whose it is."""

    role: PageRole
    counter: tuple[int, int | None] | None
    number: str
    number_sure: float
    identities: frozenset[str]
    letterhead: frozenset[str]
    bill: bool
    paper: bool
    total: bool
    receipt: bool
    amounts: int
    shape: float  # height by width

    @property
    def begins(self) -> bool:
        """Whether there is anything on it that an invoice would begin with."""
        return bool(self.number) or self.bill or self.total


@dataclass(slots=True)
class _Current:
    """The pages so far of the invoice we are in."""

    numbers: set[str] = field(default_factory=set)
    identities: set[str] = field(default_factory=set)
    letterhead: set[str] = field(default_factory=set)
    counter: tuple[int, int | None] | None = None
    total: bool = False
    bill: bool = False
    paper: bool = False
    begun: bool = False  # not only a cover letter so far
    shape: float = 0.0

    def add(self, face: _Face) -> None:
        self.begun |= face.begins or face.paper or face.amounts > 2
        self.shape = self.shape or face.shape
        self.numbers |= {face.number} - {""}
        self.identities |= face.identities
        self.letterhead |= face.letterhead
        self.counter = face.counter or self.counter
        self.total |= face.total
        self.bill |= face.bill
        self.paper |= face.paper


def find_parts(pages: Sequence[Page]) -> Split | None:
    """The invoices in these pages; None: nothing says that there is more than one."""
    if len(pages) < 2:
        return None
    faces = [_face(page, first=i == 0) for i, page in enumerate(pages)]
    current = _Current()
    current.add(faces[0])
    begins, sure, begin = [0], [1.0], 1.0
    for index, face in enumerate(faces[1:], 1):
        begins_here = 1 / (1 + exp(_STEEP * (_EVEN - _points(current, face))))
        if begins_here >= _PROPOSED:
            sure.append(begin if current.total else min(begin, _WITHOUT_TOTAL))
            begins.append(index)
            current, begin = _Current(), begins_here
            if faces[index - 1].role == "other":
                begin = min(begin, _BEHIND_A_LETTER)
        else:
            sure.append(1 - begins_here)
        current.add(face)
    sure.append(begin if current.total else min(begin, _WITHOUT_TOTAL))
    if len(begins) < 2:
        return None
    ends = [*begins[1:], len(pages)]
    parts = tuple(PageRange(a + 1, b) for a, b in zip(begins, ends, strict=True))
    return Split(parts, round(min(sure), 4))


def _points(current: _Current, face: _Face) -> float:
    """For and against a new invoice on this page; `_EVEN` is undecided."""
    if face.role in _FOLLOWING or not current.begun or not (face.begins or face.amounts > 2):
        return _NEVER  # a slip; the page behind a cover letter; a page of text
    if face.number and face.number in current.numbers:
        return _NEVER
    points = 0.0
    if face.number:
        told = 4.0 if current.numbers else 3.0 if current.paper else 1.5
        points += told * face.number_sure
    if face.counter:
        points += 2.0 if face.counter[0] == 1 else -5.0
    if face.identities and current.identities:
        points += -1.0 if face.identities & current.identities else 2.0
    points += 1.5 if face.bill else -2.0 if face.paper else 0.0
    points += 0.0 if face.begins else -1.0
    points += (1.0 if face.total else -1.0) + (1.0 if current.total else -1.0)
    if face.receipt and face.total:
        points += 1.0
    if abs(face.shape - current.shape) > 0.03 * current.shape:
        points += 1.0  # one invoice is printed on one kind of paper
    if face.letterhead and current.letterhead:
        shared = len(face.letterhead & current.letterhead) / len(face.letterhead)
        points += 1.0 if shared < 0.2 else 0.5 if shared > 0.6 else 0.0
    return points


def _face(page: Page, *, first: bool) -> _Face:
    alone = replace(page, number=1)
    sheet = read_sheet([alone])
    receipt = bool(page.words) and looks_like_receipt(sheet)
    number = find_references(sheet, business=False).get("invoice_number")
    titles = title_scores(sheet)
    text = "\n".join(s.text for s in sheet)
    return _Face(
        role=page_role(alone, sheet, first=first),
        counter=_counter(sheet),
        number=re.sub(r"[\s./-]", "", str(number.value)).casefold() if number else "",
        number_sure=min(1.0, number.confidence / 0.8) if number else 0.0,
        identities=frozenset(_identities(text)),
        letterhead=frozenset(
            w.text.casefold()
            for w in page.words
            if w.box.y1 < _LETTERHEAD and len(w.text) > 3 and w.text.isalpha()
        ),
        bill=max(titles[k] for k in _BILLS) >= 3,
        paper=max(titles[k] for k in _PAPERS) >= 3
        and max(titles[k] for k in _PAPERS) > max(titles[k] for k in _BILLS),
        total=any(_is_total(segment) for segment in sheet),
        receipt=receipt,
        amounts=len(_MONEY.findall(text)),
        shape=page.height / page.width if page.width else 1.0,
    )


def _identities(text: str) -> Iterator[str]:
    """Accounts, tax ids and their like, without separators."""
    for pattern in (_ACCOUNT, _TAX_ID):
        for found in pattern.findall(text):
            if sum(c.isdigit() for c in found) >= 7:
                yield re.sub(r"[ .-]", "", found)


def _counter(sheet: Sheet) -> tuple[int, int | None] | None:
    """The page counter: (2, 3) for "page 2 of 3", (2, None) for "page 2"."""
    best: tuple[int, int | None] | None = None
    for segment in sheet:
        found = _COUNTER.search(segment.text)
        if found is None and not _MARGIN < segment.box.y0 < 1 - _MARGIN:
            found = _BARE.fullmatch(segment.text.strip())
        if found is None:
            continue
        count, of = int(found[1]), int(found[2]) if found[2] else None
        if count >= 1 and (of is None or count <= of):
            if of is not None:
                return count, of
            best = best or (count, None)
    return best


def _is_total(segment: Segment) -> bool:
    """Whether a total stands here with its amount: in the segment, or right of it."""
    for hit in segment.hits:
        if not {"m_total", "m_due"} & set(hit.meanings) or "m_carried" in hit.meanings:
            continue
        behind = segment.text[segment.hit_span(hit)[1] :]
        right = segment.right
        if _MONEY.search(behind) or (right is not None and _MONEY.search(right.text)):
            return True
    return False
