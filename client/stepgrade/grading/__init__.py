"""For graders: students' numbers and students' code against the reference. Asked of the usual client, without naming one: `defaults`."""

from stepgrade.check_record import Finding, Mismatch
from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.check_result import CheckResult
from stepgrade.grading.grader import Grader

__all__ = ["Audit", "CheckResult", "Finding", "Grader", "Mismatch", "Probe"]
