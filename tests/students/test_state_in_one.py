"""The state as one thing that is no dictionary: `(m, v, t)` or `[v]`; and an argument `cache` that is an array and not a dictionary."""

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADAM, MOMENTUM, ADAGRAD = {"name": "adam", "lr": 0.05}, {"name": "momentum", "lr": 0.05}, {"name": "adagrad", "lr": 0.05}
RMSPROP = {"name": "rmsprop", "lr": 0.05, "eps": 1e-3}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def step(w, g, m, v, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def in_a_tuple(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    t += 1
    w, m, v = step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, (m, v, t)


def by_index(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t = state[2] + 1
    w, m, v = step(w, g, state[0], state[1], t, lr, beta1, beta2, eps)
    return w, [m, v, t]


def with_a_default(w, g, state=(0, 0, 0), lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    return in_a_tuple(w, g, state, lr, beta1, beta2, eps)


def of_no_known_name(w, g, estado, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    return in_a_tuple(w, g, estado, lr, beta1, beta2, eps)


def in_a_dictionary_of_no_known_name(w, g, estado, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t = estado["t"] = estado.get("t", 0) + 1
    w, estado["uno"], estado["dos"] = step(w, g, estado.get("uno", 0), estado.get("dos", 0), t, lr, beta1, beta2, eps)
    return w, estado


def with_t_first(w, g, opt_state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = opt_state
    t += 1
    w, m, v = step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, (t, m, v)


def with_t_from_one(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    w, m, v = step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, (m, v, t + 1)


def with_t_apart(w, g, state, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = state
    w, m, v = step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, (m, v)


def in_place(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    state[2] += 1
    w, state[0], state[1] = step(w, g, state[0], state[1], state[2], lr, beta1, beta2, eps)
    return w


def on_lists(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    ms, vs, t = state
    t += 1
    for i in range(len(params)):
        params[i], ms[i], vs[i] = step(params[i], grads[i], ms[i], vs[i], t, lr, beta1, beta2, eps)
    return params, (ms, vs, t)


def one_pair_a_tensor(params, grads, state, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    for i in range(len(params)):
        m, v = state[i]
        params[i], m, v = step(params[i], grads[i], m, v, t, lr, beta1, beta2, eps)
        state[i] = (m, v)
    return params, state


def returned_part_by_part(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    t += 1
    w, m, v = step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, m, v, t


def on_dictionaries(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    t += 1
    for k in params:
        params[k], m[k], v[k] = step(params[k], grads[k], m[k], v[k], t, lr, beta1, beta2, eps)
    return params, (m, v, t)


def momentum(w, g, state, lr=0.01, momentum=0.9):
    v = momentum * state[0] + g
    return w - lr * v, [v]


def momentum_in_place(w, g, state, lr=0.01, momentum=0.9):
    state[0] = momentum * state[0] + g
    return w - lr * state[0]


def adagrad(w, g, state, lr=0.01, eps=1e-10):
    (h,) = state
    h = h + g**2
    return w - lr * g / (np.sqrt(h) + eps), (h,)


OF_ADAM = (in_a_tuple, by_index, with_a_default, with_t_first, with_t_from_one, with_t_apart, in_place)
OTHERS = (of_no_known_name, in_a_dictionary_of_no_known_name, on_lists, one_pair_a_tensor, returned_part_by_part, on_dictionaries)
RIGHT = [
    *((student, ADAM) for student in (*OF_ADAM, *OTHERS)),
    *((momentum, MOMENTUM), (momentum_in_place, MOMENTUM), (adagrad, ADAGRAD)),
]


@pytest.mark.parametrize("style", [None, "tuple"])
@pytest.mark.parametrize(("student", "optimizer"), RIGHT, ids=[student.__name__ for student, _ in RIGHT])
def test_a_state_that_is_one_tuple_or_list_passes(client, student, optimizer, style):
    assert client.check_function(student, optimizer, style).passed


def without_a_correction(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return w - lr * m / (np.sqrt(v) + eps), (m, v, t + 1)


def uphill(w, g, state, lr=0.01, momentum=0.9):
    v = momentum * state[0] + g
    return w + lr * v, [v]


def uphill_on_lists(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    ms, vs, t = state
    t += 1
    for i in range(len(params)):
        new, ms[i], vs[i] = step(params[i], grads[i], ms[i], vs[i], t, lr, beta1, beta2, eps)
        params[i] = 2 * params[i] - new
    return params, (ms, vs, t)


@pytest.mark.parametrize("style", [None, "tuple"])
@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [(without_a_correction, ADAM, "no_bias_correction"), (uphill, MOMENTUM, "wrong_sign"), (uphill_on_lists, ADAM, "wrong_sign")],
)
def test_the_mistake_is_named_there_too(client, student, optimizer, code, style):
    assert client.check_function(student, optimizer, style).findings[0].code == code


def that_forgets(w, g, state, lr=0.01, momentum=0.9):
    v = state[0]
    v = momentum * v + g
    return w - lr * v, state


def whose_default_begins_at_step_0(w, g, state=(0, 0, 0), lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    return with_t_from_one(w, g, state, lr, beta1, beta2, eps)


@pytest.mark.parametrize(("student", "optimizer"), [(that_forgets, MOMENTUM), (whose_default_begins_at_step_0, ADAM)])
def test_a_state_that_is_wrong_does_not_pass(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert (verdict.passed, "raised" in verdict.message) == (False, False)


def no_root(x, dx, cache, learning_rate=0.01, decay_rate=0.99, epsilon=1e-8):
    cache = decay_rate * cache + (1 - decay_rate) * dx**2
    x = x - learning_rate * dx / (cache + epsilon)
    return x, cache


def adagrad_uphill(x, dx, cache, lr=0.01, eps=1e-8):
    cache = cache + dx**2
    return x + lr * dx / (np.sqrt(cache) + eps), cache


def adagrad_uphill_without_arguments(x, dx, cache):
    cache = cache + dx**2
    return x + 0.05 * dx / (np.sqrt(cache) + 1e-10), cache


def adagrad_uphill_by_index(params, grads, cache, lr=0.01, eps=1e-8):
    for i in range(len(params)):
        cache[i] = cache[i] + grads[i] ** 2
        params[i] = params[i] + lr * grads[i] / (np.sqrt(cache[i]) + eps)
    return params, cache


def adagrad_uphill_on_numbers(params, grads, cache, lr=0.01, eps=1e-8):
    new = []
    for i in range(len(params)):
        cache[i] += grads[i] ** 2
        new.append(params[i] + lr * grads[i] / (math.sqrt(cache[i]) + eps))
    return new, cache


def adagrad_uphill_in_a_dictionary(x, dx, cache, lr=0.01, eps=1e-10):
    cache["sum"] = cache.get("sum", 0) + dx**2
    return x + lr * dx / (np.sqrt(cache["sum"]) + eps), cache


@pytest.mark.parametrize("style", [None, "tuple", "cs231n"])
@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (no_root, RMSPROP, "sqrt_missing"),
        (adagrad_uphill, ADAGRAD, "wrong_sign"),
        (adagrad_uphill_without_arguments, ADAGRAD, "wrong_sign"),
        (adagrad_uphill_by_index, ADAGRAD, "wrong_sign"),
        (adagrad_uphill_on_numbers, ADAGRAD, "wrong_sign"),
        (adagrad_uphill_in_a_dictionary, ADAGRAD, "wrong_sign"),
    ],
)
def test_an_argument_called_cache_is_what_the_code_takes_it_for(client, student, optimizer, code, style):
    assert client.check_function(student, optimizer, style).findings[0].code == code


def test_an_error_that_comes_after_the_state_is_read_is_told(client):
    def student(w, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = state
        t += 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        return w - lr * m.hat / (np.sqrt(v) + eps), (m, v, t)

    assert client.check_function(student, ADAM).message.startswith(
        "Your code raised AttributeError: 'numpy.ndarray' object has no attribute"
    )


def test_an_error_in_it_is_the_student_s(client):
    def student(x, dx, cache, lr=0.01):
        cache = cache + dx**2
        return x - lr * dx / (np.sqrt(cache) + eps), cache  # noqa: F821 (as students write)

    assert client.check_function(student, ADAGRAD).message.startswith("Your code raised NameError: name 'eps' is not defined")
