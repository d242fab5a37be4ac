"""What may explain a student's numbers, the simplest first: a convention, a mistake, an optimizer, a hyperparameter, two mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal

import numpy as np

from ..engine.conventions import CONVENTIONS
from ..engine.conventions.resolve import Choice, resolve
from ..engine.faults import Refusal
from ..engine.plan import Plan
from ..engine.tensors import Layout
from .formulas import FORMULAS, Part
from .mistakes import MISTAKES, Mistake
from .runs import Array, Course, Update, right, wrong
from .submissions import Misshapen

Kind = Literal["convention", "mistake", "optimizer", "hyperparameter", "precision", "side_effect"]

HINT_CONVENTION = "Your formula is right in another framework or book; this one asks for another."


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to get numbers: a choice of optimizer, and the parts of its formula that are put wrong.

    `wrong` and `right` are LaTeX, empty where words say it all. `codes` are those of the single mistakes.
    `rates` are other learning rates than the reference's, by the steps taken before in this run.
    """

    code: str
    title: str
    kind: Kind
    where: str
    hints: tuple[str, str, str]
    choice: Choice
    replaced: Mapping[str, Part]
    wrong: str = ""
    right: str = ""
    codes: tuple[str, ...] = ()
    rates: Callable[[int], Array] | None = None

    def update(self, bounds: tuple[int, ...], first_t: int) -> Update:
        """The rule to run, at learning rates of its own where it has them."""
        rule = wrong(self.choice, self.replaced, bounds, first_t) if self.replaced else right(self.choice, bounds)
        rates = self.rates
        return rule if rates is None else lambda t, x, g, lr, slots: rule(t, x, g, rates(t - first_t).astype(lr.dtype), slots)


def singles(choice: Choice, given: frozenset[str]) -> Iterable[Candidate]:
    """The candidates that change one thing; `given` are the hyperparameters that the reference request names."""
    if any(isinstance(value, Mapping) for value in choice.settings.values()):
        return _singles(choice, given)
    return _known(choice.optimizer.name, choice.convention, tuple(choice.settings.items()), given)


@lru_cache(maxsize=256)
def _known(name: str, convention: str, settings: tuple[tuple[str, Any], ...], given: frozenset[str]) -> tuple[Candidate, ...]:
    """What many submissions to one exercise ask alike is made once."""
    return tuple(_singles(resolve({"name": name, "convention": convention, **dict(settings)}), given))


def _singles(choice: Choice, given: frozenset[str]) -> Iterator[Candidate]:
    """Each formula once, under the first name that it has; a mistake that is another convention is told as that convention."""
    seen, conventional = {_formula(choice)}, set[str]()
    for candidate in (*conventions(choice, given), *mistakes(choice), *other_optimizers(choice), *other_numbers(choice)):
        if candidate.replaced:
            if candidate.code not in conventional:
                yield candidate
        elif _formula(candidate.choice) not in seen:
            seen.add(_formula(candidate.choice))
            conventional.add(candidate.code)
            yield candidate


def _formula(choice: Choice) -> str:
    """What a choice comes to: the same for two choices whose numbers are always the same."""
    rule = choice.rule
    return repr((rule.kernel.function.__name__, rule.hyperparameters, sorted(rule.starts.items()), choice.settings["lr"]))


AT_RATE = "Look at the learning rate of each step."
RATE = r"\eta_t=\eta\,s(t)"

#: What one can get wrong wherever there is a schedule; `schedule_mistakes` runs them.
SCHEDULE_MISTAKES = (
    Mistake("schedule_ignored", "the learning rate does not follow the schedule", "schedule", r"\eta", RATE,
            (AT_RATE, "Does it change?", "Work the rate out anew in every step, with the schedule."), {}),
    Mistake("schedule_late", "the schedule is one step late", "schedule", r"\eta\,s(t-1)", RATE,
            (AT_RATE, "Look at the count that the schedule is asked with.", "The schedule is asked with one step too few."), {}),
    Mistake("schedule_early", "the schedule is one step early", "schedule", r"\eta\,s(t+1)", RATE,
            (AT_RATE, "Look at the count that the schedule is asked with.", "The schedule is asked with one step too many."), {}),
    Mistake("schedule_in_place", "the learning rate is decayed from what the last step left of it", "schedule",
            r"\eta\leftarrow\eta\,s(t)", RATE,
            (AT_RATE, "Does the first rate keep its value?", "Give the decayed rate a name of its own: lr_t = lr * s(t)."), {}),
)  # fmt: skip


