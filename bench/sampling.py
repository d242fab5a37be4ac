"""Requests of every endpoint in every form, drawn by chance: their sizes from small to far beyond what people ask for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.resolve import resolve

Body = dict[str, Any]

#: Posts a body to a path and returns the answer's document; a submission is made of a reference's answer.
Ask = Callable[[str, Body], Body]

JSON, CSV, PICTURES = "application/json", "text/csv", ("image/png", "image/svg+xml")
FORMS = (JSON, "application/x-ndjson", CSV, "application/x-npz", *PICTURES)

REPLAYED = (
    "sgd",
    "normalized_gd",
    "sign_gd",
    "adagrad",
    "adadelta",
    "rmsprop",
    "adam",
    "adamw",
    "adamax",
    "nadam",
    "radam",
    "novograd",
    "sm3",
)
OPTIMIZERS = (*REPLAYED, "gd_backtracking")
ANY_DIMENSION = tuple(name for name, entry in OBJECTIVES.items() if entry.dimension is None)
PLANE = tuple(name for name, entry in OBJECTIVES.items() if entry.dimension == 2)
WITHOUT_MINIMUM = tuple(name for name in OBJECTIVES if not resolve(name).facts.minima)
MODELS = ("linear_regression", "logistic_regression", "softmax_regression", "least_squares", "mlp")
INCLUDABLE = ("points", "values", "gradients", "updates", "states", "measures")


@dataclass(frozen=True)
class Endpoint:
    """How a body for a path is drawn, and which forms its answer has."""

    path: str
    drawn: Callable[[Random, Ask], Body]
    forms: Sequence[str] = (JSON,)


def size(chance: Random, least: float, most: float) -> int:
    """A whole number of any order of magnitude between two."""
    return round(math.exp(chance.uniform(math.log(least), math.log(max(least, most)))))


def numbers(chance: Random, count: int) -> list[float]:
    return [chance.uniform(-2, 2) for _ in range(count)]


def optimizer(chance: Random, names: Sequence[str] = OPTIMIZERS) -> Body:
    return {"name": chance.choice(names), "lr": 10 ** chance.uniform(-6, -3)}


def objective(chance: Random, most: int) -> tuple[Any, int]:
    """An objective as it is asked for, and its dimension: for `most` of 2 always two."""
    if most <= 2 or chance.random() < 0.4:
        return chance.choice((*PLANE, *({"name": name, "dimension": 2} for name in ANY_DIMENSION))), 2
    dimension = size(chance, 2, most)
    name = chance.choice(ANY_DIMENSION)
    return {"name": name, "dimension": min(dimension, OBJECTIVES[name].most_dimension)}, dimension


#: Parts of a formula in one variable v: each is finite near 0, with its slope.
PARTS = (
    "({v} - {c})**2", "{c}*{v}**4", "cos({c}*{v})", "exp(-{v}**2)", "log(1 + {c}*{v}**2)", "sqrt(1 + {v}**2)", "tanh({v} - {c})",
    "abs({v})", "max({v}, {c})", "atan({c}*{v})", "{v}/(1 + {v}**2)", "softplus({v})", "({v}**2 + {c})**1.5", "sin({v})*cosh({v}/{c})",
)  # fmt: skip


def expression(chance: Random, most: int) -> tuple[Body, int]:
    """A posted formula of any length, in up to so many variables, and how many; sometimes its minima are looked for."""
    names = [f"x{number}" for number in range(1, size(chance, 1, most) + 1)]
    drawn = [chance.choice(PARTS).format(v=chance.choice(names), c=round(chance.uniform(0.1, 3), 3)) for _ in range(size(chance, 1, 60))]
    posted: Body = {"expression": " + ".join((*drawn, *(f"{name}**2" for name in names))), "variables": names}
    if chance.random() < 0.2:
        posted["find_minima"] = True
    return posted, len(names)


def model(chance: Random, most: int) -> Body:
    """A model with data of up to so many numbers, all at once or in mini-batches; `mlp` with layers of up to 100 units."""
    examples = size(chance, 2, most)
    features, name = size(chance, 1, min(50, most // examples)), chance.choice(MODELS)
    posted: Body = {"name": name, "X": [numbers(chance, features) for _ in range(examples)]}
    if name == "mlp":
        posted["loss"] = chance.choice(("half_squared_error", "logistic", "softmax"))
        posted["hidden"] = [size(chance, 1, 100) for _ in range(chance.randint(1, 3))]
        posted["activation"] = chance.choice(("relu", "tanh", "sigmoid"))
    has_classes = name == "softmax_regression" or posted.get("loss") == "softmax"
    has_labels = name == "logistic_regression" or posted.get("loss") == "logistic"
    posted["y"] = [number % (3 if has_classes else 2) if has_classes or has_labels else chance.uniform(-1, 1) for number in range(examples)]
    if chance.random() < 0.5:
        posted |= {"batch_size": size(chance, 1, examples), "seed": 1, "order": chance.choice(("shuffled", "sampled", "given"))}
        posted["values"] = chance.choice(("batch", "full"))
    return posted


def schedule(chance: Random, steps: int) -> Any:
    """A list of rates, or a schedule by name, with or without others in it."""
    cosine = {"name": "cosine", "decay_steps": steps}
    named = ({"name": "warmup", "steps": 10, "then": cosine}, {"name": "reduce_on_plateau"}, {"name": "exponential", "decay_rate": 0.999})
    listed = [[1e-4] * steps] if steps < 50_000 else []
    return chance.choice((*listed, cosine, *named, {"name": "one_cycle", "total_steps": steps}, {"name": "noam"}))


def step(chance: Random, _: Ask) -> Body:
    """One vector, or named tensors, of up to 150,000 numbers."""
    count = size(chance, 1, 150_000)
    if chance.random() < 0.5:
        return {"optimizer": optimizer(chance, REPLAYED), "params": numbers(chance, count), "gradient": numbers(chance, count)}
    names = [f"layer{number}.{'w' * chance.randint(1, 60)}" for number in range(min(count, size(chance, 1, 3000)))]
    each = max(1, count // len(names))
    tensors = [{name: numbers(chance, each) for name in names} for _ in range(2)]
    return {"optimizer": optimizer(chance, REPLAYED), "params": tensors[0], "gradient": tensors[1]}


def worked(chance: Random, ask: Ask) -> Body:
    """A step with its worked solution; sometimes each tensor has a weight decay of its own, so that each is worked out by itself."""
    body = step(chance, ask)
    body["optimizer"] = {"name": chance.choice(("adam", "rmsprop", "radam", "adadelta", "sgd")), "lr": 0.1}
    if isinstance(body["params"], dict) and len(body["params"]) <= 300 and chance.random() < 0.5:
        body["optimizer"]["weight_decay"] = {name: chance.random() for name in body["params"]}
    return {**body, "include": ["work"]}


def replay(chance: Random, most: int, widest: int) -> Body:
    """A replay of gradients of up to so many numbers, in one vector or in two named tensors."""
    dimension = size(chance, 1, widest)
    steps = size(chance, 1, max(1, most // dimension))

    def laid_out() -> Any:
        return numbers(chance, dimension) if not named else {"weights": numbers(chance, dimension), "bias": numbers(chance, 1)}

    named = chance.random() < 0.4
    return {"optimizer": optimizer(chance, REPLAYED), "start": laid_out(), "gradients": [laid_out() for _ in range(steps)]}


def trajectory(chance: Random, _: Ask) -> Body:
    """A run of up to ten million steps, or a replay of up to 100,000 numbers; a large one records few of its steps."""
    body: Body = {"include": chance.sample(INCLUDABLE, chance.randint(0, 6))}
    if chance.random() < 0.3:
        return {**body, **replay(chance, 100_000, 1000), "record_every": chance.choice((1, 1, 10))}
    asked, dimension = objective(chance, 200)
    steps = size(chance, 10, min(1e7, 4e7 / (dimension + 4)))
    body |= {"optimizer": optimizer(chance), "objective": asked, "steps": steps}
    body["record_every"] = max(chance.choice((1, 1, 10, 100)), math.ceil(steps * (dimension * 4 + 15) / 8e5))
    if chance.random() < 0.2:
        body["noise"] = {"std": 0.01, "seed": 1}
    if chance.random() < 0.2:
        body["schedule"] = schedule(chance, steps)
    if chance.random() < 0.2:
        body["stop"] = {"gradient_norm": 1e-9}
    return body


def of_expression(chance: Random, _: Ask) -> Body:
    """A run on a posted formula of up to a million steps."""
    asked, dimension = expression(chance, 30)
    body = {"optimizer": optimizer(chance), "objective": asked, "start": numbers(chance, dimension), "steps": size(chance, 1, 1e6)}
    return {**body, "record_every": max(1, body["steps"] // 5000), "include": ["points", "values"]}


def of_model(chance: Random, _: Ask) -> Body:
    """A run on posted data of up to 100,000 steps."""
    body: Body = {"optimizer": optimizer(chance), "objective": model(chance, 20_000), "steps": size(chance, 1, 1e5)}
    return {**body, "record_every": max(1, body["steps"] // 100), "include": chance.sample(INCLUDABLE, 2)}


def compare(chance: Random, _: Ask) -> Body:
    """Two to eight optimizers, up to sixty starts, fifty seeds and five angles, matched or decomposed."""
    asked, dimension = objective(chance, 300)
    count, starts, how = chance.randint(2, 8), chance.choice((1, 1, size(chance, 1, 60))), chance.random()
    labelled = [optimizer(chance) | {"label": f"optimizer {number}"} for number in range(count)]
    body: Body = {"objective": asked, "optimizers": labelled, "steps": size(chance, 1, 20_000)}
    if starts > 1:
        body["starts"] = {f"start {number}": numbers(chance, dimension) for number in range(starts)}
    if how < 0.4:
        tuned = {"mode": "tuned", "grid": [1e-6, 1e-3, chance.randint(3, 30)]}
        body["match"] = chance.choice(("first_step", "mean_step", "graft", tuned))
    elif how < 0.55:
        body |= {"decompose": ["optimizer 0", "optimizer 1"], "objective": chance.choice(("sphere", "rosenbrock"))}
        body.pop("starts", None)
    if chance.random() < 0.3:
        body["noise"] = {"std": 0.01, "seeds": list(range(size(chance, 1, 50)))}
    if chance.random() < 0.2:
        body["rotate"] = [15 * number for number in range(1, chance.randint(2, 6))]
    return body


def of_page(chance: Random, _: Ask) -> Body:
    """A comparison with what is recorded of its steps, on any kind of objective, sometimes with unequal budgets."""
    kind = chance.random()
    asked = expression(chance, 10)[0] if kind < 0.3 else model(chance, 2000) if kind < 0.5 else objective(chance, 30)[0]
    labelled = [optimizer(chance) | {"label": f"optimizer {number}"} for number in range(chance.randint(1, 6))]
    steps = size(chance, 1, 2000)
    body: Body = {"objective": asked, "optimizers": labelled, "steps": steps, "include": chance.sample(("points", "values", "measures"), 2)}
    if kind < 0.3:
        body["start"] = numbers(chance, len(asked["variables"]))
    if len(labelled) > 1 and chance.random() < 0.3:
        body["match"] = chance.choice(("first_step", "graft"))
    elif chance.random() < 0.3:
        body["steps"] = {each["label"]: size(chance, 1, steps) for each in labelled}
    elif chance.random() < 0.3:
        body["schedule"] = schedule(chance, steps)
    return {**body, "record_every": chance.choice((1, 10))}


def map_(chance: Random, _: Ask) -> Body:
    """One optimizer or two over a grid of up to 600 by 600."""
    asked, _dimension = objective(chance, 2)
    across, up, count = size(chance, 2, 600), size(chance, 2, 600), chance.randint(1, 2)
    grids: Sequence[Body] = (
        {"x": [-2, 2, across], "y": [-2, 2, up]},
        {"x": [-2, 2, across], "y": [-2, 2, up]},
        {"lr": [1e-6, 1e-3, across], "y": [-2, 2, up]},
        {"lr": [1e-6, 1e-3, across]},
    )
    measures = ["final_value"]
    if asked not in WITHOUT_MINIMUM:
        measures += ["steps_to_target", "minimum_reached", *(["direction_effect", "magnitude_effect"] if count == 2 else [])]
    body: Body = {
        "objective": asked,
        "optimizers": [optimizer(chance) for _ in range(count)],
        "steps": size(chance, 1, 2000),
        "grid": chance.choice(grids),
        "measure": chance.sample(measures, size(chance, 1, len(measures))),
    }
    if chance.random() < 0.3 and count == 2:
        body["match"] = chance.choice(("first_step", "mean_step"))
    return body


def contours(chance: Random, _: Ask) -> Body:
    """Any window of an objective of two parameters, and up to a hundred levels."""
    body: Body = {"objective": expression(chance, 2)[0] if chance.random() < 0.2 else objective(chance, 2)[0]}
    if chance.random() < 0.2:
        body["tolerance"] = 10 ** chance.uniform(-4, -1)
    if chance.random() < 0.5:
        body["window"] = [[-chance.uniform(0.1, 100), chance.uniform(0.1, 100)] for _ in range(2)]
    if chance.random() < 0.5:
        body["levels"] = size(chance, 1, 100)
    return body


def facts(chance: Random, _: Ask) -> Body:
    """An objective of up to 100,000 dimensions, a formula whose minima may be looked for, or a model."""
    kind = chance.random()
    asked = expression(chance, 10)[0] if kind < 0.3 else model(chance, 20_000) if kind < 0.5 else objective(chance, 100_000)[0]
    return {"objective": asked}


def reference(chance: Random, most: int) -> Body:
    """A replay of up to so many numbers, or a run of up to 2,000 steps."""
    if chance.random() < 0.5:
        return replay(chance, most, 300)
    return {"optimizer": optimizer(chance), "objective": objective(chance, 100)[0], "steps": size(chance, 1, 2000)}


def check(chance: Random, ask: Ask) -> Body:
    """A reference, and a submission that is right, or of another rate or optimizer."""
    asked, other = reference(chance, 3000), chance.random()
    wrong = dict(asked["optimizer"])
    if other < 0.3:
        wrong["lr"] *= 1 + chance.choice((1e-3, 1, -0.5))
    elif other < 0.6:
        wrong["name"] = chance.choice(REPLAYED)
    answer = ask("/trajectory", {**asked, "optimizer": wrong, "include": ["points"]})
    return {"reference": asked, "submission": {"points": answer.get("points", [0.0])}}


def candidates(chance: Random, _: Ask) -> Body:
    """A reference of which all candidates are asked for."""
    return {"reference": reference(chance, 1000), "candidates": True}


def probe(chance: Random, _: Ask) -> Body:
    """An optimizer, at settings that nobody asked for before."""
    return {"optimizer": optimizer(chance, REPLAYED)}


def audit(chance: Random, _: Ask) -> Body:
    """A reference, and a test of its points of any tolerance."""
    tolerance = {"rtol": 10 ** chance.uniform(-8, -2), "atol": 1e-9}
    return {"reference": reference(chance, 500), "compares": [chance.choice(("points", "points", "params"))], "tolerance": tolerance}


ENDPOINTS: Mapping[str, Endpoint] = {
    "/step": Endpoint("/step", step),
    "/step, work": Endpoint("/step", worked),
    "/trajectory": Endpoint("/trajectory", trajectory, FORMS),
    "/trajectory, expressions": Endpoint("/trajectory", of_expression),
    "/trajectory, models": Endpoint("/trajectory", of_model),
    "/compare": Endpoint("/compare", compare, FORMS),
    "/compare, include": Endpoint("/compare", of_page, (JSON, CSV)),
    "/map": Endpoint("/map", map_, FORMS),
    "/contours": Endpoint("/contours", contours),
    "/objectives": Endpoint("/objectives", facts),
    "/check": Endpoint("/check", check),
    "/check, candidates": Endpoint("/check", candidates),
    "/probe": Endpoint("/probe", probe),
    "/audit": Endpoint("/audit", audit),
}


def body_of(name: str, form: str, number: int, ask: Ask) -> Body:
    """The body of this number, always the same."""
    return ENDPOINTS[name].drawn(Random(f"{name} {form} {number}"), ask)  # noqa: S311
