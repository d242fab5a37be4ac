"""Write verdicts.md, every sentence that a comparison may say: `python docs/make_verdicts.py`; with --check only compare.

The first table has each branch of the rules once; the second has some objectives from each of their starts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.comparing.decomposition import effects_of
from stepgrade_service.engine.comparing.sentences import MINIMUM, PLATEAU, SADDLE, UNKNOWN
from stepgrade_service.engine.comparing.telling import Conclusion, conclude
from stepgrade_service.engine.comparing.verdict import Cell, Cure, Effect, Effects, Trial
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective

PAGE = Path(__file__).resolve().parent / "verdicts.md"

BOWL = {"name": "quadratic", "condition": 20}
GD_02, GD_09 = {"name": "gd", "lr": 0.02}, {"name": "gd", "lr": 0.09}
RMSPROP, NGD = {"name": "rmsprop", "lr": 0.2, "rho": 0.9}, {"name": "normalized_gd", "lr": 0.2}

HEAD = """\
# What a verdict says

*Made by `python docs/make_verdicts.py` from the code.*

`POST /compare` with `decompose` answers one question: did the other optimizer help or hurt from this start, and was it the direction
or the step length? The answer has four parts:

| part | what it is |
| --- | --- |
| `result` | `helped`, `hurt`, `tie`, `undecided` or `other_minimum` |
| `headline` | one sentence of at most 15 words |
| `verdict` | at most 60 words: the headline, who settled, how both ended, and the reason |
| `notes` | what else you should know, in sentences of at most 25 words |

A label, such as `rmsprop`, counts as one word.

## How the result is found

1. A run that diverged or is growing loses against a run that did not. If both are lost, the result is `undecided`.
2. If the runs end at minima of different values, there is no race. The result is `other_minimum`, and the headline says who ended lower.
3. The run that settles first is ahead. A run settles at the first step from which it stays at the target. A run that settles is ahead of a
   run that does not. With `"arrival": "touch"` in the target, the first step at the target counts instead.
4. If neither settles, the smaller end gap is ahead. The end gap is `tail_gap`: how far the value is above the minimum, as a mean over
   the last tenth of the points. With noise, steps count only if every run settles with every seed. Otherwise the end gaps are compared.
5. Outcomes with a ratio below 1.05 are equal. A gap below 1e-10 of the start's gap counts as 1e-10 of it.
6. If the end gap of the run that arrives first is ten times as large, the headline says so.

A limit cycle is a run that does not settle and does not come nearer: the largest distances of the last tenth of the points and of the tenth
before differ by at most 10 %, and its way is at least four times its displacement, and at least as long as the largest distance. The note
"With a cosine schedule, ..." stands only where that run was made and did settle.

## Every sentence

| case | headline | the rest of the verdict | notes |
| --- | --- | --- | --- |
"""

STOCK = """
## {count} verdicts

Every objective with a known minimum, from each of its starts, 200 steps: gradient descent at the rate of the second column against the
optimizer of the third.

| objective, start | gd | other | result | headline |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Case:
    """What is compared, in words, and what is said of it."""

    name: str
    conclusion: Conclusion
    trial: Trial


def asked(name: str, objective: Any, plain: dict[str, Any], other: dict[str, Any], steps: int = 200, **more: Any) -> Case:
    """A case from a real comparison."""
    one, two = {"label": plain["name"], **plain}, {"label": other["name"], **other}
    if one["label"] == two["label"]:
        one["label"], two["label"] = f"{one['label']} {one['lr']}", f"{two['label']} {two['lr']}"
    request = {"objective": objective, "optimizers": [one, two], "steps": steps, "decompose": [one["label"], two["label"]], **more}
    [found] = compare(request).upright.decompositions
    return Case(name, found.conclusion, found.trial)


