"""The service with faults that were put into it, which a fuzzer has to find."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fuzz import case, worker
from fuzz.look import Limits, Surface

#: Applications as the service's own, in which /step is another.
PLANTED = """
import json, os, time
from flask import Response, g, request
from stepgrade_service.web import create_app
from stepgrade_service.web.documentation import documentation_of

def app_with(view):
    app = create_app()
    right = app.view_functions["step.step"]
    view.__doc__ = right.__doc__
    app.view_functions["step.step"] = documentation_of(right)(view)
    return app

def raising():
    def step():
        raise IndexError("a fault")
    return app_with(step)

def not_a_number():
    return app_with(lambda: Response(b'{"params": NaN}', mimetype="application/json"))

def of_no_form():
    return app_with(lambda: Response(b"done", mimetype="text/x-done"))

def slow():
    def step():
        time.sleep(0.3)
        return Response(b"{}", mimetype="application/json")
    return app_with(step)

def changing():
    return app_with(lambda: Response(b'{"n": %d}' % time.monotonic_ns(), mimetype="application/json"))

def without_pointer():
    def step():
        request.get_data()
        told = {"type": "x", "title": "x", "status": 422, "detail": "x", "instance": g.request_id, "errors": [{"pointer": "/a/b/c"}]}
        return Response(json.dumps(told), 422, mimetype="application/problem+json")
    return app_with(step)

def ending():
    def step():
        if b"momentum" in request.get_data():
            os._exit(9)
        return Response(b"{}", mimetype="application/json")
    return app_with(step)

def hoarding():
    held = []
    def step():
        held.append(bytearray(1 << 30))
        return Response(b"{}", mimetype="application/json")
    return app_with(step)
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module `planted` can be imported, here and by workers."""
    (tmp_path / "planted.py").write_text(PLANTED)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of the test's own."""
    monkeypatch.setattr(case, "CORPUS", tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture
def new_surface() -> Iterator[Callable[..., Surface]]:
    """`new_surface(name, app)`: a surface that ends with the test; warnings are errors as long."""
    opened = list[Surface]()

    def make(name: str, app: str = "stepgrade_service.web:create_app", limits: Limits | None = None) -> Surface:
        opened.append(worker.surface_of(name, app, limits or Limits()))
        return opened[-1]

    with warnings.catch_warnings():
        yield make
    for surface in opened:
        surface.close()
