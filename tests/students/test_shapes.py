"""Shapes of students' code that are special: what binds, what is tried, and whose fault it is where nothing does."""

from __future__ import annotations

import math
from inspect import Parameter, Signature

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument
from stepgrade.bundles import build
from stepgrade.grading.students.binding import Wanted, bind

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADAM = {"name": "adam", "lr": 0.05}
GD, MOMENTUM = {"name": "gd", "lr": 0.1}, {"name": "momentum", "convention": "paper", "lr": 0.1}
RMSPROP = {"name": "rmsprop", "lr": 0.1, "rho": 0.9}


@pytest.fixture(scope="module")
def client():
    """The service in this process."""
    return Client.local()


def named(*arguments):
    """A function with these arguments."""

    def function(*_):
        return None

    function.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in arguments])
    return function


ADAM_HAS = Wanted(("params", "gradient", "m", "v"), dict.fromkeys(("t", "lr", "beta1", "beta2", "eps", "betas"), True))
RMSPROP_HAS = Wanted(("params", "gradient", "v"), {"t": True, "lr": True, "rho": True, "eps": True, "momentum": False})


@pytest.mark.parametrize(
    ("wanted", "arguments", "roles"),
    [
        (ADAM_HAS, "w dw m v t lr b1 b2 e", "params gradient m v t lr beta1 beta2 eps"),
        (ADAM_HAS, "alpha beta1 beta2 epsilon var grad v s t", "lr beta1 beta2 eps params gradient m v t"),
        (ADAM_HAS, "weights m v gradient learning_rate beta1 beta2 epsilon t", "params m v gradient lr beta1 beta2 eps t"),
        (ADAM_HAS, "W dW lr V S beta1 beta2 t", "params gradient lr m v beta1 beta2 t"),
        (ADAM_HAS, "theta g first_moment second_moment iteration step_size betas", "params gradient m v t lr betas"),
        (RMSPROP_HAS, "dw w v lr rho eps", "gradient params v lr rho eps"),
        (RMSPROP_HAS, "x grad cache alpha gamma epsilon", "params gradient v lr rho eps"),
        (RMSPROP_HAS, "weights grad_sq gradient learning_rate beta epsilon", "params v gradient lr rho eps"),
        (RMSPROP_HAS, "w g s lr alpha", "params gradient v lr rho"),
        (RMSPROP_HAS, "w g m lr beta", "params gradient v lr rho"),
        (
            Wanted(("params", "gradient", "velocity"), {"lr": True, "momentum": True}),
            "x dx v eta mu",
            "params gradient velocity lr momentum",
        ),
        (Wanted(("params", "gradient", "accumulator"), {"lr": True, "eps": True}), "w g G lr eps", "params gradient accumulator lr eps"),
        (Wanted(("params", "gradient", "v", "u"), {"rho": True, "eps": True}), "x grad s delta rho eps", "params gradient v u rho eps"),
    ],
)
def test_the_usual_names_say_what_an_argument_is(wanted, arguments, roles):
    binding = bind(named(*arguments.split()), wanted, {})
    assert binding.unknown == ()
    assert [binding.roles[name] for name in arguments.split()] == roles.split()


def test_the_names_of_the_teacher_come_first():
    binding = bind(named("grad", "w"), Wanted(("params", "gradient")), {"params": "grad", "gradient": "w"})
    assert binding.roles == {"grad": "params", "w": "gradient"}


def rmsprop_of_fruits(apple, banana, cherry, lr, rho, eps):
    cherry = rho * cherry + (1 - rho) * banana**2
    return apple - lr * banana / (np.sqrt(cherry) + eps), cherry


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"parms": "apple"}, "rmsprop has no 'parms'"),
        ({"params": "pear"}, "no argument 'pear'; it has apple, banana, cherry, lr, rho, eps"),
        ({"beta1": "rho"}, "rmsprop has no 'beta1'"),
    ],
)
def test_a_name_that_binds_nothing_is_an_error_that_says_what_is_known(client, names, said):
    with pytest.raises(InvalidArgument) as error:
        client.check_function(rmsprop_of_fruits, RMSPROP, "tuple", names=names)
    assert said in str(error.value)
    assert "Known names are params, gradient, t, v, lr, rho" in str(error.value)
    assert error.value.pointer == f"/names/{next(iter(names))}"


