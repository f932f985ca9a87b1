"""Who bills whom: the vendor's block, the customer's block, and what belongs to each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from invoice_ai.domain.dates import find_dates, fold
from invoice_ai.domain.identifiers import compact, country_of_vat, tax_id_of
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.domain.pages import Box, around
from invoice_ai.extraction.finders.addresses import (
    Block,
    country_of,
    find_blocks,
    has_postcode,
    is_country,
    is_detail,
    is_street,
    joined,
    legal_form,
)
from invoice_ai.extraction.finders.evidence import Evidence, Found, choose, found_in, reading_of
from invoice_ai.extraction.finders.payment import contacts
from invoice_ai.extraction.finders.references import beside
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_OWN_TAX = re.compile(
    r"\b(?:your|ihre|votre|su|vostra|uw|client|customer|kunde[n]?|cliente|klant|buyer)\b",
    re.IGNORECASE,
)
_MANAGERS = re.compile(
    r"gesch[äa]ftsf[üu]hrer|managing director|vertreten durch|inhaber|ceo|bank|sparkasse|amtsgericht",
    re.IGNORECASE,
)
_TAX_PREFIX = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2,3} ?\d[\d .]{6,}|ATU ?\d|CHE ?-?\d|\d{2}[A-Z]{5}\d{4}[A-Z])"
)
_TAX_VALUE = re.compile(r"[A-Z]{0,4}[ -]?[A-Z0-9]?[\d][\dA-Z ./\-]{4,22}")
_PERSON = re.compile(
    r"(?:mr|mrs|ms|herrn?|frau|sr|sra|mme|mlle|dhr|mevr|sig|pan[ií]?)\b\.? ", re.IGNORECASE
)
_NOT_A_NAME = re.compile(
    r"(?:address|adresse|anschrift|indirizzo|direcci[oó]n|domicilio|endere[cç]o|adres|alamat|page|seite|date|datum"
    r"|of|for|and|und|von|eur|gbp|usd|rm|chf|nok|sek|dkk|pln|czk"
    r"|inh|inhaber|owner|proprietor|prop|gesch[äa]ftsf[üu]hrer|thank|danke|welcome|willkommen|please|bitte|terms|copy|original|duplicate|paid|bezahlt|kopie)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:herrn?|frau|firma|mr|mrs|ms|m|mme|sig|spett\.?le|sr|sra|to|an|client|kunde)\.?:?",
    re.IGNORECASE,
)
_NOISE = re.compile(r"^[\W\d_]*$")


@dataclass(eq=False, slots=True)
class _Name:
    text: str
    segments: list[Segment]
    score: float
    why: str


def find_parties(sheet: Sheet, *, receipt: bool) -> tuple[dict[str, ExtractedField], str | None]:
    """Fields of vendor, customer, ship-to and payee; and the vendor's country when known."""
    blocks = find_blocks(sheet)
    domains = _domains(sheet)
    _judge(sheet, blocks, receipt, domains)
    vendor = max((b for b in blocks if b.score > 0), key=lambda b: b.score, default=None)
    customer = _customer_block(blocks, vendor, receipt)
    fields: dict[str, ExtractedField] = {}
    customer_names = _customer_names(sheet, customer)
    names = _vendor_names(sheet, blocks, vendor, customer_names, domains, receipt)
    if field := _choose_name(names):
        fields["vendor_name"] = field
    if vendor is not None:
        fields.update(_address(vendor, "vendor_address", _block_evidence(vendor)))
    elif receipt and (found := _receipt_address(sheet)):
        fields["vendor_address"] = found
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
                fields["ship_to"] = _text_field(block.segments, joined(lines), evidence)
            if block.label == "remit_to" and block.name and "remit_to" not in fields:
                fields["remit_to"] = _text_field(block.name_segments, block.name[0], evidence)
    _tax_ids(sheet, fields, vendor, customer)
    _registration(sheet, fields)
    _contacts(sheet, fields, vendor, customer)
    country = _country(fields, vendor, sheet)
    if country and "vendor_address" in fields:
        source = fields["vendor_address"]
        fields["vendor_country"] = ExtractedField(
            country, "", round(source.confidence * 0.9, 4), source.source, source.page, source.box
        )
    return fields, country


