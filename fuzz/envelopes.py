"""What stands around a body: the method, the address and the headers."""

from __future__ import annotations

from .case import Request
from .dice import Dice
from .valid import PICTURES, Catalogue

JSON = "application/json"

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POST ", "BREW", "A" * 300)

CONTENT_TYPES = (
    *("", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "*/*"),
    *(
        f"{JSON}; charset=utf-8",
        f"{JSON};charset=UTF-16",
        f"{JSON};charset=nonsense",
        f"{JSON}; x=y",
        f"{JSON}, {JSON}",
        "APPLICATION/JSON",
    ),
    *(
        f'{JSON}; charset="',
        f"{JSON}; charset*=utf-8''utf-8",
        f"{JSON};" * 200,
        "application/",
        ";",
        "a" * 5000,
        "\xff\xfe",
        f"{JSON};charset=\xff",
    ),
)

ACCEPTS = (
    *(
        "*/*",
        "",
        "image/*",
        "application/*",
        "text/*",
        "*",
        "/",
        ",",
        ";q=0",
        "*/*;q=0",
        "image/png;q=0, */*",
        "image/svg+xml;q=0.1, image/png",
    ),
    *(
        f"{JSON};q=1.5",
        f"{JSON};q=-1",
        f"{JSON};q=nan",
        f"{JSON};q=1e400",
        f"{JSON};q=",
        f"{JSON};q",
        f"{JSON}; version=2",
        "q=1",
        "text/html",
    ),
    *(
        "image/png; theme=dark",
        "a/b," * 1500 + "*/*;q=0.1",
        "\xff",
        "image/png\x00",
        "application/problem+json",
        "x/y;q=0.5;q=1",
        '"image/png"',
    ),
)

QUERIES = (
    "theme=dark",
    "theme=light",
    "theme=",
    "theme=blue",
    "theme=dark&theme=light",
    "x=1",
    "&&&",
    "=",
    "theme=%ff",
    "theme=" + "a" * 3000,
    "%",
    "?",
)

PATHS = (
    "//step",
    "/step/",
    "/Step",
    "/stepp",
    "/",
    "",
    "/../step",
    "/%2e%2e/step",
    "/step\0",
    "/docs/",
    "/docs/../../etc",
    "/\xff",
    "*",
    "/" + "a" * 5000,
)

HEADERS = (
    *(("Content-Encoding", "gzip"), ("Content-Encoding", "identity"), ("Content-Encoding", ""), ("Transfer-Encoding", "chunked")),
    *(
        ("If-None-Match", "*"),
        ("If-None-Match", '"x", W/"y"'),
        ("If-Match", '"x"'),
        ("If-Modified-Since", "nonsense"),
        ("Range", "bytes=0-1"),
    ),
    *(
        ("Expect", "200-ok"),
        ("Origin", "null"),
        ("X-Forwarded-For", "a, b, 1.2.3.4"),
        ("X-Forwarded-For", "\xff" * 100),
        ("Cookie", "a=b; c"),
    ),
    *(
        ("X-Request-Id", "a\tb"),
        ("X-Request-Id", "a" * 65),
        ("X-Request-Id", ""),
        ("X-Request-Id", "\xe9"),
        ("Accept-Encoding", "gzip;q=nan"),
    ),
    *(
        ("Host", "a:b:c"),
        ("Host", ""),
        ("Host", "\xff"),
        ("Authorization", "Basic \xff"),
        ("Date", "x" * 2000),
        ("Connection", "keep-alive, close"),
    ),
)


def posted(dice: Dice, path: str, body: bytes, forms: list[str]) -> Request:
    """A body on its way: mostly as the service asks for it, in each of the forms, else odd in one part or several."""
    accept, sent, method, query = dice.one_of(forms), JSON, "POST", ""
    if set(PICTURES) & set(forms) and dice.chance(0.2):
        query = dice.one_of(QUERIES[:2])
    headers = []
    if dice.chance(0.12):
        accept = dice.one_of(ACCEPTS) if dice.chance(0.4) else accept
        sent = dice.one_of(CONTENT_TYPES) if dice.chance(0.4) else sent
        method = dice.one_of(METHODS) if dice.chance(0.2) else method
        query = dice.one_of(QUERIES) if dice.chance(0.3) else query
        path = dice.one_of(PATHS) if dice.chance(0.1) else path
        headers = [dice.one_of(HEADERS)] if dice.chance(0.3) else []
    return Request(method, f"{path}?{query}" if query else path, [("Content-Type", sent), ("Accept", accept), *headers], body)


def asked(dice: Dice, catalogue: Catalogue) -> Request:
    """A GET: of a page that there is, mostly."""
    path = dice.one_of(catalogue.pages) if dice.chance(0.8) else dice.one_of(PATHS)
    if dice.chance(0.2):
        path = path[: dice.below(len(path) + 1)] + dice.text(30).encode("utf-8").decode("latin-1")
    query = f"?{dice.one_of(QUERIES)}" if dice.chance(0.2) else ""
    accept = dice.one_of(ACCEPTS) if dice.chance(0.5) else JSON
    more = [dice.one_of(HEADERS)] if dice.chance(0.4) else []
    return Request(dice.one_of(("GET", "GET", "HEAD", "OPTIONS")), path + query, [("Accept", accept), *more])
