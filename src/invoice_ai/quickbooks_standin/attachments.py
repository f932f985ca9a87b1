"""Uploads: a multipart body as clients really send it (also with LF only), kept byte for byte."""

from __future__ import annotations

import base64
import binascii
import re
from email import message_from_bytes
from email.message import Message
from typing import Any

from invoice_ai.quickbooks_standin.books import DOCUMENTS, ENTITIES, Books, Thing
from invoice_ai.quickbooks_standin.references import resolve
from invoice_ai.quickbooks_standin.refusals import Refused
from invoice_ai.quickbooks_standin.shapes import admit
from invoice_ai.quickbooks_standin.shelves import from_json

MOST_BYTES = 100 * 1024 * 1024
_TYPES = {
    "ai": "application/postscript",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eps": "application/postscript",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "rtf": "text/rtf",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/xml",
}
_OTHER_TYPES = frozenset({"image/jpg", "application/xml", "application/vnd/ms-excel", "text/rtf"})
_LINKS_SECONDS = 900


def upload(books: Books, content_type: str, body: bytes) -> list[Thing]:
    """Raises: Refused 6030 6040 6041 6050."""
    if len(body) > MOST_BYTES:
        raise Refused("6030", f"The request is larger than {MOST_BYTES} bytes.")
    metadata, files = _parts(content_type, body)
    if not files:
        raise Refused("6041", "There is no part file_content_01 in the request.")
    return [
        _keep(books, metadata.get(number, {}), name, kind, content)
        for number, (name, kind, content) in sorted(files.items())
    ]


def note(books: Books, asked: Thing) -> Thing:
    """An Attachable without a file."""
    _check_refs(books, asked)
    if "Note" not in asked and "FileName" not in asked:
        raise Refused("2020", "Required parameter Note is missing in the request", "Note")
    return books.add("Attachable", asked)


def update(books: Books, old: Thing, asked: Thing) -> Thing:
    _check_refs(books, asked)
    kept: Thing = {
        k: old[k] for k in ("FileName", "Size", "ContentType", "FileAccessUri") if k in old
    }
    return books.replace("Attachable", old, {**kept, **asked})


def _keep(books: Books, metadata: Thing, name: str, kind: str, content: bytes) -> Thing:
    asked = admit("Attachable", metadata)
    _check_refs(books, asked)
    name = asked.get("FileName") or name
    if not name:
        raise Refused("6040", "The attachment has no FileName.", "FileName")
    ending = name.rpartition(".")[2].lower()
    kind = asked.get("ContentType") or kind
    if ending not in _TYPES or kind not in {*_TYPES.values(), *_OTHER_TYPES}:
        raise Refused("6041", f"Files like {name} ({kind}) are not supported.", "ContentType")
    if not content:
        raise Refused("6041", f"The file {name} is empty.")
    id_ = books.new_id()
    books.put_file(id_, content)
    kept = {
        **asked,
        "FileName": name,
        "ContentType": kind,
        "Size": len(content),
        "FileAccessUri": f"/v3/company/{books.realm}/download/{id_}",
    }
    return books.add("Attachable", kept, id_=id_)


def shown(books: Books, thing: Thing, address: str) -> Thing:
    """As answered: with a temporary link to the bytes."""
    if "FileName" not in thing:
        return thing
    return {**thing, "TempDownloadUri": temporary_link(books, thing["Id"], address)}


def temporary_link(books: Books, id_: str, address: str) -> str:
    until = int(books.clock.now().timestamp()) + _LINKS_SECONDS
    return f"{address}/files/{books.realm}/{id_}?Expires={until}"


def fetch(books: Books, id_: str, expires: str) -> bytes | None:
    """The bytes behind a temporary link, None when it is over."""
    if not expires.isdigit() or int(expires) < books.clock.now().timestamp():
        return None
    return books.get_file(id_)


def _check_refs(books: Books, asked: Thing) -> None:
    for ref in asked.get("AttachableRef", []):
        entity = ref.get("EntityRef", {})
        kinds = {kind.lower(): kind for kind in ENTITIES}
        kind = kinds.get(str(entity.get("type", "")).lower())
        if kind is None:
            raise Refused("6050", f"Invalid entity type {entity.get('type')!r}", "EntityRef")
        if kind in DOCUMENTS:
            books.get(kind, str(entity.get("value", "")))
        elif kind in ("Vendor", "Customer", "Employee", "Account", "Item"):
            resolve(books, kind, entity, "EntityRef")
        entity["type"] = kind


def _parts(
    content_type: str, body: bytes
) -> tuple[dict[str, Any], dict[str, tuple[str, str, bytes]]]:
    """Metadata and (name, type, bytes) by their two-digit number."""
    outer = Message()
    outer["Content-Type"] = content_type
    boundary = outer.get_boundary()
    if outer.get_content_type() != "multipart/form-data" or not boundary:
        raise Refused("6040", "An upload is multipart/form-data with a boundary.")
    metadata: dict[str, Any] = {}
    files: dict[str, tuple[str, str, bytes]] = {}
    for section in body.split(b"--" + boundary.encode())[1:]:
        head, separator, content = _split(section)
        if not separator:
            continue  # "--" at the very end
        part = message_from_bytes(head.strip() + b"\n\n")
        name = str(part.get_param("name", header="content-disposition") or "")
        content = _decoded(content, str(part.get("content-transfer-encoding", "")))
        number = name.rpartition("_")[2]
        if name.startswith("file_metadata_"):
            try:
                metadata[number] = from_json(content)
            except ValueError:
                raise Refused("6040", f"{name} is not JSON.") from None
        elif name.startswith("file_content_"):
            files[number] = (part.get_filename() or "", part.get_content_type(), content)
    return metadata, files


def _split(section: bytes) -> tuple[bytes, bytes, bytes]:
    """(headers, blank line, content) of a part, whatever ends its lines."""
    found = re.search(rb"\r\n\r\n|\n\n", section.lstrip(b"\r\n"))
    if found is None:
        return section, b"", b""
    section = section.lstrip(b"\r\n")
    end = len(section)
    if section.endswith(b"\r\n"):
        end -= 2
    elif section.endswith(b"\n"):
        end -= 1
    return section[: found.start()], found[0], section[found.end() : end]


def _decoded(content: bytes, encoding: str) -> bytes:
    if encoding.strip().lower() != "base64":
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        raise Refused("6041", "The file is not valid base64.") from None
