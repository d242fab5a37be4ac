"""What was run for a map, in words."""

from __future__ import annotations

from typing import Any

from ..engine.measures import TO_DISTANCE
from .plane import variables
from .readings import Map
from .settings import Setup, listed, tell_apart, written


def axis_name(shown: Map, number: int) -> str:
    """The parameter's own name, or the learning rate."""
    axis = shown.axes[number]
    if axis.logarithmic:
        return "learning rate"
    return variables(None, shown.problem)[0 if axis.name == "x" else 1]


def settings_of(shown: Map) -> str:
    """The optimizers with what sets them apart, what they share, and where they run; a rate that is on an axis is not told."""
    plan, rest = shown.plan, dict[str, Any]()
    if plan.schedule is not None and plan.schedule.on:
        rest["schedule"] = plan.schedule.echo
    if plan.noise is not None:
        rest["noise"] = {"std": plan.noise.std, "seeds": list(plan.noise.seeds)}
    setups = [Setup(label, choice, {"steps": plan.steps, **rest}) for label, choice in zip(shown.labels, plan.choices, strict=True)]
    own, common = tell_apart(setups)
    if any(axis.logarithmic for axis in shown.axes):
        for settings in (*own, common):
            settings.pop("lr", None)
    each = [": ".join(filter(None, [setup.name, listed(settings)])) for setup, settings in zip(setups, own, strict=True)]
    return "; ".join(filter(None, [*each, listed(common), _target(shown), _start(shown), _match(plan.match)]))


def _target(shown: Map) -> str:
    """What counts as arrived."""
    if not shown.problem.facts.minima:
        return ""
    kind, amount = shown.plan.target
    return f"target: {written(100.0 * amount)} % of the start's {'distance' if kind == TO_DISTANCE else 'value gap'}"


def _start(shown: Map) -> str:
    """The coordinates of the start that the axes leave free."""
    names = {axis.name for axis in shown.axes}
    if "lr" not in names:
        return ""
    if len(names) == 1:
        return f"start={written(shown.plan.start.tolist())}"
    free = 1 if "x" in names else 0
    return f"start: {variables(None, shown.problem)[free]}={written(float(shown.plan.start[free]))}"


def _match(match: object) -> str:
    mode = getattr(match, "mode", match)
    return "" if mode in (None, "none") else f"match={mode}"
