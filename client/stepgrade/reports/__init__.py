"""Results for the platforms: one module per platform, each with `as_dict(results)` and `write(results, target)`.

A result with an error in place of a verdict was not graded. That is not the student's fault, so it costs no marks. If the platform can
leave such a result out, it is left out. If not, it counts in full, and its text says so. otter and nbgrader need no writer: raise
the error there.
"""

from stepgrade.reports import codegrade, coderunner, coursera, github_classroom, gradescope, junit, prairielearn
from stepgrade.reports.result import Report, ReportedTest, graded

__all__ = [
    "Report",
    "ReportedTest",
    "codegrade",
    "coderunner",
    "coursera",
    "github_classroom",
    "graded",
    "gradescope",
    "junit",
    "prairielearn",
]
