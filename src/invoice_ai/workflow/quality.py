"""How often we are right without anybody looking: from the random sample, and as we expect it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

from sqlalchemy.orm import Session

from invoice_ai.checks.presence import required_fields
from invoice_ai.store import quality
from invoice_ai.workflow.place import Workplace

PREVIEWED = (0.80, 0.85, 0.90, 0.95, 0.975, 0.99)
LOOKED_AT = 400  # the newest invoices of the preview; 0.5 s


@dataclass(frozen=True, slots=True)
class Preview:
    """What a threshold would do to the newest invoices.

    Attributes:
        auto: Share (0–1) that nobody would look at.
        expected_error: Share of those with a wrong required value, as the confidences say.
    """

    threshold: float
    auto: float
    expected_error: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sample showed: of `looked_at` sure invoices `wrong` had to be corrected.

    `at_most` is the upper end of the 95 % interval (Wilson), None while nothing was looked at.
    """

    waiting: int
    looked_at: int
    wrong: int
    at_most: float | None


def preview(place: Workplace, thresholds: Sequence[float] = PREVIEWED) -> tuple[Preview, ...]:
    """What each threshold would have done; nothing while there are no invoices."""
    with place.database.reading() as session:
        read = [
            (prod(sure), min(sure), clean)
            for invoice, clean in quality.newest_read(session, LOOKED_AT)
            for sure in [[invoice.confidence(name) for name in required_fields(invoice)]]
        ]
    made = []
    for threshold in thresholds:
        auto = [whole for whole, least, clean in read if clean and least >= threshold]
        error = sum(1 - whole for whole in auto) / len(auto) if auto else 0.0
        made.append(Preview(threshold, len(auto) / len(read), error) if read else None)
    return tuple(one for one in made if one)


def sample(session: Session) -> Sample:
    """The measured share of silent errors."""
    waiting, looked_at, wrong = quality.sampled(session)
    return Sample(waiting, looked_at, wrong, _upper(wrong, looked_at) if looked_at else None)


def _upper(wrong: int, of: int, z: float = 1.96) -> float:
    """Upper end of Wilson's interval for a share.

    >>> round(_upper(0, 100), 3)
    0.037
    """
    share = wrong / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle + spread) / (1 + z * z / of)
