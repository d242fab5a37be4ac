"""What a command comes to: text, faults, and the exit code that a grader reads."""

from __future__ import annotations

from dataclasses import dataclass

from stepgrade.errors import ApiError, ServerError, ServiceUnreachable, StepgradeError, TooManyRequests, UnexpectedAnswer

PASSED, FAILED, INVALID, UNREACHABLE = range(4)

CODES = """exit codes:
  0  done; check: passed; bundle verify: nothing changed
  1  check: failed; bundle verify: something changed
  2  wrong usage, or an invalid request: a line on stderr for each fault
  3  no answer: the service could not be reached or failed, or the bundle has none"""

NO_ANSWER = (ServiceUnreachable, ServerError, TooManyRequests, UnexpectedAnswer)


@dataclass(frozen=True)
class Output:
    """What goes to stdout, what goes to stderr line by line, and the exit code."""

    text: str = ""
    code: int = PASSED
    faults: tuple[str, ...] = ()


def failure(error: StepgradeError) -> Output:
    """What an error comes to."""
    return Output(code=UNREACHABLE if isinstance(error, NO_ANSWER) else INVALID, faults=tuple(told(error)))


def told(error: StepgradeError) -> list[str]:
    """An error as a line for each fault, each with the pointer to it."""
    if isinstance(error, ApiError) and error.errors:
        return [f"{fault.pointer or '/'}: {fault.detail}" for fault in error.errors]
    return str(error).splitlines()
