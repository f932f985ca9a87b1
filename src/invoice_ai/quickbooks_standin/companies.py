"""The invented companies every stand-in starts with.

| realm            | company                       | special                                        |
|------------------|-------------------------------|------------------------------------------------|
| 9130350000000010 | Maple & Main Supply (US, USD) | duplicate document numbers are refused company-wide |
| 9130350000000020 | Harbour Lane Trading (GB, GBP)| VAT, several currencies                        |
| 9130350000000030 | Cedar Point Outfitters (CA)   | GST/HST, books closed up to 2024-12-31         |
| 9130350000000040 | Lapsed & Sons (US, USD)       | subscription ended: every write is refused 6190 |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from invoice_ai.quickbooks_standin.books import Books, Thing

US, GB, CA, EXPIRED = (
    "9130350000000010",
    "9130350000000020",
    "9130350000000030",
    "9130350000000040",
)
REALMS = {US: "us", GB: "gb", CA: "ca", EXPIRED: "expired"}

CURRENCY_NAMES = {
    "USD": "United States Dollar",
    "GBP": "British Pound Sterling",
    "CAD": "Canadian Dollar",
    "EUR": "Euro",
    "CHF": "Swiss Franc",
    "SEK": "Swedish Krona",
    "JPY": "Japanese Yen",
}
# Home units for one foreign unit; the same on every day, so that tests know them.
RATES_IN_USD = {
    "USD": Decimal("1"),
    "GBP": Decimal("1.3125"),
    "EUR": Decimal("1.1375"),
    "CAD": Decimal("0.7350"),
    "CHF": Decimal("1.2250"),
    "SEK": Decimal("0.1015"),
    "JPY": Decimal("0.0066"),
}


@dataclass(frozen=True)
class Company:
    realm: str
    name: str
    country: str
    home: str
    currencies: tuple[str, ...] = ()
    vendors: tuple[tuple[str, str], ...] = ()
    closed_until: str = ""
    expired: bool = False
    doc_numbers: str = "vendor"  # where a number may stand once: company, vendor, or off
    tax: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = field(default=())
    default_tax: str = ""


COMPANIES = (
    Company(
        US,
        "Maple & Main Supply (stand-in)",
        "US",
        "USD",
        vendors=(
            ("Northwind Consulting LLC", "USD"),
            ("Granite Peak Supply Co.", "USD"),
            ("Blue Heron Couriers", "USD"),
            ("O'Brien \\ Söhne & Co #1", "USD"),
        ),
        doc_numbers="company",
    ),
    Company(
        GB,
        "Harbour Lane Trading Ltd (stand-in)",
        "GB",
        "GBP",
        currencies=("EUR", "USD", "CHF", "SEK"),
        vendors=(
            ("Fenwick Paper Mills Ltd", "GBP"),
            ("Tischlerei Eichblatt", "EUR"),
            ("Atelier Lumière SARL", "EUR"),
            ("Blue Heron Couriers (USD)", "USD"),
        ),
        tax=(
            ("20.0% S", "Standard rate", (("20.0% S (Purchases)", "20"),)),
            ("5.0% R", "Reduced rate", (("5.0% R (Purchases)", "5"),)),
            ("0.0% Z", "Zero rate", (("0.0% Z (Purchases)", "0"),)),
            ("Exempt", "Exempt", (("Exempt (Purchases)", "0"),)),
            ("No VAT", "No VAT", (("No VAT (Purchases)", "0"),)),
            (
                "20.0% RC",
                "Reverse charge",
                (("20.0% RC (Purchases)", "20"), ("20.0% RC (Offset)", "-20")),
            ),
        ),
        default_tax="20.0% S",
    ),
    Company(
        CA,
        "Cedar Point Outfitters Inc. (stand-in)",
        "CA",
        "CAD",
        vendors=(("Prairie Sky Freight", "CAD"), ("Laurentide Papeterie", "CAD")),
        closed_until="2024-12-31",
        tax=(
            ("GST", "GST 5%", (("GST (ITC)", "5"),)),
            ("HST ON", "HST Ontario 13%", (("HST (ON, ITC)", "13"),)),
            ("GST/PST BC", "GST 5% and PST 7%", (("GST (BC, ITC)", "5"), ("PST (BC)", "7"))),
            ("GST/QST QC", "GST 5% and QST 9.975%", (("GST (QC, ITC)", "5"), ("QST", "9.975"))),
            ("Zero-rated", "Zero-rated", (("Zero-rated (ITC)", "0"),)),
            ("Exempt", "Exempt", (("Exempt", "0"),)),
            ("Out of Scope", "Out of scope", (("Out of scope", "0"),)),
        ),
        default_tax="GST",
    ),
    Company(EXPIRED, "Lapsed & Sons (stand-in)", "US", "USD", expired=True),
)

# (Id, Name, AccountType, AccountSubType, Classification, AcctNum, parent id)
_ACCOUNTS = (
    ("1", "Office Supplies", "Expense", "OfficeGeneralAdministrativeExpenses", "6100", ""),
    ("7", "Advertising", "Expense", "AdvertisingPromotional", "6010", ""),
    ("8", "Legal & Professional Fees", "Expense", "LegalProfessionalFees", "6200", ""),
    ("9", "Accounting", "Expense", "LegalProfessionalFees", "6210", "8"),
    ("10", "Rent or Lease", "Expense", "RentOrLeaseOfBuildings", "6300", ""),
    ("11", "Utilities", "Expense", "Utilities", "6400", ""),
    ("12", "Telephone", "Expense", "Utilities", "6410", "11"),
    ("13", "Travel", "Expense", "Travel", "6500", ""),
    ("14", "Repairs & Maintenance", "Expense", "RepairMaintenance", "6600", ""),
    ("15", "Freight & Delivery", "Expense", "ShippingFreightDelivery", "6700", ""),
    (
        "16",
        "Software & Subscriptions",
        "Expense",
        "OfficeGeneralAdministrativeExpenses",
        "6800",
        "",
    ),
    ("17", "Sales Tax Paid", "Expense", "TaxesPaid", "6900", ""),
    ("18", "Uncategorized Expense", "Expense", "OtherMiscellaneousServiceCost", "6990", ""),
    ("20", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "5000", ""),
    ("21", "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss", "8000", ""),
    ("25", "Furniture & Equipment", "Fixed Asset", "FurnitureAndFixtures", "1500", ""),
    ("26", "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses", "1300", ""),
    ("27", "Inventory Asset", "Other Current Asset", "Inventory", "1200", ""),
    ("30", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "2000", ""),
    ("35", "Checking", "Bank", "Checking", "1000", ""),
    ("36", "Mastercard", "Credit Card", "CreditCard", "2100", ""),
    ("42", "Visa", "Credit Card", "CreditCard", "2110", ""),
    ("40", "Sales", "Income", "SalesOfProductIncome", "4000", ""),
)
_CLASSIFICATION = {
    "Expense": "Expense",
    "Cost of Goods Sold": "Expense",
    "Other Expense": "Expense",
    "Fixed Asset": "Asset",
    "Other Current Asset": "Asset",
    "Bank": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Income": "Revenue",
}


def currency_ref(code: str) -> Thing:
    return {"value": code, "name": CURRENCY_NAMES.get(code, code)}


def seed(books: Books, company: Company) -> None:
    """Fill empty books. Same calls, same ids."""
    info = _info(company)
    books.keep_company(
        {
            "country": company.country,
            "expired": company.expired,
            "doc_numbers": company.doc_numbers,
            "name": company.name,
            "info": info,
            "preferences": _preferences(company),
        }
    )
    _seed_accounts(books, company)
    _seed_tax(books, company)
    for id_, name, days in (
        ("1", "Due on receipt", 0),
        ("2", "Net 10", 10),
        ("3", "Net 15", 15),
        ("4", "Net 30", 30),
        ("5", "Net 60", 60),
    ):
        term = {"Name": name, "Active": True, "Type": "STANDARD", "DueDays": days}
        books.add("Term", {**term, "DiscountPercent": 0, "DiscountDays": 0}, id_=id_)
    if company.realm in (US, GB):
        for name in ("Retail", "Wholesale"):
            books.add("Class", {"Name": name, "FullyQualifiedName": name, "Active": True})
        for name in ("Main Street", "Warehouse"):
            books.add("Department", {"Name": name, "FullyQualifiedName": name, "Active": True})
    for code in company.currencies:
        books.add("CompanyCurrency", {"Code": code, "Name": CURRENCY_NAMES[code], "Active": True})
    for name, currency in company.vendors:
        books.add(
            "Vendor",
            {
                "DisplayName": name,
                "CompanyName": name,
                "PrintOnCheckName": name,
                "Active": True,
                "Balance": 0,
                "Vendor1099": False,
                "CurrencyRef": currency_ref(currency),
            },
        )
    for entity, name in (("Customer", "Riverside Cafe"), ("Employee", "Dana Whitfield")):
        named: Thing = {"DisplayName": name, "PrintOnCheckName": name, "Active": True}
        if entity == "Employee":
            named |= {"GivenName": "Dana", "FamilyName": "Whitfield"}
        else:
            named |= {"CompanyName": name, "CurrencyRef": currency_ref(company.home), "Balance": 0}
        books.add(entity, named)
    books.add(
        "Item",
        {
            "Name": "Copy paper",
            "FullyQualifiedName": "Copy paper",
            "Active": True,
            "Type": "NonInventory",
            "UnitPrice": Decimal("5.5"),
            "PurchaseCost": Decimal("4.2"),
            "ExpenseAccountRef": {"value": "1", "name": "Office Supplies"},
            "IncomeAccountRef": {"value": "40", "name": "Sales"},
            "TrackQtyOnHand": False,
        },
    )
    books.add(
        "Item",
        {
            "Name": "Display stand",
            "FullyQualifiedName": "Display stand",
            "Active": True,
            "Type": "Inventory",
            "UnitPrice": Decimal("120"),
            "PurchaseCost": Decimal("75"),
            "ExpenseAccountRef": {"value": "20", "name": "Cost of Goods Sold"},
            "IncomeAccountRef": {"value": "40", "name": "Sales"},
            "AssetAccountRef": {"value": "27", "name": "Inventory Asset"},
            "TrackQtyOnHand": True,
            "QtyOnHand": 12,
            "InvStartDate": "2020-01-01",
        },
    )
    books.changes.clear()


def rates_on(books: Books, day: str) -> list[Thing]:
    """The exchange rates of a day: what was set for it, else those of the table."""
    kept = books.noted("rates")
    codes = [one["Code"] for one in books.all("CompanyCurrency") if one.get("Active", True)]
    return [kept.get(f"{code}/{day}") or _usual_rate(books, code, day) for code in codes]


def rate_of(books: Books, code: str, day: str) -> Thing | None:
    """The rate of one currency, also of one that the company does not use (yet)."""
    if code not in RATES_IN_USD:
        return None
    kept: Thing | None = books.noted("rates").get(f"{code}/{day}")
    return kept or _usual_rate(books, code, day)


def _usual_rate(books: Books, code: str, day: str) -> Thing:
    rate = (RATES_IN_USD[code] / RATES_IN_USD[books.home]).quantize(Decimal("0.000001"))
    return {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": books.home,
        "Rate": rate.normalize(),
        "AsOfDate": day,
        "MetaData": {"LastUpdatedTime": books.clock.stamp()},
    }


def _seed_accounts(books: Books, company: Company) -> None:
    names = {row[0]: row[1] for row in _ACCOUNTS}
    for id_, name, type_, sub_type, number, parent in _ACCOUNTS:
        account: Thing = {
            "Name": name,
            "SubAccount": bool(parent),
            "FullyQualifiedName": f"{names[parent]}:{name}" if parent else name,
            "Active": True,
            "Classification": _CLASSIFICATION[type_],
            "AccountType": type_,
            "AccountSubType": sub_type,
            "AcctNum": number,
            "CurrentBalance": 0,
            "CurrentBalanceWithSubAccounts": 0,
            "CurrencyRef": currency_ref(company.home),
        }
        if parent:
            account["ParentRef"] = {"value": parent, "name": names[parent]}
        books.add("Account", account, id_=id_)
    for at, code in enumerate(company.currencies):
        _add_payable_account(books, code, str(31 + at))
    # Ids of what comes later go on after these, as in a company that has been used for a while.
    books.note_last_id(100)


def payable_account(books: Books, currency: str) -> Thing:
    """Where bills of a currency go; the service makes one with the first bill of a currency."""
    for account in books.all("Account"):
        if (
            account["AccountType"] == "Accounts Payable"
            and account["Active"]
            and account["CurrencyRef"]["value"] == currency
        ):
            return account
    return _add_payable_account(books, currency)


def _add_payable_account(books: Books, currency: str, id_: str | None = None) -> Thing:
    name = f"Accounts Payable (A/P) - {currency}"
    account = {
        "Name": name,
        "SubAccount": False,
        "FullyQualifiedName": name,
        "Active": True,
        "Classification": "Liability",
        "AccountType": "Accounts Payable",
        "AccountSubType": "AccountsPayable",
        "CurrentBalance": 0,
        "CurrentBalanceWithSubAccounts": 0,
        "CurrencyRef": currency_ref(currency),
    }
    return books.add("Account", account, id_=id_)


def _seed_tax(books: Books, company: Company) -> None:
    if company.country == "US":
        for id_, name, taxable in (("TAX", "Tax", True), ("NON", "Non-Taxable", False)):
            code = {"Name": id_, "Description": name, "Active": True, "Hidden": False}
            books.add("TaxCode", {**code, "Taxable": taxable, "TaxGroup": False}, id_=id_)
        return
    rate_id = 1
    for at, (name, description, rates) in enumerate(company.tax, start=1):
        details = []
        for order, (rate_name, percent) in enumerate(rates):
            books.add(
                "TaxRate",
                {
                    "Name": rate_name,
                    "Description": rate_name,
                    "Active": True,
                    "RateValue": Decimal(percent),
                    "AgencyRef": {"value": "1"},
                    "SpecialTaxType": "NONE",
                    "DisplayType": "ReadOnly",
                    "EffectiveTaxRate": [
                        {
                            "RateValue": Decimal(percent),
                            "EffectiveDate": "2011-01-04T00:00:00-08:00",
                        }
                    ],
                },
                id_=str(rate_id),
            )
            details.append(
                {
                    "TaxRateRef": {"value": str(rate_id), "name": rate_name},
                    "TaxTypeApplicable": "TaxOnAmount",
                    "TaxOrder": order,
                }
            )
            rate_id += 1
        books.add(
            "TaxCode",
            {
                "Name": name,
                "Description": description,
                "Active": True,
                "Hidden": False,
                "Taxable": name not in ("No VAT", "Out of Scope"),
                "TaxGroup": True,
                "SalesTaxRateList": {"TaxRateDetail": details},
                "PurchaseTaxRateList": {"TaxRateDetail": details},
            },
            id_=str(at),
        )


def _info(company: Company) -> Thing:
    cities = {
        "US": {"Line1": "12 Main Street", "City": "Springfield", "PostalCode": "97477"},
        "GB": {"Line1": "4 Harbour Lane", "City": "Whitby", "PostalCode": "YO21 1AA"},
        "CA": {"Line1": "88 Cedar Point Road", "City": "Kelowna", "PostalCode": "V1Y 1A1"},
    }
    address = {"Id": "1", **cities[company.country], "Country": company.country}
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        "CompanyAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationAddr": address,
        "CompanyStartDate": "2019-04-01",
        "FiscalYearStartMonth": "January",
        "Country": company.country,
        "Email": {"Address": "books@example.com"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Wholesale trade"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "SubscriptionStatus", "Value": "EXPIRED" if company.expired else "PAID"},
        ],
    }


def _preferences(company: Company) -> Thing:
    tracked = company.realm in (US, GB)
    accounting: dict[str, Any] = {
        "FirstMonthOfFiscalYear": "January",
        "UseAccountNumbers": True,
        "TaxYearMonth": "January",
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": tracked,
        "TrackDepartments": tracked,
        "CustomerTerminology": "Customers",
        "DepartmentTerminology": "Location",
    }
    if company.closed_until:
        accounting["BookCloseDate"] = company.closed_until
    warn = "true" if company.doc_numbers == "company" else "false"
    return {
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {"ForSales": True, "ForPurchase": True},
        "SalesFormsPrefs": {"CustomTxnNumbers": company.doc_numbers == "company"},
        "VendorAndPurchasesPrefs": {
            "BillableExpenseTracking": True,
            "TrackingByCustomer": True,
            "DefaultTerms": {"value": "4"},
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": company.country == "US"},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": bool(company.currencies),
            "HomeCurrency": {"value": company.home},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {
            "NameValue": [
                {"Name": "WarnDuplicateBillNumber", "Value": warn},
                {"Name": "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "Value": warn},
                {"Name": "UncategorizedExpensesAccountId", "Value": "18"},
                {"Name": "AccountingInfoPrefs.DefaultTaxRateSelection", "Value": "1"},
            ]
        },
    }
