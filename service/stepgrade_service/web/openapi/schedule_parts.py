"""The schemas of openapi.yaml for schedules, the service's own and the frameworks', and for noise."""

from __future__ import annotations

from typing import Any

from ...engine.optimizers.declaration import LARGEST, Hyperparameter
from ...engine.reading.bounds import LONGEST_LABEL, MOST_OPTIMIZERS, MOST_SEED, MOST_SEEDS, MOST_STEPS, MOST_STEPS_TAKEN
from ...engine.reading.python_calls import LONGEST_CALL
from ...engine.running.noises import GAUSSIAN, LAWS, NoiseLaw
from ...engine.running.schedule_memory import LR, MEANINGS
from ...engine.running.trajectory_plan import DEFAULT_STEPS
from ...engine.schedules import SCHEDULES, ScheduleKind
from ...engine.schedules.declaration import LR as OWN_LR
from ...engine.schedules.declaration import MOST_LISTED, MOST_NESTED, MOST_PIECES, Nested, NumberList
from ...engine.schedules.frameworks import FRAMEWORKS, FrameworkSchedules, ScheduleRow
from ...engine.schedules.frameworks.calls import CALL
from ...engine.schedules.frameworks.declaration import Argument, ListOfArguments, StepsAndNumbers
from ...engine.schedules.frameworks.translate import CLASS, CONFIG
from .vocabulary import NULL, Json, any_of, bounded, closed, listed, one_of, ref

#: The kind that stands in no other. This document has one level of schedules in schedules: what may hold things like itself has no type in
#: many languages, and no end for who makes examples of it.
PLATEAU = "reduce_on_plateau"
WITHIN = f"a schedule inside another one; this document has 1 level of them, the service takes {MOST_NESTED}"


def scalar(h: Hyperparameter) -> Json:
    """What a parameter may be that is one number, or a switch."""
    if h.type == "switch":
        return one_of(h.allowed, h.meaning)
    most = LARGEST if h.maximum is None and h.below is None else h.maximum
    least = -LARGEST if h.minimum is None else h.minimum
    return {**bounded("integer" if h.whole else "number", least, most, h.below), "description": h.meaning}


def schedule_schemas() -> dict[str, Json]:
    """A list of rates, the name of one that needs nothing, or an object: a component for each."""
    own = {f"Schedule.{kind.name}": _own(kind) for kind in SCHEDULES.values()}
    theirs = {
        f"Schedule.{framework.name}.{row.name}": _beside(framework, row) for framework in FRAMEWORKS.values() for row in framework.rows
    }
    keras = FRAMEWORKS["keras"]
    serialized = {f"Schedule.{keras.name}.{row.name}.serialized": _serialized(keras, row) for row in keras.rows}
    text = {"type": "string", "maxLength": LONGEST_CALL, "description": "the call as in a program; nothing of it is run"}
    called = {"Schedule.call": closed({"convention": one_of(FRAMEWORKS), CALL: text}, [CALL])}
    rates = {**listed(bounded("number", 0, LARGEST), most=MOST_STEPS), "description": "the learning rate of each step, indexed by state.t"}
    needing_nothing = one_of([kind.name for kind in SCHEDULES.values() if not kind.required])
    simple = [ref(f"Schedule.{kind.name}") for kind in SCHEDULES.values() if not kind.remembers and not kind.nested]
    simple += [
        ref(f"Schedule.{framework.name}.{row.name}") for framework in FRAMEWORKS.values() for row in framework.rows if _is_simple(row)
    ]
    return {
        "Schedule": any_of(
            rates,
            needing_nothing,
            *map(ref, (*own, *theirs, *serialized, *called)),
            description="a list of learning rates, or a schedule in the service's words or in a framework's; see /schedules/{name}",
        ),
        "ScheduleWithin": any_of(needing_nothing, *simple, description=WITHIN),
        **own,
        **theirs,
        **serialized,
        **called,
    }


def _is_simple(row: ScheduleRow) -> bool:
    """Whether a framework's schedule can stand inside another one, and holds none itself."""
    return row.kind != PLATEAU and not any(isinstance(argument, Nested) for argument in row.arguments)


def _own(kind: ScheduleKind) -> Json:
    properties = {parameter.name: _parameter(parameter) for parameter in kind.parameters}
    if kind.takes_lr:
        properties[OWN_LR.name] = scalar(OWN_LR)
    return closed({"name": {"const": kind.name}, **properties}, ["name", *sorted(kind.required)], f"{kind.title}: {kind.formula}")


