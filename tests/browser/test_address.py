"""The whole view is in the address, and an odd address does no harm."""

import json
import random

import pytest
from tests.browser.page_modules import call

LEARNERS = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"
MODULES = {"address": ["read", "write"], "store": ["stateOf", "VIEW"], "presets": ["PRESETS"], "tour_views": ["viewOfStep"]}

#: The view of a state as JSON: a set is no JSON.
ROUND = """
    const plain = (state) => Object.fromEntries(VIEW.map((name) => [name, state[name] instanceof Set ? [...state[name]] : state[name]]));
    const round = (state) => {
        const { view, left } = read(write(state));
        return [plain(stateOf(view)), left, write(stateOf(view)) === write(state)];
    };
"""


def sample(chance):
    """A view as a reader may make it: every member at random."""
    number = lambda most=10: round(chance.uniform(-most, most), chance.choice([0, 1, 3, 6])) * 10 ** chance.choice([0, 0, -6, 5])  # noqa: E731
    flip = lambda: chance.random() < 0.5  # noqa: E731
    methods = [
        {
            "name": chance.choice(["gd", "adam", "rmsprop", "momentum", "a name; with = & + % signs"]),
            "convention": chance.choice([None, "torch", "keras"]),
            "steps": chance.choice([None, None, chance.randrange(1000)]),
            "settings": {
                name: chance.choice([abs(number()), flip(), "l2", "1e5", ".5", "true", [0.9, 0.999], 'text "in quotes"'])
                for name in chance.sample(["lr", "rho", "betas", "nesterov", "weight_decay_mode", "eps"], chance.randrange(4))
            },
            "color": place % 8,
        }
        for place in range(chance.randrange(6))
    ]
    formula = {"expression": chance.choice(["x**2 + 3*y**2", "5", "sin(x)*y % 2 # ü", "true"]), "variables": ["x", "y"]}
    left, bottom = number(), number()
    places = list(range(len(methods)))
    return {
        "objective": formula
        if flip()
        else {"name": chance.choice(["quadratic", "rosenbrock"]), "condition": abs(number()) + 1, "rotation": 30},
        "starts": [chance.choice(["A", "a b", [number(), number()]]) for _ in range(chance.randrange(1, 7))],
        "methods": methods,
        "match": chance.choice(["none", "first_step", "graft"]),
        "steps": chance.randrange(10_000),
        "schedule": chance.choice(
            [None, {"decay_rate": 0.97, "name": "exponential"}, {"milestones": [3, 9], "gamma": 0.1, "name": "multistep"}]
        ),
        "noise": chance.choice([None, {"std": abs(number()) + 1, "seed": chance.randrange(99)}]),
        "pair": chance.sample(places, 2) if len(places) > 1 and flip() else None,
        "at": chance.choice([None, 0, chance.randrange(500)]),
        "window": chance.choice([None, [[left, left + 8], [bottom, bottom + 6]]]),
        "map": chance.choice([None, {"measure": "settling_step", "cells": 41}]),
        "arrows": flip(),
        "cell": chance.choice([None, [0, chance.randrange(5)]]),
        "front": chance.choice([None, *places]),
        "hidden": chance.sample(places, chance.randrange(len(places) + 1)),
        "look": chance.choice([None, None, "embed", "projector"]),
        "tour": chance.choice([None, None, chance.randrange(1, 7)]),
    }


def test_every_example_and_every_step_of_the_tour_is_read_as_it_was_written(page):
    page.goto("/")
    views = "[...PRESETS.map(({ view }) => view), ...[1, 2, 3, 4, 5, 6].map(viewOfStep)]"
    found = call(
        page,
        MODULES,
        ROUND + f"return {views}.map((view) => [read(view).left, ...round(stateOf(read(view).view)), plain(stateOf(read(view).view))]);",
    )
    assert len(found) > 15
    for first_left, again, left, is_same, state in found:
        assert first_left == left == []
        assert again == state
        assert is_same