def made_up(name: str, outcomes: tuple[float, float, float, float], **changed: Any) -> Case:
    """A case from numbers: plain, the other's length, the other's direction, the other."""
    in_steps, within = changed.pop("in_steps", True), changed.pop("within", None)
    cells = changed.pop("cells", {})
    parts = (log10(outcomes[3] / outcomes[0]), *(float(effect) for effect in effects_of(np.log10(outcomes))))
    effects = [Effect(size, within, within) for size in parts]
    made = []
    for number, ((length, direction), outcome) in enumerate(zip([("P", "P"), ("Q", "P"), ("P", "Q"), ("Q", "Q")], outcomes, strict=True)):
        steps = outcome if in_steps else None
        gap = 0.01 if in_steps else outcome
        cell = Cell(length, direction, "completed", steps, steps, steps, gap, None, log10(outcome), start_gap=1.0, minimum_value=0.0)
        made.append(replace(cell, **cells.get(number, {})))
    trial = Trial("A", tuple(made), Effects(*effects), in_steps, 200, effects[0], **changed)
    return Case(name, conclude(trial), trial)


@cache
def branches() -> list[Case]:
    """Each branch of the rules once."""
    return [*rules(), *grafts()]


def rules() -> Iterator[Case]:
    """Each branch of the rules, but those of grafts."""
    from_a, from_b = {"start": "A"}, {"start": "B"}
    yield asked("both settle, the other first", BOWL, GD_02, {"name": "momentum", "lr": 0.02}, **from_a)
    yield asked("both settle, the plain one first", BOWL, NGD, RMSPROP, **from_a)
    yield asked("both settle, as fast", BOWL, GD_09, {"name": "gd", "lr": 0.0901}, **from_a)
    yield asked("only the other settles", BOWL, {"name": "gd", "lr": 0.01}, {"name": "adam", "lr": 0.2}, **from_a)
    yield asked("only the plain one settles", BOWL, GD_09, RMSPROP, **from_b)
    yield asked("neither settles, the other ends lower", BOWL, NGD, RMSPROP, **from_b)
    yield asked("neither settles, the other ends higher", BOWL, RMSPROP, NGD, **from_b)
    yield made_up("neither settles, as low", (0.1, 0.1, 0.101, 0.1), in_steps=False)
    yield asked("the other settles first and ends higher", BOWL, GD_02, RMSPROP, **from_a)
    yield made_up("the other settles later and ends lower", (50, 100, 50, 100), cells={3: {"tail_gap": 1e-5}})
    yield made_up("the other touches later and ends lower", (50, 100, 50, 100), cells={3: {"tail_gap": 1e-5}}, by_touch=True)
    yield made_up("as fast, and higher", (50, 50, 50, 50), cells={3: {"tail_gap": 0.5}})
    yield made_up("as fast, and lower", (50, 50, 50, 50), cells={3: {"tail_gap": 1e-8}})
    yield made_up("only the other settles, and ends higher", (0.01, 0.01, 0.01, 0.5), in_steps=False, cells={3: {"steps": 50}})
    yield made_up("only the plain one settles, and ends higher", (0.5, 0.5, 0.5, 0.01), in_steps=False, cells={0: {"steps": 50}})
    yield asked("by the first touch", BOWL, GD_02, RMSPROP, **from_b, target={"distance": 0.05, "arrival": "touch"})
    yield asked(
        "by the first touch, only one", BOWL, {"name": "gd", "lr": 0.01}, RMSPROP, **from_a, target={"distance": 0.05, "arrival": "touch"}
    )
    yield asked(
        "by the first touch, only the plain one",
        BOWL,
        RMSPROP,
        {"name": "gd", "lr": 0.01},
        **from_a,
        target={"distance": 0.05, "arrival": "touch"},
    )
    yield asked(
        "the other touches and does not stay", "sphere", {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1, "momentum": 0.98}
    )
    yield asked("the other diverged", BOWL, GD_02, {"name": "gd", "lr": 0.3}, 2000, **from_a)
    yield asked("the plain one diverged", BOWL, {"name": "gd", "lr": 0.3}, RMSPROP, 2000, **from_a)
    yield asked("the plain one is growing", "d2l_ravine", {"name": "gd", "lr": 0.6}, {"name": "momentum", "lr": 0.6, "momentum": 0.5}, 20)
    yield asked("the other is growing", BOWL, GD_09, {"name": "gd", "lr": 0.11}, 50, **from_a)
    yield asked("both are lost", BOWL, {"name": "gd", "lr": 0.3}, {"name": "gd", "lr": 0.11}, 500, **from_a)
    two_minima = ({"name": "gd", "lr": 0.05}, {"name": "momentum", "lr": 0.05})
    yield asked("the other ends at a lower minimum", "dupont_two_gaussians", *two_minima, 300)
    yield asked("the other ends at a higher minimum", "dupont_two_gaussians", *two_minima[::-1], 300)
    shallow = {"expression": "(x**2 - 1)**2 + 0.2*x + y**2", "find_minima": True}
    yield asked("both end at a minimum that is not the lowest", shallow, GD_02, RMSPROP, start=[1.6, -1.2])
    yield asked("different minima of equal value", "himmelblau", {"name": "gd", "lr": 0.01}, {"name": "momentum", "lr": 0.01})
    ema = {"name": "momentum", "lr": 0.018, "momentum": 0.9, "dampening": 0.9}
    condition_100 = {"name": "quadratic", "condition": 100}
    yield asked(
        "a graft is growing",
        condition_100,
        {"name": "gd", "lr": 0.018},
        ema,
        300,
        start=[-4, 1.5],
        target={"value_gap": 8.298755186721991e-05},
    )
    yield asked(
        "both grafts diverged", "rosenbrock", {"name": "gd"}, {"name": "momentum", "momentum": 0.9}, 500, start=[-2, 2], match="tuned"
    )
    lost = {1: DIVERGED, 2: {"status": "growing", "steps": None, "settling_step": None}}
    yield without_effects(made_up("one graft diverged, one is growing", (50, 50, 50, 100), cells=lost))
    elsewhere = {1: {"minimum_value": -1.0}}
    yield without_effects(made_up("a graft ends at another minimum", (100, 20, 100, 50), cells=elsewhere))
    yield without_effects(made_up("a graft is nearest to another minimum", (0.4, 0.3, 0.4, 0.2), in_steps=False, cells=elsewhere))
    slow = ({"name": "gd", "lr": 1e-5}, {"name": "adam", "lr": 1e-3})
    yield asked("the other is nearest to a lower minimum", "styblinski_tang", *slow)
    yield asked("the other is nearest to a higher minimum", "styblinski_tang", *slow[::-1])
    yield asked("the steps are too short", BOWL, GD_09, {"name": "adam", "lr": 0.001}, **from_a)
    low = ({"name": "gd", "lr": 1e-9}, {"name": "rmsprop", "lr": 1e-4, "rho": 0.9})
    yield asked("both end lower than the nearest known minimum", "powell_badly_scaled", *low)
    yield asked("no step is made", BOWL, GD_09, RMSPROP, 0, **from_b)
    yield asked("the start is at the target", BOWL, GD_02, GD_09, **from_a, target={"distance": 1.0})
    yield asked("the start is the minimum", "sphere", {"name": "gd", "lr": 0.1}, {"name": "adam", "lr": 0.1}, start=[0.0, 0.0])
    yield asked("with noise, and the other ends higher", BOWL, GD_02, RMSPROP, **from_a, noise={"std": 1, "seeds": list(range(20))})
    yield asked("with noise, and the other ends lower", BOWL, RMSPROP, GD_02, **from_a, noise={"std": 1, "seeds": list(range(20))})
    yield asked("with noise, the same twice", BOWL, GD_02, {**GD_02, "label": "again"}, **from_a, noise={"std": 1, "seeds": [1, 2, 3]})
    yield asked("with noise and one seed", BOWL, GD_02, RMSPROP, **from_a, noise={"std": 1, "seed": 3})
    yield made_up("chance may explain it", (0.1, 0.05, 0.1, 0.05), in_steps=False, seeds=9, within=0.4)
    yield made_up("only the step length matters", (100, 20, 100, 20))
    yield made_up("only the direction matters", (100, 100, 20, 20))
    yield made_up("both matter", (100, 50, 50, 25))
    yield made_up("the direction alone changes one step", (15, 5, 16, 6))
    yield made_up("one part alone hurts more than both", (100, 400, 100, 150))
    yield made_up("one part alone helps more than both, by the end gap", (0.4, 0.1, 0.4, 0.27), in_steps=False)
    yield made_up("one part alone hurts more than both, by the end gap", (0.1, 0.4, 0.1, 0.15), in_steps=False)
    yield made_up("they cancel", (100, 50, 200, 100))
    yield made_up("together they do the opposite", (54, 13, 10, 80))
    yield made_up("one part helps and the other hurts", (16, 19, 11, 3))
    yield made_up("each part alone does almost nothing", (100, 101, 99, 50))
    yield made_up("both together do almost nothing", (100, 50, 50, 101))
    yield made_up("both together do more than the sum", (100, 90, 90, 20))
    yield made_up("each part alone hurts", (20, 200, 200, 18))
    yield made_up("one step each", (1, 1, 1, 1))
    yield made_up(
        "the plain one touches first and the other settles first",
        (90, 60, 90, 60),
        cells={0: {"steps_to_target": 10, "exits": 3, "steps_outside": 12}},
    )
    for what in (SADDLE, PLATEAU, MINIMUM, UNKNOWN):
        yield made_up(f"a run stopped at {what}", (0.5, 0.1, 0.5, 0.1), in_steps=False, cells={0: {"stopped_at": what}})
    cycling = {3: {"is_cycling": True, "radius": 0.2}}
    yield made_up(
        "a limit cycle that a smaller rate settles", (0.1, 0.2, 0.1, 0.2), in_steps=False, cells=cycling, cures=(Cure("Q", 80, 60),)
    )
    yield without_effects(made_up("there is nothing to compare", (0.1, 0.1, 0.1, 0.1), in_steps=False))


