"""Vendors over HTTP: who is on file, by what they are known, and what their invoices taught."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from invoice_ai import workflow
from invoice_ai.api.asking import ERRORS, LARGEST_ID, NO_SUCH, Asking, Place
from invoice_ai.api.models import Amount, Text, example
from invoice_ai.domain.vendors import MarkKind, MarkState
from invoice_ai.store import vendors

router = APIRouter(tags=["Vendors"])

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_RESPONSES = {**ERRORS, **NO_SUCH}


class VendorAnswer(BaseModel):
    """A vendor on file."""

    model_config = example(
        id=12,
        name="Greenleaf Nursery Supplies Ltd",
        invoices=9,
        approved_alone=4,
        always_review=False,
    )

    id: int
    name: str
    invoices: int = Field(description="Of this vendor, whatever their state.")
    approved_alone: int = Field(description="Of them, approved without anybody looking.")
    clean_approvals: int = Field(0, description="Approved in a row with nothing corrected.")
    always_review: bool = False
    amount_limit: Amount | None = Field(None, description="Above it a person is always asked.")
    auto_approve_after: int | None = Field(
        None, description="Clean approvals before; null: settings."
    )


class VendorPage(BaseModel):
    """Vendors by name."""

    model_config = example(
        vendors=[{"id": 12, "name": "Greenleaf Nursery Supplies Ltd", "invoices": 9}], next=None
    )

    vendors: list[VendorAnswer]
    next: str | None = Field(description="`after` of the next page.")


class MarkAnswer(BaseModel):
    """Something a vendor is known by."""

    model_config = example(kind="iban", printed="GB36BUKB20201514327494", state="verified")

    kind: MarkKind
    printed: str
    state: MarkState


class LayoutAnswer(BaseModel):
    """What corrections taught about one layout of a vendor's invoices."""

    model_config = example(
        id=3,
        fields=["due_date", "total"],
        lessons=4,
        created_at="2026-11-20T09:00:00Z",
        updated_at="2026-11-26T15:12:00Z",
    )

    id: int
    fields: list[str] = Field(
        description='Names of the fields that were corrected; "line_items" for line items.'
    )
    lessons: int = Field(description="Documents it learned from.")
    created_at: datetime
    updated_at: datetime


class VendorInFull(VendorAnswer):
    """A vendor with its marks and layouts."""

    model_config = example(
        id=12,
        name="Greenleaf Nursery Supplies Ltd",
        invoices=9,
        approved_alone=4,
        marks=[{"kind": "name", "printed": "Greenleaf Nursery", "state": "seen"}],
        layouts=[],
    )

    marks: list[MarkAnswer]
    layouts: list[LayoutAnswer]


class MergeRequest(BaseModel):
    """Which vendor it is the same as."""

    model_config = example(into=7)

    into: int = Field(ge=1, le=LARGEST_ID, description="The vendor that stays.")


@router.get("/vendors", summary="Vendors on file", responses={**ERRORS})
def vendor_list(
    place: Place,
    q: Annotated[Text, Query(max_length=200, description="Part of a name or mark.")] = "",
    after: Annotated[Text, Query(max_length=400, description="`next` of the page before.")] = "",
) -> VendorPage:
    """By name, 50 at a time."""
    with place.database.reading() as session:
        rows, following = vendors.vendors_page(session, search=q, after=after)
    return VendorPage(vendors=[_answer(row) for row in rows], next=following or None)


@router.get("/vendors/{vendor_id}", summary="One vendor", responses=_RESPONSES)
def vendor(place: Place, vendor_id: Id) -> VendorInFull:
    """With its marks and what was learnt; a merged one is answered as the one it became."""
    with place.database.reading() as session:
        found = vendors.load(session, vendor_id)
        row = vendors.VendorRow(found, *vendors.numbers_of(session, found.id))
        marks = vendors.marks(session, found.id)
        layouts = workflow.learnt_of(session, found.id)
    return VendorInFull(
        **_answer(row).model_dump(),
        marks=[MarkAnswer(kind=m.kind, printed=m.printed or m.key, state=m.state) for m in marks],
        layouts=[
            LayoutAnswer(
                id=layout.id,
                fields=list(layout.fields),
                lessons=layout.lessons,
                created_at=layout.created_at,
                updated_at=layout.updated_at,
            )
            for layout in layouts
        ],
    )


@router.delete(
    "/vendors/{vendor_id}/layouts/{layout_id}",
    status_code=204,
    summary="Forget a layout",
    responses=_RESPONSES,
)
def forget(place: Place, asking: Asking, vendor_id: Id, layout_id: Id) -> Response:
    """The next invoice that looks like it is read as if it were the first."""
    del asking
    workflow.forget_layout(place, vendor_id, layout_id)
    return Response(status_code=204)


@router.post("/vendors/{vendor_id}/merge", summary="Make two vendors one", responses=_RESPONSES)
def merge(place: Place, asking: Asking, vendor_id: Id, wanted: MergeRequest) -> VendorInFull:
    """Invoices, marks, layouts and accounts go over; the old number leads to the other."""
    del asking
    workflow.merge_vendors(place, vendor_id, wanted.into)
    return vendor(place, wanted.into)


def _answer(row: vendors.VendorRow) -> VendorAnswer:
    return VendorAnswer(
        id=row.vendor.id,
        name=row.vendor.name,
        invoices=row.invoices,
        approved_alone=row.alone,
        clean_approvals=row.vendor.clean_approvals,
        always_review=row.vendor.always_review,
        amount_limit=row.vendor.amount_limit,
        auto_approve_after=row.vendor.auto_approve_after,
    )
