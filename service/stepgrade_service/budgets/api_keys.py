"""Keys by which clients are known: only their SHA-256 is kept, so who reads the settings can use none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from math import isfinite
from secrets import token_urlsafe

#: A line of the list: a name, the SHA-256 of the key in hex, and perhaps a budget of its own.
ENTRY = re.compile(r"([A-Za-z0-9._-]{1,64}):([0-9a-fA-F]{64})(?::([0-9.eE+]+))?")
EXPECTED = "expected `name:hash` or `name:hash:budget`, with the SHA-256 of the key as hash; `stepgrade-service api-key NAME` makes one"

#: What every key begins with, so that one in a log or a repository is known for what it is.
BEGINNING = "stepgrade_"


@dataclass(frozen=True)
class ApiKey:
    """A client with a key. Its budget is in units of work; None: that of the server."""

    name: str
    digest: bytes
    budget: float | None = None


class KeyRing:
    """The keys of a server."""

    def __init__(self, keys: tuple[ApiKey, ...]) -> None:
        self.keys = keys

    def find(self, text: str) -> ApiKey | None:
        """The key of this text. All are compared, each in constant time, so the time tells nothing about them."""
        digest, found = digest_of_key(text), None
        for key in self.keys:
            if compare_digest(key.digest, digest):
                found = key
        return found


def digest_of_key(text: str) -> bytes:
    """The SHA-256 of a key."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def read_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of a list, with commas or line ends between them and comments after `#`; raises ValueError, which quotes no entry."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    entries = [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]
    keys = tuple(_read(number, entry) for number, entry in enumerate(entries, 1))
    names = [key.name for key in keys]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise ValueError(f"the name {twice} stands there twice")
    return keys


def _read(number: int, entry: str) -> ApiKey:
    if not (found := ENTRY.fullmatch(entry)):
        raise ValueError(f"entry {number}: {EXPECTED}")
    name, digest, budget = found.groups()
    try:
        work = None if budget is None else float(budget)
    except ValueError:
        raise ValueError(f"entry {number}: {EXPECTED}") from None
    if work is not None and not isfinite(work):
        raise ValueError(f"entry {number}: the budget is too large; 0 has no limit")
    return ApiKey(name, bytes.fromhex(digest), work)


def made_key(name: str) -> tuple[str, str]:
    """A new key of 256 bits, and its entry in the list; raises ValueError for a name that cannot be."""
    key = BEGINNING + token_urlsafe(32)
    entry = f"{name}:{digest_of_key(key).hex()}"
    if not ENTRY.fullmatch(entry):
        raise ValueError("expected a name of at most 64 letters, digits, dots, hyphens and underscores")
    return key, entry
