"""Bills, credits, purchases: what is filled in, computed and refused, for every kind of company."""

from __future__ import annotations

from typing import Any

import pytest
from tests.quickbooks_server import CA, EXPIRED, GB, US, QuickBooksServer
from tests.quickbooks_standin.bodies import bill, error, line, taxed, vendor_id


def test_the_documented_minimal_bill_gets_the_documented_defaults(
    quickbooks: QuickBooksServer,
) -> None:
    us = quickbooks.client()
    made = us.post("bill", json=bill(vendor_id(us), TxnDate="2026-10-01")).json()["Bill"]
    assert made["SyncToken"] == "0"
    assert (made["domain"], made["sparse"]) == ("QBO", False)
    assert (made["TotalAmt"], made["Balance"]) == (200.0, 200.0)
    assert (made["TxnDate"], made["DueDate"]) == ("2026-10-01", "2026-10-01")
    assert made["APAccountRef"] == {"value": "30", "name": "Accounts Payable (A/P)"}
    assert made["Line"][0]["Id"] == "1"
    detail = made["Line"][0]["AccountBasedExpenseLineDetail"]
    assert detail["BillableStatus"] == "NotBillable"
    assert detail["TaxCodeRef"] == {"value": "NON"}
    assert made["MetaData"]["CreateTime"].endswith("-07:00")


def test_a_term_sets_the_due_date(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    asked = bill(vendor_id(us), TxnDate="2026-10-01", SalesTermRef={"value": "4"})
    assert us.post("bill", json=asked).json()["Bill"]["DueDate"] == "2026-10-31"


REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("no vendor", {"VendorRef": None}, "2020", "VendorRef"),
    ("no lines", {"Line": []}, "2020", "Line"),
    ("unknown vendor", {"VendorRef": {"value": "999"}}, "2500", "Names element id 999"),
    ("unknown account", {"Line": [line(1, "999")]}, "2500", "Accounts element id 999"),
    ("unknown class", {"Line": [line(1, ClassRef={"value": "9"})]}, "2500", "Klasses element"),
    ("unknown property", {"Vendor": "x"}, "2010", "Vendor"),
    ("long number", {"DocNumber": "x" * 22}, "2050", "Supplied length:22"),
    ("long note", {"PrivateNote": "x" * 4001}, "2050", "Max:4000"),
    ("not a date", {"TxnDate": "2026-02-30"}, "2060", "2026-02-30"),
    ("not a number", {"Line": [line("12,50")]}, "2090", "12,50"),  # type: ignore[arg-type]
    ("16 digits", {"Line": [line(1234567890123456)]}, "2090", "15 digits"),
    ("unknown enumeration", {"GlobalTaxCalculation": "Sometimes"}, "2170", "Sometimes"),
    ("a tax code of Europe", {"Line": [taxed(1, "20.0% S")]}, "6100", "TAX or NON"),
    ("payable account on a line", {"Line": [line(1, "30")]}, "6430", "Accounts Payable"),
    ("less than nothing", {"Line": [line(5), line(-6)]}, "2290", "-1"),
    ("another currency", {"CurrencyRef": {"value": "EUR"}}, "6000", "Multicurrency"),
    ("due before its date", {"TxnDate": "2026-10-02", "DueDate": "2026-10-01"}, "6000", "due"),
    ("billable to nobody", {"Line": [line(1, BillableStatus="Billable")]}, "6000", "customer"),
    (
        "quantity times price",
        {
            "Line": [
                {
                    "DetailType": "ItemBasedExpenseLineDetail",
                    "Amount": 100,
                    "ItemBasedExpenseLineDetail": {
                        "ItemRef": {"value": "111"},
                        "Qty": 8,
                        "UnitPrice": 10,
                    },
                }
            ]
        },
        "6070",
        "UnitPrice * Qty",
    ),
    (
        "account beside the detail",
        {
            "Line": [
                {
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "Amount": 1,
                    "AccountRef": {"value": "7"},
                }
            ]
        },
        "2010",
        "AccountRef",
    ),
]


@pytest.mark.parametrize(
    ("_what", "change", "code", "words"), REFUSALS, ids=[r[0] for r in REFUSALS]
)
def test_a_wrong_bill_is_refused_with_the_services_code(
    quickbooks: QuickBooksServer, _what: str, change: dict[str, Any], code: str, words: str
) -> None:
    us = quickbooks.client()
    answer = us.post("bill", json=bill(vendor_id(us)) | change)
    status, found, detail = error(answer)
    assert (status, found) == (400, code), detail
    assert words in detail
    assert quickbooks.documents() == []


