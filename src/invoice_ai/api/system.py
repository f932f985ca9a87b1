"""How the system is doing: health, status, statistics, errors, metrics."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import psutil
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import make_url

from invoice_ai import ai
from invoice_ai.api.asking import ERRORS, Asking, Place
from invoice_ai.api.metrics import MEDIA_TYPE, Meters
from invoice_ai.api.models import (
    AiPeriod,
    AiStatus,
    AiUsage,
    ErrorList,
    ErrorRow,
    Health,
    Home,
    Stats,
    SystemStatus,
    WorkerStatus,
)
from invoice_ai.errors import Unavailable
from invoice_ai.examination import model_of
from invoice_ai.store import ai as stored_ai
from invoice_ai.store import failures, health, invoices
from invoice_ai.store.health import Vitals
from invoice_ai.workflow import Workplace

router = APIRouter(tags=["System"])

# A job that is due and not taken for this long: nobody works. Workers look every few seconds.
STUCK_SECONDS = 60


@router.get("/health", summary="Are we alive?")
def alive() -> Health:
    """Always the same two words, for load balancers; says nothing about anything else."""
    return Health(status="ok")


@router.get(
    "/",
    summary="Basic health; a browser gets the app",
    response_model=Home,
    responses={**ERRORS, 303: {"description": "To the app, for those who ask for text/html."}},
)
def home(request: Request, place: Place) -> Any:
    """What runs, at a glance."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api"):
        return RedirectResponse("/invoices", 303)
    services = _services(_vitals(place), _reach(place))
    return Home(
        status=_overall(services),
        version=place.settings.app_version,
        timestamp=_now(),
        services=services,
    )


@router.get("/status", summary="Detailed status", responses={**ERRORS})
def status(request: Request, place: Place, asking: Asking) -> SystemStatus:
    """Queue, workers, disk, load, and the settings that explain what you see."""
    settings, vitals = place.settings, _vitals(place)
    with place.database.reading() as session:
        counts = invoices.counts(session)
    reach = _reach(place)
    services = _services(vitals, reach)
    disk = shutil.disk_usage(place.files.root)
    configuration: dict[str, Any] = {
        "ai_provider": settings.ai_provider,
        "ai_policy": settings.ai_policy,
        "database": make_url(settings.database_url).get_backend_name(),
        "queue": "embedded" if settings.embedded else "redis",
        "supported_formats": settings.supported_formats,
        "max_file_size_mb": settings.max_file_size_mb,
        "max_pages": settings.max_pages,
        "batch_size": settings.batch_size,
        "processing_interval_seconds": settings.processing_interval_seconds,
        "max_retry_attempts": settings.max_retry_attempts,
        "review_confidence_threshold": settings.review_confidence_threshold,
    }
    if asking.local:  # a path helps whoever sits here, and an attacker elsewhere
        configuration["incoming_folder"] = str(settings.incoming_folder.absolute())
        configuration["generated_folder"] = str(settings.generated_folder.absolute())
    return SystemStatus(
        status=_overall(services),
        version=settings.app_version,
        uptime=_uptime(request),
        started_at=request.app.state.started_at,
        services=services,
        ai=_ai_status(place, reach, local=asking.local),
        queue={"queued": 0, "running": 0} | (vitals.jobs if vitals else {}),
        workers=_workers(vitals) if vitals else [],
        invoices={state: n for state, n in counts.items() if state != "deleted"},
        disk={"free_bytes": disk.free, "total_bytes": disk.total},
        cpu_percent=psutil.cpu_percent(),
        memory_percent=psutil.virtual_memory().percent,
        configuration=configuration,
    )


@router.get("/stats", summary="Processing statistics", responses={**ERRORS})
def stats(request: Request, place: Place) -> Stats:
    """In the words of the guide."""
    with place.database.reading() as session:
        numbers = invoices.statistics(session)
    return Stats(
        total_processed=numbers.total_processed,
        successful=numbers.successful,
        failed=numbers.failed,
        pending=numbers.pending,
        processing=numbers.processing,
        average_processing_time=round(numbers.average_processing_seconds or 0.0, 3),
        uptime=_uptime(request),
    )


@router.get("/errors", summary="The table of errors, newest first", responses={**ERRORS})
def errors(
    place: Place,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
) -> ErrorList:
    """Every refusal and every fault, also those that were cured by trying again."""
    with place.database.reading() as session:
        rows, following = failures.page_of(
            session, limit=limit, after=int(cursor) if cursor else None
        )
    return ErrorList(
        errors=[
            ErrorRow(
                id=row.id,
                file_id=None if row.invoice_id is None else str(row.invoice_id),
                step=row.step,
                code=row.code,
                message=row.message,
                retryable=row.retryable,
                at=row.created_at,
            )
            for row in rows
        ],
        next_cursor=None if following is None else str(following),
    )


