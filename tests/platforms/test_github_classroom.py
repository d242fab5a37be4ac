"""GitHub Classroom: the workflow's step, whose output the reporter reads, and the test that students run by pytest."""

from __future__ import annotations

import re
import sys
from base64 import b64decode

import pytest

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cg_pytest_reporter", "-rP")


@pytest.fixture
def repository(tmp_path, copied):
    """`repository(submission, address)`: the student's repository."""

    def clone(submission, address):
        root = copied("github-classroom", address, tmp_path / "repository")
        (root / "optim.py").write_text(submission.code)
        return root

    return clone


@pytest.fixture
def graded(repository, tmp_path, run, read_json):
    """`graded(submission, address)`: what the reporter gets, and what the student reads in the log."""

    def grade(submission, address):
        root, output = repository(submission, address), tmp_path / "output"
        (command,) = re.findall(r"id: adam\n +run: (.*)", (root / ".github" / "workflows" / "classroom.yml").read_text())
        done = run(*command.split(), cwd=root, GITHUB_OUTPUT=str(output))
        assert (done.returncode, done.stderr) == (0, "")
        name, _, value = output.read_text().strip().partition("=")
        assert name == "result"
        return read_json(b64decode(value).decode()), done.stdout

    return grade


def test_a_submission_is_graded(graded, submission, service):
    results, log = graded(submission, service)
    (test,) = results["tests"]
    assert results["max_score"] == 10
    assert (test["score"] == 10) == (test["status"] == "pass") == submission.passes
    assert submission.told in (log if submission.passes else log.splitlines()[0])
    assert submission.passes or submission.told in test["output"][:200]


def test_a_service_that_is_down_costs_no_mark(graded, ungraded, nobody):
    results, log = graded(ungraded, nobody)
    (test,) = results["tests"]
    assert (test["score"], test["status"]) == (10, "pass")
    assert log.startswith("Not graded: this test could not be run.")


def test_students_run_it_by_pytest(repository, run, one_of_few, service):
    done = run(*PYTEST, cwd=repository(one_of_few, service))
    assert done.returncode == (0 if one_of_few.passes else 1), done.stdout
    assert one_of_few.told in done.stdout


def test_students_whose_service_is_down_have_not_failed(repository, run, ungraded, nobody):
    done = run(*PYTEST, cwd=repository(ungraded, nobody))
    assert done.returncode == 0
    assert "Not graded: this test could not be run." in done.stdout
