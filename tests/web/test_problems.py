"""Every row of the contract's table of errors, and that the service is none the worse for it."""

import io
import json
import logging
from dataclasses import replace

import pytest

from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.web import create_app, index, step, trajectory
from stepgrade_service.web.settings import Settings

STEP = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
RUN = {"optimizer": {"name": "adam", "lr": 0.05}, "objective": {"name": "quadratic", "condition": 20}, "start": "A", "steps": 20}
REPLAY = {"optimizer": "gd", "gradients": [[1, 2], [3, 4]], "start": [0, 0]}
BODY = json.dumps(STEP).encode()
MIB_8 = 8 * 1024 * 1024


def nested(value, depth):
    for _ in range(depth):
        value = [value]
    return value


@pytest.fixture(autouse=True)
def unharmed(post):
    """Whatever a test asks for, the next request is answered as ever."""
    yield
    assert post("/step", STEP).status_code == 200


# 400: not JSON.


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"optimizer=adam", id="a form"),
        pytest.param(b"{'optimizer': 'adam'}", id="single quotes"),
        pytest.param(BODY[:-1], id="cut off"),
        pytest.param(BODY + b"x", id="something behind it"),
        pytest.param(b"[" * 100_000, id="100,000 brackets"),
        pytest.param(b"[" * 2000 + b"]" * 2000, id="2,000 lists"),
        pytest.param(b'{"a":' * 100_000, id="100,000 braces"),
        pytest.param(BODY.replace(b"1.0", b"1e400"), id="1e400"),
        pytest.param(BODY.replace(b"1.0", b"-1e400"), id="-1e400"),
        pytest.param(BODY.replace(b"1.0", b"9" * 400), id="400 digits"),
        pytest.param(BODY.replace(b"1.0", b"NaN"), id="NaN"),
        pytest.param(BODY.replace(b"1.0", b"Infinity"), id="Infinity"),
        pytest.param(BODY.replace(b"1.0", b"-Infinity"), id="-Infinity"),
        pytest.param(BODY.replace(b"1.0", b"01"), id="a leading zero"),
        pytest.param(BODY.replace(b"rmsprop", b"\xff\xfe"), id="not UTF-8"),
        pytest.param(BODY.replace(b"rmsprop", "é".encode("latin-1")), id="Latin-1"),
        pytest.param(BODY.replace(b"rmsprop", rb"\ud800"), id="half a surrogate pair"),
        pytest.param(BODY.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(BODY.decode().encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(BODY.decode().encode("utf-32"), id="UTF-32"),
    ],
)
@pytest.mark.parametrize("path", ["/step", "/trajectory", "/contours"])
def test_what_is_not_json_is_a_400(post, problem, path, body):
    told = problem(post(path, body), 400)
    assert told["type"] == "urn:stepgrade:problem:not-json"
    assert told["detail"].startswith(("the body ", "byte "))
    assert len(told["detail"]) < 400


def test_of_a_key_that_is_there_twice_the_last_value_counts(client):
    twice = b'{"optimizer": {"name": "gd", "lr": 9, "lr": 0.5}, "params": [9], "gradient": [2], "params": [1]}'
    assert client.post("/step", data=twice, content_type="application/json").get_json()["params"] == [0.0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b'{"a": 1, "b": True}', "line 1 column 15: got True; write true"),
        (b'{"a": None}', "got None; write null"),
        (b"'{\"a\": 1}'", "column 1: got '; send the JSON without quotes around it"),
        (b"{'a': 1}", "column 2: got '; write \" in its place"),
        (b"{a: 1}", 'got a; a name or a text stands in double quotes, as in "a"'),
        ('{"é": True}'.encode(), "column 7: got True"),
        (b'{"name": "caf\xe9"}', "byte 14 of the body is not UTF-8 (it is 0xe9)"),
        (b"[" * 2000 + b"]" * 2000, "the body is nested too deeply: expected at most 64 nested lists"),
        (b'{"a": NaN}', "got NaN; JSON has no NaN and no Infinity"),
        (b'{"a":\n -Infinity}', "line 2 column 2: got -Infinity; JSON has no NaN"),
        (b'{"a": 1e400}', "at most 1.8e308"),
        (b'{"a": 1', "the body ends too early"),
        (b'{"a": 1} x', "expected nothing after the document, got x"),
        (b'{"a": 1 "b": 2}', 'got "; before it a comma, a colon or a closing bracket is missing'),
        (b'{"a": [1,]}', "leave out this comma"),
        (b'{"a": 1} # one', "got #"),
        (b'\xef\xbb\xbf{"a": 1}', "a byte order mark"),
        (b"optimizer=adam", "got optimizer; the JSON of a request begins with {"),
    ],
)
def test_what_is_not_json_is_told_with_its_place_and_what_to_write(post, problem, body, told):
    detail = problem(post("/step", body), 400)["detail"]
    assert told in detail
    assert ("has no NaN" in detail) == (b"NaN" in body or b"Infinity" in body)


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "x" * 1000])
def test_another_charset_is_a_400(post, problem, charset):
    assert "UTF-8" in problem(post("/step", STEP, Content_Type=f"application/json; charset={charset}"), 400)["detail"]


def test_a_body_that_ends_too_early_is_a_400(client, problem):
    sent = {"wsgi.input": io.BytesIO(BODY), "CONTENT_LENGTH": str(len(BODY) + 1), "CONTENT_TYPE": "application/json"}
    assert "Content-Length" in problem(client.post("/step", environ_overrides=sent), 400)["detail"]


# 404, 405, 406 and 415 (those of content types and forms are in test_exchange.py).


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/stepp", "/step"),
        ("/trajectry", "/trajectory"),
        ("/optimisers", "/optimizers"),
        ("/openapi.yml", "/openapi.yaml"),
        ("/v1/step", "/step"),
    ],
)
def test_an_unknown_path_is_a_404_with_the_nearest(post, client, problem, path, nearest):
    assert f"{nearest}" in problem(post(path, STEP), 404)["detail"].split("did you mean ")[1]
    assert problem(client.get(path), 404)


