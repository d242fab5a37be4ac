"""An optimizer in another convention: the same steps where there is an answer, and what is lacking where there is none."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.constructors import CONSTRUCTORS
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.converting.convert import Conversion, convert
from stepgrade_service.engine.converting.counterpart import Counterpart
from stepgrade_service.engine.optimizers import Hyperparameter
from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.engine.reading.faults import Refusal, plain
from stepgrade_service.engine.running.trajectory import trajectory

STEPS = 30

#: What the classes and functions of each framework take, as `tests/parity/make_lists.py` asked them.
SIGNATURES = json.loads((Path(__file__).resolve().parents[1] / "parity" / "signatures.json").read_text(encoding="utf-8"))


def gradients() -> list[dict[str, Any]]:
    """Seeded ones with sign changes, zeros and many magnitudes, for a matrix, a vector and a number; the first has no zero.

    With eps 0, a rule divides by the root of what it has seen: 0 / 0 at a first gradient of 0.
    """
    rng = np.random.default_rng(14)
    found = []
    for step in range(STEPS):
        sizes = 10.0 ** rng.uniform(-6, 3, 10)
        flat = rng.normal(size=10) * sizes * ((rng.random(10) > 0.2) | (step == 0))
        found.append({"W": flat[:6].reshape(2, 3).tolist(), "b": flat[6:9].tolist(), "c": float(flat[9])})
    return found


GRADIENTS = gradients()
START = {"W": [[1.0, -2.0, 3.0], [0.5, 0.0, -1.5]], "b": [0.1, -0.2, 0.3], "c": 2.0}


def points(optimizer: Any) -> np.ndarray:
    """The params after each step: of posted gradients, or of an objective where the optimizer evaluates it itself."""
    choice = resolve(optimizer)
    if choice.rule.kernel.asks or choice.optimizer.needs != ("gradient",):
        return trajectory({"optimizer": optimizer, "objective": "rosenbrock", "steps": STEPS}).points
    return trajectory({"optimizer": optimizer, "gradients": GRADIENTS, "start": START}).points


def refused(written: Any, to: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        convert({"optimizer": written, "to": to})
    assert {fault.path for fault in caught.value.faults} == {("to",)}
    return [fault.detail for fault in caught.value.faults]


def converted(written: Any, to: str) -> Conversion | None:
    try:
        return convert({"optimizer": written, "to": to})
    except Refusal:
        return None


def pasted(conversion: Conversion) -> dict[str, Any]:
    return {"convention": conversion.choice.convention, "call": conversion.call}


def random_values(hyperparameter: Hyperparameter, rng: np.random.Generator) -> Any:
    """A value in the range of a hyperparameter, far from its default."""
    if hyperparameter.type == "switch":
        return bool(rng.integers(2)) if isinstance(hyperparameter.default, bool) else rng.choice(hyperparameter.choices).item()
    if hyperparameter.whole:
        return int(rng.integers(2, 6))
    if hyperparameter.name.startswith(("eps", "lr", "weight_decay", "estim_lr0")):
        return float(10.0 ** rng.uniform(-4, -1))
    least = max(hyperparameter.minimum or 0.0, hyperparameter.above or 0.0)
    most = 1.0 if hyperparameter.name == "rho" else min(hyperparameter.maximum or least + 2.0, hyperparameter.below or least + 2.0)
    return float(rng.uniform(least + 0.3 * (most - least), least + 0.9 * (most - least)))


#: Muon's that are right only together: the others have no framework's name, or grow beyond all bounds.
TOGETHER = frozenset({"ns_a", "ns_b", "ns_c", "shape_factor", "rms_rate"})


def random_optimizer(convention: str, name: str, number: int) -> dict[str, Any] | None:
    """An optimizer of a convention with every argument at random; None where they do not go together."""
    row, implied = CONVENTIONS[convention].by_name[plain(name)]
    rng = np.random.default_rng([number, *name.encode()])
    there = Counterpart(CONVENTIONS[convention], next(each for each in CONSTRUCTORS[convention] if each.name == name), row, implied)
    known = [*there.optimizer.hyperparameters, *WRAPPERS.values()]
    own = {each.name: random_values(each, rng) for each in known if each.name in there.reach - TOGETHER}
    clips = [clip for clip in ("clip_norm", "clip_global_norm", "clip_value") if clip in own]
    for clip in clips[1:] if number else clips:
        del own[clip]
    written = {"name": name, "convention": convention, **own}
    try:
        resolve(written)
    except Refusal:
        return None
    return written


RANDOM_OPTIMIZERS = [
    written
    for convention, constructors in CONSTRUCTORS.items()
    for constructor in constructors
    for number in range(2)
    if (written := random_optimizer(convention, constructor.name, number))
]


def test_most_optimizers_have_arguments_at_random_that_go_together():
    assert len(RANDOM_OPTIMIZERS) > 0.8 * 2 * sum(map(len, CONSTRUCTORS.values()))


@pytest.mark.parametrize("written", RANDOM_OPTIMIZERS, ids=lambda written: f"{written['convention']}-{written['name']}")
def test_arguments_at_random_are_the_same_rule_wherever_there_is_an_answer(written):
    found = [each for to in CONVENTIONS if (each := converted(written, to))]
    assert written["convention"] in [each.choice.convention for each in found]
    for each in found:
        hold_to_the_rule(each, written)


def hold_to_the_rule(found: Conversion, written: dict[str, Any]) -> None:
    """The same steps, and a call that makes the same optimizer."""
    ours, theirs = points(written), points(found.written)
    assert len(ours) > 1
    if found.is_exact:
        np.testing.assert_array_equal(theirs, ours)
    else:
        largest = np.maximum(np.abs(ours).max(axis=0), 1e-300)
        assert np.abs((theirs - ours) / largest).max() < 1e-12
    if found.call is not None:
        assert replace(resolve(pasted(found)), ignored=()) == replace(found.choice, ignored=())  # params are told as ignored
        hold_to_signatures(found.call, found.choice.convention)


def hold_to_signatures(text: str, framework: str) -> None:
    """Each function of a call has the arguments that it is given, as the framework's own signatures tell."""
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func).rpartition(".")[2]
        if name != "chain":
            theirs = f"{SIGNATURES[framework][name]} {SIGNATURES[f'{framework} by name'].get(name, '')}".split()
            assert {each.arg for each in call.keywords} <= {*theirs}, (name, text)


