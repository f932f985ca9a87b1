"""Numbers for Prometheus: what the tables say, and what this process has answered."""

from __future__ import annotations

import time
from collections.abc import Mapping

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invoice_ai.domain.status import Status
from invoice_ai.store.health import Vitals
from invoice_ai.store.records import Statistics

log = structlog.get_logger("performance")

MEDIA_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)  # seconds; a list is promised in 0.1


class Meters:
    """The counters of one application; a registry of its own, so that tests do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "invoice_ai_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "invoice_ai_http_seconds",
            "Time to answer, without live events.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )

    def exposition(
        self,
        *,
        invoices: Mapping[Status, int],
        statistics: Statistics,
        vitals: Vitals,
        free_bytes: int,
    ) -> bytes:
        """Everything in Prometheus' text format."""
        tables = CollectorRegistry()
        by_state = Gauge("invoice_ai_invoices", "Invoices by state.", ["state"], registry=tables)
        for state, count in invoices.items():
            by_state.labels(state).set(count)
        queue = Gauge("invoice_ai_jobs", "Jobs by state.", ["state"], registry=tables)
        for name, count in ({"queued": 0, "running": 0, "dead": 0} | vitals.jobs).items():
            queue.labels(name).set(count)
        for name, text, value in (
            (
                "invoice_ai_oldest_job_seconds",
                "How long the oldest due job has waited.",
                vitals.oldest_due_seconds,
            ),
            (
                "invoice_ai_processing_seconds_average",
                "Mean time to process a document.",
                statistics.average_processing_seconds or 0.0,
            ),
            ("invoice_ai_disk_free_bytes", "Space left for originals.", free_bytes),
        ):
            Gauge(name, text, registry=tables).set(value)
        return generate_latest(tables) + generate_latest(self.registry)


def with_meters(app: ASGIApp, *, meters: Meters) -> ASGIApp:
    """Count answers by route (never by address: addresses are without end)."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started_at, status = time.perf_counter(), 0

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, noting_status)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            seconds = time.perf_counter() - started_at
            meters.requests.labels(method, route, str(status or 500)).inc()
            if not route.endswith("/events"):
                meters.seconds.labels(route).observe(seconds)
            if not route.endswith(QUIET):
                log.info(
                    "request", method=method, route=route, status=status, seconds=round(seconds, 4)
                )

    return answer


QUIET = ("/health", "/static/{version}/{name:path}")  # asked for all the time, and worth no line
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
