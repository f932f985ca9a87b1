"""What a request body may contain: names, types, lengths and enumerations of every entity.

Names are those of Intuit's V3 schema. "" and null count as absent, as the service takes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from invoice_ai.quickbooks_standin.refusals import Refused


@dataclass(frozen=True, slots=True)
class Text:
    longest: int = 4000
    forbidden: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many:
    of: Kind


@dataclass(frozen=True, slots=True)
class Shape:
    fields: Mapping[str, Kind]


class Number: ...


class Bool: ...


class Day: ...


class Email: ...


class Anything: ...


Kind = Text | OneOf | Many | Shape | Number | Bool | Day | Email | Anything


def one_of(values: str) -> OneOf:
    return OneOf(tuple(values.split("|")))


NUMBER, BOOL, DAY, EMAIL, ANYTHING = Number(), Bool(), Day(), Email(), Anything()
REF = Shape({"value": Text(100), "name": Text(500), "type": Text(30)})
_ENTITY: dict[str, Kind] = {
    "Id": Text(20),
    "SyncToken": Text(10),
    "MetaData": ANYTHING,
    "CustomField": Many(ANYTHING),
    "AttachableRef": Many(ANYTHING),
    "domain": Text(10),
    "status": Text(20),
    "sparse": BOOL,
}
_ADDRESS = Shape(
    {
        **dict.fromkeys(("Line1", "Line2", "Line3", "Line4", "Line5"), Text(500)),
        **dict.fromkeys(("City", "Country", "CountryCode", "County"), Text(255)),
        **dict.fromkeys(("CountrySubDivisionCode", "PostalCode", "PostalCodeSuffix"), Text(255)),
        **dict.fromkeys(("Id", "Lat", "Long", "Tag", "Note"), Text(50)),
    }
)
_PHONE = Shape({"FreeFormNumber": Text(30), **dict.fromkeys(("Id", "Tag"), Text(50))})
_EMAIL = Shape({"Address": EMAIL, **dict.fromkeys(("Id", "Tag"), Text(50))})
_WEB = Shape({"URI": Text(1000), **dict.fromkeys(("Id", "Tag"), Text(50))})

_EXPENSE: dict[str, Kind] = {
    "CustomerRef": REF,
    "ClassRef": REF,
    "TaxCodeRef": REF,
    "BillableStatus": one_of("Billable|NotBillable|HasBeenBilled"),
    "MarkupInfo": ANYTHING,
    "TaxAmount": NUMBER,
    "TaxInclusiveAmt": NUMBER,
}
_LINKED = Shape({"TxnId": Text(20), "TxnType": Text(40), "TxnLineId": Text(20)})
_LINE: dict[str, Kind] = {
    "Id": Text(20),
    "LineNum": NUMBER,
    "Description": Text(4000),
    "Amount": NUMBER,
    "LinkedTxn": Many(_LINKED),
    "CustomField": Many(ANYTHING),
    "ProjectRef": REF,
}
ACCOUNT_LINE, ITEM_LINE = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"
EXPENSE_LINE = Shape(
    {
        **_LINE,
        "DetailType": one_of(f"{ACCOUNT_LINE}|{ITEM_LINE}|DescriptionOnly|TDSLineDetail"),
        ACCOUNT_LINE: Shape({**_EXPENSE, "AccountRef": REF}),
        ITEM_LINE: Shape(
            {
                **_EXPENSE,
                **dict.fromkeys(("ItemRef", "UOMRef", "PriceLevelRef", "ItemAccountRef"), REF),
                **dict.fromkeys(("Qty", "UnitPrice", "RatePercent"), NUMBER),
            }
        ),
        "DescriptionLineDetail": ANYTHING,
    }
)
_TAX_LINE = Shape(
    {
        **_LINE,
        "DetailType": one_of("TaxLineDetail"),
        "TaxLineDetail": Shape(
            {
                "TaxRateRef": REF,
                "PercentBased": BOOL,
                "TaxPercent": NUMBER,
                "NetAmountTaxable": NUMBER,
                "TaxInclusiveAmount": NUMBER,
                "OverrideDeltaAmount": NUMBER,
            }
        ),
    }
)
_TRANSACTION: dict[str, Kind] = {
    **_ENTITY,
    "DocNumber": Text(21),
    "TxnDate": DAY,
    "DepartmentRef": REF,
    "CurrencyRef": REF,
    "ExchangeRate": NUMBER,
    "PrivateNote": Text(4000),
    "LinkedTxn": Many(_LINKED),
    "TxnTaxDetail": Shape(
        {
            "DefaultTaxCodeRef": REF,
            "TxnTaxCodeRef": REF,
            "TotalTax": NUMBER,
            "TaxLine": Many(_TAX_LINE),
        }
    ),
    "TransactionLocationType": Text(50),
    "RecurDataRef": REF,
    "Tag": ANYTHING,
    "Line": Many(EXPENSE_LINE),
    "TotalAmt": NUMBER,
    "GlobalTaxCalculation": one_of("TaxExcluded|TaxInclusive|NotApplicable"),
    "IncludeInAnnualTPAR": BOOL,
}
_PAYABLE: dict[str, Kind] = {
    **_TRANSACTION,
    "VendorRef": REF,
    "APAccountRef": REF,
    "Memo": Text(4000),
    "BillEmail": _EMAIL,
    "ReplyEmail": _EMAIL,
    "Balance": NUMBER,
    "HomeBalance": NUMBER,
    "VendorAddr": _ADDRESS,
}
_CHECK = Shape({"BankAccountRef": REF, "PrintStatus": Text(30), "CheckNum": Text(21)})
_NAME: dict[str, Kind] = {
    **_ENTITY,
    "Title": Text(16),
    "GivenName": Text(100),
    "MiddleName": Text(100),
    "FamilyName": Text(100),
    "Suffix": Text(16),
    "FullyQualifiedName": Text(500),
    "CompanyName": Text(100),
    "DisplayName": Text(500, ":\t\n"),
    "PrintOnCheckName": Text(110),
    "Organization": BOOL,
    "Active": BOOL,
    **dict.fromkeys(("PrimaryPhone", "AlternatePhone", "Mobile", "Fax"), _PHONE),
    "PrimaryEmailAddr": _EMAIL,
    "WebAddr": _WEB,
    "OtherContactInfo": ANYTHING,
    "DefaultTaxCodeRef": REF,
    "Notes": Text(4000),
    "CurrencyRef": REF,
    "Balance": NUMBER,
    **dict.fromkeys(("BillAddr", "ShipAddr"), _ADDRESS),
}
_ACCOUNT_TYPES = (
    "Bank|Accounts Receivable|Other Current Asset|Fixed Asset|Other Asset|Accounts Payable|"
    "Credit Card|Other Current Liability|Long Term Liability|Equity|Income|Cost of Goods Sold|"
    "Expense|Other Income|Other Expense|Non-Posting"
)

SHAPES: dict[str, Shape] = {
    "Bill": Shape(
        {
            **_PAYABLE,
            "DueDate": DAY,
            "SalesTermRef": REF,
            "PayerRef": REF,
            "RemitToAddr": _ADDRESS,
            "ShipAddr": _ADDRESS,
        }
    ),
    "VendorCredit": Shape(_PAYABLE),
    "Purchase": Shape(
        {
            **_TRANSACTION,
            "AccountRef": REF,
            "PaymentMethodRef": REF,
            "PaymentRefNum": Text(21),
            "PaymentType": one_of("Cash|Check|CreditCard|Expense|Other"),
            "EntityRef": REF,
            "Credit": BOOL,
            "RemitToAddr": _ADDRESS,
            "PrintStatus": Text(30),
            "CheckPayment": ANYTHING,
            "CreditCardPayment": ANYTHING,
            "Memo": Text(4000),
        }
    ),
    "BillPayment": Shape(
        {
            **_ENTITY,
            "DocNumber": Text(21),
            "TxnDate": DAY,
            "DepartmentRef": REF,
            "CurrencyRef": REF,
            "ExchangeRate": NUMBER,
            "PrivateNote": Text(4000),
            "VendorRef": REF,
            "APAccountRef": REF,
            "PayType": one_of("Check|CreditCard"),
            "CheckPayment": _CHECK,
            "CreditCardPayment": Shape({"CCAccountRef": REF}),
            "TotalAmt": NUMBER,
            "ProcessBillPayment": BOOL,
            "Line": Many(Shape({"Amount": NUMBER, "LinkedTxn": Many(_LINKED), "Id": Text(20)})),
        }
    ),
    "Vendor": Shape(
        {
            **_NAME,
            "AcctNum": Text(100),
            "TaxIdentifier": Text(20),
            "TaxCountry": Text(2),
            "TaxReportingBasis": one_of("Cash|Accrual"),
            "BusinessNumber": Text(10),
            "GSTIN": Text(15),
            "GSTRegistrationType": Text(15),
            "TermRef": REF,
            "APAccountRef": REF,
            "ParentRef": REF,
            "Vendor1099": BOOL,
            "HasTPAR": BOOL,
            "T4AEligible": BOOL,
            "T5018Eligible": BOOL,
            "BillRate": NUMBER,
            "CostRate": NUMBER,
            "Source": Text(30),
            "ContactName": Text(100),
            "AltContactName": Text(100),
            "VendorPaymentBankDetail": ANYTHING,
        }
    ),
    "Customer": Shape({**_NAME, "ParentRef": REF, "Job": BOOL, "Taxable": BOOL}),
    "Employee": Shape({**_NAME, "PrimaryAddr": _ADDRESS}),
    "Account": Shape(
        {
            **_ENTITY,
            "Name": Text(100, ':"'),
            "SubAccount": BOOL,
            "ParentRef": REF,
            "Description": Text(100),
            "FullyQualifiedName": Text(500),
            "Active": BOOL,
            "Classification": one_of("Asset|Equity|Expense|Liability|Revenue"),
            "AccountType": one_of(_ACCOUNT_TYPES),
            "AccountSubType": Text(100),
            "AcctNum": Text(20, ":"),
            "CurrentBalance": NUMBER,
            "CurrentBalanceWithSubAccounts": NUMBER,
            "CurrencyRef": REF,
            "TaxCodeRef": REF,
        }
    ),
    "Item": Shape(
        {
            **_ENTITY,
            "Name": Text(100, ":\t\n"),
            "Sku": Text(100),
            "Description": Text(4000),
            "PurchaseDesc": Text(1000),
            "Active": BOOL,
            "FullyQualifiedName": Text(500),
            "Taxable": BOOL,
            "UnitPrice": NUMBER,
            "PurchaseCost": NUMBER,
            "Type": one_of("Inventory|NonInventory|Service|Category|Group"),
            "TrackQtyOnHand": BOOL,
            "QtyOnHand": NUMBER,
            "InvStartDate": DAY,
            "Level": NUMBER,
            "SubItem": BOOL,
            "RatePercent": NUMBER,
            "PercentBased": BOOL,
            "AvgCost": NUMBER,
            **dict.fromkeys(("SalesTaxIncluded", "PurchaseTaxIncluded", "AbatementRate"), ANYTHING),
            **dict.fromkeys(("ReverseChargeRate", "ServiceType", "ItemCategoryType"), ANYTHING),
            **dict.fromkeys(
                ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "ParentRef"), REF
            ),
        }
    ),
    "Term": Shape(
        {
            **_ENTITY,
            "Name": Text(31),
            "Active": BOOL,
            "Type": one_of("STANDARD|DATE_DRIVEN"),
            **dict.fromkeys(
                (
                    "DiscountPercent",
                    "DueDays",
                    "DiscountDays",
                    "DayOfMonthDue",
                    "DueNextMonthDays",
                    "DiscountDayOfMonth",
                ),
                NUMBER,
            ),
        }
    ),
    "Class": Shape(
        {
            **_ENTITY,
            "Name": Text(100, ":\t\n"),
            "SubClass": BOOL,
            "ParentRef": REF,
            "FullyQualifiedName": Text(500),
            "Active": BOOL,
        }
    ),
    "Department": Shape(
        {
            **_ENTITY,
            "Name": Text(100, ":\t\n"),
            "SubDepartment": BOOL,
            "ParentRef": REF,
            "FullyQualifiedName": Text(500),
            "Active": BOOL,
            "Address": _ADDRESS,
        }
    ),
    "CompanyCurrency": Shape({**_ENTITY, "Code": Text(3), "Name": Text(100), "Active": BOOL}),
    "Attachable": Shape(
        {
            **_ENTITY,
            "AttachableRef": Many(
                Shape(
                    {
                        "EntityRef": REF,
                        "LineInfo": Text(20),
                        "IncludeOnSend": BOOL,
                        "NoRefOnly": BOOL,
                        "Inactive": BOOL,
                        "CustomField": Many(ANYTHING),
                    }
                )
            ),
            "FileName": Text(1000),
            "ContentType": Text(100),
            "Note": Text(2000),
            "Category": Text(100),
            "Size": NUMBER,
            "Tag": Text(2000),
            **dict.fromkeys(
                ("FileAccessUri", "TempDownloadUri", "ThumbnailFileAccessUri"), Text(4000)
            ),
            **dict.fromkeys(("ThumbnailTempDownloadUri", "PlaceName"), Text(4000)),
            **dict.fromkeys(("Lat", "Long"), Text(50)),
        }
    ),
}

_EMAIL_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")


def admit(entity: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what is absent, numbers as Decimal, references as text.

    Raises: Refused with 2010 2030 2040 2050 2060 2090 2170 2210.
    """
    return _shape(body, SHAPES[entity])


