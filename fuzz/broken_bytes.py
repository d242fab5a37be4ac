"""Changes of a body's bytes: what a broken client, a cut connection or an attack sends."""

from __future__ import annotations

import re
from collections.abc import Callable

from .dice import Dice

NUMBER = re.compile(rb"-?\d+(\.\d+)?(e[+-]?\d+)?")

NO_NUMBERS = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e400",
    b"-1e999",
    b"01",
    b"1.",
    b".5",
    b"+1",
    b"0x10",
    b"1_000",
    b"--1",
    b"1e",
    b"9" * 400,
)

INTRUDERS = (
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\0",
    b"\\u0000",
    b"\\ud800",
    b"\x1b[31m",
    b"//",
    b"/* */",
    b"'",
    b",",
    b":",
    b"}",
    b"]",
    b'"',
)


def broken(dice: Dice, body: bytes) -> bytes:
    """A body with one change of its bytes or two."""
    for _ in range(dice.one_of((1, 1, 2))):
        body = dice.call(CHANGES, body)
    return body


def cut(dice: Dice, body: bytes) -> bytes:
    return body[: dice.below(len(body) + 1)]


def flipped(dice: Dice, body: bytes) -> bytes:
    changed = bytearray(body or b"{")
    for _ in range(dice.size(1, 8)):
        changed[dice.below(len(changed))] = dice.below(256)
    return bytes(changed)


def intruded(dice: Dice, body: bytes) -> bytes:
    at = dice.below(len(body) + 1)
    return body[:at] + dice.one_of(INTRUDERS) + body[at:]


def without_number(dice: Dice, body: bytes) -> bytes:
    """One number written as JSON does not allow."""
    found = list(NUMBER.finditer(body[:5000]))
    if not found:
        return dice.one_of(NO_NUMBERS)
    chosen = dice.one_of(found)
    return body[: chosen.start()] + dice.one_of(NO_NUMBERS) + body[chosen.end() :]


def recoded(dice: Dice, body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode(dice.one_of(("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp500")), "replace")


def nested(dice: Dice, body: bytes) -> bytes:
    """Brackets that open, and mostly do not close."""
    depth = dice.size(1, 100_000)
    opened, closed = dice.one_of(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"":', b"}]")))
    return opened * depth + body + (closed * depth if dice.chance(0.5) else b"")


def repeated(dice: Dice, body: bytes) -> bytes:
    """A key that stands twice, or a document after a document."""
    if body.startswith(b"{") and dice.chance(0.7):
        return b'{"optimizer":"sgd",' + body[1:]
    return body + dice.one_of((b"", b"\n", b",", b" ")) + body


def padded(dice: Dice, body: bytes) -> bytes:
    padding = dice.one_of((b" ", b"\n", b"\t", b"\r")) * dice.size(1, 1_000_000 if dice.chance(0.02) else 1000)
    return dice.one_of((padding + body, body + padding))


def digits(dice: Dice, body: bytes) -> bytes:
    """A list of very short or very long numbers, seldom near the longest body that is taken."""
    number = dice.one_of((b"0", b"1e0", b"-0.0", b"1e-400", b"0." + b"1" * 300, b"[]", b"{}", b'""', b"null"))
    count = dice.size(1, 4_000_000 if dice.chance(0.01) else 3000)
    listed = b"[" + b",".join([number] * min(count, 8_000_000 // (len(number) + 1))) + b"]"
    return dice.one_of((listed, b'{"optimizer":"sgd","params":%b,"gradient":1}' % listed, b'{"objective":"sphere","starts":%b}' % listed))


CHANGES: tuple[Callable[[Dice, bytes], bytes], ...] = (cut, flipped, intruded, without_number, recoded, nested, repeated, padded, digits)