@pytest.mark.parametrize("to", CONVENTIONS)
def test_where_there_is_an_answer_its_steps_are_those_of_the_rule_and_where_there_is_none_it_says_what_is_lacking(any_variant, to):
    found = converted(any_variant, to)
    if found is None:
        told = refused(any_variant, to)
        assert told
        assert all(to in each for each in told)
        return
    assert found.choice.convention == to
    hold_to_the_rule(found, any_variant)


def test_every_class_and_function_of_a_convention_has_its_arguments_listed():
    for convention in CONVENTIONS.values():
        listed = {plain(constructor.name) for constructor in CONSTRUCTORS[convention.name]}
        assert listed <= set(convention.by_name)
        assert {convention.by_name[name][0].optimizer for name in listed} == set(convention.by_optimizer)


CHAINS: list[list[dict[str, Any]]] = [
    [{"scale_by_adam": {"b1": 0.8}}, {"scale_by_learning_rate": 0.01}],
    [{"clip": 0.5}, {"clip_by_global_norm": 1.0}, {"trace": 0.9}, {"scale": -0.1}],
    [{"add_decayed_weights": 0.1}, {"trace": {"decay": 0.9, "nesterov": True}}, {"scale_by_learning_rate": 0.1}],
    [{"ema": {"decay": 0.9, "debias": False}}, {"scale_by_learning_rate": 0.1}],
    [{"scale_by_rms": {"decay": 0.95, "eps": 0.0}}, {"add_decayed_weights": 0.1}, {"scale_by_learning_rate": 0.1}],
    [{"scale": -1.0}, {"adagrad": {"learning_rate": 0.1, "eps": 0.0}}],
    [{"clip_by_global_norm": 1.0}, {"clip": 0.5}, {"sgd": 0.1}],
    [{"scale_by_sign": {}}, {"trace": 0.9}, {"scale_by_learning_rate": 0.1}],
]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_a_chain_is_the_same_rule_wherever_there_is_an_answer_and_stays_as_it_is_in_optax(chain):
    written = {"convention": "optax", "chain": chain}
    found = [each for to in CONVENTIONS if (each := converted(written, to))]
    assert "optax" in [each.choice.convention for each in found]
    for each in found:
        hold_to_the_rule(each, written)


TORCH_MOMENTUM = {"convention": "torch", "name": "SGD", "lr": 0.25, "momentum": 0.5}


