"""Lines of programs as somebody pastes them: assignments, imports, constants that are computed, groups, what wraps an optimizer."""

from __future__ import annotations

import ast
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgrade_service.engine.conventions.call_chains import AROUND
from stepgrade_service.engine.conventions.optax_transforms import REFUSED
from stepgrade_service.engine.conventions.resolve import resolve, resolve_scheduled
from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.engine.reading.constants import folded
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.schedules.resolve import resolve as resolve_schedule


def told(written: Any) -> str:
    with pytest.raises(Refusal) as caught:
        resolve(written)
    return "; ".join(fault.detail for fault in caught.value.faults)


def settings_of(written: Any) -> dict[str, Any]:
    choice = resolve(written)
    return {**choice.settings, "name": choice.optimizer.name, "convention": choice.convention}


ADAM = "torch.optim.Adam(model.parameters(), lr=0.001)"


@pytest.mark.parametrize(
    "text",
    [
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
        "self.optimizer: Optimizer = torch.optim.Adam(model.parameters(), lr=1e-3);",
        "import torch\nimport numpy as np\n\noptimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # as in class",
        "    from torch import optim as o\n    o.Adam(net.parameters(), 1e-3)",
        "from torch.optim import Adam\nopt = Adam(params, lr=1e-3)",
        "Adam(model.parameters(), lr=1e-3)",
        "torch.optim.Adam(model.parameters(), **{'lr': 1e-3})",
        "torch.optim.Adam(model.parameters(), lr=float('1e-3'))",
        "torch.optim.Adam(model.parameters(), lr=10**-3)",
        "torch.optim.Adam(model.parameters(), **dict(lr=1e-3))".replace("**dict(lr=1e-3)", "lr=1/1000"),
    ],
)
def test_a_line_of_a_program_is_the_call_in_it(text):
    assert settings_of({"call": text}) == settings_of({"call": ADAM})


@pytest.mark.parametrize("text", [ADAM, "optax.adam"])
def test_a_call_in_place_of_a_name_is_told_how_to_be_posted(text):
    assert told(text).startswith('expected a name. Post a call as an object: {"call": ')


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("torch.optim.lr_scheduler.ChainedScheduler([StepLR(o, 3), ConstantLR(o)], optimizer=o)", "ChainedScheduler"),
        ("torch.optim.lr_scheduler.ChainedScheduler([StepLR(o, 3), ConstantLR(o)])", "ChainedScheduler"),
        ("scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, 'min', 0.3)", "ReduceLROnPlateau"),
        ("torch.optim.lr_scheduler.MultiStepLR(optimizer, range(2, 5))", "MultiStepLR"),
        ("torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10 * 100)", "CosineAnnealingLR"),
    ],
)
def test_a_scheduler_is_read_as_programs_write_it(text, same):
    arguments = {
        "ChainedScheduler": {"schedulers": [{"name": "StepLR", "step_size": 3}, {"name": "ConstantLR"}]},
        "ReduceLROnPlateau": {"factor": 0.3},
        "MultiStepLR": {"milestones": [2, 3, 4]},
        "CosineAnnealingLR": {"T_max": 1000},
    }
    assert resolve_schedule({"call": text}).echo == resolve_schedule({"convention": "torch", "name": same, **arguments[same]}).echo


