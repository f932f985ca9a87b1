"""What a careful clerk noticed, and where the invoice goes because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not_possible"]
Severity = Literal["block", "warn", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one named check.

    Attributes:
        check: Stable name, EN 16931 where it has one: "BR-CO-15", "duplicate", "bank_changed".
        outcome: `not_possible` says that a value was missing; it is never a pass.
        severity: What a failure means: `block` must be settled by a person, `warn` must be looked
            at by one, `info` is only kept.
        message: One sentence for the reviewer, with both numbers.
        fields: The header fields (or "lines[3].amount") it speaks of.
        printed, computed: The two sides of the comparison, as text; empty when there are none.
        code: Reason code of the app's catalogue (ui.md §2.5), e.g. "sum_mismatch"; empty for a pass.
    """

    check: str
    outcome: Outcome
    severity: Severity
    message: str
    fields: tuple[str, ...] = ()
    printed: str = ""
    computed: str = ""
    code: str = ""

    @property
    def key(self) -> str:
        """Names this finding among those of one invoice, e.g. "line_amount:lines[3].amount"."""
        return f"{self.check}:{self.fields[0]}" if self.fields else self.check


@dataclass(frozen=True, slots=True)
class Override:
    """A person looked at a failed check and let it pass; it holds while both sides stay the same."""

    key: str
    printed: str
    computed: str
    reason: str
    actor: str

    def covers(self, finding: Finding) -> bool:
        return (self.key, self.printed, self.computed) == (
            finding.key,
            finding.printed,
            finding.computed,
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person is asked: a code of the catalogue, the field, and the sentence."""

    code: str
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where the invoice goes. `confidence` is that of the least certain required field."""

    status: Literal["approved", "needs_review", "failed"]
    confidence: float
    reasons: tuple[Reason, ...] = ()
