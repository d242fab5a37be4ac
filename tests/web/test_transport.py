"""What every request goes through: its id, headers of its answer, CORS, its line in the log."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest

from stepgrade_service.engine import VERSION

STEP = {"optimizer": "gd", "params": [1.0], "gradient": [4711.25]}
ANSWERS = [("/step", STEP), ("/trajectory", {"optimizer": "gd", "objective": "beale", "steps": 1}), ("/contours", {"objective": "beale"})]
MISTAKES = [("/step", {}), ("/step", b"["), ("/nowhere", {})]


@pytest.fixture(params=[*ANSWERS, *MISTAKES], ids=lambda asked: f"{asked[0]} {str(asked[1])[:12]}")
def asked(request):
    return request.param


# The request's id.


@pytest.mark.parametrize("offered", ["a", "Class-7.team_b", "0" * 64, "6f1c5d52-6f6b-4b3e-9a62-9a3f3a3c6d1e"])
def test_a_request_id_of_the_agreed_form_is_returned(post, asked, offered):
    assert post(*asked, X_Request_Id=offered).headers.getlist("X-Request-Id") == [offered]


@pytest.mark.parametrize("offered", ["", " ", "a b", "x" * 65, 'a"b', "a,b", "é", "a;b", "../etc", "a\tb"])
def test_any_other_is_replaced(post, asked, offered):
    [made] = post(*asked, X_Request_Id=offered).headers.getlist("X-Request-Id")
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_two_ids_are_none(client):
    answer = client.get("/healthz", headers=[("X-Request-Id", "a"), ("X-Request-Id", "b")])
    assert re.fullmatch("[0-9a-f]{32}", *answer.headers.getlist("X-Request-Id"))


def test_every_request_gets_another_id(post):
    assert len({post("/step", STEP).headers["X-Request-Id"] for _ in range(5)}) == 5


# Headers.


def test_every_answer_says_which_engine_made_it(post, asked):
    assert post(*asked).headers.getlist("Stepgrade-Engine") == [VERSION]


def test_every_answer_may_be_read_by_any_page_without_credentials(post, asked):
    headers = post(*asked).headers
    assert headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert "Access-Control-Allow-Credentials" not in headers
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-Id", "Stepgrade-Engine", "Server-Timing", "ETag", "Retry-After", "Stepgrade-Status"} <= set(exposed)
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("path", "document"), ANSWERS)
def test_server_timing_says_where_the_time_went(post, path, document):
    times = dict(entry.split(";dur=") for entry in post(path, document).headers["Server-Timing"].split(", "))
    assert list(times) == ["parse", "compute", "encode"]
    assert all(0 <= float(milliseconds) < 60_000 for milliseconds in times.values())


@pytest.mark.parametrize("path", ["/step", "/trajectory", "/contours"])
def test_a_preflight_allows_what_a_page_needs(client, path):
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.data == b""
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"Content-Type", "Accept", "X-Request-Id"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_options_says_which_methods_there_are(client):
    assert set(client.options("/optimizers").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert client.options("/nowhere").status_code == 404


# The log.

OF_A_PRICE = {"work", "parse", "compute", "encode", "optimizers"}


def test_the_access_log_has_a_line_a_request_and_never_a_body(post, client, asked, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = post(*asked, X_Request_Id="lesson-7")
    [record] = [record for record in caplog.records if record.name == "stepgrade_service.access"]
    line = json.loads(record.getMessage())
    assert line.pop("milliseconds") >= 0
    assert abs(datetime.now(UTC) - datetime.fromisoformat(line.pop("time"))) < timedelta(seconds=60)
    assert {*line} & OF_A_PRICE == (OF_A_PRICE if answer.status_code == 200 else set())
    assert {name: value for name, value in line.items() if name not in OF_A_PRICE} == {
        "request_id": "lesson-7",
        "method": "POST",
        "path": asked[0],
        **({} if asked[0] == "/nowhere" else {"route": asked[0]}),
        "status": answer.status_code,
        "bytes_in": len(asked[1] if isinstance(asked[1], bytes) else json.dumps(asked[1])),
        "bytes_out": len(answer.data),
        **({} if answer.status_code == 200 else {"problem": answer.json["type"].rpartition(":")[2]}),
    }
    assert "4711" not in caplog.text


@pytest.mark.parametrize(("path", "document"), ANSWERS)
def test_the_line_of_a_priced_request_has_its_work_its_times_and_its_optimizers(post, path, document, caplog):
    with caplog.at_level(logging.INFO, "stepgrade_service.access"):
        post(path, document)
    line = json.loads(caplog.records[-1].getMessage())
    assert line["work"] > 0
    assert all(line[name] >= 0 for name in ("parse", "compute", "encode"))
    assert line["optimizers"] == (["sgd"] if "optimizer" in document else []), "by its name here, however it was written"


def test_a_path_cannot_break_a_line_of_the_log(client, caplog):
    with caplog.at_level(logging.INFO, "stepgrade_service.access"):
        client.get("/a%0Ab" + "c" * 5000)
    [record] = caplog.records
    assert "\n" not in record.getMessage()
    assert len(record.getMessage()) < 1000


def test_there_is_no_access_log_unless_it_is_asked_for(post, caplog):
    with caplog.at_level(logging.WARNING):
        post("/step", STEP)
    assert not caplog.records