def test_200_views_at_random_are_read_as_they_were_written(page):
    page.goto("/")
    chance = random.Random(15)
    asked = [sample(chance) for _ in range(200)]
    named = """
        const { labelsOf } = await import(document.querySelector('script[src]').src.replace('main', 'request'));
        return given.map((each) => {
            const labels = labelsOf(each.methods);
            const hidden = new Set(each.hidden.sort().map((place) => labels[place]));
            const state = stateOf({ ...each, front: labels[each.front] ?? null, hidden });
            return [plain(state), ...round(state)];
        });"""
    for state, again, left, is_same in call(page, MODULES, ROUND + named, asked):
        assert left == []
        assert is_same
        window, other = state.pop("window"), again.pop("window")
        assert (window is None) == (other is None)
        for ends, others in zip(window or [], other or [], strict=True):
            assert ends == pytest.approx(others, abs=0.01)
        assert again == state


#: What an address asks for beside two methods, what is told of it, and the methods that are drawn.
ODD = [
    ("m=adem;lr=0.1", "The address asks for adem; the nearest is adam. It was left out.", ["gd", "rmsprop"]),
    (
        "m=adam;lr=0.1;bta1=0.8",
        "The address asks for bta1 = 0.8 of adam; the nearest is beta1. It was left out.",
        ["gd", "rmsprop", "adam"],
    ),
    ("m=adam;lr=-1", "The address asks for lr = -1 of adam. Expected a number of at least 0", ["gd", "rmsprop", "adam"]),
    ("m=adam;convention=kers", "The address asks for the convention kers of adam; the nearest is keras.", ["gd", "rmsprop", "adam"]),
    ("m=gd", "", ["gd", "rmsprop", "gd 2"]),
    ("s=Q", "The address asks for the start Q. Unknown start of quadratic 'Q'; known names: default, A, B.", ["gd", "rmsprop"]),
    ("match=first_stp", "The address asks for match = first_stp; the nearest is first_step.", ["gd", "rmsprop"]),
    ("schedule=cosin;decay_steps=5", "The address asks for the schedule cosin; the nearest is cosine.", ["gd", "rmsprop"]),
    ("noise=-1,7", "The address asks for noise of -1, seed 7. Expected a number of at least 0", ["gd", "rmsprop"]),
    ("n=999999999", "The address asks for 999999999 steps. Expected at least 0 and at most 10000000, got 999999999.", ["gd", "rmsprop"]),
    ("o=quadratc", "The address asks for quadratc; the nearest is quadratic.", ["gd", "rmsprop"]),
    ("o=quadratic;condition=20;rotatoin=3", "asks for rotatoin = 3 of the objective; the nearest is rotation.", ["gd", "rmsprop"]),
    ("o=milestones3", "The address asks for milestones3. The plot needs two variables, but there are 3.", ["gd", "rmsprop"]),
    ("n=many", 'The address has "n=many": expected a whole number of at least 0. It was left out.', ["gd", "rmsprop"]),
    ("zz=3", "an address has no part of this name", ["gd", "rmsprop"]),
    ("w=1,0,0,1", "expected left,right,bottom,top", ["gd", "rmsprop"]),
    ("d=0,7", "there are 2 methods, and they are counted from 0", ["gd", "rmsprop"]),
    ("tour=9", "expected a whole number from 1 to 6", ["gd", "rmsprop"]),
]


def test_what_is_not_known_is_told_and_the_rest_holds(opened, page, faults):
    faults.allow_failed_requests()
    opened(LEARNERS)
    for asked, told, methods in ODD:
        page.evaluate("(hash) => { location.hash = hash; }", f"{LEARNERS}&{asked}")
        page.wait_for_function("(told) => document.getElementById('notices').textContent.includes(told)", arg=told)
        page.wait_for_function("() => document.querySelector('#plane.is-stale') === null")
        page.wait_for_function(
            "(asked) => JSON.stringify([...document.querySelectorAll('#plane [data-label]')].map((each) => each.dataset.label)) === asked",
            arg=json.dumps(methods, separators=(",", ":")),
        )
        notices = page.locator("#notices .notice")
        assert notices.count() == (1 if told else 0), (asked, notices.all_inner_texts())
        if told:
            page.get_by_role("button", name="Close").click()
        assert page.inner_text("#notices") == ""