@pytest.mark.parametrize(
    "path", ["/zzzzzzzzzzzz", "/step/extra", "/optimizers/adam/lr", "/" + "a" * 5000, "/%0d%0aX-Injected:%201", "/optimizers/a%2Fb"]
)
def test_any_other_path_is_a_404_in_short(client, problem, path):
    answer = client.get(path)
    assert len(problem(answer, 404)["detail"]) < 400
    assert "X-Injected" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/step", "OPTIONS, POST"),
        ("HEAD", "/trajectory", "OPTIONS, POST"),
        ("PUT", "/step", "OPTIONS, POST"),
        ("DELETE", "/contours", "OPTIONS, POST"),
        ("TRACE", "/step", "OPTIONS, POST"),
        ("BREW", "/step", "OPTIONS, POST"),
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("POST", "/optimizers/adam", "GET, HEAD, OPTIONS"),
        ("PATCH", "/readyz", "GET, HEAD, OPTIONS"),
    ],
)
def test_an_unknown_method_is_a_405_with_allow(client, problem, method, path, allowed):
    answer = client.open(path, method=method)
    assert answer.headers["Allow"] == allowed
    assert answer.status_code == 405
    if method != "HEAD":
        assert allowed in problem(answer, 405)["detail"]


# 400, 411 and 413 for the length of a body.


def test_a_body_that_is_missing_is_a_400(client, problem):
    assert problem(client.post("/step", headers={"Content-Type": "application/json"}), 400)["type"].endswith(":no-body")


def test_a_body_of_unknown_length_is_a_411(client, problem):
    headers = {"Content-Type": "application/json"}
    chunked = client.post("/step", headers={**headers, "Transfer-Encoding": "chunked"}, input_stream=None)
    assert problem(chunked, 411)
    assert problem(client.post("/step", data=BODY, headers={**headers, "Transfer-Encoding": "Chunked"}), 411)


def test_a_body_of_8_mib_is_taken_and_one_byte_more_is_a_413(post, problem):
    padded = BODY + b" " * (MIB_8 - len(BODY))
    assert post("/step", padded).data == post("/step", STEP).data
    told = problem(post("/step", padded + b" "), 413)
    assert told["limit"] == MIB_8
    assert str(MIB_8 + 1) in told["detail"]


def test_8_mib_of_numbers_are_taken(post):
    count = (MIB_8 - 100) // 40
    numbers = b",".join([b"0.1234567890123456"] * count)
    answer = post("/step", b'{"optimizer":"gd","params":[%b],"gradient":[%b]}' % (numbers, numbers))
    assert len(answer.json["params"]) == count


# 422: what is no request at all.


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b"3", b'"adam"', b"true", b"[{}]"])
@pytest.mark.parametrize("path", ["/step", "/trajectory", "/contours"])
def test_what_is_no_request_is_a_422_that_says_what_to_send(faults, path, body):
    needed = {"/step": {"/optimizer", "/params", "/gradient"}, "/trajectory": {"/optimizer", "/objective"}, "/contours": {"/objective"}}
    told = faults(path, body)
    if body == b"{}":
        assert set(told) == needed[path]
    else:
        assert list(told) == [""]
        assert "expected an object with any of" in told[""]


@pytest.mark.parametrize(
    ("path", "key", "value", "said"),
    [
        ("/step", "lr", 0.1, 'write it inside optimizer: {"name": "adam", "lr": 0.1}'),
        ("/step", "name", "adam", 'write it inside optimizer: {"name": "adam"}'),
        ("/step", "weights", [1.0], "did you mean params?"),
        ("/step", "grads", [1.0], "did you mean gradient?"),
        ("/trajectory", "beta1", 0.9, 'write it inside optimizer: {"name": "adam", "beta1": 0.9}'),
        ("/trajectory", "condition", 20, 'write it inside objective: {"name": "quadratic", "condition": 20}'),
        ("/trajectory", "expression", "x**2 + y**2", 'write it inside objective: {"expression": "x**2 + y**2"}'),
        ("/trajectory", "seed", 3, 'write it inside noise: {"seed": 3}'),
        ("/trajectory", "decay_rate", 0.9, 'write it inside schedule: {"name": ..., "decay_rate": 0.9}'),
        ("/trajectory", "center", [1, 2], 'write it inside objective: {"name": "quadratic", "center": ...}'),
        ("/trajectory", "x0", [1, 2], "did you mean start?"),
        ("/trajectory", "epochs", 5, "did you mean steps?"),
        ("/compare", "lr", 0.1, 'write it inside each optimizer: {"name": "gd", "lr": 0.1}'),
        ("/compare", "optimizer", "gd", "did you mean optimizers?"),
    ],
)
def test_a_key_a_level_too_high_is_told_where_it_belongs(faults, path, key, value, said):
    asked = {
        "/step": {"optimizer": "adam", "params": [1.0], "gradient": [0.5]},
        "/trajectory": {"optimizer": {"name": "adam"}, "objective": "quadratic"},
        "/compare": {"optimizers": [{"name": "gd"}, "adam"], "objective": "quadratic"},
    }[path]
    assert faults(path, {**asked, key: value})[f"/{key}"].partition("; ")[2].startswith(said)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gradient descent", "gd"),
        ("Stochastic Gradient Descent", "sgd"),
        ("SGD with momentum", "momentum"),
        ("RMS prop", "rmsprop"),
        ("Adam W", "adamw"),
        ("NAG", "nesterov"),
    ],
)
def test_the_name_that_is_meant_is_told_and_no_other(faults, name, meant):
    told = faults("/step", {**STEP, "optimizer": name})
    assert told["/optimizer"] == f"unknown optimizer {name!r}; did you mean {meant}?"


