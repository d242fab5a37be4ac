"""Tables of objectives, and of models on data."""

from __future__ import annotations

from collections.abc import Sequence

from stepgrade_service.engine.conventions.differences import written as shown
from stepgrade_service.engine.objectives import OBJECTIVES, Objective
from stepgrade_service.engine.objectives.data.models import LOSSES, MODELS, Member
from stepgrade_service.engine.objectives.data.sets import DATA_SETS
from stepgrade_service.engine.objectives.data.starts import STARTS
from stepgrade_service.engine.objectives.resolve import Problem
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective

from .markdown import NONE, box, code, codes, number, point, table


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
