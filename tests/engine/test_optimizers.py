"""Optimizers as update rules: what they keep when the problem is turned, scaled or laid out otherwise, and where they do nothing."""

from __future__ import annotations

from math import hypot
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.compiled.arithmetic import norms
from stepgrade_service.engine.compiled.rotation import Turn
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.optimizers.kinds import asking_objective, elementwise, global_norm, shaped, tensor_norm
from stepgrade_service.engine.optimizers.slots import ColumnSlot, NumberSlot, RowSlot, Slot, TensorSlot
from stepgrade_service.engine.reading.cost import Effort, StepPrice
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import Trajectory, trajectory

Array = NDArray[np.float64]

RANDOM = np.random.default_rng(11)
GRADIENTS = RANDOM.normal(size=(12, 6)) * [1.0, 10.0, 0.1, 1.0, 1.0, 1e-4]


def replay(optimizer: Any, gradients: Any, start: Any, **more: Any) -> Trajectory:
    return trajectory({"optimizer": optimizer, "gradients": gradients, "start": start, "include": ["points", "updates"], **more})


def first_update(optimizer: Any, gradient: Any) -> Array:
    step = take_step({"optimizer": optimizer, "params": np.zeros(np.shape(gradient)), "gradient": gradient})
    assert step.update is not None
    return step.update


# Turning the problem.

TURNED = 37.0
EQUIVARIANT = [
    {"name": "gd", "lr": 0.09},
    {"name": "momentum", "lr": 0.01},
    {"name": "sgd", "lr": 0.02, "momentum": 0.8, "dampening": 0.5},
    {"name": "nesterov", "convention": "keras", "lr": 0.01},
    {"name": "momentum", "convention": "course", "lr": 0.09},
    {"name": "sgd", "convention": "paper", "lr": 0.01, "momentum": 0.9, "weight_decay": 0.1},
    {"name": "normalized_gd", "lr": 0.2},
]
BOUND_TO_THE_AXES = [
    {"name": "sign_gd", "lr": 0.2},
    {"name": "adagrad", "lr": 0.5},
    {"name": "adadelta", "lr": 1.0, "eps": 0.01},
    {"name": "rmsprop", "lr": 0.05},
    {"name": "adam", "lr": 0.2},
    {"name": "adamax", "lr": 0.2},
    {"name": "nadam", "lr": 0.2},
]


def turned_away(optimizer: dict[str, Any]) -> float:
    """How far the path on the turned bowl, turned back, is from the path on the bowl."""
    run = {"optimizer": optimizer, "start": "A", "steps": 24}
    level = trajectory({**run, "objective": "quadratic"}).points
    turned = trajectory({**run, "objective": {"name": "quadratic", "rotation": TURNED}}).points
    return float(np.abs(turned @ Turn(TURNED).matrix(2) - level).max())


def test_the_path_of_a_rotation_equivariant_method_turns_with_the_problem():
    assert max(turned_away(optimizer) for optimizer in EQUIVARIANT) < 1e-10


@pytest.mark.parametrize("optimizer", BOUND_TO_THE_AXES, ids=lambda optimizer: optimizer["name"])
def test_the_path_of_a_coordinatewise_method_does_not_turn_with_the_problem(optimizer):
    assert turned_away(optimizer) > 0.05


# Lengths of steps.


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-200, 1e-160, 1.0, 1e160, 1e200, 5e306])
def test_a_normalized_step_is_as_long_as_the_rate_whatever_the_gradient(scale):
    update = first_update({"name": "normalized_gd", "lr": 0.25}, [3 * scale, -4 * scale, 12 * scale])
    assert np.linalg.norm(update) == pytest.approx(0.25, rel=1e-15)
    np.testing.assert_allclose(update, np.array([-3, 4, -12]) * 0.25 / 13, rtol=1e-15)


def test_a_normalized_step_takes_the_norm_of_all_tensors_together():
    named = {"W": [[3.0, 0.0], [0.0, 4.0]], "b": [12.0]}
    zeros = {"W": [[0.0, 0.0], [0.0, 0.0]], "b": [0.0]}
    step = take_step({"optimizer": {"name": "normalized_gd", "lr": {"W": 13.0, "b": 1.3}}, "params": zeros, "gradient": named})
    np.testing.assert_allclose(step.params, [-3, 0, 0, -4, -1.2], rtol=1e-15)


def test_a_sign_step_moves_each_coordinate_by_the_rate_and_not_at_all_where_the_gradient_is_zero():
    update = first_update({"name": "sign_gd", "lr": 0.25}, [5e-324, -1e300, 0.0, -0.0, 2.0])
    assert update.tolist() == [-0.25, 0.25, 0.0, 0.0, -0.25]


