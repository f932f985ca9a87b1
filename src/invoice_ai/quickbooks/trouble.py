"""What QuickBooks can answer instead of doing it, and what that means for us and for a bookkeeper.

Conflict
├── Refused             a definite no: nothing was done; a person or a different request helps
├── ReconnectNeeded     nobody is signed in any more; connecting again helps
└── WrongKeys           client id and secret are not those of an Intuit app
Unavailable
├── OutcomeUnknown      perhaps it was done, perhaps not: look before doing it again
├── NotSent             nobody listened: nothing was done
└── Throttled           too many requests; nothing was done
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from invoice_ai.errors import Conflict, Unavailable

THROTTLE_SECONDS = 60.0  # Intuit: wait 60 seconds after a 429
# Read as "the server is in trouble": severe faults that say nothing about what was done.
SEVERE = frozenset({"10000", "10200", "130", "140", "150"})
SIGNED_OUT = frozenset({"120", "3100", "3200", "3201"})
THROTTLED = "3001"


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of an answer, as Intuit words it. `code` is without leading zeros."""

    code: str
    message: str
    detail: str
    element: str = ""
    kind: str = ""


class Refused(Conflict):
    """QuickBooks said no and did nothing. The message is for the bookkeeper."""

    code = "quickbooks_refused"

    def __init__(self, faults: tuple[Fault, ...], tid: str = "") -> None:
        self.faults, self.tid = faults, tid
        first = faults[0] if faults else Fault("", "no reason given", "")
        super().__init__(sentence(first), code=f"quickbooks_{first.code or 'refused'}")

    @property
    def fault(self) -> Fault:
        return self.faults[0] if self.faults else Fault("", "", "")

    def has(self, code: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.code == code), None)


class ReconnectNeeded(Conflict):
    """The connection to QuickBooks has ended; somebody must sign in again."""

    code = "quickbooks_reconnect"


class WrongKeys(Conflict):
    """Intuit does not know our client id and secret."""

    code = "quickbooks_keys"


class OutcomeUnknown(Unavailable):
    """No usable answer: what was asked may have been done or not."""

    code = "quickbooks_unknown"


class NotSent(Unavailable):
    """The request never left: nothing was done."""

    code = "quickbooks_away"


class Throttled(Unavailable):
    """Too many requests: nothing was done, and nobody may ask for `seconds`."""

    code = "quickbooks_throttled"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"QuickBooks asks us to slow down; it goes on in {seconds:.0f} s.")


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """How long a 429 asks us to be quiet; ten minutes at most, whatever it says."""
    said = headers.get("retry-after", "")
    return min(float(said), 600.0) if said.isdecimal() else THROTTLE_SECONDS


def faults_of(body: object) -> tuple[Fault, ...]:
    """The errors of an answer in either casing (a 401 is lower case); empty when there are none."""
    if not isinstance(body, Mapping):
        return ()
    fault = body.get("Fault") or body.get("fault")
    if not isinstance(fault, Mapping):
        return ()
    kind = str(fault.get("type") or "")
    listed = fault.get("Error") or fault.get("error") or []
    return tuple(
        Fault(
            code=_plain_code(_get(error, "code")),
            message=_get(error, "Message"),
            detail=_get(error, "Detail"),
            element=_get(error, "element"),
            kind=kind,
        )
        for error in listed
        if isinstance(error, Mapping)
    )


def _get(error: Mapping[Any, Any], name: str) -> str:
    value = error.get(name)
    if value is None:
        value = error.get(name.lower())
    return "" if value is None else str(value)


def _plain_code(code: str) -> str:
    return code.lstrip("0") if code.isdigit() else code


def assigned_to(fault: Fault) -> tuple[str, str] | None:
    """The transaction a duplicate number is assigned to: its type and id (code 6140).

    >>> assigned_to(Fault("6140", "", "DocNumber=18696 is assigned to TxnType=Bill with TxnId=65"))
    ('Bill', '65')
    """
    found = re.search(
        r"TxnType=([A-Za-z ]+?)\s+with\s+TxnId=(\d+)", f"{fault.message} {fault.detail}"
    )
    return (found[1].replace(" ", ""), found[2]) if found else None


# What a bookkeeper reads, by code. {detail} is what QuickBooks says; it is often good enough.
SENTENCES: dict[str, str] = {
    "610": "Something this bill uses was deleted or made inactive in QuickBooks. "
    "Refresh the lists and choose another: {detail}",
    "2020": "QuickBooks misses a value: {detail}",
    "2050": "A text is longer than QuickBooks allows: {detail}",
    "2290": "QuickBooks does not take negative lines in a bill. Book it as a vendor credit.",
    "2500": "An account, vendor, tax code or class of this bill no longer exists in QuickBooks. "
    "Choose another one: {detail}",
    "5010": "Somebody changed this transaction in QuickBooks meanwhile. Look at it, then try again.",
    "5020": "Your QuickBooks plan does not include this feature: {detail}",
    "5030": "QuickBooks does not support this: {detail}",
    "6070": "A line's amount is not quantity × price, as QuickBooks demands: {detail}",
    "6100": "A US company's lines may only be taxable or not. Choose another tax code.",
    "6140": "QuickBooks has a transaction with this number already: {detail}",
    "6160": "The tax code does not exist in QuickBooks. Choose another one.",
    "6190": "The QuickBooks subscription of this company has ended. Renew it, then try again.",
    "6200": "The period is closed in QuickBooks. Reopen it there, or change the posting date here.",
    "6210": "The period is closed in QuickBooks, with a password. Reopen it there, "
    "or change the posting date here.",
    "6240": "QuickBooks has a customer, vendor or employee of this name already: {detail}",
    "6430": "QuickBooks does not allow this kind of account here. Choose another one: {detail}",
    "6440": "A line has no account. Choose one.",
    "6470": "A tax account cannot be used on a line. Choose another account.",
    "6480": "The transaction is matched with the bank in QuickBooks and cannot be changed.",
    "6540": "The transaction is deposited in QuickBooks and cannot be changed.",
    "620": "The transaction is linked to another one in QuickBooks. Remove the link there first.",
    "6030": "The file is too large for QuickBooks. The bill itself is booked.",
    "6041": "QuickBooks does not take this kind of file. The bill itself is booked.",
}
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        r"(VAT|GST|tax) rate before you save",
        "Every line needs a tax code. Choose one for the lines without.",
    ),
    (
        r"one foreign currency per transaction",
        "The vendor or an account is kept in another currency in QuickBooks. "
        "Choose a vendor and accounts in the currency of the invoice.",
    ),
    (r"book.*clos|clos.*book", SENTENCES["6210"]),
)


def sentence(fault: Fault) -> str:
    """What a bookkeeper reads: what is the matter and what to do.

    >>> sentence(Fault("6210", "Account Period Closed", ""))[:37]
    'The period is closed in QuickBooks, w'
    """
    said = (fault.detail or fault.message).strip()[:500]
    for pattern, told in _PATTERNS:
        if fault.code == "6000" and re.search(pattern, said, re.IGNORECASE):
            return told
    known = SENTENCES.get(fault.code)
    if known:
        return known.replace("{detail}", said or "no detail given").rstrip()
    return f"QuickBooks does not accept it: {said or 'no reason given'}"