def test_an_object_without_a_name_is_told_which_of_its_keys_has_it(faults):
    told = faults("/compare", {"objective": {"function": "rosenbrock"}, "optimizers": [{"type": "Adam", "lr": 0.1}, {"lr": 0.1}]})
    assert told["/objective/name"] == "this field is missing: write name in place of function"
    assert told["/optimizers/0/name"] == "this field is missing: write name in place of type"
    assert len(told["/optimizers/1/name"]) < 200, "not all the names there are"


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ("x**2 + y**2", 'write a formula as an object: {"expression": "x**2 + y**2"}'),
        ("x^2+y^2", 'write a formula as an object: {"expression": "x^2+y^2"}'),
        ("bowl", "did you mean quadratic?"),
        ("Banana", "did you mean distill_banana?"),
        ("rosenbrok", "did you mean rosenbrock?"),
    ],
)
def test_an_unknown_objective_is_told_what_it_may_be(faults, objective, said):
    assert faults("/trajectory", {**RUN, "objective": objective})["/objective"].partition("; ")[2] == said


@pytest.mark.parametrize(
    ("optimizer", "pointer", "got"),
    [({"lr": -1}, "lr", "-1"), ({"beta1": 1.5}, "beta1", "1.5"), ({"beta1": True}, "beta1", "true"), ({"lr": 1e301}, "lr", "1e+301")],
)
def test_a_number_out_of_bounds_is_told_with_what_was_got(faults, optimizer, pointer, got):
    told = faults("/step", {**STEP, "optimizer": {"name": "adam", **optimizer}})
    assert told[f"/optimizer/{pointer}"].endswith(f", got {got}")
    assert faults("/trajectory", {**RUN, "steps": -3})["/steps"].endswith(", got -3")


@pytest.mark.parametrize(
    ("asked", "misspelt", "nearest"),
    [("torch", "lerning_rate", "lr"), ("keras", "lerning_rate", "learning_rate"), ("torch", "beta_3", "beta1"), ("optax", "bb1", "b1")],
)
def test_the_nearest_hyperparameter_is_one_that_the_convention_takes(faults, asked, misspelt, nearest):
    told = faults("/step", {**STEP, "optimizer": {"name": "adam", "convention": asked, misspelt: 0.5}})[f"/optimizer/{misspelt}"]
    offered = told.partition("did you mean ")[2].partition("?")[0].split(" or ")
    assert nearest in offered
    for name in offered:
        value = [0.5, 0.5] if name == "betas" else 0.5
        assert not [said for said in faults_of(faults, asked, name, value) if "this is the name in" in said]


def faults_of(faults, convention, name, value):
    """What is said of one argument of adam, beside a fault that is always there."""
    return faults("/step", {**STEP, "value": "x", "optimizer": {"name": "adam", "convention": convention, name: value}}).values()


# 422: tensors.


@pytest.mark.parametrize(
    ("tensor", "pointer", "expected"),
    [
        (nested(1.0, 65), "", "at most 64 nested lists"),
        (nested(1.0, 500), "", "at most 64 nested lists"),
        ([], "", "at least one number"),
        ([[], []], "", "at least one number"),
        ({}, "", "at least one named tensor"),
        ([1, [2]], "/1", ""),
        ([[1, 2], [3]], "", "equal length at each level"),
        ([[1], 2], "", ""),
        ("1.0", "", "got a string"),
        ([1, "2"], "/1", "expected a number, got a string"),
        ([1, True], "/1", "got true"),
        ([1, None], "/1", "got null"),
        ([1, {"a": 1}], "/1", "got an object"),
        (True, "", "got true"),
        (None, "", "got null"),
        ({"W": [1, "2"], "b": None}, "/W/1", "got a string"),
        ({"W": {"a": 1}}, "/W", "got an object"),
        ({"x" * 129: 1}, "", "at most 128 characters"),
        ({"a\nb": 1}, "", "control character"),
        ({str(k): 1 for k in range(10_001)}, "", "at most 10000 named tensors"),
    ],
)
def test_what_is_no_tensor_is_told_where_it_is_none(faults, tensor, pointer, expected):
    for path, asked, place in (
        ("/step", {**STEP, "params": tensor, "gradient": tensor}, "/params"),
        ("/trajectory", {**RUN, "start": tensor}, "/start"),
    ):
        if (tensor is None or isinstance(tensor, str)) and path == "/trajectory":
            continue  # no start, or the name of one
        told = faults(path, asked)
        found = told.get(place + pointer) or told[place]
        assert expected in found


def test_a_wrong_array_is_not_told_entry_by_entry(faults):
    told = faults("/step", {**STEP, "params": ["1"] * 100_000})
    assert 1 <= len([pointer for pointer in told if pointer.startswith("/params")]) <= 10


@pytest.mark.parametrize(
    ("gradient", "pointer"),
    [([1.0], ""), ([[1.0, 2.0]], ""), (1.0, ""), ({"a": [1.0, 2.0]}, ""), ([1.0, 2.0, 3.0], ""), ([1.0, None], "/1")],
)
def test_a_gradient_is_laid_out_like_its_params(faults, gradient, pointer):
    assert set(faults("/step", {**STEP, "gradient": gradient})) == {f"/gradient{pointer}"}
    replay = faults("/trajectory", {**REPLAY, "gradients": [[1, 2], gradient]})
    assert set(replay) == {f"/gradients/1{pointer}"}


def test_the_tensors_of_a_wrong_shape_are_named(faults):
    params = {"W": [[1, 2]], "b": [1], "c": 0}
    told = faults("/step", {"optimizer": "gd", "params": params, "gradient": {"W": [[1], [2]], "b": 1, "c": 0}})
    assert told == {
        "/gradient/W": "expected shape [1, 2] as in params; got shape [2, 1]",
        "/gradient/b": "expected shape [1] as in params; got a number",
    }
    assert set(faults("/step", {"optimizer": "gd", "params": params, "gradient": {"W": [[1, 2]], "b": [1]}})) == {"/gradient"}


