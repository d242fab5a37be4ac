"""openapi.yaml: made from the code, valid, complete, and true of what the service answers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tests.contract.committed import PATHS, POSTED, TEXT, committed

from stepgrade_service.engine.comparing.map_plan import MEASURES
from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.data.models import MODELS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.engine.reading.faults import plain
from stepgrade_service.web import create_app
from stepgrade_service.web.openapi import document as module
from stepgrade_service.web.openapi.document import document, text
from stepgrade_service.web.settings import Settings

EVERYTHING = ["points", "values", "gradients", "updates", "states", "measures"]
NAMED = {"W": [[1.0, -2.0]], "b": 0.5}
RUN = {"optimizer": "adam", "objective": "himmelblau", "steps": 3}
ONE = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [-1.0, 1.0]}
PAIR = {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "decompose": ["gd", "rmsprop"], "steps": 30}
REPLAY = {"optimizer": "rmsprop", "start": NAMED, "gradients": [NAMED, NAMED]}
GRID = {"x": [-6, 6, 4], "y": [-3, 3, 3]}
MAPPED = {"objective": "quadratic", "optimizers": ["gd", "rmsprop"], "steps": 30}

SEEN = [
    *[("GET", path, None) for path in ("/", "/optimizers", "/objectives", "/data", "/healthz", "/readyz", "/openapi.json")],
    *[("GET", f"/optimizers/{name}", None) for name in OPTIMIZERS],
    *[("GET", f"/objectives/{name}", None) for name in OBJECTIVES],
    ("GET", "/optimizers/adm", None),
    ("GET", "/objectives?x=1", None),
    *[("POST", "/step", {"optimizer": "momentum", "params": params, "gradient": params}) for params in (0, [1, 2], NAMED)],
    ("POST", "/step", {"optimizer": {"name": "gd", "lr": 10}, "params": 1, "gradient": 1e308}),
    ("POST", "/step", {"optimizer": "adm"}),
    ("POST", "/step", b"["),
    ("POST", "/trajectory", {**RUN, "include": EVERYTHING, "noise": {"std": 1}, "stop": {"distance": 0}, "schedule": [1, 2, 3]}),
    ("POST", "/trajectory", {**RUN, "optimizer": {"name": "gd", "lr": 10}, "steps": 1000}),
    ("POST", "/trajectory", {**RUN, "stop": {"distance": 1000}, "schedule": {"name": "step", "step_size": 3}}),
    ("POST", "/trajectory", {**REPLAY, "include": EVERYTHING}),
    ("POST", "/trajectory", {**RUN, "steps": 10_000_000}),
    (
        "POST",
        "/compare",
        {
            **PAIR,
            "rotate": [45],
            "match": "mean_step",
            "noise": {"std": 1, "seeds": [1, 2]},
            "schedule": {"name": "cosine", "decay_steps": 9},
        },
    ),
    ("POST", "/compare", {"objective": "quadratic", "optimizers": ["gd", "adam"], "match": "graft", "start": {"w": [1.0], "b": [2.0]}}),
    ("POST", "/compare", {**PAIR, "match": "tuned", "noise": {"std": 1}, "steps": 10}),
    ("POST", "/compare", {**PAIR, "decompose": None, "match": "graft"}),
    ("POST", "/compare", {**PAIR, "match": "first_step", "starts": {"far": [1e200, 1.0], "near": "default"}, "steps": 0}),
    ("POST", "/compare", {"objective": "saddle", "optimizers": ["gd", "adam"], "match": "tuned"}),
    ("POST", "/compare", {**PAIR, "optimizers": ["gd"]}),
    (
        "POST",
        "/map",
        {**MAPPED, "grid": GRID, "measure": list(MEASURES), "noise": {"std": 1}, "schedule": {"name": "step", "step_size": 3}},
    ),
    ("POST", "/map", {**MAPPED, "grid": {"lr": [1e-3, 10, 5]}, "match": "first_step", "measure": list(MEASURES)}),
    ("POST", "/map", {**MAPPED, "grid": {"x": [-1e200, 1e200, 3]}, "match": {"mode": "tuned", "grid": [1e-3, 1, 3]}, "steps": 2}),
    ("POST", "/map", {"objective": "saddle", "optimizers": ["gd"], "grid": GRID, "measure": "final_value"}),
    ("POST", "/map", {**MAPPED, "grid": {"z": [1, 2]}, "measure": "all"}),
    ("POST", "/map", {**MAPPED, "grid": {"x": [0, 1, 1000], "y": [0, 1, 1000]}}),
    ("POST", "/check", {"reference": ONE, "submission": {"params": [1.0, 2.5]}, "hints": 3}),
    ("POST", "/check", {"reference": [ONE, RUN], "submission": [{"params": [[1]]}, {"points": [[None, 1]] * 3, "state": {"t": 1}}]}),
    ("POST", "/check", {"reference": ONE, "submission": {"params": [1.1, 1.9], "side_effects": ["int_state"]}, "hints": 0}),
    ("POST", "/check", {"reference": RUN, "candidates": True}),
    ("POST", "/probe", {"optimizer": "nesterov"}),
    ("POST", "/probe", {"optimizer": "normalized_gd"}),
    ("POST", "/audit", {"reference": [ONE, RUN], "tolerance": {"rtol": 1e-3}, "compares": ["state"]}),
    ("GET", "/mistakes", None),
    ("POST", "/contours", {"objective": "beale"}),
    ("POST", "/convert", {"optimizer": "momentum", "to": "course"}),
    ("POST", "/convert", {"optimizer": {"name": "adam", "lr": {"W": 0.1, "b": 0.2}}, "to": "paper"}),
    ("POST", "/convert", {"optimizer": "adam", "to": "keras"}),
    ("POST", "/contours", {"objective": {"name": "sphere", "dimension": 3}}),
]


def without_others(schema):
    """A schema in which an object has no members but those that it names, unless it says that it has others."""
    if isinstance(schema, list):
        return [without_others(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: without_others(each) for key, each in schema.items()}
    return {"additionalProperties": False, **inner} if isinstance(inner.get("properties"), dict) and "type" in inner else inner


def registry_of(document):
    """The document's schemas refer to each other by place, so that they are held to it as a whole."""
    return Registry().with_resource("urn:openapi", Resource.from_contents(document, DRAFT202012))


