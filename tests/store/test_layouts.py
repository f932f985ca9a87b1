"""What is remembered of layouts is found by the marks of a document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from invoice_ai.domain.vendors import Mark, with_parts
from invoice_ai.store import layouts, vendors
from invoice_ai.store.database import Database
from invoice_ai.store.tables import layout_marks, vendor_layouts

NAME = Mark("name", "aik huat hardware", "Aik Huat Hardware")


def saved(database: Database, marks: list[Mark], **memory: Any) -> int:
    with database.writing() as session:
        return layouts.save(session, None, {"lessons": 1, **memory}, with_parts(marks), lessons=1)


def found(database: Database, *marks: Mark) -> list[int]:
    with database.reading() as session:
        return [layout.id for layout in layouts.find(session, with_parts(marks))]


def test_one_word_misread_in_the_name_hides_nothing(database: Database) -> None:
    layout = saved(database, [NAME])
    assert found(database, Mark("name", "aik huat haruwari", "Aik Huat Haruwari")) == [layout]
    assert found(database, Mark("name", "nordlicht werkzeuge", "Nordlicht Werkzeuge")) == []
    assert found(database) == []


def test_another_tax_id_is_another_vendor_with_the_same_name(database: Database) -> None:
    layout = saved(database, [Mark("tax_id", "DE136695976", ""), NAME])
    assert found(database, Mark("tax_id", "DE999999999", ""), NAME) == []
    assert found(database, Mark("tax_id", "DE136695978", ""), NAME) == [layout]  # a digit misread


def test_a_lesson_replaces_the_memory_and_adds_marks(database: Database) -> None:
    layout = saved(database, [NAME], said="before")
    more = Mark("domain", "aik.example", "aik.example")
    with database.writing() as session:
        layouts.save(session, layout, {"said": "after"}, [NAME, more], lessons=2)
    with database.reading() as session:
        (kept,) = layouts.find(session, [more])
    assert (kept.id, kept.memory, kept.version) == (layout, {"said": "after"}, 2)


def test_a_vendor_with_ever_new_layouts_fills_no_disk(database: Database) -> None:
    with database.writing() as session:
        vendor = vendors.add(session, "Aik Huat Hardware")
        for _ in range(23):
            layouts.save(session, None, {}, [NAME], lessons=1, vendor_id=vendor)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(vendor_layouts)) == 20
        assert session.scalar(select(func.count()).select_from(layout_marks)) == 20


def test_a_vendors_layouts_are_told_handed_over_and_forgotten(database: Database) -> None:
    with database.writing() as session:
        acme = vendors.add(session, "Acme Ltd")
        other = vendors.add(session, "Acme Limited")
    wrong = {"finders": {"wrong": 1.0}}
    layout = saved(database, [NAME], fields={"total": wrong, "due_date": wrong})
    with database.writing() as session:
        layouts.save(
            session,
            layout,
            {"fields": {"total": wrong, "due_date": {}}},
            [],
            lessons=2,
            vendor_id=acme,
        )
        stray = layouts.save(session, None, {"fields": {}}, with_parts([NAME]), lessons=1)
    with database.reading() as session:
        own = layouts.of_vendor(session, acme, [])
        assert [(one.id, one.fields, one.lessons) for one in own] == [(layout, ("total",), 2)]
        told = {one.id for one in layouts.of_vendor(session, acme, [NAME])}
        assert told == {layout, stray}  # taught before the vendor was on file
    with database.writing() as session:
        layouts.hand_over(session, acme, other)
        assert layouts.of_vendor(session, acme, []) == ()
        assert [one.id for one in layouts.of_vendor(session, other, [])] == [layout]
        layouts.forget(session, layout)
        assert layouts.of_vendor(session, other, []) == ()
    assert found(database, NAME) == [stray]
