"""The checks that need history, measured: one thing is wrong with a bill, and only that."""

from __future__ import annotations

from random import Random

import pytest
from evaluation.history import FAULTS, bills_of, faulty

from invoice_ai.domain.likeness import comparable_name, comparable_number, looks_like


def test_a_vendors_bills_are_of_one_account_and_of_one_size() -> None:
    for number in range(0, 30, 5):  # of every language some, also of countries without IBANs
        bills = bills_of(Random(number), number, 4)
        assert len({(bill.vendor, bill.iban) for bill in bills}) == 1 and bills[0].iban
        assert len({bill.number for bill in bills}) == 4
        assert all(b.total <= bills[0].total * 2 and b.total * 2 >= bills[0].total for b in bills)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_what_it_says(kind: str) -> None:
    rng = Random(3)
    earlier, following = bills_of(rng, 1, 2)
    sent = faulty(kind, following, earlier, rng)
    if "again" in kind:
        assert sent.total == earlier.total and sent.number != earlier.number
        spelled = "spelled" in kind
        assert spelled == (comparable_number(sent.number) == comparable_number(earlier.number))
    elif "account" in kind:
        assert sent.iban != following.iban and sent.vendor == following.vendor
    elif "ten times" in kind:
        assert sent.total == following.total * 10
        assert sent.subtotal + sent.tax_total == sent.total
    else:
        name, own = sent.vendor.name, following.vendor.name
        assert name != own and sent.vendor.tax_id != following.vendor.tax_id
        assert looks_like(name, own) or comparable_name(name) == comparable_name(own)