def test_a_state_has_the_slots_of_its_optimizer_in_the_layout_of_the_params(faults):
    told = faults("/step", {**STEP, "state": {"t": -1, "v": [1], "vv": [1, 2], "m": [0, 0]}})
    assert set(told) == {"/state/t", "/state/v", "/state/vv", "/state/m"}
    assert "did you mean v?" in told["/state/vv"]
    for state in (3, [], "m", {"t": 1.5}, {"t": "1"}, {"t": True}, {"t": 1e30}, {"t": 0, "v": [None, 1]}):
        assert all(pointer.startswith("/state") for pointer in faults("/step", {**STEP, "state": state}))


# 422: numbers that are none, or out of range.


@pytest.mark.parametrize("value", ["1", "0.1", True, False, [], {}, [1]])
@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/step", ("value",)),
        ("/step", ("optimizer", "rho")),
        ("/step", ("optimizer", "lr")),
        ("/trajectory", ("steps",)),
        ("/trajectory", ("record_every",)),
        ("/trajectory", ("objective", "condition")),
        ("/trajectory", ("objective", "dimension")),
        ("/trajectory", ("noise", "std")),
        ("/trajectory", ("noise", "seed")),
        ("/trajectory", ("target", "distance")),
        ("/trajectory", ("stop", "gradient_norm")),
        ("/trajectory", ("schedule", "decay_rate")),
    ],
)
def test_strings_booleans_and_lists_are_no_numbers(faults, path, place, value):
    asked = (
        STEP
        if path == "/step"
        else {**RUN, "noise": {"std": 1}, "target": {"distance": 1}, "stop": {}, "schedule": {"name": "inverse_time", "decay_rate": 1}}
    )
    asked = json.loads(json.dumps(asked))
    *parents, last = place
    parent = asked
    for key in parents:
        parent = parent[key]
    parent[last] = value
    told = faults(path, asked)
    assert all(pointer.startswith("/" + "/".join(place)) for pointer in told)
    assert all("expected" in detail for detail in told.values())


@pytest.mark.parametrize(
    ("path", "asked", "pointer"),
    [
        ("/step", {**STEP, "optimizer": {"name": "adam", "lr": -1}}, "/optimizer/lr"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "beta1": 1}}, "/optimizer/beta1"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "betas": [0.9, 1.0]}}, "/optimizer/betas/1"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "betas": [0.9]}}, "/optimizer/betas"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "beta1": [0.9, 0.99]}}, "/optimizer/beta1"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "eps": -1e-9}}, "/optimizer/eps"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "lr": 1e301}}, "/optimizer/lr"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "eps_mode": "outsid"}}, "/optimizer/eps_mode"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "amsgrad": 1}}, "/optimizer/amsgrad"),
        ("/step", {**STEP, "value": 1e301}, "/value"),
        ("/trajectory", {**RUN, "steps": -1}, "/steps"),
        ("/trajectory", {**RUN, "steps": 1.5}, "/steps"),
        ("/trajectory", {**RUN, "steps": 10**30}, "/steps"),
        ("/trajectory", {**RUN, "record_every": 0}, "/record_every"),
        ("/trajectory", {**RUN, "objective": {"name": "quadratic", "condition": 0.5}}, "/objective/condition"),
        ("/trajectory", {**RUN, "objective": {"name": "quadratic", "condition": 1e13}}, "/objective/condition"),
        ("/trajectory", {**RUN, "objective": {"name": "quadratic", "dimension": 2, "center": [1, 2, 3]}}, "/objective/center"),
        ("/trajectory", {**RUN, "objective": {"name": "sphere", "dimension": 0}}, "/objective/dimension"),
        ("/trajectory", {**RUN, "objective": {"name": "beale", "dimension": 3}}, "/objective/dimension"),
        ("/trajectory", {**RUN, "noise": {"std": -1}}, "/noise/std"),
        ("/trajectory", {**RUN, "noise": {"std": 1, "seed": -1}}, "/noise/seed"),
        ("/trajectory", {**RUN, "noise": {"std": 1, "seed": 2**53}}, "/noise/seed"),
        ("/trajectory", {**RUN, "noise": 0.1}, "/noise"),
        ("/trajectory", {**RUN, "target": {"distance": -1}}, "/target/distance"),
        ("/trajectory", {**RUN, "target": {"distance": 1, "value_gap": 1}}, "/target"),
        ("/trajectory", {**RUN, "target": {}}, "/target"),
        ("/trajectory", {**RUN, "stop": {"distance": -1}}, "/stop/distance"),
        ("/trajectory", {**RUN, "stop": [1]}, "/stop"),
        ("/trajectory", {**RUN, "schedule": []}, "/schedule"),
        ("/trajectory", {**RUN, "schedule": [0.1] * 19}, "/schedule"),
        ("/trajectory", {**RUN, "schedule": [0.1, -1]}, "/schedule/1"),
        ("/trajectory", {**RUN, "schedule": {"name": "step"}}, "/schedule/step_size"),
        ("/trajectory", {**RUN, "schedule": {"name": "step", "step_size": 1.5}}, "/schedule/step_size"),
        ("/trajectory", {**RUN, "include": "points"}, "/include"),
        ("/trajectory", {**RUN, "include": ["points"] * 21}, "/include"),
        ("/trajectory", {**RUN, "include": [3]}, "/include/0"),
        ("/trajectory", {**RUN, "objective": "beale", "start": [1, 2, 3]}, "/start"),
        ("/trajectory", {**RUN, "start": [1e200, 1e200]}, "/start"),
        ("/trajectory", {**RUN, "start": ""}, "/start"),
    ],
)
def test_a_value_out_of_range_is_told_with_what_was_expected(faults, path, asked, pointer):
    told = faults(path, asked)
    assert set(told) == {pointer}
    assert "expected" in told[pointer] or "unknown" in told[pointer] or "not finite" in told[pointer]


