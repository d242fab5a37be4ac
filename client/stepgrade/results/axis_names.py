"""What the axes of a plot of two parameters are called."""

from __future__ import annotations

from stepgrade.messages import Json
from stepgrade.plain_text import harmless

OF_THE_LECTURE = ["w", "b"]  # as the lecture and the service's pictures call two parameters without names
LONGEST = 40


def axis_names(columns: list[str], objective: Json | None = None) -> tuple[str, str]:
    """The tensors' names, else the variables of an expression, else w and b. `columns` are `point.W.0` or `point.0`."""
    places = [name.removeprefix("point.") for name in columns]
    variables = (objective or {}).get("variables")
    if not all(place.isdigit() for place in places):
        names = places
    elif isinstance(variables, list) and len(variables) == len(OF_THE_LECTURE):
        names = variables
    else:
        names = OF_THE_LECTURE
    first, second = (harmless(name, LONGEST) for name in names)
    return first, second
