"""Column types that mean the same on SQLite and Postgres, and the database's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Float, Integer, Numeric, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

SCALE = 10**4
LARGEST = Decimal(2**63 - 1) / SCALE  # ±9.2·10¹⁴, the BIGINT of SQLite
PRECISION = 19


class Money(TypeDecorator[Decimal]):
    """An exact amount with at most four decimals: NUMERIC(19,4), on SQLite BIGINT × 10⁴.

    SQLite's own NUMERIC is a float and turned 123456789012345.6789 into …6719 without a warning.
    More decimals or a larger amount are refused, never rounded; such values stay in the JSON.
    """

    impl = Numeric
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(PRECISION, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not fits_money(value):
            raise ValueError(f"{value} is not exact in four decimals or beyond ±{LARGEST}")
        return int(value * SCALE) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-4) if dialect.name == "sqlite" else Decimal(value)


def fits_money(value: Decimal) -> bool:
    """Whether a `Money` column can hold `value` exactly.

    >>> fits_money(Decimal("0.0001")), fits_money(Decimal("0.00001")), fits_money(Decimal("NaN"))
    (True, False, False)
    """
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) > LARGEST:
        return False
    return value == value.quantize(Decimal("0.0001"))


class Utc(TypeDecorator[datetime]):
    """A point in time, always UTC and aware; TIMESTAMPTZ on Postgres, ISO text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# BIGINT everywhere, but SQLite numbers rows by itself only for an INTEGER key.
Id = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class db_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock, plus `seconds` (a number). Hosts disagree about time; it does not."""

    type = Utc()
    inherit_cache = True
    name = "db_now"

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(float(seconds), Float()))


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: Any, **kw: Any) -> str:
    # Six decimals as SQLAlchemy writes them, so that texts compare as times.
    seconds = compiler.process(element.clauses, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"


@compiles(db_now, "postgresql")
def _postgres_now(element: db_now, compiler: Any, **kw: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


def clean_text(text: str) -> str:
    """`text` as every database takes it: no NUL, no lone surrogates.

    >>> clean_text("A" + chr(0) + chr(0xD800) + "B")
    'A\\ufffdB'
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: Any) -> Any:
    """The same for every text inside a JSON value."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(k)): clean_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(v) for v in value]
    return value
