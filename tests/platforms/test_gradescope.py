"""Gradescope: run_autograder with its directories, which stand elsewhere than at the root."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest


@pytest.fixture
def graded(tmp_path, copied, run, read_json):
    """`graded(submission, address, program)`: what results.json says."""

    def grade(submission, address, program="run_tests.py"):
        root = tmp_path / "autograder"
        source = copied("gradescope", address, root / "source", **{"/autograder": str(root), "run_tests.py": program})
        (root / "venv").symlink_to(sys.prefix)
        (root / "results").mkdir()
        (root / "submission").mkdir()
        (root / "submission" / "optim.py").write_text(submission.code)
        done = run("bash", source / "run_autograder", cwd=root)
        assert done.returncode == 0, done.stderr
        return read_json(root / "results" / "results.json")

    return grade


def is_right(results, submission):
    (test,) = results["tests"]
    assert test["max_score"] == 10
    assert (test["score"] == 10) == (test["status"] == "passed") == submission.passes
    assert 0 <= test["score"] <= 10
    assert results.get("score", test["score"]) == test["score"]
    assert submission.told in (test["output"] if submission.passes else test["output"].splitlines()[0])


def test_a_submission_is_graded(graded, submission, service):
    is_right(graded(submission, service), submission)


def test_a_submission_is_graded_without_gradescope_utils(graded, one_of_few, service):
    is_right(graded(one_of_few, service, "grade.py"), one_of_few)


@pytest.mark.parametrize("program", ["run_tests.py", "grade.py"])
def test_a_service_that_is_down_costs_no_mark(graded, ungraded, nobody, program):
    (test,) = graded(ungraded, nobody, program)["tests"]
    assert (test["score"], test["status"]) == (10, "passed")
    assert test["output"].startswith("Not graded: this test could not be run.")


@pytest.mark.parametrize("code", ["def adam(:", "import nothing_of_this_name", "print('hello')"])
def test_a_file_without_the_function_is_a_failed_test(graded, submissions, service, code):
    (test,) = graded(replace(submissions[0], code=code), service)["tests"]
    assert (test["score"], test["status"]) == (0, "failed")
    assert "Error" in test["output"]