@cache
def registry():
    return registry_of(committed())


@cache
def named_alone():
    """The same for a document in which an object has no members but those that it names."""
    return registry_of(without_others(committed()))


def schemas():
    return committed()["components"]["schemas"]


@pytest.fixture(scope="module")
def client():
    return create_app(Settings()).test_client()


def pointed(reference):
    """What a reference within the document leads to."""
    found = committed()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def assert_valid(instance, schema, registry=registry):
    anchored = json.loads(json.dumps(schema).replace('"#/', '"urn:openapi#/'))
    Draft202012Validator(anchored, registry=registry()).validate(instance)


def operation_of(method, path):
    template = next((known for known in committed()["paths"] if known == path), "/".join([*path.split("/")[:2], "{name}"]))
    return committed()["paths"][template][method.lower()]


def test_several_that_ask_at_once_wait_for_one_who_makes_the_document(monkeypatch):
    """Where each made its own, four that asked a busy worker first ran past their time, and ended it."""
    made, spec = [], module.APISpec
    monkeypatch.setattr(module, "APISpec", lambda *arguments, **named: made.append(1) or spec(*arguments, **named))
    app = create_app(Settings())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda path: app.test_client().get(path).status_code, ["/openapi.yaml", "/openapi.json"] * 4))
    assert answers == [200] * 8
    assert len(made) == 1


def test_the_committed_document_is_what_the_code_makes(client):
    assert text(client.application) == TEXT, "`make openapi` writes it"
    assert client.get("/openapi.yaml").text == TEXT
    assert client.get("/openapi.json").json == committed()


def test_it_is_valid():
    validate(committed())


def test_the_paths_that_tests_are_collected_by_are_its_own():
    assert committed()["paths"].keys() == set(PATHS)
    assert [path for path, item in committed()["paths"].items() if "post" in item] == POSTED


def test_every_path_of_the_service_is_in_it_and_no_other(client):
    served = {}
    for rule in client.application.url_map.iter_rules():
        if not rule.rule.startswith(("/docs", "/assets")):
            methods = {method.lower() for method in rule.methods - {"HEAD", "OPTIONS"}}
            served.setdefault(rule.rule.replace("<", "{").replace(">", "}"), set()).update(methods)
    assert served == {path: set(operations) for path, operations in committed()["paths"].items()}


