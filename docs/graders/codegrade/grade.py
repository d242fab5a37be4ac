"""Without pytest, and with a part of the marks: `python grade.py | cg truncate` in a "Custom Test" step."""

import io
from contextlib import redirect_stderr, redirect_stdout

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import codegrade, graded

CLIENT = Client("https://stepgrade.example.edu")


def check_adam() -> CheckResult:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # only CodeGrade's own lines may be printed
        from optim import adam
    return check_function(adam, "adam", client=CLIENT, time_limit=10)


codegrade.write([graded("adam: one step, and the steps after it", check_adam)])
