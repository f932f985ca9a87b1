"""The vendor's name: who speaks for being it, and the best supported one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from invoice_ai.domain.dates import find_dates, fold
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.extraction.finders.addresses import (
    Block,
    has_postcode,
    is_country,
    is_detail,
    is_street,
    legal_form,
    names_street,
)
from invoice_ai.extraction.finders.evidence import Evidence, Found, as_field, found_text
from invoice_ai.extraction.finders.payment import contacts
from invoice_ai.extraction.finders.references import beside
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_MANAGERS = re.compile(
    r"gesch[äa]ftsf[üu]hrer|managing director|vertreten durch|inhaber|ceo|bank|sparkasse|amtsgericht",
    re.IGNORECASE,
)

_PERSON = re.compile(
    r"(?:mr|mrs|ms|miss|herrn?|hr|frau|fr|sr|sra|m|me|mme|mlle|madame|monsieur|dhr|mevr|mevrouw|sig|sig\.ra|signora?|pan[ií]?|dr|ing|mag|avv)\b\.? ",
    re.IGNORECASE,
)

_NOT_A_NAME = re.compile(
    r"(?:(?:company|business|trade|firm) (?:no|number|reg\w*|id)|address|adresse|anschrift|indirizzo|direcci[oó]n|domicilio|endere[cç]o|adres|alamat|page|seite|date|datum"
    r"|of|for|and|und|von|eur|gbp|usd|rm|chf|nok|sek|dkk|pln|czk"
    r"|inh|inhaber|owner|proprietor|prop|gesch[äa]ftsf[üu]hrer|(?:the )?accounts? (?:department|payable|dept)|attn|attention|att|[aà] l.attention|z\.? ?h(?:d|än?den)|zu h[äa]nden|t\.? ?a\.? ?v|ter attentie|(?:alla )?(?:c\.? ?a\.?|cortese attenzione)|all.attenzione|a la atenci[oó]n|k rukám|do rąk|c/o|po box|dept|accounting|buchhaltung|rechnungswesen|comptabilit[ée]|administratie|abt(?:eilung|\.)|purchase ledger|bought ledger|(?:service|direction) (?:comptab\w*|achats|fournisseurs|facturation|communication|technique|culture|travaux|informatique|g[ée]n[ée]rale?)s?|\w*administratie\b|crediteuren|rechnungseingang|kreditoren|ufficio|departamento|dept\.|administraci[oó]n|dzia[lł]|ekonomi|økonomi|thank|danke|welcome|willkommen|please|bitte|terms|copy|original|duplicate|paid|bezahlt|kopie|work order)\b",
    re.IGNORECASE,
)

# Part of a company, a person's post in it, and what a number is of: "Property no."
_DEPARTMENT = re.compile(
    r"\b(?:dept|department|abteilung|no|nr|number|nummer)\.?$|, (?:CFO|CEO|COO|manager|director|controller|buyer)$",
    re.IGNORECASE,
)

_ABOUT_A_COMPANY = re.compile(
    r"\b(?:au capital|capital social|capitale sociale|kapitał zakładowy|stammkapital|registered (?:office|in|number)"
    r"|si[eè]ge social|sede legale|domicilio social|sitz der gesellschaft|handelsregister)\b"
    r"|\b(?:company|billing|payment|account|contact|order|customer) (?:and [a-z]+ )?(?:information|details)\b"
    r"|\b[aà] capital (?:variable|fixe)\b"
    r"|^an? (?:[^\W\d_]+ ){1,3}(?:corporation|company|partnership|cooperative)$"
    # What somebody is, without who it is.
    r"|^(?:avocate?s?(?: [àa] la cour)?|rechtsanw[aä]lt\w*|steuerberater\w*|attorneys?(?: (?:and counsel\w+ )?at law)?|solicitors?"
    r"|notai?re?s?|abogad[oa]s?|avvocat[oi]|bauunternehm(?:ung|en)|architekt(?:en|in)?|(?:certified public |chartered )?accountants?|experts?.comptables?)$",
    re.IGNORECASE,
)

# "Muster Ltd is a member of …": the name ends with its legal form.
_PROSE_AFTER_FORM = re.compile(
    r"\b(?:gmbh|ltd|limited|llc|llp|inc|plc|corp|s\.?r\.?l|s\.?a\.?r?\.?l?|b\.?v|n\.?v|ag|kg|spa|oy|ab|aps|as)\b\.?"
    r",? (?=(?:is|ist|est|[eè]|es|a|an|ein|eine|mit|with|has|hat|registered|eingetragen|inscrite|trading|part|member|subsidiary)\b)",
    re.IGNORECASE,
)

_ABBREVIATED = re.compile(r"(?:\b\w\.\s?\w|\b(?:inc|co|corp|ltd|bhd|bros|cie|jr))$", re.IGNORECASE)

# "Tools · Welding · Safety": what a company deals in.
_TRADES = re.compile(r"\w(?:\s[·•|.–-]\s|[·•|]).*\w(?:\s[·•|.–-]\s|[·•|])\w")

_NOISE = re.compile(r"^[\W\d_]*$")


@dataclass(eq=False, slots=True)
class Name:
    text: str
    segments: list[Segment]
    score: float
    why: str


def domains_of(sheet: Sheet) -> set[str]:
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


def matches_domain(name: str, domains: set[str]) -> float:
    """How much of a domain the name explains, 0–1: "Kraxi GmbH" all of kraxi.com."""
    words = [w for w in re.split(r"[^a-z0-9]+", fold(name)) if len(w) > 2]
    best = 0.0
    for domain in domains:
        bare = domain.replace("-", "")
        covered = sum(len(w) for w in words if w in bare)
        if covered >= 4:
            best = max(best, min(1.0, covered / len(bare)))
    return best


@lru_cache(maxsize=2048)
def is_name(text: str) -> bool:
    """Letters enough, no street, no date, no amount."""
    letters = sum(map(str.isalpha, text))
    if letters < 3 or len(text) > 80 or letters < 0.5 * len(text) or text[0] == "(":
        return False
    if (
        _NOT_A_NAME.match(text)
        or _DEPARTMENT.search(text)
        or _ABOUT_A_COMPANY.search(text)
        or text[-1] in "!?"
    ):
        return False
    if _closes(text) or not _own_words(text):
        return False  # the rest of a name; a legal form alone
    return not (has_postcode(text) or find_dates(text) or re.search(r"\d[.,]\d{2}\b", text))


def _closes(text: str) -> bool:
    """The end of a name whose bracket opens in the line above."""
    return text.count(")") > text.count("(")


def _own_words(text: str) -> bool:
    """Whether a word stands in it that is no legal form."""
    words = [w for w in re.findall(r"[^\W\d_]+", text) if len(w) > 1]
    return any(not legal_form(w) for w in words) or legal_form(text) != bool(words)


def is_person(text: str) -> bool:
    """Whether a form of address stands before the name: "Frau Muster"."""
    return bool(_PERSON.match(text)) and not legal_form(text)


# "(Co. Reg. No. 12345)" with any case; "123456-X" only as written.
_REGISTERED = re.compile(
    r"(?i:\((?:co\.? ?reg\.?[^)]*|[A-Z]{0,3}\d[\w\- ]*|\d+-[A-Z])\))|\b\d{5,7}-[A-Z]\b"
)


@lru_cache(maxsize=2048)
def clean_name(text: str) -> str:
    """A name without registration numbers in brackets and stray signs."""
    text = _REGISTERED.sub("", text)
    if prose := _PROSE_AFTER_FORM.search(text):
        text = text[: prose.end()]
    name = text.strip(" \t*·•|.,:;-–_=~\"'©")
    # "S.L.", "Inc.": the last dot belongs to the abbreviation.
    return name + "." if _ABBREVIATED.search(name) and f"{name}." in text else name


def vendor_names(
    sheet: Sheet,
    blocks: Sequence[Block],
    vendor: Block | None,
    customers: Sequence[Found],
    domains: set[str],
    receipt: bool,
) -> list[Name]:
    found: list[Name] = []
    buyer_names = [str(c.value) for c in customers]
    if vendor is not None and vendor.name:
        found.append(Name(*_block_name(vendor, domains), _block_score(vendor), "block"))
    for block in blocks:
        if block is not vendor and block.score > 0.5 and block.name:
            found.append(Name(*_block_name(block, domains), 1.2 + 0.2 * block.score, "block"))
    if vendor is not None and (over := _over_the_line(sheet, vendor)):
        found.append(over)
    if receipt and (top := _receipt_name(sheet)):
        found.append(top)
    found += _labelled_sellers(sheet)
    median = sorted(s.height for line in sheet.lines[:60] for s in line)
    usual = median[len(median) // 2] if median else 0.01
    for segment in sheet:
        if segment.page.number > 1:
            break
        text = segment.text
        if len(text) > 120 or not any(map(str.isalpha, text)):
            continue
        y = segment.box.y0
        form = legal_form(text)
        if form:
            for part in re.split(r"\s[·•●|–—-]\s|, (?=\d)", text):
                part = part.strip()
                if legal_form(part) and is_name(part) and not _party_word(segment):
                    score = 1.3 + (0.5 if y > 0.74 or y < 0.15 else 0.0)
                    score -= 0.8 if _MANAGERS.search(part) else 0.0
                    found.append(Name(part, [segment], score, "legal"))
                    break
        elif y < 0.2 and is_name(text) and not segment.mostly_label and not is_detail(segment):
            big = segment.height / usual
            if not is_street(text) and not is_country(text):
                score = 1.2 - 3 * y + min(1.2, 0.8 * (big - 1))
                found.append(Name(text, [segment], score, "top"))
                under = next(iter(sheet.below(segment, segment.box, reach=1)), None)
                if under is not None and _one_piece(segment, under) and is_name(under.text):
                    both = f"{text} {under.text}"
                    if matches_domain(both, domains) > matches_domain(text, domains):
                        found.append(Name(both, [segment, under], score, "top"))
    for name in found:
        name.text = clean_name(name.text)
        name.score += 1.2 * matches_domain(name.text, domains)
        if is_person(name.text) or (_TRADES.search(name.text) and not legal_form(name.text)):
            name.score -= 2.0
        if name.why != "receipt" and any(
            fuzz.token_set_ratio(fold(name.text), fold(b)) > 85 for b in buyer_names
        ):
            name.score -= 4.0
        if _NOISE.match(name.text) or len(name.text) < 3:
            name.score -= 5.0
    # A till's name may be in pieces that are none by themselves.
    return [name for name in found if name.why == "receipt" or is_name(name.text)]


def _block_name(block: Block, domains: set[str]) -> tuple[str, list[Segment]]:
    """The line that names the company: with a legal form or like the domain, else the first."""
    worth = [
        legal_form(n) + matches_domain(n, domains) if is_name(clean_name(n)) else -1.0
        for n in block.name
    ]
    best = max(range(len(worth)), key=lambda i: (worth[i], -i))
    return block.name[best], [block.name_segments[min(best, len(block.name_segments) - 1)]]


def _block_score(block: Block) -> float:
    """A block that says "Seller" names the vendor more surely than a letterhead.

    What stands before an address on one line may be a trade or a slogan.
    """
    sure = 2.4 + 0.2 * min(block.score, 4) + (1.2 if block.label == "seller" else 0.0)
    slogan = block.one_line and len(block.name) > 1 and not any(map(legal_form, block.name))
    return sure - 1.6 if slogan else sure


def _over_the_line(sheet: Sheet, block: Block) -> Name | None:
    """The larger name right above "Airport Branch · 12 High Street · 12345 Town"."""
    line = block.segments[0]
    if not block.one_line or line.box.y0 > 0.2 or any(map(legal_form, block.name)):
        return None
    above = next(iter(sheet.above(line, line.box, reach=1)), None)
    if above is None or above.height < 1.15 * line.height or not is_name(above.text):
        return None
    top = next(iter(sheet.above(above, above.box, reach=1)), None)
    if top is not None and (top.height > above.height or legal_form(top.text)):
        return None  # the name itself, what stands below it is a trade
    close = line.box.y0 - above.box.y1 < 2 * above.height and not above.mostly_label
    return Name(above.text, [above], _block_score(block) + 0.4, "block") if close else None


def _party_word(segment: Segment) -> bool:
    return any(
        {"buyer", "ship_to", "bank_account"} & set(h.meanings) for h in segment.hits if h.start == 0
    )


def _labelled_sellers(sheet: Sheet) -> list[Name]:
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
                    is_name(text)
                    and not short
                    and not is_detail(at.segment)
                    and not is_street(text)
                ):
                    score = 3.0 if "seller" in hit.meanings else 1.0
                    found.append(Name(text, [at.segment], score, "label"))
                break
    return found


def _receipt_name(sheet: Sheet) -> Name | None:
    """The lines above the address of a till receipt."""
    head: list[list[Segment]] = []
    for line in sheet.lines[:14]:
        text = " ".join(s.text for s in line)
        name = clean_name(text)
        about = (
            (is_street(name) and (bool(head) or names_street(name)))
            or has_postcode(name)
            or any(is_detail(s) for s in line)
        )
        if head and (about or (re.search(r"\d{6,}-\w", text) and not legal_form(name))):
            break
        rest = bool(head) and _closes(name) and not _closes(_text(head[-1]))
        if (is_name(name) or rest) and not about and not all(s.mostly_label for s in line):
            head.append([s for s in line if not s.mostly_label])  # "ACME Ltd        INVOICE"
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


def _receipt_lines(lines: Sequence[Sequence[Segment]], score: float) -> Name:
    segments = [s for line in lines for s in line]
    return Name(_text(segments), segments, score, "receipt")


def _goes_on(above: Sequence[Segment], below: Sequence[Segment]) -> bool:
    """Whether "RESTAURANT SDN BHD" continues the name in the line above it."""
    text = _text(below)
    own = [w for w in re.findall(r"[^\W\d_]+", text) if len(w) > 1 and not legal_form(w)]
    own = [w for w in own if w.lower() not in ("sdn", "bhd")]
    if text.startswith("&") or (len(text) < 16 and len(own) <= 1):
        return True
    if _closes(text):
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


_MOST_NAMES = 200  # that are compared with each other; an invoice has 5 to 40


def choose_name(names: Sequence[Name]) -> ExtractedField | None:
    """The name with most support; spellings of the same name support each other."""
    names = [n for n in names if n.score > -1 and n.text][:_MOST_NAMES]
    if not names:
        return None
    totals: list[tuple[float, Name]] = []
    for name in names:
        supported = any(
            o is not name
            and o.segments != name.segments
            and fuzz.token_set_ratio(fold(o.text), fold(name.text)) > 90
            for o in names
        )
        totals.append((name.score + 0.6 * supported, name))
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
    found = [_found(name, total) for total, name in totals[:6]]
    first, others = found[0], found[1:]
    # Another name nearly as good is a doubt; another spelling of the same is none.
    rivals = [
        o.confidence
        for o in others
        if fuzz.token_set_ratio(fold(str(o.value)), fold(str(first.value))) < 80
    ]
    doubt = 0.35 * max(0.0, max(rivals, default=0.0) - 0.45)
    return as_field(first, others, min(first.confidence - doubt, 0.96))


def _found(name: Name, score: float) -> Found:
    evidence = Evidence(max(0.0, min(1.0, 0.25 * score)), 0.7, 0.9, 0.1, 0.5, 1.0)
    return found_text(name.segments, name.text, evidence)
