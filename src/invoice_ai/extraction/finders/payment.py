"""How and where to pay: account, terms, currency, contact data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from invoice_ai.domain.identifiers import compact, iban_of, is_bic, is_iban
from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.extraction.finders.evidence import Evidence, Found, choose, found_in
from invoice_ai.extraction.finders.labels import Hit
from invoice_ai.extraction.finders.money import OTHER_MONEY, Money
from invoice_ai.extraction.finders.references import Labelled, beside
from invoice_ai.extraction.finders.sheet import Segment, Sheet

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2} ?[\dO]{2}(?:(?: ?[A-Z0-9]){10,30}|(?: ?[A-Z0-9]){4,9}(?= ?$))"
)
_NRB = re.compile(r"(?<![A-Z\d])(?<![A-Z] )\d{2}(?: ?\d{4}){6}(?!\d)")  # Poland's, without PL
# What the end of a line leaves of one: "NL03", "15 1140 2004 0000 3102 7944" (Poland's).
_BEGUN = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){0,2}|\d{2}(?: \d{4}){2,5})(?= ?$)"
)
_LETTER_FIFTH = ("IT", "SM")  # whose fifth place is a letter
_MISREAD = {"1": "I", "0": "O", "5": "S", "8": "B", "2": "Z", "6": "G", "4": "A"}
_EMAIL = re.compile(r"[\w.+-]{1,40}@ ?[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}")
_WEBSITE = re.compile(
    r"(?:https?://)?(?:www\. ?[\w-]{1,40}(?:\. ?[a-z]{2,10}){1,3}|(?<=//)[\w.-]{4,60})|(?<![@\w.])[a-z][\w-]{2,40}\.(?:com|de|net|org|eu|fr|it|es|nl|be|at|ch|pl|co\.uk|com\.my|io|hr|cz|se|dk|no|fi)(?![\w@])"
)
_PHONE = re.compile(
    r"(?:\b(?:tel|telefon|phone|fon|t|tlf|telefono|telefoon|telephone|ph|call|mobile|hp|h/p)\b\.?\s?[:.]?\s?)(?P<n>\+?[\d(][\d ()/.\-–]{5,20}\d)"
    r"|(?<![+\w])(?P<p>\+\d{1,3}[\d ()/.\-–]{6,18}\d)",
    re.IGNORECASE,
)
# A run of signs is taken as a whole (possessively): a page full of x's is no riddle.
_CARD = re.compile(r"(?<![xX*#•×])(?:[xX*#•×]{4,}+[ \-]?){1,4}+[ \-]?(?P<last>\d{4})(?!\d)")

_NET = re.compile(
    r"(?:net(?:to)?|within|innerhalb(?: von)?|binnen|in|due in|zahlungsziel|zahlbar in|sous|à|a|dentro de|entro|termin|do|inom|inden|splatnost|u roku od|w ciągu|w terminie|até)\s*:?\s*"
    r"(?P<days>\d{1,3})\s?(?:days?|tagen?|jours?|d[ií]as?|giorni|gg|dagen|dias|dni|dana|dn[ií]|dnů|dagar|dage|dager|p[äa]iv[äa]|nap|zile)?"
    r"|(?P<days2>\d{1,3})\s?(?:days?|tagen?|jours?|d[ií]as?|giorni|gg|dagen|dni|dana|dn[ií]|dnů|dagar|dage|dager|p[äa]iv[äa][äa]?|nap|zile)\b",
    re.IGNORECASE,
)
_SKONTO = re.compile(
    r"(?P<percent>\d{1,2}(?:[.,]\d{1,2})?)\s?%\s?(?:skonto|discount|escompte|descuento|sconto|korting|desconto|rabat|,?\s?\d{1,3}\s?(?:days|tage))?",
    re.IGNORECASE,
)
_TERMS_SENTENCE = re.compile(
    r"überweisen|\d tage netto|bonifico|r[eè]glement à|escompte|contado|transferencia|transfer[eê]ncia a \d|pagamento|pronto pago|\d giorni|\d gg|\d dagen|descuento|desconto|korting"
    r"|płatn|zapłat|przelew|skont|splatn|úhrad|platební|plaćanj|popust|betal|\d dagar|\d dage|kassarabatt|kontantrabat|netto \d|settle"
    r"|zahlbar|zahlungs(?:ziel|bedingung|frist)|innerhalb von \d|ohne abzug|skonto|payable within|payment (?:is )?due"
    r"|net \d+|due (?:up)?on receipt|\bwithin \d+ days|paiement (?:comptant|immédiat|à)|sous \d+ jours"
    r"|überweisung|innerhalb von|binnen \d|\bvirement\b|strictly \d|\bpayment:? \d|\bvade\b|termen\b|recibo|giro\b|\bt/t\b"
    r"|binnen \d+ dagen|entro \d+ giorni|a \d+ días|days from date|terms",
    re.IGNORECASE,
)
# Alone in a cell, under whatever head: "NET 30", "14 days net".
_ALONE = re.compile(
    r"nett?o?\.? ?\d{1,3}(?: (?:days?|tage|jours|dagen))?|\d{1,3} (?:days?|tage|dagen|jours) nett?o?|due (?:up)?on receipt",
    re.IGNORECASE,
)
# "Until … with 2 % discount, until … net": days of the calendar in place of a number of them.
_BY_DATES = re.compile(
    r"\b(?:bis|until|by|jusqu.au|hasta|entro|do|tot|t/m)\b.{0,24}\d.*(?:%.{0,12}(?:skonto|discount|escompte|korting|sconto)|ohne abzug)|ohne abzug bis (?:zum )?\d"
    r"|(?:überweisen|begleichen|zahlen) sie .{0,60}\bbis (?:zum|spätestens) \d",
    re.IGNORECASE,
)
_WHOLE_SENTENCE = re.compile(
    r"zahlbar|zahlung(?:sziel)? (?:inner|bis|binnen|\d)|payable|net \d|payment (?:is )?due|paga(?:mento|r) a"
    r"|termin p|rok pla|splatnost \d|betal",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\d\s?(?:days?|tagen?|jours?|d[ií]as?|giorni|gg|dagen|dni|dana|dn[ií]|dnů|dag|p[äa]iv|nap|zile|gün|weeks?|wochen|semaines?|weken)"
    r"|\b(?:one|two|three|four|zwei|drei|vier|deux|trois|twee|drie) (?:weeks?|wochen|semaines?|weken)\b|\bzehn tagen?\b",
    re.IGNORECASE,
)

_CURRENCIES: dict[str, str] = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP",
    "us$": "USD", "usd": "USD", "$": "$", "dollars": "$", "rm": "MYR", "myr": "MYR", "rh": "MYR", "rn": "MYR",
    "₹": "INR", "inr": "INR", "rs": "INR", "rupees": "INR", "chf": "CHF", "sfr": "CHF", "fr": "CHF",
    "kr": "kr", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "kč": "CZK", "czk": "CZK", "kc": "CZK",
    "zł": "PLN", "pln": "PLN", "zl": "PLN", "ft": "HUF", "huf": "HUF", "lei": "RON", "ron": "RON",
    "kn": "HRK", "hrk": "HRK", "aud": "AUD", "a$": "AUD", "au$": "AUD", "cad": "CAD", "c$": "CAD", "ca$": "CAD",
    "sgd": "SGD", "s$": "SGD", "hkd": "HKD", "hk$": "HKD", "nzd": "NZD", "nz$": "NZD", "jpy": "JPY", "¥": "JPY",
    "cny": "CNY", "rmb": "CNY", "thb": "THB", "฿": "THB", "idr": "IDR", "rp": "IDR", "try": "TRY", "₺": "TRY", "tl": "TRY",
    "rub": "RUB", "₽": "RUB", "uah": "UAH", "₴": "UAH", "ils": "ILS", "₪": "ILS", "zar": "ZAR", "brl": "BRL", "r$": "BRL",
    "mxn": "MXN", "php": "PHP", "vnd": "VND", "krw": "KRW", "₩": "KRW", "aed": "AED", "sar": "SAR", "bgn": "BGN",
    "isk": "ISK", "twd": "TWD", "nt$": "TWD",
}  # fmt: skip
_DOLLARS = {
    "CA": "CAD",
    "AU": "AUD",
    "SG": "SGD",
    "HK": "HKD",
    "NZ": "NZD",
    "MX": "MXN",
    "TW": "TWD",
}
_KRONER = {
    "SE": "SEK",
    "NO": "NOK",
    "DK": "DKK",
    "IS": "ISK",
    "sv": "SEK",
    "no": "NOK",
    "da": "DKK",
}
_ASSUMED = 0.5  # a currency that is printed nowhere, only the vendor's country
CURRENCY_OF_COUNTRY = {
    "MY": "MYR", "GB": "GBP", "US": "USD", "IN": "INR", "CH": "CHF", "PL": "PLN", "CZ": "CZK", "SE": "SEK",
    "NO": "NOK", "DK": "DKK", "HU": "HUF", "RO": "RON", "AU": "AUD", "CA": "CAD", "SG": "SGD",
    "NZ": "NZD", "ZA": "ZAR", "TR": "TRY", "MX": "MXN", "BR": "BRL", "JP": "JPY", "HK": "HKD", "IS": "ISK",
    **dict.fromkeys(["DE", "AT", "FR", "IT", "ES", "NL", "BE", "PT", "IE", "FI", "GR", "EE", "LV", "LT", "SI", "SK", "LU", "MT", "CY"], "EUR"),
}  # fmt: skip
_ROOM = re.compile(r"RM ?\d+(?![.,]?\d)")  # of a hotel, not so many ringgit
_RAND = re.compile(r"(?<![^\W_])R ?\d{1,3}(?:[ ,]\d{3})*[.,]\d{2}(?!\d)")
_SEVERAL = 6  # votes: two amounts that are sums
_CURRENCY_WORD = re.compile(
    r"w[äa]hrung|currency|devise|moneda|valuta|divisa|moeda|waluta|m[ěe]na|p[eé]nznem|para birimi|νόμισμα",
    re.IGNORECASE,
)
_GLUED = re.compile(r"\d{4}")
_SIGN = re.compile(
    r"(?<![^\W\d_])(?:US\$|HK\$|NZ\$|NT\$|AU\$|CA\$|C\$|A\$|S\$|R\$|[€£$₹¥฿₺₽₴₪₩]|[A-Za-zčł]{2,7})(?![^\W\d_])"
)


@dataclass(frozen=True, slots=True)
class Terms:
    fields: dict[str, ExtractedField]
    days: int | None


def find_bank(sheet: Sheet) -> dict[str, ExtractedField]:
    """IBAN, BIC, account holder."""
    ibans: list[Found] = []
    bics: list[Found] = []
    holders: list[Found] = []
    for segment in sheet:
        text = segment.text
        seen = False
        for shaped in _IBAN.finditer(text):
            value = iban_of(shaped.group()) or iban_of(shaped.group().replace("O", "0"))
            if (value is None or not is_iban(value)) and shaped.end() == len(text.rstrip()):
                value = _over_two_lines(sheet, segment, shaped.group()) or value
            if value and value[:2] in _LETTER_FIFTH and value[4:5] in _MISREAD:
                lettered = value[:4] + _MISREAD[value[4]] + value[5:]
                value = lettered if is_iban(lettered) else value
            if value:
                seen = True
                good = is_iban(value)
                shape = 1.0 if good else 0.5
                end = _end_of(text, shaped.start(), value)
                evidence = Evidence(1.0, 0.8, shape, 0.6 if good else -0.2, 0.6, 1.0)
                reasons = () if good else ("bad_check_digits",)
                ibans.append(found_in(segment, shaped.start(), end, value, evidence, *reasons))
        if not seen and (begun := _BEGUN.search(text)):
            country = "PL" if begun.group()[0].isdigit() else ""
            if value := _over_two_lines(sheet, segment, country + begun.group()):
                seen = True
                evidence = Evidence(0.9, 0.8, 1.0, 0.5, 0.6, 1.0)
                ibans.append(found_in(segment, *begun.span(), value, evidence))
        if polish := _NRB.search(text):
            value = "PL" + compact(polish.group())
            if not seen and is_iban(value):
                seen = True
                evidence = Evidence(0.9, 0.8, 1.0, 0.5, 0.6, 1.0)
                ibans.append(found_in(segment, *polish.span(), value, evidence))
        for hit in segment.hits:
            if "bic" in hit.meanings:
                for at in beside(sheet, segment, hit):
                    word = re.match(
                        r"[A-Za-z0-9]{8,11}(?![A-Za-z0-9])", at.segment.text[at.start :]
                    )
                    if word and is_bic(word.group().upper()):
                        end = at.start + word.end()
                        evidence = Evidence(1.0, at.nearness, 1.0, 0.4, 0.6, 1.0)
                        bics.append(
                            found_in(at.segment, at.start, end, word.group().upper(), evidence)
                        )
            if "account_name" in hit.meanings:
                for at in beside(sheet, segment, hit):
                    name = re.split(r"\s[-–|]\s|,| IBAN", at.segment.text[at.start :])[0].strip()
                    if 3 <= len(name) <= 70 and sum(c.isalpha() for c in name) > 0.6 * len(name):
                        evidence = Evidence(0.9, at.nearness, 1.0, 0.0, 0.6, 1.0)
                        holders.append(
                            found_in(at.segment, at.start, at.start + len(name), name, evidence)
                        )
                    break
            if not seen and ("bank_account" in hit.meanings):
                for at in beside(sheet, segment, hit):
                    raw = re.match(
                        r"[A-Z]{2} ?\d(?:(?! [A-Z]{2}\d{2})[A-Z0-9 ]){8,32}",
                        at.segment.text[at.start :],
                    )
                    if raw and sum(c.isdigit() for c in raw.group()) >= 8:
                        value = compact(raw.group())
                        evidence = Evidence(0.9, at.nearness, 0.2, -0.6, 0.5, 1.0)
                        ibans.append(
                            found_in(at.segment, at.start, at.start + raw.end(), value, evidence)
                        )
                    break
    fields: dict[str, ExtractedField] = {}
    for name, found in (("iban", ibans), ("bic", bics), ("account_name", holders)):
        if field := choose(found):
            fields[name] = field
    return fields


def _over_two_lines(sheet: Sheet, segment: Segment, begun: str) -> str | None:
    """An IBAN that small print breaks at the end of its line; only one that passes its check."""
    under = next(iter(sheet.below(segment, segment.box, reach=1)), None)
    rest = re.match(r"(?:[A-Z0-9]{1,4}(?: |$|(?=[.,;|·]))){1,8}", under.text) if under else None
    groups = rest.group().split() if rest else []
    for count in range(len(groups), 0, -1):
        whole = compact(begun + "".join(groups[:count]))
        if is_iban(whole):
            return whole
    return None


def _end_of(text: str, start: int, value: str) -> int:
    """Where `value`, printed with spaces from `start`, ends."""
    left = len(value)
    for index in range(start, len(text)):
        left -= text[index].isalnum()
        if not left:
            return index + 1
    return len(text)


def _at_once(text: str) -> tuple[int, int] | None:
    """Where a text, or its second sentence, says that payment is due at once."""
    second = text.find(". ") + 2
    found = _AT_ONCE.match(text) or (_AT_ONCE.match(text, second) if second > 1 else None)
    if found is None:
        return None
    stop = text.find(". ", found.start()) if found.start() else -1
    if stop > 0:
        return found.start(), stop + 1
    return found.start(), len(text) if len(text) < 60 else found.end()


def _until_due(at: Labelled) -> str:
    """The text from there on, before a label that names the day: "… Echéance : 31/10/26"."""
    text = at.segment.text
    days = [at.segment.hit_span(h)[0] for h in at.segment.hits if "due_date" in h.meanings]
    ends = [end for end in days if end > at.start + 8 and text[end].isupper()]
    return text[at.start : min(ends, default=len(text))].strip()


def _told(sheet: Sheet, segment: Segment, hit: Hit) -> Iterator[Labelled]:
    """Where terms may stand: behind a colon whatever they begin with ("Terms: due upon receipt")."""
    end = segment.hit_span(hit)[1]
    rest = segment.text[end:].lstrip()
    if rest.startswith(":") and any(c.isalpha() for c in rest):
        start = segment.text.index(":", end) + 1
        start += len(segment.text[start:]) - len(segment.text[start:].lstrip())
        yield Labelled(hit, segment, segment, start, 1.0)
    else:
        yield from beside(sheet, segment, hit)


def _means_with_days(segment: Segment, hit: Hit) -> bool:
    """ "Mode de règlement : LCR directe 30 jours fin de mois": the means, and when."""
    rest = segment.text[segment.hit_span(hit)[1] :]
    return "payment_means" in hit.meanings and bool(_UNIT.search(rest[:60]))


def _heads_columns(sheet: Sheet, segment: Segment) -> bool:
    """Whether this and the next cell each have a cell of their own below, flush with them."""
    right = segment.right
    if right is None or any(c.isdigit() for c in right.text):
        return False
    under = [next(iter(sheet.below(s, s.box, reach=1)), None) for s in (segment, right)]
    return under[0] is not under[1] and all(
        low is not None and abs(low.box.x0 - head.box.x0) < 0.005
        for low, head in zip(under, (segment, right), strict=True)
    )


def find_terms(sheet: Sheet) -> Terms:
    """Payment terms as a sentence, and the days and discounts in it."""
    found: list[Found] = []
    for segment in sheet:
        for hit in segment.hits:
            if "payment_terms" not in hit.meanings and not _means_with_days(segment, hit):
                continue
            for at in _told(sheet, segment, hit):
                text = _until_due(at)
                if _BY_WHOM.match(text) or _DELIVERY.match(text):
                    break
                if len(text) < 3 or len(text) > 200 or not any(c.isalpha() for c in text):
                    continue
                if re.fullmatch(r"[\d.,\s€$]+", text):
                    continue
                timed = _UNIT.search(text) or _TERMS_SENTENCE.search(text)
                spans = [at.segment.hit_span(h) for h in at.segment.hits]
                heads = len(sheet.lines[segment.line]) > 3 and segment.mostly_label
                next_head = heads or (0, len(at.segment.text)) in spans
                next_head = next_head or _heads_columns(sheet, segment)
                if not timed and at.nearness == 0.92 and next_head:
                    continue  # the head of the next column
                strength = 0.9 if timed else 0.55
                whole = _WHOLE_SENTENCE.match(segment.text)
                if (
                    whole
                    and at.segment is segment
                    and hit.start == 0
                    and ":" not in segment.text[: at.start]
                ):
                    text, start = segment.text, 0
                else:
                    start = at.start
                evidence = Evidence(strength, at.nearness, 1.0, 0.0, 0.5, 1.0)
                end = start + len(text)
                found.append(found_in(at.segment, start, end, text, evidence))
                break
        if at_once := _at_once(segment.text):
            evidence = Evidence(0.7, 0.7, 1.0, 0.0, 0.5, 1.0)
            found.append(found_in(segment, *at_once, segment.text[slice(*at_once)], evidence))
        if _ALONE.fullmatch(segment.text.strip(" .:")):
            evidence = Evidence(0.75, 0.7, 1.0, 0.0, 0.5, 1.0)
            found.append(found_in(segment, 0, len(segment.text), segment.text, evidence))
        says = (
            _UNIT.search(segment.text) or _broken_unit(sheet, segment)
        ) and _TERMS_SENTENCE.search(segment.text)
        says = says or _BY_DATES.search(_with_day(sheet, segment))
        labelled = any("payment_terms" in h.meanings for h in segment.hits)
        if labelled and not _WHOLE_SENTENCE.match(segment.text):
            says = None  # the label says where they begin
        if says and not _COMPLAINT.search(segment.text):
            text = _sentence(sheet, segment)
            if len(text) < 260:
                evidence = Evidence(0.8, 0.7, 1.0, 0.0, 0.5, 1.0)
                found.append(found_in(segment, 0, len(segment.text), text, evidence))
    fields: dict[str, ExtractedField] = {}
    if not (field := choose(found, ceiling=0.92)):
        return Terms(fields, None)
    field = replace(field, value=_terms_of(str(field.value)))
    fields["payment_terms"] = field
    text = str(field.value)
    percent = _SKONTO.search(text)
    rest = text
    sure = field.confidence * 0.95
    if percent and re.search(
        r"skonto|discount|escompte|sconto|korting|descuento|%", text, re.IGNORECASE
    ):
        near = re.search(
            r"(\d{1,3})\s?(?:days|tage|jours|d[ií]as|giorni|dagen)", text, re.IGNORECASE
        )
        fields["discount_percent"] = _parsed(
            field, Decimal(percent["percent"].replace(",", ".")), sure
        )
        if near:
            fields["discount_days"] = _parsed(field, Decimal(near[1]), sure)
            rest = text[: near.start()] + text[near.end() :]
            rest = rest.replace(percent.group(), " ")
    days: int | None = None
    if net := _NET.search(rest):
        days = int(net["days"] or net["days2"])
    elif re.search(
        r"sofort|on receipt|immédiat|immediate|comptant|prompt|contado", rest, re.IGNORECASE
    ):
        days = 0
    if days is not None and days <= 365:
        fields["payment_days"] = _parsed(field, Decimal(days), sure)
    return Terms(fields, days)


_BY_WHOM = re.compile(r"durch\b|by\b", re.IGNORECASE)  # "Zahlbar durch": who has to pay
_DELIVERY = re.compile(r"(?:EXW|FCA|FAS|FOB|CFR|CIF|CPT|CIP|DAP|DPU|DDP)\b")  # Incoterms
_ON_RECEIPT = re.compile(r"(?:payable|due) (?:up)?on receipt", re.IGNORECASE)
_AT_ONCE = re.compile(
    r"(?:r[eè]glement|paiement) [aà] r[eé]ception|plaćanje odmah|dospijeva odmah|betales straks|netto kontant|kontant betalning|betalas omgående"
    r"|(?:r[eè]glement|paiement) comptant|payable (?:à|upon|on) r|pagamento (?:im+ediato|a vista|contra)|rimessa diretta|pronto pagamento$"
    r"|splatné ihned|platba (?:při převzetí|hotově)|płat(?:ne|ność) (?:przy odb|natychm)|direct te voldoen|contante betaling",
    re.IGNORECASE,
)
# Where the account, and no longer the time, is spoken of.
_ACCOUNT_NEXT = re.compile(
    r"[ ,;]*(?:\b(?:op (?:rekening|iban|bankrek)|(?:over te maken|overmaken) op|auf (?:das|unser|folgendes|nachstehendes) konto"
    r"|sur (?:le|notre) compte|to (?:our|the following) account|na (?:konto|rachunek|účet)|sul (?:nostro )?conto|en la cuenta)"
    r"\b\D{0,12}\d|\bIBAN\b).*",
    re.IGNORECASE,
)


def _terms_of(text: str) -> str:
    """The words about the time to pay: without a label before them and the account behind them.

    >>> _terms_of("Te betalen binnen 14 dagen op rekening BE68 0689 1255 7334")
    'Te betalen binnen 14 dagen'
    """
    label, colon, rest = text.partition(": ")
    if colon and len(label) < 25 and not any(c.isdigit() for c in label) and _UNIT.search(rest):
        text = rest
    cut = _ACCOUNT_NEXT.sub("", text)
    if not _UNIT.search(cut):
        return cut if "IBAN" in text and len(cut) > 5 else text
    sentences = re.split(r"(?<=[^\W\d_]{2})\. (?=[A-ZÀ-Ý])", cut)
    timed = next((s for s in sentences if _UNIT.search(s) or _ON_RECEIPT.search(s)), cut)
    alone = len(cut) > 90 or len(timed) < 20 or _ON_RECEIPT.search(timed)
    return timed if alone else cut


# "Queries within 7 days": a time to complain, not to pay.
_COMPLAINT = re.compile(
    r"quer(?:y|ies)|complain|claims|return|reclam|r[eé]clam|beanstand|mängel|r[uü]ckgabe|widerruf|klacht|reklam|prigovor|retour|devol|warrant|garant",
    re.IGNORECASE,
)


def _broken_unit(sheet: Sheet, segment: Segment) -> re.Match[str] | None:
    """ "… within 14" whose "days" stand on the next line."""
    if not _NUMBER_AT_END.search(segment.text):
        return None
    under = next(iter(sheet.below(segment, segment.box, reach=1)), None)
    return _UNIT.match(f"{segment.text[-1]} {under.text}") if under else None


def _with_day(sheet: Sheet, segment: Segment) -> str:
    """The text, with the next line where the day that it announces stands there."""
    if not _DAY_NEXT.search(segment.text):
        return segment.text
    under = next(iter(sheet.below(segment, segment.box, reach=1)), None)
    return f"{segment.text} {under.text}" if under else segment.text


_DAY_NEXT = re.compile(r"\bbis (?:zum|spätestens)$", re.IGNORECASE)
_NUMBER_AT_END = re.compile(r"[^\d.,]\d{1,2}$")


def _sentence(sheet: Sheet, segment: Segment) -> str:
    """The segment, and the next line when the sentence visibly goes on there."""
    text = segment.text
    if text.rstrip().endswith((".", "!")):
        return text
    for under in sheet.below(segment, segment.box, reach=1):
        if (under.text[:1].isupper() or under.hits) and not _broken_unit(sheet, segment):
            break
        goes_on = len(segment.words) >= 6
        near = under.box.y0 - segment.box.y1 < 1.2 * segment.height
        if (
            near
            and abs(under.box.x0 - segment.box.x0) < 0.01
            and (goes_on or under.text.endswith("."))
        ):
            return f"{text} {under.text}"
        break
    return text


def _parsed(field: ExtractedField, value: Decimal, sure: float) -> ExtractedField:
    return ExtractedField(value, field.raw, round(sure, 4), field.source, field.page, field.box)


def find_currency(
    sheet: Sheet, amounts: list[Money], *, country: str | None, language: str | None
) -> ExtractedField | None:
    """The currency: signs beside amounts, codes in the text, and weakly the country."""
    votes: Counter[str] = Counter()
    first: dict[str, tuple[Segment, int, int]] = {}
    named_dollars: set[str] = set()
    plain_dollars = 0  # votes of "$" alone
    for money in amounts:
        if money.currency and not _ROOM.fullmatch(money.raw):
            code = _code(money.currency, country, language)
            if code:
                votes[code] += 3 if money.roles else 2
                plain_dollars += (3 if money.roles else 2) * _is_dollar(money.currency)
                first.setdefault(code, (money.segment, money.start, money.end))
    rands = [(s, r) for s in sheet for r in _RAND.finditer(s.text)] if not votes else []
    if len(rands) > 1:
        votes["ZAR"] = len(rands) + _SEVERAL
        first["ZAR"] = (rands[0][0], *rands[0][1].span())
    beside_amounts = max(votes.values(), default=0) >= _SEVERAL
    for segment in sheet:
        if OTHER_MONEY.search(segment.text):
            continue
        for sign in _SIGN.finditer(segment.text):
            text = sign.group()
            if _ROOM.match(segment.text, sign.start()):
                continue
            if len(text) > 3 and text.casefold() not in ("euro", "euros", "rupees"):
                continue
            if (
                text.isalpha()
                and len(text) <= 3
                and not (text.isupper() or text in ("Kč", "zł", "kr", "Ft", "Rs", "kn", "lei"))
            ):
                continue
            if text.isalpha() and _GLUED.match(segment.text, sign.end()):
                continue  # "RM0412287" is a number of something
            if text in ("FR", "RN", "RH", "KC", "RS", "FT", "KN", "RP", "ZL", "TRY", "KR", "Kr"):
                continue
            if code := _code(text, country, language):
                # "PAY THIS AMOUNT (USD)" says more than three letters in a line of text.
                named = any(m.startswith("m_") for h in segment.hits for m in h.meanings)
                if named and code in _DOLLARS.values() and text == code:
                    named_dollars.add(code)
                    first.setdefault(code, (segment, sign.start(), sign.end()))
                if beside_amounts and code not in votes and not _CURRENCY_WORD.search(segment.text):
                    continue  # three letters somewhere: "CHI / BRL", "DEA RM0412"
                votes[code] += 3 if named else 1
                plain_dollars += (3 if named else 1) * _is_dollar(text)
                first.setdefault(code, (segment, sign.start(), sign.end()))
    for segment in sheet:
        if said := _said_currency(segment):
            votes[said] += _SAID
            first.setdefault(said, (segment, 0, len(segment.text)))
    if len(named_dollars) == 1 and votes["USD"] == plain_dollars:
        votes[next(iter(named_dollars))] += votes.pop("USD", 0)  # "Total (CAD)  6 176,58 $"
    if votes:
        (code, count), *rest = votes.most_common(2)
        clear = count / (count + (rest[0][1] if rest else 0))
        shape = (
            0.5
            if code == "USD" and not country and "USD" not in {m.currency for m in amounts}
            else 1.0
        )
        evidence = Evidence(0.9, 0.9, shape, 2 * clear - 1.3, 0.5, 1.0)
        segment, start, end = first[code]
        others = []
        if rest:
            other, a, b = first[rest[0][0]]
            others = [found_in(other, a, b, rest[0][0], Evidence(0.4, 0.5, 0.5, 0, 0.5, 1))]
        return choose([found_in(segment, start, end, code, evidence), *others])
    assumed = CURRENCY_OF_COUNTRY.get(country or "")
    return ExtractedField(assumed, "", _ASSUMED, "computed") if assumed and amounts else None


_SAID = 20  # votes: seven amounts that are sums
_ONLY_CODE = re.compile(r"[\s:]*([A-Z]{3})\b\W*$")


def _said_currency(segment: Segment) -> str | None:
    """The code behind a label that asks for it: "Currency: GBP"."""
    label = _CURRENCY_WORD.match(segment.text)
    if label is None:
        return None
    rest = segment.text[label.end() :]
    rest = rest if any(c.isalpha() for c in rest) else segment.right.text if segment.right else ""
    found = _ONLY_CODE.match(rest)
    return _CURRENCIES.get(found[1].casefold()) if found else None


def _is_dollar(sign: str) -> bool:
    return _CURRENCIES.get(sign.casefold().rstrip(".:")) == "$"


def _code(sign: str, country: str | None, language: str | None) -> str | None:
    code = _CURRENCIES.get(sign.casefold().rstrip(".:"))
    if code == "$":
        return _DOLLARS.get(country or "", "USD")
    if code == "kr":
        return _KRONER.get(country or "") or _KRONER.get(language or "")
    return code


def find_card(sheet: Sheet) -> ExtractedField | None:
    """The last four digits of a card that is printed masked."""
    found = []
    for segment in sheet:
        if card := _CARD.search(segment.text):
            evidence = Evidence(0.9, 0.9, 1.0, 0.0, 0.5, 1.0)
            found.append(found_in(segment, card.start(), card.end(), card["last"], evidence))
    return choose(found, ceiling=0.95)


def contacts(segment: Segment) -> dict[str, tuple[int, int, str]]:
    """E-mail, website and phone of one segment, with their places."""
    return _contacts(segment.text)


@lru_cache(maxsize=2048)
def _contacts(text: str) -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = {}
    if "@" in text and (mail := _EMAIL.search(text)):
        found["email"] = (mail.start(), mail.end(), mail.group().replace(" ", ""))
    if "." in text and (site := _WEBSITE.search(text)):
        value = site.group().replace(" ", "")
        if not ("email" in found and value in found["email"][2]):
            found["website"] = (site.start(), site.end(), value)
    if sum(map(str.isdigit, text)) >= 6 and (phone := _PHONE.search(text)):
        group = "n" if phone["n"] else "p"
        found["phone"] = (phone.start(group), phone.end(group), phone[group].strip())
    return found
