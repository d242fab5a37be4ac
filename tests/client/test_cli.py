"""The command line: what goes to stdout, what to stderr, and with which exit code."""

import argparse
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from stepgrade import __version__
from stepgrade.bundles import Bundle
from stepgrade.cli import main
from stepgrade.cli.grading import FORMATS
from stepgrade.cli.parser import parser

COMMANDS = (
    "step",
    "trajectory",
    "compare",
    "map",
    "check",
    "check-file",
    "audit",
    "probe",
    "bundle",
    "optimizers",
    "objectives",
    "mistakes",
    "completion",
)
PARAMS = ["--params", "[1, 2]", "--gradient", "[.5, -4.]"]
STEP = ["step", "--optimizer", "adam", "--lr", "0.1", *PARAMS]
REFERENCE = {"optimizer": "adam", "params": [1, 2], "gradient": [0.5, -4]}
PASSED = {"passed": True, "score": 1.0, "first_mismatch": None, "findings": [], "optimizer": {"name": "adam"}, "engine": "1"}
MISMATCH = {"case": 0, "step": 1, "quantity": "params", "index": [0], "expected": 0.9, "got": 0.8, "relative_error": 0.1}
FINDING = {"code": "x", "title": "no bias correction", "kind": "mistake", "fit": 0.0, "where": "m", "hint": "Look at m.", "formula": None}
FAILED = {**PASSED, "passed": False, "score": 0.5, "first_mismatch": MISMATCH, "findings": [{**FINDING, "probe": None}]}


@pytest.fixture
def ask(service, monkeypatch, capsys):
    """Run a command against the scripted service: its exit code, stdout, stderr."""
    monkeypatch.setenv("STEPGRADE_URL", service.url)

    def run(*arguments, replies=()):
        if replies:
            service.plays(*(reply if "body" in reply else {"body": reply} for reply in replies))
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


def sent(service):
    """The body of the last request."""
    return json.loads(service.seen[-1][3])


def test_a_step_is_a_table_for_people(ask, service):
    code, out, err = ask(*STEP)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "adam in the convention of torch: completed, t = 1"
    assert sent(service) == {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.5, -4.0]}
    assert max(map(len, out.splitlines())) <= 100


def test_work_prints_the_solution_in_plain_mathematics(ask, service, step_body, work):
    code, out, err = ask(*STEP, "--work", replies=[{**step_body, **work}])
    assert (code, err, sent(service)["include"]) == (0, "", ["work"])
    assert out.splitlines()[0] == "adam in the convention of torch, step 1"
    assert "m_t = beta_1 * m_(t-1)\n  = 0.9 * 0 = 0\n" in out
    assert not set("$\\") & set(out)
    assert json.loads(ask(*STEP, "--work", "--json", replies=[{**step_body, **work}])[1]) == {**step_body, **work}


def test_markdown_prints_the_solution_for_a_notebook(ask, service, step_body, work):
    code, out, err = ask(*STEP, "--markdown", replies=[{**step_body, **work}])
    assert (code, err, sent(service)["include"]) == (0, "", ["work"])
    assert out.splitlines()[0] == "**adam in the convention of torch, step 1**"
    assert "$$\nm_t = \\beta_1\\,m_{t-1} = 0.9 \\cdot 0 = 0\n$$" in out


def test_json_is_the_answer_as_it_came(ask, step_body):
    code, out, _ = ask(*STEP, "--json")
    assert (code, json.loads(out)) == (0, step_body)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (STEP, "step_body"),
        (["trajectory", "--optimizer", "sgd"], "trajectory_body"),
        (["compare", "--optimizer", "sgd"], "comparison_body"),
        (["map", "--optimizer", "sgd"], "map_body"),
        (["check", "--reference", json.dumps(REFERENCE), "--submission", '{"params": [0.8, 2.1]}'], FAILED),
        (["mistakes"], {"mistakes": [], "engine": "2"}),
        (["optimizers", "adam"], {"name": "adam", "engine": "2"}),
    ],
)
def test_json_is_each_byte_of_the_answer(ask, request, command, answer):
    answer = request.getfixturevalue(answer) if isinstance(answer, str) else answer
    written = json.dumps(answer, indent=1, ensure_ascii=False).encode() + b" \n \n"
    code, out, _ = ask(*command, "--json", replies=[{"body": written, "headers": {"Content-Type": "application/json"}}])
    assert (code, out.encode()) == (1 if command[0] == "check" else 0, written)
    assert ask(*command, "--json", replies=[{"body": answer}])[1].endswith("}\n")


