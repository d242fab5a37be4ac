"""The inputs that a student's code is run on: the service's probe or one of our own, and random ones."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepgrade.encoding import Arrays, Floats, plain, tensor
from stepgrade.errors import InvalidArgument
from stepgrade.grading.students.noting import LookupNotes
from stepgrade.messages import Json
from stepgrade.results.layout import layout

#: The recommended probe: every single or double mistake in Adam is 0.5 % off or more, but for those about eps where that is small.
PARAMS = [1.0, -2.0, 0.5, 3.0]
GRADIENT = [0.3, -0.02, 4.0, -0.001]
FACTORS = (1.0, -0.5, 2.0)
SLOTS = {"m": [0.2, -0.05, 1.0, 0.01], "v": [0.04, 0.003, 2.0, 1e-4]}
STEPS_BEFORE = 2

RANDOM_SHAPES = ((3,), (2, 3), (4, 1))
RANDOM_STEPS = 4
LAYER = re.compile(r"[Wb]\d*")
ONE_LAYER = {"W": (3, 2), "b": (2,)}
MATRIX = (2, 3)
LAYERS = {"W1": (3, 2), "b1": (3, 1), "W2": (1, 3), "b2": (1, 1)}

ONES = ("mu_product",)  # slots that begin at 1
SQUARED, SMALL = ("g_mean",), 0.2  # whose square is no larger than v


#: The optimizers that compute something with all numbers of a tensor: two tensors in one array are another input.
BY_TENSOR = frozenset(("adafactor", "fromage", "lamb", "lars", "muon", "novograd", "shampoo", "sm3", "stableadamw"))

Numbers = Mapping[str, Floats] | Floats


def itself(value: Any) -> Any:
    """What is laid out as the reference has it already."""
    return value


@dataclass(frozen=True)
class StudentInput:
    """One input: what a student's code gets, and the reference that it is checked against.

    `start`, `gradients` and `slots` (those at the start, all of them) are laid out for the student, and `back` lays out as the reference
    has it. `seen` is the reference as the student's code sees it, for numbers that cannot be laid out. `t` counts the steps before.
    `notes` are of what the code looks up in its dictionaries.
    """

    reference: Json
    start: Arrays
    gradients: tuple[Arrays, ...]
    slots: dict[str, Any]
    t: int
    settings: Json
    seen: Json
    back: Callable[[Any], Any] = itself
    notes: LookupNotes = field(default_factory=LookupNotes)

    @property
    def is_step(self) -> bool:
        """Whether the reference is a single step."""
        return "gradient" in self.reference

    @property
    def numbers(self) -> dict[str, float]:
        """The hyperparameters that are numbers."""
        kept = {name: value for name, value in self.settings.items() if isinstance(value, (int, float)) and not isinstance(value, bool)}
        return {"lr": kept["lr"], **kept} if "lr" in kept else kept

    @property
    def switches(self) -> dict[str, Any]:
        """The settings that are on or off, or one number per tensor: an argument of such a name is given what was asked for."""
        return {name: value for name, value in self.settings.items() if isinstance(value, (bool, Mapping))}


def built_in(settings: Mapping[str, Any], slots: Mapping[str, Any]) -> list[Json]:
    """Our own probe of an optimizer: late steps from a state, the first steps from none, and gradients as small as eps."""
    optimizer, eps = dict(settings), settings.get("eps") or 0.0
    gradients = [[factor * number for number in GRADIENT] for factor in FACTORS]
    state = {name: SLOTS.get(name, [0.3, 0.02, 1.5, 0.005]) for name, value in slots.items() if np.ndim(value)}
    late: Json = {"optimizer": optimizer, "start": PARAMS, "gradients": gradients}
    if len(state) == len(slots):
        late["state"] = {"t": STEPS_BEFORE, **state}
    tiny = [[eps * number for number in gradient] for gradient in gradients]
    early = [{"optimizer": optimizer, "start": PARAMS, "gradients": each} for each in ([gradients, tiny] if eps else [gradients])]
    return [late, *early]


def at_random(
    settings: Mapping[str, Any], slots: Mapping[str, Any], count: int, seed: int, layers: Mapping[str, tuple[int, ...]] | None = None
) -> list[Json]:
    """Random inputs, on arrays or on the tensors of layers: every second one goes on from a state."""
    rng, found = np.random.default_rng(seed), list[Json]()
    for number in range(count):
        shapes: Any = layers or RANDOM_SHAPES[number % len(RANDOM_SHAPES)]
        gradients = [_normal(rng, shapes) for _ in range(RANDOM_STEPS)]
        request = {"optimizer": dict(settings), "start": _normal(rng, shapes), "gradients": gradients}
        if number % 2 and slots and all(np.ndim(value) for value in slots.values()):
            request["state"] = {"t": 3, **{name: _positive(rng, shapes, SMALL if name in SQUARED else 1.0) for name in slots}}
        found.append(plain(request))
    return found


def of_groups(request: Mapping[str, Any]) -> dict[str, tuple[int, ...]] | None:
    """The shapes of the tensors that a request has, where a hyperparameter is one number per tensor; None where none is."""
    optimizer = request.get("optimizer")
    groups = [value for value in optimizer.values() if isinstance(value, Mapping)] if isinstance(optimizer, Mapping) else []
    if not groups:
        return None
    start = request.get("params", request.get("start"))
    return {name: np.shape(start[name]) if isinstance(start, Mapping) else RANDOM_SHAPES[0] for name in groups[0]}


def slots_in(requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The slots that the states of requests have, each as an array or a number of no matter."""
    states = [request.get("state") or {} for request in requests]
    posted = {name: slot for state in states for name, slot in state.items() if name != "t"}
    return {name: 1.0 if isinstance(slot, (int, float)) else np.ones(1) for name, slot in posted.items()}


