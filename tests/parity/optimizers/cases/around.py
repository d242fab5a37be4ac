"""What optax puts around another optimizer: SAM, Mechanic, lookahead."""

from typing import Any

from case import Case


def around(name: str, arguments: dict[str, Any], of: dict[str, dict[str, Any]], own: dict[str, Any], wants: str = "", **more: Any) -> Case:
    """A wrapper of optax with its arguments, around another optimizer of optax; `own` are the members that say it here."""
    [(inner, theirs)] = of.items()
    given = {**theirs, **arguments}
    label = ",".join([inner, *(f"{key}={value['name'] if isinstance(value, dict) else value}" for key, value in given.items())])
    request = {"convention": "optax", "name": inner, **theirs, **own}
    return Case(request, name=name, arguments={**arguments, "of": of}, wants=wants, label=label, **more)


SGD = {"sgd": {"learning_rate": 0.002, "momentum": 0.9}}
ADAMW = {"adamw": {"learning_rate": 0.01, "weight_decay": 0.1}}
ONE = {"adamw": {"learning_rate": 1.0, "weight_decay": 0.1}}

FLOAT32 = "optax computes its schedules in float32"

POLYAK = {"polyak_sgd": {"max_learning_rate": 0.05, "f_min": -1.0}}
MOMO = {"momo_adam": {"learning_rate": 0.05, "weight_decay": 0.01}}
SOPHIA = {"sophia": {"learning_rate": 0.01, "update_interval": 2}}
THREE = {"every_k_schedule": 3}

#: An optimizer whose learning rate is a schedule: optax counts its updates, Keras the gradients.
FALLING = {"convention": "optax", "name": "exponential_decay", "init_value": 0.05, "transition_steps": 4, "decay_rate": 0.5}
RISING = {"convention": "optax", "name": "warmup_cosine_decay_schedule", "init_value": 0.0, "peak_value": 0.1, "warmup_steps": 3}
IN_KERAS = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.05, "decay_steps": 4, "decay_rate": 0.5}}
SCHEDULED = {"sgd": {"learning_rate": FALLING, "momentum": 0.9}}
WARMED = {"adamw": {"learning_rate": {**RISING, "decay_steps": 12}, "weight_decay": 0.1}}

#: optax's wrappers; SAM with the uphill step of the paper, and on objectives alone: at a gradient of 0 optax divides 0 by 0.
CASES = (
    around("sam", {"rho": 0.05, "opaque_mode": True}, SGD, {"sam_rho": 0.05}, "objective"),
    around("sam", {"rho": 0.02, "sync_period": 4, "opaque_mode": True}, ADAMW, {"sam_rho": 0.02, "sam_period": 4}, "objective"),
    around("sam", {"rho": 0.05}, SGD, {"sam_rho": 0.05, "sam_visible": True}, "objective"),
    around("sam", {"rho": 0.05, "sync_period": 3}, ADAMW, {"sam_rho": 0.05, "sam_period": 3, "sam_visible": True}, "objective"),
    around("mechanize", {}, ONE, {"mechanic": True}),
    around("mechanize", {}, {"sgd": {"learning_rate": 1.0}}, {"mechanic": True}),
    around(
        "mechanize",
        {"weight_decay": 0.1, "eps": 1e-6, "s_init": 1e-3, "num_betas": 3},
        ONE,
        {"mechanic": True, "mechanic_decay": 0.1, "mechanic_eps": 1e-6, "mechanic_s_init": 1e-3, "mechanic_tuners": 3},
    ),
    around("MultiSteps", THREE, POLYAK, {"accumulation_steps": 3}, "value"),
    around("MultiSteps", THREE, MOMO, {"accumulation_steps": 3}, "value"),
    around("MultiSteps", THREE, SOPHIA, {"accumulation_steps": 3}, "diagonal"),
    around("MultiSteps", THREE, {"lbfgs": {}}, {"accumulation_steps": 3}, "objective"),
    *(around("MultiSteps", THREE, of, {"accumulation_steps": 3}, bound=1e-6, because=FLOAT32) for of in (SCHEDULED, WARMED)),
    around(
        "sam",
        {"rho": 0.05, "sync_period": 3},
        WARMED,
        {"sam_rho": 0.05, "sam_period": 3, "sam_visible": True},
        "objective",
        bound=1e-6,
        because=FLOAT32,
    ),
    Case(
        {"convention": "keras", "name": "SGD", "learning_rate": IN_KERAS, "momentum": 0.9, "gradient_accumulation_steps": 3},
        label="learning_rate=ExponentialDecay,momentum=0.9,gradient_accumulation_steps=3",
    ),
    around("mechanize", {}, POLYAK, {"mechanic": True}, "value"),
    Case(
        {"convention": "optax", "name": "momo", "learning_rate": 0.05, "clip_global_norm": 2.0},
        name="chain",
        arguments={"chain": [{"clip_by_global_norm": 2.0}, {"momo": {"learning_rate": 0.05}}]},
        wants="value",
    ),
    Case(
        {"convention": "optax", "name": "sophia", "learning_rate": 0.01, "update_interval": 3, "clip_value": 1.0},
        name="chain",
        arguments={"chain": [{"clip": 1.0}, {"sophia": {"learning_rate": 0.01, "update_interval": 3}}]},
        wants="diagonal",
    ),
    around("lookahead", {"sync_period": 5, "slow_step_size": 0.3}, ADAMW, {"lookahead_steps": 5, "lookahead_rate": 0.3}),
    *(
        around(
            "lookahead",
            {"sync_period": 4, "slow_step_size": 0.6, "reset_state": True},
            of,
            {"lookahead_steps": 4, "lookahead_rate": 0.6, "lookahead_reset": True},
        )
        for of in (SGD, ADAMW, {"dog": {"learning_rate": 1.0}}, {"prodigy": {}}, {"lamb": {"learning_rate": 0.01}})
    ),
)
