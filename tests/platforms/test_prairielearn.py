"""PrairieLearn: the question's grader with the directory of a job, which stands elsewhere than at the root."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest


@pytest.fixture
def graded(tmp_path, copied, run, read_json, client_package):
    """`graded(submission, address)`: what results.json says."""

    def grade(submission, address):
        job = tmp_path / "grade"
        copied("prairielearn", address, job, **{"/grade/": f"{job}/"})
        options = json.loads((job / "info.json").read_text())["externalGradingOptions"]
        shutil.copytree(client_package, job / "serverFilesCourse" / options["serverFilesCourse"][0])
        (job / "student").mkdir()
        (job / "student" / "optim.py").write_text(submission.code)
        done = run(*shlex.split(options["entrypoint"]), cwd=job)
        assert done.returncode == 0, done.stderr
        return read_json(job / "results" / "results.json")

    return grade


def test_a_submission_is_graded(graded, submission, service):
    results = graded(submission, service)
    (test,) = results["tests"]
    assert results["gradable"]
    assert 0 <= results["score"] <= 1
    assert (results["score"] == 1) == submission.passes
    assert test["points"] == pytest.approx(10 * results["score"])
    assert test["max_points"] == 10
    assert submission.told in (test["output"] if submission.passes else test["message"])


def test_a_service_that_is_down_costs_no_attempt(graded, ungraded, nobody):
    results = graded(ungraded, nobody)
    assert results["gradable"] is False
    assert "score" not in results
    assert results["message"].startswith("Not graded: this test could not be run.")