def _domains(sheet: Sheet) -> set[str]:
    """Names in web and mail addresses: "info@kraxi.com" says "kraxi"."""
    found: set[str] = set()
    for segment in sheet:
        for kind, (_, _, value) in contacts(segment).items():
            if kind == "phone":
                continue
            host = fold(value.split("@")[-1].split("//")[-1].split("/")[0])
            parts = [p for p in host.split(".") if p != "www"]
            if len(parts) >= 2 and parts[-2] not in (
                "gmail",
                "gmx",
                "yahoo",
                "hotmail",
                "outlook",
                "web",
                "icloud",
            ):
                found.add(parts[-2] if len(parts[-2]) > 3 or len(parts) < 3 else parts[-3])
    return found


def _matches_domain(name: str, domains: set[str]) -> float:
    """How much of a domain the name explains, 0–1: "Kraxi GmbH" all of kraxi.com."""
    words = [w for w in re.split(r"[^a-z0-9]+", fold(name)) if len(w) > 2]
    best = 0.0
    for domain in domains:
        bare = domain.replace("-", "")
        covered = sum(len(w) for w in words if w in bare)
        if covered >= 4:
            best = max(best, min(1.0, covered / len(bare)))
    return best


def _judge(sheet: Sheet, blocks: list[Block], receipt: bool, domains: set[str]) -> None:
    """Points for being the vendor's block (positive) or somebody else's (negative)."""
    for index, block in enumerate(blocks):
        first = block.segments[0]
        score = {"seller": 4.0, "buyer": -5.0, "ship_to": -5.0, "remit_to": -0.5, "": 0.0}[
            block.label
        ]
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
        if index == 0:
            score += 0.7
        if receipt and index == 0:
            score += 2.0
        score += 1.5 * max((_matches_domain(n, domains) for n in block.name), default=0.0)
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
    if block.one_line:
        count += is_detail(block.segments[0])
    return count