@pytest.mark.parametrize("name", ["adam", "adamw", "adamax"])
def test_the_first_step_of_the_adam_family_is_the_rate_but_for_eps(name):
    gradient, eps = GRADIENTS[0], 1e-3
    update = first_update({"name": name, "lr": 0.25, "eps": eps, "weight_decay": 0}, gradient)
    np.testing.assert_allclose(update, -0.25 * gradient / (np.abs(gradient) + eps), rtol=1e-13)


def test_a_corrected_average_of_gradients_is_followed_by_radam_too_as_long_as_it_does_not_divide():
    corrected = {"name": "momentum", "convention": "course", "momentum": 0.8, "lr": 0.1, "bias_correction": True}
    undivided = {"name": "radam", "beta1": 0.8, "threshold": 1e300, "lr": 0.1}
    of_radam = replay(undivided, GRADIENTS, np.zeros(6)).points
    np.testing.assert_allclose(replay(corrected, GRADIENTS, np.zeros(6)).points, of_radam, rtol=1e-13)


@pytest.mark.parametrize(("rho", "factor"), [(0.9, 3.1622776601683795), (0.99, 10.0)])
def test_the_first_rmsprop_step_is_too_long_by_the_missing_bias_correction(rho, factor):
    for corrected, length in ((False, factor), (True, 1.0)):
        optimizer = {"name": "rmsprop", "lr": 0.25, "rho": rho, "eps": 0, "bias_correction": corrected}
        np.testing.assert_allclose(np.abs(first_update(optimizer, GRADIENTS[0])), 0.25 * length, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e-160, 1e-8, 1.0, 1e150, 1e160, 1e300])
def test_norms_neither_overflow_nor_underflow(scale):
    columns, found = np.array([[3.0, 1.0, 0.0], [4.0, -2.0, 0.0], [12.0, 2.0, 0.0]]) * scale, np.empty(3)
    norms(columns, found)
    np.testing.assert_allclose(found, [hypot(*column) for column in columns.T], rtol=1e-15, atol=5e-324)


# Where there is nothing to do.


def without_eps(variant: dict[str, Any]) -> dict[str, Any]:
    known = OPTIMIZERS[variant["name"]].by_name
    nothing = {"eps": 0.0, "eps_root": 0.0, "initial_accumulator": 0.0, "weight_decay": 0.0, "lambd": 0.0, "adam_weight_decay": 0.0}
    if (variant["convention"], variant["name"]) == ("torch", "sparse_adam"):
        del nothing["eps"]  # torch refuses 0
    return {**variant, **{name: value for name, value in nothing.items() if name in known}}


#: What has an eps and yet a first step where the gradient is 0. RAdam's first five steps divide by nothing, AdaBound's rates have bounds.
DEFINED_AT_ZERO = {"normalized_gd", "sm3", "radam", "sparse_adam", "adabound", "lars"}

#: These shrink the params whatever the gradient.
SHRINKING = {"fromage"}

#: The params follow from sums of gradients alone, so they move where the gradient is 0.
FROM_SUMS = {"ftrl"}


def divides_by_zero(variant: dict[str, Any]) -> int | None:
    """The step that is 0/0 at a gradient of 0 without eps; optax's Adagrad stays, ACProp's first step divides by 1, and DoG's first rate
    may be no quotient."""
    has_eps = "eps" in OPTIMIZERS[variant["name"]].by_name
    if variant["name"] == "muon":
        return 1 if variant["convention"] == "optax" else None  # elsewhere AdamW has an eps of its own
    if not has_eps or variant["name"] in DEFINED_AT_ZERO or (variant["convention"], variant["name"]) == ("optax", "adagrad"):
        return None
    return 2 if variant["name"] == "acprop" or variant.get("initial_step_mode") == "learning_rate" else 1


#: In these, 0 / 0 stands in what is remembered, or among other terms of the step.
NOT_OF_A_QUOTIENT = {"cocob", "dadapt_adamw", "prodigy"}


def test_a_gradient_of_zero_without_eps_is_0_by_0_and_no_step_only_where_the_rule_says_so(variant):
    if variant["name"] in FROM_SUMS:
        return
    run = replay(without_eps(variant), [[0.0, -0.0]] * 5, [1.0, -2.0])
    if variant["name"] in SHRINKING:
        assert np.all(np.diff(np.abs(run.points), axis=0) < 0.0)
        return
    first = divides_by_zero(variant)
    assert run.diverged_at == first
    assert np.all(run.points == [1.0, -2.0])
    if run.diverged_at is None:
        assert np.all(run.updates[1:] == 0.0)
    elif "eps" in OPTIMIZERS[variant["name"]].by_name and variant["name"] not in NOT_OF_A_QUOTIENT:
        assert run.detail.startswith(f"Step {first} divides 0 by 0 at params[0] and 1 more place: ")


