"""POST /map: its answer and its forms, echoes that can be posted back, every fault at once, and its price."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

MEASURES = ["steps_to_target", "final_value", "minimum_reached", "direction_effect", "magnitude_effect"]
BOWL = {
    "objective": "quadratic",
    "optimizers": [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9, "label": "RMSprop"}],
    "grid": {"x": [-6, 6, 5], "y": [-3, 3, 3]},
    "steps": 200,
    "measure": MEASURES,
}
FORMS = ["application/json", "application/x-ndjson", "text/csv", "application/x-npz"]
ECHOES = ("objective", "optimizers", "start", "steps", "target", "noise", "schedule", "baseline", "match", "grid", "measure")


def test_the_answer_has_axes_an_array_for_each_measure_and_counts(post):
    answer = post("/map", BOWL).json
    assert answer["axes"] == [{"name": "x", "values": [-6, -3, 0, 3, 6]}, {"name": "y", "values": [-3, 0, 3]}]
    assert answer["labels"] == ["gd", "RMSprop"]
    assert list(answer["measures"]) == MEASURES
    assert answer["measures"]["steps_to_target"]["gd"] == [[143, 132, 6, 132, 143], [149, 149, 0, 149, 149], [143, 132, 6, 132, 143]]
    assert answer["counts"]["steps_to_target"] == {
        "reached": {"gd": 15, "RMSprop": 15},
        "ahead": {"gd": 2, "RMSprop": 12},
        "equal": 1,
        "neither": 0,
        "different_minima": 0,
        "undefined": 0,
        "cells": 15,
    }
    assert answer["counts"]["minimum_reached"] == {"gd": [3, 12], "RMSprop": [1, 14]}
    assert answer["minima"] == [[0, 0]]
    assert answer["outcomes"] == ["log10_settling_step", "log10_tail_gap"]
    assert answer["outcome"] == [[0, 0, 0, 0, 0], [0, 0, None, 0, 0], [0, 0, 0, 0, 0]]
    assert answer["measures"]["direction_effect"][1][2] is None
    assert answer["standings"] == ["gd", "RMSprop", "equal", "neither", "different_minima"]
    assert answer["standing"]["steps_to_target"] == [[1, 1, 0, 1, 1], [1, 1, 2, 1, 1], [1, 1, 0, 1, 1]]


def test_whole_numbers_are_written_as_such(post):
    body = post("/map", BOWL).data
    assert b'"steps_to_target":{"gd":[[143,132,6,132,143]' in body
    assert b'"minimum_reached":{"gd":[[null,null,0,null,null]' in body


def test_left_out_the_measure_is_the_settling_step_and_a_single_one_needs_no_list(post):
    request = {name: part for name, part in BOWL.items() if name != "measure"}
    plain = post("/map", request)
    assert list(plain.json["measures"]) == ["settling_step"]
    assert post("/map", {**request, "measure": "settling_step"}).data == plain.data
    assert post("/map", {**request, "measure": ["settling_step"]}).data == plain.data


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"grid": {"lr": [1e-3, 1, 4]}, "start": "B", "schedule": {"name": "cosine", "decay_steps": 50}},
        {"grid": {"x": [-1, 1, 2], "lr": [1e-3, 1, 4]}, "noise": {"std": 0.1, "seed": 7}},
        {"grid": {"y": [-1, 1, 2]}, "match": "mean_step", "baseline": "RMSprop", "target": {"value_gap": 0.01}},
        {"grid": {"x": [1, 2, 2]}, "match": {"mode": "tuned", "grid": [1e-3, 1, 5]}},
        {"match": "graft", "start": {"w": [1.0], "b": 2.0}, "noise": {"std": 0.0}, "measure": ["final_value", "minimum_reached"]},
    ],
    ids=str,
)
def test_the_echo_posted_back_gives_the_same_bytes(post, changed):
    first = post("/map", {**BOWL, **changed})
    assert first.status_code == 200
    echoed = {name: first.json[name] for name in ECHOES if name in first.json}
    assert set(changed) <= set(echoed)
    for form in FORMS:
        assert post("/map", echoed, Accept=form).data == post("/map", {**BOWL, **changed}, Accept=form).data


def test_every_form_tells_the_same(post):
    answer = post("/map", BOWL).json
    arrays = np.load(io.BytesIO(post("/map", BOWL, Accept="application/x-npz").data), allow_pickle=False)
    rows = list(csv.DictReader(io.StringIO(post("/map", BOWL, Accept="text/csv").text)))
    first, *points, last = map(json.loads, post("/map", BOWL, Accept="application/x-ndjson").text.splitlines())
    meta = json.loads(str(arrays["meta"]))
    assert first | last == {name: answer[name] for name in first | last}
    assert {name: answer[name] for name in meta if name not in ("axes", "measures")} == {
        name: part for name, part in meta.items() if name not in ("axes", "measures")
    }
    np.testing.assert_array_equal(arrays["x"], answer["axes"][0]["values"])
    assert [float(row["x"]) for row in rows] == [-6, -3, 0, 3, 6] * 3
    assert [point["y"] for point in points] == [-3] * 5 + [0] * 5 + [3] * 5
    for name, numbers in answer["measures"].items():
        named = {f"{name}.{label}": of_one for label, of_one in numbers.items()} if isinstance(numbers, dict) else {name: numbers}
        for column, of_one in named.items():
            flat = [number for row in of_one for number in row]
            assert [point[column] for point in points] == flat
            assert [float(row[column]) if row[column] else None for row in rows] == flat
            in_npz = arrays[column.replace(".", "/")]
            assert in_npz.shape == (3, 5)
            np.testing.assert_array_equal(in_npz.reshape(-1), np.array(flat, dtype=np.float64))


def test_arrays_over_one_axis_are_lists(post):
    answer = post("/map", {**BOWL, "grid": {"lr": [1e-3, 1, 4]}}).json
    assert [axis["name"] for axis in answer["axes"]] == ["lr"]
    assert len(answer["measures"]["direction_effect"]) == len(answer["measures"]["final_value"]["gd"]) == 4


def test_rates_that_were_matched_are_told(post):
    answer = post("/map", {**BOWL, "match": "first_step"}).json
    assert answer["lr"]["gd"] == [[0.02] * 5] * 3
    assert answer["counts"]["unmatched"] == {"gd": 0, "RMSprop": 1}  # at the minimum gd takes no step whose length could be matched
    assert answer["lr"]["RMSprop"][1][2] is None
    assert "lr" not in post("/map", BOWL).json


def test_where_no_rate_gives_the_wanted_step_there_is_no_comparison(post):
    answer = post(
        "/map",
        {**BOWL, "optimizers": [{"name": "gd", "lr": 1.0}, "rmsprop"], "match": "mean_step", "grid": {"x": [1, 2, 2]}, "steps": 2000},
    ).json
    assert answer["counts"]["unmatched"] == {"gd": 0, "rmsprop": 2}
    assert answer["lr"] == {"gd": [1.0, 1.0], "rmsprop": [None, None]}
    told = answer["counts"]["final_value"]
    assert (told["ahead"], told["undefined"]) == ({"gd": 0, "rmsprop": 0}, 2)


@pytest.mark.parametrize("theme", ["", "?theme=light", "?theme=dark"])
@pytest.mark.parametrize(("form", "magic"), [("image/png", b"\x89PNG"), ("image/svg+xml", b"<?xml")])
def test_a_map_is_drawn(post, form, magic, theme):
    answer = post(f"/map{theme}", BOWL, Accept=form)
    assert (answer.status_code, answer.mimetype) == (200, form)
    assert answer.data.startswith(magic)
    assert answer.data == post(f"/map{theme}", BOWL, Accept=form).data


def test_a_theme_that_is_not_known_is_told_with_the_other_faults(post, problem):
    errors = problem(post("/map?theme=drak", {**BOWL, "steps": -1}), 422)["errors"]
    assert {error["pointer"] for error in errors} == {"/query/theme", "/steps"}


def test_a_form_that_is_not_offered_is_told_what_is(post, problem):
    assert problem(post("/map", BOWL, Accept="text/html"), 406)["offered"] == [*FORMS, "image/png", "image/svg+xml"]


def test_every_fault_is_told_at_once(post, problem):
    wrong = {
        "objective": "quadratc",
        "optimizers": [{"name": "adm"}, {"name": "rmsprop", "rho": -2}],
        "grid": {"x": [6, -6, 61], "z": [1, 2, 3]},
        "measure": ["steps_to_targt", "final_value"],
        "steps": -1,
        "starts": ["A"],
        "noise": {"std": 1, "seeds": [1]},
    }
    told = {error["pointer"]: error["detail"] for error in problem(post("/map", wrong), 422)["errors"]}
    assert set(told) == {
        "/objective",
        "/optimizers/0/name",
        "/optimizers/1/rho",
        "/grid/x/1",
        "/grid/z",
        "/measure/0",
        "/steps",
        "/starts",
        "/noise/seeds",
    }
    assert "did you mean steps_to_target" in told["/measure/0"]


@pytest.mark.parametrize("left_out", ["objective", "optimizers", "grid"])
def test_what_is_needed_is_asked_for(post, problem, left_out):
    errors = problem(post("/map", {name: part for name, part in BOWL.items() if name != left_out}), 422)["errors"]
    assert errors == [{"pointer": f"/{left_out}", "detail": "this field is missing"}]


def test_a_grid_that_costs_too_much_is_refused_with_its_price(post, problem):
    answer = problem(post("/map", {**BOWL, "grid": {"x": [-6, 6, 1000], "y": [-3, 3, 1000]}}), 422)
    assert answer["type"] == "urn:stepgrade:problem:too-costly"
    assert answer["what"] == "units of work"
    assert answer["cost"] > answer["limit"]
    assert answer["errors"][0]["pointer"] == "/grid"
    assert "coarser grid" in answer["errors"][0]["detail"]


def test_a_large_map_is_not_refused():
    client = create_app(Settings(threads=2)).test_client()
    wide = {**BOWL, "objective": "rosenbrock", "grid": {"x": [-2, 2, 101], "y": [-1, 3, 101]}, "steps": 300}
    assert client.post("/map", json=wide, headers={"Accept": "application/x-npz"}).status_code == 200


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_threads_of_a_worker_do_not_change_a_byte(threads):
    wide = {**BOWL, "objective": "himmelblau", "grid": {"x": [-6, 6, 101], "y": [-5, 5, 97]}, "steps": 40}
    answers = [create_app(Settings(threads=count)).test_client().post("/map", json=wide).data for count in (1, threads)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "change", [{}, {"measure": "final_value"}, {"grid": {"lr": [1e-3, 1, 5]}}, {"grid": {"lr": [1e-3, 1, 5], "x": [1, 2, 3]}}]
)
def test_a_picture_can_be_had_of_every_map(post, change, theme):
    first, again = (post(f"/map?theme={theme}", {**BOWL, **change}, Accept="image/svg+xml") for _ in range(2))
    assert first.status_code == 200
    assert first.data.startswith(b"<?xml")
    assert first.data == again.data
