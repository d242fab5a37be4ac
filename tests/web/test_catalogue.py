"""GET /optimizers and /objectives, and a page for each of them."""

import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.optimizers import KINDS, OPTIMIZERS
from stepgrade_service.grading.solutions.solution import is_written

PAGES = ["/optimizers", "/objectives", "/optimizers/adam", "/objectives/quadratic", "/openapi.yaml", "/openapi.json"]

#: What a slot may be laid out like.
SHAPES = [
    "like the params",
    "a number; with parameter groups, one number per tensor",
    "one number per tensor",
    "one number per row of each tensor",
    "one number per column of each matrix",
    "one number per index of each axis after the second, axis after axis",
    "a square matrix for each tensor, as large as the tensor has rows",
    "a square matrix for each matrix, as large as it has columns",
    "its shape depends on the tensor's; some tensors have none",
    "a list of arrays like the params",
    "a list of numbers",
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
    facts = ("title", "idea", "authors", "year", "formula", "formula_mathml", "source", "needs", "hyperparameters", "conventions")
    assert all(page[told] for told in facts)
    conventions = {convention["name"]: convention for convention in page["conventions"]}
    assert page["default_convention"] == next(each for each in ("torch", "paper", "keras", "optax") if each in conventions)
    assert page["needs"] == list(OPTIMIZERS[name].needs)
    assert page["worked_solution"] == all(map(is_written, OPTIMIZERS[name].kernels))
    for h in page["hyperparameters"]:
        assert h["meaning"]
        assert h["choices"] if h["type"] == "switch" else h["range"]
        assert set(h["defaults"]) == set(conventions)
        for convention, default in h["defaults"].items():
            follows = CONVENTIONS[convention].by_optimizer[page["name"]].derived  # from another hyperparameter
            assert (default is None) == (h["name"] in conventions[convention]["required"] or h["name"] in follows)
    assert all(slot["meaning"] and slot["shape"] in SHAPES for slot in page["slots"])
    known = {h["name"] for h in page["hyperparameters"]}
    for convention in conventions.values():
        assert convention["title"]
        assert all(set(targets) <= known for targets in convention["arguments"].values())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_paper_that_is_the_source_was_first_there_in_the_year_that_is_told(name):
    entry = OPTIMIZERS[name]
    assert 1847 <= entry.year <= 2100
    assert all(author.strip() == author and author for author in entry.authors)
    first = entry.source.split(";")[0]
    if own := re.match(r"arXiv:(\d\d)\d\d\.\d{4,5}", first):
        assert 2000 + int(own[1]) == entry.year
    for year, paper in re.findall(r"(\d{4}), arXiv:(\d\d)\d\d\.", entry.source):
        assert int(year) == 2000 + int(paper)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_differences_of_a_convention_are_its_defaults_that_are_others_than_the_paper_s(client, name):
    page = client.get(f"/optimizers/{name}").json
    conventions = {convention["name"]: convention for convention in page["conventions"]}
    beside = next(each for each in ("paper", "torch", "keras", "optax") if each in conventions)
    assert conventions[beside]["differences"] == []
    for each, convention in conventions.items():
        differing = [h["name"] for h in page["hyperparameters"] if h["defaults"][each] != h["defaults"][beside]]
        assert [sentence.split()[0] for sentence in convention["differences"]] == differing
        assert all(re.fullmatch(r"\w+ (is \S+|has no default); (the paper|torch|keras|optax) has (no default|\S+)\.", sentence)
                   for sentence in convention["differences"])  # fmt: skip


def test_an_optimizer_is_cited_by_all_its_authors_or_by_the_first_of_many():
    assert [OPTIMIZERS[name].who for name in ("tiger", "adam", "adagrad", "sign_gd", "radam")] == [
        "Su", "Kingma & Ba", "Duchi, Hazan & Singer", "Bernstein, Wang, Azizzadenesheli & Anandkumar", "Liu et al.",
    ]  # fmt: skip


def test_every_kind_of_optimizers_says_in_two_sentences_what_it_does(client):
    kinds = client.get("/optimizers").json["kinds"]
    assert [kind["name"] for kind in kinds] == list(KINDS)
    for kind in kinds:
        assert kind["title"]
        assert len(re.findall(r"\.(?: |$)", kind["meaning"])) == 2, kind["meaning"]
    assert all(re.fullmatch(r"[^.]*(?:\d\.\d[^.]*)*\.", entry.idea) for entry in OPTIMIZERS.values()), "an idea is one sentence"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_defaults_of_a_page_are_what_a_step_is_taken_with(client, post, name):
    page = client.get(f"/optimizers/{name}").json
    asked = {"params": 1, "gradient": 1} if page["needs"] == ["gradient"] else {"start": 1, "objective": "sphere", "steps": 1}
    for convention in page["conventions"]:
        told = {h["name"]: h["defaults"][convention["name"]] for h in page["hyperparameters"]}
        defaults = {name: default for name, default in told.items() if default is not None}
        given = dict.fromkeys(convention["required"], 0.1)
        written = {"name": name, "convention": convention["name"], **given}
        echo = post("/step" if "gradient" in asked else "/trajectory", {"optimizer": written, **asked}).json["optimizer"]
        left_out = {name: echo[name] for name in told.keys() - defaults.keys()}
        assert echo == {**written, **left_out, **defaults, **given}


def test_every_objective_is_listed_with_its_page(client):
    answer = client.get("/objectives").json
    listed = answer["objectives"]
    assert {entry["kind"] for entry in listed} == {kind["name"] for kind in answer["kinds"]}
    assert [entry["name"] for entry in listed] == list(OBJECTIVES)
    for entry in listed:
        page = client.get(entry["href"]).json
        assert (page["name"], page["title"], page["dimension"]) == (entry["name"], entry["title"], entry["dimension"])
        assert list(page["starts"]) == entry["starts"]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_s_page_is_complete(client, post, name):
    page = client.get(f"/objectives/{name}").json
    assert all(page[told] for told in ("title", "formula", "source", "starts", "window"))
    assert all(type(page[told]) is bool for told in ("smooth", "bounded", "separable", "convex"))
    assert all(low < high for low, high in page["window"])
    assert all(parameter["meaning"] for parameter in page["parameters"])
    defaults = [parameter["name"] for parameter in page["parameters"] if parameter["default"] is not None]
    assert {"name", "dimension", *defaults} == set(page["objective"])
    for start, point in page["starts"].items():
        run = post("/trajectory", {"optimizer": "gd", "objective": page["objective"], "start": start, "steps": 0}).json
        assert run["points"] == [point]
    for known in page["critical_points"]:
        run = post("/trajectory", {"optimizer": "gd", "objective": page["objective"], "start": known["point"], "steps": 0}).json
        assert run["values"] == [pytest.approx(known["value"], rel=1e-14, abs=1e-12)]
    lowest = [{"point": known["point"], "value": known["value"]} for known in page["critical_points"] if known["kind"] == "minimum"]
    assert page["minima"] == lowest
    assert len(page["domain"]) == len(page["window"])


@pytest.mark.parametrize(
    ("asked", "name"),
    [("GD", "sgd"), ("momentum", "sgd"), ("AMSGrad", "adam"), ("RMS_Prop", "rmsprop"), ("%61dam", "adam"), ("adam/", "adam")],
)
def test_an_optimizer_is_found_under_every_name_it_has(client, asked, name):
    assert client.get(f"/optimizers/{asked}").json["name"] == name


def test_every_name_that_a_convention_knows_has_a_page(client):
    own = {name.replace("_", ""): name for name in OPTIMIZERS}
    known = {
        name: own.get(name.lower().replace("_", ""), row.optimizer)
        for convention in CONVENTIONS.values()
        for row in convention.rows
        for name in row.names
    }
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


# The facts at other parameters.


BOWL = {"name": "quadratic", "condition": 50, "rotation": 45}


def test_the_facts_are_those_at_the_parameters_of_the_query(client, post):
    asked = client.get("/objectives/quadratic?condition=50&rotation=45").json
    assert asked == post("/objectives", {"objective": BOWL}).json
    assert asked["objective"] == {**BOWL, "dimension": 2, "center": [0, 0]}
    assert (asked["condition_number"], asked["separable"]) == (50, False)
    for start, point in asked["starts"].items():
        assert post("/trajectory", {"optimizer": "gd", "objective": BOWL, "start": start, "steps": 0}).json["points"] == [point]


def test_without_parameters_they_are_those_of_the_page(client, post):
    for name in ("himmelblau", "quadratic", "rosenbrock"):
        page = client.get(f"/objectives/{name}").json
        assert post("/objectives", {"objective": name}).json == page == post("/objectives", {"objective": page["objective"]}).json


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("center=1,-2", {"center": [1, -2]}),
        ("center=[1,-2]", {"center": [1, -2]}),
        ("center=1", {"center": 1}),
        ("matrix=[[2,1],[1,3]]&linear=1,0", {"matrix": [[2, 1], [1, 3]], "linear": [1, 0]}),
        ("scales=1,20,400", {"scales": [1, 20, 400]}),
        ("dimension=3", {"dimension": 3}),
    ],
)
def test_a_value_in_the_query_is_a_number_or_a_list_of_numbers(client, post, query, given):
    asked = client.get(f"/objectives/quadratic?{query}")
    assert asked.status_code == 200
    assert asked.json == post("/objectives", {"objective": {"name": "quadratic", **given}}).json


