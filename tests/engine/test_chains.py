"""Rules made of rules: a chain of one is that one, and every chain is the same in a batch, cut in two, and with parameter groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.objectives.resolve import resolve as resolve_objective
from stepgrade_service.engine.optimizers import Rule
from stepgrade_service.engine.optimizers.chain import Chain, Link
from stepgrade_service.engine.optimizers.kinds import global_norm
from stepgrade_service.engine.optimizers.memory import rooms_of
from stepgrade_service.engine.optimizers.slots import StackSlot
from stepgrade_service.engine.reading.tensors import Layout
from stepgrade_service.engine.running.batch import Batch, Simulation, simulate

Array = NDArray[np.float64]

LAYOUT = Layout(("W", "b"), ((2, 2), (3,)))
STARTS = np.random.default_rng(5).normal(size=(7, 4))
PROBLEM = resolve_objective("rosenbrock", 7)


def rule(name: str, **more: Any) -> Rule:
    return resolve({"name": name, "lr": 0.1, **more}, LAYOUT).rule


def run(of: Rule, starts: Array = STARTS, steps: int = 30, **more: Any) -> Simulation:
    objective = {"objective": PROBLEM.objective.kernel, "parameters": PROBLEM.facts.kernel_parameters}
    return simulate(Batch(of, np.full(7, 0.01), np.ascontiguousarray(starts), steps, layout=LAYOUT, **objective, **more))


def test_a_chain_of_one_rule_is_that_rule_to_the_last_bit(variant):
    own = resolve(variant).rule
    if own.kernel.asks:
        return
    alone, chained = run(own), run(Chain.of([Link(own, True)]))
    assert chained.points.tobytes() == alone.points.tobytes()
    assert chained.slots.tobytes() == alone.slots.tobytes()


LINKS = [
    Link(rule("normalized_gd", eps={"W": 0.1, "b": 0.2})),
    Link(rule("novograd")),
    Link(rule("sm3")),
    Link(rule("adam")),
    Link(rule("momentum"), True),
]


def test_a_chain_in_a_batch_is_the_single_runs_to_the_last_bit():
    together = run(Chain.of(LINKS))
    for number in range(STARTS.shape[1]):
        alone = run(Chain.of(LINKS), STARTS[:, number : number + 1])
        assert together.points[:, number].tobytes() == alone.points[:, 0].tobytes()


def test_a_chain_goes_on_from_its_slots():
    chain = Chain.of(LINKS)
    whole, first = run(chain, STARTS[:, :1]), run(chain, STARTS[:, :1], 12)
    slots = {room.name: first.slots[room.rows, 0] for room in rooms_of(chain, LAYOUT)}
    rest = run(chain, first.points, 18, t=12, slots=slots)
    assert rest.points.tobytes() == whole.points.tobytes()


def test_slots_of_one_name_have_a_number():
    assert Chain.of(LINKS).slots == ("m", "v", "m_2", "row", "column", "further", "m_3", "v_2", "velocity")


def test_a_link_without_the_rate_hands_its_direction_on():
    # Gradient descent of rate -1 changes nothing, and of two momenta the second sees the first one's direction.
    chain = Chain.of([Link(rule("gd")), Link(rule("adam"), True)])
    assert run(chain).points.tobytes() == run(rule("adam")).points.tobytes()


def test_of_every_so_many_steps_one_is_let_through_and_the_links_behind_count_those():
    gate = Chain.of([Link(rule("gd"), every=3, waiting=1), Link(rule("adam"), True)])
    moved = run(gate, recording=replace(Batch(rule("gd"), np.ones(7), STARTS, 1).recording, every=1, points=True)).recorded_points
    stood = np.all(moved[1:] == moved[:-1], axis=(1, 2))
    assert stood.tolist() == [step % 3 != 0 for step in range(1, 31)]
    # With what waits counted by itself it is Adam, ten steps of it.
    np.testing.assert_array_equal(moved[::3], [run(rule("adam"), steps=steps).points if steps else STARTS for steps in range(11)])


def test_links_behind_those_that_wait_are_called_in_every_step():
    chain = Chain.of([Link(rule("gd"), every=2, waiting=1), Link(rule("gd"), True), Link(rule("momentum", momentum=0.5))])
    velocity = run(chain, STARTS[:, :1], 1).slots
    assert np.all(velocity == 0.0)
    assert np.any(run(chain, STARTS[:, :1], 2).slots != 0.0)


def test_parameter_groups_reach_the_links():
    own = {"W": 0.5, "b": 0.9}
    both = [resolve({"name": "adam", "lr": 0.1, "beta1": {"W": beta, "b": beta}}, LAYOUT).rule for beta in own.values()]
    apart = resolve({"name": "adam", "lr": 0.1, "beta1": own}, LAYOUT).rule
    groups = {name: Chain.of([Link(each, True)]) for name, each in apart.groups.items()}
    grouped = replace(Chain.of([Link(replace(apart, groups={}), True)]), groups=groups)
    assert run(grouped).points.tobytes() == run(apart).points.tobytes()
    assert {run(each).points.tobytes() for each in both}.isdisjoint({run(grouped).points.tobytes()})


def test_a_stack_is_held_array_by_array_and_posted_tensor_by_tensor():
    @global_norm
    def stacked(t, x, g, step, lr, velocities: StackSlot): ...

    [room] = rooms_of(Rule(stacked, {}, depths={"velocities": 2}), LAYOUT)
    held = np.arange(14.0)  # the first seven are those of all tensors in the first array
    posted = room.value(held)
    np.testing.assert_array_equal(posted["W"], [[[0, 1], [2, 3]], [[7, 8], [9, 10]]])
    np.testing.assert_array_equal(posted["b"], [[4, 5, 6], [11, 12, 13]])
    np.testing.assert_array_equal(room.held(room.public(held)), held)


OTHERS = [[Link(rule("adam"))], [Link(rule("adam", beta1=0.8), True)], [Link(rule("adam"), True)] * 2]
OTHERS += [
    [Link(rule("adam"), True, **{flag: value})] for flag, value in {"every": 2, "keeps": True, "around": True, "returns": True}.items()
]


@pytest.mark.parametrize("other", OTHERS)
def test_chains_that_differ_have_different_formulas(other):
    assert Chain.of(other).formula != Chain.of([Link(rule("adam"), True)]).formula
