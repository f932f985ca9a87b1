"""Sales tax of a document outside the US, as QuickBooks computes it: per rate, rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoice_ai.quickbooks_standin.books import Books, Thing, cents
from invoice_ai.quickbooks_standin.refusals import Refused

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class TaxedLine:
    net: Decimal
    code: str
    gross: Decimal | None = None  # known when the document is TaxInclusive


def rates_of(books: Books, code: str) -> list[Thing]:
    """The purchase rates behind a tax code. Raises: Refused 6160 for a code that is not there."""
    found = books.find("TaxCode", code)
    if found is None or not found.get("Active", True):
        raise Refused("6160", f"Invalid Tax Code : {code}", "TaxCodeRef")
    details = found.get("PurchaseTaxRateList", {}).get("TaxRateDetail", [])
    return [books.get("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]


def net_of(books: Books, gross: Decimal, code: str) -> Decimal:
    percent = sum((rate["RateValue"] for rate in rates_of(books, code)), Decimal())
    return cents(gross / (1 + percent / HUNDRED))


def compute(books: Books, lines: Sequence[TaxedLine]) -> tuple[Decimal, list[Thing]]:
    """Total tax and the TaxLine[] of TxnTaxDetail, in the order the rates first appear."""
    bases: dict[str, Decimal] = {}
    inclusive: dict[str, Decimal] = {}
    percents: dict[str, Decimal] = {}
    for line in lines:
        rates = rates_of(books, line.code)
        rest = None if line.gross is None else line.gross - line.net
        for rate in rates:
            id_ = rate["Id"]
            percents[id_] = Decimal(rate["RateValue"])
            bases[id_] = bases.get(id_, Decimal()) + line.net
            if rest is not None:
                last = rate is rates[-1]
                share = rest if last else cents(line.net * percents[id_] / HUNDRED)
                rest -= share
                inclusive[id_] = inclusive.get(id_, Decimal()) + share
    tax_lines: list[Thing] = []
    total = Decimal()
    for id_, base in bases.items():
        amount = inclusive[id_] if id_ in inclusive else cents(base * percents[id_] / HUNDRED)
        total += amount
        tax_lines.append(_tax_line(id_, percents[id_], base, amount))
    return total, tax_lines


def overridden(books: Books, detail: Thing, computed: list[Thing]) -> tuple[Decimal, list[Thing]]:
    """The tax the caller sends (the invoice's own, when it differs by a rounding).

    Raises: Refused: a rate that is not there, or a total that is not the sum of its lines.
    """
    bases = {
        line["TaxLineDetail"]["TaxRateRef"]["value"]: line["TaxLineDetail"] for line in computed
    }
    lines: list[Thing] = []
    for line in detail.get("TaxLine", []):
        given = line.get("TaxLineDetail", {})
        id_ = given.get("TaxRateRef", {}).get("value", "")
        rate = books.find("TaxRate", id_)
        if rate is None or line.get("DetailType") != "TaxLineDetail":
            raise Refused("6170", f"Invalid tax rate id : {id_}", "TxnTaxDetail")
        base = given.get("NetAmountTaxable", bases.get(id_, {}).get("NetAmountTaxable", Decimal()))
        amount = cents(line.get("Amount", Decimal()))
        lines.append(_tax_line(id_, Decimal(rate["RateValue"]), base, amount))
    total = sum((line["Amount"] for line in lines), Decimal())
    if not lines:
        return cents(detail["TotalTax"]), computed
    if "TotalTax" in detail and cents(detail["TotalTax"]) != total:
        raise Refused(
            "6170", f"TotalTax {detail['TotalTax']} is not the sum of the tax lines {total}"
        )
    return total, lines


def _tax_line(id_: str, percent: Decimal, base: Decimal, amount: Decimal) -> Thing:
    return {
        "Amount": amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": id_},
            "PercentBased": True,
            "TaxPercent": percent,
            "NetAmountTaxable": base,
        },
    }
