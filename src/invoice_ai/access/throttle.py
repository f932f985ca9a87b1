"""How often somebody may do something, counted in Redis or, without one, in this process."""

from __future__ import annotations

import time

import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from invoice_ai.errors import InvoiceAIError

log = structlog.get_logger("invoice_agent")


class TooMany(InvoiceAIError):
    """Too often in too short a time; `retry_after` seconds from now it is allowed again."""

    code = "rate_limit_exceeded"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttle:
    """A moving window per name. When Redis is away this process counts for itself."""

    def __init__(self, redis_url: str = "") -> None:
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        if redis_url:
            storage = RedisStorage(
                redis_url,
                wrap_exceptions=True,
                key_prefix="invoice_ai",
                socket_timeout=1,  # seconds; a login never hangs on a lost Redis
                socket_connect_timeout=1,
            )
            self._shared = MovingWindowRateLimiter(storage)

    @staticmethod
    def understands(limit: str) -> bool:
        """Whether `limit` is written as we read it, e.g. "10/minute"."""
        try:
            parse(limit)
        except ValueError:
            return False
        return True

    def check(self, limit: str, *who: str) -> None:
        """Raise TooMany when the limit ("10/minute") is used up; counts nothing."""
        item = parse(limit)
        if not self._ask("test", item, *who):
            raise self._too_many(item, limit, *who)

    def take(self, limit: str, *who: str) -> None:
        """Count one, or raise TooMany: check and count in one, so that no burst slips through."""
        item = parse(limit)
        if not self._ask("hit", item, *who):
            raise self._too_many(item, limit, *who)

    def count(self, limit: str, *who: str) -> None:
        """Count one; `check` decides."""
        self._ask("hit", parse(limit), *who)

    def _ask(self, question: str, item: RateLimitItem, *who: str) -> bool:
        if self._shared is not None:
            try:
                return bool(getattr(self._shared, question)(item, *who))
            except StorageError as away:
                log.warning("rate_limit_store_away", reason=str(away))
        return bool(getattr(self._local, question)(item, *who))

    def _too_many(self, item: RateLimitItem, limit: str, *who: str) -> TooMany:
        return TooMany(
            f"That was more than {limit.replace('/', ' a ')}. Please wait a moment.",
            self._wait(item, *who),
        )

    def _wait(self, item: RateLimitItem, *who: str) -> int:
        try:
            limiter = self._shared or self._local
            return max(1, round(limiter.get_window_stats(item, *who).reset_time - time.time()))
        except StorageError:
            return int(item.get_expiry())
