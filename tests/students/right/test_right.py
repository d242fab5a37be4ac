"""Right code passes whatever its shape, its names and its precision; nobody is accused because of a shape."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from tests.students.right.many import DTYPES, said_of
from tests.students.right.rules import RULES
from tests.students.right.shapes import SHAPES, drafted

from stepgrade import Client

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)


@pytest.fixture(scope="module")
def client():
    """The service in this process."""
    return Client.local()


@pytest.mark.parametrize("shape", range(len(SHAPES)), ids=[shape.__name__ for shape in SHAPES])
def test_right_code_of_every_optimizer_passes(client, shape):
    rng = Random(shape)
    said = [said_of(client, rule, shape, DTYPES[number % 2], rng) for number, rule in enumerate(RULES)]
    assert [each for each in said if each] == []


ADAM = next(rule for rule in RULES if rule.name == "adam")
INSIDE = replace(
    ADAM, lines=(*ADAM.lines[:-1], ADAM.lines[-1].replace(" + eps)", ")").replace("(1 - beta2 ** t)", "(1 - beta2 ** t) + eps"))
)
UPHILL = replace(ADAM, lines=(*ADAM.lines[:-1], ADAM.lines[-1].replace("x - lr", "x + lr")))


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.__name__ for shape in SHAPES])
@pytest.mark.parametrize(("rule", "mistake"), [(INSIDE, "eps_inside_sqrt"), (UPHILL, "wrong_sign")], ids=["eps inside", "uphill"])
def test_a_mistake_is_named_in_every_shape(client, shape, rule, mistake):
    written = shape(drafted(rule, "float64", Random(1)))
    verdict = client.check_function(written.student, {"name": "adam", "lr": 0.05, **rule.numbers}, written.style)
    assert verdict.findings, written.text
    assert verdict.findings[0].code == mistake


def test_there_are_enough_shapes_and_optimizers():
    assert len(SHAPES) >= 12
    assert len(RULES) >= 14


def test_momentum_whose_gradient_and_velocity_have_no_names_is_not_accused_of_another_momentum(client):
    def student(apple, cherry, banana, lr, mu):
        cherry = mu * cherry + (1 - mu) * banana
        return apple - lr * cherry, cherry

    assert client.check_function(student, {"name": "momentum", "convention": "course", "lr": 0.1, "momentum": 0.8}, "tuple").passed
