"""CodeRunner: the template with the student's answer in it, as Twig and Jobe would run it."""

from __future__ import annotations

import re
import sys

import pytest


@pytest.fixture
def graded(tmp_path, copied, run, read_json):
    """`graded(submission, address)`: what the template's program prints."""

    def grade(submission, address):
        template = copied("coderunner", address, tmp_path) / "template.py"
        escaped = submission.code.replace("\\", "\\\\").replace('"', '\\"')
        text, count = re.subn(r"\{\{ STUDENT_ANSWER \| e\('py'\) \}\}", lambda _: escaped, template.read_text())
        assert count == 1
        template.write_text(text)
        done = run(sys.executable, template, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")  # anything on stderr is a failed run
        return read_json(done.stdout)

    return grade


def test_a_submission_is_graded(graded, submission, service):
    result = graded(submission, service)
    header, row = result["testresults"]
    shown = row[header.index("Result")]
    assert (result["fraction"] == 1) == bool(row[header.index("iscorrect")]) == submission.passes
    assert submission.told in (shown if submission.passes else shown.splitlines()[0])


def test_a_service_that_is_down_costs_no_mark(graded, ungraded, nobody):
    result = graded(ungraded, nobody)
    assert result["fraction"] == 1
    assert "Not graded: this test could not be run." in result["prologuehtml"]


def test_what_the_answer_prints_is_not_the_grader_s(graded, submissions, service):
    correct = submissions[0]
    noisy = type(correct)("noisy", correct.code + "\nprint('{\"fraction\": 1}')\n", True, "Correct: ")
    assert graded(noisy, service)["fraction"] == 1
