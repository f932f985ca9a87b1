"""Settings as people see and choose them, keys for programs, and the first run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import SecretStr

import invoice_ai
from invoice_ai import ai, workflow
from invoice_ai.access.sessions import COOKIES
from invoice_ai.errors import BadRequest, InvoiceAIError, NotFound
from invoice_ai.examination import model_of
from invoice_ai.settings import Settings
from invoice_ai.store import access, health, invoices
from invoice_ai.web.language import COOKIE, KEPT_SECONDS, LANGUAGES, N_, _
from invoice_ai.web.pages import PageRoute, place_of, plain, rail_numbers, render

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SECTIONS: dict[str, str] = {
    "general": N_("General"),
    "intake": N_("Intake"),
    "reading": N_("Reading"),
    "review": N_("Review"),
    "keys": N_("Keys"),
    "about": N_("About"),
}
# What the administrator sets, by section: shown, with the variable's name, and not changed here.
SHOWN: dict[str, tuple[tuple[str, str], ...]] = {
    "general": (
        ("app_name", N_("Name of the app")),
        ("host", N_("Listens on")),
        ("port", N_("Port")),
    ),
    "intake": (
        ("incoming_folder", N_("Watched folder")),
        ("processing_interval_seconds", N_("Seen after at most, seconds")),
        ("supported_formats", N_("File types")),
        ("max_file_size_mb", N_("Largest file, MB")),
        ("max_pages", N_("Most pages")),
        ("upload_rate_limit", N_("Uploads of strangers")),
        ("generated_folder", N_("Results go to")),
        ("upload_folder", N_("Originals are kept in")),
    ),
    "reading": (
        ("ai_provider", N_("AI model")),
        ("ollama_base_url", N_("Ollama listens on")),
        ("ollama_model", N_("Model of Ollama")),
        ("worker_processes", N_("Worker processes (0: one per core)")),
        ("batch_size", N_("In work at once")),
        ("max_retry_attempts", N_("Transient faults are retried")),
        ("parse_seconds", N_("Longest for one file, seconds")),
        ("parse_memory_mb", N_("Memory for one file, MB")),
    ),
    "review": (),
    "keys": (),
    "about": (),
}
SAMPLES = Path(invoice_ai.__file__).parent / "demo" / "samples"
LOW_DISK = 2**30  # bytes; below, new files may soon be refused


@router.get("/settings")
def start() -> Response:
    return RedirectResponse("/settings/general", 303)


@router.get("/settings/{section}")
def show(
    request: Request, section: str, saved: Annotated[str, Query(max_length=1)] = ""
) -> Response:
    """One section."""
    return _page(request, section, saved=bool(saved))


@router.post("/settings/language")
def choose_language(
    language: Annotated[str, Form(max_length=5)],
    back: Annotated[str, Form(max_length=200)] = "/settings/general",
) -> Response:
    """Speak another language to this browser; "" follows the browser."""
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    answer = RedirectResponse(back if inside else "/settings/general", 303)
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=KEPT_SECONDS, samesite="lax", httponly=True)
    else:
        answer.delete_cookie(COOKIE)
    return answer


@router.post("/settings/general")
def choose_general(
    request: Request,
    company_names: Annotated[str | None, Form(max_length=2000)] = None,
    company_tax_ids: Annotated[str | None, Form(max_length=2000)] = None,
) -> Response:
    """Who we are."""
    return _choose(
        request,
        "general",
        company_names=None if company_names is None else _parts(company_names),
        company_tax_ids=None if company_tax_ids is None else _parts(company_tax_ids),
    )


@router.post("/settings/review")
def choose_review(
    request: Request,
    review_confidence_threshold: Annotated[str | None, Form(max_length=10)] = None,
    quality_sample_percent: Annotated[str | None, Form(max_length=10)] = None,
    auto_approve_after: Annotated[str | None, Form(max_length=10)] = None,
) -> Response:
    """How sure is sure enough, and who is asked all the same."""
    threshold = review_confidence_threshold
    return _choose(
        request,
        "review",
        review_confidence_threshold=None if threshold is None else _share(threshold),
        quality_sample_percent=_number(quality_sample_percent),
        auto_approve_after=_number(auto_approve_after),
    )


@router.post("/settings/keys")
def make_key(request: Request, name: Annotated[str, Form(max_length=100)]) -> Response:
    """Make a key and show it once."""
    return _page(request, "keys", made=workflow.make_key(place_of(request), plain(name)))


@router.post("/settings/keys/{key_id}/revoke")
def revoke_key(request: Request, key_id: str) -> Response:
    """End a key at once."""
    workflow.revoke_key(place_of(request), plain(key_id))
    return RedirectResponse("/settings/keys", 303)


@router.get("/welcome")
def welcome(request: Request) -> Response:
    """The first run, step by step; every step may be left out."""
    place = place_of(request)
    with place.database.reading() as session:
        counts = invoices.counts(session)
        settings = workflow.chosen_settings(place, session)
    return render(
        request,
        "welcome.html",
        here="",
        to_review=counts["needs_review"],
        failed=counts["failed"],
        chosen=settings,
        protected=settings.admin_password is not None,
        samples=len(_samples()),
        any_yet=sum(n for state, n in counts.items() if state != "deleted"),
        folder=str(settings.incoming_folder.absolute()),
        fixed={n: workflow.is_fixed(place.settings, n) for n in workflow.CHOOSABLE},
    )


@router.post("/welcome/samples")
def try_samples(request: Request) -> Response:
    """Take the sample invoices in."""
    place = place_of(request)
    for sample in _samples():
        with sample.open("rb") as source:
            workflow.receive(place, source, sample.name, origin="upload", actor=request.state.user)
    return RedirectResponse("/invoices", 303)


def _samples() -> list[Path]:
    return sorted(f for f in SAMPLES.glob("*") if f.suffix in (".pdf", ".jpg", ".png", ".xml"))


def _page(
    request: Request, section: str, *, wrong: str = "", made: str = "", saved: bool = False
) -> Response:
    if section not in SECTIONS:
        raise NotFound(_("There is no such page of settings."))
    place = place_of(request)
    values: dict[str, Any] = {}
    with place.database.reading() as session:
        chosen = workflow.chosen_settings(place, session)
        numbers = rail_numbers(session)
        if section == "review":
            values["sample"] = workflow.sample(session)
        if section == "keys":
            values["keys"] = access.all_keys(session)
        if section == "about":
            values["vitals"] = health.vitals(session)
    if section == "review":
        values["preview"] = workflow.preview(place)
    if section == "about":
        disk = shutil.disk_usage(place.files.root)
        model = model_of(place.settings)
        values |= {
            "model": model,
            "reach": ai.look_now_and_then(model) if model else None,
            "disk": disk,
            "low_disk": disk.free < LOW_DISK,
            "database": chosen.database_url.partition(":")[0].partition("+")[0],
            "version": chosen.app_version,
        }
    return render(
        request,
        "settings.html",
        status=400 if wrong else 200,
        here="settings",
        **numbers,
        section=section,
        sections=SECTIONS,
        chosen=chosen,
        fixed={name: workflow.is_fixed(place.settings, name) for name in workflow.CHOOSABLE},
        locked=[
            {"name": name.upper(), "title": _(title), "value": _told(chosen, name)}
            for name, title in SHOWN[section]
        ],
        languages=LANGUAGES,
        language_chosen=request.cookies.get(COOKIE, ""),
        signed_in=any(request.cookies.get(name) for name in COOKIES),
        wrong=wrong,
        made=made,
        saved=saved,
        **values,
    )


def _choose(request: Request, section: str, **wanted: Any) -> Response:
    given = {name: value for name, value in wanted.items() if value is not None}
    try:
        workflow.choose_settings(place_of(request), given, actor=request.state.user)
    except InvoiceAIError as refused:
        if not isinstance(refused, BadRequest):
            raise
        return _page(request, section, wrong=str(refused))
    return RedirectResponse(f"/settings/{section}?saved=1", 303)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\r", "").split("\n") if part.strip()]


def _share(text: str) -> str:
    """A percentage as people write it, as the share that is meant."""
    number = text.strip().rstrip("%").strip().replace(",", ".")
    try:
        return str(float(number) / 100)
    except ValueError:
        return text


def _number(text: str | None) -> str | None:
    return None if text is None else text.strip().rstrip("%").strip().replace(",", ".")


def _told(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        return "••••"
    if isinstance(value, Path):
        return str(value.absolute())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
