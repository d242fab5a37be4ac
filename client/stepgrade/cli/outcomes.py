"""The outcome of a command: text, faults, and the exit code that a grader reads."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.errors import ApiError, ServerError, ServiceUnreachable, StepgradeError, TooManyRequests, UnexpectedAnswer

PASSED, FAILED, INVALID, UNREACHABLE = range(4)

CODES = """exit codes:
  0  done; check: passed; bundle verify: nothing changed
  1  check: failed; bundle verify: something changed
  2  wrong usage, or an invalid request: one line on stderr per fault
  3  no answer: the service was unreachable or failed, or the bundle has no answer"""

NO_ANSWER = (ServiceUnreachable, ServerError, TooManyRequests, UnexpectedAnswer)


@dataclass(frozen=True)
class Output:
    """What goes to stdout, what goes to stderr line by line, and the exit code."""

    text: str = ""
    code: int = PASSED
    faults: tuple[str, ...] = ()


def failure(error: StepgradeError) -> Output:
    """The output for an error."""
    return Output(code=UNREACHABLE if isinstance(error, NO_ANSWER) else INVALID, faults=tuple(told(error)))


def told(error: StepgradeError) -> list[str]:
    """An error as one line per fault, each with its place in the request."""
    if isinstance(error, ApiError) and error.errors:
        return [f"{fault.pointer or '/'}: {fault.detail}" for fault in error.errors]
    return str(error).splitlines()
