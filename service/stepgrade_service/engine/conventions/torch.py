"""torch.optim, as of torch 2.13: weight_decay is L2 unless decoupled, the first momentum buffer is the gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading.faults import Fault
from .declaration import Chosen, Convention, Flag, Renamed, Row, Several
from .names import SGD_NAMES

#: How torch computes, and not what.
ENGINE_SWITCHES = frozenset({"foreach", "capturable", "differentiable", "fused"})
MACHINE_EPS = 2.0**-52
BETAS = Several(("beta1", "beta2"))
DECOUPLED = Flag("weight_decay_mode", true="decoupled", false="l2")


def lr_and_eps_above_zero(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """torch.optim.SparseAdam raises "Invalid learning rate: 0.0", and the same for eps."""
    zeros = [name for name in ("lr", "eps") if settings[name] == 0]
    return [Fault((name,), "expected a number of more than 0: torch's SparseAdam refuses 0") for name in zeros]


def nesterov_needs_momentum(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """torch.optim.SGD raises "Nesterov momentum requires a momentum and zero dampening"; the dampening is checked for all."""
    if settings["nesterov"] and not settings["momentum"]:
        return [Fault(("momentum",), "expected more than 0 with nesterov: torch's SGD refuses nesterov without momentum")]
    return []


def clip_of_at_least_1(settings: Mapping[str, Any]) -> Sequence[Fault]:
    """torch.optim.Adafactor raises "Clipping threshold d should be >= 1"."""
    if settings["clip_threshold"] < 1.0:
        return [Fault(("clip_threshold",), "expected a number of at least 1: torch's Adafactor refuses a smaller d")]
    return []


TORCH = Convention(
    name="torch",
    title="PyTorch, torch.optim",
    rows=(
        Row(
            "sgd",
            names={"SGD": {}, **SGD_NAMES},
            defaults={"lr": 1e-3, "first_buffer": "gradient"},
            check=nesterov_needs_momentum,
            notes="The first velocity is the gradient itself. The dampening starts with the second step.",
        ),
        Row(
            "adagrad",
            names={"Adagrad": {}},
            arguments={"initial_accumulator_value": Renamed("initial_accumulator")},
            defaults={"lr": 1e-2, "eps": 1e-10},
            letters={"lr_decay": r"\eta", "accumulator": r"\mathrm{state\_sum}"},
        ),
        Row(
            "adadelta",
            names={"Adadelta": {}},
            defaults={"lr": 1.0, "rho": 0.9, "eps": 1e-6},
            letters={"direction": r"\Delta x_t"},
        ),
        Row(
            "rmsprop",
            names={"RMSprop": {}},
            arguments={"alpha": Renamed("rho")},
            defaults={"lr": 1e-2, "rho": 0.99},
            letters={"rho": r"\alpha", "g_mean": r"g^{\mathrm{ave}}", "square": "tilde v"},
        ),
        Row(
            "rprop",
            names={"Rprop": {}},
            arguments={"etas": Several(("eta_minus", "eta_plus")), "step_sizes": Several(("min_step", "max_step"))},
            defaults={"lr": 1e-2},
            letters={"step_size": r"\eta"},
            notes="The first step size is clipped too. A step has no length where the sign changed.",
        ),
        Row(
            "asgd",
            names={"ASGD": {}},
            defaults={"lr": 1e-2},
            letters={"average": "ax"},
            notes="The params decay by eta_t lambd in each step. The slot average is torch's ax.",
        ),
        Row(
            "adam",
            names={"Adam": {}, "amsgrad": {"amsgrad": True}},
            arguments={"betas": BETAS, "decoupled_weight_decay": DECOUPLED},
            defaults={"lr": 1e-3},
        ),
        Row(
            "adamw",
            names={"AdamW": {}},
            arguments={"betas": BETAS},
            defaults={"lr": 1e-3, "weight_decay": 1e-2, "weight_decay_mode": "decoupled"},
            absent={"decoupled_weight_decay": True},  # AdamW().defaults has it
        ),
        Row(
            "adamax",
            names={"Adamax": {}},
            arguments={"betas": BETAS},
            defaults={"lr": 2e-3, "eps_mode": "in_max"},
        ),
        Row(
            "nadam",
            names={"NAdam": {}},
            arguments={"betas": BETAS, "decoupled_weight_decay": DECOUPLED},
            defaults={"lr": 2e-3},
            letters={"numerator": "hat m"},
        ),
        Row(
            "radam",
            names={"RAdam": {}},
            arguments={"betas": BETAS, "decoupled_weight_decay": DECOUPLED},
            defaults={"lr": 1e-3, "eps_mode": "hat"},
        ),
        Row(
            "adafactor",
            names={"Adafactor": {}},
            arguments={"d": Renamed("clip_threshold"), "eps": Several(("eps1", "eps2"), nulls={"eps1": MACHINE_EPS})},
            defaults={"lr": 1e-2, "eps1": MACHINE_EPS, "eps_mode": "floor"},
            check=clip_of_at_least_1,
            notes="torch's eps is a list of two: eps1, by default 2^-52, and eps2.",
        ),
        Row(
            "muon",
            names={"Muon": {}},
            arguments={
                "ns_coefficients": Several(("ns_a", "ns_b", "ns_c")),
                "adjust_lr_fn": Chosen({"original": {"shape_factor": "tall"}, "match_rms_adamw": {"shape_factor": "rms", "rms_rate": 0.2}}),
            },
            defaults={"lr": 1e-3, "weight_decay": 0.1, "momentum_form": "ema", "eps_mode": "floor"},
            notes="torch orthogonalizes in bfloat16, so its numbers differ from these after two or three digits. torch accepts matrices "
            "alone. Here other tensors go to AdamW.",
        ),
        Row("sparse_adam", names={"SparseAdam": {}}, arguments={"betas": BETAS}, defaults={"lr": 1e-3}, check=lr_and_eps_above_zero),
        Row(
            "lbfgs",
            names={"LBFGS": {}},
            arguments={"line_search_fn": Chosen({"strong_wolfe": {"line_search": "strong_wolfe"}})},
            defaults={"lr": 1.0},
            notes="Here a max_eval of 0 is torch's None.",
            letters={"length": "t", "gamma": r"H_{\mathrm{diag}}"},
        ),
    ),
    ignored=ENGINE_SWITCHES,
    said_of_objects=frozenset({"params"}),
    letters={"lr": r"\gamma", "params": r"\theta"},
)
