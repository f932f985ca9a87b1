"""What a person may do to an invoice's values. Pure: the story loads, saves and asks the checks."""

from invoice_ai.review.changes import Applied, Change, ChangeKind, apply_changes
from invoice_ai.review.standing import settle
from invoice_ai.review.values import Habits, UnreadableValue, habits_of, kind_of, read_value

__all__ = [
    "Applied",
    "Change",
    "ChangeKind",
    "Habits",
    "UnreadableValue",
    "apply_changes",
    "habits_of",
    "kind_of",
    "read_value",
    "settle",
]
