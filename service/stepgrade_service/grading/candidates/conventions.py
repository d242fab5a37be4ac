"""What is right elsewhere: the same optimizer as another framework or book has it, in one switch or in all that it has otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...engine.conventions import CONVENTIONS
from ...engine.conventions.choice import Choice
from ...engine.conventions.resolve import resolve
from ...engine.reading.faults import Refusal
from ...engine.running.trajectory_plan import Plan
from ..catalogue.formulas import Trait, formula_for
from ..catalogue.mistakes import MISTAKES, Mistake
from .candidate import Candidate, applicable, formula_of, told_of
from .runs import Array, Course, Slots
from .switch_words import about, instead

HINT_CONVENTION = "Your formula is right in another framework or book, but this task asks for a different one."

#: Switches that say which optimizer it is, whatever the convention; without its momentum it is another one too.
VARIANTS = ("nesterov", "amsgrad", "centered")
KEPT = ("lr", "momentum", *VARIANTS)

#: What a switch of a convention is called as a finding, where no mistake says the same.
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


def conventions(choice: Choice, given: frozenset[str]) -> Iterator[Candidate]:
    """The same optimizer as other conventions have it.

    First with one of their switches alone; then whole, with their switches, and also with their numbers where none were given.
    """
    seen = {formula_of(choice)}
    for name, value, told in _switches(choice):
        other = with_settings(choice, {name: value})
        if other is not None and formula_of(other) not in seen:
            seen.add(formula_of(other))
            yield _convention(choice, other, told)
    for name, convention in CONVENTIONS.items():
        row = convention.by_optimizer.get(choice.optimizer.name)
        if row is None or name == choice.convention:
            continue
        numbers = {h.name for h in choice.optimizer.hyperparameters if h.type == "number"}
        for kept in (numbers, numbers - {"eps"}, given):  # who writes the formula of another convention often writes its eps too
            asked = {key: value for key, value in choice.settings.items() if key in kept or key in KEPT}
            other = resolved(choice, name, asked)
            if other is None or formula_of(other) in seen:
                continue
            seen.add(formula_of(other))
            yield _convention(choice, other, convention.title)
    yield from _other_sign(choice)
    yield from _theta(choice)


#: The values of switches that lectures teach, though no framework has them by itself.
TAUGHT = {"bias_correction": True}
LECTURES = "lectures that correct every running average for its bias"


def _switches(choice: Choice) -> Iterator[tuple[str, Any, str]]:
    """The values that a switch of this optimizer has in some convention, and of which convention it is."""
    rows = [(convention.title, resolved(choice, name, {"lr": choice.settings["lr"]})) for name, convention in CONVENTIONS.items()]
    for hyperparameter in choice.optimizer.hyperparameters:
        name = hyperparameter.name
        if hyperparameter.type == "number" or name in VARIANTS:
            continue
        held = {row.settings[name]: title for title, row in reversed(rows) if row is not None}
        held |= {TAUGHT[name]: LECTURES} if name in TAUGHT else {}
        yield from ((name, value, title) for value, title in held.items() if value != choice.settings[name])


def with_settings(choice: Choice, changed: Mapping[str, Any]) -> Choice | None:
    """A choice with some settings changed; None where they do not go together."""
    try:
        return resolve({**choice.echo, **changed})
    except Refusal:
        return None


def with_switches(choice: Choice, candidate: Candidate, names: Sequence[str]) -> Candidate | None:
    """A convention with these of its changes alone."""
    if candidate.replaced:
        return None
    other = with_settings(choice, {name: candidate.choice.settings[name] for name in names})
    if other is None or formula_of(other) == formula_of(choice):
        return None
    title = next((told for name, value, told in _switches(choice) if names == (name,) and value == other.settings[name]), "")
    return _convention(choice, other, title or CONVENTIONS[candidate.choice.convention].title)


#: What is said of a velocity with the learning rate in it, where the step has the learning rate.
IN_VELOCITY = (
    "Look at the velocity.",
    "Where does the learning rate enter?",
    "You use v = momentum * v + lr * g and x - v. In this convention the learning rate multiplies the velocity in the step.",
)


#: By the form of the momentum, the formula in which the learning rate stands in the step.
RATE_IN_THE_STEP = {
    "classic": r"v\leftarrow\mu v+g,\ x\leftarrow x-\eta v",
    "ema": r"v\leftarrow\mu v+(1-\mu)g,\ x\leftarrow x-\eta v",
}


def _other_sign(choice: Choice) -> Iterator[Candidate]:
    """With the learning rate in a velocity that is subtracted: v = mu v + lr g, x - v. Asked for with it, it is in the catalogue."""
    if choice.settings.get("lr_in_velocity", True) or not choice.settings.get("momentum"):
        return
    mistake, form = MISTAKES["velocity_sign"], choice.settings.get("momentum_form")
    for asked in dict.fromkeys((form, "classic")):
        changed = {"lr_in_velocity": True, "first_buffer": "zero", "momentum_form": asked}
        other = with_settings(choice, {name: value for name, value in changed.items() if name in choice.settings})
        if other is None or mistake not in applicable(other):
            continue
        otherwise = ("lr_in_velocity", "sign", *(["momentum_form"] if asked != form else []))
        title = "the velocity contains the learning rate, and is subtracted from the params"
        right = RATE_IN_THE_STEP.get(str(form), "")
        wrong = told_of(mistake, other).wrong if right else ""
        yield Candidate(
            mistake.code, title, "convention", "velocity", IN_VELOCITY, other, mistake.replaced, wrong, right, changed=otherwise
        )


def _theta(choice: Choice) -> Iterator[Candidate]:
    """Nesterov's momentum whose points are theta, from which it looks ahead, and not the point where the gradient is."""
    formula = formula_for(choice.rule.kernel)
    gathers = formula is not None and Trait.GATHERS_GRADIENTS in formula.traits and "lr_in_velocity" in choice.settings
    if gathers and choice.settings["nesterov"] and isinstance(choice.settings["momentum"], float):
        hints = (
            "Look at the point that you return.",
            "Do you return the point before the look-ahead, or the look-ahead point?",
            "You return theta. This task asks for theta + momentum * velocity, the look-ahead point, where the next gradient is computed.",
        )
        title = "the code returns theta, and this task asks for theta + momentum * velocity, the look-ahead point"
        wrong, right = r"\theta\leftarrow\theta+v", r"x=\theta+\mu v"
        yield Candidate("theta_returned", title, "convention", "point", hints, choice, {}, wrong, right, shows=_thetas)


