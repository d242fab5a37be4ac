"""openapi.yaml against the service, by schemathesis: what it allows is accepted, and what it forbids refused."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Set
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.contract.committed import PATHS, committed

from stepgrade_service.engine.optimizers.wrapping import WRAPPERS
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

#: Why a request that the document allows may be refused all the same: what JSON Schema has no words for, by pointer.
INEXPRESSIBLE = [
    # The layout of one thing is that of another, and lists have equal length at each level.
    (r"/(params|gradient|start|gradients|state|hessian_diagonals?)(/.*)?", r"expected lists of equal length at each level"),
    (r"/(gradient|gradients|state|hessian_diagonals?)(/.*)?", r"expected the layout of (params|start|this slot .*), .*"),
    (r"/state/.*", r"params of this shape have no such slot; leave it out"),
    (
        r"/(gradient|gradients|state|hessian_diagonals?)/.*",
        r"expected (shape \[.*\]|a number) as in (params|start|this slot .*); got (shape \[.*\]|a number)",
    ),
    (r"/state/.*", r"unknown slot of \w+ .*|with these hyperparameters \w+ has no \w+; it has .*"),
    (r"/state/(mu_product)(/.*)?", r"expected a number, got (a list|an object)"),
    (r"/optimizer/\w+(/[01])?", r"expected one number(: the params have no names| each for .*)"),
    (r"/optimizer", r"expected params of at most \d+ axes: .*"),
    (r"/optimizer", r"(\w+ needs the objective, and not only posted gradients: .*|there are no probes for \w+( with \w+)?: .*)"),
    (r"/include/0", r"\w+ has no worked solution yet; .*"),
    # Which names go with which convention, and which hyperparameters with each other.
    (r"/optimizer/name", r"\w+ has no \w+; these conventions have it: .*"),
    (r"/optimizer/\w+", r"this is the name in convention \w+; use .* instead.*"),
    (r"/optimizer/\w+", r"in convention \w+ this is the letter of .*; use \w+"),
    (r"/optimizer/\w+", r"unknown hyperparameter of \w+ '\w+'; .*"),
    (r"/optimizer/\w+", r"\w+ does not accept this in convention \w+"),
    (r"/optimizer/\w+(/[01])?", r"\w+ sets the same quantity; give only one of them"),
    (r"/optimizer/(lr|weight_decay)", r"expected a value: \w+ has no default in convention \w+"),
    (r"/(gradient|gradients|state|hessian_diagonals?)(/.*)?", r"(unknown tensor .*|expected an entry for each tensor; .*)"),
    (r"/optimizer/.*", r"(unknown tensor .*|expected an entry for each tensor; .*)"),
    (r"/optimizer/lr", r"expected (one number: |a larger number with )weight_decay_mode .*"),
    (r"/optimizer/lr/.*", r"expected a number, got .*"),  # the schedule of a link of a chain, which is written as any object
    (r"/optimizer/momentum", r"expected more than 0 with nesterov: .*"),
    (r"/optimizer/(dampening|first_buffer)", r"expected (0|\"zero\") with (nesterov|momentum_form|lr_in_velocity|bias_correction).*"),
    (r"/optimizer/momentum", r"expected a number above 0 and less than 1 with bias_correction.*"),
    (r"/optimizer/(nesterov|lr_in_velocity|momentum_form)", r"expected (false|\"ema\") with bias_correction.*"),
    # What an objective has.
    (r"/start", r"unknown start of \w+ .*"),
    (r"/start", r"expected \d+ numbers?, as many as \w+ takes; got \d+"),
    (r"/start", r"\w+ or its gradient is not finite there|expected a point: the expression has no starts of its own"),
    (r"/objective/(center|scales|linear)", r"expected a number or a list of \d+ numbers"),
    (r"/objective/matrix", r"expected (a symmetric matrix: .*|lists of equal length at each level)"),
    (r"/objective/(scales|matrix|linear)", r"expected \w+ or \w+, not both"),
    (r"/window", r"expected a window: with these parameters float64 cannot divide the usual window of \w+"),
    (r"/objective", r"expected an objective of two parameters; (\w+|the expression) has \d+ here(: .*)?"),
    (r"/(target|stop/(distance|value_gap))", r"this objective has no known minimum to compare with; .*"),
    # What the data of a model is, and which of its members go together.
    (r"/objective/(X|y)(/.*)?", r"expected lists of equal length at each level"),
    (r"/objective/y", r"expected (a target for each example: .*|one class number per example, from 0; .*)"),
    (r"/objective/y(/\d+)+", r"expected a (label, 0 or 1|class number from 0 to \d+)"),
    (r"/objective/[Xy]", r"expected a value: (X goes with y|y goes with X)"),
    (r"/objective/data", r"expected (either data or X and y|data with .* for the loss .*)"),
    (r"/objective/loss", r"expected a loss, one of .*"),
    (r"/objective/classes", r"expected only with the loss softmax"),
    (r"/objective/batch_size", r"expected (at most \d+, the number of examples|no batch_size: order lists the batches)"),
    (r"/objective/\w+", r"expected only with batch_size: .*"),
    (r"/objective/order/\d+/\d+", r"expected an example number, a whole number from 0 to \d+"),
    (r"/objective", r"expected at most \d+ (weights and biases|units of work for one evaluation), .*"),
    (r"/start(s/[^/]*)?(/.*)?", r"expected the layout of the params of \w+, .*|unknown tensor .*|expected an entry for each tensor; .*"),
    (r"/start(s/[^/]*)?/.*", r"expected (shape \[.*\]|a number) as in the params of \w+; got .*"),
    # What a convention takes.
    (r"/optimizer/\w+", r"expected no \w+: (it changes the sign of the gradient, .*|the gradient would be .*|this optimizer evaluates .*)"),
    (r"/optimizer/ignored/\d+", r"expected (one of|no name): .*"),
    (r"/optimizer/(clip_?\w+|global_clipnorm)", r"expected only one of clipnorm, .*"),
    (r"/optimizer/chain(/.*)?", r".*"),
    (r"/optimizer/(call|class_name|config(/.*)?)", r".*"),
    (r"/schedule(/.*)?/(call|convention)", r".*"),
    # What a convention lacks.
    (r"/to", r"\w+ has (no|one number for all tensors) .*|\w+ has one number for all tensors, .*|\w+'s \w+ (has no|refuses this) .*"),
    (r"/to", r".* has another eps_mode: .*"),
    (r"/to", r"\w+'s \w+ refuses this: .*|expected optax: no other convention has this chain, .*"),
    (r"/optimizer/\w+", r"\w+ has no effect without \w+"),
    (r"/optimizer/lr", r"expected (no learning rate beside the chain|a learning rate: in scale_by_learning_rate).*"),
    (r"/(optimizer|schedule)/convention", r"expected (one of .*: the call does not name its framework.*|\w+: the call is \w+'s)"),
    # One number held against another.
    (r"/state/t", r"expected the number of steps taken so far: .*, at most \d+ after this request"),
    (r"/steps", r"expected \d+, the number of gradients, or nothing"),
    (r"/values", r"expected a list of \d+ numbers, one per gradient"),
    (r"/hessian_diagonals", r"expected a list of \d+ arrays like the params, .*"),
    (r"/schedule", r"expected a learning rate for each of \d+ steps \(state\.t and steps\), got \d+"),
    # What belongs together in a schedule, and what it needs.
    (r"/schedule.*/(values|factors)", r"expected (either values or factors|\d+ numbers, .*)"),
    (r"/schedule.*/(points|factors)", r"expected at least 2 points|expected \d+ numbers, as many as points"),
    (r"/schedule.*/(boundaries|milestones|points)/\d+", r"expected at least the number before it"),
    (r"/schedule.*/(boundaries|milestones)", r"expected one number less than the schedule(r)?s, \d+.*"),
    (r"/schedule.*/total_steps", r"expected total_steps, or epochs and steps_per_epoch: .*"),
    (r"/schedule.*/decay_steps", r"expected more than warmup_steps: .*"),
    (r"/schedule.*/(rtol|threshold)", r"expected (rtol or atol above 0|a number of at most 1 where threshold_mode is rel)"),
    (r"/schedule.*", r"expected at most \d+ schedules in one another|expected a schedule of at most \d+ parts, .*"),
    (r"/schedule", r"\w+ looks at the values: .*|\w+ keeps a memory, .*|expected no reduce_on_plateau in a check: .*"),
    (r"/state/schedule", r"expected no memory of a schedule: .*"),
    (r"/state/schedule/lr", r"expected rates of at least 0|expected the layout of .*|expected .*, got .*"),
    (r"/stop", r"expected at least one of .* with when"),
    (r"/window/[01]", r"expected a (range from a smaller number to a larger one|wider range: .*)"),
    # What belongs together in a comparison.
    (r"/(baseline|decompose/[01])", r"unknown label .*"),
    (r"/optimizers/\d+/label", r"expected a different label: another optimizer already has .*"),
    (r"/optimizers/\d+/label", r"expected text of 1 to 128 printable characters"),
    (r"/optimizers/\d+/lr", r"expected one learning rate for all tensors: .*"),
    (r"/start", r"expected either start or starts"),
    (r"/starts", r"expected each start only once"),
    (r"/starts/.*", r"expected a name of 1 to 128 printable characters"),
    (r"/start(s/.*)?", r"expected a start for dimension \d+; \w+ is one of \w+ in \d+"),
    (r"/starts/.*", r"expected (lists of equal length at each level|the layout of the other starts: .*)"),
    (
        r"/starts/.*",
        r"unknown start of \w+ .*|expected \d+ numbers?, as many as \w+ takes; got \d+|\w+ or its gradient is not finite there",
    ),
    (r"/match/grid", r"expected \[from, to, how many\]: .*"),
    (r"/noise/seeds", r"expected (different seeds|either seed or seeds)"),
    (r"/rotate", r"expected (different angles|an objective of two parameters or more: .*)"),
    (r"/decompose", r"this objective has no known minimum to compare with; .*|expected a match other than graft: .*"),
    (
        r"/schedule(/.*)?",
        r"expected no (list of learning rates|schedule with learning rates of its own): .*|"
        r"expected a learning rate for each of \d+ steps, got \d+",
    ),
    (r"/steps(/.*)?", r"unknown label .*|expected the steps of every label; .*"),
    (r"/schedule", r"expected a list of learning rates or an object with a name, .*"),  # by label, but not of these labels
    (r"/schedule/name", r"(expected one of|unknown schedule) .*"),
    (r"/(decompose|match)", r"expected the same (steps|schedule|steps and schedule) for all labels.*"),
    (r"/noise/kind", r"expected a noise that is added: .*"),
    (r"/schedule(/.*)?/name", r"expected no reduce_on_plateau inside another schedule: it stands alone"),
    # What a formula is, and which of its names are variables.
    (r"/objective/(expression|variables|parameters|minima|starts|window|find_minima)(/.*)?", r".*"),
    (r"/record_every", r"expected include with record_every: .*"),
    # What belongs together in a map, and a range that is one.
    (r"/grid/(lr|x|y)/[012]", r"expected a range from a smaller number to a larger one|expected the same number twice for a single point"),
    (r"/grid/(lr|x|y)/2", r"expected a whole number of points from 1 to 1000"),
    (r"/grid/(lr|x|y)", r"expected a wider range: .*"),
    (r"/grid/[xy]", r"expected an objective of two parameters for a grid of starts; .*"),
    (
        r"/measure",
        r"expected (two optimizers|a match other than graft) for an effect[,:] .*|this objective has no known minimum to compare with; .*",
    ),
    (r"/match", r"expected no grid of learning rates: .*"),
    # What it costs.
    (
        r"/(steps|record_every|levels|optimizers?|objective|grid|params|include)",
        r"expected at most \d+ (units of work|numbers in the answer|bytes of memory), this asks for \d+: .*",
    ),
]


# In a comparison an optimizer is one of several.
INEXPRESSIBLE += [
    (pointer.replace("/optimizer/", r"/optimizers/\d+/"), detail) for pointer, detail in INEXPRESSIBLE if "/optimizer/" in pointer
]

# In a check a request is within another.
INEXPRESSIBLE += [(r"/reference(/\d+)?" + pointer, detail) for pointer, detail in INEXPRESSIBLE]
INEXPRESSIBLE += [
    (r"/reference", r"expected at most \d+ (units of work|numbers in the answer|bytes of memory), this asks for \d+: .*"),
    (r"/submission(/\d+)?/state/.*", r"unknown slot of \w+ .*"),
    (r"/submission", r"this field is missing"),
    (r"/submission(/\d+)?", r"expected either params or points"),  # both are null
    (r"/(submission|tolerance|reference)", r"expected (no value|only one reference) together with candidates"),
    (r"/reference/steps", r"expected at least one step"),
    (
        r"/submission",
        r"expected a list of \d+ submissions, one for each reference(; got an object)?|expected an object with params or points, .*",
    ),
]


def is_inexpressible(error: dict[str, str]) -> bool:
    return any(
        re.fullmatch(pointer, error["pointer"], re.DOTALL) and re.fullmatch(detail, error["detail"], re.DOTALL)
        for pointer, detail in INEXPRESSIBLE
    )


#: Of the optimizers, schedules and models some are gone through: of each kernel's kind one. All of them take minutes.
SOME_OPTIMIZERS = ("sgd", "normalized_gd", "adam", "novograd", "sm3", "gd_backtracking", "chain", "call", "config")
SOME_SCHEDULES = ("step", "cosine", "inverse_time", "warmup", "torch.CosineAnnealingLR")
SOME_MODELS = ("linear_regression",)
PLACE = "#/components/schemas/"
LEFT_OUT = (f"{PLACE}Schedule.", f"{PLACE}Model.", f"{PLACE}Optimizer.", f"{PLACE}Contender.")


def document() -> dict[str, Any]:
    """The document, with fewer of its optimizers, schedules and models."""
    whole = copy.deepcopy(committed())
    schemas = whole["components"]["schemas"]
    kept = {f"{PLACE}Schedule.{name}" for name in SOME_SCHEDULES} | {f"{PLACE}Model.{name}" for name in SOME_MODELS}
    kept |= {f"{PLACE}{place}.{name}" for name in SOME_OPTIMIZERS for place in ("Optimizer", "Contender")}
    for name in ("Schedule", "ScheduleWithin", "Objective", "Optimizer", "Contender"):
        refs = [(each, each.get("$ref", "")) for each in schemas[name]["anyOf"]]
        schemas[name]["anyOf"] = [each for each, ref in refs if ref in kept or not ref.startswith(LEFT_OUT)]
    return whole


#: What stands in requests to several endpoints, and where its boundaries are gone through. At the others it has one of its forms: going
#: through all of them everywhere takes minutes, and every endpoint reads them with the same code.
HOME = {
    "Optimizer": ("/step", "/convert", "/probe"),
    "Contender": ("/compare",),
    "Objective": ("/objectives",),
    "Schedule": ("/map",),
    "Target": ("/map",),
    "Noise": ("/map",),
    "References": ("/check",),
}


def with_one_optimizer(whole: tuple[str, ...]) -> dict[str, Any]:
    """The document with a single optimizer, whose boundaries are those of all, and of what has another home only the parts named.

    What may stand around any optimizer is there in comparisons alone, and a reference has only what a step must have.
    """
    made = document()
    schemas = made["components"]["schemas"]
    schemas["Optimizer"], schemas["Contender"] = schemas["Optimizer.rmsprop"], schemas["Contender.rmsprop"]
    schemas["Optimizer"] = with_members(schemas["Optimizer"], schemas["Optimizer"]["properties"].keys() - WRAPPERS.keys())
    schemas["Reference"] = with_members(schemas["StepRequest"])
    for name in HOME.keys() - set(whole):
        schemas[name] = one_form(schemas[name])
    return made


def one_form(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with one of its kinds, or with the members that an optimizer needs."""
    return {**schema, "anyOf": schema["anyOf"][:1]} if "anyOf" in schema else with_members(schema, {"lr"})


