"""`stepgrade check`, `audit` and `probe`."""

from __future__ import annotations

import argparse
import io
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from stepgrade.cli.calls import as_json
from stepgrade.cli.last_answer import last_answer
from stepgrade.cli.outcomes import FAILED, PASSED, Output, failure
from stepgrade.cli.reading import STDIN, loaded, request
from stepgrade.client import Client
from stepgrade.errors import NO_ANSWER, ConfigurationError, InvalidArgument, StepgradeError
from stepgrade.grading.check_result import CheckResult
from stepgrade.messages import Json
from stepgrade.reports import ReportedTest
from stepgrade.results.blocks import WIDTH, Block, Table, as_text, cell, printable

FORMATS = ("gradescope", "prairielearn", "coursera", "coderunner", "github_classroom", "codegrade", "junit")
KEYS = ("name", "points", "hidden", "reference", "submission", "tolerance", "hints", "precision")
NEEDED = ("reference", "submission")
BELOW_ONE = "0.9999"  # no failed check is shown with a score of 1


@dataclass(frozen=True)
class Question:
    """One check: its name, its marks, whether it is hidden from students, and the arguments of `Client.check`."""

    name: str
    points: float
    hidden: bool
    arguments: Json


def check(asked: argparse.Namespace, client: Client) -> Output:
    """Check every question. A failure of one does not stop the others."""
    refuse_file_without_format(asked)
    results = [_check(question, client) for question in _questions(asked)]
    alone = results[0].verdict if len(results) == 1 and not results[0].hidden else None
    return outcome(asked, results, last_answer(client) if alone is not None and alone.raw else b"")


def outcome(asked: argparse.Namespace, results: list[ReportedTest], answer: bytes = b"") -> Output:
    """The output for results, in the form that the flags ask for. `answer` is the service's, where there is one for all."""
    outputs = [_output(result) for result in results]
    names = [f"{result.name}: " if len(results) > 1 else "" for result in results]
    faults = tuple(name + fault for name, output in zip(names, outputs, strict=True) for fault in output.faults)
    if asked.format is not None:
        text = _report(asked, results)
    elif asked.json and answer:
        text = ""
    elif asked.json:
        text = "\n".join(_as_json(result, result.verdict) for result in results if result.verdict is not None)
    else:
        text = "\n\n".join(output.text for output in outputs if output.text)
    code = PASSED if asked.exit_zero else max(output.code for output in outputs)
    return Output(text, code, faults, answer if asked.json and asked.format is None else b"")


def refuse_file_without_format(asked: argparse.Namespace) -> None:
    """Raise InvalidArgument if there is a file for a report, and no platform."""
    if asked.output is not None and asked.format is None:
        raise InvalidArgument(f"-o needs --format. The formats are {', '.join(FORMATS)}.", pointer="")


def audit(asked: argparse.Namespace, client: Client) -> Output:
    """Show which mistakes a test misses."""
    fields = request(asked, ("reference", "compares"))
    tolerance = _tolerance(asked, fields.pop("tolerance", None))
    named = {name: fields.pop(name, None) for name in ("reference", "compares")}
    _refuse_unknown(fields, ("reference", "tolerance", "compares"))
    if named["reference"] is None:
        raise InvalidArgument("/reference: a value is needed", pointer="/reference")
    result = client.audit(**named, **tolerance)
    if asked.json:
        return Output(raw=last_answer(client))
    caught, through = len(result.catches), result.lets_through
    name, known = result.optimizer["name"], caught + len(through)
    blocks: list[Block] = [f"The test of {name} catches {caught} of {known} known mistakes." if known else _nothing_known(name, "audit")]
    if through:
        rows = [(each["code"], each["kind"], each["title"], "yes" if each.get("probe") else "no, same numbers") for each in through]
        blocks.append(Table(("missed", "kind", "description", "can be caught"), rows))
    return Output(as_text(blocks) + "\n" + _references(asked, "to add to the test, for the missed mistakes", result.probes))


def probe(asked: argparse.Namespace, client: Client) -> Output:
    """Show inputs that distinguish the mistakes."""
    fields = request(asked, asked.fields)
    _refuse_unknown(fields, ("optimizer",))
    if "optimizer" not in fields:
        raise InvalidArgument("/optimizer: a value is needed", pointer="/optimizer")
    result = client.probe(**fields)
    if asked.json:
        return Output(raw=last_answer(client))
    gap = f" The smallest relative difference between two answers is {cell(result.gap)}." if result.gap is not None else ""
    name = result.optimizer["name"]
    known = f"With these inputs, {result.catalogue} mistakes in {name} give a wrong answer.{gap}"
    blocks: list[Block] = [known if result.catalogue else _nothing_known(name, "probe")]
    if result.same:
        pairs = "; ".join(" and ".join(pair) for pair in result.same)
        blocks.append(f"These pairs give the same numbers, so no input can distinguish them: {pairs}.")
    return Output(as_text(blocks) + _references(asked, "that distinguish them", result.reference))


def _nothing_known(optimizer: str, asked: str) -> str:
    return f"The service does not know any mistakes of {optimizer} yet. So this {asked} cannot find mistakes in it."


