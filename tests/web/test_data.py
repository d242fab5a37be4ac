"""Models on data over HTTP: every form of an answer, the echo, and what is refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from stepgrade_service.engine.objectives.data.models import MODELS
from stepgrade_service.engine.objectives.data.sets import DATA_SETS

X = [[0.5, 1.0], [1.5, -1.0], [2.0, 0.0], [-1.0, 0.5]]
NET = {"name": "mlp", "X": X, "y": [0, 1, 1, 0], "loss": "logistic", "hidden": [2], "batch_size": 2}
FORMS = ["application/json", "application/x-ndjson", "text/csv", "application/x-npz", "image/svg+xml", "image/png"]
RUN = {"optimizer": "adam", "objective": NET, "steps": 5}


def test_the_page_has_every_model_and_data_set(client):
    page = client.get("/data").json
    assert [model["name"] for model in page["models"]] == list(MODELS)
    assert [entry["name"] for entry in page["sets"]] == list(DATA_SETS)
    for entry in page["sets"]:
        assert len(entry["X"]) == len(entry["y"]) == entry["examples"]
    for model in page["models"]:
        assert model["objective"]["name"] == model["name"]
        assert all(member["meaning"] for member in model["members"])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_s_name_alone_runs_on_its_data_set_from_each_start(client, post, name):
    page = next(model for model in client.get("/data").json["models"] if model["name"] == name)
    for start in page["starts"]:
        ran = post("/trajectory", {"optimizer": "gd", "objective": name, "start": start, "steps": 1}).json
        assert ran["status"] == "completed"
        assert ran["objective"] == page["objective"]


def test_the_echo_has_the_data_and_posted_back_gives_the_same_bytes(post):
    first = post("/trajectory", RUN)
    echo = first.json["objective"]
    assert (echo["X"], echo["y"], echo["batch_size"], echo["order"]) == (X, [0, 1, 1, 0], 2, "shuffled")
    assert post("/trajectory", {**RUN, "objective": echo}).data == first.data


def test_the_same_examples_by_name_and_posted_are_the_same_run(client, post):
    blobs = next(entry for entry in client.get("/data").json["sets"] if entry["name"] == "blobs")
    named, posted = (
        post("/trajectory", {"optimizer": "adam", "objective": {"name": "logistic_regression", **data}}).json
        for data in ({"data": "blobs"}, {"X": blobs["X"], "y": blobs["y"]})
    )
    assert named["points"] == posted["points"]


@pytest.mark.parametrize(
    "form", ["application/json", "application/x-ndjson", "text/csv", "application/x-npz", "image/svg+xml", "image/png"]
)
def test_every_form_of_the_answer_can_be_had(post, form):
    answer = post("/trajectory", RUN, Accept=form)
    assert answer.status_code == 200
    if form == "text/csv":
        first = "step,point.W1.0.0,point.W1.0.1,point.W1.1.0,point.W1.1.1,point.b1.0,point.b1.1"
        assert answer.text.splitlines()[0] == f"{first},point.W2.0.0,point.W2.1.0,point.b2.0,value"
    if form == "application/x-npz":
        arrays = np.load(io.BytesIO(answer.data))
        assert arrays["points/W1"].shape == (6, 2, 2)
        assert json.loads(str(arrays["meta"]))["objective"]["X"] == X


def test_comparisons_and_contours_answer_too(post):
    compared = post("/compare", {"objective": NET, "optimizers": ["sgd", "adam"], "start": "he", "steps": 5}).json
    assert compared["runs"][0]["summary"]["minimum"] is None
    assert compared["objective"]["X"] == X
    line = {"name": "linear_regression", "data": "line"}
    assert post("/contours", {"objective": line}).json["polylines"]
    mapped = post(
        "/map", {"objective": line, "optimizers": [{"name": "sgd", "lr": 0.1}], "grid": {"x": [0, 3, 2], "y": [0, 2, 2]}, "steps": 300}
    )
    assert mapped.json["objective"]["data"] == "line"


def test_every_fault_has_a_pointer(post, problem):
    wrong = {**NET, "X": [[1, "2"], [3, 4]], "loss": "logstic", "hidden": [2.5], "batch_size": 0, "colour": "red"}
    told = problem(post("/trajectory", {**RUN, "objective": wrong}), 422)
    pointers = {error["pointer"] for error in told["errors"]}
    assert pointers == {f"/objective/{place}" for place in ("X/0/1", "loss", "hidden/0", "batch_size", "colour")}


def test_a_run_that_would_take_too_long_is_refused_before_it_starts(post, problem):
    wide = {"name": "mlp", "data": "moons", "hidden": [500, 500], "values": "batch", "batch_size": 50}
    assert (
        "units of work"
        in problem(post("/trajectory", {"optimizer": "sgd", "objective": wide, "steps": 10_000, "record_every": 10_000}), 422)["detail"]
    )


def test_a_student_s_mistake_is_found_in_mini_batches(post):
    reference = {"optimizer": {"name": "adam", "lr": 0.1}, "objective": NET, "steps": 4, "start": "he"}
    right = post("/trajectory", reference).json["points"]
    assert post("/check", {"reference": reference, "submission": {"points": right}}).json["passed"] is True
    no_correction = {**reference, "optimizer": {"name": "adam", "lr": 0.1, "bias_correction": False}}
    wrong = post("/trajectory", no_correction).json["points"]
    checked = post("/check", {"reference": reference, "submission": {"points": wrong}}).json
    assert checked["passed"] is False
    assert checked["findings"]
