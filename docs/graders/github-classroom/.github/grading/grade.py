"""Sets the output `result` of the workflow's step, as Classroom's own graders do."""

import sys

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import github_classroom, graded

sys.path.insert(0, ".")

CLIENT = Client("https://stepgrade.example.edu")


def check_adam() -> CheckResult:
    from optim import adam

    return check_function(adam, "adam", client=CLIENT, time_limit=10)


result = graded("adam", check_adam, points=10)
print(result.message)
github_classroom.set_output([result])