def test_what_is_not_from_the_service_is_not_printed_as_its_answer(ask):
    page = {"body": b"<html>Log in</html>", "headers": {"Content-Type": "text/html"}}
    code, out, err = ask(*STEP, "--json", replies=[page])
    assert (code, out) == (3, "")
    assert "Check --url (or STEPGRADE_URL)." in err


@pytest.mark.parametrize(("written", "read"), [("true", True), ("True", True), ("False", False), ("true1", "true1")])
def test_true_and_false_can_be_written_as_in_python(ask, service, written, read):
    assert ask("step", "--optimizer", f"sgd,nesterov={written}", "--params", "[1, 2]", "--gradient", "[0.5, -4]")[0] == 0
    assert sent(service)["optimizer"] == {"name": "sgd", "nesterov": read}


def test_a_file_is_a_request_and_flags_come_before_it(ask, service, tmp_path):
    (tmp_path / "request.json").write_text(json.dumps({**REFERENCE, "value": 3}))
    assert ask("step", tmp_path / "request.json", "--value", "4", "--convention", "keras")[0] == 0
    assert sent(service) == {**REFERENCE, "value": 4.0, "optimizer": {"name": "adam", "convention": "keras"}}


def test_stdin_is_a_request(service):
    run = subprocess.run(
        [sys.executable, "-m", "stepgrade.cli", "step", "-", "--url", service.url],
        input=json.dumps(REFERENCE), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert sent(service) == REFERENCE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("adam,lr=0.1,amsgrad=true,convention=keras", {"name": "adam", "lr": 0.1, "amsgrad": True, "convention": "keras"}),
        ('{"name": "sgd"}', {"name": "sgd"}),
        ("@{file}", {"name": "filed"}),
    ],
)
def test_an_optimizer_is_written_short_or_as_json_or_in_a_file(ask, service, tmp_path, written, read):
    (tmp_path / "optimizer.json").write_text('{"name": "filed"}')
    ask("step", "--optimizer", written.replace("{file}", str(tmp_path / "optimizer.json")), *PARAMS)
    assert sent(service)["optimizer"] == read


@pytest.mark.parametrize(
    ("flag", "written", "read"),
    [
        ("--start", "-1,-2", [-1, -2]),
        ("--start", "-.5,2.", [-0.5, 2.0]),
        ("--start", "-1e-3,2", [-0.001, 2]),
        ("--gradients", "[-1],[-2]", [[-1], [-2]]),
        ("--steps", "-3", -3),
    ],
)
def test_negative_numbers_are_values_and_no_flags(ask, service, trajectory_body, flag, written, read):
    assert ask("trajectory", "--optimizer", "adam,lr=.5", flag, written, replies=[trajectory_body])[0] == 0
    assert sent(service)[flag[2:]] == read
    assert sent(service)["optimizer"] == {"name": "adam", "lr": 0.5}


def test_a_negative_angle_and_a_negative_gradient_are_values(ask, service, comparison_body, step_body):
    assert ask("compare", "--optimizer", "adam", "--rotate", "-30,45", replies=[comparison_body])[0] == 0
    assert sent(service)["rotate"] == [-30, 45]
    arguments = ["--params", "-1,2", "--gradient", "-.5,-4", "--value", "-3"]
    assert ask("step", "--optimizer", "adam", *arguments, replies=[step_body])[0] == 0
    assert (sent(service)["params"], sent(service)["gradient"], sent(service)["value"]) == ([-1, 2], [-0.5, -4], -3.0)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("x**2 + k*y**2,k=20", {"expression": "x**2 + k*y**2", "parameters": {"k": 20}}),
        ("x", {"expression": "x"}),
        ("max(x, 1)", {"expression": "max(x, 1)"}),
    ],
)
def test_a_formula_has_a_flag_of_its_own(ask, service, trajectory_body, written, read):
    assert ask("trajectory", "--optimizer", "adam", "--expression", written, replies=[trajectory_body])[0] == 0
    assert sent(service)["objective"] == read


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("houses.csv", "area,rooms,price\n1,2,3\n\n4,5,6.5\n"),
        ("houses.csv", "1,2,3\r\n4,5,6.5"),
        ("houses.json", '{"X": [[1, 2], [4, 5]], "y": [3, 6.5]}'),
    ],
)
def test_examples_come_from_a_file(ask, service, trajectory_body, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    asked = ["trajectory", "--optimizer", "adam", "--objective", "linear_regression,l2=0.1", "--data", tmp_path / name]
    assert ask(*asked, replies=[trajectory_body])[0] == 0
    assert sent(service)["objective"] == {"name": "linear_regression", "l2": 0.1, "X": [[1, 2], [4, 5]], "y": [3, 6.5]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1,2\n3,four\n", "line 2: expected a number, got 'four'"),
        ("1,2\n3\n", "line 2: expected 2 numbers, as in the first line; got 1"),
        ("1\n2\n", "line 1: expected 2 numbers or more: the last one is y; got 1"),
        ("a,b\n", "has no numbers"),
    ],
)
def test_a_file_of_examples_that_is_wrong_is_refused_with_its_line(ask, service, tmp_path, content, said):
    (tmp_path / "wrong.csv").write_text(content)
    code, _, err = ask("trajectory", "--optimizer", "adam", "--objective", "linear_regression", "--data", tmp_path / "wrong.csv")
    assert code != 0
    assert said in err


