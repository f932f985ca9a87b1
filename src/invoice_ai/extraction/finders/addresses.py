"""Address blocks: where a place with a postcode stands, and the lines that belong to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from invoice_ai.domain.dates import fold
from invoice_ai.extraction.finders.payment import contacts
from invoice_ai.extraction.finders.sheet import Segment, Sheet, ends_in_money

_REMEMBERED = 2048  # lines; each is asked about many times while one document is read
# Postcodes with their towns. The digits alone mean nothing; the town makes it an address.
_TOWN = r"[A-ZÀ-ÝČŠŽĐĆŁŚŹŻÓΑ-ΩΆ-Ώ][^\W\d_]{1,}"
_POSTCODE = re.compile(
    rf"(?<![\w/.,*#-])(?:[A-Z]{{1,2}}[ -])?(?:\d{{5}}|\d{{4}}|\d{{2}}-\d{{3}}|\d{{3}} \d{{2}}|\d{{4}}-\d{{3}}|\d{{4}} ?[A-Z]{{2}}|\d{{6}})[,.]?\s{{1,2}}{_TOWN}(?![^\W\d_]|\d\d|[/-]\d)"
    rf"|(?!(?:[A-Z]{{1,4}}-|[A-Z]{{2}} |BOX )\d){_TOWN}(?: \d{{1,2}})?[ ,.\-–]{{1,3}}(?:[A-Z]{{2}}[ ,.]{{1,2}})?\d{{5}}(?:-\d{{4}})?(?!\d|[.,]\d)"
    rf"|(?<![A-Z0-9])[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}}(?![A-Z0-9])"
    r"|[A-Z][a-z]{3,} ?[-–,]? ?\d{6}(?!\d)|SINGAPORE,? \d{6}(?!\d)"
    r"|\b(?:VIC|NSW|QLD|WA|SA|TAS|ACT|NT),? \d{4}(?!\d)"
    rf"|(?<![A-Z0-9])[A-Z]\d[A-Z] ?\d[A-Z]\d(?![A-Z0-9])"
    r"|(?<![A-Z0-9])(?:[AC-FHKNPRTV-Y]\d\d|D6W) [0-9AC-FHKNPRTV-Y]{4}(?![A-Z0-9])"
    r"|Τ\.?Κ\.? ?\d{3} ?\d{2}|\bDublin \d{1,2}\b(?![ .,]?\d)"
)
_STREET_WORDS = re.compile(
    r"stra(?:ss|ß)e|str\.|(?:weg|allee|platz|ring|gasse|damm|ufer|chaussee|markt|steig|hof)\b ?\d|avenue|boulevard"
    r"|chemin|impasse|postfach|packstation|kawasan|persiaran|lebuh|kampung|straat\b|laan\b|gracht|plein\b|ulica|trg\b"
    r"|n[aá]m[eě]st|gatan|v[äa]gen|gade\b|katu\b|puiestee|tower|building|complex|^z\.?[aci]\.?(?: de?| du| des)? "
    r"|gewerbe(?:park|gebiet)|industriegebiet|(?:bedrijven|industrie)terrein|industriv[äe]j|str[æa]de\b|gr[äa]nd\b"
    r"|n[aá]b[rř]e[zž]"
    # What begins a word stands together: within a word it is given up at once.
    r"|\b(?:str\b|rue\b|av[e.]?\b|blvd\b|place\b|road\b|rd\b|street\b|st\b(?!:)[.,]?|lane\b|drive\b|dr\b\.?$|way\b|suite\b"
    r"|floor\b|flr\b|level\b|unit\b|p\.? ?o\.? ?box\b|jalan\b|jln\b|jl\b|lorong\b|taman\b|tmn\b|lot\b|bandar\b|plaza\b"
    r"|seksyen\b|section\b|block\b|blok\b|via\b|piazza\b|viale\b|corso\b|calle\b|paseo\b|avda\b|c/|rua\b|avenida\b"
    r"|pra[cç]a\b|weena\b|ul\.|aleja\b|cesta\b|gatan\b|vej\b|gate\b|utca\b|strada\b|mnt\b|crescent\b|close\b|court\b"
    r"|λεωφ|οδ[όο]ς|sok(?:ak)?\b|cad(?:de)?\b|mah(?:allesi)?\b|ut(?:ca|ja)?\b \d|pol[ií]gono\b|zona industrial\b"
    r"|parque (?:industrial|empresarial)\b|zone (?:artisanale|industrielle)\b|zoning\b"
    r"|(?:trading|industrial|business) (?:estate|park)\b|allé\b|osiedle\b|os\. |obala\b|tř[ií]da\b)",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"^[^\W\d_][^\d]{2,40}[ .]\d{1,4} ?[a-zA-Z]?(?:[-/ ]\d{1,4})?[a-z]?[.,]?$"
    r"|^(?:no|lot|l|pt)\.? ?[a-z]{0,2}-?\d[\w ./&-]{0,14}(?:[, ]|$)"
    r"|^[a-z]?\d{1,4}[a-z]?(?:[-/]\w{1,4}){0,3} ?, ?[^\W\d_]{3}|^\d{1,4}[a-z]? [a-z]{3,}",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"(?:\b[^\W\d_]{0,14} )?(?:office|branch|filiale|address|si[eè]ge social|sitz|sede(?: legale| social)?|domicilio|anschrift|adresse|adres|indirizzo)\s?:\s?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"\. (?=[A-ZÀ-Ý][^\W\d_]{3})")
_SPLIT = re.compile(r"\s[·•●|∙*]\s|\s[-–—]\s|[·•●|∙]| ,|, ")
COUNTRY_CODES: dict[str, str] = {
    "germany": "DE", "deutschland": "DE", "france": "FR", "frankreich": "FR", "united kingdom": "GB", "uk": "GB",
    "england": "GB", "ireland": "IE", "italy": "IT", "italia": "IT", "spain": "ES", "espana": "ES",
    "netherlands": "NL", "nederland": "NL", "belgium": "BE", "belgie": "BE", "belgique": "BE", "austria": "AT",
    "osterreich": "AT", "switzerland": "CH", "schweiz": "CH", "poland": "PL", "polska": "PL", "usa": "US",
    "united states": "US", "canada": "CA", "australia": "AU", "malaysia": "MY", "singapore": "SG", "india": "IN",
    "portugal": "PT", "croatia": "HR", "hrvatska": "HR", "czech republic": "CZ", "ceska republika": "CZ",
    "sweden": "SE", "sverige": "SE", "norway": "NO", "norge": "NO", "denmark": "DK", "danmark": "DK",
    "finland": "FI", "suomi": "FI", "estonia": "EE", "eesti": "EE", "greece": "GR", "hungary": "HU",
    "romania": "RO", "luxembourg": "LU", "hong kong": "HK",
    "israel": "IL", "turkey": "TR", "turkiye": "TR", "japan": "JP", "china": "CN", "mexico": "MX", "brasil": "BR",
    "brazil": "BR", "thailand": "TH", "indonesia": "ID", "philippines": "PH", "vietnam": "VN", "taiwan": "TW",
    "ukraine": "UA", "bulgaria": "BG", "slovenia": "SI", "slovenija": "SI", "slovakia": "SK", "serbia": "RS",
    "iceland": "IS", "lithuania": "LT", "latvia": "LV", "cyprus": "CY", "malta": "MT", "hellas": "GR",
    "egypt": "EG", "argentina": "AR", "chile": "CL", "colombia": "CO", "peru": "PE", "south africa": "ZA",
    "new zealand": "NZ", "united arab emirates": "AE", "uae": "AE", "suisse": "CH",
    "scotland": "GB", "united states of america": "US", "magyarorszag": "HU", "catalunya": "ES",
}  # fmt: skip
_US_STATE = re.compile(r"\b[A-Z]{2}[ ,.]{1,2}\d{5}(?:-\d{4})?\b")
_UK = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![A-Z0-9])")
_MALAYSIA = re.compile(
    r"selangor|johor|kuala lumpur|\bkl\b|penang|pulau pinang|perak|melaka|kedah|pahang|sabah|sarawak|shah alam|petaling|sdn\.? ?bhd|jalan|\bjln\b",
    re.IGNORECASE,
)
_STATE_LINE = re.compile(
    r"selangor|johor|darul|malaysia|w\.?p\.?|kuala lumpur|penang|perak|melaka|^kl\b", re.IGNORECASE
)


@dataclass(eq=False, slots=True)
class Block:
    """Lines of one address.

    Attributes:
        segments: All lines, the name(s) first.
        name: The lines before the street.
        address: Street to town.
        one_line: The whole address stands on one line (a sender line or a footer).
        label: "seller", "buyer", "ship_to", "ship_from", "remit_to" or "".
    """

    segments: list[Segment]
    name: list[str]
    name_segments: list[Segment]
    address: list[str]
    address_segments: list[Segment]
    one_line: bool
    label: str = ""
    contact: int = 0  # phone, mail, tax id … lines that belong to it
    score: float = 0.0


@lru_cache(maxsize=_REMEMBERED)
def has_postcode(text: str) -> bool:
    """Whether a postcode with a town stands in the text."""
    if not any(map(str.isdigit, text)):
        return False
    if "0" in text:
        text = _ZERO_IN_WORD.sub(lambda zeros: "o" * len(zeros.group()), text)
    if house := _HOUSE_FIRST.match(text):
        text = text[house.end() :]  # "2210 River Road" is no town
    found = _POSTCODE.search(text)
    return bool(found) and not _MONEY_NEXT.match(text, found.end() if found else 0)


_ZERO_IN_WORD = re.compile(r"(?<=[a-z])0+(?=[a-z])")  # "Chattan00ga"
_HOUSE_FIRST = re.compile(
    r"\d{1,5}[a-z]? (?:[^\W\d_]+\.? ){1,4}?(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|boulevard|blvd"
    r"|court|ct|place|pl|quay|square|sq|row|terrace|close|highway|hwy|parkway|pkwy|crescent|park)\b"
    r"|\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av|boulevard|bd|chemin|place|quai|impasse|all[ée]e|route|cours)\b",
    re.IGNORECASE,
)
_MONEY_NEXT = re.compile(r"\D{0,6}\d[.,]\d{2}\b(?!\d)")


_WORDS_APART = re.compile(r"[,.\s]+(?=[^\W\d_])")


def _is_place(text: str) -> bool:
    """A town with its postcode, or a street with its country."""
    if has_postcode(text):
        return True
    bare = text.rstrip(" .0123456789")
    country = _WORDS_APART.split(bare)[-1]
    named = is_country(country) or is_country(bare.rpartition(",")[2])
    return named and is_street(text) and not _MADE_IN.search(text)


_MADE_IN = re.compile(r"\bmade in\b", re.IGNORECASE)


@lru_cache(maxsize=_REMEMBERED)
def is_street(text: str) -> bool:
    """Whether the line reads like a street and number."""
    if not any(map(str.isdigit, text)):
        return len(text) < 45 and names_street(text)
    return bool(_HOUSE.match(text.strip())) or names_street(text)


@lru_cache(maxsize=_REMEMBERED)
def names_street(text: str) -> bool:
    """Whether a word for street, road or district is in the text, not only a number behind it."""
    return bool(_STREET_WORDS.search(text))


@lru_cache(maxsize=_REMEMBERED)
def is_country(text: str) -> bool:
    return fold(text.strip(" .,")) in COUNTRY_CODES


def country_of(text: str) -> str | None:
    """The country an address names or its postcode betrays; None when unsure."""
    plain = fold(text)
    for name, code in COUNTRY_CODES.items():
        if name in plain and re.search(rf"(?<!\w){name}(?!\w)", plain):
            return code
    if _MALAYSIA.search(text):
        return "MY"
    if _UK.search(text):
        return "GB"
    if _US_STATE.search(text):
        return "US"
    return None


_DETAIL_MEANINGS = frozenset(
    {"tax_id", "registration", "bank_account", "bic", "iban", "routing_number"}
)


_CONTACT = re.compile(
    r"\W*(?:tel|fax|phone|e-?mail|fon|hp|h/p|web|t|f|m)\b\s?[.:+(]", re.IGNORECASE
)


def is_detail(segment: Segment) -> bool:
    """A line of contact or legal data: not a name, not a street."""
    text = segment.text
    if contacts(segment):
        return True
    if (
        any(_DETAIL_MEANINGS & set(h.meanings) for h in segment.hits)
        and sum(map(str.isdigit, text)) >= 5
    ):
        return True
    return bool(_CONTACT.match(text))


def find_blocks(sheet: Sheet) -> list[Block]:
    """All address blocks of the first pages, top to bottom."""
    blocks: list[Block] = []
    used: set[int] = set()
    for segment in sheet:
        if segment.page.number > 2 and segment.page.number != len(sheet.pages):
            continue
        if (
            id(segment) in used
            or len(segment.text) > 160
            or _is_fact(segment)
            or _in_table(sheet, segment)
            or not (_is_place(_with_town(segment)) or _short_code(sheet, segment))
        ):
            continue
        block = _one_line(segment) or _stacked(sheet, segment)
        if block:
            used.update(id(s) for s in block.segments)
            blocks.append(block)
    return blocks


def _in_table(sheet: Sheet, segment: Segment) -> bool:
    """Whether it stands in a row of items: "40037 Tomaten  6 St.  4,10  24,60"."""
    line = sheet.lines[segment.line]
    return len(line) > 3 and ends_in_money(line[-1]) and segment is not line[-1]


# Four digits behind the town, as in New Zealand and South Africa: a year, unless a street says so.
_SHORT_CODE = re.compile(rf"(?:.*, )?{_TOWN}(?: {_TOWN}){{0,2}},? \d{{4}}")


def _short_code(sheet: Sheet, segment: Segment) -> bool:
    if not _SHORT_CODE.fullmatch(segment.text):
        return False
    head, comma, _ = segment.text.partition(",")
    above = next(iter(sheet.above(segment, segment.box, reach=1)), None)
    over = above is not None and names_street(above.text) and _aligned(above, segment)
    return over or (bool(comma) and names_street(head) and any(c.isdigit() for c in head))


_FACTS = frozenset({"customer_id", "contract_reference", "invoice_number", "other_number"})


def _is_fact(segment: Segment) -> bool:
    """A line such as "Vertragskonto 200998", which only looks like a town with a postcode."""
    if segment.hits and segment.hits[0].start == 0 and _FACTS & set(segment.hits[0].meanings):
        return True
    if segment.left and segment.text.isdigit() and segment.left.mostly_label:
        return any(_FACTS & set(h.meanings) for h in segment.left.hits)
    # Only beside a label; to look for a postcode takes longest.
    town = _POSTCODE.search(segment.text) if segment.hits else None
    if town is None or is_street(segment.text):
        return False
    if any(
        _PARTIES & set(h.meanings) and town.start() < segment.hit_span(h)[1] == town.end()
        for h in segment.hits
    ):
        return True  # "40918 Fakturaadress"
    # "Order No: PO-KZ 20118", "FEIN 36-4187720", "Tax Invoice 60-11874", but not "NO-6783 Strynvågen"
    return any(
        _NUMBERED & set(h.meanings)
        and town.start() - 6 <= segment.hit_span(h)[1] <= town.end()
        and not segment.text.startswith("NO-", segment.hit_span(h)[0])
        for h in segment.hits
    )


_NUMBERED = _FACTS | {
    "title_invoice",
    "title_credit_note",
    "purchase_order",
    "order",
    "number",
    "registration",
    "tax_id",
    "delivery_note",
    "payment_reference",
}


def _with_town(segment: Segment) -> str:
    """The text, with the town when a wide gap divides it from its postcode."""
    right = segment.right
    if right is not None and segment.text.isdigit() and 4 <= len(segment.text) <= 6:
        return f"{segment.text} {right.text}"
    return segment.text


def _one_line(segment: Segment) -> Block | None:
    """Company · Street 1 · 12345 Town, all on one line."""
    role = _party_label(segment)
    text = (role and _after_label(segment)) or segment.text
    office = _OFFICE.search(text)
    if office and office.start():
        # "Muster Ltd. Registered office: 2 Broadway, Leeds LS1 1AA. Registered in England …"
        head = text[: office.start()].strip(" .,")
        text = f"{head} · {re.split(_SENTENCE_END, text[office.end() :])[0]}"
        office = None
    parts = [p.strip() for p in _SPLIT.split(text) if p.strip(" .,")]
    parts = _with_house(parts)
    at = next((i for i, p in enumerate(parts) if _is_place(p)), None)
    if at is None and len(parts) >= 3:
        at = next(
            (i for i in range(1, len(parts)) if has_postcode(f"{parts[i - 1]} {parts[i]}")), None
        )
    if at is None or len(parts) < 2:
        return None
    if office:
        parts[0] = parts[0][office.end() :].strip() or parts[0]
        return Block([segment], [], [segment], parts[: at + 1], [segment], True, role)
    street = at - 1 if at >= 1 and is_street(parts[at - 1]) else at
    if street == at >= 2 and is_street(parts[at - 2]) and parts[at - 1].isalpha():
        street = at - 2  # "42 Old Foundry Yard · Leeds · LS92 9UG"
    while street - 1 >= 1 and is_street(parts[street - 1]):
        street -= 1
    first = parts[0]
    if (
        street == 1
        and is_street(first)
        and (
            parts[1].isdigit()
            or first[-1].isdigit()
            or first[:1].isdigit()
            or (names_street(first) and not _looks_like_name(first))
        )
    ):
        street = 0  # "Avenida Baleares, 2" and "Lot 5, Jalan Meranti 3"
    if street == at and not is_street(parts[at]):
        return None
    if street == 0 and at <= 2 and len(parts) <= 4:
        return None  # street and town only: the second line of a stacked block
    name = parts[:street]
    return Block([segment], name, [segment], parts[street : at + 1], [segment], True, role)


def _with_house(parts: Sequence[str]) -> list[str]:
    """House numbers back with their streets: "Calle de los Olmos", "81"; "4", "avenue du Moulin"."""
    whole: list[str] = []
    for part in parts:
        last = whole[-1] if whole else ""
        house = re.fullmatch(r"\d{1,4} ?[a-zA-Z]?", part)
        if (house and names_street(last) and not any(c.isdigit() for c in last)) or (
            re.fullmatch(r"\d{1,4}(?: ?(?:bis|ter))?", last) and names_street(part)
        ):
            whole[-1] = f"{last}, {part}"
        else:
            whole.append(part)
    return whole


def _aligned(a: Segment, b: Segment) -> bool:
    """Left edges, middles or right edges agree."""
    tolerance = 0.02
    return (
        abs(a.box.x0 - b.box.x0) < tolerance
        or abs(a.box.x0 + a.box.x1 - b.box.x0 - b.box.x1) < 2 * tolerance
        or abs(a.box.x1 - b.box.x1) < tolerance / 2
    )


def _stacked(sheet: Sheet, town: Segment) -> Block | None:
    """The lines above a town that belong to the same block."""
    label, kept = _own_lines(_chain(sheet, town), town)
    if not kept:
        return None
    label = label or _label_above(sheet, kept[0])
    texts = [_after_label(s) or s.text if _party_label(s) else _with_town(s) for s in kept]
    street = _street_at(texts)
    address, address_segments = texts[street:], kept[street:]
    head, comma, rest = texts[street].partition(", ")
    # "Polígono El Alamillo, nave 92" under the company is a street all the same.
    unit = street > 0 and re.fullmatch(r"[^\W\d_]+\.? \d{1,4}\w?", rest) and not legal_form(head)
    # Below a name, "Anchor House, 2 Broadway" is its building.
    named = not legal_form(head) and any(_is_other_name(t, head) for t in texts[:street])
    if comma and not (unit or named or is_street(head)) and is_street(rest) and len(head) > 5:
        # "Company, Street 1" over "12345 Town"
        address = [rest, *texts[street + 1 :]]
        texts, kept = [head, *texts], [kept[street], *kept]
        street += 1
    below = next((s for s in sheet.below(town, town.box, reach=1) if _aligned(s, town)), None)
    if below is not None and _is_state(below):
        address = [*address, below.text]
        address_segments = [*address_segments, below]
    names, name_segments = _with_legal_form(texts[:street], kept[:street])
    return Block(kept, names, name_segments, address, address_segments, False, label)


def _with_legal_form(
    texts: Sequence[str], segments: Sequence[Segment]
) -> tuple[list[str], list[Segment]]:
    """The names, a legal form on a line of its own put behind the name above it."""
    names: list[str] = []
    places: list[Segment] = []
    for text, segment in zip(texts, segments, strict=True):
        own = _LEGAL.sub("", text).strip(" .,&()-")
        if names and not own and legal_form(text) and not legal_form(names[-1]):
            names[-1] = f"{names[-1].rstrip(' ,')} {text}"
        else:
            names.append(text)
            places.append(segment)
    return names, places


def _is_other_name(text: str, head: str) -> bool:
    """Whether a line above is a name of its own, not a piece of this one: a logo in three lines."""
    words = [w for w in re.findall(r"[^\W\d_]+", fold(text)) if len(w) > 2]
    return bool(words) and not any(w in fold(head) for w in words)


def _chain(sheet: Sheet, town: Segment) -> list[Segment]:
    """Lines that stand close above one another, top to bottom, the town last."""
    chain = [town]
    widest = 0.0  # white space between two of its lines, in heights
    for _ in range(7):
        at = chain[-1]
        near = (
            s for s in sheet.above(at, at.box, reach=5) if _aligned(s, at) or _overlap(s, at) > 0.6
        )
        above = next(near, None)
        if above is None:
            break
        gap = (at.box.y0 - above.box.y1) / max(at.height, above.height)
        # Windows of letters leave an empty line between name, street and town.
        lower = at is town or is_street(at.text)
        loose = lower and len(chain) < 3 and abs(at.box.x0 - above.box.x0) < 0.008
        if gap > (4.5 if loose else 1.9) or len(above.text) > 90 or is_country(above.text):
            break
        apart = gap > 1.0 and widest < 0.4 and legal_form(above.text)
        if apart and any(legal_form(s.text) for s in chain):
            break  # two companies, and white space between them only
        widest = max(widest, gap)
        if re.search(r"\d[.,]\d{2}$", above.text) or has_postcode(above.text):
            break
        chain.append(above)
        if any(
            _PARTIES & set(h.meanings) and not is_attention(h.phrase)
            for h in above.hits
            if h.start == 0
        ):
            break
    return chain[::-1]


_PARTIES = {"seller", "buyer", "ship_to", "ship_from", "remit_to"}


def _own_lines(chain: Sequence[Segment], town: Segment) -> tuple[str, list[Segment]]:
    """The lines of the block itself, and whose block it says it is.

    What stands above a label, or above contact data that follow a street, is another block; a
    registration number between the name and the street is left out.
    """
    label = ""
    kept: list[Segment] = []
    for segment in chain:
        if segment is town:
            kept.append(segment)
        elif role := _party_label(segment):
            if is_attention(segment.hits[0].phrase):
                label = label or role  # a person of the company named above
                continue
            label = role
            kept = [segment] if any(c.isalpha() for c in _after_label(segment)) else []
        elif _is_other_label(segment):
            kept = []
        elif is_detail(segment):
            if any(is_street(s.text) for s in kept):
                kept = []
        elif not segment.text.startswith("("):
            kept.append(segment)
    return label, kept


def _street_at(texts: Sequence[str]) -> int:
    """Which line begins the address; the lines before it are the name."""
    first = texts[0]
    numbered = names_street(first) and any(c.isdigit() for c in first)
    if len(texts) > 1 and numbered and not _looks_like_name(first):
        return 0  # "Lot 4 Quarry Road": what follows is its town
    for index, text in enumerate(texts):
        if index and is_street(text):
            return index
    if len(texts) > 1 and is_street(texts[0]):
        return 1 if _looks_like_name(texts[0]) else 0
    street, comma, _ = texts[-1].partition(", ")
    if len(texts) > 1 and comma and is_street(street):
        return len(texts) - 1  # "Mainleite 41, 97424 Schweinfurt" below the company
    return len(texts) - 2 if len(texts) > 2 else len(texts) - 1


def _is_state(segment: Segment) -> bool:
    """A line below the town that only names the state."""
    text = segment.text
    return bool(_STATE_LINE.search(text)) and len(text) < 30 and not is_detail(segment)


_LEGAL = re.compile(
    r"\b(?:g?gmbh|mbh|(?<!\d )kg|kgaa|ohg|ug|gbr|e\.? ?k|ltd|limited|llc|llp|inc|corp(?:oration)?|plc|pty|pvt|sdn\.? ?bhd|bhd|s/b|sarl|sas|sasu|eurl"
    r"|s\.? ?r\.? ?l|s\.? ?p\.? ?a|s\.? ?l\.?(?: ?u)?|s\.? ?a\.?|b\.? ?v|n\.? ?v|sp\.? ?z ?[o0]\.? ?[o0]|s\.? ?r\.? ?o|d\.? ?o\.? ?o|d\.d|a\.s|aps|a/s|oy|oyj|asa|kft|zrt|lda|ltda|o[üu]|v\.o\.f|s\.n\.c|s\.a\.s|e\. ?u\.|v\.o\.s|j\.d\.o\.o|ges\.m\.b\.h|s\. ?coop|sp[oó][lł]ka (?:jawna|komandytowa)|aktiebolag|company|enterprise|trading|(?<=\S )co"
    r"|(?-i:A[Ggs]|A[BS]|e\.? ?[GVK]|AöR|KdöR|K\.?ö\.?R|sp\.? ?[jk]\.))\b\.?",
    re.IGNORECASE,
)


@lru_cache(maxsize=_REMEMBERED)
def legal_form(text: str) -> bool:
    """Whether a company's legal form (or "Enterprise", "Trading") stands in the text."""
    return bool(_LEGAL.search(text))