numbers = st.integers(-20, 20).map(str) | st.floats(0.001, 100.0).map(repr)
sums = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner).map(
        lambda three: "({} {} {})".format(*three)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(text=sums)
def test_an_expression_of_constants_is_what_python_makes_of_it_or_refused(text):
    try:
        expected = eval(text) if "**" not in text else None  # noqa: S307
    except ArithmeticError:
        expected = None
    try:
        found = folded("lr", ast.parse(text, mode="eval").body)
    except Refusal:
        assert expected is None
        return
    assert expected is None or found == expected
    assert not isinstance(found, complex)
    assert abs(found) <= 1e308


def test_functions_of_constants_are_known_and_nothing_that_is_large_is_computed():
    begun = time.perf_counter()
    for text in ("10**10**10", "9**9**9**9", "(2**1000)**1000", "1e308*10", "1/0", "range(10**9)", "float('inf')", "0.0**-1", "(-8)**0.5"):
        with pytest.raises(Refusal):
            folded("lr", ast.parse(text, mode="eval").body)
    assert time.perf_counter() - begun < 1.0
    for text, value in {
        "math.sqrt(2)": math.sqrt(2),
        "np.float32(0.1)": float(np.float32(0.1)),
        "2 * math.pi": 2 * math.pi,
        "dict(a=[1, 2**3])": {"a": [1, 8]},
        "int('3')": 3,
    }.items():
        assert folded("lr", ast.parse(text, mode="eval").body) == value


@pytest.mark.parametrize("depth", [10, 100, 450])
def test_what_is_nested_deep_is_refused_and_does_not_break(depth):
    assert told({"call": f"torch.optim.Adam(w, lr={'-' * depth}x)"})
    assert told({"call": f"torch.optim.Adam(w, lr={'(' * depth}x{')' * depth})"})
    assert told({"call": f"{'optax.chain(' * (depth // 10)}x{')' * (depth // 10)}"})


def test_a_variable_is_named():
    only = "and only the text of the call is known here: write its value"
    assert told({"call": "torch.optim.Adam(w, lr=args.lr)"}) == f"lr: args.lr is a variable, {only}"
    assert "len(loader) is not known here" in told({"call": "torch.optim.Adam(w, lr=len(loader))"})
    assert told({"call": "torch.optim.Adam(w).step()"}) == "post the constructor alone, without .step(...)"
    assert told({"call": "optimizer = torch.optim.Adam(w)\noptimizer.step()"}).endswith("without other lines")
    with pytest.raises(Refusal, match="schedulers: s1 is a variable"):
        resolve_schedule({"call": "torch.optim.lr_scheduler.SequentialLR(optimizer, [s1, s2])"})


def test_what_torch_s_groups_set_is_one_number_per_tensor():
    groups = "torch.optim.Adam([{'params': [model.W]}, {'params': b, 'lr': 1e-2, 'betas': (0.8, 0.999), 'name': 'head'}], lr=1e-3)"
    own = settings_of({"call": groups})
    assert (own["lr"], own["beta1"], own["beta2"]) == ({"W": 0.001, "b": 0.01}, {"W": 0.9, "b": 0.8}, 0.999)
    tensors = {"W": [1.0], "b": [1.0]}
    step = take_step({"optimizer": {"call": groups}, "params": tensors, "gradient": tensors})
    apart = {"lr": {"W": 0.001, "b": 0.01}, "beta1": {"W": 0.9, "b": 0.8}}
    same = take_step({"optimizer": {"convention": "torch", "name": "Adam", **apart}, "params": tensors, "gradient": tensors})
    assert step.params.tobytes() == same.params.tobytes()
    assert abs(float(step.params[1]) - 0.9900000001) < 1e-15


@pytest.mark.parametrize(
    ("groups", "part"),
    [
        ("[{'params': model.base.parameters()}, {'params': b, 'lr': 1e-2}]", "the call has parameter groups with their own lr; post one"),
        ("[{'params': W}, {'params': b, 'eps': None}]", "eps: torch refuses None here"),
        ("[{'params': W}, {'params': W, 'lr': 1}]", "W stands in more than one group"),
        ("[{'params': W}, {'params': b, 'amsgrad': True}]", "amsgrad: expected one value for all groups"),
        ("[{'params': W}, {'params': b, 'learning_rate': 1}]", "torch's Adam has no"),
        ("[W, {'params': b, 'lr': 1}]", "expected groups alone"),
        ("[{'params': W}, {'params': b, 'lr': rate}]", "lr: rate is a variable"),
    ],
)
def test_groups_that_cannot_be_read_are_refused(groups, part):
    assert part in told({"call": f"torch.optim.Adam({groups}, lr=1e-3)"}) or part == "torch's Adam has no"


def test_groups_have_the_tensors_that_are_posted():
    tensors = {"W": [1.0], "c": [1.0]}
    with pytest.raises(Refusal):
        take_step(
            {"optimizer": {"call": "torch.optim.SGD([{'params': W}, {'params': b, 'lr': 1}])"}, "params": tensors, "gradient": tensors}
        )


@pytest.mark.parametrize("first", ["0.1", "-1", "'W'", "[0.1, 0.2]", "1/10"])
def test_a_number_where_torch_s_params_stand_is_refused(first):
    assert told({"call": f"torch.optim.SGD({first}, momentum=0.9)"}).startswith(
        "the first argument of torch's SGD is the params; write SGD(params"
    )


def test_what_is_dropped_of_a_call_is_told():
    assert resolve({"call": ADAM}).ignored == ("params",)
    assert resolve(resolve({"call": ADAM}).echo) == resolve({"call": ADAM})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("optax.adam(lr=0.1)", "optax's adam has no lr; it has learning_rate"),
        ("torch.optim.Adam(p, beta1=0.9)", "torch's Adam has no beta1; it has betas"),
        ("optax.contrib.adopt(0.1, weight_decay=0.1)", "post it beside the call"),
        ("torch.optim.Adam(p, lookahead_steps=5)", "post it beside the call"),
        ("torch.optim.adam(p)", "torch has no adam; it calls it Adam"),
        ("tf.keras.optimizers.legacy.Adam(0.1)", "has the formulas of Keras 2"),
        ("keras.optimizers.Adam(0.1, decay=1e-6)", "InverseTimeDecay"),
        ("pytorch_optimizer.RAdam(model.parameters(), lr=0.1)", "this service reads no calls of pytorch_optimizer"),
        ("optax.lbfgs(linesearch=optax.scale_by_zoom_linesearch(max_linesearch_steps=5))", "most_trials is max_linesearch_steps"),
        ("Lion(params, lr=1e-4)", 'Add one of them, as in "convention": "torch"'),
    ],
)
def test_a_call_that_the_framework_would_refuse_or_another_one_has_is_refused(text, part):
    assert part in told({"call": text})
    assert "sets the same quantity" not in told({"call": text})


