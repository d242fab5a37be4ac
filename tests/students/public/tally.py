"""Runs every solution and every input through a service in this process, and counts what comes out as expected.

`python -m tests.students.public.tally` from the top of the repository; `--all` also shows those that are as expected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.students.public.collection import SOLUTIONS
from tests.students.public.inputs import INPUTS, AuditInput, FunctionInput, Input, NumbersInput
from tests.students.public.solution import Solution, Verdict

from stepgrade import Client, ConfigurationError, InvalidArgument, StepgradeError
from stepgrade.grading import CheckResult, Finding

#: Seconds for one student's code.
TIME_LIMIT = 20.0

#: Errors that tell the teacher, and not the student, that code of this shape cannot be called.
AT_THE_TEACHER = (ConfigurationError, InvalidArgument)


@dataclass(frozen=True)
class Outcome:
    """What came of one: what was expected, what was said, and why that is not as expected ("" if it is)."""

    name: str
    expected: str
    said: str
    why: str

    @property
    def is_as_expected(self) -> bool:
        """Whether a careful grader says the same."""
        return not self.why


def tally(client: Client, asked: Sequence[Solution | Input]) -> list[Outcome]:
    """The outcome of each."""
    return [_audited(client, each) if isinstance(each, AuditInput) else _checked(client, each) for each in asked]


def _checked(client: Client, each: Solution | FunctionInput | NumbersInput) -> Outcome:
    verdict = each.expected
    try:
        result = _check(client, each)
    except StepgradeError as error:
        why = "" if verdict.or_unbound and isinstance(error, AT_THE_TEACHER) else "the check itself ended in an error"
        return Outcome(each.name, _expectation(verdict), f"{type(error).__name__}: {error}".splitlines()[0], why)
    return Outcome(each.name, _expectation(verdict), said(result), next(differences(result, verdict), ""))


def _check(client: Client, each: Solution | FunctionInput | NumbersInput) -> CheckResult:
    if isinstance(each, NumbersInput):
        return client.check(each.reference, each.submission)
    return client.check_function(each.student, each.optimizer, each.style, names=each.names, time_limit=TIME_LIMIT)


def differences(result: CheckResult, verdict: Verdict) -> Iterator[str]:
    """Where a result is not what a careful grader says; nothing if it is."""
    if verdict.or_says and verdict.or_says in result.message:
        return
    if result.passed:
        if not verdict.passes:
            yield "wrong code passes"
        yield from (f"{each.code} is said of right code" for each in result.findings if each.code not in verdict.notes)
        return
    told = result.findings
    if verdict.or_convention and told and told[0].kind == "convention":
        return
    if verdict.passes:
        yield "right code fails"
    elif not told:
        if not verdict.or_silent:
            yield "nothing is named"
    else:
        yield from _of_findings(told, verdict)


def _of_findings(told: Sequence[Finding], verdict: Verdict) -> Iterator[str]:
    first = told[0]
    if verdict.kind and first.kind != verdict.kind:
        yield f"the kind is {first.kind}, not {verdict.kind}"
    if verdict.first and first.code not in verdict.first:
        yield f"{first.code} is named first"
    if verdict.where and first.where != verdict.where:
        yield f"it is about {first.where}, not about {verdict.where} alone"
    accused = [code for each in told for code in each.code.split("+") if code in verdict.never]
    yield from (f"{code} is a false accusation" for code in accused)
    words = " ".join(part for each in told for part in (each.title, each.where, each.hint or ""))
    missing = [tensor for tensor in verdict.tensors if tensor not in re.findall(r"\w+", words)]
    if missing:
        yield f"that it is {' and '.join(missing)} is not said"


def said(result: CheckResult) -> str:
    """A result in one line."""
    if result.fault is not None:
        return "fault: " + result.fault.splitlines()[0]
    told = ", ".join(f"{each.code} ({each.kind})" for each in result.findings) or "nothing"
    return f"{'passes' if result.passed else 'fails'}: {told}"


def _expectation(verdict: Verdict) -> str:
    if verdict.passes:
        return "passes" + (" or a convention" if verdict.or_convention else "")
    named = " or ".join(verdict.first) or verdict.kind
    about = f", of {' and '.join(verdict.tensors)}" if verdict.tensors else f", about {verdict.where} alone" if verdict.where else ""
    return f"fails: {named}{about}" + (" or nothing" if verdict.or_silent else "")


def _audited(client: Client, each: AuditInput) -> Outcome:
    audit = client.audit(each.reference, atol=each.atol, rtol=each.rtol)
    caught, missed = ({entry["code"] for entry in entries} for entries in (audit.catches, audit.lets_through))
    wrong = [f"{code} is not caught" for code in each.catches if code not in caught]
    wrong += [f"{code} is not let through" for code in each.lets_through if code not in missed]
    named = {*each.catches, *each.lets_through}
    heard = f"catches {_listed(caught & named)}; lets through {_listed(missed & named)}"
    return Outcome(each.name, f"catches {_listed(each.catches)}; lets through {_listed(each.lets_through)}", heard, "; ".join(wrong))


def _listed(codes: Any) -> str:
    return ", ".join(sorted(codes)) or "nothing"


def main() -> None:
    """Print both tables."""
    client, shows_all = Client.local(), "--all" in sys.argv[1:]
    for title, asked in (("solutions", SOLUTIONS), ("inputs", INPUTS)):
        outcomes = tally(client, asked)
        print(f"{title}: {sum(each.is_as_expected for each in outcomes)} of {len(outcomes)} as expected")
        for each in outcomes:
            if shows_all or not each.is_as_expected:
                print(f"\n  {each.name}: {each.why or 'as expected'}\n    expected {each.expected}\n    said     {each.said}")
        print()


if __name__ == "__main__":
    main()
