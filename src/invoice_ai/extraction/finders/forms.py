"""Parties on a form: under "Seller" and "Buyer" every line says what it is, "Name: …", "City: …".

So e-invoices are made readable (XRechnung, Factur-X, FatturaPA) and so tax offices print them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from invoice_ai.domain.dates import fold
from invoice_ai.extraction.finders.addresses import Block
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_LONGEST = 16  # lines of one party
_AIR = 4.0  # heights of the text between two lines of it
_TERM = re.compile(r"\(?B[TG]-\d+\)?:?")  # what EN 16931 calls the line
_ALIKE = 0.03  # of the page's width

_LABELS: dict[str, str] = {
    label: part
    for part, labels in {
        "name": "name|firmenname|firma|unternehmen|company name|legal name|party name|seller name|buyer name"
        "|raison sociale|nom|denomination|razon social|nombre|nombre o razon social|nome|razao social"
        "|nome razao social|denominazione|ragione sociale|naam|bedrijfsnaam|nazwa|nazev|naziv|navn|namn",
        "street": "strasse|strasse hausnummer|anschrift|adresse|address|address line 1|street|rue|indirizzo"
        "|direccion|domicilio|domicilio fiscal|endereco|straat|adres|ulica|adresszeile 1|street name|gade|gata",
        "postcode": "plz|postleitzahl|code postal|cap|cep|codigo postal|postcode|zip|zip code|post code"
        "|postal code|postal zone|kod pocztowy|psc|postnummer|postnr",
        "city": "ort|stadt|ville|citta|comune|municipio|ciudad|localidad|poblacion|city|town|city name|plaats"
        "|miasto|mesto|by|ort stadt|cidade",
    }.items()
    for label in labels.split("|")
}


@dataclass(slots=True)
class _Party:
    """What was read below one heading."""

    role: str
    heading: Segment
    left: float
    right: float  # where the next column begins
    values: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[Segment]] = field(default_factory=dict)
    bottom: float = 0.0

    def holds(self, segment: Segment) -> bool:
        box, head = segment.box, self.heading.box
        return (
            segment.page is self.heading.page
            and self.left <= box.x0 < self.right
            and head.y0 - 0.002 <= box.y0 <= max(self.bottom, head.y1)
        )


def is_heading(segment: Segment) -> bool:
    """Whether it only says whose data follow: "Seller", "Informationen zum Käufer (BG-7)"."""
    return bool(_role(segment))


def _role(segment: Segment) -> str:
    text = _TERM.sub("", segment.text).strip(" :.()")
    if len(text.split()) > 4 or any(map(str.isdigit, text)) or ":" in text:
        return ""
    roles = [_ROLES & set(h.meanings) for h in segment.hits]
    if not roles or not all(roles) or _plain(text) in _LABELS:
        return ""  # "Buyer's reference", "Company name"
    together = set[str].union(*roles)
    return together.pop() if len(together) == 1 else ""


_ROLES = {"seller", "buyer"}


def with_forms(sheet: Sheet, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, those of a form's parties first and instead of what looked like an address."""
    parties = [p for p in _parties(sheet) if "name" in p.values and len(p.values) > 1]
    if not parties:
        return list(blocks)
    others = [b for b in blocks if not any(p.holds(b.address_segments[-1]) for p in parties)]
    return [*map(_block, parties), *others]


def _block(party: _Party) -> Block:
    town = " ".join(party.values[k] for k in ("postcode", "city") if k in party.values)
    address = [t for t in (party.values.get("street", ""), town) if t]
    named = [s for k in ("street", "postcode", "city") for s in party.places.get(k, ())]
    segments = [*party.places["name"], *named]
    return Block(
        segments, [party.values["name"]], party.places["name"], address, named, False, party.role
    )


def _parties(sheet: Sheet) -> Iterator[_Party]:
    seen: set[str] = set()
    for line in sheet.lines:
        heads = [(s, role) for s in line if (role := _role(s))]
        for at, (segment, role) in enumerate(heads):
            right = heads[at + 1][0].box.x0 - _ALIKE if at + 1 < len(heads) else 1.01
            centred = len(line) == 1 and abs(segment.box.x0 + segment.box.x1 - 1) < 0.1
            party = _Party(role, segment, 0.0 if centred else segment.box.x0 - _ALIKE, right)
            _read(sheet, party)
            if "name" in party.values and role not in seen:
                seen.add(role)
                yield party


def _read(sheet: Sheet, party: _Party) -> None:
    head = party.heading
    last: tuple[str, Segment] | None = None  # the part whose value may go on below
    bottom = head.box.y1
    for line in sheet.lines[head.line + 1 : head.line + 1 + _LONGEST]:
        here = [s for s in line if party.left <= s.box.x0 < party.right]
        if not here:
            continue
        if here[0].page is not head.page or here[0].box.y0 - bottom > _AIR * head.height:
            return
        if any(map(is_heading, here)):
            return
        bottom = party.bottom = max(s.box.y1 for s in here)
        pairs = list(_pairs(here))
        for part, value, place in pairs:
            last = None
            if part and part not in party.values:
                party.values[part], party.places[part] = value, [place]
                last = (part, place)
        if not pairs and len(here) > 1:
            last = None  # a line with a label that nobody knows
        if not pairs and last:
            part, place = last
            if abs(here[0].box.x0 - place.box.x0) < _ALIKE:  # the value goes on
                begun = party.values[part]
                glue = "" if begun.endswith("-") else " "
                party.values[part] = f"{begun}{glue}{here[0].text}"
                party.places[part].append(here[0])


def _pairs(here: Sequence[Segment]) -> Iterator[tuple[str, str, Segment]]:
    """What each labelled value of a line is ("" when nobody knows the label)."""
    waiting: str | None = None
    for segment in here:
        if _TERM.fullmatch(segment.text):
            continue
        label, colon, value = segment.text.partition(":")
        part = _LABELS.get(_plain(label), "")
        if colon and value.strip():
            yield part, value.strip(" -–—"), segment
            waiting = None
        elif colon or part:
            waiting = part
        elif waiting is not None:
            yield waiting, segment.text.strip(), segment
            waiting = None
    if waiting is not None:
        yield "", "", here[-1]


def _plain(label: str) -> str:
    return " ".join(re.findall(r"[^\W\d_]+|\d", fold(_TERM.sub("", label)).replace("ß", "ss")))
