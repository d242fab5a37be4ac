"""What both wheels do where nothing else is: `make release` runs it in an empty environment, without a network and without the sources."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, resources
from pathlib import Path

import stepgrade
import stepgrade_service
from stepgrade import Client, grid
from stepgrade_service.engine import VERSION


def no_network(*_: object) -> None:
    """Stand in for what connects."""
    raise AssertionError("a wheel asked the network for something")


def main() -> None:
    """Hold the wheels to what they promise."""
    here = Path(sys.prefix)
    assert all(Path(package.__file__ or "").is_relative_to(here) for package in (stepgrade, stepgrade_service)), "these are the sources"
    assert metadata.version("stepgrade") == metadata.version("stepgrade-service") == stepgrade.__version__
    for name in ("stepgrade", "stepgrade-service"):
        told = metadata.metadata(name)
        assert any(path.name == "LICENSE" for path in metadata.files(name) or []), f"{name} lacks its license"
        assert told["License-Expression"] == "MIT"
        if not told.get_all("Project-URL"):
            print(f"{name} names no address: write [project.urls] into its pyproject.toml before you upload it")
    for package, files in (("stepgrade", ["py.typed"]), ("stepgrade_service", ["py.typed", "playground/index.html", "playground/main.js"])):
        assert all(resources.files(package).joinpath(file).is_file() for file in files), f"{package} lacks a file"
    socket.socket.connect = no_network  # type: ignore[assignment,method-assign]

    with Client.local(engine=VERSION) as client:
        step = client.step({"name": "adam", "lr": 0.1}, [1.0, 2.0], [0.5, -4.0], include=["work"])
        assert abs(step.params[0] - 0.9) < 1e-8
        assert step.work is not None
        assert client.trajectory("rmsprop", "quadratic", start="B", steps=200).picture("svg").startswith(b"<")
        assert client.check({"optimizer": "sgd", "params": 1.0, "gradient": 1.0}, {"params": 0.999}).passed
        assert b"<html" in client.request("GET", "/", accept="text/html").body
        calls = grid({"objective": "quadratic", "steps": 20}, optimizer=["sgd", "adam"])
        with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(1) as executor:
            assert client.sweep(calls, into=directory, executor=executor).errors == {}
    for program in (["stepgrade", "--version"], ["stepgrade", "optimizers", "adam", "--local"], ["stepgrade-service", "openapi"]):
        subprocess.run([here / "bin" / program[0], *program[1:]], check=True, stdout=subprocess.DEVNULL)
    print(f"both wheels of {stepgrade.__version__} work, engine {VERSION}")


if __name__ == "__main__":
    main()
