"""The grader: the student's file is in /grade/student, the client in /grade/serverFilesCourse/stepgrade."""

import os
import sys

sys.path[:0] = ["/grade/student", "/grade/serverFilesCourse"]

from stepgrade import CheckResult, Client, check_function  # noqa: E402
from stepgrade.reports import graded, prairielearn  # noqa: E402

CLIENT = Client("https://stepgrade.example.edu", deadline=10)


def check_adam() -> CheckResult:
    from optim import adam

    return check_function(adam, "adam", client=CLIENT, time_limit=10)


os.makedirs("/grade/results", exist_ok=True)
prairielearn.write([graded("adam: one step, and the steps after it", check_adam, points=10)], "/grade/results/results.json")
