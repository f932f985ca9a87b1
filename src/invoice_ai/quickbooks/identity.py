"""How one of our invoices is recognised in QuickBooks, whatever happened on the way.

All of it is computed from what never changes, so that a second try, another worker or a database
restored from a backup says the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid

LONGEST_NUMBER = 21  # DocNumber
LONGEST_NOTE = 4000  # PrivateNote
_OURS = uuid.UUID("3c9f6f0e-6f0b-5b0c-9a51-7c2f6d1b8e42")
_MARKER = re.compile(r"\[AP:[A-Z2-7]{16}\]")


def request_id(realm: str, what: str, subject: str, generation: int) -> str:
    """The `requestid` of one write (36 characters).

    Args:
        what: The entity, or "Attachable".
        subject: Whose it is: the marker of an invoice, the name of a vendor.
        generation: Stays while an outcome is unknown, so that QuickBooks can replay; one more
            after a definite answer, so that an old answer can never be replayed at us.
    """
    return str(uuid.uuid5(_OURS, "|".join((realm, what, subject, str(generation)))))


def marker(instance: str, invoice_id: int) -> str:
    """What stands in PrivateNote of a transaction of ours; another installation has another.

    >>> marker("a", 1) == marker("a", 1) != marker("b", 1)
    True
    """
    digest = hashlib.sha256(f"{instance}|{invoice_id}".encode()).digest()
    return f"[AP:{base64.b32encode(digest).decode()[:16]}]"


def marker_in(note: str) -> str | None:
    """The marker a note carries, if any."""
    found = _MARKER.search(note)
    return found[0] if found else None


def doc_number(printed: str | None, invoice_id: int) -> str:
    """The vendor's number as DocNumber; a longer one is cut and told apart by a hash.

    >>> doc_number("INV-2026-17", 5), doc_number(None, 5)
    ('INV-2026-17', 'AP-0000000005')
    >>> doc_number("2026/DEPARTMENT/0000001", 5)
    '2026/DEPARTM~50ffe976'
    """
    number = " ".join((printed or "").split())
    if not number:
        return f"AP-{invoice_id:010d}"
    if len(number) <= LONGEST_NUMBER:
        return number
    return f"{number[:12]}~{hashlib.sha256(number.encode()).hexdigest()[:8]}"


def private_note(marked: str, *parts: str) -> str:
    """A note that ends with the marker and keeps it however long the rest is."""
    text = " · ".join(part for part in parts if part)
    room = LONGEST_NOTE - len(marked) - 1
    return f"{text[:room]} {marked}".strip()
