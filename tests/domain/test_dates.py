"""Dates as printed: what we print in each language we can read back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.domain.dates import find_dates, fold

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "hr": "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
}
# Croatian and Polish share "listopad" for different months; Polish is far more common.
CONFLICTS = {("hr", 10)}
DAYS = st.dates(min_value=date(1971, 1, 1), max_value=date(2069, 12, 31))


@given(DAYS, st.sampled_from(sorted(MONTHS)), st.booleans())
def test_a_date_in_words_is_read_in_every_language(day: date, language: str, shout: bool) -> None:
    if (language, day.month) in CONFLICTS:
        return
    month = MONTHS[language].split()[day.month - 1]
    dot = "." if language in ("de", "cs", "da", "fi", "hr") else ""
    of = " de" if language in ("es", "pt") else ""
    text = f"{day.day}{dot}{of} {month}{of} {day.year}"
    if shout:
        text = text.upper()
    assert [r.value for r in find_dates(f"Rechnung vom {text}, Seite 1")] == [day]


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y", "%d-%b-%y"]))
def test_unambiguous_forms_have_one_reading(day: date, form: str) -> None:
    (reading,) = find_dates(f"Date: {day.strftime(form)}")
    assert (reading.value, reading.other) == (day, None)


@given(DAYS, st.sampled_from("/-"), st.booleans())
def test_known_order_is_followed(day: date, mark: str, day_first: bool) -> None:
    form = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    (reading,) = find_dates(day.strftime(form), day_first=day_first)
    assert (reading.value, reading.other) == (day, None)


@given(DAYS)
def test_ambiguous_order_is_reported_with_the_other_reading(day: date) -> None:
    (reading,) = find_dates(day.strftime("%d/%m/%Y"))
    if day.day <= 12 and day.day != day.month:
        assert {reading.value, reading.other} == {day, date(day.year, day.day, day.month)}
    else:
        assert (reading.value, reading.other) == (day, None)


@pytest.mark.parametrize(
    "printed",
    [
        "31/02/2024",
        "00.12.2023",
        "32 March 2024",
        "12.13.14.15",
        "1.234.567,00",
        "10.00 x 12.50",
        "Tel. 040/30.39.37.90",
        "2024-13-45",
        "5 Marble 2024",
    ],
)
def test_what_is_no_date_is_refused(printed: str) -> None:
    assert find_dates(printed) == []


def test_a_clock_glued_to_the_year_does_not_hide_the_date() -> None:
    (reading,) = find_dates("06/03/201820:01", day_first=True)
    assert reading.value == date(2018, 3, 6)


def test_places_point_at_the_printed_text() -> None:
    text = "from 01.06.2023 to 30.06.2023"
    assert [text[r.start : r.end] for r in find_dates(text)] == ["01.06.2023", "30.06.2023"]


def test_a_long_hostile_line_is_read_in_linear_time() -> None:
    import time

    began = time.perf_counter()
    find_dates("12/" * 20_000 + "1 May " * 5_000 + "9" * 50_000)
    assert time.perf_counter() - began < 2.0


def test_folding_forgives_case_and_accents() -> None:
    assert fold("FÉVRIER") == fold("fevrier")


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("27 03 2018", "2018-03-27"),
        ("27 03/2018", "2018-03-27"),
        ("04 10036 25032018 13:11:54 0003", "2018-03-25"),
        ("14/dun/2017 08:34", "2017-06-14"),
    ],
)
def test_a_date_whose_strokes_or_letters_were_misread(printed: str, meant: str) -> None:
    assert [reading.value.isoformat() for reading in find_dates(printed)] == [meant]


@pytest.mark.parametrize(
    "printed", ["HD03-04-06 - 5/40", "Version 91.1.15", "Tel 12 03 2018 44", "Ref 25032018"]
)
def test_codes_and_versions_are_no_dates(printed: str) -> None:
    assert find_dates(printed) == []
