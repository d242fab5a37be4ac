"""`stepgrade check-file`: check a function in a student's file."""

from __future__ import annotations

import argparse
from typing import Any

from stepgrade.cli.fields import OF_ONE
from stepgrade.cli.grading import outcome, refuse_file_without_format
from stepgrade.cli.last_answer import uses_bundle
from stepgrade.cli.outcomes import Output
from stepgrade.cli.reading import request
from stepgrade.client import Client
from stepgrade.errors import InvalidArgument, StepgradeError
from stepgrade.grading.files import FileJob, check_file
from stepgrade.grading.grader import RANDOM
from stepgrade.reports import ReportedTest

TIME_LIMIT, LONGEST = 10.0, 86400.0  # seconds

#: Flags that are arguments of `Client.check_function` where they are given.
GIVEN = ("names", "references", "rtol", "atol", "hints", "precision")


def check(asked: argparse.Namespace, client: Client) -> Output:
    """Check one function of one file."""
    refuse_file_without_format(asked)
    fields = request(asked, OF_ONE)
    if "optimizer" not in fields:
        raise InvalidArgument("/optimizer: a value is needed. Name it with --optimizer.", pointer="/optimizer")
    if not 0 < asked.time_limit <= LONGEST:
        raise InvalidArgument(f"--time-limit must be a number of seconds, above 0 and at most {LONGEST:g}.", pointer="")
    job = FileJob(asked.solution, asked.function, fields["optimizer"], _how(asked, client))
    verdict, fault = None, None
    try:
        verdict = check_file(client, job)
    except StepgradeError as error:
        fault = error
    return outcome(asked, [ReportedTest(asked.name or asked.function, verdict, fault, asked.points, asked.hidden)])


def _how(asked: argparse.Namespace, client: Client) -> dict[str, Any]:
    """The arguments of `Client.check_function`. A bundle has no answers to random inputs."""
    how = {name: getattr(asked, name) for name in GIVEN if getattr(asked, name) is not None}
    references = how.get("references")
    if isinstance(references, dict):
        how["references"] = [references]
    chosen = asked.random if asked.random is not None else 0 if uses_bundle(client) else RANDOM
    return {**how, "style": asked.style, "random": chosen, "seed": asked.seed, "time_limit": asked.time_limit}
