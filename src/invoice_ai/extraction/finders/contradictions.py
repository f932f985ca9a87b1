"""What on the page speaks against an amount that no sum confirms."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoice_ai.extraction.finders.money import Money

HIGHEST_RATE = Decimal(40)  # percent; no tax on sales is higher
_ROUNDING = Decimal("0.05")


def contradicted(total: Decimal, amounts: Sequence[Money]) -> bool:
    """Whether the page speaks against a total that no sum confirms.

    A larger amount is called total or due; or total and tax make another printed amount, so that it
    may be the net; or the one net and the one tax that are named make something else.
    """
    sure = [m for m in amounts if m.certain and m.value]
    named = [m.value for m in sure if m.roles.get("total", 0) >= 0.7]
    if not any("previous_balance" in m.roles for m in sure):
        named += [m.value for m in sure if m.roles.get("amount_due", 0) >= 0.9]
    if any(abs(value) > abs(total) + _ROUNDING for value in named):
        return True
    taxes = {m.value for m in sure if m.roles.get("tax_total", 0) >= 0.7}
    printed = {m.value for m in sure}
    if any(_like_tax(total, tax) and total + tax in printed for tax in taxes):
        return True
    nets = {m.value for m in sure if m.roles.get("subtotal", 0) >= 0.8}
    if any(_EXPLAINS & set(m.roles) for m in sure):
        return False
    if any(abs(net) > abs(total) for net in nets):
        return True
    pairs = [(net, tax) for net in nets for tax in taxes if _like_tax(net, tax)]
    return len(pairs) == 1 and abs(sum(pairs[0]) - total) > _ROUNDING


def till_says_else(total: object, amounts: Sequence[Money]) -> bool:
    """Whether a till rounds to five cents and this total is not rounded, or what was handed over
    less the change is another sum."""
    if not isinstance(total, Decimal):
        return False
    sure = [m for m in amounts if m.certain]
    if total % _ROUNDING and any(
        "rounding" in m.roles and 0 < abs(m.value) < _ROUNDING for m in sure
    ):
        return True
    change = {m.value for m in sure if "change" in m.roles}
    paid = {m.value - back for m in sure if "cash" in m.roles for back in change}
    return bool(paid) and all(abs(taken - total) > _ROUNDING for taken in paid)


# Amounts that stand between net and total besides the tax.
_EXPLAINS = frozenset({"discount_total", "charges_total", "freight", "paid"})


def _like_tax(net: Decimal, tax: Decimal) -> bool:
    """Whether one can be the tax on the other."""
    return bool(net) and 0 < tax * 100 / net <= HIGHEST_RATE