def _shape(value: Any, shape: Shape) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused("2010", f"Property Name:an object was expected instead of {_short(value)}")
    kept: dict[str, Any] = {}
    for name, given in value.items():
        kind = shape.fields.get(name)
        if kind is None:
            detail = f"Property Name:{name} specified is unsupported or invalid"
            raise Refused("2010", detail, name)
        if given is None or given == "":
            continue
        taken = _value(name, given, kind)
        if taken != {}:  # an empty object is absent, too
            kept[name] = taken
    return kept


def _value(name: str, given: Any, kind: Kind) -> Any:
    if isinstance(kind, Shape):
        return _shape(given, kind)
    if isinstance(kind, Many):
        if not isinstance(given, list):
            raise Refused("2010", f"Property Name:{name} must be an array", name)
        return [_value(name, one, kind.of) for one in given if one is not None]
    if isinstance(kind, Text):
        return _text(name, given, kind)
    if isinstance(kind, Number):
        return _number(name, given)
    if isinstance(kind, Bool):
        if str(given).lower() not in ("true", "false"):
            raise Refused("2010", f"Invalid Boolean : {name}={_short(given)}", name)
        return str(given).lower() == "true"
    if isinstance(kind, Day):
        return _day(name, given)
    if isinstance(kind, OneOf):
        if given not in kind.values:
            raise Refused("2170", f"Invalid Enumeration : {_short(given)}", name)
        return given
    if isinstance(kind, Email):
        text = _text(name, given, Text(100))
        if not all(_EMAIL_ADDRESS.fullmatch(one.strip()) for one in text.split(",")):
            raise Refused("2210", "Email Address does not conform to RFC 822", name)
        return text
    return given


