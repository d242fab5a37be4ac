"""The page at / for a browser, and the files it loads: read when the service starts, with a compressed copy of each."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, g, request

from .catalogue import tagged
from .problems import ApiProblem

blueprint = Blueprint("playground", __name__)

DIRECTORY = Path(__file__).parents[1] / "playground"

HTML = "text/html"
MIMETYPES = {".html": HTML, ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

#: The page's policy: it loads from this service alone, runs no code but its files, and writes no HTML. `blob:` is a picture to download.
#: Nothing is said of who may show it in a frame: it has no session, and teachers put it into the pages of their courses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)

#: The page is asked for each time it is opened; its files have its build in their address, and are kept.
ASKED_AGAIN, KEPT = "no-cache", "public, max-age=31536000, immutable"

#: What a module imports when it is loaded.
IMPORTED = re.compile(r'^(?:import|export)[^;]* from "\./([\w.]+)";$', re.MULTILINE)

#: What a reader of the code needs and a browser does not: comments that are lines of their own or end a line, and the room before a line.
#: What has a quote after it may be within a text, and stays.
FOR_READERS = re.compile(rb"^[ \t]*/\*.*?\*/[ \t]*$|[ \t]+// [^\"'`\n]*$|^[ \t]+", re.MULTILINE | re.DOTALL)

#: What stands in the page in place of the address of its files, and of the links to its modules.
AT, MODULES = "{{files}}", "{{modules}}"


class Copies(NamedTuple):
    """A file as it is, and compressed."""

    plain: bytes
    compressed: bytes
    mimetype: str


class Playground(NamedTuple):
    """The page, and its files by name."""

    build: str
    page: Copies
    files: dict[str, Copies]


def copies(body: bytes, suffix: str) -> Copies:
    return Copies(body, gzip.compress(body, 9, mtime=0), MIMETYPES[suffix])


def bare(body: bytes) -> bytes:
    """A script or a style without what is there for readers alone; each line keeps its number."""
    return FOR_READERS.sub(lambda left: b"\n" * left[0].count(b"\n"), body)


def needed(found: Mapping[str, bytes], first: str = "main.js") -> list[str]:
    """The modules that the first one imports, and those that these import; what is imported later, on demand, is not among them."""
    names, waiting = [], [first]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.append(name)
            waiting += IMPORTED.findall(found[name].decode())
    return sorted(names)


@cache
def playground() -> Playground:
    """Read everything. The build is a digest of all files, so that one which has changed has another address."""
    read = {path.name: path.read_bytes() for path in sorted(DIRECTORY.iterdir()) if path.suffix in MIMETYPES}
    found = {name: bare(body) if name.endswith((".js", ".css")) else body for name, body in read.items()}
    build = sha256(b"".join(name.encode() + sha256(body).digest() for name, body in found.items())).hexdigest()[:16]
    files = {name: copies(body, Path(name).suffix) for name, body in found.items() if name != "index.html"}
    links = "\n".join(f'<link rel="modulepreload" href="assets/{build}/{name}">' for name in needed(found))
    page = found["index.html"].decode().replace(MODULES, links).replace(AT, f"assets/{build}")
    return Playground(build, copies(page.encode(), ".html"), files)


def page() -> Response:
    """The page."""
    response = _sent(playground().page, ASKED_AGAIN)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.vary.add("Accept")
    return response


@blueprint.get("/assets/<build>/<name>")
def file(build: str, name: str) -> Response:
    """Give a file of the page."""
    g.is_shared = False
    held = playground()
    if build != held.build or name not in held.files:
        raise ApiProblem(404, "not-found", "There is no such file", "this file is not part of the page; load the page again")
    return _sent(held.files[name], KEPT)


def _sent(found: Copies, kept: str) -> Response:
    """A file, compressed for who takes it so."""
    is_compressed = request.accept_encodings["gzip"] > 0
    response = tagged(found.compressed if is_compressed else found.plain, found.mimetype)
    response.headers["Cache-Control"] = kept
    response.vary.add("Accept-Encoding")
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    return response
