"""What a step, a run and a map measure, as types of the dicts that results have. tests/contract/test_measures.py holds their names."""

from __future__ import annotations

from typing import Any, Generic, TypedDict

from stepgrade.encoding import Floats, Layout_co


class StepMeasures(TypedDict):
    """Measures of one step. `effective_lr` has the layout of the params, and NaN (of a number: None) where the gradient is 0."""

    gradient_norm: float | None
    update_norm: float | None
    descent_cosine: float | None
    effective_lr: Any


class RunMeasures(TypedDict, Generic[Layout_co]):
    """Measures of each recorded step. NaN where one is undefined. `docs/measures.md` defines them."""

    gradient_norm: Floats
    distance: Floats
    value_change: Floats
    update_norm: Floats
    relative_step: Floats
    descent_cosine: Floats
    target_cosine: Floats
    gradient_target_cosine: Floats
    direction_gain: Floats
    turning_cosine: Floats
    anisotropy: Floats
    sgd_equivalent_lr: Floats
    norm_equivalent_lr: Floats
    effective_lr: Layout_co


class Summary(TypedDict):
    """Measures of a whole run. None where one is undefined. `docs/measures.md` defines them.

    `sign_flips` (of int64), `flip_fraction` and `minimum` have the layout of the params: an array, a number, or a dict of these. With
    several seeds every number is the mean over them, also a count.
    """

    steps_to_target: int | None
    settling_step: int | None
    share_inside: float | None
    exits: int | None
    limit_cycle: bool | None
    limit_cycle_radius: float | None
    tail_gap: float | None
    path_length: float | None
    path_efficiency: float | None
    zeta: float | None
    transverse_excess: float | None
    first_step: float | None
    mean_step: float | None
    relative_step: float | None
    sign_flips: Any
    flip_fraction: Any
    reversals: int | None
    uphill: float | None
    uphill_share: float | None
    descent_cosine: float | None
    target_cosine: float | None
    gradient_target_cosine: float | None
    direction_gain: float | None
    turning_cosine: float | None
    log_gap: float | None
    anisotropy: float | None
    sgd_equivalent_lr: float | None
    norm_equivalent_lr: float | None
    final_value: float | None
    final_distance: float | None
    minimum: Any


class MapMeasures(TypedDict):
    """The measures of a map that the request asked for. The first four are by label."""

    settling_step: dict[str, Floats]
    steps_to_target: dict[str, Floats]
    final_value: dict[str, Floats]
    minimum_reached: dict[str, Floats]
    direction_effect: Floats
    magnitude_effect: Floats
