"""The schema of openapi.yaml for what /map answers."""

from __future__ import annotations

from ...engine.comparing.decomposition import OUTCOMES, TAIL_GAP
from ...engine.comparing.map_plan import AXES
from ..openapi.vocabulary import any_of, one_of
from .answer_parts import ECHO, ENGINE, NUMBER, NUMBER_OR_NULL, OBJECT, TEXT, WHOLE, Json, listed, told

WHOLE_OR_NULL: Json = {"type": ["integer", "null"]}


def over_grid(number: Json, description: str) -> Json:
    """Rows by the second axis, columns by the first; a list where there is one axis."""
    return any_of(listed(number), listed(listed(number)), description=description)


def of_each(number: Json, description: str) -> Json:
    return {"type": "object", "additionalProperties": over_grid(number, description), "description": "by label"}


def by_label(number: Json) -> Json:
    return {"type": "object", "additionalProperties": number, "description": "by label"}


def counts() -> Json:
    ahead = {"ahead": by_label(WHOLE), "equal": {**WHOLE, "description": "points where the ratio is below 1.05"}, "neither": WHOLE}
    apart = {
        "different_minima": {**WHOLE, "description": "points where the runs end at minima of different values, so they are not compared"}
    }
    cells = {**ahead, "undefined": {**WHOLE, "description": "points where the runs cannot be compared"}, "cells": WHOLE}
    signs = told(
        {"helps": WHOLE, "hurts": WHOLE, "ties": {**WHOLE, "description": "points where the effect is below 5 %"}, "undefined": WHOLE}
    )
    properties: Json = {
        "settling_step": told({"reached": by_label(WHOLE), **cells, **apart}, *ahead, *apart),
        "steps_to_target": told({"reached": by_label(WHOLE), **cells, **apart}, *ahead, *apart),
        "final_value": told({"diverged": by_label(WHOLE), **cells}, *ahead),
        "minimum_reached": {**by_label(listed(WHOLE)), "description": "by label: points that lead to each of the minima, and to none"},
        "direction_effect": signs,
        "magnitude_effect": signs,
        "outcome": told({**dict.fromkeys(OUTCOMES, WHOLE), "undefined": WHOLE}, *(each for each in OUTCOMES if each != TAIL_GAP)),
        "unmatched": {**by_label(WHOLE), "description": "by label: points where no learning rate was found"},
    }
    undefined: Json = {**WHOLE, "description": "points where the objective or its gradient is not finite"}
    return told({**properties, "undefined": undefined}, *properties, description="for each case, the number of grid points")


def measures() -> Json:
    effect = over_grid(NUMBER_OR_NULL, "the effect on log10 of the outcome at each point; below 0 helps; null where it is undefined")
    of_measure = {
        "settling_step": of_each(WHOLE_OR_NULL, "null: it did not settle"),
        "steps_to_target": of_each(WHOLE_OR_NULL, "null: it never reached the target"),
        "final_value": of_each(NUMBER_OR_NULL, "the value at the last finite point; null: there is none"),
        "minimum_reached": of_each(WHOLE_OR_NULL, "which of the minima is within 0.05 of the last point; null: none"),
        "direction_effect": effect,
        "magnitude_effect": effect,
    }
    return told(of_measure, *of_measure)


def map_answer() -> Json:
    axis = told({"name": one_of(AXES), "values": listed(NUMBER)})
    sometimes: Json = {
        "lr": of_each(NUMBER_OR_NULL, "the learning rate that was used, if it was matched; null: none was found"),
        "outcome": over_grid(WHOLE_OR_NULL, "the quantity that the effects are differences of, as an index into outcomes"),
        "outcomes": listed(TEXT),
        "target": OBJECT,
        "schedule": any_of(OBJECT, listed(NUMBER)),
        "noise": OBJECT,
    }
    echoed: Json = {
        "objective": ECHO,
        "optimizers": listed(ECHO),
        "start": {"description": "the coordinates that are not on an axis"},
        "steps": WHOLE,
        "baseline": TEXT,
        "match": any_of(TEXT, OBJECT),
        "grid": OBJECT,
        "measure": listed(TEXT),
    }
    return told(
        {
            "axes": listed(axis, "one or two; the first runs along a row"),
            "labels": listed(TEXT),
            "measures": measures(),
            "counts": counts(),
            "minima": listed(listed(NUMBER)),
            **sometimes,
            **echoed,
            "engine": ENGINE,
        },
        *sometimes,
    )
