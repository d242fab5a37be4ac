"""The schemas of openapi.yaml for what /check and /mistakes answer."""

from __future__ import annotations

from ..openapi.vocabulary import NULL, any_of, one_of
from .answer_parts import ECHO, ENGINE, NUMBER, NUMBER_OR_NULL, OBJECT, TEXT, WHOLE, Json, listed, told

FORMULA = told({"wrong": TEXT, "right": TEXT}, description="LaTeX")
KINDS = ["mistake", "convention", "optimizer", "hyperparameter", "precision"]


def check() -> Json:
    mismatch = told(
        {
            "case": WHOLE,
            "step": WHOLE,
            "quantity": {**TEXT, "description": "params, points, update, state/t, or state/ and a slot"},
            "index": any_of(
                NULL, listed({"type": ["string", "integer"]}), description="the place in the quantity; null if the shape is different"
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
            "findings": listed(finding(), "what explains the numbers, the simplest first; empty if nothing explains them"),
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
            "kind": one_of(KINDS),
            "fit": {**NUMBER, "description": "the share of the tolerance that it needs, 0 to 1"},
            "where": TEXT,
            "hint": {"type": ["string", "null"], "description": "the hint at the requested level"},
            "formula": any_of(NULL, FORMULA, description="with hints 3: the formula of the submission, and the right formula"),
            "probe": any_of(OBJECT, NULL, description="if there are several findings, the first has a request that distinguishes them"),
        }
    )


def candidates() -> Json:
    numbers = any_of(OBJECT, NULL, description="laid out like a submission; null if there are no numbers to compare")
    told_of_it = {
        "code": TEXT,
        "title": TEXT,
        "kind": one_of(KINDS),
        "where": TEXT,
        "hints": listed(TEXT),
        "formula": any_of(NULL, FORMULA),
    }
    explained = "the largest error that float32 arithmetic explains: in points (one row per compared step) and in state"
    room = any_of(OBJECT, NULL, description=explained)
    each = told({**told_of_it, "numbers": numbers, "room": room})
    return told({"room": room, "candidates": listed(each), "optimizer": ECHO, "engine": ENGINE})


def probe() -> Json:
    same = {**listed(TEXT), "minItems": 2, "maxItems": 2}
    return told(
        {
            "reference": listed(OBJECT, "/step or /trajectory requests"),
            "gap": {
                **NUMBER_OR_NULL,
                "description": "any two different formulas differ in some number by at least this relative difference",
            },
            "same": listed(
                same, "pairs of codes that no input can distinguish, because they are the same formula; `right` is the right formula"
            ),
            "catalogue": {**WHOLE, "description": "how many mistakes of this optimizer the service knows; 0 if it knows none yet"},
            "optimizer": ECHO,
            "engine": ENGINE,
        }
    )


def audit() -> Json:
    caught: dict[str, Json] = {"code": TEXT, "title": TEXT, "kind": one_of(("mistake", "convention"))}
    told_of_it = "a request that shows the mistake; null if here it is the same formula as the right one"
    shown = any_of(OBJECT, NULL, description=told_of_it)
    return told(
        {
            "catches": listed(told(caught), "if this and lets_through are both empty, the service knows no mistakes of this optimizer yet"),
            "lets_through": listed(told({**caught, "probe": shown})),
            "probes": listed(OBJECT, "the fewest requests that catch what the test lets through"),
            "optimizer": ECHO,
            "engine": ENGINE,
        }
    )


def mistakes() -> Json:
    mistake = told(
        {
            "code": TEXT,
            "title": TEXT,
            "kind": one_of(("mistake", "convention")),
            "where": TEXT,
            "formula": FORMULA,
            "hints": {**listed(TEXT), "minItems": 3, "maxItems": 3},
            "optimizers": listed(TEXT, "the optimizers in which this mistake is possible, in some convention"),
        }
    )
    return told({"mistakes": listed(mistake), "engine": ENGINE})
