"""Coursera: the image's program with /shared and /grader, which stand elsewhere than at the root; without a network, and with one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def answers(tmp_path_factory, copied, run, service):
    """The bundle, as the course's author builds it."""
    directory = copied("coursera", service, tmp_path_factory.mktemp("author"))
    done = run("stepgrade", "bundle", "build", "spec.json", "-o", "answers.json", "--url", service, cwd=directory)
    assert done.returncode == 0, done.stderr
    return directory / "answers.json"


@pytest.fixture
def graded(tmp_path, copied, run, read_json):
    """`graded(submission, answers)`: the exit code, and what feedback.json says; `answers` is a bundle or a service."""

    def grade(submission, answers):
        shared, others = tmp_path / "shared", {"/shared": str(tmp_path / "shared"), "/grader": str(tmp_path / "grader")}
        if isinstance(answers, str):
            others[f'bundle="{tmp_path}/grader/answers.json"'] = f'"{answers}"'
        grader = copied("coursera", "", tmp_path / "grader", **others)
        if isinstance(answers, Path):
            (grader / "answers.json").write_bytes(answers.read_bytes())
        (shared / "submission").mkdir(parents=True)
        (shared / "submission" / "optim.py").write_text(submission.code)
        offline = "0" if isinstance(answers, str) else "1"
        done = run(sys.executable, grader / "grade.py", cwd=tmp_path, STEPGRADE_OFFLINE=offline, partId="5ShhY")
        feedback = tmp_path / "shared" / "feedback.json"
        return done.returncode, read_json(feedback) if feedback.exists() else None

    return grade


def is_right(feedback, submission):
    assert isinstance(feedback["fractionalScore"], float)
    assert (feedback["fractionalScore"] == 1) == submission.passes
    assert submission.told in (feedback["feedback"] if submission.passes else feedback["feedback"].splitlines()[0])


def test_a_submission_is_graded_from_a_bundle(graded, submission, answers):
    code, feedback = graded(submission, answers)
    assert code == 0
    is_right(feedback, submission)


def test_a_submission_is_graded_by_the_service(graded, submissions, service):
    wrong = next(each for each in submissions if not each.passes)
    code, feedback = graded(wrong, service)
    assert code == 0
    is_right(feedback, wrong)


@pytest.mark.parametrize("down", ["bundle", "service"])
def test_answers_that_are_missing_are_the_grader_s_failure(graded, ungraded, nobody, down):
    code, feedback = graded(ungraded, nobody if down == "service" else None)
    assert code != 0
    assert feedback is None
