"""The fixtures for pytest, in a run of pytest's own."""

import os
import subprocess
import sys
from importlib import metadata

CONFTEST = """
import pytest
from stepgrade import Client, Mismatch, ServiceUnreachable, CheckResult

class Scripted(Client):
    def check(self, reference, submission, **how):
        number = str(submission)
        if "404" in number:
            raise ServiceUnreachable("cannot reach it")
        first = Mismatch(0, 1, "params", (0,), 0.9, 0.8, 0.1)
        return CheckResult(passed="0.8" not in number, score=0.0, first_mismatch=first, optimizer={"name": "adam"})

@pytest.fixture(scope="session")
def stepgrade():
    return Scripted()
"""

TESTS = """
STEP = {"optimizer": "adam", "params": 1.0, "gradient": 1.0}
RUN = {"optimizer": "adam", "start": 1.0, "gradients": [1.0]}

def test_right(check_step):
    assert check_step(**STEP, got_params=0.9).passed

def test_wrong(check_step):
    check_step(**STEP, got_params=0.8)

def test_run(check_trajectory):
    check_trajectory(**RUN, got_points=[0.8])

def test_code(check_function):
    check_function("no function", "adam")

def test_lost(check_step):
    check_step(**STEP, got_params=404.0)
"""


def test_a_failure_is_the_diagnosis_and_no_answer_is_none(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_student.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "stepgrade.pytest_plugin", "-q", "-rfs"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "160"})
    assert "3 failed, 1 passed, 1 skipped" in run.stdout
    for test, first in [("wrong", "Step 1, params[0]: expected 0.9, got 0.8."), ("code", "There is no function to call: ")]:
        assert f"FAILED test_student.py::test_{test} - Failed: {first}" in run.stdout
    assert "not your fault" in run.stdout
    assert "pytest_plugin.py" not in run.stdout.replace("SKIPPED", "")
    assert run.stderr == ""


def test_nobody_gets_it_who_does_not_ask():
    assert not [entry for entry in metadata.entry_points(group="pytest11") if "stepgrade" in entry.value]
