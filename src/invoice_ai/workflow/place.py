"""What every step of the story needs at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from invoice_ai.settings import Settings
from invoice_ai.store import jobs
from invoice_ai.store.bell import Bell, open_bell
from invoice_ai.store.database import Database, open_database
from invoice_ai.store.files import FileStore

# A booking waits for QuickBooks by itself; its attempts only count workers that died, and each of its
# steps may run again. A restart in the middle of a thousand is nothing a person should hear of.
MOST_DEATHS = 20


@dataclass(frozen=True, slots=True)
class Workplace:
    """What every step needs at hand."""

    settings: Settings
    database: Database
    files: FileStore
    bell: Bell

    @property
    def work_folder(self) -> Path:
        """Where files lie between being taken from the incoming folder and being kept."""
        return self.settings.data_folder / "work"


def open_workplace(settings: Settings) -> Workplace:
    """Make the folders and open what is needed; the schema is brought up to date elsewhere."""
    for folder in (settings.incoming_folder, settings.generated_folder, settings.data_folder):
        folder.mkdir(parents=True, exist_ok=True)
    files = FileStore(settings.upload_folder)
    files.prepare()
    bell = open_bell(settings.data_folder, settings.redis_url)
    place = Workplace(settings, open_database(settings.database_url), files, bell)
    place.work_folder.mkdir(parents=True, exist_ok=True)
    return place


def close_workplace(place: Workplace) -> None:
    place.bell.close()
    place.database.dispose()


def enqueue(
    place: Workplace,
    session: Session,
    kind: jobs.Kind,
    invoice_id: int | None,
    *,
    revision: int,
    delay_seconds: float = 0.0,
) -> int:
    return jobs.enqueue(
        session,
        kind,
        invoice_id,
        revision=revision,
        max_attempts=MOST_DEATHS if kind == "sync" else place.settings.max_retry_attempts + 1,
        delay_seconds=delay_seconds,
    )
