"""GET /optimizers and /objectives, and a page for each of them."""

import json
import subprocess
import sys

import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.optimizers import OPTIMIZERS

PAGES = ["/optimizers", "/objectives", "/optimizers/adam", "/objectives/quadratic", "/openapi.yaml", "/openapi.json"]

#: What a slot may be laid out like.
SHAPES = [
    "like the params",
    "a number; with parameter groups, one number per tensor",
    "one number per tensor",
    "one number per row of each tensor",
    "one number per column of each matrix",
]


def test_every_optimizer_is_listed_with_its_page(client):
    listed = client.get("/optimizers").json["optimizers"]
    assert [entry["name"] for entry in listed] == list(OPTIMIZERS)
    for entry in listed:
        page = client.get(entry["href"]).json
        assert (page["name"], page["title"], page["default_convention"]) == (entry["name"], entry["title"], entry["default_convention"])
        assert [convention["name"] for convention in page["conventions"]] == entry["conventions"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_s_page_is_complete(client, name):
    page = client.get(f"/optimizers/{name}").json
    assert all(page[told] for told in ("title", "formula", "source", "needs", "hyperparameters", "conventions"))
    conventions = {convention["name"]: convention for convention in page["conventions"]}
    assert page["default_convention"] == next(each for each in ("torch", "paper", "optax") if each in conventions)
    assert page["needs"] == (["gradient", "objective"] if OPTIMIZERS[name].asks_objective else ["gradient"])
    for h in page["hyperparameters"]:
        assert h["meaning"]
        assert h["choices"] if h["type"] == "switch" else h["range"]
        assert set(h["defaults"]) == set(conventions)
        for convention, default in h["defaults"].items():
            assert (default is None) == (h["name"] in conventions[convention]["required"])
    assert all(slot["meaning"] and slot["shape"] in SHAPES for slot in page["slots"])
    known = {h["name"] for h in page["hyperparameters"]}
    for convention in conventions.values():
        assert convention["title"]
        assert all(set(targets) <= known for targets in convention["arguments"].values())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_defaults_of_a_page_are_what_a_step_is_taken_with(client, post, name):
    page = client.get(f"/optimizers/{name}").json
    asked = {"params": 1, "gradient": 1} if page["needs"] == ["gradient"] else {"start": 1, "objective": "sphere", "steps": 1}
    for convention in page["conventions"]:
        defaults = {h["name"]: h["defaults"][convention["name"]] for h in page["hyperparameters"]}
        given = dict.fromkeys(convention["required"], 0.1)
        written = {"name": name, "convention": convention["name"], **given}
        echo = post("/step" if "gradient" in asked else "/trajectory", {"optimizer": written, **asked}).json["optimizer"]
        assert echo == {**written, **defaults, **given}


def test_every_objective_is_listed_with_its_page(client):
    listed = client.get("/objectives").json["objectives"]
    assert [entry["name"] for entry in listed] == list(OBJECTIVES)
    for entry in listed:
        page = client.get(entry["href"]).json
        assert (page["name"], page["title"], page["dimension"]) == (entry["name"], entry["title"], entry["dimension"])
        assert list(page["starts"]) == entry["starts"]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_s_page_is_complete(client, post, name):
    page = client.get(f"/objectives/{name}").json
    assert all(page[told] for told in ("title", "formula", "source", "starts", "window"))
    assert all(type(page[told]) is bool for told in ("smooth", "bounded", "separable"))
    assert all(low < high for low, high in page["window"])
    assert all(parameter["meaning"] for parameter in page["parameters"])
    assert {"name", "dimension", *[parameter["name"] for parameter in page["parameters"]]} == set(page["objective"])
    for start, point in page["starts"].items():
        run = post("/trajectory", {"optimizer": "gd", "objective": page["objective"], "start": start, "steps": 0}).json
        assert run["points"] == [point]
    for minimum in page["minima"]:
        run = post("/trajectory", {"optimizer": "gd", "objective": page["objective"], "start": minimum["point"], "steps": 0}).json
        assert run["values"] == [pytest.approx(minimum["value"], abs=1e-12)]


@pytest.mark.parametrize(
    ("asked", "name"),
    [("GD", "sgd"), ("momentum", "sgd"), ("AMSGrad", "adam"), ("RMS_Prop", "rmsprop"), ("%61dam", "adam"), ("adam/", "adam")],
)
def test_an_optimizer_is_found_under_every_name_it_has(client, asked, name):
    assert client.get(f"/optimizers/{asked}").json["name"] == name


def test_every_name_that_a_convention_knows_has_a_page(client):
    known = {name: row.optimizer for convention in CONVENTIONS.values() for row in convention.rows for name in row.names}
    assert {name: client.get(f"/optimizers/{name}").json["name"] for name in known} == known
    assert client.get("/objectives/D2L-Ravine").json["name"] == "d2l_ravine"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/optimizers/adm", "adam"),
        ("/optimizers/amsgrd", "amsgrad"),
        ("/objectives/rosenbrok", "rosenbrock"),
        ("/objectives/quadratc", "quadratic"),
    ],
)
def test_an_unknown_name_is_a_404_with_the_nearest(client, problem, path, nearest):
    assert nearest in problem(client.get(path), 404)["detail"].split("?")[0]


def test_an_unknown_name_however_long_or_foreign_is_told_in_short(client, problem):
    told = problem(client.get("/optimizers/" + "%D0%96" * 3000), 404)
    assert "Ж" in told["detail"]
    assert len(told["detail"]) < 400
    assert problem(client.get("/optimizers/%FF%00%0A"), 404)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_a_client_has_is_not_sent_again(client, path):
    first = client.get(path)
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, max-age=300"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):  # a gateway that compresses makes a weak one of it
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == etag
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data


def test_another_version_than_is_asked_for_is_a_problem(client, problem):
    other = client.get("/optimizers", headers={"If-Match": '"other"'})
    assert problem(other, 412)
    assert client.get("/optimizers", headers={"If-Match": other.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_head_has_the_headers_of_get_and_no_body(client, path):
    head, whole = client.head(path), client.get(path)
    assert head.data == b""
    assert [head.headers[name] for name in ("ETag", "Content-Length", "Content-Type")] == [
        whole.headers[name] for name in ("ETag", "Content-Length", "Content-Type")
    ]


ANOTHER_PROCESS = """
import json, sys
from stepgrade_service.web import create_app
client = create_app().test_client()
print(json.dumps([client.get(path).headers["ETag"] for path in json.load(sys.stdin)]))
"""


def test_etags_are_the_same_in_every_process(client):
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    there = subprocess.run(command, input=json.dumps(PAGES), capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(there.stdout) == [client.get(path).headers["ETag"] for path in PAGES]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_no_query(client, problem, path):
    assert problem(client.get(f"{path}?nam=adam"), 422)["errors"][0]["pointer"] == "/query/nam"