def test_a_start_where_the_objective_is_not_finite_is_refused(faults):
    told = faults("/trajectory", {**RUN, "objective": "rosenbrock", "start": [1e155, 1]})
    assert told == {"/start": "rosenbrock or its gradient is not finite there"}


# 422: names and keys that are not known, each with the nearest.


@pytest.mark.parametrize(
    ("path", "asked", "pointer", "nearest"),
    [
        ("/step", {**STEP, "optimizer": "adm"}, "/optimizer", "adam"),
        ("/step", {**STEP, "optimizer": {"name": "rmsprp"}}, "/optimizer/name", "rmsprop"),
        ("/trajectory", {**RUN, "objective": {"name": "rosenbrok"}}, "/objective/name", "rosenbrock"),
        ("/trajectory", {**RUN, "schedule": "cosin"}, "/schedule", "cosine"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "convention": "pytorch"}}, "/optimizer/convention", "torch"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "bta1": 0.9}}, "/optimizer/bta1", "beta1"),
        ("/step", {**STEP, "optimizer": {"name": "adam", "convention": "keras", "beta_11": 0.9}}, "/optimizer/beta_11", "beta_1"),
        ("/step", {**STEP, "grad": [1, 2]}, "/grad", "gradient"),
        ("/step", {**STEP, "state": {"t": 0, "vv": [1, 2]}}, "/state/vv", "v"),
        ("/trajectory", {**RUN, "stpes": 3}, "/stpes", "steps"),
        ("/trajectory", {**RUN, "recordEvery": 3}, "/recordEvery", "record_every"),
        ("/trajectory", {**RUN, "objective": "rosenbrok"}, "/objective", "rosenbrock"),
        ("/trajectory", {**RUN, "objective": {"name": "quadratic", "conditon": 3}}, "/objective/conditon", "condition"),
        ("/trajectory", {**RUN, "objective": "himmelblau", "start": "peek"}, "/start", "peak"),
        ("/trajectory", {**RUN, "schedule": {"name": "cosin", "decay_steps": 3}}, "/schedule/name", "cosine"),
        ("/trajectory", {**RUN, "schedule": {"name": "cosine", "decay_step": 3, "decay_steps": 3}}, "/schedule/decay_step", "decay_steps"),
        ("/trajectory", {**RUN, "stop": {"gradient_nrom": 1}}, "/stop/gradient_nrom", "gradient_norm"),
        ("/trajectory", {**RUN, "target": {"distnce": 1}}, "/target/distnce", "distance"),
        ("/trajectory", {**RUN, "noise": {"std": 1, "sed": 1}}, "/noise/sed", "seed"),
        ("/trajectory", {**RUN, "include": ["point"]}, "/include/0", "points"),
        ("/trajectory?them=dark", RUN, "/query/them", "theme"),
        ("/contours", {"objective": "beale", "level": 3}, "/level", "levels"),
    ],
)
def test_a_typo_is_told_with_the_nearest_known_name(faults, path, asked, pointer, nearest):
    told = faults(path, asked)
    assert set(told) == {pointer}
    assert nearest in told[pointer].replace(pointer.split("/")[-1], "", 1)