def grafts() -> Iterator[Case]:
    """What is said of an optimizer that has the plain one's step lengths."""
    equal, noisy = "equal step lengths, ", {"in_steps": False, "seeds": 9}
    yield grafted(f"{equal}the other settles first", 100, 50)
    yield grafted(f"{equal}the plain one settles first", 50, 100)
    yield grafted(f"{equal}almost as fast", 100, 101)
    yield grafted(f"{equal}as fast", 100, 100)
    yield grafted(f"{equal}only the other settles", 0.1, 0.05, in_steps=False, cells={3: {"steps": 50}})
    yield grafted(f"{equal}only the plain one settles", 0.05, 0.1, in_steps=False, cells={0: {"steps": 50}})
    yield grafted(f"{equal}neither settles, the other ends lower", 0.2, 0.1, in_steps=False)
    yield grafted(f"{equal}neither settles, the other ends higher", 0.1, 0.2, in_steps=False)
    yield grafted(f"{equal}neither settles, as low", 0.1, 0.101, in_steps=False)
    yield grafted(f"{equal}with noise, the other ends lower", 0.2, 0.1, **noisy)
    yield grafted(f"{equal}with noise, the other ends higher", 0.1, 0.2, **noisy)
    yield grafted(f"{equal}with noise, as low", 0.1, 0.101, **noisy)
    yield grafted(f"{equal}the plain one diverged", 100, 50, cells={0: DIVERGED})
    yield grafted(f"{equal}the other diverged", 100, 50, cells={3: DIVERGED})
    yield grafted(f"{equal}chance may explain it", 0.1, 0.05, within=0.4, **noisy)


