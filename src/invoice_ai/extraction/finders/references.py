"""Numbers with a name: invoice number, order, customer number and their like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.extraction.finders.evidence import Evidence, Found, choose, found_in
from invoice_ai.extraction.finders.labels import Hit, comparable
from invoice_ai.extraction.finders.sheet import Segment, Sheet

REFERENCES = (
    "invoice_number",
    "purchase_order",
    "buyer_reference",
    "contract_reference",
    "delivery_note",
    "preceding_invoice",
    "customer_id",
    "payment_reference",
    "direct_debit_mandate",
    "routing_number",
)
# "Order number" does not say whose order; see find_references.
_WEAK = ("order",)

_BILL = frozenset({"title_invoice", "title_credit_note"})
_SEPARATORS = re.compile(
    r"(?:[\s:.#№°º=\-–)*/+]|\b(?:n[or]?|num|number|id)\b(?!-)[.:°º]?)*", re.IGNORECASE
)
# One word with a digit in it, maybe behind a short series ("CS 67832", "FA 2017-0010").
_NUMBER = re.compile(
    r"(?P<id>(?:[A-Z]{1,5}(?:[-/][A-Z]{1,4} )? ?[-/]? ?)?[A-Za-z0-9][A-Za-z0-9\-/._\\]{0,39}(?:\([A-Z0-9]{1,6}\))?(?: - \d{4,12}| / \d{4,12}(?![.\d])){0,3})"
)
_EARLIER = re.compile(
    r"urspr|original|storn|correct|korrig|preced|origine|rectif|oorspronk|bezug|zu(?:r)? $|for $|related|pierwotn"
    r"|annul|anula|refer[se]|against|relat|dotycz|korekt|betreft|avser|vedr|oprav|p[uů]vodn|\brif\b|\bk $",
    re.IGNORECASE,
)
_WORDS_ONLY = re.compile(r"[^\d:(]*[^\W\d_]{2}[^\d:(]*")
_INSIDE = re.compile(r"[-_/]?\d|[-_/][A-Z0-9]+[-_/\d]|-[A-Z]{1,4} \d")
_MONEY = re.compile(r"\d{1,3}(?:[.,]\d{3})*[.,]\d{2}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_GROUPS = re.compile(r"(?:[A-Z]{1,3}\d{0,4} )?\d{2,6}(?: \d{2,6}){1,3}")
_BOUGHT = tuple(map(comparable, ("bestell", "purchase", "po")))
# The same label in other words, up to its colon or the end of the cell.
_OTHER_NAME = re.compile(r" ?/ ?[^\W\d]+\.?(?: [^\W\d]+\.?){0,3} ?(?::|$)")
_MORE_NAME = re.compile(r"(?: [^\W\d]+\.?){1,3} ?:(?= ?[^\W_])")
_LEITWEG = re.compile(r"\d{2,12}-(?:[A-Z0-9]{1,30}-)?\d{2}")  # where a German authority receives
_CODE = re.compile(r"\d{4}")  # "Your reference: COMPRA0832" is the number of their order
_PLAIN = re.compile(r"(?=.{5,20}$)\d[\d/-]*\d")
_ALONE = re.compile(r"[A-Z]{1,4}[-/ ]?\d[\w/-]{3,20}")
_NUMERO = re.compile(r"(?:note )?n\.? ?[°º]\.? ?[:.]? ?", re.IGNORECASE)
_BOX = re.compile(r"box\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Text that stands where the value of a label is expected."""

    hit: Hit
    label: Segment
    segment: Segment
    start: int
    nearness: float


