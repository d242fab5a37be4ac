"""Every optimizer of every framework on tensors of several ranks, against the points that `optimizers/run.py` had from the frameworks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.names import SGD_NAMES

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "optimizers"))

from case import BOUND, Case  # type: ignore[import-not-found]  # noqa: E402
from run import families, layouts_of, own_points, start_of  # type: ignore[import-not-found]  # noqa: E402

#: Names that a framework's convention takes beside the framework's own. torch and Keras have AMSGrad as an argument of Adam.
OUR_OWN = {"torch": {*SGD_NAMES, "amsgrad"}, "keras": {*SGD_NAMES, "amsgrad"}, "optax": {*SGD_NAMES}}

FAMILIES: dict[str, tuple[Case, ...]] = families()
GOLDENS = {family: dict(np.load(HERE / "goldens" / "optimizers" / f"{family}.npz")) for family in FAMILIES}


def paths() -> Iterator[tuple[str, Case, str]]:
    """Every path: its family, its case and its layout."""
    for family, cases in FAMILIES.items():
        for case in cases:
            for layout in layouts_of(case):
                yield family, case, layout


@pytest.mark.parametrize(("family", "case", "layout"), list(paths()), ids=lambda each: getattr(each, "id", each))
def test_a_path_has_the_framework_s_points(family, case, layout):
    golden, points = GOLDENS[family], own_points(case, layout)
    expected, largest = golden[f"{case.id}|{layout}"], np.abs(start_of(layout))
    for theirs, ours in zip(expected, points[golden["steps"] - 1], strict=True):
        largest = np.maximum(largest, np.abs(theirs))
        assert np.all(np.abs(ours - theirs) <= case.bound * largest)


def test_every_optimizer_that_a_framework_has_is_compared():
    for framework, own in OUR_OWN.items():
        compared = {case.name for cases in FAMILIES.values() for case in cases if case.framework == framework}
        assert {name for row in CONVENTIONS[framework].rows for name in row.names} - own <= compared


def test_every_golden_is_compared():
    for family, golden in GOLDENS.items():
        kept = golden.keys() - {"meta", "steps"}
        assert kept == {f"{case.id}|{layout}" for of, case, layout in paths() if of == family}
        assert json.loads(str(golden["meta"]))["packages"]


def test_cases_have_different_ids_and_a_larger_limit_has_a_reason():
    cases = [case for several in FAMILIES.values() for case in several]
    assert len({case.id for case in cases}) == len(cases)
    assert all(bool(case.because) == (case.bound > BOUND) for case in cases)
