"""One step: what it reads of a state and hands back, what it measures, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers.slots import (
    ColumnSlot,
    FurtherSlot,
    LeftSlot,
    NumberSlot,
    NumbersSlot,
    RightSlot,
    RowSlot,
    ShapedSlot,
    Slot,
    StackSlot,
    TensorSlot,
)
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import Step, take_step
from stepgrade_service.engine.running.trajectory import trajectory

PARAMS = {"w": [1.0, -2.0], "b": 0.5}
GRADIENT = {"w": [0.1, -4.0], "b": 3.0}
DAMPENED = {"name": "sgd", "lr": 1, "momentum": 0.5, "dampening": 0.75}


#: A matrix, a vector and a number; and what there is of each in a slot of each kind: a vector has no columns.
TENSORS = {"W": [[1.0, -2.0, 0.25], [0.5, 4.0, -1.0]], "w": [1.0, -2.0], "b": 0.5}
SLOPES = {"W": [[0.1, -4.0, 2.0], [1.0, 0.5, -0.2]], "w": [0.1, -4.0], "b": 3.0}
SHAPES: dict[Any, Any] = {
    Slot: {"W": (2, 3), "w": (2,), "b": ()},
    NumberSlot: (),
    TensorSlot: {"W": (), "w": (), "b": ()},
    RowSlot: {"W": (2,), "w": (2,), "b": ()},
    ColumnSlot: {"W": (3,)},
    FurtherSlot: {},
    LeftSlot: {"W": (2, 2), "w": (2, 2), "b": ()},
    RightSlot: {"W": (3, 3)},
}

#: The same of slots whose rule says their shape: what Adafactor factors has a number per row and per column, the rest one per number.
SHAPED: dict[str, Any] = {"row": {"W": (2,)}, "column": {"W": (3,)}, "v": {"w": (2,), "b": ()}}


def shapes_of(rule: Any, slot: str) -> Any:
    """The shapes that a slot has for TENSORS; those of a stack have its depth in front."""
    kind = rule.kernel.slot_kinds[slot]
    if kind is NumbersSlot:
        return (rule.depths[slot],)
    if kind is StackSlot:
        return {tensor: (rule.depths[slot], *shape) for tensor, shape in SHAPES[Slot].items()}
    return SHAPED[slot] if kind is ShapedSlot else SHAPES[kind]


def slots_there(rule: Any) -> list[str]:
    """The slots that one of TENSORS has."""
    return [name for name in rule.slots if shapes_of(rule, name) != {}]


def filled(rule: Any, slot: str, number: float) -> Any:
    """A slot for TENSORS, the same number everywhere."""
    shapes = shapes_of(rule, slot)
    return {tensor: np.full(shape, number).tolist() for tensor, shape in shapes.items()} if isinstance(shapes, dict) else number


def step_of_tensors(optimizer: Any, state: Any) -> Step:
    return take_step({"optimizer": optimizer, "params": TENSORS, "gradient": SLOPES, "state": state})


def step(optimizer: Any, **more: Any) -> Step:
    return take_step({"optimizer": optimizer, "params": PARAMS, "gradient": GRADIENT, **more})


def refused(**request: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        take_step({"optimizer": "adam", "params": PARAMS, "gradient": GRADIENT, **request})
    return {fault.path: fault.detail for fault in caught.value.faults}


def test_the_contract_s_example_is_rmsprop():
    taken = take_step({"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]})
    v = 0.1 * np.square([0.1, -4.0])
    np.testing.assert_allclose(taken.update, -0.01 * np.array([0.1, -4.0]) / (np.sqrt(v) + 1e-8), rtol=1e-14)
    np.testing.assert_allclose(taken.state["v"], v, rtol=1e-14)
    assert (taken.status, taken.state["t"]) == ("completed", 1)


# State.


def test_the_state_has_t_and_the_slots_that_matter_laid_out_as_their_kind_says(variant):
    rule, state = resolve(variant).rule, step_of_tensors(variant, None).state
    assert list(state) == ["t", *slots_there(rule)]
    for name in slots_there(rule):
        slot = state[name]
        shapes = {tensor: np.shape(entry) for tensor, entry in slot.items()} if isinstance(slot, dict) else np.shape(slot)
        assert shapes == shapes_of(rule, name)


def test_a_slot_left_out_starts_as_the_convention_starts_it_whatever_t(variant):
    rule = resolve(variant).rule
    starts = {name: rule.starts.get(name, 0.0) for name in slots_there(rule)}
    state = {name: filled(rule, name, value) for name, value in starts.items() if np.isfinite(value)}
    left_out, posted = step_of_tensors(variant, {"t": 7}), step_of_tensors(variant, {"t": 7, **state})
    assert left_out.update.tobytes() == posted.update.tobytes()
    assert left_out.state["t"] == 8


#: SM3 takes the lesser of a row's and a column's number, which is 0 where only the other is posted. Rprop takes its last step back
#: where the sign changed.
BESIDE = {"row": ("column",), "column": ("row",), "last_step": ("g_prev",)}

#: What the next step need not keep a part of: another may take its place.
REPLACED = {
    ("asgd", "eta"),
    ("asgd", "average"),
    ("optimistic_gd", "g_prev"),
    ("optimistic_adam", "r"),
    ("adan", "g_prev"),
    ("diffgrad", "g_prev"),
    ("pnm", "m"),
    ("pnm", "m_prev"),
    ("rprop", "g_prev"),
    ("rprop", "last_step"),
    ("rprop", "waiting"),
}

#: What has no influence on this step: an average for those who read it, and in optax's Rprop what makes the next step.
FOR_LATER = {("torch", "average"), ("paper", "average"), ("optax", "step_size")}

#: RAdam's first steps are not divided by the root of v: with beta2 .999 the sixth is the first that is.
#: ACProp's first step is not divided by the root of s.
#: Adafactor's first decay is 0.
STEPS_BEFORE = {("radam", "v"): 5, ("acprop", "s"): 1, **{("adafactor", name): 1 for name in ("row", "column", "v")}}

#: What the first step multiplies by 0: ADOPT's v, whose first value is the first squared gradient, and averages that are kept corrected;
#: and ACProp's m, which only the next step sees.
UNSEEN_AT_FIRST = {("adopt", "v"), ("stableadamw", "m"), ("stableadamw", "v"), ("acprop", "m")}


#: What is remembered for the estimate of the next step, or counts only once the params are no longer where they started.
USED_LATER = {
    "dadapt_adamw": {"s", "numerator"},
    "prodigy": {"x0", "s", "numerator"},
    "schedule_free_sgd": {"weight_sum", "max_lr"},
    "schedule_free_adamw": {"weight_sum", "max_lr"},
    "dog": {"distance", "squares", "x0"},
}


def test_every_posted_slot_is_used_as_it_is_also_at_the_first_step(variant):
    rule = resolve(variant).rule
    remembered = [name for name in slots_there(rule) if name != "m" or rule.values.get("beta1", 1.0) > 0]
    remembered = [name for name in remembered if (variant["name"], name) not in UNSEEN_AT_FIRST]
    for name in remembered:
        posted = {other: filled(rule, other, 64.0) for other in BESIDE.get(name, ())}
        slot = filled(rule, name, {"mu_product": 0.25, "g_mean": 1e-3}.get(name, 64.0))
        taken = STEPS_BEFORE.get((variant["name"], name), 0)
        with_it, without = (step_of_tensors(variant, {"t": taken, **posted, **more}) for more in ({name: slot}, {}))
        is_for_later = variant["name"] in ("asgd", "rprop") and (variant["convention"], name) in FOR_LATER
        if not is_for_later and name not in USED_LATER.get(variant["name"], ()):
            assert with_it.update.tobytes() != without.update.tobytes()
        first = step_of_tensors(variant, {"t": taken, **posted, name: slot}).state[name]
        if (variant["name"], name) not in REPLACED:
            assert repr(first) != repr(step_of_tensors(variant, {"t": taken, **posted}).state[name])


def test_the_first_five_steps_of_radam_do_not_depend_on_v():
    for taken in range(6):
        steps = {step("radam", state={"t": taken, "v": {"w": [v, v], "b": v}}).update.tobytes() for v in (0.5, 64.0)}
        assert len(steps) == (1 if taken < 5 else 2)


@pytest.mark.parametrize(
    ("params", "gradient", "place"),
    [
        (1.0, 0.0, "params"),
        ([1.0, 2.0], [0.5, 0.0], "params[1]"),
        ({"W": [[1.0, 2.0], [3.0, 4.0]], "b": 5.0}, {"W": [[1.0, 1.0], [0.0, 0.0]], "b": 0.0}, "W[1, 0] and 2 more places"),
    ],
)
def test_a_step_that_is_0_by_0_says_where_and_that_eps_is_0(params, gradient, place):
    taken = take_step({"optimizer": {"name": "adam", "eps": 0}, "params": params, "gradient": gradient})
    told = f"Step 1 divides 0 by 0 at {place}: the gradient is 0 there, and eps is 0. Use an eps above 0."
    assert (taken.status, taken.detail, taken.update) == ("diverged", told, None)
    assert take_step({"optimizer": "adam", "params": params, "gradient": gradient}).detail is None


def test_only_the_tensors_without_eps_are_0_by_0():
    groups = {"name": "rmsprop", "lr": 0.1, "eps": {"W": 1e-8, "b": 0}}
    taken = take_step({"optimizer": groups, "params": {"W": [1.0, 2.0], "b": 3.0}, "gradient": {"W": [0.0, 0.0], "b": 0.0}})
    assert taken.detail is not None
    assert "at b:" in taken.detail


def test_a_step_divided_by_0_or_too_large_says_so():
    late = {"t": 1, "m": [1.0], "v": [0.0]}
    divided = take_step({"optimizer": {"name": "adam", "eps": 0}, "params": [1.0], "gradient": [0.0], "state": late})
    large = take_step({"optimizer": {"name": "sgd", "lr": 1e300}, "params": [1.0, 1.0], "gradient": [1.0, 1e300]})
    assert divided.detail == "Step 1 divides by 0 at params[0]: the gradient is 0 there, and eps is 0. Use an eps above 0."
    assert large.detail == "Step 1 is not finite at params[1]: the numbers are too large, or the formula is not defined there."


def test_t_left_out_is_zero():
    assert step("adam", state={}).update.tobytes() == step("adam", state={"t": 0}).update.tobytes() == step("adam").update.tobytes()


def test_torch_s_first_velocity_is_the_gradient_whatever_the_dampening_and_t():
    for t in (0, 7):
        first = step(DAMPENED, state={"t": t})
        np.testing.assert_array_equal(first.update, [-0.1, 4.0, -3.0])
    np.testing.assert_array_equal(step(DAMPENED, state=first.state).update, np.array([-0.1, 4.0, -3.0]) * 0.75)


def test_torch_s_velocity_that_is_posted_is_no_first_one():
    posted = step(DAMPENED, state={"t": 0, "velocity": {"w": [8.0, 0.0], "b": 0.0}})
    np.testing.assert_array_equal(posted.update, [-4.025, 1.0, -0.75])


def test_the_state_of_an_answer_is_accepted_as_it_came(variant):
    assert step(variant, state=step(variant).state).state["t"] == 2


def test_a_step_changes_nothing_that_was_posted(variant):
    first = step(variant)
    params, gradient = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    taken = take_step({"optimizer": variant, "params": params, "gradient": gradient})
    again = take_step({"optimizer": variant, "params": taken.params, "gradient": gradient, "state": taken.state})
    assert (params.tolist(), gradient.tolist()) == ([1.0, 2.0], [3.0, -4.0])
    assert taken.state["t"] == 1
    assert not any(np.shares_memory(taken.state[name], again.state[name]) for name in taken.state)
    assert step(variant).update.tobytes() == first.update.tobytes()


@pytest.mark.parametrize(
    ("optimizer", "slot", "said"),
    [
        ("adam", "velocity", "unknown slot of adam 'velocity'"),
        ("adam", "v_max", "with these hyperparameters adam has no v_max; it has t, m, v"),
        ("gd", "velocity", "with these hyperparameters sgd has no velocity; it has t"),
        ({"name": "rmsprop", "momentum": 0.9}, "g_mean", "with these hyperparameters rmsprop has no g_mean; it has t, v, velocity"),
        ({"name": "rmsprop", "centered": True}, "velocity", "with these hyperparameters rmsprop has no velocity; it has t, v, g_mean"),
    ],
)
def test_a_slot_that_has_no_influence_is_refused(optimizer, slot, said):
    faults = refused(optimizer=optimizer, state={"t": 1, slot: GRADIENT})
    assert list(faults) == [("state", slot)]
    assert said in faults["state", slot]


@pytest.mark.parametrize("t", [-1, 2.5, True, "3", [3], 2**53, float("inf")])
def test_t_is_a_whole_number_of_steps(t):
    assert list(refused(state={"t": t})) == [("state", "t")]


@pytest.mark.parametrize(
    ("state", "path"),
    [
        (3, ("state",)),
        ([], ("state",)),
        ({"m": [1.0, 2.0, 3.0]}, ("state", "m")),
        ({"m": {"w": [1.0], "b": 1.0}}, ("state", "m", "w")),
        ({"m": {"w": [1.0, "x"], "b": 1.0}}, ("state", "m", "w", 1)),
        ({"m": {"w": [1.0, 2.0]}}, ("state", "m")),
        ({"m": [1.0, None]}, ("state", "m", 1)),
    ],
)
def test_a_slot_is_laid_out_like_the_params(state, path):
    assert list(refused(state=state)) == [path]


@pytest.mark.parametrize("product", [GRADIENT, [0.5], "0.5", True])
def test_a_slot_that_is_a_number_is_a_number(product):
    assert list(refused(optimizer="nadam", state={"mu_product": product})) == [("state", "mu_product")]


# Measures.


def test_measures_are_those_of_the_step():
    measures = take_step({"optimizer": {"name": "sign_gd", "lr": 2}, "params": [0.0, 0.0, 0.0], "gradient": [3.0, -4.0, 0.0]}).measures
    assert measures["gradient_norm"] == 5
    assert measures["update_norm"] == pytest.approx(8**0.5, rel=1e-15)
    assert measures["descent_cosine"] == pytest.approx(14 / (5 * 8**0.5), rel=1e-15)
    np.testing.assert_allclose(measures["effective_lr"], [2 / 3, 0.5, np.nan], rtol=1e-15)


def test_effective_rates_are_laid_out_like_the_params():
    effective = step({"name": "gd", "lr": {"w": 0.5, "b": 0.25}}).measures["effective_lr"]
    assert {name: np.asarray(rates).tolist() for name, rates in effective.items()} == {"w": [0.5, 0.5], "b": 0.25}


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e306])
def test_measures_hold_at_any_scale(scale):
    gradient = (np.array([3.0, 4.0]) * scale).tolist()
    measures = take_step({"optimizer": {"name": "gd", "lr": 1}, "params": [0.0, 0.0], "gradient": gradient}).measures
    assert measures["gradient_norm"] == measures["update_norm"] == pytest.approx(5 * scale, rel=1e-15)
    assert measures["descent_cosine"] == pytest.approx(1, abs=1e-15)


def test_what_is_undefined_is_not_given_as_a_number():
    measures = take_step({"optimizer": "adam", "params": [1.0, 2.0], "gradient": [0.0, 0.0]}).measures
    assert (measures["gradient_norm"], measures["update_norm"], measures["descent_cosine"]) == (0.0, 0.0, None)
    assert np.isnan(measures["effective_lr"]).all()


def test_the_measures_of_a_step_are_those_of_a_trajectory_of_one():
    gradient = np.random.default_rng(5).normal(size=50)
    taken = take_step({"optimizer": "adam", "params": np.ones(50), "gradient": gradient}).measures
    run = trajectory({"optimizer": "adam", "start": np.ones(50), "gradients": [gradient], "include": ["measures"]}).measures
    assert run["gradient_norm"][0] == taken["gradient_norm"]
    assert run["update_norm"][1] == pytest.approx(taken["update_norm"], rel=1e-15)
    assert run["descent_cosine"][1] == pytest.approx(taken["descent_cosine"], rel=1e-14)


# A step that leaves the finite numbers.


@pytest.mark.parametrize(
    ("optimizer", "params", "gradient"),
    [
        ({"name": "gd", "lr": 1e10}, [1.0, 1.0], [1e300, 1.0]),
        ({"name": "gd", "lr": 1}, [1e308, 1.0], [-1e308, 1.0]),
        ("adam", [1.0, 1.0], [1e200, 1.0]),
    ],
    ids=["the update", "the params", "a slot"],
)
def test_a_step_that_is_not_finite_is_not_taken(optimizer, params, gradient):
    taken = take_step({"optimizer": optimizer, "params": params, "gradient": gradient, "state": {"t": 3}})
    assert (taken.status, taken.update, taken.params.tolist(), taken.state["t"]) == ("diverged", None, params, 3)
    assert taken.measures["update_norm"] is taken.measures["effective_lr"] is taken.measures["descent_cosine"] is None


def test_the_state_of_a_step_that_is_not_taken_is_the_one_before_it():
    state = {"t": 3, "m": [2.0, 1.0]}
    taken = take_step({"optimizer": "adam", "params": [1.0, 1.0], "gradient": [1e200, 1.0], "state": state})
    run = trajectory({"optimizer": "adam", "start": [1.0, 1.0], "gradients": [[1e200, 1.0]], "state": state})
    assert run.diverged_at == 1
    assert {name: np.asarray(slot).tolist() for name, slot in taken.state.items()} == {"t": 3, "m": [2.0, 1.0], "v": [0.0, 0.0]}
    assert list(run.state) == list(taken.state)


# Refusals.


def test_what_is_missing_is_told():
    with pytest.raises(Refusal) as caught:
        take_step({})
    assert [fault.path for fault in caught.value.faults] == [("optimizer",), ("params",), ("gradient",)]


def test_every_fault_is_told_at_once():
    faults = refused(optimizer={"name": "adam", "lr": -1, "beta1": 2}, gradient={"w": [1.0, 2.0, 3.0], "b": 1.0})
    assert set(faults) == {("optimizer", "lr"), ("optimizer", "beta1"), ("gradient", "w")}
    faults = refused(state={"t": -1, "m": 3.0, "q": 1}, gradient=[1.0])
    assert set(faults) == {("state", "t"), ("state", "m"), ("state", "q"), ("gradient",)}


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ([], ("params",)),
        ([[1.0], [1.0, 2.0]], ("params",)),
        ([1.0, [2.0]], ("params",)),
        ([1.0, True], ("params", 1)),
        ([[1.0], ["2"]], ("params", 1, 0)),
        ([1.0, None], ("params", 1)),
        ("1", ("params",)),
        (None, ("params",)),
        ({}, ("params",)),
        ({"w": [1.0], "b": []}, ("params", "b")),
        ({"w": {"x": 1.0}}, ("params", "w")),
        ([float("nan")], ("params",)),
        ([10**400], ("params",)),
        (np.array(["1"]), ("params",)),
        (np.empty(0), ("params",)),
        (np.array([np.inf]), ("params",)),
    ],
)
def test_params_are_numbers_in_lists_of_one_length_at_each_level(params, path):
    assert path in refused(params=params)


def test_whole_numbers_are_numbers():
    for params in ([1, 2], (1, 2), np.array([1, 2])):
        taken = take_step({"optimizer": {"name": "gd", "lr": 1}, "params": params, "gradient": [1, 2**70]})
        assert taken.params.tolist() == [0.0, -(2.0**70)]


def test_lists_nest_64_deep_and_no_deeper():
    deep: Any = 1.0
    for _ in range(64):
        deep = [deep]
    taken = take_step({"optimizer": {"name": "gd", "lr": 1}, "params": deep, "gradient": deep})
    assert taken.layout.unflatten(taken.params).shape == (1,) * 64
    with pytest.raises(Refusal, match="at most 64 nested lists"):
        take_step({"optimizer": {"name": "gd", "lr": 1}, "params": [deep], "gradient": [deep]})


def test_what_is_wrong_with_a_state_is_told_beside_other_faults():
    with pytest.raises(Refusal) as caught:
        take_step({"optimizer": {"name": "adam", "lr": "x"}, "params": [1, 2], "gradient": [1], "state": {"t": -1, "m": ["a"]}})
    assert {fault.path for fault in caught.value.faults} == {("optimizer", "lr"), ("gradient",), ("state", "t"), ("state", "m", 0)}


def test_a_state_that_is_returned_can_be_posted_back():
    last = {"optimizer": "adam", "params": [1.0], "gradient": [1.0], "state": {"t": 2**53 - 2}}
    assert take_step(last).state["t"] == 2**53 - 1
    with pytest.raises(Refusal):
        take_step({**last, "state": {"t": 2**53 - 1}})


NO_ROOT = "is negative there, and a negative number has no root."
GROWS = ": rho is 2, so 1 - rho is negative: v, an average of squares, has no root. Use a rho of at most 1."


@pytest.mark.parametrize(
    ("optimizer", "state", "told"),
    [
        ({"name": "rmsprop"}, {"v": [-1.0, 1.0]}, f" at params[0]: v {NO_ROOT}"),
        ({"name": "adam"}, {"v": [1.0, -1.0]}, f" at params[1]: v {NO_ROOT}"),
        ({"name": "adagrad"}, {"accumulator": [-100.0, 1.0]}, f" at params[0]: accumulator {NO_ROOT}"),
        ({"name": "rmsprop", "centered": True}, {"g_mean": [5.0, 0.0]}, f" at params[0]: v - g_mean^2 {NO_ROOT}"),
        ({"name": "rmsprop", "clip_norm": 1.0}, {"v": [-1.0, 1.0]}, f" at params[0]: v {NO_ROOT}"),
        ({"name": "rmsprop", "rho": 2}, None, GROWS),
    ],
)
def test_a_root_of_a_negative_number_is_told_with_what_made_it_negative(optimizer, state, told):
    start, gradient = {"params": [1.0, 2.0], "gradient": [0.1, -4.0]}, {"gradients": [[0.1, -4.0]], "start": [1.0, 2.0]}
    one = take_step({"optimizer": optimizer, **start, "state": state})
    many = trajectory({"optimizer": optimizer, **gradient, "state": state})
    assert one.status == many.status == "diverged"
    assert one.detail == many.detail == f"Step 1 is not defined{told}"
