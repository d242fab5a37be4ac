"""optax's L-BFGS, with its zoom line search and without one."""

from case import cases

CASES = (
    *cases(
        "optax",
        ("lbfgs", {}),
        ("lbfgs", {"learning_rate": 0.5, "memory_size": 3}),
        ("lbfgs", {"scale_init_precond": False, "memory_size": 2}),
        wants="objective",
    ),
)
