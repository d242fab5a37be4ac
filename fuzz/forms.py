"""The forms of answers: each is read to its end, and said what is wrong with it."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import orjson

#: A picture has at most so many pixels along a side.
MOST_PIXELS = 10_000


def json(body: bytes) -> str | None:
    """orjson takes no NaN and no Infinity."""
    return None if isinstance(orjson.loads(body), dict) else "JSON that is no object"


def ndjson(body: bytes) -> str | None:
    lines = [orjson.loads(line) for line in body.splitlines()]
    return None if len(lines) > 1 and all(isinstance(line, dict) for line in lines) else "too few lines"


def table(body: bytes) -> str | None:
    rows = list(csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True))
    if len({len(row) for row in rows}) != 1:
        return "rows of several lengths"
    return "a column without a name of its own" if len(set(rows[0])) < len(rows[0]) else None


def arrays(body: bytes) -> str | None:
    with np.load(io.BytesIO(body), allow_pickle=False) as found:
        names = list(found)
        orjson.loads(found["meta"].item())
        return None if all(found[name].dtype.kind in "fiubU" for name in names) else "an array of objects"


def png(body: bytes) -> str | None:
    """Its parts and their sums; what they hold can be unpacked to so many rows."""
    if not body.startswith(b"\x89PNG\r\n\x1a\n") or not body.endswith(b"IEND\xaeB`\x82"):
        return "a PNG that does not begin or end as one"
    width, height = struct.unpack(">II", body[16:24])
    at, data = 8, []
    while at < len(body):
        (length,) = struct.unpack(">I", body[at : at + 4])
        kind, part = body[at + 4 : at + 8], body[at + 8 : at + 8 + length]
        if zlib.crc32(kind + part) != struct.unpack(">I", body[at + 8 + length : at + 12 + length])[0]:
            return "a PNG with a wrong sum"
        data += [part] if kind == b"IDAT" else []
        at += 12 + length
    rows = zlib.decompress(b"".join(data))
    return None if 0 < width < MOST_PIXELS and 0 < height < MOST_PIXELS and len(rows) % height == 0 else "a PNG of a wrong size"


def svg(body: bytes) -> str | None:
    """Well-formed, and no place in it that is not a number."""
    root = ElementTree.fromstring(body)  # noqa: S314 - the service's own
    if not root.tag.endswith("}svg"):
        return "an SVG that is none"
    for node in root.iter():
        for name in ("d", "x", "y", "width", "height", "viewBox", "transform"):
            if any(word in node.get(name, "").lower() for word in ("nan", "inf")):
                return f"an SVG with a number that is none in {name}"
    return None


READERS: dict[str, Callable[[bytes], str | None]] = {
    "application/json": json,
    "application/x-ndjson": ndjson,
    "text/csv": table,
    "application/x-npz": arrays,
    "image/png": png,
    "image/svg+xml": svg,
}
