"""The schemas of openapi.yaml for the parts of requests that no marshmallow schema holds: tensors, comparisons, maps, checks."""

from __future__ import annotations

from itertools import combinations

from ...engine.comparing.map_plan import AXES, MEASURES
from ...engine.comparing.matching import MODES, TUNED
from ...engine.optimizers.declaration import LARGEST
from ...engine.reading.bounds import (
    LONGEST_LABEL,
    LONGEST_NAME,
    MAX_DEPTH,
    MAX_LEVELS,
    MOST_CASES,
    MOST_KEYS,
    MOST_NUMBERS,
    MOST_OPTIMIZERS,
    MOST_QUANTITIES,
    MOST_STARTS,
    MOST_STEPS,
    MOST_STEPS_TAKEN,
)
from ...engine.running.state import SCHEDULE
from ...engine.running.stops import ARRIVALS, STOP_RULES, TARGETS, WHEN
from ...grading.checking.case import COMPARABLE
from ...grading.checking.submissions import SIDE_EFFECTS
from .expressions import expression_parts
from .objective_parts import model_schemas, objective_schema, start_names
from .optimizer_parts import contender_schemas, optimizer_schemas
from .schedule_parts import by_label_schemas, memory_schema, noise_schemas, schedule_schemas
from .vocabulary import (
    FLOAT64,
    LEVELS,
    NULL,
    NUMBER,
    Json,
    any_of,
    bounded,
    closed,
    listed,
    named,
    one_of,
    ref,
    tensor_of,
)


def comparison_parts() -> dict[str, Json]:
    """The parts of a comparison that the engine reads."""
    grid = {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}, "minItems": 3, "maxItems": 3}
    described = {
        **grid,
        "description": "[from, to, how many]: learning rates on a logarithmic scale, extended until the best one is not at an end",
    }
    modes = [mode for mode in MODES if mode != TUNED]
    names = {"minLength": 1, "maxLength": LONGEST_NAME}
    points = {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": ref("Start"),
        "minProperties": 1,
        "maxProperties": MOST_STARTS,
    }
    labels = {"type": "array", "items": {"type": "string", "maxLength": LONGEST_LABEL}, "minItems": 2, "maxItems": 2, "uniqueItems": True}
    return {
        "Contenders": listed(ref("Contender"), most=MOST_OPTIMIZERS),
        "Starts": any_of(
            {**points, "description": "starts by name"},
            listed(ref("Start"), most=MOST_STARTS),
            description="several starts; each is the name of one of the objective's starts, or params",
        ),
        "Pair": {
            **labels,
            "description": "two labels, with the plain optimizer first: their difference is split into step length and direction",
        },
        "Match": any_of(
            one_of(MODES, "how learning rates are made comparable"),
            closed({"mode": one_of(modes), "grid": NULL}, ["mode"]),
            closed({"mode": {"const": TUNED}, "grid": described}, ["mode"]),
        ),
    }


def map_parts() -> dict[str, Json]:
    """The parts of a map that the engine reads."""
    positive = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}
    spans = {name: {"type": "array", "items": positive if name == "lr" else NUMBER, "minItems": 3, "maxItems": 3} for name in AXES}
    span = "each [from, to, how many]: lr on a logarithmic scale, x and y the coordinates of the start"
    measure = one_of(MEASURES)
    several = {**listed(measure, most=len(MEASURES)), "uniqueItems": True}
    chosen = [*combinations(AXES, 1), *combinations(AXES, 2)]
    return {
        "OneOrTwo": listed(ref("Contender"), most=2),
        "MapGrid": any_of(
            *(closed({axis: spans[axis] if axis in axes else NULL for axis in AXES}, list(axes)) for axes in chosen),
            description=f"one or two axes, {span}",
        ),
        "Measure": any_of(
            measure, several, description="what is reported for each point: one measure or several; settling_step if left out"
        ),
    }


