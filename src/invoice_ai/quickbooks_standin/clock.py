"""The stand-in's time: the real time, plus what the control API has advanced it by."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

# QuickBooks answers in its own zone; -07:00 all year keeps the stand-in deterministic.
ZONE = timezone(timedelta(hours=-7))


class Clock:
    """Runs with real time, or stands still at `at` and only moves when it is advanced."""

    def __init__(self, at: datetime | None = None) -> None:
        self._standing = at
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time in UTC."""
        return (self._standing or datetime.now(UTC)) + self._ahead

    def seconds(self) -> float:
        """For rates and lags: runs on while the clock stands, and jumps when it is advanced."""
        return time.monotonic() + self._ahead.total_seconds()

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def stand(self, at: datetime | None) -> None:
        self._standing, self._ahead = at, timedelta()

    def today(self) -> date:
        return self.now().astimezone(ZONE).date()

    def stamp(self) -> str:
        """As MetaData and the envelope say it: 2026-11-02T09:00:00-07:00."""
        return self.now().astimezone(ZONE).isoformat(timespec="seconds")
