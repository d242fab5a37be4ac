"""The Python examples of the documentation, as strict type checkers see them: a page is one module, as its reader runs it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.test_examples import BLOCK, ROOT, examples, with_examples

GRADERS = ROOT / "docs" / "graders"

SOURCES = [ROOT / "client", ROOT / "service"]

#: What stands in the pages for its input, and has no types: the code of students, and kernels, whose arguments numba finds.
UNTYPED = {
    "docs/client.md": {"students_adam"},
    "docs/shapes.md": {"update_variables_adam", "rmsprop", "adam", "Adam", "gradient_descent", "Odd"},
    "docs/engine.md": {"qhm", "booth"},
}
DECLARED = "from typing import Any as Untyped\n"

#: The examples for graders that are no whole file, and the names that a file or a cell gets from what runs it.
CELLS = ["docs/graders/README.md", "docs/graders/nbgrader.md"]
GIVEN = dict.fromkeys(CELLS, "adam: Untyped") | {"docs/graders/nbgrader/nbgrader_config.py": "def get_config() -> Untyped: ..."}

#: The student's file, what the platforms bring, and Dask, which has no types.
STUBS = {
    "optim.pyi": "def adam(w: object, dw: object, config: object) -> object: ...",
    "distributed.pyi": """from typing import Self
class LocalCluster:
    def __init__(self, *, n_workers: int, threads_per_worker: int, processes: bool, dashboard_address: str | None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *told: object) -> None: ...
class Client:
    def __init__(self, cluster: LocalCluster) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *told: object) -> None: ...""",
    "otter/__init__.pyi": "",
    "otter/test_files.pyi": """from collections.abc import Callable
from typing import TypeVar
T = TypeVar("T")
def test_case(*, points: float, hidden: bool = False) -> Callable[[T], T]: ...""",
    "gradescope_utils/__init__.pyi": "",
    "gradescope_utils/autograder_utils/__init__.pyi": "",
    "gradescope_utils/autograder_utils/decorators.pyi": """from collections.abc import Callable
from typing import TypeVar
T = TypeVar("T")
def partial_credit(weight: float) -> Callable[[T], T]: ...""",
    "gradescope_utils/autograder_utils/json_test_runner.pyi": """from typing import TextIO
from unittest import TestSuite
class JSONTestRunner:
    def __init__(self, stream: TextIO, visibility: str, failure_prefix: str) -> None: ...
    def run(self, test: TestSuite) -> object: ...""",
}


def typed(page: str) -> str:
    """The examples of a page at the lines they have there; what has no types is only declared, with the imports that it uses."""
    lines = [""] * len((ROOT / page).read_text(encoding="utf-8").splitlines())
    for block in examples(page, "python"):
        code = block.code.splitlines()
        lines[block.line - 1 : block.line - 1 + len(code)] = code
    body = ast.parse("\n".join(lines)).body
    imported = {alias.asname or alias.name for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in UNTYPED.get(page, ()):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines[first - 1 : node.end_lineno] = [f"{node.name}: Untyped = {used_by(node, imported)}", *[""] * (node.end_lineno - first)]
            lines[0] = DECLARED.strip()
    return "\n".join(lines) + "\n"


def used_by(node: ast.AST, imported: set[str]) -> str:
    """A list of the imported names that a function or a class uses."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    own = {each.id for each in names if isinstance(each.ctx, ast.Store)} | {
        each.arg for each in ast.walk(node) if isinstance(each, ast.arg)
    }
    return f"[{', '.join(sorted({each.id for each in names} & imported - own))}]"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a module for each page that has examples."""
    directory = tmp_path_factory.mktemp("pages")
    codes = {page: typed(page) for page in with_examples("python")}
    codes |= {
        page: "\n".join(block[2] for block in BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")) if block[1] == "python")
        for page in CELLS
    }
    codes |= {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in GRADERS.rglob("*.py")}
    for page, code in codes.items():
        name = re.sub(r"\W", "_", re.sub(r"\.(md|py)$", "", page))
        given = f"{DECLARED}{GIVEN[page]}\n" if page in GIVEN else ""
        (directory / f"{name}.py").write_text(given + code, encoding="utf-8")
    for stub, code in STUBS.items():
        (directory / stub).parent.mkdir(parents=True, exist_ok=True)
        (directory / stub).write_text(code)
    settings = {
        "strict": ["."],
        "pythonVersion": "3.11",
        "extraPaths": list(map(str, SOURCES)),
        "reportMissingModuleSource": False,  # of what has only stubs here
    }
    (directory / "pyrightconfig.json").write_text(json.dumps(settings))
    return directory


def by_mypy(directory: Path) -> list[str]:
    """What mypy's strict rules find."""
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, SOURCES))}
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--python-version=3.11", "."]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return [line for line in done.stdout.splitlines() if ": error: " in line]


