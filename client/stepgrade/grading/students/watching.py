"""Runs a student's code so that nothing it prints, warns of, raises or never ends gets out."""

from __future__ import annotations

import inspect
import io
import re
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Collection
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

OURS = str(Path(__file__).resolve().parents[2])
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
CALLING = str(Path(__file__).resolve().with_name("calling.py"))
LONGEST_OUTPUT = 10_000
OF_SHAPE = (TypeError, AttributeError, LookupError, ValueError)  # what code raises that is given things of another kind
GIVEN = {"grad", "grads", "gradient", "params", "parameters", "weights", "w", "x", "theta"}  # what an object may be given
HELD = {*GIVEN, "W", "b", "weight", "bias", "biases", "dW", "db", "dweights", "dbiases", "grad_w", "grad_b", "layers"}  # and a layer's
OF_A_LAYER = re.compile(r"d?([Wb]\d+)")
TIMES_ITS_LIMIT = 2  # what code may take at most that waits or has no processor
GRACE = 0.5  # seconds for code to end after it was stopped
PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\"():,]+){2,}")
SHORTENED = 60
DEEPEST = 6  # frames of a traceback that are shown


class StudentFault(Exception):
    """What a student's code did in place of returning numbers, said to the student."""


class Unreadable(StudentFault):
    """Why a student's code cannot be called in one way; another way may do."""


class OwnFault(StudentFault):
    """What is wrong with a student's code in whatever way it is called."""


class TimeUp(BaseException):
    """Raised within a student's code at the end of its time; it is no Exception, so that few handlers stop it."""


class Printed(io.StringIO):
    """Keeps the beginning of what is printed."""

    def write(self, text: str) -> int:
        """Keep what still fits."""
        super().write(text[: max(LONGEST_OUTPUT - self.tell(), 0)])
        return len(text)


@dataclass
class WatchedCall:
    """What came of the code: its value, a fault, or an error that is this library's own; and what it printed.

    `raised` is the exception of a fault. `is_about_shape` is whether the fault may be that of how the code was called, `is_unreadable`
    whether it surely is; `is_own` whether it is surely that of the code.
    """

    value: Any = None
    fault: str | None = None
    output: str = ""
    error: BaseException | None = None
    raised: BaseException | None = None
    is_about_shape: bool = False
    is_unreadable: bool = False
    is_own: bool = False


def watch(job: Callable[[], Any], time_limit: float | None = None, hidden: Collection[str] = ()) -> WatchedCall:
    """Run `job`; with a limit in seconds it runs in a thread, which is stopped at the limit, and abandoned if it does not stop.

    Code that had the processor for less than half of that time gets as long again.
    No line of the files in `hidden` is shown.
    """
    output, typed = Printed(), sys.stdin
    with warnings.catch_warnings(), redirect_stdout(output), redirect_stderr(output):
        sys.stdin = io.StringIO()
        try:
            watched = _run(job, hidden) if time_limit is None else _run_in_time(job, time_limit, hidden)
        finally:
            sys.stdin = typed
    if watched.error is not None:
        raise watched.error
    watched.output = output.getvalue()
    return watched


def _run(job: Callable[[], Any], hidden: Collection[str]) -> WatchedCall:
    try:
        warnings.simplefilter("ignore")
        return WatchedCall(value=job())
    except StudentFault as fault:
        is_unreadable, is_own = isinstance(fault, Unreadable), isinstance(fault, OwnFault)
        return WatchedCall(fault=str(fault), is_about_shape=True, is_unreadable=is_unreadable, is_own=is_own)
    except (KeyboardInterrupt, TimeUp):
        raise
    except BaseException as error:  # SystemExit too: a student's exit() must not end the grader
        if is_ours(error):
            return WatchedCall(error=error)
        is_unreadable = is_surely_about_shape(error)
        return WatchedCall(fault=told(error, hidden), raised=error, is_about_shape=isinstance(error, OF_SHAPE), is_unreadable=is_unreadable)


def _run_in_time(job: Callable[[], Any], time_limit: float, hidden: Collection[str]) -> WatchedCall:
    done, finished, clocks = threading.Event(), list[WatchedCall](), list[int]()

    def run() -> None:
        with suppress(AttributeError, OSError):  # some systems do not tell how long a thread had the processor
            clocks.append(time.pthread_getcpuclockid(threading.get_ident()))
        with suppress(TimeUp):
            try:
                finished.append(_run(job, hidden))
            except KeyboardInterrupt as error:  # the student's own: Ctrl-C goes to the main thread
                finished.append(WatchedCall(fault=told(error, hidden), raised=error))
            finally:
                done.set()

    thread = threading.Thread(target=run, name="stepgrade-student", daemon=True)
    thread.start()
    if done.wait(time_limit) or (_has_hardly_run(clocks, time_limit) and done.wait((TIMES_ITS_LIMIT - 1) * time_limit)):
        return finished[0]
    _end(thread)
    return WatchedCall(fault=unfinished(time_limit))


def _has_hardly_run(clocks: list[int], time_limit: float) -> bool:
    """Whether a thread had the processor for less than half of its time: right code on a busy machine costs no marks."""
    with suppress(OSError):  # it ended just now
        return not clocks or time.clock_gettime(clocks[0]) < 0.5 * time_limit
    return False


