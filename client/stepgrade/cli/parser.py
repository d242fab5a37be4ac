"""The commands and flags of the command line."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from stepgrade.choices import Compared, Convention, Hints, Precision
from stepgrade.cli import bundles, calls, catalogue, grading
from stepgrade.cli.fields import COMPARE, FIELDS, OF_ONE, STEP, TRAJECTORY
from stepgrade.cli.outcomes import CODES, INVALID
from stepgrade.cli.reading import listed
from stepgrade.version import __version__

NAMES = len("    trajectory")  # the longest, indented as help does

ABOUT = """The reference answer for gradient-descent steps, from a Stepgrade service.

A request is JSON: a file, stdin (-), or flags. A flag replaces the same field of the file. A flag
that takes JSON also takes the name of a file: @FILE, or @- for stdin. The output is a table for
people. With --json it is the service's answer without changes, for programs.
The address of the service is --url, or STEPGRADE_URL, or http://127.0.0.1:8000. With --bundle or
STEPGRADE_BUNDLE the answers come from a file."""


class HelpLayout(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the line breaks of examples, and shows each command beside its purpose."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)
        self._action_max_length = NAMES


class Parser(argparse.ArgumentParser):
    """Reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the code for wrong usage."""
        self.exit(INVALID, f"{self.prog}: {message}{_suggestion(self, message)} (see {self.prog} --help)\n")


def _suggestion(parser: argparse.ArgumentParser, message: str) -> str:
    """The nearest known word to a misspelt command, choice or flag."""
    if found := re.search(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)", message):
        word, known = found[1], [each.strip("' ") for each in found[2].split(",")]
    elif found := re.search(r"unrecognized arguments: .*?(--[\w-]+)", message):
        word, known = found[1], sorted(_flags(parser))
    else:
        return ""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _flags(parser: argparse.ArgumentParser) -> set[str]:
    """The flags of a parser and of its commands."""
    found = {flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {flag for each in action.choices.values() for flag in _flags(each)}
    return found


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser("stepgrade", description=ABOUT, epilog=CODES, formatter_class=HelpLayout)
    top.add_argument("--version", action="version", version=f"stepgrade {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    _add_calls(commands)
    _add_grading(commands)
    _add_bundle(commands)
    for kind, example in (("optimizers", "adam"), ("objectives", "quadratic")):
        examples = [f"stepgrade {kind}", f"stepgrade {kind} {example}"]
        listing = _command(commands, kind, f"list the {kind}, or show one of them", examples, catalogue.show)
        listing.add_argument("name", nargs="?", metavar="NAME", help="show all facts of this one")
        listing.set_defaults(kind=kind)
    examples = ["stepgrade mistakes", "stepgrade mistakes eps_inside_sqrt"]
    listing = _command(commands, "mistakes", "list the mistakes that a check knows, or show one of them", examples, catalogue.mistakes)
    listing.add_argument("name", nargs="?", metavar="CODE", help="show all facts of this one")
    return top


def _add_calls(commands: Any) -> None:
    one = [
        'stepgrade step --optimizer adam --lr 0.1 --params "[1, 2]" --gradient "[0.1, -4]"',
        "stepgrade step request.json --json",
        "stepgrade step request.json --work > solution.md",
    ]
    step = _command(commands, "step", "compute one step from a gradient", one, calls.step)
    _add_request(step, STEP)
    _add_settings(step)
    step.add_argument("--work", action="store_true", help="print the worked solution, line by line, as Markdown with LaTeX")
    many = [
        "stepgrade trajectory --optimizer rmsprop,lr=0.2 --objective quadratic --start B --steps 200 --picture run.png",
        "stepgrade trajectory - --json < request.json",
    ]
    trajectory = _command(commands, "trajectory", "compute many steps, on an objective or from given gradients", many, calls.trajectory)
    _add_request(trajectory, TRAJECTORY)
    _add_settings(trajectory)
    _add_picture(trajectory)
    several = [
        "stepgrade compare --objective quadratic --optimizer sgd,lr=0.02,label=gd --optimizer rmsprop,lr=0.2 \\",
        "    --starts A,B --steps 200 --decompose gd,rmsprop",
    ]
    compare = _command(commands, "compare", "compare several optimizers on one objective fairly", several, calls.compare)
    _add_request(compare, COMPARE)
    reader, metavar, about = FIELDS["optimizer"]
    often = f"use it twice or more: {about}"
    compare.add_argument("--optimizer", dest="optimizers", action="append", type=reader, metavar=metavar, help=often)
    _add_picture(compare)


def _add_grading(commands: Any) -> None:
    examples = [
        "stepgrade check --reference @exercise.json --submission @student.json",
        "stepgrade check question1.json question2.json --format gradescope -o results.json",
    ]
    check = _command(
        commands, "check", "compare a student's numbers with the reference, and explain the difference", examples, grading.check
    )
    told = "a JSON object with reference and submission; optional: name, points (the marks), hidden, tolerance, hints, precision"
    check.add_argument("files", nargs="*", metavar="FILE", help=told)
    _add_fields(check, ("reference", "submission"))
    _add_tolerance(check)
    check.add_argument("--hints", type=int, choices=get_args(Hints), metavar="0..3", help="how much the hint says; default 1")
    check.add_argument(
        "--precision",
        choices=get_args(Precision),
        metavar="NAME",
        help="with float64, numbers from float32 arithmetic fail; default float32",
    )
    told = "write the results for a platform: " + ", ".join(grading.FORMATS)
    check.add_argument("--format", choices=grading.FORMATS, metavar="PLATFORM", help=told)
    check.add_argument("-o", "--output", metavar="FILE", help="the file for --format; default stdout")
    check.add_argument("--exit-zero", action="store_true", help="always exit with 0, for platforms that only read the file")

    examples = ["stepgrade audit --reference @test.json --rtol 0 --atol 1e-4 --compares params"]
    audit = _command(commands, "audit", "find out which mistakes a test catches, and which it misses", examples, grading.audit)
    audit.add_argument("file", nargs="?", metavar="FILE", help='the request as JSON; "-" is stdin')
    _add_fields(audit, ("reference",))
    _add_tolerance(audit)
    audit.add_argument("-o", "--output", metavar="FILE", help="write a list of requests here that catch the missed mistakes")
    audit.add_argument("--compares", type=listed, metavar="NAMES", help="what the test compares: any of " + ",".join(get_args(Compared)))

    examples = ["stepgrade probe --optimizer adam,lr=0.1 -o reference.json"]
    probe = _command(commands, "probe", "find inputs that show every known mistake", examples, grading.probe)
    probe.add_argument("-o", "--output", metavar="FILE", help="write the list of requests here")
    _add_request(probe, OF_ONE)
    _add_settings(probe)


def _add_bundle(commands: Any) -> None:
    about = "save answers in a file, for graders without a network"
    said = f"{about[0].upper()}{about[1:]}: build it from a spec, and verify that the service still gives the same answers."
    kinds = commands.add_parser("bundle", help=about, description=said).add_subparsers(
        metavar="COMMAND", required=True, parser_class=Parser
    )
    examples = ["stepgrade bundle build spec.json -o answers.json", "STEPGRADE_BUNDLE=answers.json python grade.py"]
    build = _command(kinds, "build", "send all requests of a spec, and save the answers", examples, bundles.build_file, "bundle ")
    build.add_argument("spec", metavar="SPEC", help='{"title": "...", "calls": [{"kind": "check", "reference": {...}}, ...]}')
    build.add_argument("-o", "--output", metavar="FILE", required=True, help="the file to write")
    examples = ["stepgrade bundle verify answers.json"]
    verify = _command(kinds, "verify", "send all requests again, and show which answers changed", examples, bundles.verify_file, "bundle ")
    verify.add_argument("answers", metavar="BUNDLE", help="the file that `stepgrade bundle build` wrote")


def _command(commands: Any, name: str, about: str, examples: list[str], run: Any, group: str = "") -> argparse.ArgumentParser:
    """A command with an example and the common flags. A command of a group always uses a service, never a bundle."""
    epilog = "\n  ".join(["example:" if len(examples) == 1 else "examples:", *examples]) + "\n\n" + CODES
    said = about[0].upper() + about[1:] + "."
    made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=said, epilog=epilog, formatter_class=HelpLayout)
    made.set_defaults(run=run, prog=f"stepgrade {group}{name}", asks_service=bool(group))
    made.add_argument("--json", action="store_true", help="print the answer as JSON, for programs")
    where = made.add_mutually_exclusive_group()
    where.add_argument("--url", help="the address of the service")
    where.add_argument("--local", action="store_true", help="run the service in this process (it must be installed)")
    if not group:
        where.add_argument("--bundle", metavar="FILE", help="take answers from this bundle, without a network; default STEPGRADE_BUNDLE")
    return made


def _add_request(command: argparse.ArgumentParser, fields: tuple[str, ...]) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help='the request as JSON; "-" is stdin')
    _add_fields(command, fields)


def _add_fields(command: argparse.ArgumentParser, fields: tuple[str, ...]) -> None:
    for name in fields:
        reader, metavar, about = FIELDS[name]
        command.add_argument(f"--{name.replace('_', '-')}", dest=name, type=reader, metavar=metavar, help=about)
    command.set_defaults(fields=fields)


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lr", type=float, metavar="NUMBER", help="the optimizer's learning rate")
    command.add_argument("--convention", metavar="NAME", help="one of " + ", ".join(get_args(Convention)))


def _add_tolerance(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rtol", type=float, metavar="NUMBER", help="relative tolerance; default 1e-6")
    command.add_argument("--atol", type=float, metavar="NUMBER", help="absolute tolerance; default 1e-9")


def _add_picture(command: argparse.ArgumentParser) -> None:
    command.add_argument("--picture", metavar="FILE", help="also write the picture: .png or .svg")