@pytest.fixture(scope="module")
def by_pyright(run_node):
    """What pyright's strict rules find in a directory."""

    def run(directory: Path) -> list[str]:
        said = run_node("pyright", "--project", directory, "--pythonpath", sys.executable, "--outputjson", codes=(0, 1))
        found = json.loads(said)["generalDiagnostics"]
        return [f"{Path(each['file']).name}:{each['range']['start']['line'] + 1}: {each['message']}" for each in found]

    return run


def test_mypy_finds_nothing_in_the_examples(pages):
    assert by_mypy(pages) == []


def test_pyright_finds_nothing_in_the_examples(pages, by_pyright):
    assert by_pyright(pages) == []


def test_every_file_for_graders_is_checked(pages):
    checked = {path.name for path in pages.glob("docs_graders_*.py")}
    assert len(checked) == len(CELLS) + len(list(GRADERS.rglob("*.py")))


def test_what_has_no_types_is_in_the_pages():
    for page, names in UNTYPED.items():
        assert {name for name in names if f"{name}: Untyped" in typed(page)} == names


USER = """
from stepgrade import Client, Floats, NamedFloats, Step, Summary, check_function


def described(step: Step[Floats] | Step[NamedFloats], summary: Summary) -> tuple[object, int | None]:
    return step.params, summary["exits"]


with Client() as client:
    step = client.step("adam", [1.0, 2.0], gradient=[0.5, -4.0])
    print(step.params[0].item(), step.measures["update_norm"])
    named = client.step("adam", {"W": [[1.0]], "b": 2}, gradient={"W": [[0.5]], "b": 1})
    print(named.params["W"].shape, named.update["b"].item())
    run = client.trajectory("adam", "quadratic", start="A", include=["points", "measures"])
    print(run.points.shape, run.points[0, 1].item(), run.measures["distance"].shape, run.summary["settling_step"])
    replay = client.trajectory("adam", gradients=[{"W": [1.0]}], start={"W": [1.0]})
    print(replay.points["W"].shape)
    comparison = client.compare("quadratic", ["gd", "rmsprop"], starts={"here": [1, 2]}, match="tuned")
    print(comparison.starts["here"].shape, comparison["gd", "here"].summary["tail_gap"])
    field = client.map("quadratic", ["gd"], {"x": [-1, 1, 3]}, measure="final_value")
    print(field.measures["final_value"]["gd"].shape)
    print(client.check_function(print, "adam", style="loop", hints=2, precision="float64").passed)
    print(check_function(print, "adam", "tuple", seed=3).first_mismatch.step, check_function(print, "adam", client=client).passed)
    print(described(step, run.summary), described(named, replay.summary))
"""

SLIPS = {
    "match": ('match="tuned"', 'match="tune"'),
    "include": ('include=["points", "measures"]', 'include=["points", "speed"]'),
    "measure": ('measure="final_value"', 'measure="value"'),
    "style": ('style="loop"', 'style="loops"'),
    "hints": ("hints=2", "hints=4"),
    "precision": ('precision="float64"', 'precision="double"'),
    "summary": ('["settling_step"]', '["settling"]'),
    "named params by number": ('named.params["W"].shape', "named.params[0].shape"),
    "params by name": ("step.params[0].item()", 'step.params["W"].item()'),
    "a function's argument": ("seed=3", "seeds=3"),
    "an array's attribute": ("run.points.shape", "run.points.shap"),
}


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a user's program, and the same program with one slip each."""
    directory = tmp_path_factory.mktemp("user")
    (directory / "right.py").write_text(USER)
    for number, (right, wrong) in enumerate(SLIPS.values()):
        assert USER.count(right) == 1
        (directory / f"slip{number}.py").write_text(USER.replace(right, wrong))
    (directory / "pyrightconfig.json").write_text(json.dumps({"strict": ["."], "extraPaths": list(map(str, SOURCES))}))
    return directory


def files_in(found: list[str]) -> set[str]:
    return {line.partition(":")[0] for line in found}


def test_mypy_accepts_a_user_s_program_and_finds_each_slip(user):
    assert files_in(by_mypy(user)) == {f"slip{number}.py" for number in range(len(SLIPS))}


def test_pyright_accepts_a_user_s_program_and_finds_each_slip(user, by_pyright):
    assert files_in(by_pyright(user)) == {f"slip{number}.py" for number in range(len(SLIPS))}
