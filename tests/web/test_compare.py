"""POST /compare: its answer and its forms, echoes that can be posted back, and every fault at once."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

RMSPROP = {"name": "rmsprop", "lr": 0.2, "rho": 0.9, "label": "RMSprop"}
BOWL = {
    "objective": "quadratic",
    "starts": ["A", "B"],
    "steps": 200,
    "optimizers": [{"name": "gd", "lr": 0.02}, RMSPROP],
    "decompose": ["gd", "RMSprop"],
}
FORMS = ("application/json", "application/x-ndjson", "text/csv", "application/x-npz", "image/svg+xml", "image/png")


def test_one_request_answers_the_learners_question(post):
    answer = post("/compare", {**BOWL, "rotate": [45]}).json
    assert [(run["label"], run["start"], run["summary"]["steps_to_target"], run["summary"]["settling_step"]) for run in answer["runs"]] == [
        ("gd", "A", 148, 148),
        ("gd", "B", 54, 54),
        ("RMSprop", "A", 28, 111),
        ("RMSprop", "B", 9, None),
    ]
    assert answer["matching"] == {"mode": "none", "is_matched": False, "baseline": "gd", "changes": []}
    from_a, from_b = answer["decompose"]
    assert [(cell["step_length_of"], cell["direction_of"], cell["settling_step"]) for cell in from_a["cells"]] == [
        ("gd", "gd", 148),
        ("RMSprop", "gd", 42),
        ("gd", "RMSprop", 153),
        ("RMSprop", "RMSprop", 111),
    ]
    assert (from_a["result"], from_a["because"], from_a["outcome"]) == ("helped", "step length", "log10_settling_step")
    assert (from_b["result"], from_b["outcome"]) == ("hurt", "log10_tail_gap")
    assert from_b["headline"] == "From B, RMSprop hurt: gd settled in 54 steps, but RMSprop did not."
    assert from_b["verdict"].startswith(from_b["headline"])
    assert "With a cosine schedule, RMSprop settles in 84 steps." in from_b["notes"]
    ranking = [(place["rank"], place["label"], place["status"], place["settling_step"]) for place in answer["ranking"]["B"]]
    assert ranking == [(1, "gd", "completed", 54), (2, "RMSprop", "completed", None)]
    (turned,) = answer["rotations"]
    assert turned["degrees"] == 45
    assert [run["summary"]["steps_to_target"] for run in turned["runs"]] == [148, 54, 35, 28]
    assert [run["summary"]["settling_step"] for run in turned["runs"]] == [148, 54, 73, None]
    assert turned["flips"] == []  # on either bowl it is the step length that helps from A and hurts from B


@pytest.mark.parametrize("match", ["none", "first_step", "mean_step", "graft", {"mode": "tuned", "grid": [1e-3, 1, 20]}])
def test_the_echo_posted_back_gives_the_same_bytes(post, match):
    request = {**BOWL, "match": match, "noise": {"std": 0.1, "seed": 3}, "schedule": {"name": "step", "step_size": 50}, "steps": 60}
    pair = {} if match == "graft" else {"decompose": ["gd", "RMSprop"]}
    first = post("/compare", {name: part for name, part in request.items() if name != "decompose"} | pair)
    echoed = {
        name: first.json[name]
        for name in ("objective", "optimizers", "starts", "steps", "baseline", "match", "target", "noise", "schedule")
    }
    assert post("/compare", {**echoed, **pair}).data == first.data


def test_the_record_of_a_tuning_is_in_the_answer(post):
    answer = post("/compare", {**BOWL, "match": "tuned", "steps": 300}).json
    assert answer["match"] == {"mode": "tuned", "grid": [1e-4, 1, 60]}
    assert answer["matching"]["tuned_by"] == "least settling_step, then least tail_gap, then the smaller rate"
    for change in answer["matching"]["changes"]:
        steps = [np.inf if step is None else step for step in change["settling_step"]]
        assert steps[change["rates"].index(change["lr_after"])] == min(steps)
        assert change["interior"] is True
    lrs = {(run["label"], run["start"]): run["optimizer"]["lr"] for run in answer["runs"]}
    assert lrs == {(change["label"], change["start"]): change["lr_after"] for change in answer["matching"]["changes"]}
    assert None in answer["matching"]["changes"][0]["tail_gap"]


def test_with_seeds_a_run_has_means_spreads_and_each_seed(post):
    answer = post("/compare", {**BOWL, "noise": {"std": 0.5, "seeds": [1, 2, 3]}}).json
    run = answer["runs"][0]
    assert [seed["seed"] for seed in run["seeds"]] == [1, 2, 3]
    assert run["summary"]["final_value"] == pytest.approx(np.mean([seed["final_value"] for seed in run["seeds"]]))
    assert run["spread"]["final_value"] == pytest.approx(np.std([seed["final_value"] for seed in run["seeds"]], ddof=1))
    found = answer["decompose"][0]
    assert found["seeds"] == 3
    assert set(found["standard_errors"]) == {"magnitude_effect", "direction_effect", "interaction"}
    assert answer["noise"] == {"std": 0.5, "seeds": [1, 2, 3]}


def test_measures_of_a_coordinate_are_laid_out_like_the_params(post):
    start = {"w": [-5.0], "b": [-1.0]}
    summary = post("/compare", {**BOWL, "starts": {"far": start}}).json["runs"][0]["summary"]
    assert summary["sign_flips"] == {"w": [0], "b": [0]}
    assert summary["minimum"] == {"w": [0.0], "b": [0.0]}


def test_ndjson_has_the_echoes_a_line_a_run_and_the_rest(post):
    whole = post("/compare", BOWL).json
    first, *runs, last = map(json.loads, post("/compare", BOWL, Accept="application/x-ndjson").data.splitlines())
    assert runs == whole["runs"]
    assert first == {name: whole[name] for name in first}
    assert {**first, **last, "runs": runs} == whole


def test_csv_has_a_row_a_run_those_of_turned_problems_behind(post):
    rows = list(csv.DictReader(io.StringIO(post("/compare", {**BOWL, "rotate": [45]}, Accept="text/csv").text)))
    assert [(row["degrees"], row["label"], row["start"], row["steps_to_target"]) for row in rows[:5]] == [
        ("0.0", "gd", "A", "148"),
        ("0.0", "gd", "B", "54"),
        ("0.0", "RMSprop", "A", "28"),
        ("0.0", "RMSprop", "B", "9"),
        ("45.0", "gd", "A", "148"),
    ]
    assert len(rows) == 8
    assert [row["lr"] for row in rows[:4]] == ["0.02", "0.02", "0.2", "0.2"]
    assert [(row["sign_flips.0"], row["sign_flips.1"]) for row in rows[2:4]] == [("0", "16"), ("8", "0")]


def test_csv_begins_with_the_label_and_has_an_angle_only_where_one_was_asked_for(post):
    def columns(request):
        return post("/compare", request, Accept="text/csv").text.split("\r\n")[0].split(",")

    for request, place in ((BOWL, 2), ({**BOWL, "include": ["points"]}, 3)):
        plain, turned = columns(request), columns({**request, "rotate": [45]})
        assert plain[0] == turned[0] == "label"
        assert turned[place] == "degrees"
        assert [name for name in turned if name != "degrees"] == plain


def test_npz_has_an_entry_a_run_and_everything_in_meta(post):
    whole = post("/compare", BOWL).json
    with np.load(io.BytesIO(post("/compare", BOWL, Accept="application/x-npz").data)) as arrays:
        assert arrays["label"].tolist() == ["gd", "gd", "RMSprop", "RMSprop"]
        assert arrays["steps_to_target"].tolist() == [148, 54, 28, 9]
        assert json.loads(str(arrays["meta"])) == whole


@pytest.mark.parametrize("form", FORMS)
def test_equal_requests_give_equal_bytes_in_every_form(post, form):
    request = {**BOWL, "steps": 30, "rotate": [30], "match": "tuned", "noise": {"std": 0.1, "seeds": [1, 2]}}
    first, again = (post("/compare", request, Accept=form) for _ in range(2))
    assert first.status_code == 200
    assert first.content_type.startswith(form)
    assert first.data == again.data


@pytest.mark.parametrize(
    "request_",
    [
        BOWL,
        {name: part for name, part in BOWL.items() if name != "decompose"},
        {"objective": "rosenbrock", "optimizers": ["gd", {"name": "adam", "lr": 0.1}]},
        {"objective": {"name": "sphere", "dimension": 5}, "optimizers": ["gd", "adam"], "decompose": ["gd", "adam"]},
        {"objective": "saddle", "optimizers": ["gd", "adam"]},
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_can_be_had_of_every_comparison(post, request_, theme):
    answer = post(f"/compare?theme={theme}", request_, Accept="image/svg+xml")
    assert answer.status_code == 200
    assert answer.data.startswith(b"<?xml")


def test_every_fault_is_told_at_once_where_it_stands(post, problem):
    wrong = {
        "objective": "quadratic",
        "starts": ["C"],
        "steps": -1,
        "optimizers": [{"name": "gd", "label": ""}, {"name": "rmsprp"}],
        "rotate": [45, "a", 1000],
        "match": "tund",
        "noise": {"std": 1, "seeds": [1, 1]},
        "strt": 1,
    }
    errors = {error["pointer"]: error["detail"] for error in problem(post("/compare?theme=drak", wrong), 422)["errors"]}
    assert set(errors) == {
        "/query/theme",
        "/steps",
        "/rotate/1",
        "/rotate/2",
        "/noise/seeds",
        "/strt",
        "/match",
        "/starts/0",
        "/optimizers/0/label",
        "/optimizers/1/name",
    }
    assert "did you mean rmsprop?" in errors["/optimizers/1/name"]


@pytest.mark.parametrize("document", [[], 3, "x", {}])
def test_what_is_no_comparison_is_refused(post, problem, document):
    problem(post("/compare", document), 422)


def test_a_comparison_over_the_limit_is_refused_with_its_price(post, problem):
    told = problem(post("/compare", {**BOWL, "steps": 10_000_000}), 422)
    assert told["cost"] > told["limit"]
    assert "use fewer steps, starts, seeds or angles" in told["errors"][0]["detail"]


def test_other_methods_and_forms_are_told(client, post, problem):
    assert client.get("/compare").status_code == 405
    assert "image/png" in problem(post("/compare", BOWL, Accept="video/mp4"), 406)["offered"]


# The steps of the runs.

FOUR = [{"name": "gd", "lr": 0.02}, {"name": "momentum", "lr": 0.01}, RMSPROP, {"name": "gd", "lr": 5e3, "label": "lost"}]
STEPS = {"objective": "quadratic", "starts": ["A", "B"], "steps": 50, "optimizers": FOUR}
EVERYTHING = ["points", "values", "gradients", "updates", "measures"]


@pytest.mark.parametrize("include", [["points", "values"], EVERYTHING, ["distance", "effective_lr", "descent_cosine"]])
@pytest.mark.parametrize("every", [1, 7])
def test_each_run_has_the_steps_of_its_trajectory_to_the_bit(post, include, every):
    asked = {"include": include, "record_every": every}
    for run in post("/compare", {**STEPS, **asked}).json["runs"]:
        alone = {"objective": "quadratic", "start": run["start"], "steps": 50, "optimizer": run["optimizer"]}
        trajectory = post("/trajectory", {**alone, **asked}).json
        for name in ("recorded", *EVERYTHING):
            assert run.get(name) == trajectory.get(name), (run["label"], name)


def test_include_adds_the_steps_and_changes_nothing_else(post):
    plain, more = post("/compare", STEPS).json, post("/compare", {**STEPS, "include": EVERYTHING}).json
    for run in more["runs"]:
        for name in ("recorded", *EVERYTHING):
            del run[name]
    assert more == plain


def test_the_cells_have_their_steps_and_the_diagonal_is_the_runs(post):
    answer = post("/compare", {**BOWL, "include": ["points", "distance"], "rotate": [30]}).json
    for at in (answer, *answer["rotations"]):
        runs = {(run["label"], run["start"]): run for run in at["runs"]}
        for found in at["decompose"]:
            for cell in found["cells"]:
                assert len(cell["points"]) == len(cell["recorded"]) == len(cell["measures"]["distance"]) == 201
                if cell["direction_of"] == cell["step_length_of"]:
                    assert cell["points"] == runs[cell["direction_of"], found["start"]]["points"]


def test_a_grafted_step_is_as_long_as_the_one_it_is_grafted_on(post):
    start = {"objective": "quadratic", "start": "A", "steps": 1, "optimizers": [{"name": "gd", "lr": 0.02}, RMSPROP]}
    plain, grafted = post("/compare", {**start, "match": "graft", "include": ["updates", "update_norm"]}).json["runs"]
    assert grafted["measures"]["update_norm"][1] == pytest.approx(plain["measures"]["update_norm"][1], rel=1e-14)
    assert np.linalg.norm(grafted["updates"][1]) == pytest.approx(np.linalg.norm(plain["updates"][1]), rel=1e-14)


def test_with_noise_the_run_of_the_first_seed_is_recorded(post):
    noise = {"std": 0.1, "seeds": [5, 6, 7]}
    for run in post("/compare", {**STEPS, "noise": noise, "include": ["points"]}).json["runs"]:
        alone = {"objective": "quadratic", "start": run["start"], "steps": 50, "optimizer": run["optimizer"]}
        assert run["points"] == post("/trajectory", {**alone, "noise": {"std": 0.1, "seed": 5}}).json["points"]


def test_one_optimizer_is_enough(post):
    answer = post("/compare", {**STEPS, "optimizers": ["adam"], "include": ["values"]}).json
    assert [run["label"] for run in answer["runs"]] == ["adam", "adam"]
    assert [place["rank"] for place in answer["ranking"]["A"]] == [1]


def test_csv_has_a_row_a_recorded_step_and_run_and_the_grafts_behind(post):
    request = {**BOWL, "include": ["points", "values"], "record_every": 40}
    told = post("/compare", request).json
    rows = list(csv.DictReader(io.StringIO(post("/compare", request, Accept="text/csv").text)))
    assert list(rows[0]) == ["label", "step_length_of", "start", "step", "point.0", "point.1", "value"]
    assert len(rows) == 6 * (4 + 4)
    first = [row for row in rows if (row["label"], row["step_length_of"], row["start"]) == ("gd", "", "A")]
    assert [[float(row["point.0"]), float(row["point.1"])] for row in first] == told["runs"][0]["points"]


def test_npz_has_the_arrays_under_the_place_of_the_run(post):
    request = {**BOWL, "include": ["points", "distance"]}
    told = post("/compare", request).json
    arrays = np.load(io.BytesIO(post("/compare", request, Accept="application/x-npz").data))
    assert arrays["runs/3/points"].tolist() == told["runs"][3]["points"]
    assert arrays["decompose/1/cells/2/measures/distance"].tolist() == told["decompose"][1]["cells"][2]["measures"]["distance"]
    assert "points" not in json.loads(str(arrays["meta"]))["runs"][0]


def test_named_tensors_and_models_have_their_points_by_name(post):
    model = {"objective": {"name": "mlp", "data": "moons", "hidden": [3]}, "steps": 4, "optimizers": ["gd", "adam"]}
    run = post("/compare", {**model, "include": ["points", "values"]}).json["runs"][1]
    alone = post("/trajectory", {"objective": model["objective"], "steps": 4, "optimizer": "adam"}).json
    assert run["points"] == alone["points"]
    assert run["values"] == alone["values"]


@pytest.mark.parametrize(
    ("change", "pointer", "told"),
    [
        ({"include": ["states"]}, "/include/0", "expected one of points"),
        ({"include": ["distanse"]}, "/include/0", "unknown 'distanse'; did you mean distance?"),
        ({"record_every": 5}, "/record_every", "expected include with record_every"),
        ({"include": ["points"], "record_every": 0}, "/record_every", "expected"),
        ({"include": ["measures"], "steps": 20_000}, "/record_every", "numbers in the answer"),
    ],
)
def test_what_is_wrong_with_the_steps_of_a_comparison_has_its_place(post, change, pointer, told):
    refused = post("/compare", {**STEPS, **change})
    assert refused.status_code == 422
    assert any(fault["pointer"] == pointer and told in fault["detail"] for fault in refused.json["errors"]), refused.json


def test_each_line_of_a_run_has_its_recorded_steps(client):
    asked = {**STEPS, "include": ["points", "distance"], "record_every": 5}
    lines = client.post("/compare", json=asked, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    runs = [run for run in map(json.loads, lines) if "points" in run]
    assert runs == client.post("/compare", json=asked).json["runs"]
    assert all(len(run["points"]) == len(run["recorded"]) for run in runs)
