"""Networks that are trained by torch itself and by the service, on the same data, from the same start: see README.md."""

from __future__ import annotations

from typing import Any, NamedTuple


class NetworkCase(NamedTuple):
    """A model on data as a request has it, without X and y; and how many features, and which targets."""

    id: str
    request: dict[str, Any]
    features: int
    targets: str
    outputs: int = 1


#: How many examples there are, in one mini-batch, and steps.
EXAMPLES, BATCH, STEPS = 50, 8, 10

NETWORKS = [
    NetworkCase("relu-softmax", {"name": "mlp", "hidden": [7], "activation": "relu", "loss": "softmax", "l2": 0.03}, 4, "classes", 3),
    NetworkCase("tanh-logistic", {"name": "mlp", "hidden": [6, 5], "activation": "tanh", "loss": "logistic"}, 3, "labels"),
    NetworkCase("sigmoid-squares", {"name": "mlp", "hidden": [9], "activation": "sigmoid", "loss": "squared_error"}, 5, "numbers", 2),
    NetworkCase("relu-hinge", {"name": "mlp", "hidden": [5], "activation": "relu", "loss": "hinge", "reduction": "sum"}, 2, "labels"),
    NetworkCase("linear", {"name": "linear_regression", "l2": 0.1, "l2_factor": 1.0}, 4, "numbers"),
    NetworkCase("least-squares", {"name": "least_squares"}, 4, "numbers"),
    NetworkCase("logistic", {"name": "logistic_regression", "l2": 0.2}, 6, "labels"),
    NetworkCase("softmax", {"name": "softmax_regression"}, 3, "classes", 4),
]

#: torch's optimizers, as torch and the service both take them.
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"name": "SGD", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01},
    "Adam": {"name": "Adam", "lr": 0.01},
    "AdamW": {"name": "AdamW", "lr": 0.01, "weight_decay": 0.1},
}
