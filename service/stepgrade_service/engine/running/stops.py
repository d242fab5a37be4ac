"""Stop rules and the target: when a run ends, and what it is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..loop.advance import DISTANCE, GRADIENT_NORM, UPDATE_NORM, VALUE_GAP
from ..loop.measures import TO_DISTANCE, TO_VALUE_GAP
from ..optimizers.declaration import LARGEST
from ..reading.bounds import few_keys
from ..reading.faults import Collector, refuse, unknown

#: The rules in the order in which the loop knows their limits, with what each needs.
STOP_RULES = {"gradient_norm": GRADIENT_NORM, "value_gap": VALUE_GAP, "distance": DISTANCE, "update_norm": UPDATE_NORM}
NEEDS_MINIMUM = ("value_gap", "distance")

NO_MINIMUM = "there is no known minimum to measure it against"

TARGETS = {"distance": TO_DISTANCE, "value_gap": TO_VALUE_GAP}
DEFAULT_TARGET = {"distance": 0.05}


def _limit(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise refuse("expected a number of at least 0")
    return float(value)


def read_stops(value: Any, has_minimum: bool) -> tuple[float, float, float, float]:
    """The loop's limits, below 0 where a rule is off; raises Refusal with every fault."""
    if value is None:
        return (-1.0, -1.0, -1.0, -1.0)
    if not isinstance(value, Mapping):
        raise refuse(f"expected an object with any of {', '.join(STOP_RULES)}")
    if many := few_keys(value):
        raise refuse(many)
    faults, limits = Collector(), dict.fromkeys(STOP_RULES, -1.0)
    for name, limit in value.items():
        with faults.at(name):
            if name not in STOP_RULES:
                raise refuse(unknown("stop rule", name, STOP_RULES))
            if name in NEEDS_MINIMUM and not has_minimum:
                raise refuse(NO_MINIMUM)
            limits[name] = _limit(limit)
    faults.settle()
    return (limits["gradient_norm"], limits["value_gap"], limits["distance"], limits["update_norm"])


def read_target(value: Any) -> tuple[float, float]:
    """Kind and fraction of the target; raises Refusal with every fault."""
    target = DEFAULT_TARGET if value is None else value
    if not isinstance(target, Mapping) or len(target) != 1:
        raise refuse('expected one of {"distance": 0.05} and {"value_gap": 1e-3}, relative to the start')
    (name, fraction), faults = next(iter(target.items())), Collector()
    with faults.at(name):
        if name not in TARGETS:
            raise refuse(unknown("target", name, TARGETS))
        fraction = _limit(fraction)
    faults.settle()
    return (TARGETS[name], fraction)


def target_in_words(target: tuple[float, float]) -> str:
    """`5 % of the start's distance`."""
    kind, fraction = target
    return f"{100.0 * fraction:.6g} % of the start's {'distance' if kind == TO_DISTANCE else 'value gap'}"
