"""Optimizers that few courses have, as students write them: right code passes, and the usual mistakes are named."""

from functools import partial

import numpy as np
import pytest

from stepgrade import Client
from stepgrade.grading.students.inputs import BY_TENSOR
from stepgrade_service.engine.optimizers import OPTIMIZERS


@pytest.fixture(scope="module")
def client():
    """The service in this process."""
    return Client.local()


def lion(w, g, m, learning_rate=1e-4, beta1=0.9, beta2=0.99, wrong=""):
    c = beta1 * m + (1 - beta1) * g
    if wrong == "mix_betas_swapped":
        c, beta2 = beta2 * m + (1 - beta2) * g, beta1
    new_m = beta2 * m + (1 - beta2) * g
    if wrong == "sign_of_m":
        c = new_m
    if wrong == "sign_missing":
        return w - learning_rate * c, new_m
    if wrong == "wrong_sign":
        return w + learning_rate * np.sign(c), new_m
    return w - learning_rate * np.sign(c), new_m


def signum(w, g, m, learning_rate=0.01, beta=0.9, wrong=""):
    m = (1 - beta) * m + beta * g if wrong == "beta_complement_m" else beta * m + (1 - beta) * g
    direction = np.sign(g) if wrong == "sign_of_gradient" else m if wrong == "sign_missing" else np.sign(m)
    return w - learning_rate * direction, m


def sign_gd(w, g, learning_rate=0.01, wrong=""):
    step = learning_rate * np.sign(g)
    return (w + step) if wrong == "wrong_sign" else w - (np.sign(g) if wrong == "lr_missing" else step)


def adabelief(w, g, m, s, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, wrong=""):
    m = beta1 * m + (1 - beta1) * g
    diff = g if wrong == "gradient_squared" else g - m
    s = beta2 * s + (1 - beta2) * diff**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    if wrong == "no_bias_correction":
        m_hat, s_hat = m, s
    if wrong == "eps_inside_sqrt":
        return w - learning_rate * m_hat / np.sqrt(s_hat + eps), m, s
    if wrong == "sqrt_missing":
        return w - learning_rate * m_hat / (s_hat + eps), m, s
    return w - learning_rate * m_hat / (np.sqrt(s_hat) + eps), m, s


def yogi(w, g, m, v, learning_rate=0.01, beta1=0.9, beta2=0.999, eps=1e-3, wrong=""):
    m = (beta1 * m + g) if wrong == "one_minus_beta_missing_m" else beta1 * m + (1 - beta1) * g
    difference = g**2 - v if wrong == "difference_reversed" else v - g**2
    v = v - (1 - beta2) * np.sign(difference) * g**2
    root = np.sqrt(v + eps) if wrong == "eps_inside_sqrt" else np.sqrt(v) + eps
    return w - learning_rate * m / root, m, v


def qhm(w, g, velocity, learning_rate=0.1, momentum=0.9, nu=0.7, wrong=""):
    share = 1 if wrong == "one_minus_missing" else 1 - momentum
    velocity = momentum * velocity + share * g
    if wrong == "velocity_not_accumulated":
        velocity = (1 - momentum) * g
    step = (1 - nu) * g + nu * velocity
    return (w - step if wrong == "lr_missing" else w - learning_rate * step), velocity


def adan(w, g, m, v, n, g_prev, t, learning_rate=1e-3, beta1=0.98, beta2=0.92, beta3=0.99, eps=1e-8, wrong=""):
    diff = g - g_prev if t > 1 else np.zeros_like(g)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * diff
    z = g + beta2 * diff
    n = beta3 * n + (1 - beta3) * (z if wrong == "not_squared" else g**2 if wrong == "gradient_squared" else z**2)
    m_hat, v_hat, n_hat = m / (1 - beta1**t), v / (1 - beta2**t), n / (1 - beta3**t)
    if wrong == "no_bias_m":
        m_hat = m
    return w - learning_rate * (m_hat + beta2 * v_hat) / (np.sqrt(n_hat) + eps), m, v, n, g.copy()


def ademamix(w, g, m1, m2, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, beta3=0.9999, alpha=5.0, eps=1e-8, wrong=""):
    m1 = beta1 * m1 + (1 - beta1) * g
    m2 = beta3 * m2 + (1 - beta3) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat, v_hat = m1 / (1 - beta1**t), v / (1 - beta2**t)
    if wrong == "no_bias_correction":
        m_hat, v_hat = m1, v
    if wrong == "t_off_by_one":
        m_hat, v_hat = m1 / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    step = learning_rate * (m_hat + alpha * m2) / (np.sqrt(v_hat) + eps)
    return (w + step if wrong == "wrong_sign" else w - step), m1, m2, v


