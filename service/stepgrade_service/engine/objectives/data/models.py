"""The models that take data: what each computes, which losses it has, and what may stand beside its name."""

from __future__ import annotations

from dataclasses import dataclass

from ...reading.bounds import MOST_SEED_OF_TWISTER
from ..declaration import Facts, Objective
from .network import NETWORK
from .packing import GIVEN, HALF_SQUARED, HINGE, IDENTITY, LOGISTIC, RELU, SAMPLED, SHUFFLED, SIGMOID, SOFTMAX, SQUARED, TANH
from .sets import CLASSES, DATA_SETS, LABELS, NUMBERS

#: The losses of one example with score z and target y, by name: the number in the kernel, and the formula.
LOSSES = {
    "half_squared_error": (HALF_SQUARED, r"\tfrac12 (z - y)^2"),
    "squared_error": (SQUARED, r"(z - y)^2"),
    "logistic": (LOGISTIC, r"\log(1 + e^z) - y z"),
    "softmax": (SOFTMAX, r"\log \sum_c e^{z_c} - z_y"),
    "hinge": (HINGE, r"\max(0,\ 1 - (2y - 1) z)"),
}

#: What courses and frameworks call them.
LOSS_ALIASES = {
    "mse": "squared_error",
    "binary_cross_entropy": "logistic",
    "log_loss": "logistic",
    "cross_entropy": "softmax",
    "softmax_cross_entropy": "softmax",
}

ACTIVATIONS = {"relu": RELU, "tanh": TANH, "sigmoid": SIGMOID, "identity": IDENTITY}

ORDERS = {"shuffled": SHUFFLED, "given": GIVEN, "sampled": SAMPLED}

REDUCTIONS = ("mean", "sum")

#: Whether an example is a row of X, as in most courses, or a column.
LAYOUTS = ROWS, COLUMNS = ("rows", "columns")
LAYOUT_ALIASES = {"dls": COLUMNS, "cs231n": ROWS, "d2l": ROWS}

ALIASES = {"loss": LOSS_ALIASES, "layout": LAYOUT_ALIASES}

#: Whose loss is told as the value where there are mini-batches.
VALUES = FULL, BATCH = ("full", "batch")

#: What the targets of each loss must be.
TARGETS_OF = {
    "half_squared_error": (NUMBERS, LABELS),
    "squared_error": (NUMBERS, LABELS),
    "logistic": (LABELS,),
    "hinge": (LABELS,),
    "softmax": (CLASSES, LABELS),
}

MOST_LAYERS, MOST_UNITS, MOST_CLASSES, MOST_PARAMETERS = 10, 1000, 1000, 1_000_000


@dataclass(frozen=True)
class Member:
    """One member of a model: a number within bounds, a whole one, one of some names, true or false, or arrays."""

    name: str
    meaning: str
    kind: str = "choice"
    default: float | int | bool | str | tuple[int, ...] | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    batches: bool = False


@dataclass(frozen=True)
class ModelKind:
    """A model: linear where it is not deep; `losses` are those that it may have, the first by default with posted data."""

    objective: Objective
    losses: tuple[str, ...]
    data: str
    reduction: str = "mean"
    has_bias: bool = True
    is_deep: bool = False

    @property
    def name(self) -> str:
        return self.objective.name

    @property
    def members(self) -> dict[str, Member]:
        """Its members, by name."""
        takes_classes = "softmax" in self.losses
        left_out = {*(() if self.is_deep else DEEP), *(() if takes_classes else ("classes",))}
        return {each.name: each for each in members_of(self) if each.name not in left_out}


#: The members of a network alone.
DEEP = ("hidden", "activation")


