"""The schema comes and goes by migration, and is the one the code declares."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect

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
