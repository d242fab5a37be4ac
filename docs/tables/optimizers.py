"""Tables of optimizers: names, hyperparameters, arguments, transforms, and what the frameworks' own tests say."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from stepgrade_service.engine.conventions import CONVENTIONS, Row
from stepgrade_service.engine.conventions.differences import rows_of
from stepgrade_service.engine.conventions.differences import written as shown
from stepgrade_service.engine.conventions.optax_transforms import NAMED, RATE, REFUSED, SCALE, SCHEDULED, TRANSFORMS
from stepgrade_service.engine.optimizers import OPTIMIZERS, Hyperparameter, Optimizer
from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.engine.reading.faults import plain

from .markdown import COLUMNS, NONE, code, codes, table

ROOT = Path(__file__).resolve().parents[2]


def names() -> str:
    """Which convention has which optimizer, and what its own name for it is."""
    rows = [
        [code(entry.name), *(_names_in(rows_of(entry.name).get(column), entry.name) for column in COLUMNS)] for entry in OPTIMIZERS.values()
    ]
    return table(["optimizer", *COLUMNS], rows)


def _names_in(row: Row | None, own: str) -> str:
    """The own name as the convention spells it, then its other names."""
    if row is None:
        return NONE
    spelt = {plain(name): name for name in (own, *row.names)}
    return codes(spelt.values())


def wrappers() -> str:
    """What may stand beside the name of every optimizer."""
    rows = []
    for h in WRAPPERS.values():
        values = codes(map(shown, h.allowed)) if h.type == "switch" else h.range.removeprefix("a number of ")
        rows.append([code(h.name), h.meaning, values, NONE if h.default is None else code(shown(h.default))])
    return table(["member", "meaning", "values", "default"], rows)


def transforms() -> str:
    """What a chain may consist of."""
    names = [(name, each.name, each.only) for name, each in TRANSFORMS.items()]
    names += [(name, of, "learning_rate") for name, of in NAMED.items()]
    rows = [[code(name), code(of) if of else NONE, code(only) if only else NONE] for name, of, only in names]
    rows += [[code(RATE), "the learning rate", code("learning_rate")], [code(SCALE), "a factor", code("step_size")]]
    rows += [[code(SCHEDULED), "a schedule as a factor", code("step_size_fn")]]
    return table(["transform", "the optimizer whose direction it is", "the argument that can stand alone"], rows)


def refused_transforms() -> str:
    """What a chain may not have, and why."""
    return table(["transform", "why it is not here"], [[code(name), reason] for name, reason in REFUSED.items()])


def zoo() -> str:
    """The optimizers of pytorch_optimizer that `make parity` runs beside those here: the call, and what is posted for the same numbers."""
    here = ROOT / "tests" / "parity" / "optimizers"
    sys.path.insert(0, str(here))
    files = sorted(file.stem for file in (here / "cases").glob("*.py") if file.stem != "__init__")
    cases = [case for file in files for case in import_module(f"cases.{file}").CASES if case.framework == "pytorch_optimizer"]
    calls = [f"{case.name}({', '.join(['params', *(f'{name}={value}' for name, value in case.arguments.items())])})" for case in cases]
    rows = ([code(call), code(json.dumps(case.request))] for call, case in zip(calls, cases, strict=True))
    return table(["pytorch_optimizer", "the same here"], sorted(rows, key=lambda row: row[0].casefold()))


def published() -> str:
    """What became of the frameworks' own tests."""
    told = json.loads((ROOT / "tests" / "parity" / "published" / "outcomes.json").read_text(encoding="utf-8"))
    rows = []
    for framework, count in told.items():
        reasons = "<br>".join(f"{number}: {why}" for why, number in count["refused"].items())
        rows.append([framework, str(count["passed"]), str(count["failed"]), str(sum(count["refused"].values())), reasons or NONE])
    return table(["tests of", "passed", "failed", "refused", "why"], rows)


def switches() -> str:
    """The hyperparameters that choose among formulas."""
    rows = []
    for name, owners in _hyperparameters("switch").items():
        choices = list(dict.fromkeys(shown(choice) for _, h in owners for choice in h.allowed))
        rows.append([code(name), codes(choices), codes(entry.name for entry, _ in owners)])
    return table(["switch", "values", "optimizers"], rows)


def numbers() -> str:
    """The hyperparameters that are numbers."""
    rows = []
    for name, owners in _hyperparameters("number").items():
        _, h = owners[0]
        rows.append([code(name), h.meaning, h.range.removeprefix("a number of "), codes(entry.name for entry, _ in owners)])
    return table(["hyperparameter", "meaning", "range", "optimizers"], rows)


def _hyperparameters(kind: str) -> dict[str, list[tuple[Optimizer, Hyperparameter]]]:
    """The hyperparameters of one kind by name, each with the optimizers that have it."""
    found: dict[str, list[tuple[Optimizer, Hyperparameter]]] = {}
    for entry in OPTIMIZERS.values():
        for h in entry.hyperparameters:
            if h.type == kind:
                found.setdefault(h.name, []).append((entry, h))
    return found


def most(some: Sequence[str], every: Sequence[str]) -> str:
    """Names, by those that are missing where these are few."""
    missing = [name for name in every if name not in some]
    if not missing:
        return "all"
    return f"all but {codes(missing)}" if 10 * len(missing) < len(every) else codes(some)


def arguments() -> str:
    """The arguments that each framework has under a name of its own, and what they are here."""
    rows = []
    for column in COLUMNS:
        found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for row in CONVENTIONS[column].rows:
            for argument, meant in ((name, each) for name, each in row.arguments.items() if each.targets != (name,)):
                found.setdefault((argument, meant.targets), []).append(row.optimizer)
        every = [row.optimizer for row in CONVENTIONS[column].rows]
        rows += [[column, code(argument), codes(meant.targets), "all"] for argument, meant in CONVENTIONS[column].arguments.items()]
        rows += [[column, code(argument), "ignored: it changes no number", "all"] for argument in sorted(CONVENTIONS[column].ignored)]
        for (argument, targets), owners in found.items():
            rows.append([column, code(argument), codes(targets), most(owners, every)])
        rows += [line for row in CONVENTIONS[column].rows for line in _turned(column, row)]
    return table(["convention", "its argument", "name here", "optimizers"], rows)


def _turned(column: str, row: Row) -> list[list[str]]:
    """The arguments with which one optimizer is another."""
    return [
        [column, code(f"{argument}: {shown(value)}"), f"the optimizer {code(other)}", code(row.optimizer)]
        for argument, others in row.turns.items()
        for value, other in others.items()
        if plain(other) != plain(row.optimizer)
    ]


def _accepted(value: Any) -> str:
    """The value of an argument that does nothing; of several, all."""
    if isinstance(value, tuple):
        return " or ".join(map(_accepted, value))
    return "null" if value is None else "[]" if value == [] else shown(value)


def refused() -> str:
    """What the frameworks have and the service has not: arguments, with the one value that is taken, and optimizers."""
    rows = []
    for column in COLUMNS:
        convention = CONVENTIONS[column]
        absent = {argument: value for row in convention.rows for argument, value in row.absent.items()}
        taken = ", ".join(code(f"{name}: {_accepted(value)}") for name, value in absent.items())
        rows.append([column, taken or NONE, codes(sorted(convention.not_yet, key=str.casefold))])
    return table(["convention", "arguments that are accepted only with this value", "optimizers that are refused"], rows)
