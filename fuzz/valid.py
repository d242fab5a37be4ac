"""Requests that the service should answer, for each of its endpoints: made from its own openapi.yaml and catalogue.

So what is added to the service, an optimizer, an objective or an endpoint, is fuzzed without a word here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from .dice import Dice
from .sampling import Sampler, Schema

#: Answers a GET, or a POST with a document, by its JSON.
Ask = Callable[..., Any]

PICTURES = ("image/png", "image/svg+xml")


class Catalogue:
    """What the service says of itself."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        document = ask("/openapi.json")
        self.schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self.optimizers = {each["name"]: ask(f"/optimizers/{each['name']}") for each in ask("/optimizers")["optimizers"]}
        posts = {path: item["post"] for path, item in document["paths"].items() if "post" in item}
        self.bodies: dict[str, Schema] = {path: post["requestBody"]["content"]["application/json"] for path, post in posts.items()}
        self.forms = {path: list(post["responses"]["200"]["content"]) for path, post in posts.items()}
        self.drawing = [path for path, forms in self.forms.items() if set(PICTURES) & set(forms)]
        self.pages = [path for path, item in document["paths"].items() if "get" in item and "{" not in path]
        self.pages += [each["href"] for path in ("optimizers", "objectives") for each in ask(f"/{path}")[path]]

    def request(self, dice: Dice, path: str) -> Any:
        """A document for a path, which is mostly valid."""
        if dice.chance(0.05):
            return deepcopy(self.bodies[path]["example"])
        document = Sampler(dice, self.schemas, self.optimizers).draw(self.bodies[path]["schema"])
        takes_submission = "submission" in self.schemas[self.bodies[path]["schema"]["$ref"].rpartition("/")[2]].get("properties", {})
        if takes_submission and "candidates" not in document and dice.chance(0.9):
            document["submission"] = self._submission(dice, document["reference"])
        return document

    def _submission(self, dice: Dice, reference: Any) -> Any:
        """What a student may have returned: the right answer, or that of another request."""
        if isinstance(reference, list):
            return [self._submission(dice, each) for each in reference]
        path = "/step" if "params" in reference else "/trajectory"
        if dice.chance(0.7):
            reference = {**reference, "optimizer": Sampler(dice, self.schemas, self.optimizers).draw({"$ref": "/Optimizer"})}
        answer = self.ask(path, reference)
        wanted = ("params", "update", "state") if path == "/step" else ("points", "state")
        told = {name: answer[name] for name in wanted if name in answer and dice.chance(0.8)}
        return told or {"points": [[0.0]]}


def written(document: Any) -> bytes:
    """A document as JSON, whatever numbers and texts it has."""
    return json.dumps(document, allow_nan=True).encode("utf-8", "surrogatepass")
