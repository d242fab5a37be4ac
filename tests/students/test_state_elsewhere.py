"""State that code keeps outside of its arguments: in global variables, closures, defaults, attributes, `**kwargs` and dictionaries."""

# ruff: noqa: B905 (students zip without strict)

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

MOMENTUM, ADAM = {"name": "momentum", "lr": 0.1}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


velocity, by_layer, of_three, steps = None, {}, np.zeros(3), 0


def in_a_global_variable(w, grad, lr=0.1, gamma=0.9):
    global velocity
    if velocity is None:
        velocity = np.zeros_like(w)
    velocity = gamma * velocity + grad
    return w - lr * velocity


def in_a_global_dictionary(parameters, grads, learning_rate=0.1, beta=0.9):
    for name in parameters:
        by_layer[name] = beta * by_layer.get(name, 0) + grads["d" + name]
        parameters[name] = parameters[name] - learning_rate * by_layer[name]
    return parameters


def in_an_attribute(w, grad, lr=0.1, mu=0.9):
    in_an_attribute.v = mu * getattr(in_an_attribute, "v", 0) + grad
    return w - lr * in_an_attribute.v


def in_a_default(w, grad, lr=0.1, mu=0.9, kept={"v": 0}):  # noqa: B006 (students do)
    kept["v"] = mu * kept["v"] + grad
    return w - lr * kept["v"]


def closure():
    v = 0

    def step(w, grad, lr=0.1, mu=0.9):
        nonlocal v
        v = mu * v + grad
        return w - lr * v

    return step


def by_name(w, g, **state):
    v = state["mu"] * state["v"] + g
    return w - state["learning_rate"] * v, v


def by_the_names_of_the_service(w, g, **kwargs):
    v = kwargs["momentum"] * kwargs["velocity"] + g
    return w - kwargs["lr"] * v, v


def in_a_returned_dictionary(w, grad, v, lr=0.1, mu=0.9):
    v = mu * v + grad
    return {"v": v, "w": w - lr * v}


def in_a_returned_state(w, grad, v, lr=0.1, mu=0.9):
    v = mu * v + grad
    return {"params": w - lr * v, "state": {"velocity": v}}


def of_w_and_b(W, b, dW, db, vW, vb, lr, mu):  # noqa: N803 (students write W)
    vW, vb = mu * vW + dW, mu * vb + db  # noqa: N806
    return {"W": W - lr * vW, "b": b - lr * vb, "vW": vW, "vb": vb}


def made_by_a_function(lr=0.1, momentum=0.9):
    v = 0

    def step(w, g):
        nonlocal v
        v = momentum * v + g
        return w - lr * v

    return step


def made_with_params(params, lr, momentum):
    velocities = [np.zeros_like(p) for p in params]

    def step(grads):
        for p, g, v in zip(params, grads, velocities):
            v *= momentum
            v += g
            p -= lr * v

    return step


RIGHT = [
    in_a_global_variable,
    in_a_global_dictionary,
    in_an_attribute,
    in_a_default,
    closure(),
    by_name,
    by_the_names_of_the_service,
    in_a_returned_dictionary,
    in_a_returned_state,
    of_w_and_b,
    made_by_a_function,
    made_with_params,
]


@pytest.mark.parametrize("student", RIGHT, ids=lambda student: student.__name__)
def test_right_code_passes_and_is_left_as_it_was(client, student):
    for _ in range(2):
        verdict = client.check_function(student, MOMENTUM)
        assert (verdict.passed, verdict.findings) == (True, ())
    assert (velocity, by_layer, vars(in_an_attribute)) == (None, {}, {})


def counted_outside(w, grad, m, v, lr, beta1, beta2, eps):
    global steps
    steps += 1
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    return w - lr * (m / (1 - beta1**steps)) / (np.sqrt(v / (1 - beta2**steps)) + eps), m, v


def test_code_that_counts_its_steps_outside_passes(client):
    assert client.check_function(counted_outside, ADAM).passed


def uphill_in_a_global_variable(w, grad, lr=0.1, gamma=0.9):
    return 2 * w - in_a_global_variable(w, grad, lr, gamma)


def uphill_of_a_factory(lr, momentum):
    step = made_by_a_function(lr, momentum)
    return lambda w, g: 2 * w - step(w, g)


@pytest.mark.parametrize("student", [uphill_in_a_global_variable, uphill_of_a_factory])
def test_the_mistake_is_named(client, student):
    assert client.check_function(student, MOMENTUM).findings[0].code == "wrong_sign"


def without_any_state(w, grad, lr, mu):
    return w - lr * (mu * np.zeros_like(w) + grad)


def test_code_without_any_state_is_told_so(client):
    verdict = client.check_function(without_any_state, MOMENTUM)
    told = "Your function takes no argument for the state 'velocity'. It must take the state as an argument, and return it."
    assert verdict.message == told


def for_three_numbers(w, grad, lr, mu):
    global of_three
    of_three = mu * of_three + grad
    return w - lr * of_three


def test_state_of_one_shape_that_is_kept_outside_costs_no_marks(client):
    with pytest.raises(ConfigurationError, match="keeps of_three outside, and cannot be run on params of other shapes"):
        client.check_function(for_three_numbers, MOMENTUM)


class OneVelocityForAll:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.v = lr, momentum, 0

    def update(self, params, grads):
        for name in params:
            self.v = self.momentum * self.v + grads[name]
            params[name] = params[name] - self.lr * self.v


class OneVelocityForAllInAList:
    def __init__(self, params, lr, momentum):
        self.params, self.lr, self.momentum, self.v = params, lr, momentum, 0

    def step(self, grads):
        for p, g in zip(self.params, grads):
            self.v = self.momentum * self.v + g
            p -= self.lr * self.v


@pytest.mark.parametrize("student", [OneVelocityForAll, OneVelocityForAllInAList])
def test_one_state_for_all_tensors_is_named(client, student):
    assert client.check_function(student, MOMENTUM).message == (
        "Your code fails where the tensors have different shapes. Does it keep one state for all tensors? "
        "Each tensor needs a state of its own."
    )


class OfTheClass:
    v = {}  # noqa: RUF012 (what is wrong)

    def __init__(self, lr, mu):
        self.lr, self.mu = lr, mu

    def update(self, params, grads):
        for name in params:
            self.v[name] = self.mu * self.v.get(name, 0) + grads[name]
            params[name] = params[name] - self.lr * self.v[name]


class ByTheNameOfTheClass:
    v = 0

    def __init__(self, lr, mu):
        self.lr, self.mu = lr, mu

    def update(self, w, g):
        ByTheNameOfTheClass.v = self.mu * ByTheNameOfTheClass.v + g
        return w - self.lr * ByTheNameOfTheClass.v


@pytest.mark.parametrize("student", [OfTheClass, ByTheNameOfTheClass])
def test_a_state_of_the_class_is_named(client, student):
    for _ in range(2):
        verdict = client.check_function(student, MOMENTUM)
        assert verdict.message.startswith("All objects of your class share v: it is an attribute of the class. Begin with self.v = ...")


class WithADefaultInTheClass:
    v = 0
    history = []  # noqa: RUF012

    def __init__(self, lr, mu):
        self.lr, self.mu = lr, mu

    def update(self, w, g):
        self.history.append(w)
        self.v = self.mu * self.v + g
        return w - self.lr * self.v


def test_attributes_of_a_class_that_change_no_numbers_cost_no_marks(client):
    assert client.check_function(WithADefaultInTheClass, MOMENTUM).passed
