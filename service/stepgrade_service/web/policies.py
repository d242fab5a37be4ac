"""What a browser may do with what it shows: a page or a picture of this service runs no code but its own."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256

from flask import Flask, Response

#: An SVG that is opened by itself is a document: it loads nothing, and no script runs.
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

#: The documentation loads from this service alone. Its own styles stand in the page; of scripts in the page, those it was made with.
PAGE = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def _restrict(response: Response) -> Response:
    content_type = response.headers.get("Content-Type", "")
    if "Content-Security-Policy" in response.headers:
        return response
    if content_type.startswith("image/svg"):
        _add(response, PICTURE)
    elif content_type.startswith("text/html"):
        _add(response, _page_policy(b"" if response.is_streamed else response.get_data()))
    return response


def _add(response: Response, policy: str) -> None:
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"


@lru_cache(maxsize=8)
def _page_policy(page: bytes) -> str:
    digests = [b64encode(sha256(script).digest()).decode() for script in SCRIPT.findall(page)]
    return PAGE.format(scripts="".join(f" 'sha256-{digest}'" for digest in digests))


def install(app: Flask) -> None:
    """Send a policy with every page and every SVG of this app."""
    app.after_request(_restrict)
