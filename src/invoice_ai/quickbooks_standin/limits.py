"""How many requests a company takes: a second, a minute, batches, and the metered reads of a plan."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MINUTE_SECONDS = 60.0


@dataclass
class Limits:
    """Of one company and app; 0 switches a limit off."""

    a_minute: int = 500
    a_second: int = 10
    batches_a_minute: int = 40
    reads_left: int | None = None  # the metered calls of the plan; None: plenty


@dataclass
class _Seen:
    requests: deque[float] = field(default_factory=deque)
    batches: deque[float] = field(default_factory=deque)


class Throttle:
    """Sliding windows per company; what is refused is not counted."""

    def __init__(self) -> None:
        self.limits = Limits()
        self._seen: dict[str, _Seen] = {}

    def refuses(self, realm: str, now: float, *, batch: bool, read: bool) -> bool:
        """Args: now: seconds of the clock."""
        seen = self._seen.setdefault(realm, _Seen())
        return self._too_fast(seen, now, batch=batch) or (read and self._used_up())

    def _too_fast(self, seen: _Seen, now: float, *, batch: bool) -> bool:
        for times in (seen.requests, seen.batches):
            while times and times[0] <= now - MINUTE_SECONDS:
                times.popleft()
        limits = self.limits
        last_second = 0
        for at in reversed(seen.requests):
            if at <= now - 1:
                break
            last_second += 1
        if (limits.a_minute and len(seen.requests) >= limits.a_minute) or (
            limits.a_second and last_second >= limits.a_second
        ):
            return True
        if batch:
            if limits.batches_a_minute and len(seen.batches) >= limits.batches_a_minute:
                return True
            seen.batches.append(now)
        seen.requests.append(now)
        return False

    def _used_up(self) -> bool:
        if self.limits.reads_left is None:
            return False
        left = self.limits.reads_left
        self.limits.reads_left = max(0, left - 1)
        return left == 0
