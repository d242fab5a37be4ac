"""Adadelta where eps is missing: without it in the numerator the average of the updates stays 0, and so does every step."""

import numpy as np
import pytest

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADADELTA = {"name": "adadelta", "lr": 1.0}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def missing_in_the_numerator(w, dw, acc_grad, acc_delta, rho=0.9, eps=1e-6):
    acc_grad = rho * acc_grad + (1 - rho) * dw**2
    delta = np.sqrt(acc_delta) / np.sqrt(acc_grad + eps) * dw
    acc_delta = rho * acc_delta + (1 - rho) * delta**2
    return w - delta, acc_grad, acc_delta


def missing_in_both(w, dw, acc_grad, acc_delta, rho=0.9):
    acc_grad = rho * acc_grad + (1 - rho) * dw**2
    delta = np.sqrt(acc_delta) / np.sqrt(acc_grad) * dw
    acc_delta = rho * acc_delta + (1 - rho) * delta**2
    return w - delta, acc_grad, acc_delta


class ThatNeverMoves:
    def __init__(self, rho=0.9, eps=1e-6):
        self.rho, self.eps = rho, eps
        self.acc_grad = self.acc_delta = None

    def update(self, w, dw):
        if self.acc_grad is None:
            self.acc_grad, self.acc_delta = np.zeros_like(w), np.zeros_like(w)
        self.acc_grad = self.rho * self.acc_grad + (1 - self.rho) * dw**2
        delta = np.sqrt(self.acc_delta) / np.sqrt(self.acc_grad + self.eps) * dw
        self.acc_delta = self.rho * self.acc_delta + (1 - self.rho) * delta**2
        return w - delta


@pytest.mark.parametrize(
    ("student", "codes"),
    [
        (missing_in_the_numerator, ["adadelta_eps_missing_above"]),
        (missing_in_both, ["adadelta_eps_missing_in_both"]),
        (ThatNeverMoves, ["no_step", "adadelta_eps_missing_above"]),
    ],
)
def test_a_missing_eps_is_named(client, student, codes):
    assert [finding.code for finding in client.check_function(student, ADADELTA).findings] == codes
