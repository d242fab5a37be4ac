"""Every mistake with every optimizer: on random inputs and on the service's own probes it is named, or it cannot be seen.

What came out stands in confusion.json, of which docs/mistakes.md is made: `python tests/grading/test_confusion.py` writes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.engine.optimizers import OPTIMIZERS as CATALOGUE
from stepgrade_service.engine.optimizers.slots import ColumnSlot, NumberSlot, RowSlot, ShapedSlot, Slot, StackSlot, TensorSlot
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.grading.candidates.candidate import at_rate_of
from stepgrade_service.grading.candidates.other_formulas import other_optimizers
from stepgrade_service.grading.candidates.runs import Course, plan_of, right, wrong
from stepgrade_service.grading.candidates.schedules import schedule_mistakes
from stepgrade_service.grading.candidates.single_and_double import mistakes
from stepgrade_service.grading.catalogue.formulas import FORMULAS
from stepgrade_service.grading.catalogue.mistakes import MISTAKES
from stepgrade_service.grading.catalogue.mistakes.declaration import CATALOGUE as CATALOGUE_OF_MISTAKES
from stepgrade_service.grading.checking.case import Case, Tolerance
from stepgrade_service.grading.checking.check import check
from stepgrade_service.grading.checking.submissions import Submission
from stepgrade_service.grading.order import Family
from stepgrade_service.grading.probing.probe import points, probes_for

STORED = Path(__file__).parent / "confusion.json"
PAGE_MAKER = Path(__file__).resolve().parents[2] / "docs" / "make_mistakes.py"

OPTIMIZERS = {
    "gradient descent": {"name": "sgd", "lr": 0.05, "weight_decay": 0.1},
    "momentum": {"name": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "nesterov": {"name": "sgd", "convention": "keras", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "momentum as an average": {"name": "sgd", "convention": "course", "lr": 0.05, "momentum": 0.9},
    "adagrad": {"name": "adagrad", "lr": 0.05, "lr_decay": 0.1},
    "adadelta": {"name": "adadelta", "lr": 0.5},
    "rmsprop": {"name": "rmsprop", "lr": 0.01},
    "rmsprop with momentum": {"name": "rmsprop", "lr": 0.01, "momentum": 0.9, "centered": True},
    "adam": {"name": "adam"},
    "adamw": {"name": "adamw", "weight_decay": 0.1},
    "amsgrad": {"name": "adam", "amsgrad": True},
    "adamax": {"name": "adamax", "convention": "keras"},
    "nadam": {"name": "nadam"},
}
#: Every other optimizer that is taught joins by itself, at this rate where its convention has none. `test_members.py` has the rest.
NAMED, LR = {settings["name"] for settings in OPTIMIZERS.values()}, 0.01


def by_name(name):
    """An optimizer in the convention that it has by itself."""
    try:
        return {"name": resolve(name).optimizer.name}
    except Refusal:
        return {"name": resolve({"name": name, "lr": LR}).optimizer.name, "lr": LR}


OPTIMIZERS |= {
    name: by_name(name)
    for name, entry in CATALOGUE.items()
    if name not in NAMED and any(k.name in FORMULAS and FORMULAS[k.name].is_taught for k in entry.kernels)
}
SCHEDULED = {"gradient descent": {"name": "inverse_time", "decay_rate": 0.5}}

#: Random inputs for each mistake.
INPUTS = 20

#: What comes of a mistake: named first, named beside others, not seen within the tolerance, or not explained.
FIRST, BESIDE, PASSED, LOST = "FBPN"


def random_request(optimizer, seed, steps=4, **more):
    """A replay of random gradients of many sizes, every other one with a state, now and then with a zero."""
    rng = np.random.default_rng(seed)
    sizes = np.array([1.0, 3.0, 0.1, 1.0, 0.01, 1.0])
    gradients = rng.normal(size=(steps, 6)) * sizes
    gradients[rng.random((steps, 6)) < 0.05] = 0.0
    start = laid_out(np.round(rng.normal(size=6), 3))
    request = {"optimizer": optimizer, "start": start, "gradients": [laid_out(row) for row in gradients], **more}
    return {**request, "state": random_state(optimizer, rng, sizes)} if seed % 2 else request


def random_state(optimizer, rng, sizes):
    """A state as steps before may have left it."""
    rule = resolve(optimizer).rule
    first, second = rng.normal(size=6) * 0.3 * sizes, (0.5 + rng.random(6)) * sizes**2
    u = np.sqrt(second) if "m" in rule.slots else second
    own = {"m": first, "velocity": first, "g_mean": first, "u": u, "v_max": 1.5 * second, "mu_product": np.array([0.6])}
    slots = {name: as_a_slot(rule, name, own.get(name, second)) for name in rule.slots}
    return {"t": int(rng.integers(1, 6)), **{name: slot for name, slot in slots.items() if slot != {}}}


def as_a_slot(rule, name, flat):
    """Six numbers as a slot has them; a stack has them several times."""
    kind = rule.kernel.slot_kinds[name]
    if kind is StackSlot:
        return {tensor: [numbers] * rule.depths[name] for tensor, numbers in laid_out(flat).items()}
    if kind in AS_A_SLOT:
        return AS_A_SLOT[kind](flat)
    shape_of = rule.shapes[name] if kind is ShapedSlot else kind.shape
    shapes = {tensor: shape_of(np.shape(numbers)) for tensor, numbers in laid_out(flat).items()}
    return {tensor: of_shape(shape, flat) for tensor, shape in shapes.items() if shape is not None}


def laid_out(flat):
    return {"W": flat[:4].reshape(2, 2).tolist(), "b": flat[4:].tolist()}


def of_shape(shape, flat):
    """Numbers above 0 in a shape that depends on the tensor's; a square matrix has them on its diagonal."""
    if len(shape) == 2 and shape[0] == shape[1]:
        return np.diag(np.resize(np.abs(flat), shape[0])).tolist()
    return np.resize(np.abs(flat), shape).tolist()


