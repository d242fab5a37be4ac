"""The shapes in which students write an optimizer: each makes the text of right code for a rule, with names that people use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from tests.students.right.rules import Rule

NAMES: Mapping[str, tuple[str, ...]] = {
    "x": ("params", "w", "theta", "x", "weights", "var", "W", "parameters", "p"),
    "g": ("grad", "g", "dw", "gradient", "grads", "dW", "dx", "d_w"),
    "t": ("t", "step", "iteration", "k", "timestep"),
    "lr": ("lr", "learning_rate", "alpha", "eta", "step_size"),
    "eps": ("eps", "epsilon", "e", "small"),
    "beta1": ("beta1", "beta_1", "b1"),
    "beta2": ("beta2", "beta_2", "b2"),
    "rho": ("rho", "decay_rate", "beta", "gamma"),
    "momentum": ("momentum", "mu", "beta", "gamma"),
    "weight_decay": ("weight_decay", "wd", "lambd", "l2"),
    "velocity": ("velocity", "v", "m", "vel", "V", "v_dw"),
    "accumulator": ("accumulator", "cache", "G", "h", "s", "grad_sq", "acc"),
    "v_max": ("v_max", "vmax", "v_hat"),
}
#: Slots that are named together.
TOGETHER: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("m", "v"): (("m", "v"), ("v", "s"), ("m1", "m2"), ("first_moment", "second_moment"), ("V", "S"), ("m_t", "v_t"), ("mom1", "mom2")),
    ("m", "v", "v_max"): (("m", "v", "v_max"), ("m", "v", "vmax"), ("m_t", "v_t", "v_hat")),
    ("m", "u"): (("m", "u"), ("m", "inf_norm")),
    ("v", "u"): (("v", "u"), ("s", "delta"), ("s", "u"), ("eg2", "edx2")),
    ("v",): (("v",), ("s",), ("cache",), ("grad_sq",), ("square_avg",), ("S",), ("sq",)),
}
WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Code:
    """A student's code: what to call, how it is checked, and its text."""

    student: Callable[..., Any]
    style: str
    text: str


@dataclass(frozen=True)
class Draft:
    """A rule with the names that one student gives; `cast` is what becomes of the numbers."""

    rule: Rule
    names: Mapping[str, str]
    dtype: str
    rng: Random

    @property
    def slots(self) -> list[str]:
        """As the student calls them."""
        return [self.names[slot] for slot in self.rule.slots]

    @property
    def numbers(self) -> list[str]:
        """As the student calls them, the learning rate first."""
        return [self.names[name] for name in ("lr", *self.rule.numbers)]

    @property
    def clock(self) -> list[str]:
        """The step's number, if the formula has it."""
        return [self.names["t"]] if self.rule.has_clock else []

    def body(self, indent: int, own: Mapping[str, str] | None = None) -> str:
        """The formula's lines, each array rounded where the student works in single precision."""
        lines = list(self.rule.lines)
        if self.dtype == "float32":
            lines += [f"{name} = np.float32({name})" for name in ("x", *self.rule.slots)]
        said = [WORD.sub(lambda word: {**self.names, **(own or {})}.get(word[0], word[0]), line) for line in lines]
        return "\n".join(" " * indent + line for line in said)


def drafted(rule: Rule, dtype: str, rng: Random) -> Draft:
    """A rule with names of which no two are equal."""
    while True:
        slots = rng.choice(TOGETHER[rule.slots]) if rule.slots in TOGETHER else tuple(rng.choice(NAMES[slot]) for slot in rule.slots)
        names = dict(zip(rule.slots, slots, strict=True))
        names |= {name: rng.choice(NAMES[name]) for name in ("x", "g", "t", "lr", *rule.numbers)}
        if len({name.lower() for name in names.values()}) == len(names):
            return Draft(rule, names, dtype, rng)


def plain(rule: Rule, dtype: str, rng: Random) -> Draft:
    """A rule with the service's names."""
    own = {name: name for name in ("x", "g", "t", "lr", *rule.numbers, *rule.slots)}
    return Draft(rule, own, dtype, rng)


