"""The deep learning course (specialization course 2, week 2): momentum is a moving average; gd, momentum, RMSprop, Adam only."""

from __future__ import annotations

from .declaration import Convention, Renamed, Row

LR = frozenset({"lr"})
RATE = {"learning_rate": Renamed("lr")}
EPSILON = {"epsilon": Renamed("eps")}

COURSE = Convention(
    name="course",
    title="the deep learning course, course 2, week 2",
    rows=(
        Row(
            "sgd",
            names={"gd": {}, "momentum": {"momentum": 0.9}},
            arguments={**RATE, "beta": Renamed("momentum")},
            defaults={"momentum_form": "ema"},
            required=LR,
            letters={"momentum": r"\beta", "velocity": "v"},
            notes="v = beta v + (1 - beta) dW, without bias correction. This equals classic momentum with the learning rate lr (1 - beta).",
        ),
        Row(
            "rmsprop",
            arguments={**RATE, **EPSILON, "beta": Renamed("rho"), "beta2": Renamed("rho")},
            required=LR,
            letters={"rho": r"\beta", "v": "s"},
            notes="From the lecture; the course does not grade it. Here eps is outside the root. In some copies of the notes it is inside.",
        ),
        Row("adam", arguments={**RATE, **EPSILON}, defaults={"lr": 0.01}, letters={"m": "v", "v": "s"}),
    ),
    letters={"lr": r"\alpha", "params": "W", "gradient": r"dW"},
)
