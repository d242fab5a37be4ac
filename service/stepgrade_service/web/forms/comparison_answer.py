"""The schema of openapi.yaml for what /compare answers."""

from __future__ import annotations

from typing import get_args

from ...engine.comparing.decomposition import OUTCOMES
from ...engine.comparing.matching import MODES
from ...engine.comparing.verdict import Because, Result
from ..openapi.vocabulary import NULL, any_of, one_of
from .answer_parts import (
    ECHO,
    ENGINE,
    NUMBER,
    NUMBER_OR_NULL,
    OBJECT,
    STATUS,
    TEXT,
    WHOLE,
    WHY_DIVERGED,
    Json,
    listed,
    open_ended,
    summary,
    told,
)

STEPS_OR_MEAN: Json = {"type": ["number", "null"], "description": "with noise: the mean over the seeds, and null if one seed has no value"}


def comparison() -> Json:
    outcome = {
        "runs": listed(run()),
        "ranking": {
            "type": "object",
            "additionalProperties": listed(place()),
            "description": "for each start, best first; ties share a rank",
        },
        "matching": matching(),
        "decompose": listed(decomposition()),
    }
    flip = open_ended({"start": TEXT, "of": TEXT, "at_0": any_of(TEXT, NULL), "here": any_of(TEXT, NULL)})
    turned = told({"degrees": NUMBER, **outcome, "flips": listed(flip, "what differs from the answer at 0 degrees")}, "decompose")
    asked: Json = {"target": OBJECT, "schedule": any_of(OBJECT, listed(NUMBER)), "noise": OBJECT}
    echoed = {
        "objective": ECHO,
        "optimizers": listed(ECHO),
        "starts": OBJECT,
        "steps": WHOLE,
        "baseline": TEXT,
        "match": any_of(TEXT, OBJECT),
        **asked,
    }
    return told({**outcome, "rotations": listed(turned), **echoed, "engine": ENGINE}, "decompose", "rotations", *asked)


def run() -> Json:
    """One optimizer from one start."""
    seed = told(
        {
            "seed": WHOLE,
            "status": STATUS,
            "diverged_at": {"type": ["integer", "null"]},
            "steps_to_target": {"type": ["integer", "null"]},
            "settling_step": {"type": ["integer", "null"]},
            "tail_gap": NUMBER_OR_NULL,
            "final_value": NUMBER_OR_NULL,
            "final_distance": NUMBER_OR_NULL,
        }
    )
    return told(
        {
            "label": TEXT,
            "start": TEXT,
            "status": STATUS,
            "diverged_at": {**WHOLE, "description": "the step that was not finite; only where the run diverged"},
            "detail": WHY_DIVERGED,
            "steps": {**WHOLE, "description": "the number of steps taken"},
            "summary": {**summary(), "description": "as in a trajectory; with noise the means over the seeds"},
            "optimizer": {**ECHO, "description": "the optimizer with the learning rate that was used"},
            "matched": {"type": "boolean", "description": "whether the learning rate could be matched as requested"},
            "step_length_of": {
                "type": ["string", "null"],
                "description": "with graft: the optimizer whose step length it uses, if not its own",
            },
            "spread": {**OBJECT, "description": "with noise: sample standard deviations over the seeds"},
            "seeds": listed(seed, "with noise: how each seed's run ended"),
        },
        *("diverged_at", "detail", "matched", "step_length_of", "spread", "seeds"),
    )


def place() -> Json:
    """A place in a ranking."""
    steps = {"settling_step": STEPS_OR_MEAN, "steps_to_target": STEPS_OR_MEAN}
    tails = {"tail_gap": NUMBER_OR_NULL, "tail_value": {**NUMBER_OR_NULL, "description": "mean value over the last tenth of the points"}}
    return told({"rank": WHOLE, "label": TEXT, "status": STATUS, **steps, **tails, "final_value": NUMBER_OR_NULL})


def matching() -> Json:
    """What was changed to make the optimizers comparable."""
    described = "what was changed for one optimizer from one start, or the reason why nothing could be changed"
    change = open_ended({"label": TEXT, "start": TEXT}, described)
    return told(
        {
            "mode": one_of(MODES),
            "is_matched": {
                "type": "boolean",
                "description": "whether every learning rate was matched as requested; false if the match is none",
            },
            "baseline": TEXT,
            "tuned_by": TEXT,
            "grid": listed(NUMBER),
            "changes": listed(change),
        },
        *("tuned_by", "grid"),
    )


def decomposition() -> Json:
    """The 2 x 2 from one start."""
    cell = told(
        {
            "step_length_of": TEXT,
            "direction_of": TEXT,
            "status": STATUS,
            "settling_step": STEPS_OR_MEAN,
            "steps_to_target": STEPS_OR_MEAN,
            "tail_gap": NUMBER_OR_NULL,
            "outcome": NUMBER_OR_NULL,
        }
    )
    return told(
        {
            "start": TEXT,
            "plain": TEXT,
            "other": TEXT,
            "cells": {**listed(cell), "minItems": 4, "maxItems": 4},
            "outcome": one_of(OUTCOMES, "the effects are differences of this quantity; an effect below 0 is better"),
            "magnitude_effect": NUMBER_OR_NULL,
            "direction_effect": NUMBER_OR_NULL,
            "interaction": NUMBER_OR_NULL,
            "standard_errors": {**OBJECT, "description": "with noise: the standard errors of the effects over the seeds"},
            "seeds": WHOLE,
            "result": one_of(get_args(Result)),
            "because": one_of((*get_args(Because), None)),
            "headline": {**TEXT, "description": "which optimizer was better from this start, in at most 15 words"},
            "verdict": {**TEXT, "description": "the headline, how both ended, and the reason, in at most 60 words"},
            "notes": listed(TEXT, "what else you should know, in sentences of at most 25 words"),
        },
        *("standard_errors", "seeds"),
    )