def _made(text: str, name: str = "student") -> Any:
    space: dict[str, Any] = {"np": np}
    exec(compile(text, f"{name}.py", "exec"), space)
    return space[name]


def _returned(draft: Draft) -> str:
    return ", ".join([draft.names["x"], *draft.slots])


def usual_order(draft: Draft) -> Code:
    """`f(params, grad, *state, t, lr, ...)`."""
    order = [draft.names["x"], draft.names["g"], *draft.slots, *draft.clock, *draft.numbers]
    text = f"def student({', '.join(order)}):\n{draft.body(4)}\n    return {_returned(draft)}\n"
    return Code(_made(text), "tuple", text)


def state_before_gradient(draft: Draft) -> Code:
    """`f(weights, m, v, gradient, ..., t)`."""
    order = [draft.names["x"], *draft.slots, draft.names["g"], *draft.numbers, *draft.clock]
    text = f"def student({', '.join(order)}):\n{draft.body(4)}\n    return {_returned(draft)}\n"
    return Code(_made(text), "tuple", text)


def numbers_first(draft: Draft) -> Code:
    """`f(alpha, beta1, ..., var, grad, v, s, t)`."""
    order = [*draft.numbers, draft.names["x"], draft.names["g"], *draft.slots, *draft.clock]
    text = f"def student({', '.join(order)}):\n{draft.body(4)}\n    return {_returned(draft)}\n"
    return Code(_made(text), "tuple", text)


def with_defaults(draft: Draft) -> Code:
    """Hyperparameters with defaults of the student's own, in any order."""
    numbers = draft.rng.sample(draft.numbers, len(draft.numbers))
    order = [draft.names["x"], draft.names["g"], *draft.slots, *draft.clock, *(f"{name}=0.123" for name in numbers)]
    text = f"def student({', '.join(order)}):\n{draft.body(4)}\n    return {_returned(draft)}\n"
    return Code(_made(text), "tuple", text)


def unnamed(draft: Draft) -> Code:
    """Params, gradient and state under names that say nothing, in the usual order or with the state first."""
    own = dict(zip(("x", "g", *draft.rule.slots), ("apple", "banana", "cherry", "damson", "elder"), strict=False))
    slots = [own[slot] for slot in draft.rule.slots]
    order = [own["x"], own["g"], *slots] if draft.rng.random() < 0.5 else [own["x"], *slots, own["g"]]
    text = f"def student({', '.join([*order, *draft.clock, *draft.numbers])}):\n{draft.body(4, own)}\n"
    text += f"    return {', '.join([own['x'], *slots])}\n"
    return Code(_made(text), "tuple", text)


def state_in_place(draft: Draft) -> Code:
    """The state is changed in place, and the params alone are returned."""
    order = [draft.names["x"], draft.names["g"], *draft.slots, *draft.clock, *draft.numbers]
    own = {slot: f"new_{slot}" for slot in draft.rule.slots}
    text = f"def student({', '.join(order)}):\n"
    text += "".join(f"    {own[slot]} = {draft.names[slot]}\n" for slot in draft.rule.slots)
    text += draft.body(4, own) + "\n"
    text += "".join(f"    {draft.names[slot]}[...] = {own[slot]}\n" for slot in draft.rule.slots)
    text += f"    return {draft.names['x']}\n"
    return Code(_made(text), "tuple", text)


KEYS = {"lr": "learning_rate", "eps": "epsilon", "rho": "decay_rate"}


def config(draft: Draft, *, has_own_keys: bool = False) -> Code:
    """`f(w, dw, config)`."""
    keys = {
        slot: ("cache" if slot == "accumulator" or (slot == "v" and "rho" in draft.rule.numbers) else slot) for slot in draft.rule.slots
    }
    if has_own_keys:
        keys = {slot: f"my_{slot}" for slot in draft.rule.slots}
    counter = "my_t" if has_own_keys else "t"
    text = "def student(w, dw, config=None):\n    x, g = w, dw\n"
    text += "".join(f"    config.setdefault({key!r}, np.zeros_like(w))\n    {slot} = config[{key!r}]\n" for slot, key in keys.items())
    text += "".join(f"    {name} = config[{KEYS.get(name, name)!r}]\n" for name in ("lr", *draft.rule.numbers))
    text += f"    t = config[{counter!r}] = config.get({counter!r}, 0) + 1\n" if draft.rule.has_clock else ""
    text += plain(draft.rule, draft.dtype, draft.rng).body(4) + "\n"
    text += "".join(f"    config[{key!r}] = {slot}\n" for slot, key in keys.items())
    return Code(_made(text + "    return x, config\n"), "cs231n", text)


