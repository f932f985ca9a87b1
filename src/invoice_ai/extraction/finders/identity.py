"""Tax ids, registration, contact data and country, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from invoice_ai.domain.dates import find_dates, fold
from invoice_ai.domain.identifiers import (
    compact,
    country_of_vat,
    is_malaysian_gst,
    mend_malaysian_gst,
    tax_id_of,
)
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.domain.pages import Box, around
from invoice_ai.extraction.finders.addresses import Block, country_of
from invoice_ai.extraction.finders.evidence import Evidence, Found, choose, found_in
from invoice_ai.extraction.finders.payment import contacts
from invoice_ai.extraction.finders.references import Labelled, beside
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_OWN_TAX = re.compile(
    r"\b(?:your|ihre|votre|su|vostra|uw|client|customer|kunde[n]?|cliente|klant|buyer"
    r"|kundens|ert|er(?= (?:moms|vat|org))|jeres|deres|vaše|odběratele|nabywcy|klienta|kupca|vs|sua|uwe)\b",
    re.IGNORECASE,
)

_TAX_PREFIX = re.compile(
    r"(?<![A-Za-z0-9])T\d{13}(?!\w)|(?<!\w)\d{9} ?RT ?\d{4}(?!\w)|(?<![A-Za-z0-9])(?:[A-Z]{2,3} ?\d[\d .]{6,}|ATU ?\d|CHE ?-?\d|\d{2}[A-Z]{5}\d{4}[A-Z])"
)

_TAX_VALUE = re.compile(r"[A-Z]{0,4}[ -]?[A-Z0-9]?[\d][\dA-Z ./\-]{4,22}")


_LIKE_NOTHING_ELSE = ("JP", "CA")  # T and thirteen digits; nine digits, RT and four
_MALAYSIAN = re.compile(r"(?<!\w)00\d{10}(?!\w)")
# "Nombre, S.L. · B-870.45.050": what stands behind a company's form is its number.
_SPANISH = re.compile(r"\bS\. ?[LA]\.(?: ?U\.)?\W{1,6}([A-W]\W?\d[\d. -]{6,10}[\dA-J])(?!\w)")
_GST = re.compile(r"\b[GCE6]?[S5]T\b", re.IGNORECASE)


def find_tax_ids(
    sheet: Sheet, fields: dict[str, ExtractedField], vendor: Block | None, customer: Block | None
) -> str | None:
    """The ids of both sides; returns the country of the vendor's, where the number tells it."""
    vendors: list[Found] = []
    customers: list[Found] = []
    countries: dict[str, str | None] = {}
    buyers = [
        s.box
        for s in sheet
        if s.page.number == 1
        and any(h.start == 0 and "buyer" in h.meanings and len(h.phrase) > 3 for h in s.hits)
    ]
    for segment in sheet:
        labelled = False
        seen: set[tuple[int, int]] = set()
        for hit in segment.hits:
            if "tax_id" not in hit.meanings:
                continue
            begin, end = segment.hit_span(hit)
            said = bool(_OWN_TAX.search(segment.text[max(0, begin - 20) : end + 12]))
            for at in beside(sheet, segment, hit):
                labelled = True
                if (id(at.segment), at.start) in seen:
                    continue
                read = _tax_id_at(at) or _over_two_lines(sheet, at)
                if not read:
                    continue
                seen.add((id(at.segment), at.start))
                found, country = read
                countries.setdefault(str(found.value), country)
                theirs = said or _belongs(at.segment, customer, vendor)
                theirs = theirs or (customer is None and _after(buyers, at.segment))
                (customers if theirs else vendors).append(found)
        if not (labelled and seen) and (bare := _unlabelled(segment)):
            theirs = _belongs(segment, customer, vendor) or _heads(segment, customer)
            (customers if theirs else vendors).append(bare)
    if field := choose(_prefer_vat(vendors), ceiling=0.97):
        fields["vendor_tax_id"] = field
    if field := choose(customers, ceiling=0.95):
        fields["customer_tax_id"] = field
    chosen = fields.get("vendor_tax_id")
    return countries.get(str(chosen.value)) if chosen else None


