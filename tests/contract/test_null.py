"""Null for a member that may be left out: the same answer, to the byte, as leaving it out, wherever it stands in a request."""

from __future__ import annotations

import copy
import json
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tests.contract.committed import committed

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.resolve import default_convention
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

ADAM = {"name": "adam", "lr": 0.1}
NAMED = {"W": [[1.0, -2.0]], "b": 0.5}
STEP = {"optimizer": ADAM, "params": [1.0, 2.0], "gradient": [-1.0, 1.0], "state": {"t": 2, "m": [0.1, 0.2]}}
RUN = {
    "optimizer": {"name": "sgd", "convention": "torch", "momentum": 0.5, "lr": 0.01},
    "objective": {"name": "quadratic", "condition": 5},
    "steps": 6,
    "noise": {"std": 0.1, "seed": 3},
    "target": {"distance": 0.1, "arrival": "touch"},
    "stop": {"gradient_norm": 1e-6, "distance": 1e-9},
    "schedule": {"name": "inverse_time", "decay_rate": 0.1, "staircase": True},
    "include": ["points", "states"],
    "record_every": 2,
}
REPLAY = {"optimizer": "rmsprop", "start": NAMED, "gradients": [NAMED, NAMED], "values": [1.0, 2.0]}
TWO = {"objective": "quadratic", "optimizers": [{"label": "plain", "name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2}], "steps": 9}
PAIR = {**TWO, "starts": {"one": [1.0, 2.0], "A": "A"}}
CHECK = {"reference": [STEP, RUN], "submission": [{"params": [0.0, 1.0], "update": [None, 1.0]}, {"points": [[0.0, 1.0]]}]}
ONE_CHECK = {"reference": STEP, "submission": {"params": [1.0, 2.0], "state": {"t": 3}, "side_effects": ["int_state"]}, "hints": 2}

REQUESTS = [
    ("/step", STEP),
    ("/step", {**STEP, "optimizer": "adam", "value": 1.0, "include": ["work"]}),
    ("/trajectory", RUN),
    ("/trajectory", {**RUN, "schedule": {"name": "cosine", "decay_steps": 5}, "target": {"value_gap": 0.1}}),
    ("/trajectory", REPLAY),
    ("/compare", {**PAIR, "decompose": ["plain", "rmsprop"], "rotate": [45], "noise": {"std": 0.1, "seeds": [1, 2]}}),
    ("/compare", {**PAIR, "match": {"mode": "tuned", "grid": [1e-3, 1, 5]}, "baseline": "rmsprop", "target": {"distance": 0.1}}),
    ("/compare", {**PAIR, "match": {"mode": "first_step"}, "schedule": {"name": "step", "step_size": 3}}),
    ("/map", {**TWO, "grid": {"lr": [1e-3, 1, 3], "x": [-1, 1, 3]}, "start": "B", "noise": {"std": 0.1}}),
    ("/map", {**TWO, "grid": {"x": [-1, 1, 3]}, "match": {"mode": "mean_step"}, "measure": ["final_value"]}),
    ("/check", CHECK),
    ("/check", {**ONE_CHECK, "tolerance": {"rtol": 1e-3, "atol": 0}, "precision": "float64"}),
    ("/check", {"reference": REPLAY, "submission": {"points": [NAMED, NAMED], "state": {"v": NAMED}}}),
    ("/check", {"reference": STEP, "candidates": True}),
    ("/probe", {"optimizer": {"name": "rmsprop", "convention": "keras", "epsilon": 1e-5}}),
    ("/audit", {"reference": [STEP, REPLAY], "tolerance": {"rtol": 1e-3}, "compares": ["params"]}),
    ("/objectives", {"objective": {"name": "quadratic", "condition": 5}}),
    ("/convert", {"optimizer": {"name": "adam", "convention": "torch", "lr": 0.1}, "to": "optax"}),
    ("/contours", {"objective": {"name": "rosenbrock"}, "window": [[-1, 1], [-1, 1]], "levels": 4}),
]


@pytest.fixture(scope="module")
def client():
    return create_app(Settings()).test_client()


def posted(client, path, request):
    answer = client.post(path, data=json.dumps(request), content_type="application/json", headers={"X-Request-Id": "same"})
    return answer.status_code, answer.mimetype, answer.data


def pointed(schema):
    """A schema, or what it refers to."""
    while "$ref" in schema:
        found = committed()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


@cache
def registry():
    return Registry().with_resource("urn:openapi", Resource.from_contents(committed(), DRAFT202012))


def is_valid(instance, schema):
    anchored = json.loads(json.dumps(schema).replace('"#/', '"urn:openapi#/'))
    return Draft202012Validator(anchored, registry=registry()).is_valid(instance)


def optional_members(instance, schema, path=()):
    """Where in a request a member may be left out: the path to each, whether it is there or not."""
    schema = pointed(schema)
    for each in schema.get("anyOf", ()):
        if is_valid(instance, each):
            yield from optional_members(instance, each, path)
    if isinstance(instance, list) and "items" in schema:
        for number, entry in enumerate(instance):
            yield from optional_members(entry, schema["items"], (*path, number))
    if isinstance(instance, dict) and "properties" in schema:
        for name, member in schema["properties"].items():
            if name not in schema.get("required", ()):
                yield (*path, name)
            if name in instance:
                yield from optional_members(instance[name], member, (*path, name))


def with_member(request, path, *value):
    """The request with a value at a place, or without what is there."""
    changed = copy.deepcopy(request)
    *around, name = path
    holder = changed
    for part in around:
        holder = holder[part]
    if value:
        [holder[name]] = value
    else:
        holder.pop(name, None)
    return changed


@cache
def places():
    """Every place of every request, with its path and the request."""
    return list(found_places())


def found_places():
    for path, request in REQUESTS:
        schema = committed()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert is_valid(request, schema), (path, request)
        for place in dict.fromkeys(optional_members(request, schema)):
            yield path, request, place


def test_they_are_at_every_level_of_every_request():
    found = {(path, *(part for part in place if isinstance(part, str))) for path, _, place in places()}
    assert {path for path, *_ in found} == {path for path, item in committed()["paths"].items() if "post" in item}
    assert {
        ("/step", "state", "t"),
        ("/step", "optimizer", "beta1"),
        ("/trajectory", "noise", "seed"),
        ("/trajectory", "stop", "value_gap"),
        ("/trajectory", "schedule", "staircase"),
        ("/compare", "optimizers", "label"),
        ("/compare", "match", "grid"),
        ("/map", "grid", "y"),
        ("/check", "reference", "optimizer", "convention"),
        ("/check", "reference", "target", "arrival"),
        ("/check", "submission", "side_effects"),
        ("/check", "tolerance", "rtol"),
        ("/audit", "compares"),
        ("/contours", "window"),
    } <= found
    assert len(places()) > 500


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=lambda number: f"{REQUESTS[number][0]}-{number}")
def test_null_is_answered_as_if_it_was_left_out(client, number):
    path, chosen = REQUESTS[number]
    known, different = {}, []
    for place in (place for *asked, place in places() if asked == [path, chosen]):
        bare = with_member(chosen, place)
        written = json.dumps(bare)
        if written not in known:  # without what most places do not have, it is the same request
            known[written] = posted(client, path, bare)
        if posted(client, path, with_member(chosen, place, None)) != known[written]:
            different.append(place)
    assert different == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_so_are_all_members_of_an_optimizer_at_once_in_every_convention(client, name):
    optional = set(committed()["components"]["schemas"][f"Optimizer.{name}"]["properties"]) - {"name", "convention"}
    for convention in (None, *(known for known, each in CONVENTIONS.items() if name in each.by_optimizer)):
        plain = {"name": name, **({"convention": convention} if convention else {})}
        never = CONVENTIONS[convention or default_convention(name)].by_optimizer[name].says_null
        for lr in ({}, {"lr": 0.1}):
            nulls = dict.fromkeys((optional | {"convention"}) - never)
            request = {"objective": "quadratic", "steps": 3}
            bare = posted(client, "/trajectory", {**request, "optimizer": {**plain, **lr}})
            assert posted(client, "/trajectory", {**request, "optimizer": {**nulls, **plain, **lr}}) == bare


@pytest.mark.parametrize("name", OBJECTIVES)
def test_so_are_all_parameters_of_an_objective_at_once(client, name):
    nulls = dict.fromkeys(["dimension", *(parameter.name for parameter in OBJECTIVES[name].parameters)])
    run = {"optimizer": ADAM, "steps": 3}
    bare = posted(client, "/trajectory", {**run, "objective": {"name": name}})
    assert bare[0] == 200
    assert posted(client, "/trajectory", {**run, "objective": {"name": name, **nulls}}) == bare


def test_so_is_a_slot_of_the_state(client):
    for slots in ({"m": None}, {"v": None, "t": None}, {"v_max": None}):
        state = {"m": [0.1, 0.2], "v": [1.0, 1.0], "t": 3}
        left = {name: slot for name, slot in state.items() if name not in slots}
        assert posted(client, "/step", {**STEP, "state": {**state, **slots}}) == posted(client, "/step", {**STEP, "state": left})


def test_what_has_nothing_but_null_is_empty(client):
    for target in ({"distance": None, "arrival": None}, {"arrival": None}):
        assert posted(client, "/trajectory", {**RUN, "target": target}) == posted(client, "/trajectory", {**RUN, "target": {}})
    assert posted(client, "/map", {**TWO, "grid": {"x": None}}) == posted(client, "/map", {**TWO, "grid": {}})
    assert posted(client, "/trajectory", {**RUN, "stop": {"distance": None}}) == posted(client, "/trajectory", {**RUN, "stop": {}})


def test_so_is_a_second_name_of_one_quantity(client):
    keras = {"name": "Adam", "convention": "keras", "learning_rate": 0.1}
    assert posted(client, "/step", {**STEP, "optimizer": {**keras, "lr": None}})[0] == 200
    assert b"sets the same quantity" in posted(client, "/step", {**STEP, "optimizer": {**keras, "lr": 0.1}})[2]


def test_so_is_the_other_of_params_and_points_in_a_submission(client):
    for submission in ({"params": [1.0, 2.0], "points": None}, {"points": [[1.0, 2.0]], "params": None}):
        bare = {name: value for name, value in submission.items() if value is not None}
        asked = {"reference": STEP}
        assert posted(client, "/check", {**asked, "submission": submission}) == posted(client, "/check", {**asked, "submission": bare})


REFUSED = [
    ("/step", STEP, ("params",), "expected a value, got null"),
    ("/step", STEP, ("optimizer",), "expected a value, got null"),
    ("/step", STEP, ("optimizer", "name"), "expected a string, got null"),
    ("/step", STEP, ("params", 1), "expected a number, got null"),
    ("/step", STEP, ("state", "m", 0), "expected a number, got null"),
    ("/step", STEP, ("optimizer", "beta_one"), "unknown hyperparameter of adam 'beta_one'; did you mean "),
    ("/step", {**STEP, "params": NAMED, "gradient": NAMED, "state": None}, ("params", "b"), "expected a number or a list, got null"),
    ("/step", STEP, ("momentum",), "unknown key 'momentum'"),
    ("/step", STEP, ("state", "velocity"), "unknown slot of adam 'velocity'"),
    ("/trajectory", RUN, ("noise", "std"), "expected a number, got null"),
    ("/trajectory", RUN, ("schedule", "decay_rate"), "expected a number, got null"),
    ("/trajectory", RUN, ("include", 0), "expected a name, got null"),
    ("/trajectory", REPLAY, ("gradients", 0), "expected a number or a list, got null"),
    ("/trajectory", REPLAY, ("values", 0), "expected a number or a list, got null"),
    ("/compare", PAIR, ("starts", "one"), "expected a number or a list, got null"),
    ("/map", {**TWO, "grid": {"x": [-1, 1, 3]}}, ("grid",), "expected a value, got null"),
    ("/check", ONE_CHECK, ("reference", "gradient"), "expected a value, got null"),
    ("/contours", {"objective": "beale"}, ("objective",), "expected a value, got null"),
    ("/convert", {"optimizer": "adam", "to": "keras"}, ("to",), "expected a convention, one of"),
]


@pytest.mark.parametrize(("path", "request_", "place", "told"), REFUSED, ids=lambda value: str(value)[:40])
def test_null_is_refused_where_a_value_is_needed(client, path, request_, place, told):
    status, _, body = posted(client, path, with_member(request_, place, None))
    errors = {error["pointer"]: error["detail"] for error in json.loads(body)["errors"]}
    assert status == 422
    assert errors["/" + "/".join(map(str, place))].startswith(told)


def test_null_in_the_numbers_of_a_submission_is_a_number_that_is_not_finite(client):
    scalar = {"optimizer": ADAM, "params": 1.0, "gradient": 1.0}
    answer = json.loads(posted(client, "/check", {"reference": scalar, "submission": {"params": None}})[2])
    assert answer["first_mismatch"]["got"] is None
    assert answer["first_mismatch"]["quantity"] == "params"


def test_a_replays_answer_can_be_posted_back(client):
    answer = json.loads(posted(client, "/trajectory", REPLAY)[2])
    assert answer["objective"] is None
    again = {**REPLAY, "optimizer": answer["optimizer"], "objective": None}
    assert posted(client, "/trajectory", again)[2] == posted(client, "/trajectory", REPLAY)[2]