def grafted(name: str, plain: float, other: float, **changed: Any) -> Case:
    """The same from two numbers: both have the plain one's step length."""
    case = made_up(name, (plain, plain, other, other), is_grafted=True, **changed)
    trial = replace(case.trial, effects=Effects())
    return Case(name, conclude(trial), trial)


def without_effects(case: Case) -> Case:
    """The same where nothing can be split."""
    trial = replace(case.trial, effects=Effects(), lead=None)
    return Case(case.name, conclude(trial), trial)


#: What there is of a run that diverged: neither steps nor an end.
DIVERGED = {
    **dict.fromkeys(("steps", "settling_step", "steps_to_target", "tail_gap", "outcome")),
    "status": "diverged",
    "diverged_at": 3,
}

RATES = (0.001, 0.02)

#: A bowl of each kind, valleys, a saddle, several minima, data.
SHOWN = (
    *("sphere", "quadratic", "d2l_ravine", "rosenbrock", "distill_banana", "beale", "himmelblau", "styblinski_tang"),
    *("dupont_two_gaussians", "bounded_saddle", "linreg_tiny", "logreg_tiny"),
)


@cache
def stock() -> list[tuple[str, dict[str, Any], dict[str, Any], Case]]:
    """Some objectives from each of their starts: gradient descent against what a course compares it with."""
    return list(pairs())


