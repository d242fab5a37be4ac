"""Optimizers as they stand in programs: calls as text, torch's defaults and Keras's configurations; and that nothing of a text is run."""

from __future__ import annotations

from typing import Any

import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal


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
    ],
    ids=str,
)
def test_a_call_is_the_optimizer_that_it_would_make(written, same):
    assert resolve(written) == resolve({"convention": "torch", **same})


def test_torch_s_defaults_are_taken_as_they_are():
    switches = {"maximize": False, "foreach": None, "capturable": False, "differentiable": False, "fused": None}
    defaults = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-08, "weight_decay": 0.01, "amsgrad": False, "decoupled_weight_decay": True}
    pasted = resolve({"convention": "torch", "name": "AdamW", **defaults, **switches})
    assert pasted.settings == resolve({"convention": "torch", "name": "AdamW"}).settings
    assert pasted.ignored == ("capturable", "differentiable")  # null is as if it were not there


#: What keras.optimizers.SGD(0.1, momentum=0.9).get_config() gives, Keras 3.15.1.
KERAS_CONFIG = {
    "name": "SGD", "learning_rate": 0.10000000149011612, "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None, "momentum": 0.9, "nesterov": False,
}  # fmt: skip


def test_keras_s_configuration_is_taken_as_it_is_and_so_is_what_it_serializes():
    expected = resolve({"convention": "keras", "name": "SGD", "learning_rate": 0.10000000149011612, "momentum": 0.9})
    assert resolve({"convention": "keras", **KERAS_CONFIG}) == expected
    serialized = {"module": "keras.optimizers", "class_name": "SGD", "config": {**KERAS_CONFIG, "name": "mine"}, "registered_name": None}
    assert resolve(serialized) == expected


def test_what_is_wrong_with_the_arguments_is_told_at_the_call():
    assert refused(called("Adam(w, lr=-1, betas=(2, 0.5))")) == {
        ("call",): "lr: expected a number of at least 0 and at most 1e+300; betas.0: expected a number of at least 0 and less than 1"
    }
    assert refused(called("Adm(w)"))[("call",)].startswith("name: unknown optimizer 'Adm'; did you mean adam")
    config = {"class_name": "SGD", "config": {"learning_rate": "fast", "momentom": 0.9}}
    assert set(refused(config)) == {("config", "learning_rate"), ("config", "momentom")}
    assert list(refused({"class_name": "SDG"})) == [("class_name",)]


@pytest.mark.parametrize(
    "text",
    [
        "", "Adam", "Adam(", "(" * 900, "lambda: 0", "Adam(w)(w)", "Adam(w, lr=rate)", "Adam(w, lr=cosine(0.1))", "Adam(w, 0.1, 0.9)",
        "Adam(w, **settings)", "Adam(w, lr=1, lr=2)", "Adam(w, 1, lr=2)", "Adam(w, lr=1 if w else 2)", "Adam(w, lr=10**9)", "[0][0](w)",
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


def test_a_call_is_one_of_a_framework():
    for convention in ("paper", "course", None, 7, ["torch"]):
        assert list(refused(called("Adam()", convention))) == [("convention",)]  # type: ignore[arg-type]
    assert list(refused(called("Adam(w, lr=0.1)", lr=0.2))) == [("lr",)]