def check_parts() -> dict[str, Json]:
    """The parts of a check that the grading reads."""
    numbers = (
        "the numbers that were returned; null for a number that is not finite. A wrong shape is reported as a mismatch, not "
        "as an error of the request"
    )
    returned: Json = {"description": numbers}
    effects = {
        "type": "array",
        "items": one_of(SIDE_EFFECTS),
        "maxItems": MOST_QUANTITIES,
        "description": "what can be seen only in the student's process",
    }
    told = "t and the slots as they were returned, by the service's names"
    state = {**ref("SubmittedState"), "description": told}
    common = {"update": returned, "state": state, "side_effects": effects}
    submission = any_of(
        closed({"params": returned, "points": NULL, **common}, ["params"]),
        closed(
            {
                "points": {"description": "the params after each recorded step; anything else is reported as a mismatch"},
                "params": NULL,
                **common,
            },
            ["points"],
        ),
    )
    reference = any_of(ref("StepRequest"), ref("TrajectoryRequest"))
    limit = bounded("number", 0, LARGEST)
    return {
        "Reference": {**reference, "description": "a /step or /trajectory request; its answer is the right one"},
        "References": any_of(ref("Reference"), listed(ref("Reference"), most=MOST_CASES)),
        "Compares": {
            **listed(one_of(COMPARABLE)),
            "maxItems": MOST_QUANTITIES,
            "description": "what the test compares; params and points if left out",
        },
        "Submission": submission,
        "SubmittedState": {"type": "object", "maxProperties": MOST_KEYS, "additionalProperties": True, "description": told},
        "Submissions": any_of(ref("Submission"), listed(ref("Submission"), most=MOST_CASES), description="one for each reference"),
        "Tolerance": closed(
            {"rtol": limit, "atol": limit}, description="numbers may be off by atol + rtol |expected|; rtol 1e-6, atol 1e-9"
        ),
    }


def request_parts() -> dict[str, Json]:
    """The parts of requests that the engine reads."""
    limit = bounded("number", 0, LARGEST)
    arrival = one_of(ARRIVALS, "what rankings and verdicts count as arrival: the run stays at the target, or it touches the target once")
    nested = f"a number, or nested lists with equal lengths at each level; this document has {LEVELS} levels, the service takes {MAX_DEPTH}"
    counted = "t counts the steps taken; the other keys are the optimizer's slots. A slot that is left out starts as in the convention"
    span = {"type": "array", "items": FLOAT64, "minItems": 2, "maxItems": 2}
    optimizers = optimizer_schemas()
    started = one_of(start_names(), "/objectives/{name} lists the starts of an objective")
    return {
        "Tensor": {**tensor_of(FLOAT64, minItems=1, maxItems=MOST_NUMBERS), "description": nested},
        "Params": any_of(ref("Tensor"), named(ref("Tensor")), description="a tensor, or an object of named tensors"),
        **optimizers,
        **contender_schemas(optimizers),
        **comparison_parts(),
        **map_parts(),
        "Objective": objective_schema(),
        **expression_parts(),
        **model_schemas(),
        "State": {
            "type": "object",
            "description": counted,
            "properties": {"t": bounded("integer", 0, MOST_STEPS_TAKEN), SCHEDULE: memory_schema()},
            "maxProperties": MOST_KEYS,
            "additionalProperties": any_of(ref("Params"), NULL),
        },
        "Gradients": {**listed(ref("Params"), most=MOST_STEPS), "description": "one gradient per step, to be replayed"},
        "Values": {
            **listed(FLOAT64, most=MOST_STEPS),
            "description": "the loss at the params of each step of a replay",
        },
        "HessianDiagonals": {
            **listed(any_of(ref("Params"), NULL), most=MOST_STEPS),
            "description": "the diagonal of the Hessian at each step of a replay; null in the steps that do not need it",
        },
        "Start": any_of(started, ref("Params"), description="the name of one of the objective's starts, or params"),
        **schedule_schemas(),
        **by_label_schemas(),
        **noise_schemas(),
        "Target": any_of(
            *[closed({**dict.fromkeys(TARGETS, NULL), name: limit, "arrival": arrival}, [name]) for name in TARGETS],
            description="relative to the start; only measured; distance 0.05 if left out",
        ),
        "Stop": closed(
            {**dict.fromkeys(STOP_RULES, limit), "when": one_of(WHEN, "whether one rule is enough (any), or all have to hold (all)")},
            description="the run ends as soon as one of these is met, or all of them; absolute values",
        ),
        "Window": {
            **listed(span, 2),
            "maxItems": 2,
            "description": "[[from, to], [from, to]], one range per parameter; the objective's usual window if left out",
        },
        **check_parts(),
        "Levels": any_of(
            bounded("integer", 1, MAX_LEVELS), listed(FLOAT64, 0, most=MAX_LEVELS), description="the number of levels, or their values"
        ),
    }


#: How a run ends.
ENDINGS = ("completed", "converged", "growing", "diverged")


def answer_parts() -> dict[str, Json]:
    """The parts of answers that are no objects: tensors, in which what is not finite is null, and how a run ends."""
    laid_out: Json = {"type": "object", "additionalProperties": ref("AnswerTensor")}
    return {
        "AnswerTensor": {**tensor_of({"type": ["number", "null"]}), "description": "a number, or nested lists of one depth"},
        "Answer": any_of(ref("AnswerTensor"), laid_out, description="laid out like the params"),
        "Status": one_of(ENDINGS, "how a run ended; growing: it is still finite, but far above its start"),
    }
