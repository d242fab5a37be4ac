"""Write the tables of these pages from the code: `python docs/make_tables.py`; with --check only say whether they are up to date.

A table stands in a page between `<!-- table: its_name -->` and `<!-- end of table -->`; what is between is made, the rest is written.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from stepgrade.settings import SETTINGS, Setting
from stepgrade_service.engine.conventions import CONVENTIONS, Row
from stepgrade_service.engine.conventions.chains import NAMED, RATE, REFUSED, SCALE, SCHEDULED, TRANSFORMS
from stepgrade_service.engine.conventions.differences import rows_of
from stepgrade_service.engine.conventions.differences import written as shown
from stepgrade_service.engine.objectives import OBJECTIVES, Objective
from stepgrade_service.engine.objectives.data.models import LOSSES, MODELS, Member
from stepgrade_service.engine.objectives.data.sets import DATA_SETS
from stepgrade_service.engine.objectives.data.starts import STARTS
from stepgrade_service.engine.objectives.resolve import Problem
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.optimizers import OPTIMIZERS, Hyperparameter, Optimizer
from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.engine.reading import bounds as engine_bounds
from stepgrade_service.engine.reading.cost import UNITS_A_SECOND, Limits
from stepgrade_service.engine.reading.faults import plain
from stepgrade_service.engine.running.noises import LAWS
from stepgrade_service.engine.schedules import SCHEDULES, ScheduleKind
from stepgrade_service.engine.schedules.declaration import Parameter
from stepgrade_service.engine.schedules.frameworks import FRAMEWORKS, ScheduleRow
from stepgrade_service.engine.schedules.frameworks.declaration import Argument
from stepgrade_service.web.settings import PREFIX, VARIABLES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "client" / "README.md"]
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

#: The order of the columns: the frameworks, then the books.
COLUMNS = ("torch", "keras", "optax", "paper", "course")
NONE, GIVEN = "–", "*required*"

#: Of a point with more coordinates only the first are shown.
MOST_SHOWN = 4


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names) or NONE


def number(value: float, digits: int = 6) -> str:
    """A number without the zeros that nobody needs: 1e-8, 0.001, 20."""
    return re.sub(r"e([+-])0*(\d)", lambda found: "e" + found[1].strip("+") + found[2], f"{value:.{digits}g}")


def point(coordinates: Sequence[float]) -> str:
    """A point; of more than four coordinates the first three."""
    shown = [number(coordinate, 4) for coordinate in (coordinates if len(coordinates) <= MOST_SHOWN else coordinates[:3])]
    return f"({', '.join([*shown, *(['...'] if len(coordinates) > MOST_SHOWN else [])])})"


def box(spans: Sequence[tuple[float, float]]) -> str:
    """A range for each coordinate, or one for all."""
    texts = [f"[{number(low, 4)}, {number(high, 4)}]" for low, high in spans]
    return f"each {texts[0]}" if len(set(texts)) == 1 and len(texts) > 2 else " × ".join(texts)


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
            for argument, meant in row.arguments.items():
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


def refused() -> str:
    """What the frameworks have and the service has not: arguments, with the one value that is taken, and optimizers."""
    rows = []
    for column in COLUMNS:
        convention = CONVENTIONS[column]
        absent = {argument: value for row in convention.rows for argument, value in row.absent.items()}
        taken = ", ".join(code(f"{name}: {'null' if value is None else shown(value)}") for name, value in absent.items())
        rows.append([column, taken or NONE, codes(sorted(convention.not_yet, key=str.casefold))])
    return table(["convention", "arguments that are accepted only with this value", "optimizers that are refused"], rows)


def objectives() -> str:
    """The catalogue of objectives."""
    heads = ["name", "formula", "dimension", "window", "minima and their values", "condition number", "starts"]
    return table(heads, [_objective(entry) for entry in OBJECTIVES.values()])


def _objective(entry: Objective) -> list[str]:
    facts = resolve_objective(entry.name).facts
    condition = facts.condition_number
    minima = [f"{point(minimum)}: {number(value, 4)}" for minimum, value in zip(facts.minima, facts.value_at_minima, strict=True)]
    return [
        f"[{code(entry.name)}](#{entry.name})",
        f"$`{entry.formula}`$",
        str(entry.dimension) if entry.dimension else f"{entry.least_dimension} to {entry.most_dimension:,}",
        box(facts.window),
        "<br>".join(minima) or "none",
        NONE if condition is None else number(condition, 4),
        "<br>".join(f"{code(name)} {point(start)}" for name, start in facts.starts.items()),
    ]


def objective_notes() -> str:
    """What there is to know of each objective beside the table."""
    return "\n".join(_notes_of(entry) for entry in OBJECTIVES.values())


def _notes_of(entry: Objective) -> str:
    problem = resolve_objective(entry.name)
    flags = {**problem.flags, "bounded below": problem.flags["bounded"]}
    kind = ", ".join(name if flags[name] else f"not {name}" for name in ("smooth", "bounded below", "separable", "convex")).capitalize()
    parts = [f"### {entry.name}\n", f"{entry.title}. {kind}. Source: {entry.source}.\n"]
    parts += [f"{entry.notes}\n"] if entry.notes else []
    parts += [f"{line}\n" for line in _further_facts(problem)]
    rows = []
    for p in entry.parameters:
        span = f"{number(p.minimum)} to {number(p.maximum)}" if p.minimum is not None and p.maximum is not None else "any number"
        each = ", or a list of one number per coordinate" if p.per_coordinate else ", in each entry" if p.is_matrix else ""
        rows.append([code(p.name), p.meaning, NONE if p.default is None else number(p.default), span + each])
    parts += [table(["parameter", "meaning", "default", "range"], rows)] if rows else []
    return "\n".join(parts)


def _further_facts(problem: Problem) -> list[str]:
    """Other names, the expression, the critical points that are no minima, and the domain where it is not the window."""
    entry, facts = problem.objective, problem.facts
    lines = [f"Also called {codes(entry.aliases)}."] if entry.aliases else []
    lines += [f"As an expression: {code(entry.expression)}"] if entry.expression else []
    for name, points in (("Saddle points", facts.saddles), ("Maxima", facts.maxima)):
        lines += [f"{name}: {', '.join(map(point, points))}."] if points else []
    if facts.domain is not None and list(facts.domain) != list(facts.window):
        lines.append(f"Usual domain: {box(facts.domain)}.")
    return lines


def models() -> str:
    """The models that take data."""
    rows = [
        [code(kind.name), f"$`{kind.objective.formula}`$", codes(kind.losses), code(kind.reduction), code(kind.data)]
        for kind in MODELS.values()
    ]
    return table(["name", "formula, with the defaults", "losses", "`reduction`", "`data`"], rows)


def model_members() -> str:
    """What may stand beside the name of a model."""
    members = {name: member for kind in MODELS.values() for name, member in kind.members.items()}
    own = {name: [kind.name for kind in MODELS.values() if name in kind.members] for name in members}
    return table(["member", "meaning", "values", "default"], [_member(each, own[each.name]) for each in members.values()])


def _member(each: Member, models: Sequence[str]) -> list[str]:
    only = "" if len(models) == len(MODELS) else f" (only {codes(models)})"
    defaults = {kind.members[each.name].default for kind in MODELS.values() if kind.name in models}
    kinds = {
        "tensor": "lists of numbers",
        "flag": "true or false",
        "sizes": "a list of whole numbers",
        "order": f"{codes(each.choices)}, lists",
    }
    least = "" if each.minimum is None else f" of at least {each.minimum:g}"
    numbers = f"a {'whole ' if each.kind == 'whole' else ''}number{least}"
    default = defaults.pop() if len(defaults) == 1 else "see above"
    default = str(list(default)) if isinstance(default, tuple) else default
    told = NONE if default is None else default if default == "see above" else code(shown(default))
    return [code(each.name), each.meaning + only, codes(each.choices) if each.kind == "choice" else kinds.get(each.kind, numbers), told]


def losses() -> str:
    """The losses of one example."""
    return table(["loss", "of one example"], [[code(name), f"$`{formula}`$"] for name, (_, formula) in LOSSES.items()])


def model_starts() -> str:
    """The starts of a model."""
    return table(["start", "params"], [[code(name), meaning] for name, (_, _, meaning) in STARTS.items()])


def data_sets() -> str:
    """The data sets that have a name."""
    return table(["name", "examples", "targets", "source"], [[code(e.name), e.title, e.targets, e.source] for e in DATA_SETS.values()])


def schedules() -> str:
    """The schedules of the learning rate."""
    return table(["name", "rate of the step after `s` steps", "parameters"], [_schedule(kind) for kind in SCHEDULES.values()])


def _schedule(kind: ScheduleKind) -> list[str]:
    parameters = [f"{code(p.name)} ({_schedule_default(kind, p)}): {p.meaning}" for p in kind.parameters]
    formula = code(kind.formula) if kind.kernel is not None else kind.meaning
    return [code(kind.name), formula, "<br>".join(parameters)]


def _schedule_default(kind: ScheduleKind, parameter: Parameter) -> str:
    if parameter.name in kind.required:
        return GIVEN
    return NONE if parameter.default is None else shown(parameter.default)


def framework_schedules() -> str:
    """The frameworks' schedules, and what they are here."""
    rows = []
    for framework in FRAMEWORKS.values():
        for row in framework.rows:
            arguments = [f"{argument.name}={_framework_default(row, argument)}" for argument in row.arguments]
            rows.append([framework.name, code(row.name), code(", ".join(arguments)), code(row.kind), row.notes or NONE])
    return table(["convention", "name", "arguments", "here", "notes"], rows)