def _looks_like_name(text: str) -> bool:
    if not legal_form(text) or has_postcode(text):
        return False
    return not (any(c.isdigit() for c in text) and names_street(text))  # "Unit 3, Trading Estate"


def _overlap(a: Segment, b: Segment) -> float:
    wide = min(a.box.x1, b.box.x1) - max(a.box.x0, b.box.x0)
    return wide / max(1e-6, min(a.box.width, b.box.width))


def is_attention(phrase: str) -> bool:
    """Whether a label of the lexicon names a person or department of the customer, "Attn"."""
    return bool(_ATTENTION.match(phrase))


# As the lexicon compares labels: l for i and 1.
_ATTENTION = re.compile(r"att|zuhd|zhd|zuhanden|zuhaenden|alattent|tav$|terattent")


def _party_label(segment: Segment) -> str:
    for hit in segment.hits[:1]:
        if hit.start == 0 or segment.hit_span(hit)[0] <= 2:
            for meaning in ("ship_to", "ship_from", "remit_to", "buyer", "seller"):
                if meaning in hit.meanings:
                    tail = segment.text[segment.hit_span(hit)[1] :]
                    short = len(hit.phrase) <= 4
                    if short and tail[:1] not in (":", ""):
                        return ""
                    return meaning
    return ""


