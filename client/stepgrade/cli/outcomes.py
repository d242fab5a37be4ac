"""The outcome of a command: text, faults, and the exit code that a grader reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stepgrade.errors import NO_ANSWER, ApiError, StepgradeError

PASSED, FAILED, INVALID, UNREACHABLE = range(4)

CODES = """exit codes:
  0  done; check, check-file: passed; bundle verify: nothing changed
  1  check, check-file: failed; bundle verify: something changed
  2  wrong usage, or an invalid request: one line on stderr per fault
  3  no answer: the service was unreachable or failed, or the bundle has no answer"""

#: What errors name as Python has it, and the shell in another way.
SHELL_WORDS = (
    (r" The argument (timeout|max_answer|api_key) replaces the variable \w+\.", ""),
    (r"\b(timeout|max_answer) \(or (STEPGRADE_\w+)\)", r"\2"),
    (r"\bmax_answer\b", "STEPGRADE_MAX_ANSWER"),
    (r"\bargument base_url\b", "flag --url"),
    (r"\bbase_url\b", "--url"),
    (r"Client\.local\(\) and a bundle \(STEPGRADE_BUNDLE\)", "--local and --bundle"),
    (r"\b(style|names)=", r"--\1"),
)


#: What the service says of a field that is needed, and the flags that have another name than their field.
NEEDED, FLAGS = "this field is missing", {"optimizers": "optimizer"}


@dataclass(frozen=True)
class Output:
    """What goes to stdout, what goes to stderr line by line, and the exit code. `raw` is an answer as it came, in place of text."""

    text: str = ""
    code: int = PASSED
    faults: tuple[str, ...] = ()
    raw: bytes = b""


def failure(error: StepgradeError) -> Output:
    """The output for an error."""
    return Output(code=UNREACHABLE if isinstance(error, NO_ANSWER) else INVALID, faults=tuple(told(error)))


def told(error: StepgradeError) -> list[str]:
    """An error as one line per fault, each with its place in the request; under a fault of an expression, what is wrong in it."""
    if isinstance(error, ApiError) and error.errors:
        lines = list[str]()
        for fault in error.errors:
            field = fault.pointer.removeprefix("/")
            missing = f"--{FLAGS.get(field, field)} is missing" if fault.detail == NEEDED and field.isalpha() else ""
            lines += [missing or f"{fault.pointer or '/'}: {fault.detail}", *(f"  {line}" for line in fault.excerpt.splitlines())]
        return lines
    said = str(error)
    for of_python, of_shell in SHELL_WORDS:
        said = re.sub(of_python, of_shell, said)
    return said.splitlines()