#: Six numbers as a slot of each kind has them for the tensors of `laid_out`, as many as it has; a vector has no columns.
AS_A_SLOT = {
    Slot: laid_out,
    NumberSlot: lambda flat: float(flat[0]),
    TensorSlot: lambda flat: {"W": float(flat[0]), "b": float(flat[4])},
    RowSlot: lambda flat: {"W": flat[:2].tolist(), "b": flat[4:].tolist()},
    ColumnSlot: lambda flat: {"W": flat[2:4].tolist()},
}


def planned(request):
    """A request as a plan, and the names of what its optimizer was given."""
    return plan_of(request), frozenset(request["optimizer"])


def all_planned(name):
    """The random inputs and, after them, the probes."""
    optimizer, more = OPTIMIZERS[name], {"schedule": SCHEDULED[name]} if name in SCHEDULED else {}
    probes = probes_for(resolve(optimizer)).requests
    return [planned(request) for request in [*(random_request(optimizer, seed, **more) for seed in range(INPUTS)), *probes]]


def submitted(plan, given, rows):
    """A case in which these points, one per step, are submitted."""
    return Case(plan, given, Submission(dict(enumerate(rows, 1)), None, {}, None, ()))


def outcome(plan, given, candidate):
    """What a check says to the numbers of a mistake, at the learning rate of the request."""
    rows = points(Course(plan), at_rate_of(plan, candidate, candidate.choice))
    verdict = check([submitted(plan, given, rows)], Tolerance())
    codes = [finding.candidate.code for finding in verdict.findings]
    if verdict.passed:
        return PASSED
    if candidate.code == "int_state" and candidate.code not in codes and codes:
        return BESIDE  # whole numbers that are all 0 are a state that is not stored, and are told as that
    return LOST if candidate.code not in codes else FIRST if codes[0] == candidate.code else BESIDE


def confusion(name):
    """The outcomes of every mistake, by its code: a letter per input, then after a blank a letter per probe."""
    inputs, found = all_planned(name), {}
    for candidate in mistakes(resolve(OPTIMIZERS[name])):
        letters = [outcome(*each, candidate) for each in inputs]
        found[candidate.code] = f"{''.join(letters[:INPUTS])} {''.join(letters[INPUTS:])}"
    return found


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_mistake_is_named_where_it_can_be_seen(name):
    found = confusion(name)
    assert {code: letters for code, letters in found.items() if LOST in letters} == {}
    # RAdam's first steps do not look at v, so a probe that has no steps behind it cannot show what is wrong with v; another one does.
    by_one_probe = "rectification" in FORMULAS[resolve(OPTIMIZERS[name]).rule.kernel.name].parts
    seen = {code: [letter != PASSED for letter in letters.split()[1]] for code, letters in found.items()}
    assert [code for code, probes in seen.items() if not (any(probes) if by_one_probe else all(probes))] == []
    assert found == json.loads(STORED.read_text())[name], "python tests/grading/test_confusion.py writes what came out"


def test_every_mistake_stands_in_the_table():
    tried = {code for letters in json.loads(STORED.read_text()).values() for code in letters}
    variants = {mistake.code for mistake in CATALOGUE_OF_MISTAKES[Family.VARIANTS]}  # of optimizers that are not in the table
    elsewhere = variants | {"eps_outside_sqrt", "eps_not_hat", "eps_missing_in_max", "wd_coupled", "lr_decay_ignored"}
    assert set(MISTAKES) - tried - elsewhere == set()