def test_an_optimizer_that_a_convention_has_not_is_told_with_those_that_have_it(faults):
    told = faults("/step", {**STEP, "optimizer": {"name": "normalized_gd", "convention": "torch", "lr": 1}})
    assert told == {"/optimizer/name": "torch has no normalized_gd; these conventions have it: paper"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_has_no_default_must_be_given(client, faults, name):
    for convention in client.get(f"/optimizers/{name}").json["conventions"]:
        if convention["required"]:
            told = faults("/step", {**STEP, "optimizer": {"name": name, "convention": convention["name"]}})
            assert set(told) - {"/value", "/hessian_diagonal"} == {f"/optimizer/{required}" for required in convention["required"]}


def test_one_quantity_under_two_names_is_refused(faults):
    assert set(faults("/step", {**STEP, "optimizer": {"name": "adam", "betas": [0.9, 0.99], "beta1": 0.9}})) == {"/optimizer/beta1"}
    keras = {"name": "adam", "convention": "keras", "lr": 0.1, "learning_rate": 0.1}
    assert set(faults("/step", {**STEP, "optimizer": keras})) == {"/optimizer/learning_rate"}


@pytest.mark.parametrize(
    ("optimizer", "pointers"),
    [
        ({"name": "adam", "eps": {"W": 0.1}}, {"/eps"}),
        ({"name": "adam", "eps": {"W": 0.1, "b": 0.1, "c": 0.1}}, {"/eps/c"}),
        ({"name": "adam", "eps": {}}, {"/eps"}),
        ({"name": "adam", "eps": {"W": -1, "b": 0.1}}, {"/eps/W"}),
        ({"name": "adam", "eps": {"W": "1", "b": None}, "beta1": {"W": 1, "b": True}}, {"/eps/W", "/eps/b", "/beta1/W", "/beta1/b"}),
        ({"name": "adam", "eps": {"W": 0.1, "b": 0.1}, "beta1": {"W": 0.9, "c": 0.5}}, {"/beta1", "/beta1/c"}),
        ({"name": "adam", "convention": "keras", "epsilon": {"W": 0.1}}, {"/epsilon"}),
        ({"name": "adam", "betas": [{"W": 0.9, "b": 2}, {"W": -1, "b": 2}]}, {"/betas/0/b", "/betas/1/W", "/betas/1/b"}),
        ({"name": "adam", "betas": [{"W": 0.9}, 0.999]}, {"/betas/0"}),
        ({"name": "adam", "amsgrad": {"W": True, "b": False}}, {"/amsgrad"}),
        ({"name": "adam", "lr": {"W": 0.1, "b": 0.2}, "eps": {"W": 0.1, "c": 0.1}}, {"/eps", "/eps/c"}),
        ({"name": "sgd", "momentum": {"W": 0.9, "b": 0}, "nesterov": True}, {"/momentum/b"}),
        ({"name": "sgd", "momentum": 0.9, "dampening": {"W": 0, "b": 0.1}, "nesterov": True}, {"/dampening/b"}),
        (
            {"name": "adam", "weight_decay": {"W": 0, "b": 0.1}, "weight_decay_mode": "decoupled_unscaled", "lr": {"W": 1, "b": 1}},
            {"/lr"},
        ),
        ({"name": "gd_backtracking", "c1": {"W": 0.1, "b": 0.1}}, {"/c1"}),
    ],
    ids=lambda each: str(sorted(each) if isinstance(each, set) else each),
)
def test_what_is_wrong_with_a_number_for_each_tensor_is_told_where_it_stands(faults, optimizer, pointers):
    start = {"W": [1, 2], "b": 1}
    assert set(faults("/trajectory", {"optimizer": optimizer, "objective": "sphere", "start": start})) == {
        f"/optimizer{p}" for p in pointers
    }
    if optimizer["name"] != "gd_backtracking":
        assert set(faults("/step", {"optimizer": optimizer, "params": start, "gradient": start})) == {f"/optimizer{p}" for p in pointers}
    compared = faults("/compare", {"optimizers": ["gd", optimizer], "objective": "sphere", "start": start})
    assert set(compared) == {f"/optimizers/1{p}" for p in pointers}


def test_params_without_names_take_one_number_for_all(faults):
    grouped = {"name": "adam", "eps": {"W": 0.1, "b": 0.1}}
    told = {"/optimizer/eps": "expected one number: the params have no names"}
    assert faults("/step", {**STEP, "optimizer": grouped}) == told
    assert faults("/trajectory", {**REPLAY, "optimizer": grouped}) == told
    for start in ({}, {"start": "default"}, {"start": [1, 2]}):
        assert faults("/trajectory", {"optimizer": grouped, "objective": "rosenbrock", **start}) == told
    grid = {"optimizers": [grouped], "objective": "rosenbrock", "grid": {"x": [0, 1, 2]}}
    assert set(faults("/map", grid)) == {"/optimizers/0/eps"}


def test_a_number_for_each_tensor_is_graded_too(post):
    start, gradients = {"W": [[1, -2], [0.5, 3]], "b": [1, 2]}, [{"W": [[0.1, -4], [1, 0.5]], "b": [0.3, -1]}] * 2
    for optimizer in (
        {"name": "adam", "beta2": {"W": 0.999, "b": 0.9}, "eps": {"W": 1e-8, "b": 0.1}},
        {"name": "rmsprop", "rho": {"W": 0.9, "b": 1}, "eps": {"W": 0, "b": 0.1}},
        {"name": "novograd", "lr": 0.1, "beta1": {"W": 0.5, "b": 0}, "eps_root": {"W": 0.5, "b": 0}},
        {"name": "sm3", "lr": 0.1, "rho": {"W": 0.5, "b": 1}},
    ):
        reference = {"optimizer": optimizer, "start": start, "gradients": gradients}
        run = post("/trajectory", reference).json
        for points, passed in ((run["points"], True), ([start] * 3, False)):
            verdict = post("/check", {"reference": reference, "submission": {"points": points}})
            assert verdict.status_code == 200, verdict.text
            assert verdict.json["passed"] == passed
        assert post("/check", {"reference": reference, "candidates": True}).status_code == 200
        probes = post("/probe", {"optimizer": optimizer})
        assert probes.status_code == 200, probes.text


def test_a_probe_of_what_asks_the_objective_is_refused_with_the_reason(faults):
    assert "there are no probes for gd_backtracking" in faults("/probe", {"optimizer": "gd_backtracking"})["/optimizer"]


def test_rates_one_a_tensor_name_every_tensor(faults):
    step = {"params": {"W": [1], "b": 1}, "gradient": {"W": [1], "b": 1}}
    told = faults("/step", {**step, "optimizer": {"name": "gd", "lr": {"W": 1}}})
    assert told == {"/optimizer/lr": "expected an entry for each tensor; no entry for b"}
    assert set(faults("/step", {**step, "optimizer": {"name": "gd", "lr": {"W": 1, "b": "1"}}})) == {"/optimizer/lr/b"}
    assert set(faults("/step", {**STEP, "optimizer": {"name": "gd", "lr": {"W": 1}}})) == {"/optimizer/lr"}


def test_a_number_of_one_tensor_that_does_not_go_with_another_setting_is_the_fault_of_that_tensor(faults):
    step = {"params": {"W": [1], "b": 1}, "gradient": {"W": [1], "b": 1}}
    optimizer = {"name": "sgd", "lr": 0.1, "momentum": {"W": 0, "b": 0.9}, "nesterov": True}
    assert set(faults("/step", {**step, "optimizer": optimizer})) == {"/optimizer/momentum/W"}


def test_a_slot_that_is_a_number_is_asked_for_as_one_or_with_parameter_groups_as_one_per_tensor(faults):
    step = {"params": {"W": [1], "b": 1}, "gradient": {"W": [1], "b": 1}}
    alone, grouped = ({"name": "nadam", "beta1": beta1} for beta1 in (0.9, {"W": 0.9, "b": 0.8}))
    told = faults("/step", {**step, "optimizer": alone, "state": {"mu_product": {"W": 1, "b": 1}}})
    assert told == {"/state/mu_product": "expected a number, got an object"}
    told = faults("/step", {**step, "optimizer": grouped, "state": {"mu_product": 0.5}})
    assert "with parameter groups, one number per tensor), {W: a number, b: a number}; got a number" in told["/state/mu_product"]


def test_a_pointer_is_escaped(faults):
    assert set(faults("/step", {**STEP, "a/b~c": 1, "": 2, "_schema": 3, "ключ": 4})) == {"/a~1b~0c", "/", "/_schema", "/ключ"}


# 422: parts that do not go together.


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        ({"optimizer": "gd"}, {"/objective"}),
        ({**RUN, "gradients": [[1, 2]]}, {"/objective", "/start", "/steps"}),
        ({**RUN, "values": [1]}, {"/values"}),
        ({**REPLAY, "objective": "beale"}, {"/objective"}),
        ({**REPLAY, "noise": {"std": 1}}, {"/noise"}),
        ({**REPLAY, "start": "A"}, {"/start"}),
        ({"optimizer": "gd", "gradients": [[1]]}, {"/start"}),
        ({**REPLAY, "steps": 3}, {"/steps"}),
        ({**REPLAY, "values": [1]}, {"/values"}),
        ({**REPLAY, "values": [1, "2"]}, {"/values/1"}),
        ({**REPLAY, "gradients": []}, {"/gradients"}),
        ({**REPLAY, "gradients": {"a": 1}}, {"/gradients"}),
        ({**REPLAY, "stop": {"distance": 1}}, {"/stop/distance"}),
        ({**RUN, "objective": "saddle", "start": "ridge", "stop": {"value_gap": 1}}, {"/stop/value_gap"}),
        ({"optimizer": "gd", "objective": None}, {"/objective"}),
    ],
)
def test_parts_that_do_not_go_together_are_told(faults, asked, pointers):
    assert set(faults("/trajectory", asked)) == pointers


