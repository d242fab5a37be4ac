"""Wrong code as students write it that must not pass: what is wrong shows only on arrays, in one tensor, or at one learning rate."""

# ruff: noqa: N803, N806 (students write W and dW)

import math

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

GD, MOMENTUM = {"name": "gd", "lr": 0.1}, {"name": "momentum", "lr": 0.1}
RMSPROP, ADAM = {"name": "rmsprop", "lr": 0.05}, {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def adam_with_a_mean(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.mean(g**2)
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def rmsprop_with_a_mean(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.mean(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_maximum(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.max(g**2)
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_with_a_product(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.dot(g, g)
    return w - lr * g / (np.sqrt(v) + eps), v


def momentum_with_a_mean(w, g, velocity, lr, momentum):
    velocity = momentum * velocity + g.mean()
    return w - lr * velocity, velocity


def loop_with_a_mean(grad, x0, lr, n):
    x = np.array(x0, float)
    for _ in range(n):
        x = x - lr * np.mean(grad(x))
    return x


WRONG_ON_ARRAYS = {
    "mean": (lambda w, g, lr: w - lr * np.mean(g), "tuple", GD),
    "sum": (lambda w, g, lr: w - lr * np.sum(g), "tuple", GD),
    "divided by the size": (lambda w, g, lr: w - lr * g / g.size, "tuple", GD),
    "reversed": (lambda w, g, lr: w - lr * np.flip(g), "tuple", GD),
    "mean of the params": (lambda w, g, lr: w.mean() - lr * g, "tuple", GD),
    "first of the params": (lambda w, g, lr: np.ravel(w)[0] - lr * g, "tuple", GD),
    "centred": (lambda w, g, lr: w - lr * (g - g.mean()), "tuple", GD),
    "adam": (adam_with_a_mean, "tuple", ADAM),
    "rmsprop": (rmsprop_with_a_mean, "tuple", RMSPROP),
    "rmsprop, maximum": (rmsprop_with_a_maximum, "tuple", RMSPROP),
    "rmsprop, product": (rmsprop_with_a_product, "tuple", RMSPROP),
    "momentum": (momentum_with_a_mean, "tuple", MOMENTUM),
    "loop": (loop_with_a_mean, "loop", GD),
}


@pytest.mark.parametrize("name", WRONG_ON_ARRAYS)
def test_what_does_nothing_on_one_number_does_not_pass_as_code_for_one_number(client, name):
    student, style, optimizer = WRONG_ON_ARRAYS[name]
    verdict = client.check_function(student, optimizer, style)
    assert not verdict.passed
    assert "no_update" not in [finding.code for finding in verdict.findings]
    assert "do not change" not in verdict.message


def on_one_number(w, g, s, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (math.sqrt(s) + eps), s


def on_one_number_with_a_branch(w, g, lr):
    if g > 0:
        return w - lr * g
    return w + lr * abs(g)


def loop_on_one_number(df, x0, lr, n):
    x = float(x0)
    for _ in range(n):
        x = x - lr * df(x)
    return x


@pytest.mark.parametrize(
    ("student", "style", "optimizer"),
    [(on_one_number, "tuple", RMSPROP), (on_one_number_with_a_branch, "tuple", GD), (loop_on_one_number, "loop", GD)],
)
def test_code_that_raises_on_arrays_is_run_on_single_numbers(client, student, style, optimizer):
    assert client.check_function(student, optimizer, style).passed


def b_is_kept(W, b, dW, db, lr):
    return W - lr * dW, b


def b_is_kept_with_names_of_its_own(w, b, g1, g2, lr):
    return w - lr * g1, b


def b_twice(W, b, dW, db, lr):
    b = b - lr * db
    return W - lr * dW, b - lr * db


def b_uphill(W, b, dW, db, lr):
    return W - lr * dW, b + lr * db


def b_from_the_gradient_of_w(w, b, dw, db, learning_rate):
    return w - learning_rate * dw, b - learning_rate * dw.sum()


def b_is_zero(w, b, dw, db, lr):
    return w - lr * dw, 0


def momentum_whose_b_has_no_momentum(W, b, dW, db, vW, vb, lr, momentum):
    vW = momentum * vW + dW
    vb = momentum * vb + db
    return W - lr * vW, b - lr * db, vW, vb


def adam_whose_b_is_not_corrected(W, b, dW, db, vdW, vdb, sdW, sdb, t, lr, beta1, beta2, eps):
    vdW, sdW = beta1 * vdW + (1 - beta1) * dW, beta2 * sdW + (1 - beta2) * dW**2
    vdb, sdb = beta1 * vdb + (1 - beta1) * db, beta2 * sdb + (1 - beta2) * db**2
    W = W - lr * (vdW / (1 - beta1**t)) / (np.sqrt(sdW / (1 - beta2**t)) + eps)
    b = b - lr * vdb / (np.sqrt(sdb) + eps)
    return W, b, vdW, vdb, sdW, sdb


@pytest.mark.parametrize(
    ("student", "optimizer", "said"),
    [
        (b_is_kept, GD, "b is never updated; W is right"),
        (b_is_kept_with_names_of_its_own, GD, "b is never updated; W is right"),
        (b_twice, GD, "b is updated twice in each step; W is right"),
        (b_uphill, GD, "in b: "),
        (b_from_the_gradient_of_w, GD, None),
        (b_is_zero, GD, None),
        (momentum_whose_b_has_no_momentum, MOMENTUM, "in b: "),
        (adam_whose_b_is_not_corrected, ADAM, "in b: "),
    ],
)
def test_w_and_b_as_two_arguments_are_both_checked(client, student, optimizer, said):
    verdict = client.check_function(student, optimizer, "tuple")
    assert not verdict.passed
    assert said is None or said in verdict.message.splitlines()[0]


def right_w_and_b(W, b, dW, db, lr):
    return W - lr * dW, b - lr * db


def right_w_and_b_in_place(w, b, dw, db, learning_rate):
    w -= learning_rate * dw
    b -= learning_rate * db


def right_momentum(W, b, dW, db, v_W, v_b, lr=0.1, beta=0.9):
    v_W = beta * v_W + dW
    v_b = beta * v_b + db
    return W - lr * v_W, b - lr * v_b, v_W, v_b


def right_adam(w, b, dw, db, m_w, v_w, m_b, v_b, t, alpha, beta1, beta2, epsilon):
    m_w, v_w = beta1 * m_w + (1 - beta1) * dw, beta2 * v_w + (1 - beta2) * dw**2
    m_b, v_b = beta1 * m_b + (1 - beta1) * db, beta2 * v_b + (1 - beta2) * db**2
    w = w - alpha * (m_w / (1 - beta1**t)) / (np.sqrt(v_w / (1 - beta2**t)) + epsilon)
    b = b - alpha * (m_b / (1 - beta1**t)) / (np.sqrt(v_b / (1 - beta2**t)) + epsilon)
    return w, b, m_w, v_w, m_b, v_b


def right_rmsprop_in_place(W, b, dW, db, sdW, sdb, lr, rho, eps):
    sdW[:] = rho * sdW + (1 - rho) * dW**2
    sdb[:] = rho * sdb + (1 - rho) * db**2
    return W - lr * dW / (np.sqrt(sdW) + eps), b - lr * db / (np.sqrt(sdb) + eps)


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (right_w_and_b, GD),
        (right_w_and_b_in_place, GD),
        (right_momentum, MOMENTUM),
        (right_adam, ADAM),
        (right_rmsprop_in_place, RMSPROP),
    ],
)
def test_w_and_b_that_are_right_pass(client, student, optimizer):
    assert client.check_function(student, optimizer, "tuple").passed


def momentum_with_the_letters_of_torch(w, b, g, lr, momentum):
    b = momentum * b + g
    return w - lr * b, b


def momentum_with_the_gradient_called_dw(w, b, dw, lr, mu):
    b = mu * b + dw
    return w - lr * b, b


@pytest.mark.parametrize("student", [momentum_with_the_letters_of_torch, momentum_with_the_gradient_called_dw])
def test_b_beside_one_gradient_is_the_state_of_an_optimizer_that_has_one(client, student):
    assert client.check_function(student, MOMENTUM, "tuple").passed


def m_with_the_rate(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + lr * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def step_with_beta2(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - (1 - beta2) * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def average_without_the_rate(w, g, velocity, lr, momentum):
    velocity = momentum * velocity + (1 - momentum) * g
    return w - velocity, velocity


def loop_without_the_rate(grad, x0, lr, momentum, steps):
    x = np.array(x0, float)
    v = np.zeros_like(x)
    for _ in range(steps):
        v = momentum * v + (1 - momentum) * grad(x)
        x = x - v
    return x


@pytest.mark.parametrize(
    ("student", "style", "optimizer", "code"),
    [
        (m_with_the_rate, "tuple", {"name": "adam", "lr": 0.1}, None),
        (step_with_beta2, "tuple", {"name": "adam", "lr": 0.001}, None),
        (average_without_the_rate, "tuple", MOMENTUM, "lr_missing"),
        (loop_without_the_rate, "loop", MOMENTUM, "lr_missing"),
        (lambda w, g, lr: w - g + 0 * lr, "tuple", {"name": "gd", "lr": 1.0}, "lr_missing"),
    ],
)
def test_a_rate_that_is_equal_to_another_number_hides_no_mistake(client, student, style, optimizer, code):
    verdict = client.check_function(student, optimizer, style)
    assert not verdict.passed
    assert code is None or code in verdict.findings[0].code


def test_an_average_in_place_of_a_sum_is_a_convention_at_a_rate_that_equals_its_share_too(client):
    def average(w, g, velocity, lr, momentum):
        velocity = momentum * velocity + (1 - momentum) * g
        return w - lr * velocity, velocity

    verdict = client.check_function(average, MOMENTUM, "tuple")
    assert [finding.kind for finding in verdict.findings] == ["convention"]


def dls_adam(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon, layers, eps_of):
    for number in range(1, layers(len(parameters) // 2) + 1):
        for letter in "Wb":
            name, gradient = f"{letter}{number}", f"d{letter}{number}"
            v[gradient] = beta1 * v[gradient] + (1 - beta1) * grads[gradient]
            s[gradient] = beta2 * s[gradient] + (1 - beta2) * grads[gradient] ** 2
            root = np.sqrt(s[gradient] / (1 - beta2**t)) + eps_of(letter, epsilon)
            parameters[name] = parameters[name] - learning_rate * v[gradient] / (1 - beta1**t) / root
    return parameters, v, s


@pytest.mark.parametrize("letter", "Wb")
def test_eps_that_is_missing_in_one_tensor_alone_is_seen(client, letter):
    def student(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon):
        def eps_of(each, eps):
            return 0.0 if each == letter else eps

        return dls_adam(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon, lambda count: count, eps_of)

    verdict = client.check_function(student, {"name": "adam", "lr": 0.01}, "dls")
    assert verdict.findings[0].code == "eps_missing"
    assert f"in {letter}1" in verdict.message


def test_an_error_that_is_surely_the_student_s_costs_marks_in_whatever_way_the_code_is_called(client):
    def one_layer_too_many(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon):
        return dls_adam(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon, lambda count: count + 1, lambda _, eps: eps)

    class Misspelt:
        def __init__(self, lr, beta1):
            self.lr, self.beta1, self.m = lr, beta1, {}

        def step(self, params, grads):
            for name in params:
                self.m[name] = self.beta1 * self.ms.get(name, 0.0) + (1 - self.beta1) * grads[name]
                params[name] -= self.lr * self.m[name]

    verdict = client.check_function(one_layer_too_many, {"name": "adam", "lr": 0.01}, "dls")
    assert (verdict.passed, verdict.points(10)) == (False, 0.0)
    assert "KeyError: 'dW2'" in verdict.message
    assert "no attribute 'ms'" in client.check_function(Misspelt, MOMENTUM, "object").message


def adam(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def without_brackets(w, g, m, v, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return w - lr * (m / 1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def keras_with_its_eps(w, g, m, v, t, lr, beta1, beta2):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + 1e-7), m, v


def squared_without_eps(w, g, m, v, t, lr, beta1, beta2):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return w - lr * (m / (1 - beta1**t)) / (v / (1 - beta2**t)) ** 2, m, v


def momentum_for_adam(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + g
    return w - lr * m, m, v


def average_for_adam(w, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    return w - lr * m, m, v


def rounded_params(w, g, m, v, t, lr, beta1, beta2, eps):
    w, m, v = adam(w, g, m, v, t, lr, beta1, beta2, eps)
    return np.round(w, 4), m, v


@pytest.mark.parametrize(
    ("student", "code", "said"),
    [
        (without_brackets, "bias_brackets_missing_m", "brackets are missing in the bias correction of m"),
        (keras_with_its_eps, "eps_placement", "Keras"),
        (squared_without_eps, "square_for_root", "and eps is left out"),
        (momentum_for_adam, "is_sgd", "momentum = 0.9; your code never updates v"),
        (average_for_adam, "is_sgd", "your code never updates v"),
        (rounded_params, "rounded", "rounded to 4 decimals"),
    ],
)
def test_what_students_do_to_adam_is_named(client, student, code, said):
    verdict = client.check_function(student, {"name": "adam", "lr": 0.03}, "tuple")
    assert verdict.findings[0].code == code
    assert said in verdict.message


def test_a_class_of_another_optimizer_is_told_which_state_its_step_does_not_use(client):
    class Sgd:
        def __init__(self, lr):
            self.lr = lr

        def update(self, w, grad):
            return w - self.lr * grad

    verdict = client.check_function(Sgd, ADAM, "object")
    assert "your step does not use m or v" in verdict.message


def test_a_loop_with_a_step_too_few_is_named(client):
    def short(grad, x0, lr, steps):
        x = np.array(x0, float)
        for _ in range(1, steps):
            x = x - lr * grad(x)
        return x

    assert client.check_function(short, GD, "loop").findings[0].code == "one_step_short"


def test_a_side_effect_is_no_explanation_of_numbers_that_it_does_not_make(client):
    def student(w, dw, lr):
        dw *= 0.37
        return 1.01 * w - lr * dw

    first, second, third, *_ = client.check_function(student, GD, "tuple").message.splitlines()
    assert first.startswith("Step 1")
    assert second == "Nothing in the catalogue of mistakes gives these numbers."
    assert third.startswith("Also: the gradient that was passed in was changed.")


def of_names_that_say_nothing(a, b, c, d, e):
    c = 0.9 * c + 0.1 * b
    d = 0.999 * d + 0.001 * b**2
    return a - 0.03 * (c / (1 - 0.9**e)) / (np.sqrt(d / (1 - 0.999**e)) + 1e-8), c, d


def state_first(w, g, m, v, t, lr, beta1, beta2, eps):
    w, m, v = adam(w, g, m, v, t, lr, beta1, beta2, eps)
    return m, v, w


def slots_exchanged(w, g, m, v, t, lr, beta1, beta2, eps):
    w, m, v = adam(w, g, m, v, t, lr, beta1, beta2, eps)
    return w, v, m


@pytest.mark.parametrize("student", [of_names_that_say_nothing, state_first, slots_exchanged])
def test_neither_names_nor_the_order_of_what_is_returned_cost_points(client, student):
    assert client.check_function(student, {"name": "adam", "lr": 0.03}, "tuple").passed


class Descent:
    def __init__(self, lr):
        self.lr = lr

    def update(self, w, grad):
        return w - self.lr * grad


def adam_with_a_config(w, dw, config=None):
    config["t"] += 1
    numbers = (config[name] for name in ("m", "v", "t", "learning_rate", "beta1", "beta2", "epsilon"))
    w, config["m"], config["v"] = adam(w, dw, *numbers)
    return w, config


def adam_on_layers(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon):
    return dls_adam(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon, lambda count: count, lambda _, eps: eps)


@pytest.mark.parametrize("style", [None, "cs231n", "dls", "tuple", "object", "loop"])
@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (adam, ADAM),
        (adam_with_a_config, ADAM),
        (adam_on_layers, ADAM),
        (lambda w, dw, lr: w - lr * dw, GD),
        (Descent, GD),
        (loop_on_one_number, GD),
    ],
)
def test_right_code_passes_whatever_style_is_asked_for(client, student, optimizer, style):
    assert client.check_function(student, optimizer, style).passed


LOOP = """
def student({gradient}, {start}, lr, {steps}):
    x = np.array({start}, dtype=float)
    for _ in range({steps}):
        x = x + lr * {gradient}(x)
    return x
"""


@pytest.mark.parametrize(
    ("gradient", "start", "steps"),
    [
        ("df", "x0", "steps"),
        ("grad", "theta", "num_iters"),
        ("gradient", "w", "n_iter"),
        ("f_prime", "x0", "n"),
        ("grad_f", "theta", "n_iter"),
        ("gradient_function", "start", "steps"),
    ],
)
def test_code_that_calls_its_gradient_is_a_loop_whatever_its_arguments_are_called(client, gradient, start, steps):
    scope = {"np": np}
    exec(LOOP.format(gradient=gradient, start=start, steps=steps), scope)
    assert client.check_function(scope["student"], GD).findings[0].code == "wrong_sign"


def test_an_error_in_a_loop_that_asked_for_a_gradient_is_the_student_s(client):
    def student(df, x0, lr, steps):
        x = np.array(x0, dtype=float)
        for _ in range(steps):
            x = x - lr * df(x)[5]
        return x

    assert "IndexError" in client.check_function(student, GD).message


def test_a_start_that_is_cut_to_whole_numbers_is_seen(client):
    def student(grad, x0, lr, n_steps):
        x = np.array(x0, dtype=int)
        for _ in range(n_steps):
            x = x - lr * grad(x)
        return x

    assert not client.check_function(student, GD).passed


def test_a_loop_may_yield_its_points(client):
    def student(grad, x0, lr, n_steps):
        x = np.array(x0, dtype=float)
        for _ in range(n_steps):
            x = x - lr * grad(x)
            yield x

    assert client.check_function(student, GD).passed


def test_a_key_that_is_missing_in_the_state_of_an_object_is_the_student_s(client):
    class Adagrad:
        def __init__(self, lr):
            self.lr, self.h = lr, {}

        def update(self, params, grads):
            for name in params:
                self.h[name] += grads[name] ** 2
                params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + 1e-10)

    verdict = client.check_function(Adagrad, {"name": "adagrad", "lr": 0.1})
    assert not verdict.passed
    assert "KeyError" in verdict.message


def with_a_dictionary_of_its_own(w, g, opt):
    opt["v"] = opt["momentum"] * opt.get("v", 0.0) + g
    return w - opt["lr"] * opt["v"]


def with_a_config_changed_in_place(w, dw, config):
    config["velocity"] = config["momentum"] * config["velocity"] + dw
    return w - config["learning_rate"] * config["velocity"]


@pytest.mark.parametrize("student", [with_a_dictionary_of_its_own, with_a_config_changed_in_place])
def test_a_config_that_is_changed_in_place_need_not_be_returned(client, student):
    assert client.check_function(student, {"name": "momentum", "lr": 0.05}).passed


def told(client, student, optimizer, **more):
    """The message with everything that may be said."""
    verdict = client.check_function(student, optimizer, hints=3, **more)
    assert not verdict.passed
    return verdict, verdict.message


def adamw_without_its_decay(w, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    return adam(w, g, m, v, t, lr, beta1, beta2, eps)


def test_a_decay_that_is_left_out_is_told_in_the_form_of_the_task(client):
    verdict, message = told(client, adamw_without_its_decay, {"name": "adamw", "lr": 0.05})
    assert verdict.findings[0].code == "wd_ignored"
    assert "x <- x - eta * ... - eta * lambda * x" in message
    assert "Subtract lr * weight_decay * x from x." in message
    assert "g <- g" not in message


def keras_momentum_as_nesterov(x, dx, v, lr, mu):
    v = mu * v - lr * dx
    return x + v, v


def test_a_look_ahead_that_is_left_out_is_told_with_the_velocity_of_keras(client):
    _, message = told(client, keras_momentum_as_nesterov, {"name": "nesterov", "lr": 0.05, "convention": "keras"})
    assert "Yours: x <- x + v" in message
    assert "Right: x <- x + mu * v - eta * g" in message


def rmsprop_without_brackets(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return w - lr * g / np.sqrt(v) + eps, v


def rmsprop_uphill_without_root(w, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return w + lr * g / (v + eps), v


@pytest.mark.parametrize("student", [rmsprop_without_brackets, rmsprop_uphill_without_root])
def test_a_formula_has_no_letter_that_the_task_does_not_have(client, student):
    _, message = told(client, student, RMSPROP)
    assert "sqrt(v) + epsilon" in message
    assert "m_hat" not in message
    assert "S" not in message.partition("Yours")[2].replace("Step", "")


def a_rate_of_its_own(params, grads, lr):
    lr = 0.01
    return params - lr * grads


def test_a_rate_that_does_not_follow_the_task_is_the_rate(client):
    verdict, _ = told(client, a_rate_of_its_own, GD)
    assert verdict.findings[0].code == "wrong_lr"
    assert "0.01 instead of 0.1" in verdict.findings[0].title


def adam_loop_from_zero(grad, x0, lr, beta1, beta2, eps, n):
    x = np.array(x0, float)
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(n):
        x, m, v = adam(x, grad(x), m, v, t, lr, beta1, beta2, eps)
    return x


def test_where_there_is_no_number_in_a_loop_it_is_t_and_not_the_brackets(client):
    verdict, _ = told(client, adam_loop_from_zero, ADAM, style="loop")
    assert [each.code for each in verdict.findings] == ["t_zero"]


def adagrad_without_eps(w, g, G, lr):
    G = G + g**2
    return w - lr * g / np.sqrt(G), G


def test_an_eps_that_is_left_out_is_told_before_an_eps_somewhere_else(client):
    verdict, message = told(client, adagrad_without_eps, {"name": "adagrad", "lr": 0.1})
    assert verdict.findings[0].code == "eps_missing"
    assert len(verdict.findings) == 1 or "These inputs cannot distinguish" in message
    assert ": sqrt(G) + epsilon" in message


def all_layers_but_the_last(parameters, grads, learning_rate):
    layers = len(parameters) // 2
    for layer in range(1, layers):
        parameters[f"W{layer}"] -= learning_rate * grads[f"dW{layer}"]
        parameters[f"b{layer}"] -= learning_rate * grads[f"db{layer}"]
    return parameters


def test_a_last_layer_that_is_left_out_is_told_by_its_place(client):
    _, message = told(client, all_layers_but_the_last, GD)
    assert message.splitlines()[0] == "Mistake: the last layer is never updated."
    assert "W1 and b1 are right" not in message


class VelocityLost:
    def __init__(self, lr, momentum=0.9):
        self.lr, self.momentum = lr, momentum

    def update(self, w, g):
        self.v = np.zeros_like(w)
        self.v = self.momentum * self.v + g
        return w - self.lr * self.v


def test_a_hint_about_the_state_speaks_of_no_dictionary_that_is_not_there(client):
    _, message = told(client, VelocityLost, MOMENTUM)
    assert "config" not in message
    assert "Do not set it to 0 again" in message


def averages_for_sums(w, dw, v, lr, beta):
    v = beta * v + (1 - beta) * dw
    return w - lr * v, v


def adamw_with_the_whole_decay(w, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    new, m, v = adam(w, g, m, v, t, lr, beta1, beta2, eps)
    return new - weight_decay * w, m, v


def plain_adam_with_the_whole_decay(w, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (np.sqrt(v) + eps) - weight_decay * w, m, v


@pytest.mark.parametrize(
    ("student", "optimizer"),
    [
        (averages_for_sums, MOMENTUM),
        (adamw_with_the_whole_decay, {"name": "adamw", "lr": 0.1}),
        (plain_adam_with_the_whole_decay, {"name": "adamw", "lr": 0.001}),
    ],
)
def test_the_first_line_of_another_convention_is_not_cut_off(client, student, optimizer):
    _, message = told(client, student, optimizer)
    first, *rest = message.splitlines()
    assert "..." not in first
    assert not [line for line in rest if line.startswith(("Hint (", "Yours (", "Right ("))]


def test_code_that_passes_is_told_the_name_that_was_asked_for(client):
    verdict = client.check_function(lambda w, g, lr: w - lr * g, GD)
    assert verdict.message == "Correct: the numbers are those of gd."


def one_step_too_many(df, x0, lr, n):
    x = x0
    for _ in range(n + 1):
        x = x - lr * df(x)
    return x


def returns_in_the_loop(df, x0, lr, n):  # noqa: RET503
    x = x0
    for _ in range(n):
        x = x - lr * df(x)
        return x  # noqa: RET504


def one_gradient_for_all_steps(df, x0, lr, n):
    x = x0
    g = df(x)
    for _ in range(n):
        x = x - lr * g
    return x


def w_before_the_gradient_of_b(grad_w, grad_b, w, b, lr, epochs):
    for _ in range(epochs):
        w = w - lr * grad_w(w, b)
        b = b - lr * grad_b(w, b)
    return w, b


def velocity_of_w_before_the_gradient_of_b(grad_w, grad_b, w, b, lr, momentum, epochs):
    vw = vb = 0.0
    for _ in range(epochs):
        vw = momentum * vw + grad_w(w, b)
        w = w - lr * vw
        vb = momentum * vb + grad_b(w, b)
        b = b - lr * vb
    return w, b


@pytest.mark.parametrize(("student", "optimizer"), [(w_before_the_gradient_of_b, GD), (velocity_of_w_before_the_gradient_of_b, MOMENTUM)])
def test_parameters_that_are_not_updated_together_are_named(client, student, optimizer):
    verdict = client.check_function(student, optimizer)
    assert [finding.code for finding in verdict.findings] == ["updated_one_by_one"]
    assert verdict.message.startswith("Mistake: the first parameter changes before the gradient of the second one is computed.")


@pytest.mark.parametrize(
    ("student", "code"),
    [(one_step_too_many, "one_step_long"), (returns_in_the_loop, "return_in_loop"), (one_gradient_for_all_steps, "gradient_at_start")],
)
def test_what_is_wrong_about_a_loop_is_named(client, student, code):
    verdict, _ = told(client, student, GD, style="loop")
    assert verdict.findings[0].code == code


def adamax_without_abs(w, g, m, u, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, g)
    return w - lr / (1 - beta1**t) * m / (u + eps), m, u


@pytest.mark.parametrize(
    ("student", "optimizer", "code"),
    [
        (lambda w, g, lr: w - lr * np.mean(g), GD, "gradient_averaged"),
        (lambda w, g, lr: w - lr * np.sum(g), GD, "gradient_summed"),
        (adamax_without_abs, {"name": "adamax", "lr": 0.05, "convention": "keras"}, "absolute_missing_in_max"),
    ],
)
def test_what_is_done_to_the_gradient_is_named(client, student, optimizer, code):
    verdict, _ = told(client, student, optimizer, style="tuple")
    assert verdict.findings[0].code == code
