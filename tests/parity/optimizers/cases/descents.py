"""ASGD, Rprop, Ftrl, SparseAdam, Lion, Signum, MADGRAD, and the momenta that no framework has."""

from case import Case, cases

RATE = {"scale_by_learning_rate": 1e-3}


def zoo(name: str, request: dict[str, object], **arguments: object) -> Case:
    """An optimizer in its paper's convention, and the same in pytorch_optimizer."""
    return Case({"convention": "paper", **request}, framework="pytorch_optimizer", name=name, arguments=arguments)


CASES = (
    *cases(
        "torch",
        ("ASGD", {}),
        ("ASGD", {"lr": 0.02, "lambd": 0.1, "alpha": 0.6, "t0": 10.0, "weight_decay": 0.1}),
        ("ASGD", {"lr": 0.02, "lambd": 0.1, "alpha": 0.6, "t0": 10.0, "maximize": True}),
        ("Rprop", {}),
        ("Rprop", {"lr": 0.1, "etas": [0.4, 1.5], "step_sizes": [1e-3, 0.5], "maximize": True}),
        ("RMSprop", {"lr": 1e-3, "alpha": 0.8, "eps": 1e-4, "weight_decay": 0.1, "momentum": 0.6, "centered": False}),
        ("Adagrad", {"lr": 0.05, "lr_decay": 0.1, "eps": 1e-4, "weight_decay": 0.1, "initial_accumulator_value": 0.3}),
        ("SGD", {"lr": 1e-3, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
        ("SGD", {"lr": 1e-3, "momentum": 0.9, "nesterov": True}),
    ),
    *cases(
        "torch",
        ("SparseAdam", {}),
        ("SparseAdam", {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-4, "maximize": True}),
        wants="sparse",
    ),
    *cases(
        "keras",
        ("Ftrl", {}),
        (
            "Ftrl",
            {
                "learning_rate": 0.05,
                "learning_rate_power": -0.6,
                "initial_accumulator_value": 0.3,
                "l1_regularization_strength": 0.01,
                "l2_regularization_strength": 0.02,
                "l2_shrinkage_regularization_strength": 0.03,
                "beta": 0.5,
                "weight_decay": 0.1,
            },
        ),
        ("Lion", {}),
        ("Lion", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "weight_decay": 0.1}),
        ("Adagrad", {"learning_rate": 0.05, "initial_accumulator_value": 0.3, "epsilon": 1e-4, "weight_decay": 0.1}),
    ),
    *cases(
        "optax",
        ("rprop", {"learning_rate": 0.01}),
        (
            "rprop",
            {"learning_rate": 0.1, "eta_minus": 0.4, "eta_plus": 1.5, "min_step_size": 1e-3, "max_step_size": 0.5},
        ),
        ("signum", {"learning_rate": 0.01}),
        ("signum", {"learning_rate": 0.02, "beta": 0.7}),
        ("optimistic_gradient_descent", {"learning_rate": 1e-3}),
        ("optimistic_gradient_descent", {"learning_rate": 1e-3, "alpha": 0.7, "beta": 1.4}),
        ("lion", {"learning_rate": 0.01}),
        ("lion", {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95, "weight_decay": 0.1}),
        ("sgd", {"learning_rate": 1e-3, "momentum": 0.9, "nesterov": True}),
        ("adagrad", {"learning_rate": 0.05, "initial_accumulator_value": 0.3, "eps": 1e-4}),
        (
            "rmsprop",
            {
                "learning_rate": 0.01,
                "decay": 0.8,
                "eps": 1e-4,
                "initial_scale": 0.3,
                "eps_in_sqrt": False,
                "centered": False,
                "momentum": 0.7,
                "nesterov": True,
                "bias_correction": True,
            },
        ),
    ),
    *(
        Case(
            {
                "convention": "optax",
                "name": "lion",
                "learning_rate": 0.01,
                "b1": 0.8,
                "weight_decay": 0.0,
                "mode": mode,
                "smooth_beta": 1.5,
            },
            name="chain",
            arguments={"chain": [{"scale_by_lion": {"b1": 0.8, "mode": mode, "smooth_beta": 1.5}}, {"scale_by_learning_rate": 0.01}]},
        )
        for mode in ("smooth", "refined")
    ),
    *(
        Case({"convention": "optax", "chain": links}, name="chain", arguments={"chain": links}, label=label)
        for label, links in {
            "smooth Lion": [{"scale_by_lion": {"b1": 0.8, "mode": "smooth", "smooth_beta": 1.5}}, RATE],
            "refined Lion": [{"scale_by_lion": {"b2": 0.95, "mode": "refined"}}, RATE],
            "optimistic": [{"scale_by_optimistic_gradient": {"alpha": 0.7, "beta": 1.4}}, RATE],
        }.items()
    ),
    *cases(
        "optax",
        ("madgrad", {"learning_rate": 0.01}),
        ("madgrad", {"learning_rate": 0.01, "momentum": 0.7, "weight_decay": 0.1, "eps": 1e-4}),
        bound=1e-6,
        because="optax computes the root of the step number in float32. pytorch_optimizer computes it in float64, and agrees.",
    ),
    zoo(
        "MADGRAD",
        {"name": "madgrad", "lr": 0.01, "momentum": 0.7, "weight_decay": 0.1, "eps": 1e-4, "eps_in_lr": True},
        lr=0.01,
        momentum=0.7,
        weight_decay=0.1,
        eps=1e-4,
    ),
    zoo("QHM", {"name": "qhm", "lr": 1e-3, "weight_decay": 0.1}, lr=1e-3, momentum=0.999, nu=0.7, weight_decay=0.1),
    zoo("QHM", {"name": "qhm", "lr": 1e-3, "momentum": 0.8, "nu": 0.4}, lr=1e-3, momentum=0.8, nu=0.4),
    zoo("AggMo", {"name": "aggmo", "lr": 1e-3}, lr=1e-3),
    zoo(
        "AggMo",
        {"name": "aggmo", "lr": 1e-3, "count": 4, "scale": 0.5, "weight_decay": 0.1, "weight_decay_mode": "decoupled"},
        lr=1e-3,
        betas=[0.0, 0.5, 0.75, 0.875],
        weight_decay=0.1,
        weight_decouple=True,
    ),
    zoo("AccSGD", {"name": "accsgd", "lr": 1e-3}, lr=1e-3),
    zoo(
        "AccSGD",
        {"name": "accsgd", "lr": 1e-3, "kappa": 100.0, "xi": 5.0, "constant": 0.5, "weight_decay": 0.1},
        lr=1e-3,
        kappa=100.0,
        xi=5.0,
        constant=0.5,
        weight_decay=0.1,
    ),
    zoo("Tiger", {"name": "tiger", "lr": 0.01}, lr=0.01),
    zoo(
        "Tiger",
        {"name": "tiger", "lr": 0.01, "beta": 0.8, "weight_decay": 0.1, "weight_decay_mode": "l2"},
        lr=0.01,
        beta=0.8,
        weight_decay=0.1,
        weight_decouple=False,
    ),
    zoo("PNM", {"name": "pnm", "lr": 1e-3}, lr=1e-3),
    zoo(
        "PNM",
        {"name": "pnm", "lr": 1e-3, "beta1": 0.8, "beta0": 0.6, "weight_decay": 0.1, "weight_decay_mode": "decoupled"},
        lr=1e-3,
        betas=[0.8, 0.6],
        weight_decay=0.1,
    ),
)
