"""Names given by strangers."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.intake import display_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../../etc/cron.d/x", "x"),
        ("C:\\Users\\x\\Desktop\\invoice.pdf", "invoice.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("a\x1b[31mred\x07.pdf", "a[31mred.pdf"),
        ("two\r\nlines.pdf", "two lines.pdf"),
        ("nul\0.pdf", "nul.pdf"),
        ("zero\u200bwidth.pdf", "zerowidth.pdf"),
        ("Ko\u0308ln.pdf", "Köln.pdf"),
        (os.fsdecode(b"rechnung_\xfc.pdf"), "rechnung_�.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
        ("-rf.pdf", "-rf.pdf"),
        ("فاتورة.pdf", "فاتورة.pdf"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("folder/", "unnamed"),
    ],
)
def test_names_are_shown_without_what_could_harm(given_name: str, shown: str) -> None:
    assert display_name(given_name) == shown


def test_long_names_keep_their_extension() -> None:
    shown = display_name("ü" * 300 + ".pdf")
    assert shown.endswith("ü.pdf")
    assert 250 < len(shown.encode()) <= 255


@given(st.text(st.characters(), max_size=600))
def test_any_name_becomes_one_that_can_be_saved_and_shown(given_name: str) -> None:
    shown = display_name(given_name)
    assert 0 < len(shown.encode("utf-8")) <= 255
    assert not {"/", "\\", "\0"} & set(shown)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in shown)
    assert display_name(shown) == shown
