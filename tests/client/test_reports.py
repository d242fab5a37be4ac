"""Reports: each platform's format, and what does not cost a mark."""

import base64
import io
import json
import os
import re
from xml.etree import ElementTree

import pytest

from stepgrade import CheckResult, InvalidArgument, InvalidRequest, ReferenceMismatch, ServiceUnreachable, reports
from stepgrade.grading import Finding, Mismatch
from stepgrade.reports import (
    Report,
    ReportedTest,
    codegrade,
    coderunner,
    coursera,
    github_classroom,
    graded,
    gradescope,
    junit,
    prairielearn,
)
from stepgrade.reports.result import NOT_GRADED

FOUND = Finding("eps_inside_sqrt", "eps stands inside the square root", "mistake", 0.0, "denominator", "Look <there>.")
FIRST = Mismatch(0, 1, "params", (0,), 0.9, None, None)
RIGHT = CheckResult(passed=True, score=1.0, optimizer={"name": "adam"})
WRONG = CheckResult(passed=False, score=0.5, first_mismatch=FIRST, findings=(FOUND,), output="printed \x1b[31m <b> \x00 \ud800")

DIAGNOSIS = "Mistake: eps stands inside the square root."
RESULTS = [
    ReportedTest("Adam", RIGHT, points=3),
    ReportedTest("RMSProp", WRONG, points=2),
    ReportedTest("secret", WRONG, points=1, hidden=True),
]
LOST = ReportedTest("Adam", error=ServiceUnreachable("Cannot reach http://10.0.0.1"), points=3)

JSON_WRITERS = (gradescope, prairielearn, coursera, coderunner, github_classroom)
WRITERS = (*JSON_WRITERS, codegrade, junit)


def strict(text):
    """Parse JSON, refusing what is none."""

    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def named(module):
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", JSON_WRITERS, ids=named)
@pytest.mark.parametrize("results", [RESULTS, [LOST], [LOST, *RESULTS]], ids=["graded", "lost", "mixed"])
def test_json_is_json_on_a_path_and_on_a_stream(module, results, tmp_path):
    stream = io.StringIO()
    module.write(results, stream)
    module.write(results, tmp_path / "results.json")
    assert strict(stream.getvalue()) == strict((tmp_path / "results.json").read_text()) == module.as_dict(results)
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("module", WRITERS, ids=named)
def test_nothing_unprintable_is_written(module):
    stream = io.StringIO()
    module.write(RESULTS, stream)
    assert all(letter.isprintable() or letter in "\n\t" for letter in stream.getvalue())
    assert "\\u001b" not in stream.getvalue()
    assert "\\ud800" not in stream.getvalue()


@pytest.mark.parametrize("module", WRITERS, ids=named)
def test_no_result_is_refused(module):
    with pytest.raises(InvalidArgument, match="at least one result"):
        module.write([], io.StringIO())


@pytest.mark.parametrize("module", WRITERS, ids=named)
def test_what_a_hidden_test_found_is_shown_to_no_student(module):
    stream = io.StringIO()
    module.write([ReportedTest("secret", WRONG, hidden=True)], stream)
    assert DIAGNOSIS not in stream.getvalue() or module is gradescope  # where only the staff see it


def test_gradescope():
    tests = gradescope.as_dict(RESULTS)["tests"]
    assert [(test["number"], test["score"], test["max_score"], test["status"]) for test in tests] == [
        ("1", 3.0, 3.0, "passed"),
        ("2", 1.0, 2.0, "failed"),
        ("3", 0.5, 1.0, "failed"),
    ]
    assert [test["visibility"] for test in tests] == ["visible", "visible", "hidden"]
    assert tests[1]["output"].startswith(f"{DIAGNOSIS}\n")
    assert tests[1]["output"].endswith("Your code printed:\nprinted ?[31m <b> ? ?")


def test_gradescope_gives_all_the_marks_where_nobody_could_grade():
    document = gradescope.as_dict([LOST])
    test = document["tests"][0]
    assert (test["score"], test["max_score"], test["tags"]) == (3.0, 3.0, ["not_graded"])
    assert "not your fault" in document["output"]
    assert "http" not in test["output"]
    assert "10.0.0.1" in test["extra_data"]["error"]


