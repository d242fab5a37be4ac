"""The command line, `stepgrade`: one command for each of the service's calls, and those for graders."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from stepgrade.cli.completion import script
from stepgrade.cli.interrupts import INTERRUPTED, end_interrupted, ending_once
from stepgrade.cli.outcomes import Output, failure
from stepgrade.cli.parser import parser
from stepgrade.cli.reading import client_of, with_negative_numbers
from stepgrade.errors import StepgradeError
from stepgrade.plain_text import lines_of, printable

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (else the command line) ask for, and return its exit code."""
    asked = parser().parse_args(with_negative_numbers(sys.argv[1:] if arguments is None else arguments))
    is_ours = arguments is None  # the process: nobody else needs it after the command
    with ending_once(for_good=is_ours):
        try:
            output = _outcome(asked)
        except StepgradeError as error:
            output = failure(error)
        except KeyboardInterrupt:
            return end_interrupted() if is_ours else INTERRUPTED
    _write(output, asked.prog)
    return output.code


def _outcome(asked: argparse.Namespace) -> Output:
    """What a command gives. The completion of a shell needs no service."""
    if asked.shell is not None:
        return Output(script(asked.shell, parser()))
    with client_of(asked) as client:
        output: Output = asked.run(asked, client)
    return output


def _writable(text: str, stream: TextIO) -> str:
    """What the stream can say of a text: a terminal without UTF-8 has no letters for all of it."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _write_raw(answer: bytes) -> None:
    """Write an answer, each byte as it came, and end its line; only what a terminal would obey is written as `?`."""
    answer = answer if answer.endswith(b"\n") else answer + b"\n"
    sys.stdout.flush()
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        sys.stdout.write(_writable(lines_of(answer.decode(errors="replace")), sys.stdout))
    else:
        sys.stdout.buffer.write(answer)


def _write(output: Output, prog: str) -> None:
    """Write to stdout and stderr; a reader that has gone away, as `head` does, is no fault."""
    for line in map(printable, output.faults):
        sys.stderr.write(_writable(line if line.startswith(" ") else f"{prog}: {line}", sys.stderr) + "\n")
    try:
        if output.raw:
            _write_raw(output.raw)
        if output.text:
            text = _writable(lines_of(output.text), sys.stdout)
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's own flush at the end is silent