def test_names_reach_params_and_gradient(client):
    def swapped(grad, w, cache, lr, rho, eps):
        return rmsprop_of_fruits(grad, w, cache, lr, rho, eps)

    assert client.check_function(swapped, RMSPROP, "tuple", names={"params": "grad", "gradient": "w"})


def test_names_of_an_object_reach_its_constructor_and_its_method(client):
    class Descent:
        def __init__(self, tempo):
            self.tempo = tempo

        def update(self, here, uphill):
            return here - self.tempo * uphill

    assert client.check_function(Descent, GD, "object", names={"lr": "tempo", "params": "here", "gradient": "uphill"})
    with pytest.raises(InvalidArgument, match="binds nothing"):
        client.check_function(Descent, GD, "object", names={"lr": "speed"})


def test_a_wrong_function_without_names_is_read_in_the_usual_order(client):
    def wrong(apple, banana, cherry, lr, rho, eps):
        cherry = rho * cherry + (1 - rho) * banana**2
        return apple + lr * banana / (np.sqrt(cherry) + eps), cherry

    assert client.check_function(rmsprop_of_fruits, RMSPROP, "tuple")
    assert client.check_function(wrong, RMSPROP, "tuple").findings[0].code == "wrong_sign"


def test_numbers_without_names_that_fit_in_no_order_cost_nobody_a_mark(client):
    def wrong(w, g, v, apple, banana, cherry):
        return rmsprop_of_fruits(w, np.tanh(g), v, apple, banana, cherry)

    with pytest.raises(ConfigurationError) as error:
        client.check_function(wrong, RMSPROP, "tuple")
    assert "apple = lr, banana = rho, cherry = eps" in str(error.value)
    assert "other ways" in str(error.value)


def test_params_changed_in_place_need_not_be_returned(client):
    def in_place(w, dw, lr):
        w -= lr * dw

    verdict = client.check_function(in_place, GD, "tuple")
    assert verdict.passed
    assert [each.code for each in verdict.findings] == ["params_mutated_in_place"]


def test_a_function_that_returns_a_list_of_numbers_returns_params(client):
    assert client.check_function(lambda w, g, lr: [a - lr * b for a, b in zip(w, g, strict=True)], GD, "tuple", random=0)