def test_data_needs_a_model(ask, service):
    code, _, err = ask("trajectory", "--optimizer", "adam", "--data", "points.csv")
    assert code != 0
    assert "--objective" in err


def test_a_trajectory_is_asked_for_by_flags(ask, service, trajectory_body, tmp_path):
    arguments = [
        "--optimizer",
        "rmsprop",
        "--objective",
        "quadratic,condition=5",
        "--start",
        "B",
        "--steps",
        2,
        "--include",
        "points,values",
    ]
    code, out, _ = ask("trajectory", *arguments, replies=[trajectory_body])
    assert (code, sent(service)) == (
        0,
        {
            "optimizer": {"name": "rmsprop"},
            "objective": {"name": "quadratic", "condition": 5},
            "start": "B",
            "steps": 2,
            "include": ["points", "values"],
        },
    )
    assert "steps" in out.splitlines()[0]


def test_a_picture_is_written_beside_the_table(ask, trajectory_body, tmp_path):
    picture = {"body": b"<svg/>", "headers": {"Content-Type": "image/svg+xml"}}
    code, *_ = ask("trajectory", "--optimizer", "sgd", "--picture", tmp_path / "run.svg", replies=[trajectory_body, picture])
    assert (code, (tmp_path / "run.svg").read_bytes()) == (0, b"<svg/>")


@pytest.mark.parametrize(("ending", "form"), [("csv", "text/csv"), ("npz", "application/x-npz"), ("ndjson", "application/x-ndjson")])
def test_an_answer_is_written_in_the_form_that_the_file_s_name_says(ask, service, trajectory_body, tmp_path, ending, form):
    archive = io.BytesIO()
    np.savez(archive, a=1)
    content = archive.getvalue() if ending == "npz" else b"a,b\n1,2\n"
    replies = [trajectory_body, {"body": content, "headers": {"Content-Type": form}}]
    code, out, _ = ask("trajectory", "--optimizer", "sgd", "-o", tmp_path / f"run.{ending}", replies=replies)
    assert (code, (tmp_path / f"run.{ending}").read_bytes()) == (0, content)
    assert (service.seen[-1][2]["Accept"], out.splitlines()[0][:4]) == (form, "adam")


def test_an_answer_is_written_as_json_without_a_second_request(ask, service, trajectory_body, tmp_path):
    assert ask("trajectory", "--optimizer", "sgd", "-o", tmp_path / "run.json", replies=[trajectory_body])[0] == 0
    assert (json.loads((tmp_path / "run.json").read_text()), len(service.seen)) == (trajectory_body, 1)
    code, _, err = ask("trajectory", "--optimizer", "sgd", "-o", "run.txt")
    told = "-o writes .csv, .npz, .ndjson, .json, .png or .svg. It cannot write 'run.txt'."
    assert (code, err, len(service.seen)) == (2, f"stepgrade trajectory: {told}\n", 1)


def test_a_map_has_a_grid_and_a_measure(ask, service, map_body):
    axes = "x=-6:6:61,lr=1e-4:1:60"
    arguments = ["--objective", "quadratic", "--optimizer", "sgd", "--optimizer", "adam,lr=.1", "--grid", axes, "--measure", "final_value"]
    code, out, err = ask("map", *arguments, replies=[map_body])
    assert (code, err) == (0, "")
    assert sent(service) == {
        "objective": {"name": "quadratic"},
        "grid": {"x": [-6, 6, 61], "lr": [1e-4, 1, 60]},
        "measure": ["final_value"],
        "optimizers": [{"name": "sgd"}, {"name": "adam", "lr": 0.1}],
    }
    assert out.splitlines()[1].split() == ["axis", "from", "to", "values"]
    assert ask("map", "--grid", '{"x": [-6, 6, 61]}', replies=[map_body])[0] == 0
    assert sent(service) == {"grid": {"x": [-6, 6, 61]}}


