"""Compiled functions are kept on disk, for the very sources they are made of and no others, and found again."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import stepgrade_service
from stepgrade_service.engine.compiled import cache

PACKAGE = Path(stepgrade_service.__file__).parent
START = "from stepgrade_service.engine.warm import load_core; load_core()"

#: Uses a function of each room that is quickly compiled, two that call others among them, and tells the numbers.
USE = """
import json, numpy as np
import stepgrade_service
from stepgrade_service.engine.compiled.arithmetic import norms
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.optimizers.accumulating import adagrad
from stepgrade_service.engine.optimizers.descent import gradient_descent
told = [np.empty(1), np.empty(2), np.empty(2), np.empty(1), np.empty((2, 1))]
x, g, rates = np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([0.1, 0.1])
norms(g.reshape(2, 1), told[0])
tensors = np.array([[0, 2]])
gradient_descent.apply(1, x, g, told[1], rates, np.empty((0, 1)), np.array([[0.1, 0.0]]), tensors)
adagrad.apply(1, x, g, told[2], rates, np.array([[0.2, 0.3]]), np.array([[0.1, 0.0, 0.0, 0.1, 0.0]]), tensors)
OBJECTIVES["sphere"].kernel.call(x.reshape(2, 1), np.zeros(2), told[3], told[4])
print(json.dumps({"numbers": [each.tolist() for each in told], "from": stepgrade_service.__file__}))
"""
#: The files that hold what it uses, and what is made of each: the stems of the files on disk.
USED = {
    "engine/compiled/arithmetic.py": {"compiled/arithmetic.norms", "compiled/arithmetic.scaled_norm"},
    "engine/optimizers/accumulating.py": {"optimizers/adagrad.adagrad"},
    "engine/optimizers/descent.py": {"optimizers/gradient_descent.gradient_descent"},
    "engine/objectives/bowls.py": {"objectives/bowls.sphere"},
    "engine/compiled/views.py": {"optimizers/adagrad.adagrad", "optimizers/gradient_descent.gradient_descent"},
}
EVERYTHING = set().union(*USED.values())


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env={**os.environ, **environment}, check=True, timeout=300, capture_output=True, text=True)


def files(directory: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in directory.rglob("*.nb?")}


@dataclass(frozen=True)
class Started:
    """What came of a start: the numbers it told, what it wrote on its standard error, and of which functions it wrote files."""

    numbers: Any
    told: str
    written: set[str]


@dataclass(frozen=True)
class House:
    """The package's sources, in a directory of their own, and a place on disk for what is compiled of them."""

    root: Path

    @property
    def kernels(self) -> Path:
        return self.root / "kernels"

    def path(self, name: str) -> Path:
        return self.root / "stepgrade_service" / name

    def comment(self, name: str) -> None:
        with self.path(name).open("a") as file:
            file.write("# A comment.\n")

    def of(self, *stems: str) -> list[Path]:
        """The files on disk that are of some functions."""
        return [path for stem in stems for path in self.kernels.glob(f"{stem}-*")]

    def age(self, *stems: str, days: float) -> None:
        for path in self.of(*stems):
            then = path.stat().st_mtime - days * 24 * 3600
            os.utime(path, (then, then))

    def start(self) -> Started:
        before = files(self.kernels)
        above = os.environ.get("PYTHONPATH", "")
        done = run(USE, NUMBA_CACHE_DIR=str(self.kernels), PYTHONPATH=os.pathsep.join([str(self.root), above]))
        answer = json.loads(done.stdout)
        assert Path(answer["from"]).parent == self.root / "stepgrade_service"
        changed = {path for path, time in files(self.kernels).items() if before.get(path) != time}
        return Started(answer["numbers"], done.stderr, {str(path.relative_to(self.kernels)).rpartition("-")[0] for path in changed})


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Started]:
    """A house that was started once."""
    house = House(tmp_path_factory.mktemp("house"))
    shutil.copytree(PACKAGE, house.root / "stepgrade_service", ignore=shutil.ignore_patterns("__pycache__"))
    return house, house.start()


@pytest.fixture
def house(warm: tuple[House, Started], tmp_path: Path) -> House:
    """A house like it that may be changed."""
    return House(Path(shutil.copytree(warm[0].root, tmp_path / "house")))


