"""Every example of the documentation is run as it stands there, and answers what is shown under it.

In a page a ```sh block is run with the shell and a ```python block in one namespace a page, from top to bottom. A ```js or ```r block
is a program (test_languages.py). The ```json or
```text block after it is its output: `...` stands for what is left out, and whatever else is shown must be there.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from numba import config

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.grading.catalogue.formulas import FORMULAS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "client/README.md", "service/README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN, OUTPUT = ("sh", "python", "js", "r"), ("json", "text")

#: What needs a fresh machine, Docker, or minutes. `make` targets are looked up; the rest of these lines is not run.
NOT_RUN = (
    "make ",
    "pip install ",
    "docker ",
    "kubectl ",
    "sudo ",
    ". ./swarm",
    "cp -R deploy/",
    "python docs/",
    "python tests/",
    "python bench/",
    ".venv/bin/python bench/",
)

#: On another kind of processor the last digits may be others.
TOLERANCE = 1e-9

LEFT_OUT = "..."

#: A string, a number that is cut short, what is left out, or anything else.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?\.\.\.|\.\.\.|-?\d+\.\d+|[^".\d-]+|.', re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A block that is run, and the block that shows its output."""

    language: str
    code: str
    line: int
    shown: str = ""
    shown_as: str = ""


def examples(page: str, language: str) -> list[Example]:
    """The examples of a page in one language, from top to bottom."""
    text, found = (ROOT / page).read_text(encoding="utf-8"), list[Example]()
    blocks = [(block[1], block[2], text.count("\n", 0, block.start()) + 2) for block in BLOCK.finditer(text)]
    for before, (kind, code, line) in zip([("", "", 0), *blocks], blocks, strict=False):
        if kind in OUTPUT:
            assert before[0] in RUN, f"{page}:{line}: an output without an example"
            found[-1] = Example(*before, shown=code, shown_as=kind)
        elif kind in RUN:
            found.append(Example(kind, code, line))
    return [example for example in found if example.language == language]


def with_examples(language: str) -> list[str]:
    return [page for page in PAGES if examples(page, language)]


def is_run(example: Example) -> bool:
    """Whether a shell example is run; one that is not has no line that could be."""
    lines = [line for line in example.code.splitlines() if line and not line.startswith("#")]
    skipped = [line.startswith(NOT_RUN) for line in lines]
    assert all(skipped) or not any(skipped), f"what is run and what is not stand in one block: {example.code}"
    return not all(skipped)


def parse(shown: str) -> Any:
    """JSON in which `...` may stand for entries, members or values that are left out, or for the last digits of a number."""
    marked, inside, after = "", list[str](), ""
    for token in TOKEN.findall(shown):
        if token != LEFT_OUT and token.endswith(LEFT_OUT):
            token = f'"{token}"'
        if token == LEFT_OUT:
            is_member = inside and inside[-1] == "{" and after in "{,"
            marked += f'"{LEFT_OUT}": 0' if is_member else f'"{LEFT_OUT}"'
            after = LEFT_OUT
            continue
        marked += token
        for letter in "" if token.startswith('"') else token:
            inside = [*inside, letter] if letter in "{[" else inside[:-1] if letter in "}]" else inside
        after = token.strip()[-1:] or after
    return json.loads(marked)