@pytest.mark.parametrize("grid", ["x", "x=1:2", "x=1:2:many", "x=1:2:3:4", "x=1:2:3,y"])
def test_a_grid_of_another_form_is_refused(ask, service, grid):
    code, _, err = ask("map", "--grid", grid)
    assert (code, service.seen) == (2, [])
    assert "argument --grid: expected NAME=FIRST:LAST:NUMBER,... or JSON" in err


def test_a_picture_of_another_kind_is_refused_before_anything_is_sent(ask, service):
    code, _, err = ask("trajectory", "--optimizer", "sgd", "--picture", "run.gif")
    assert (code, err) == (2, "stepgrade trajectory: --picture writes .png or .svg. It cannot write 'run.gif'.\n")
    assert service.seen == []


def test_a_comparison_takes_several_optimizers(ask, service, comparison_body):
    arguments = [
        "--optimizer",
        "sgd,lr=0.02,label=gd",
        "--optimizer",
        "rmsprop",
        "--starts",
        "A,B",
        "--decompose",
        "gd,rmsprop",
        "--rotate",
        "45",
    ]
    code, *_ = ask("compare", "--objective", "quadratic", *arguments, replies=[comparison_body])
    body = sent(service)
    assert (code, body["optimizers"]) == (0, [{"name": "sgd", "lr": 0.02, "label": "gd"}, {"name": "rmsprop"}])
    assert (body["starts"], body["decompose"], body["rotate"]) == (["A", "B"], ["gd", "rmsprop"], [45])


