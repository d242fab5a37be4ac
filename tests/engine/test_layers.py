"""Methods that know the tensors: facts of LARS, LAMB, Fromage, Adafactor, Muon and Shampoo, on matrices and tensors of more axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.compiled.jit import compiled
from stepgrade_service.engine.compiled.matrices import diagonalized, symmetric_power
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers.memory import memory_of, tensors_of
from stepgrade_service.engine.reading.cost import StepPrice, TooCostly
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.reading.tensors import Layout
from stepgrade_service.engine.running.step import Step, take_step

RANDOM = np.random.default_rng(5)
W, G = RANDOM.normal(size=(3, 5)), RANDOM.normal(size=(3, 5))


def step(optimizer: dict[str, Any], params: Any = W, gradient: Any = G, **more: Any) -> Step:
    return take_step({"optimizer": optimizer, "params": params, "gradient": gradient, **more})


def moved(optimizer: dict[str, Any], params: Any = W, gradient: Any = G, **more: Any) -> Any:
    """The update, in the shape of the params."""
    return step(optimizer, params, gradient, **more).update.reshape(np.shape(params))


# The ratio of norms.


@pytest.mark.parametrize("convention", ["optax", "keras", "paper"])
def test_a_lamb_step_is_as_long_as_the_rate_times_the_params_whatever_the_gradient(convention):
    for size in (1e-6, 1.0, 1e6):
        update = moved({"convention": convention, "name": "lamb", "lr": 0.1, "eps": 0}, W, size * G)
        assert np.linalg.norm(update) == pytest.approx(0.1 * np.linalg.norm(W), rel=1e-12)


@pytest.mark.parametrize("name", ["lars", "lamb", "fromage"])
def test_params_at_zero_move_by_the_direction_itself(name):
    update = moved({"convention": "optax", "name": name, "lr": 0.1, **({"min_norm": 0} if name == "fromage" else {})}, 0 * W)
    direction = np.sign(G) if name == "lamb" else G
    shrink = 1 / np.sqrt(1.01) if name == "fromage" else 1.0
    np.testing.assert_allclose(update, -0.1 * shrink * direction, rtol=1e-4)


def test_keras_s_lamb_decays_outside_the_ratio_and_optax_s_inside():
    decayed = {"name": "lamb", "lr": 0.1, "eps": 0, "weight_decay": 0.3}
    inside, outside = (moved({**decayed, "convention": convention}) for convention in ("optax", "keras"))
    assert np.linalg.norm(inside) == pytest.approx(0.1 * np.linalg.norm(W), rel=1e-12)
    after_decay = outside + 0.1 * 0.3 * W
    assert np.linalg.norm(after_decay) == pytest.approx(0.1 * 0.97 * np.linalg.norm(W), rel=1e-12)


def test_fromage_leaves_the_norm_where_the_gradient_is_across():
    params, gradient = np.array([3.0, 0.0]), np.array([0.0, 7.0])
    after = params + moved({"name": "fromage", "lr": 0.4}, params, gradient)
    assert np.linalg.norm(after) == pytest.approx(3.0, rel=1e-14)


# Adafactor.


def test_optax_factors_only_where_two_axes_have_128_indices():
    optimizer = {"convention": "optax", "name": "adafactor"}
    small, large = (step(optimizer, np.ones(shape), np.ones(shape)).state for shape in ((127, 300), (128, 128)))
    assert {name: np.shape(slot) for name, slot in small.items() if name != "t"} == {"v": (127, 300)}
    assert {name: np.shape(slot) for name, slot in large.items() if name != "t"} == {"row": (128,), "column": (128,)}


@pytest.mark.parametrize(
    ("optimizer", "row", "column"),
    [
        ({"convention": "torch", "name": "Adafactor"}, (4, 2, 3), (4, 2, 5)),
        ({"convention": "keras", "name": "Adafactor"}, (4, 2, 3), (4, 2, 5)),
        ({"convention": "optax", "name": "adafactor", "min_dim_size_to_factor": 3}, (4, 2, 3), (2, 3, 5)),
    ],
    ids=lambda each: each["convention"] if isinstance(each, dict) else "",
)
def test_torch_and_keras_factor_the_last_two_axes_and_optax_the_two_largest(optimizer, row, column):
    state = step(optimizer, np.ones((4, 2, 3, 5)), np.ones((4, 2, 3, 5))).state
    assert (np.shape(state["row"]), np.shape(state["column"])) == (row, column)


def test_optax_s_adafactor_does_not_multiply_the_decay_by_the_rate():
    for lr in (0.0, 0.5):
        decayed, plain = (moved({"convention": "optax", "name": "adafactor", "lr": lr, "weight_decay_rate": rate}) for rate in (0.25, 0.0))
        np.testing.assert_allclose(decayed - plain, -0.25 * W, rtol=1e-12)


def test_torch_s_eps_of_adafactor_may_be_none_as_it_is_by_default():
    left_out, given = ({"convention": "torch", "name": "Adafactor", **more} for more in ({}, {"eps": [None, 1e-3]}))
    assert resolve(left_out) == resolve(given)
    with pytest.raises(Refusal, match="at least 1"):
        resolve({"convention": "torch", "name": "Adafactor", "d": 0.5})


# Muon.


def rounds(x: Any, steps: int, a: float = 3.4445, b: float = -4.775, c: float = 2.0315) -> Any:
    """Newton and Schulz's rounds in NumPy."""
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (1, 6), (6, 1)])
def test_a_muon_step_is_newton_and_schulz_s_rounds_of_the_scaled_velocity(shape):
    gradient = RANDOM.normal(size=shape)
    update = moved({"convention": "paper", "name": "muon", "lr": 1.0}, np.zeros(shape), gradient)
    expected = rounds(gradient / np.linalg.norm(gradient), 5) * np.sqrt(max(1, shape[0] / shape[1]))
    np.testing.assert_allclose(update, -expected, rtol=1e-6, atol=1e-7)
    assert np.all(np.abs(np.linalg.svd(update / np.sqrt(max(1, shape[0] / shape[1])), compute_uv=False) - 1) < 0.5)


