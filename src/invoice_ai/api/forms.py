"""Uploaded files, taken from a multipart body as it streams in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from invoice_ai.api.body import too_large

FIELDS = frozenset({"file", "files"})


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One file of a form. `name` is what the sender called it and is not to be trusted."""

    name: str
    content: BinaryIO


class _Parser(MultiPartParser):
    """Starlette's parser, and two things it leaves out: a limit per file, and insisting that the
    form ends. A form cut off in its second file would otherwise pass as a form with one."""

    largest_file = 0
    ended = False
    _size = 0

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._size = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > self.largest_file:
            raise HTTPException(413, too_large(self.largest_file))
        super().on_part_data(data, start, end)

    def on_end(self) -> None:
        super().on_end()
        self.ended = True


@asynccontextmanager
async def uploaded_files(
    request: Request, *, largest_file: int, most_files: int
) -> AsyncIterator[list[Uploaded]]:
    """The files in the fields `file` and `files`, in order; they are closed afterwards.

    Small files stay in memory, larger ones lie in an unnamed temporary file that the system
    forgets with us.

    Raises: HTTPException: 415 no multipart form, 413 a file is too large, 400 no file, too many,
        or a form that is cut off or malformed.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(415, "Please send the file as multipart/form-data, in a field `file`.")
    parser = _Parser(
        request.headers, request.stream(), max_files=most_files, max_fields=20, max_part_size=65_536
    )
    parser.largest_file = largest_file
    try:
        form = await parser.parse()
    except MultiPartException as malformed:
        raise HTTPException(400, f"The form cannot be read: {malformed.message}") from None
    except FormParserError:
        raise HTTPException(400, "The form cannot be read.") from None
    try:
        if not parser.ended:
            raise HTTPException(400, "The form is cut off: its closing boundary is missing.")
        files = [
            Uploaded(value.filename or "", value.file)
            for name, value in form.multi_items()
            # A form sent with no file chosen has one without name and content.
            if name in FIELDS and not isinstance(value, str) and (value.filename or value.size)
        ]
        if not files:
            raise HTTPException(400, "There is no file in the form: use the field `file`.")
        yield files
    finally:
        await form.close()