@pytest.mark.parametrize(
    ("written", "to", "call"),
    [
        (
            {"convention": "course", "name": "momentum", "learning_rate": 0.5, "beta": 0.5},
            "torch",
            "torch.optim.SGD(params, lr=0.25, momentum=0.5)",
        ),
        (
            {"convention": "torch", "call": "Adam(w, betas=(0.8, 0.95), lr=0.01)"},
            "torch",
            "torch.optim.Adam(params, lr=0.01, betas=(0.8, 0.95))",
        ),
        (
            {**TORCH_MOMENTUM, "weight_decay": 0.5},
            "optax",
            "optax.chain(optax.add_decayed_weights(weight_decay=0.5), optax.sgd(learning_rate=0.25, momentum=0.5, nesterov=False))",
        ),
        (
            {"convention": "torch", "name": "SGD", "lr": 0.1, "weight_decay": 0.5},
            "keras",
            "keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.5)",
        ),
        (
            {"convention": "torch", "name": "Adam", "weight_decay": 0.1, "decoupled_weight_decay": True},
            "optax",
            "optax.adamw(learning_rate=0.001, weight_decay=0.1)",
        ),
        ({"convention": "optax", "chain": CHAINS[0]}, "torch", "torch.optim.Adam(params, lr=0.01, betas=(0.8, 0.999))"),
        ({"convention": "optax", "chain": CHAINS[3]}, "course", None),
        (
            {"convention": "keras", "name": "Adam", "clipnorm": 1.0, "epsilon": 0.0},
            "keras",
            "keras.optimizers.Adam(learning_rate=0.001, epsilon=0.0, clipnorm=1.0)",
        ),
        ({**TORCH_MOMENTUM, "lr": {"W": 0.1, "b": 0.2, "c": 0.3}}, "torch", None),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_the_call_that_makes_it(written, to, call):
    found = convert({"optimizer": written, "to": to})
    assert found.call == call
    hold_to_the_rule(found, written)


@pytest.mark.parametrize(
    ("written", "to", "words"),
    [
        ("adam", "keras", ["eps_mode", "before its bias correction", "after its bias correction", "set eps to 0"]),
        ({"convention": "torch", "name": "Adafactor"}, "keras", ["eps_mode", "set the first eps, eps1, to 0"]),
        ({"convention": "keras", "name": "SGD", "use_ema": True}, "optax", ["optax.ema starts its average at 0"]),
        ({"convention": "torch", "name": "SGD", "momentum": 0.9, "dampening": 0.5}, "optax", ["dampening", "first_buffer"]),
        ({"convention": "keras", "name": "SGD", "clipnorm": 2.0}, "torch", ["clip_norm", "2", "torch.nn.utils.clip_grad_norm_"]),
        (
            {"convention": "torch", "name": "SGD", "momentum": 0.9, "weight_decay": 0.1},
            "keras",
            ["weight_decay_mode", "keras.regularizers.L2"],
        ),
        ({"convention": "torch", "name": "Rprop"}, "course", ["course has no rprop"]),
        ({**TORCH_MOMENTUM, "lr": {"W": 0.1}}, "keras", ["parameter groups", "one keras optimizer"]),
        ({"convention": "keras", "name": "SGD", "maximize": True}, "keras", ["maximize", "negative of the loss"]),
        ({**TORCH_MOMENTUM, "momentum": 1.5}, "keras", ["at most 1"]),
        ({"convention": "optax", "chain": CHAINS[7]}, "torch", ["no other convention has this chain"]),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_what_is_lacking_is_told_with_what_to_do_instead(written, to, words):
    told = " ".join(refused(written, to))
    for word in words:
        assert word in told


def test_a_schedule_in_the_optimizer_comes_along_where_the_steps_are_the_same_with_any_rate():
    cosine = {"name": "cosine", "lr": 0.1, "decay_steps": 100}
    found = convert({"optimizer": {"convention": "optax", "name": "sgd", "lr": cosine, "momentum": 0.9}, "to": "torch"})
    assert (found.call, found.written["lr"]) == (None, 0.1)
    told = refused({"convention": "optax", "name": "sgd", "lr": cosine, "momentum": 0.9}, "keras")
    assert "use a constant learning rate: then the steps are the same" in told[0]


RMSPROP = {"convention": "keras", "name": "RMSprop", "learning_rate": 0.1}


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("more", [{"weight_decay": 0.1}, {"clipvalue": 1.0}, {"weight_decay": 0.1, "global_clipnorm": 1.0}])
def test_rmsprop_of_keras_is_a_chain_of_optax_that_runs(momentum, centered, more):
    written = {**RMSPROP, "momentum": momentum, "centered": centered, **more}
    found = convert({"optimizer": written, "to": "optax"})
    assert found.call is not None
    hold_to_the_rule(found, written)


@pytest.mark.parametrize("to", ["keras", "optax"])
def test_a_switch_that_does_nothing_refuses_no_conversion(to):
    keras = {"convention": "keras", "name": "ScheduleFreeAdamW", "learning_rate": 0.1}
    optax = {"convention": "optax", "name": "schedule_free_adamw", "learning_rate": 0.1, "weight_lr_power": 0.0}
    for written in (keras, optax):
        hold_to_the_rule(convert({"optimizer": written, "to": to}), written)
    assert "warmup_start" in refused({**keras, "warmup_steps": 5}, "optax")[0]


@pytest.mark.parametrize(
    ("written", "to", "why"),
    [
        ({"convention": "optax", "name": "sgd", "lr": {"name": "cosine", "lr": 0.1, "decay_steps": 9}}, "torch", "is a schedule"),
        ({**TORCH_MOMENTUM, "lr": {"W": 0.1, "b": 0.2}}, "torch", "tensors have numbers of their own"),
        ({"convention": "optax", "chain": CHAINS[0], "accumulation_steps": 2}, "optax", "something stands around this optimizer"),
    ],
)
def test_where_a_library_has_no_call_the_notes_say_why(written, to, why):
    found = convert({"optimizer": written, "to": to})
    assert found.call is None
    assert why in found.notes[-1]


def test_beside_a_schedule_multisteps_counts_other_steps():
    falling = {"name": "exponential", "lr": 0.1, "decay_rate": 0.5}
    keras = {"convention": "keras", "name": "SGD", "lr": falling, "gradient_accumulation_steps": 2}
    assert "lambda count: schedule(2 * count + 1)" in refused(keras, "optax")[0]
    assert "lambda" not in refused({**keras, "lr": 0.1}, "optax")[0]