@router.get("/ai/usage", summary="What models were asked, and what it cost", responses={**ERRORS})
def ai_usage(
    place: Place,
    by: Annotated[Literal["day", "month"], Query(description="The length of a period.")] = "day",
    days: Annotated[int, Query(ge=1, le=3660, description="How far back.")] = 31,
) -> AiUsage:
    """By day or month and model: documents, tokens, cost, seconds, and how many of its values a
    person approved as they were or changed."""
    since = _now() - timedelta(days=days)
    with place.database.reading() as session:
        found = stored_ai.usage(session, since=since, by_month=by == "month")
    return AiUsage(
        periods=[
            AiPeriod(**{**asdict(one), "cost": None if one.cost is None else f"{one.cost:f}"})
            for one in found
        ]
    )


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={**ERRORS, 200: {"content": {"text/plain": {}}}},
)
def metrics(request: Request, place: Place) -> Response:
    """From the tables, so they are the same whichever process answers, and from this process."""
    meters: Meters = request.app.state.meters
    with place.database.reading() as session:
        content = meters.exposition(
            invoices=invoices.counts(session),
            statistics=invoices.statistics(session),
            vitals=health.vitals(session),
            free_bytes=shutil.disk_usage(place.files.root).free,
        )
    return Response(content, media_type=MEDIA_TYPE)


def _vitals(place: Workplace) -> Vitals | None:
    """None when the database does not answer."""
    try:
        with place.database.reading() as session:
            return health.vitals(session)
    except Unavailable:
        return None


def _reach(place: Workplace) -> ai.Reach | None:
    """Whether the model answers, at most half a minute old; None: none is configured."""
    model = model_of(place.settings)
    return ai.look_now_and_then(model) if model else None


def _ai_status(place: Workplace, reach: ai.Reach | None, *, local: bool) -> AiStatus:
    model = model_of(place.settings)
    if model is None or reach is None:
        return AiStatus(provider="none")
    with place.database.reading() as session:
        spent = stored_ai.spending(session)
    return AiStatus(
        provider=model.provider,
        model=model.name,
        runs="local" if model.is_local else "cloud",
        reachable=reach.reachable,
        # An address inside somebody's network is no stranger's business.
        detail=reach.detail if local else "",
        fix=reach.fix if local else "",
        questions=sum(s.questions for s in spent),
        tokens=sum(s.tokens_in + s.tokens_out for s in spent),
        cost=_cost(spent),
    )


def _cost(spent: Sequence[stored_ai.Spending]) -> str | None:
    known = [s.cost for s in spent if s.cost is not None]
    return f"{sum(known):f}" if known else None


def _services(vitals: Vitals | None, reach: ai.Reach | None) -> dict[str, str]:
    said: Mapping[bool, Literal["healthy", "unavailable"]] = {True: "healthy", False: "unavailable"}
    return {
        "invoice_processor": said[vitals is not None and _somebody_works(vitals)],
        "file_monitor": said[
            vitals is not None and any(lease.seconds > 0 for lease in vitals.leases)
        ],
        "ai_model": "off" if reach is None else said[reach.reachable],
    }


def _somebody_works(vitals: Vitals) -> bool:
    """Nothing waits for long, or what is before it is in work."""
    return vitals.oldest_due_seconds < STUCK_SECONDS or any(
        job.lease_seconds > 0 for job in vitals.running
    )


def _overall(services: Mapping[str, str]) -> str:
    # Without its model everything still works, only more is left to people.
    needed = (state for name, state in services.items() if name != "ai_model")
    return "degraded" if "unavailable" in needed else "healthy"


def _workers(vitals: Vitals) -> list[WorkerStatus]:
    running = [
        WorkerStatus(name=job.worker, doing=job.kind, lease_seconds=round(job.lease_seconds, 1))
        for job in vitals.running
    ]
    held = [
        WorkerStatus(name=lease.holder, doing=lease.name, lease_seconds=round(lease.seconds, 1))
        for lease in vitals.leases
    ]
    return running + held


def _uptime(request: Request) -> str:
    started: datetime = request.app.state.started_at
    return str(timedelta(seconds=int((_now() - started).total_seconds())))


def _now() -> datetime:
    return datetime.now(UTC)
