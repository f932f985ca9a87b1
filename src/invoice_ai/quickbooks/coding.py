"""Where the amounts of a bill go: account, tax code, class and terms.

First what a person chose for this invoice, then what the vendor's last accepted bill had, line by
line, then the company's default. What none of them tells is a question, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from invoice_ai.domain.likeness import comparable_name
from invoice_ai.quickbooks.company import Company, Entry, Lists

Entity = Literal["Bill", "VendorCredit", "Purchase"]


@dataclass(frozen=True, slots=True)
class Coding:
    """Ids of QuickBooks; an empty one is not decided."""

    account: str = ""
    tax_code: str = ""
    class_id: str = ""
    term: str = ""
    department: str = ""  # of the whole bill

    def over(self, other: Coding) -> Coding:
        """This, completed by the other."""
        mine = {name: value for name, value in asdict(self).items() if value}
        return replace(other, **mine)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last accepted bill of this vendor (in this currency) taught.

    Attributes:
        vendor: Id of the vendor in QuickBooks, "" if unknown.
        usual: What holds for the whole bill.
        lines: By `line_key`.
        tax_codes: By rate as text ("20").
    """

    vendor: str = ""
    usual: Coding = Coding()
    lines: Mapping[str, Coding] = field(default_factory=dict)
    tax_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose for this one invoice.

    Attributes:
        vendor: An id, "new" to create one, "" for not chosen.
        pay_from: Account a paid receipt was paid from; it then becomes a Purchase.
        posting_date: Instead of the invoice date, ISO; never changed without a person.
        lines: By number of the line, from 0.
        allow_duplicate: A person looked at the possible duplicate and wants the bill all the same.
    """

    vendor: str = ""
    usual: Coding = Coding()
    lines: Mapping[int, Coding] = field(default_factory=dict)
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    pay_from: str = ""
    posting_date: str = ""
    allow_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """The company's own rules.

    Attributes:
        account: For what no memory tells; "" asks.
        pay_from: Account that paid receipts are paid from; "" books them as bills.
    """

    account: str = ""
    pay_from: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must decide before this can be booked.

    `choices` are (id, name); `line` is the number of the line from 0, None for the whole bill.
    """

    code: str
    message: str
    line: int | None = None
    choices: tuple[tuple[str, str], ...] = ()


def choices_to_json(choices: Choices) -> dict[str, Any]:
    return {
        "vendor": choices.vendor,
        "usual": asdict(choices.usual),
        "lines": {str(n): asdict(c) for n, c in choices.lines.items()},
        "tax_codes": dict(choices.tax_codes),
        "pay_from": choices.pay_from,
        "posting_date": choices.posting_date,
        "allow_duplicate": choices.allow_duplicate,
    }


def choices_from_json(data: Mapping[str, Any] | None) -> Choices:
    if not data:
        return Choices()
    return Choices(
        vendor=data["vendor"],
        usual=Coding(**data["usual"]),
        lines={int(n): Coding(**c) for n, c in data["lines"].items()},
        tax_codes=data["tax_codes"],
        pay_from=data["pay_from"],
        posting_date=data["posting_date"],
        allow_duplicate=data["allow_duplicate"],
    )


def line_key(description: str) -> str:
    """What the same product is recognised by on the next invoice: words without numbers and dates.

    >>> line_key("Hosting 03/2026 (Pro)"), line_key("Hosting 04/2026 (Pro)")
    ('hosting pro', 'hosting pro')
    """
    words = re.sub(r"\S*\d\S*", " ", description)
    return " ".join(comparable_name(words).split())[:120]


def find_account(
    entry: Entry | None, wanted: str, line: int | None, lists: Lists
) -> Question | None:
    """The question about a line's account; None: it is fine."""
    if not wanted:
        return Question(
            "account_unsure", "Which account is this? Nothing like it was booked before.", line
        )
    if entry is None or not entry.active:
        name = entry.name if entry else wanted
        return Question(
            "account_inactive", f"The account {name} is not in use in QuickBooks any more.", line
        )
    if entry not in lists.expense_accounts():
        return Question(
            "account_unsure",
            f"{entry.name} is an account of type {entry.text('AccountType')}; a bill needs an "
            "expense, cost or asset account.",
            line,
        )
    return None


def codes_of_rate(rate: Decimal, lists: Lists) -> tuple[Entry, ...]:
    """The active tax codes whose purchases are taxed with exactly this percentage."""
    return tuple(c for c in lists.tax_codes if c.active and lists.purchase_rate(c) == rate)


def choose_tax_code(
    rate: Decimal, line: int | None, chosen: str, remembered: tuple[str, ...], lists: Lists
) -> str | Question:
    """The tax code of a line taxed with `rate` percent, or the question.

    Args:
        chosen: By a person; taken if it exists.
        remembered: From earlier bills, best first; taken if it has this rate.
    """
    if chosen:
        entry = lists.tax_code(chosen)
        if entry is not None and entry.active:
            return chosen
    fitting = codes_of_rate(rate, lists)
    ids = {code.id for code in fitting}
    for known in remembered:
        if known in ids:
            return known
    if len(fitting) == 1:
        return fitting[0].id
    offered = fitting or tuple(c for c in lists.tax_codes if c.active)
    told = (
        f"{len(fitting)} tax codes have {percent(rate)}; which one is it?"
        if fitting
        else f"No tax code for purchases has {percent(rate)}. Choose one, or add it in QuickBooks."
    )
    return Question("tax_unsure", told, line, tuple((c.id, c.name) for c in offered))


def percent(rate: Decimal) -> str:
    """A rate as people write it.

    >>> percent(Decimal("20.00"))
    '20 %'
    """
    return f"{plain(rate)} %"


def plain(rate: Decimal) -> str:
    """A rate as the key of memories: without trailing zeros."""
    text = format(rate.normalize(), "f")
    return text or "0"


def needs_tax_codes(company: Company) -> bool:
    """Outside the US every line needs a tax code, if the company keeps track of tax at all."""
    return not company.is_us and company.uses_sales_tax
