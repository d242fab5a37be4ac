"""otter: its test file by its own classes for every submission, and by `otter run`, as on Gradescope, for some."""

from __future__ import annotations

import json

import nbformat
import pytest
from otter.test_files.exception_test import ExceptionTestFile


@pytest.fixture
def checked(copied, tmp_path):
    """`checked(code, address)`: the results of the visible and of the hidden test, as a notebook's author sees them."""

    def check(code, address):
        names = {}
        exec(code, names)
        file = ExceptionTestFile.from_file(str(copied("otter", address, tmp_path) / "tests" / "adam.py"))
        file.run(names)
        return file.test_case_results

    return check


@pytest.fixture
def graded(copied, tmp_path, run, read_json):
    """`graded(code, address)`: the tests of results.json, by visibility."""

    def grade(code, address):
        directory = copied("otter", address, tmp_path)
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata=metadata), directory / "adam.ipynb")
        made = run("otter", "generate", "-t", "tests", "-o", "autograder.zip", cwd=directory)
        assert made.returncode == 0, made.stderr
        done = run("otter", "run", "-a", "autograder.zip", "--no-logo", "adam.ipynb", cwd=directory)
        assert done.returncode == 0, done.stderr
        return {test["visibility"]: test for test in read_json(directory / "results.json")["tests"]}

    return grade


def test_a_submission_is_checked(checked, submission, service, capfd):
    visible, hidden = checked(submission.code, service)
    assert visible.passed == submission.passes
    assert hidden.passed
    if not submission.passes:
        assert submission.told in next(line for line in visible.message.splitlines() if line.startswith("AssertionError: "))
    assert capfd.readouterr() == ("", "")


def test_a_service_that_is_down_costs_no_mark_and_the_hidden_test_says_so(checked, ungraded, nobody):
    visible, hidden = checked(ungraded.code, nobody)
    assert (visible.passed, visible.test_case.points) == (True, 10)
    assert (hidden.passed, hidden.test_case.hidden, hidden.test_case.points) == (False, True, 0)
    assert "ServiceUnreachable: Cannot reach" in hidden.message


@pytest.mark.parametrize("name", ["no_bias_correction", "hangs"])
def test_a_notebook_is_graded(graded, submissions, service, name):
    submission = next(each for each in submissions if each.name == name)
    tests = graded(submission.code, service)
    assert (tests["hidden"]["score"], tests["hidden"]["max_score"]) == (10 * submission.passes, 10)
    assert tests["visible"]["status"] == ("passed" if submission.passes else "failed")
    assert submission.passes or f"AssertionError: {submission.told}" in tests["visible"]["output"]


def test_a_notebook_is_graded_while_the_service_is_down(graded, submissions, nobody):
    wrong = next(each for each in submissions if not each.passes)
    tests = graded(wrong.code, nobody)
    assert tests["hidden"]["score"] == 10
    assert tests["visible"]["status"] == "passed"
    assert "ServiceUnreachable" not in json.dumps(tests["visible"])
