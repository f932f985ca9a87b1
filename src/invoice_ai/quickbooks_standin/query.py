"""The query language: SELECT * | count(*) FROM Entity [WHERE …] [ORDERBY …] [STARTPOSITION n] [MAXRESULTS m].

No OR, no joins, no projections, as with the service. 4000 when it cannot be read, 4001 when it
can but makes no sense.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from invoice_ai.quickbooks_standin.books import ENTITIES, LISTS, Books, Thing
from invoice_ai.quickbooks_standin.companies import rates_on
from invoice_ai.quickbooks_standin.refusals import Refused

MOST, USUAL = 1000, 100
SINGLES = ("CompanyInfo", "Preferences", "ExchangeRate")

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:\\.|[^'\\])*')
      | (?P<number>-?\d+(?:\.\d+)?(?![\w-]))
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<sign><=|>=|=|<|>|\(|\)|,|\*)
      | (?P<end>;?\s*\Z)
    )""",
    re.VERBOSE,
)
_COMMON = frozenset({"Id", "MetaData.CreateTime", "MetaData.LastUpdatedTime", "SyncToken"})
_NAMED = frozenset({"Active", "Name", "FullyQualifiedName", "ParentRef", "Description"})
_PERSON = frozenset(
    {"Active", "DisplayName", "CompanyName", "GivenName", "MiddleName", "FamilyName", "Suffix"}
) | {"PrintOnCheckName", "Balance", "PrimaryEmailAddr", "PrimaryPhone", "AcctNum", "CurrencyRef"}
_DOCUMENT = frozenset(
    {"DocNumber", "TxnDate", "TotalAmt", "Balance", "APAccountRef", "VendorRef", "DepartmentRef"}
) | {"CurrencyRef"}
# What may stand in WHERE and ORDERBY. PrivateNote is not among them, as field reports say.
FILTERABLE: dict[str, frozenset[str]] = {
    "Bill": _DOCUMENT | {"DueDate", "SalesTermRef"},
    "VendorCredit": _DOCUMENT,
    "Purchase": frozenset({"DocNumber", "TxnDate", "TotalAmt", "PaymentType", "AccountRef"}),
    "BillPayment": frozenset({"DocNumber", "TxnDate", "TotalAmt", "VendorRef", "PayType"}),
    "Vendor": _PERSON,
    "Customer": _PERSON,
    "Employee": _PERSON,
    "Account": _NAMED
    | {"AccountType", "AccountSubType", "Classification", "AcctNum", "CurrencyRef", "SubAccount"}
    | {"CurrentBalance"},
    "Item": _NAMED | {"Type", "Sku", "UnitPrice"},
    "Term": frozenset({"Active", "Name", "Type", "DueDays"}),
    "Class": _NAMED,
    "Department": _NAMED,
    "TaxCode": frozenset({"Active", "Name", "Description", "Hidden", "TaxGroup", "Taxable"}),
    "TaxRate": frozenset({"Active", "Name", "Description", "RateValue"}),
    "CompanyCurrency": frozenset({"Active", "Code", "Name"}),
    "Attachable": frozenset(
        {"FileName", "AttachableRef.EntityRef.Type", "AttachableRef.EntityRef.value", "Note"}
    ),
    "CompanyInfo": frozenset(),
    "Preferences": frozenset(),
    "ExchangeRate": frozenset({"SourceCurrencyCode", "AsOfDate"}),
}
_NUMBERS = frozenset(
    {"TotalAmt", "Balance", "DueDays", "RateValue", "UnitPrice", "CurrentBalance", "Id"}
)


@dataclass
class Condition:
    path: str
    sign: str  # = < > <= >= IN LIKE
    values: list[str]


@dataclass
class Query:
    entity: str
    count: bool = False
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)  # (path, descending)
    start: int = 1
    most: int = USUAL


def parse(statement: str) -> Query:
    """Raises: Refused 4000 or 4001."""
    return _Parser(statement).query()


