"""What booking tells, in the reader's language.

Booking keeps its sentences in English: in the log, as questions, as the reason why an invoice waits.
They are recognised here by their words, with what was filled in, and said again; so an old row is
translated, too. A test fails when booking can say a sentence that is not among these.
"""

from __future__ import annotations

import re
from functools import cache

from invoice_ai.web.language import N_, _

SENTENCES: tuple[str, ...] = (
    N_("The number is longer than QuickBooks allows; it is booked as %(number)s."),
    N_("There is no total to book."),
    N_("The total has more than two decimals."),
    N_("The invoice date is missing."),
    N_("The vendor's name is missing."),
    N_(
        "The books are closed until %(day)s. Reopen the period in QuickBooks, or choose another posting date."
    ),
    N_("The QuickBooks subscription of %(company)s has ended."),
    N_("Lines, tax and total do not fit together. Correct the invoice."),
    N_("The tax codes make %(computed)s of tax, the invoice says %(tax)s. Choose other tax codes."),
    N_("The vendor rounds tax to %(tax)s, QuickBooks would to %(computed)s; %(booked)s is booked."),
    N_(
        "The invoice is in %(currency)s, but %(company)s keeps its books in %(home)s only. Turn on multicurrency in QuickBooks."
    ),
    N_("Which bank or card account was this paid from?"),
    N_("Add the currency %(currency)s in QuickBooks first."),
    N_("%(n)s tax codes have %(rate)s; which one is it?"),
    N_("No tax code for purchases has %(rate)s. Choose one, or add it in QuickBooks."),
    N_("Which account is this? Nothing like it was booked before."),
    N_("The account %(name)s is not in use in QuickBooks any more."),
    N_("%(name)s is an account of type %(type)s; a bill needs an expense, cost or asset account."),
    N_(
        "QuickBooks has %(number)s of %(day)s over %(total)s already: %(same)s. Link it, or book this one as well."
    ),
    N_("the same vendor and number"),
    N_("the same vendor, amount and date"),
    N_("without a number"),
    N_("The invoice names no vendor."),
    N_("Several vendors are called %(name)s."),
    N_("%(name)s is inactive in QuickBooks. Make it active there, or choose another."),
    N_("%(name)s is inactive in QuickBooks. Make it active there."),
    N_("%(name)s is inactive in QuickBooks."),
    N_("No vendor is called %(name)s, but some are called nearly so."),
    N_("%(name)s has another tax number in QuickBooks."),
    N_("Which vendor is this?"),
    N_(
        "%(name)s is kept in %(kept)s in QuickBooks, the invoice is in %(currency)s. Choose another vendor."
    ),
    N_("QuickBooks has no exchange rate for %(currency)s. Add one."),
    N_("The lists of QuickBooks are not read yet; try again in a minute."),
    N_(
        "This was to be booked in another company than the one that is connected now. Connect that company, or book it in this one."
    ),
    N_("It was deleted in QuickBooks. Book it again, or leave it."),
    N_(
        "It is a %(there)s in QuickBooks and would now be a %(here)s. Delete it there, then book it again."
    ),
    N_("Somebody changed it in QuickBooks after it was booked. Overwrite it, or leave it."),
    N_("The file cannot be attached."),
    N_("The file is attached."),
    N_("Vendor %(name)s."),
    N_("QuickBooks says this request was made already."),
    N_("QuickBooks has the vendor but does not show it yet."),
    N_("Deleted in QuickBooks."),
    N_("We look again whether QuickBooks has it."),
    N_("Booked."),
    N_("Found in QuickBooks."),
    N_("Updated."),
    N_("%(done)s, but QuickBooks makes the total %(there)s, the invoice says %(here)s."),
    N_("Updated"),
    N_("Found in QuickBooks"),
    N_("It was deleted in QuickBooks. It is not booked again by itself."),
    N_("Changed in QuickBooks: %(what)s."),
    N_("the total is %(there)s there, %(here)s here"),
    N_("the number is %(there)s there, %(here)s here"),
    N_("Booked elsewhere in QuickBooks; the vendor's next bill goes there, too."),
    N_("Paid in QuickBooks."),
    N_("Open again."),
    N_(
        "Something this bill uses was deleted or made inactive in QuickBooks. Refresh the lists and choose another: %(detail)s"
    ),
    N_("QuickBooks misses a value: %(detail)s"),
    N_("A text is longer than QuickBooks allows: %(detail)s"),
    N_("QuickBooks does not take negative lines in a bill. Book it as a vendor credit."),
    N_(
        "An account, vendor, tax code or class of this bill no longer exists in QuickBooks. Choose another one: %(detail)s"
    ),
    N_("Somebody changed this transaction in QuickBooks meanwhile. Look at it, then try again."),
    N_("Your QuickBooks plan does not include this feature: %(detail)s"),
    N_("QuickBooks does not support this: %(detail)s"),
    N_("A line's amount is not quantity × price, as QuickBooks demands: %(detail)s"),
    N_("A US company's lines may only be taxable or not. Choose another tax code."),
    N_("QuickBooks has a transaction with this number already: %(detail)s"),
    N_("The tax code does not exist in QuickBooks. Choose another one."),
    N_("The QuickBooks subscription of this company has ended. Renew it, then try again."),
    N_("The period is closed in QuickBooks. Reopen it there, or change the posting date here."),
    N_(
        "The period is closed in QuickBooks, with a password. Reopen it there, or change the posting date here."
    ),
    N_("QuickBooks has a customer, vendor or employee of this name already: %(detail)s"),
    N_("QuickBooks does not allow this kind of account here. Choose another one: %(detail)s"),
    N_("A line has no account. Choose one."),
    N_("A tax account cannot be used on a line. Choose another account."),
    N_("The transaction is matched with the bank in QuickBooks and cannot be changed."),
    N_("The transaction is deposited in QuickBooks and cannot be changed."),
    N_("The transaction is linked to another one in QuickBooks. Remove the link there first."),
    N_("The file is too large for QuickBooks. The bill itself is booked."),
    N_("QuickBooks does not take this kind of file. The bill itself is booked."),
    N_("QuickBooks does not accept it: %(detail)s"),
    N_("Every line needs a tax code. Choose one for the lines without."),
    N_(
        "The vendor or an account is kept in another currency in QuickBooks. Choose a vendor and accounts in the currency of the invoice."
    ),
    N_("QuickBooks asks us to slow down; it goes on in %(seconds)s s."),
    N_("QuickBooks answered an upload without saying what was attached."),
    N_("QuickBooks answered without the %(what)s it was to save."),
    N_("QuickBooks answered without %(what)s."),
    N_("QuickBooks no longer lets us in. Connect again, as an administrator of the company."),
    N_("QuickBooks is in trouble (it answered %(status)s)."),
    N_("QuickBooks answered 200 and: %(detail)s"),
    N_("QuickBooks answered %(status)s without a reason."),
    N_("QuickBooks cannot be reached."),
    N_("QuickBooks does not answer (%(why)s)."),
    N_("Intuit answered %(status)s without tokens."),
    N_("Intuit does not answer (%(why)s)."),
    N_("Intuit refuses to sign in: %(said)s. Check QUICKBOOKS_REDIRECT_URI."),
    N_(
        "Intuit does not know QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET. Copy both from your app's keys; sandbox and production have different ones."
    ),
    N_("QuickBooks has ended the connection. Connect again."),
    N_("This was connected with %(before)s; the settings now say %(now)s. Connect again."),
    N_("QuickBooks is not connected. Connect it first."),
    N_(
        "Set QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET to the keys of your Intuit app first (docs/guides/quickbooks.md)."
    ),
    N_("This sign-in was not started here, or it is older than ten minutes. Start it again."),
    N_("Intuit sent no code or no company. Start the sign-in again."),
    N_("Intuit gave no refresh token; start the sign-in again."),
    N_("Book on approval, or ask: there is no other rule."),
    N_(
        "%(n)s invoices are on their way to %(name)s. You chose another company; connect the same one again, or let them be booked or skipped first."
    ),
    N_("The connection was made with other settings. Connect again."),
    N_("The connection to QuickBooks was changed meanwhile."),
    N_("QuickBooks was not connected: you said no there."),
    N_("QuickBooks was not connected: Intuit says %(said)s."),
    N_("Intuit does not accept this sign-in any more. Start it again."),
    N_("Connected by %(who)s."),
    N_("Disconnected by %(who)s."),
    N_("Rules changed by %(who)s."),
    N_("Another process has been signing in to QuickBooks for a minute."),
    N_("There is no such account in QuickBooks; refresh the lists."),
    N_("It is %(what)s in QuickBooks. Delete it there first."),
    N_("It is being booked in QuickBooks right now."),
    N_("Say which transaction: Bill, VendorCredit or Purchase, and its number."),
    N_("Invoice %(id)s is not to be booked."),
    N_("Invoice %(id)s is being booked, or is booked already."),
    N_("Invoice %(id)s is booked already."),
    N_("Invoice %(id)s is being booked right now."),
    N_("That transaction in QuickBooks is invoice %(id)s already."),
    N_("QuickBooks has no %(what)s %(id)s."),
    N_("%(who)s: not to be booked."),
    N_("%(who)s: this is it in QuickBooks."),
)
LONGEST = 1_000  # a longer one is none of ours, and matching gaps in it would take long
_GAP = re.compile(r"%\((\w+)\)s")


def told(text: str) -> str:
    """The same in the reader's language; what is none of our sentences stays as it is."""
    if len(text) > LONGEST:
        return text
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            # "Changed in QuickBooks: …; …" is made of further ones.
            filled = {
                name: "; ".join(map(told, value.split("; ")))
                for name, value in found.groupdict().items()
            }
            return _(template, **filled)
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those that fix most of a text first: "inactive. Choose another." before "inactive."."""
    longest = sorted(SENTENCES, key=lambda s: -len(_GAP.sub("", s)))
    return tuple((sentence, _pattern(sentence)) for sentence in longest)


def _pattern(sentence: str) -> re.Pattern[str]:
    fixed = _GAP.split(sentence)
    parts = [f"(?P<{p}>.+?)" if at % 2 else re.escape(p) for at, p in enumerate(fixed)]
    return re.compile("".join(parts), re.DOTALL)
