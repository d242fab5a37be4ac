"""The lock files: what they hold is what the distributions and the lists of the tests ask for, and every file has its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]


class Locked(NamedTuple):
    """A package in a lock: its version, and the hashes of its files."""

    version: Version
    hashes: list[str]


def read(path, system="linux", machine="x86_64"):
    """What a lock installs on a system, by name, each line of it understood."""
    text = re.sub(r"(?m)^ *#.*\n", "", (ROOT / path).read_text()).replace("\\\n", " ")
    packages = {}
    for line in filter(str.strip, text.splitlines()):
        pinned, *hashes = re.split(r" +--hash=", line.strip())
        requirement = Requirement(pinned)
        [pin] = requirement.specifier
        assert pin.operator == "=="
        if requirement.marker is None or requirement.marker.evaluate({"sys_platform": system, "platform_machine": machine}):
            assert canonicalize_name(requirement.name) not in packages, "one version for a system"
            packages[canonicalize_name(requirement.name)] = Locked(Version(pin.version), hashes)
    return packages


def listed(path):
    """The requirements of a list."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / path).read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def projects():
    return [tomllib.loads((ROOT / folder / "pyproject.toml").read_text()) for folder in ("client", "service")]


#: What both distributions need and are built by. The client is the service's own neighbour: it comes from no index.
OURS = [
    requirement
    for project in projects()
    for requirement in map(Requirement, project["project"]["dependencies"] + project["build-system"]["requires"])
    if requirement.name != "stepgrade"
]

#: Each lock, and what it is made of besides.
LOCKS = {
    "service/requirements.lock": [],
    "requirements-dev.lock": listed("requirements-dev.txt"),
    "tests/generators/requirements.lock": listed("tests/generators/requirements.txt"),
    "tests/browser/requirements.lock": listed("tests/browser/requirements.txt"),
    "tests/platforms/requirements.lock": listed("tests/platforms/requirements.txt"),
    "tests/oldest-numba.lock": [each for each in listed("requirements-dev.txt") if each.name in ("hypothesis", "pytest", "pytest-xdist")],
}


#: Where the locks hold.
SYSTEMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64")]


@pytest.fixture(params=LOCKS)
def lock(request):
    return request.param


def test_every_package_has_a_version_and_the_hashes_of_its_files(lock):
    packages = read(lock)
    assert len(packages) > 20
    wrong = {name: each.hashes for name, each in packages.items() if not each.hashes or not all(map(is_hash, each.hashes))}
    assert wrong == {}


def is_hash(text):
    return re.fullmatch(r"sha256:[0-9a-f]{64}", text) is not None


@pytest.mark.parametrize("system", SYSTEMS, ids="-".join)
def test_what_is_asked_for_is_there_everywhere_and_within_its_range(lock, system):
    packages, asked = read(lock, *system), OURS + LOCKS[lock]
    assert {each.name for each in asked if canonicalize_name(each.name) not in packages} == set()
    held = [(each, packages[canonicalize_name(each.name)]) for each in asked]
    assert [str(each) for each, locked in held if locked.version not in each.specifier] == []


def test_no_lock_takes_our_own_distributions_from_an_index(lock):
    assert not {"stepgrade", "stepgrade-service"} & set(read(lock))


def test_the_tests_run_with_the_versions_that_the_image_has():
    image, tests = read("service/requirements.lock"), read("requirements-dev.lock")
    assert {name: tests[name].version for name in image} == {name: each.version for name, each in image.items()}


def test_the_oldest_numba_that_is_allowed_is_the_one_of_its_lock():
    [asked] = {str(bound.version) for each in OURS if each.name == "numba" for bound in each.specifier if bound.operator == ">="}
    assert ".".join(str(read("tests/oldest-numba.lock")["numba"].version).split(".")[:2]) == asked
