"""Who bills whom: the vendor's block, the customer's block, and what belongs to each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from invoice_ai.domain.dates import find_dates, fold
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.extraction.finders.addresses import (
    Block,
    find_blocks,
    is_attention,
    is_country,
    is_detail,
    is_street,
    joined,
    legal_form,
)
from invoice_ai.extraction.finders.evidence import (
    Evidence,
    Found,
    choose,
    found_in,
    found_text,
    text_field,
)
from invoice_ai.extraction.finders.forms import is_heading, with_forms
from invoice_ai.extraction.finders.identity import (
    find_contacts,
    find_registration,
    find_tax_ids,
    vendor_country,
)
from invoice_ai.extraction.finders.names import (
    Name,
    choose_name,
    clean_name,
    domains_of,
    is_name,
    is_person,
    matches_domain,
    vendor_names,
)
from invoice_ai.extraction.finders.references import beside
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_TITLE = re.compile(
    r"(?:herrn?|frau|firma|mr|mrs|ms|m|mme|sig|spett\.?le|sr|sra|to|an|an (?:die|das|den)|familie|famille|family|eheleute|to the|client|kunde)\.?:?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who stands on the page, before it is decided who is who."""

    blocks: Sequence[Block]
    vendor: Block | None
    customer: Block | None
    names: Sequence[Name]
    customer_names: Sequence[Found]
    country: str | None  # the vendor's, when known


def find_parties(sheet: Sheet, *, receipt: bool) -> tuple[dict[str, ExtractedField], Parties]:
    """Fields of vendor, customer, ship-to and payee, and all that was considered for them."""
    blocks = with_forms(sheet, find_blocks(sheet))
    domains = domains_of(sheet)
    _judge(sheet, blocks, receipt, domains)
    vendor = max((b for b in blocks if b.score > 0), key=lambda b: b.score, default=None)
    customer = _customer_block(sheet, blocks, vendor, receipt)
    fields: dict[str, ExtractedField] = {}
    customer_names = _customer_names(sheet, customer)
    if vendor is not None and vendor.name:  # nobody bills himself
        others = [c for c in customer_names if not _is_of(vendor.name[-1], str(c.value))]
        customer_names = others or customer_names
    names = vendor_names(sheet, blocks, vendor, customer_names, domains, receipt)
    if field := choose_name(names):
        fields["vendor_name"] = field
        if not customer_names and not receipt:
            customer_names = _other_company(sheet, str(field.value))
    head = _receipt_address(sheet) if receipt else None
    if head and (vendor is None or _below_prices(sheet, vendor)):
        fields["vendor_address"] = head
    elif vendor is not None:
        fields.update(_address(vendor, "vendor_address", _block_evidence(vendor)))
    if customer is not None:
        evidence = Evidence(1.0 if customer.label else 0.6, 0.8, 1.0, 0.2, 0.5, 1.0)
        fields.update(_address(customer, "customer_address", evidence))
    if field := choose(customer_names, ceiling=0.97):
        fields["customer_name"] = field
    for block in blocks:
        if block.label in ("ship_to", "remit_to"):
            lines = [*block.name, *block.address]
            evidence = Evidence(1.0, 0.8, 1.0, 0.0, 0.5, 1.0)
            if block.label == "ship_to" and "ship_to" not in fields:
                fields["ship_to"] = text_field(block.segments, joined(lines), evidence)
            if block.label == "remit_to" and block.name and "remit_to" not in fields:
                fields["remit_to"] = text_field(block.name_segments, block.name[0], evidence)
    tax_country = find_tax_ids(sheet, fields, vendor, customer)
    find_registration(sheet, fields)
    find_contacts(sheet, fields, vendor, customer)
    country = vendor_country(fields, vendor, sheet) or tax_country
    if country and "vendor_address" in fields:
        source = fields["vendor_address"]
        fields["vendor_country"] = ExtractedField(
            country, "", round(source.confidence * 0.9, 4), source.source, source.page, source.box
        )
    return fields, Parties(blocks, vendor, customer, names, customer_names, country)


_LABELS = {"seller": 4.0, "buyer": -5.0, "ship_to": -5.0, "ship_from": -5.0, "remit_to": -0.5}
_ELSEWHERE = ("seller", "ship_to", "ship_from", "remit_to")  # nobody there is billed


