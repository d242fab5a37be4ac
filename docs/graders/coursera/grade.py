"""The grader: the student's file is /shared/submission/optim.py, the answers are in the image."""

import sys

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import coursera, graded

sys.path.insert(0, "/shared/submission")


def check_adam() -> CheckResult:
    client = Client(bundle="/grader/answers.json")
    from optim import adam

    return check_function(adam, "adam", client=client, random=0, time_limit=10)


result = graded("adam: one step, and the steps after it", check_adam)
if result.verdict is None:
    sys.exit(f"not graded: {result.error}")  # the platform sees that the grader failed, and gives no mark
coursera.write([result], "/shared/feedback.json")
