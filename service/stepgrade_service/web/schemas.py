"""The requests of the contract: what may stand in them. Bounds stand here once; openapi.yaml is made from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate

from ..engine.comparing.comparison_plan import INCLUDABLE as COMPARABLE
from ..engine.conventions import CONVENTIONS
from ..engine.optimizers.declaration import LARGEST
from ..engine.reading.bounds import (
    LONGEST_LABEL,
    LONGEST_NAME,
    MOST_ANGLES,
    MOST_STEPS,
    MOST_TENSORS,
    few_keys,
)
from ..engine.reading.faults import MISSING, Fault, Refusal, nearest, unknown, whole
from ..engine.reading.tensors import expected, is_number
from ..engine.running.trajectory_plan import DEFAULT_INCLUDE, DEFAULT_STEPS, INCLUDABLE
from ..grading.checking.exercise import LEAST_HINTS, MOST_HINTS, PRECISIONS
from .misplaced import told_of_unknown

MANY_TENSORS = f"expected at most {MOST_TENSORS} named tensors"
CONTROL = r"[\x00-\x1f\x7f]"


class Part(fields.Raw):
    """A part of a request that the engine reads itself, array by array; `component` names its schema in openapi.yaml."""

    default_error_messages = {"required": MISSING, "null": "expected a value, got null"}

    def __init__(self, component: str, **more: Any) -> None:
        self.component = component
        super().__init__(**more)


def hold_to_few_keys(value: Mapping[str, Any]) -> None:
    if many := few_keys(value):
        raise ValidationError(many)


class Keyed(Part):
    """A part whose keys are known; what stands under them may have one entry a tensor."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        hold_to_few_keys(value)
        long = {key: [MANY_TENSORS] for key, entries in value.items() if isinstance(entries, Mapping) and len(entries) > MOST_TENSORS}
        if long:
            raise ValidationError(long)
        return value


