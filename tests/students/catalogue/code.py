"""A student's update rule as lines of NumPy, and the four shapes in which code hands it in.

A rule is written for one array: w and g, the slots, t, and the hyperparameters. A mistake is the line that the student wrote in its place.
Nothing here asks the service what a formula is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

import numpy as np

SHAPES = ("tuple", "dls", "cs231n", "object")

#: Shapes whose state and hyperparameters stay with the code between two steps, and those that see all params as one array.
KEEPING, FLAT = ("cs231n", "object"), ("tuple", "cs231n", "object")

#: What the two courses call a slot or a hyperparameter.
CS231N = {"lr": "learning_rate", "eps": "epsilon", "rho": "decay_rate", "accumulator": "cache"}
DLS = {"lr": "learning_rate", "eps": "epsilon", "m": "v", "velocity": "v", "v": "s", "accumulator": "s"}


@dataclass(frozen=True)
class Wrong:
    """A mistake as written: lines that take the place of the right ones for the same names, or whole code where it has `whole`.

    `shapes` are those in which one can make it. `stays` are what the code forgets to store: "t"; `keeps` a hyperparameter that it changes
    for good.
    """

    lines: str
    whole: bool = False
    shapes: tuple[str, ...] = SHAPES
    stays: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


#: The gradient changed before it is used, though nobody asked for it; for rules in which nothing else is done to it.
CLIPPED = {
    "gradient_averaged": "g = np.mean(g)",
    "gradient_summed": "g = np.sum(g)",
    "gradient_clipped": "g = np.clip(g, -1.0, 1.0)",
    "gradient_norm_clipped": Wrong("g = g / max(1.0, np.linalg.norm(g))", shapes=FLAT),
}


@dataclass(frozen=True)
class Rule:
    """An optimizer as a student codes it, with the mistakes by their code in the catalogue.

    `starts` are slots that do not start at 0. They are numbers, which a dictionary of layers has no place for.
    """

    name: str
    optimizer: Mapping[str, Any]
    slots: tuple[str, ...]
    numbers: tuple[str, ...]
    right: str
    wrong: Mapping[str, str | Wrong]
    starts: Mapping[str, float]

    @property
    def shapes(self) -> tuple[str, ...]:
        """The shapes in which it can be written."""
        return tuple(shape for shape in SHAPES if shape != "dls" or not self.starts)

    def students(self) -> Iterator[Student]:
        """Every mistake in every shape in which it can be made."""
        for code, written in self.wrong.items():
            how = written if isinstance(written, Wrong) else Wrong(written)
            yield from (Student(self, code, how, shape) for shape in how.shapes if shape in self.shapes)


def rule(
    name: str, optimizer: Mapping[str, Any], slots: str, numbers: str, right: str, wrong: Mapping[str, str | Wrong], **starts: float
) -> Rule:
    """A rule; slots and numbers are names with blanks between them."""
    return Rule(name, optimizer, tuple(slots.split()), tuple(numbers.split()), right, wrong, starts)


@dataclass(frozen=True)
class Student:
    """One student: the rule, the mistake ("" for none), and the shape of the code."""

    rule: Rule
    code: str
    how: Wrong
    shape: str

    def __str__(self) -> str:
        return f"{self.rule.name}-{self.code or 'right'}-{self.shape}"

    @property
    def source(self) -> str:
        """The lines of the update."""
        return self.how.lines.strip() if self.how.whole else replaced(self.rule.right, self.how.lines)

    @property
    def submitted(self) -> Callable[..., Any]:
        """The function, or the class, that is handed in."""
        names = ["w", "g", *self.rule.slots, "t", *self.rule.numbers, "number=0", "count=1"]
        body = "\n    ".join(self.source.splitlines())
        made: dict[str, Any] = {"np": np}
        exec(compile(f"def update({', '.join(names)}):\n    {body}\n    return locals()", f"<{self}>", "exec"), made)
        return {"tuple": as_tuple, "dls": as_dls, "cs231n": as_cs231n, "object": as_object}[self.shape](self, made["update"])

    @property
    def counts(self) -> tuple[str, ...]:
        """The name of the step's number, where the lines use it."""
        return ("t",) if re.search(r"\bt\b", self.source) else ()


