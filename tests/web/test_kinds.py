"""A value of another kind than the one that belongs there: the message says what was got."""

from __future__ import annotations

import copy

import pytest

STEP = {"optimizer": {"name": "adam", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
RUN = {"optimizer": "adam", "objective": {"name": "quadratic"}, "steps": 3}
PAIR = {"objective": "quadratic", "optimizers": [{"name": "gd"}, {"name": "adam"}], "steps": 3}
GRID = {**PAIR, "grid": {"x": [-1, 1, 3]}}
CHECK = {"reference": STEP, "submission": {"params": [1.0, 2.0]}}
CONTOURS = {"objective": "beale"}

KINDS = {"a number": 7, "a string": "text", "true or false": True, "a list": [[]], "an object": {"?": 1}}

#: Where what kinds belong, and the words that the message begins with.
PLACES = [
    ("/step", STEP, ("optimizer",), {"a string", "an object"}, "an optimizer's name or an object such as"),
    ("/step", STEP, ("optimizer", "name"), {"a string"}, "a string"),
    ("/step", STEP, ("optimizer", "convention"), {"a string"}, "one of torch, "),
    ("/step", STEP, ("optimizer", "eps_mode"), {"a string"}, '"outside" or "inside"'),
    ("/step", STEP, ("optimizer", "amsgrad"), {"true or false"}, "true or false"),
    ("/step", STEP, ("optimizer", "betas"), {"a list"}, "a list of 2 numbers, beta1 and beta2"),
    ("/step", STEP, ("params", 0), {"a number", "a list"}, "a number"),
    ("/step", STEP, ("state",), {"an object"}, 'an object such as {"t": 3'),
    ("/step", STEP, ("state", "t"), {"a number"}, "the number of steps taken so far"),
    ("/step", STEP, ("value",), {"a number"}, "a number"),
    ("/step", STEP, ("include",), {"a list"}, "a list of names"),
    ("/step", STEP, ("include", 0), {"a string"}, "a name"),
    ("/trajectory", RUN, ("objective",), {"a string", "an object"}, "an objective's name or an object such as"),
    ("/trajectory", RUN, ("objective", "name"), {"a string"}, "a name, one of: "),
    ("/trajectory", RUN, ("objective", "condition"), {"a number"}, "a number"),
    ("/trajectory", RUN, ("objective", "dimension"), {"a number"}, "a whole number from 1 to"),
    ("/trajectory", RUN, ("steps",), {"a number"}, "a whole number"),
    ("/trajectory", RUN, ("noise",), {"an object"}, "an object"),
    ("/trajectory", {**RUN, "noise": {"std": 1}}, ("noise", "seed"), {"a number"}, "a whole number"),
    ("/trajectory", RUN, ("schedule",), {"a list", "a string", "an object"}, "a list of learning rates or an object with a name"),
    ("/trajectory", {**RUN, "schedule": {"name": "step"}}, ("schedule", "name"), {"a string"}, "one of inverse_time, "),
    ("/trajectory", {**RUN, "schedule": {"name": "step"}}, ("schedule", "gamma"), {"a number"}, "a number"),
    ("/trajectory", RUN, ("target",), {"an object"}, 'one of {"distance": 0.05}'),
    ("/trajectory", {**RUN, "target": {"distance": 1}}, ("target", "arrival"), {"a string"}, "one of settle, touch"),
    ("/trajectory", {**RUN, "target": {}}, ("target", "distance"), {"a number"}, "a number"),
    ("/trajectory", RUN, ("stop",), {"an object"}, "an object with any of"),
    ("/trajectory", {**RUN, "stop": {}}, ("stop", "distance"), {"a number"}, "a number"),
    ("/trajectory", {"optimizer": "gd", "start": [1.0]}, ("gradients",), {"a list"}, "a list of gradients, one per step"),
    (
        "/trajectory",
        {"optimizer": "gd", "start": 1.0, "gradients": [1.0]},
        ("values",),
        {"a list"},
        "a list of 1 numbers, one per gradient",
    ),
    ("/compare", PAIR, ("optimizers",), {"a list"}, "a list of optimizers, from 1 to"),
    ("/compare", PAIR, ("optimizers", 0, "label"), {"a string"}, "a string"),
    ("/compare", PAIR, ("starts",), {"a list", "an object"}, "an object of named starts, or a list of starts"),
    ("/compare", PAIR, ("baseline",), {"a string"}, "a name"),
    ("/compare", PAIR, ("decompose",), {"a list"}, "a list of two labels"),
    ("/compare", {**PAIR, "decompose": ["gd", "adam"]}, ("decompose", 1), {"a string"}, "one of the labels: gd, adam"),
    ("/compare", PAIR, ("match",), {"a string", "an object"}, "one of none, "),
    ("/compare", {**PAIR, "match": {}}, ("match", "mode"), {"a string"}, "one of none, "),
    ("/compare", {**PAIR, "match": {"mode": "tuned"}}, ("match", "grid"), {"a list"}, "[from, to, how many]"),
    ("/compare", {**PAIR, "match": {"mode": "tuned", "grid": [1, 2, 3]}}, ("match", "grid", 0), {"a number"}, "a number"),
    ("/compare", PAIR, ("rotate",), {"a list"}, "a list of angles, from 1 to"),
    ("/compare", {**PAIR, "rotate": [1]}, ("rotate", 0), {"a number"}, "a number"),
    ("/map", GRID, ("grid",), {"an object"}, "an object with one or two of lr, x, y"),
    ("/map", GRID, ("grid", "x"), {"a list"}, "[from, to, how many], three numbers"),
    ("/map", GRID, ("grid", "x", 1), {"a number"}, "a number"),
    ("/map", GRID, ("measure",), {"a string", "a list"}, "one or several of settling_step"),
    ("/map", {**GRID, "measure": ["x"]}, ("measure", 0), {"a string"}, "one of settling_step"),
    ("/check", CHECK, ("reference",), {"a list", "an object"}, "a /step or /trajectory request"),
    ("/check", CHECK, ("reference", "include"), {"a list"}, "a list of names"),
    ("/check", CHECK, ("submission",), {"an object"}, "an object with params or points"),
    ("/check", CHECK, ("submission", "state"), {"an object"}, "an object of slots"),
    ("/check", CHECK, ("submission", "side_effects"), {"a list"}, "a list of any of"),
    ("/check", CHECK, ("tolerance",), {"an object"}, 'an object such as {"rtol"'),
    ("/check", {**CHECK, "tolerance": {}}, ("tolerance", "rtol"), {"a number"}, "a number"),
    ("/check", CHECK, ("hints",), {"a number"}, "a whole number"),
    ("/check", CHECK, ("precision",), {"a string"}, "a name"),
    ("/check", CHECK, ("candidates",), {"true or false"}, "true or false"),
    ("/audit", {"reference": STEP}, ("compares",), {"a list"}, "a list of any of params"),
    ("/audit", {"reference": STEP, "compares": ["x"]}, ("compares", 0), {"a string"}, "one of params"),
    ("/contours", CONTOURS, ("window",), {"a list"}, "two ranges, one per parameter"),
    ("/contours", CONTOURS, ("levels",), {"a number", "a list"}, "a list of numbers, or the number of levels"),
]


@pytest.mark.parametrize(
    ("path", "request_", "place", "kinds", "wanted"), PLACES, ids=[f"{path}-{'-'.join(map(str, place))}" for path, _, place, *_ in PLACES]
)
def test_the_message_says_what_was_got(faults, path, request_, place, kinds, wanted):
    *around, name = place
    for kind, value in KINDS.items():
        if kind in kinds:
            continue
        asked = copy.deepcopy(request_)
        holder = asked
        for number, part in enumerate(around):
            missing = [None] if isinstance(place[number + 1], int) else {}
            holder = holder.setdefault(part, missing) if isinstance(holder, dict) else holder[part]
        holder[name] = value
        told = faults(path, asked)["/" + "/".join(map(str, place))]
        assert told.startswith(f"expected {wanted}"), told
        assert told.endswith(" got true" if value is True else f" got {kind}"), told
        assert told.count(" got ") == 1


def test_a_number_that_is_not_whole_is_shown(faults):
    assert faults("/trajectory", {**RUN, "steps": 2.5}) == {"/steps": "expected a whole number, got 2.5"}


def test_a_body_that_is_no_object_says_what_it_is(faults):
    assert faults("/step", [])[""].endswith("; got a list")
    assert faults("/step", "adam")[""].endswith("; got a string")