def _questions(asked: argparse.Namespace) -> list[Question]:
    given = {name: getattr(asked, name) for name in (*NEEDED, "hints", "precision") if getattr(asked, name) is not None}
    files = [(path, loaded(path)) for path in asked.files] or [("check", {})]
    return [_question(path, {**written, **given}, asked) for path, written in files]


def _question(path: str, fields: Json, asked: argparse.Namespace) -> Question:
    place = f"{path}: " if asked.files else ""
    _refuse_unknown(fields, KEYS, place)
    for name in NEEDED:
        if name not in fields:
            raise InvalidArgument(f"{place}/{name}: a value is needed, in a FILE or as --{name}", pointer=f"/{name}")
    arguments = {name: fields[name] for name in (*NEEDED, "hints", "precision") if name in fields}
    name = str(fields.get("name") or ("stdin" if path == STDIN else Path(path).stem))
    arguments |= _tolerance(asked, fields.get("tolerance"))
    return Question(name, fields.get("points", 1), bool(fields.get("hidden", False)), arguments)


def _tolerance(asked: argparse.Namespace, written: Any) -> Json:
    given = written if isinstance(written, Mapping) else {}
    _refuse_unknown(given, ("rtol", "atol"), "/tolerance")
    flags = {name: getattr(asked, name) for name in ("rtol", "atol") if getattr(asked, name) is not None}
    return {**given, **flags}


def _refuse_unknown(fields: Mapping[str, Any], known: tuple[str, ...], place: str = "") -> None:
    unknown = [name for name in fields if name not in known]
    if unknown:
        lines = [f"{place}/{name}: unknown field. The fields are {', '.join(known)}." for name in unknown]
        raise InvalidArgument("\n".join(lines), pointer=f"/{unknown[0]}")


def _check(question: Question, client: Client) -> ReportedTest:
    """Get the verdict on a question. Numbers that cannot be read are a failed verdict."""
    verdict, fault = None, None
    try:
        verdict = client.verdict(**question.arguments)
    except StepgradeError as error:
        fault = error
    return ReportedTest(question.name, verdict, fault, question.points, question.hidden)


def _output(result: ReportedTest) -> Output:
    """The output of a result on a terminal."""
    if result.verdict is not None:
        said = [f"{result.name}: {result.shown}"] if result.hidden else _verdict(result, result.verdict)
        return Output(_filled(said), PASSED if result.passed else FAILED)
    assert isinstance(result.error, StepgradeError)
    if result.hidden and not isinstance(result.error, NO_ANSWER):  # what is wrong with a request may say what the test asks
        reason = "This hidden question was not checked, because its request is wrong. Set hidden to false to see the reason."
        return Output(code=failure(result.error).code, faults=(reason,))
    return failure(result.error)


def _as_json(result: ReportedTest, verdict: CheckResult) -> str:
    """A verdict for programs. Of a hidden question only what the student's platform may show."""
    shown: Json = {"passed": verdict.passed, "score": verdict.score, "fraction": verdict.fraction, "message": result.shown}
    return as_json({"name": result.name, **(shown if result.hidden else verdict.to_dict())})


def _report(asked: argparse.Namespace, results: list[ReportedTest]) -> str:
    """Write the platform's file, or return its content."""
    write = import_module(f"stepgrade.reports.{asked.format}").write
    if asked.output is None:
        stream = io.StringIO()
        write(results, stream)
        return stream.getvalue()
    try:
        write(results, asked.output)
    except OSError as error:
        raise ConfigurationError(f"Cannot write {asked.output}: {error.strerror or error}") from None
    return ""


def _verdict(result: ReportedTest, verdict: CheckResult) -> list[str]:
    share = cell(verdict.fraction)
    score = "passed" if verdict.passed else f"failed, score {BELOW_ONE if share == '1' else share}"
    return [f"{result.name}: {score}{_marks(result)}", *result.message.splitlines()]


def _marks(result: ReportedTest) -> str:
    """The marks, where a question that failed has another number of them than 1; never all of them, for rounding alone."""
    if result.passed or result.points == 1:
        return ""
    marks, most = cell(result.awarded), cell(result.points)
    return f" ({f'{result.awarded:.7g}' if marks == most else marks} of {most} points)"


def _filled(lines: list[str]) -> str:
    return "\n".join(textwrap.fill(printable(line), WIDTH, subsequent_indent="  ") for line in lines)


def _references(asked: argparse.Namespace, about: str, requests: Sequence[Json]) -> str:
    """A sentence about requests. They are written to the file of -o."""
    if not requests:
        return ""
    count = "1 request" if len(requests) == 1 else f"{len(requests)} requests"
    if asked.output is None:
        return as_text(["", f"{count} {about}. -o FILE writes a list, for `stepgrade check --reference @FILE`."])
    try:
        Path(asked.output).write_text("[" + ",\n ".join(map(json.dumps, requests)) + "]\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"Cannot write {asked.output}: {error.strerror or error}") from None
    return as_text(["", f"{asked.output}: {count} {about}."])
