"""Stop rules and the target: when a run ends, and what it is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..loop.advance import DISTANCE, EVERY_RULE, GRADIENT_NORM, UPDATE_NORM, VALUE_GAP
from ..loop.measures import TO_DISTANCE, TO_VALUE_GAP
from ..optimizers.declaration import LARGEST
from ..reading.bounds import few_keys
from ..reading.faults import Collector, refuse, unknown
from ..reading.nulls import without_null
from ..reading.tensors import expected, is_number

#: The rules in the order in which the loop knows their limits, with what each needs.
STOP_RULES = {"gradient_norm": GRADIENT_NORM, "value_gap": VALUE_GAP, "distance": DISTANCE, "update_norm": UPDATE_NORM}
NEEDS_MINIMUM = ("value_gap", "distance")

#: Whether one of the rules is enough, or all that are given have to hold after the same step; and how it is called where all did.
WHEN = ANY, ALL = ("any", "all")

#: What can stop a run, by the number that the loop leaves.
STOPPED_BY = {**{number: name for name, number in STOP_RULES.items()}, EVERY_RULE: ALL}

NO_MINIMUM = "this objective has no known minimum to compare with; with an expression, give minima or find_minima"

TARGETS = {"distance": TO_DISTANCE, "value_gap": TO_VALUE_GAP}
TARGET_MEMBERS = (*TARGETS, "arrival")

ONE_TARGET = 'one of {"distance": 0.05} and {"value_gap": 1e-3}, relative to the start'

#: Which step rankings and verdicts go by: the first from which a run stays at the target, or the first at the target.
ARRIVALS = SETTLE, TOUCH = ("settle", "touch")


@dataclass(frozen=True)
class Target:
    """What a run has to reach, relative to its start: kind and share as the loop takes them, and which arrival counts."""

    kind: float
    share: float
    arrival: str = SETTLE

    @property
    def numbers(self) -> tuple[float, float]:
        """As the loop takes it."""
        return self.kind, self.share

    @property
    def echo(self) -> dict[str, Any]:
        """As one writes it."""
        return {next(name for name, kind in TARGETS.items() if kind == self.kind): self.share, "arrival": self.arrival}

    @property
    def in_words(self) -> str:
        """`5 % of the start's distance`."""
        return f"{100.0 * self.share:.6g} % of the start's {'distance' if self.kind == TO_DISTANCE else 'value gap'}"


def _limit(value: Any) -> float:
    if not is_number(value):
        raise refuse(expected("a number", value))
    if not 0 <= value <= LARGEST:
        raise refuse("expected a number of at least 0")
    return float(value)


def read_stops(value: Any, has_minimum: bool) -> tuple[float, float, float, float, float]:
    """The loop's limits, below 0 where a rule is off, and whether all have to hold; raises Refusal with every fault."""
    if value is None:
        return (-1.0, -1.0, -1.0, -1.0, 0.0)
    if not isinstance(value, Mapping):
        raise refuse(expected(f"an object with any of {', '.join(STOP_RULES)}", value))
    if many := few_keys(value):
        raise refuse(many)
    faults, limits, when = Collector(), dict.fromkeys(STOP_RULES, -1.0), ANY
    for name, limit in without_null(value, {*STOP_RULES, "when"}).items():
        with faults.at(name):
            if name == "when":
                when = _when(limit)
                continue
            if name not in STOP_RULES:
                raise refuse(unknown("stop rule", name, (*STOP_RULES, "when")))
            if name in NEEDS_MINIMUM and not has_minimum:
                raise refuse(NO_MINIMUM)
            limits[name] = _limit(limit)
    if when == ALL and not faults.faults and max(limits.values()) < 0:
        faults.add(f"expected at least one of {', '.join(STOP_RULES)} with when")
    faults.settle()
    return (limits["gradient_norm"], limits["value_gap"], limits["distance"], limits["update_norm"], float(when == ALL))


def _when(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse(expected(" or ".join(f'"{each}"' for each in WHEN), value))
    if value not in WHEN:
        raise refuse(unknown("way to combine stop rules", value, WHEN))
    return value


def read_target(value: Any) -> Target:
    """Read `{"distance": 0.05, "arrival": "settle"}`; raises Refusal with every fault."""
    if value is None:
        return Target(TO_DISTANCE, 0.05)
    if not isinstance(value, Mapping):
        raise refuse(expected(ONE_TARGET, value))
    if many := few_keys(value):
        raise refuse(many)
    value = without_null(value, TARGET_MEMBERS)
    if not value:
        raise refuse(f"expected {ONE_TARGET}")
    faults, shares, arrival = Collector(), dict[str, float](), value.get("arrival", SETTLE)
    for name, share in value.items():
        with faults.at(name):
            if name in TARGETS:
                shares[name] = _limit(share)
            elif name != "arrival":
                raise refuse(unknown("target", name, TARGET_MEMBERS))
            elif share not in ARRIVALS:
                raise refuse(
                    unknown("arrival", share, ARRIVALS) if isinstance(share, str) else expected(f"one of {', '.join(ARRIVALS)}", share)
                )
    if len(TARGETS.keys() & value.keys()) == 2 or value.keys() == {"arrival"}:
        faults.add(f"expected {ONE_TARGET}")
    faults.settle()
    [(name, share)] = shares.items()
    return Target(TARGETS[name], share, arrival)
