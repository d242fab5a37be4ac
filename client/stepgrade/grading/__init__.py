"""For graders: compare students' numbers and students' code with the reference. `defaults` has them as functions without a client."""

from stepgrade.check_record import Finding, Mismatch
from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.check_result import CheckResult
from stepgrade.grading.grader import Grader

__all__ = ["Audit", "CheckResult", "Finding", "Grader", "Mismatch", "Probe"]
