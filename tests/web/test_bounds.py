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
    reference = {**REFERENCE, "params": [1.9, 2.0], "gradient": [2.0, 4.0]}  # the right answer is [0.9, 0.0]
    assert post("/check", {"reference": reference, "submission": {"params": [0.9, 0.0]}}).get_json()["passed"] is True
    wrong = post("/check", {"reference": reference, "submission": {"params": [posted, 0.0]}})
    assert wrong.status_code == 200
    assert wrong.get_json()["passed"] is False


def test_an_answer_of_step_is_priced_before_it_is_computed(post):
    many = [0] * 400_000
    problem = post("/step", {**STEP, "params": many, "gradient": many})
    assert problem.status_code == 422
    assert problem.get_json()["type"].endswith("too-costly")


def test_the_schema_tells_the_same_bounds(client):
    text = client.get("/openapi.yaml").text
    for bound in (bounds.LONGEST_NAME, bounds.MOST_NUMBERS, bounds.MOST_KEYS, bounds.MOST_QUANTITIES):
        assert f": {bound}" in text


FLAT = {"optimizer": {"name": "adam", "lr": 0.1}, "start": 0.0, "gradients": [0.0] * 2400}
COMPARED = {"objective": "sphere", "optimizers": ["gd", "adam"]}


def keys(count, value=1):
    return {f"k{number}": value for number in range(count)}


@pytest.mark.parametrize(
    ("path", "asked", "pointer"),
    [
        ("/check", {"reference": STEP, "submission": {"params": [1, 2], "side_effects": [0] * 2_700_000}}, "/submission/side_effects"),
        ("/check", {"reference": [{}] * 2_000_000, "submission": []}, "/reference"),
        ("/check", {"reference": STEP, "submission": {"params": [1, 2], "state": keys(9000)}}, "/submission/state"),
        ("/check", {"reference": STEP, "submission": keys(9000)}, "/submission"),
        ("/audit", {"reference": STEP, "compares": [0] * 2_700_000}, "/compares"),
        ("/audit", {"reference": STEP, "tolerance": keys(9000)}, "/tolerance"),
        ("/compare", {**COMPARED, "optimizers": ["gd", {"name": "adam", **keys(9000)}]}, "/optimizers/1"),
        ("/compare", {**COMPARED, "optimizers": ["gd", keys(500_000)]}, "/optimizers/1"),
        ("/compare", {**COMPARED, "match": {"mode": "none", **keys(9000)}}, "/match"),
        ("/map", {"objective": "sphere", "optimizers": ["gd"], "grid": keys(9000)}, "/grid"),
        ("/probe", {"optimizer": {"name": "sgd", "lr": {}}}, "/optimizer/lr"),
    ],
    ids=["side effects", "references", "slots", "submission", "compares", "tolerance", "keys", "many keys", "match", "grid", "no groups"],
)
def test_what_is_absurdly_long_is_refused_at_its_place(faults, path, asked, pointer):
    assert pointer in faults(path, asked)


@pytest.mark.parametrize(
    ("path", "asked", "pointer"),
    [
        ("/probe", {}, "/optimizer"),
        ("/step", {"params": {"w": [1.0]}, "gradient": {"w": [1.0]}}, "/optimizer"),
        ("/trajectory", {"objective": "sphere"}, "/optimizer"),
        ("/trajectory", {"start": [1.0], "gradients": [[1.0]]}, "/optimizer"),
        ("/compare", {"objective": "sphere", "match": "tuned"}, "/optimizers/0"),
        ("/map", {"objective": "sphere", "grid": {"lr": [0.1, 1, 3]}}, "/optimizers/0"),
        ("/check", {"submission": {"params": [1.0]}}, "/reference/optimizer"),
        ("/audit", {}, "/reference/optimizer"),
    ],
    ids=["probe", "step", "trajectory", "replay", "compare", "map", "check", "audit"],
)
@pytest.mark.parametrize("name", ["lr", "weight_decay"])
def test_parameter_groups_without_a_tensor_are_refused_everywhere(faults, path, asked, pointer, name):
    optimizer = {"name": "sgd", "lr": 0.1, name: {}}
    more = {"optimizers": [optimizer, "gd"]} if "optimizers" in pointer else {"optimizer": optimizer}
    if "reference" in pointer:
        more = {"reference": {"params": [1.0], "gradient": [1.0], **more}}
    assert f"{pointer}/{name}" in faults(path, {**asked, **more})


def test_starts_of_which_one_has_ten_thousand_names_are_refused_in_short(post, problem):
    starts = {"a": keys(10_000), **{f"s{number}": [1, 2] for number in range(320)}}
    answer = post("/compare", {**COMPARED, "starts": starts})
    problem(answer, 422)
    assert len(answer.data) < 50_000


@pytest.mark.parametrize(
    "asked",
    [{"reference": FLAT}, {"reference": {**FLAT, "gradients": [1.0] * 2400}, "tolerance": {"rtol": 1e300, "atol": 1e300}}],
    ids=["flat", "blind"],
)
def test_an_audit_that_sees_nothing_ends_at_what_it_may_cost(post, problem, asked):
    told = problem(post("/audit", asked), 422)
    assert told["what"] == "units of work"
    assert told["cost"] > told["limit"]


def test_null_is_not_finite_and_true_is_no_count(post):
    reference = {"optimizer": {"name": "sgd", "lr": 1e300}, "params": [1.0, 2.0], "gradient": [1e300, 1.0]}
    assert post("/check", {"reference": reference, "submission": {"params": [None, -1e300]}}).json["passed"]
    assert not post("/check", {"reference": STEP, "submission": {"params": [None, 2.0]}}).json["passed"]
    right = post("/step", STEP).json
    told = post("/check", {"reference": STEP, "submission": {"params": right["params"], "state": {**right["state"], "t": True}}}).json
    assert told["first_mismatch"]["quantity"] == "state/t"


def test_a_probe_of_very_many_different_parameter_groups_is_refused_with_its_price(post, problem):
    different = {f"k{number}": 0.9 + 1e-5 * number for number in range(500)}
    told = problem(post("/probe", {"optimizer": {"name": "adam", "beta1": different}}), 422)
    assert [error["pointer"] for error in told["errors"]] == ["/optimizer"]


@pytest.mark.parametrize("beta1", [keys(40, 0.9), {**keys(12, 0.9), **{f"b{number}": 0.5 for number in range(12)}}])
def test_a_probe_of_many_parameter_groups_that_are_alike_costs_what_few_do(post, beta1):
    assert post("/probe", {"optimizer": {"name": "adam", "beta1": beta1}}).status_code == 200
