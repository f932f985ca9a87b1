"""The e-invoice among a PDF's attachments."""

from __future__ import annotations

import pytest
from tests.extraction.einvoice.made_invoices import cii_invoice, ubl_invoice

from invoice_ai.domain.pages import Attachment
from invoice_ai.errors import BadDocument
from invoice_ai.extraction.einvoice import find_einvoice, read_attached

LOGO = Attachment("logo.png", b"\x89PNG\r\n")
OLD = Attachment("ZUGFeRD-invoice.xml", cii_invoice(version=1).encode())
NEW = Attachment("factur-x.xml", cii_invoice().encode())


@pytest.mark.parametrize(
    "name",
    ["factur-x.xml", "Factur-X.XML", "xrechnung.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml"],
)
def test_it_is_found_by_the_names_of_the_standards(name: str) -> None:
    wanted = Attachment(name, b"anything")
    assert find_einvoice([LOGO, wanted]) == wanted


@pytest.mark.parametrize("text", [cii_invoice(), cii_invoice(version=1), ubl_invoice()])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_it_is_found_by_what_it_holds(text: str, encoding: str) -> None:
    licence = f"<!-- {'All rights reserved. ' * 500} -->"
    text = text.replace("?>", f"?>{licence}", 1)
    wanted = Attachment("rechnung_0815.dat", text.encode(encoding))
    assert find_einvoice([LOGO, wanted]) == wanted


def test_other_attachments_are_none() -> None:
    order = Attachment("order-x.xml", b"<SCRDMCCBDACIOMessageStructure/>")
    mention = Attachment("readme.txt", b"see CrossIndustryInvoice")
    assert find_einvoice([LOGO, order, mention]) is None
    assert read_attached([LOGO, order, mention]) is None


def test_the_newer_format_is_read_and_the_same_invoice_twice_is_fine() -> None:
    assert find_einvoice([OLD, NEW]) == NEW
    invoice = read_attached([OLD, NEW])
    assert invoice is not None and invoice.flags == ()


def test_two_different_einvoices_are_flagged() -> None:
    other = Attachment("invoice.xml", cii_invoice().replace("1184.05", "9184.05").encode())
    invoice = read_attached([other, NEW])
    assert invoice is not None and "several_einvoices" in invoice.flags
    assert invoice.money("total") is not None and f"{invoice.money('total')}" == "1184.05"


def test_a_broken_einvoice_is_refused_so_that_the_page_can_speak() -> None:
    with pytest.raises(BadDocument):
        read_attached([Attachment("factur-x.xml", b"<broken")])