def _framework_default(row: ScheduleRow, argument: Argument) -> str:
    if argument.name in row.required:
        return "required"
    return "none" if argument.default is None else shown(argument.default)


def noises() -> str:
    """The kinds of noise."""
    rows = []
    for law in LAWS.values():
        members = "<br>".join(f"{code(p.name)}: {p.meaning} ({p.range.removeprefix('a number of ')})" for p in law.parameters)
        rows.append([code(law.name), law.meaning, members, law.source or NONE])
    return table(["kind", "what it does", "members", "source"], rows)


def settings() -> str:
    """The variables that configure the service."""
    rows = []
    for name, each in VARIABLES.items():
        bounds = [(check.min, check.max) for check in each.metadata["checks"] if hasattr(check, "min")]
        allowed = " to ".join(f"{bound:,g}" if bound < 1e6 else f"{bound:,}" for bound in bounds[0] if bound is not None) if bounds else ""
        allowed += " or more" if bounds and bounds[0][1] is None else ""
        written = shown(each.default) if isinstance(each.default, bool | str) else f"{each.default:.0f}"
        rows.append([code(name), code(written) if written else NONE, allowed or NONE, each.metadata["meaning"]])
    return table(["variable", "default", "range", "meaning"], rows)


def client_settings() -> str:
    """The arguments of the client, and the variables that they replace."""
    rows = [
        [": ".join(filter(None, [each.argument and code(each.argument), each.meaning])), _variable(each), each.usual] for each in SETTINGS
    ]
    return table(["argument of `Client`", "variable", "default"], rows)


