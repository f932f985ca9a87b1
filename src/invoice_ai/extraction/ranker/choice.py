"""Which option of each field it is, and what speaks for it: amounts together, the others alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from invoice_ai.extraction.finders.contradictions import HIGHEST_RATE

Scores = NDArray[np.float32]

_CENT = Decimal("0.01")
_TOGETHER = ("total", "subtotal", "tax_total")
_KEEP = 6  # options of one amount that take part in the joint choice
_ADDS_UP = 1.5  # log-odds: net + tax = total is rarely true by chance
_DISAGREES = -1.5


class Rule(NamedTuple):
    """When the ranker is believed, in log-odds; chosen on documents it was not fitted on.

    Attributes:
        over: How much better another value must be than the finders' choice to replace it.
        alone: What a value needs where the finders found none.
    """

    over: float
    alone: float


RULES: dict[str, Rule] = {
    "total": Rule(1.0, -1.0),
    "subtotal": Rule(1.5, 0.5),
    "tax_total": Rule(1.5, -0.5),
    "amount_due": Rule(2.5, 0.0),
    "invoice_date": Rule(3.0, 0.0),
    "due_date": Rule(2.0, 1.0),
    "invoice_number": Rule(2.0, 0.5),
    "purchase_order": Rule(2.5, 1.5),
    "vendor_name": Rule(1.5, 0.0),
    "customer_name": Rule(2.0, 0.5),
}


class Chosen(NamedTuple):
    """One field's choice.

    Attributes:
        at: Which option.
        score: Its log-odds.
        gap: By how much it is better than the next value; negative where the finders were kept.
        adds_up: 1 when net + tax = total with it, -1 when they contradict, else 0.
    """

    at: int
    score: float
    gap: float
    adds_up: int = 0


def choose_all(
    values: Mapping[str, Sequence[object]], scores: Mapping[str, Scores], own: Mapping[str, int]
) -> dict[str, Chosen]:
    """The choice for every field that has one.

    Args:
        values: The options of each field.
        scores: Their log-odds.
        own: The finders' choice among the options, -1 for none.
    """
    chosen: dict[str, Chosen] = {}
    for name, odds in scores.items():
        if name in _TOGETHER or not len(odds):
            continue
        at = own[name] if name not in RULES else _best(odds, own[name], RULES[name])
        if at >= 0:
            chosen[name] = Chosen(at, float(odds[at]), _gap(odds, at))
    amounts, adds_up = _jointly(values, scores, own)
    for name, at in amounts.items():
        chosen[name] = Chosen(at, float(scores[name][at]), _gap(scores[name], at), adds_up)
    return chosen


def _best(odds: Scores, own: int, rule: Rule) -> int:
    top = int(odds.argmax())
    if own >= 0:
        return top if odds[top] > odds[own] + rule.over else own
    return top if odds[top] > rule.alone else -1


def _gap(odds: Scores, at: int) -> float:
    others = np.concatenate((odds[:at], odds[at + 1 :]))
    return float(odds[at] - others.max()) if len(others) else 8.0


def _jointly(
    values: Mapping[str, Sequence[object]], scores: Mapping[str, Scores], own: Mapping[str, int]
) -> tuple[dict[str, int], int]:
    """The most likely total, net and tax; and whether they add up (1), contradict (-1) or neither."""
    worth: dict[str, list[tuple[int, Decimal | None, float]]] = {}
    for name in _TOGETHER:
        odds = scores.get(name)
        if odds is None or not len(odds):
            worth[name] = [(-1, None, 0.0)]
            continue
        rule, first = RULES[name], own[name]
        # No value is worth 0; what the finders found is not given up for nothing.
        worth[name] = [(-1, None, 0.0)] if first < 0 else []
        least = rule.alone if first < 0 else min(rule.alone, float(odds[first])) - rule.over
        order = np.argsort(-odds)[:_KEEP].tolist()
        for at in order if first < 0 or first in order else [*order, first]:
            value = values[name][at]
            assert isinstance(value, Decimal)
            penalty = rule.over if first >= 0 and at != first else 0.0
            worth[name].append((at, value, float(odds[at]) - least - penalty))
    best: tuple[float, dict[str, int], int] = (-1.0, {}, 0)
    for at, total, a in worth["total"]:
        for net_at, net, b in worth["subtotal"]:
            for tax_at, tax, c in worth["tax_total"]:
                agreement = _agreement(total, net, tax)
                score = a + b + c
                score += _ADDS_UP if agreement > 0 else _DISAGREES if agreement < 0 else 0.0
                if score > best[0]:
                    picked = zip(_TOGETHER, (at, net_at, tax_at), strict=True)
                    best = (score, {n: i for n, i in picked if i >= 0}, agreement)
    return best[1], best[2]


def _agreement(total: Decimal | None, net: Decimal | None, tax: Decimal | None) -> int:
    if total is None or net is None or not total:
        return 0
    if tax is None:
        return -1 if abs(net) > abs(total) else 0
    if abs(tax) * 100 > abs(net) * HIGHEST_RATE:
        return -1
    off = abs(total - net - tax)
    if off <= 2 * _CENT:
        return 1 if net and tax else 0
    return -1
