"""POST /contours: level lines of an objective of two parameters."""

import numpy as np
import pytest

from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings


def test_lines_lie_on_their_levels_and_in_the_window(post):
    asked = {"objective": {"name": "quadratic", "condition": 20}, "window": [[-6, 6], [-3, 3]], "levels": [1, 10, 50]}
    answer = post("/contours", asked)
    assert list(answer.json) == ["objective", "window", "levels", "polylines", "engine"]
    assert answer.json["levels"] == [1, 10, 50]
    assert answer.json["window"] == [[-6, 6], [-3, 3]]
    for level, lines in zip(answer.json["levels"], answer.json["polylines"], strict=True):
        assert lines
        for line in lines:
            x, y = np.array(line).T
            np.testing.assert_allclose(0.5 * (x**2 + 20 * y**2), level, rtol=0.01)
            assert np.abs(x).max() <= 6
            assert np.abs(y).max() <= 3


def test_window_and_levels_may_be_left_out(post, client):
    answer = post("/contours", {"objective": "himmelblau"}).json
    assert answer["window"] == client.get("/objectives/himmelblau").json["window"]
    assert 5 <= len(answer["levels"]) == len(answer["polylines"]) <= 12
    assert len(post("/contours", {"objective": "himmelblau", "levels": 3}).json["levels"]) <= 3


def test_the_echo_posted_back_gives_the_same_bytes(post):
    first = post("/contours", {"objective": "beale"})
    echo = {name: first.json[name] for name in ("objective", "window", "levels")}
    assert post("/contours", echo).data == first.data


def test_every_fault_is_told_at_once(faults):
    told = faults("/contours", {"objective": {"name": "quadratic", "dimension": 3}, "window": [[1, 0], [0, 1]], "levels": 0, "level": 1})
    assert set(told) == {"/objective", "/window/0", "/levels", "/level"}
    assert set(faults("/contours?x=1", {"window": 3, "levels": ["a"]})) == {"/objective", "/window", "/levels/0", "/query/x"}
    assert set(faults("/contours", {"objective": "beal", "window": "all"})) == {"/objective", "/window"}


@pytest.mark.parametrize("levels", [0, 101, -1, 1.5, [1] * 101, [[1]], "12", True, [True], {}])
def test_levels_that_are_none(faults, levels):
    assert faults("/contours", {"objective": "beale", "levels": levels})


@pytest.mark.parametrize(
    "window",
    [[], [1, 2], [[0, 1]], [[0, 1]] * 3, [[0, 0], [0, 1]], [[0, 1e-320], [0, 1]], [[-1e308, 1e308], [0, 1]], "all", [["0", 1], [0, 1]]],
)
def test_windows_that_are_none(faults, window):
    assert faults("/contours", {"objective": "beale", "window": window})


def test_an_answer_larger_than_one_may_be_is_refused_with_its_cost(problem):
    client = create_app(Settings(max_answer=1000)).test_client()
    told = problem(client.post("/contours", json={"objective": "beale", "levels": 12}), 422)
    assert told["type"] == "urn:stepgrade:problem:too-costly"
    assert told["cost"] > told["limit"] == 1000


def test_a_usual_window_that_cannot_be_divided_is_told_at_the_window_that_should_be_given(faults, post):
    far = {"objective": {"name": "quadratic", "center": 1e154}}
    assert faults("/contours", far) == {
        "/window": "expected a window: with these parameters float64 cannot divide the usual window of quadratic"
    }
    assert post("/contours", {**far, "window": [[-1, 1], [-1, 1]]}).status_code == 200


def test_a_tolerance_makes_the_answer_smaller_and_is_a_number_above_0(post, faults):
    exact, coarse = (post("/contours", {"objective": "himmelblau", **more}) for more in ({}, {"tolerance": 0.004}))
    assert coarse.json["levels"] == exact.json["levels"]
    assert len(coarse.data) < 0.2 * len(exact.data)
    for wrong in (0, -1, "0.1", True, [0.1]):
        assert set(faults("/contours", {"objective": "himmelblau", "tolerance": wrong})) == {"/tolerance"}