def test_inactive_names_and_accounts_are_610(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    vendor = vendor_id(us)
    quickbooks.user("deactivate_account", id="7")
    assert error(us.post("bill", json=bill(vendor)))[1] == "610"
    quickbooks.user("deactivate_vendor", id=vendor)
    assert error(us.post("bill", json=bill(vendor, line(1, "1"))))[1] == "610"
    account = us.get("account/7").json()["Account"]
    assert (account["Name"], account["Active"]) == ("Advertising (deleted)", False)


def test_a_number_is_used_once_and_the_refusal_names_the_document(
    quickbooks: QuickBooksServer,
) -> None:
    us = quickbooks.client()
    vendor, other = vendor_id(us), vendor_id(us, "Granite Peak Supply Co.")
    first = us.post("bill", json=bill(vendor, DocNumber="18696")).json()["Bill"]["Id"]
    status, code, detail = error(us.post("vendorcredit", json=bill(other, DocNumber="18696")))
    assert (status, code) == (400, "6140")
    assert f"DocNumber=18696 is assigned to TxnType=Bill with TxnId={first}" in detail
    allowed = us.post(
        "bill",
        json=bill(other, DocNumber="18696"),
        params={"include": "allowduplicatedocnum", "minorversion": "75"},
    )
    assert allowed.status_code == 200
    gb = quickbooks.client(GB)
    for name in ("Tischlerei Eichblatt", "Atelier Lumière SARL"):
        asked = bill(
            vendor_id(gb, name),
            taxed(1, "1"),
            DocNumber="R-1",
            CurrencyRef={"value": "EUR"},
            ExchangeRate=0.86,
        )
        assert gb.post("bill", json=asked).status_code == 200  # once per vendor there


def test_vat_is_computed_per_rate_and_rounded_once(quickbooks: QuickBooksServer) -> None:
    gb = quickbooks.client(GB)
    lines = [taxed(10.33, "1"), taxed(10.33, "1"), taxed(10.33, "2"), taxed(5, "3")]
    asked = bill(vendor_id(gb, "Fenwick Paper Mills Ltd"), *lines, CurrencyRef={"value": "GBP"})
    made = gb.post("bill", json=asked).json()["Bill"]
    assert made["GlobalTaxCalculation"] == "TaxExcluded"
    rows = [
        (
            row["TaxLineDetail"]["TaxPercent"],
            row["TaxLineDetail"]["NetAmountTaxable"],
            row["Amount"],
        )
        for row in made["TxnTaxDetail"]["TaxLine"]
    ]
    assert rows == [(20, 20.66, 4.13), (5, 10.33, 0.52), (0, 5, 0)]
    assert made["TxnTaxDetail"]["TotalTax"] == 4.65
    assert made["TotalAmt"] == 40.64


def test_inclusive_amounts_are_split_and_add_up_again(quickbooks: QuickBooksServer) -> None:
    ca = quickbooks.client(CA)
    asked = bill(
        vendor_id(ca), taxed(113, "2"), taxed(99.99, "3"), GlobalTaxCalculation="TaxInclusive"
    )
    made = ca.post("bill", json=asked).json()["Bill"]
    assert made["TotalAmt"] == 212.99
    assert made["Line"][0]["Amount"] == 100
    detail = made["Line"][1]["AccountBasedExpenseLineDetail"]
    assert detail["TaxInclusiveAmt"] == 99.99
    nets = sum(row["Amount"] for row in made["Line"])
    assert round(nets + made["TxnTaxDetail"]["TotalTax"], 2) == 212.99
    assert len(made["TxnTaxDetail"]["TaxLine"]) == 3  # HST; GST and PST


def test_reverse_charge_adds_nothing(quickbooks: QuickBooksServer) -> None:
    gb = quickbooks.client(GB)
    asked = bill(
        vendor_id(gb, "Tischlerei Eichblatt"),
        taxed(100, "6"),
        CurrencyRef={"value": "EUR"},
        ExchangeRate=0.86,
    )
    made = gb.post("bill", json=asked).json()["Bill"]
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (100, 0)
    assert made["HomeBalance"] == 86


def test_the_invoices_own_tax_is_taken(quickbooks: QuickBooksServer) -> None:
    ca = quickbooks.client(CA)
    detail = {"TaxRateRef": {"value": "1"}, "PercentBased": True, "TaxPercent": 5}
    tax_line = {"Amount": 5.01, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}
    asked = bill(
        vendor_id(ca), taxed(100, "1"), TxnTaxDetail={"TotalTax": 5.01, "TaxLine": [tax_line]}
    )
    assert ca.post("bill", json=asked).json()["Bill"]["TotalAmt"] == 105.01
    wrong = asked | {"TxnTaxDetail": {"TotalTax": 6, "TaxLine": [tax_line]}}
    assert error(ca.post("bill", json=wrong))[1] == "6170"
    neither = asked | {"GlobalTaxCalculation": "NotApplicable"}
    assert error(ca.post("bill", json=neither))[1] == "6170"


@pytest.mark.parametrize(("realm", "word"), [(GB, "VAT"), (CA, "GST/HST")])
def test_a_line_without_a_tax_code_is_refused_outside_the_us(
    quickbooks: QuickBooksServer, realm: str, word: str
) -> None:
    client = quickbooks.client(realm)
    currency = {"CurrencyRef": {"value": "GBP"}} if realm == GB else {}
    vendor = vendor_id(client, "Fenwick Paper Mills Ltd" if realm == GB else "")
    _, code, detail = error(
        client.post("bill", json=bill(vendor, taxed(1, "1"), line(1), **currency))
    )
    assert code == "6000"
    assert f"Make sure all your transactions have a {word} rate" in detail


def test_one_currency_for_vendor_account_and_bill(quickbooks: QuickBooksServer) -> None:
    gb = quickbooks.client(GB)
    euro_vendor = vendor_id(gb, "Tischlerei Eichblatt")
    for change in (
        {"CurrencyRef": {"value": "USD"}},
        {"CurrencyRef": {"value": "EUR"}, "APAccountRef": {"value": "30"}},
    ):
        _, code, detail = error(gb.post("bill", json=bill(euro_vendor, taxed(1, "1"), **change)))
        assert (code, "one foreign currency" in detail) == ("6000", True)
    _, code, _ = error(
        gb.post("bill", json=bill(euro_vendor, taxed(1, "1"), CurrencyRef={"value": "JPY"}))
    )
    assert code == "2220"  # no currency of this company
    rate = gb.get("exchangerate", params={"sourcecurrencycode": "EUR", "asofdate": "2026-10-01"})
    assert rate.json()["ExchangeRate"]["Rate"] == 0.866667


def test_closed_books_and_ended_subscriptions_refuse(quickbooks: QuickBooksServer) -> None:
    ca = quickbooks.client(CA)
    asked = bill(vendor_id(ca), taxed(1, "1"), TxnDate="2024-12-31")
    assert error(ca.post("bill", json=asked))[1] == "6200"
    quickbooks.user("close_books", CA, date="2026-06-30", password="x")
    assert error(ca.post("bill", json=asked | {"TxnDate": "2026-06-30"}))[1] == "6210"
    assert ca.post("bill", json=asked | {"TxnDate": "2026-07-01"}).status_code == 200
    ended = quickbooks.client(EXPIRED)
    assert error(ended.post("vendor", json={"DisplayName": "New"}))[1] == "6190"
    names = ended.get(f"companyinfo/{EXPIRED}").json()["CompanyInfo"]["NameValue"]
    assert {"Name": "SubscriptionStatus", "Value": "EXPIRED"} in names


def test_a_full_update_empties_a_sparse_one_keeps(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    first = us.post(
        "bill", json=bill(vendor_id(us), line(1), line(2), DocNumber="U-1", PrivateNote="Note")
    ).json()["Bill"]
    key = {"Id": first["Id"], "SyncToken": "0"}
    sparse = us.post("bill", json={**key, "sparse": True, "PrivateNote": "Other"}).json()["Bill"]
    assert (sparse["DocNumber"], sparse["TotalAmt"], sparse["SyncToken"]) == ("U-1", 3, "1")
    assert error(us.post("bill", json=bill(vendor_id(us)) | key))[1] == "5010"
    full = us.post("bill", json=bill(vendor_id(us)) | key | {"SyncToken": "1"}).json()["Bill"]
    assert "DocNumber" not in full
    assert "PrivateNote" not in full
    assert (full["TotalAmt"], full["Id"]) == (200, first["Id"])


def test_paid_deleted_and_void(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    made = us.post("bill", json=bill(vendor_id(us))).json()["Bill"]
    key = {"Id": made["Id"], "SyncToken": "0"}
    quickbooks.user("pay_bill", id=made["Id"])
    paid = us.get(f"bill/{made['Id']}").json()["Bill"]
    assert (paid["Balance"], paid["LinkedTxn"][0]["TxnType"]) == (0, "BillPaymentCheck")
    void = us.post("bill", params={"operation": "void", "minorversion": "75"}, json=key)
    assert (void.status_code, void.json()["Fault"]["type"]) == (200, "SystemFault")
    params = {"operation": "delete", "minorversion": "75"}
    assert error(us.post("bill", params=params, json=key | {"SyncToken": "1"}))[1] == "620"
    payment = {"Id": paid["LinkedTxn"][0]["TxnId"], "SyncToken": "0"}
    assert us.post("billpayment", params=params, json=payment).status_code == 200
    reopened = us.get(f"bill/{made['Id']}").json()["Bill"]
    assert (reopened["Balance"], "LinkedTxn" in reopened) == (200, False)
    gone = us.post("bill", params=params, json=key | {"SyncToken": reopened["SyncToken"]}).json()
    assert gone["Bill"] == {"status": "Deleted", "domain": "QBO", "Id": made["Id"]}
    changes = us.get("cdc", params={"entities": "Bill", "changedSince": "2026-11-20T00:00:00Z"})
    rows = changes.json()["CDCResponse"][0]["QueryResponse"][0]["Bill"]
    assert [row["status"] for row in rows] == ["Deleted"]


def test_an_update_of_a_paid_bill_keeps_its_payment(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    vendor = vendor_id(us)
    made = us.post("bill", json=bill(vendor)).json()["Bill"]
    quickbooks.user("pay_bill", id=made["Id"], amount=150)
    key = {"Id": made["Id"], "SyncToken": "1"}
    changed = us.post("bill", json=bill(vendor, line(250)) | key).json()["Bill"]
    assert (changed["TotalAmt"], changed["Balance"]) == (250, 100)
    assert changed["LinkedTxn"][0]["TxnType"] == "BillPaymentCheck"
    less = us.post("bill", json=bill(vendor, line(149)) | key | {"SyncToken": "2"})
    assert error(less)[1] == "6000"


def test_a_new_currency_gets_its_payable_account_with_its_first_bill(
    quickbooks: QuickBooksServer,
) -> None:
    gb = quickbooks.client(GB)
    yen = {"CurrencyRef": {"value": "JPY"}}
    assert error(gb.post("vendor", json={"DisplayName": "Tokyo Paper", **yen}))[1] == "2220"
    gb.post("companycurrency", json={"Code": "JPY"}).raise_for_status()
    made = gb.post("vendor", json={"DisplayName": "Tokyo Paper", **yen}).json()["Vendor"]["Id"]
    asked = bill(made, taxed(5000, "5"), ExchangeRate=0.005, **yen)
    names = [gb.post("bill", json=asked).json()["Bill"]["APAccountRef"]["name"] for _ in range(2)]
    assert names == ["Accounts Payable (A/P) - JPY"] * 2
    statement = "select count(*) from Account where AccountType = 'Accounts Payable'"
    counted = gb.get("query", params={"query": statement}).json()
    assert counted["QueryResponse"]["totalCount"] == 6


def test_a_purchase_names_how_it_was_paid(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    vendor = vendor_id(us)
    asked = {
        "PaymentType": "CreditCard",
        "AccountRef": {"value": "36"},
        "EntityRef": {"value": vendor, "type": "Vendor"},
        "Line": [line(12.5)],
    }
    made = us.post("purchase", json=asked).json()["Purchase"]
    assert (made["TotalAmt"], made["EntityRef"]["type"]) == (12.5, "Vendor")
    assert error(us.post("purchase", json=asked | {"TotalAmt": 13}))[1] == "6000"
    assert error(us.post("purchase", json=asked | {"AccountRef": {"value": "35"}}))[1] == "6430"
    assert error(us.post("purchase", json=asked | {"PaymentType": "Gold"}))[1] == "2170"


def test_vendors_merged_by_a_person_keep_their_bills(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    old, into = vendor_id(us, "Blue Heron Couriers"), vendor_id(us, "Granite Peak Supply Co.")
    made = us.post("bill", json=bill(old)).json()["Bill"]["Id"]
    quickbooks.user("merge_vendor", id=old, into=into)
    assert us.get(f"bill/{made}").json()["Bill"]["VendorRef"]["value"] == into
    assert us.get(f"vendor/{old}").json()["Vendor"]["Active"] is False


@pytest.mark.parametrize("name", ["O'Brien \\ Söhne & Co #1 – 発票 🧾", "A" * 500])
def test_any_name_is_kept_and_found(quickbooks: QuickBooksServer, name: str) -> None:
    us = quickbooks.client()
    made = us.post("vendor", json={"DisplayName": name}).json()["Vendor"]
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    statement = f"select * from Vendor where DisplayName = '{escaped}'"
    found = us.get("query", params={"query": statement}).json()["QueryResponse"]["Vendor"]
    assert [(one["Id"], one["DisplayName"]) for one in found] == [(made["Id"], name)]


def test_a_name_is_taken_by_vendors_customers_and_employees(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    for name in ("Riverside Cafe", "dana whitfield", "Northwind Consulting LLC"):
        _, code, detail = error(us.post("vendor", json={"DisplayName": name}))
        assert (code, "Id=" in detail) == ("6240", True)
    assert error(us.post("vendor", json={"DisplayName": "A:B"}))[1] == "2040"
    assert error(us.post("vendor", json={"CompanyName": "x" * 101}))[1] == "2050"
    assert error(us.post("vendor", json={"PrimaryEmailAddr": {"Address": "no"}}))[1] == "2210"
    assert error(us.post("vendor", json={"Active": True}))[1] == "2020"
    assert us.get("vendor", params={"x": US}).status_code == 500
