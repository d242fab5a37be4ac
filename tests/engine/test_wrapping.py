"""What may stand around any optimizer: each by its definition, written out in NumPy, and none of them where it is not asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve, resolve_scheduled
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.optimizers.chain import Chain
from stepgrade_service.engine.optimizers.wrapping import BESIDE, WRAPPERS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.batch import simulate
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory

RANDOM = np.random.default_rng(8)
START = {"W": RANDOM.normal(size=(3, 2)), "b": RANDOM.normal(size=2)}
GRADIENTS = [{"W": RANDOM.normal(size=(3, 2)), "b": RANDOM.normal(size=2) * 10} for _ in range(12)]
RATE = 0.1


def points(gradients: Any = None, **wrappers: Any) -> np.ndarray:
    """The points of gradient descent with wrappers, step by step, (13, 8)."""
    optimizer = {"name": "gd", "lr": RATE, **wrappers}
    return trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS if gradients is None else gradients}).points


def flat(tensors: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([tensors["W"].ravel(), tensors["b"]])


def descended(gradients: list[np.ndarray]) -> np.ndarray:
    """Gradient descent by hand."""
    return np.concatenate([[flat(START)], flat(START) - RATE * np.cumsum(gradients, axis=0)])


def test_maximize_goes_uphill():
    np.testing.assert_allclose(points(maximize=True), descended([-flat(g) for g in GRADIENTS]), rtol=1e-13)


def test_a_loss_scale_divides_the_gradient():
    np.testing.assert_allclose(points(loss_scale=8.0), descended([flat(g) / 8 for g in GRADIENTS]), rtol=1e-13)


def test_of_accumulated_gradients_the_mean_moves_the_params():
    means = [np.mean([flat(g) for g in GRADIENTS[k - 2 : k + 1]], axis=0) if k % 3 == 2 else np.zeros(8) for k in range(12)]
    np.testing.assert_allclose(points(accumulation_steps=3), descended(means), rtol=1e-12)


def test_clipping_by_value_by_norm_and_by_global_norm():
    by_value = [np.clip(flat(g), -0.5, 0.5) for g in GRADIENTS]
    by_norm = [flat({name: part * min(1.0, 0.5 / np.linalg.norm(part)) for name, part in g.items()}) for g in GRADIENTS]
    by_global_norm = [flat(g) * min(1.0, 0.5 / np.linalg.norm(flat(g))) for g in GRADIENTS]
    for wrappers, gradients in (
        ({"clip_value": 0.5}, by_value),
        ({"clip_norm": 0.5}, by_norm),
        ({"clip_global_norm": 0.5}, by_global_norm),
    ):
        np.testing.assert_allclose(points(**wrappers), descended(gradients), rtol=1e-12)


def test_a_gradient_that_is_short_enough_is_not_clipped():
    for name in ("clip_value", "clip_norm", "clip_global_norm"):
        assert points(**{name: 1e6}).tobytes() == points().tobytes()


def test_lookahead_returns_to_the_slow_params_and_takes_a_part_of_the_way():
    fast = slow = flat(START)
    for k, gradient in enumerate(GRADIENTS, 1):
        fast = fast - RATE * flat(gradient)
        if k % 4 == 0:
            slow = slow + 0.3 * (fast - slow)
            fast = slow
        np.testing.assert_allclose(points(lookahead_steps=4, lookahead_rate=0.3)[k], fast, rtol=1e-12)


def reset(name: str, **more: Any) -> dict[str, Any]:
    """An optimizer with lookahead that starts anew after every third step."""
    return {"name": name, "lr": 0.01, "lookahead_steps": 3, "lookahead_rate": 0.3, "lookahead_reset": True, **more}


GRADIENT_ALONE = [name for name, entry in OPTIMIZERS.items() if not entry.asks_objective]

#: Optimizers that remember where they began: with lookahead they are held against optax, which takes the params before the last step.
REMEMBER_THE_START = {name for name, entry in OPTIMIZERS.items() if {"x0", "z", "average"} & entry.slot_meanings.keys()}


@pytest.mark.parametrize(
    "name", [name for name, entry in OPTIMIZERS.items() if not entry.asks_objective and name not in REMEMBER_THE_START]
)
def test_lookahead_with_a_reset_is_a_new_optimizer_after_each_return(name):
    own, slow, expected = {"name": name, "lr": 0.01}, START, [flat(START)]
    for first in range(0, 12, 3):
        fast = trajectory({"optimizer": own, "start": slow, "gradients": GRADIENTS[first : first + 3]})
        returned = flat(slow) + 0.3 * (fast.points[3] - flat(slow))
        expected += [*fast.points[1:3], returned]
        slow = fast.plan.layout.unflatten(returned)
    run = trajectory({"optimizer": reset(name), "start": START, "gradients": GRADIENTS})
    np.testing.assert_allclose(run.points, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [name for name, entry in OPTIMIZERS.items() if not entry.asks_objective])
@pytest.mark.parametrize("more", [{}, {"accumulation_steps": 2, "mechanic": True, "average_weights": True}], ids=["alone", "with others"])
def test_lookahead_with_a_reset_goes_on_from_its_state(name, more):
    optimizer = reset(name, **more)
    whole = trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS})
    for cut in (3, 5):
        first = trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS[:cut]})
        rest = {"start": first.plan.layout.unflatten(first.end), "gradients": GRADIENTS[cut:], "state": first.state}
        assert trajectory({"optimizer": optimizer, **rest}).points.tobytes() == whole.points[cut:].tobytes()
    assert resolve(whole.plan.choice.echo) == whole.plan.choice


def test_after_a_reset_the_state_is_that_of_a_new_optimizer():
    run = trajectory({"optimizer": reset("adam"), "start": START, "gradients": GRADIENTS[:6], "include": ["states"]})
    for t, state in enumerate(run.states):
        assert (state["t"], np.any(flat(state["m"]))) == (t, t % 3 != 0)
    began = trajectory({"optimizer": reset("dog"), "start": START, "gradients": GRADIENTS[:3], "include": ["points", "states"]})
    assert flat(began.state["x0"]).tolist() == began.points[2].tolist()
    assert "distance" not in began.state


def test_a_reset_counts_the_steps_between_curvatures_anew():
    asked = {"objective": {"name": "quadratic", "condition": 5}, "steps": 8}
    sophia = {"name": "sophia", "lr": 0.01, "update_interval": 2, "convention": "optax"}
    run = trajectory({"optimizer": {**sophia, "lookahead_steps": 3, "lookahead_reset": True}, **asked})
    fast = trajectory({"optimizer": sophia, **asked, "start": run.points[3], "steps": 2})
    assert fast.points[1:].tolist() == run.points[4:6].tolist()


def test_parameter_groups_start_anew_each_with_its_own_numbers():
    grouped = reset("adagrad", initial_accumulator={"W": 0.5, "b": 2.0})
    run = trajectory({"optimizer": grouped, "start": START, "gradients": GRADIENTS[:3]})
    state = next(value for key, value in run.state.items() if key not in ("t", "slow"))
    assert flat(state).tolist() == [0.5] * 6 + [2.0] * 2


def averages(**wrappers: Any) -> np.ndarray:
    """The average after every step, (12, 8)."""
    asked = {"optimizer": {"name": "gd", "lr": RATE, "average_weights": True, **wrappers}, "start": START, "gradients": GRADIENTS}
    run = trajectory({**asked, "include": ["points", "states"]})
    return np.stack([flat(state["average"]) for state in run.states[1:]])


def test_an_average_of_the_params_stands_beside_them():
    own = points()
    assert points(average_weights=True).tobytes() == own.tobytes()
    expected = own[1]
    for k, average in enumerate(averages(average_momentum=0.8), 1):
        expected = own[1] if k == 1 else 0.8 * expected + 0.2 * own[k]
        np.testing.assert_allclose(average, expected, rtol=1e-12)


def test_a_mean_is_that_of_the_params_after_every_step():
    own = points()
    for k, average in enumerate(averages(average_form="mean"), 1):
        np.testing.assert_allclose(average, own[1 : k + 1].mean(axis=0), rtol=1e-12)


def test_the_params_become_the_average_when_it_is_asked_for():
    moved = points(average_weights=True, average_momentum=0.5, average_overwrite_every=6)
    kept = averages(average_momentum=0.5, average_overwrite_every=6)
    np.testing.assert_allclose(moved[6], kept[5], rtol=1e-15)
    assert np.abs(moved[5] - kept[4]).max() > 1e-3


@pytest.mark.parametrize("name", [name for name, entry in OPTIMIZERS.items() if not entry.asks_objective])
def test_every_optimizer_takes_them_and_goes_on_from_its_state(name):
    wrappers = {
        "maximize": True,
        "loss_scale": 2.0,
        "clip_norm": 3.0,
        "accumulation_steps": 2,
        "average_weights": True,
        "lookahead_steps": 3,
    }
    optimizer = {"name": name, "lr": 0.01, **({"weight_decay": 0.1} if name == "adamw" else {}), **wrappers}
    whole = trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS})
    first = trajectory({"optimizer": optimizer, "start": START, "gradients": GRADIENTS[:5]})
    rest = {"start": first.plan.layout.unflatten(first.end), "gradients": GRADIENTS[5:], "state": first.state}
    assert trajectory({"optimizer": optimizer, **rest}).points.tobytes() == whole.points[5:].tobytes()
    assert resolve(whole.plan.choice.echo) == whole.plan.choice


def uphill(optimizer: dict[str, Any], period: int = 2, rho: float = 0.1, sign: float = 1.0, steps: int = 8) -> np.ndarray:
    """The points of an optimizer that steps from the gradient uphill, one /step after the other."""
    problem = resolve_objective("rosenbrock")

    def gradient(x: Any) -> Any:
        return problem.evaluate(np.array(x).reshape(-1, 1))[1][:, 0]

    x, state, found = np.array([-1.2, 1.0]), None, []
    for _ in range(steps):
        at, g = x, gradient(x)
        for _ in range(period - 1):
            at = at + sign * rho * (g / np.linalg.norm(g))
            g = gradient(at)
        step = take_step({"optimizer": optimizer, "params": x, "gradient": g, "state": state})
        x, state = step.params, step.state
        found.append(x)
    return np.array(found)


VALLEY: dict[str, Any] = {"objective": "rosenbrock", "steps": 8}


@pytest.mark.parametrize("period", [1, 2, 4])
@pytest.mark.parametrize("name", ["gd", "adamw", "novograd"])
def test_sam_hands_on_the_gradient_uphill(name, period):
    optimizer = {"name": name, "lr": 0.002, "weight_decay": 0.1, "clip_norm": 5.0}
    run = trajectory({"optimizer": {**optimizer, "sam_rho": 0.1, "sam_period": period}, **VALLEY})
    np.testing.assert_allclose(run.points[1:], uphill(optimizer, period), rtol=1e-12)


def test_sam_climbs_down_where_the_optimizer_goes_up():
    optimizer = {"name": "gd", "lr": 1e-5, "maximize": True}
    run = trajectory({"optimizer": {**optimizer, "sam_rho": 0.1}, **VALLEY})
    np.testing.assert_allclose(run.points[1:], uphill(optimizer, sign=-1.0), rtol=1e-12)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_visible_sam_is_sam_with_a_call_for_each_gradient(period):
    optimizer = {"name": "adamw", "lr": 0.01, "weight_decay": 0.1, "sam_rho": 0.1, "sam_period": period, "lookahead_steps": 2}
    hidden = trajectory({"optimizer": optimizer, **VALLEY})
    seen = trajectory({"optimizer": {**optimizer, "sam_visible": True}, **VALLEY, "steps": 8 * period})
    np.testing.assert_allclose(seen.points[::period], hidden.points, rtol=1e-12)
    assert period == 1 or np.linalg.norm(seen.points[1] - seen.points[0]) == pytest.approx(0.1)


def test_visible_sam_steps_from_posted_gradients():
    optimizer = {"name": "gd", "lr": 0.5, "sam_rho": 5.0, "sam_visible": True}
    first = take_step({"optimizer": optimizer, "params": [1.0, 2.0], "gradient": [3.0, 4.0]})
    assert first.params.tolist() == [4.0, 6.0]
    second = take_step({"optimizer": optimizer, "params": first.params, "gradient": [2.0, -2.0], "state": first.state})
    assert second.params.tolist() == [0.0, 3.0]


def test_visible_sam_has_no_accumulation():
    assert set(refused(sam_rho=0.1, sam_visible=True, accumulation_steps=2)) == {("accumulation_steps",)}


def test_sam_stays_where_there_is_no_way_up():
    run = trajectory({"optimizer": {"name": "gd", "lr": 0.1, "sam_rho": 0.1}, "objective": "sphere", "start": [0.0, 0.0], "steps": 2})
    assert not run.points.any()


def test_sam_needs_the_objective():
    optimizer = {"name": "adam", "sam_rho": 0.1}
    for request, run in (({"params": [1.0], "gradient": [1.0]}, take_step), ({"start": [1.0], "gradients": [[1.0]]}, trajectory)):
        with pytest.raises(Refusal, match="sam_rho needs the objective"):
            run({"optimizer": optimizer, **request})


def test_a_step_of_sam_is_priced_by_its_gradients():
    wide = {"objective": {"name": "rosenbrock", "dimension": 100}, "steps": 8}
    plain, two, four = (
        plan_trajectory({"optimizer": {"name": "gd", "lr": 0.1, **sam}, **wide}).work
        for sam in ({}, {"sam_rho": 0.1}, {"sam_rho": 0.1, "sam_period": 4})
    )
    assert plain < two
    assert four - two == pytest.approx(2 * 8 * (33.0 + 5.0 + 25.0))


#: Wrappers around optimizers of several kinds, on an objective.
AROUND: list[dict[str, Any]] = [
    {"name": "adamw", "lr": 0.01, "weight_decay": 0.1, "sam_rho": 0.05},
    {"name": "novograd", "lr": 0.01, "sam_rho": 0.05, "sam_period": 3, "accumulation_steps": 2, "clip_global_norm": 2.0},
    {"name": "sgd", "lr": 1.0, "momentum": 0.9, "mechanic": True},
    {"name": "adam", "lr": 0.01, "sam_rho": 0.05, "sam_visible": True, "sam_period": 3, "average_weights": True, "mechanic": True},
    {"name": "adam", "lr": 1.0, "mechanic": True, "mechanic_tuners": 3, "mechanic_s_init": 1e-3, "clip_value": 1.0},
    {"name": "lion", "lr": 1.0, "mechanic": True, "sam_rho": 0.1, "lookahead_steps": 3, "average_weights": True},
]


@pytest.mark.parametrize("optimizer", AROUND, ids=lambda each: "-".join(map(str, each)))
def test_sam_and_mechanic_go_on_from_their_state_and_a_batch_is_single_runs(optimizer):
    asked = {"optimizer": optimizer, "objective": "rosenbrock"}
    whole, first = trajectory({**asked, "steps": 12}), trajectory({**asked, "steps": 5})
    rest = trajectory({**asked, "steps": 7, "start": first.end, "state": first.state})
    assert rest.points.tobytes() == whole.points[5:].tobytes()
    assert resolve(whole.plan.choice.echo) == whole.plan.choice
    starts = np.random.default_rng(3).normal(size=(2, 5))
    batch = replace(whole.plan.batch, starts=starts)
    together = simulate(batch).points
    for run in range(5):
        assert simulate(replace(batch, starts=np.ascontiguousarray(starts[:, [run]]))).points.tobytes() == together[:, run].tobytes()


def test_mechanic_finds_the_size_of_its_steps():
    bowl = {"objective": {"name": "quadratic", "condition": 5}, "steps": 400}
    plain, tuned = (trajectory({"optimizer": {"name": "sgd", "lr": 1.0, **more}, **bowl}) for more in ({}, {"mechanic": True}))
    assert plain.status in ("diverged", "growing")
    assert tuned.values[-1] < 1e-3 * tuned.values[0]


def test_mechanic_s_state_has_a_number_for_each_tuner():
    run = trajectory({"optimizer": {"name": "gd", "lr": 1.0, "mechanic": True, "mechanic_tuners": 4}, **VALLEY})
    assert {name: np.shape(slot) for name, slot in run.state.items()} == {"t": (), "x0": (2,), **dict.fromkeys("smvr", (4,))}
    assert run.state["x0"].tolist() == [-1.2, 1.0]


def test_mechanic_sees_the_gradient_as_it_is_before_the_clips():
    clipped = {"name": "gd", "lr": 1.0, "mechanic": True, "clip_norm": 1e-3}
    run = trajectory({"optimizer": clipped, **VALLEY, "steps": 2})
    gradient = resolve_objective("rosenbrock").evaluate(run.points[1].reshape(-1, 1))[1][:, 0]
    pull = 0.01 * 6e-6 * np.linalg.norm(gradient) / np.linalg.norm(run.points[1])
    factor = np.sum(trajectory({"optimizer": clipped, **VALLEY, "steps": 1}).state["s"])
    bets = (gradient + pull * run.points[1]) @ (run.points[0] - run.points[1]) / (factor + 1e-8)
    assert run.state["m"][0] == pytest.approx(abs(bets), rel=1e-2)


def test_at_their_defaults_they_are_not_there():
    plain = resolve({"name": "adam"})
    off = {name: wrapper.default for name, wrapper in WRAPPERS.items()}
    assert resolve({"name": "adam", **off}) == plain
    assert not isinstance(plain.rule, Chain)
    # What Keras's get_config() has of an optimizer without an average.
    assert resolve({"name": "Adam", "convention": "keras", "use_ema": False, "ema_momentum": 0.95}).echo.keys() == plain.echo.keys()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lookahead", "lookahead_steps"),
        ("mechanize", "mechanic: true"),
        ("sam", "sam_rho"),
        ("dpsgd", "each example"),
        ("galore", "low rank"),
    ],
)
def test_a_wrapper_of_optax_says_its_members_and_what_is_refused_its_reason(name, told):
    assert told in refused(name=name, convention="optax")["name",]


def refused(**optimizer: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        resolve({"name": "adam", **optimizer})
    return {fault.path: fault.detail for fault in caught.value.faults}


def test_wrong_values_are_told_where_they_are():
    wrong = {"maximize": 1, "loss_scale": 0, "clip_norm": {"W": 1.0}, "accumulation_steps": 2.5, "average_form": "means"}
    assert refused(**wrong) == {
        ("maximize",): "expected true or false, got a number",
        ("loss_scale",): "expected a number of more than 0 and at most 1e+300, got 0",
        ("clip_norm",): "expected a number, got an object",
        ("accumulation_steps",): "expected a whole number of at least 1 and at most 1e+06, got 2.5",
        ("average_form",): 'expected "exponential" or "mean"; did you mean mean?',
    }
    assert list(refused(convention="keras", clipnorm=-1)) == [("clipnorm",)]


def test_keras_takes_one_clip_alone():
    assert refused(convention="keras", clipnorm=1, clipvalue=1) == {
        ("clipvalue",): "expected only one of clipnorm, clipvalue and global_clipnorm: Keras refuses several"
    }
    assert resolve({"name": "adam", "clip_norm": 1, "clip_value": 1}).echo["clip_value"] == 1.0


def test_what_asks_the_objective_takes_none():
    assert list(refused(name="gd_backtracking", lr=1, maximize=True)) == [("maximize",)]


def test_a_division_of_0_by_0_is_told_as_without_them():
    step = take_step({"optimizer": {"name": "adam", "eps": 0, "maximize": True}, "params": [1.0, 2.0], "gradient": [0.0, 1.0]})
    assert step.detail == "Step 1 divides 0 by 0 at params[0]: the gradient is 0 there, and eps is 0. Use an eps above 0."


def test_what_changes_no_number_is_told():
    step = take_step({"optimizer": {"name": "Adam", "convention": "torch", "foreach": True, "fused": None}, "params": 1.0, "gradient": 2.0})
    assert step.choice.echo["ignored"] == ["foreach"]
    assert resolve(step.choice.echo) == step.choice
    assert list(refused(convention="torch", ignored=["maximize", [1]])) == [("ignored", 0), ("ignored", 1)]
    assert list(refused(convention="torch", fused={})) == [("fused",)]
    assert list(refused(convention="keras", ignored="foreach")) == [("ignored",)]


FALLING = {"convention": "optax", "name": "exponential_decay", "init_value": 0.1, "transition_steps": 1, "decay_rate": 0.5}
IN_KERAS = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.5}}


def along(optimizer, **more):
    return trajectory({"optimizer": optimizer, "gradients": [1.0] * 8, "start": 0.0, **more})


@pytest.mark.parametrize(
    "optimizer",
    [
        {"convention": "optax", "name": "sgd", "learning_rate": FALLING},
        {"convention": "optax", "chain": [{"trace": {"decay": 0.0}}, {"scale_by_learning_rate": FALLING}]},
    ],
)
def test_in_optax_a_schedule_counts_the_moves_of_accumulated_gradients(optimizer):
    """optax.MultiSteps(optax.sgd(optax.exponential_decay(0.1, 1, 0.5)), 2) with eight gradients of 1."""
    run = along({**optimizer, "accumulation_steps": 2})
    np.testing.assert_allclose(run.points[::2, 0], [0.0, -0.1, -0.15, -0.175, -0.1875], rtol=1e-12)
    again = along(run.plan.choice.echo, schedule=run.plan.schedule.echo)
    assert again.points.tobytes() == run.points.tobytes()


def test_in_keras_a_schedule_counts_all_gradients():
    run = along({"convention": "keras", "name": "SGD", "learning_rate": IN_KERAS, "gradient_accumulation_steps": 2})
    np.testing.assert_allclose(run.points[::2, 0], [0.0, -0.05, -0.0625, -0.065625, -0.06640625], rtol=1e-12)


def test_a_schedule_that_the_framework_starts_anew_is_refused():
    with pytest.raises(Refusal) as refusal:
        resolve_scheduled({"convention": "optax", "name": "sgd", "learning_rate": FALLING, "lookahead_steps": 2, "lookahead_reset": True})
    assert [fault.path for fault in refusal.value.faults] == [("learning_rate",)]


@pytest.mark.parametrize("name", BESIDE)
def test_a_member_that_does_nothing_without_another_is_refused(name):
    wrapper = WRAPPERS[name]
    values = [True] if isinstance(wrapper.default, bool) else wrapper.choices[1:] or [7 if wrapper.whole else 0.25]
    assert values
    for value in values:
        with pytest.raises(Refusal) as refusal:
            resolve({"name": "sgd", "lr": 0.1, name: value})
        assert [(fault.path, fault.detail) for fault in refusal.value.faults] == [((name,), f"{name} has no effect without {BESIDE[name]}")]


def test_what_every_configuration_of_keras_has_is_accepted():
    config = {"learning_rate": 0.1, "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None}
    assert resolve({"class_name": "SGD", "config": config}) == resolve({"convention": "keras", "name": "SGD", "lr": 0.1})