def run(books: Books, query: Query, visible: Callable[[str, str], bool]) -> dict[str, Any]:
    """The QueryResponse. `visible(entity, id)` hides what the index does not know yet."""
    tests = [_test(condition) for condition in query.where]
    rows = [row for row in _rows(books, query) if all(test(row) for test in tests)]
    if query.entity in LISTS and not any(c.path == "Active" for c in query.where):
        rows = [row for row in rows if row.get("Active", True)]
    if query.entity not in SINGLES:
        rows = [row for row in rows if visible(query.entity, row["Id"])]
    if query.count:
        return {"totalCount": len(rows)}
    if query.entity not in SINGLES:
        rows.sort(key=lambda row: _id_key(row["Id"]), reverse=True)  # newest first, unless told
    for path, descending in reversed(query.order):
        rows.sort(key=lambda row, path=path: _key(row, path), reverse=descending)  # type: ignore[misc]
    page = rows[query.start - 1 : query.start - 1 + query.most]
    if not page:
        return {}
    return {query.entity: page, "startPosition": query.start, "maxResults": len(page)}


class _Parser:
    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._tokens = list(_tokens(statement))
        self._at = 0

    def query(self) -> Query:
        self._word("select")
        count = self._selection()
        self._word("from")
        entity = self._take("word", "an entity")
        if entity not in FILTERABLE or (entity not in ENTITIES and entity not in SINGLES):
            raise Refused("4001", f"QueryValidationError: Invalid context declaration: {entity}")
        query = Query(entity, count=count)
        if self._is("where"):
            query.where.append(self._condition(entity))
            while self._is("and"):
                query.where.append(self._condition(entity))
        if self._is("order"):  # clients write ORDER BY, too
            self._word("by")
            query.order.append(self._ordering(entity))
        elif self._is("orderby"):
            query.order.append(self._ordering(entity))
        while query.order and self._is(","):
            query.order.append(self._ordering(entity))
        if self._is("startposition"):
            query.start = self._positive(1, 10**9)
        if self._is("maxresults"):
            query.most = self._positive(1, 10**9)
            if query.most > MOST:
                self._invalid(f"value {query.most} is too large. Max allowed value is {MOST}.")
        if self._tokens[self._at][0] != "end":
            self._unexpected()
        return query

    def _selection(self) -> bool:
        if self._is("count"):
            for sign in ("(", "*", ")"):
                self._word(sign)
            return True
        self._word("*")
        while self._is(","):  # `*, Sku` asks for a property that is not sent by default
            self._take("word", "a property")
        return False

    def _condition(self, entity: str) -> Condition:
        path = self._path(entity)
        kind, sign = self._next()
        sign = sign.upper()
        if sign in ("=", "<", ">", "<=", ">="):
            return Condition(path, sign, [self._literal()])
        if kind == "word" and sign == "LIKE":
            return Condition(path, sign, [self._literal()])
        if kind == "word" and sign == "IN":
            self._word("(")
            values = [self._literal()]
            while self._is(","):
                values.append(self._literal())
            self._word(")")
            return Condition(path, sign, values)
        self._at -= 1
        return self._unexpected()

    def _ordering(self, entity: str) -> tuple[str, bool]:
        path = self._path(entity)
        if self._is("desc"):
            return path, True
        self._is("asc")
        return path, False

    def _path(self, entity: str) -> str:
        path = self._take("word", "a property")
        if path not in FILTERABLE[entity] | _COMMON:
            self._invalid(f"Property {path} not found for Entity {entity}")
        return path

    def _literal(self) -> str:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind == "number" or (kind == "word" and text.lower() in ("true", "false")):
            return text.lower()
        self._at -= 1
        return self._unexpected()

    def _positive(self, least: int, most: int) -> int:
        text = self._take("number", "a number")
        if not text.lstrip("-").isdigit():
            self._unexpected()
        value = int(text)
        if value < least:
            self._invalid(f"value {value} is too small. Min allowed value is {least}.")
        return min(value, most)

    def _is(self, word: str) -> bool:
        if self._tokens[self._at][1].lower() == word and self._tokens[self._at][0] != "text":
            self._at += 1
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._is(word):
            self._unexpected()

    def _take(self, kind: str, _what: str) -> str:
        found, text = self._next()
        if found != kind:
            self._at -= 1
            self._unexpected()
        return text

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _unexpected(self) -> NoReturn:
        kind, text = self._tokens[self._at]
        shown = "<EOF>" if kind == "end" else text
        raise Refused("4000", f'QueryParserError: Encountered " {shown} " in: {self._statement}')

    def _invalid(self, sentence: str) -> NoReturn:
        raise Refused("4001", f"QueryValidationError: {sentence}")


