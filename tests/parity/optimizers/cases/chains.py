"""optax's chains of transforms."""

from typing import Any

from case import Case

from cases.quasi_newton import AT_THE_END

ADAM = {"scale_by_adam": {"b1": 0.8, "b2": 0.95, "eps": 1e-4, "eps_root": 1e-6}}
RATE = {"scale_by_learning_rate": 0.01}

CHAINS: dict[str, list[dict[str, Any]]] = {
    "clipped Adam": [{"clip_by_global_norm": 1.0}, ADAM, RATE],
    "clipped by value, with decay": [{"clip": 0.5}, ADAM, {"add_decayed_weights": 0.1}, RATE],
    "momentum of Adam's direction": [ADAM, {"trace": {"decay": 0.9, "nesterov": True}}, RATE],
    "an average of Adam's direction": [ADAM, {"ema": {"decay": 0.9, "debias": False}}, {"scale": -0.01}],
    "L2 before Adam, and an average": [{"add_decayed_weights": 0.1}, ADAM, {"ema": 0.8}, {"scale": 0.5}, RATE],
    "sign of an average": [{"ema": 0.9}, {"scale_by_sign": None}, RATE],
    "rms": [{"scale_by_rms": {"decay": 0.8, "eps": 1e-4, "initial_scale": 0.5}}, {"trace": 0.5}, RATE],
    "standard deviation": [{"scale_by_stddev": {"decay": 0.8, "eps": 1e-3, "initial_scale": 1.0}}, RATE],
    "sum of squares": [{"scale_by_rss": {"initial_accumulator_value": 0.1}}, RATE],
    "Adadelta": [{"scale_by_adadelta": {"rho": 0.8, "eps": 1e-4}}, {"scale_by_learning_rate": 0.5}],
    "AMSGrad, Adamax and RAdam": [{"scale_by_amsgrad": {}}, {"scale_by_adamax": {"b2": 0.9}}, {"scale_by_radam": {"eps": 1e-3}}, RATE],
    "AdaBelief": [{"scale_by_belief": {"b1": 0.8, "eps_root": 1e-6, "nesterov": True}}, RATE],
    "Yogi and Adan": [{"scale_by_yogi": {"b2": 0.9}}, {"scale_by_adan": {"b3": 0.9}}, RATE],
    "NovoGrad": [{"clip_by_global_norm": 2.0}, {"scale_by_novograd": {"b2": 0.5}}, RATE],
}

CHAINS |= {
    "the ratio of LAMB": [ADAM, {"add_decayed_weights": 0.1}, {"scale_by_trust_ratio": None}, RATE],
    "the ratio of LARS": [{"scale_by_trust_ratio": {"min_norm": 0.01, "trust_coefficient": 0.1, "eps": 1e-3}}, {"trace": 0.9}, RATE],
    "the norm of the params": [ADAM, {"scale_by_param_block_norm": {"min_scale": 0.5}}, RATE],
    "the root mean square of the params": [ADAM, {"scale_by_param_block_rms": None}, RATE],
    "a clipped root mean square": [{"clip_by_block_rms": 0.5}, {"trace": 0.9}, RATE],
    "a norm of 2": [{"normalize_by_update_norm": {"scale_factor": 2.0, "eps": 1e-3}}, {"trace": 0.9}, RATE],
    "without the mean of each row": [{"centralize": None}, ADAM, RATE],
    "ACProp and ADOPT": [{"scale_by_acprop": {"b1": 0.8, "eps": 1e-4}}, {"scale_by_adopt": {"b1": 0.8}}, RATE],
    "AdEMAMix": [{"scale_by_ademamix": {"b3": 0.99, "alpha": 2.0}}, {"clip": 1.0}, RATE],
    "simplified AdEMAMix": [{"scale_by_simplified_ademamix": {"b1": 0.9, "alpha": 1.0}}, RATE],
    "Rprop and momentum": [{"scale_by_rprop": {"learning_rate": 0.01, "eta_plus": 1.5}}, {"trace": 0.5}, {"scale": -1.0}],
    "COCOB": [
        {"clip": 5.0}, {"scale_by_learning_rate": {"learning_rate": 0.5, "flip_sign": False}}, {"scale_by_cocob": {"alpha": 50.0}},
    ],
}  # fmt: skip