def test_every_operation_has_a_name_of_its_own_and_a_summary():
    operations = [operation for item in committed()["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_a_path_without_documentation_is_not_in_it():
    """So that the test above finds it."""
    app = create_app(Settings())
    app.add_url_rule("/undocumented", view_func=lambda: "")
    assert set(document(app)["paths"]) == set(committed()["paths"])


def test_every_operation_is_in_one_group_and_every_group_says_what_it_is():
    operations = [operation for item in committed()["paths"].values() for operation in item.values()]
    assert all(len(operation["tags"]) == 1 for operation in operations)
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in committed()["tags"]}
    assert all(tag["description"] for tag in committed()["tags"])


def test_every_component_is_used():
    unused = {
        f"#/components/{kind}/{name}"
        for kind, components in committed()["components"].items()
        for name in components
        if f"'#/components/{kind}/{name}'" not in TEXT and kind != "securitySchemes"  # these are named without a path
    }
    assert unused == set()
    assert committed()["security"] == [{}, *({name: []} for name in committed()["components"]["securitySchemes"])], "no key is needed"


def test_every_name_that_can_be_posted_is_in_it():
    names = {name for schema in schemas()["Optimizer"]["anyOf"] for name in schema.get("enum", ())}
    known = {known for convention in CONVENTIONS.values() for row in convention.rows for known in (row.optimizer, *row.names)}
    assert sorted(map(plain, names)) == sorted(set(map(plain, known)))
    assert set(OPTIMIZERS) <= names
    objectives = {name for schema in schemas()["Objective"]["anyOf"] for name in schema.get("enum", ())}
    assert objectives == {known for entry in OBJECTIVES.values() for known in (entry.name, *entry.aliases)} | set(MODELS)


def within(schema):
    """Every schema in the document, with the place where it stands."""
    found = [("", schema)]
    for place, each in found:
        if isinstance(each, dict | list):
            found += [(f"{place}/{key}", inner) for key, inner in (each.items() if isinstance(each, dict) else enumerate(each))]
    return [(place, each) for place, each in found if isinstance(each, dict)]


def lowered(value):
    return value.lower() if isinstance(value, str) else value


def test_code_generators_find_types_and_names_for_everything():
    parts = within({"schemas": schemas(), "paths": committed()["paths"]})
    choices = {place: each for place, each in parts if isinstance(each.get("enum"), list)}
    assert [place for place, each in choices.items() if not isinstance(each.get("type"), str)] == []
    assert [place for place, each in choices.items() if len(set(map(lowered, each["enum"]))) < len(each["enum"])] == []
    assert [place for place, each in parts if each.get("type") == "array" and "items" not in each] == []
    # To a generator, what has a default is always there; then whoever posts it has to name it.
    assert [place for place, each in parts if "default" in each and not place.endswith("/properties")] == []
    named = [(place, each) for place, each in parts if each.get("type") == "object" and "required" in each]
    assert [place for place, each in named if not set(each["required"]) <= set(each["properties"])] == []


def answer_schemas():
    """The schemas of what comes back, by the names of their components."""
    operations = [operation for item in committed()["paths"].values() for operation in item.values()]
    left = [operation["responses"] for operation in operations] + [committed()["components"]["responses"]]
    found = {}
    while left:
        for _, each in within(left.pop()):
            name = str(each.get("$ref")).partition("#/components/schemas/")[2]
            if name and name not in found:
                found[name] = schemas()[name]
                left.append(found[name])
    return found


def test_every_object_of_an_answer_has_a_name_and_a_description():
    """A generated client then has a type for it."""
    found = answer_schemas()
    assert {"Summary", "Finding", "Mismatch", "OptimizerPage", "Problem"} <= set(found)
    assert [f"{name}{place}" for name, schema in found.items() for place, each in within(schema) if place and "properties" in each] == []
    assert [name for name, schema in found.items() if not schema.get("description")] == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_hyperparameter_and_argument_of_an_optimizer_is_in_it(name):
    schema = schemas()[f"Optimizer.{name}"]
    conventions = [convention for convention in CONVENTIONS.values() if name in convention.by_optimizer]
    rows = [convention.by_optimizer[name] for convention in conventions]
    wrappers = {*WRAPPERS, *(argument for each in conventions for argument in each.arguments)}
    ignored = {argument for each in conventions for argument in each.idle}
    own = {*(h.name for h in OPTIMIZERS[name].hyperparameters), *wrappers, *ignored, *(("ignored",) if ignored else ())}
    arguments = {argument for row in rows for argument in (*row.arguments, *row.turns)}
    idle = {argument for row in rows for argument in row.absent}
    assert set(schema["properties"]) == {"name", "convention"} | own | arguments | idle
    for row in rows:
        for argument, default in row.absent.items():
            for value in default if isinstance(default, tuple) else (default,):
                assert_valid({"name": name, argument: value}, schema)
            with pytest.raises(ValidationError):
                assert_valid({"name": name, argument: "something else"}, schema)


@pytest.mark.parametrize(("method", "path", "document"), SEEN, ids=lambda value: str(value)[:60])
def test_an_answer_is_as_the_document_says(client, method, path, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = client.open(path, method=method, **({"data": body, "content_type": "application/json"} if method == "POST" else {}))
    described = operation_of(method, path.split("?")[0])["responses"][str(answer.status_code)]
    described = pointed(described["$ref"]) if "$ref" in described else described
    schema = described["content"][answer.mimetype]["schema"]
    assert_valid(json.loads(answer.data), schema)
    assert_valid(json.loads(answer.data), schema, named_alone)  # it has no member that the document does not name
    assert {header for header in described["headers"] if header not in answer.headers} <= {
        "RateLimit",
        "RateLimit-Policy",
        *("Stepgrade-Status", "Stepgrade-Optimizer", "Stepgrade-Objective"),  # with CSV only
    }


@pytest.mark.parametrize("path", POSTED)
def test_the_example_of_a_request_is_valid_and_accepted(client, path):
    offered = committed()["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert_valid(offered["example"], offered["schema"])
    assert client.post(path, json=offered["example"]).status_code == 200


def test_every_form_of_a_trajectory_is_in_it(client):
    described = operation_of("POST", "/trajectory")["responses"]["200"]["content"]
    refused = client.post("/trajectory", json=RUN, headers={"Accept": "text/html"}).json
    assert list(described) == refused["offered"]
    for form in described:
        assert client.post("/trajectory", json=RUN, headers={"Accept": form}).mimetype == form