def _parameter(parameter: Argument) -> Json:
    if isinstance(parameter, NumberList):
        return {**listed(scalar(parameter.one), most=MOST_LISTED), "description": parameter.meaning}
    if isinstance(parameter, Nested):
        one = ref("ScheduleWithin")
        return {**(listed(one, most=MOST_PIECES) if parameter.several else any_of(one)), "description": parameter.meaning}
    if isinstance(parameter, StepsAndNumbers):
        numbers = {"type": "object", "propertyNames": {"pattern": r"^[0-9]{1,15}$"}, "additionalProperties": bounded("number", 0, LARGEST)}
        return {**numbers, "maxProperties": MOST_LISTED - 1, "description": parameter.meaning}
    if isinstance(parameter, ListOfArguments):
        row = next(row for framework in FRAMEWORKS.values() for row in framework.rows if row.name == parameter.of)
        return {**listed(closed(_arguments(row), sorted(row.required)), most=MOST_PIECES), "description": parameter.meaning}
    return scalar(parameter)


def _arguments(row: ScheduleRow) -> Json:
    own = {argument.name: _argument(row, argument) for argument in row.arguments}
    return {**own, **{name: one_of(values) for name, values in row.absent.items()}}


def _argument(row: ScheduleRow, argument: Argument) -> Json:
    """An argument; one that is a schedule may be limited to some of the framework's own."""
    if not isinstance(argument, Nested):
        return _parameter(argument)
    framework = next(framework for framework in FRAMEWORKS.values() if row in framework.rows)
    held = [each for each in framework.rows if _is_simple(each) and (row.children is None or each.name in row.children)]
    within = [ref(f"Schedule.{framework.name}.{each.name}") for each in held]
    return {**listed(any_of(*within), most=MOST_PIECES), "description": argument.meaning}


def _needed(row: ScheduleRow) -> list[str]:
    return [*sorted(row.required), *row.needed]


def _beside(framework: FrameworkSchedules, row: ScheduleRow) -> Json:
    """A framework's schedule with its arguments beside its name."""
    named: dict[str, Any] = {"convention": {"const": framework.name}, "name": {"const": row.name}}
    return closed({**named, **_arguments(row)}, ["name", *_needed(row)], row.notes)


def _serialized(framework: FrameworkSchedules, row: ScheduleRow) -> Json:
    """The same as keras serializes it."""
    config = closed({**_arguments(row), "name": {"type": "string"}}, _needed(row))
    ignored = dict.fromkeys(sorted(framework.ignored), any_of({"type": "string"}, {"type": "object"}, NULL))
    return closed({CLASS: {"const": row.name}, CONFIG: config, "convention": {"const": framework.name}, **ignored}, [CLASS, CONFIG])


def by_label_schemas() -> dict[str, Json]:
    """What may be the same for all optimizers of a comparison, or given by label."""
    labels = {"maxLength": LONGEST_LABEL, "minLength": 1}
    bounds = {"type": "object", "propertyNames": labels, "minProperties": 1, "maxProperties": MOST_OPTIMIZERS}
    steps = bounded("integer", 0, MOST_STEPS)
    told = f"the number of steps of each run, or an object of them by label; {DEFAULT_STEPS} if left out"
    return {
        "StepsByLabel": any_of(steps, {**bounds, "additionalProperties": steps}, description=told),
        "ScheduleByLabel": any_of(
            ref("Schedule"),
            {**bounds, "additionalProperties": any_of(ref("Schedule"), NULL)},
            description="a schedule for all optimizers, or an object of them by label",
        ),
    }


GAUSSIAN_IF_SILENT = "gradient noise; if kind is left out, it is additive and Gaussian"


def memory_schema() -> Json:
    """What a schedule remembers, in a state."""
    count = bounded("integer", 0, MOST_STEPS_TAKEN)
    of = {"best": {"type": "number"}, "sum": {"type": "number"}, LR: any_of(ref("Params"))}
    return closed({name: {**of.get(name, count), "description": meaning} for name, meaning in MEANINGS.items()})


def noise_schemas() -> dict[str, Json]:
    """Noise with one seed, and with several."""
    seed = bounded("integer", 0, MOST_SEED)
    one: Json = {"seed": {**seed, "description": "the noise depends only on the seed and the step; 0 if left out"}}
    told = "in place of one seed: each optimizer runs once per seed, and the answer has means and standard deviations"
    several = {"seeds": {**listed(seed, most=MOST_SEEDS), "uniqueItems": True, "description": told}}
    return {
        "Noise": any_of(*(_law(law, one) for law in LAWS.values()), description=GAUSSIAN_IF_SILENT),
        "SeveralNoises": any_of(
            *(_law(law, {**one, **several}) for law in LAWS.values()), description="gradient noise, the same for every optimizer"
        ),
    }


def _law(law: NoiseLaw, seeds: Json) -> Json:
    parameters = {parameter.name: scalar(parameter) for parameter in law.parameters}
    needed = [*(() if law.name == GAUSSIAN else ("kind",)), *parameters]
    return closed({"kind": {"const": law.name}, **parameters, **seeds}, needed, law.meaning)