def test_prairielearn():
    document = prairielearn.as_dict(RESULTS)
    assert document["score"] == pytest.approx(4.5 / 6)
    assert [(test["name"], test["points"], test["max_points"]) for test in document["tests"]] == [("Adam", 3.0, 3.0), ("RMSProp", 1.0, 2.0)]
    assert document["tests"][1]["message"] == DIAGNOSIS


def test_prairielearn_takes_no_attempt_where_nobody_could_grade():
    document = prairielearn.as_dict([*RESULTS, LOST])
    assert document["gradable"] is False
    assert "score" not in document


def test_coursera():
    document = coursera.as_dict(RESULTS)
    assert (type(document["fractionalScore"]), document["fractionalScore"]) == (float, pytest.approx(4.5 / 6))
    assert f"RMSProp: {DIAGNOSIS}" in document["feedback"]
    assert coursera.as_dict([LOST])["fractionalScore"] == 1.0
    assert coursera.as_dict([LOST, RESULTS[1]])["fractionalScore"] == 0.5


def test_coderunner_for_one_test_and_for_all(capfd):
    assert coderunner.as_dict(RESULTS[1])["fraction"] == 0.5
    assert coderunner.as_dict(LOST)["fraction"] == 1.0
    coderunner.write([*RESULTS, LOST])
    printed, on_stderr = capfd.readouterr()
    document = strict(printed)
    assert (document["fraction"], on_stderr) == (pytest.approx(4.5 / 6), "")
    header, *rows = document["testresults"]
    assert header == ["iscorrect", "Test", "Result", "Mark", "ishidden"]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        (1, "Adam", "3 / 3", 0),
        (0, "RMSProp", "1 / 2", 0),
        (0, "secret", "0.5 / 1", 1),
        (1, "Adam", "not graded", 0),
    ]
    assert len(document["columnformats"]) == len(header) - 2
    assert printed.count("\n") == 1


def test_github_classroom(tmp_path, monkeypatch):
    document = github_classroom.as_dict(RESULTS)
    assert (document["version"], document["status"], document["max_score"]) == (3, "fail", 6)
    assert [(test["name"], test["status"], test["score"]) for test in document["tests"]] == [
        ("Adam", "pass", 3),
        ("RMSProp", "fail", 1),
        ("secret", "fail", 0.5),
    ]
    assert document["tests"][1]["message"].startswith(DIAGNOSIS)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    github_classroom.set_output(RESULTS)
    name, _, value = (tmp_path / "output").read_text().strip().partition("=")
    assert (name, strict(base64.b64decode(value))) == ("result", document)
    lost = github_classroom.as_dict([LOST])
    assert (lost["status"], lost["tests"][0]["score"]) == ("pass", 3)


SEVENTHS = [ReportedTest(name, CheckResult(passed=False, score=7 / 12), points=2) for name in "abc"]
NEARLY = [ReportedTest("a", CheckResult(passed=False, score=1 - 1e-12), points=points) for points in (0.1, 1, 3, 9.5, 10, 99, 1000)]


@pytest.mark.parametrize("module", WRITERS, ids=named)
def test_nobody_reads_a_number_with_more_digits_than_people_write(module):
    stream = io.StringIO()
    module.write([*SEVENTHS, ReportedTest("d", RIGHT, points=0.1), ReportedTest("e", RIGHT, points=0.2)], stream)
    written = re.sub(r'"(score|fraction|fractionalScore)": 0\.\d+(?=[,}])', "", stream.getvalue())  # shares of 1, for programs
    assert re.findall(r"\d+\.\d{8,}", written) == []


