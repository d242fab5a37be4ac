"""The service's packages: their arrows point one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVICE = ROOT / "service" / "stepgrade_service"
CLIENT = ROOT / "client" / "stepgrade"

#: What each package may import beside itself.
BELOW = {
    "engine": set(),
    "pictures": {"engine"},
    "grading": {"engine"},
    "budgets": set(),
    "web": {"engine", "grading", "pictures", "budgets"},
    "serving": {"engine", "web"},
}

#: The rooms of a package in their order, and the file that they share: each may import those before it, and no other file.
ROOMS = {
    "engine": ["reading", "compiled", "optimizers", "objectives", "schedules", "loop", "conventions", "converting", "running", "comparing"],
    "grading": ["order", "catalogue", "candidates", "checking", "probing", "solutions"],
}


@pytest.fixture(scope="module")
def imported(imports):
    """What each file of the service imports."""
    return imports(SERVICE)


def part(module: str, depth: int = 1) -> str:
    """The package that a module stands in: `engine` of `stepgrade_service.engine.loop`, with depth 2 `loop`."""
    return ".".join(module.split(".")[depth : depth + 1])


def test_no_files_import_one_another_in_a_circle(imported, circle):
    assert circle(imported) == []


@pytest.mark.parametrize("package", BELOW)
def test_a_package_imports_only_those_below_it(imported, package):
    arrows = [(name, each) for name, named in imported.items() if part(name) == package for each in named]
    inner = [arrow for arrow in arrows if arrow[1] in imported and arrow[1] != SERVICE.name]
    assert [arrow for arrow in inner if part(arrow[1]) not in BELOW[package] | {package}] == []


def test_grading_alone_knows_the_client_and_of_it_the_judge_alone(imported):
    known = {(part(name), each) for name, named in imported.items() for each in named if each.partition(".")[0] == "stepgrade"}
    assert known == {("grading", "stepgrade.judging")}


def test_the_engine_knows_no_http(imported):
    known = {each.partition(".")[0] for name, named in imported.items() if part(name) == "engine" for each in named}
    assert not {"flask", "marshmallow", "werkzeug", "requests", "matplotlib"} & known


@pytest.mark.parametrize("package", ROOMS)
def test_the_rooms_of_a_package_import_only_rooms_before_them(imported, package):
    order, inner = ROOMS[package], {name: named for name, named in imported.items() if part(name) == package}
    assert {part(name, 2) for name in inner if name.count(".") > 2} <= set(order) <= {part(name, 2) for name in inner}
    back = [
        (name, each)
        for name, named in inner.items()
        for each in named
        if part(name, 2) in order and each in inner and each.count(".") > 1
        if part(each, 2) not in order[: order.index(part(name, 2)) + 1]
    ]
    assert back == []


def tells_a_type(test: ast.expr) -> bool:
    """`x is not None`, `isinstance(x, T)` or `len(x) == len(y)`, the last for a tuple: what mypy has to be told."""
    if isinstance(test, ast.Call):
        return ast.unparse(test.func) == "isinstance"
    return isinstance(test, ast.Compare) and (
        ast.unparse(test).endswith(" is not None") or [ast.unparse(each)[:4] for each in (test.left, *test.comparators)] == ["len("] * 2
    )


@pytest.mark.parametrize("package", [SERVICE, CLIENT], ids=lambda package: package.name)
def test_an_assert_tells_a_type_and_checks_nothing_else(package):
    """`python -O` leaves asserts out."""
    found = [
        (path, node.test) for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())) if type(node) is ast.Assert
    ]
    assert len(found) > 1
    assert [f"{path.name}:{test.lineno}" for path, test in found if not tells_a_type(test)] == []


#: What the service computes, and the client reads of its answer: one thing on both sides, and one name.
ON_BOTH_SIDES = {
    "Conversion",
    "Audit",
    "CheckResult",
    "Comparison",
    "Contours",
    "Decomposition",
    "Finding",
    "Map",
    "Outcome",
    "Run",
    "Solution",
    "SolutionLetter",
    "SolutionLine",
    "Step",
    "Trajectory",
}


def classes(package):
    """The names of a package's classes, one that only tells what another one has left out."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")]
    found = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return [node.name for node in found if "Protocol" not in [ast.unparse(base) for base in node.bases]]


@pytest.mark.parametrize("package", [SERVICE, CLIENT], ids=["service", "client"])
def test_no_class_has_the_name_of_another(package):
    names = classes(package)
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_a_class_of_the_client_has_the_name_of_one_of_the_service_where_it_is_the_same_thing():
    assert set(classes(SERVICE)) & set(classes(CLIENT)) == ON_BOTH_SIDES
