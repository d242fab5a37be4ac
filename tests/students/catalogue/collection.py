"""Every mistake of the catalogue in code, and what `check_function` says to it. As a program it writes that to found.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.students.catalogue import accumulating, adam, descent
from tests.students.catalogue.code import Rule, Student, Wrong

from stepgrade import Client

STORED = Path(__file__).parent / "found.json"

RULES: tuple[Rule, ...] = (*descent.RULES, *accumulating.RULES, *adam.RULES)

STUDENTS = [student for rule in RULES for student in rule.students()]

#: The right code, in every shape.
RIGHT = [Student(rule, "", Wrong(""), shape) for rule in RULES for shape in rule.shapes]

#: What comes of a mistake: named first, named beside others that fit as well, not seen, not explained, not run.
FIRST, BESIDE, PASSED, UNEXPLAINED, FAULT = "first", "later", "unseen", "unexplained", "fault"


def outcome(client: Client, student: Student) -> str:
    """What is said to a student, on the service's own probe and two random inputs."""
    result = client.check_function(student.submitted, student.rule.optimizer, student.shape)
    codes = [finding.code for finding in result.findings]
    if result.fault is not None:
        return FAULT
    if result.passed:
        return PASSED
    if student.code == "int_state" and student.code not in codes and codes:
        return BESIDE  # whole numbers that are all 0 are a state that is not stored, and are told as that
    return UNEXPLAINED if student.code not in codes else FIRST if codes[0] == student.code else BESIDE


def sample(students: Sequence[Student]) -> list[Student]:
    """Each mistake of each optimizer once, in shapes that take turns."""
    taken: dict[tuple[str, str], list[Student]] = {}
    for student in students:
        taken.setdefault((student.rule.name, student.code), []).append(student)
    return [several[number % len(several)] for number, several in enumerate(taken.values())]


def main() -> None:
    found: dict[str, dict[str, dict[str, str]]] = {}
    with Client.local() as client:
        for student in STUDENTS:
            codes = found.setdefault(student.rule.name, {})
            codes.setdefault(student.code, {})[student.shape] = outcome(client, student)
    rows = [f" {json.dumps(name)}: {{\n" + ",\n".join(_lines(codes)) + "\n }" for name, codes in found.items()]
    STORED.write_text("{\n" + ",\n".join(rows) + "\n}\n")


def _lines(codes: dict[str, dict[str, str]]) -> list[str]:
    return [f"  {json.dumps(code)}: {json.dumps(shapes)}" for code, shapes in codes.items()]


if __name__ == "__main__":
    main()
