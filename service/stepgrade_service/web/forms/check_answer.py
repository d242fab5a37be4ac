"""The schemas of openapi.yaml for what /check and /mistakes answer."""

from __future__ import annotations

from ..openapi.components import NULL, any_of
from .answer_parts import ECHO, ENGINE, NUMBER, NUMBER_OR_NULL, TEXT, WHOLE, Json, listed, told

FORMULA = told({"wrong": TEXT, "right": TEXT}, description="LaTeX")
KINDS = ["mistake", "convention", "optimizer", "hyperparameter", "precision"]


def check() -> Json:
    mismatch = told(
        {
            "case": WHOLE,
            "step": WHOLE,
            "quantity": {**TEXT, "description": "params, points, update, state/t, or state/ and a slot"},
            "index": any_of(
                NULL, listed({"type": ["string", "integer"]}), description="where in the quantity; null where its shape is another"
            ),
            "expected": {"description": "a number, or a shape in words"},
            "got": {"description": "a number, or a shape"},
            "relative_error": NUMBER_OR_NULL,
        }
    )
    return told(
        {
            "passed": {"type": "boolean"},
            "score": {
                **NUMBER,
                "description": "the share of the steps before the first mismatch, averaged over the cases; 1 only if passed",
            },
            "first_mismatch": any_of(NULL, mismatch),
            "findings": listed(finding(), "what explains the numbers, the simplest first; empty where nothing does"),
            "optimizer": ECHO,
            "engine": ENGINE,
        }
    )


def finding() -> Json:
    """Something that explains the numbers."""
    return told(
        {
            "code": TEXT,
            "title": TEXT,
            "kind": {"enum": KINDS},
            "fit": {**NUMBER, "description": "how much of the tolerance it needs, 0 to 1"},
            "where": TEXT,
            "hint": {"type": ["string", "null"], "description": "at the asked level"},
            "formula": any_of(NULL, FORMULA, description="with hints 3: as it was written, and the right one"),
            "probe": {"type": ["object", "null"], "description": "of several findings the first has a request that tells them apart"},
        }
    )


def candidates() -> Json:
    numbers = {"type": ["object", "null"], "description": "laid out like a submission; null for what is only noted"}
    told_of_it = {
        "code": TEXT,
        "title": TEXT,
        "kind": {"enum": KINDS},
        "where": TEXT,
        "hints": listed(TEXT),
        "formula": any_of(NULL, FORMULA),
    }
    room: Json = {
        "type": ["object", "null"],
        "description": "what float32 arithmetic may be off by: points, a row a compared step, and state",
    }
    each = told({**told_of_it, "numbers": numbers, "room": room})
    return told({"room": room, "candidates": listed(each), "optimizer": ECHO, "engine": ENGINE})


def probe() -> Json:
    same = {**listed(TEXT), "minItems": 2, "maxItems": 2}
    return told(
        {
            "reference": listed({"type": "object"}, "/step or /trajectory requests"),
            "gap": {**NUMBER_OR_NULL, "description": "least relative difference between any two formulas that differ, where it is largest"},
            "same": listed(same, "pairs of codes that no input tells apart: the same formula, right the right one"),
            "catalogue": {**WHOLE, "description": "how many mistakes of this optimizer the service knows; 0 if it knows none yet"},
            "optimizer": ECHO,
            "engine": ENGINE,
        }
    )


def audit() -> Json:
    caught: dict[str, Json] = {"code": TEXT, "title": TEXT, "kind": {"enum": ["mistake", "convention"]}}
    shown = {"type": ["object", "null"], "description": "a request that shows it; null where it is the same formula here"}
    return told(
        {
            "catches": listed(told(caught), "if this and lets_through are both empty, the service knows no mistakes of it yet"),
            "lets_through": listed(told({**caught, "probe": shown})),
            "probes": listed({"type": "object"}, "the fewest requests that close the holes"),
            "optimizer": ECHO,
            "engine": ENGINE,
        }
    )


def mistakes() -> Json:
    mistake = told(
        {
            "code": TEXT,
            "title": TEXT,
            "kind": {"enum": ["mistake", "convention"]},
            "where": TEXT,
            "formula": FORMULA,
            "hints": {**listed(TEXT), "minItems": 3, "maxItems": 3},
            "optimizers": listed(TEXT, "that it can be made with, in some convention"),
        }
    )
    return told({"mistakes": listed(mistake), "engine": ENGINE})
