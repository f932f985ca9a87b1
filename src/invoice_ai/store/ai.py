"""What models said and what it cost, and where a document may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.store.tables import (
    ai_answers,
    ai_uses,
    corrections,
    invoices,
    vendor_marks,
    vendors,
)
from invoice_ai.store.types import clean_json, clean_text, db_now

MOST_JUDGED = 2_000


@dataclass(frozen=True, slots=True)
class Spending:
    """What a model was asked in some time; `cost` None: no price was set."""

    provider: str
    model: str
    questions: int
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model was asked in one period, and what became of it.

    Attributes:
        period: "2026-11-27" or "2026-11".
        asked: Documents about which it was asked and answered.
        unanswered: Documents about which it was asked in vain.
        not_allowed: Documents it was not shown, by rule.
        right, wrong: Values it gave that a person approved as they were, or changed.
        cost: None: no price was set.
    """

    period: str
    provider: str
    model: str
    asked: int
    unanswered: int
    not_allowed: int
    right: int
    wrong: int
    tokens: int
    cost: Decimal | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Restriction:
    """A mark of a vendor whose documents may not go everywhere."""

    policy: str
    kind: str
    key: str


def recall(session: Session, key: str) -> str | None:
    """The answer that is kept under this key."""
    answer: str | None = session.scalar(select(ai_answers.c.answer).where(ai_answers.c.key == key))
    return answer


