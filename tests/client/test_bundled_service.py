"""Bundles of the real service: what they answer is what it answers."""

import json
from importlib import import_module
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgrade import Client
from stepgrade.bundles import build, verify

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)
Search = import_module("stepgrade_service.grading.checking.search").Search

ADAM = {"name": "adam", "lr": 0.1}
STEP = {"optimizer": ADAM, "params": {"W": [[1.0, 2.0]], "b": 0.5}, "gradient": {"W": [[0.3, -0.2]], "b": 1.5}}
REPLAY = {"optimizer": ADAM, "start": [1.0, 2.0], "gradients": [[0.5, -4.0], [0.4, -3.0], [0.3, -2.0]]}
RUN = {"optimizer": ADAM, "objective": "quadratic", "start": "A", "steps": 12}
CHECKS = {"title": "exam", "calls": [{"kind": "check", "reference": [STEP, REPLAY, RUN]}]}

#: What random submissions are made to: one step and many, with and without names, slots that are numbers, only some steps recorded.
ONE = {"optimizer": {"name": "nadam", "lr": 0.1}, "start": [[1.0], [2.0]], "gradients": [[[0.5], [-4.0]]]}
NAMED = {"optimizer": "rmsprop", "start": {"W": [[1.0, 2.0]], "b": 0.5}, "gradients": [{"W": [[0.3, -0.2]], "b": 1.5}] * 3}
SOME = {"optimizer": {"name": "sgd", "lr": 0.05, "momentum": 0.9}, "objective": "quadratic", "start": "A", "steps": 7, "record_every": 3}
LATER = {**STEP, "state": {"t": 3, "m": {"W": [[0.1, -0.1]], "b": 0.2}, "v": {"W": [[0.01, 0.02]], "b": 0.3}}}
#: Slots that are not laid out like the params: a number per tensor, per row and column, and one alone, in parameter groups too.
MATRIX = {"W": [[1.0, -2.0], [0.5, 3.0]], "b": [0.3, -0.7]}
OWN_LAYOUTS = [
    {"optimizer": optimizer, "start": MATRIX, "gradients": [MATRIX, MATRIX]}
    for optimizer in (
        {"name": "novograd", "lr": 0.1},
        {"name": "sm3", "lr": 0.1},
        {"name": "nadam"},
        {"name": "nadam", "beta1": {"W": 0.9, "b": 0.5}},
    )
]
SUBMITTED_TO = [STEP, LATER, REPLAY, ONE, NAMED, SOME, *OWN_LAYOUTS]


@pytest.fixture(scope="module")
def local():
    """The service in this process."""
    return Client.local()


@pytest.fixture(scope="module")
def offline(local):
    """A client of a bundle with all references."""
    return Client(bundle=build(CHECKS, local))


@pytest.mark.parametrize(
    "call",
    [
        {"kind": "step", **STEP},
        {"kind": "trajectory", **RUN},
        {"kind": "trajectory", "form": "csv", **RUN},
        {"kind": "trajectory", "form": "svg", "theme": "dark", **RUN},
        {"kind": "trajectory", "form": "npz", **RUN},
        {"kind": "compare", "objective": "quadratic", "optimizers": ["sgd", "adam"], "steps": 5},
        {"kind": "optimizers", "name": "adam"},
        {"kind": "mistakes"},
        {"kind": "probe", "optimizer": "sgd"},
        {"kind": "audit", "reference": STEP},
    ],
    ids=lambda call: "-".join([call["kind"], call.get("form", "json")]),
)
def test_a_bundle_answers_as_the_service_does_and_verifies(local, call):
    bundle = build({"calls": [call]}, local)
    kept = bundle.answers[0].call
    accept = {"csv": "text/csv", "svg": "image/svg+xml", "npz": "application/x-npz"}.get(kept.form, "application/json")
    asked = (kept.method, kept.path, kept.body)
    now, then = (client.request(*asked, accept=accept) for client in (local, Client(bundle=bundle)))
    assert now.headers["Content-Type"] == then.headers["Content-Type"]
    assert (now.json() == then.json()) if kept.form == "json" else (now.body == then.body)
    assert verify(bundle, local).passed


def submissions(local):
    """References with what may be submitted to them: right and wrong, in both precisions, whole and not."""
    points = local.trajectory(**REPLAY).points
    path = local.trajectory(**RUN).points
    right = local.step(**STEP)
    yield STEP, {"params": right.params, "state": right.state, "update": right.update}
    yield STEP, {"params": {"W": right.params["W"] + 1e-3, "b": right.params["b"]}}
    yield STEP, {"params": right.params, "state": {**right.state, "m": {"W": [[0.0, 0.0]], "b": 0.0}}}
    yield STEP, {"params": right.params["W"]}
    yield REPLAY, {"points": points}
    yield REPLAY, {"points": points[1:].astype(np.float32)}
    yield REPLAY, {"params": points[-1]}
    yield REPLAY, {"params": points[-1] + 1.0}
    yield REPLAY, {"points": np.concatenate([points, points])}
    yield REPLAY, {"points": points[:3]}
    yield REPLAY, {"points": points * [1.0, np.nan]}
    yield REPLAY, {"points": local.trajectory(**{**REPLAY, "optimizer": {**ADAM, "bias_correction": False}}).points}
    yield REPLAY, {"points": local.trajectory(**{**REPLAY, "optimizer": {**ADAM, "eps_mode": "inside"}}).points.astype(np.float32)}
    yield RUN, {"points": local.trajectory(**{**RUN, "optimizer": {"name": "rmsprop", "lr": 0.1, "rho": 0.999}}).points}
    yield RUN, {"points": path}
    yield RUN, {"points": np.concatenate([path[:7], path[7:] + 0.5])}


