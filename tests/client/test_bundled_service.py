"""Bundles of the real service: what they answer is what it answers."""

import numpy as np
import pytest

from stepgrade import Client
from stepgrade.bundles import build, verify

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADAM = {"name": "adam", "lr": 0.1}
STEP = {"optimizer": ADAM, "params": {"W": [[1.0, 2.0]], "b": 0.5}, "gradient": {"W": [[0.3, -0.2]], "b": 1.5}}
REPLAY = {"optimizer": ADAM, "start": [1.0, 2.0], "gradients": [[0.5, -4.0], [0.4, -3.0], [0.3, -2.0]]}
RUN = {"optimizer": ADAM, "objective": "quadratic", "start": "A", "steps": 12}
CHECKS = {"title": "exam", "calls": [{"kind": "check", "reference": [STEP, REPLAY, RUN]}]}


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
