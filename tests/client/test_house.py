"""The client's files: none imports another in a circle, and the judge needs NumPy alone."""

import ast
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2] / "client" / "stepgrade"


def test_no_files_import_one_another_in_a_circle(imports, circle):
    assert circle(imports(CLIENT)) == []


def test_the_judge_needs_numpy_and_nothing_else_of_the_client(imports):
    named = {each for name, names in imports(CLIENT).items() if name.startswith("stepgrade.judging") for each in names}
    foreign = {each for each in named if not f"{each}.".startswith("stepgrade.judging.")}
    assert {each.partition(".")[0] for each in foreign} - sys.stdlib_module_names == {"numpy"}


def test_only_by_name_and_when_it_is_asked_does_the_client_know_the_service(imports):
    assert not [name for name, named in imports(CLIENT).items() if any(each.startswith("stepgrade_service") for each in named)]


def test_a_circle_would_be_found_also_in_a_function_or_for_type_checkers_alone(imports, circle, tmp_path):
    package = tmp_path / "house"
    (package / "room").mkdir(parents=True)
    files = {
        "__init__": "from house.one import a",
        "one": "def f():\n    from house import two",
        "two": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .room.three import c",
        "room/__init__": "from .. import one",
        "room/three": "import json",
    }
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)
    found = circle(imports(package))
    assert set(found) == {"house.one", "house.two", "house.room"}, "importing a file runs the package it stands in"
    (package / "room/__init__.py").write_text("")
    assert circle(imports(package)) == []


#: What Python itself names so: argparse's actions, a named tuple's `_replace`, the frame of a caller, the end of a process.
OF_PYTHON = {"_actions", "_choices_actions", "_SubParsersAction", "_replace", "_getframe", "_exit"}


def private_uses(path):
    """Names with an underscore that a file takes from another: by an import, or of an object that is not its own."""
    tree = ast.parse(path.read_text())
    own = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    own |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if is_private(alias.name))
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own | OF_PYTHON:
            yield from [node.attr] if ast.unparse(node.value) not in ("self", "cls", "super()") else []


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def test_a_file_uses_no_private_name_of_another():
    assert {str(path.relative_to(CLIENT)): found for path in CLIENT.rglob("*.py") if (found := [*private_uses(path)])} == {}


def test_a_private_name_of_another_file_would_be_found(tmp_path):
    file = tmp_path / "one.py"
    file.write_text("from two import _three\n\ndef f(client, self):\n    return client._four() + self._five + _three")
    assert [*private_uses(file)] == ["_three", "_four"]
