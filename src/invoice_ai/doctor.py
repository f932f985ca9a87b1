"""Is everything there that this installation needs? One line each, with what to do about it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from invoice_ai import ai
from invoice_ai.errors import BadDocument, InvoiceAIError, Unavailable
from invoice_ai.examination import model_of
from invoice_ai.settings import Settings

State = Literal["ok", "warning", "error", "off"]

LEAST_FREE_BYTES = 1 << 30  # a day of 10,000 invoices is about 2 GB; below this it gets tight
_FIX_DATABASE = "Start the database, or correct DATABASE_URL."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at; `fix` says what to type or change."""

    name: str
    state: State
    detail: str
    fix: str = ""


def examine_installation(settings: Settings) -> Iterator[Diagnosis]:
    """Look at everything, most basic first; nothing is changed."""
    for name, look in _LOOKS:
        try:
            yield look(settings)
        except (InvoiceAIError, OSError) as wrong:
            yield Diagnosis(name, "error", str(wrong), "Correct what it says and look again.")


def _configuration(settings: Settings) -> Diagnosis:
    if settings.listens_to_others and settings.admin_password is None:
        return Diagnosis(
            "configuration",
            "error",
            f"HOST is {settings.host}, so others can reach it, but there is no password.",
            "Type: invoice-ai password",
        )
    return Diagnosis("configuration", "ok", f"Complete; {settings.host}:{settings.port}.")


def _folders(settings: Settings) -> Diagnosis:
    folders = {
        "INCOMING_FOLDER": settings.incoming_folder,
        "GENERATED_FOLDER": settings.generated_folder,
        "UPLOAD_FOLDER": settings.upload_folder,
        "DATA_FOLDER": settings.data_folder,
        "LOG_FOLDER": settings.log_folder,
    }
    for name, folder in folders.items():
        if not _can_write(folder):
            return Diagnosis(
                "folders",
                "error",
                f"{name} ({folder}) cannot be written.",
                f"Create it and give it to this user: mkdir -p {folder} && chown $USER {folder}",
            )
    return Diagnosis("folders", "ok", f"All {len(folders)} can be written.")


def _can_write(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent  # it is made at the start, if its parent allows it
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _disk(settings: Settings) -> Diagnosis:
    folder = settings.data_folder if settings.data_folder.exists() else Path()
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GB free."
    if free < LEAST_FREE_BYTES:
        return Diagnosis("disk", "warning", text, "Free some space, or move the data folders.")
    return Diagnosis("disk", "ok", text)


def _database(settings: Settings) -> Diagnosis:
    from invoice_ai.store.database import schema_state

    try:
        kind, now, newest = schema_state(settings.database_url)
    except Unavailable as away:
        return Diagnosis("database", "error", str(away), _FIX_DATABASE)
    if now != newest:
        detail = f"{kind}: the schema is {now or 'not there yet'}, the program needs {newest}."
        return Diagnosis("database", "error", detail, "Type: invoice-ai migrate")
    return Diagnosis("database", "ok", f"{kind} answers; its schema is the newest ({newest}).")


def _redis(settings: Settings) -> Diagnosis:
    if settings.embedded:
        return Diagnosis("redis", "off", "Not used; the queue is a file of its own.")
    import redis

    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as wrong:
        return Diagnosis(
            "redis", "error", f"Redis does not answer ({type(wrong).__name__}).",
            "Start Redis, or correct REDIS_URL. Nothing is lost meanwhile.",
        )  # fmt: skip
    return Diagnosis("redis", "ok", "Redis answers.")


def _ocr(_settings: Settings) -> Diagnosis:
    """Reads a small picture of our own, as a worker would."""
    import io

    from PIL import Image, ImageDraw, ImageFont

    from invoice_ai.reading import read_document

    image = Image.new("L", (480, 90), "white")
    ImageDraw.Draw(image).text((20, 20), "INVOICE 4711", "black", ImageFont.load_default(44))
    out = io.BytesIO()
    image.save(out, "PNG")
    try:
        reading = read_document(out.getvalue(), "png")
    except BadDocument as wrong:
        return Diagnosis("ocr", "error", str(wrong), "Install Invoice AI again.")
    text = " ".join(word.text for page in reading.pages for word in page.words)
    if "4711" not in text:
        return Diagnosis("ocr", "error", f"Read {text[:40]!r}.", "Install Invoice AI again.")
    return Diagnosis("ocr", "ok", "Reads a test picture.")


def _model(settings: Settings) -> Diagnosis:
    model = model_of(settings)
    if model is None:
        return Diagnosis("ai model", "off", "None is configured; everything works without.")
    reach = ai.look(model)
    where = "documents stay here" if model.is_local else f"documents go to {model.host}"
    detail = f"{reach.detail} ({where}; AI_POLICY is {settings.ai_policy})"
    if not ai.may_go(model, settings.ai_policy):
        return Diagnosis(
            "ai model", "warning", f"{detail} It is never asked.",
            "Set AI_POLICY to cloud, or configure a model on this network.",
        )  # fmt: skip
    return Diagnosis("ai model", "ok" if reach.reachable else "error", detail, reach.fix)


_LOOKS: tuple[tuple[str, Callable[[Settings], Diagnosis]], ...] = (
    ("configuration", _configuration),
    ("folders", _folders),
    ("disk", _disk),
    ("database", _database),
    ("redis", _redis),
    ("ocr", _ocr),
    ("ai model", _model),
)