def _judge(sheet: Sheet, blocks: list[Block], receipt: bool, domains: set[str]) -> None:
    """Points for being the vendor's block (positive) or somebody else's (negative)."""
    heads = {_letters(s.text) for s in sheet if s.page.number == 1 and s.box.y0 < _LETTERHEAD}
    head = min(blocks, key=lambda b: _reading_order(b.segments[0]), default=None)
    for index, block in enumerate(blocks):
        first = block.segments[0]
        score = _LABELS.get(block.label, 0.0)
        y = first.box.y0
        if first.page.number > 1:
            score -= 1.5
        near = _details_near(sheet, block)
        block.contact = near
        score += min(1 if y > 0.78 else 3, near) * 0.9
        if block.one_line:
            score += 1.2
            below = next(iter(sheet.below(first, first.box, reach=2)), None)
            if below is not None and not is_detail(below) and y < 0.35:
                score += 0.8
        if y > 0.78:
            score += 0.8
        if y < 0.13:
            score += 1.2
        if block is head:
            score += 0.7
        if receipt and index == 0:
            score += 2.0
        score += 1.5 * max((matches_domain(n, domains) for n in block.name), default=0.0)
        if y > 0.5 and any(_letters(n) in heads for n in block.name):
            score += 1.5  # its name heads the page, its address stands on the slip to send back
        if any(legal_form(n) for n in block.name):
            score += 0.4
        if any(re.search(r"bank|sparkasse", n, re.IGNORECASE) for n in block.name):
            score -= 2.5
        # The window of a letter: left, upper third, no contact data around it.
        if (
            not block.one_line
            and not near
            and 0.12 < y < 0.4
            and not receipt
            and not block.label
            and index
        ):
            score -= 1.5
        block.score = score


_LETTERHEAD = 0.08  # of the page's height


def _letters(text: str) -> str:
    """What two printings of a name have in common: "LakelineConnect", "Lakeline Connect"."""
    return re.sub(r"[\W_]+", "", fold(text))


def _reading_order(segment: Segment) -> tuple[int, float, float]:
    """By page, then by height in steps of three lines, then from the left."""
    return segment.page.number, segment.box.y0 // 0.04, segment.box.x0


def _details_near(sheet: Sheet, block: Block) -> int:
    """Lines of contact or legal data right below, in or beside the block."""
    count = 0
    seen: set[int] = set()
    for segment in block.segments[-1:]:
        at = segment
        for _ in range(4):
            under = next(iter(sheet.below(at, at.box, reach=2)), None)
            if under is None or under.box.y0 - at.box.y1 > 2.2 * at.height or id(under) in seen:
                break
            seen.add(id(under))
            if is_detail(under):
                count += 1
            at = under
    return count + is_detail(block.segments[0 if block.one_line else -1])


def _first_row(sheet: Sheet) -> int:
    """The text line that heads the table of items; the number of lines when none does."""
    for number, line in enumerate(sheet.lines):
        heads = [h for s in line for h in s.hits if _HEADS & set(h.meanings)]
        if len(heads) >= 3:
            return number
    return len(sheet.lines)


_UPPER = 0.3  # of the page's height
_HEADS = frozenset({"column", "m_quantity", "m_price"})


def _customer_block(
    sheet: Sheet, blocks: Sequence[Block], vendor: Block | None, receipt: bool
) -> Block | None:
    first_row = _first_row(sheet)
    above = {_letters(s.text) for s in sheet if s.page.number == 1 and s.box.y0 < _UPPER}
    others = [b for b in blocks if b is not vendor and b.label not in _ELSEWHERE]
    labelled = [b for b in others if b.label == "buyer" and b.segments[0].page.number == 1]
    if labelled:
        return labelled[0]
    if receipt:
        return None
    name = vendor.name[0] if vendor and vendor.name else ""
    for block in others:
        first = block.segments[0]
        placed = first.line <= first_row and (0.02 if vendor else 0.06) < first.box.y0 < 0.5
        again = any(_letters(n) in above for n in block.name)  # on the slip to send back
        if (
            block.one_line
            or first.page.number > 1
            or not (placed or again)
            or block.contact >= 2
            or (vendor is not None and _same_address(block, vendor))
        ):
            continue
        own = [_is_of(name, n) if name else False for n in block.name]
        keep = [
            i
            for i, n in enumerate(block.name)
            if not own[i] and is_name(n) and not _TITLE.fullmatch(n)
        ]
        if not keep:
            continue
        # The vendor's sender line over the window is not the customer's name.
        block.name = [block.name[i] for i in keep]
        block.name_segments = [
            block.name_segments[min(i, len(block.name_segments) - 1)] for i in keep
        ]
        return block
    return None


def _is_of(company: str, name: str) -> bool:
    """Whether a name is the company's own, or that of its branch: "Muster Inn Leeds North"."""
    if fuzz.token_set_ratio(fold(company), fold(name)) > 88:
        return True
    words = re.findall(r"[^\W\d_]{2,}", fold(clean_name(company)))
    own = [w for w in words if not legal_form(w)]
    branch = set(re.findall(r"[^\W\d_]{2,}", fold(name)))
    return 2 <= len(own) <= 4 and set(own) <= branch


def _other_company(sheet: Sheet, vendor: str) -> list[Found]:
    """A company in the upper part of the first page that is not the vendor, without an address."""
    found: list[Found] = []
    for segment in sheet:
        if segment.page.number > 1 or segment.box.y0 > 0.45:
            break
        text = clean_name(segment.text)
        company = legal_form(text) and is_name(text) and len(text.split()) <= _LONGEST_COMPANY
        if (
            company
            and segment.box.y0 > 0.06
            and not _is_of(vendor, text)
            and not _is_of(text, vendor)
        ):
            evidence = Evidence(0.5, 0.7, 1.0, 0.0, 0.5, 1.0)
            found.append(found_text([segment], text, evidence))
    return found if len({f.value for f in found}) == 1 else []


