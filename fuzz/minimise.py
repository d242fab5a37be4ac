"""A smaller case with the same finding: parts are left out one after the other, as long as it stays one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from .mutations import places

#: So many seconds go into one case.
PATIENCE = 20.0


def smaller_document(document: Any, fails: Callable[[Any], bool]) -> Any:
    """A document without what the finding does not need; `fails` says whether one still has it."""
    ends = monotonic() + PATIENCE
    changed = True
    while changed and monotonic() < ends:
        changed = False
        for candidate in _reduced(document):
            if monotonic() > ends:
                break
            if _size(candidate) < _size(document) and fails(candidate):
                document, changed = candidate, True
                break
    return document


def _reduced(document: Any) -> Iterator[Any]:
    """Documents with less: a key or half a list is left out, or a value is a plain one; each is a copy."""
    for at in range(len(places(document)) if isinstance(document, dict | list) else 0):
        for change in (_left_out, _halved, _plain):
            candidate = copy.deepcopy(document)
            holder, key = places(candidate)[at]
            if change(holder, key):
                yield candidate


def _left_out(holder: Any, key: Any) -> bool:
    del holder[key]
    return True


def _halved(holder: Any, key: Any) -> bool:
    value = holder[key]
    if not isinstance(value, list | str) or len(value) < 2:
        return False
    holder[key] = value[: len(value) // 2]
    return True


def _plain(holder: Any, key: Any) -> bool:
    if holder[key] == 1:
        return False
    holder[key] = 1
    return True


def _size(document: Any) -> int:
    return len(json.dumps(document))


def smaller_bytes(body: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Bytes without the parts that the finding does not need."""
    ends, length = monotonic() + PATIENCE, len(body) // 2
    while length and monotonic() < ends:
        at = 0
        while at < len(body) and monotonic() < ends:
            candidate = body[:at] + body[at + length :]
            if fails(candidate):
                body = candidate
            else:
                at += length
        length //= 2
    return body
