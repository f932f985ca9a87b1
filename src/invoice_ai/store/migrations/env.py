"""How Alembic runs our migrations: one code for SQLite and Postgres, one migration at a time."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import text

from invoice_ai.store import searching, types
from invoice_ai.store.database import Database
from invoice_ai.store.tables import metadata

MIGRATION_LOCK = 0x1A01  # our number among Postgres' advisory locks


def _render(what: str, item: object, _context: Any) -> str | Literal[False]:
    """Write our column types by their name into new migrations."""
    if what == "type" and isinstance(item, (types.Utc, types.Money)):
        return f"types.{type(item).__name__}()"
    if what == "type" and repr(item) in (repr(types.Json), repr(types.Id)):
        return "types.Json" if repr(item) == repr(types.Json) else "types.Id"
    return False


def run() -> None:
    # Ours when the program migrates; that of alembic.ini when a developer writes a migration.
    url = context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    database = Database(url, migrating=True)
    try:
        # BEGIN IMMEDIATE (SQLite) or the lock (Postgres): of two starting services one waits.
        with database.writing() as session:
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                render_item=_render,
                include_name=lambda name, *_: not str(name).startswith("invoice_search"),
                compare_type=True,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                context.run_migrations()
            searching.keep_index(connection)
            if connection.dialect.name == "sqlite":
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:  # nothing is committed then
                    raise RuntimeError(f"the migration would break {len(broken)} references")
    finally:
        database.dispose()


run()
