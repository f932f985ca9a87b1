"""When a prediction counts as right. The rules are those of the evaluation sets' README.

Dates, amounts, currencies and identifiers must be equal after normalising; names, addresses and
terms may differ by 15 % of their words (token-set ratio), but must be neither a fragment nor a dump.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

MONEY = frozenset({"subtotal", "tax_total", "total", "amount_due"})
DATES = frozenset({"invoice_date", "due_date"})
TEXTS = frozenset({"vendor_name", "customer_name", "vendor_address", "payment_terms"})
SCORED_CELLS = ("description", "quantity", "unit_price", "amount")
CORE = ("vendor_name", "invoice_number", "invoice_date", "currency", "total")
SIMILAR = 85.0  # token-set ratio at which two texts say the same
SAME_ROW = 60.0  # the same for the description of a line, where the amount must agree too


def plain(text: object) -> str:
    """Lower case, without accents and punctuation, single spaces."""
    decomposed = unicodedata.normalize("NFKD", str(text)).replace("ß", "ss").casefold()
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", kept).strip()


def alike(one: object, other: object) -> float:
    """Token-set ratio 0–100 of two texts."""
    a, b = plain(one), plain(other)
    if not a or not b:
        return 100.0 if a == b else 0.0
    return fuzz.token_set_ratio(a, b)


def is_right(field: str, predicted: str, truths: Sequence[str]) -> bool:
    """Whether the prediction equals one of the right answers."""
    return any(_equal(field, predicted, truth) for truth in truths)


def is_exact(predicted: str, truths: Sequence[str]) -> bool:
    """Whether the prediction is letter for letter (but for case and punctuation) right."""
    return any(plain(predicted) == plain(truth) for truth in truths)


def _equal(field: str, predicted: str, truth: str) -> bool:
    if field in DATES:
        return predicted[:10] == str(truth)[:10]
    if field in MONEY:
        return same_number(predicted, truth, places=2)
    if field == "iban":
        return _compact(predicted) == _compact(truth)
    if field == "vendor_tax_id":
        return _same_tax_id(predicted, truth)
    if field in ("invoice_number", "purchase_order"):
        return _squeeze(predicted) == _squeeze(truth)
    if field in TEXTS:
        return _same_text(predicted, truth)
    return plain(predicted) == plain(truth)


def same_number(one: object, other: object, *, places: int) -> bool:
    """Whether two numbers written as text agree to `places` decimals."""
    try:
        a, b = Decimal(str(one)), Decimal(str(other))
    except InvalidOperation:
        return False
    unit = Decimal(1).scaleb(-places)
    return a.is_finite() and b.is_finite() and abs(a - b) < unit / 2 + unit / 100


def _compact(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", str(text).upper())


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).casefold().lstrip("#")


def _same_tax_id(predicted: str, truth: str) -> bool:
    a, b = _compact(predicted), _compact(truth)
    if a == b:
        return True
    digits = re.sub(r"\D", "", b)
    without = [re.sub(r"^[A-Z]{2,3}", "", x) for x in (a, b)]
    return len(digits) >= 7 and re.sub(r"\D", "", a) == digits and without[0] == without[1]


def _same_text(predicted: str, truth: str) -> bool:
    a, b = plain(predicted), plain(truth)
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    if alike(a, b) < SIMILAR:
        return False
    return 0.4 * len(b) <= len(a) <= 2.5 * len(b) + 15


def match_lines(
    predicted: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]]
) -> tuple[int, int]:
    """Pair rows by description and amount; (rows right, rows right in every labelled cell)."""
    pairs = pair_lines(predicted, truth)
    return len(pairs), sum(whole for _, whole in pairs.values())


def pair_lines(
    predicted: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]]
) -> dict[int, tuple[int, bool]]:
    """By number of the true row, the number of the row that is it, and whether each labelled cell is
    right."""
    pairs: list[tuple[float, int, int, bool]] = []
    for i, wanted in enumerate(truth):
        for j, row in enumerate(predicted):
            amount = _cell_right(wanted, row, "amount")
            likeness = (
                max(alike(row.get("description", ""), d) for d in _answers(wanted, "description"))
                if _answers(wanted, "description")
                else (100.0 if amount else 0.0)
            )
            if amount is not False and likeness >= SAME_ROW:
                pairs.append((likeness + (100 if amount else 0) - abs(i - j) / 100, i, j, True))
    found: dict[int, tuple[int, bool]] = {}
    taken: set[int] = set()
    for _score, i, j, _ok in sorted(pairs, reverse=True):
        if i in found or j in taken:
            continue
        taken.add(j)
        whole = all(_cell_right(truth[i], predicted[j], c) is not False for c in SCORED_CELLS)
        found[i] = (j, whole)
    return found


def judge_lines(
    predicted: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]]
) -> list[dict[str, bool | None]]:
    """By predicted row and its scored cells, whether each is right; None where the truth does not
    know. A row that is none of the truth's has no right cell, not even its "amount"."""
    paired = {j: i for i, (j, _) in pair_lines(predicted, truth).items()}
    judged: list[dict[str, bool | None]] = []
    for j, row in enumerate(predicted):
        cells = [c for c in SCORED_CELLS if row.get(c) is not None]
        if j in paired:
            judged.append({c: _cell_right(truth[paired[j]], row, c) for c in cells})
        else:
            judged.append(dict.fromkeys(cells, False))
    return judged


def _answers(wanted: dict[str, Any], cell: str) -> list[str]:
    first = wanted.get(cell)
    if first is None:
        return []
    return [str(first), *map(str, (wanted.get("accept") or {}).get(cell, ()))]


def _cell_right(wanted: dict[str, Any], row: dict[str, Any], cell: str) -> bool | None:
    """None where the truth does not know the cell."""
    answers = _answers(wanted, cell)
    if not answers:
        return None
    if row.get(cell) is None:
        return False
    if cell == "description":
        return any(alike(row[cell], answer) >= SIMILAR for answer in answers)
    places = 3 if cell == "quantity" else 2
    return any(same_number(row[cell], answer, places=places) for answer in answers)