def test_a_start_writes_what_it_compiles_into_the_directory_that_was_named(warm):
    assert warm[1].written == EVERYTHING


def test_a_comment_anywhere_but_in_the_files_of_compiled_functions_that_are_used_compiles_nothing(house, warm):
    others = {str(path.relative_to(house.path(""))) for path in house.path("").rglob("*.py")} - set(USED)
    assert {"engine/comparing/sentences.py", "engine/reading/faults.py", "engine/optimizers/declaration.py"} <= others
    assert {"engine/conventions/torch.py", "engine/compiled/jit.py", "engine/optimizers/adam.py", "web/app.py"} <= others
    for name in others:
        house.comment(name)
    again = house.start()
    assert (again.written, again.numbers) == (set(), warm[1].numbers)


def test_a_comment_beside_a_kernel_compiles_the_kernels_of_its_file_and_forgets_what_was_made_of_it_long_ago(house):
    name, (stem,) = "engine/optimizers/accumulating.py", USED["engine/optimizers/accumulating.py"]
    house.age(*EVERYTHING, days=8)
    old = house.of(stem)
    house.comment(name)
    first = house.start()
    assert first.written == {stem}
    assert not any(path.exists() for path in old), "nobody has run the sources that they were made of for a week"
    assert set(first.written) < EVERYTHING == {str(path.relative_to(house.kernels)).rpartition("-")[0] for path in files(house.kernels)}
    young = house.of(stem)
    house.age(stem, days=6)
    house.comment(name)
    house.start()
    assert all(path.exists() for path in young)
    assert len(house.of(stem)) == 2 * len(young)


def test_a_comment_beside_shared_arithmetic_compiles_what_takes_it_and_nothing_else(house, warm):
    house.age("compiled/arithmetic.norms", "compiled/arithmetic.scaled_norm", days=8)
    old = house.of("compiled/arithmetic.norms", "compiled/arithmetic.scaled_norm")
    house.comment("engine/compiled/arithmetic.py")
    again = house.start()
    assert again.written == EVERYTHING - USED["engine/objectives/bowls.py"]
    assert again.numbers == warm[1].numbers
    assert not any(path.exists() for path in old), "what is compiled for its callers alone is forgotten too"


def test_how_it_is_compiled_is_part_of_a_key(house):
    jit = house.path("engine/compiled/jit.py")
    assert '"error_model": "numpy"' in jit.read_text()
    jit.write_text(jit.read_text().replace('"error_model": "numpy"', '"error_model": "python"'))
    assert house.start().written == EVERYTHING


