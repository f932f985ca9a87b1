"""The schema comes and goes by migration, and is the one the code declares."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text

from invoice_ai.store.database import alembic_config, migrate


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


def tables_in(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_migrations_make_exactly_the_declared_tables(empty_url: str) -> None:
    migrate(empty_url)
    command.check(alembic_config(empty_url))  # raises when a table or column differs


def test_every_migration_can_be_taken_back(empty_url: str) -> None:
    migrate(empty_url)
    command.downgrade(alembic_config(empty_url), "base")
    assert tables_in(empty_url) == {"alembic_version"}
    migrate(empty_url)
    assert "invoices" in tables_in(empty_url)


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    migrate(empty_url)
    before = tables_in(empty_url)
    migrate(empty_url)
    assert tables_in(empty_url) == before


@pytest.mark.parametrize(
    ("table", "index", "columns"),
    [
        ("invoices", "idx_invoice_date", ["invoice_date"]),
        ("invoices", "idx_vendor_name", ["vendor_name"]),
        ("processing_results", "idx_processing_status", ["status"]),
    ],
)
def test_the_promised_indexes_exist(
    database_url: str, table: str, index: str, columns: list[str]
) -> None:
    engine = create_engine(database_url)
    found = {i["name"]: i["column_names"] for i in inspect(engine).get_indexes(table)}
    engine.dispose()
    assert found[index] == columns


def test_an_older_database_keeps_its_invoices(empty_url: str) -> None:
    migrate(empty_url, "0001")
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO documents (id, sha256, size, received_at)"
                " VALUES (1, 'ab', 5, '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO invoices (id, document_id, status, version, revision, file_name, origin,"
                " reason, reason_count, error_retryable, search_text, received_at, updated_at)"
                " VALUES (7, 1, 'approved', 3, 1, 'a.pdf', 'upload', '', 0, false, 'a.pdf',"
                " '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO invoice_history (invoice_id, to_status, version, actor, reason, at)"
                " VALUES (7, 'received', 1, 'upload', '', '2026-01-01 00:00:00')"
            )
        )
    engine.dispose()
    migrate(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, status FROM invoices")).all() == [
            (7, "approved")
        ]
        assert connection.execute(text("SELECT count(*) FROM invoice_history")).scalar() == 1
    indexes = {i["name"]: i for i in inspect(engine).get_indexes("invoices")}
    engine.dispose()
    assert indexes["uq_invoices_live_document"]["unique"]