def _tokens(statement: str) -> Iterator[tuple[str, str]]:
    at = 0
    while True:
        found = _TOKEN.match(statement, at)
        if found is None:
            raise Refused("4000", f"QueryParserError: Encountered {statement[at : at + 20]!r}")
        kind = str(found.lastgroup)
        yield kind, found[kind]
        if kind == "end":
            return
        at = found.end()


def _rows(books: Books, query: Query) -> list[Thing]:
    """All objects the conditions are to be tried on; by the index where one asks for a name."""
    entity = query.entity
    if entity == "CompanyInfo":
        return [{**books.company["info"], "Id": "1", "SyncToken": "0"}]
    if entity == "Preferences":
        return [{**books.preferences, "Id": "1", "SyncToken": "0"}]
    if entity == "ExchangeRate":
        return rates_on(books, books.clock.today().isoformat())
    for condition in query.where:
        if condition.sign == "=" and condition.path in ("DocNumber", "DisplayName"):
            return [books.get(entity, id_) for id_ in books.with_name(entity, condition.values[0])]
        if condition.sign == "=" and condition.path == "TotalAmt":
            _, amount, _ = _comparable("TotalAmt", condition.values[0])
            return [books.get(entity, id_) for id_ in books.having(entity, "TotalAmt", amount)]
    return books.all(entity)


def _value(row: Thing, path: str) -> Any:
    if path.startswith("AttachableRef."):
        leaf = "type" if path.endswith("Type") else "value"
        refs = row.get("AttachableRef", [])
        return [str(ref.get("EntityRef", {}).get(leaf, "")) for ref in refs]
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, dict):  # a reference, an e-mail address, a phone number
        value = value.get("value") or value.get("Address") or value.get("FreeFormNumber")
    return value


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _test(condition: Condition) -> Callable[[Thing], bool]:
    """Whether a row meets the condition."""
    path, sign = condition.path, condition.sign
    if path.startswith("AttachableRef."):  # an attachment may hang on several documents
        wanted = {value.lower() for value in condition.values}
        return lambda row: any(one.lower() in wanted for one in _value(row, path))
    if sign == "LIKE":
        parts = (re.escape(part) for part in condition.values[0].split("%"))
        pattern = re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
        return lambda row: pattern.fullmatch(str(_value(row, path) or "")) is not None
    keys = [_comparable(path, value) for value in condition.values]

    def holds(row: Thing) -> bool:
        value = _value(row, path)
        if value is None:
            return False
        own = _comparable(path, value)
        return own in keys if sign in ("=", "IN") else _COMPARE[sign](own, keys[0])

    return holds


def _comparable(path: str, value: Any) -> Any:
    if path in _NUMBERS:
        try:
            return (0, Decimal(str(value)), "")
        except InvalidOperation:
            return (1, Decimal(0), str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if path.startswith("MetaData."):
        return _instant(str(value))
    return str(value)


def _instant(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("4001", f"QueryValidationError: Invalid date {text}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _key(row: Thing, path: str) -> Any:
    value = _value(row, path)
    if path == "Id":
        return _id_key(str(value))
    return (value is not None, _comparable(path, value if value is not None else ""))


def _id_key(id_: str) -> tuple[int, str]:
    return (int(id_), "") if id_.isdigit() else (0, id_)