_LONGEST_COMPANY = 8  # words


def _same_address(block: Block, vendor: Block) -> bool:
    here, there = (re.sub(r"\W+", " ", fold(joined(b.address))) for b in (block, vendor))
    return len(there) > 12 and fuzz.token_set_ratio(here, there) > 92


def _customer_names(sheet: Sheet, block: Block | None) -> list[Found]:
    found: list[Found] = []
    if block is not None and block.name:
        named = [i for i, n in enumerate(block.name) if is_name(n) and not _TITLE.fullmatch(n)]
        named.sort(key=lambda i: is_person(block.name[i]))  # a company before who works there
        first = named[0] if named else 0
        segment = block.name_segments[min(first, len(block.name_segments) - 1)]
        text = clean_name(block.name[first])
        strength = 1.0 if block.label else 0.7
        evidence = Evidence(strength, 0.85, 1.0, 0.2, 0.5, 1.0)
        start = max(0, segment.text.find(text))
        found.append(found_in(segment, start, start + len(text), text, evidence))
    for segment in sheet:
        if segment.page.number > 1:
            break
        for hit in segment.hits:
            if "buyer" not in hit.meanings:
                continue
            start, end = segment.hit_span(hit)
            alone = segment.text[end : end + 2].strip() in (":", ".", "")
            if len(hit.phrase) < 10 and not alone and segment.text[end : end + 2] != " :":
                continue
            if start > 3 and segment.text[:start].strip(" .:") and segment.hits[0] is not hit:
                continue
            for at in beside(sheet, segment, hit):
                text = at.segment.text[at.start :].strip(" :")
                head = re.split(r"\s{2,}|\s[|·•]\s|,\s(?=\d)", text)[0]
                if not is_name(head) or is_detail(at.segment) or is_country(head):
                    continue
                if is_heading(at.segment) and not legal_form(head):
                    continue
                if head[0].islower() and not legal_form(head):
                    continue  # "our invoice for the following:"
                if (
                    at.segment.hits
                    and at.segment.hit_span(at.segment.hits[0])[0] == at.start
                    and not legal_form(head)
                ):
                    continue
                if at.segment.mostly_label and not legal_form(head):
                    continue
                strength = 0.85 if len(hit.phrase) > 4 else 0.6
                if is_attention(hit.phrase) or is_person(head):
                    strength = 0.35  # a person or a department of the customer
                if any("m_" in m for h in at.segment.hits for m in h.meanings):
                    strength -= 0.3
                evidence = Evidence(strength, at.nearness, 1.0, 0.0, 0.5, 1.0)
                found.append(found_in(at.segment, at.start, at.start + len(head), head, evidence))
                break
    return found


def _block_evidence(block: Block) -> Evidence:
    return Evidence(max(0.2, min(1.0, 0.3 + 0.15 * block.score)), 0.8, 1.0, 0.1, 0.5, 1.0)


def _address(block: Block, name: str, evidence: Evidence) -> dict[str, ExtractedField]:
    lines = [t for t in block.address if not is_country(t)]
    text = _PHONE_BEHIND.sub("", joined(lines))
    return {name: text_field(block.address_segments, text, evidence)} if text else {}


# "…, IN 47303 Ph 765-555-0172"
_PHONE_BEHIND = re.compile(
    r"(?<=\w)[ ,|·•]+(?:ph|phone|tel|telephone|t|fon)\b[.:]? ?[(+]?\d[\d ().-]{6,}.*", re.IGNORECASE
)


def _receipt_address(sheet: Sheet) -> ExtractedField | None:
    """The lines at the head of a receipt from the street on, whose postcode could not be read."""
    kept: list[Segment] = []
    for line in sheet.lines[:14]:
        if any(_PRICE.search(s.text) for s in line):
            break  # what is bought begins
        begun = bool(kept)
        for segment in line:
            if segment.mostly_label or is_detail(segment) or not _place_like(segment.text):
                continue
            if kept or is_street(segment.text):
                kept.append(segment)
        if begun and not (kept and kept[-1] in line):
            break
        if len(kept) >= _RECEIPT_ADDRESS:
            break
    if not kept:
        return None
    return text_field(kept, joined([s.text for s in kept]), Evidence(0.5, 0.6, 0.8, 0, 0.5, 1))


_RECEIPT_ADDRESS = 5  # lines
_PRICE = re.compile(r"\d[.,]\d\d(?!\d)")


def _place_like(text: str) -> bool:
    """No date, price, time or "name: value": what may be a line of an address."""
    return not (find_dates(text) or re.search(r"\w ?[:#±=]\s?\w", text))


def _below_prices(sheet: Sheet, block: Block) -> bool:
    """Whether the block stands under the first price, where a till prints goods and not itself."""
    first = block.segments[0]
    return any(
        segment.page is first.page and segment.line < first.line and _PRICE.search(segment.text)
        for segment in sheet
    )
