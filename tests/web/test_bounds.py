"""How many, how long and how deep what a request holds may be: each bound is held, reported in its place, and told by openapi.yaml."""

from __future__ import annotations

import pytest

from stepgrade_service.engine.reading import bounds
from stepgrade_service.engine.reading.faults import MOST_FAULTS

STEP = {"optimizer": {"name": "adam", "lr": 0.05}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
REFERENCE = {"optimizer": {"name": "gd", "lr": 0.5}, "params": [1.0, 2.0], "gradient": [2.0, 4.0]}


def nested(depth):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value


def errors_of(response):
    assert response.status_code == 422, response.text[:300]
    return response.get_json()["errors"]


def test_a_tensor_has_as_many_axes_as_an_array_of_numpy_may_have(post):
    assert post("/step", {**STEP, "params": nested(64), "gradient": nested(64)}).status_code == 200
    for depth in (65, 500):
        assert any("64 nested lists" in error["detail"] for error in errors_of(post("/step", {**STEP, "params": nested(depth)})))


def test_a_name_of_a_tensor_is_as_long_as_the_bound_and_no_longer(post):
    named = {"params": {"w" * bounds.LONGEST_NAME: 1.0}, "gradient": {"w" * bounds.LONGEST_NAME: 0.5}}
    assert post("/step", {**STEP, **named}).status_code == 200
    longer = {part: {"w" * (bounds.LONGEST_NAME + 1): 1.0} for part in named}
    assert any(str(bounds.LONGEST_NAME) in error["detail"] for error in errors_of(post("/step", {**STEP, **longer})))


def test_there_are_as_many_tensors_as_the_bound_and_no_more(post):
    many = {f"w{number}": 1.0 for number in range(bounds.MOST_TENSORS + 1)}
    assert any(
        str(bounds.MOST_TENSORS) in error["detail"] for error in errors_of(post("/step", {**STEP, "params": many, "gradient": many}))
    )
    many.popitem()
    assert post("/step", {**STEP, "params": many, "gradient": many}).status_code == 200


def test_of_very_many_faults_the_first_are_told_and_how_many_more_there_are(post):
    problem = post("/step", {**STEP, "params": ["one"] * 5000}).get_json()
    assert len(problem["errors"]) <= MOST_FAULTS
    unknown = post("/step", {**STEP, **{f"key{number}": 1 for number in range(90)}}).get_json()
    assert len(unknown["errors"]) == 90
    assert "89 more" in unknown["detail"]


@pytest.mark.parametrize("posted", ["0.9", True, [["0.9", True]]])
def test_a_text_or_a_truth_value_in_a_submission_is_no_number(post, posted):
    right = post("/check", {"reference": REFERENCE, "submission": {"params": [0.0, 0.0]}}).get_json()
    assert right["passed"] is True
    wrong = post("/check", {"reference": {**REFERENCE, "params": [1.9, 2.0]}, "submission": {"params": [posted, 0.0]}})
    assert wrong.status_code == 422 or wrong.get_json()["passed"] is False


def test_an_answer_of_step_is_priced_before_it_is_computed(post):
    many = [0] * 400_000
    problem = post("/step", {**STEP, "params": many, "gradient": many})
    assert problem.status_code == 422
    assert problem.get_json()["type"].endswith("too-costly")


def test_the_schema_tells_the_same_bounds(client):
    text = client.get("/openapi.yaml").text
    for bound in (bounds.LONGEST_NAME, bounds.MOST_NUMBERS, bounds.MOST_KEYS, bounds.MOST_QUANTITIES):
        assert f": {bound}" in text
