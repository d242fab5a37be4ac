"""For graders: students' numbers and students' code against the reference."""

from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.check_result import CheckResult, Finding, Mismatch
from stepgrade.grading.defaults import check_function, check_step, check_trajectory, compare_step, compare_trajectory, default_client
from stepgrade.grading.grader import Grader

__all__ = [
    "Audit",
    "CheckResult",
    "Finding",
    "Grader",
    "Mismatch",
    "Probe",
    "check_function",
    "check_step",
    "check_trajectory",
    "compare_step",
    "compare_trajectory",
    "default_client",
]
