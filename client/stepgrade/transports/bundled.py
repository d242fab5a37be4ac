"""Requests answered from a bundle: no server, no network."""

from __future__ import annotations

import json
import math
from base64 import b64decode

from requests.structures import CaseInsensitiveDict

from stepgrade.bundles.bundle import CHECK, Bundle
from stepgrade.bundles.calls import Call
from stepgrade.bundles.checking import check
from stepgrade.messages import Answer, Request

JSON = "application/json"


class BundleTransport:
    """Takes the answers from a bundle, and from nowhere else.

    Parameters
    ----------
    bundle : Bundle
    """

    max_answer = math.inf  # it comes from this very machine

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def __repr__(self) -> str:
        """The bundle."""
        return repr(self.bundle)

    def send(self, request: Request) -> Answer:
        """Return the answer that the service gave when the bundle was built.

        Parameters
        ----------
        request : Request
            The request, with its id.

        Raises
        ------
        NotInBundle
            The bundle has no answer to this request.
        """
        call = Call.of(request)
        if call.route == ("POST", CHECK, "json"):
            body, form = _json(check(call.body or {}, self.bundle)), JSON
        else:
            kept = self.bundle.find(call)
            body, form = _body(kept.answer, call.form), kept.content_type
        headers = {"Content-Type": form, "X-Request-Id": request.id, "Stepgrade-Engine": self.bundle.engine}
        return Answer(200, CaseInsensitiveDict(headers), body)

    def close(self) -> None:
        """Nothing is open."""


def _body(answer: object, form: str) -> bytes:
    if form == "json" or not isinstance(answer, dict):
        return _json(answer)
    return answer["text"].encode() if "text" in answer else b64decode(answer["base64"])


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
