"""Intuit's own OAuth client and the public python-quickbooks work against the stand-in."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    Attachable,
    AttachableRef,
    Bill,
    BillPayment,
    BillPaymentLine,
    CheckPayment,
    CompanyInfo,
    Item,
    Preferences,
    Purchase,
    TaxCode,
    Term,
    Vendor,
    VendorCredit,
)
from quickbooks.objects.detailline import AccountBasedExpenseLine, AccountBasedExpenseLineDetail
from quickbooks.objects.exchangerate import ExchangeRate
from tests.quickbooks_server import CALLBACK, GB, US, QuickBooksServer

from quickbooks import QuickBooks

warnings.filterwarnings("ignore", category=DeprecationWarning, module="quickbooks")


def auth_client(server: QuickBooksServer) -> AuthClient:
    discovery = f"{server.address}/.well-known/openid_configuration/"
    return AuthClient("app", "secret", CALLBACK, discovery)


def logged_in(server: QuickBooksServer, realm: str = US) -> AuthClient:
    client = auth_client(server)
    scopes = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL]
    url = client.get_authorization_url(scopes, state_token="of-our-session")
    answer = httpx2.get(f"{url}&auto=approve&realm={realm}")
    back = httpx2.URL(answer.headers["location"]).params
    assert back["state"] == "of-our-session"
    client.get_bearer_token(back["code"], realm_id=back["realmId"])
    return client


@pytest.fixture
def us(quickbooks: QuickBooksServer, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    return opened(quickbooks, US, monkeypatch)


def opened(server: QuickBooksServer, realm: str, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    for name in ("api_url_v3", "sandbox_api_url_v3"):
        monkeypatch.setattr(QuickBooks, name, f"{server.address}/v3")
    auth = logged_in(server, realm)
    return QuickBooks(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=realm, minorversion=75
    )


def bill_of(vendor: Vendor, amount: str = "200") -> Bill:
    line = AccountBasedExpenseLine()
    line.Amount = Decimal(amount)
    line.DetailType = "AccountBasedExpenseLineDetail"
    line.AccountBasedExpenseLineDetail = AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = {"value": "7"}
    bill = Bill()
    bill.Line.append(line)
    bill.VendorRef = vendor.to_ref()
    return bill


def test_login_refresh_user_and_revocation(quickbooks: QuickBooksServer) -> None:
    client = logged_in(quickbooks)
    assert client.realm_id == US
    assert client.id_token is not None  # signed by our key, checked by Intuit's client
    assert client.get_user_info().json()["email"] == "sam.standin@example.com"
    first = client.refresh_token
    client.refresh()
    assert client.refresh_token == first  # within 24 hours the value stays
    assert client.revoke()
    with pytest.raises(AuthClientError) as refused:
        client.refresh()
    assert (refused.value.status_code, refused.value.intuit_tid is not None) == (400, True)
    assert b"invalid_grant" in refused.value.content


def test_the_company_and_its_lists_are_read(us: QuickBooks) -> None:
    assert CompanyInfo.all(qb=us)[0].Country == "US"
    preferences = Preferences.get(qb=us)
    assert preferences.CurrencyPrefs.MultiCurrencyEnabled is False
    assert (
        Account.filter(AccountType="Accounts Payable", qb=us)[0].AccountSubType == "AccountsPayable"
    )
    assert {term.Name for term in Term.all(qb=us)} >= {"Net 30", "Due on receipt"}
    assert {code.Id for code in TaxCode.all(qb=us)} == {"TAX", "NON"}


def test_a_vendor_is_made_found_and_changed(us: QuickBooks) -> None:
    vendor = Vendor()
    vendor.DisplayName = "O'Malley's Print & Copy"
    vendor.CompanyName = "O'Malley's Print & Copy"
    vendor.TaxIdentifier = "98-7654321"
    vendor.save(qb=us)
    found = Vendor.filter(DisplayName="O'Malley's Print & Copy", qb=us)
    assert [one.Id for one in found] == [vendor.Id]
    assert found[0].TaxIdentifier == "XXXXXX4321"
    found[0].PrintOnCheckName = "O'Malley"
    assert found[0].save(qb=us).SyncToken == "1"
    with pytest.raises(QuickbooksException) as stale:
        found[0].save(qb=us)
    assert stale.value.error_code == 5010
    again = Vendor()
    again.DisplayName = "o'malley's print & copy"
    with pytest.raises(QuickbooksException) as taken:
        again.save(qb=us)
    assert (taken.value.error_code, f"Id={vendor.Id}" in taken.value.detail) == (6240, True)


def test_a_bill_is_made_changed_and_deleted(us: QuickBooks) -> None:
    vendor = Vendor.all(max_results=1, qb=us)[0]
    bill = bill_of(vendor)
    bill.DocNumber = "LIB-1"
    made = bill.save(qb=us, request_id="lib-1")
    kept = Bill.get(made.Id, qb=us)
    assert (kept.TotalAmt, kept.Balance, kept.VendorRef.name) == (200, 200, vendor.DisplayName)
    assert kept.Line[0].AccountBasedExpenseLineDetail.AccountRef.name == "Advertising"
    assert Bill.filter(DocNumber="LIB-1", qb=us)[0].Id == made.Id
    assert Bill.count(qb=us) == 1
    kept.PrivateNote = "Looked at"
    assert kept.save(qb=us).PrivateNote == "Looked at"
    with pytest.raises(QuickbooksException) as taken:
        double = bill_of(vendor)
        double.DocNumber = "LIB-1"
        double.save(qb=us)
    assert taken.value.error_code == 6140
    Bill.get(made.Id, qb=us).delete(qb=us)
    with pytest.raises(ObjectNotFoundException):
        Bill.get(made.Id, qb=us)


def test_the_same_request_id_makes_one_bill(us: QuickBooks) -> None:
    vendor = Vendor.all(max_results=1, qb=us)[0]
    first = bill_of(vendor).save(qb=us, request_id="once")
    second = bill_of(vendor).save(qb=us, request_id="once")
    assert first.Id == second.Id
    assert Bill.count(qb=us) == 1


def test_a_credit_and_a_purchase_are_made(us: QuickBooks) -> None:
    vendor = Vendor.all(max_results=1, qb=us)[0]
    credit = VendorCredit()
    credit.Line, credit.VendorRef = bill_of(vendor, "12.34").Line, vendor.to_ref()
    assert credit.save(qb=us).TotalAmt == 12.34
    purchase = Purchase()
    purchase.Line = bill_of(vendor, "9.99").Line
    purchase.PaymentType, purchase.AccountRef = "CreditCard", {"value": "36"}
    purchase.EntityRef = {"value": vendor.Id, "type": "Vendor"}
    assert purchase.save(qb=us).TotalAmt == 9.99


def test_a_file_and_a_note_are_attached(us: QuickBooks, tmp_path: Path) -> None:
    content = b"%PDF-1.7\n\x00\xff\r\n%%EOF\n"
    (tmp_path / "bill.pdf").write_bytes(content)
    bill = bill_of(Vendor.all(max_results=1, qb=us)[0]).save(qb=us)
    attachment = Attachable()
    reference = AttachableRef()
    reference.EntityRef = bill.to_ref()
    attachment.AttachableRef.append(reference)
    attachment.FileName, attachment.ContentType = "bill.pdf", "application/pdf"
    attachment._FilePath = str(tmp_path / "bill.pdf")
    attachment.save(qb=us)
    kept = Attachable.get(attachment.Id, qb=us)
    assert (kept.Size, kept.AttachableRef[0].EntityRef.value) == (len(content), bill.Id)
    assert httpx2.get(kept.TempDownloadUri).content == content
    note = Attachable()
    note.AttachableRef.append(reference)
    note.Note = "Called them"
    note.save(qb=us)
    assert Attachable.get(note.Id, qb=us).Note == "Called them"


def test_a_payment_settles_a_bill_and_can_be_voided(us: QuickBooks) -> None:
    vendor = Vendor.all(max_results=1, qb=us)[0]
    bill = bill_of(vendor).save(qb=us)
    payment = BillPayment()
    payment.PayType, payment.TotalAmt, payment.PrivateNote = "Check", 200, "By hand"
    payment.VendorRef = vendor.to_ref()
    payment.CheckPayment = CheckPayment()
    checking = Account.where("AccountSubType = 'Checking'", qb=us)[0]
    payment.CheckPayment.BankAccountRef = checking.to_ref()
    line = BillPaymentLine()
    line.LinkedTxn.append(bill.to_linked_txn())
    line.Amount = 200
    payment.Line.append(line)
    payment.save(qb=us)
    assert Bill.get(bill.Id, qb=us).Balance == 0
    payment.void(qb=us)
    voided = BillPayment.get(payment.Id, qb=us)
    assert (voided.TotalAmt, "Voided" in voided.PrivateNote) == (0, True)
    assert Bill.get(bill.Id, qb=us).Balance == 200


def test_accounts_terms_and_items_are_made(us: QuickBooks) -> None:
    account = Account()
    account.Name, account.AccountSubType, account.AcctNum = "Petty cash", "CashOnHand", "1010"
    account.save(qb=us)
    assert Account.get(account.Id, qb=us).AccountType == "Bank"
    term = Term()
    term.Name, term.DueDays = "Net 7", 7
    assert term.save(qb=us).DueDays == 7
    item = Item()
    item.Name, item.Type, item.TrackQtyOnHand = "Shelf", "Inventory", True
    item.QtyOnHand, item.InvStartDate = 10, "2015-01-01"
    for name, subtype in (
        ("IncomeAccountRef", "SalesOfProductIncome"),
        ("ExpenseAccountRef", "SuppliesMaterialsCogs"),
        ("AssetAccountRef", "Inventory"),
    ):
        found = Account.where(f"AccountSubType = '{subtype}'", max_results=1, qb=us)[0]
        setattr(item, name, found.to_ref())
    item.save(qb=us)
    assert Item.get(item.Id, qb=us).QtyOnHand == 10


def test_an_exchange_rate_is_read_and_set(
    quickbooks: QuickBooksServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gb = opened(quickbooks, GB, monkeypatch)
    rate = ExchangeRate.where("SourceCurrencyCode = 'EUR'", qb=gb)[0]
    assert (rate.TargetCurrencyCode, round(rate.Rate, 4)) == ("GBP", 0.8667)
    rate.Rate = 0.9
    rate.save(qb=gb)
    assert ExchangeRate.where("SourceCurrencyCode = 'EUR'", qb=gb)[0].Rate == 0.9


def test_changes_and_batches(us: QuickBooks) -> None:
    vendor = Vendor.all(max_results=1, qb=us)[0]
    done = batch_create([bill_of(vendor, "1"), bill_of(vendor, "2"), bill_of(vendor, "-3")], qb=us)
    assert len(done.successes) == 2
    assert done.faults[0].Error[0].code == "2290"
    since = datetime.now(UTC) - timedelta(minutes=5)
    changes = change_data_capture([Bill], since.isoformat(timespec="seconds"), qb=us)
    assert [bill.TotalAmt for bill in changes.Bill] == [1, 2]


def test_another_currency_and_vat(
    quickbooks: QuickBooksServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gb = opened(quickbooks, GB, monkeypatch)
    vendor = Vendor.filter(DisplayName="Tischlerei Eichblatt", qb=gb)[0]
    bill = bill_of(vendor, "100")
    with pytest.raises(ValidationException) as missing:
        bill.save(qb=gb)
    assert (missing.value.error_code, "CurrencyRef" in missing.value.detail) == (2020, True)
    bill.CurrencyRef, bill.ExchangeRate = {"value": "EUR"}, Decimal("0.866667")
    with pytest.raises(QuickbooksException) as untaxed:
        bill.save(qb=gb)
    assert (untaxed.value.error_code, "VAT rate" in untaxed.value.detail) == (6000, True)
    bill.Line[0].AccountBasedExpenseLineDetail.TaxCodeRef = {"value": "1"}
    made = bill.save(qb=gb)
    assert (made.TotalAmt, made.TxnTaxDetail.TotalTax) == (120, 20)
    assert made.APAccountRef.name == "Accounts Payable (A/P) - EUR"


def test_an_expired_token_and_what_the_service_refuses(
    quickbooks: QuickBooksServer, us: QuickBooks
) -> None:
    with pytest.raises(QuickbooksException):
        us.query("select * from Bill where PrivateNote = 'x'")
    quickbooks.advance(3601)
    with pytest.raises(AuthorizationException):
        Vendor.all(qb=us)