def test_every_fault_is_told_at_once(faults, post):
    told = faults(
        "/trajectory?theme=drak",
        {
            "optimizer": {"name": "adam", "lr": "0.1", "beta1": 2, "bta2": 0.9},
            "objective": {"name": "quadratic", "condition": 0, "rotaton": 3},
            "start": [1, "2"],
            "steps": -1,
            "record_every": 0,
            "noise": {"sdt": 1, "seed": 1.5},
            "target": {"distance": -1},
            "stop": {"distance": "x", "gap": 1},
            "schedule": {"name": "step", "gamma": -1},
            "include": ["points", "point", 3],
            "state": 3,
            "stop_at": 3,
        },
    )
    assert set(told) >= {
        *("/optimizer/lr", "/optimizer/beta1", "/optimizer/bta2", "/objective/condition", "/objective/rotaton", "/start/1", "/steps"),
        *("/record_every", "/noise/sdt", "/noise/std", "/noise/seed", "/target/distance", "/stop/distance", "/stop/gap"),
        *("/schedule/step_size", "/schedule/gamma", "/include/1", "/include/2", "/stop_at", "/query/theme"),
    }


def test_the_detail_tells_the_first_fault_and_how_many_more_there_are(post, problem):
    told = problem(post("/step", {**STEP, "gard": 1, "x": 2}), 422)
    first, second = told["errors"]
    assert told["detail"] == f"{first['pointer']}: {first['detail']} (and 1 more)"
    assert second["pointer"] in ("/gard", "/x")


# 422: objects and names of absurd size; they are refused at once, and in short.


@pytest.mark.parametrize("part", ["optimizer", "objective", "state", "stop", "target", "schedule", "noise"])
def test_an_object_with_very_many_keys_is_refused(post, problem, part):
    many = {"name": "cosine", **{f"key{k}": 1 for k in range(100_000)}}
    answer = post("/trajectory", {**RUN, part: many})
    assert problem(answer, 422)
    assert len(answer.data) < 20_000


@pytest.mark.parametrize(
    "asked",
    [
        {**STEP, **{f"key{k}": 1 for k in range(100_000)}},
        {**STEP, "optimizer": "x" * 1_000_000},
        {**STEP, "optimizer": {"name": "adam", "convention": "x" * 1_000_000}},
        {**STEP, "optimizer": {"name": "gd", "lr": {f"key{k}": "1" for k in range(100_000)}}},
        {**STEP, "state": {"v": {f"key{k}": "1" for k in range(100_000)}}},
        {**STEP, "params": {f"key{k}": "1" for k in range(10_000)}},
        {**STEP, "gradient": {f"key{k}": "1" for k in range(100_000)}},
    ],
    ids=["keys", "an optimizer's name", "a convention's name", "rates", "a slot", "params", "a gradient"],
)
def test_a_request_of_absurd_size_is_refused_in_short(post, problem, asked):
    answer = post("/step", asked)
    assert problem(answer, 422)
    assert len(answer.data) < 30_000


# 422: what costs too much.


def test_more_work_than_a_request_may_cost_is_refused_with_its_cost(post, problem):
    wide = {"optimizer": "adam", "objective": {"name": "sphere", "dimension": 100}}
    told = problem(post("/trajectory", {**wide, "steps": 10_000_000, "record_every": 10_000_000}), 422)
    assert told["type"] == "urn:stepgrade:problem:too-costly"
    assert told["what"] == "units of work"
    assert told["cost"] > told["limit"] == 5e8
    assert [error["pointer"] for error in told["errors"]] == ["/steps"]


@pytest.mark.parametrize("form", ["application/json", "text/csv", "application/x-npz", "image/png"])
def test_a_larger_answer_than_a_request_may_cost_is_refused_with_its_cost(post, problem, form):
    include = [] if form == "image/png" else ["points"]
    told = problem(
        post("/trajectory", {**RUN, "objective": "sphere", "start": [1] * 1000, "steps": 1000, "include": include}, Accept=form), 422
    )
    assert told["what"] == "numbers in the answer"
    assert told["cost"] > told["limit"] == 1e6
    assert [error["pointer"] for error in told["errors"]] == ["/record_every"]


def test_the_limits_are_settings(problem):
    client = create_app(Settings(max_work=1000, max_answer=10, max_body=1024)).test_client()
    assert problem(client.post("/trajectory", json={**RUN, "steps": 1000}), 422)["limit"] == 1000
    assert problem(client.post("/trajectory", json={**RUN, "steps": 9}), 422)["limit"] == 10
    assert problem(client.post("/trajectory", json={"a": "b" * 1024}), 413)["limit"] == 1024
    assert client.get("/").json["limits"] == {"body_bytes": 1024, "work": 1000, "answer_numbers": 10, "memory_bytes": 480 * 2**20}