def applicable(choice: Choice) -> list[Mistake]:
    """The mistakes that one can make with this optimizer."""
    formula = FORMULAS.get(choice.rule.kernel.function.__name__)
    return [] if formula is None else [mistake for mistake in MISTAKES.values() if mistake.applies(formula, choice.rule.values)]


def mistakes(choice: Choice) -> Iterator[Candidate]:
    """The rule with one mistake."""
    for mistake in applicable(choice):
        shown = mistake.shown(FORMULAS[choice.rule.kernel.function.__name__])
        yield Candidate(
            mistake.code,
            mistake.title,
            mistake.kind,
            mistake.where,
            mistake.hints,
            choice,
            mistake.replaced,
            shown["wrong"],
            shown["right"],
            (mistake.code,),
        )


def schedule_mistakes(plans: Sequence[Plan]) -> Iterator[Candidate]:
    """What one gets wrong about a schedule; nothing where the references do not have one and the same."""
    plan = plans[0]
    if not plan.schedule.on or any(p.schedule.echo != plan.schedule.echo or p.layout != plan.layout or p.state.t != plan.state.t for p in plans):
        return
    base, rates = plan.choice.rates(plan.layout), Course(plan).rates(plan.choice)
    last = plan.steps - 1 if plan.schedule.length is None else plan.schedule.length - plan.state.t - 1
    meant: dict[str, Callable[[int], Array]] = {
        "schedule_ignored": lambda _: base,
        "schedule_late": lambda k: rates(k - 1) if plan.state.t + k > 0 else rates(k),
        "schedule_early": lambda k: rates(min(k + 1, max(last, k))),
        "schedule_in_place": lambda k: base * np.prod([rates(i) / base for i in range(k + 1)], axis=0),
    }
    for mistake in SCHEDULE_MISTAKES:
        yield Candidate(
            mistake.code,
            mistake.title,
            mistake.kind,
            mistake.where,
            mistake.hints,
            plan.choice,
            {},
            mistake.wrong,
            mistake.right,
            (mistake.code,),
            meant[mistake.code],
        )


def pairs(choice: Choice) -> Iterator[Candidate]:
    """The rule with two mistakes that do not touch the same part."""
    for one, other in combinations(applicable(choice), 2):
        if one.replaced.keys() & other.replaced.keys():
            continue
        yield Candidate(
            f"{one.code}+{other.code}",
            f"{one.title}, and {other.title}",
            "mistake",
            f"{one.where}, {other.where}",
            tuple(f"{first} And: {second}" for first, second in zip(one.hints, other.hints, strict=True)),  # type: ignore[arg-type]
            choice,
            {**one.replaced, **other.replaced},
            wrong=rf"{one.wrong};\quad {other.wrong}",
            right=rf"{one.right};\quad {other.right}",
            codes=(one.code, other.code),
        )


#: Switches that say which optimizer it is, whatever the convention.
VARIANTS = ("nesterov", "amsgrad", "centered")

#: What a switch of a convention is called as a finding, and what it is called that is in the catalogue: by its new value.
SWITCH_CODES = {
    "eps_mode": "eps_placement",
    "momentum_form": "momentum_convention",
    "lr_in_velocity": "momentum_convention",
    "first_buffer": "momentum_convention",
    "dampening": "momentum_convention",
    "amsgrad_max": "amsgrad_order",
    "weight_decay_mode": "weight_decay_convention",
    "bias_correction": "bias_convention",
}
CATALOGUED = {
    ("eps", 0.0): "eps_missing",
    ("eps_mode", "hat"): "eps_hat",
    ("eps_mode", "inside"): "eps_inside_sqrt",
    ("weight_decay_mode", "l2"): "wd_coupled",
    ("weight_decay_mode", "decoupled"): "wd_decoupled",
    ("weight_decay_mode", "decoupled_unscaled"): "wd_without_lr",
    ("bias_correction", False): "no_bias_correction",
}


def conventions(choice: Choice, given: frozenset[str]) -> Iterator[Candidate]:
    """The same optimizer as other conventions have it: with their switches, and also with their numbers where none were given."""
    seen = {_formula(choice)}
    for name, convention in CONVENTIONS.items():
        row = convention.by_optimizer.get(choice.optimizer.name)
        if row is None or name == choice.convention:
            continue
        numbers = {h.name for h in choice.optimizer.hyperparameters if h.type == "number"}
        for kept in (numbers, given):
            asked = {key: value for key, value in choice.settings.items() if key in kept or key in ("lr", *VARIANTS)}
            other = _resolved(choice, name, asked)
            if other is None or _formula(other) in seen:
                continue
            seen.add(_formula(other))
            yield _convention(choice, other, convention.title)


