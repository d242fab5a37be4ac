"""optax's chains of transforms."""

from typing import Any

from case import Case

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

CASES = tuple(
    Case({"convention": "optax", "chain": links}, name="chain", arguments={"chain": links}, label=label) for label, links in CHAINS.items()
)