class WithBetas:
    """As frameworks have it: betas in a pair, and step(closure=None)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps, self.t = list(params), lr, betas, eps, 0
        self.state = {p: [np.zeros(p.shape), np.zeros(p.shape)] for p in self.params}

    def step(self, closure=None):
        assert closure is None
        self.t += 1
        beta1, beta2 = self.betas
        for p in self.params:
            m, v = self.state[p]
            m[...] = beta1 * m + (1 - beta1) * p.grad
            v[...] = beta2 * v + (1 - beta2) * p.grad**2
            p.data -= self.lr * (m / (1 - beta1**self.t)) / (np.sqrt(v / (1 - beta2**self.t)) + self.eps)


def test_betas_may_come_as_a_pair(client):
    assert client.check_function(WithBetas, {**ADAM, "beta1": 0.8}, "object")


class Descends:
    """Returns the step, not the params."""

    def __init__(self, lr):
        self.lr = lr

    def get_update(self, grad):
        return self.lr * grad


class Ascends(Descends):
    """The same with the other sign."""

    def get_update(self, grad):
        return -self.lr * grad


@pytest.mark.parametrize("student", [Descends, Ascends])
def test_a_class_may_return_the_step(client, student):
    assert client.check_function(student, GD, "object")


def test_a_class_that_fits_in_no_way_is_for_the_teacher(client):
    class Odd:
        def __init__(self, net):
            self.net = net

        def step(self):
            self.net.layers[0].w -= 1

    with pytest.raises(ConfigurationError) as error:
        client.check_function(Odd, GD, "object")
    assert "a list of tensors" in str(error.value)
    assert "no attribute 'layers'" in str(error.value)


def test_a_method_with_arguments_that_nobody_knows_is_for_the_teacher(client):
    class Odd:
        def step(self, apple, banana, cherry):
            return apple + banana + cherry

    with pytest.raises(ConfigurationError, match="The method asks for apple, banana, cherry"):
        client.check_function(Odd, GD, "object")


def test_a_mistake_that_has_nothing_to_do_with_the_shape_is_the_student_s(client):
    class Misspelt:
        def __init__(self, params, lr):
            self.params, self.lr = params, lr

        def step(self, grads):
            self.params = self.params - learning_rate * grads  # noqa: F821

    assert client.check_function(Misspelt, GD, "object").message.startswith("Your code raised NameError: name 'learning_rate'")


def test_t_in_the_loop_over_the_tensors_is_seen(client):
    class Counts(WithBetas):
        def step(self):
            beta1, beta2 = self.betas
            for p in self.params:
                self.t += 1
                m, v = self.state[p]
                m[...] = beta1 * m + (1 - beta1) * p.grad
                v[...] = beta2 * v + (1 - beta2) * p.grad**2
                p.data -= self.lr * (m / (1 - beta1**self.t)) / (np.sqrt(v / (1 - beta2**self.t)) + self.eps)

    assert client.check_function(Counts, ADAM, "object").findings[0].code == "t_per_tensor"


def descend(grad, x0, learning_rate, momentum, num_iterations):
    """A loop that returns its end and all of its points."""
    x, v, history = np.array(x0, dtype=float), 0.0, [x0]
    for _ in range(num_iterations):
        v = momentum * v + learning_rate * grad(x)
        x = x - v
        history.append(x)
    return x, history


def of_two_numbers(objective, derivative, start, n_iter, step_size, momentum):
    """Asks for the gradient with two numbers."""
    x, y = start
    moves = (0.0, 0.0)
    for _ in range(n_iter):
        slopes = derivative(x, y)
        moves = tuple(momentum * move + step_size * slope for move, slope in zip(moves, slopes, strict=True))
        x, y = x - moves[0], y - moves[1]
    return [x, y]


def of_one_number(df, x0, lr, momentum, max_iter):
    """Works on one number alone."""
    x, v = x0, 0.0
    for _ in range(max_iter):
        v = momentum * v + lr * df(x)
        x = x - v
        assert math.isfinite(x)
    return x


def of_a_number_of_its_own(f, grad, x0, lr, momentum):
    """Takes as many steps as it likes."""
    x, v = np.array(x0), 0
    for _ in range(20):
        v = momentum * v + lr * grad(x)
        x = x - v
    return x


@pytest.mark.parametrize("student", [descend, of_two_numbers, of_one_number, of_a_number_of_its_own])
def test_a_loop_may_return_its_end_or_its_points_and_work_on_arrays_or_numbers(client, student):
    assert client.check_function(student, MOMENTUM, "loop")


@pytest.mark.parametrize("style", ["cs231n", "tuple"])
def test_a_loop_is_recognised_without_its_style(client, style):
    assert client.check_function(descend, MOMENTUM, style)


@pytest.mark.parametrize("style", ["cs231n", "dls", "tuple", "loop"])
def test_a_class_is_recognised_without_its_style(client, style):
    assert client.check_function(WithBetas, {"name": "adam", "lr": 0.05}, style)


def test_the_mistake_of_a_loop_is_named(client):
    def uphill(f, grad, x0, lr, num_iterations):
        x = np.array(x0)
        for _ in range(num_iterations):
            x = x + lr * grad(x)
        return x

    verdict = client.check_function(uphill, GD, "loop")
    assert verdict.findings[0].code == "wrong_sign"


def test_the_look_ahead_of_nesterov_is_seen_in_a_loop(client):
    def nesterov(grad, x0, lr, momentum, num_iterations):
        y, v = np.array(x0), 0.0
        for _ in range(num_iterations):
            v_new = momentum * v - lr * grad(y)
            y = y - momentum * v + (1 + momentum) * v_new
            v = v_new
        return y

    optimizer = {"name": "nesterov", "convention": "paper", "lr": 0.05}
    assert client.check_function(nesterov, optimizer, "loop")
    assert not client.check_function(descend, optimizer, "loop")


def test_a_loop_that_returns_nothing_is_told_so(client):
    def silent(grad, x0, lr, num_iterations):
        x = np.array(x0)
        for _ in range(num_iterations):
            x = x - lr * grad(x)

    assert "it returned None (is the return missing?)" in client.check_function(silent, GD, "loop").message


def test_a_loop_takes_no_references(client):
    with pytest.raises(InvalidArgument, match="points of its own"):
        client.check_function(descend, MOMENTUM, "loop", references=[{"params": [1.0], "gradient": [1.0]}])


def test_a_bundle_is_enough_for_the_new_shapes(client):
    offline = Client(bundle=build({"calls": [{"kind": "probe", "optimizer": RMSPROP}]}, client))
    assert offline.check_function(rmsprop_of_fruits, RMSPROP, "tuple")