def test_a_page_with_a_query_is_not_sent_again_either(client):
    first = client.get("/objectives/quadratic?condition=50")
    assert first.headers["ETag"] != client.get("/objectives/quadratic").headers["ETag"]
    assert client.get("/objectives/quadratic?condition=50", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_every_fault_of_a_query_is_told_at_once(client, problem):
    told = problem(client.get("/objectives/quadratic?conditon=50&rotation=1&rotation=2&center=north&dimension=0"), 422)["errors"]
    details = {fault["pointer"]: fault["detail"] for fault in told}
    assert set(details) == {"/query/conditon", "/query/rotation", "/query/center", "/query/dimension"}
    assert "did you mean condition" in details["/query/conditon"]
    assert details["/query/rotation"] == "expected once"


def test_facts_of_so_many_dimensions_that_nobody_can_use_them_are_refused(client, post, problem):
    told = problem(client.get("/objectives/sphere?dimension=1000000"), 422)["errors"]
    assert [(fault["pointer"], "numbers in the answer" in fault["detail"]) for fault in told] == [("/query", True)]
    assert "numbers in the answer" in problem(post("/objectives", {"objective": {"name": "sphere", "dimension": 1000000}}), 422)["detail"]


@pytest.mark.parametrize(
    ("given", "pointer", "told"),
    [
        ({"matrix": [[1, 2], [3, 4]]}, "/objective/matrix", "expected a symmetric matrix: entry [0][1] is 2, entry [1][0] is 3"),
        ({"matrix": [[1, 2], [2]]}, "/objective/matrix", "expected lists of equal length at each level"),
        ({"matrix": [[1, 2]], "dimension": 2}, "/objective/matrix", "expected a symmetric matrix: 2 lists of 2 numbers"),
        ({"matrix": [[1, "2"], [2, 1]]}, "/objective/matrix/0/1", "expected a number, got a string"),
        ({"matrix": 4}, "/objective/matrix", "expected a symmetric matrix: 2 lists of 2 numbers, got a number"),
        ({"matrix": [[1, 0], [0, 1]], "condition": 3}, "/objective/matrix", "expected condition or matrix, not both"),
        ({"matrix": [[1, 0], [0, 1]], "rotation": 3}, "/objective/matrix", "expected rotation or matrix, not both"),
        ({"scales": [1, 2], "condition": 3}, "/objective/scales", "expected condition or scales, not both"),
        ({"center": 1, "linear": 1}, "/objective/linear", "expected center or linear, not both"),
        ({"scales": [1, 2, 3], "dimension": 2}, "/objective/scales", "expected a number or a list of 2 numbers"),
    ],
)
def test_parameters_of_the_bowl_that_do_not_go_together_are_told(post, problem, given, pointer, told):
    assert problem(post("/objectives", {"objective": {"name": "quadratic", **given}}), 422)["errors"] == [
        {"pointer": pointer, "detail": told}
    ]


#: A quadratic function, its critical point as (point, kind, value), and whether it is bounded and convex.
QUADRATICS = [
    ({"matrix": [[2, 0], [0, 4]], "linear": [2, -4], "constant": 1}, ([-1, 1], "minimum", -2), True, True),
    ({"matrix": [[2, 0], [0, 4]], "center": [3, 4]}, ([3, 4], "minimum", 0), True, True),
    ({"scales": [1, -1]}, ([0, 0], "saddle", 0), False, False),
    ({"scales": [-3, -1], "constant": 7}, ([0, 0], "maximum", 7), False, False),
    ({"scales": [1, 0], "linear": [2, 0]}, ([-2, 0], "minimum", -2), True, True),
    ({"scales": [1, 0], "linear": [0, 1]}, None, False, True),
    ({"matrix": [[0, 0], [0, 0]], "linear": [0, 0]}, ([0, 0], "minimum", 0), True, True),
]


@pytest.mark.parametrize(("given", "critical", "bounded", "convex"), QUADRATICS)
def test_a_quadratic_function_has_the_critical_point_of_its_kind(post, given, critical, bounded, convex):
    page = post("/objectives", {"objective": {"name": "quadratic", **given}}).json
    assert page["critical_points"] == ([dict(zip(("point", "kind", "value"), critical, strict=True))] if critical else [])
    assert (page["bounded"], page["convex"]) == (bounded, convex)
    assert len(page["minima"]) == (critical is not None and critical[1] == "minimum")
    run = post("/trajectory", {"optimizer": {"name": "gd", "lr": 0.1}, "objective": page["objective"], "steps": 3}).json
    assert run["objective"] == page["objective"]


def test_two_entries_of_a_matrix_that_differ_by_rounding_are_their_mean(post):
    page = post("/objectives", {"objective": {"name": "quadratic", "matrix": [[2, 0.1], [0.1 + 2e-17, 1]]}}).json
    (_, upper), (lower, _) = page["objective"]["matrix"]
    assert upper == lower == pytest.approx(0.1)


def test_of_an_expression_the_facts_are_told_too_and_what_nobody_knows_is_null(post):
    page = post("/objectives", {"objective": {"expression": "x**2 + 3*y**2", "minima": [[0, 0]]}}).json
    assert (page["expression"], page["variables"]) == ({"expression": "x**2 + 3*y**2", "variables": ["x", "y"]}, ["x", "y"])
    assert page["critical_points"] == [{"point": [0, 0], "kind": "minimum", "value": 0}]
    assert {page[flag] for flag in ("smooth", "bounded", "separable", "convex")} == {None}


# Formulas as MathML.


@pytest.mark.parametrize("path", [*(f"/objectives/{name}" for name in OBJECTIVES), *(f"/optimizers/{name}" for name in OPTIMIZERS)])
def test_a_formula_is_there_as_mathml_too_with_nothing_of_latex_left(client, path):
    told = ElementTree.fromstring(client.get(path).json["formula_mathml"])
    texts = [text for text in told.itertext() if text.strip()]
    assert told.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert not any(mark in text for text in texts for mark in ("\\", "{", "}", "_{"))
    assert not any(element.tag.endswith("merror") for element in told.iter())


@pytest.mark.parametrize(
    "objective", ["linear_regression", {"name": "mlp", "data": "moons"}, {"name": "logistic_regression", "X": [[1], [2]], "y": [0, 1]}]
)
def test_of_a_model_the_facts_are_told_too(post, objective):
    page = post("/objectives", {"objective": objective}).json
    assert {len(point) for point in page["starts"].values()} == {len(next(iter(page["starts"].values())))}
    assert page["convex"] is None
    assert post("/objectives", {"objective": page["objective"]}).json == page


def test_the_page_of_a_model_points_to_where_models_are(client):
    refused = client.get("/objectives/MLP")
    assert refused.status_code == 404
    assert "GET /data" in refused.json["detail"]
    assert "mlp" in [model["name"] for model in client.get("/data").json["models"]]


def test_an_expression_is_given_only_where_it_is_the_same_function(post, client):
    usual = client.get("/objectives/quadratic").json["expression"]
    assert usual["expression"] == "0.5*(w**2 + 20*b**2)"
    assert post("/objectives", {"objective": {"name": "quadratic", "condition": 20}}).json["expression"] == usual
    assert post("/objectives", {"objective": {"name": "quadratic", "condition": 50}}).json["expression"] is None
    assert client.get("/objectives/quadratic?condition=50").json["expression"] is None
