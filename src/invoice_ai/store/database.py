"""Open the database, read and write in short transactions, bring its schema up to date."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from invoice_ai.errors import Unavailable
from invoice_ai.store.types import db_now

BUSY_SECONDS = 15.0  # a writer of ours holds the lock for milliseconds; 15 s is a fault
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A pool for writers and, on SQLite, one for readers, so that a list never waits for a lock.

    Transactions are short by contract: no file is parsed and no service is called inside one.
    """

    def __init__(self, url: str, *, migrating: bool = False) -> None:
        """`migrating`: SQLite rebuilds tables, and then must not follow references meanwhile."""
        self.url = url
        self._writer = _engine(url, references=not migrating)
        if _is_sqlite(url):
            self._hasty_writer = _engine(url, synchronous="NORMAL")
            self._reader = _engine(url, readonly=True)
        else:
            self._hasty_writer = self._reader = self._writer

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back by an exception.

        Args:
            durable: False for what may be forgotten in a power failure because it is then done
                again (a claim, a heartbeat): it saves waiting for the disk, 6 ms each. All that
                is committed survives kill -9 in any case.
        """
        with (
            _unavailable_in_our_words(),
            Session(self._writer if durable else self._hasty_writer, autoflush=False) as session,
            session.begin(),
        ):
            if not durable and not _is_sqlite(self.url):
                session.execute(text("SET LOCAL synchronous_commit TO OFF"))
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent look; writing is refused by the database itself."""
        with _unavailable_in_our_words(), Session(self._reader, autoflush=False) as session:
            if not _is_sqlite(self.url):
                session.connection(execution_options={"postgresql_readonly": True})
            yield session

    def dispose(self, *, close: bool = True) -> None:
        """Close all connections. After a fork the child says `close=False`: they are the parent's."""
        for engine in {self._writer, self._hasty_writer, self._reader}:
            engine.dispose(close=close)


def open_database(url: str) -> Database:
    """Prepare the pools; connects at the first use. `url` as SQLAlchemy writes it, a file for SQLite."""
    return Database(url)


def now(session: Session) -> datetime:
    """The database's clock, UTC."""
    moment: datetime = session.scalars(select(db_now())).one()
    return moment


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`; safe to call at every start and by several processes."""
    if (file := make_url(url).database) and _is_sqlite(url):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    with _unavailable_in_our_words():
        command.upgrade(alembic_config(url), revision)


def schema_state(url: str) -> tuple[str, str | None, str]:
    """Kind of database, its schema's revision (None: there is none yet), and the newest one.

    Looks only: a SQLite file that is not there is not made.

    Raises: Unavailable: it does not answer.
    """
    newest = ScriptDirectory.from_config(alembic_config(url)).get_current_head() or ""
    kind, file = make_url(url).get_backend_name(), make_url(url).database
    if _is_sqlite(url) and not (file and Path(file).exists()):
        return kind, None, newest
    database = open_database(url)
    try:
        with database.reading() as session:
            now = MigrationContext.configure(session.connection()).get_current_revision()
    finally:
        database.dispose()
    return kind, now, newest


def alembic_config(url: str) -> Config:
    """Alembic's configuration without an ini file; the migrations travel inside the package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _engine(
    url: str, *, readonly: bool = False, synchronous: str = "FULL", references: bool = True
) -> Engine:
    if not _is_sqlite(url):
        # Pre-ping: a restarted Postgres is met by a fresh connection, not by an error.
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=15,
            pool_timeout=10,
            connect_args={"connect_timeout": 5},
        )
    engine = create_engine(url, pool_size=5, max_overflow=15, pool_timeout=10)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL survives power loss, NORMAL only kill -9.
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
        if readonly:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    event.listen(engine, "begin", _begin if readonly else _begin_writing)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's one write lock.

    IMMEDIATE: who reads and then writes must not lose the lock in between (half of 600
    read-then-write transactions failed or were lost without it). SQLite itself would wait in naps
    of up to 100 ms, in which the lock lies idle; with four processes that tripled every wait.
    """
    end = time.monotonic() + BUSY_SECONDS
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as busy:
                if busy.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                    raise
            time.sleep(random.uniform(0.0005, 0.002))
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")


@contextmanager
def _unavailable_in_our_words() -> Iterator[None]:
    """Turn "the database is away, busy or full" into `Unavailable`, which is tried again."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, sqlite3.OperationalError) as away:
        reason = str(getattr(away, "orig", None) or away).strip().splitlines()[0]
        raise Unavailable(f"The database does not answer: {reason}", code="database") from away
    except DBAPIError as broken:
        if not broken.connection_invalidated:
            raise
        raise Unavailable("The connection to the database broke.", code="database") from broken