def in_groups(request, asked):
    """A request for an optimizer with numbers for each tensor; a number in its state is there once for each of them too."""
    state = request.get("state", {})
    numbers = {"mu_product": dict.fromkeys("Wb", state["mu_product"])} if "mu_product" in state else {}
    return {**request, "optimizer": asked, **({"state": {**state, **numbers}} if state else {})}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_mistake_is_the_same_where_every_tensor_has_the_same_number_written_for_itself(name):
    optimizer = OPTIMIZERS[name]
    numbers = {name: value for name, value in resolve(optimizer).settings.items() if type(value) in (float, int)}
    grouped = {**optimizer, **{name: {"W": value, "b": value} for name, value in numbers.items()}}
    alone, several = ({each.code: each for each in mistakes(resolve(asked))} for asked in (optimizer, grouped))
    assert list(several) == list(alone)
    for seed in range(2):
        request = random_request(optimizer, seed)
        expected, got = Course(plan_of(request)), Course(plan_of(in_groups(request, grouped)))
        for code in alone:
            assert np.array_equal(points(got, several[code]), points(expected, alone[code]), equal_nan=True), code


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_tensor_with_numbers_of_its_own_makes_the_mistake_as_with_these_numbers_for_all(name):
    optimizer = OPTIMIZERS[name]
    settings = resolve(optimizer).settings
    of_w = {name: settings[name] for name in ("lr", "beta1", "beta2", "rho", "momentum", "eps") if settings.get(name)}
    of_b = {name: value / 2 for name, value in of_w.items()}
    asked = ({**optimizer, **of_w}, {**optimizer, **of_b}, {**optimizer, **{name: {"W": of_w[name], "b": of_b[name]} for name in of_w}})
    each = [{candidate.code: candidate for candidate in mistakes(resolve(one))} for one in asked]
    for seed in (1, 3):  # one step from the same params and state: what looks at all tensors sees the same gradient
        request = random_request(optimizer, seed, steps=1)
        courses = [Course(plan_of({**request, "optimizer": one})) for one in asked[:2]] + [Course(plan_of(in_groups(request, asked[2])))]
        for code in each[2]:
            for_w, for_b, grouped = (points(course, candidates[code])[0] for course, candidates in zip(courses, each, strict=True))
            assert np.array_equal(grouped, np.append(for_w[:4], for_b[4:]), equal_nan=True), code


def test_mistakes_about_a_schedule_are_named():
    optimizer, schedule = OPTIMIZERS["gradient descent"], SCHEDULED["gradient descent"]
    plan, given = planned(random_request(optimizer, 0, schedule=schedule))
    for candidate in schedule_mistakes([plan]):
        assert outcome(plan, given, candidate) == FIRST


def test_the_page_of_mistakes_is_what_was_found():
    run = subprocess.run([sys.executable, PAGE_MAKER, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


#: Right answers for each optimizer of each convention, in each precision: over 10,000 in all.
RIGHT_ANSWERS = 28


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_right_answers_pass(variant, dtype):
    choice = resolve(variant)
    has_parts = choice.rule.kernel.function.__name__ in FORMULAS
    within = dtype if has_parts else np.float64
    for seed in range(RIGHT_ANSWERS):
        plan, given = planned(random_request(variant, seed, steps=3))
        update = wrong(choice, {}, plan) if has_parts else right(choice, plan)
        rows = [row.astype(dtype).astype(float) for row, _ in Course(plan).run(choice, update, within)]
        verdict = check([submitted(plan, given, rows)], Tolerance())
        assert verdict.passed, (seed, verdict.first_mismatch)
        assert verdict.findings == ()


def test_noise_is_not_explained(variant):
    rng = np.random.default_rng(0)
    for seed in range(2):  # without a state and with one
        verdict = check([submitted(*planned(random_request(variant, seed, steps=3)), list(rng.normal(size=(3, 6))))], Tolerance())
        assert not verdict.passed
        assert verdict.findings == ()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_optimizers_numbers_are_named(name):
    choice, (plan, given) = resolve(OPTIMIZERS[name]), planned(random_request(OPTIMIZERS[name], 2))
    for candidate in other_optimizers(choice):
        verdict = check([submitted(plan, given, points(Course(plan), candidate))], Tolerance())
        told = {(finding.candidate.kind, finding.candidate.code) for finding in verdict.findings}
        if candidate.choice.optimizer is choice.optimizer:  # told as the convention or the mistake that it is, where it is one
            assert verdict.passed or told
        else:
            assert verdict.passed or ("optimizer", candidate.code) in told  # a small weight decay is within the tolerance


def main():
    rows = [f" {json.dumps(name)}: {json.dumps(confusion(name), indent=2)}" for name in OPTIMIZERS]
    STORED.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