def config_with_own_keys(draft: Draft) -> Code:
    """`f(w, dw, config)`, whose state has keys of the student's own."""
    return config(draft, has_own_keys=True)


def layers(draft: Draft, prefix: str = "d") -> Code:
    """`f(parameters, grads, v, s, t, ...)`, on dictionaries of layers."""
    order = ["parameters", "grads", *draft.slots, *draft.clock, *draft.numbers]
    text = f"def student({', '.join(order)}):\n    for key in parameters:\n"
    text += f"        x, g = parameters[key], grads['{prefix}' + key]\n"
    own = {"x": "x", "g": "g", **{slot: f"new_{slot}" for slot in draft.rule.slots}}
    text += "".join(f"        {own[slot]} = {draft.names[slot]}['{prefix}' + key]\n" for slot in draft.rule.slots)
    text += draft.body(8, own) + "\n        parameters[key] = x\n"
    text += "".join(f"        {draft.names[slot]}['{prefix}' + key] = {own[slot]}\n" for slot in draft.rule.slots)
    return Code(_made(text + f"    return {', '.join(['parameters', *draft.slots])}\n"), "dls", text)


def layers_with_the_same_keys(draft: Draft) -> Code:
    """The same, where the gradient of W1 is called W1."""
    return layers(draft, "")


def _class(draft: Draft, constructor: str, method: str) -> Code:
    """A class with hyperparameters and a state for each key; the method's text has the lines of the formula at BODY."""
    slots = draft.rule.slots
    numbers = [draft.names[name] for name in ("lr", *draft.rule.numbers)]
    arguments = ["self", *([constructor] if constructor else []), *(f"{name}=0.123" for name in numbers)]
    text = f"class student:\n    def __init__({', '.join(arguments)}):\n"
    text += "        self.t = 0\n        self.state = {}\n"
    text += f"        self.held = {constructor}\n" if constructor else ""
    text += "".join(f"        self.{name} = {name}\n" for name in numbers)
    text += "    def formula(self, key, x, g):\n"
    text += "".join(f"        {name} = self.{draft.names[name]}\n" for name in ("lr", *draft.rule.numbers))
    text += "        t = self.t\n"
    text += f"        {', '.join([*slots, 'nothing'])} = self.state.get(key, [np.zeros(x.shape)] * {len(slots)} + [0])\n"
    text += plain(draft.rule, draft.dtype, draft.rng).body(8) + "\n"
    text += f"        self.state[key] = [{', '.join([*slots, '0'])}]\n        return x\n"
    text += method
    return Code(_made(text), "object", text)


def object_of_one_array(draft: Draft) -> Code:
    """Made with an array; `step(grads)`."""
    method = "    def step(self, grads):\n        self.t += 1\n        self.held = self.params = self.formula(0, self.held, grads)\n"
    return _class(draft, "params", method)


def object_with_update(draft: Draft) -> Code:
    """`update(w, grad)`, which returns the new w."""
    method = f"    def update(self, {draft.names['x']}, {draft.names['g']}):\n        self.t += 1\n"
    return _class(draft, "", method + f"        return self.formula(0, {draft.names['x']}, {draft.names['g']})\n")


def object_over_a_dictionary(draft: Draft) -> Code:
    """`update(params, grads)`, which changes a dictionary."""
    method = "    def update(self, params, grads):\n        self.t += 1\n"
    method += "        for key in params.keys():\n            params[key] = self.formula(key, params[key], grads[key])\n"
    return _class(draft, "", method)


