"""What a person may do to an invoice's values. Pure: the story loads, saves and asks the checks."""

from invoice_ai.review.changes import Applied, Change, apply_changes
from invoice_ai.review.standing import settle
from invoice_ai.review.values import UnreadableValue, read_value

__all__ = ["Applied", "Change", "UnreadableValue", "apply_changes", "read_value", "settle"]
