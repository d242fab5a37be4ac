"""What is chosen from a closed list, as types. tests/contract/test_choices.py holds each list to the service's."""

from __future__ import annotations

from typing import Literal

from stepgrade.judging import Precision

#: Whose names, defaults and formula an optimizer has.
Convention = Literal["torch", "keras", "optax", "paper", "course"]

#: The measures of a recorded step.
_StepMeasure = Literal[
    "gradient_norm",
    "distance",
    "value_change",
    "update_norm",
    "relative_step",
    "descent_cosine",
    "target_cosine",
    "gradient_target_cosine",
    "direction_gain",
    "turning_cosine",
    "anisotropy",
    "sgd_equivalent_lr",
    "norm_equivalent_lr",
    "effective_lr",
]

#: What a step, a trajectory and the runs of a comparison include.
StepPart = Literal["work", "work_mathml"]
RunPart = Literal["points", "values", "gradients", "updates", "states", "measures", _StepMeasure]
ComparedPart = Literal["points", "values", "gradients", "updates", "measures", _StepMeasure]

#: How learning rates are made comparable.
Match = Literal["none", "first_step", "mean_step", "graft", "tuned"]

#: What a map has for each cell.
Measure = Literal["settling_step", "steps_to_target", "final_value", "minimum_reached", "direction_effect", "magnitude_effect"]

#: How much a check says, and what a test compares.
Hints = Literal[0, 1, 2, 3]
Compared = Literal["params", "points", "update", "state"]

#: The shape of a student's code, the methods that a sweep calls, and what it keeps of each answer on disk.
Style = Literal["cs231n", "dls", "tuple", "object", "loop"]
Method = Literal["step", "trajectory", "compare", "map", "contours", "check"]
Keep = Literal["summaries", "answers"]

PictureFormat = Literal["png", "svg"]
Theme = Literal["light", "dark"]

#: How a run ended, and the rule that ended it; "all" says that all rules had to hold, and did.
Status = Literal["completed", "converged", "growing", "diverged"]
StopRule = Literal["gradient_norm", "value_gap", "distance", "update_norm", "all"]

#: What a decomposition found: the quantity of its effects, who did better, and why.
EffectOf = Literal["log10_settling_step", "log10_steps_to_target", "log10_tail_gap"]
Effect = Literal["helped", "hurt", "tie", "undecided", "other_minimum"]
Reason = Literal["step length", "direction", "both", "interaction"]

#: What explains a student's numbers.
Kind = Literal["mistake", "convention", "optimizer", "hyperparameter", "precision"]

__all__ = [
    "Compared",
    "ComparedPart",
    "Convention",
    "Effect",
    "EffectOf",
    "Hints",
    "Keep",
    "Kind",
    "Match",
    "Measure",
    "Method",
    "PictureFormat",
    "Precision",
    "Reason",
    "RunPart",
    "Status",
    "StepPart",
    "StopRule",
    "Style",
    "Theme",
]