def pairs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any], Case]]:
    """The same, one after the other."""
    for name in SHOWN:
        problem = resolve_objective(name)
        for start in problem.facts.starts if problem.facts.minima else ():
            for lr in RATES:
                for other in opponents(lr):
                    plain = {"name": "gd", "lr": lr}
                    yield f"{name}, {start}", plain, other, asked(name, name, plain, {"label": other_name(other), **other}, start=start)


def opponents(lr: float) -> list[dict[str, Any]]:
    """The optimizers beside gradient descent at a rate."""
    torch = [{"name": "momentum", "lr": lr, "momentum": beta} for beta in (0.9, 0.99)]
    averaged = [{**each, "dampening": each["momentum"]} for each in torch]
    normalized = [{"name": name, "lr": 10 * lr} for name in ("normalized_gd", "sign_gd")]
    scaled = [{"name": name, "lr": rate} for name in ("rmsprop", "adam") for rate in (lr, 10 * lr)]
    return [*torch, *averaged, {"name": "nesterov", "lr": lr}, *scaled, {"name": "adagrad", "lr": 10 * lr}, *normalized]


def other_name(optimizer: dict[str, Any]) -> str:
    """An optimizer with what tells it from the others."""
    averaged = " averaged" if "dampening" in optimizer else ""
    return " ".join(filter(None, [optimizer["name"], f"{optimizer['momentum']:g}" if "momentum" in optimizer else "", averaged.strip()]))


def cell(text: str) -> str:
    return text.replace("|", "\\|") or "–"


def page() -> str:
    """The whole page."""
    lines = []
    for case in branches():
        rest = case.conclusion.verdict.removeprefix(case.conclusion.headline).strip()
        parts = (case.conclusion.headline, rest, " ".join(case.conclusion.notes))
        lines.append(f"| {case.name} | {' | '.join(map(cell, parts))} |\n")
    verdicts = []
    for where, plain, other, case in stock():
        result, headline = case.conclusion.result, cell(case.conclusion.headline)
        verdicts.append(f"| {where} | {plain['lr']:g} | {other_name(other)}, {other['lr']:g} | {result} | {headline} |\n")
    return HEAD + "".join(lines) + STOCK.format(count=len(verdicts)) + "".join(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the page with the code, and write nothing")
    made, is_check = page(), parser.parse_args().check
    if is_check:
        return int(PAGE.read_text(encoding="utf-8") != made)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