def beside(sheet: Sheet, segment: Segment, hit: Hit) -> Iterator[Labelled]:
    """Where the value of a label may stand: behind it, in the next segment, below it."""
    end = segment.hit_span(hit)[1]
    after = next((h for h in segment.hits if h.start >= hit.end), None)
    if after and segment.text[end : segment.hit_span(after)[0]].strip(" .") == "/":
        end, hit = segment.hit_span(after)[1], after  # "GST Reg. No. / UEN: …" has two names
    if other := _OTHER_NAME.match(segment.text, end):
        end = other.end()  # "Your Ref / LO No. : …"
    elif (more := _MORE_NAME.match(segment.text, end)) and not any(
        end <= segment.hit_span(h)[0] < more.end() and _names_a_field(h) for h in segment.hits
    ):
        end = more.end()  # "VAT ID Consol. Busn no: …"
    gap = _SEPARATORS.match(segment.text, end)
    start = gap.end() if gap else end
    following = [
        h
        for h in segment.hits
        if segment.hit_span(h)[0] >= end
        and _names_a_field(h)
        and not _INSIDE.match(segment.text, segment.hit_span(h)[1])
    ]
    if start < len(segment.text):
        first = segment.hit_span(following[0]) if following else (len(segment.text), 0)
        if first[0] > start or _INSIDE.match(segment.text, first[1]):  # "Your order: PO-31117"
            yield Labelled(hit, segment, segment, start, 1.0)
            return
    elif segment.right is not None:
        right = segment.right
        gap = _SEPARATORS.match(right.text)
        start = gap.end() if gap else 0
        named = [right.hit_span(h) for h in right.hits if _names_a_field(h)]
        first = named[0] if named else (len(right.text), 0)
        labelled = first[0] <= start and not _INSIDE.match(right.text, first[1])
        if not labelled and start < len(right.text):
            yield Labelled(hit, segment, right, start, 0.92)
    box = segment.hit_place(hit)
    for under in sheet.below(segment, box, reach=5):
        if under.box.y0 - segment.box.y1 > 4 * segment.height:
            return
        starts = [
            offset
            for offset, word in zip(under.offsets, under.words, strict=True)
            if word.box.x1 > box.x0 - 0.005
        ]
        start = starts[0] if starts else 0
        if under.mostly_label and any(
            under.hit_span(h)[0] <= start < under.hit_span(h)[1] for h in under.hits
        ):
            return  # a label below a label: its value is to the right of it, not here
        if any(_names_a_field(h) and under.hit_span(h)[1] <= start for h in under.hits):
            return  # "IBAN: DE12…": what stands here has a label of its own
        gap = _SEPARATORS.match(under.text, start)
        start = gap.end() if gap and gap.end() < len(under.text) else start
        yield Labelled(hit, segment, under, start, 0.75)
        return


def names_earlier(segment: Segment, hit: Hit, *, credit: bool) -> bool:
    """Whether the invoice a label speaks of is another one: "correction of invoice 4711".

    Args:
        credit: On a credit note any words before "invoice" say so.
    """
    begin = segment.hit_span(hit)[0]
    if _EARLIER.search(segment.text[:begin]):
        return True
    before = [segment.hit_span(h)[1] for h in segment.hits if h.end <= hit.start]
    return credit and bool(_WORDS_ONLY.fullmatch(segment.text[max(before, default=0) : begin]))


def is_credit_note(sheet: Sheet) -> bool:
    """Whether a line in the upper half of the first page begins with such a title."""
    return any(
        "title_credit_note" in hit.meanings
        for segment in sheet
        if segment.page.number == 1 and segment.box.y0 < 0.5
        for hit in segment.hits[:1]
        if hit.start == 0
    )


def _is_number_of_invoice(segment: Segment, index: int) -> bool:
    """ "N.º da fatura": a word for number right before a word for invoice."""
    hit, before = segment.hits[index], segment.hits[index - 1] if index else None
    bill = bool(_BILL & set(hit.meanings))
    return (
        bill and before is not None and "number" in before.meanings and hit.start - before.end < 2
    )


def _is_number_after_title(segment: Segment, index: int) -> bool:
    """ "RAČUN R-1 br.": a word for number shortly behind the title."""
    if not 0 < index < len(segment.hits):
        return False
    hit, before = segment.hits[index], segment.hits[index - 1]
    bill = bool(_BILL & set(before.meanings))
    gap = segment.hit_span(hit)[0] - segment.hit_span(before)[1]
    return bill and "number" in hit.meanings and gap <= _SERIES


def _is_number_beside_title(segment: Segment, index: int) -> bool:
    """ "Faktura – daňový doklad" with "č." at the head of the next segment."""
    hit, left = segment.hits[index], segment.left
    if left is None or hit.start or "number" not in hit.meanings or not left.mostly_label:
        return False
    return any(_BILL & set(h.meanings) for h in left.hits)


_SERIES = 8  # letters between them: the kind or series of the invoice


def _names_a_field(hit: Hit) -> bool:
    """Whether the words are a label of their own; "net" in "Terms: net 30" is not."""
    return not all(m.startswith("m_") or m in ("number", "column") for m in hit.meanings)