def keep(
    session: Session,
    key: str,
    *,
    document_sha256: str,
    provider: str,
    model: str,
    prompt: str,
    answer: str,
    tokens_in: int,
    tokens_out: int,
    cost: Decimal | None,
    seconds: float,
) -> None:
    """Keep an answer; the first of two workers that asked the same stays."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(ai_answers)
        .values(
            key=key,
            document_sha256=document_sha256,
            provider=provider,
            model=clean_text(model),
            prompt=prompt,
            answer=clean_text(answer),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_micros=_micros(cost),
            seconds=seconds,
            created_at=db_now(),
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


def note_use(
    session: Session, invoice_id: int, *, revision: int, record: Mapping[str, Any]
) -> None:
    """Keep what was asked about an invoice; `record` is `ai.as_json` of a consultation."""
    cost = None if record["cost"] is None else Decimal(record["cost"])
    session.execute(
        insert(ai_uses).values(
            invoice_id=invoice_id,
            revision=revision,
            provider=record["provider"],
            model=clean_text(record["model"]),
            outcome=record["outcome"],
            went_to=clean_text(record["went_to"]),
            record=clean_json(dict(record)),
            tokens_in=record["tokens_in"],
            tokens_out=record["tokens_out"],
            cost_micros=_micros(cost),
            seconds=record["seconds"],
        )
    )


def use_of(session: Session, invoice_id: int) -> dict[str, Any] | None:
    """What was asked for the newest extraction of an invoice; None: nothing."""
    newest = select(invoices.c.revision).where(invoices.c.id == invoice_id).scalar_subquery()
    found: dict[str, Any] | None = session.scalar(
        select(ai_uses.c.record)
        .where(ai_uses.c.invoice_id == invoice_id, ai_uses.c.revision == newest)
        .order_by(ai_uses.c.id.desc())
        .limit(1)
    )
    return found


def spending(session: Session) -> tuple[Spending, ...]:
    """What was paid, by model."""
    statement = select(
        ai_answers.c.provider,
        ai_answers.c.model,
        func.count(),
        func.sum(ai_answers.c.tokens_in),
        func.sum(ai_answers.c.tokens_out),
        func.sum(ai_answers.c.cost_micros),
        func.sum(ai_answers.c.seconds),
    ).group_by(ai_answers.c.provider, ai_answers.c.model)
    return tuple(
        Spending(
            provider, model, questions, int(t_in), int(t_out),
            None if micros is None else Decimal(int(micros)).scaleb(-6), float(seconds),
        )
        for provider, model, questions, t_in, t_out, micros, seconds in session.execute(statement)
    )  # fmt: skip


def usage(session: Session, *, since: datetime, by_month: bool) -> tuple[Usage, ...]:
    """What models were asked, by day or month and model, newest first.

    What a person made of the values is told for the newest `MOST_JUDGED` reviewed documents.
    """
    period = _period(session, by_month=by_month)
    outcome = ai_uses.c.outcome
    statement = (
        select(
            period, ai_uses.c.provider, ai_uses.c.model,
            *(func.sum(case((outcome == o, 1), else_=0))
              for o in ("answered", "unavailable", "not_allowed")),
            func.sum(ai_uses.c.tokens_in + ai_uses.c.tokens_out),
            func.sum(ai_uses.c.cost_micros),
            func.sum(ai_uses.c.seconds),
        )
        .where(ai_uses.c.at >= since)
        .group_by(period, ai_uses.c.provider, ai_uses.c.model)
        .order_by(period.desc(), ai_uses.c.provider, ai_uses.c.model)
    )  # fmt: skip
    judged = _judged(session, since, by_month=by_month)
    return tuple(
        Usage(
            when, provider, model, int(asked), int(unanswered), int(not_allowed),
            *judged.get((when, provider, model), (0, 0)),
            int(tokens), None if micros is None else Decimal(int(micros)).scaleb(-6),
            float(seconds),
        )
        for when, provider, model, asked, unanswered, not_allowed, tokens, micros, seconds
        in session.execute(statement)
    )  # fmt: skip


def _judged(
    session: Session, since: datetime, *, by_month: bool
) -> dict[tuple[str, str, str], tuple[int, int]]:
    """(values approved as they were, values changed) by period, provider and model."""
    period = _period(session, by_month=by_month)
    reviewed = session.execute(
        select(period, ai_uses.c.provider, ai_uses.c.model, ai_uses.c.invoice_id, ai_uses.c.record)
        .join(invoices, invoices.c.id == ai_uses.c.invoice_id)
        .where(
            ai_uses.c.at >= since,
            ai_uses.c.outcome == "answered",
            ai_uses.c.revision == invoices.c.revision,
            invoices.c.status.in_(("approved", "synced", "sync_failed")),
        )
        .order_by(ai_uses.c.id.desc())
        .limit(MOST_JUDGED)
    ).all()
    changed: set[tuple[int, str]] = set()
    ids = sorted({row.invoice_id for row in reviewed})
    for start in range(0, len(ids), 500):
        changed.update(
            (invoice_id, name)
            for invoice_id, name in session.execute(
                select(corrections.c.invoice_id, corrections.c.field).where(
                    corrections.c.invoice_id.in_(ids[start : start + 500]),
                    corrections.c.kind == "set",
                )
            )
        )
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for when, provider, model, invoice_id, record in reviewed:
        right, wrong = found.get((when, provider, model), (0, 0))
        taken = set(record.get("taken", ()))
        bad = sum((invoice_id, name) in changed for name in taken)
        found[when, provider, model] = (right + len(taken) - bad, wrong + bad)
    return found


def _period(session: Session, *, by_month: bool) -> ColumnElement[str]:
    """The day or month (UTC) of a use, as text."""
    if session.get_bind().dialect.name == "postgresql":
        form = "YYYY-MM" if by_month else "YYYY-MM-DD"
        return func.to_char(func.timezone("UTC", ai_uses.c.at), form)
    return func.substr(cast(ai_uses.c.at, Text), 1, 7 if by_month else 10)


def reviewed_ids(session: Session, most: int) -> list[int]:
    """The newest invoices of which a person has looked at the values and approved them."""
    reviewed = (
        select(corrections.c.invoice_id)
        .join(invoices, invoices.c.id == corrections.c.invoice_id)
        .where(invoices.c.status.in_(("approved", "synced", "sync_failed")))
        .group_by(corrections.c.invoice_id)
        .order_by(corrections.c.invoice_id.desc())
        .limit(most)
    )
    return list(session.scalars(reviewed))


def folder_policy(session: Session, invoice_id: int) -> str | None:
    """The rule of the folder in which the invoice was found."""
    rule: str | None = session.scalar(
        select(invoices.c.ai_policy).where(invoices.c.id == invoice_id)
    )
    return rule


def restrictions(session: Session) -> tuple[Restriction, ...]:
    """What tells the vendors whose documents may not go everywhere."""
    statement = (
        select(vendors.c.ai_policy, vendor_marks.c.kind, vendor_marks.c.key)
        .join(vendor_marks, vendor_marks.c.vendor_id == vendors.c.id)
        .where(vendors.c.ai_policy.in_(("local", "never")), vendor_marks.c.state != "refused")
    )
    return tuple(Restriction(*row) for row in session.execute(statement))


def _micros(cost: Decimal | None) -> int | None:
    return None if cost is None else int(cost.scaleb(6).to_integral_value())