def case(request: Mapping[str, Any], settings: Mapping[str, Any], slots: Mapping[str, Any]) -> StudentInput:
    """A request unfolded; raises InvalidArgument where it has no gradients to give to a student's code."""
    reference = plain(request)
    start = reference.get("params", reference.get("start"))
    gradients = [reference["gradient"]] if "gradient" in reference else reference.get("gradients")
    if gradients is None or start is None or isinstance(start, str):
        raise InvalidArgument(
            "A reference for check_function needs params and a gradient, or a start and gradients.", pointer="/references"
        )
    state, arrays = reference.get("state") or {}, tensor(start)
    if any(layout(tensor(each)) != layout(arrays) for each in gradients):
        raise InvalidArgument("A gradient of a reference must have the same layout as its params.", pointer="/references")
    whole = {name: _slot(name, state, arrays, settings, like) for name, like in slots.items()}
    return StudentInput(reference, arrays, tuple(map(tensor, gradients)), whole, int(state.get("t", 0)), dict(settings), reference)


def has_groups(given: StudentInput) -> bool:
    """Whether a hyperparameter is one number per tensor."""
    return any(isinstance(value, Mapping) for value in given.settings.values())


def goes_by_tensor(given: StudentInput) -> bool:
    """Whether the numbers of a tensor must stay together."""
    return has_groups(given) or given.settings.get("name") in BY_TENSOR


def of_first_tensor(given: StudentInput) -> StudentInput:
    """The case on its first tensor alone, the reference too."""
    first = next(iter(given.start))

    def only(value: Any) -> Any:
        return {first: value[first]} if isinstance(value, Mapping) and first in value else value

    reference = {name: only(value) for name, value in given.reference.items()}
    for name in {"optimizer", "state"} & reference.keys():
        if isinstance(reference[name], Mapping):
            reference[name] = {key: only(value) for key, value in reference[name].items()}
    if "gradients" in reference:
        reference["gradients"] = [only(gradient) for gradient in reference["gradients"]]
    return case(reference, {name: only(value) for name, value in given.settings.items()}, _kinds(given.slots))


