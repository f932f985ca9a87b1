"""Hostile, damaged and foreign XML is refused with a reason, and quickly."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.extraction.einvoice.made_invoices import UBL, cii_invoice, fattura, ubl_invoice

from invoice_ai.errors import BadDocument
from invoice_ai.extraction.einvoice import read_einvoice

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE i [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(9))
    + f']><Invoice xmlns="{UBL}Invoice-2">&a8;</Invoice>'
)


def refused(content: bytes) -> str:
    with pytest.raises(BadDocument) as refusal:
        read_einvoice(content)
    assert len(str(refusal.value)) > 20  # a sentence, not a code
    return refusal.value.code


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Invoice xmlns="{UBL}Invoice-2"/>',
        f'<!-- a --><?p?><!DOCTYPE x><Invoice xmlns="{UBL}Invoice-2"/>',
        f'<!DOCTYPE Invoice [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><Invoice xmlns="{UBL}Invoice-2"/>',
    ],
    ids=["expansion", "external_dtd", "behind_a_comment", "parameter_entity"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_document_type_definition_is_hostile(text: str, encoding: str) -> None:
    started = time.monotonic()
    assert refused(text.encode(encoding)) == "hostile_xml"
    assert time.monotonic() - started < 1


def test_no_file_is_ever_read_through_the_xml(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret Vendor Ltd")
    text = f'<?xml version="1.0"?><!DOCTYPE i [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + (
        ubl_invoice().partition("?>")[2].replace("Kranich Maschinenbau GmbH", "&s;")
    )
    assert refused(text.encode()) == "hostile_xml"
    include = ubl_invoice().replace(
        "Kranich Maschinenbau GmbH",
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}"/>',
    )
    name = read_einvoice(include.encode()).vendor_name
    assert name is None or "Secret" not in str(name.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f'<Order xmlns="{UBL}Order-2"/>', "purchase order"),
        (f'<Quotation xmlns="{UBL}Quotation-2"/>', "quotation"),
        (
            '<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="urn:un:unece:uncefact:data:'
            'SCRDMCCBDACIOMessageStructure:100"/>',
            "Order-X",
        ),
        ("<html><body>502 Bad Gateway</body></html>", "web page"),
        ("<!DOCTYPE html><html><body>502<br></body></html>", "web page"),
        ("<Invoice><ID>1</ID></Invoice>", "Invoice"),
        ("<invoices/>", "invoices"),
    ],
)
def test_what_is_no_invoice_is_named(text: str, kind: str) -> None:
    with pytest.raises(BadDocument, match=kind) as refusal:
        read_einvoice(text.encode())
    assert refusal.value.code == "not_an_invoice"


@pytest.mark.parametrize("make", [ubl_invoice, cii_invoice, fattura])
def test_a_truncated_file_is_damaged(make: object) -> None:
    content = make().encode()  # type: ignore[operator]
    assert refused(content[: len(content) * 2 // 3]) == "damaged_file"


@pytest.mark.parametrize("content", [b"", b"  \n", b"\x00\x00"])
def test_an_empty_file_says_so(content: bytes) -> None:
    assert refused(content) == "empty_file"


@pytest.mark.parametrize("content", [b"Bad XML", b"%PDF-1.7", b"<a", b"<a></b>", b"\xff\xfe<"])
def test_what_is_no_xml_is_damaged(content: bytes) -> None:
    assert refused(content) == "damaged_file"


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-8", "us-ascii"), ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"), ("utf-16-be", "utf-16"), ("utf-32", "UTF-32"),
        ("iso-8859-1", "ISO-8859-1"), ("iso-8859-15", "iso-8859-15"), ("cp1252", "windows-1252"),
        ("utf-8", "UTF-16"), ("utf-16", "UTF-8"),
    ],
)  # fmt: skip
def test_character_sets_are_told_by_the_bytes_then_by_the_declaration(
    written: str, declared: str
) -> None:
    text = ubl_invoice().replace('encoding="UTF-8"', f'encoding="{declared}"')
    if declared == "us-ascii":
        text = text.replace("ß", "ss")
    mark = codecs.BOM_UTF16_LE if written == "utf-16-le" else b""
    address = read_einvoice(mark + text.encode(written)).customer_address
    assert address is not None and str(address.value).startswith("Ringstra")
    assert "�" not in str(address.value)


@pytest.mark.parametrize("declared", ["UTF-8", "us-ascii", "utf-8-w/o-bom", "rot13", "idna", "zip"])
def test_a_wrong_or_unknown_character_set_is_damage_that_is_explained(declared: str) -> None:
    text = ubl_invoice().replace('encoding="UTF-8"', f'encoding="{declared}"')
    assert refused(text.encode("iso-8859-1")) == "damaged_file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<Note>" * 400 + "</Note>" * 400, "damaged_file"),
        ("<a/>" * 1_100_000, "resource_limit"),
    ],
)
def test_absurd_trees_are_refused(content: str, code: str) -> None:
    assert refused(f'<Invoice xmlns="{UBL}Invoice-2">{content}</Invoice>'.encode()) == code


def test_five_megabytes_of_lines_take_seconds_and_are_cut() -> None:
    line = "<InvoiceLine><LineExtensionAmount>1.00</LineExtensionAmount></InvoiceLine>"
    started = time.monotonic()
    invoice = read_einvoice(f'<Invoice xmlns="{UBL}Invoice-2">{line * 70_000}</Invoice>'.encode())
    assert time.monotonic() - started < 20  # minutes would be wrong
    assert len(invoice.lines) == 10_000
    assert "too_many_lines" in invoice.flags


@pytest.mark.parametrize("text", ["1 Tage " * 2_000, "2 % " * 5_000, "net " * 5_000, "9" * 20_000])
def test_endless_payment_terms_take_no_time(text: str) -> None:
    started = time.monotonic()
    terms = read_einvoice(ubl_invoice(terms=text).encode()).payment_terms
    assert time.monotonic() - started < 1
    assert terms is not None and len(str(terms.value)) <= 4_000


@given(st.binary(max_size=300))
def test_noise_is_refused_not_crashed_on(noise: bytes) -> None:
    with pytest.raises(BadDocument):
        read_einvoice(b"<" + noise)


@given(st.integers(min_value=60, max_value=4_000), st.binary(min_size=1, max_size=8))
def test_a_file_damaged_anywhere_is_read_or_refused(at: int, noise: bytes) -> None:
    content = cii_invoice().encode()
    try:
        read_einvoice(content[:at] + noise + content[at + len(noise) :])
    except BadDocument as refusal:
        assert refusal.code in {"damaged_file", "not_an_invoice", "hostile_xml"}
