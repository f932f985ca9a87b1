"""Who decides besides the checks: settings chosen in the app, and the random sample."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from invoice_ai.domain.findings import Reason, Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.vendors import marks_of
from invoice_ai.errors import BadRequest, Misconfigured
from invoice_ai.settings import Settings
from invoice_ai.store import vendors, views
from invoice_ai.workflow.place import Workplace

# What may be chosen in the app; everything else is the administrator's, in the environment.
CHOOSABLE: tuple[str, ...] = (
    "company_names",
    "company_tax_ids",
    "review_confidence_threshold",
    "quality_sample_percent",
    "auto_approve_after",
)
_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Ruled:
    """The route after the rules; `sampled` says that only chance sent it to a person."""

    route: Route
    vendor_id: int | None
    sampled: bool


def is_fixed(settings: Settings, name: str) -> bool:
    """Whether the environment or `.env` says something else than the default; the app then may not."""
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    return name in settings.model_fields_set and getattr(settings, name) != default


def chosen_settings(place: Workplace, session: Session) -> Settings:
    """The settings with what was chosen in the app, where the environment leaves it open."""
    chosen = views.chosen(session)
    open_ones = {
        name: value
        for name, value in chosen.items()
        if name in CHOOSABLE and not is_fixed(place.settings, name)
    }
    return place.settings.model_copy(update=open_ones) if open_ones else place.settings


def choose_settings(place: Workplace, wanted: Mapping[str, Any], *, actor: str) -> None:
    """Choose settings in the app; they hold from the next invoice on.

    Raises: BadRequest: not one that may be chosen, fixed by the environment, or a value it cannot be.
    """
    checked = {}
    for name, value in wanted.items():
        if name not in CHOOSABLE or is_fixed(place.settings, name):
            raise BadRequest(f"{name.upper()} is set by the administrator.")
        checked[name] = _checked(name, value)
    with place.database.writing() as session:
        for name, value in checked.items():
            views.choose(session, name, value, actor=actor)


def _checked(name: str, value: Any) -> Any:
    from invoice_ai.settings import load_settings

    try:
        return getattr(load_settings(_env_file=None, **{name: value}), name)
    except Misconfigured as wrong:
        raise BadRequest(str(wrong)) from None


def obey_rules(
    place: Workplace, session: Session, invoice: ExtractedInvoice, route: Route
) -> Ruled:
    """Ask a person although all is clear, when the dice say so; what a vendor has to prove first is
    a check (checks/parties.py)."""
    found = vendors.match(session, marks_of(invoice))
    vendor_id = found[0].id if found else None
    if route.status != "approved":
        return Ruled(route, vendor_id, sampled=False)
    percent = chosen_settings(place, session).quality_sample_percent
    if _dice.random() * 100 >= percent:
        return Ruled(route, vendor_id, sampled=False)
    reason = Reason("sampled_for_quality", "Picked at random; nothing seems to be wrong.", None)
    asked = replace(route, status="needs_review", reasons=(*route.reasons, reason))
    return Ruled(asked, vendor_id, sampled=True)