def _text(name: str, given: Any, kind: Text) -> str:
    if isinstance(given, bool) or not isinstance(given, (str, int, Decimal)):
        raise Refused("2010", f"Property Name:{name} must be a string", name)
    text = str(given)
    if len(text) > kind.longest:
        raise Refused(
            "2050",
            "String length specified does not match the supported length. "
            f"Min:0 Max:{kind.longest} supported. Supplied length:{len(text)}",
            name,
        )
    if any(character in text for character in kind.forbidden):
        raise Refused("2040", f"Property value:{name} contains invalid characters", name)
    return text


def _number(name: str, given: Any) -> Decimal:
    if isinstance(given, bool):
        raise Refused("2090", f"Invalid Number : {_short(given)}", name)
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise Refused("2090", f"Invalid Number : {_short(given)}", name) from None
    if not number.is_finite() or len(number.as_tuple().digits) > 15 or abs(number) >= 10**15:
        raise Refused("2090", f"Invalid Number : {_short(given)} has more than 15 digits", name)
    return number


def _day(name: str, given: Any) -> str:
    found = _DAY.fullmatch(given) if isinstance(given, str) else None
    try:
        return date.fromisoformat(found[1]).isoformat()  # type: ignore[index]
    except (TypeError, ValueError):
        raise Refused("2060", f"Invalid Date : {_short(given)}", name) from None


def _short(value: Any) -> str:
    return str(value)[:60]