def _thetas(plan: Plan) -> Callable[[int, Array, Slots], Array]:
    """From where each look-ahead point is looked at. Gradients that are given say nothing of where they were computed."""
    if plan.gradients is not None:
        return lambda _k, x, _slots: x
    momentum, rates = plan.choice.settings["momentum"], Course(plan).rates(plan.choice)
    if plan.choice.settings["lr_in_velocity"]:
        return lambda _k, x, slots: x - momentum * slots["velocity"]
    return lambda k, x, slots: x + rates(k) * momentum * slots["velocity"]


def resolved(choice: Choice, convention: str, settings: Mapping[str, Any]) -> Choice | None:
    """The optimizer of a choice in another convention, with these of its settings; None where that does not have it."""
    try:
        return resolve({"name": choice.optimizer.name, "convention": convention, **settings})
    except Refusal:
        return None


def _convention(choice: Choice, other: Choice, title: str) -> Candidate:
    changed = _told(choice, other)
    told = dict(_sentences(choice, other, changed))
    known = _in_catalogue(choice, other, changed)
    formulas = ("", "") if known is None else told_of(known, choice)[:2]
    code = next((SWITCH_CODES[name] for name in changed if name in SWITCH_CODES), "convention")
    return Candidate(
        code if known is None else known.code,
        f"{called(choice)} as in {title.partition(',')[0]}. {_shortened(told)}",
        "convention",
        ", ".join(changed),
        (HINT_CONVENTION, f"Look at {about(changed)}.", f"{'. '.join(told.values())}."),
        other,
        {},
        *formulas,
        changed=tuple(changed),
    )


