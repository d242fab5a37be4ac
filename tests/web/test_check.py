"""POST /check and GET /mistakes: what a grader gets, at each level of hints, and every fault at once."""

from __future__ import annotations

from math import sqrt

import pytest

REFERENCE = {"optimizer": {"name": "adam", "lr": 0.1, "eps": 0.01}, "params": [1.0, 2.0], "gradient": [0.5, -0.02]}
INSIDE = [1.0 - 0.1 * 0.5 / sqrt(0.25 + 0.01), 2.0 + 0.1 * 0.02 / sqrt(0.0004 + 0.01)]


def test_the_answer_of_a_step_passes(post):
    params = post("/step", REFERENCE).json["params"]
    answer = post("/check", {"reference": REFERENCE, "submission": {"params": params}}).json
    assert (answer["passed"], answer["score"], answer["first_mismatch"], answer["findings"]) == (True, 1.0, None, [])
    assert answer["optimizer"]["name"] == "adam"


@pytest.mark.parametrize(
    ("hints", "hint"),
    [
        (0, None),
        (1, "Look at what you divide by."),
        (2, "Look at where eps is added in the denominator."),
        (3, "You divide by sqrt(v + eps); the formula divides by sqrt(v) + eps."),
    ],
)
def test_a_mistake_is_named_and_hinted_at_as_far_as_asked(post, hints, hint):
    answer = post("/check", {"reference": REFERENCE, "submission": {"params": INSIDE}, "hints": hints}).json
    assert (answer["passed"], answer["score"]) == (False, 0.0)
    assert answer["first_mismatch"]["quantity"] == "params"
    assert answer["first_mismatch"]["index"] == [0]
    finding = answer["findings"][0]
    assert (finding["code"], finding["kind"], finding["where"], finding["hint"]) == ("eps_inside_sqrt", "mistake", "denominator", hint)
    assert 0 <= finding["fit"] <= 1
    formula = {"wrong": r"\sqrt{\hat v+\epsilon}", "right": r"\sqrt{\hat v}+\epsilon"}
    assert finding["formula"] == (formula if hints == 3 else None)


def test_side_effects_and_float32_are_told_beside_a_pass(post):
    params = post("/step", REFERENCE).json["params"]
    answer = post("/check", {"reference": REFERENCE, "submission": {"params": params, "side_effects": ["grad_mutated"]}}).json
    assert answer["passed"]
    assert [finding["code"] for finding in answer["findings"]] == ["grad_mutated"]
    in_float32 = {"params": [0.9019607901573181, 2.0666666030883789]}
    told = post("/check", {"reference": REFERENCE, "submission": in_float32, "tolerance": {"rtol": 1e-12}}).json
    assert told["passed"]
    assert [finding["kind"] for finding in told["findings"]] == ["precision"]


def test_equal_requests_give_equal_bytes(post):
    request = {"reference": [REFERENCE, REFERENCE], "submission": [{"params": INSIDE}, {"params": INSIDE}], "hints": 3}
    assert post("/check", request).data == post("/check", request).data


def test_every_fault_is_told_at_once(post, problem):
    wrong = {
        "reference": {"optimizer": "adm", "params": [1.0], "gradient": [1.0], "gradent": 2},
        "submission": {"prams": 3},
        "tolerance": {"rto": 1, "atol": -1},
        "hints": 7,
        "precision": "float16",
        "subject": 1,
    }
    pointers = {error["pointer"] for error in problem(post("/check", wrong), 422)["errors"]}
    assert pointers == {
        "/reference/gradent",
        "/reference/optimizer",
        "/submission",
        "/submission/prams",
        "/tolerance/rto",
        "/tolerance/atol",
        "/hints",
        "/precision",
        "/subject",
    }


def test_the_catalogue_of_mistakes_has_an_etag_and_tells_of_each_what_is_wrong(client):
    answer = client.get("/mistakes")
    listed = {mistake["code"]: mistake for mistake in answer.json["mistakes"]}
    assert listed["eps_inside_sqrt"]["optimizers"][:2] == ["adagrad", "rmsprop"]
    assert all(len(mistake["hints"]) == 3 and mistake["optimizers"] for mistake in listed.values())
    assert client.get("/mistakes", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


KERAS = {"optimizer": {"name": "adam", "convention": "keras", "lr": 0.5}, "params": [1, 2, 3, 4], "gradient": [1, 6, 7, 2]}


def test_of_several_findings_the_first_has_a_request_that_tells_them_apart(post):
    plain = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0], "gradient": [1.0]}
    t_twice = post("/check", {"reference": plain, "submission": {"params": [1.0 - 0.1 * (0.1 / 0.19) / sqrt(0.001 / 0.001999)]}}).json
    codes = [finding["code"] for finding in t_twice["findings"]]
    assert "t_off_by_one" in codes
    assert len(codes) > 1
    told_apart = t_twice["findings"][0]["probe"]
    assert post("/trajectory", told_apart).status_code == 200


