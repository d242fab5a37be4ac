"""The question's template: tick "Is combinator" and choose the grader "Template grader"."""

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import coderunner, graded

ANSWER = """{{ STUDENT_ANSWER | e('py') }}"""
CLIENT = Client("https://stepgrade.example.edu", deadline=5)


def check_adam() -> CheckResult:
    names: dict[str, Any] = {"adam": None}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # CodeRunner reads one JSON object, and nothing else
        exec(compile(ANSWER, "answer.py", "exec"), names)
    return check_function(names["adam"], "adam", client=CLIENT, time_limit=3)


coderunner.write([graded("adam: one step, and the steps after it", check_adam, points=10)])