def called(choice: Choice) -> str:
    """What an optimizer is called: gradient descent with a velocity is momentum, whatever its name here is."""
    formula = formula_for(choice.rule.kernel)
    if formula is None or not formula.traits >= PLAIN_VELOCITY or formula.traits & MORE_THAN_VELOCITY:
        return choice.optimizer.name
    return "Nesterov's momentum" if choice.settings.get("nesterov") else "momentum"


#: What gradient descent with a velocity does, and what it does not do.
PLAIN_VELOCITY = frozenset({Trait.GATHERS_GRADIENTS})
MORE_THAN_VELOCITY = frozenset({Trait.HAS_TRUST_RATIO, Trait.FOLLOWS_MORE, Trait.USES_NORM, Trait.TAKES_SIGN})

#: The settings that together make the lines of a velocity.
OF_VELOCITY = ("momentum_form", "lr_in_velocity")


def _sentences(choice: Choice, other: Choice, changed: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is otherwise, by setting: what the code does and what the task does. Of a velocity both formulas are told, once."""
    ours, theirs = velocity_lines(choice, other), velocity_lines(other, choice)
    are_told = bool(ours and theirs and ours != theirs)
    if are_told:
        yield next(name for name in changed if name in OF_VELOCITY), f"You write {theirs}. This task writes {ours}"
    for name in changed:
        if not (are_told and name in OF_VELOCITY):
            yield name, instead(name, other.settings[name], choice.settings[name])


def velocity_lines(choice: Choice, other: Choice) -> str:
    """The lines of gradient descent with a velocity, as they are typed, the second only where another has it otherwise; nothing of another
    rule."""
    settings, formula = choice.settings, formula_for(choice.rule.kernel)
    if formula is None or not formula.traits >= PLAIN_VELOCITY or formula.traits & MORE_THAN_VELOCITY or settings.get("dampening"):
        return ""
    gradient = "(1 - momentum) * g" if settings.get("momentum_form") == "ema" else "g"
    is_ahead, is_alike = settings.get("nesterov"), choice.rule.kernel is other.rule.kernel
    if Trait.VELOCITY_IS_STEP in formula.traits:
        line, after = f"v = momentum * v - lr * {gradient}", "x + (...)" if is_ahead else "x + v"
    else:
        line, after = f"v = momentum * v + {gradient}", "x - lr * (...)" if is_ahead else "x - lr * v"
    return line if is_alike else f"{line}, and then {after}"


#: So long is what a title says of switches.
LONGEST = 130


def _shortened(told: Mapping[str, str]) -> str:
    """What is otherwise: the first things, as many as a line holds, and what the others are about."""
    sentences = list(told.values())
    count = next((count for count in range(len(told), 1, -1) if len(". ".join(sentences[:count])) <= LONGEST), 1)
    others = list(told)[count:]
    more = f"Another difference is {about(others)}" if len(others) == 1 else f"Other differences are {about(others)}"
    return ". ".join([*sentences[:count], *([more] if others else [])])


def _told(choice: Choice, other: Choice) -> list[str]:
    """The settings that another convention has otherwise, and that matter beside the rest."""
    changed = [name for name, value in other.settings.items() if choice.settings.get(name) != value]
    as_here = {name: replace(other, settings={**other.settings, name: choice.settings[name]}) for name in changed}
    return [name for name, back in as_here.items() if formula_of(back) != formula_of(other)] or changed


def _in_catalogue(choice: Choice, other: Choice, changed: Sequence[str]) -> Mistake | None:
    """The entry of the catalogue that says the same as another convention's one switch."""
    if len(changed) != 1:
        return None
    name = changed[0]
    change = (name, choice.settings[name], other.settings[name])
    return next((mistake for mistake in applicable(choice) if mistake.switched is not None and mistake.switched.says(*change)), None)
