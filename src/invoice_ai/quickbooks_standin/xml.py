"""The same answers as XML, which QuickBooks sends to everyone who does not ask for JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

_NAMESPACE = "http://schema.intuit.com/finance/v3"
_ATTRIBUTES = frozenset(
    {"domain", "sparse", "status", "time", "bId", "type", "code", "element"}
) | {"startPosition", "maxResults", "totalCount"}


def as_xml(value: dict[str, Any]) -> bytes:
    root = etree.Element(f"{{{_NAMESPACE}}}IntuitResponse", nsmap={None: _NAMESPACE})  # type: ignore[dict-item]
    _fill(root, value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _fill(parent: Any, value: dict[str, Any]) -> None:
    for name, one in value.items():
        if name in _ATTRIBUTES and not isinstance(one, (dict, list)):
            parent.set(name, _text(one))
            continue
        for each in one if isinstance(one, list) else [one]:
            child = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
            if (
                isinstance(each, dict)
                and "value" in each
                and set(each) <= {"value", "name", "type"}
            ):
                child.text = str(each["value"])  # a reference: <VendorRef name="…">56</VendorRef>
                for attribute in ("name", "type"):
                    if attribute in each:
                        child.set(attribute, each[attribute])
            elif isinstance(each, dict):
                _fill(child, each)
            else:
                child.text = _text(each)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