def number_at(text: str, start: int) -> tuple[int, int, float] | None:
    """Start, end and likelihood (0–1) of an identifier that begins at `start`."""
    found = _NUMBER.match(text, start)
    if not found:
        return None
    end = found.end()
    value = text[start:end].rstrip("./-_\\")
    if " " in value and " - " not in value and " / " not in value:
        head, _, tail = value.rpartition(" ")
        if any(c.isdigit() for c in head):
            value = head
        elif not any(c.isdigit() for c in tail):
            return None
    if not any(c.isdigit() for c in value):
        return None
    end = start + len(value)
    if any(
        r.start <= start < r.end for r in find_dates(text[start : start + 24])[:1] if r.start == 0
    ):
        return None
    if (
        find_dates(value)
        and find_dates(value)[0].end - find_dates(value)[0].start >= len(value) - 1
    ):
        return None
    if _MONEY.fullmatch(value) or _CLOCK.match(text, start) or text[end : end + 1] in "%€$£":
        if text[end : end + 1]:
            return None
        if _MONEY.fullmatch(value):
            return None
    digits = sum(c.isdigit() for c in value)
    shape = 1.0 if len(value) >= 4 else 0.7 if len(value) >= 2 else 0.3
    if digits == 0 or value.lower().startswith(("tel", "fax")):
        return None
    return start, end, shape


def _titled(segment: Segment, index: int, at: Labelled, value: str) -> float:
    """How surely a number behind the document's title ("Rechnung RE1001") is its number."""
    hit = segment.hits[index]
    colon = ":" in segment.text[segment.hit_span(hit)[1] :]
    bill = bool(_BILL & set(hit.meanings))
    after = segment.hits[index + 1] if index + 1 < len(segment.hits) else None
    if after is not None and after.start == hit.end and _names_a_field(after):
        return 0.0
    if not bill:
        number = sum(c.isdigit() for c in value) >= 6 and hit.start == 0 and at.nearness == 1
        near = number or (colon and at.nearness > 0.9)
        return 0.5 if near and "title_receipt" in hit.meanings else 0.0
    if at.nearness == 1:
        return 0.7
    if colon and hit.start == 0 and len(value) > 4:
        return 0.6  # "Factuur:", its number below
    beside_title = at.nearness > 0.9 and (colon or (segment.mostly_label and len(value) > 4))
    return (0.7 if colon else 0.55) if beside_title else 0.0


def _numero(sheet: Sheet, segment: Segment) -> Found | None:
    """ "N° 26/0418", alone in its cell beside or below the title."""
    sign = _NUMERO.match(segment.text)
    if not sign or segment.page.number > 1 or segment.box.y0 > 0.5:
        return None
    near = [*sheet.above(segment, segment.box, reach=2), segment.left]
    titled = any(m.startswith("title_") for s in near if s for h in s.hits for m in h.meanings)
    if not titled and not sign.group().lower().startswith("note"):
        return None
    number = number_at(segment.text, sign.end())
    if number is None or number[1] < len(segment.text) or number[1] - number[0] < 4:
        return None
    early = 1 - 0.5 * segment.box.y0
    evidence = Evidence(0.5, 1.0, number[2], 0.0, early, 1.0)
    return found_in(segment, number[0], number[1], segment.text[number[0] :], evidence)


