"""The words that the schemas of answers are made of."""

from __future__ import annotations

from typing import Any

from ...engine.running.summary import MEANINGS
from ..openapi.vocabulary import one_of, ref

Json = dict[str, Any]

NUMBER: Json = {"type": "number"}
NUMBER_OR_NULL: Json = {"type": ["number", "null"]}
TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
OBJECT: Json = {"type": "object", "additionalProperties": True}
ENGINE: Json = {"type": "string", "description": "the version of the engine; numbers change only if it changes"}
WHY_DIVERGED: Json = {"type": "string", "description": "why it diverged, in a sentence; only where it did"}
STATUS: Json = one_of(("completed", "converged", "growing", "diverged"))


def open_ended(properties: Json, description: str = "", others: Json | bool = True) -> Json:
    """An object that has all of these keys, and others."""
    told_of_it = {"description": description} if description else {}
    return {"type": "object", **told_of_it, "properties": properties, "required": list(properties), "additionalProperties": others}


ECHO = open_ended({"name": TEXT}, "with every setting that was used, also the defaults; it can be posted back")
STATE = open_ended({"t": WHOLE}, "post it with the next request to continue", ref("Answer"))


def listed(items: Json, description: str = "") -> Json:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def told(properties: Json, *optional: str, description: str = "") -> Json:
    """An object that has all of these keys, but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", **({"description": description} if description else {}), "properties": properties, "required": required}


#: What a summary has laid out like the params, and what is true or false there; the rest are numbers.
LAID_OUT, YES_OR_NO = ("sign_flips", "flip_fraction", "minimum"), ("limit_cycle",)


def summary() -> Json:
    """The summary of a run: every measure with its meaning."""
    kinds = {name: ref("Answer") for name in LAID_OUT} | {name: {"type": ["boolean", "null"]} for name in YES_OR_NO}
    return told({name: {**kinds.get(name, NUMBER_OR_NULL), "description": meaning} for name, meaning in MEANINGS.items()})