def members_of(kind: ModelKind) -> tuple[Member, ...]:
    """Every member there is, with the defaults of a model."""
    return (
        Member("data", "a data set by name, in place of X and y", default=kind.data, choices=tuple(DATA_SETS)),
        Member("X", "the inputs: a list of examples, or with layout columns a list of features", kind="tensor"),
        Member("y", "the targets, one per example: numbers, labels 0 and 1, or class numbers from 0", kind="tensor"),
        Member("layout", "rows: an example is a row of X, scores are X @ W + b; columns: it is a column, W @ X + b", default=ROWS,
                choices=LAYOUTS),
        Member("hidden", "how many units each hidden layer has", kind="sizes", default=(8,), minimum=1, maximum=MOST_UNITS),
        Member("activation", "what each hidden unit applies to its sum", default="relu", choices=tuple(ACTIVATIONS)),
        Member("loss", "the loss of one example", default=None if kind.is_deep else kind.losses[0], choices=kind.losses),
        Member("classes", "how many classes there are; the largest of y plus 1 if left out", kind="whole", minimum=2,
                maximum=MOST_CLASSES),
        Member("reduction", "mean or sum of the losses over the examples of a step", default=kind.reduction, choices=REDUCTIONS),
        Member("l2", "the objective has l2 * l2_factor * (sum of the squared weights) more; biases are not in it", kind="number",
                default=0.0, minimum=0.0),
        Member("l2_factor", "1/2 in most courses and for weight_decay of torch; 1 in some", kind="number", default=0.5, minimum=0.0),
        Member("batch_size", "examples in a mini-batch, one of which gives the gradient of a step; all if left out", kind="whole",
                minimum=1),
        Member("order", "shuffled: a new order in each epoch; given: as posted; sampled: drawn with replacement; or a list of batches, "
                "each a list of example numbers from 0", kind="order", default="shuffled", choices=tuple(ORDERS), batches=True),
        Member("seed", "epoch e is shuffled as NumPy's RandomState(seed + e).permutation does, e from 0; mini-batch k, from 0, is sampled "
                "as RandomState(seed + k).randint does", kind="whole", default=0, minimum=0, maximum=MOST_SEED_OF_TWISTER, batches=True),
        Member("drop_last", "whether a last, smaller mini-batch of an epoch is left out", kind="flag", default=False, batches=True),
        Member("values", "full: values are those of all examples; batch: of the step's mini-batch, and nothing is measured against a "
                "minimum", default=FULL, choices=VALUES, batches=True),
        Member("init_seed", "the seed of random starts, as NumPy's RandomState draws them", kind="whole", default=0, minimum=0,
                maximum=MOST_SEED_OF_TWISTER),
        Member("init_std", "the standard deviation of the start 'normal'", kind="number", default=0.01, minimum=0.0),
    )  # fmt: skip


def _no_facts(*_: object) -> Facts:
    raise NotImplementedError("the facts of a model depend on its data")


def _objective(name: str, title: str, formula: str, source: str, notes: str) -> Objective:
    return Objective(name, title, formula, source, NETWORK, _no_facts, dimension=None, most_dimension=MOST_PARAMETERS, notes=notes)


SQUARED_ERRORS = ("half_squared_error", "squared_error")

MODELS: dict[str, ModelKind] = {
    kind.name: kind
    for kind in (
        ModelKind(
            _objective(
                "linear_regression", "Linear regression", r"\mathrm{mean}_i\ \tfrac12 \lVert x_i W + b - y_i \rVert^2",
                "Zhang, Lipton, Li & Smola, Dive into Deep Learning, section 3.1",
                "The minimum is computed where it is unique and the data is not too large.",
            ),
            SQUARED_ERRORS,
            "line",
        ),
        ModelKind(
            _objective(
                "least_squares", "Least squares", r"\tfrac12 \lVert X W - y \rVert^2",
                "Nocedal & Wright 2006, Numerical Optimization, section 10.2",
                "It has no bias, and by default it is a sum. The minimum is computed where it is unique and the data is not too large.",
            ),
            SQUARED_ERRORS,
            "line",
            reduction="sum",
            has_bias=False,
        ),
        ModelKind(
            _objective(
                "logistic_regression", "Logistic regression", r"\mathrm{mean}_i\ \log(1 + e^{z_i}) - y_i z_i,\quad z_i = x_i W + b",
                "Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 4.4",
                "With the loss hinge it is the linear support vector machine.",
            ),
            ("logistic", "hinge"),
            "blobs",
        ),
        ModelKind(
            _objective(
                "softmax_regression", "Softmax regression",
                r"\mathrm{mean}_i\ \log \sum_c e^{z_{ic}} - z_{i y_i},\quad z_i = x_i W + b",
                "Stanford CS231n, Linear Classification",
                "",
            ),
            ("softmax",),
            "spiral",
        ),
        ModelKind(
            _objective(
                "mlp", "Multilayer perceptron",
                r"\mathrm{mean}_i\ \ell(z_i, y_i),\quad a^{(l)} = \sigma(a^{(l-1)} W_l + b_l),\quad z = a^{(L-1)} W_L + b_L",
                "Goodfellow, Bengio & Courville 2016, Deep Learning, chapter 6",
                "With posted data it needs a loss; with a named data set the loss follows from its targets.",
            ),
            tuple(LOSSES),
            "moons",
            is_deep=True,
        ),
    )
}  # fmt: skip
