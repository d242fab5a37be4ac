"""What is right elsewhere: other optimizers, other hyperparameters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...engine.conventions import CONVENTIONS
from ...engine.conventions.choice import Choice
from ...engine.conventions.resolve import resolve
from ...engine.optimizers import OPTIMIZERS, Optimizer
from ...engine.reading.faults import Refusal
from ...engine.reading.tensors import is_number, shortened
from ..catalogue.formulas import Trait, formula_for
from ..order import OTHERS, Other
from .candidate import Candidate, shown
from .conventions import resolved


def other_optimizers(choice: Choice) -> Iterator[Candidate]:
    """The other optimizers at the same rate, with the decays that have the same meaning."""
    for settings in _others(choice):
        name, other = settings["name"], _try(settings)
        if other is None or (other.optimizer is choice.optimizer and dict(other.settings) == dict(choice.settings)):
            continue
        if other.optimizer.asks_objective:  # a student who was given gradients cannot have computed it
            continue
        told = _named(settings, other, choice)
        yield Candidate(
            f"is_{name}",
            f"these are {name}'s numbers" + (f", {told}" if told else ""),
            "optimizer",
            "optimizer",
            (
                "Is this the optimizer that was asked for?",
                f"It behaves like {name}.",
                f"You computed {name}" + (f" {told}." if told else "."),
            ),
            other,
            {},
        )


def _named(settings: Mapping[str, Any], other: Choice, asked: Choice) -> str:
    """What says which variant is meant; of the optimizer that was asked for, also what is left out."""
    told = [f"{name} = {shown(value)}" for name, value in settings.items() if name not in ("name", "convention", "lr")]
    words = [f"with {', '.join(told)}"] if told else []
    if other.optimizer is asked.optimizer:
        left_out = [name for name, value in asked.settings.items() if _is_on(value) and not _is_on(other.settings.get(name))]
        words += [f"without {' and '.join(left_out)}"] if left_out else []
    words += [f"as in {CONVENTIONS[settings['convention']].title}"] if "convention" in settings else []
    return ", ".join(words)


def _is_on(value: Any) -> bool:
    """Whether a hyperparameter has an influence, at least on one tensor: it is not 0 and not off."""
    return any(value.values()) if isinstance(value, Mapping) else bool(value)


def _others(choice: Choice) -> Iterator[dict[str, Any]]:
    """Requests for other optimizers: with the numbers that the reference has, then as each convention has them by itself."""
    lr = choice.settings["lr"]
    numbers = _alike(choice.settings)
    for other in (*OTHERS, *_unlisted()):
        alike = _numbers_of(OPTIMIZERS[other.name]) if other.alike is None else other.alike
        yield {"name": other.name, "lr": lr, **{name: numbers[name] for name in alike if name in numbers}, **other.settings}
    for convention in CONVENTIONS.values():
        for name in convention.by_optimizer:
            if name != choice.optimizer.name and is_taught(OPTIMIZERS[name]):
                request = {"name": name, "convention": convention.name, "lr": lr}
                yield request
                if _takes_momentum(OPTIMIZERS[name]):
                    yield {**request, "momentum": USUAL_MOMENTUM}


#: The momentum of a reference that has none.
USUAL_MOMENTUM = 0.9


def _alike(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What another optimizer's numbers are where they are to mean what those of the reference mean."""
    of_first = settings.get("beta1", settings.get("momentum") or USUAL_MOMENTUM)
    of_square = settings.get("beta2", settings.get("rho"))
    alike = {"beta1": of_first, "momentum": of_first, "eps": settings.get("eps", 1e-8)}
    if of_square is None:
        return alike
    largest = max(of_square.values()) if isinstance(of_square, Mapping) else of_square
    return {**alike, "rho": of_square, **({"beta2": of_square} if largest < 1 else {})}  # rho may be 1, a beta2 may not


def _numbers_of(optimizer: Optimizer) -> list[str]:
    """The decays and the eps of an optimizer, in its own order."""
    return [name for name in optimizer.by_name if name in ("beta1", "beta2", "rho", "eps")]


def _unlisted() -> Iterator[Other]:
    """The optimizers that nobody has written into the order. One whose kernels are all there already is known (AdamW: Adam's)."""
    listed = {kernel.name for other in OTHERS for kernel in OPTIMIZERS[other.name].kernels}
    for optimizer in OPTIMIZERS.values():
        if is_taught(optimizer) and not listed.issuperset(kernel.name for kernel in optimizer.kernels):
            yield Other(optimizer.name)


_IN_ORDER = frozenset(other.name for other in OTHERS)


def is_taught(optimizer: Optimizer) -> bool:
    """Whether a student may have computed it in place of another: it is in the order, or its formula says so.

    Each of the others would cost every check time, and could be named where its numbers happen to be another's.
    """
    formulas = map(formula_for, optimizer.kernels)
    return optimizer.name in _IN_ORDER or any(formula is not None and formula.is_taught for formula in formulas)


def _takes_momentum(optimizer: Optimizer) -> bool:
    """Whether it is gradient descent, which most people mean with momentum."""
    formula = formula_for(optimizer.kernels[0])
    return formula is not None and Trait.FOLLOWS_GRADIENT in formula.traits and "momentum" in optimizer.by_name


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
    "eps": (1e-8, 1e-7, 1e-6, 1e-10, 1e-5, 1e-4, 1e-3, 1e-2),
    "threshold": (5.0, 4.0),
    "c1": (1e-4, 0.5, 0.1, 0.01, 1e-3),
    "shrink": (0.5, 0.8, 0.9, 0.1),
    "initial_accumulator": (0.0, 1.0, 0.1),
}