def _variable(each: Setting[Any]) -> str:
    return ": ".join(filter(None, [each.variable and code(each.variable), each.example])) or NONE


def limits() -> str:
    """What one request may cost, where nobody sets anything else."""
    held = Limits()
    rows = [
        ["work", "10 nanoseconds of one processor core", f"{held.work:,.0f}: that is {held.work / UNITS_A_SECOND:g} seconds", "MAX_WORK"],
        ["size of the answer", "numbers; 20 characters of text count as one number", f"{held.answer:,.0f}", "MAX_ANSWER"],
        ["memory", "bytes in use at the same time", f"{held.memory:,.0f}: that is {held.memory / 2**20:g} MiB", "MAX_REQUEST_MEMORY"],
    ]
    return table(["what", "unit", "limit", "setting"], ([*row, code(PREFIX + name)] for *row, name in rows))


def bounds() -> str:
    """How many, how long and how deep what a request holds may be: the table of the engine, with what stands above each number."""
    written = Path(engine_bounds.__file__).read_text(encoding="utf-8")
    found = re.findall(r"^#: (.+)\n((?:(?:MAX|MOST|LONGEST)_|DEEPEST)[^(\n]*) = ", written, re.MULTILINE)
    return table(["what", "at most"], ([meaning.rstrip("."), _most(re.findall(r"\w+", named))] for meaning, named in found))


def _most(named: Sequence[str]) -> str:
    """The number of a bound; of several that differ each with the end of its name."""
    values = {name: getattr(engine_bounds, name) for name in named}
    if len(set(values.values())) == 1:
        return f"{values[named[0]]:,}"
    return ", ".join(f"{name.partition('_')[2].lower()} {value:,}" for name, value in values.items())


TABLES = {
    make.__name__: make
    for make in (
        names,
        published,
        switches,
        numbers,
        arguments,
        refused,
        wrappers,
        transforms,
        refused_transforms,
        objectives,
        objective_notes,
        models,
        model_members,
        losses,
        model_starts,
        data_sets,
        schedules,
        framework_schedules,
        noises,
        settings,
        client_settings,
        limits,
        bounds,
    )
}


def renewed(text: str) -> str:
    """A page with its tables as the code has them now."""
    return MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the tables of the documentation from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages whose tables are out of date, and exit 1")
    check = parser.parse_args(given).check
    pages = {page: page.read_text(encoding="utf-8") for page in PAGES}
    stale = {page: renewed(text) for page, text in pages.items() if renewed(text) != text}
    for page, text in stale.items():
        if check:
            print(f"{page.relative_to(ROOT)} is not what the code says; `python docs/make_tables.py` writes it", file=sys.stderr)
        else:
            page.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