def test_without_the_service_a_verdict_is_the_same(local, offline):
    for reference, submission in submissions(local):
        one, other = (client.check(reference, submission) for client in (local, offline))
        assert (one.passed, one.score) == (other.passed, other.score), (reference, submission)
        if one.first_mismatch is not None:
            places = [(each.first_mismatch.step, each.first_mismatch.quantity, each.first_mismatch.index) for each in (one, other)]
            assert places[0] == places[1]
        assert [finding.code for finding in one.findings] == [finding.code for finding in other.findings]


def each(change, *parts):
    """Numbers in lists and objects with something done to them."""
    if isinstance(parts[0], dict):
        return {name: each(change, *(part[name] for part in parts)) for name in parts[0]}
    return [each(change, *items) for items in zip(*parts, strict=True)] if isinstance(parts[0], list) else change(*parts)


def changed(value, draw):
    """Numbers that are off, or none, or laid out in another way; or as they were."""
    off = draw(st.sampled_from([0.0, 0.0, 1e-10, 1e-8, 1e-7, 1e-5, 1.0]))
    turns = [
        lambda part: part,
        lambda part: part + off,
        lambda part: float(np.float32(part * (1.0 + off))),
        lambda part: round(part, 4),
        lambda part: draw(st.sampled_from([part, None])),
        lambda part: draw(st.sampled_from([part, part + 0.5])),
    ]
    turned = each(draw(st.sampled_from(turns)), value)
    return draw(st.sampled_from([turned] * 12 + [[turned], "no", {"x": turned}, None]))


def random_submission(draw, points, state):
    """A submission made of the right points, with the start, and the right state."""
    if draw(st.booleans()):
        made = {"params": changed(points[-1], draw)}
    else:
        rows = [changed(row, draw) if draw(st.booleans()) else row for row in points][draw(st.integers(0, 1)) :]
        made = {"points": draw(st.sampled_from([rows, rows, rows, rows[: len(rows) // 2], rows * 2]))}
    if draw(st.booleans()):
        made["update"] = changed(each(lambda end, start: end - start, points[-1], points[0]), draw)
    if draw(st.booleans()):
        slots = {name: changed(slot, draw) for name, slot in state.items() if name != "t" and draw(st.booleans())}
        made["state"] = {
            **slots,
            **draw(st.sampled_from([{}, {"t": state["t"]}, {"t": 0}, {"t": float(state["t"])}, {"t": [1]}, {"t": True}])),
        }
    return made


@pytest.fixture(scope="module")
def answers(local):
    """The right points, with the start, and the state at the end, of each of the references."""
    found = []
    for reference in SUBMITTED_TO:
        asked = {name: reference[name] for name in reference if name not in ("params", "gradient")}
        if "gradient" in reference:
            asked = {**asked, "start": reference["params"], "gradients": [reference["gradient"]]}
        raw = local.trajectory(**asked).raw
        found.append((raw["points"], raw["state"]))
    return found


@pytest.fixture(scope="module")
def exam(local):
    """A client of a bundle with all of them."""
    return Client(bundle=build({"calls": [{"kind": "check", "reference": SUBMITTED_TO}]}, local))


def judged(answer):
    """The verdict and where the first mismatch is; also its numbers, but those of a shape and of t, which each tells in its own words."""
    first = answer["first_mismatch"]
    if first is not None and (first["index"] is None or first["quantity"] == "state/t"):
        first = {name: first[name] for name in ("case", "step", "quantity", "index")}
    return answer["passed"], answer["score"], first, "float32" in [finding["code"] for finding in answer["findings"]]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_submitted_the_bundle_judges_as_the_service_does(local, exam, answers, data):
    numbers = data.draw(st.lists(st.integers(0, len(SUBMITTED_TO) - 1), min_size=1, max_size=2))
    rtol = data.draw(st.sampled_from([1e-6, 1e-12, 1e-2]))
    body = {
        "reference": [SUBMITTED_TO[number] for number in numbers],
        "submission": [random_submission(data.draw, *answers[number]) for number in numbers],
        "tolerance": {"rtol": rtol, "atol": rtol / 1000.0},
        "precision": data.draw(st.sampled_from(["float32", "float64"])),
    }
    with patch.object(
        import_module("stepgrade_service.grading.checking.check"), "search", lambda *_: Search()
    ):  # a bundle explains nothing
        one, other = (client.request("POST", "/check", body).json() for client in (local, exam))
    assert judged(one) == judged(other), json.dumps(body)


def test_what_is_included_of_a_run_is_an_array(local):
    """As the real service sends it."""
    drawn = local.compare(
        "quadratic",
        [{"name": "gd", "lr": 0.02}, {"name": "rmsprop", "lr": 0.2}],
        steps=20,
        include=["points", "values", "distance"],
        record_every=8,
    )
    assert drawn.runs[0].recorded.tolist() == [0, 8, 16, 20]
    assert drawn.runs[1].points.shape == (4, 2)
    assert drawn.runs[1].values.shape == (4,)
    assert drawn.runs[1].gradients is None