def test_the_shape_factors_of_torch_and_optax_are_each_other_s_transpose():
    tall, wide = np.zeros((8, 2)), np.zeros((2, 8))
    gradient = RANDOM.normal(size=(8, 2))
    torch = {"convention": "torch", "name": "Muon", "lr": 1.0, "weight_decay": 0}
    of_torch = moved(torch, tall, gradient)
    of_optax = moved({"convention": "optax", "name": "muon", "lr": 1.0}, wide, gradient.T)
    np.testing.assert_allclose(of_torch, of_optax.T, rtol=1e-6)
    np.testing.assert_allclose(of_torch, 2.0 * moved({**torch, "shape_factor": "none"}, tall, gradient), rtol=1e-12)


def test_what_is_no_matrix_goes_to_adamw_and_is_alone_in_v():
    params = {"W": W, "b": np.ones(5), "K": np.ones((2, 2, 2))}
    gradient = {"W": G, "b": np.arange(5.0) - 2.0, "K": np.full((2, 2, 2), -3.0)}
    keras = {"convention": "keras", "name": "Muon", "learning_rate": 0.01}
    muon = take_step({"optimizer": keras, "params": params, "gradient": gradient})
    assert set(muon.state["v"]) == {"b", "K"}
    adamw = {"convention": "keras", "name": "AdamW", "learning_rate": 0.01}
    others = take_step({"optimizer": adamw, "params": params, "gradient": gradient})
    for name in ("b", "K"):
        mine, theirs = (each.layout.unflatten(each.params)[name] for each in (muon, others))
        np.testing.assert_allclose(mine, theirs, rtol=1e-14)


def test_a_matrix_that_is_not_to_be_orthogonal_goes_to_adamw_as_a_vector_does():
    adam = {"convention": "optax", "name": "muon", "lr": 0.1, "orthogonal": 0}
    np.testing.assert_array_equal(moved(adam), moved(adam, W.reshape(-1), G.reshape(-1)).reshape(W.shape))
    fixed = {"convention": "optax", "name": "muon", "lr": 0.1, "adam_learning_rate": 0.01, "nesterov": False}
    np.testing.assert_allclose(moved(fixed, np.ones(3), np.ones(3)), -0.01, rtol=1e-6)


BATCHED = [
    *({"name": "muon", "convention": "optax", "lr": 0.1, "preconditioning": way} for way in ("frobenius", "spectral", "aol", "schatten")),
    {"name": "shampoo", "lr": 0.1},
    {"name": "adafactor", "convention": "torch"},
    {"name": "sm3", "lr": 0.1},
]


