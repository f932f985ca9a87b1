"""What a file is, by its content."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from invoice_ai.errors import BadDocument
from invoice_ai.intake import sniff

XML = '<?xml version="1.0" encoding="{}"?>\n<!-- sent by us --><ubl:Invoice xmlns:ubl="urn:x"/>'


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"X-Scanner: 4711\r\n" * 20 + b"%PDF-1.4", "pdf"),
        (picture("JPEG"), "jpeg"),
        (picture("PNG"), "png"),
        (picture("TIFF"), "tiff"),
        (b"MM\0*\0\0\0\x08", "tiff"),
        (XML.format("UTF-8").encode(), "xml"),
        (b"\xef\xbb\xbf" + XML.format("UTF-8").encode(), "xml"),
        (XML.format("UTF-16").encode("utf-16"), "xml"),
        (XML.format("UTF-16").encode("utf-16-le"), "xml"),
        (XML.format("UTF-16").encode("utf-16-be"), "xml"),
        (b"\n\n  <Invoice xmlns='urn:x'>", "xml"),
        (b"<!-- a comment --><rsm:CrossIndustryInvoice xmlns:rsm='x'>", "xml"),
        (b"<!--" + b" long" * 4000, "xml"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>', "xml"),
    ],
)
def test_what_we_take_is_known_by_its_content(head: bytes, kind: str) -> None:
    assert sniff(head[:8192]) == kind


def office(folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}document.xml", "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (office("word/"), "a Word file"),
        (office("xl/"), "an Excel file"),
        (office("stuff/"), "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
        (b"MZ\x90\0" + b"%PDF-1.7", "a Windows program"),
        (b"<html><body>Invoice</body></html>", "a web page"),
        (b"<!DOCTYPE html>\n<title>x</title>", "a web page"),
        (b"\xef\xbb\xbf  <!-- x -->\n<HTML>", "a web page"),
        (b'<?xml version="1.0"?><html xmlns="x">', "a web page"),
        (b"<svg onload='x'>", "an SVG drawing"),
        (b'<?xml version="1.0"?><svg:svg xmlns:svg="x">', "an SVG drawing"),
        (b"<?php system('x');", "a PHP script"),
        (b"\0\0\0\x18ftypheic\0\0", "a HEIC photo"),
        (picture("GIF"), "a GIF picture"),
        (picture("WEBP"), "a WebP picture"),
        (picture("BMP"), "a BMP picture"),
        (b"%!PS-Adobe-3.0 EPSF", "a PostScript file"),
        (b"{\\rtf1 Invoice}", "an RTF text"),
        (b"Return-Path: <a@b.c>\r\nSubject: Invoice\r\n", "an e-mail"),
        (b"Dear Sirs, please find no invoice here.", "a plain text"),
        (b"a < b", "a plain text"),
        (b"\n", "a file without content"),
        (b"\0" * 8192, "a file without content"),
        (bytes(range(1, 256)), "a type we do not know"),
        (b"junk " * 400 + b"%PDF-1.4", "a plain text"),
    ],
)
def test_what_we_do_not_take_is_called_by_its_name(head: bytes, what: str) -> None:
    with pytest.raises(BadDocument) as bad:
        sniff(head)
    assert bad.value.code == "unsupported_type"
    assert what in str(bad.value)
    assert str(bad.value).endswith("Please send PDF, JPEG, PNG or TIFF.")


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(BadDocument) as bad:
        sniff(b"")
    assert bad.value.code == "empty_file"