class Tensors(Part):
    """A tensor, or named tensors; the names come back with every recorded step, and as names of columns and arrays."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, Mapping) and len(value) > MOST_TENSORS:
            raise ValidationError(MANY_TENSORS)
        if isinstance(value, Mapping) and any(len(name) > LONGEST_NAME or re.search(CONTROL, name) for name in value):
            raise ValidationError(f"expected names of at most {LONGEST_NAME} characters, none of them a control character")
        return value


class Number(fields.Field[float]):
    """A JSON number; no string, boolean or null."""

    default_error_messages = {"required": MISSING, "null": "expected a number, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if not is_number(value):
            raise ValidationError(expected("a number", value))
        return float(value)


class Whole(fields.Field[int]):
    """A whole JSON number, 3 or 3.0."""

    default_error_messages = {"required": MISSING, "null": "expected a whole number, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        number = whole(value)
        if number is None:
            is_number = isinstance(value, float)
            raise ValidationError(f"expected a whole number, got {value!r}" if is_number else expected("a whole number", value))
        return number


class StepsByLabel(Part):
    """The steps of all runs, or an object of them by label, which the engine reads."""

    def __init__(self, **more: Any) -> None:
        super().__init__("StepsByLabel", **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, Mapping):
            hold_to_few_keys(value)
            return value
        return STEPS.deserialize(value)


class FlagField(fields.Field[bool]):
    """true or false, and nothing that stands for them."""

    default_error_messages = {"null": "expected true or false, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(expected("true or false", value))
        return value


def between(least: float | None = None, most: float | None = None) -> validate.Range:
    """Bounds, both included."""
    words = [f"at least {least:g}"] if least is not None else []
    words += [f"at most {most:.16g}"] if most is not None else []
    return validate.Range(least, most, error=f"expected {' and '.join(words)}, got {{input}}")


#: The steps of all runs.
STEPS = Whole(validate=between(0, MOST_STEPS))


class RequestSchema(Schema):
    """A request: unknown keys are errors."""

    class Meta:
        unknown = RAISE

    error_messages = {"type": "expected an object", "unknown": "unknown"}


class Name(fields.String):
    default_error_messages = {"null": "expected a name, got null"}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(expected("a name", value))
        return value


class OneKnown(validate.OneOf):
    """One of some names; another is told with the nearest of them, and with all only where none is near."""

    def _format_error(self, value: Any) -> str:
        is_of_others = value in INCLUDABLE  # a name that is known, but not here, is not misspelt
        near = nearest(value, self.choices) if isinstance(value, str) and not is_of_others else []
        shown = value if len(value) <= LONGEST_LABEL else f"{value[:LONGEST_LABEL]}..."
        return f"unknown {shown!r}; did you mean {' or '.join(near)}?" if near else super()._format_error(value)


class Quantities(fields.List[str]):
    """Names of what the answer is to have beside the rest."""

    default_error_messages = {"null": "expected a list of names, got null"}

    def __init__(self, known: Sequence[str], default: Sequence[str], description: str) -> None:
        self.known = known
        wanted = f"one of {', '.join(known)}" if len(known) > 1 else f'"{known[0]}"'
        one = Name(validate=OneKnown(known, error=f"expected {wanted}"))
        checked = validate.Length(max=len(known))
        super().__init__(one, load_default=list(default), validate=checked, metadata={"description": description})

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> list[str | None]:
        if not isinstance(value, list):
            raise ValidationError(expected("a list of names", value))
        if len(value) > len(self.known):
            raise ValidationError(f"expected at most {len(self.known)} {'names' if len(self.known) > 1 else 'name'}, got {len(value)}")
        return super()._deserialize(value, attr, data, **more)


#: What the answer of a step has only where it is asked for.
INCLUDABLE_AT_A_STEP = ("work", "work_mathml")

#: What the answer of a check has only where it is asked for.
INCLUDABLE_IN_A_CHECK = ("mathml",)


class StepRequest(RequestSchema):
    optimizer = Keyed("Optimizer", required=True)
    params = Tensors("Params", required=True)
    gradient = Tensors("Params", required=True, metadata={"description": "laid out exactly like the params"})
    state = Keyed("State")
    value = Number(
        validate=between(-LARGEST, LARGEST),
        metadata={"description": "the loss at the params, for an optimizer that needs it; the others do not use it"},
    )
    hessian_diagonal = Tensors(
        "Params", metadata={"description": "the diagonal of the Hessian, laid out like the params, for an optimizer that needs it"}
    )
    include = Quantities(
        INCLUDABLE_AT_A_STEP,
        (),
        "work: the worked solution, the formula line by line; work_mathml: the same, with its formulas as MathML too",
    )


SHORT = validate.Length(max=LONGEST_LABEL, error=f"expected a label of at most {LONGEST_LABEL} characters")


class SeveralField(fields.List[Any]):
    """A list of one or more, each once."""

    def __init__(self, one: fields.Field[Any], most: int, called: str, **more: Any) -> None:
        self.most, self.called = most, called
        self.wanted = f"a list of {called}, from 1 to {most} of them"
        super().__init__(one, validate=[validate.Length(1, most, error=f"expected {self.wanted}")], **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(expected(self.wanted, value))
        if len(value) > self.most:
            raise ValidationError(f"expected {self.wanted}; got {len(value)}")
        found = super()._deserialize(value, attr, data, **more)
        if len(set(found)) < len(found):
            raise ValidationError(f"expected different {self.called}")
        return found


BETWEEN_RECORDED = "the number of steps from one recorded point to the next; the start and the end are always recorded"


class TrajectoryRequest(RequestSchema):
    optimizer = Keyed("Optimizer", required=True)
    objective = Keyed("Objective")  # null says a replay's answer, and it can be posted back
    gradients = Part("Gradients")
    values = Part("Values")
    hessian_diagonals = Part("HessianDiagonals")
    start = Tensors("Start")
    steps = Whole(
        validate=between(0, MOST_STEPS),
        metadata={"description": f"the number of steps; if left out, {DEFAULT_STEPS} on an objective, the number of gradients in a replay"},
    )
    state = Keyed("State")
    schedule = Keyed("Schedule")
    noise = Keyed("Noise")
    target = Keyed("Target")
    stop = Keyed("Stop")
    record_every = Whole(
        load_default=1,
        validate=between(1, MOST_STEPS),
        metadata={"description": BETWEEN_RECORDED},
    )
    include = Quantities(INCLUDABLE, DEFAULT_INCLUDE, "what is reported for each recorded step")


class CompareRequest(RequestSchema):
    objective = Keyed("Objective", required=True)
    optimizers = Part("Contenders", required=True)
    start = Tensors("Start")
    starts = Part("Starts")
    steps = StepsByLabel()
    schedule = Keyed("ScheduleByLabel")
    noise = Keyed("SeveralNoises")
    target = Keyed("Target")
    baseline = Name(
        validate=SHORT, metadata={"description": "the label of the optimizer that the others are matched to; the first if left out"}
    )
    decompose = Part("Pair")
    match = Part("Match")
    include = Quantities(
        COMPARABLE, (), "what is reported for each recorded step of each run, with noise of the run of the first seed; nothing if left out"
    )
    record_every = Whole(
        validate=between(1, MOST_STEPS), metadata={"description": f"{BETWEEN_RECORDED}; 1 if left out; only together with include"}
    )
    rotate = SeveralField(
        Number(validate=between(-360, 360)),
        MOST_ANGLES,
        "angles",
        metadata={
            "description": "degrees by which the objective and the starts are rotated together, to see which verdicts depend on the axes"
        },
    )


class MapRequest(RequestSchema):
    objective = Keyed("Objective", required=True)
    optimizers = Part("OneOrTwo", required=True)
    grid = Keyed("MapGrid", required=True)
    measure = Part("Measure")
    start = Tensors("Start")
    steps = Whole(validate=between(0, MOST_STEPS), metadata={"description": f"steps of each run; {DEFAULT_STEPS} if left out"})
    schedule = Keyed("Schedule")
    noise = Keyed("Noise")
    target = Keyed("Target")
    baseline = Name(
        validate=SHORT, metadata={"description": "the label of the optimizer that the other is matched to; the first if left out"}
    )
    match = Part("Match")


class CheckRequest(RequestSchema):
    reference = Part("References", required=True)
    submission = Part("Submissions", metadata={"description": "required, but not together with candidates"})
    candidates = FlagField(
        metadata={"description": "true: the answer is no check; it has the numbers that every known formula gives for one reference"}
    )
    tolerance = Part("Tolerance")
    hints = Whole(
        load_default=1,
        validate=between(LEAST_HINTS, MOST_HINTS),
        metadata={"description": "how much a finding says: 0: nothing; 1: where to look; 2: which part; 3: the line itself"},
    )
    include = Quantities(INCLUDABLE_IN_A_CHECK, (), "mathml: the formulas of a finding as MathML too")
    precision = Name(
        load_default="float32",
        validate=OneKnown(PRECISIONS, error=f"expected one of {', '.join(PRECISIONS)}"),
        metadata={"description": "float32: numbers with the precision of float32 pass; float64: they do not pass"},
    )


class ProbeRequest(RequestSchema):
    optimizer = Keyed("Optimizer", required=True)


class AuditRequest(RequestSchema):
    reference = Part("References", required=True)
    tolerance = Part("Tolerance")
    compares = Part("Compares")


#: What a conversion is asked to come to.
TO = f"expected a convention, one of {', '.join(CONVENTIONS)}"


class ConvertRequest(RequestSchema):
    optimizer = Keyed("Optimizer", required=True)
    to = Part("ConventionName", required=True, error_messages=dict.fromkeys(("required", "null"), TO))


class FactsRequest(RequestSchema):
    objective = Keyed("Objective", required=True)


class ContoursRequest(RequestSchema):
    objective = Keyed("Objective", required=True)
    window = Part("Window")
    levels = Part("Levels")
    tolerance = Number(
        validate=validate.Range(0.0, None, min_inclusive=False, error="expected a number above 0"),
        metadata={
            "description": "How far a line may be from the exact one, in the units of the parameters: lines have fewer points and fewer "
            "digits, so the answer is smaller. A quarter of a pixel cannot be seen. Default: every point, with all its digits"
        },
    )


def read(schema: Schema, document: Any, known: Iterable[Fault] = ()) -> tuple[dict[str, Any], list[Fault]]:
    """What of a document is well-formed, and what is wrong with the rest; raises Refusal where it is no object at all.

    A null says what leaving out says, except where a value is needed. `known` are faults that were found before, to be told with those
    found here.
    """
    wanted = f"an object with any of {', '.join(schema.fields)}"
    if not isinstance(document, Mapping):
        raise Refusal([*known, Fault((), expected(wanted, document))])
    if few_keys(document):
        raise Refusal([*known, Fault((), f"expected {wanted}")])
    valid, faults = dict[str, Any](), list(known)
    # Field by field: the same as schema.load, in a third of its time.
    for name, value in document.items():
        field = schema.fields.get(name)
        if field is None:
            faults.append(Fault((name,), told_of_unknown(str(name), document, schema.fields, len(faults))))
        elif value is not None or field.required:
            _read_field(name, field, value, valid, faults)
    for name, field in schema.fields.items():
        is_needed = field.required and name not in document
        if is_needed or (field.load_default is not missing and document.get(name) is None):
            _read_field(name, field, missing, valid, faults)
    return valid, faults


def _read_field(name: str, field: fields.Field[Any], value: Any, valid: dict[str, Any], faults: list[Fault]) -> None:
    """Read one field into `valid`, or what is wrong with it into `faults`."""
    try:
        read = field.deserialize(value, name)
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
        faults += _faults(messages, field.schema if isinstance(field, fields.Nested) else None, (name,))
    else:
        valid[name] = read


def _faults(messages: Mapping[Any, Any], schema: Schema | None, path: tuple[str | int, ...]) -> list[Fault]:
    """Marshmallow's messages as faults; an unknown key of a nested schema is told with the nearest known ones."""
    faults = []
    for key, told in messages.items():
        here = path if key == "_schema" else (*path, key)
        if isinstance(told, Mapping):
            faults += _faults(told, schema, here)
        elif told == ["unknown"] and schema is not None:
            faults.append(Fault(here, unknown("key", str(key), schema.fields, before=len(faults))))
        else:
            faults += [Fault(here, str(detail)) for detail in told]
    return faults