def _resolved(choice: Choice, convention: str, settings: Mapping[str, Any]) -> Choice | None:
    try:
        return resolve({"name": choice.optimizer.name, "convention": convention, **settings})
    except Refusal:
        return None


def _convention(choice: Choice, other: Choice, title: str) -> Candidate:
    changed = _told(choice, other)
    told = ", ".join(f"{name} {_shown(other.settings[name])} instead of {_shown(choice.settings[name])}" for name in changed)
    known = _in_catalogue(choice, other, changed)
    shown = {} if known is None else known.shown(FORMULAS[choice.rule.kernel.function.__name__])
    code = next((SWITCH_CODES[name] for name in changed if name in SWITCH_CODES), "convention")
    return Candidate(
        code if known is None else known.code,
        f"this is {choice.optimizer.name} as {title} has it: {told}",
        "convention",
        ", ".join(changed),
        (HINT_CONVENTION, f"Look at {', '.join(changed)}.", f"You use {told}."),
        other,
        {},
        shown.get("wrong", ""),
        shown.get("right", ""),
    )


def _told(choice: Choice, other: Choice) -> list[str]:
    """The settings that another convention has otherwise, and that matter beside the rest."""
    changed = [name for name, value in other.settings.items() if choice.settings.get(name) != value]
    as_here = {name: replace(other, settings={**other.settings, name: choice.settings[name]}) for name in changed}
    return [name for name, back in as_here.items() if _formula(back) != _formula(other)] or changed


def _in_catalogue(choice: Choice, other: Choice, changed: Sequence[str]) -> Mistake | None:
    """The entry of the catalogue that says the same as another convention's one switch."""
    if len(changed) != 1:
        return None
    name, value = changed[0], other.settings[changed[0]]
    by_old = {"hat": "eps_not_hat", "inside": "eps_outside_sqrt"} if (name, value) == ("eps_mode", "outside") else {}
    mistake = MISTAKES.get(by_old.get(str(choice.settings[name]), CATALOGUED.get((name, value), "")))
    return mistake if mistake is not None and mistake in applicable(choice) else None


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def other_optimizers(choice: Choice) -> Iterator[Candidate]:
    """The other optimizers at the same rate, with the decays that have the same meaning."""
    for settings in _others(choice):
        name, other = settings["name"], _try(settings)
        if other is None or (other.optimizer is choice.optimizer and dict(other.settings) == dict(choice.settings)):
            continue
        told = ", ".join(f"{key} = {_shown(value)}" for key, value in settings.items() if key not in ("name", "convention", "lr"))
        yield Candidate(
            f"is_{name}",
            f"these are {name}'s numbers" + (f", with {told}" if told else ""),
            "optimizer",
            "optimizer",
            (
                "Is this the optimizer that was asked for?",
                f"It behaves like {name}.",
                f"You computed {name}" + (f" with {told}." if told else "."),
            ),
            other,
            {},
        )


def _others(choice: Choice) -> Iterator[dict[str, Any]]:
    """Requests for other optimizers, their decays as the reference has them."""
    settings, lr = choice.settings, choice.settings["lr"]
    decay2 = settings.get("beta2", settings.get("rho"))
    decay1 = settings.get("beta1", settings.get("momentum") or 0.9)
    rms = {"eps": settings.get("eps", 1e-8), **({"rho": decay2} if decay2 is not None else {})}
    yield {"name": "sgd", "lr": lr}
    yield {"name": "sgd", "momentum": decay1, "lr": lr}
    yield {"name": "sgd", "momentum": decay1, "nesterov": True, "lr": lr}
    yield {"name": "sgd", "convention": "course", "momentum": decay1, "lr": lr}
    yield {"name": "rmsprop", "lr": lr, **rms}
    yield {"name": "rmsprop", "convention": "keras", "lr": lr, **rms}
    yield {"name": "adagrad", "lr": lr, "eps": rms["eps"]}
    yield {"name": "adadelta", "lr": lr, **({"rho": decay2} if decay2 is not None else {}), "eps": rms["eps"]}
    betas = {"beta1": decay1, **({"beta2": decay2} if decay2 is not None and decay2 < 1 else {}), "eps": rms["eps"]}
    for name in ("adam", "adamax", "nadam"):
        yield {"name": name, "lr": lr, **betas}
    yield {"name": "adam", "lr": lr, **betas, "amsgrad": True}
    yield {"name": "normalized_gd", "lr": lr}
    yield {"name": "sign_gd", "lr": lr}