@pytest.mark.parametrize("optimizer", BATCHED, ids=str)
def test_a_batch_of_runs_on_a_matrix_is_the_single_runs_to_the_last_bit(optimizer):
    rule, layout, (x, g) = resolve(optimizer).rule, Layout(None, ((4, 3),)), RANDOM.normal(size=(2, 12, 5))

    def ran(which: Any) -> Any:
        own_x, own_g = (np.ascontiguousarray(each[:, which]) for each in (x, g))
        update, lr, count = np.empty_like(own_x), np.full(own_x.size, 0.1), own_x.shape[1]
        memory, numbers, tensors = memory_of(rule, {}, layout, count), rule.numbers(layout), tensors_of(rule, layout, count)
        rule.kernel.apply(1, own_x.reshape(-1), own_g.reshape(-1), update.reshape(-1), lr, memory, numbers, tensors)
        return update

    together = ran(slice(None))
    for run in range(x.shape[1]):
        np.testing.assert_array_equal(together[:, [run]], ran([run]))


def test_coefficients_of_optax_are_three_numbers_or_a_name():
    muon = {"convention": "optax", "name": "muon", "learning_rate": 0.1}
    assert resolve({**muon, "ns_coeffs": "standard"}) == resolve(muon)
    assert resolve({**muon, "ns_coeffs": [3.4445, -4.775, 2.0315]}) == resolve(muon)
    assert resolve({**muon, "ns_coeffs": "dion"}).settings["ns_preset"] == "dion"
    with pytest.raises(Refusal, match="standard or dion"):
        resolve({**muon, "ns_coeffs": "polar"})
    with pytest.raises(Refusal, match="original or match_rms_adamw"):
        resolve({"convention": "torch", "name": "Muon", "adjust_lr_fn": "spectral_unclamped"})


# Shampoo.


def test_the_first_shampoo_step_without_eps_is_the_orthogonal_factor():
    update = moved({"name": "shampoo", "lr": 1.0, "eps": 1e-14}, np.zeros((3, 3)), G[:, :3])
    left, _, right = np.linalg.svd(G[:, :3])
    np.testing.assert_allclose(update, -left @ right, rtol=1e-9, atol=1e-9)


def test_shampoo_s_state_has_the_sums_of_products():
    state = step({"name": "shampoo", "lr": 0.1}).state
    np.testing.assert_allclose(state["L"], G @ G.T, rtol=1e-14)
    np.testing.assert_allclose(state["R"], G.T @ G, rtol=1e-14)
    assert "R" not in step({"name": "shampoo", "lr": 0.1}, [1.0, 2.0], [3.0, 4.0]).state
    with pytest.raises(Refusal, match="at most 2 axes"):
        step({"name": "shampoo", "lr": 0.1}, [[[1.0]]], [[[1.0]]])


@compiled
def power_of(matrix, exponent, out):
    symmetric_power(matrix, exponent, out)


@compiled
def eigenvalues_of(matrix, vectors):
    diagonalized(matrix, vectors)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_a_power_of_a_symmetric_matrix_is_that_of_its_eigenvalues(n):
    factor = RANDOM.normal(size=(n, n + 2)) * np.geomspace(1.0, 1e-3, n).reshape(-1, 1)
    matrix, power, vectors = factor @ factor.T, np.empty((n, n)), np.empty((n, n))
    power_of(matrix.copy(), -0.25, power)
    np.testing.assert_allclose(power @ power @ power @ power @ matrix, np.eye(n), atol=1e-9)
    turned = matrix.copy()
    eigenvalues_of(turned, vectors)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(n), atol=1e-13)
    np.testing.assert_allclose(vectors.T @ turned @ vectors, matrix, atol=1e-13 * np.abs(matrix).max())


# What it costs.


@pytest.mark.parametrize("name", ["muon", "shampoo"])
def test_a_large_matrix_is_refused_before_any_work(name):
    large = np.ones((2000, 2000))
    with pytest.raises(TooCostly, match="units of work"):
        step({"convention": "paper", "name": name, "lr": 0.1}, large, large)


def test_muon_s_price_grows_with_the_cube_of_the_side_and_with_the_rounds():
    def work(side: int, rounds: int) -> float:
        choice = resolve({"name": "muon", "convention": "paper", "ns_steps": rounds})
        return choice.update_price(Layout(None, ((side, side),)), StepPrice()).of(1)

    assert work(400, 5) > 7.0 * work(200, 5)
    assert work(400, 10) > 1.8 * work(400, 5)
