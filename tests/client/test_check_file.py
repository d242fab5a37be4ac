"""`stepgrade check-file`: whatever a student's file does, the grader says it in a sentence and continues."""

import json
import os
import subprocess
import sys
import time

import pytest

from stepgrade import Client
from stepgrade.bundles import Bundle
from stepgrade.cli import main

RIGHT = """
import numpy as np

def adam(w, dw, config):
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m_hat = config["m"] / (1 - config["beta1"] ** config["t"])
    v_hat = config["v"] / (1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config
"""
WRONG = RIGHT.replace('np.sqrt(v_hat) + config["epsilon"]', 'np.sqrt(v_hat + config["epsilon"])')
EXIT_CODES = {"passed": 0, "failed": 1}


@pytest.fixture
def check(tmp_path, capsys):
    """Check a file with this content: its exit code, stdout, stderr."""

    def run(content, *arguments, name="solution.py"):
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        optimizer = [] if "--optimizer" in arguments else ["--optimizer", "adam"]
        given = ["check-file", str(tmp_path / name), "--function", "adam", *optimizer, *arguments]
        code = main(given if "--url" in arguments or "--bundle" in arguments else [*given, "--local"])
        return code, *capsys.readouterr()

    return run


def test_a_right_function_passes(check):
    code, out, err = check(RIGHT)
    assert (code, out, err) == (0, "adam: passed\nCorrect: the numbers are those of adam.\n", "")


def test_a_wrong_function_is_told_its_mistake_and_what_it_printed(check):
    code, out, err = check(WRONG.replace("return", 'print("seen", w.shape)\n    return'), "--name", "Question 1")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0].startswith("Question 1: failed, score 0.")
    assert lines[1] == "Mistake: eps stands inside the square root."
    assert "Your code printed:" in lines
    assert "seen (" in out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x = 1\ndef adam(w, dw config):\n    return w\n", "solution.py has a syntax error in line 2: invalid syntax"),
        ("x = 1\ndef adam(w, dw config):\n    return w\n", "\n  def adam(w, dw config):\n"),
        (b"x = '\xff'", "solution.py has a syntax error in line 1: "),
        (b"x = \x00", "null bytes."),
        ("x = " + "(" * 5000, "solution.py "),
        ("def adm(w, dw, config): ...", "There is no function adam in solution.py. Did you mean adm?\n"),
        ("def sgd(w): ...\nclass Net: ...", "There is no function adam in solution.py. It has sgd, Net.\n"),
        ("from math import sqrt", "There is no function adam in solution.py. It defines no functions.\n"),
        ("adam = 3", "adam in solution.py is no function. It is of type int.\n"),
        ("import sys\nsys.exit('bye')", "Your code raised SystemExit: bye (line 2 of solution.py: sys.exit('bye'))\n"),
        ("x = 1 / 0", "Your code raised ZeroDivisionError: division by zero (line 1 of solution.py: x = 1 / 0)\n"),
        ("import no_such_module", "Your code raised ModuleNotFoundError: No module named 'no_such_module' (line 1 of solution.py:\n"),
        ("import os\nos._exit(0)", "Your code ended Python before it returned numbers.\n"),
        ("import os\nos.kill(os.getpid(), 9)", "The system ended your code. Perhaps it needs too much memory.\n"),
        ("input()", "Your code raised EOFError: EOF when reading a line"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_a_failed_check(check, service, content, told):
    code, out, err = check(content, "--url", service.url)
    assert (code, err, service.seen) == (1, "", [])
    assert out.startswith("adam: failed, score 0\n")
    assert told in out


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('no')", "Your code raised ValueError: no (line 2 of solution.py: raise ValueError('no'))"),
        ("exit(1)", "Your code raised SystemExit: 1 (line 2 of solution.py: exit(1))"),
        ("import os; os._exit(1)", "Your code ended Python before it returned numbers."),
        ("import ctypes; ctypes.string_at(0)", "Your code crashed Python (SIGSEGV)."),
    ],
)
def test_a_function_that_fails_is_a_failed_check(check, body, told):
    code, out, _ = check(f"def adam(w, dw, config):\n    {body}\n")
    assert (code, out.splitlines()[1]) == (1, told)


@pytest.mark.parametrize(
    "content",
    [
        "while True: pass",
        "def adam(w, dw, config):\n    while True: print('x' * 1000)",
        "def adam(w, dw, config):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass",
        "import time\ntry:\n  time.sleep(1000)\nfinally:\n  time.sleep(1000)",
    ],
)
def test_a_file_that_never_ends_is_stopped(check, content):
    began = time.monotonic()
    code, out, _ = check(content, "--time-limit", "0.5")
    told = "Your code did not finish within 0.5 s: does a loop never end, or does it wait for something?"
    assert (code, out.splitlines()[1]) == (1, told)
    assert time.monotonic() - began < 60


def test_what_a_file_starts_ends_with_it(check, tmp_path):
    late = f"time.sleep(3)\n    open({str(tmp_path / 'late')!r}, 'w').close()\n    os._exit(0)"
    check(f"import os, time\nif os.fork() == 0:\n    {late}\n{RIGHT}")
    time.sleep(4)
    assert not (tmp_path / "late").exists()


def test_a_flood_on_the_process_s_own_streams_reaches_nobody(check):
    flood = "import os\nfor _ in range(200): os.write(1, b'x' * 100_000); os.write(2, b'y' * 100_000)\n"
    code, out, err = check(flood + RIGHT)
    assert (code, err) == (0, "")
    assert "xx" not in out


