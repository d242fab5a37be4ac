"""Methods that find the length of their step from the loss: Polyak's step size, MoMo, MoMo-Adam."""

from case import cases
from objective_problems import OBJECTIVES
from problems import LAYOUTS

QUADRATICS = tuple(name for name in OBJECTIVES if name != "rosenbrock")

CASES = (
    *cases(
        "optax",
        ("momo", {}),
        ("momo", {"learning_rate": 0.01, "beta": 0.8, "lower_bound": 0.2, "weight_decay": 0.1}),
        ("momo", {"learning_rate": 2e-3, "beta": 0.5, "lower_bound": -1.0, "weight_decay": 0.1, "adapt_lower_bound": True}),
        ("momo_adam", {}),
        ("momo_adam", {"learning_rate": 0.05, "b1": 0.8, "b2": 0.95, "eps": 1e-4, "lower_bound": 0.2, "weight_decay": 0.1}),
        ("momo_adam", {"learning_rate": 0.1, "b1": 0.5, "lower_bound": -1.0, "weight_decay": 0.1, "adapt_lower_bound": True}),
        ("polyak_sgd", {"max_learning_rate": 2e-3, "scaling": 0.5, "f_min": 0.2, "eps": 1e-3}),
        wants="value",
    ),
    # With an f_min below the least value, steps near the minimum are long and the path is chaotic: each has objectives where it is not.
    *cases("optax", ("polyak_sgd", {}), wants="value", layouts=(*LAYOUTS, "rosenbrock")),
    *cases(
        "optax",
        ("polyak_sgd", {"max_learning_rate": 0.5, "f_min": 1.0, "variant": "sps+"}),
        wants="value",
        layouts=(*LAYOUTS, *QUADRATICS),
    ),
)