def _tax_id_at(at: Labelled) -> tuple[Found, str | None] | None:
    """The id that stands beside its label, and its country when the number tells it."""
    place, start = at.segment, at.start
    value = _TAX_VALUE.match(place.text, start)
    if not value:
        return None
    raw = value.group()
    if dates := find_dates(raw):
        raw = raw[: dates[0].start]
    raw = raw.strip(" .-/")
    digits = sum(c.isdigit() for c in raw)
    if digits < 6 or re.fullmatch(r"\d+[.,]\d{2}", raw) or "%" in place.text[start : start + 6]:
        return None
    if place is at.label:
        known = tax_id_of(place.text[max(0, start - 30) : start + len(raw)])
    else:
        known = tax_id_of(f"{at.label.text[:40]} {raw}")
    text, shape, agreement, country = re.sub(r"\s+", "", raw), 0.6, 0.0, None
    if place.page.source == "ocr" and not (known and known.valid):
        mended = mend_malaysian_gst(raw) if _GST.search(at.label.text) else None
        if mended:
            evidence = Evidence(0.95, at.nearness, 0.9, 0.2, 0.7 - 0.4 * place.box.y0, 1.0)
            return found_in(place, start, start + len(raw), mended, evidence), "MY"
    if known and _begins_with(raw, known.value):
        text, shape, agreement = known.value, 1.0, 0.4 if known.valid else -0.1
        country = known.country if known.valid is not False else None
    evidence = Evidence(0.95, at.nearness, shape, agreement, 0.7 - 0.4 * place.box.y0, 1.0)
    return found_in(place, start, start + len(raw), text, evidence), country


def _over_two_lines(sheet: Sheet, at: Labelled) -> tuple[Found, str | None] | None:
    """An id whose second half begins the next line; only one that passes its check."""
    begun = at.segment.text[at.start :]
    under = next(iter(sheet.below(at.segment, at.segment.box, reach=1)), None)
    rest = re.match(r"[\d. ]{6,14}(?!\w)", under.text) if under is not None else None
    if not rest or not re.fullmatch(r"[A-Z]{2}[\d. ]{0,6}", begun):
        return None
    known = tax_id_of(begun + rest.group())
    if known is None or not known.valid:
        return None
    evidence = Evidence(0.9, at.nearness, 0.9, 0.4, 0.5, 1.0)
    found = found_in(at.segment, at.start, len(at.segment.text), known.value, evidence)
    return found, known.country


def _unlabelled(segment: Segment) -> Found | None:
    """An id that has no label but cannot be anything else."""
    malaysian = _MALAYSIAN.search(segment.text)
    if malaysian:
        number: str | None = malaysian.group()
        if not is_malaysian_gst(malaysian.group()):
            named = _GST.search(segment.text[: malaysian.start()])
            number = mend_malaysian_gst(malaysian.group()) if named else None
        if number:
            evidence = Evidence(0.7, 0.7, 1.0, 0.4, 0.5, 1.0)
            return found_in(segment, *malaysian.span(), number, evidence)
    if spanish := _SPANISH.search(segment.text):
        known = tax_id_of(spanish.group(1), country="ES")
        if known and known.valid:
            evidence = Evidence(0.7, 0.7, 1.0, 0.4, 0.5, 1.0)
            return found_in(segment, *spanish.span(1), known.value, evidence)
    at = _TAX_PREFIX.search(segment.text)
    known = tax_id_of(segment.text) if at else None
    if not at or not known or known.kind not in ("vat", "gst"):
        return None
    if not known.valid and known.country not in _LIKE_NOTHING_ELSE:
        return None
    end = min(len(segment.text), at.start() + len(known.value) + 3)
    evidence = Evidence(0.6, 0.7, 1.0, 0.4, 0.5, 1.0)
    return found_in(segment, at.start(), end, known.value, evidence)


def _begins_with(printed: str, value: str) -> bool:
    """Whether the recognised id is the whole beginning of what is printed, not a part inside."""
    bare = re.sub(r"^[A-Z]{2,3}(?=\d)", "", compact(value))
    return re.sub(r"^[A-Z]{2,3}(?=\d)", "", compact(printed)).startswith(bare)


def _after(buyers: Sequence[Box], segment: Segment) -> bool:
    """Whether the segment stands beside or shortly below a buyer's label."""
    return segment.page.number == 1 and any(
        box.y0 - 0.01 <= segment.box.y0 <= box.y1 + 0.06 and segment.box.x1 > box.x0
        for box in buyers
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
        reach = 0.0 if box.y0 <= segment.box.y0 <= box.y1 else 0.07
        return not (
            own.y0 <= segment.box.y0 <= own.y1 + reach
            and segment.box.x0 < own.x1
            and segment.box.x1 > own.x0
        )
    return True


def _heads(segment: Segment, customer: Block | None) -> bool:
    """Whether a line stands right above the customer's block, as a part of it."""
    if customer is None or segment.page is not customer.segments[0].page:
        return False
    first = customer.segments[0]
    gap = first.box.y0 - segment.box.y1
    return abs(first.box.x0 - segment.box.x0) < 0.02 and -0.005 < gap < segment.height


def find_registration(sheet: Sheet, fields: dict[str, ExtractedField]) -> None:
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


def find_contacts(
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


def vendor_country(
    fields: dict[str, ExtractedField], vendor: Block | None, sheet: Sheet
) -> str | None:
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