def with_members(schema: dict[str, Any], optional: Set[str] = frozenset()) -> dict[str, Any]:
    """The schema of an object with the members that it must have, and some of the others."""
    kept = {name: each for name, each in schema["properties"].items() if name in schema["required"] or name in optional}
    return {**schema, "properties": kept}


def loaded(raw: dict[str, Any], phase: str) -> Any:
    config = tomllib.loads((ROOT / "schemathesis.toml").read_text(encoding="utf-8"))
    del config["checks"]["positive_data_acceptance"]
    config["phases"] = {name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing", "stateful")}
    schema = schemathesis.openapi.from_dict(raw, config=schemathesis.Config.from_dict(config))
    schema.app = create_app(Settings())
    return schema


def is_read_otherwise(value: Any) -> bool:
    """Whether a whole number in it is read as another float64: 10^300 + 1 is 1e300, the largest that may be posted, and no violation."""
    if isinstance(value, dict | list):
        return any(map(is_read_otherwise, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) <= 10**308 and int(float(value)) != value


def validate(case: schemathesis.Case) -> None:
    """Send a case, and hold the answer to every check of schemathesis."""
    response = case.call()
    errors = response.json()["errors"] if response.status_code == 422 else []
    unexplained = [error for error in errors if not is_inexpressible(error)]
    try:
        excluded = [positive_data_acceptance] if errors and not unexplained else []
        excluded += [negative_data_rejection] if is_read_otherwise(case.body) else []
        case.validate_response(response, excluded_checks=excluded)
    except BaseException as failure:
        failure.add_note(f"not known as something that JSON Schema cannot say: {unexplained}")
        raise


def settled(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def generated():
    return loaded(document(), "fuzzing")


@cache
def of_boundaries(whole: tuple[str, ...]) -> Any:
    """The operations with their boundaries, of all that is whole."""
    return loaded(with_one_optimizer(whole), "coverage")


def hold(schema: Any, examples: int) -> None:
    """Make the cases of each operation and hold the answers to the document.

    They are made here and not at collection, as `schema.parametrize()` would: there each worker makes those of all tests, for 20 s.
    """
    made = list(get_all_tests(schema=schema, test_func=validate, settings=settled(examples), given_kwargs={}))
    assert made
    for each in made:
        _, test = each.ok()
        test()


def test_pages(generated):
    """But those of the document itself, which takes a second to read: they have no parameters, and their boundaries are gone through."""
    hold(generated.include(method="GET").exclude(path_regex="^/openapi"), 10)


@pytest.mark.parametrize(
    ("path", "examples"),
    {
        "/contours": 50,
        "/convert": 40,
        "/step": 40,
        "/trajectory": 40,
        "/compare": 25,
        "/check": 15,
        "/probe": 20,
        "/audit": 10,
        "/map": 50,
    }.items(),
)
def test_requests_at_random(path, examples, generated):
    hold(generated.include(path=path), examples)


@pytest.mark.parametrize("path", sorted(PATHS))
def test_boundaries(path):
    at_home = tuple(name for name, homes in HOME.items() if path in homes)
    hold(of_boundaries(at_home).include(path=path), 1)