def test_a_coordinate_without_gradient_does_not_move_while_others_do(variant):
    if variant["name"] in FROM_SUMS:
        return
    run = replay({**without_eps(variant), **({"eps": 1e-8} if divides_by_zero(variant) else {})}, [[0.5, 0.0]] * 5, [1.0, -2.0])
    rounding = 1e-15 if variant["name"].startswith("schedule_free") else 0.0  # the average is found anew at each step
    assert np.all(np.abs(run.points[:, 1] + 2.0) <= 2.0 * rounding) != (variant["name"] in SHRINKING)
    assert run.points[-1, 0] != 1.0


def uses_another_rate(variant: dict[str, Any]) -> bool:
    """Whether 0 is no rate of it, or is not all of its rate: Rprop's step sizes have a smallest, and eps may be added."""
    return variant["name"] in ("rprop", "sparse_adam", *FROM_SUMS) or resolve(variant).echo.get("eps_in_lr", False)


def test_a_rate_of_zero_moves_nothing(variant):
    if uses_another_rate(variant):
        return
    if resolve(variant).echo.get("weight_decay_mode") == "decoupled_unscaled":
        with pytest.raises(Refusal, match="weight_decay / lr overflows"):
            resolve({**variant, "lr": 0})
        return
    run = replay({**variant, "lr": 0}, GRADIENTS, np.ones(6))
    if variant["name"] in ("dadapt_adamw", "prodigy") and not variant.get("safeguard_warmup"):
        assert run.diverged_at == 1  # their estimate is 0 / 0, in optax too
        return
    assert run.status == "completed"
    if variant.get("weight_decay") and resolve(variant).echo.get("weight_decay_mode") == "unscaled":
        assert np.all(np.diff(run.points, axis=0) < 0.0)  # the decay alone
        return
    assert np.all(run.points == 1.0)


def test_decays_of_zero_leave_the_last_gradient_only():
    gradient = GRADIENTS[-1]
    for name in ("adam", "adamax"):
        last = replay({"name": name, "lr": 0.1, "beta1": 0, "beta2": 0, "eps": 0}, GRADIENTS, np.zeros(6)).updates[-1]
        np.testing.assert_allclose(last, -0.1 * np.sign(gradient), rtol=1e-15)
    last = replay({"name": "rmsprop", "lr": 0.1, "rho": 0, "eps": 0}, GRADIENTS, np.zeros(6)).updates[-1]
    np.testing.assert_allclose(last, -0.1 * np.sign(gradient), rtol=1e-15)


def test_a_step_long_after_the_start_is_not_corrected_any_more():
    gradient, late = [0.5, -2.0], {"t": 2**52}
    for name, length in (("adam", 0.1 / 0.001**0.5), ("adamax", 0.1), ("nadam", None)):
        step = take_step({"optimizer": {"name": name, "lr": 1, "eps": 0}, "params": [0.0, 0.0], "gradient": gradient, "state": late})
        assert step.state["t"] == 2**52 + 1
        assert np.isfinite(step.params).all()
        if length is not None:
            np.testing.assert_allclose(step.params, [-length, length], rtol=1e-13)


# Layouts.


def test_the_shape_of_the_params_changes_the_numbers_of_those_alone_that_know_tensors_or_matrices(variant):
    kind = resolve(variant).rule.kernel.kind
    flat = replay(variant, GRADIENTS.tolist(), [1.0, -2.0, 3.0, 0.0, 5.0, 6.0]).points
    nested = replay(variant, GRADIENTS.reshape(12, 2, 3).tolist(), [[1.0, -2.0, 3.0], [0.0, 5.0, 6.0]])
    named = replay(
        variant,
        [{"b": row[:2], "W": [row[2:4], row[4:]]} for row in GRADIENTS.tolist()],
        {"b": [1.0, -2.0], "W": [[3.0, 0.0], [5.0, 6.0]]},
    )
    # A kernel of kind tensor_norm takes the norm of each tensor; one of kind shaped keeps a number for each row and each column.
    assert (flat.tobytes() == nested.points.tobytes()) == (kind != "shaped")
    assert (flat.tobytes() == named.points.tobytes()) == (kind in ("elementwise", "whole", "global_norm"))
    assert nested.plan.layout.unflatten(nested.points).shape == (13, 2, 3)


