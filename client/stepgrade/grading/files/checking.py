"""The grader's side: start the student's process, ask the service for it, and end it when its time is over."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from stepgrade.caller import UNREADABLE, Caller
from stepgrade.encoding import plain
from stepgrade.errors import ConfigurationError, StepgradeError
from stepgrade.grading.check_result import CheckResult, failed
from stepgrade.grading.files import channel
from stepgrade.grading.files.channel import Channel
from stepgrade.grading.students.watching import TIMES_ITS_LIMIT, unfinished
from stepgrade.messages import Json

STUDENT_PROCESS = "stepgrade.grading.files.student_process"
PATHS = ("/probe", "/step", "/check")
START = 120.0  # seconds for Python and NumPy to start, on a machine that is busy
GRACE = 2.0  # seconds for the process to say itself that the time is over
OUR_SETTINGS = "STEPGRADE_"  # an address may have a password in it

ENDED = "Your code ended Python before it returned numbers."
KILLED = {
    getattr(signal, "SIGKILL", 9): "The system ended your code. Perhaps it needs too much memory.",
    signal.SIGSEGV: "Your code crashed Python (SIGSEGV).",
}


@dataclass(frozen=True)
class FileJob:
    """A file, its function, and how to check it: `how` are arguments of `Client.check_function`, with `time_limit`."""

    file: str
    function: str
    optimizer: str | Mapping[str, Any]
    how: Mapping[str, Any] = field(default_factory=dict)


def check_file(client: Caller, job: FileJob) -> CheckResult:
    """Check a function of a student's file in a process of its own. What the file does wrong is a failed verdict.

    `time_limit` counts for loading the file, and again for all calls of its function. Raises as `Client.check_function`.
    """
    path = Path(job.file)
    try:
        path.open("rb").close()
    except FileNotFoundError:
        return failed(f"There is no file {path.name}.")
    except IsADirectoryError:
        return failed(f"{path.name} is a folder, and not a file.")
    except OSError as error:
        raise ConfigurationError(f"Cannot read {job.file}: {error.strerror or error}") from None
    if path.suffix == ".ipynb":
        return failed(f"{path.name} is a notebook. Save it as a file of Python, which ends with .py.")
    with _started() as process:
        try:
            return _conversation(process, client, {**asdict(job), "file": str(path.resolve())})
        finally:
            _end(process)


def _started() -> subprocess.Popen[bytes]:
    """The process, in a group of its own with all that it starts, and without the settings of the client."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OUR_SETTINGS)}
    return subprocess.Popen(  # noqa: S603 - this Python, on a file of our own
        [sys.executable, "-P", "-m", STUDENT_PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _conversation(process: subprocess.Popen[bytes], client: Caller, job: Json) -> CheckResult:
    """Answer what the process asks until it says its verdict. Only the time in which it does not wait for an answer is its own."""
    assert process.stdin is not None
    assert process.stdout is not None
    student, heard = Channel(process.stdout, process.stdin), queue.SimpleQueue[tuple[str, Any]]()
    threading.Thread(target=_listen, args=(student, heard), daemon=True).start()
    limit = job["how"]["time_limit"]
    left, allowed, is_ready = START, TIMES_ITS_LIMIT * limit + GRACE, False
    with suppress(OSError):
        student.say("job", plain(job))
    while True:
        began = monotonic()
        try:
            what, said = heard.get(timeout=max(left, 0.0))
        except queue.Empty:
            if not is_ready:
                raise ConfigurationError(f"Python did not start within {START:g} s, so the file was not checked.") from None
            return failed(unfinished(limit))
        left -= monotonic() - began
        if what in ("ready", "loaded"):
            left, is_ready = allowed, True
        elif what == "request":
            with suppress(OSError):  # it ended while it waited
                student.say(*_answered(client, said))
        elif what == "error":
            raise channel.error_of(said)
        else:
            verdict = _verdict(said) if what == "verdict" else None
            return failed(_ending(process, is_ready)) if verdict is None else verdict


def _listen(student: Channel, heard: queue.SimpleQueue[tuple[str, Any]]) -> None:
    """Put what the process says into a queue, and at its end `ended`."""
    while True:
        try:
            heard.put(student.hear())
        except (EOFError, ValueError, OSError):
            heard.put(("ended", None))
            return


def _answered(client: Caller, said: Json) -> tuple[str, Json]:
    """The service's answer to a request of the process, or the error in its place."""
    try:
        request = channel.request_of(said)
        if request.path not in PATHS:
            raise ConfigurationError("The student's code may not ask this of the service.")
        return "answer", channel.answer_as_json(client.transport.send(request))
    except StepgradeError as error:
        return "error", channel.error_as_json(error)


def _verdict(said: Json) -> CheckResult | None:
    """The verdict that the process said; None if it is none."""
    try:
        if not said["raw"]:
            return failed(str(said["fault"]), output=said["output"], optimizer=said["optimizer"])
        verdict = CheckResult.read(said["raw"], {}, said["request_id"])
        first = verdict.first_mismatch
        if first is not None and said["index"] is not None:
            first = replace(first, index=tuple(said["index"]))
        return replace(verdict, output=said["output"], first_mismatch=first)
    except UNREADABLE:
        return None


def _ending(process: subprocess.Popen[bytes], is_ready: bool) -> str:
    """Why there is no verdict."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    if not is_ready:
        raise ConfigurationError(f"The process for the student's code did not start: {sys.executable} -m {STUDENT_PROCESS} fails.")
    return KILLED.get(-(process.returncode or 0), ENDED)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, and what it has started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
