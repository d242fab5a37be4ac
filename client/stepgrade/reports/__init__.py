"""Results as the platforms read them: one module a platform, each with `as_dict(results)` and `write(results, target)`.

A result with an error in place of a verdict was not graded, and that is not the student's fault: it never costs a mark. Where a
platform can leave such a result out, it is left out; where it cannot, it counts in full and says so. otter and nbgrader need no writer:
raise there.
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
