"""Errors: what they say, what they carry, and that they survive pickling and copying."""

import copy
import json
import pickle

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import (
    Answer,
    ApiError,
    BadRequest,
    ConfigurationError,
    FieldError,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    NotInBundle,
    OfflineError,
    RequestTimeout,
    ServerError,
    ServiceOverloaded,
    ServiceTimeout,
    ServiceUnreachable,
    StepgradeError,
    TooManyRequests,
    UnexpectedAnswer,
    errors,
)
from stepgrade.problems import from_answer

KINDS = {
    302: UnexpectedAnswer,
    400: BadRequest,
    403: ApiError,
    404: NotFound,
    405: BadRequest,
    406: BadRequest,
    408: RequestTimeout,
    411: BadRequest,
    413: BadRequest,
    415: BadRequest,
    422: InvalidRequest,
    429: TooManyRequests,
    500: ServerError,
    502: ServerError,
    503: ServiceOverloaded,
    504: ServerError,
    599: ServerError,
    999: ServerError,
}


def answer(status, body=b"", **headers):
    return Answer(status, CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()}), body)


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
def test_a_status_decides_the_kind(status, kind):
    error = from_answer(answer(status, b'{"title": "No"}'), "1234abcd")
    assert (type(error), error.status, error.title, error.request_id) == (kind, status, "No", "1234abcd")


def test_the_first_line_is_the_sentence_and_each_fault_has_its_own(canned, problem_body):
    client, _ = canned(problem_body, 422)
    with pytest.raises(InvalidRequest) as caught:
        client.step({"name": "adam", "lerning_rate": 0.1}, [1.0, 2.0], [0.5, -4.0])
    first, *faults = str(caught.value).splitlines()
    assert first == f"the request has 2 faults (request {caught.value.request_id})"
    assert faults == ["  /optimizer/lerning_rate: unknown; did you mean lr?", "  /params/1: must be a number"]


def test_a_problem_is_carried_whole(problem_body):
    error = from_answer(answer(422, json.dumps(problem_body | {"limit": 5}).encode(), x_request_id="theirs"), "ours")
    assert error.errors[0] == FieldError("/optimizer/lerning_rate", "unknown; did you mean lr?")
    assert (error.title, error.detail, error.type) == ("Unprocessable", "the request has 2 faults", "about:blank")
    assert (error.request_id, error.problem["limit"]) == ("theirs", 5)


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"[1]", b'"no"', b"\xff\xfe", b'{"error": "foreign"}', b"null", b"[" * 100_000]
)
def test_a_body_that_is_no_problem_document_is_survived(body):
    error = from_answer(answer(502, body, content_type="text/html"), "1234abcd")
    assert type(error) is ServerError
    assert "502 Bad Gateway with text/html" in str(error)
    assert "(request 1234abcd)" in str(error)


@pytest.mark.parametrize("faults", [None, "no", [1, None], {"pointer": "/a"}])
def test_faults_in_an_unknown_form_are_left_out(faults):
    body = json.dumps({"title": "Wrong", "errors": faults}).encode()
    assert str(from_answer(answer(422, body), "1234abcd")) == "Wrong (request 1234abcd)"


def every_error(problem):
    yield StepgradeError("a sentence", request_id="1234abcd")
    yield ConfigurationError("a sentence")
    yield InvalidArgument("a sentence", pointer="/params/0")
    yield from (kind("a sentence", request_id="1234abcd") for kind in (ServiceUnreachable, ServiceTimeout, OfflineError, NotInBundle))
    yield from (kind("a sentence", status=status, problem=problem, request_id="1234abcd") for status, kind in KINDS.items())


@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_every_error_survives_with_all_it_carries(again, problem_body):
    for error in every_error(problem_body):
        twin = again(error)
        assert (type(twin), str(twin), twin.args, twin.__dict__) == (type(error), str(error), error.args, error.__dict__)


def test_every_error_is_in_the_one_tree_and_in_the_test_above(problem_body):
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)}
    named = kinds - {errors.ReferenceMismatch}  # which is about numbers, and no failed call
    assert all(issubclass(kind, StepgradeError) for kind in named)
    assert named == {type(error) for error in every_error(problem_body)}


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (BadRequest, ValueError),
        (InvalidRequest, ValueError),
        (InvalidArgument, ValueError),
        (ConfigurationError, ValueError),
        (NotFound, LookupError),
        (ServiceUnreachable, ConnectionError),
        (ServiceTimeout, TimeoutError),
        (OfflineError, ConnectionError),
        (RequestTimeout, ServiceTimeout),
        (RequestTimeout, TimeoutError),
        (NotInBundle, LookupError),
    ],
)
def test_errors_are_the_builtin_ones_too(kind, builtin):
    assert issubclass(kind, builtin)


def test_a_page_that_is_not_stepgrades_is_told_from_an_answer(service, client):
    service.plays({"body": b"<html>Please log in</html>", "headers": {"Content-Type": "text/html"}})
    with pytest.raises(UnexpectedAnswer, match=r"POST /step is not from Stepgrade \(text/html\).*base_url"):
        client.step("adam", 1.0, 1.0)


@pytest.mark.parametrize("body", [[], {}, {"status": "ok"}, None, 3])
def test_json_that_is_not_stepgrades_is_told_from_an_answer(canned, body):
    client, _ = canned(body)
    with pytest.raises(UnexpectedAnswer):
        client.trajectory("adam", "quadratic")


def test_a_fault_in_an_expression_shows_the_text_with_carets_under_it():
    position = {"offset": 4, "length": 2}
    faults = [{"pointer": "/objective/expression", "detail": "write 2*y", "position": position}]
    body = json.dumps({"title": "Wrong", "detail": "/objective/expression: write 2*y", "errors": faults}).encode()
    error = from_answer(answer(422, body), "1234abcd", {"objective": {"expression": "x + 2y"}})
    assert error.errors[0].position == (4, 2)
    assert str(error).splitlines()[1:] == ["    x + 2y", "        ^^"]


@pytest.mark.parametrize(
    "position", [{"offset": 10**9, "length": 10**9}, {"offset": -5, "length": -1}, {"offset": "1"}, [], None, {"offset": 1.5}]
)
def test_a_strange_position_shows_nothing_wrong(position):
    body = json.dumps({"title": "Wrong", "detail": "no", "errors": [{"pointer": "/a/0", "detail": "no", "position": position}]}).encode()
    assert len(str(from_answer(answer(422, body), "1234abcd", {"a": ["x\ny"]}))) < 100
