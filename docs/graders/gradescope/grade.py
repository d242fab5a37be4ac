"""The same without gradescope-utils: writes results.json itself."""

from stepgrade import CheckResult, Client, check_function
from stepgrade.reports import graded, gradescope

CLIENT = Client("https://stepgrade.example.edu")


def check_adam() -> CheckResult:
    from optim import adam

    return check_function(adam, "adam", client=CLIENT, time_limit=10)


gradescope.write([graded("adam: one step, and the steps after it", check_adam, points=10)], "/autograder/results/results.json")
