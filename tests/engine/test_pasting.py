"""Optimizers as they stand in programs: calls as text, torch's defaults and Keras's configurations; and that nothing of a text is run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.conventions.constructors import CONSTRUCTORS
from stepgrade_service.engine.conventions.optax_transforms import REFUSED, TRANSFORMS
from stepgrade_service.engine.conventions.resolve import resolve, resolve_scheduled
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory
from stepgrade_service.engine.schedules.resolve import resolve as resolve_schedule


def refused(written: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        resolve(written)
    return {fault.path: fault.detail for fault in caught.value.faults}


def called(text: Any, convention: str = "torch", **beside: Any) -> dict[str, Any]:
    return {"convention": convention, "call": text, **beside}


@pytest.mark.parametrize(
    ("written", "same"),
    [
        (called("torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.95))"), {"name": "Adam", "lr": 0.01, "betas": [0.8, 0.95]}),
        (called("optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)  # as it stands"), {"name": "Adam", "lr": 0.01}),
        (called("self.optimizer: Any = Adam(params)"), {"name": "Adam"}),
        (called("Adam(lr=1e-2, amsgrad=True, foreach=None)"), {"name": "Adam", "lr": 0.01, "amsgrad": True, "foreach": None}),
        (called(" SGD([{'params': w}, {'params': b}], 0.1,\n    momentum=.9)"), {"name": "SGD", "lr": 0.1, "momentum": 0.9}),
        (called("optim.RMSprop(net.parameters(), **{})".replace(", **{}", "")), {"name": "RMSprop"}),
        (
            called("keras.optimizers.SGD(0.1, momentum=0.9)", "keras"),
            {"convention": "keras", "name": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        ),
        (called("Adam(clipnorm=1.0, weight_decay=None)", "keras"), {"convention": "keras", "name": "Adam", "clipnorm": 1.0}),
        (called("optax.adam(0.1, b1=0.8)", "optax"), {"convention": "optax", "name": "adam", "learning_rate": 0.1, "b1": 0.8}),
        (called("Adam(w, lr=-0.0)", lookahead_steps=5), {"name": "Adam", "lr": 0.0, "lookahead_steps": 5}),
        (called("SGD(w, 0.1, 0.9, 0, 0.01, True)"), {"name": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}),
        (called("Adam(w, 0.01, (0.8, 0.95), 1e-6)"), {"name": "Adam", "lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6}),
        (called("ASGD(w, 0.01, 1e-4, 0.75, 1e6, 0.0, None, True)"), {"name": "ASGD", "maximize": True}),
        (
            called("AdamW(1e-3, 0.01, 0.8, name='mine')", "keras"),
            {"convention": "keras", "name": "AdamW", "learning_rate": 1e-3, "weight_decay": 0.01, "beta_1": 0.8},
        ),
        (
            called("SGD(0.1, 0.9, True, None, 1.0)", "keras"),
            {"convention": "keras", "name": "SGD", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "clipnorm": 1.0},
        ),
        (called("optax.adam(1e-3, 0.8)", "optax"), {"convention": "optax", "name": "adam", "learning_rate": 1e-3, "b1": 0.8}),
        (
            called("adamw(1e-3, 0.8, 0.99, 1e-8, 0.0, None, 0.1)", "optax"),
            {"convention": "optax", "name": "adamw", "learning_rate": 1e-3, "b1": 0.8, "b2": 0.99, "weight_decay": 0.1},
        ),
        (
            called("optax.chain(optax.trace(0.9, True), optax.ema(0.8, False), optax.scale(-0.1))", "optax"),
            {
                "convention": "optax",
                "chain": [{"trace": {"decay": 0.9, "nesterov": True}}, {"ema": {"decay": 0.8, "debias": False}}, {"scale": -0.1}],
            },
        ),
    ],
    ids=str,
)
def test_a_call_is_the_optimizer_that_it_would_make(written, same):
    same = same if "chain" in same else {"convention": "torch", **same}
    made = resolve(written)
    assert made.ignored in ((), ("params",), ("foreach", "params"))
    assert replace(made, ignored=()) == replace(resolve(same), ignored=())


#: What a call of each framework gives without names, in their order: torch 2.13.0, Keras 3.15.1, optax 0.2.8.
SIGNATURES = json.loads((Path(__file__).resolve().parents[1] / "parity" / "signatures.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("framework", [name for name in SIGNATURES if name in CONSTRUCTORS])
def test_the_order_of_the_arguments_is_that_of_the_framework(framework):
    theirs = {name: tuple(order.split()) for name, order in SIGNATURES[framework].items()}
    for constructor in CONSTRUCTORS[framework]:
        params = ("params",) if framework == "torch" else ()
        assert (*params, *constructor.positional) == theirs[constructor.name], constructor.name
    for name, transform in TRANSFORMS.items() if framework == "optax" else ():
        assert transform.order == theirs[name], name


def test_too_many_arguments_without_a_name_are_told_with_those_that_there_are():
    told = refused(called("SGD(w, 0.1, 0.9, 0, 0.01, True, False)"))[("call",)]
    assert told == "SGD: expected at most 6 arguments without a name: params, lr, momentum, dampening, weight_decay, nesterov"
    told = refused(called("optax.optimistic_adam_v2(0.1, 1.0)", "optax"))[("call",)]
    assert told == "optimistic_adam_v2: expected at most 1 argument without a name: learning_rate"
    assert refused(called("Adam(w, *rates)"))[("call",)] == "expected every argument by itself: * is accepted only before a list"
    assert "keras.optimizers" not in refused(called("Adam(name=7, learning_rate=-1)", "keras"))[("call",)]


@pytest.mark.parametrize(
    "groups", ["[{'params': a}, {'params': b.parameters(), 'lr': 0.2}]", "params=[dict(params=a), dict(params=b[0], momentum=0.9)]"]
)
def test_a_group_with_numbers_of_its_own_is_not_left_out_in_silence(groups):
    (told,) = refused(called(f"SGD({groups}, lr=0.1)")).values()
    assert told.startswith("the call has parameter groups with their own ")


@pytest.mark.parametrize("text", ["optax.freeze(f)", "optax.contrib.sam(optax.sgd(0.1))", "optax.masked(optax.sgd(1.0), f)"])
def test_what_optax_puts_around_an_optimizer_is_refused_with_what_there_is_in_its_place(text):
    name = text.partition("(")[0].rpartition(".")[2]
    assert refused(called(text, "optax")) == {("call",): f"{name} is not in this service: {REFUSED[name]}"}


def test_every_fault_of_a_call_is_told_at_once():
    faults = refused(called("Adam(w, lr=-1, betas=pair, eps=f(1), weigth_decay=0, **more)", lookahead_steps=0.5))
    assert set(faults) == {("call",), ("lookahead_steps",)}
    parts = ("lr: expected", "betas: pair is a variable", "eps: f(1) is not known", "weigth_decay: unknown", "** is accepted only before")
    for part in parts:
        assert part in faults[("call",)]
    chain = {"call": "optax.chain(optax.clip(-1.0), optax.trace(x), optax.adam(0.1, 2.0, 0.9, 1e-8, 0.0, None, 7))"}
    told = refused(chain)[("call",)]
    for part in ("chain.0.clip.max_delta: expected", "chain.1.trace: decay: x is a variable", "adam: expected at most 6"):
        assert part in told


def test_an_argument_that_cannot_be_read_is_told_once():
    assert refused(called("SGD(w, 0.1, momentum=beta, nesterov=True)")) == {
        ("call",): "momentum: beta is a variable, and only the text of the call is known here: write its value"
    }
    assert refused(called("optax.adam(rate)", "optax")) == {
        ("call",): "learning_rate: rate is a variable, and only the text of the call is known here: write its value"
    }


def test_a_call_that_does_not_say_its_framework_tells_what_is_wrong_in_every_framework():
    faults = refused({"call": "Adam(weight_decay=-1, amsgrad=x)", "lookahead_steps": 0.5})
    assert set(faults) == {("convention",), ("lookahead_steps",)}  # optax's adam has other arguments
    faults = refused({"call": "RMSprop(momentum=-1)", "lookahead_steps": 0.5})
    assert set(faults) == {("convention",), ("call",), ("lookahead_steps",)}
    assert set(refused({"call": "Adm(lr=0.1)"})) == {("convention",), ("call",)}
    assert set(refused({"call": "Adam(0.1, 0.9)"})) == {("convention",)}  # right in Keras and optax
    assert set(refused({"call": "torch.optim.Adam(w, lr=-1)", "convention": "keras"})) == {("convention",), ("call",)}
    assert set(refused({"call": "RMSprop(momentum=0.1)", "momentum": 0.2})) == {("convention",), ("momentum",)}


def test_torch_s_defaults_are_taken_as_they_are():
    switches = {"params": [0, 1], "maximize": False, "foreach": None, "capturable": False, "differentiable": False, "fused": None}
    defaults = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-08, "weight_decay": 0.01, "amsgrad": False, "decoupled_weight_decay": True}
    pasted = resolve({"convention": "torch", "name": "AdamW", **defaults, **switches})
    assert pasted.settings == resolve({"convention": "torch", "name": "AdamW"}).settings
    assert pasted.ignored == ("params", "capturable", "differentiable")  # null is as if it were not there


#: What keras.optimizers.SGD(0.1, momentum=0.9).get_config() gives, Keras 3.15.1.
KERAS_CONFIG = {
    "name": "SGD", "learning_rate": 0.10000000149011612, "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None, "momentum": 0.9, "nesterov": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "places"),
    [
        ({"class_name": "Adam", "config": 3}, {("config",)}),
        ({"class_name": "Adam", "config": []}, {("config",)}),
        ({"class_name": None}, {("class_name",)}),
        ({"class_name": 3, "config": 3}, {("class_name",)}),
        ({"class_name": "Adm", "config": None}, {("class_name",)}),
    ],
)
def test_a_configuration_that_is_none_is_refused_where_it_stands(odd, places):
    assert set(refused(odd)) == places


def test_a_configuration_of_null_is_none():
    assert resolve({"class_name": "Adam", "config": None}) == resolve({"class_name": "Adam"})


def test_keras_s_configuration_is_taken_as_it_is_and_so_is_what_it_serializes():
    expected = resolve({"convention": "keras", "name": "SGD", "learning_rate": 0.10000000149011612, "momentum": 0.9})
    assert resolve({"convention": "keras", **KERAS_CONFIG}) == expected
    serialized = {"module": "keras.optimizers", "class_name": "SGD", "config": {**KERAS_CONFIG, "name": "mine"}, "registered_name": None}
    assert resolve(serialized) == expected


def test_what_is_wrong_with_the_arguments_is_told_at_the_call():
    assert refused(called("Adam(w, lr=-1, betas=(2, 0.5))")) == {
        ("call",): "lr: expected a number of at least 0 and at most 1e+300, got -1; "
        "betas.0: expected a number of at least 0 and less than 1, got 2"
    }
    assert refused(called("Adm(w)"))[("call",)].startswith("name: unknown optimizer 'Adm'; did you mean adam")
    config = {"class_name": "SGD", "config": {"learning_rate": "fast", "momentom": 0.9}}
    assert set(refused(config)) == {("config", "learning_rate"), ("config", "momentom")}
    assert list(refused({"class_name": "SDG"})) == [("class_name",)]


@pytest.mark.parametrize(
    "text",
    [
        "", "Adam", "Adam(", "(" * 900, "lambda: 0", "Adam(w)(w)", "Adam(w, lr=rate)", "Adam(w, lr=cosine(0.1))", "Adam(w, 0.1, 0.9)",
        "Adam(w, **settings)", "Adam(w, lr=1, lr=2)", "Adam(w, 1, lr=2)", "Adam(w, lr=1 if w else 2)", "Adam(w, lr=9**9**9)", "[0][0](w)",
        "Adam(w, lr='\0')", "Adam(w, lr=" + "1" * 990 + ")", "x" * 1001, 7, None, ["Adam()"],
    ],
    ids=lambda text: str(text)[:30],
)  # fmt: skip
def test_what_is_no_call_of_literals_is_refused_at_the_call(text):
    assert list(refused(called(text))) == [("call",)]


def test_nothing_of_a_call_is_run(tmp_path):
    witness = tmp_path / "witness"
    for text in (
        f"Adam(open({str(witness)!r}, 'w'), lr=0.1)",
        f"Adam(w, lr=open({str(witness)!r}, 'w'))",
        f"open({str(witness)!r}, 'w')(w)",
    ):
        try:
            resolve(called(text))
        except Refusal:
            continue
    assert not witness.exists()


#: What keras.optimizers.schedules.CosineDecay(0.1, 100) is in get_config() of an optimizer, Keras 3.15.1.
KERAS_COSINE = {
    "module": "keras.optimizers.schedules", "class_name": "CosineDecay", "registered_name": None,
    "config": {
        "initial_learning_rate": 0.1, "decay_steps": 100, "alpha": 0.0, "name": "CosineDecay", "warmup_target": None, "warmup_steps": 0,
    },
}  # fmt: skip

COSINE = {"name": "cosine", "lr": 0.1, "decay_steps": 100}

#: An optimizer whose learning rate is a schedule, the optimizer without it, and the schedule.
NESTED = [
    (called("keras.optimizers.Adam(learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 100))", "keras"), "keras", "Adam", COSINE),
    (called("Adam(schedules.CosineDecay(decay_steps=100, initial_learning_rate=1e-1), epsilon=1e-7)", "keras"), "keras", "Adam", COSINE),
    (called("optax.adam(optax.cosine_decay_schedule(0.1, 100))", "optax"), "optax", "adam", COSINE),
    ({**KERAS_CONFIG, "convention": "keras", "momentum": 0.0, "learning_rate": KERAS_COSINE}, "keras", "SGD", COSINE),
    ({"class_name": "Adam", "config": {"learning_rate": KERAS_COSINE}}, "keras", "Adam", COSINE),
    ({"name": "adam", "convention": "optax", "lr": COSINE}, "optax", "adam", COSINE),
    (
        called("optax.sgd(optax.join_schedules([optax.linear_schedule(0.0, 0.1, 5), optax.constant_schedule(0.1)], [5]))", "optax"),
        "optax",
        "sgd",
        {
            "name": "join",
            "schedules": [{"name": "polynomial", "lr": 0.0, "lr_end": 0.1, "decay_steps": 5}, {"name": "constant", "lr": 0.1}],
            "boundaries": [5],
        },
    ),
    (
        called("optax.sgd(optax.piecewise_constant_schedule(0.1, {2: 0.5}))", "optax"),
        "optax",
        "sgd",
        {"convention": "optax", "name": "piecewise_constant_schedule", "init_value": 0.1, "boundaries_and_scales": {"2": 0.5}},
    ),
]  # fmt: skip

GRADIENTS = [[0.5, -4.0], [0.25, 3.0], [-0.5, 0.0], [1.0, 1.0], [2.0, -1.0], [0.5, 0.5], [0.1, 0.1]]


@pytest.mark.parametrize(("written", "convention", "name", "schedule"), NESTED, ids=lambda value: str(value)[:60])
def test_a_schedule_as_the_learning_rate_is_the_schedule_of_the_request_and_the_rate_of_each_step(written, convention, name, schedule):
    plain_one = {"convention": convention, "name": name, "lr": 1.0}
    run = {"start": [1.0, 2.0], "gradients": GRADIENTS, "include": ["points", "updates"]}
    nested = trajectory({"optimizer": written, **run})
    apart = trajectory({"optimizer": plain_one, "schedule": schedule, **run})
    assert nested.points.tobytes() == apart.points.tobytes()
    assert nested.plan.schedule.echo == apart.plan.schedule.echo
    again = trajectory({"optimizer": nested.plan.choice.echo, "schedule": nested.plan.schedule.echo, **run})
    assert again.points.tobytes() == nested.points.tobytes()
    params, state = [1.0, 2.0], {"t": 0}
    for gradient, point in zip(GRADIENTS, nested.points[1:], strict=True):
        step = take_step({"optimizer": written, "params": params, "gradient": gradient, "state": state})
        repeated = take_step({"optimizer": step.choice.echo, "params": params, "gradient": gradient, "state": state})
        assert step.params.tobytes() == point.tobytes() == repeated.params.tobytes()
        params, state = step.params, step.state


def test_in_a_comparison_each_optimizer_keeps_its_schedule():
    nested = called("optax.sgd(optax.cosine_decay_schedule(0.1, 100))", "optax")
    request = {"objective": "quadratic", "steps": 20}
    found = compare({**request, "optimizers": [{**nested, "label": "one"}, {"name": "gd", "lr": 0.02}]})
    apart = {"optimizers": [{"name": "sgd", "convention": "optax", "lr": 0.1, "label": "one"}, {"name": "gd", "lr": 0.02}]}
    other = compare({**request, **apart, "schedule": {"one": COSINE}})
    assert [repr(run.summary) for run in found.upright.runs] == [repr(run.summary) for run in other.upright.runs]


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"optimizer": NESTED[0][0], "schedule": COSINE}, ("schedule",)),
        ({"optimizer": called("Adam(learning_rate=CosineDecay(0.1))", "keras")}, ("optimizer", "call")),
        ({"optimizer": called("Adam(learning_rate=CosineDecoy(0.1, 5))", "keras")}, ("optimizer", "call")),
        ({"optimizer": called("Adam(learning_rate=open('x'))", "keras")}, ("optimizer", "call")),
        ({"optimizer": called("Adam(beta_1=CosineDecay(0.1, 100))", "keras")}, ("optimizer", "call")),
        ({"optimizer": called("Adam(w, lr=CosineAnnealingLR(o, 5))")}, ("optimizer", "call")),
        ({"optimizer": {"name": "adam", "lr": {"name": "cosine", "decay_steps": 5}}}, ("optimizer", "lr")),
        ({"optimizer": {"name": "adam", "lr": {"name": "cosin", "decay_steps": 5}}}, ("optimizer", "lr", "name")),
        (
            {"optimizer": "adam", "schedule": {"convention": "torch", "call": "CosineAnnealingLR(optimizer, T_max=-5)"}},
            ("schedule", "call"),
        ),
        (
            {"optimizer": "adam", "schedule": {"convention": "torch", "call": "StepLR(optimizer, step_size=open('x'))"}},
            ("schedule", "call"),
        ),
        ({"optimizer": "adam", "schedule": {"convention": "torch", "call": "LambdaLR(optimizer, lambda t: 1)"}}, ("schedule", "call")),
        ({"optimizer": "adam", "schedule": {"call": "StepLR(optimizer, 5)"}}, ("schedule", "convention")),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_what_is_wrong_with_a_schedule_in_an_optimizer_is_told_there(request_, place):
    with pytest.raises(Refusal) as caught:
        trajectory({"objective": "quadratic", **request_})
    assert [fault.path for fault in caught.value.faults] == [place]


@pytest.mark.parametrize(
    ("text", "convention", "same"),
    [
        ("CosineAnnealingLR(optimizer, T_max=50)", "torch", {"name": "CosineAnnealingLR", "T_max": 50}),
        ("torch.optim.lr_scheduler.StepLR(opt, 3, 0.5)", "torch", {"name": "StepLR", "step_size": 3, "gamma": 0.5}),
        (
            "SequentialLR(o, [LinearLR(o, 0.1), ExponentialLR(o, gamma=0.9)], milestones=[4])",
            "torch",
            {
                "name": "SequentialLR",
                "schedulers": [{"name": "LinearLR", "start_factor": 0.1}, {"name": "ExponentialLR", "gamma": 0.9}],
                "milestones": [4],
            },
        ),
        (
            "PolynomialDecay(0.1, 20, power=2.0)",
            "keras",
            {"name": "PolynomialDecay", "initial_learning_rate": 0.1, "decay_steps": 20, "power": 2.0},
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_scheduler_can_be_posted_as_its_call(text, convention, same):
    assert resolve_schedule({"convention": convention, "call": text}).echo == resolve_schedule({"convention": convention, **same}).echo


def test_a_schedule_cannot_stand_in_an_optimizer_where_one_rate_is_needed():
    assert refused(NESTED[0][0])[()].startswith("expected a number as the learning rate")
    assert resolve_scheduled(NESTED[0][0]).settings["lr"] == 0.1


def test_a_call_is_one_of_a_framework():
    for convention in ("paper", "course", None, 7, ["torch"]):
        assert list(refused(called("Adam()", convention))) == [("convention",)]  # type: ignore[arg-type]
    assert list(refused(called("Adam(w, lr=0.1)", lr=0.2))) == [("lr",)]


@pytest.mark.parametrize(
    ("text", "convention"),
    [
        ("torch.optim.Adam(model.parameters(), lr=0.01)", "torch"),
        ("optim.SGD(net.parameters(), 0.1)", "torch"),
        ("tf.keras.optimizers.Adam(0.01)", "keras"),
        ("keras.optimizers.RMSprop()", "keras"),
        ("optax.contrib.muon(0.01)", "optax"),
    ],
)
def test_a_dotted_name_says_the_framework(text, convention):
    assert resolve({"call": text}) == resolve({"call": text, "convention": convention})
    assert resolve({"call": text}).convention == convention


def test_a_convention_that_is_not_the_call_s_is_refused():
    assert refused({"call": "torch.optim.Adam(p)", "convention": "keras"}) == {("convention",): "expected torch: the call is torch's"}


def test_a_dotted_name_says_the_framework_of_a_scheduler():
    text = "torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)"
    assert resolve_schedule({"call": text}).echo == resolve_schedule({"call": text, "convention": "torch"}).echo
