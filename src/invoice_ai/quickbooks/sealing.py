"""Tokens at rest: encrypted with a key that never lies in the database or its backup.

A sealed text carries what it is for and whose it is, so that a row cannot be put in another's place.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from invoice_ai.errors import Conflict, Misconfigured


class SealBroken(Conflict):
    """The key does not open it: another key, another purpose, or damage."""

    code = "seal_broken"


class Seal:
    """Keys in order: the first one seals, all of them open."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, TypeError):
            raise Misconfigured(
                "ENCRYPTION_KEYS holds something that is no key. Make one with "
                "`invoice-ai quickbooks new-key`."
            ) from None

    def close(self, secret: str, *, purpose: str, owner: str) -> str:
        """Encrypt; opens only for the same purpose and owner."""
        inside = json.dumps({"purpose": purpose, "owner": owner, "secret": secret})
        return self._fernet.encrypt(inside.encode()).decode()

    def open(self, sealed: str, *, purpose: str, owner: str) -> str:
        """Decrypt. Raises: SealBroken."""
        try:
            inside = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError):
            raise SealBroken(
                "The stored QuickBooks tokens cannot be opened with the key we have. Put the old "
                "key back into ENCRYPTION_KEYS or its file, or connect again."
            ) from None
        if inside.get("purpose") != purpose or inside.get("owner") != owner:
            raise SealBroken("The stored QuickBooks tokens belong somewhere else. Connect again.")
        return str(inside["secret"])

    def rotate(self, sealed: str) -> str:
        """The same, sealed with the first key. Raises: SealBroken."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise SealBroken("One of the stored tokens opens with none of the keys.") from None


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def read_keys(given: str, file: Path) -> list[str]:
    """The keys of the environment (comma separated), else of the file, made now if missing.

    Raises: Misconfigured: others may read the file, or it is empty.
    """
    if given.strip():
        return [key.strip() for key in given.split(",") if key.strip()]
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return _make(file)
    with os.fdopen(handle, encoding="utf-8") as opened:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise Misconfigured(f"{file} can be read by others. Run: chmod 600 {file}")
        keys = opened.read().split()
    if not keys:
        raise Misconfigured(f"{file} is empty. Restore it, or delete it and connect again.")
    return keys


def write_keys(file: Path, keys: list[str]) -> None:
    """Replace the file, whole or not at all."""
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write("\n".join(keys) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(file)


def _make(file: Path) -> list[str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    made = new_key()
    # Whole before it has its name: of two processes that start, one key wins and both read that.
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(made + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(beside, file)
    except FileExistsError:
        return read_keys("", file)
    finally:
        beside.unlink(missing_ok=True)
    return [made]