def test_totals_come_from_what_was_not_rounded():
    assert [result.awarded for result in SEVENTHS] == [1.166667] * 3
    assert Report.of(SEVENTHS).fraction == pytest.approx(7 / 12, rel=1e-15)
    assert prairielearn.as_dict(SEVENTHS)["score"] == coursera.as_dict(SEVENTHS)["fractionalScore"] == Report.of(SEVENTHS).fraction
    assert coderunner.as_dict(SEVENTHS)["fraction"] == Report.of(SEVENTHS).fraction
    assert coderunner.as_dict(SEVENTHS[0])["fraction"] == 7 / 12
    assert codegrade.as_dicts(SEVENTHS)[1]["points"] == "7/12"
    tenths = [ReportedTest(name, RIGHT, points=float(name)) for name in ("0.1", "0.2")]
    assert github_classroom.as_dict(tenths)["max_score"] == 0.3


def test_marks_are_whole_only_for_all_of_a_test():
    assert all(result.awarded < result.points for result in NEARLY)
    assert "10 / 10" not in coderunner.as_dict(NEARLY)["testresults"][5]


def test_github_classroom_shows_no_more_than_500_characters():
    long = CheckResult(passed=False, score=0.0, fault="No.\n" + "x" * 900)
    assert len(github_classroom.as_dict([ReportedTest("a", long)])["tests"][0]["output"]) <= 500


def test_codegrade():
    stream = io.StringIO()
    codegrade.write([*RESULTS, LOST], stream)
    tests, points = map(strict, stream.getvalue().splitlines())
    assert points == {"tag": "points", "points": "3/4"}
    assert [case["status"] for case in tests["results"][0]["testCases"]] == ["success", "failure", "failure", "skipped"]
    assert stream.getvalue().isascii()


def test_codegrade_gives_all_the_points_only_for_all_tests_passed():
    nearly = CheckResult(passed=False, score=0.9999999)
    assert codegrade.as_dicts([ReportedTest("a", nearly)])[1]["points"] == "9999/10000"
    assert codegrade.as_dicts([LOST])[1]["points"] == "1/1"


def test_junit():
    stream = io.StringIO()
    junit.write([*RESULTS, LOST], stream)
    suite = ElementTree.fromstring(stream.getvalue().encode()).find("testsuite")
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "1",
    }
    failure = suite.findall("testcase")[1].find("failure")
    assert failure.get("message") == DIAGNOSIS
    assert "Look <there>." in failure.text


def raises(error):
    def check():
        raise error

    return check


def test_graded_tells_the_student_s_errors_from_ours():
    assert graded("a", lambda: RIGHT, points=2).awarded == 2.0
    assert graded("a", raises(ReferenceMismatch("no", WRONG))).verdict is WRONG
    assert graded("a", raises(ServiceUnreachable("away"))).verdict is None
    raised = graded("a", raises(ZeroDivisionError("division by zero")))
    assert raised.awarded == 0.0
    assert raised.message == "Your code raised ZeroDivisionError: division by zero", "its line is in this file, the grader's"


def test_a_fault_of_the_grader_s_request_costs_no_mark_and_is_told_to_the_teacher():
    refused = InvalidRequest("/optimizer/name: unknown optimizer 'adamm'; did you mean adam?", status=422)
    result = graded("a", raises(refused), points=2)
    assert result.awarded == 2.0
    assert result.message.splitlines()[0] == NOT_GRADED
    assert "For the teacher: /optimizer/name: unknown optimizer 'adamm'" in result.message
    assert graded("a", raises(refused), hidden=True).shown == NOT_GRADED
    assert graded("a", raises(ServiceUnreachable("away"))).message == NOT_GRADED


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -1, True, "5"])
def test_points_that_are_no_number_are_refused(points):
    with pytest.raises(InvalidArgument, match="points must be"):
        ReportedTest("a", RIGHT, points=points)


def test_a_result_has_either_a_verdict_or_an_error():
    with pytest.raises(InvalidArgument, match="not both"):
        ReportedTest("a")
    with pytest.raises(InvalidArgument, match="not both"):
        ReportedTest("a", RIGHT, error=ValueError())


def test_a_device_is_written_to():
    coursera.write(RESULTS, os.devnull)
    assert not os.path.isfile(os.devnull)


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match="JSON compliant"):
        reports.result.dump({"a": float("nan")}, path)
    assert path.read_text() == "{}"