def test_what_is_broken_on_disk_is_compiled_anew_and_told_once(house, warm):
    noise = bytes(range(255, 0, -1)) * 9
    breaks = {
        ("compiled/arithmetic.norms", "nbi"): lambda whole: whole[: len(whole) // 2],
        ("compiled/arithmetic.scaled_norm", "nbc"): lambda _: b"",
        ("optimizers/adagrad.adagrad", "nbi"): lambda _: b"",
        ("optimizers/gradient_descent.gradient_descent", "nbi"): lambda _: noise,
        ("objectives/bowls.sphere", "nbc"): lambda whole: whole[: len(whole) // 2],
    }
    for (stem, ending), broken in breaks.items():
        (path,) = house.kernels.glob(f"{stem}-*.{ending}")
        path.write_bytes(broken(path.read_bytes()))
    healed = house.start()
    assert healed.numbers == warm[1].numbers
    assert healed.written == EVERYTHING
    assert healed.told.count("it is compiled again") == len(healed.told.splitlines()) == 1
    assert str(house.kernels) in healed.told
    again = house.start()
    assert (again.numbers, again.written, again.told) == (warm[1].numbers, set(), "")
    for path in house.kernels.rglob("*.nbc"):
        path.write_bytes(noise)
    assert house.start().numbers == warm[1].numbers
    again = house.start()
    assert (again.written, again.told) == (set(), "")


def test_a_second_start_writes_no_cache_file(tmp_path):
    run(START)
    directory = cache.directory()
    assert directory is not None
    copy = Path(shutil.copytree(directory, tmp_path / "copy"))  # what other tests compile meanwhile goes into the other
    before = files(copy)
    run(START, NUMBA_CACHE_DIR=str(copy))
    assert before
    assert files(copy) == before


def test_where_nothing_can_be_written_functions_are_compiled_and_not_kept(tmp_path, warm):
    not_a_directory = tmp_path / "file"
    not_a_directory.write_text("")
    assert json.loads(run(USE, NUMBA_CACHE_DIR=str(not_a_directory)).stdout)["numbers"] == warm[1].numbers


# Keys, of functions in files that were made for it.

KERNEL = """
from typing import NamedTuple
from .other import {taken}
from stepgrade_service.engine.compiled.jit import compiled
@compiled
def kernel(x): ...
"""
HELPER = """
from stepgrade_service.engine.compiled.jit import {way}
@{way}
def helper(x): ...
"""
NUMBERED = count()


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`key(taken, other)`: that of a function whose file takes a name from another file."""
    monkeypatch.syspath_prepend(tmp_path)

    def of(taken: str, other: str) -> str:
        package = f"made_for_a_key_{next(NUMBERED)}"
        (tmp_path / package).mkdir()
        (tmp_path / package / "other.py").write_text(other)
        (tmp_path / package / "file.py").write_text(KERNEL.format(taken=taken))
        return cache.key(importlib.import_module(f"{package}.file").kernel.py_func)

    return of


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("N = 60", "N = 61"),
        ("N = 0.5", "N = 0.25"),
        ("N = True", "N = False"),
        ("N = (1.0, 2.0)", "N = (1.0, 3.0)"),
        ("import numpy as np\nN = np.array([1.0, 2.0])", "import numpy as np\nN = np.array([1.0, 3.0])"),
        (
            "from collections import namedtuple\nN = namedtuple('N', ['x', 'step'])",
            "from collections import namedtuple\nN = namedtuple('N', ['step', 'x'])",
        ),
    ],
    ids=["a count", "a number", "a switch", "several numbers", "an array", "which field stands where"],
)
def test_what_is_compiled_in_from_another_file_is_part_of_a_key_and_the_rest_of_that_file_is_not(key, one, another):
    assert key("N", one) != key("N", another)
    assert key("N", one) == key("N", f"{one}\n# A comment.\nM = 'more'\n")


def test_a_compiled_function_of_another_file_is_part_of_a_key_with_its_whole_file_and_how_it_is_compiled(key):
    helper = HELPER.format(way="compiled")
    assert key("helper", helper) == key("helper", helper)
    assert key("helper", helper) != key("helper", helper + "# A comment.\n")
    assert len({key("helper", helper.replace("@compiled", f"@{way}").replace("compiled\n", "compiled, compiled_loop, within, inlined\n", 1))
                for way in ("compiled", "compiled_loop", "within", "inlined")}) == 4  # fmt: skip


def test_a_function_that_was_typed_in_is_not_kept():
    scope: dict[str, Any] = {"__name__": "__main__of_a_notebook__"}
    exec("def typed(x): return x + 1.0", scope)
    with cache.keeping(scope["typed"], {}) as kept:
        assert not kept


#: A kernel that calls a shared function, which no core has loaded before.
SHARING = """
import numpy as np
from stepgrade_service.engine.optimizers.trust_ratios import fromage
step = np.empty(2)
x, g, rates = np.array([3.0, 4.0]), np.array([0.0, 2.0]), np.array([0.1, 0.1])
fromage.apply(1, x, g, step, rates, np.empty((0, 1)), np.array([[0.0]]), np.array([[0, 2]]))
print(step.tolist())
"""


def test_a_kernel_from_disk_finds_the_shared_functions_it_calls(tmp_path):
    told = [run(SHARING, NUMBA_CACHE_DIR=str(tmp_path)).stdout]
    first = files(tmp_path)
    assert {path.name.partition("-")[0] for path in first} >= {"arithmetic.careful_norm", "fromage.fromage"}
    told.append(run(SHARING, NUMBA_CACHE_DIR=str(tmp_path)).stdout)
    assert files(tmp_path) == first
    x, g = [3.0, 4.0], [0.0, 2.0]
    expected = [(at - 0.1 * 5.0 / 2.0 * slope) / 1.01**0.5 - at for at, slope in zip(x, g, strict=True)]
    assert told[0] == told[1]
    assert json.loads(told[0]) == pytest.approx(expected, rel=1e-14)