def test_a_number_is_a_tensor_too(variant):
    number = take_step({"optimizer": variant, "params": 1.5, "gradient": -0.5})
    listed = take_step({"optimizer": variant, "params": [1.5], "gradient": [-0.5]})
    assert number.params.tobytes() == listed.params.tobytes()
    assert np.shape(number.layout.unflatten(number.params)) == ()
    depths = resolve(variant).rule.depths
    assert all(np.shape(slot) == ((depths[name],) if name in depths else ()) for name, slot in number.state.items())


def test_tensors_are_told_apart_by_name_and_not_by_order():
    params = {"a": [1.0, 2.0], "": 3.0, "t": [[4.0]], "é/~ \n": [5.0]}
    gradient = {name: params[name] for name in reversed(params)}
    step = take_step({"optimizer": {"name": "momentum", "lr": 0.5}, "params": params, "gradient": gradient})
    assert list(step.layout.unflatten(step.params)) == list(params)
    np.testing.assert_array_equal(step.params, 0.5 * np.arange(1, 6))
    assert list(step.state["velocity"]) == list(params)


def test_a_rate_of_each_tensor_equals_separate_runs(variant):
    if OPTIMIZERS[variant["name"]].norm == "global" or resolve(variant).echo.get("weight_decay_mode") == "decoupled_unscaled":
        return  # this optimizer ties the tensors together, or takes one rate
    rows = GRADIENTS.tolist()
    start = {"a": [1.0, -2.0], "b": [[3.0, 0.0], [5.0, 6.0]]}
    gradients = [{"a": row[:2], "b": [row[2:4], row[4:]]} for row in rows]
    together = replay({**variant, "lr": {"a": 0.1, "b": 0.003}}, gradients, start).points
    first = replay({**variant, "lr": 0.1}, [row[:2] for row in rows], start["a"]).points
    second = replay({**variant, "lr": 0.003}, [[row[2:4], row[4:]] for row in rows], start["b"]).points
    assert together.tobytes() == np.hstack([first, second]).tobytes()


# The registry.


def test_a_kernel_s_slots_and_hyperparameters_are_read_from_its_signature():
    @elementwise
    def sound(t, x, g, step, lr, m: Slot, product: NumberSlot, beta, eps): ...

    assert (sound.slots, sound.number_slots, sound.hyperparameters) == (("m", "product"), {"product"}, ("beta", "eps"))
    assert sound.kind == "elementwise"

    @shaped
    def with_rows(t, x, g, step, lr, shape, m: Slot, v: TensorSlot, row: RowSlot, column: ColumnSlot, eps): ...

    assert (with_rows.slots, with_rows.hyperparameters, with_rows.kind) == (("m", "v", "row", "column"), ("eps",), "shaped")


def lacks_lr(t, x, g, step, m: Slot, beta): ...


def in_another_order(t, g, x, step, lr, m: Slot, beta): ...


def one_more_evaluation(effort: Effort) -> StepPrice:
    return effort.objective


def slot_behind_a_number(t, x, g, step, lr, beta, m: Slot): ...


@pytest.mark.parametrize("function", [lacks_lr, in_another_order, slot_behind_a_number])
@pytest.mark.parametrize("declare", [elementwise, global_norm, tensor_norm, shaped, asking_objective(one_more_evaluation)])
def test_a_kernel_of_another_signature_is_refused(declare, function):
    with pytest.raises(TypeError, match="a kernel takes t, x, g, step, lr"):
        declare(function)


def test_a_kernel_that_asks_the_objective_takes_it_behind_the_rate():
    def without_objective(t, x, g, step, lr, m: Slot, eps): ...

    with pytest.raises(TypeError, match="values, objective, parameters"):
        asking_objective(one_more_evaluation)(without_objective)


@pytest.mark.parametrize(("declare", "slot"), [(elementwise, RowSlot), (global_norm, TensorSlot), (tensor_norm, ColumnSlot)])
def test_a_kernel_has_the_slots_of_its_kind_alone(declare, slot):
    def kernel(t, x, g, step, lr, m, eps): ...

    kernel.__annotations__["m"] = slot
    with pytest.raises(TypeError, match=f"has no {slot.__name__}"):
        declare(kernel)


def test_every_rule_gives_its_kernel_all_it_takes_and_starts_only_slots_it_has(any_variant):
    rule = resolve(any_variant).rule
    assert set(rule.values) == set(rule.kernel.hyperparameters)
    assert {*rule.starts, *rule.hidden} <= set(rule.kernel.slots)
    assert rule.kernel in OPTIMIZERS[any_variant["name"]].kernels


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_catalogue_says_what_every_slot_is(name):
    entry = OPTIMIZERS[name]
    assert set(entry.slot_meanings) == {slot for kernel in entry.kernels for slot in kernel.slots}
    assert entry.name == name
    assert entry.hyperparameters[0].name == "lr"
    assert len(entry.by_name) == len(entry.hyperparameters)
