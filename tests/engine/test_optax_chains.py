"""optax's chains as requests: what they are here, how they are told again, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine.comparing.comparison import compare
from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.optax_transforms import KNOWN, REFUSED, TRANSFORMS
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.converting.convert import convert
from stepgrade_service.engine.reading.faults import Refusal, plain
from stepgrade_service.engine.reading.tensors import read_params
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


NEEDED = {
    "clip": 1.0, "clip_by_global_norm": 1.0, "add_decayed_weights": 0.1, "trace": 0.9, "ema": 0.9, "clip_by_block_rms": 0.5,
    "scale_by_backtracking_linesearch": 20, "scale_by_zoom_linesearch": 20, "scale_by_rprop": 0.01, "scale_by_madgrad": 0.01,
    "scale_by_schedule": {"name": "cosine", "lr": 0.1, "decay_steps": 30},
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_has_an_echo_that_is_the_same_chain(name):
    written = chain({name: NEEDED.get(name, {})}, {"scale": 0.5}, RATE, accumulation_steps=2)
    choice = resolve(written)
    assert resolve(choice.echo) == choice
    assert points(choice.echo).tobytes() == points(written).tobytes()


@pytest.mark.parametrize("name", ["scale_by_rprop", "scale_by_madgrad", "scale_by_schedule"])
def test_a_transform_that_has_a_learning_rate_has_an_echo_that_is_the_same_chain(name):
    run = trajectory({"optimizer": chain({name: NEEDED[name]}, {"scale": -1.0}), "objective": "rosenbrock", "steps": 40})
    again = {"optimizer": run.plan.choice.echo, "objective": "rosenbrock", "steps": 40}
    schedule = {"schedule": run.plan.schedule.echo} if name == "scale_by_schedule" else {}
    assert trajectory({**again, **schedule}).points.tobytes() == run.points.tobytes()


def test_a_schedule_in_a_chain_is_that_of_a_learning_rate():
    schedule = NEEDED["scale_by_schedule"]
    turned = points(chain({"scale_by_adam": {}}, {"scale_by_schedule": schedule}, {"scale": -1.0}))
    assert turned.tobytes() == points(chain({"scale_by_adam": {}}, {"scale_by_learning_rate": schedule})).tobytes()


def test_every_transform_of_optax_is_here_or_refused_with_a_reason():
    theirs = json.loads((Path(__file__).resolve().parents[1] / "parity" / "signatures.json").read_text(encoding="utf-8"))["optax"]
    optimizers = CONVENTIONS["optax"]
    known = {*KNOWN, *REFUSED, "chain", "named_chain", "with_extra_args_support"}
    open_ends = [name for name in theirs if name not in known and plain(name) not in optimizers.by_name and name not in optimizers.refused]
    assert open_ends == []
    for name, reason in REFUSED.items():
        assert refused(chain({name: {}}, RATE)) == {("chain", 0, name): f"{name} is not in this service: {reason}"}


def test_l_bfgs_as_optax_puts_it_together_is_l_bfgs():
    links = [
        {"scale_by_lbfgs": {}},
        {"scale": -1.0},
        {"scale_by_zoom_linesearch": {"max_linesearch_steps": 20, "initial_guess_strategy": "one"}},
    ]
    np.testing.assert_allclose(points(chain(*links))[:20], points({"convention": "optax", "name": "lbfgs"})[:20], rtol=1e-9)


def test_a_search_along_the_gradient_is_armijo_s_and_stands_behind_clips():
    search = {"scale_by_backtracking_linesearch": {"max_backtracking_steps": 40, "decrease_factor": 0.5, "increase_factor": 1e9}}
    named = points({"name": "gd_backtracking", "lr": 1.0, "shrink": 0.5, "most_trials": 41})
    np.testing.assert_allclose(points(chain({"sgd": 1.0}, search)), named, rtol=1e-12)
    values = trajectory({"optimizer": chain({"clip": 0.5}, {"sgd": 1.0}, search), "objective": "rosenbrock", "steps": 40}).values
    assert (np.diff(values) <= 0).all()


def test_a_search_needs_the_objective_and_says_so():
    zoom = chain({"sgd": 0.1}, {"scale_by_zoom_linesearch": 20})
    with pytest.raises(Refusal) as caught:
        take_step({"optimizer": zoom, "params": [1.0], "gradient": [1.0]})
    assert "scale_by_zoom_linesearch needs the objective" in caught.value.faults[0].detail
    assert set(refused({**zoom, "clip_value": 1.0, "maximize": True})) == {("clip_value",), ("maximize",)}


def test_what_is_wrong_with_a_transform_s_arguments_is_told_there():
    found = refused(
        chain({"scale_by_zoom_linesearch": {"tolerance": 1, "curv_rtol": -1, "max_learning_rate": None}}, {"clip_by_block_rms": 0}, RATE)
    )
    place = ("chain", 0, "scale_by_zoom_linesearch")
    assert set(found) == {(*place, "tolerance"), (*place, "curv_rtol"), (*place, "max_linesearch_steps"), ("chain", 1, "clip_by_block_rms")}


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


def test_a_corrected_average_that_another_convention_lacks_is_told_as_that_alone():
    with pytest.raises(Refusal) as caught:
        convert({"optimizer": chain({"ema": 0.9}, RATE), "to": "torch"})
    told = "torch's SGD has no argument for bias_correction: its velocity is not corrected for its start, and yours is"
    assert [fault.detail for fault in caught.value.faults] == [told]


def test_what_a_chain_s_numbers_take_is_what_their_rule_says():
    layout = read_params({"W": [[1.0, 2.0], [3.0, 4.0]], "b": [1.0, 2.0]}).layout
    links = ({"clip_by_global_norm": 1.0}, {"scale_by_trust_ratio": {}}, {"scale_by_adam": {}}, {"scale_by_polyak": {}}, RATE)
    for rule in (resolve(chain(*links)).rule, *resolve(chain(*links)).rule.parts):
        assert rule.numbers(layout).shape == rule.numbers_shape(layout)


#: Members that stand around an optimizer, and those of optimizers that need more than the gradient: a run and what it asks.
NEEDY: dict[str, dict[str, Any]] = {
    "polyak_sgd": {"lr": 0.01},
    "momo": {"lr": 0.01},
    "sophia": {"lr": 0.01, "update_interval": 2},
    "lbfgs_step": {},
    "gd_backtracking": {"lr": 1.0},
    "lbfgs": {"max_iter": 2},
}


@pytest.mark.parametrize("name", NEEDY)
@pytest.mark.parametrize(
    "around", [{"lookahead_steps": 3}, {"average_weights": True, "average_overwrite_every": 4}, {"accumulation_steps": 2}]
)
def test_wrappers_stand_around_what_needs_more_than_the_gradient_and_a_cut_path_is_the_whole(name, around):
    run = {"optimizer": {"name": name, **NEEDY[name], **around}, "objective": "rosenbrock"}
    whole = trajectory({**run, "steps": 12})
    first = trajectory({**run, "steps": 5})
    again = trajectory({**run, "steps": 7, "start": first.points[-1].tolist(), "state": first.state})
    assert whole.points[5:].tobytes() == again.points.tobytes()
    bare = trajectory({"optimizer": {"name": name, **NEEDY[name]}, "objective": "rosenbrock", "steps": 12})
    if "accumulation_steps" in around:  # the objective's gradient is the same in both calls
        np.testing.assert_array_equal(whole.points[2:13:2], bare.points[1:7])
    else:
        np.testing.assert_array_equal(whole.points[:3], bare.points[:3])


@pytest.mark.parametrize("name", NEEDY)
def test_what_would_turn_or_move_the_gradient_alone_is_refused(name):
    faults = refused({"name": name, **NEEDY[name], "maximize": True, "sam_rho": 0.1})
    assert set(faults) == {("maximize",), ("sam_rho",)}


def test_l_bfgs_stands_in_the_paper_s_convention():
    paper = trajectory({"optimizer": {"convention": "paper", "name": "lbfgs", "history_size": 5}, "objective": "rosenbrock", "steps": 40})
    assert paper.plan.choice.optimizer.name == "lbfgs_step"
    assert paper.values[-1] < 1e-10


def test_prodigy_with_beta3_0_has_no_number_at_a_gradient_of_0_as_in_optax():
    prodigy = {"convention": "optax", "name": "prodigy", "beta3": 0.0}
    found = trajectory({"optimizer": prodigy, "start": [1.0, 2.0], "gradients": [[1.0, -1.0], [0.5, 2.0], [0.0, 0.0], [1.0, 1.0]]})
    assert len(found.points) == 3
