"""What was run for a map, in words."""

from __future__ import annotations

from typing import Any

from .maps import Map
from .plane import variables
from .settings import Setup, listed, tell_apart, written
from .targets import target_in_words


def axis_name(shown: Map, number: int) -> str:
    """The parameter's own name, or the learning rate."""
    axis = shown.axes[number]
    if axis.logarithmic:
        return "learning rate"
    return variables(shown.plan.contest.layout, shown.problem)[0 if axis.name == "x" else 1]


def settings_of(shown: Map) -> str:
    """The optimizers with what sets them apart, what they share, and where they run; a rate that is on an axis is not told."""
    contest, rest = shown.plan.contest, dict[str, Any]()
    if contest.schedule.on:
        rest["schedule"] = contest.schedule.echo
    if (noise := contest.noise(contest.seeds)) is not None:
        rest["noise"] = {**noise.settings, "seeds": list(contest.seeds)}
    setups = [
        Setup(label, choice, {"steps": shown.plan.steps, **rest}) for label, choice in zip(shown.labels, shown.plan.choices, strict=True)
    ]
    own, common = tell_apart(setups)
    if any(axis.logarithmic for axis in shown.axes):
        for settings in (*own, common):
            settings.pop("lr", None)
    if len(setups) == 1:
        own, common = [common], {}
    each = [": ".join(filter(None, [setup.name, listed(settings)])) for setup, settings in zip(setups, own, strict=True)]
    return "; ".join(filter(None, [*each, listed(common), _target(shown), _start(shown), _match(shown)]))


def _target(shown: Map) -> str:
    """What counts as arrived."""
    if not shown.problem.facts.minima or set(shown.plan.measures) <= {"final_value", "minimum_reached"}:
        return ""
    return f"target: {target_in_words(shown.plan.contest.target)}"


def _start(shown: Map) -> str:
    """The coordinates of the start that the axes leave free."""
    names = {axis.name for axis in shown.axes}
    if names == {"x", "y"}:
        return ""
    if names == {"lr"}:
        return f"start={written(shown.plan.start.flat.tolist())}"
    free = 1 if "x" in names else 0
    name = variables(shown.plan.contest.layout, shown.problem)[free]
    return f"start: {name}={written(float(shown.plan.start.flat[free]))}"


def _match(shown: Map) -> str:
    mode = shown.plan.match.mode
    return "" if mode == "none" else f"match={mode}"
