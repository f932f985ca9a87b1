"""A named check and the three things it can say."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoice_ai.domain.findings import Finding, Severity
from invoice_ai.domain.invoice import Value

LONGEST_QUOTE = 60  # characters of a document's own text in one of our sentences


@dataclass(frozen=True, slots=True)
class Check:
    """A check's name (EN 16931's where it has one), what a failure means, and its reason code."""

    name: str
    severity: Severity
    code: str

    def passed(
        self, message: str, fields: Iterable[str], *, printed: str = "", computed: str = ""
    ) -> Finding:
        return Finding(
            self.name, "passed", self.severity, message, tuple(fields), printed, computed
        )

    def failed(
        self, message: str, fields: Iterable[str], *, printed: str = "", computed: str = ""
    ) -> Finding:
        return Finding(
            self.name, "failed", self.severity, message, tuple(fields), printed, computed, self.code
        )

    def not_possible(self, message: str, fields: Iterable[str]) -> Finding:
        return Finding(self.name, "not_possible", self.severity, message, tuple(fields))


def shown(value: Value) -> str:
    """A value for a sentence: short, on one line, and nothing in it that could turn the text around.

    >>> shown(Decimal("1200.50")), shown("Acme\\u202e\\nLtd")
    ('1200.50', 'Acme Ltd')
    """
    if isinstance(value, Decimal):
        # An absurd exponent from a hostile file must not be written out.
        return f"{value:f}" if abs(value.adjusted()) < LONGEST_QUOTE else f"{value:.3E}"
    if isinstance(value, date):
        return value.isoformat()
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value)
    text = " ".join(visible.split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
