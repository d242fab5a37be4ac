"""The process in which a student's file runs: `python -m stepgrade.grading.files.student_process`, started by `check_file`."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace
from pathlib import Path

from stepgrade.client import Client
from stepgrade.errors import StepgradeError
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.files import channel
from stepgrade.grading.files.channel import Channel
from stepgrade.grading.files.loading import loaded
from stepgrade.grading.students.watching import watch
from stepgrade.messages import Answer, Json, Request


class AskingTransport:
    """Asks the grader's process, which asks the service."""

    max_answer = math.inf  # the grader's process has seen to it

    def __init__(self, grader: Channel) -> None:
        self.grader = grader

    def send(self, request: Request) -> Answer:
        """Send it, and raise what the grader raises."""
        self.grader.say("request", channel.request_as_json(request))
        what, said = self.grader.hear()
        if what == "error":
            raise channel.error_of(said)
        return channel.answer_of(said)

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Take the job from stdin, and say the verdict on stdout. The student's code has neither of them."""
    grader = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    _, job = grader.hear()
    grader.say("ready", True)
    try:
        verdict = _verdict(job, grader)
    except StepgradeError as error:
        grader.say("error", channel.error_as_json(error))
    except Exception as error:  # ours: what the student's code raises is in the verdict
        grader.say("error", channel.error_as_json(StepgradeError(f"The check failed: {type(error).__name__}: {error}")))
    else:
        grader.say("verdict", _as_json(verdict))
    os._exit(0)  # a thread of the student's may never end


def _verdict(job: Json, grader: Channel) -> CheckResult:
    path = Path(job["file"])
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    watched = watch(loaded(path, job["function"]), job["how"]["time_limit"])
    if watched.fault is not None:
        return failed(watched.fault, output=watched.output)
    grader.say("loaded", True)
    verdict = Client(transport=AskingTransport(grader)).check_function(watched.value, job["optimizer"], **job["how"])
    return replace(verdict, output=watched.output + verdict.output)


def _as_json(verdict: CheckResult) -> Json:
    first = verdict.first_mismatch
    known = {"fault": verdict.fault, "output": verdict.output, "optimizer": verdict.optimizer}
    return {**known, "raw": verdict.raw, "request_id": verdict.request_id, "index": None if first is None else first.index}


if __name__ == "__main__":
    main()