def differences(shown: Any, told: Any, place: str = "") -> list[str]:
    """Where an answer is not what is shown."""
    if shown == LEFT_OUT:
        return []
    if isinstance(shown, dict) and isinstance(told, dict):
        missing = [f"{place}/{name} is not in the answer" for name in shown if name not in told and name != LEFT_OUT]
        hidden = [f"{place}/{name} is in the answer and not shown" for name in told if name not in shown and LEFT_OUT not in shown]
        return missing + hidden + [each for n in shown if n in told for each in differences(shown[n], told[n], f"{place}/{n}")]
    if isinstance(shown, list) and isinstance(told, list):
        if LEFT_OUT in shown:
            cut, rest = shown.index(LEFT_OUT), len(shown) - shown.index(LEFT_OUT) - 1
            shown, told = shown[:cut] + shown[cut + 1 :], told[:cut] + (told[-rest:] if rest else [])
        if len(shown) != len(told):
            return [f"{place} has {len(told)} entries; {len(shown)} are shown"]
        return [each for k, pair in enumerate(zip(shown, told, strict=True)) for each in differences(*pair, f"{place}/{k}")]
    if isinstance(shown, str) and isinstance(told, str | float) and LEFT_OUT in shown:
        return [] if matches(shown, told if isinstance(told, str) else json.dumps(told)) else [f"{place} is {told!r}; {shown!r} is shown"]
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (shown, told))
    same = isclose(shown, told, rel_tol=TOLERANCE, abs_tol=1e-300) if numbers else shown == told and type(shown) is type(told)
    return [] if same else [f"{place} is {told!r}; {shown!r} is shown"]


def matches(shown: str, told: str) -> bool:
    """Whether a text is the one shown, in which `...` stands for anything on its line, or for lines where it is alone on one."""
    lines = [".*" if line.strip() == LEFT_OUT else re.escape(line.rstrip()).replace(r"\.\.\.", "[^\n]*") for line in shown.splitlines()]
    return re.fullmatch("\n".join(lines), "\n".join(line.rstrip() for line in told.strip().splitlines()), re.DOTALL) is not None


def hold(page: str, example: Example, told: str) -> None:
    """Hold what an example said to what is shown under it."""
    where = f"{page}:{example.line}"
    if "urn:stepgrade:problem" in told:
        assert "urn:stepgrade:problem" in example.shown, f"{where} is refused: {told}"
    if example.shown_as == "json":
        found = differences(parse(example.shown), json.loads(told))
        assert not found, f"{where}: " + "; ".join(found)
    elif example.shown:
        assert matches(example.shown, told), f"{where} says:\n{told}"


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize("page", with_examples("sh"))
def test_the_shell_examples_of_a_page_do_what_they_show(page, live, tmp_path):
    if shutil.which("curl") is None or shutil.which("sh") is None:
        pytest.skip("there is no curl here (apt-get install curl): the examples of the documentation need it")
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": beside_python, "STEPGRADE_URL": f"http://{live.address}"}
    for example in filter(is_run, examples(page, "sh")):
        run = subprocess.run(
            ["sh", "-e", "-c", live.addressed(example.code)],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert run.returncode == 0, f"{page}:{example.line}: {run.stdout}"
        hold(page, example, live.as_written(run.stdout))
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"urn:stepgrade:problem" not in file.read_bytes(), f"{page}: {file.name} is an error"


def as_a_file(directory: Path, page: str, blocks: list[Example]) -> str:
    """A file with the blocks at the lines they have in the page: kernels are cached by their file, and tracebacks show it."""
    text = ""
    for block in blocks:
        text += "\n" * (block.line - 1 - text.count("\n")) + block.code
    file = directory / "docs" / page.replace("/", "-")  # not *.py: the kernels' directory is that of the engine's sources
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.fixture
def own_catalogue():
    """What an example adds to the catalogues is gone after it."""
    with patch.dict(OPTIMIZERS), patch.dict(CONVENTIONS), patch.dict(FORMULAS):
        yield


@pytest.mark.usefixtures("plain_environment", "own_catalogue")
@pytest.mark.parametrize("page", with_examples("python"))
def test_the_python_examples_of_a_page_do_what_they_show(page, live, tmp_path, monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", f"http://{live.address}")
    monkeypatch.chdir(tmp_path)
    blocks, namespace = examples(page, "python"), {"__name__": "__main__"}
    file = as_a_file(Path(config.CACHE_DIR or tmp_path), page, blocks)
    for block in blocks:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile("\n" * (block.line - 1) + live.addressed(block.code), file, "exec"), namespace)
        hold(page, block, live.as_written(output.getvalue()))
