"""optax's chains as requests: what they are here, how they are told again, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.conventions.chains import TRANSFORMS
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import take_step
from stepgrade_service.engine.running.trajectory import trajectory

RATE = {"scale_by_learning_rate": 0.02}


def chain(*links: Any, **more: Any) -> dict[str, Any]:
    return {"convention": "optax", "chain": list(links), **more}


def points(optimizer: Any) -> np.ndarray:
    return trajectory({"optimizer": optimizer, "objective": "rosenbrock", "steps": 40}).points


def test_a_chain_of_an_optimizer_s_transform_and_its_rate_is_that_optimizer_to_the_last_bit():
    for name in ("adam", "amsgrad", "adamax", "radam"):
        named = {"convention": "optax", "name": name, "learning_rate": 0.02, "b1": 0.8}
        assert points(chain({f"scale_by_{name}": {"b1": 0.8}}, RATE)).tobytes() == points(named).tobytes()


def test_its_rate_may_stand_beside_it_and_may_be_a_scale_that_turns_the_sign():
    expected = points(chain({"scale_by_adam": {}}, RATE)).tobytes()
    assert points(chain({"scale_by_adam": None}, {"scale_by_learning_rate": {}}, lr=0.02)).tobytes() == expected
    assert points(chain({"scale_by_adam": {}}, {"scale": -0.02})).tobytes() == expected
    assert points(chain({"scale_by_adam": {}}, {"scale_by_learning_rate": {"learning_rate": 0.02}})).tobytes() == expected
    assert points({"name": "chain", **chain({"scale_by_adam": {}}, RATE)}).tobytes() == expected


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_has_an_echo_that_is_the_same_chain(name):
    needed = {"clip": 1.0, "clip_by_global_norm": 1.0, "add_decayed_weights": 0.1, "trace": 0.9, "ema": 0.9}.get(name, {})
    choice = resolve(chain({name: needed}, {"scale": 0.5}, RATE, maximize=True))
    assert resolve(choice.echo) == choice
    assert points(choice.echo).tobytes() == points(chain({name: needed}, {"scale": 0.5}, RATE, maximize=True)).tobytes()


def test_a_chain_stands_beside_others_in_a_comparison():
    contest = {"objective": "rosenbrock", "steps": 30, "match": "first_step", "rotate": [45]}
    runs = compare({**contest, "optimizers": [chain({"clip": 0.5}, {"scale_by_adam": {}}, RATE), "adam"]}).upright.runs
    assert [run.label for run in runs] == ["chain", "adam"]
    assert runs[0].summary["first_step"] == pytest.approx(runs[1].summary["first_step"], rel=1e-9)


def refused(written: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Refusal) as caught:
        resolve(written)
    return {fault.path: fault.detail for fault in caught.value.faults}


def test_every_fault_is_told_at_its_place():
    faults = refused(
        chain(
            {"scale_by_adm": {}},
            {"ema": 2},
            {"clip": {"max_delta": -1}},
            {"scale_by_adam": {"b1": 0.9, "b3": 1}},
            {"scale_by_adam": {"learning_rate": 1}},
            {"scale": "a"},
            {},
            7,
            RATE,
            momentum=0.9,
        )
        | {"convention": "torch"}
    )
    assert set(faults) == {
        ("convention",),
        ("chain", 0, "scale_by_adm"),
        ("chain", 1, "ema"),
        ("chain", 2, "clip", "max_delta"),
        ("chain", 3, "scale_by_adam", "b3"),
        ("chain", 4, "scale_by_adam", "learning_rate"),
        ("chain", 5, "scale"),
        ("chain", 6),
        ("chain", 7),
        ("momentum",),
    }
    assert faults[("chain", 0, "scale_by_adm")].startswith("unknown transform 'scale_by_adm'; did you mean scale_by_adam")


def test_a_chain_without_a_learning_rate_has_no_length_and_no_sign():
    assert refused(chain({"scale_by_adam": {}})) == {
        ("chain", 0): "expected one scale_by_learning_rate: it gives the step its length and its sign"
    }
    assert list(refused(chain({"scale_by_adam": {}}, {"scale_by_learning_rate": None}))) == [("lr",)]
    assert list(refused(chain({"scale_by_adam": {}}, RATE, lr=0.1))) == [("lr",)]
    assert list(refused(chain({"scale_by_adam": {}}, {"scale_by_learning_rate": "fast"}))) == [("lr",)]
    assert list(refused(chain({"scale_by_adam": {}}, {"scale_by_learning_rate": -0.1}))) == [("lr",)]


@pytest.mark.parametrize("wrong", [3, [], {"scale_by_adam": {}}, [{"clip": 1.0}] * 21])
def test_what_is_no_list_of_transforms_is_refused(wrong):
    assert list(refused({"convention": "optax", "chain": wrong})) == [("chain",)]


def test_the_last_link_may_be_an_optimizer_also_in_a_call():
    chain = {"convention": "optax", "chain": [{"clip_by_global_norm": 1.0}, {"adam": {"learning_rate": 0.01, "b1": 0.8}}]}
    called = {"convention": "optax", "call": "optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.01, b1=0.8))"}
    named = {"convention": "optax", "name": "adam", "lr": 0.01, "b1": 0.8, "clip_global_norm": 1.0}
    steps = [take_step({"optimizer": each, "params": [1.0, 2.0], "gradient": [30.0, 40.0]}) for each in (chain, called, named)]
    assert steps[0].params.tobytes() == steps[1].params.tobytes() == steps[2].params.tobytes()
    assert resolve(called).echo == resolve(resolve(called).echo).echo


@pytest.mark.parametrize(
    ("links", "path"),
    [
        ([{"adam": 0.1}, {"scale_by_learning_rate": 0.1}], ("chain", 0, "adam")),
        ([{"clip": 1.0}, {"adam": {"b1": 2.0}}], ("chain", 1, "adam", "b1")),
        ([{"adam": {}}], ("lr",)),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_optimizer_in_a_chain_is_told_at_its_link(links, path):
    with pytest.raises(Refusal) as caught:
        resolve({"convention": "optax", "chain": links})
    assert [fault.path for fault in caught.value.faults] == [path]