# 500 and 503.


@pytest.fixture
def failing(monkeypatch):
    """The engine fails, with a text that quotes what was posted."""

    def fail(request, *_):
        raise RuntimeError(f"secret inside: {request}")

    monkeypatch.setattr(step, "plan_step", fail)
    monkeypatch.setattr(trajectory, "run", replace(trajectory.run, plan=fail))
    yield
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("path", "asked"), [("/step", {**STEP, "state": {"private": 4711}}), ("/trajectory", {**RUN, "state": {"private": 4711}})]
)
def test_a_fault_of_ours_is_a_500_with_the_request_id_and_nothing_of_the_inside(post, problem, caplog, failing, path, asked):
    with caplog.at_level(logging.ERROR, "stepgrade_service"):
        answer = post(path, asked, X_Request_Id="lesson-7")
    told = problem(answer, 500)
    assert told["instance"] == "lesson-7"
    assert told["errors"] == []
    assert "a second try may give the same answer. Please report it with this instance" in told["detail"]
    assert not any(word in answer.text for word in ("secret", "4711", "RuntimeError", "Traceback", ".py", "stepgrade_service"))
    [record] = caplog.records
    assert "lesson-7" in record.getMessage()
    assert "RuntimeError" in record.getMessage()
    assert "in fail" in record.getMessage()
    assert "4711" not in caplog.text
    assert "private" not in caplog.text


def test_a_service_whose_known_step_is_wrong_is_not_ready(monkeypatch, problem):
    client = create_app(Settings()).test_client()
    monkeypatch.setattr(index, "KNOWN_ANSWER", [0.25])
    answer = client.get("/readyz")
    assert problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200, "it is asked anew"


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (
            "/step",
            {"optimizer": {"name": "gd", "lr": {"W": 1, "bias": 2}}, "params": {"W": 1, "bais": 2}, "gradient": {"W": 1, "bais": 2}},
            {
                "/optimizer/lr/bias": "unknown tensor 'bias'; did you mean bais? Known names: W, bais",
                "/optimizer/lr": "expected an entry for each tensor; no entry for bais",
            },
        ),
        (
            "/step",
            {"optimizer": "gd", "params": {"weights": [1]}, "gradient": {"wieghts": [1]}},
            {
                "/gradient/wieghts": "unknown tensor 'wieghts'; did you mean weights? Known names: weights",
                "/gradient": "expected an entry for each tensor; no entry for weights",
            },
        ),
        (
            "/compare",
            {"objective": "sphere", "optimizers": ["gd", "adam"], "match": {"mod": "tuned"}},
            {
                "/match/mod": "unknown key 'mod'; did you mean mode? Known names: mode, grid",
                "/match/mode": "expected one of none, first_step, mean_step, graft, tuned",
            },
        ),
        (
            "/compare",
            {"objective": "sphere", "optimizers": [{"name": "gd", "lable": "x"}]},
            {
                "/optimizers/0/lable": "unknown key 'lable'; did you mean label? Known names: label",
            },
        ),
        (
            "/step",
            {**STEP, "optimizer": {"name": "sgd", "lr": "0.1", "momentum_form": "clasic"}},
            {
                "/optimizer/lr": "expected a number, got a string",
                "/optimizer/momentum_form": 'expected "classic" or "ema"; did you mean classic?',
            },
        ),
        (
            "/check",
            {"reference": [], "submission": []},
            {"/reference": "expected a reference, or a list of them, from 1 to 1000"},
        ),
    ],
)
def test_a_typo_is_told_where_it_stands_with_the_nearest_name(faults, path, body, told):
    assert faults(path, body) == told


def test_every_fault_of_an_expression_has_its_position(client):
    asked = {"expression": "2x + sinn(y)", "variables": ["x", "y"]}
    answer = client.post("/trajectory", json={"optimizer": {"name": "gd", "lr": 0.1}, "objective": asked, "start": [1, 1]})
    assert answer.status_code == 422
    assert [(error["pointer"], error["position"]) for error in answer.json["errors"]] == [
        ("/objective/expression", {"offset": 0, "length": 2}),
        ("/objective/expression", {"offset": 5, "length": 4}),
    ]


# Every fault at once: also what depends on a part that is wrong, where it can be told.


def test_what_an_optimizer_needs_is_told_also_where_its_hyperparameters_are_wrong(faults):
    step = {"optimizer": {"name": "polyak_sgd"}, "params": [1], "gradient": [1]}
    replay = {"optimizer": {"name": "polyak_sgd"}, "start": [1], "gradients": [[1]]}
    curved = {"optimizer": {"name": "sophia", "lr": -1}, "params": [1], "gradient": [1]}
    told = [set(faults(path, body)) for path, body in (("/step", step), ("/trajectory", replay), ("/step", curved))]
    assert told == [{"/optimizer/lr", "/value"}, {"/optimizer/lr", "/values"}, {"/optimizer/lr", "/hessian_diagonal"}]


def test_what_stands_by_label_is_told_also_where_an_optimizer_is_wrong(faults):
    optimizers = [{"name": "sgd", "lr": -1, "label": "gd"}, {"name": "rmsprop", "lr": 0.2, "label": "r"}]
    body = {"objective": "quadratic", "optimizers": optimizers, "decompose": ["a", "b"], "baseline": "c", "steps": {"gd": 1}, "match": "zz"}
    assert set(faults("/compare", body)) == {"/optimizers/0/lr", "/decompose/0", "/decompose/1", "/baseline", "/steps", "/match"}


def test_of_labels_that_cannot_be_told_nothing_is_said(faults):
    optimizers = [{"name": "sgd", "lr": 1, "lable": "gd"}, {"name": "rmsprop", "lr": 0.2, "label": "r"}]
    body = {"objective": "quadratic", "optimizers": optimizers, "decompose": ["gd", "r"]}
    assert set(faults("/compare", body)) == {"/optimizers/0/lable"}
