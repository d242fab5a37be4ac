"""L-BFGS: on the quadratics to the last digits; most paths in Rosenbrock's valley multiply rounding errors."""

from typing import Any

from case import Case, cases
from objective_problems import OBJECTIVES

QUADRATICS = tuple(name for name in OBJECTIVES if name != "rosenbrock")

ROUNDING = (
    "on Rosenbrock's function, L-BFGS multiplies rounding errors. "
    "If the last digit of the start changes, the framework's own path changes as much"
)


def on_both(name: str, arguments: dict[str, Any], bound: float) -> tuple[Case, Case]:
    """A case on the quadratics, and the same in the valley with a bound of its own."""
    request = {"convention": "torch", "name": name, **arguments}
    label = ",".join(f"{key}={value}" for key, value in arguments.items())
    return (
        Case(request, layouts=QUADRATICS, wants="objective"),
        Case(request, layouts=("rosenbrock",), wants="objective", bound=bound, because=ROUNDING, label=f"{label}; in the valley"),
    )


#: At a minimum the values that a search compares differ by rounding alone.
AT_THE_END = "at the minimum, the line search compares values that differ only by rounding errors. So it may take another step there"


def at_the_end(arguments: dict[str, Any], bound: float) -> tuple[Case, ...]:
    """A case of optax's whose path goes on at the minimum."""
    return cases("optax", ("lbfgs", arguments), wants="objective", layouts=("rosenbrock", "quadratic 2"), bound=bound, because=AT_THE_END)


CASES = (
    *cases(
        "torch",
        ("LBFGS", {"line_search_fn": "strong_wolfe"}),
        ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 1}),
        wants="objective",
    ),
    *on_both("LBFGS", {}, 1e-8),
    *on_both("LBFGS", {"max_iter": 2, "history_size": 5}, 1e-5),
    *on_both("LBFGS", {"lr": 0.5, "max_iter": 3, "history_size": 2}, 1e-6),
    *on_both("LBFGS", {"max_iter": 10, "max_eval": 4}, 1e-6),
    *on_both("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 4, "history_size": 3}, 1e-7),
    *on_both(
        "LBFGS",
        {"line_search_fn": "strong_wolfe", "lr": 0.3, "max_iter": 9, "max_eval": 7, "tolerance_grad": 1e-3, "tolerance_change": 1e-5},
        1e-10,
    ),
    *at_the_end({}, 1e-9),
    *at_the_end({"learning_rate": 0.5, "memory_size": 3, "scale_init_precond": False}, 1e-4),
)
