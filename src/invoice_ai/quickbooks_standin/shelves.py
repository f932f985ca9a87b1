"""Where the stand-in keeps what it knows: in memory, and in a SQLite file when one is given."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any


def to_json(value: Any) -> str:
    """JSON as QuickBooks writes it: money is a number, text stays as it is."""
    return json.dumps(value, ensure_ascii=False, default=_number, separators=(",", ":"))


def from_json(text: str | bytes) -> Any:
    """Numbers with a point come back as Decimal, exact."""
    return json.loads(text, parse_float=Decimal)


def _number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    # 15 digits at most (shapes.py), so the float prints the very digits of the Decimal.
    return int(value) if value == value.to_integral_value() else float(value)


# In the state file money is told apart from times, which are floats: {"#": "12.50"}.
def _frozen(value: object) -> dict[str, str]:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    return {"#": str(value)}


def _thawed(value: dict[str, Any]) -> Any:
    return Decimal(value["#"]) if value.keys() == {"#"} else value


class Shelves:
    """Named shelves of JSON values by key, and of bytes; `settle` makes a request's changes last.

    Not thread-safe: the server handles one request at a time.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._values: dict[str, dict[str, Any]] = {}
        self._files: dict[str, bytes] = {}
        self._changed: dict[tuple[str, str], None] = {}
        self._database: sqlite3.Connection | None = None
        if file is not None:
            self._open(file)

    def get(self, shelf: str, key: str) -> Any:
        return self._values.get(shelf, {}).get(key)

    def all(self, shelf: str) -> dict[str, Any]:
        return self._values.get(shelf, {})

    def put(self, shelf: str, key: str, value: Any) -> None:
        self._values.setdefault(shelf, {})[key] = value
        self._changed[(shelf, key)] = None

    def drop(self, shelf: str, key: str) -> None:
        if self._values.get(shelf, {}).pop(key, None) is not None:
            self._changed[(shelf, key)] = None

    def put_file(self, key: str, content: bytes) -> None:
        self._files[key] = content
        if self._database is not None:
            self._database.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (key, content))

    def get_file(self, key: str) -> bytes | None:
        return self._files.get(key)

    def clear(self) -> None:
        self._values.clear()
        self._files.clear()
        self._changed.clear()
        if self._database is not None:
            self._database.execute("DELETE FROM kept")
            self._database.execute("DELETE FROM files")
            self._database.commit()

    def settle(self) -> None:
        """One transaction with everything since the last one; survives kill -9 of the process."""
        changed, self._changed = self._changed, {}
        if self._database is None:
            return
        for shelf, key in changed:
            value = self._values.get(shelf, {}).get(key)
            if value is None:
                self._database.execute("DELETE FROM kept WHERE shelf = ? AND key = ?", (shelf, key))
            else:
                text = json.dumps(value, default=_frozen)
                self._database.execute(
                    "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (shelf, key, text)
                )
        self._database.commit()

    def close(self) -> None:
        if self._database is not None:
            self.settle()
            self._database.close()
            self._database = None

    def _open(self, file: Path) -> None:
        self._database = sqlite3.connect(file, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS kept (shelf TEXT, key TEXT, value TEXT,"
            " PRIMARY KEY (shelf, key))"
        )
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, content BLOB)"
        )
        for shelf, key, value in self._database.execute(
            "SELECT shelf, key, value FROM kept ORDER BY rowid"
        ):
            self._values.setdefault(shelf, {})[key] = json.loads(value, object_hook=_thawed)
        self._files = dict(self._database.execute("SELECT key, content FROM files"))
