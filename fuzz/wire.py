"""Requests as bytes: with odd headers, in pieces, several at once, or not HTTP at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

from . import envelopes
from .broken_bytes import broken
from .case import Exchange, Request
from .dice import Dice
from .valid import Catalogue

STEP = json.dumps({"optimizer": "gd", "params": [1.0], "gradient": [1.0]}).encode()

NAMES = (
    *("X-Odd", "Accept", "Host", "Content-Type", "X-Request-Id", "Connection", "Cookie", "X_Request_Id", "TE", "Upgrade", ":path"),
    *("X Odd", "", "\xff", "Accept-Language", "X-Forwarded-For", "Forwarded"),
)

VALUES = (
    *("", " ", "1", "-1", "0", "a, b", "chunked", "gzip, chunked", "close", "keep-alive", "websocket", "h2c", "100-continue", "\xff\xfe"),
    *("a\tb", "x" * 9000, "*/*", "é", "'\"\\", "18446744073709551616", "0x10", "1, 1", "+1", "127.0.0.1", "::1", "abc.DEF_1-2", "a" * 64),
)

LENGTHS = (b"0", b"1", b"-1", b"99999999", b"9223372036854775807", b"18446744073709551616", b"1e3", b"0x5", b"", b"5, 5", b"+3", b" 7 ")

CHUNKS = (
    *(b"0\r\n\r\n", b"5\r\nhello\r\n", b"zz\r\n", b"-1\r\n", b"ffffffffffffffff\r\n", b"5;x=y\r\nhello\r\n0\r\n\r\n", b"5\nhello\n"),
    *(b"0\r\nX: y\r\n\r\n", b"5\r\nhel"),
)

GARBAGE = (
    *(b"\0", b"\r\n" * 50, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n"),
    *(
        b"GET /\r\n\r\n",
        b"\xff" * 100,
        b"SSH-2.0-x\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G" * 70_000,
    ),
)


def request_bytes(request: Request) -> bytes:
    """A request as it goes over the wire, with the lengths that it needs where it does not say its own."""
    target = request.target.encode("latin-1") or b"/"
    target = b"".join(b"%%%02x" % byte if byte <= 32 or byte == 127 else bytes([byte]) for byte in target)
    headers = list(request.headers)
    names = {name.lower() for name, _ in headers}
    headers += [("Host", "service")] if "host" not in names else []
    if request.body and not names & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(request.body))))
    head = b"".join(name.encode("latin-1") + b": " + value.encode("latin-1") + b"\r\n" for name, value in headers)
    return request.method.encode("latin-1") + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + request.body


def with_odd_headers(dice: Dice, request: Request) -> Request:
    """A request with some headers more. What says where the body ends stays true, else nobody could wait for an answer."""
    more = [(dice.one_of(NAMES), _one_line(dice)) for _ in range(dice.one_of((0, 1, 1, 2, 3, 120 if dice.chance(0.1) else 4)))]
    kept = [(name, value.replace("\n", "").replace("\r", "").replace("\0", "")) for name, value in request.headers]
    kept = [(name, value) for name, value in kept if name not in ("Transfer-Encoding", "Expect")]
    order = kept + more if dice.chance(0.7) else more + kept
    return dataclasses.replace(request, method=request.method.strip(), headers=order)


def _one_line(dice: Dice) -> str:
    """A value without the bytes that would end a header."""
    value = dice.one_of(VALUES) if dice.chance(0.6) else dice.text(40).encode("utf-8").decode("latin-1")
    return value.replace("\n", " ").replace("\r", " ").replace("\0", " ")


def exchange(dice: Dice, catalogue: Catalogue) -> Exchange:
    """What is sent over one connection."""
    sent = b"".join(dice.call(KINDS, catalogue) for _ in range(dice.one_of((1, 1, 1, 2, 3, 20 if dice.chance(0.2) else 4))))
    if dice.chance(0.2):
        sent = sent[: dice.below(len(sent) + 1)]
    cuts = sorted(dice.below(len(sent) + 1) for _ in range(dice.one_of((0, 0, 1, 2, 5))))
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    endings = ("read", "read", "reset", "half-close", "little", "close")
    return Exchange(pieces, dice.one_of((0.0, 0.001, 0.01)), dice.one_of(endings))


def whole(dice: Dice, catalogue: Catalogue) -> bytes:
    """A whole request, of any endpoint; none that is much work, which would keep the next cases waiting."""
    if dice.chance(0.3):
        return request_bytes(envelopes.asked(dice, catalogue))
    path = dice.one_of(list(catalogue.bodies))
    return request_bytes(envelopes.posted(dice, path, STEP, catalogue.forms[path]))


def broken_request(dice: Dice, catalogue: Catalogue) -> bytes:
    return broken(dice, whole(dice, catalogue))


def of_another_length(dice: Dice, _: Catalogue) -> bytes:
    """A length that is not that of the body, or no number, or there twice."""
    lengths = b"".join(b"Content-Length: %b\r\n" % dice.one_of(LENGTHS) for _ in range(dice.one_of((1, 1, 2))))
    return b"POST /step HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + lengths + b"\r\n" + STEP


def in_chunks(dice: Dice, _: Catalogue) -> bytes:
    """A chunked body, mostly a wrong one."""
    head = b"POST /step HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
    coding = dice.one_of((b"chunked", b"chunked", b"Chunked", b"gzip, chunked", b"chunked, chunked", b"identity", b"x"))
    right = b"%x\r\n%b\r\n0\r\n\r\n" % (len(STEP), STEP)
    return head + coding + b"\r\n\r\n" + (right if dice.chance(0.3) else b"".join(dice.one_of(CHUNKS) for _ in range(dice.below(6))))


def asking_first(dice: Dice, _: Catalogue) -> bytes:
    """One that wants to be told to go on."""
    length = dice.one_of((b"10", b"99999999", b"%d" % len(STEP)))
    head = b"POST /step HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " + length
    return head + b"\r\n\r\n" + (STEP if dice.chance(0.5) else b"")


def garbage(dice: Dice, _: Catalogue) -> bytes:
    return dice.one_of(GARBAGE) if dice.chance(0.7) else bytes(dice.below(256) for _ in range(dice.size(1, 2000)))


KINDS: tuple[Callable[[Dice, Catalogue], bytes], ...] = (whole, whole, broken_request, of_another_length, in_chunks, asking_first, garbage)
