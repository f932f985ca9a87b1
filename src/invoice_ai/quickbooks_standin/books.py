"""The books of one company: its objects with ids, sync tokens and metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoice_ai.quickbooks_standin.clock import Clock
from invoice_ai.quickbooks_standin.refusals import Refused
from invoice_ai.quickbooks_standin.shelves import Shelves

Thing = dict[str, Any]

# Names in lists are switched off, never removed; documents are removed.
LISTS = frozenset(
    {
        "Vendor",
        "Customer",
        "Employee",
        "Account",
        "Item",
        "Term",
        "Class",
        "Department",
        "TaxCode",
        "TaxRate",
        "CompanyCurrency",
    }
)
DOCUMENTS = frozenset({"Bill", "VendorCredit", "Purchase", "BillPayment"})
ENTITIES = LISTS | DOCUMENTS | {"Attachable"}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Books:
    """What QuickBooks keeps for one company (`realm`)."""

    def __init__(self, realm: str, shelves: Shelves, clock: Clock) -> None:
        self.realm, self._shelves, self.clock = realm, shelves, clock
        # What one request changed: (entity, id, operation); the webhooks tell it.
        self.changes: list[tuple[str, str, str]] = []
        # (entity, field) → value → ids; made when first asked for.
        self._index: dict[tuple[str, str], dict[Any, list[str]]] = {}

    @property
    def company(self) -> Thing:
        """country, subscription, doc_numbers, info, preferences."""
        kept: Thing = self._shelves.get("company", self.realm)
        return kept

    def keep_company(self, company: Thing) -> None:
        self._shelves.put("company", self.realm, company)

    @property
    def preferences(self) -> Thing:
        preferences: Thing = self.company["preferences"]
        return preferences

    @property
    def country(self) -> str:
        return str(self.company["country"])

    @property
    def home(self) -> str:
        return str(self.preferences["CurrencyPrefs"]["HomeCurrency"]["value"])

    @property
    def multicurrency(self) -> bool:
        return bool(self.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"])

    def all(self, entity: str) -> list[Thing]:
        return list(self._shelves.all(f"{self.realm}/{entity}").values())

    def find(self, entity: str, id_: str) -> Thing | None:
        found: Thing | None = self._shelves.get(f"{self.realm}/{entity}", id_)
        return found

    def get(self, entity: str, id_: str) -> Thing:
        """Raises: Refused 610 when it is not there (any more)."""
        found = self.find(entity, id_)
        if found is None:
            raise Refused(
                "610",
                "Object Not Found : Something you're trying to use has been made inactive. "
                "Check the fields with accounts, customers, items, vendors or employees.",
            )
        return found

    def new_id(self) -> str:
        last = int(self._shelves.get("last_id", self.realm) or 0) + 1
        self._shelves.put("last_id", self.realm, last)
        return str(last)

    def having(self, entity: str, field: str, value: Any) -> list[str]:
        """Ids of the objects whose `field` is `value`: "name" (display name, list name or document
        number, in any case) or "TotalAmt"."""
        if (entity, field) not in self._index:
            index: dict[Any, list[str]] = {}
            for thing in self.all(entity):
                index.setdefault(_INDEXED[field](thing), []).append(thing["Id"])
            self._index[(entity, field)] = index
        return list(self._index[(entity, field)].get(value, []))

    def with_name(self, entity: str, name: str) -> list[str]:
        return self.having(entity, "name", name.casefold())

    def note_last_id(self, last: int) -> None:
        self._shelves.put("last_id", self.realm, last)

    def add(self, entity: str, thing: Thing, *, id_: str | None = None) -> Thing:
        """Save something new; returns it as kept."""
        stamp = self.clock.stamp()
        kept = {
            **thing,
            "domain": "QBO",
            "sparse": False,
            "Id": id_ or self.new_id(),
            "SyncToken": "0",
            "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
        }
        return self._keep(entity, kept, "Create")

    def replace(self, entity: str, old: Thing, thing: Thing) -> Thing:
        """Save something changed; the sync token goes up by one."""
        kept = {
            **thing,
            "domain": "QBO",
            "sparse": False,
            "Id": old["Id"],
            "SyncToken": str(int(old["SyncToken"]) + 1),
            "MetaData": {
                "CreateTime": old["MetaData"]["CreateTime"],
                "LastUpdatedTime": self.clock.stamp(),
            },
        }
        return self._keep(entity, kept, "Update")

    def remove(self, entity: str, id_: str) -> None:
        self._unindex(entity, id_)
        self._shelves.drop(f"{self.realm}/{entity}", id_)
        self._shelves.put(f"{self.realm}/gone", f"{entity}/{id_}", self.clock.now().timestamp())
        self._changed(entity, id_, "Delete")

    def removed_since(self, entity: str, since: float) -> Iterator[str]:
        for key, at in self._shelves.all(f"{self.realm}/gone").items():
            kind, id_ = key.split("/")
            if kind == entity and at >= since:
                yield id_

    def changed_at(self, entity: str, id_: str) -> float:
        """When it last changed, in seconds of the stand-in's clock."""
        return float(self._shelves.get(f"{self.realm}/changed", f"{entity}/{id_}") or 0)

    def note(self, shelf: str, key: str, value: Any) -> None:
        """Bookkeeping beside the objects, e.g. exchange rates."""
        self._shelves.put(f"{self.realm}/{shelf}", key, value)

    def noted(self, shelf: str) -> dict[str, Any]:
        return self._shelves.all(f"{self.realm}/{shelf}")

    def put_file(self, id_: str, content: bytes) -> None:
        self._shelves.put_file(f"{self.realm}/{id_}", content)

    def get_file(self, id_: str) -> bytes | None:
        return self._shelves.get_file(f"{self.realm}/{id_}")

    def _keep(self, entity: str, thing: Thing, operation: str) -> Thing:
        self._unindex(entity, thing["Id"])
        self._shelves.put(f"{self.realm}/{entity}", thing["Id"], thing)
        for field, value_of in _INDEXED.items():
            if (entity, field) in self._index:
                ids = self._index[(entity, field)].setdefault(value_of(thing), [])
                ids.append(thing["Id"])
        self._changed(entity, thing["Id"], operation)
        return thing

    def _unindex(self, entity: str, id_: str) -> None:
        old = self.find(entity, id_)
        for field, value_of in _INDEXED.items():
            if old is not None and (entity, field) in self._index:
                self._index[(entity, field)][value_of(old)].remove(id_)

    def _changed(self, entity: str, id_: str, operation: str) -> None:
        at = self.clock.now().timestamp()
        self._shelves.put(f"{self.realm}/changed", f"{entity}/{id_}", at)
        self.changes.append((entity, id_, operation))


def _name(thing: Thing) -> str:
    name = thing.get("DisplayName") or thing.get("Name") or thing.get("DocNumber") or ""
    return str(name).casefold()


_INDEXED: dict[str, Callable[[Thing], Any]] = {
    "name": _name,
    "TotalAmt": lambda thing: thing.get("TotalAmt"),
}
