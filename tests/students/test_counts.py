"""Too few points, or too many: the message says how many, and what of them is right."""

from __future__ import annotations

import pytest

from stepgrade import Client
from stepgrade.bundles import build

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

RUN = {"optimizer": {"name": "adam", "lr": 0.1}, "start": [1.0, 2.0], "gradients": [[0.5, -4.0]] * 10}


@pytest.fixture(scope="module")
def client():
    """The service in this process."""
    return Client.local()


@pytest.fixture(scope="module", params=["service", "bundle"])
def judge(request, client):
    """Whoever compares: the service, or the client with a bundle."""
    return client if request.param == "service" else Client(bundle=build({"calls": [{"kind": "check", "reference": RUN}]}, client))


@pytest.mark.parametrize(
    ("points", "said", "score"),
    [
        (lambda right: right[-1:], "You returned 1 point. There are 10 steps. The end is right.", 0.0),
        (lambda right: right[-1], "You returned 1 point. There are 10 steps. The end is right.", 0.0),
        (lambda right: right[:3], "You returned 3 points. There are 10 steps. The 3 points are right.", 0.3),
        (lambda right: right[:1], "You returned 1 point. There are 10 steps. The point is right.", 0.1),
        (lambda right: right[1::2], "You returned 5 points. There are 10 steps. The end is right.", 0.0),
        (lambda right: [point for point in right for _ in range(2)], "You returned 20 points. There are 10 steps. The end is right.", 0.0),
        (lambda right: [[1.0, 2.0], *right[:4]], "You returned 4 points. There are 10 steps. The 4 points are right.", 0.4),
        (lambda right: [*right, [0.0, 0.0], [0.0, 0.0]], "You returned 12 points. There are 10 steps.", 0.0),
    ],
)
def test_the_count_is_said_and_what_is_right(client, judge, points, said, score):
    right = client.trajectory(**RUN).points[1:].tolist()
    verdict = judge.check(RUN, {"points": points(right)})
    assert verdict.message == said
    assert (verdict.passed, verdict.score) == (False, pytest.approx(score))


def test_a_wrong_number_comes_before_a_count(client, judge):
    right = client.trajectory(**RUN).points[1:].tolist()
    message = judge.check(RUN, {"points": [right[0], [9.0, 9.0]]}).message
    assert message.startswith("Step 2, points[0]: expected")


def test_an_end_in_place_of_params_needs_no_points(client, judge):
    assert judge.check(RUN, {"params": client.trajectory(**RUN).points[-1].tolist()}).passed


def test_the_end_of_named_tensors_needs_no_list(client):
    run = {**RUN, "start": {"W": [1.0, 2.0], "b": [3.0]}, "gradients": [{"W": [0.5, -4.0], "b": [1.0]}] * 10}
    end = {name: part[-1].tolist() for name, part in client.trajectory(**run).points.items()}
    assert client.check(run, {"points": end}).message == "You returned 1 point. There are 10 steps. The end is right."


def test_of_several_runs_the_message_says_which(client):
    right = client.trajectory(**RUN).points[1:].tolist()
    message = client.check([RUN, RUN], [{"points": right}, {"points": right[-1:]}]).message
    assert message.startswith("Case 2: You returned 1 point. There are 10 steps.")
