"""Do the amounts add up? EN 16931's arithmetic; both sides are shown and nothing is corrected.

Printed amounts may differ by 0.01 (1 in currencies without cents) per rounded addend, and paper
has habits that the standard does not know: freight after the net, rounded totals, lines that
include tax. An e-invoice (XML) has to add up exactly, as the standard demands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem

_LINE = Check("line_amount", "warn", "sum_mismatch")
_LINES = Check("BR-CO-10", "warn", "sum_mismatch")
_NET = Check("BR-CO-13", "warn", "sum_mismatch")
_TAXES = Check("BR-CO-14", "warn", "sum_mismatch")
_TOTAL = Check("BR-CO-15", "block", "sum_mismatch")
_DUE = Check("BR-CO-16", "warn", "sum_mismatch")
_TAX = Check("BR-CO-17", "warn", "sum_mismatch")

_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_WHOLE_CURRENCIES = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "HUF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"}
    | {"VUV", "XAF", "XOF", "XPF"}
)
# A reviewer needs no more than this many rows to see that the table was misread.
_MOST_LINE_FINDINGS = 20

# One way to arrive at an amount: the sentence's left side, and the result.
Way = tuple[str, Decimal]


def total_is_net_plus_tax(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-15: total = net + tax. A difference that no tax explains is no missing value: it fails."""
    fields = ("total", "subtotal", "tax_total")
    net, total = invoice.money("subtotal"), invoice.money("total")
    if net is None or total is None:
        yield _TOTAL.not_possible("Net or total is missing.", fields)
        return
    read = _tax_total(invoice)
    tax = read or _ZERO
    ways = [
        (f"Net {shown(net)} and {'no tax' if read is None else f'tax {shown(tax)}'}", net + tax)
    ]
    if not _is_xml(invoice):
        ways += [
            (f"{text} with {what}", amount + more)
            for text, amount in ways
            for what, more in _after_the_net(invoice)
        ]
        if invoice.text("document_type") == "receipt":  # shops print the tax that is inside
            ways.append((f"Subtotal {shown(net)} with tax {shown(tax)} in it", net))
    yield _compared(_TOTAL, invoice, "total", total, ways, fields, addends=2)


