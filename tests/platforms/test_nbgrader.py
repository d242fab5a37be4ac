"""nbgrader: the assignment is made, handed in by a class, and graded, by its own programs."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.api import Gradebook

POINTS = 5


@pytest.fixture(scope="module")
def course(tmp_path_factory, copied, run):
    """`course(submissions, address)`: for each name its score, and the outputs of the test's cell."""

    def grade(submissions, address):
        root = copied("nbgrader", address, tmp_path_factory.mktemp("course"))
        made = run("nbgrader", "generate_assignment", "ps1", cwd=root)
        assert made.returncode == 0, made.stderr
        for submission in submissions:
            hand_in(root, submission)
        done = run("nbgrader", "autograde", "ps1", cwd=root, seconds=240)
        assert done.returncode == 0, done.stderr
        with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
            scores = {each.name: gradebook.find_submission("ps1", each.name).score for each in submissions}
        return {name: (score, outputs(root, name)) for name, score in scores.items()}

    return grade


def hand_in(root, submission):
    """The released notebook with the student's code in its cell."""
    notebook = nbformat.read(root / "release" / "ps1" / "adam.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "adam")
    assert "### BEGIN" not in cell.source
    cell.source = submission.code
    folder = root / "submitted" / submission.name / "ps1"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "adam.ipynb")


def outputs(root, name):
    notebook = nbformat.read(root / "autograded" / name / "ps1" / "adam.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "test_adam")
    return cell.outputs


@pytest.fixture(scope="module")
def graded(course, submissions, service):
    return course(submissions, service)


@pytest.fixture(scope="module")
def graded_in_vain(course, submissions, nobody):
    return course([each for each in submissions if each.name in ("correct", "no_bias_correction")], nobody)


def test_a_submission_is_graded(graded, submission):
    score, outputs = graded[submission.name]
    assert (score == POINTS) == submission.passes
    stream, value = outputs  # nothing on stderr, no error: either would be zero marks
    assert (stream.output_type, stream.name, value.output_type) == ("stream", "stdout", "execute_result")
    assert float(value.data["text/plain"]) == pytest.approx(score)
    assert submission.told in stream.text
    assert submission.passes or submission.told in stream.text.splitlines()[0]


def test_a_service_that_is_down_costs_no_mark(graded_in_vain):
    for score, outputs in graded_in_vain.values():
        assert score == POINTS
        assert outputs[0].text.startswith("Not graded: this test could not be run.")