def replaced(right: str, wrong: str) -> str:
    """The right lines with the wrong ones in the place of those for the same names; a line for a new name comes first."""
    lines, first = right.strip().splitlines(), list[str]()
    for line in wrong.strip().splitlines():
        target = line.partition("=")[0].strip()
        places = [k for k, each in enumerate(lines) if each.partition("=")[0].strip() == target]
        if places:
            lines[places[0]] = line
        else:
            first.append(line)
    return "\n".join([*first, *lines])


def as_tuple(student: Student, update: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """`f(w, g, *slots, t, *numbers) -> (w, *slots)`"""
    rule = student.rule
    names = ["w", "g", *rule.slots, *student.counts, *rule.numbers]

    def function(*arguments: Any, **named: Any) -> Any:
        given = {"t": 0, **dict(zip(names, arguments, strict=False)), **named}
        new = update(**given)
        return (new["w"], *(new[slot] for slot in rule.slots))

    return signed(function, names)


def as_dls(student: Student, update: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """`f(parameters, grads, v, s, t, learning_rate, ...) -> (parameters, v, s)`, on dictionaries of layers."""
    rule = student.rule
    slots, numbers = [DLS.get(slot, slot) for slot in rule.slots], [DLS.get(number, number) for number in rule.numbers]
    names = ["parameters", "grads", *slots, *student.counts, *numbers]

    def function(*arguments: Any, **named: Any) -> Any:
        given = {"t": 0, **dict(zip(names, arguments, strict=False)), **named}
        parameters, grads, state = given["parameters"], given["grads"], [given[slot] for slot in slots]
        own = dict(zip(rule.numbers, (given[number] for number in numbers), strict=True))
        after: list[dict[str, Any]] = [{} for _ in range(1 + len(slots))]
        for number, key in enumerate(parameters):
            old = {slot: each["d" + key] for slot, each in zip(rule.slots, state, strict=True)}
            new = update(parameters[key], grads["d" + key], t=given["t"], **old, **own, number=number, count=len(parameters))
            after[0][key] = new["w"]
            for slot, each in zip(rule.slots, after[1:], strict=True):
                each["d" + key] = new[slot]
        return tuple(after) if slots else after[0]

    return signed(function, names)


def as_cs231n(student: Student, update: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """`f(w, dw, config) -> (w, config)`"""
    rule = student.rule
    called = {name: CS231N.get(name, name) for name in (*rule.slots, *rule.numbers)}
    if "rho" in rule.numbers:
        called["v"] = "cache"

    def function(w: Any, dw: Any, config: dict[str, Any]) -> Any:
        t = config["t"] + 1
        new = update(w, dw, t=t, **{name: config[called[name]] for name in (*rule.slots, *rule.numbers)})
        config.update({called[name]: new[name] for name in (*rule.slots, *student.how.keeps)})
        if "t" not in student.how.stays:
            config["t"] = t
        return new["w"], config

    return function


def as_object(student: Student, update: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """A class made with params and hyperparameters; `step(grad)` returns the new params."""
    rule = student.rule

    class Optimizer:
        def __init__(self, params: Any, *given: float, **named: float) -> None:
            self.params, self.t = np.array(params), 0
            self.numbers = {**dict(zip(rule.numbers, given, strict=False)), **named}
            self.slots: dict[str, Any] = {name: np.full_like(self.params, rule.starts.get(name, 0.0)) for name in rule.slots}

        def step(self, grad: Any) -> Any:
            t = self.t + 1
            new = update(self.params, grad, t=t, **self.slots, **self.numbers)
            self.params, self.slots = new["w"], {name: new[name] for name in rule.slots}
            self.numbers.update({name: new[name] for name in student.how.keeps})
            if "t" not in student.how.stays:
                self.t = t
            return self.params

    return signed(Optimizer, ["params", *rule.numbers])


def signed(function: Any, names: list[str]) -> Any:
    """With the arguments that it would have been written with."""
    function.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names])
    return function
