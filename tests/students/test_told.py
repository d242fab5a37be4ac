"""What a teacher reads of code that cannot be called: first the ways in which it runs, and those of the style that was asked for."""

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

RMSPROP, GD = {"name": "rmsprop", "lr": 0.05, "eps": 1e-3}, {"name": "gd", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    return Client.local()


def told(client, student, optimizer, style=None):
    with pytest.raises(ConfigurationError) as error:
        client.check_function(student, optimizer, style)
    return [line for line in str(error.value).splitlines() if line.startswith(("- f(", "- a "))]


def of_no_known_name(w, g, v, apple, banana, cherry):
    v = banana * v + (1 - banana) * np.tanh(g) ** 2
    return w - apple * g / (np.sqrt(v) + cherry) if apple < 0.1 else w.missing, v


@pytest.mark.parametrize("style", [None, "tuple"])
def test_the_ways_in_which_the_code_runs_come_first(client, style):
    ways = told(client, of_no_known_name, RMSPROP, style)
    have_run = ["it runs" in way for way in ways]
    assert have_run[0]
    assert have_run == sorted(have_run, reverse=True)


def loop_of_no_known_name(pente, debut, taux, nombre):
    x = np.array(debut)
    for _ in range(int(nombre)):
        x = x - taux * np.tanh(pente(x))
    return x


def test_of_a_style_that_is_asked_for_its_own_ways_are_told(client):
    ways = told(client, loop_of_no_known_name, GD, "loop")
    assert "it runs" in ways[0]
    assert all(way.startswith("- a loop f(pente = derivative") for way in ways)


def test_of_a_style_that_is_asked_for_no_other_is_told(client):
    class Odd:
        def __init__(self, net):
            self.net = net

        def step(self):
            self.net.layers[0].w -= 0.1

    assert all(way.startswith("- a class made with") for way in told(client, Odd, GD, "object"))
    assert not any(way.startswith("- f(w, dw, config)") for way in told(client, of_no_known_name, RMSPROP, "tuple"))
