"""The service as it is installed: a wheel, in an environment of its own, without any network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from stepgrade_service.engine.compiled import cache
from stepgrade_service.web.playground import DIRECTORY, bare

ROOT = Path(__file__).resolve().parents[2]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")

#: Asks for the page, for each of its files and for those that these load, in a process that can reach nobody.
ASK = r"""
import json, re, socket, sys
from pathlib import Path


def refuse(*_):
    raise OSError("there is no network here")


socket.socket.connect = socket.getaddrinfo = refuse
import stepgrade_service
from stepgrade_service.web.app import create_app

client = create_app().test_client()
page = client.get("/", headers={"Accept": "text/html"})
waiting, files = re.findall(r'(?:href|src)="(assets/[^"]+)"', page.text), {}
while waiting:
    path = waiting.pop()
    if path not in files:
        files[path] = client.get("/" + path)
        waiting += [path.rpartition("/")[0] + "/" + name for name in re.findall(r'(?:from |import\()"\./([\w.]+)"', files[path].text)]
told = {path.rpartition("/")[2]: [answer.status_code, len(answer.data)] for path, answer in files.items()}
print(json.dumps({"from": str(Path(stepgrade_service.__file__).parent), "page": page.status_code, "type": page.mimetype, "files": told}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The Python of a new environment with the wheel of the service. What it needs stands in the environment of the tests."""
    directory = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "service", directory / "service", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    build = [*PIP, "wheel", "-qq", "--no-index", "--no-deps", "--no-build-isolation", "./service"]
    subprocess.run(build, cwd=directory, check=True)
    (wheel,) = directory.glob("*.whl")
    venv.create(directory / "venv", with_pip=False)
    python = directory / "venv" / "bin" / "python"
    packages = next((directory / "venv" / "lib").glob("python*")) / "site-packages"
    (packages / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT / 'client'}\n", encoding="utf-8")
    subprocess.run([*PIP, "--python", python, "install", "-qq", "--no-index", "--no-deps", "--ignore-installed", wheel], check=True)
    return python


def test_the_wheel_serves_the_page_with_all_its_files(installed, tmp_path):
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {**alone, "NUMBA_CACHE_DIR": str(cache.DIRECTORY or tmp_path)}
    done = subprocess.run([installed, "-c", ASK], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert Path(told["from"]).is_relative_to(installed.parents[1]), "it is the wheel that answers"
    assert (told["page"], told["type"]) == (200, "text/html")
    files = [path for path in DIRECTORY.iterdir() if re.fullmatch(r"\.(js|css|svg)", path.suffix)]
    there = {path.name: [200, len(path.read_bytes() if path.suffix == ".svg" else bare(path.read_bytes()))] for path in files}
    assert told["files"] == there
