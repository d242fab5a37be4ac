"""The commands and flags of the command line."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from stepgrade.choices import Compared, Convention, Hints, Keep, Method, Precision
from stepgrade.cli import bundles, calls, catalogue, files, grading, sweeping, varying
from stepgrade.cli.completion import SHELLS
from stepgrade.cli.fields import COMPARE, CONVERT, FIELDS, MAP, OF_ONE, STEP, TRAJECTORY
from stepgrade.cli.outcomes import CODES, INVALID
from stepgrade.cli.reading import data, expression, listed, number, pairs, short, whole
from stepgrade.grading.students.styles import STYLES
from stepgrade.version import __version__

NAMES = len("    trajectory")  # the longest, indented as help does

ABOUT = """The reference answer for gradient-descent steps, from a Stepgrade service.

A request is JSON: a file, stdin (-), or flags. A flag replaces the same field of the file. A flag
that takes JSON also takes the name of a file: @FILE, or @- for stdin. The output is a table for
people. With --json it is the service's answer without changes, for programs.
The address of the service is --url, or STEPGRADE_URL, or http://127.0.0.1:8000. An API key, if the
service needs one, is in STEPGRADE_API_KEY. With --bundle or STEPGRADE_BUNDLE the answers come from
a file."""


class HelpLayout(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the line breaks of examples, and shows each command beside its purpose."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)
        self._action_max_length = NAMES


class StoreOnce(argparse.Action):
    """Stores the value of a flag, and refuses a second one: argparse itself would replace the first without a word."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        """Store the value. Raises argparse.ArgumentError if the flag, or another flag of the same field, has one."""
        if option_string and isinstance(parser, Parser):
            earlier = parser.stored.get(self.dest)
            if earlier is self:
                raise argparse.ArgumentError(self, "given twice; use it once")
            if earlier is not None:
                raise argparse.ArgumentError(self, f"not allowed with argument {'/'.join(earlier.option_strings)}")
            parser.stored[self.dest] = self
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """Reports an error in one line, and takes one value per flag."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register("action", None, StoreOnce)
        self.stored = dict[str, argparse.Action]()

    def parse_known_args(self, *arguments: Any, **options: Any) -> Any:
        """Parse; no flag has a value yet."""
        self.stored = {}
        return super().parse_known_args(*arguments, **options)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; words that a command does not take are told with that command, and not with the whole."""
        found, left = self.parse_known_args(args, namespace)
        if left:
            command = getattr(found, "prog", self.prog)
            takes_optimizer = any(hasattr(found, name) for name in ("optimizer", "optimizers"))
            message = f"unrecognized arguments: {' '.join(left)}"
            hint = _suggestion(self, message) or (_hint_of_flags(left[0]) if takes_optimizer else "")
            self.exit(INVALID, f"{command}: {message}{hint} (see {command} --help)\n")
        return found

    def error(self, message: str) -> NoReturn:
        """Exit with the code for wrong usage."""
        self.exit(INVALID, f"{self.prog}: {message}{_suggestion(self, message)} (see {self.prog} --help)\n")


def _suggestion(parser: argparse.ArgumentParser, message: str) -> str:
    """The nearest known word to a misspelt command, choice or flag."""
    if found := re.search(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)", message):
        word, known = found[1], [each.strip("' ") for each in found[2].split(",")]
    elif found := re.search(r"unrecognized arguments: .*?(--[\w-]+)", message):
        word, known = found[1], sorted(_flags(parser))
    elif re.search(r"unrecognized arguments:( -?[\d.]+)+$", message):
        return "; write the numbers of a point with commas: --start 1,2,3"
    else:
        return ""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _hint_of_flags(word: str) -> str:
    """What is said of a word that stands alone: only the name of a file may."""
    if not word or word.startswith("-"):
        return ""
    flag = "--start" if word[0] in "[.0123456789" else "--optimizer"
    return f"; each needs its flag, such as {flag} {word}"


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
    _add_map(commands)
    _add_sweep(commands)
    _add_convert(commands)
    _add_grading(commands)
    _add_file(commands)
    _add_bundle(commands)
    of_one = "show all facts of this one; default: list all"
    for kind, reader, shown, about in (
        ("optimizers", str, ["adam"], of_one),
        (
            "objectives",
            short,
            ["quadratic", "quadratic,condition=50,rotation=45"],
            "show all facts of this one, at parameters too; default: list all",
        ),
        ("schedules", str, ["cosine"], of_one),
    ):
        examples = [f"stepgrade {kind}", *(f"stepgrade {kind} {name}" for name in shown)]
        listing = _command(commands, kind, f"list the {kind}, or show one of them", examples, catalogue.show)
        listing.add_argument("name", nargs="?", type=reader, metavar="NAME", help=about)
        listing.set_defaults(kind=kind)
    examples = ["stepgrade mistakes", "stepgrade mistakes eps_inside_sqrt"]
    listing = _command(commands, "mistakes", "list the mistakes that a check knows, or show one of them", examples, catalogue.mistakes)
    listing.add_argument("name", nargs="?", metavar="CODE", help="show all facts of this one; default: list all")
    _add_completion(commands)
    top.set_defaults(shell=None)
    return top


def _add_completion(commands: Any) -> None:
    about = "print a script that completes commands and flags in your shell"
    examples = ['eval "$(stepgrade completion bash)"', "stepgrade completion fish > ~/.config/fish/completions/stepgrade.fish"]
    epilog = _examples(examples)
    command = commands.add_parser("completion", help=about, description=_sentence(about), epilog=epilog, formatter_class=HelpLayout)
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    command.set_defaults(prog="stepgrade completion")


def _add_calls(commands: Any) -> None:
    one = [
        'stepgrade step --optimizer adam --lr 0.1 --params "[1, 2]" --gradient "[0.1, -4]"',
        "stepgrade step request.json --json",
        "stepgrade step request.json --markdown > solution.md",
    ]
    step = _command(commands, "step", "compute one step from a gradient", one, calls.step)
    _add_request(step, STEP)
    _add_settings(step)
    step.add_argument("--work", action="store_true", help="print the worked solution, line by line")
    step.add_argument("--markdown", action="store_true", help="print the worked solution as Markdown with LaTeX, for a notebook")
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
    _add_optimizers(compare, "use it twice or more")
    _add_picture(compare)


def _add_map(commands: Any) -> None:
    examples = [
        "stepgrade map --objective quadratic --optimizer sgd,lr=0.02,label=gd --optimizer rmsprop,lr=0.2 \\",
        "    --grid x=-6:6:61,y=-3:3:31 --steps 200 --picture map.png",
        "stepgrade map --objective rosenbrock --optimizer adam --grid lr=1e-4:1:60 -o map.csv",
    ]
    about = "run one or two optimizers over a grid of starts or learning rates"
    over_grid = _command(commands, "map", about, examples, calls.over_grid)
    _add_request(over_grid, MAP)
    _add_optimizers(over_grid, "use it once or twice, the plain optimizer first")
    _add_picture(over_grid)


def _add_sweep(commands: Any) -> None:
    examples = [
        "stepgrade sweep --objective rosenbrock --vary optimizer=sgd,adam --vary optimizer.lr=0.0001:1:500 --into runs",
        "stepgrade sweep calls.ndjson --into runs --workers 8",
        "stepgrade sweep calls.ndjson --into runs --scheduler tcp://10.0.0.1:8786",
    ]
    about = "make many calls, and write the results into a directory"
    command = _command(commands, "sweep", about, examples, sweeping.sweep)
    told = 'the calls as NDJSON, one request per line; "-" is stdin; default: the calls of --vary'
    command.add_argument("file", nargs="?", metavar="FILE", help=told)
    told = "the directory of the results; the same command continues a sweep that was interrupted; required"
    command.add_argument("--into", metavar="DIRECTORY", required=True, help=told)
    told = "values to try, once per argument: optimizer=sgd,adam, start=A,B, optimizer.lr=0.001:1:30 (first:last:number; lr is logarithmic)"
    command.add_argument("--vary", action="append", type=varying.varied, metavar="NAME=VALUES", help=f"{told}; default none")
    methods, kept = ", ".join(get_args(Method)), " or ".join(get_args(Keep))
    command.add_argument("--method", choices=get_args(Method), default="trajectory", metavar="NAME", help=f"{methods}; default trajectory")
    told = f"{kept}: single numbers of each answer, or also the whole answer; default summaries"
    command.add_argument("--keep", choices=get_args(Keep), default="summaries", metavar="WHAT", help=told)
    told = "the scheduler of a Dask cluster that computes the calls; default none: the service of --url or STEPGRADE_URL, else this machine"
    command.add_argument("--scheduler", metavar="ADDRESS", help=told)
    told = "the number of processes, or of requests at a time to a service; default one process per core, or 4 requests"
    command.add_argument("--workers", type=whole, metavar="N", help=told)
    told = "what --keep answers keeps: " + FIELDS["include"][2]
    _add_fields(command, TRAJECTORY, include=told, record_every="record every Nth step; default 1, and with --keep summaries no step")
    _add_settings(command)


def _add_convert(commands: Any) -> None:
    examples = [
        "stepgrade convert --optimizer momentum,lr=0.1 --to keras",
        """stepgrade convert --optimizer '{"convention": "torch", "call": "SGD(params, lr=0.1)"}' --to optax""",
    ]
    about = "write an optimizer in another convention, so that it makes the same steps"
    command = _command(commands, "convert", about, examples, calls.convert)
    _add_request(command, CONVERT)
    _add_settings(command)


def _add_optimizers(command: argparse.ArgumentParser, often: str) -> None:
    reader, metavar, about = FIELDS["optimizer"]
    command.add_argument(
        "--optimizer", dest="optimizers", action="append", type=reader, metavar=metavar, help=f"{often}: {about}; label=NAME names its run"
    )


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
    _add_verdict(check)

    examples = ["stepgrade audit --reference @test.json --rtol 0 --atol 1e-4 --compares params"]
    audit = _command(commands, "audit", "find out which mistakes a test catches, and which it misses", examples, grading.audit)
    audit.add_argument("file", nargs="?", metavar="FILE", help='the request as JSON; "-" is stdin; default: the flags alone')
    _add_fields(audit, ("reference",))
    _add_tolerance(audit)
    audit.add_argument("-o", "--output", metavar="FILE", help="write a list of requests here that catch the missed mistakes; default none")
    audit.add_argument(
        "--compares",
        type=listed,
        metavar="NAMES",
        help="what the test compares: any of " + ",".join(get_args(Compared)) + "; default params, or points",
    )

    examples = ["stepgrade probe --optimizer adam,lr=0.1 -o reference.json"]
    probe = _command(commands, "probe", "find inputs that show every known mistake", examples, grading.probe)
    probe.add_argument("-o", "--output", metavar="FILE", help="write the list of requests here; default none")
    _add_request(probe, OF_ONE)
    _add_settings(probe)


def _add_file(commands: Any) -> None:
    examples = [
        "stepgrade check-file solution.py --function adam --optimizer adam",
        "stepgrade check-file solution.py --function Momentum --style object --optimizer momentum,lr=0.1 --points 5 \\",
        "    --format gradescope -o results.json",
    ]
    command = _command(commands, "check-file", "run a student's function, and check the numbers that it returns", examples, files.check)
    command.add_argument("solution", metavar="FILE", help="the student's file of Python; it runs in a separate process")
    command.add_argument("--function", metavar="NAME", required=True, help="the function or the class; required")
    _add_fields(command, OF_ONE)
    _add_settings(command)
    about = "how the function is called: cs231n, dls, tuple, object or loop; default: as its arguments say. docs/shapes.md has examples"
    command.add_argument("--style", choices=STYLES, metavar="STYLE", help=about)
    about = "unusual names in the student's code: params=position,v=cache; or JSON; default none"
    command.add_argument("--names", type=pairs, metavar="NAMES", help=about)
    about = "your own inputs: a request of step or trajectory with gradients, or a list; default inputs that show every known mistake"
    command.add_argument("--reference", dest="references", type=data, metavar="JSON", help=about)
    about = "the number of extra random inputs; default 2, and 0 with a bundle"
    command.add_argument("--random", type=whole, metavar="N", help=about)
    command.add_argument("--seed", type=whole, default=0, metavar="N", help="the seed of the random inputs; default 0")
    about = f"seconds for loading the file, and again for all calls of the function; default {files.TIME_LIMIT:g}"
    command.add_argument("--time-limit", type=number, default=files.TIME_LIMIT, metavar="SECONDS", help=about)
    command.add_argument("--name", metavar="TEXT", help="the name of the test in the results; default the function")
    command.add_argument("--points", type=number, default=1.0, metavar="NUMBER", help="the marks of the test; default 1")
    command.add_argument("--hidden", action="store_true", help="show the student only whether the test passed")
    _add_verdict(command)
    command.set_defaults(file=None)


def _add_verdict(command: argparse.ArgumentParser) -> None:
    """How a check judges, what it says, and where it writes it."""
    _add_tolerance(command)
    command.add_argument("--hints", type=int, choices=get_args(Hints), metavar="0..3", help="how much the hint says; default 1")
    command.add_argument(
        "--precision",
        choices=get_args(Precision),
        metavar="NAME",
        help="with float64, numbers from float32 arithmetic fail; default float32",
    )
    told = "write the results for a platform; default none, a text for people: " + ", ".join(grading.FORMATS)
    command.add_argument("--format", choices=grading.FORMATS, metavar="PLATFORM", help=told)
    command.add_argument("-o", "--output", metavar="FILE", help="the file for --format; default stdout")
    command.add_argument("--exit-zero", action="store_true", help="always exit with 0, for platforms that only read the file")


def _add_bundle(commands: Any) -> None:
    about = "save answers in a file, for graders without a network"
    said = f"{about[0].upper()}{about[1:]}: build it from a spec, and verify that the service still gives the same answers."
    kinds = commands.add_parser("bundle", help=about, description=said).add_subparsers(
        metavar="COMMAND", required=True, parser_class=Parser
    )
    examples = ["stepgrade bundle build spec.json -o answers.json", "STEPGRADE_BUNDLE=answers.json python grade.py"]
    build = _command(kinds, "build", "send all requests of a spec, and save the answers", examples, bundles.build_file, "bundle ")
    build.add_argument("spec", metavar="SPEC", help='{"title": "...", "calls": [{"kind": "check", "reference": {...}}, ...]}')
    build.add_argument("-o", "--output", metavar="FILE", required=True, help="the file to write; required")
    examples = ["stepgrade bundle verify answers.json"]
    verify = _command(kinds, "verify", "send all requests again, and show which answers changed", examples, bundles.verify_file, "bundle ")
    verify.add_argument("answers", metavar="BUNDLE", help="the file that `stepgrade bundle build` wrote")


def _command(commands: Any, name: str, about: str, examples: list[str], run: Any, group: str = "") -> argparse.ArgumentParser:
    """A command with an example and the common flags. A command of a group always uses a service, never a bundle."""
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=_sentence(about), epilog=_examples(examples), formatter_class=HelpLayout
    )
    made.set_defaults(run=run, prog=f"stepgrade {group}{name}", asks_service=bool(group))
    made.add_argument("--json", action="store_true", help="print the answer as JSON, without changes, for programs")
    told = "the version of the engine that must answer, such as 2.1; default STEPGRADE_ENGINE, or any version"
    made.add_argument("--engine", metavar="VERSION", help=told)
    where = made.add_mutually_exclusive_group()
    where.add_argument("--url", help="the address of the service; default STEPGRADE_URL, or http://127.0.0.1:8000")
    where.add_argument("--local", action="store_true", help="run the service in this process (it must be installed)")
    if not group:
        where.add_argument("--bundle", metavar="FILE", help="take answers from this bundle, without a network; default STEPGRADE_BUNDLE")
    return made


def _sentence(about: str) -> str:
    return about[0].upper() + about[1:] + "."


def _examples(examples: list[str]) -> str:
    return "\n  ".join(["example:" if len(examples) == 1 else "examples:", *examples]) + "\n\n" + CODES


def _add_request(command: argparse.ArgumentParser, fields: tuple[str, ...]) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help='the request as JSON; "-" is stdin; default: the flags alone')
    _add_fields(command, fields)
    if "objective" in fields:
        about = 'a formula as the objective: "x**2 + k*y**2,k=20"; default none'
        command.add_argument("--expression", dest="objective", type=expression, metavar="FORMULA", help=about)
        about = "the examples of a model such as linear_regression: .csv, whose last column is y; or .json with X and y; default none"
        command.add_argument("--data", metavar="FILE", help=about)


def _add_fields(command: argparse.ArgumentParser, fields: tuple[str, ...], **other: str) -> None:
    """The flags of these fields; `other` has the help of those that mean something else to the command."""
    for name in fields:
        reader, metavar, about = FIELDS[name]
        command.add_argument(f"--{name.replace('_', '-')}", dest=name, type=reader, metavar=metavar, help=other.get(name, about))
    command.set_defaults(fields=fields)


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lr", type=number, metavar="NUMBER", help="the optimizer's learning rate; default that of the convention")
    command.add_argument(
        "--convention",
        metavar="NAME",
        help="one of " + ", ".join(get_args(Convention)) + "; default torch, or paper if torch does not have the optimizer",
    )


def _add_tolerance(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rtol", type=number, metavar="NUMBER", help="relative tolerance; default 1e-6")
    command.add_argument("--atol", type=number, metavar="NUMBER", help="absolute tolerance; default 1e-9")


def _add_picture(command: argparse.ArgumentParser) -> None:
    command.add_argument("--picture", metavar="FILE", help="also write the picture: .png or .svg; default none")
    about = "also write the answer: .csv, .npz, .ndjson, .json, .png or .svg (.npz is for NumPy); default none"
    command.add_argument("-o", "--output", metavar="FILE", help=about)