def test_nothing_of_the_grader_s_folders_is_shown(check, tmp_path, monkeypatch):
    monkeypatch.setenv("STEPGRADE_SECRET", "s3cret")
    spying = "import os, traceback\nprint(__file__, [name for name in os.environ if name.startswith('STEPGRADE')])\n"
    failing = "def adam(w, dw, config):\n    try: 1 / 0\n    except Exception: traceback.print_exc()\n    return w, config"
    code, out, _ = check(spying + failing)
    assert code == 1
    assert "solution.py []" in out
    assert 'File "solution.py", line 4, in adam' in out
    assert str(tmp_path) not in out


def test_a_file_finds_what_lies_beside_it(check, tmp_path):
    (tmp_path / "helper.py").write_text("EPS = 1e-8")
    (tmp_path / "data.txt").write_text("1")
    assert check("from helper import EPS\nopen('data.txt').close()\n" + RIGHT)[0] == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing.py", "There is no file missing.py."),
        ("folder", "folder is a folder, and not a file."),
        ("solution.ipynb", "solution.ipynb is a notebook. Save it as a file of Python, which ends with .py."),
    ],
)
def test_a_file_that_is_none_is_a_failed_check(check, tmp_path, service, name, told):
    (tmp_path / "folder").mkdir()
    (tmp_path / "solution.ipynb").write_text("{}")
    code, out, err = check(None, "--url", service.url, name=name)
    assert (code, out, err) == (1, f"adam: failed, score 0\n{told}\n", "")


def test_code_that_cannot_be_called_is_told_to_the_teacher(check):
    code, out, err = check("def adam(a, b, c, d, e, f, g): return 1")
    assert (code, out) == (2, "")
    assert "Use --style for its shape, and --names for the names of its arguments." in err


def test_a_style_and_names_are_given(check):
    code = "def adam(position, slope, lr=0.1): return position - lr * slope"
    arguments = ["--optimizer", "sgd", "--style", "tuple", "--names", "params=position,gradient=slope"]
    assert check(code, *arguments)[0] == 0


@pytest.mark.usefixtures("slept")
def test_a_service_that_is_away_is_exit_code_3_and_costs_no_mark(check, tmp_path):
    code, out, err = check(
        WRONG, "--url", "http://127.0.0.1:9", "--format", "gradescope", "-o", str(tmp_path / "results.json"), "--points", "5"
    )
    assert (code, out, len(err.splitlines())) == (3, "", 1)
    assert "Cannot reach http://127.0.0.1:9" in err
    assert json.loads((tmp_path / "results.json").read_text())["tests"][0]["score"] == 5


def test_the_results_are_written_for_a_platform(check, tmp_path):
    arguments = ["--format", "gradescope", "-o", str(tmp_path / "results.json"), "--points", "5", "--exit-zero"]
    assert check(WRONG, *arguments)[:2] == (0, "")
    test = json.loads((tmp_path / "results.json").read_text())["tests"][0]
    assert (test["name"], test["max_score"], test["status"]) == ("adam", 5, "failed")
    assert test["output"].startswith("Mistake: eps stands inside the square root.")


def test_json_has_the_verdict_and_what_was_printed(check):
    verdict = json.loads(check(WRONG.replace("return", 'print("x")\n    return'), "--json")[1])
    assert (verdict["name"], verdict["passed"], verdict["findings"][0]["code"]) == ("adam", False, "eps_inside_sqrt")
    assert verdict["output"].startswith("x\n")


def test_a_bundle_has_the_answers(check, tmp_path):
    from stepgrade.bundles import build

    spec = {"title": "Week 3", "calls": [{"kind": "probe", "optimizer": "adam"}]}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    with Client.local() as client:
        build(tmp_path / "spec.json", client).write(tmp_path / "answers.json")
    assert isinstance(Bundle.read(tmp_path / "answers.json"), Bundle)
    assert check(RIGHT, "--bundle", str(tmp_path / "answers.json"))[0] == 0
    assert check(WRONG, "--bundle", str(tmp_path / "answers.json"))[0] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--time-limit", "0"], "--time-limit must be a number of seconds, above 0"),
        (["--points", "-1"], "points must be a finite number of at least 0"),
        (["--style", "odd"], "argument --style: invalid choice: 'odd'"),
        (["--names", "v"], "argument --names: expected NAME=NAME,... or JSON"),
        (["-o", "results.json"], "-o needs --format."),
    ],
)
def test_wrong_usage_is_exit_code_2(check, capsys, service, arguments, told):
    try:
        code, _, err = check(RIGHT, *arguments, "--url", service.url)
    except SystemExit as end:
        code, err = end.code, capsys.readouterr().err
    assert (code, told in err) == (2, True)


def test_ctrl_c_ends_the_student_s_process_too(tmp_path, service):
    (tmp_path / "solution.py").write_text(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid()))\nwhile True: pass")
    command = [
        sys.executable,
        "-m",
        "stepgrade.cli",
        "check-file",
        str(tmp_path / "solution.py"),
        "--function",
        "adam",
        "--optimizer",
        "adam",
    ]
    grader = subprocess.Popen([*command, "--time-limit", "100", "--url", service.url], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    grader.send_signal(2)
    _, err = grader.communicate(timeout=60)
    assert (grader.returncode, err) == (130, b"")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
