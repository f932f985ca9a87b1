"""The dashboard shows what the API says, and says what is wrong when the API says nothing."""

from __future__ import annotations

from tests.api.conftest import Service, free_port
from tests.dashboard.conftest import PASSWORD, Visit


def test_the_figures_are_those_of_the_api(busy: Service, visit: Visit) -> None:
    with busy.client() as api:
        stats = api.get("/stats").json()
    shown = visit(busy.url)["metrics"]
    assert (shown["Processed"], shown["Successful"], shown["Failed"]) == ("3", "2", "1")
    assert shown["Processed"] == str(stats["total_processed"])
    assert shown["Success rate"] == "66.7%"
    assert shown["Mean time"] == f"{stats['average_processing_time']:.2f} s"
    assert shown["Waiting"] == "1"
    assert shown["Ai model"] == "off"


def test_every_invoice_and_every_error_has_its_row(busy: Service, visit: Visit) -> None:
    seen = visit(busy.url)
    history, counted, errors = seen["tables"]
    assert [(row["filename"], row["state"]) for row in history] == [
        ("c.xml", "received"),
        ("virus.exe", "failed"),
        ("B-2.xml", history[2]["state"]),
        ("A-1.xml", history[3]["state"]),
    ]
    assert [row["total"] for row in history[2:]] == ["119.00", "119.00"]
    assert counted == [{"code": "unsupported_type", "times": "1"}]
    (error,) = errors
    assert (error["step"], error["code"], error["file_id"]) == ("receive", "unsupported_type", "3")
    assert "Windows program" in error["message"]


def test_what_documents_say_is_never_markdown(busy: Service, visit: Visit) -> None:
    """Markdown could load a picture from anywhere."""
    seen = visit(busy.url)
    assert "![x](http://evil/x.png)" in str(seen["tables"])
    assert "evil" not in str(seen["markdown"] + seen["said"])


def test_what_a_model_cost_is_told_where_one_was_asked(
    asking: Service, busy: Service, visit: Visit
) -> None:
    seen = visit(asking.url)
    assert seen["metrics"]["Documents asked about"] == "1"
    assert seen["metrics"]["Cost"] == "no price set"
    assert seen["metrics"]["Right after review"] == "–"
    assert seen["tables"][-1][0]["model"] == "llama3.2-vision"
    assert "Documents asked about" not in visit(busy.url)["metrics"]


def test_an_empty_database_is_no_fault(empty: Service, visit: Visit) -> None:
    seen = visit(empty.url)
    assert seen["metrics"]["Processed"] == "0"
    assert (seen["metrics"]["Success rate"], seen["metrics"]["Mean time"]) == ("–", "–")
    assert any("No invoice was processed yet" in said for said in seen["said"])


def test_an_api_that_is_away_is_named(visit: Visit) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    seen = visit(address)
    assert seen["metrics"] == {}
    (said,) = seen["said"]
    assert said.startswith(f"{address} does not answer")
    assert "./start_api.sh" in said


def test_the_dashboard_asks_for_the_password_of_the_app(guarded: Service, visit: Visit) -> None:
    stranger = visit(guarded.url)
    assert stranger["asked"] == ["Password of the app"]
    assert stranger["metrics"] == {}

    mistaken = visit(guarded.url, "not the password")
    assert mistaken["said"] == ["That is not the password."]
    assert mistaken["metrics"] == {}

    known = visit(guarded.url, "not the password", PASSWORD)
    assert known["metrics"]["Processed"] == "0"
    assert known["asked"] == []
