"""How QuickBooks says no: codes, sentences and both casings of the body."""

from __future__ import annotations

from typing import Any

# code → (HTTP status, type, Message). Facts: design page, §2.8; texts as the service words them.
_KNOWN: dict[str, tuple[int, str, str]] = {
    "500": (500, "SystemFault", "Unsupported Operation"),
    "600": (400, "ValidationFault", "Duplicate Request Id"),
    "610": (400, "ValidationFault", "Object Not Found"),
    "620": (400, "ValidationFault", "Transaction cannot be linked"),
    "2010": (400, "ValidationFault", "Request has invalid or unsupported property"),
    "2020": (
        400,
        "ValidationFault",
        "Required param missing, need to supply the required value for the API",
    ),
    "2030": (400, "ValidationFault", "Invalid ID"),
    "2040": (400, "ValidationFault", "Invalid Characters"),
    "2050": (400, "ValidationFault", "Invalid String Length"),
    "2060": (400, "ValidationFault", "Invalid Date"),
    "2090": (400, "ValidationFault", "Invalid Number"),
    "2130": (400, "ValidationFault", "Invalid Request Id Format"),
    "2170": (400, "ValidationFault", "Invalid Enumeration"),
    "2210": (400, "ValidationFault", "Invalid Email Address Format"),
    "2220": (400, "ValidationFault", "Invalid Currency"),
    "2290": (400, "ValidationFault", "Negative Amount"),
    "2500": (400, "ValidationFault", "Invalid Reference Id"),
    "4000": (400, "ValidationFault", "Error parsing query"),
    "4001": (400, "ValidationFault", "Invalid query"),
    "5010": (400, "ValidationFault", "Stale Object Error"),
    "5020": (400, "ValidationFault", "Permission Denied Error"),
    "5030": (400, "ValidationFault", "Unsupported Operation"),
    "6000": (
        400,
        "ValidationFault",
        "A business validation error has occurred while processing your request",
    ),
    "6030": (400, "ValidationFault", "File Upload Size Exceeded"),
    "6040": (400, "ValidationFault", "Invalid Attachment Metadata"),
    "6041": (400, "ValidationFault", "Invalid Attachment File"),
    "6050": (400, "ValidationFault", "Invalid Attachment Entity Type"),
    "6070": (400, "ValidationFault", "Amount calculation incorrect in the request"),
    "6100": (400, "ValidationFault", "Invalid Tax Code"),
    "6140": (400, "ValidationFault", "Duplicate Document Number Error"),
    "6160": (400, "ValidationFault", "Invalid Tax Code"),
    "6170": (400, "ValidationFault", "Invalid Tax Details"),
    "6190": (400, "ValidationFault", "Invalid Company Status"),
    "6200": (
        400,
        "ValidationFault",
        "Account Period Closed, Cannot Update Through Services API",
    ),
    "6210": (
        400,
        "ValidationFault",
        "Account Period Closed, Cannot Update Through Services API",
    ),
    "6240": (400, "ValidationFault", "Duplicate Name Exists Error"),
    "6430": (400, "ValidationFault", "Invalid account type"),
    "6440": (400, "ValidationFault", "Account is missing"),
    "6480": (400, "ValidationFault", "Transaction is matched to a downloaded transaction"),
    "6540": (400, "ValidationFault", "Deposited Transaction cannot be changed"),
    "10000": (
        500,
        "SystemFault",
        "An application error has occurred while processing your request",
    ),
    "10100": (400, "SystemFault", "Result too big"),
}
_TYPES_IN_LOWER_CASE = {"3200": "AUTHENTICATION", "3100": "AUTHORIZATION", "3001": "SERVICE"}


class Refused(Exception):
    """An answer with a Fault in it; says nothing about whether anything was saved."""

    def __init__(self, code: str, detail: str, element: str | None = None) -> None:
        status, self.kind, self.message = _KNOWN.get(
            code, (400, "ValidationFault", "Validation Exception was thrown.")
        )
        self.status = 500 if code in ("10000", "10200") else status
        self.code, self.detail, self.element = code, detail, element
        super().__init__(f"{code} {self.message}: {detail}")

    def fault(self) -> dict[str, Any]:
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        if self.element:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


def missing(name: str) -> Refused:
    return Refused("2020", f"Required parameter {name} is missing in the request", name)


def business(sentence: str, element: str | None = None) -> Refused:
    return Refused("6000", f"Business Validation Error: {sentence}", element)


def no_such(kind: str, id_: str, element: str | None = None) -> Refused:
    """`kind` is the service's word: Accounts, Names, Klasses, Depts, Terms, TaxCodes, Items."""
    detail = f"Invalid Reference Id : {kind} element id {id_} not found"
    return Refused("2500", detail, element)


def inactive() -> Refused:
    return Refused(
        "610",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
    )


def gateway_body(code: str, name: str, status: int, detail: str, millis: int) -> dict[str, Any]:
    """The lower-case body of the gateway before the books: 401, 403 and 429."""
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {
            "error": [
                {
                    "message": f"message={name}; errorCode=00{code}; statusCode={status}",
                    "detail": detail,
                    "code": code,
                    "element": None,
                }
            ],
            "type": _TYPES_IN_LOWER_CASE[code],
        },
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": millis,
        "status": None,
        "cdcresponse": [],
    }
