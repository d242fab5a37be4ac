"""For graders: students' numbers and students' code against the reference."""

from stepgrade.grading.catalogue import Audit, Probe
from stepgrade.grading.defaults import check_function, check_step, check_trajectory, compare_step, compare_trajectory, default_client
from stepgrade.grading.grader import Grader
from stepgrade.grading.verdict import Divergence, Finding, Verdict

__all__ = [
    "Audit",
    "Divergence",
    "Finding",
    "Grader",
    "Probe",
    "Verdict",
    "check_function",
    "check_step",
    "check_trajectory",
    "compare_step",
    "compare_trajectory",
    "default_client",
]