def _customer_block(blocks: Sequence[Block], vendor: Block | None, receipt: bool) -> Block | None:
    others = [
        b for b in blocks if b is not vendor and b.label not in ("seller", "ship_to", "remit_to")
    ]
    labelled = [b for b in others if b.label == "buyer" and b.segments[0].page.number == 1]
    if labelled:
        return labelled[0]
    if receipt:
        return None
    name = vendor.name[0] if vendor and vendor.name else ""
    for block in others:
        first = block.segments[0]
        if (
            block.one_line
            or first.page.number > 1
            or not 0.06 < first.box.y0 < 0.5
            or block.contact >= 2
        ):
            continue
        own = [
            fuzz.token_set_ratio(fold(name), fold(n)) > 88 if name else False for n in block.name
        ]
        keep = [
            i
            for i, n in enumerate(block.name)
            if not own[i] and _is_name(n) and not _TITLE.fullmatch(n)
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


def _customer_names(sheet: Sheet, block: Block | None) -> list[Found]:
    found: list[Found] = []
    if block is not None and block.name:
        segment = block.name_segments[0]
        text = _clean(block.name[0])
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
                if not _is_name(head) or is_detail(at.segment) or is_country(head):
                    continue
                if (
                    at.segment.hits
                    and at.segment.hit_span(at.segment.hits[0])[0] == at.start
                    and not legal_form(head)
                ):
                    continue
                if at.segment.mostly_label and not legal_form(head):
                    continue
                strength = 0.85 if len(hit.phrase) > 4 else 0.6
                if any("m_" in m for h in at.segment.hits for m in h.meanings):
                    strength -= 0.3
                evidence = Evidence(strength, at.nearness, 1.0, 0.0, 0.5, 1.0)
                found.append(found_in(at.segment, at.start, at.start + len(head), head, evidence))
                break
    return found


def _is_name(text: str) -> bool:
    """Letters enough, no street, no date, no amount."""
    letters = sum(c.isalpha() for c in text)
    if letters < 3 or len(text) > 80 or letters < 0.5 * len(text) or text[0] == "(":
        return False
    if _NOT_A_NAME.match(text):
        return False
    return not (has_postcode(text) or find_dates(text) or re.search(r"\d[.,]\d{2}\b", text))


def _clean(text: str) -> str:
    """A name without registration numbers in brackets and stray signs."""
    text = re.sub(
        r"\((?:co\.? ?reg\.?[^)]*|[A-Z]{0,3}\d[\w\- ]*|\d+-[A-Z])\)", "", text, flags=re.IGNORECASE
    )
    text = re.sub(r"\b\d{5,7}-[A-Z]\b", "", text)
    return text.strip(" \t*·•|.,:;-–_=~\"'©")


def _vendor_names(
    sheet: Sheet,
    blocks: Sequence[Block],
    vendor: Block | None,
    customers: Sequence[Found],
    domains: set[str],
    receipt: bool,
) -> list[_Name]:
    found: list[_Name] = []
    buyer_names = [str(c.value) for c in customers]
    if vendor is not None and vendor.name:
        found.append(_Name(*_block_name(vendor, domains), _block_score(vendor), "block"))
    for block in blocks:
        if block is not vendor and block.score > 0.5 and block.name:
            found.append(_Name(*_block_name(block, domains), 1.2 + 0.2 * block.score, "block"))
    if receipt and (top := _receipt_name(sheet)):
        found.append(top)
    found += _labelled_sellers(sheet)
    median = sorted(s.height for line in sheet.lines[:60] for s in line)
    usual = median[len(median) // 2] if median else 0.01
    for segment in sheet:
        if segment.page.number > 1:
            break
        text = segment.text
        if len(text) > 120 or not any(c.isalpha() for c in text):
            continue
        y = segment.box.y0
        form = legal_form(text)
        if form:
            for part in re.split(r"\s[·•●|–—-]\s|, (?=\d)", text):
                part = part.strip()
                if legal_form(part) and _is_name(part) and not _party_word(segment):
                    score = 1.3 + (0.5 if y > 0.74 or y < 0.15 else 0.0)
                    score -= 0.8 if _MANAGERS.search(part) else 0.0
                    found.append(_Name(part, [segment], score, "legal"))
                    break
        elif y < 0.2 and _is_name(text) and not segment.mostly_label and not is_detail(segment):
            big = segment.height / usual
            if not is_street(text) and not is_country(text):
                score = 1.2 - 3 * y + min(1.2, 0.8 * (big - 1))
                found.append(_Name(text, [segment], score, "top"))
                under = next(iter(sheet.below(segment, segment.box, reach=1)), None)
                if under is not None and _one_piece(segment, under) and _is_name(under.text):
                    both = f"{text} {under.text}"
                    if _matches_domain(both, domains) > _matches_domain(text, domains):
                        found.append(_Name(both, [segment, under], score, "top"))
    for name in found:
        name.text = _clean(name.text)
        name.score += 1.2 * _matches_domain(name.text, domains)
        if _PERSON.match(name.text) and not legal_form(name.text):
            name.score -= 2.0
        if name.why != "receipt" and any(
            fuzz.token_set_ratio(fold(name.text), fold(b)) > 85 for b in buyer_names
        ):
            name.score -= 4.0
        if _NOISE.match(name.text) or len(name.text) < 3:
            name.score -= 5.0
    return found


def _block_name(block: Block, domains: set[str]) -> tuple[str, list[Segment]]:
    """The line that names the company: with a legal form or like the domain, else the first."""
    worth = [legal_form(n) + _matches_domain(n, domains) for n in block.name]
    best = max(range(len(worth)), key=lambda i: (worth[i], -i))
    return block.name[best], [block.name_segments[min(best, len(block.name_segments) - 1)]]


def _block_score(block: Block) -> float:
    """A block that says "Seller" names the vendor more surely than a letterhead."""
    return 2.4 + 0.2 * min(block.score, 4) + (1.2 if block.label == "seller" else 0.0)


def _party_word(segment: Segment) -> bool:
    return any(
        {"buyer", "ship_to", "bank_account"} & set(h.meanings) for h in segment.hits if h.start == 0
    )


def _labelled_sellers(sheet: Sheet) -> list[_Name]:
    found = []
    for segment in sheet:
        for hit in segment.hits:
            if not {"seller", "remit_to", "account_name"} & set(hit.meanings):
                continue
            _, end = segment.hit_span(hit)
            if len(hit.phrase) <= 4 and segment.text[end : end + 1] not in (":", ""):
                continue
            for at in beside(sheet, segment, hit):
                text = at.segment.text[at.start :].strip(" :")
                text = re.split(r"\s[·•|–-]\s|,\s", text)[0]
                short = len(hit.phrase) <= 4 and text[:1].islower()  # "from above"
                if (
                    _is_name(text)
                    and not short
                    and not is_detail(at.segment)
                    and not is_street(text)
                ):
                    score = 3.0 if "seller" in hit.meanings else 1.0
                    found.append(_Name(text, [at.segment], score, "label"))
                break
    return found


def _receipt_name(sheet: Sheet) -> _Name | None:
    """The lines above the address of a till receipt."""
    head: list[list[Segment]] = []
    for line in sheet.lines[:14]:
        text = " ".join(s.text for s in line)
        name = _clean(text)
        about = is_street(name) or has_postcode(name) or any(is_detail(s) for s in line)
        if head and (about or (re.search(r"\d{6,}-\w", text) and not legal_form(name))):
            break
        if _is_name(name) and not about and not all(s.mostly_label for s in line):
            head.append(line)
    if not head:
        return None
    legal = next((i for i in range(len(head) - 1, -1, -1) if legal_form(_text(head[i]))), None)
    if legal is not None:
        first = legal
        while first > 0 and legal - first < 2 and _goes_on(head[first - 1], head[first]):
            first -= 1
        return _receipt_lines(head[first : legal + 1], 4.2)
    last = head[-1]
    biggest = max(head, key=lambda line: line[0].height)
    chosen = biggest if biggest[0].height > 1.25 * last[0].height else last
    # A name set in two or three lines of one size.
    at = head.index(chosen)
    first = at
    while first > 0 and at - first < 2 and _one_piece(head[first - 1][0], head[first][0]):
        first -= 1
    return _receipt_lines(head[first : at + 1], 3.4)


def _text(line: Sequence[Segment]) -> str:
    return " ".join(s.text for s in line)


def _receipt_lines(lines: Sequence[Sequence[Segment]], score: float) -> _Name:
    segments = [s for line in lines for s in line]
    return _Name(_text(segments), segments, score, "receipt")


def _goes_on(above: Sequence[Segment], below: Sequence[Segment]) -> bool:
    """Whether "RESTAURANT SDN BHD" continues the name in the line above it."""
    text = _text(below)
    own = [w for w in re.findall(r"[^\W\d_]+", text) if len(w) > 1 and not legal_form(w)]
    own = [w for w in own if w.lower() not in ("sdn", "bhd")]
    if text.startswith("&") or (len(text) < 16 and len(own) <= 1):
        return True
    ratio = above[0].height / max(1e-6, below[0].height)
    gap = below[0].box.y0 - above[0].box.y1
    near = gap < 1.6 * below[0].height and 0.8 < ratio < 1.25
    return len(own) <= 2 and near and not legal_form(_text(above)) and _text(above).isupper()


def _one_piece(above: Segment, below: Segment) -> bool:
    """Two lines of the same size with no air between."""
    gap = below.box.y0 - above.box.y1
    ratio = above.height / max(1e-6, below.height)
    short = len(above.words) <= 4
    return above.line == below.line or (short and gap < 0.8 * below.height and 0.75 < ratio < 1.35)


def _choose_name(names: Sequence[_Name]) -> ExtractedField | None:
    """The name with most support; spellings of the same name support each other."""
    names = [n for n in names if n.score > -1 and n.text]
    if not names:
        return None
    totals: list[tuple[float, _Name]] = []
    for name in names:
        support = max(
            (
                0.6
                for o in names
                if o is not name
                and o.segments != name.segments
                and fuzz.token_set_ratio(fold(o.text), fold(name.text)) > 90
            ),
            default=0.0,
        )
        totals.append((name.score + support, name))
    totals.sort(key=lambda t: -t[0])
    top, short = totals[0]
    words = set(re.findall(r"\w+", fold(short.text)))
    if short.why == "top":
        # A logo abbreviates: prefer the full name that holds all its words.
        for total, name in totals[1:]:
            full = set(re.findall(r"\w+", fold(name.text)))
            if name.why != "top" and words < full and total > top - 2.0:
                totals.remove((total, name))
                totals.insert(0, (top, name))
                break
    found = []
    for total, name in totals[:6]:
        label = max(0.0, min(1.0, 0.25 * total))
        evidence = Evidence(label, 0.7, 0.9, 0.1, 0.5, 1.0)
        found.append(_text_found(name.segments, name.text, evidence))
    return choose(found, ceiling=0.96)


def _text_found(segments: Sequence[Segment], text: str, evidence: Evidence) -> Found:
    page = segments[0].page
    same = [s for s in segments if s.page is page]
    words = [w for s in same for w in s.words]
    evidence = evidence._replace(reading=reading_of(words))
    raw = " ".join(s.text for s in same)
    return Found(text, raw, page, around([s.box for s in same]), evidence)


def _text_field(segments: Sequence[Segment], text: str, evidence: Evidence) -> ExtractedField:
    field = choose([_text_found(segments, text, evidence)], ceiling=0.95)
    assert field is not None
    return field


def _block_evidence(block: Block) -> Evidence:
    return Evidence(max(0.2, min(1.0, 0.3 + 0.15 * block.score)), 0.8, 1.0, 0.1, 0.5, 1.0)


def _address(block: Block, name: str, evidence: Evidence) -> dict[str, ExtractedField]:
    lines = [t for t in block.address if not is_country(t)]
    text = joined(lines)
    return {name: _text_field(block.address_segments, text, evidence)} if text else {}


def _receipt_address(sheet: Sheet) -> ExtractedField | None:
    """Street lines at the head of a receipt whose postcode could not be read."""
    kept: list[Segment] = []
    for line in sheet.lines[:14]:
        for segment in line:
            text = segment.text
            if is_street(text) and not segment.mostly_label and not is_detail(segment):
                kept.append(segment)
            elif kept:
                break
        if kept and line[0] is not kept[-1]:
            break
    kept = [s for s in kept if not find_dates(s.text) and not re.search(r"\d[.,]\d\d\b", s.text)]
    if not kept:
        return None
    return _text_field(kept, joined([s.text for s in kept]), Evidence(0.5, 0.6, 0.8, 0, 0.5, 1))


def _tax_ids(
    sheet: Sheet, fields: dict[str, ExtractedField], vendor: Block | None, customer: Block | None
) -> None:
    vendors: list[Found] = []
    customers: list[Found] = []
    buyers = [
        s.box
        for s in sheet
        if s.page.number == 1
        and any(h.start == 0 and "buyer" in h.meanings and len(h.phrase) > 3 for h in s.hits)
    ]
    for segment in sheet:
        places: list[tuple[Segment, int, float, bool]] = []
        theirs = False
        for hit in segment.hits:
            if "tax_id" in hit.meanings:
                begin, end = segment.hit_span(hit)
                theirs = bool(_OWN_TAX.search(segment.text[max(0, begin - 20) : end + 12]))
                places += [
                    (at.segment, at.start, at.nearness, theirs)
                    for at in beside(sheet, segment, hit)
                ]
        seen: set[tuple[int, int]] = set()
        for place, start, near, own in places:
            value = _TAX_VALUE.match(place.text, start)
            if not value or (id(place), start) in seen:
                continue
            seen.add((id(place), start))
            raw = value.group()
            if dates := find_dates(raw):
                raw = raw[: dates[0].start]
            raw = raw.strip(" .-/")
            if (
                sum(c.isdigit() for c in raw) < 6
                or re.fullmatch(r"\d+[.,]\d{2}", raw)
                or "%" in place.text[start : start + 6]
            ):
                continue
            known = (
                tax_id_of(f"{segment.text[:40]} {raw}")
                if place is not segment
                else tax_id_of(segment.text[max(0, start - 30) : start + len(raw)])
            )
            shape, agreement = 0.6, 0.0
            text = raw
            if known and compact(known.value)[-6:] in compact(raw):
                text = known.value
                shape = 1.0
                agreement = 0.4 if known.valid else -0.1
            else:
                text = re.sub(r"\s+", "", raw)
            found = found_in(
                place,
                start,
                start + len(raw),
                text,
                Evidence(0.95, near, shape, agreement, 0.7 - 0.4 * place.box.y0, 1.0),
            )
            theirs = (
                own
                or _belongs(place, customer, vendor)
                or (customer is None and _after(buyers, place))
            )
            (customers if theirs else vendors).append(found)
        if not places and _TAX_PREFIX.search(segment.text):
            known = tax_id_of(segment.text)
            if known and known.valid and known.kind in ("vat", "gst"):
                at = _TAX_PREFIX.search(segment.text)
                start = at.start() if at else 0
                found = found_in(
                    segment,
                    start,
                    min(len(segment.text), start + len(known.value) + 3),
                    known.value,
                    Evidence(0.6, 0.7, 1, 0.4, 0.5, 1),
                )
                (customers if _belongs(segment, customer, vendor) else vendors).append(found)
    if field := choose(_prefer_vat(vendors), ceiling=0.97):
        fields["vendor_tax_id"] = field
    if field := choose(customers, ceiling=0.95):
        fields["customer_tax_id"] = field


def _after(buyers: Sequence[Box], segment: Segment) -> bool:
    """Whether the segment stands beside or shortly below a buyer's label."""
    return segment.page.number == 1 and any(
        box.y0 - 0.01 <= segment.box.y0 <= box.y1 + 0.06 for box in buyers
    )


def _prefer_vat(found: list[Found]) -> list[Found]:
    """Ids for value added tax before tax office numbers, when both are printed."""
    return [f.supported(0.15) if country_of_vat(str(f.value)) else f for f in found]


def _belongs(segment: Segment, customer: Block | None, vendor: Block | None) -> bool:
    """Whether a line stands in or under the customer's block."""
    if customer is None or segment.page is not customer.segments[0].page:
        return False
    box = around([s.box for s in customer.segments])
    inside = segment.box.x0 < box.x1 and segment.box.x1 > box.x0
    under = box.y0 - 0.01 <= segment.box.y0 <= box.y1 + 0.07
    if not (inside and under):
        return False
    if vendor is not None and vendor.segments[0].page is segment.page:
        own = around([s.box for s in vendor.segments])
        return not (
            own.y0 <= segment.box.y0 <= own.y1 + 0.07
            and segment.box.x0 < own.x1
            and segment.box.x1 > own.x0
        )
    return True


def _registration(sheet: Sheet, fields: dict[str, ExtractedField]) -> None:
    found: list[Found] = []
    for segment in sheet:
        for hit in segment.hits:
            if "registration" in hit.meanings:
                for at in beside(sheet, segment, hit):
                    value = re.match(
                        r"(?:HR[AB] ?)?[A-Z]{0,4}[ -]?\d(?:[\dA-Z/.-]| (?=\d)){2,18}(?<=[\dA-Z])(?![a-z])",
                        at.segment.text[at.start :],
                    )
                    if value:
                        end = at.start + value.end()
                        found.append(
                            found_in(
                                at.segment,
                                at.start,
                                end,
                                value.group().strip(),
                                Evidence(0.85, at.nearness, 0.9, 0, 0.5, 1),
                            )
                        )
                    break
    if field := choose(found, ceiling=0.93):
        fields["vendor_registration"] = field


def _contacts(
    sheet: Sheet, fields: dict[str, ExtractedField], vendor: Block | None, customer: Block | None
) -> None:
    found: dict[str, list[Found]] = {}
    name = fold(str(fields["vendor_name"].value)) if "vendor_name" in fields else ""
    for segment in sheet:
        if segment.page.number > 1 and found:
            break
        for kind, (start, end, value) in contacts(segment).items():
            if _belongs(segment, customer, vendor):
                continue
            host = re.sub(r"[^a-z]", "", fold(value.split("@")[-1].replace("www", "")))
            same = any(w in host for w in re.split(r"[^a-z]+", name) if len(w) > 3)
            edge = segment.box.y0 < 0.2 or segment.box.y0 > 0.75
            evidence = Evidence(0.9 if same else 0.65, 0.8, 1.0, 0.2 if edge else 0.0, 0.5, 1.0)
            found.setdefault(kind, []).append(found_in(segment, start, end, value, evidence))
    for kind, options in found.items():
        if field := choose(options, ceiling=0.95):
            fields[f"vendor_{kind}"] = field


def _country(fields: dict[str, ExtractedField], vendor: Block | None, sheet: Sheet) -> str | None:
    """From the vendor's tax id, address, then the bank account."""
    tax = fields.get("vendor_tax_id")
    if tax and (code := country_of_vat(str(tax.value))) and code != "EU":
        return code
    if vendor is not None:
        text = " ".join([*vendor.name, *vendor.address])
        last = vendor.segments[-1]
        under = next(iter(sheet.below(last, last.box, reach=1)), None)
        if code := country_of(f"{text} {under.text if under else ''}"):
            return code
    head = " ".join(s.text for line in sheet.lines[:12] for s in line)
    return (
        country_of(head)
        if re.search(r"sdn\.? ?bhd|jalan|selangor|johor", head, re.IGNORECASE)
        else None
    )