def find_references(sheet: Sheet, *, business: bool) -> dict[str, ExtractedField]:
    """All labelled numbers; the invoice number also right behind the document's title.

    Args:
        business: The customer is a company: "order number" may be the one of its purchase order.
            A private customer's is the shop's own.
    """
    found: dict[str, list[Found]] = {}
    ordered: list[Found] = []
    words = Counter(w.text.strip(":.,;#") for p in sheet.pages for w in p.words)
    credit = is_credit_note(sheet)
    for segment in sheet:
        for index, hit in enumerate(segment.hits):
            if _INSIDE.match(segment.text, segment.hit_span(hit)[1]):
                continue  # "PO-556423": no label, but the beginning of the number
            if hit.start and len(hit.phrase) <= 2 and not segment.hits[0].start < hit.start:
                continue  # "Banca del Po" orders nothing
            names = [m for m in hit.meanings if m in REFERENCES or m in _WEAK]
            if not names and (
                _is_number_of_invoice(segment, index)
                or _is_number_after_title(segment, index)
                or _is_number_beside_title(segment, index)
            ):
                names = ["invoice_number"]
            bill = "invoice_number" in names or "title_invoice" in hit.meanings
            if bill and names_earlier(segment, hit, credit=credit):
                names = ["preceding_invoice"]
            if not names and "number" in hit.meanings and hit.start == 0:
                # "Nummer: 2025/044" under the title; only when no better label is found.
                colon = segment.text[segment.hit_span(hit)[1] :].lstrip(" .").startswith(":")
                rest = segment.text[segment.hit_span(hit)[1] :].strip(" .:#")
                alone = any(c.isdigit() for c in rest) and _ALONE.fullmatch(rest)
                short = len(hit.phrase) <= 2 and _PLAIN.fullmatch(rest)
                named = colon or segment.mostly_label or alone or short
                names = ["number"] if named and segment.box.y0 < 0.5 else []
            titled = not names and any(m.startswith("title_") for m in hit.meanings)
            if titled and _is_number_after_title(segment, index + 1):
                continue  # "Račun R-1 br. 4417": the number stands behind the next label
            if not names and not titled:
                continue
            for at in beside(sheet, segment, hit):
                if _BOX.match(at.segment.text, at.start):
                    continue  # "PO Box 740118" is an address
                number = number_at(at.segment.text, at.start)
                if number is None:
                    continue
                start, end, shape = number
                if _GROUPS.fullmatch(at.segment.text, start):
                    end = len(at.segment.text)  # "8250 4471", alone in its cell
                value = at.segment.text[start:end]
                if names == ["number"] and len(value) < 4:
                    continue
                strength = (
                    0.9 + 0.1 * hit.exactness if hit.exactness == 1.0 else hit.exactness - 0.1
                )
                if "follo" in hit.phrase:
                    strength -= 0.1  # a hotel's number of the account, where it has no other
                if titled:
                    strength = _titled(segment, index, at, value)
                    if not strength:
                        continue
                    names, shape = ["invoice_number"], shape * (1.0 if len(value) > 3 else 0.5)
                again = 0.15 * min(3, words[value] - 1)
                early = 1 - 0.5 * segment.box.y0 if segment.page.number == 1 else 0.3
                evidence = Evidence(strength, at.nearness, shape, again, early, 1.0)
                for name in names:
                    if name == "payment_reference" and len(value) < 4:
                        continue
                    one = found_in(at.segment, start, end, value, evidence)
                    found.setdefault(name, []).append(one)
                    if name == "order" and hit.phrase.startswith(_BOUGHT):
                        ordered.append(one)
        if signed := _numero(sheet, segment):
            found.setdefault("number", []).append(signed)
    orders = found.pop("order", [])
    if len({f.value for f in orders}) > 1:  # "Bestellnummer" is theirs, "Auftragsnummer" ours
        orders = [f for f in orders if f in ordered]
    given = found.get("buyer_reference", [])
    theirs = [f for f in given if not _LEITWEG.fullmatch(str(f.value))]
    business = business or len(theirs) < len(given)
    theirs = [f for f in theirs if _CODE.search(str(f.value))]
    if business and theirs:
        orders = []  # whose order it is nobody says, whose reference it is they do
    if business and not found.get("purchase_order") and len({f.value for f in orders}) == 1:
        found["purchase_order"] = [
            replace(f, evidence=f.evidence._replace(label=0.75)) for f in orders
        ]
    if business and not found.get("purchase_order"):
        found["purchase_order"] = [
            replace(f, evidence=f.evidence._replace(label=0.55)) for f in theirs
        ]
    bare = found.pop("number", [])
    if not found.get("invoice_number") and len({f.value for f in bare}) == 1:
        found["invoice_number"] = [
            replace(f, evidence=f.evidence._replace(label=0.5)) for f in bare
        ]
    elif (
        not found.get("invoice_number")
        and not business
        and len({f.value for f in orders}) == 1
        and any("title_invoice" in h.meanings for s in sheet for h in s.hits)
    ):  # a shop that numbers nothing but its orders
        found["invoice_number"] = [
            replace(f, evidence=f.evidence._replace(label=0.5))
            for f in orders
            if f.evidence.nearness > 0.9
        ]
    earlier = {f.value for f in found.get("preceding_invoice", ())}
    if own := [f for f in found.get("invoice_number", ()) if f.value not in earlier]:
        found["invoice_number"] = own
    fields: dict[str, ExtractedField] = {}
    for name, options in found.items():
        if field := choose(options, ceiling=0.98):
            fields[name] = field
    return fields
