"""Schedules of torch, keras and optax, as requests with the framework's own names. Data, not code."""

from __future__ import annotations

from typing import Any

#: How many rates there are of each, and the learning rate of the optimizer.
STEPS, LR = 100, 0.7

NO_MOMENTUM = {"cycle_momentum": False}
WARM = {"init_value": 0.1, "peak_value": 0.9, "warmup_steps": 10}


def torch(name: str, **arguments: Any) -> dict[str, Any]:
    return {"convention": "torch", "name": name, **arguments}


def keras(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": name, "config": config}


def optax(name: str, **arguments: Any) -> dict[str, Any]:
    return {"convention": "optax", "name": name, **arguments}


LINEAR, COSINE = {"name": "LinearLR", "start_factor": 0.1, "total_iters": 7}, {"name": "CosineAnnealingLR", "T_max": 20, "eta_min": 0.05}

#: By a name of their own; what is wrong in a first guess is a case by itself.
SCHEDULE_CASES: dict[str, dict[str, Any]] = {
    "torch-step": torch("StepLR", step_size=7, gamma=0.5),
    "torch-step-defaults": torch("StepLR", step_size=30),
    "torch-multistep": torch("MultiStepLR", milestones=[5, 20, 20, 60], gamma=0.3),
    "torch-constant": torch("ConstantLR", factor=0.25, total_iters=9),
    "torch-constant-defaults": torch("ConstantLR"),
    "torch-linear": torch("LinearLR", start_factor=0.2, end_factor=0.6, total_iters=30),
    "torch-linear-defaults": torch("LinearLR"),
    "torch-exponential": torch("ExponentialLR", gamma=0.95),
    "torch-polynomial": torch("PolynomialLR", total_iters=40, power=2.0),
    "torch-polynomial-defaults": torch("PolynomialLR"),
    "torch-cosine-rises-after-t-max": torch("CosineAnnealingLR", T_max=30, eta_min=0.1),
    "torch-cosine-of-the-whole-run": torch("CosineAnnealingLR", T_max=100),
    "torch-restarts": torch("CosineAnnealingWarmRestarts", T_0=12, eta_min=0.02),
    "torch-restarts-twice-as-long": torch("CosineAnnealingWarmRestarts", T_0=7, T_mult=2),
    "torch-restarts-three-times-as-long": torch("CosineAnnealingWarmRestarts", T_0=1, T_mult=3),
    "torch-cyclic": torch("CyclicLR", base_lr=0.1, max_lr=0.9, step_size_up=8, step_size_down=5, **NO_MOMENTUM),
    "torch-cyclic-halved": torch("CyclicLR", base_lr=0.1, max_lr=0.9, step_size_up=10, mode="triangular2", **NO_MOMENTUM),
    "torch-cyclic-exp-range": torch("CyclicLR", base_lr=0.1, max_lr=0.9, step_size_up=6, mode="exp_range", gamma=0.98, **NO_MOMENTUM),
    "torch-one-cycle": torch("OneCycleLR", max_lr=0.9, total_steps=100, **NO_MOMENTUM),
    "torch-one-cycle-linear": torch("OneCycleLR", max_lr=0.9, total_steps=100, pct_start=0.25, anneal_strategy="linear", **NO_MOMENTUM),
    "torch-one-cycle-three-phases": torch(
        "OneCycleLR", max_lr=0.9, epochs=10, steps_per_epoch=10, three_phase=True, div_factor=10.0, final_div_factor=100.0, **NO_MOMENTUM
    ),
    "torch-sequential": torch("SequentialLR", schedulers=[LINEAR, COSINE, {"name": "ExponentialLR", "gamma": 0.9}], milestones=[7, 60]),
    "torch-chained": torch(
        "ChainedScheduler",
        schedulers=[LINEAR, {"name": "ExponentialLR", "gamma": 0.97}, {"name": "MultiStepLR", "milestones": [50], "gamma": 0.5}],
    ),
    "torch-plateau": torch("ReduceLROnPlateau", factor=0.5, patience=3),
    "torch-plateau-absolute": torch(
        "ReduceLROnPlateau", factor=0.3, patience=2, threshold=0.05, threshold_mode="abs", cooldown=4, min_lr=0.01, eps=1e-3
    ),
    "keras-exponential": keras("ExponentialDecay", initial_learning_rate=0.5, decay_steps=9, decay_rate=0.7),
    "keras-exponential-staircase": keras("ExponentialDecay", initial_learning_rate=0.5, decay_steps=9, decay_rate=0.7, staircase=True),
    "keras-piecewise-changes-after-the-boundary": keras("PiecewiseConstantDecay", boundaries=[10, 40], values=[0.5, 0.2, 0.1]),
    "keras-polynomial-ends-at-1e-4": keras("PolynomialDecay", initial_learning_rate=0.5, decay_steps=60),
    "keras-polynomial-cycle": keras(
        "PolynomialDecay", initial_learning_rate=0.5, decay_steps=30, end_learning_rate=0.05, power=0.5, cycle=True
    ),
    "keras-inverse-time": keras("InverseTimeDecay", initial_learning_rate=0.5, decay_steps=5, decay_rate=0.3),
    "keras-inverse-time-staircase": keras("InverseTimeDecay", initial_learning_rate=0.5, decay_steps=5, decay_rate=0.3, staircase=True),
    "keras-cosine-stays": keras("CosineDecay", initial_learning_rate=0.5, decay_steps=60, alpha=0.1),
    "keras-cosine-warm": keras("CosineDecay", initial_learning_rate=0.1, decay_steps=50, alpha=0.05, warmup_target=0.6, warmup_steps=20),
    "keras-restarts": keras("CosineDecayRestarts", initial_learning_rate=0.5, first_decay_steps=11),
    "keras-restarts-lower": keras("CosineDecayRestarts", initial_learning_rate=0.5, first_decay_steps=20, t_mul=1.0, m_mul=0.8, alpha=0.1),
    "keras-restarts-half-as-long-again": keras("CosineDecayRestarts", initial_learning_rate=0.5, first_decay_steps=9, t_mul=1.5),
    "keras-plateau": keras("ReduceLROnPlateau", factor=0.5, patience=3),
    "keras-plateau-cooldown": keras("ReduceLROnPlateau", factor=0.3, patience=2, min_delta=0.05, cooldown=4, min_lr=0.01),
    "optax-constant": optax("constant_schedule", value=0.3),
    "optax-linear": optax("linear_schedule", init_value=0.1, end_value=0.9, transition_steps=40, transition_begin=15),
    "optax-polynomial": optax("polynomial_schedule", init_value=0.9, end_value=0.1, power=3, transition_steps=50),
    "optax-piecewise-multiplies-the-scales": optax(
        "piecewise_constant_schedule", init_value=0.8, boundaries_and_scales={"10": 0.5, "40": 0.5, "70": 2.0}
    ),
    "optax-interpolate": optax(
        "piecewise_interpolate_schedule", interpolate_type="cosine", init_value=0.8, boundaries_and_scales={"10": 0.5, "40": 1.5}
    ),
    "optax-interpolate-lines": optax(
        "piecewise_interpolate_schedule", interpolate_type="linear", init_value=0.8, boundaries_and_scales={"10": 0.5, "40": 1.5}
    ),
    "optax-exponential": optax("exponential_decay", init_value=0.8, transition_steps=6, decay_rate=0.6, end_value=0.05),
    "optax-exponential-begins-late": optax(
        "exponential_decay", init_value=0.8, transition_steps=6, decay_rate=0.6, transition_begin=20, staircase=True
    ),
    "optax-exponential-grows": optax("exponential_decay", init_value=0.1, transition_steps=10, decay_rate=1.3, end_value=0.5),
    "optax-cosine-stays": optax("cosine_decay_schedule", init_value=0.8, decay_steps=60, alpha=0.1, exponent=2.0),
    "optax-one-cycle": optax("cosine_onecycle_schedule", transition_steps=100, peak_value=0.9),
    "optax-one-cycle-ends": optax("cosine_onecycle_schedule", transition_steps=50, peak_value=0.9, pct_start=0.33),
    "optax-one-cycle-linear": optax("linear_onecycle_schedule", transition_steps=90, peak_value=0.9),
    "optax-sgdr": optax("sgdr_schedule", cosine_kwargs=[{**WARM, "decay_steps": 40}, {**WARM, "warmup_steps": 5, "decay_steps": 30}]),
    "optax-warm-constant": optax("warmup_constant_schedule", **WARM),
    "optax-warm-cosine-counts-the-warm-up": optax("warmup_cosine_decay_schedule", **WARM, decay_steps=60, end_value=0.05),
    "optax-warm-exponential": optax(
        "warmup_exponential_decay_schedule", **WARM, transition_steps=10, decay_rate=0.7, transition_begin=5, end_value=0.2
    ),
    "optax-join": optax(
        "join_schedules",
        schedules=[
            {"name": "linear_schedule", "init_value": 0.0, "end_value": 0.5, "transition_steps": 10},
            {"name": "constant_schedule", "value": 0.5},
            {"name": "cosine_decay_schedule", "init_value": 0.5, "decay_steps": 30},
        ],
        boundaries=[10, 50],
    ),
    "optax-plateau": optax("reduce_on_plateau", factor=0.5, patience=3),
    "optax-plateau-averages": optax(
        "reduce_on_plateau", factor=0.6, patience=2, rtol=0.0, atol=0.02, cooldown=2, accumulation_size=3, min_scale=0.1
    ),
}


def plateau_values() -> list[float]:
    """The values that the plateau schedules look at: they fall, stay, rise a little, and fall again."""
    falling = [2.0 * 0.9**k for k in range(25)]
    staying = [falling[-1] + 0.01 * ((7 * k) % 5 - 2) for k in range(40)]
    return [*falling, *staying, *(staying[-1] * 0.97**k for k in range(STEPS - 65))]
