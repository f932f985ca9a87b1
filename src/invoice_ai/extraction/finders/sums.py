"""The amounts of an invoice, chosen together: the set that adds up and is best named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations

from invoice_ai.domain.invoice import ExtractedField, TaxLine
from invoice_ai.extraction.finders.contradictions import HIGHEST_RATE, contradicted
from invoice_ai.extraction.finders.evidence import Evidence, Found, as_field, choose, found_in
from invoice_ai.extraction.finders.money import Money

CENT = Decimal("0.01")
_KEEP = 7  # candidates per role that take part in the joint choice
_DOUBTFUL = 0.85  # the most that is said of a total which the page contradicts
_OTHERS = (
    "discount_total",
    "charges_total",
    "freight",
    "paid",
    "rounding",
    "previous_balance",
    "lines_total",
)


_NOT_IN_TAX_ROWS = {"freight", "charges_total", "discount_total", "cash", "change", "paid"}


@dataclass(frozen=True, slots=True)
class TaxRow:
    """Amounts of one text line with net + tax = gross (or base × rate = tax)."""

    net: Money
    tax: Money
    gross: Money | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Sums:
    fields: dict[str, ExtractedField]
    taxes: tuple[TaxLine, ...]
    add_up: bool  # subtotal + tax = total, all three printed


@dataclass(frozen=True, slots=True)
class _Option:
    money: Money
    score: float  # log-odds that it has the role, before it is seen together with others
    label: float


def choose_sums(amounts: Sequence[Money], *, receipt: bool) -> Sums:
    """Subtotal, tax, total, amount due and their companions."""
    rows = tax_rows(amounts)
    totals = _total_options(amounts, rows, receipt)
    nets = _options(amounts, rows, "subtotal")
    taxes = _options(amounts, rows, "tax_total")
    best, verified = _jointly(totals, nets, taxes, amounts, _taxes_of_all_rates(amounts, rows))
    fields: dict[str, ExtractedField] = {}
    for name, chosen, options in zip(
        ("total", "subtotal", "tax_total"), best, (totals, nets, taxes), strict=True
    ):
        if chosen is not None:
            fields[name] = _field(chosen, options, verified)
    if best[0] and not verified and contradicted(best[0].money.value, amounts):
        sure = min(fields["total"].confidence, _DOUBTFUL)
        fields["total"] = replace(fields["total"], confidence=sure)
    if not verified and best[0] and (together := _of_all_rates(amounts, best[0].money.value)):
        sure = round(fields["total"].confidence * 0.9, 4)
        fields["tax_total"] = ExtractedField(together, "", sure, "computed")
    if "tax_total" not in fields and verified:
        fields["tax_total"] = _the_rest(fields)
    if "tax_total" not in fields and (several := _several_taxes(amounts, fields)):
        fields["tax_total"] = several
    if "subtotal" not in fields:
        _unnamed_net(amounts, fields)
    if "subtotal" not in fields:
        _untaxed_net(amounts, fields)
    _others(amounts, fields)
    _amount_due(amounts, fields)
    return Sums(fields, _tax_lines(rows), verified)


def tax_rows(amounts: Sequence[Money]) -> list[TaxRow]:
    """Lines whose figures add up as net, tax and gross, or as base × rate = tax."""
    by_line: dict[int, list[Money]] = {}
    bare: dict[int, list[Decimal]] = {}  # "SR  13.21  6  0.79": a rate without its sign
    for money in amounts:
        if money.certain:
            by_line.setdefault(money.line, []).append(money)
        elif 0 < money.value <= HIGHEST_RATE:
            bare.setdefault(money.line, []).append(money.value)
    found: list[TaxRow] = []
    for line, here in by_line.items():
        if 2 <= len(here) <= 6 and (row := _tax_row(here, bare.get(line, ()))):
            found.append(row)
    return found


def _tax_row(here: list[Money], bare: Sequence[Decimal]) -> TaxRow | None:
    here = [m for m in here if not _NOT_IN_TAX_ROWS & set(m.roles)]
    named = any(m.row & {"m_tax", "m_total"} or "m_tax" in m.column for m in here)
    rate = next((m.rate for m in here if m.rate is not None), None)
    if rate is None and len(here) == 2:
        net, tax = here
        rate = next((r for r in bare if tax.value and _makes(net, r, tax)), None)
    if not named and rate is None:
        return None
    for net, tax, gross in permutations(here, 3):
        if (
            net.value + tax.value == gross.value
            and abs(net.value) >= abs(tax.value)
            and gross.value
        ):
            if tax.value == 0 and not (net.box.x0 < tax.box.x0 < gross.box.x0):
                continue
            share = _share(net, tax)
            if share is not None and (rate is None or not rate or abs(share - rate) < 1 or named):
                return TaxRow(net, tax, gross, rate if rate is not None else None)
    if rate:
        for net, tax in permutations(here, 2):
            if tax.value and _makes(net, rate, tax):
                return TaxRow(net, tax, None, rate)
    return None


def _makes(net: Money, rate: Decimal, tax: Money) -> bool:
    return abs(net.value * rate / 100 - tax.value) <= 2 * CENT


def _is_rate_of(tax: Money, net: Money) -> bool:
    """Whether the tax is just what its printed rate makes of the net."""
    return bool(tax.rate) and abs(net.value * (tax.rate or 0) / 100 - tax.value) <= CENT


def _share(net: Money, tax: Money) -> Decimal | None:
    """Tax as percent of net, None when no tax is like that."""
    if not net.value:
        return None
    share = tax.value * 100 / net.value
    return share if 0 <= share <= HIGHEST_RATE else None


def _total_options(amounts: Sequence[Money], rows: list[TaxRow], receipt: bool) -> list[_Option]:
    times = Counter(m.value for m in amounts if m.certain)
    cash = {m.value for m in amounts if "cash" in m.roles}
    change = {m.value for m in amounts if "change" in m.roles}
    paid = {c - g for c in cash for g in change if c >= g} | cash
    tendered: set[Decimal] = set()
    if receipt:  # what was handed over need not be named: total + change = tendered
        values = {m.value for m in amounts if m.certain and "change" not in m.roles}
        tendered = {c for c in values for g in change if g > 0 and c - g in values}
        paid |= {c - g for c in tendered for g in change}
    rounding = {m.value for m in amounts if "rounding" in m.roles and m.value}
    named = {m.value for m in amounts if m.roles.get("total", 0) >= 0.5}
    # Unlike rows of one rate each, the row of their sums says what the total is.
    by_rate = {
        (r.net.value, r.tax.value): r.gross.value for r in rows if r.gross and r.rate is not None
    }
    grosses = {r.gross.value for r in rows if r.gross and r.rate is None}
    if len(by_rate) == 1:
        grosses |= set(by_rate.values())
    nets_of_rates = {r.net.value for r in rows if r.gross is None and r.rate and r.tax.value}
    if (
        len(nets_of_rates) == 1 and not rounding
    ):  # "SR 6 %  13.21  0.79" says that 14.00 is the total
        grosses |= {r.net.value + r.tax.value for r in rows if r.gross is None}
    all_gross = sum(by_rate.values(), Decimal(0)) if len(by_rate) > 1 else None
    sums = [m for m in amounts if m.roles.get("total", 0) >= 0.4]
    sums = [m for m in sums if m.certain] or sums
    highest = max((m.value for m in sums), default=Decimal(0))
    if highest <= 0:  # a credit note with its minus printed
        highest = min((m.value for m in sums), default=Decimal(0))
    # An old debt is in what is due, not in the total of this invoice.
    owed: set[Decimal] = set()
    if before := {m.value for m in amounts if "previous_balance" in m.roles and m.value}:
        dues = {m.value for m in sums if m.roles.get("amount_due", 0) >= 0.5}
        # Named as this invoice's total as well, it holds no old debt: that was paid.
        dues -= {m.value for m in sums if m.roles["total"] >= 0.8 and "amount_due" not in m.roles}
        if others := [m.value for m in sums if m.value not in dues and m.roles["total"] >= 0.8]:
            owed, highest = dues, max(others)
        elif first := {due for due in dues if any(due + debt in dues for debt in before)}:
            owed, highest = dues - first, max(first)
    last = max((m.line for m in amounts), default=0) or 1
    decimals = any(m.certain for m in amounts)
    # Several rates, each with its net and its tax on lines of their own.
    nets = [m.value for m in amounts if m.roles.get("subtotal", 0) >= 0.8 and m.certain]
    taxes = [m.value for m in amounts if m.roles.get("tax_total", 0) >= 0.8 and m.certain]
    by_rates = sum(nets + taxes, Decimal(0)) if len(nets) > 1 and len(taxes) > 1 else None
    net = max(nets, default=Decimal(0))
    discounts = any("discount_total" in m.roles and m.value for m in amounts)
    options: list[_Option] = []
    for money in amounts:
        strength = money.roles.get("total", 0.0)
        if not strength:
            if not money.certain or money.roles or money.value <= 0:
                continue
            strength = 0.1
            if money.value in paid:
                strength = 0.2
        if not money.certain:
            strength *= 0.55
        value = money.value
        score = -3.0 + 5.0 * strength
        score += 0.8 if value == highest and value else 0.0
        score += 0.3 * min(times[value] - 1, 4 if value == highest else 1)
        score += 0.4 * money.line / last
        score += 1.2 if value in grosses else 0.0
        score -= 1.5 if value in nets_of_rates and value not in grosses else 0.0
        if all_gross:
            score += 2.5 if value == all_gross else -2.0 * (value in by_rate.values())
        if value and value in paid:
            score += 1.6 if receipt else 0.8
        if rounding and any(value - r in named or value + r in named for r in rounding):
            earlier = any(
                m.line < money.line and m.value != value and abs(m.value - value) < Decimal("0.05")
                for m in amounts
                if m.roles.get("total", 0) >= 0.4
            )
            score += 3.0 if value in paid else 1.5 if earlier else -0.5
        if value in tendered and value not in paid:
            score -= 1.5
        if 0 < abs(value) < abs(highest):
            score -= 0.6
        if value and value == by_rates:
            score += 2.5
        if 0 < value < net * Decimal("0.7") and not discounts:
            score -= 2.0  # less than what is surely named the net
        if value == 0:
            score -= 4.0
        if value in owed:
            score -= 2.0
        if not money.certain:
            score -= 3.0 if decimals else 1.5
        if "m_quantity" in money.column or "m_price" in money.column:
            score -= 1.0
        options.append(_Option(money, score, strength))
    return _best(options)


def _options(amounts: Sequence[Money], rows: list[TaxRow], role: str) -> list[_Option]:
    options: list[_Option] = []
    side = "net" if role == "subtotal" else "tax"
    in_rows = {id(getattr(r, side)) for r in rows}
    other_side = {id(r.tax if role == "subtotal" else r.net) for r in rows}
    single = len({(r.net.value, r.tax.value) for r in rows}) == 1
    for money in amounts:
        strength = money.roles.get(role, 0.0)
        if id(money) in other_side:
            continue
        if id(money) in in_rows:
            if single or any("m_total" in m.row for m in (money,)):
                strength = max(strength, 0.8)
            else:
                strength = max(strength * 0.6, 0.35)
        elif money.roles.get(f"rate_{role}"):
            strength = max(strength, 0.8 if single else 0.4)
        if not strength and role == "subtotal" and money.roles.get("total", 0) >= 0.5:
            strength = 0.4  # "Total" before tax; only a sum that works out makes it the net
        if not strength:
            continue
        if not money.certain:
            strength *= 0.6
        options.append(_Option(money, -3.0 + 5.0 * strength, strength))
    return _best(options)


def _best(options: list[_Option]) -> list[_Option]:
    """The best options, one per value (its best-named place)."""
    best: dict[Decimal, _Option] = {}
    for option in sorted(options, key=lambda o: (-o.score, -o.money.alone)):
        best.setdefault(option.money.value, option)
    return list(best.values())[:_KEEP]


def _taxes_of_all_rates(amounts: Sequence[Money], rows: list[TaxRow]) -> set[Decimal]:
    """What the taxes of several rates make together, by their labels and by the breakdown."""
    named = {
        (m.rate, m.value)
        for m in amounts
        if m.rate and m.certain and m.roles.get("tax_total", 0) >= 0.7
    }
    table = {(r.rate, r.tax.value) for r in rows if r.rate}
    return {
        sum((tax for _, tax in taxes), Decimal(0))
        for taxes in (named, table)
        if len(taxes) > 1 and len({rate for rate, _ in taxes}) == len(taxes)
    } - {Decimal(0)}


def _jointly(
    totals: list[_Option],
    nets: list[_Option],
    taxes: list[_Option],
    amounts: Sequence[Money],
    together: set[Decimal],
) -> tuple[tuple[_Option | None, _Option | None, _Option | None], bool]:
    """The most likely triple; a sum that works out is worth more than a name."""
    extras = {m.value for m in amounts if set(m.roles) & {"charges_total", "freight"}}
    less = {-abs(m.value) for m in amounts if set(m.roles) & {"discount_total", "withheld"}}
    extras |= less | {sum(less, Decimal(0))}
    rounding = {s * abs(m.value) for m in amounts if "rounding" in m.roles for s in (1, -1)}
    rounding -= {Decimal(0)}
    best: tuple[_Option | None, _Option | None, _Option | None] = (None, None, None)
    best_score = 0.0
    best_verified = False
    for total in totals:
        for net in [None, *nets]:
            for tax in [None, *taxes]:
                score = total.score
                verified = False
                score += net.score if net else 0.0
                score += tax.score if tax else 0.0
                if net and tax:
                    off = total.money.value - net.money.value - tax.money.value
                    if tax.money.value and _share(net.money, tax.money) is None:
                        score -= 4.0  # no tax is like that, whatever adds up
                    elif off in rounding and abs(off) < 1:
                        verified = True
                        score += 3.2
                    elif abs(off) <= 2 * CENT:
                        # Tax of nothing: the sum is true of any number and proves little.
                        verified = bool(net.money.value and tax.money.value)
                        score += 3.0 if tax.money.value else 0.6
                    elif off in extras or _stands_between(off, net.money, total.money, amounts):
                        score += 1.5
                    elif _is_rate_of(tax.money, net.money):
                        score += 0.5  # what is missing is neither taxed nor named
                    else:
                        score -= 4.0
                elif net and total.money.value - net.money.value in together:
                    verified = True
                    score += 2.5  # a printed sum of the taxes is better
                elif net and abs(net.money.value) > abs(total.money.value):
                    score -= 2.0
                elif tax and abs(tax.money.value) * 2 > abs(total.money.value):
                    score -= 3.0
                if score > best_score:
                    best, best_score, best_verified = (total, net, tax), score, verified
    if best[0] is None and totals and totals[0].score > -2.3:
        best = (totals[0], None, None)
    return best, best_verified


def _stands_between(off: Decimal, net: Money, total: Money, amounts: Sequence[Money]) -> bool:
    """Whether what is missing is printed between net and total: a city tax, a deposit."""
    return off > 0 and any(
        m.certain and m.value == off and net.line < m.line < total.line for m in amounts
    )


def _field(chosen: _Option, options: list[_Option], verified: bool) -> ExtractedField:
    def found(option: _Option, agreement: float) -> Found:
        money = option.money
        near = money.alone if option.label > 0.3 else 0.2
        shape = 1.0 if money.certain else 0.4
        evidence = Evidence(option.label, near, shape, agreement, 0.7, 1.0)
        return found_in(money.segment, money.start, money.end, money.value, evidence)

    agreement = 1.0 if verified else 0.0
    if not verified:
        rivals = [o for o in options if o.money.value != chosen.money.value]
        margin = chosen.score - max((o.score for o in rivals), default=-3.0)
        agreement = max(-0.8, min(0.6, 0.3 * (margin - 1.5)))
    others = [found(o, -0.3) for o in options if o is not chosen]
    return as_field(found(chosen, agreement), others)


def _of_all_rates(amounts: Sequence[Money], total: Decimal) -> Decimal | None:
    """The sum of taxes that stand below one another, each with its rate (CGST over SGST).

    Believed when the sum is printed too, or the total without it.
    """
    named = [m for m in amounts if m.certain and m.rate and m.value and "m_tax" in m.row]
    named = [m for m in named if m.roles.get("tax_total", 0) >= 0.8]
    groups: list[list[Money]] = []
    for money in named:
        if groups and 0 < money.line - groups[-1][-1].line <= 2:
            groups[-1].append(money)
        else:
            groups.append([money])
    printed = {m.value for m in amounts if m.certain}
    for group in groups:
        together = sum((m.value for m in group), Decimal(0))
        if abs(together) * 100 > abs(total - together) * HIGHEST_RATE:
            continue
        nets = (total - together - off * CENT for off in range(-10, 11))
        if len(group) > 1 and (together in printed or any(net in printed for net in nets if net)):
            return together
    return None


def _the_rest(fields: dict[str, ExtractedField]) -> ExtractedField:
    """Total less net, where the taxes of all rates are known to make just that."""
    total, net = fields["total"], fields["subtotal"]
    assert isinstance(total.value, Decimal) and isinstance(net.value, Decimal)
    sure = round(min(total.confidence, net.confidence) * 0.95, 4)
    return ExtractedField(total.value - net.value, "", sure, "computed")


def _several_taxes(
    amounts: Sequence[Money], fields: dict[str, ExtractedField]
) -> ExtractedField | None:
    """The sum of several taxes (CGST and SGST), when net and total say that it is all of them."""
    net, total = fields.get("subtotal"), fields.get("total")
    if net is None or total is None:
        return None
    named = [m for m in amounts if m.roles.get("tax_total", 0) >= 0.8 and m.certain]
    wanted = total.value - net.value  # type: ignore[operator]
    # All that are called so, or without those that stand in a column of the items.
    several = ([m.value for m in named], [m.value for m in named if "m_tax" in m.row])
    all_taxes = next((sum(t, Decimal(0)) for t in several if len(t) > 1 and sum(t) == wanted), None)
    if not all_taxes:
        return None
    sure = round(min(net.confidence, total.confidence) * 0.95, 4)
    return ExtractedField(all_taxes, "", sure, "computed")


def _unnamed_net(amounts: Sequence[Money], fields: dict[str, ExtractedField]) -> None:
    """What is printed without a name and is just the total less the tax, or less all taxes."""
    total, tax = fields.get("total"), fields.get("tax_total")
    if total is None:
        return
    named = [m for m in amounts if m.certain and "m_tax" in m.row]
    several = [m.value for m in named if m.roles.get("tax_total", 0) >= 0.8]
    rounding = {Decimal(0)} | {m.value for m in amounts if "rounding" in m.roles}
    for taxes in (sum(several, Decimal(0)), tax.value if tax else Decimal(0)):
        wanted = {total.value - taxes + s * r for r in rounding for s in (1, -1)}  # type: ignore[operator]
        assert isinstance(taxes, Decimal)
        most = abs(taxes) * 100 / HIGHEST_RATE  # a tax of this height has at least such a net
        found = [m for m in amounts if m.certain and m.value in wanted and abs(m.value) >= most > 0]
        if not found:
            continue
        place = max(found, key=lambda m: m.line)
        sure = round(min(total.confidence, tax.confidence if tax else 0.9) * 0.9, 4)
        field = as_field(found_in(place.segment, place.start, place.end, place.value, _UNNAMED))
        fields["subtotal"] = replace(field, confidence=min(sure, field.confidence))
        if tax is None or tax.value != taxes:
            fields["tax_total"] = ExtractedField(taxes, "", sure, "computed")
        return


def _untaxed_net(amounts: Sequence[Money], fields: dict[str, ExtractedField]) -> None:
    """The total again, where no tax is due: the base at 0 %, or what is called net."""
    total, tax = fields.get("total"), fields.get("tax_total")
    if total is None or tax is None or tax.value:
        return
    for m in amounts:
        named = m.rate == 0 or any(phrase.startswith("net") for phrase in m.phrases)
        if m.certain and named and m.value == total.value and m.value:
            field = as_field(found_in(m.segment, m.start, m.end, m.value, _UNNAMED))
            fields["subtotal"] = replace(field, confidence=round(total.confidence * 0.9, 4))
            return


_UNNAMED = Evidence(0.7, 0.7, 1.0, 0.5, 0.5, 1.0)


def _others(amounts: Sequence[Money], fields: dict[str, ExtractedField]) -> None:
    for name in _OTHERS:
        # Payments and discounts are amounts taken off, with or without a minus before them.
        taken_off = name in ("paid", "discount_total")
        found = [
            found_in(
                m.segment,
                m.start,
                m.end,
                abs(m.value) if taken_off else m.value,
                Evidence(m.roles[name] * 0.9, m.alone, 1.0, 0.0, 0.5, 1.0),
            )
            for m in amounts
            if m.roles.get(name, 0) >= 0.5 and m.certain
        ]
        # A discount or rounding of nothing is not worth a field.
        found = [f for f in found if f.value or name in ("paid", "lines_total")]
        if field := choose(found, ceiling=0.95):
            fields[name] = field


def _amount_due(amounts: Sequence[Money], fields: dict[str, ExtractedField]) -> None:
    total, paid = fields.get("total"), fields.get("paid")
    previous = fields.get("previous_balance")
    found: list[Found] = []
    for money in amounts:
        strength = money.roles.get("amount_due", 0.0)
        if strength < 0.3 or not (money.certain or money.value == 0):
            continue
        agreement = 0.0
        if total and isinstance(total.value, Decimal):
            left = total.value
            if paid and isinstance(paid.value, Decimal) and money.value == left - abs(paid.value):
                agreement = 0.8
            elif money.value == left:
                agreement = 0.5
            elif money.value == 0:
                agreement = 0.2
            elif previous and isinstance(previous.value, Decimal):
                agreement = 0.6 if money.value == left + previous.value else 0.0
            else:
                agreement = -0.3
        last = 0.3 * money.line / max(1, amounts[-1].line)
        evidence = Evidence(strength, money.alone, 1.0, agreement, 0.5 + last, 1.0)
        found.append(found_in(money.segment, money.start, money.end, money.value, evidence))
    if field := choose(found, ceiling=0.97):
        fields["amount_due"] = field
    elif total and any(
        m.certain and m.raw[0] in "-(" and -m.value == total.value and m.value for m in amounts
    ):  # "Visa  -2,098.69": all of it is taken off again
        nothing = Decimal("0.00")
        fields["amount_due"] = ExtractedField(nothing, "", total.confidence * 0.9, "computed")


def _tax_lines(rows: list[TaxRow]) -> tuple[TaxLine, ...]:
    """One line per rate; the row of the sums is not a rate."""
    lines: list[TaxLine] = []
    seen: set[tuple[Decimal | None, Decimal, Decimal]] = set()
    for row in rows:
        key = (row.rate, row.net.value, row.tax.value)
        if row.rate is None or key in seen:
            continue
        seen.add(key)

        def cell(money: Money) -> ExtractedField:
            evidence = Evidence(0.9, 0.9, 1.0, 1.0, 0.6, 1.0)
            return as_field(found_in(money.segment, money.start, money.end, money.value, evidence))

        place = row.net.segment
        rate = as_field(
            found_in(place, 0, len(place.text), row.rate, Evidence(0.9, 0.9, 1, 0.5, 0.6, 1))
        )
        lines.append(TaxLine(base=cell(row.net), amount=cell(row.tax), rate=rate))
    return tuple(lines)