def _after_label(segment: Segment) -> str:
    hit = segment.hits[0]
    rest = segment.text[segment.hit_span(hit)[1] :].lstrip(" :.-*&")
    again = [h for h in segment.hits[1:] if segment.hit_span(h)[0] <= segment.hit_span(hit)[1] + 3]
    if again:
        rest = segment.text[segment.hit_span(again[-1])[1] :].lstrip(" :.-*&")
    return rest if len(rest) > 2 else ""


def _is_other_label(segment: Segment) -> bool:
    """A line such as "Invoice No: 12" or "RECHNUNG" between other lines ends the block."""
    return (
        bool(segment.hits)
        and segment.hits[0].start == 0
        and segment.mostly_label
        and not legal_form(segment.text)
        and not _A_SERVICE.fullmatch(segment.text)
    )


# A department of a French firm or town hall, not a charge.
_A_SERVICE = re.compile(
    r"(?:service|direction) (?:communication|technique|culture|travaux|informatique|g[ée]n[ée]rale?|comptabilit[ée])s?",
    re.IGNORECASE,
)


def _label_above(sheet: Sheet, first: Segment) -> str:
    for above in sheet.above(first, first.box, reach=2):
        if first.box.y0 - above.box.y1 > 5 * first.height:
            break
        label = _party_label(above)
        if label and not _after_label(above):
            return label
        break
    if first.left is not None and (label := _party_label(first.left)) and first.left.mostly_label:
        return label
    return ""


def joined(lines: Sequence[str]) -> str:
    """Address lines as one line."""
    return ", ".join(line.strip(" ,;·•|") for line in lines if line.strip(" ,;·•|"))