def test_an_optimizer_that_optax_wraps_has_the_members_of_its_wrapper():
    inner, found = {"convention": "optax", "name": "adam", "lr": 0.1}, settings_of
    assert found({"call": "optax.MultiSteps(optax.adam(0.1), every_k_schedule=3)"}) == found({**inner, "accumulation_steps": 3})
    lookahead = {"lookahead_steps": 5, "lookahead_rate": 0.25, "lookahead_reset": True}
    assert found({"call": "optax.lookahead(optax.adam(0.1), 5, 0.25, reset_state=True)"}) == found({**inner, **lookahead})
    mechanic = {"mechanic": True, "mechanic_s_init": 1e-5}
    assert found({"call": "optax.contrib.mechanize(optax.adam(0.1), s_init=1e-5)"}) == found({**inner, **mechanic})
    assert {member for around in AROUND.values() for member in around.members.values() if member} <= set(WRAPPERS)
    assert "it takes the mean of the gradients" in told({"call": "optax.MultiSteps(optax.sgd(0.1), 2, use_grad_mean=False)"})


def test_a_schedule_inside_multisteps_counts_the_steps_that_move_the_params():
    text = "optax.MultiSteps(optax.sgd(optax.exponential_decay(0.1, 1, 0.5)), every_k_schedule=2)"
    run = trajectory({"optimizer": {"call": text}, "start": 0.0, "gradients": [1.0] * 8})
    assert float(run.points[-1].item()) == pytest.approx(-0.1875, rel=1e-7)  # optax 0.2.8


CHAIN = {"chain": [{"clip": 1.0}, {"scale_by_adam": {}}, {"scale": -0.001}]}


@pytest.mark.parametrize(
    "text",
    [
        "optax.chain(optax.clip(1.0), optax.chain(optax.scale_by_adam(), optax.scale(-1 * 1e-3)))",
        "optax.chain(*[optax.clip(1.0), optax.identity(), optax.scale_by_adam(), optax.scale(-1e-3)])",
        "optax.named_chain(('clip', optax.clip(1.0)), ('adam', optax.scale_by_adam()), ('rate', optax.scale(-1e-3)))",
    ],
)
def test_a_chain_in_a_chain_is_one_chain(text):
    assert resolve({"call": text}).echo == resolve(CHAIN).echo


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in AROUND and name != "identity"])
def test_what_optax_has_and_the_service_not_is_told_with_the_reason_first(name):
    reason = REFUSED[name]
    assert reason in told({"call": f"optax.{name}(optax.adam(0.1), f, lambda x: x)"}) or name == "reduce_on_plateau"
    assert reason in told({"call": f"optax.chain(optax.{name}(*things), optax.sgd(0.1))"})


@pytest.mark.parametrize(
    ("link", "detail"),
    [
        ({"clip": {"max": 1}}, "clip has no argument 'max'; it has max_delta"),
        ({"clip_by_global_norm": {"norm": 1}}, "clip_by_global_norm has no argument 'norm'; it has max_norm"),
        ({"add_decayed_weights": {"wd": 0.1}}, "add_decayed_weights has no argument 'wd'; it has weight_decay"),
        ({"scale_by_learning_rate": {"lr": 0.1}}, "scale_by_learning_rate has no argument 'lr'; it has learning_rate"),
    ],
)
def test_a_transform_s_unknown_argument_is_told_with_those_that_it_has(link, detail):
    assert detail in told({"chain": [link, {"sgd": 0.1}]})


def test_keras_s_configurations_are_read_as_keras_writes_them():
    assert settings_of({"convention": "keras", "name": "sgd_1", "learning_rate": 0.1}) == settings_of(
        {"convention": "keras", "name": "SGD", "learning_rate": 0.1}
    )
    muon = {"convention": "keras", "name": "muon_12", "exclude_layers": [], "exclude_embeddings": True}
    assert settings_of(muon) == settings_of({"convention": "keras", "name": "Muon"})
    off = settings_of({**muon, "rms_rate": None, "weight_decay": None, "adam_weight_decay": None})
    assert (off["shape_factor"], off["weight_decay"], off["adam_weight_decay"]) == ("none", 0.0, 0.0)
    assert "unknown optimizer" in told({"convention": "keras", "name": "sgdx_1"})


def test_several_quantities_per_tensor_are_told_by_their_own_names():
    assert told({"name": "adam", "betas": {"W": [0.9, 0.99]}}).endswith(
        "or beta1 and beta2 as objects, with a number per tensor; got an object"
    )


def test_the_nearest_name_is_first_the_one_that_begins_alike():
    assert "did you mean adam or adamw" in told("adamm")


def test_a_schedule_with_a_fault_in_a_chain_is_told_once():
    text = "optax.chain(optax.scale_by_schedule(optax.constant_schedule(-0.1)))"
    with pytest.raises(Refusal) as caught:
        resolve_scheduled({"call": text})
    assert "params have no names" not in str(caught.value)
    assert "got a string" not in str(caught.value)
