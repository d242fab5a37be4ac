"""The package from outside: it imports alone, says nothing, and declares what it is."""

import logging
import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

import stepgrade
from stepgrade import ServiceOverloaded, ServiceUnreachable


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_importing_it_imports_neither_the_service_nor_what_that_needs():
    run = python("-c", "import stepgrade, sys; print(*(name.partition('.')[0] for name in sys.modules))")
    assert run.returncode == 0
    assert not {"stepgrade_service", "flask", "werkzeug", "numba", "marshmallow", "matplotlib"} & set(run.stdout.split())


def test_importing_it_warns_of_nothing():
    run = python("-W", "error", "-c", "import stepgrade")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_python_without_sqlite_has_all_but_journals():
    code = "import sys; sys.modules['_sqlite3'] = None; from stepgrade import Client; print(Client().sweep([]))"
    assert python("-c", code).stdout == "Sweep(0 of 0 done, 0 errors)\n"


def test_it_needs_requests_and_numpy_alone():
    needed = [each for each in metadata.requires("stepgrade") if "extra ==" not in each]
    assert sorted(re.match(r"[\w-]+", each)[0] for each in needed) == ["numpy", "requests"]


def test_everything_public_is_there_and_typed():
    assert all(hasattr(stepgrade, name) for name in stepgrade.__all__)
    assert stepgrade.__version__ == metadata.version("stepgrade")
    assert resources.files("stepgrade").joinpath("py.typed").is_file()


def test_type_checkers_and_editors_find_it(tmp_path):
    found = subprocess.run([sys.executable, "-c", "import sys; print(*sys.path, sep='\\n')"], cwd=tmp_path, capture_output=True, text=True)
    assert any((Path(each) / "stepgrade" / "py.typed").is_file() for each in found.stdout.splitlines()), "they run no hooks of import"


@pytest.mark.usefixtures("slept")
@pytest.mark.parametrize("reply", [{"status": 503}, {"broken": "reset"}])
def test_it_is_silent_under_retries_and_failure(service, client, capfd, recwarn, reply):
    service.plays(reply)
    with pytest.raises((ServiceOverloaded, ServiceUnreachable)):
        client.step("adam", [1.0, 2.0], [0.5, -4.0])
    assert len(service.seen) == 6
    assert capfd.readouterr() == ("", "")
    assert recwarn.list == []


@pytest.mark.usefixtures("slept")
def test_a_retry_is_logged_for_those_who_ask(service, client, caplog):
    caplog.set_level(logging.DEBUG, "stepgrade")
    service.plays({"status": 503}, {})
    client.step("adam", [1.0, 2.0], [0.5, -4.0])
    assert "POST /step: 503 (request " in caplog.text


def test_it_leaves_nothing_open(service):
    code = f"import stepgrade\nc = stepgrade.Client({service.url!r})\nassert c.step('adam', [1.0, 2.0], [0.5, -4.0]).status == 'completed'"
    run = python("-X", "dev", "-W", "error", "-c", code)
    assert (run.returncode, run.stderr) == (0, "")
