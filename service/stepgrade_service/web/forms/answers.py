"""The schemas of openapi.yaml for what comes back."""

from __future__ import annotations

from ...engine.running.stops import STOP_RULES
from ..openapi.vocabulary import NULL, any_of, one_of, ref, tensor_of
from . import check_answer
from .answer_parts import (
    ECHO,
    ENGINE,
    NUMBER,
    NUMBER_OR_NULL,
    OBJECT,
    STATE,
    STATUS,
    TEXT,
    WHOLE,
    WHY_DIVERGED,
    Json,
    listed,
    summary,
    told,
)
from .comparison_answer import comparison
from .map_answer import map_answer


def step() -> Json:
    measures = told(
        {
            "gradient_norm": NUMBER_OR_NULL,
            "update_norm": NUMBER_OR_NULL,
            "descent_cosine": NUMBER_OR_NULL,
            "effective_lr": {**ref("Answer"), "description": "laid out like the params, null where the gradient is 0"},
        }
    )
    return told(
        {
            "status": STATUS,
            "diverged_at": {"const": 1, "description": "only where the step was not finite"},
            "detail": WHY_DIVERGED,
            "params": ref("Answer"),
            "update": {**ref("Answer"), "description": "the step as computed; null where it was not finite"},
            "state": STATE,
            "optimizer": ECHO,
            "measures": measures,
            "engine": ENGINE,
            "work": {**listed(line_of_work()), "description": "only with include: the formula line by line; the last line is the params"},
            "letters": {**listed(letter_of_work()), "description": "only with include: what the letters in the formulas stand for"},
        },
        *("diverged_at", "detail", "work", "letters"),
    )


def line_of_work() -> Json:
    return told(
        {
            "name": {**TEXT, "description": "the name of a slot, `update`, `params`, or what the line computes"},
            "symbol": {**TEXT, "description": "LaTeX, in the letters of the convention"},
            "formula": {**TEXT, "description": "LaTeX: what the symbol is equal to"},
            "numbers": {**TEXT, "description": "LaTeX: the formula with numbers, and its value; one row per number, at most six rows"},
            "value": {**ref("Answer"), "description": "one number, or laid out like the params; null where it is not finite"},
            "note": {**TEXT, "description": "only where the value decides which formula follows: what it decides"},
        },
        "note",
    )


def letter_of_work() -> Json:
    return told(
        {
            "symbol": {**TEXT, "description": "LaTeX"},
            "name": {**TEXT, "description": "the name of a hyperparameter or slot, or `t`, `params`, `gradient`"},
            "meaning": TEXT,
            "value": any_of(
                NUMBER_OR_NULL,
                {"type": "object", "additionalProperties": NUMBER},
                description="one number, or one number per tensor if tensors have their own; null if it is laid out like the params",
            ),
        }
    )


def trajectory() -> Json:
    recorded = {
        "points": listed(ref("Answer")),
        "values": listed(NUMBER_OR_NULL),
        "gradients": listed(ref("Answer"), "at each point; null in a replay if it has no gradient there"),
        "updates": listed(ref("Answer"), "the step that led to each point; null at step 0"),
        "states": listed(STATE),
        "measures": {
            "type": "object",
            "properties": {"effective_lr": listed(ref("Answer"), "null where the gradient is 0")},
            "additionalProperties": listed(NUMBER_OR_NULL),
            "description": "gradient_norm and distance belong to the point, the others to the step that led to it (null at step 0)",
        },
    }
    asked = {"noise": OBJECT, "target": OBJECT, "stop": OBJECT, "schedule": any_of(OBJECT, listed(NUMBER))}
    return told(
        {
            "status": STATUS,
            "stopped_by": one_of((*STOP_RULES, None)),
            "diverged_at": {**WHOLE, "description": "the step that was not finite; only where the run diverged"},
            "detail": WHY_DIVERGED,
            "steps": {**WHOLE, "description": "the number of steps taken"},
            "recorded": listed(WHOLE, "step numbers, from 0"),
            **recorded,
            "state": STATE,
            "summary": summary(),
            "optimizer": ECHO,
            "objective": any_of(ECHO, NULL),
            **asked,
            "engine": ENGINE,
        },
        *("diverged_at", "detail"),
        *recorded,
        *asked,
    )


def contours() -> Json:
    line = listed({**listed(NUMBER), "minItems": 2, "maxItems": 2})
    return told(
        {
            "objective": ECHO,
            "window": listed(listed(NUMBER)),
            "levels": listed(NUMBER),
            "polylines": listed(listed(line), "for each level its contour lines; each line is a list of [x, y]"),
            "engine": ENGINE,
        }
    )


