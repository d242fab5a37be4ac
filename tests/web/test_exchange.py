"""What a client sends and what it accepts: content types, forms, queries."""

import json

import pytest

STEP = {"optimizer": "gd", "params": [1.0], "gradient": [2.0]}
RUN = {"optimizer": "gd", "objective": "sphere", "steps": 1}
BODY = json.dumps(STEP).encode()


@pytest.mark.parametrize(
    "sent", ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_json_is_taken_however_it_is_written(post, sent):
    assert post("/step", STEP, Content_Type=sent).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/jsonp",
        "application/json, text/json",
        "",
    ],
)
def test_any_other_content_type_is_a_415_that_says_what_to_send(post, problem, sent):
    answer = post("/step", STEP, Content_Type=sent)
    assert "application/json" in problem(answer, 415)["detail"]
    assert answer.headers["Accept-Post"] == "application/json"


def test_curl_s_d_alone_is_told_what_it_sends(client, problem):
    told = problem(client.post("/step", data={"params": "1"}), 415)["detail"]
    assert "-H 'Content-Type: application/json'" in told
    assert "curl's -d sends a form" in told


def test_a_long_content_type_is_told_in_short(post, problem):
    assert len(problem(post("/step", STEP, Content_Type="x" * 8000), 415)["detail"]) < 400


def test_a_compressed_body_is_a_415(post, problem):
    answer = post("/step", STEP, Content_Encoding="gzip")
    assert problem(answer, 415)
    assert answer.headers["Accept-Encoding"] == "identity"
    assert post("/step", STEP, Content_Encoding="identity").status_code == 200


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, text/csv;q=0.4, application/x-ndjson;q=0.6, */*;q=0.1", "application/x-ndjson"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/json"),
        ("nonsense, text/csv", "text/csv"),
    ],
)
def test_accept_chooses_the_form(post, accept, form):
    answer = post("/trajectory", RUN, Accept=accept)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == form


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "*/*;q=0", "image/jpeg, image/gif", "json"])
def test_what_is_not_offered_is_a_406_that_says_what_is(post, problem, accept):
    offered = problem(post("/trajectory", RUN, Accept=accept), 406)["offered"]
    assert offered[:4] == ["application/json", "application/x-ndjson", "text/csv", "application/x-npz"]
    assert {"image/svg+xml", "image/png"} == set(offered[4:])


@pytest.mark.parametrize("path", ["/step", "/contours"])
def test_a_post_that_has_json_alone_says_so(post, problem, path):
    assert problem(post(path, STEP, Accept="text/csv"), 406)["offered"] == ["application/json"]


@pytest.mark.parametrize("path", ["/optimizers", "/optimizers/adam", "/objectives", "/objectives/beale"])
def test_a_page_that_has_json_alone_says_so(client, problem, path):
    assert problem(client.get(path, headers={"Accept": "image/png"}), 406)["offered"] == ["application/json"]
    assert client.get(path, headers={"Accept": "text/html, */*;q=0.8"}).mimetype == "application/json"


def test_an_unknown_query_parameter_is_told_with_the_body_s_faults(faults):
    assert set(faults("/step?lr=3", {**STEP, "grad": 1})) == {"/query/lr", "/grad"}


@pytest.mark.parametrize("path", ["/step/", "/trajectory/", "/contours/", "/step?"])
def test_a_trailing_slash_changes_nothing(post, path):
    document = {"/step": STEP, "/trajectory": RUN, "/contours": {"objective": "beale"}}[path.rstrip("/?")]
    assert post(path, document).status_code == 200
