"""CodeGrade: the test by pytest with CodeGrade's own reporter, and the program that writes its lines; `cg` is a stand-in."""

from __future__ import annotations

import sys

import pytest

CG = """\
#!/bin/sh
exec cat > "$CG_OUTPUT"
"""


PYTEST, PROGRAM = "python -m pytest", "python grade.py | cg truncate"


@pytest.fixture
def graded(tmp_path, copied, run, read_json):
    """`graded(submission, address, command)`: the test case and the points that CodeGrade gets."""

    def grade(submission, address, command=PYTEST):
        root, output = copied("codegrade", address, tmp_path / "student"), tmp_path / "structured"
        (root / "optim.py").write_text(submission.code)
        (tmp_path / "cg").write_text(CG)
        (tmp_path / "cg").chmod(0o755)
        path = f"{tmp_path}:{sys.prefix}/bin:/usr/bin:/bin"
        done = run("sh", "-c", command, cwd=root, CG_ATV2="true", CG_OUTPUT=str(output), PATH=path)
        assert done.stderr == ""
        lines = [read_json(line) for line in output.read_text().splitlines()]
        (suite,) = next(line["results"] for line in lines if line["tag"] == "unit-test")
        return suite["testCases"][0], next(line["points"] for line in lines if line["tag"] == "points")

    return grade


def is_right(graded, submission):
    case, points = graded
    assert case["status"] == ("success" if submission.passes else "failure")
    assert (points in ("1", "1/1")) == submission.passes
    assert submission.passes or submission.told in case["reason"].splitlines()[0]


def test_a_submission_is_graded(graded, submission, service):
    is_right(graded(submission, service), submission)


def test_a_submission_is_graded_without_pytest(graded, one_of_few, service):
    is_right(graded(one_of_few, service, PROGRAM), one_of_few)


@pytest.mark.parametrize("command", [PYTEST, PROGRAM], ids=["pytest", "program"])
def test_a_service_that_is_down_costs_no_mark(graded, ungraded, nobody, command):
    case, points = graded(ungraded, nobody, command)
    assert case["status"] == ("success" if command == PYTEST else "skipped")
    assert points in ("1", "1/1")
    assert "Not graded: this test could not be run." in case["stdout" if command == PYTEST else "reason"]