def _try(request: Mapping[str, Any]) -> Choice | None:
    try:
        return resolve(request)
    except Refusal:
        return None


#: Values that are taken for one another, and by what factors numbers are off.
MIX_UPS = {
    "beta1": (0.9, 0.99, 0.5, 0.95),
    "beta2": (0.999, 0.99, 0.9, 0.95, 0.9999),
    "rho": (0.9, 0.99, 0.999, 0.95),
    "momentum": (0.9, 0.99, 0.5),
    "eps": (1e-8, 1e-7, 1e-6, 1e-10, 1e-5),
}
OFF_BY = {"lr": (10.0, 0.1, 100.0, 0.01, 2.0, 0.5), "weight_decay": (10.0, 0.1, 0.5)}


def other_numbers(choice: Choice) -> Iterator[Candidate]:
    """The same optimizer with one hyperparameter that is not the one asked for."""
    for name, value in choice.settings.items():
        if isinstance(value, bool | str | Mapping) or value is None or (value == 0 and name != "weight_decay"):
            continue
        tried = [*MIX_UPS.get(name, ()), *(value * factor for factor in OFF_BY.get(name, ()))]
        tried += [1.0 - value] if name in ("beta1", "beta2", "rho", "momentum", "dampening") else []
        for other in dict.fromkeys(tried):
            if other != value:
                found = _try({**choice.echo, name: other})
                if found is not None:
                    yield _number(found, name, value, other)


def _number(choice: Choice, name: str, asked: float, used: float) -> Candidate:
    return Candidate(
        f"wrong_{name}",
        f"{name} is {used:g} instead of {asked:g}",
        "hyperparameter",
        name,
        ("Look at the hyperparameters.", f"Look at {name}.", f"You use {name} = {used:g}; asked for is {asked:g}."),
        choice,
        {},
    )


def shape_mistake(choice: Choice, layout: Layout, got: Misshapen) -> Candidate | None:
    """What made numbers of one shape into another: a row and a column that were broadcast against each other; else nothing is known."""
    if layout.names is not None or isinstance(got.shape, str):
        return None
    shape = layout.shapes[0]
    length = max(shape, default=1)
    if len(got.shape) != 2 or set(got.shape) != {length} or sum(size != 1 for size in shape) != 1:
        return None
    hints = (
        "Look at the shapes of the arrays.",
        "A column and a flat array were combined.",
        f"An array of shape ({length}, 1) and one of shape ({length},) make one of ({length}, {length}): give both the same shape.",
    )
    title = f"a column and a flat array were broadcast to {length} x {length}"
    return Candidate("broadcast_shape", title, "mistake", "shapes", hints, choice, {}, codes=("broadcast_shape",))


SIDE_EFFECT_HINTS: Mapping[str, tuple[str, str, str]] = {
    "grad_mutated": (
        "Look at what happens to the gradient that is passed in.",
        "Is it changed in place?",
        "g += ... changes the caller's array: write g = g + ...",
    ),
    "state_aliased": (
        "Look at the arrays in the state.",
        "Do two names stand for one array?",
        "Store a copy: an array that is stored and then changed in place changes what was stored.",
    ),
    "params_mutated_in_place": (
        "Look at the params that are passed in.",
        "Are they changed in place?",
        "w -= ... changes the caller's array: write w = w - ..., and return it.",
    ),
    "int_state": (
        "Look at the type of the state.",
        "Can it hold a fraction?",
        "zeros_like of an array of integers makes integers: use dtype=float.",
    ),
}


def side_effect(choice: Choice, code: str, title: str) -> Candidate:
    """A side effect that the student's process showed, as a finding."""
    return Candidate(code, title, "mistake", "side effect", SIDE_EFFECT_HINTS[code], choice, {}, codes=(code,))


def in_float32(choice: Choice) -> Candidate:
    """That the numbers are what float32 arithmetic gives."""
    hints = ("Look at the precision of the numbers.", "They are float32.", "Use float64, or accept the numbers as float32 has them.")
    return Candidate("float32", "these are the right numbers in float32 arithmetic", "precision", "precision", hints, choice, {})