def optimizer_page() -> Json:
    hyperparameter = told(
        {
            "name": TEXT,
            "meaning": TEXT,
            "type": one_of(("number", "switch")),
            "range": {**TEXT, "description": "only for a number: its range in words"},
            "minimum": NUMBER_OR_NULL,
            "maximum": NUMBER_OR_NULL,
            "exclusive_maximum": NUMBER_OR_NULL,
            "choices": {"type": "array", "items": {"type": ["string", "boolean"]}, "description": "only for a switch: its choices"},
            "defaults": {**OBJECT, "description": "the default in each convention; null where a value is required"},
        },
        *("range", "minimum", "maximum", "exclusive_maximum", "choices"),
    )
    convention = told(
        {
            "name": TEXT,
            "title": TEXT,
            "names": {**OBJECT, "description": "accepted names, each with the hyperparameters that it implies"},
            "arguments": {**OBJECT, "description": "the framework's own arguments, each with the hyperparameters it stands for"},
            "required": listed(TEXT),
            "not_yet": listed(TEXT, "arguments that are accepted only with their default value"),
            "notes": TEXT,
        }
    )
    return told(
        {
            "name": TEXT,
            "title": TEXT,
            "formula": {**TEXT, "description": "LaTeX"},
            "source": TEXT,
            "notes": TEXT,
            "needs": listed(TEXT),
            "norm": one_of(("global", "tensor", None)),
            "default_convention": TEXT,
            "hyperparameters": listed(hyperparameter),
            "slots": listed(told({"name": TEXT, "meaning": TEXT, "shape": TEXT})),
            "conventions": listed(convention),
            "engine": ENGINE,
        }
    )


def objective_page() -> Json:
    parameter = told(
        {
            "name": TEXT,
            "meaning": TEXT,
            "default": NUMBER_OR_NULL,
            "minimum": NUMBER_OR_NULL,
            "maximum": NUMBER_OR_NULL,
            "per_coordinate": {"type": "boolean"},
        }
    )
    return told(
        {
            "name": TEXT,
            "title": TEXT,
            "formula": {**TEXT, "description": "LaTeX"},
            "source": TEXT,
            "notes": TEXT,
            "dimension": {"type": ["integer", "null"], "description": "null if every dimension in `dimensions` is possible"},
            "dimensions": listed(WHOLE, "the smallest and the largest dimension"),
            "parameters": listed(parameter),
            "objective": ECHO,
            "window": listed(listed(NUMBER), "[from, to] for each coordinate; only for drawing, never enforced"),
            "minima": listed(told({"point": listed(NUMBER), "value": NUMBER})),
            "condition_number": NUMBER_OR_NULL,
            "starts": {"type": "object", "additionalProperties": listed(NUMBER)},
            "variables": {"type": ["array", "null"], "items": TEXT, "description": "the letters of two parameters in the formula"},
            "smooth": {"type": "boolean"},
            "bounded": {"type": "boolean"},
            "separable": {"type": "boolean"},
            "engine": ENGINE,
        }
    )


def lists() -> dict[str, Json]:
    """What the catalogue lists."""
    optimizer = told({"name": TEXT, "title": TEXT, "conventions": listed(TEXT), "default_convention": TEXT, "href": TEXT})
    objective = told({"name": TEXT, "title": TEXT, "dimension": {"type": ["integer", "null"]}, "starts": listed(TEXT), "href": TEXT})
    return {
        "Optimizers": told({"optimizers": listed(optimizer), "engine": ENGINE}),
        "Objectives": told({"objectives": listed(objective), "engine": ENGINE}),
    }


def problem() -> Json:
    return told(
        {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "detail": TEXT,
            "instance": {**TEXT, "description": "the request id"},
            "errors": listed(told({"pointer": TEXT, "detail": TEXT}), "every fault of the request"),
            "what": {**TEXT, "description": "the resource of which the request needs too much"},
            "cost": {**WHOLE, "description": "what this request would cost"},
            "limit": {**WHOLE, "description": "what one request may cost, or how long its body may be"},
            "offered": listed(TEXT, "the forms that are available"),
        },
        *("what", "cost", "limit", "offered"),
        description="RFC 9457",
    )


def answers() -> dict[str, Json]:
    """Everything that comes back, by the name of its component."""
    index = told({"name": TEXT, "engine": ENGINE, "links": OBJECT, "limits": {"type": "object", "additionalProperties": NUMBER}})
    return {
        "Index": index,
        "AnswerTensor": {**tensor_of(NUMBER_OR_NULL), "description": "a number, or nested lists of one depth"},
        "Answer": any_of(
            ref("AnswerTensor"), {"type": "object", "additionalProperties": ref("AnswerTensor")}, description="laid out like the params"
        ),
        "Step": step(),
        "Trajectory": trajectory(),
        "Comparison": comparison(),
        "Map": map_answer(),
        "Check": check_answer.check(),
        "Candidates": check_answer.candidates(),
        "Probe": check_answer.probe(),
        "Audit": check_answer.audit(),
        "Mistakes": check_answer.mistakes(),
        "Contours": contours(),
        **lists(),
        "OptimizerPage": optimizer_page(),
        "ObjectivePage": objective_page(),
        "Problem": problem(),
    }
