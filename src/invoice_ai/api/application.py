"""The application put together. Making it opens nothing; its lifespan opens the workplace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from invoice_ai.access.throttle import Throttle
from invoice_ai.api import docs, errors, intake, live, quickbooks, results, review, system, vendors
from invoice_ai.api.body import SMALL_BODY, USUAL, Patience, with_body_limits
from invoice_ai.api.gate import with_gate
from invoice_ai.api.headers import with_headers
from invoice_ai.api.metrics import Meters, with_meters
from invoice_ai.errors import Misconfigured
from invoice_ai.logs import start_logging
from invoice_ai.reception import Reception
from invoice_ai.settings import Settings, current_settings
from invoice_ai.web.reviewing import router as web_review
from invoice_ai.web.routes import router as web
from invoice_ai.web.sync import router as sync
from invoice_ai.workflow import close_workplace, open_workplace

PREFIXES = ("", "/api", "/api/v1")


def create_app(
    settings: Settings | None = None, *, patience: Patience = USUAL, opens_logs: bool = False
) -> FastAPI:
    """The API of both guides, and the app.

    Args:
        settings: Those of the environment, if None.
        patience: How long slow clients are waited for.
        opens_logs: Open the log files with the lifespan: for a process that does nothing else.
    Raises: Misconfigured: others could reach us without a password, or a limit cannot be read.
    """
    settings = settings or current_settings()
    _refuse_unsafe(settings)

    @asynccontextmanager
    async def lifespan(opened: FastAPI) -> AsyncIterator[None]:
        if opens_logs:
            start_logging(settings)
        place = await run_in_threadpool(open_workplace, settings)
        opened.state.place = place
        opened.state.reception = Reception(settings, place.database)
        opened.state.started_at = datetime.now(UTC)
        try:
            yield
        finally:
            await run_in_threadpool(close_workplace, place)

    def reception() -> Reception:
        found = app.state.reception
        assert isinstance(found, Reception)
        return found

    meters = Meters()
    largest = intake.largest_upload(settings)
    app: FastAPI = FastAPI(
        title=settings.app_name,
        version=settings.app_version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,  # a redirect would lose the body of a POST
        lifespan=lifespan,
        # The first is the outermost.
        middleware=[
            Middleware(with_headers),
            Middleware(with_meters, meters=meters),
            Middleware(
                with_body_limits,
                limit_for=lambda path: largest if path.endswith("/upload") else SMALL_BODY,
                patience=patience,
            ),
            Middleware(with_gate, settings=settings, reception=reception),
        ],
    )
    app.state.meters = meters
    errors.install(app)
    for prefix in PREFIXES:
        for room in (system, intake, results, review, quickbooks, live, docs):
            app.include_router(room.router, prefix=prefix, include_in_schema=not prefix)
        if prefix:  # without one, /vendors is a page of the app
            shown = prefix == PREFIXES[-1]
            app.include_router(vendors.router, prefix=prefix, include_in_schema=shown)
    app.include_router(sync, include_in_schema=False)
    app.include_router(web_review, include_in_schema=False)
    app.include_router(web, include_in_schema=False)
    app.openapi = lambda: docs.describe(app)  # type: ignore[method-assign]
    return app


def _refuse_unsafe(settings: Settings) -> None:
    if settings.listens_to_others and settings.admin_password is None:
        raise Misconfigured(
            f"HOST is {settings.host!r}: others could reach Invoice AI without a password. "
            "Run `invoice-ai password`, or set ADMIN_PASSWORD in .env, or set HOST=127.0.0.1."
        )
    if not Throttle.understands(settings.upload_rate_limit):
        raise Misconfigured(
            f"UPLOAD_RATE_LIMIT is {settings.upload_rate_limit!r}: write it like 10/minute."
        )
