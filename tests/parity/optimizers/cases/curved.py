"""Sophia, with a given diagonal of the Hessian in place of optax's random estimate."""

from case import cases

CASES = cases(
    "optax",
    ("sophia", {"learning_rate": 0.01}),
    ("sophia", {"learning_rate": 0.1, "b1": 0.8, "b2": 0.9, "eps": 1e-3, "gamma": 2.0, "weight_decay": 0.1, "update_interval": 3}),
    ("sophia", {"learning_rate": 0.1, "clip_threshold": 0.3, "update_interval": 1, "gamma": 0.5}),
    wants="diagonal",
)
