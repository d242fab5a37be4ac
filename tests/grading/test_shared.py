"""What is remembered of a reference belongs to all that have the same inputs, and to no other."""

from __future__ import annotations

import pytest

from stepgrade_service.grading.candidates.runs import plan_of
from stepgrade_service.grading.checking.shared import course_of, digest_of, kept_by

REPLAY = {"optimizer": {"name": "adam", "lr": 0.1}, "start": [1.0, 2.0], "gradients": [[0.5, -1.0], [0.25, 2.0]]}
RUN = {"optimizer": {"name": "adam", "lr": 0.1}, "objective": "rosenbrock", "start": [1.0, 2.0], "steps": 2}


def digest(request):
    return digest_of(plan_of(request))


@pytest.mark.parametrize(
    "change",
    [
        {"start": [1.0, 2.0 + 1e-15]},
        {"gradients": [[0.5, -1.0], [0.25, 2.0 + 1e-15]]},
        {"gradients": [[0.5, -1.0]]},
        {"optimizer": {"name": "adam", "lr": 0.1 + 1e-16}},
        {"optimizer": {"name": "adam", "lr": 0.1, "convention": "keras"}},
        {"schedule": [1.0, 0.5]},
        {"state": {"t": 1}},
        {"state": {"m": [0.1, 0.2]}},
        {"state": {"v": [0.1, 0.2]}},
        {"start": {"w": 1.0, "b": 2.0}, "gradients": [{"w": 0.5, "b": -1.0}, {"w": 0.25, "b": 2.0}]},
        {"start": [[1.0, 2.0]], "gradients": [[[0.5, -1.0]], [[0.25, 2.0]]]},
    ],
)
def test_another_input_is_another_course(change):
    assert digest({**REPLAY, **change}) != digest(REPLAY)


@pytest.mark.parametrize(
    "change", [{"objective": "himmelblau"}, {"noise": {"std": 0.1}}, {"steps": 3}, {"objective": {"name": "quadratic", "condition": 3}}]
)
def test_another_run_is_another_course(change):
    assert digest({**RUN, **change}) != digest(RUN)


def test_another_seed_is_another_course():
    assert digest({**RUN, "noise": {"std": 0.1, "seed": 1}}) != digest({**RUN, "noise": {"std": 0.1, "seed": 2}})


def test_equal_requests_share_a_course_and_its_points():
    one, other = plan_of(RUN), plan_of({**RUN, "include": ["values"]})
    assert one is not other
    assert course_of(one, digest_of(one)) is course_of(other, digest_of(other))


def test_all_that_a_state_holds_is_counted():
    adam, history = plan_of(RUN), plan_of({**RUN, "optimizer": {"name": "lbfgs", "history_size": 50}})
    assert kept_by(adam) == 2 * (2 + 4)
    assert kept_by(history) > 2 * 50 * (2 + 2 + 1)


def test_a_large_reference_is_not_remembered():
    plan = plan_of({**RUN, "steps": 2000})
    assert course_of(plan, digest_of(plan)) is not course_of(plan, digest_of(plan))