HOSTILE = {
    "long": "m=" + "a" * 30_000,
    "many": "&".join(["m=adam;lr=0.1"] * 500),
    "deep": "o=quadratic;condition=" + "[" * 9000,
    "prototype": "__proto__=1&constructor=2&o=quadratic;__proto__=3;condition=20&m=gd;lr=0.02;__proto__=4&m=__proto__;lr=1&s=__proto__",
    "numbers": "s=NaN,1&s=1e999,2&s=Infinity,0&n=1e999&at=-1&w=NaN,1,0,1&m=gd;lr=1e999&m=adam;lr=NaN&noise=1e400,0&n=0x10",
    "html": "m=<img src=x onerror=alert(1)>&s=<script>alert(1)</script>&o=<b>&<svg/onload=alert(1)>=1&match=\"'><i>",
    "percent": "m=%&s=%E0%A4%A&o=%ff&%=%",
    "empty": "m=&s=&o=&n=&d=&w=&at=&noise=&schedule=&match=&=&;;&&&",
}


def test_a_hostile_address_does_no_harm(opened, page, faults):
    faults.allow_failed_requests()
    opened("o=d2l_ravine&m=gd;lr=0.1")
    for name, asked in HOSTILE.items():
        page.evaluate("(hash) => { location.hash = hash; }", f"v=1&{asked}")
        page.wait_for_selector("#notices .notice")
        page.wait_for_load_state("networkidle")
        assert page.locator("#notices .notice").count() <= 20, name
        assert page.evaluate("document.querySelectorAll('img, i, b, script:not([src])').length") == 0, name
        assert page.evaluate("({}).condition === undefined && Object.keys(Object.prototype).length === 0"), name
        page.evaluate("(hash) => { location.hash = hash; }", LEARNERS)
        page.wait_for_function("() => document.getElementById('notices').textContent === ''")
        page.wait_for_function("() => document.querySelectorAll('#plane .path').length === 2")


def test_the_address_is_written_when_the_start_is_let_go(opened, page, settle):
    opened(LEARNERS)
    page.evaluate("""() => {
        window.written = 0;
        const write = history.replaceState.bind(history);
        history.replaceState = (...given) => { written += 1; write(...given); };
    }""")
    box = page.locator(".handle").bounding_box()
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    for step in range(1, 20):
        page.mouse.move(box["x"] + 22 + 4 * step, box["y"] + 22)
        page.wait_for_timeout(25)
    assert page.evaluate("written") == 0, "not while dragging"
    assert "s=A" in page.evaluate("location.hash")
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.evaluate("written") == 1
    assert -4.8 < float(page.evaluate("location.hash.match(/&s=([^,]+)/)[1]")) < -3.5


def test_only_examples_and_the_tour_are_steps_of_the_history(opened, page, settle):
    opened()
    length = page.evaluate("history.length")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="One step forward").click()
    settle()
    assert page.evaluate("history.length") == length
    first = page.evaluate("location.hash")
    page.select_option("#presets", label="Ravine")
    settle()
    page.get_by_role("button", name="One step forward").click()
    page.wait_for_timeout(450)
    assert page.evaluate("history.length") == length + 1
    assert "at=" in page.evaluate("location.hash")
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('#plane .path').length === 6")
    assert page.evaluate("location.hash") == first
    page.go_forward()
    page.wait_for_function("() => document.querySelectorAll('#plane .path').length === 2")
    assert "d2l_ravine" in page.evaluate("location.hash")