def test_every_fault_of_a_request_is_a_line_with_its_pointer(ask, problem_body):
    code, out, err = ask(*STEP, replies=[{"status": 422, "body": problem_body}])
    assert (code, out) == (2, "")
    assert err.splitlines() == [f"stepgrade step: {each['pointer']}: {each['detail']}" for each in problem_body["errors"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["step", "--params", "[1, 2"], "argument --params: not JSON"),
        (["step", "--params", "@nowhere.json"], "argument --params: Cannot read nowhere.json: No such file or directory"),
        (["step", "nowhere.json"], "Cannot read nowhere.json: No such file or directory"),
        (["step", "--params", "[1, NaN]"], "/params/1 must be a finite number, not nan"),
        (["step", "--lr", "1"], "/optimizer: lr needs an optimizer"),
        (["step", "--optimizer", "adam,0.1"], "argument --optimizer: expected NAME, or NAME,setting=value,... or JSON"),
        (["step", "adam"], "There is no file adam. If it is an optimizer, write --optimizer adam."),
        (
            ["step", "--params", "-0.3", "-2"],
            "-2 is a number, and not the name of a file. Write the numbers of a point with commas: --params -0.3,-2",
        ),
        (["trajectory", "--start", "1", "2", "3"], "unrecognized arguments: 3; write the numbers of a point with commas"),
        (["step", "--lr", "0,2"], "argument --lr: expected a number, not '0,2'; write a point: 0.2"),
        (["trajectory", "--steps", "abc"], "argument --steps: expected a whole number, not 'abc'"),
        (["sweep", "--into", "x", "--workers", "two"], "argument --workers: expected a whole number, not 'two'"),
        (["check", __file__], "To check a file of Python, use stepgrade check-file."),
        (["stride"], "argument COMMAND: invalid choice: 'stride'"),
        (["stpe"], "; did you mean step? (see stepgrade --help)"),
        (["step", "--optimzer", "adam"], "unrecognized arguments: --optimzer; did you mean --optimizer? (see"),
        (["step", "--lr", "0.1", "--lr=0.1"], "argument --lr: given twice; use it once"),
        (["step", "--optimizer", "adam", "--optim", "gd"], "argument --optimizer: given twice"),
        (["check", "x", "-o", "a", "--output", "b"], "argument -o/--output: given twice"),
        (["trajectory", "--objective", "quadratic", "--expression", "x"], "--expression: not allowed with argument --objective"),
        (["step", "--zzz"], "unrecognized arguments: --zzz (see stepgrade step --help)"),
        (["compare", "quadratic", "gd", "adam"], "unrecognized arguments: gd adam; each needs its flag, such as --optimizer gd (see"),
        (["compare", "quadratic", "gd", ""], "unrecognized arguments: gd ; each needs its flag, such as --optimizer gd (see"),
        (["compare", "quadratic", ""], "unrecognized arguments:  (see stepgrade compare --help)"),
        (["trajectory", "adam", "[1, 2]"], "stepgrade trajectory: unrecognized arguments: [1, 2]; each needs its flag, such as --start [1"),
        (["mistakes", "eps_hat", "more"], "stepgrade mistakes: unrecognized arguments: more (see stepgrade mistakes --help)"),
        (["check"], "/reference: a value is needed, in a FILE or as --reference"),
        (["check", "--hints", "7"], "argument --hints: invalid choice"),
        (["probe"], "/optimizer: a value is needed"),
        (["audit"], "/reference: a value is needed"),
        (["step", "--url", "nowhere", "--optimizer", "adam"], "--url must be an address such as"),
        (["step", "--bundle", "nowhere.json"], "Cannot read the bundle nowhere.json"),
        (["bundle", "build", "nowhere.json", "-o", "x"], "Cannot read nowhere.json"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(ask, service, arguments, said):
    code, out, err = ask(*arguments)
    assert (code, out, len(err.splitlines()), service.seen) == (2, "", 1, [])
    assert said in err
    assert err.startswith("stepgrade")


def test_a_service_that_is_away_is_exit_code_3(ask, slept):
    code, _, err = ask(*STEP, "--url", "http://127.0.0.1:9")
    assert (code, len(err.splitlines())) == (3, 1)
    assert err.startswith("stepgrade step: Cannot reach http://127.0.0.1:9 (3 tries): Connection refused")


@pytest.mark.usefixtures("slept")
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_service_at_fault_is_exit_code_3(ask, status):
    assert ask(*STEP, replies=[{"status": status, "body": {"title": "no", "detail": "not now"}}])[0] == 3


def test_offline_is_exit_code_3_and_says_how_to_undo_it(ask, monkeypatch):
    monkeypatch.setenv("STEPGRADE_OFFLINE", "1")
    code, _, err = ask(*STEP)
    assert code == 3
    assert "Set it to 0" in err


def test_a_check_that_passes_is_exit_code_0(ask, service):
    code, out, err = ask("check", "--reference", json.dumps(REFERENCE), "--submission", '{"params": [0.9, NaN]}', replies=[PASSED])
    assert (code, out, err) == (0, "check: passed\nCorrect: the numbers are those of adam.\n", "")
    assert sent(service)["submission"] == {"params": [0.9, None]}


def test_a_check_that_fails_is_exit_code_1_and_tells_the_diagnosis(ask):
    code, out, _ = ask("check", "--reference", json.dumps(REFERENCE), "--submission", '{"params": [0.8, 2.1]}', replies=[FAILED])
    assert (code, out.splitlines()[:3]) == (
        1,
        ["check: failed, score 0.5", "Mistake: no bias correction.", "Step 1, params[0]: expected 0.9, got 0.8."],
    )


@pytest.mark.parametrize(("score", "shown"), [(1 - 1e-12, "0.9999"), (0.25, "0.25"), (2e-6, "2e-06"), (0.0, "0")])
def test_a_failed_check_shows_its_score_and_never_1(ask, score, shown):
    replies = [{**FAILED, "score": score}]
    _, out, _ = ask("check", "--reference", json.dumps(REFERENCE), "--submission", '{"params": [0.8, 2.1]}', replies=replies)
    assert out.splitlines()[0] == f"check: failed, score {shown}"


@pytest.fixture
def questions(tmp_path):
    """Two files, each a question with its submission."""
    for name in ("one", "two"):
        question = {"points": 2, "reference": REFERENCE, "submission": {"params": [1, 2]}, "tolerance": {"rtol": 0.1}, "hints": 2}
        (tmp_path / f"{name}.json").write_text(json.dumps(question))
    return [tmp_path / "one.json", tmp_path / "two.json"]


@pytest.mark.parametrize(("score", "marks"), [(1 - 1e-6, "1.999998"), (1 / 3, "0.6667"), (0.0, "0")])
def test_a_failed_question_never_shows_all_of_its_points(ask, questions, score, marks):
    out = ask("check", questions[0], replies=[{**FAILED, "score": score}])[1]
    assert out.splitlines()[0].endswith(f" ({marks} of 2 points)")


def test_questions_are_checked_one_by_one_and_the_worst_is_the_exit_code(ask, service, questions):
    code, out, _ = ask("check", *questions, "--atol", "0.5", replies=[PASSED, FAILED])
    assert (code, out.splitlines()[0], out.splitlines()[3]) == (1, "one: passed", "two: failed, score 0.5 (1 of 2 points)")
    assert (sent(service)["tolerance"], sent(service)["hints"]) == ({"rtol": 0.1, "atol": 0.5}, 2)
    assert ask("check", *questions, "--exit-zero", replies=[FAILED])[0] == 0


def test_a_question_that_is_refused_does_not_cost_the_others(ask, questions, problem_body):
    code, out, err = ask("check", *questions, replies=[{"status": 422, "body": problem_body}, PASSED])
    assert (code, out.splitlines()[0]) == (2, "two: passed")
    assert err.startswith("stepgrade check: one: /")


def test_json_of_a_check_is_a_line_a_question(ask, questions):
    _, out, _ = ask("check", *questions, "--json", replies=[PASSED, FAILED])
    assert [(each["name"], each["passed"]) for each in map(json.loads, out.splitlines())] == [("one", True), ("two", False)]


@pytest.mark.parametrize("wrong", [{"pts": 1}, {"points": -3}, {"tolerance": {"tol": 1}}])
def test_a_question_with_an_unknown_field_is_refused(ask, tmp_path, wrong):
    (tmp_path / "q.json").write_text(json.dumps({"reference": REFERENCE, "submission": {"params": [1, 2]}, **wrong}))
    code, _, err = ask("check", tmp_path / "q.json")
    assert (code, len(err.splitlines())) == (2, 1)
    assert next(iter(wrong)) in err


def test_an_audit_says_what_a_test_lets_through(ask, service):
    through = [
        {"code": "no_bias", "title": "no bias correction", "kind": "mistake", "probe": REFERENCE},
        {"code": "same", "title": "the same thing", "kind": "convention", "probe": None},
    ]
    answer = {"catches": [{"code": "sign", "title": "uphill"}], "lets_through": through, "probes": [REFERENCE]}
    arguments = ["audit", "--reference", json.dumps(REFERENCE), "--rtol", "0", "--compares", "params"]
    code, out, _ = ask(*arguments, replies=[{**answer, "optimizer": {"name": "adam"}, "engine": "1"}])
    assert (code, sent(service)["compares"], sent(service)["tolerance"]["rtol"]) == (0, ["params"], 0.0)
    assert out.splitlines()[0] == "The test of adam catches 1 of 3 known mistakes."
    assert out.splitlines()[3].split() == ["no_bias", "mistake", "no", "bias", "correction", "yes"]
    assert "1 request to add to the test, for the missed mistakes" in out


@pytest.mark.parametrize(
    ("command", "asked"), [("audit", {"--reference": json.dumps(REFERENCE)}), ("probe", {"--optimizer": "sm3,lr=0.1"})]
)
def test_where_no_mistakes_are_known_the_command_says_so(ask, command, asked):
    answer = {"catches": [], "lets_through": [], "probes": [], "reference": [REFERENCE], "gap": None, "same": [], "catalogue": 0}
    code, out, _ = ask(command, *next(iter(asked.items())), replies=[{**answer, "optimizer": {"name": "sm3"}, "engine": "1"}])
    told = f"The service does not know any mistakes of sm3 yet. So this {command} cannot find mistakes in it."
    assert (code, out.splitlines()[0]) == (0, told)


def test_a_probe_writes_requests_that_check_takes(ask, service, tmp_path):
    answer = {"reference": [REFERENCE], "gap": 0.01, "same": [["a", "b"]], "catalogue": 40, "optimizer": {"name": "adam"}, "engine": "1"}
    code, out, _ = ask("probe", "--optimizer", "adam,lr=0.1", "-o", tmp_path / "reference.json", replies=[answer])
    assert code == 0
    assert "a and b" in out
    ask("check", "--reference", f"@{tmp_path}/reference.json", "--submission", '[{"params": [1, 2]}]', replies=[PASSED])
    assert sent(service)["reference"] == [REFERENCE]


def test_a_report_is_written_and_the_exit_code_stays(ask, questions, tmp_path):
    code, out, _ = ask("check", *questions, "--format", "gradescope", "-o", tmp_path / "results.json", replies=[PASSED, FAILED])
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    assert (code, out, [(each["score"], each["max_score"]) for each in tests]) == (1, "", [(2, 2), (1, 2)])


@pytest.mark.usefixtures("slept")
def test_a_service_that_is_away_costs_no_mark_in_a_report(ask, questions):
    code, out, err = ask("check", *questions, "--format", "gradescope", "--url", "http://127.0.0.1:9")
    assert (code, "not your fault" in out, len(err.splitlines())) == (3, True, 2)


@pytest.mark.parametrize("platform", FORMATS)
def test_every_platform_has_its_format(ask, questions, platform):
    code, out, _ = ask("check", *questions, "--format", platform, "--exit-zero", replies=[PASSED, FAILED])
    assert code == 0
    assert out


def test_a_file_for_results_needs_their_format(ask, service, questions):
    code, _, err = ask("check", *questions, "-o", "results.json")
    assert (code, service.seen) == (2, [])
    assert err.startswith("stepgrade check: -o needs --format. The formats are gradescope")


def test_numbers_that_are_none_are_a_failed_check(ask):
    refusal = {"title": "Invalid request", "errors": [{"pointer": "/submission/points", "detail": "expected a list of points"}]}
    arguments = ["--reference", json.dumps(REFERENCE), "--submission", '{"points": 3}']
    code, out, _ = ask("check", *arguments, replies=[{"status": 422, "body": refusal}])
    assert (code, out.splitlines()[1]) == (1, "What your code returned cannot be read as numbers.")


@pytest.fixture
def spec(tmp_path):
    """A spec of one step."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({"title": "Week 3", "calls": [{"kind": "step", **REFERENCE}]}))
    return path


@pytest.fixture
def answering(service, step_body):
    """The scripted service, which names its engine."""
    service.plays({"body": step_body, "headers": {"Stepgrade-Engine": step_body["engine"]}})
    return service


def test_a_bundle_is_built_verified_and_asked(ask, answering, spec, tmp_path, step_body, monkeypatch):
    answers = tmp_path / "answers.json"
    code, out, _ = ask("bundle", "build", spec, "-o", answers)
    assert (code, out.splitlines()[1]) == (0, f"fingerprint {Bundle.read(answers).fingerprint}")
    assert ask("bundle", "verify", answers)[0] == 0
    answering.seen.clear()
    assert json.loads(ask("step", "--bundle", answers, "--optimizer", "adam", *PARAMS, "--json")[1]) == step_body
    code, _, err = ask("step", "--bundle", answers, "--optimizer", "sgd", *PARAMS)
    assert (code, answering.seen) == (3, [])
    assert err.splitlines()[1] == '  The nearest request in it: /optimizer/name is "sgd" here and "adam" there'
    monkeypatch.setenv("STEPGRADE_BUNDLE", str(answers))
    assert ask("bundle", "verify", answers)[0] == 0
    assert len(answering.seen) == 1


def test_a_bundle_that_is_no_longer_right_is_exit_code_1(ask, answering, spec, tmp_path, step_body):
    answers = tmp_path / "answers.json"
    ask("bundle", "build", spec, "-o", answers)
    step_body["params"] = [0.5, 2.5]
    answering.plays({"body": step_body, "headers": {"Stepgrade-Engine": "2.1.0"}})
    code, out, _ = ask("bundle", "verify", answers)
    assert code == 1
    assert "/params/0" in out
    changes = json.loads(ask("bundle", "verify", answers, "--json")[1])["changes"]
    assert [each["path"] for each in changes] == ["/step"]


def test_a_spec_s_faults_are_lines(ask, tmp_path):
    (tmp_path / "spec.json").write_text('{"calls": [{"kind": "x"}, {"kind": "y"}]}')
    code, _, err = ask("bundle", "build", tmp_path / "spec.json", "-o", tmp_path / "answers.json")
    assert (code, [line.split(": ")[1] for line in err.splitlines()]) == (2, ["/calls/0/kind", "/calls/1/kind"])


def test_the_catalogue_is_a_table_and_an_entry_all_its_facts(ask):
    listed = {"optimizers": [{"name": "adam", "title": "Adam", "conventions": ["torch", "keras"]}]}
    assert ask("optimizers", replies=[listed])[1].splitlines()[1].split() == ["adam", "Adam", "torch,", "keras"]
    entry = {"name": "quadratic", "parameters": [{"name": "condition", "default": 20.0}], "notes": "", "href": "/x"}
    entry["formula"] = r"f(x) = \tfrac12 x^2"
    assert "formula: f(x) = 1 / 2 * x^2" in ask("objectives", "quadratic", replies=[entry])[1].splitlines()
    del entry["formula"]
    assert ask("objectives", "quadratic", replies=[entry])[1] == "name: quadratic\n\nparameters\nname       default\ncondition       20\n"


def test_an_objective_is_shown_at_the_parameters_behind_its_name(ask):
    entry = {"name": "quadratic", "condition_number": 50.0, "formula_mathml": "<math/>"}
    for name in ("quadratic,condition=50", '{"name": "quadratic", "condition": 50}'):
        assert ask("objectives", name, replies=[entry])[1] == "name: quadratic\ncondition number: 50.0\n"
    assert ask("objectives", "quadratic,condition", replies=[entry])[0] == 2


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_fits_a_terminal_and_shows_an_example(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    told = capsys.readouterr().out
    assert [line for line in told.splitlines() if len(line) > 100 and not line.startswith("  stepgrade")] == []
    assert command in ([], ["bundle"]) or "example" in told
    assert "bundle" in told
    assert command == ["bundle"] or "exit codes:" in told


def options(command, name="stepgrade"):
    """Every argument of a command and of those in it, with the command's name."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner, made in action.choices.items():
                yield from options(made, f"{name} {inner}")
        else:
            yield name, action


def test_every_option_has_its_meaning_and_its_default():
    for name, action in options(parser()):
        said = f"{name} {(action.option_strings or [action.metavar])[-1]}: {action.help}"
        assert action.help, said
        is_optional_value = action.option_strings and action.nargs != 0
        assert not is_optional_value or "default" in action.help or "required" in action.help, said


def test_the_version_is_the_client_s(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"stepgrade {__version__}\n"


def test_a_reader_that_goes_away_is_no_fault(service, trajectory_body):
    service.plays({"body": trajectory_body})
    command = f"{sys.executable} -m stepgrade.cli trajectory --optimizer sgd --json --url {service.url} | true"
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_command_is_installed_with_the_client():
    from importlib.metadata import entry_points

    assert [each.value for each in entry_points(group="console_scripts", name="stepgrade")] == ["stepgrade.cli:main"]


MISTAKES = {
    "engine": "2.0",
    "mistakes": [
        {
            "code": "eps_inside_sqrt",
            "title": "eps stands inside the square root",
            "kind": "mistake",
            "where": "denominator",
            "formula": {"wrong": r"\sqrt{v+\epsilon}", "right": r"\sqrt{v}+\epsilon"},
            "hints": ["Look here.", "Look there.", "You divide by sqrt(v + eps)."],
            "optimizers": ["adam"],
        }
    ],
}


def test_the_mistakes_are_listed_and_each_has_its_formulas_and_hints(ask, service):
    code, out, _ = ask("mistakes", replies=[MISTAKES])
    assert (code, out.splitlines()[1].split()[0], service.seen[-1][:2]) == (0, "eps_inside_sqrt", ("GET", "/mistakes"))
    code, out, _ = ask("mistakes", "eps_inside_sqrt", replies=[MISTAKES])
    assert "hint 3: You divide by sqrt(v + eps)." in out.splitlines()
    assert "With the mistake: sqrt(v + epsilon)" in out.splitlines()
    code, out, err = ask("mistakes", "eps_insid_sqrt", replies=[MISTAKES])
    assert (code, out) == (2, "")
    assert err == "stepgrade mistakes: There is no mistake 'eps_insid_sqrt'. Did you mean eps_inside_sqrt?\n"
    assert ask("mistakes", "eps", replies=[MISTAKES])[2].endswith("Did you mean eps_inside_sqrt?\n")
    assert json.loads(ask("mistakes", "--json", replies=[MISTAKES])[1]) == MISTAKES
    assert ask("mistakes", replies=[{"mistakes": [1]}])[0] != 0


def test_a_field_that_is_needed_is_told_as_its_flag(ask, problem_body):
    needed = "this field is missing"
    errors = [
        {"pointer": "/optimizers", "detail": needed},
        {"pointer": "/gradient", "detail": needed},
        {"pointer": "/a/b", "detail": needed},
    ]
    code, _, err = ask(*STEP, replies=[{"status": 422, "body": {**problem_body, "errors": errors}}])
    said = ["--optimizer is missing", "--gradient is missing", f"/a/b: {needed}"]
    assert (code, err.splitlines()) == (2, [f"stepgrade step: {line}" for line in said])