def test_the_probes_of_an_optimizer_are_requests_that_can_be_posted(post):
    probes = post("/probe", {"optimizer": {"name": "adam", "lr": 0.1}}).json
    assert probes["catalogue"] > 40
    assert probes["gap"] > 1e-9
    for reference in probes["reference"]:
        run = post("/trajectory", reference).json
        assert post("/check", {"reference": reference, "submission": {"points": run["points"]}}).json["passed"]


def test_an_audit_tells_what_a_test_lets_through_and_the_probe_that_shows_it(post):
    audit = post("/audit", {"reference": KERAS, "tolerance": {"rtol": 1e-4, "atol": 1e-4}, "compares": ["params"]}).json
    through = {hole["code"]: hole["probe"] for hole in audit["lets_through"]}
    assert {"eps_inside_sqrt", "state_overwritten", "betas_swapped_everywhere", "state_not_returned"} <= set(through)
    assert {"wrong_sign", "no_bias_correction"} <= {caught["code"] for caught in audit["catches"]}
    closed = post("/audit", {"reference": [KERAS, *audit["probes"]], "tolerance": {"rtol": 1e-6, "atol": 1e-9}}).json
    assert [hole["code"] for hole in closed["lets_through"] if hole["probe"] is not None] == []


def test_every_fault_of_a_probe_or_an_audit_is_told(post, problem):
    assert [error["pointer"] for error in problem(post("/probe", {"optimizer": "adm", "x": 1}), 422)["errors"]] == ["/x", "/optimizer"]
    wrong = {"reference": {"optimizer": "adam", "params": 1}, "tolerance": 3, "compares": ["parms"]}
    errors = problem(post("/audit", wrong), 422)["errors"]
    assert [error["pointer"] for error in errors] == ["/reference/gradient", "/tolerance", "/compares/0"]


@pytest.mark.parametrize("params", [1.0, [1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], {"W": [[1.0, 2.0]], "b": [3.0]}], ids=str)
def test_with_candidates_every_optimizer_is_answered_for_params_of_every_shape(post, variant, params):
    reference = {"optimizer": variant, "params": params, "gradient": params}
    answer = post("/check", {"reference": reference, "candidates": True})
    assert answer.status_code == 200, answer.text
    slots = set(post("/step", reference).json["state"]) - {"t"}
    assert set(answer.json["room"]["state"]) <= slots


def test_candidates_have_no_slot_that_the_params_do_not_have(post):
    """SM3 has a number per column of a matrix, and a vector has no columns."""
    vector = {"optimizer": {"name": "sm3", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [3.0, 4.0]}
    told = post("/check", {"reference": vector, "candidates": True}).json
    assert all("column" not in each["numbers"]["state"] for each in told["candidates"] if each["numbers"])
    matrix = {**vector, "params": [[1.0, 2.0]], "gradient": [[3.0, 4.0]]}
    told = post("/check", {"reference": matrix, "candidates": True}).json
    assert any("column" in each["numbers"]["state"] for each in told["candidates"] if each["numbers"])


def test_with_candidates_every_known_formulas_numbers_are_told(post, problem):
    told = post("/check", {"reference": REFERENCE, "candidates": True}).json
    inside = next(each for each in told["candidates"] if each["code"] == "eps_inside_sqrt")
    assert inside["numbers"]["params"] == pytest.approx(INSIDE, rel=1e-14)
    assert len(inside["hints"]) == 3
    assert {each["code"] for each in told["candidates"] if each["numbers"] is None} >= {"float32", "grad_mutated"}
    both = problem(post("/check", {"reference": [REFERENCE], "candidates": True, "submission": {"params": [1]}}), 422)
    assert {error["pointer"] for error in both["errors"]} == {"/reference", "/submission"}
    assert problem(post("/check", {"reference": REFERENCE}), 422)["errors"][0]["pointer"] == "/submission"


def test_the_formulas_of_a_finding_are_there_as_mathml_where_they_are_asked_for(post, problem):
    asked = {"reference": REFERENCE, "submission": {"params": INSIDE}, "hints": 3}
    [drawn], [plain] = post("/check", {**asked, "include": ["mathml"]}).json["findings"], post("/check", asked).json["findings"]
    assert {name: drawn["formula"].pop(f"{name}_mathml")[:5] for name in ("wrong", "right")} == {"wrong": "<math", "right": "<math"}
    assert drawn == plain
    refused = post("/check", {"reference": REFERENCE, "candidates": True, "include": ["mathml"]})
    assert [fault["pointer"] for fault in problem(refused, 422)["errors"]] == ["/include"]