def unfinished(time_limit: float) -> str:
    """What a student reads whose code was stopped."""
    return f"Your code did not finish within {time_limit:g} s: does a loop never end, or does it wait for something?"


def _end(thread: threading.Thread) -> None:
    """Raise TimeUp in a thread: it arrives between two lines of Python, not within a library's function."""
    try:
        import ctypes

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeUp))
    except (ImportError, AttributeError):  # another Python
        return
    thread.join(GRACE)


def files_that_ask(student: Any = None) -> frozenset[str]:
    """The file from which this library was called: the grader's. A student may have written a function or a class into it."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return frozenset({frame.f_code.co_filename} - files_of(student))


def files_of(student: Any) -> set[str]:
    """The files in which a function or class is defined; a lambda is how a grader calls what is defined elsewhere."""
    made = inspect.unwrap(student.func if isinstance(student, partial) else student) if callable(student) else student
    parts = [made, *vars(made).values()] if inspect.isclass(made) else [made]
    codes = [getattr(part, "__code__", None) for part in parts]
    return {code.co_filename for code in codes if code is not None and code.co_name != "<lambda>"}


def is_ours(error: BaseException) -> bool:
    """Whether an error comes from this library alone; a call with the wrong arguments is the student's."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return all(file.startswith(OURS) for file in files) and not (isinstance(error, TypeError) and files[-1] == CALLING)


def is_surely_about_shape(error: BaseException) -> bool:
    """Whether an error says that code was given things of another kind than it is written for.

    It does not take these arguments, or it looks for a layer's or a parameter's attribute in what has none.
    """
    if isinstance(error, TypeError):
        return traceback.extract_tb(error.__traceback__)[-1].filename == CALLING
    return isinstance(error, AttributeError) and error.name in HELD and not _is_of_a_student(type(error.obj))


def is_surely_own(error: BaseException | None, names: Collection[str]) -> bool:
    """Whether an error that may be about the shape of the code is the student's own, however the code is called.

    An attribute is missing in an object of a class of theirs, or there is no tensor of a layer in any of the ways; `names` are those of
    the tensors.
    """
    if isinstance(error, AttributeError):
        return error.name not in GIVEN and _is_of_a_student(type(error.obj))
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        if _is_missing_in_an_object(error):
            return True
        layer = OF_A_LAYER.fullmatch(error.args[0])
        return layer is not None and layer[1] not in names and any(OF_A_LAYER.fullmatch(name) for name in names)
    return False


def line_of(error: BaseException) -> int:
    """The line of the student's function in which an error came: how far the code ran. 0 where it did not begin."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in frames if not frame.filename.startswith(OURS)), 0)


def _is_missing_in_an_object(error: KeyError) -> bool:
    """Whether a key is missing in a dictionary that a student's object keeps, and stands in all that the method was given."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if not frame.f_code.co_filename.startswith(OURS)]
    seen = frames[-1].f_locals if frames else {}
    given = [value for name, value in seen.items() if name != "self" and isinstance(value, dict) and value]
    kept = [value for value in getattr(seen.get("self"), "__dict__", {}).values() if isinstance(value, dict)]
    kept = [value for value in kept if not any(value is other for other in given)]
    return bool(given) and all(error.args[0] in value for value in given) and any(error.args[0] not in value for value in kept)


def _is_of_a_student(kind: type) -> bool:
    """Whether a class is neither this library's nor another library's."""
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or ""
    return kind.__module__ != "builtins" and not file.startswith(OURS) and not _is_library(file)


def told(error: BaseException, hidden: Collection[str] = ()) -> str:
    """`Your code raised ValueError: ... (line 12 of student.py: x = 1 / 0)`, then the lines of the student's own files that led there.

    Lines of this library, of other libraries and of the files in `hidden` are left out.
    """
    reason, called = _reason(error), [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(OURS)]
    frames = [each for each in called if not _is_library(each.filename) and each.filename not in hidden]
    if not called:
        return f"Your code cannot be called: {reason}"
    if not frames:
        return f"Your code raised {_short(reason, 180)}"
    at = frames[-1]
    place = _line(at) + (f": {_short(at.line.strip())}" if at.line else "")
    steps = [f"  {_line(frame)}, in {frame.name}: {frame.line}" for frame in frames[-DEEPEST:]]
    return "\n".join([f"Your code raised {_short(reason, 110)} ({place})", *steps])


def _line(frame: traceback.FrameSummary) -> str:
    name = Path(frame.filename).name
    return f"line {frame.lineno} of " + ("the cell" if "ipykernel_" in frame.filename or name.startswith("<ipython") else name)


def _is_library(file: str) -> bool:
    return file.startswith(LIBRARIES) or file.startswith("<frozen") or "site-packages" in file


def _reason(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # a student's own exception, whose text cannot be had
        text = ""
    return type(error).__name__ + (f": {PATH.sub(_file, text)}" if text else "")


def _file(path: re.Match[str]) -> str:
    """The last part of a path: where things are on the grader's machine is not for the student."""
    return re.split(r"[\\/]", path[0])[-1]


def _short(text: str, longest: int = SHORTENED) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
