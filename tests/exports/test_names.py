"""Names from strangers become names that are harmless on every system."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from invoice_ai.exports.names import MAX_NAME_BYTES, safe_name, source_name


@pytest.mark.parametrize(
    ("vendor", "name"),
    [
        ("Acme Tools Ltd", "Acme Tools Ltd"),
        ("Müller & Söhne GmbH & Co. KG", "Müller & Söhne GmbH & Co. KG"),
        ("株式会社サンプル", "株式会社サンプル"),
        ("AC/DC \\ Records", "AC-DC - Records"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\win.ini", "C--Windows-win.ini"),
        (".hidden", "hidden"),
        ("-rf *", "rf"),
        ("Acme\u202egnp.exe", "Acmegnp.exe"),
        ("Acme\x00\r\n\tTools", "Acme Tools"),
        ("Acme\udc80", "Acme"),
        ("con", "_con"),
        ("NUL.pdf", "_NUL.pdf"),
        ("COM1 . x", "_COM1 . x"),
        ("Console", "Console"),
        ("", "nobody"),
        ("...", "nobody"),
        (" /// ", "nobody"),
        ("\u200b\u202e", "nobody"),
    ],
)
def test_a_vendor_becomes_a_folder(vendor: str, name: str) -> None:
    assert safe_name(vendor, otherwise="nobody") == name


def test_long_names_are_cut_between_characters() -> None:
    assert safe_name("a" * 200, otherwise="x") == "a" * MAX_NAME_BYTES
    assert safe_name("ü" * 200, otherwise="x") == "ü" * (MAX_NAME_BYTES // 2)
    assert safe_name("a" + "漢" * 100, otherwise="x") == "a" + "漢" * 26


@given(st.text(max_size=120))
@example("CON.")
@example("a" * 79 + " .")
def test_no_text_makes_a_dangerous_name(text: str) -> None:
    name = safe_name(text, otherwise="x")
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES + 1  # one "_" before a device's name
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert name[0] not in ".- " and name[-1] not in ".- "
    assert safe_name(name, otherwise="x") == name


def test_the_extension_says_what_the_content_is() -> None:
    assert source_name("bill.JPEG", "jpeg", 3) == "bill-3.jpeg"
    assert source_name("bill.pdf.exe", "pdf", 3) == "bill.pdf-3.pdf"
    assert source_name("", "tiff", 3) == "document-3.tif"
    assert source_name("../../x.xml", "xml", 3) == "x-3.xml"
