"""The schema in openapi.yaml of an objective that is a posted formula."""

from __future__ import annotations

from ...engine.objectives.expression.minima import KINDS
from ...engine.objectives.expression.vocabulary import FUNCTIONS
from ...engine.reading.bounds import LONGEST_EXPRESSION, LONGEST_VARIABLE, MOST_KEYS, MOST_MINIMA, MOST_VARIABLES
from .vocabulary import NUMBER, Json, any_of, closed, listed, one_of


def expression_parts() -> dict[str, Json]:
    """An objective that is a posted formula."""
    name: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_VARIABLE}
    point = any_of(
        NUMBER, listed(NUMBER, most=MOST_VARIABLES), description="a list of numbers, one per variable; a number if there is one variable"
    )
    found = closed({"point": point, "value": NUMBER, "kind": one_of(KINDS)}, ["point"])
    functions = ", ".join(FUNCTIONS)
    members: dict[str, Json] = {
        "expression": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_EXPRESSION,
            "description": f"numbers, names, + - * / ** (or ^), brackets, the constants pi and e, and the functions {functions}",
        },
        "variables": {
            **listed(name, most=MOST_VARIABLES),
            "description": "the names of the variables, in the order of the params; if left out, in the order of their first appearance",
        },
        "parameters": {
            "type": "object",
            "maxProperties": MOST_KEYS,
            "additionalProperties": NUMBER,
            "description": "other names in the expression, and their numbers",
        },
        "minima": {**listed(any_of(point, found), most=MOST_MINIMA), "description": "the known minima; measures refer to them"},
        "find_minima": {"type": "boolean", "description": "search for minima; the answer tells them as candidates. Not with minima"},
        "window": {
            **listed(listed(NUMBER, most=2, least=2), most=MOST_VARIABLES),
            "description": "the part of the space that is drawn: a range per variable",
        },
        "starts": {
            "type": "object",
            "maxProperties": MOST_MINIMA,
            "additionalProperties": point,
            "description": "points with names; the first is the default start",
        },
    }
    return {"Expression": closed(members, ["expression"], "a formula of your own")}