def object_over_tensors(draft: Draft) -> Code:
    """Made with a list of parameters, which have data and grad; `step()`."""
    method = "    def step(self):\n        self.t += 1\n        for p in self.held:\n            p.data = self.formula(p, p.data, p.grad)\n"
    return _class(draft, "params", method + "    def zero_grad(self):\n        for p in self.held:\n            p.grad = None\n")


def object_with_pairs(draft: Draft) -> Code:
    """`apply_gradients(zip(grads, variables))`."""
    method = "    def apply_gradients(self, grads_and_vars):\n        self.t += 1\n"
    method += "        for i, (g, x) in enumerate(grads_and_vars):\n            x[...] = self.formula(i, x, g)\n"
    return _class(draft, "", method)


def object_with_lists(draft: Draft) -> Code:
    """Made with a list of arrays; `step(grads)` with a list of gradients."""
    method = "    def step(self, grads):\n        self.t += 1\n        for i, (x, g) in enumerate(zip(self.held, grads)):\n"
    return _class(draft, "params", method + "            self.held[i] = self.formula(i, x, g)\n")


def object_for_w_and_b(draft: Draft) -> Code:
    """`update(t, w, b, dw, db)`."""
    method = "    def update(self, t, w, b, dw, db):\n        self.t = t\n"
    return _class(draft, "", method + "        return self.formula('w', w, dw), self.formula('b', b, db)\n")


def object_for_a_layer(draft: Draft) -> Code:
    """`update_params(layer)`, between two methods that count."""
    method = "    def pre_update_params(self):\n        self.t += 1\n    def update_params(self, layer):\n"
    method += "        layer.weights = self.formula('w', layer.weights, layer.dweights)\n"
    return _class(draft, "", method + "        layer.biases = self.formula('b', layer.biases, layer.dbiases)\n")


def _loop(draft: Draft, order: list[str], ends: str) -> Code:
    text = f"def student({', '.join(order)}):\n    x = np.array(start, dtype=float)\n    path = [x]\n"
    text += "".join(f"    {slot} = np.zeros_like(x)\n" for slot in draft.rule.slots)
    text += "".join(f"    {name} = {draft.names[name]}\n" for name in ("lr", *draft.rule.numbers) if name != draft.names[name])
    text += "    for t in range(1, num_iterations + 1):\n        g = gradient(x)\n"
    text += plain(draft.rule, draft.dtype, draft.rng).body(8) + "\n        path.append(x)\n"
    return Code(_made(text + f"    return {ends}\n"), "loop", text)


def loop_with_an_end(draft: Draft) -> Code:
    """`f(f, grad, x0, ...)`, which returns the end."""
    code_names = Draft(
        draft.rule, _without(draft, "f", "gradient", "start", "num_iterations", "x", "g", "t", "path"), draft.dtype, draft.rng
    )
    return _loop(code_names, ["f", "gradient", "start", *code_names.numbers, "num_iterations=50"], "x")


def loop_with_a_path(draft: Draft) -> Code:
    """`f(grad, start, n, lr, ...)`, which returns all points."""
    code_names = Draft(
        draft.rule, _without(draft, "f", "gradient", "start", "num_iterations", "x", "g", "t", "path"), draft.dtype, draft.rng
    )
    return _loop(code_names, ["gradient", "start", "num_iterations", *code_names.numbers], "path")


def _without(draft: Draft, *taken: str) -> Mapping[str, str]:
    """The names, with the service's own where a name is one of these or of a slot."""
    used = {*taken, *draft.rule.slots}
    return {role: (role if name in used else name) for role, name in draft.names.items()}


SHAPES = (
    usual_order,
    state_before_gradient,
    numbers_first,
    with_defaults,
    unnamed,
    state_in_place,
    config,
    config_with_own_keys,
    layers,
    layers_with_the_same_keys,
    object_of_one_array,
    object_with_update,
    object_over_a_dictionary,
    object_over_tensors,
    object_with_pairs,
    object_with_lists,
    object_for_w_and_b,
    object_for_a_layer,
    loop_with_an_end,
    loop_with_a_path,
)