def flat(given: StudentInput) -> StudentInput:
    """The case on one array: all numbers, or the first tensor where it matters which numbers stand together."""
    if not isinstance(given.start, dict):
        return given
    if len(given.start) > 1 and given.settings.get("name") in BY_TENSOR:
        return flat(of_first_tensor(given))
    shapes = {name: part.shape for name, part in given.start.items()}

    def back(numbers: Floats) -> dict[str, Floats]:
        parts = np.split(numbers, np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1])
        return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}

    return _laid_out(given, _joined, back)


def of_one_axis(given: StudentInput) -> StudentInput:
    """The case on an array of one axis; `given` is on one array."""
    shape = given.start.shape  # type: ignore[union-attr]  # an array
    if len(shape) == 1:
        return given
    return _laid_out(given, lambda array: array.reshape(-1), lambda numbers: given.back(numbers.reshape(shape)))


def of_two_axes(given: StudentInput) -> StudentInput:
    """The case on a matrix that is not square, with the first numbers once more where they are too few; `given` is on one array."""
    shape = given.start.shape  # type: ignore[union-attr]  # an array
    if len(shape) == len(MATRIX):
        return given
    size = math.prod(shape)
    matrix = (size, 1) if goes_by_tensor(given) else (MATRIX[0], max(MATRIX[1], (size + 1) // MATRIX[0]))
    return _laid_out(given, lambda array: np.resize(array, matrix), lambda numbers: given.back(numbers.reshape(-1)[:size].reshape(shape)))


def layered(given: StudentInput) -> StudentInput:
    """The case on the dictionary of a network's layers: W1, b1 and so on; vectors are columns."""
    if not isinstance(given.start, dict):
        if given.settings.get("name") in BY_TENSOR:
            return _laid_out(given, lambda array: {"W1": array}, lambda parts: parts["W1"])
        size, shape = given.start.size, given.start.shape
        return _laid_out(given, _split, lambda parts: _joined(parts)[:size].reshape(shape))
    shapes = {name: part.shape for name, part in given.start.items()}
    if has_groups(given):
        return given  # code with parameter groups asks for its tensors by these names
    if not all(LAYER.fullmatch(name) for name in shapes):
        count = sum(math.prod(shape) for shape in shapes.values())
        return _laid_out(given, lambda parts: _split(_joined(parts)), lambda parts: flat(given).back(_joined(parts)[:count]))
    called = {name: name if name[1:] else f"{name}1" for name in shapes}

    def forth(parts: Mapping[str, Floats]) -> dict[str, Floats]:
        return {called[name]: part.reshape(-1, 1) if part.ndim < 2 else part for name, part in parts.items()}

    def back(parts: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: parts[called[name]].reshape(shape) for name, shape in shapes.items()}

    return _laid_out(given, forth, back)


def one_layer(given: StudentInput) -> StudentInput:
    """The case on one layer, W and b: all numbers but the last are W, where there is no other name for them."""
    if isinstance(given.start, dict) and len(given.start) == len(ONE_LAYER):
        return given
    whole = flat(given)

    def split(array: Floats) -> dict[str, Floats]:
        numbers = np.resize(array.reshape(-1), max(array.size, 2))
        return dict(zip(ONE_LAYER, (numbers[:-1], numbers[-1:]), strict=True))

    size, shape = whole.start.size, whole.start.shape  # type: ignore[union-attr]  # an array now
    return _laid_out(whole, split, lambda parts: whole.back(_joined(parts)[:size].reshape(shape)))


def named(given: StudentInput, names: Sequence[str]) -> StudentInput:
    """The case on tensors of these names: the first has all numbers but the last ones, of which each other has one."""
    if isinstance(given.start, dict) and [*given.start] == [*names]:
        return given
    whole = flat(given)
    size, shape = whole.start.size, whole.start.shape  # type: ignore[union-attr]  # an array now

    def split(array: Floats) -> dict[str, Floats]:
        numbers = np.resize(array.reshape(-1), max(array.size, len(names)))
        return dict(zip(names, np.split(numbers, range(numbers.size - len(names) + 1, numbers.size)), strict=True))

    return _laid_out(whole, split, lambda parts: whole.back(_joined(parts)[:size].reshape(shape)))


def stateless(given: StudentInput) -> StudentInput:
    """The case from the first step on, for code that cannot be given a state."""
    kept = {name: value for name, value in given.reference.items() if name != "state"}
    return case(kept, given.settings, _kinds(given.slots))


def _kinds(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Of each slot whether it is a number or an array, as `case` takes it."""
    return {name: 1.0 if isinstance(slot, float) else np.ones(1) for name, slot in slots.items()}


def place(given: StudentInput, index: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Where the student has a number that stands at `index` in the reference."""
    numbered = _numbered(given.start)
    found: Any = given.back(numbered)
    for part in index:
        found = found[part]
    named = numbered.items() if isinstance(numbered, dict) else [(None, numbered)]
    for name, part in named:
        for where in np.argwhere(part == found).tolist():
            return (*where,) if name is None else (name, *where)
    return index


def _numbered(start: Arrays) -> Any:
    """The numbers from 0 on, laid out as the start is."""
    if not isinstance(start, dict):
        return np.arange(start.size, dtype=np.float64).reshape(start.shape)
    parts, count = dict[str, Floats](), 0
    for name, part in start.items():
        parts[name] = np.arange(count, count + part.size, dtype=np.float64).reshape(part.shape)
        count += part.size
    return parts


def _laid_out(given: StudentInput, forth: Callable[[Any], Any], back: Callable[[Any], Any]) -> StudentInput:
    start, gradients = forth(given.start), tuple(forth(gradient) for gradient in given.gradients)
    slots = {name: slot if isinstance(slot, float) else forth(slot) for name, slot in given.slots.items()}
    state = {"state": {"t": given.t, **slots}} if "state" in given.reference else {}
    inputs = {"params": start, "gradient": gradients[0]} if given.is_step else {"start": start, "gradients": list(gradients)}
    seen = plain({**given.reference, **state, **inputs})
    return StudentInput(given.reference, start, gradients, slots, given.t, given.settings, seen, back)


def _joined(arrays: Numbers) -> Floats:
    parts = arrays.values() if isinstance(arrays, Mapping) else [arrays]
    return np.concatenate([part.reshape(-1) for part in parts])


def _split(array: Floats) -> dict[str, Floats]:
    numbers = np.resize(array.reshape(-1), max(array.size, 2))
    if numbers.size < len(LAYERS):
        return {"W1": numbers[:-1].reshape(1, -1), "b1": numbers[-1:].reshape(1, 1)}
    last = {"b1": numbers[-3:-2], "W2": numbers[-2:-1], "b2": numbers[-1:]}
    return {"W1": numbers[:-3].reshape(1, -1), **{name: part.reshape(1, 1) for name, part in last.items()}}


def _slot(name: str, state: Mapping[str, Any], start: Arrays, settings: Mapping[str, Any], like: Any) -> Any:
    """A slot at the start, as it was posted or as the optimizer begins."""
    if state.get(name) is not None:
        return tensor(state[name]) if np.ndim(like) else float(state[name])
    value = 1.0 if name in ONES else float(settings.get("initial_accumulator") or 0.0) if name in ("accumulator", "v") else 0.0
    if not np.ndim(like):
        return value
    return {key: np.full(part.shape, value) for key, part in start.items()} if isinstance(start, dict) else np.full(start.shape, value)


def _normal(rng: np.random.Generator, shapes: Any) -> Any:
    return {name: rng.normal(size=shape) for name, shape in shapes.items()} if isinstance(shapes, dict) else rng.normal(size=shapes)


def _positive(rng: np.random.Generator, shapes: Any, scale: float) -> Any:
    if isinstance(shapes, dict):
        return {name: scale * rng.uniform(0.05, 1.0, size=shape) for name, shape in shapes.items()}
    return scale * rng.uniform(0.05, 1.0, size=shapes)