def laprop(w, g, m, v, t, learning_rate=4e-4, beta1=0.9, beta2=0.999, eps=1e-15, wrong=""):
    v = beta2 * v + (1 - beta2) * g**2
    v_hat = v if wrong == "no_bias_v" else v / (1 - beta2**t)
    scaled = g if wrong == "averaged_undivided" else g / (np.sqrt(v_hat) + eps)
    m = beta1 * m + (1 - beta1) * scaled
    m_hat = m if wrong == "no_bias_m" else m / (1 - beta1**t)
    return w - learning_rate * m_hat, m, v


def clipped_gd(w, g, learning_rate=0.1, max_norm=1.0, wrong=""):
    norm = np.linalg.norm(g)
    if wrong == "norm_squared":
        norm = norm**2
    if wrong == "clipped_by_value":
        return w - learning_rate * np.clip(g, -max_norm, max_norm)
    if norm > max_norm or wrong == "short_gradient_scaled":
        g = g * max_norm / norm
    return w - learning_rate * g


def lamb(w, g, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, wrong=""):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    if wrong == "no_bias_correction":
        m_hat, v_hat = m, v
    r = m_hat / (np.sqrt(v_hat) + eps)
    w_norm, r_norm = np.linalg.norm(w), np.linalg.norm(r)
    ratio = w_norm / r_norm if w_norm > 0 and r_norm > 0 else 1.0
    if wrong == "wrong_sign":
        return w + learning_rate * ratio * r, m, v
    return w - learning_rate * ratio * r, m, v


STUDENTS = {
    lion: {"name": "lion", "lr": 0.01},
    signum: {"name": "signum", "lr": 0.01},
    sign_gd: {"name": "sign_gd", "lr": 0.01},
    adabelief: {"name": "adabelief", "lr": 0.01, "eps": 1e-2, "eps_root": 0.0},
    yogi: {"name": "yogi", "lr": 0.01, "eps": 1e-2},
    qhm: {"name": "qhm", "lr": 0.1},
    adan: {"name": "adan", "lr": 0.01, "eps": 1e-2},
    ademamix: {"name": "ademamix", "lr": 0.01, "eps": 1e-2},
    laprop: {"name": "laprop", "lr": 0.01, "eps": 1e-2},
    clipped_gd: {"name": "clipped_gd", "lr": 0.1},
    lamb: {"name": "lamb", "lr": 0.01},
}

MISTAKES = {
    lion: ("mix_betas_swapped", "sign_of_m", "sign_missing", "wrong_sign"),
    signum: ("beta_complement_m", "sign_of_gradient", "sign_missing"),
    sign_gd: ("wrong_sign", "lr_missing"),
    adabelief: ("gradient_squared", "no_bias_correction", "eps_inside_sqrt", "sqrt_missing"),
    yogi: ("difference_reversed", "one_minus_beta_missing_m", "eps_inside_sqrt"),
    qhm: ("velocity_not_accumulated", "lr_missing"),
    adan: ("not_squared", "gradient_squared", "no_bias_m"),
    ademamix: ("no_bias_correction", "t_off_by_one", "wrong_sign"),
    laprop: ("no_bias_v", "averaged_undivided", "no_bias_m"),
    clipped_gd: ("norm_squared", "clipped_by_value", "short_gradient_scaled"),
    lamb: ("no_bias_correction", "wrong_sign"),
}


@pytest.mark.parametrize("student", STUDENTS, ids=lambda student: student.__name__)
def test_right_code_passes(client, student):
    result = client.check_function(student, STUDENTS[student], "tuple")
    assert result.message == f"Correct: the numbers are those of {student.__name__}."


def test_the_client_knows_what_computes_with_a_whole_tensor():
    kinds = {name: {kernel.kind for kernel in optimizer.kernels} for name, optimizer in OPTIMIZERS.items()}
    assert {name for name, found in kinds.items() if found & {"tensor_norm", "shaped"}} == BY_TENSOR


@pytest.mark.parametrize(("student", "code"), [(student, code) for student, codes in MISTAKES.items() for code in codes],
                         ids=lambda value: value if isinstance(value, str) else value.__name__)  # fmt: skip
def test_a_mistake_is_named(client, student, code):
    result = client.check_function(partial(student, wrong=code), STUDENTS[student], "tuple")
    codes = [finding.code for finding in result.findings]
    assert codes, result.message
    assert codes[0] == code or code in codes[:2]
