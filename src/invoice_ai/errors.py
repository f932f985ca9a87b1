"""Every error the product raises on purpose.

    InvoiceAIError
    ├── BadDocument     the file itself; never retried, the sender must act
    ├── Unavailable     something we depend on is away; `retry = True`
    ├── Misconfigured   refuse to start
    ├── Conflict        someone was faster, or the state does not allow it
    ├── NotFound
    ├── Forbidden       the caller may not
    └── BadRequest      what was asked for makes no sense; the text says what is allowed

The text says what the operator does next. `code` is stable and is what programs compare.
Rooms subclass these; only `api/` and `web/` know HTTP status.
"""

from __future__ import annotations


class InvoiceAIError(Exception):
    """Base of all errors raised on purpose."""

    code = "error"
    retry = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class BadDocument(InvoiceAIError):
    """The document cannot be processed. Codes of reliability.md §4: unsupported_type,
    password_protected, damaged_file, empty_file, file_too_large, too_many_pages,
    image_too_large, page_too_large, resource_limit, timeout, not_an_invoice, hostile_xml …"""

    code = "bad_document"
    invoice_id: int | None = None  # where people see the refused file, when it was kept


class Unavailable(InvoiceAIError):
    """A service we depend on is away for now."""

    code = "unavailable"
    retry = True


class Misconfigured(InvoiceAIError):
    """A setting is missing or wrong; the message names it, its value and what is allowed."""

    code = "misconfigured"


class Conflict(InvoiceAIError):
    """Someone was faster, or the state does not allow it."""

    code = "conflict"


class NotFound(InvoiceAIError):
    """There is nothing under that name."""

    code = "not_found"


class Forbidden(InvoiceAIError):
    """The caller may not do this."""

    code = "forbidden"


class BadRequest(InvoiceAIError):
    """What was asked for makes no sense; the message says what is allowed."""

    code = "bad_request"