#: optax keeps the start in float32 unless it is told another type, which is no number.
SINGLE = "optax keeps the params before the first step in float32"
DISTANCE = [{"scale_by_distance_over_gradients": {"reps_rel": 1e-3, "eps": 1e-6, "global_scale": 0.5}}, {"scale": -1.0}]

MADGRAD = [{"clip_by_global_norm": 1.0}, {"scale_by_madgrad": {"learning_rate": 0.01, "momentum": 0.5}}]
FACTORED = [{"scale_by_factored_rms": {"decay_rate": 0.7, "min_dim_size_to_factor": 2, "epsilon": 1e-12}}, RATE]

SGD = {"sgd": {"learning_rate": 0.5, "momentum": 0.5}}
SEARCHES: dict[str, list[dict[str, Any]]] = {
    "backtracking": [{"sgd": 1.0}, {"scale_by_backtracking_linesearch": {"max_backtracking_steps": 25}}],
    "backtracking, all arguments": [
        SGD,
        {
            "scale_by_backtracking_linesearch": {
                "max_backtracking_steps": 12, "slope_rtol": 0.2, "decrease_factor": 0.5, "increase_factor": 1.2, "max_learning_rate": 0.8,
                "atol": 1e-4, "rtol": 1e-3, "store_grad": False,
            }
        },
    ],
    "backtracking of a clipped Adam": [
        {"clip_by_global_norm": 2.0}, ADAM, RATE, {"scale_by_backtracking_linesearch": {"max_backtracking_steps": 10}}, {"trace": 0.2},
    ],
}  # fmt: skip
ZOOMS: dict[str, list[dict[str, Any]]] = {
    "zoom": [{"sgd": 1.0}, {"scale_by_zoom_linesearch": {"max_linesearch_steps": 20}}],
    "zoom, all arguments": [
        {"clip_by_global_norm": 2.0},
        {"sgd": 0.5},
        {
            "scale_by_zoom_linesearch": {
                "max_linesearch_steps": 12, "max_learning_rate": 0.8, "tol": 1e-6, "increase_factor": 1.5, "slope_rtol": 0.1,
                "curv_rtol": 0.5, "approx_dec_rtol": None, "stepsize_precision": 1e-3, "initial_guess_strategy": "one",
            }
        },
    ],
    "L-BFGS": [
        {"scale_by_lbfgs": {"memory_size": 5}},
        {"scale": -1.0},
        {"scale_by_zoom_linesearch": {"max_linesearch_steps": 20, "initial_guess_strategy": "one"}},
    ],
}  # fmt: skip


#: Through points of a parabola, the cubic of a search has a leading coefficient of rounding errors alone; where it divides by that, both
#: paths go on from another point of the interval. On the other quadratic they do so early.
SEARCHED = ("rosenbrock", "quadratic 2", "quadratic 3")

#: With these steps they do so on the third quadratic too: whether they do depends on how the processor rounds its product.
EARLIER = {"zoom, all arguments": ("rosenbrock", "quadratic 2")}


def chain(label: str, links: list[dict[str, Any]], **more: Any) -> Case:
    """A chain as a case."""
    return Case({"convention": "optax", "chain": links}, name="chain", arguments={"chain": links}, label=label, **more)


CASES = (
    *(chain(label, links) for label, links in CHAINS.items()),
    chain("MADGRAD", MADGRAD, bound=1e-6, because="optax computes the root of the step number in float32"),
    chain("factored squares", FACTORED, bound=1e-6, because="optax computes the decay of the averages in float32"),
    chain("distance over gradients", DISTANCE, bound=1e-6, because=SINGLE),
    chain("Polyak", [{"scale": -1.0}, {"scale_by_polyak": {"f_min": -1.0, "max_learning_rate": 0.01, "eps": 1e-3}}], wants="value"),
    chain(
        "Polyak, never uphill",
        [{"clip_by_global_norm": 5.0}, {"scale": -0.5}, {"scale_by_polyak": {"f_min": 0.2, "max_learning_rate": 0.001, "variant": "sps+"}}],
        wants="value",
    ),
    *(chain(label, links, wants="objective") for label, links in SEARCHES.items()),
    *(
        chain(label, links, wants="objective", layouts=EARLIER.get(label, SEARCHED), bound=1e-4, because=AT_THE_END)
        for label, links in ZOOMS.items()
    ),
)
