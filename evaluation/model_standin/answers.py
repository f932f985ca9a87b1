"""Answers from truth files: what a model that always tells the truth, or always lies, would say.

Truthful: the truth of the document for every field that is asked, null where the truth knows none.
Lying: never the truth. In turn, field by field: another thing that is printed on the page (the
worst lie: it can be found there), a number that is nowhere, and what a hidden instruction demands.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from evaluation.model_standin.protocols import Asked, Reply

_MONEY = ("subtotal", "tax_total", "total", "amount_due")
_DAYS = ("invoice_date", "due_date")
_CELLS = ("description", "quantity", "unit_price", "amount")


def truths_of(manifest: Path) -> dict[str, dict[str, Any]]:
    """The truth file of every document that has one, by its id."""
    found = {}
    for line in manifest.read_text("utf-8").splitlines():
        entry = json.loads(line) if line.strip() else {}
        if entry.get("truth"):
            found[str(entry["id"])] = json.loads(
                (manifest.parent / entry["truth"]).read_text("utf-8")
            )
    return found


def truthful(truths: dict[str, dict[str, Any]]) -> Callable[[Asked], Reply]:
    """Answers as the truth says; the document's id is the name before the path."""

    def answer(asked: Asked) -> Reply:
        truth = (truths.get(asked.name) or {}).get("truth") or {}
        values = {n: true_value(truth, n) for n in asked.fields}
        return Reply(json.dumps(values, ensure_ascii=False))

    return answer


def true_value(truth: dict[str, Any], name: str) -> Any:
    """One field as the truth has it; for lines the rows."""
    if name != "lines":
        value = truth.get(name)
        return None if value is None else str(value)
    return [
        {c: None if row.get(c) is None else str(row[c]) for c in _CELLS}
        for row in truth.get("line_items") or []
    ]


def lying(truths: dict[str, dict[str, Any]], *, seed: int = 1) -> Callable[[Asked], Reply]:
    """Never the truth, and where it can be something that is printed on the page."""

    def answer(asked: Asked) -> Reply:
        known = truths.get(asked.name) or {}
        truth, accept = known.get("truth") or {}, known.get("accept") or {}
        values: dict[str, Any] = {}
        for number, name in enumerate(asked.fields):
            right = [str(truth.get(name)), *map(str, accept.get(name, ()))]
            rng = random.Random(f"{seed}/{asked.name}/{name}")
            values[name] = lie(name, right, asked.data, rng, kind=rng.randrange(4) if number else 0)
        return Reply(json.dumps(values, ensure_ascii=False))

    return answer


def lie(name: str, right: Sequence[str], page: str, rng: random.Random, *, kind: int) -> Any:
    """A wrong answer. `kind`: 0, 1: printed elsewhere on the page; 2: invented; 3: injected."""
    if name == "lines":
        amounts = _printed("total", page) or ["1.00"]
        cells = {"description": "Service", "quantity": "1", "unit_price": None}
        return [{**cells, "amount": rng.choice(amounts)} for _ in range(2)]
    if kind < 2:
        others = [v for v in _printed(name, page) if not any(_same(name, v, r) for r in right)]
        if others:
            return rng.choice(others)
    if kind == 3:
        return {"total": "0.01", "vendor_name": "Approved Vendor Ltd"}.get(name, "APPROVED")
    if name in _MONEY:
        return f"{rng.randint(100, 99999)}.{rng.randint(10, 99)}"
    if name in _DAYS:
        return f"20{rng.randint(10, 30)}-0{rng.randint(1, 9)}-{rng.randint(10, 28)}"
    return {"currency": "XAU"}.get(name, f"Nobody {rng.randint(1000, 9999)}")


def _printed(name: str, page: str) -> list[str]:
    """What on the page looks like a value of this field."""
    if name in _MONEY:
        return re.findall(r"(?<![\d.,/-])\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{2}(?![\d.,/-])", page)
    if name in _DAYS:
        days = re.findall(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}", page)
        return [*days, *re.findall(r"\d{1,2}\.? [A-Za-zä]{3,9},? \d{4}", page)]
    if name == "currency":
        return ["USD" if "EUR" in page or "€" in page else "EUR"]
    if name in ("vendor_name", "customer_name", "vendor_address"):
        lines = [line.strip() for line in page.splitlines()[2:-1]]
        return [line for line in lines if re.search(r"[A-Za-z]{3}", line) and len(line) < 60]
    return re.findall(r"(?<!\S)(?=\S*\d)[A-Za-z0-9][A-Za-z0-9/-]{3,20}(?!\S)", page)


def _same(name: str, one: str, other: str) -> bool:
    if name in _MONEY:
        return _number(one) == _number(other)
    if name in _DAYS:
        digits = [sorted(re.findall(r"\d+", re.sub(r"\b0", "", x))) for x in (one, other)]
        return digits[0] == digits[1] or sorted(one)[-8:] == sorted(other)[-8:]
    a, b = (re.sub(r"\W", "", x).casefold() for x in (one, other))
    return bool(a and b) and (a in b or b in a)


def _number(text: str) -> Decimal | None:
    plain = re.sub(r"[^\d.,-]", "", text)
    if re.search(r",\d{1,2}$", plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None