def net_is_lines_and_charges(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-13: net = sum of lines − discounts + charges."""
    fields = ("subtotal", "lines_total", "discount_total", "charges_total")
    lines, net = invoice.money("lines_total"), invoice.money("subtotal")
    if lines is None or net is None:
        yield _NET.not_possible("The sum of lines or the net is missing.", fields)
        return
    discount = invoice.money("discount_total") or _ZERO
    charges = invoice.money("charges_total") or _ZERO
    text = f"Lines {shown(lines)}, discounts {shown(discount)} and charges {shown(charges)}"
    ways = [(text, lines - discount + charges)]
    if not _is_xml(invoice):
        freight = invoice.money("freight") or _ZERO
        ways += [  # a discount printed as "-10.00"; freight apart; lines that include tax
            (text, lines - abs(discount) + charges),
            (f"{text} with freight", lines - abs(discount) + charges + freight),
            (f"{text} after tax", lines - (_tax_total(invoice) or _ZERO)),
        ]
    yield _compared(_NET, invoice, "net", net, ways, fields, addends=3)


def lines_add_up(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-10: the lines' amounts are the sum of lines; on paper also the net or the total."""
    fields = ("lines", "lines_total", "subtotal", "total")
    amounts = [_number(line.amount) for line in invoice.lines]
    known = [amount for amount in amounts if amount is not None]
    targets = _line_targets(invoice)
    if not known or not targets:
        yield _LINES.not_possible("No line amounts, or no sum to compare with.", fields)
        return
    check = _for_rows(_LINES, invoice)
    computed = sum(known, _ZERO)
    tolerance = _tolerance(invoice, len(known))
    for name, target in targets:
        if abs(computed - target) <= tolerance:
            text = f"The {len(known)} lines add up to the {name}, {shown(target)}."
            yield _LINES.passed(text, fields, printed=shown(target), computed=shown(computed))
            return
    name, target = targets[0]
    if len(known) < len(amounts):
        missing = len(amounts) - len(known)
        yield _LINES.not_possible(f"{missing} of {len(amounts)} lines have no amount.", fields)
        return
    yield check.failed(
        f"The {len(known)} lines add up to {shown(computed)}; the {name} says {shown(target)}.",
        fields,
        printed=shown(target),
        computed=shown(computed),
    )


def _for_rows(check: Check, invoice: ExtractedInvoice) -> Check:
    """A till receipt is booked by its total; that a row of it is misread stops nothing."""
    receipt = invoice.text("document_type") == "receipt"
    return replace(check, severity="info") if receipt else check


def taxes_add_up(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-14: the tax is the sum of the taxes by rate."""
    fields = ("tax_total", "taxes")
    tax, amounts = invoice.money("tax_total"), _tax_amounts(invoice)
    if tax is None or amounts is None:
        yield _TAXES.not_possible("The tax or its breakdown is missing.", fields)
        return
    ways = [(f"The taxes of {len(amounts)} rates", sum(amounts, _ZERO))]
    yield _compared(_TAXES, invoice, "tax", tax, ways, fields, addends=len(amounts))


def each_tax_is_base_times_rate(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-17: tax = base × rate, where rounding may have happened on every line."""
    possible = False
    for index, tax in enumerate(invoice.taxes[:_MOST_LINE_FINDINGS]):
        base, rate, amount = _number(tax.base), _number(tax.rate), _number(tax.amount)
        if base is None or rate is None or amount is None:
            continue
        possible = True
        ways = [(f"{shown(rate)} % of {shown(base)}", base * rate / 100)]
        if not _is_xml(invoice) and rate > 0:
            ways.append((f"{shown(rate)} % in {shown(base)}", base * rate / (100 + rate)))
        yield _compared(
            _TAX, invoice, "tax", amount, ways, [f"taxes[{index}].amount"],
            addends=max(1, _lines_at(rate, invoice.lines)), rounded=True,
        )  # fmt: skip
    if not possible:
        yield _TAX.not_possible("No tax with base, rate and amount.", ["taxes"])


def due_is_total_less_paid(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-16: amount due = total − paid + rounding."""
    fields = ("amount_due", "total", "paid", "rounding")
    total, due = invoice.money("total"), invoice.money("amount_due")
    if total is None or due is None:
        yield _DUE.not_possible("The total or the amount due is missing.", fields)
        return
    paid, rounding = invoice.money("paid"), invoice.money("rounding") or _ZERO
    if not _is_xml(invoice) and paid is None and due == 0 and total != 0:
        yield _DUE.not_possible("Nothing is due, but what was paid is not known.", fields)
        return
    text = f"Total {shown(total)} less {shown(paid or _ZERO)} paid"
    ways = [(text, total - (paid or _ZERO) + rounding)]
    if not _is_xml(invoice):
        before = invoice.money("previous_balance") or _ZERO
        ways += [
            (text, total - abs(paid or _ZERO)),  # "Paid -50.00"; rounding already in the total
            (f"{text} and a previous balance of {shown(before)}", ways[0][1] + before),
        ]
    yield _compared(_DUE, invoice, "amount due", due, ways, fields, addends=2)


def each_line_is_quantity_times_price(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """Quantity × price − discount = amount, row by row; only rows that do not fit are named."""
    checked = wrong = 0
    for index, line in enumerate(invoice.lines):
        quantity, price, amount = map(_number, (line.quantity, line.unit_price, line.amount))
        if quantity is None or price is None or amount is None:
            continue
        checked += 1
        computed = quantity * price
        slack = _unit(invoice) + _rounding_of(price) * abs(quantity)
        slack += _rounding_of(quantity) * abs(price)
        if any(abs(amount - way) <= slack for way in _line_ways(line, quantity, computed)):
            continue
        wrong += 1
        if wrong > _MOST_LINE_FINDINGS:
            return
        computed -= _number(line.discount) or _ZERO
        yield _for_rows(_LINE, invoice).failed(
            f"Line {index + 1} does not add up: {shown(quantity)} × {shown(price)}, less discount, "
            f"is {shown(computed)}; the amount says {shown(amount)}.",
            [f"lines[{index}].amount"],
            printed=shown(amount),
            computed=shown(computed),
        )
    if not checked:
        yield _LINE.not_possible("No line with quantity, price and amount.", ["lines"])
    elif not wrong:
        yield _LINE.passed(f"Quantity × price is the amount in {checked} lines.", ["lines"])


def _compared(
    check: Check,
    invoice: ExtractedInvoice,
    name: str,
    printed: Decimal,
    ways: Sequence[Way],
    fields: Sequence[str],
    *,
    addends: int,
    rounded: bool = False,
) -> Finding:
    """Passed if any way leads to the printed amount; otherwise the first, the standard's, is told."""
    tolerance = _unit(invoice) * addends if rounded else _tolerance(invoice, addends)
    for text, computed in ways:
        if abs(computed - printed) <= tolerance:
            return check.passed(
                f"{text} make the {name}, {shown(printed)}.",
                fields,
                printed=shown(printed),
                computed=shown(computed),
            )
    text, computed = ways[0]
    computed = round(computed, 4).normalize() if rounded else computed
    return check.failed(
        f"{text} make {shown(computed)}; the {name} says {shown(printed)}.",
        fields,
        printed=shown(printed),
        computed=shown(computed),
    )


def _line_targets(invoice: ExtractedInvoice) -> list[Way]:
    """What the lines may add up to, the standard's first; lines may stand before the discounts and
    charges that lead to the net or the total."""
    names = {"lines_total": "sum of lines", "subtotal": "net", "total": "total"}
    found = [(text, value) for n, text in names.items() if (value := invoice.money(n)) is not None]
    changes = [_ZERO, *(more for _, more in _after_the_net(invoice))]
    if _is_xml(invoice):
        # FatturaPA states no sum of lines; there charges may stand between the lines and the net.
        changes = changes[:1] if "lines_total" in invoice.fields else changes
        return [(text, value - change) for text, value in found[:1] for change in changes]
    tax = _tax_total(invoice)
    if tax is not None and (total := invoice.money("total")) is not None:
        found.append(("total without tax", total - tax))
    return [(text, value - change) for text, value in found for change in changes]


def _after_the_net(invoice: ExtractedInvoice) -> list[Way]:
    """What paper adds between net and total (or lines and net): each alone, and all together."""
    charges = invoice.money("charges_total") or _ZERO
    parts = [
        ("freight", invoice.money("freight") or _ZERO),
        ("charges", charges),
        ("discounts", -abs(invoice.money("discount_total") or _ZERO)),
        ("rounding", invoice.money("rounding") or _ZERO),
    ]
    parts = [(name, amount) for name, amount in parts if amount]
    if len(parts) > 1:
        parts.append((", ".join(n for n, _ in parts), sum((a for _, a in parts), _ZERO)))
    return parts


def _line_ways(line: LineItem, quantity: Decimal, computed: Decimal) -> Iterator[Decimal]:
    """Amounts a line may show: discount by line, by piece or inside the price; tax in or out."""
    discount = _number(line.discount) or _ZERO
    for amount in (computed - discount, computed - discount * quantity, computed):
        yield amount
        if rate := _number(line.tax_rate):
            yield amount * (100 + rate) / 100
            if rate > -100:
                yield amount * 100 / (100 + rate)


def _tax_total(invoice: ExtractedInvoice) -> Decimal | None:
    tax, amounts = invoice.money("tax_total"), _tax_amounts(invoice)
    return sum(amounts, _ZERO) if tax is None and amounts is not None else tax


def _tax_amounts(invoice: ExtractedInvoice) -> list[Decimal] | None:
    amounts = [_number(tax.amount) for tax in invoice.taxes]
    known = [amount for amount in amounts if amount is not None]
    return known if known and len(known) == len(amounts) else None


def _lines_at(rate: Decimal, lines: Sequence[LineItem]) -> int:
    rates = [_number(line.tax_rate) for line in lines]
    return sum(1 for found in rates if found is None or found == rate)


def _rounding_of(factor: Decimal) -> Decimal:
    """Half of the last printed place of a factor; a factor without decimals is exact."""
    places = factor.as_tuple().exponent
    return Decimal((0, (5,), places - 1)) if isinstance(places, int) and places < 0 else _ZERO


def _tolerance(invoice: ExtractedInvoice, addends: int) -> Decimal:
    # Half a cent forgives an e-invoice more decimals than it sums up, and nothing else.
    return _CENT / 2 if _is_xml(invoice) else _unit(invoice) * addends


def _unit(invoice: ExtractedInvoice) -> Decimal:
    return Decimal(1) if invoice.text("currency") in _WHOLE_CURRENCIES else _CENT


def _is_xml(invoice: ExtractedInvoice) -> bool:
    total = invoice.fields.get("total")
    return total is not None and total.source == "xml"


def _number(cell: ExtractedField | None) -> Decimal | None:
    return cell.value if cell is not None and isinstance(cell.value, Decimal) else None