#: What may be left out or put in where it is 0.
MAY_BE_ZERO = ("weight_decay", "initial_accumulator")
OFF_BY = {"lr": (10.0, 0.1, 100.0, 0.01, 2.0, 0.5), "weight_decay": (10.0, 0.1, 0.5)}


def other_numbers(choice: Choice) -> Iterator[Candidate]:
    """The same optimizer with one hyperparameter that is not the one asked for."""
    for name, value in choice.settings.items():
        if isinstance(value, Mapping):
            yield from _other_groups(choice, name, value)
            continue
        if isinstance(value, bool | str) or value is None or (value == 0 and name not in MAY_BE_ZERO):
            continue
        tried = [*MIX_UPS.get(name, ()), *(value * factor for factor in OFF_BY.get(name, ()))]
        tried += [1.0 - value] if name in ("beta1", "beta2", "rho", "momentum", "dampening") else []
        for other in dict.fromkeys(tried):
            if other != value:
                found = _try({**choice.echo, name: other})
                if found is not None:
                    yield _number(found, name, value, other)


#: The values that students write into their code in place of those asked for. Each is tried with each mistake, so there are few.
WRITTEN_DOWN: Mapping[str, Collection[float]] = {
    "beta1": (0.9, 0.99, 0.95),
    "beta2": (0.999, 0.99, 0.9),
    "rho": (0.9, 0.99, 0.95),
    "momentum": (0.9, 0.99, 0.5),
    "eps": (1e-8, 1e-7),
}


def written_down(choice: Choice) -> Iterator[Candidate]:
    """The same optimizer with one number that is not the one asked for, and that may stand in the code beside another mistake."""
    return (number for number in other_numbers(choice) if number.choice.settings.get(number.where) in WRITTEN_DOWN.get(number.where, ()))


#: Of parameter groups with more numbers, the first are tried for all tensors.
MOST_NUMBERS = 4


def _other_groups(choice: Choice, name: str, asked: Mapping[str, float]) -> Iterator[Candidate]:
    """The same optimizer with one number for all tensors, with the numbers of two tensors exchanged, or with all of them off alike."""
    for words, used in _tried_groups(name, asked):
        found = _try({**choice.echo, name: used})
        if found is not None:
            hint = f"Your {name} is {words}. The task asks for {shown(asked)}."
            hints = ("Look at the hyperparameters.", f"Look at {name}: each tensor has its own.", hint)
            yield Candidate(f"wrong_{name}", f"{name} is {words}", "hyperparameter", name, hints, found, {})


def _tried_groups(name: str, asked: Mapping[str, float]) -> Iterator[tuple[str, Any]]:
    """Other numbers than those asked for, in words and as a request has them."""
    if len(asked) == 2:
        (one, of_one), (other, of_other) = asked.items()
        yield f"exchanged between {shortened(one)} and {shortened(other)}", {one: of_other, other: of_one}
    values = list(dict.fromkeys(asked.values()))[:MOST_NUMBERS]
    for value in dict.fromkeys((*values, *MIX_UPS.get(name, ()))):
        yield f"{shown(value)} for every tensor", value
    for factor in OFF_BY.get(name, ()):
        yield f"{shown(factor)} times the correct value", {tensor: factor * value for tensor, value in asked.items()}


def usual_numbers(choice: Choice) -> Iterator[Candidate]:
    """The same optimizer with the numbers that a convention has by itself in the place of those asked for: all, or all but some."""
    for convention in CONVENTIONS:
        usual = resolved(choice, convention, {}) or resolved(choice, convention, {"lr": choice.settings["lr"]})
        if usual is None:
            continue
        changed = {name: value for name, value in usual.settings.items() if is_number(value) and is_number(choice.settings.get(name))}
        for kept in ((), ("lr",), ("lr", "eps"), ("lr", "weight_decay")):
            found = _try({**choice.echo, **{name: value for name, value in changed.items() if name not in kept}})
            if found is not None and dict(found.settings) != dict(choice.settings):
                yield _numbers(found, choice)


def at_rate(choice: Choice, lr: float) -> Iterator[Candidate]:
    """The same optimizer at another learning rate."""
    found = _try({**choice.echo, "lr": lr})
    if found is not None and lr != choice.settings["lr"]:
        yield _number(found, "lr", choice.settings["lr"], lr)


def from_accumulator(choice: Choice, start: float) -> Iterator[Candidate]:
    """The same optimizer with another first value of its accumulator."""
    found = _try({**choice.echo, "initial_accumulator": start})
    if found is not None:
        yield _number(found, "initial_accumulator", choice.settings["initial_accumulator"], start)


def _number(choice: Choice, name: str, asked: float, used: float) -> Candidate:
    return Candidate(
        f"wrong_{name}",
        f"{name} is {used:g} instead of {asked:g}",
        "hyperparameter",
        name,
        ("Look at the hyperparameters.", f"Look at {name}.", f"You use {name} = {used:g}; the task asks for {asked:g}."),
        choice,
        {},
    )


def _numbers(found: Choice, asked: Choice) -> Candidate:
    """Several numbers that are not those asked for; one alone is told as that one."""
    changed = {name: value for name, value in found.settings.items() if value != asked.settings[name]}
    if len(changed) == 1:
        [(name, used)] = changed.items()
        return _number(found, name, asked.settings[name], used)
    told = ", ".join(f"{name} is {used:g} instead of {asked.settings[name]:g}" for name, used in changed.items())
    names = ", ".join(changed)
    hints = ("Are the hyperparameters those that were asked for?", f"Look at {names}.", f"They have their usual values: {told}.")
    return Candidate("usual_numbers", told, "hyperparameter", names, hints, found, {})
