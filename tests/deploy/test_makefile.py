"""The Makefile: every target is listed and resolves, and a machine that lacks something is told what."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text())
[WITH_IMAGES] = [
    names.replace("\\", "").split() for names in re.findall(r"(?m)^WITH_IMAGES := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text())
]
LOCKS = {
    ".venv": "requirements-dev.lock",
    ".venv-platforms": "tests/platforms/requirements.lock",
    ".venv-generators": "tests/generators/requirements.lock",
    ".venv-browser": "tests/browser/requirements.lock",
    ".venv-numba": "tests/oldest-numba.lock",
}


def make(*arguments, directory=ROOT):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # these tests may run under make
    return subprocess.run(["make", *arguments], cwd=directory, env=plain, capture_output=True, text=True, check=False)


@pytest.fixture
def fresh(tmp_path):
    """A clone in which nothing is installed."""
    for path in ("Makefile", "requirements-dev.lock", "service/pyproject.toml", "client/pyproject.toml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_make_alone_lists_every_target():
    listed = make()
    assert listed.returncode == 0
    assert re.findall(r"(?m)^  make (\S+) ", listed.stdout) == TARGETS
    assert {"help", "demo", "serve", "test", "check", "openapi", "bench", "parity", "clean"} <= set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_resolves(target):
    done = make("--dry-run", target)
    assert done.returncode == 0, done.stderr


def test_serve_takes_its_port():
    assert "STEPGRADE_SERVER_PORT=8123 .venv/bin/python -m stepgrade_service serve" in make("--dry-run", "serve", "PORT=8123").stdout


def test_the_first_target_in_a_fresh_clone_makes_the_environment(fresh):
    done = make("--dry-run", "test", directory=fresh)
    assert "venv --clear .venv" in done.stdout
    assert "--require-hashes --only-binary :all: -r requirements-dev.lock" in done.stdout
    assert "--no-deps --no-build-isolation -e client -e service" in done.stdout


@pytest.mark.parametrize("environment", LOCKS)
def test_an_environment_is_made_anew_from_its_lock_when_that_changes(environment):
    done = make("--dry-run", "--what-if", LOCKS[environment], f"{environment}/installed").stdout
    installed = re.findall(r"(\S+)/bin/python (?:-m pip install )?[^\n]*--require-hashes --only-binary :all: -r (\S+)", done)
    assert installed
    assert set(installed) == {(environment, LOCKS[environment])}


DOCKER = """#!/bin/sh
case "$*" in
    "buildx imagetools inspect --format {{.Manifest.Digest}} python:"*) echo sha256:aaaa ;;
    "buildx imagetools inspect --format {{.Manifest.Digest}} nginx:"*) echo sha256:bbbb ;;
    "buildx imagetools inspect --format {{.Manifest.Digest}} redis:"*) echo sha256:cccc ;;
    "buildx imagetools inspect --format {{.Manifest.Digest}} prom/prometheus:"*) echo sha256:dddd ;;
    "buildx imagetools inspect --format {{.Manifest.Digest}} grafana/grafana:"*) echo sha256:eeee ;;
    *) exit 1 ;;
esac
"""


@pytest.fixture
def with_docker(tmp_path, monkeypatch):
    """A directory with the files that name images, and a docker whose registry has newer ones."""
    for path in ("Makefile", "service/pyproject.toml", *WITH_IMAGES):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def images(directory):
    """The images that the files of a directory name, by name: tag and digest. All files name the same."""
    found = {each for path in WITH_IMAGES for each in re.findall(r"([\w/]+):([\w.-]+)@(sha256:\w+)", (directory / path).read_text())}
    named = {name: (tag, digest) for name, tag, digest in found}
    assert len(named) == len(found)
    return named


def test_digests_writes_what_the_registry_has_for_the_same_tags(with_docker):
    before = images(with_docker)
    done = make("digests", directory=with_docker)
    assert done.returncode == 0, done.stderr
    digests = {"python": "aaaa", "nginx": "bbbb", "redis": "cccc", "prom/prometheus": "dddd", "grafana/grafana": "eeee"}
    assert images(with_docker) == {name: (before[name][0], f"sha256:{digest}") for name, digest in digests.items()}


def test_digests_changes_nothing_where_the_registry_does_not_answer(with_docker):
    before = images(with_docker)
    (with_docker / "bin" / "docker").write_text("#!/bin/sh\nexit 1\n")
    assert make("digests", directory=with_docker).returncode != 0
    assert images(with_docker) == before


def test_an_old_python_is_refused_with_what_is_needed(fresh):
    old = fresh / "python3.10"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.13" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = make("test", f"PYTHON={old}", directory=fresh)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.10.13" in done.stderr
    assert not (fresh / ".venv").exists()


def test_a_missing_python_is_named(fresh):
    done = make("test", "PYTHON=no-such-python", directory=fresh)
    assert done.returncode != 0
    assert "There is no no-such-python" in done.stderr


def test_continuous_integration_requires_nginx_and_runs_checks_and_tests():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    assert "export STEPGRADE_REQUIRE_NGINX=1" in lines
    assert "export STEPGRADE_REQUIRE_NODE=1" in lines
    assert "export STEPGRADE_REQUIRE_CHROMIUM=1" in lines
    assert lines[-1].endswith(" test")  # its last line is pytest's
    run = {word for line in lines if line.startswith("make ") for word in line.split()}
    assert {"check", "fuzz", "platforms", "generators", "browser", "numba", "test"} <= run
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
