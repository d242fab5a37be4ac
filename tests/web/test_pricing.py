"""What a request costs is stated before any of it starts: work and memory, of what is asked and of the form of its answer."""

from __future__ import annotations

import pytest

from stepgrade_service.engine.comparing.comparison_parts import plan_comparison
from stepgrade_service.engine.comparing.map_plan import plan_map
from stepgrade_service.engine.objectives.resolve import resolve
from stepgrade_service.engine.reading.cost import Price
from stepgrade_service.engine.running.step import plan_step
from stepgrade_service.engine.running.trajectory_plan import plan_trajectory
from stepgrade_service.grading.checking import exercise
from stepgrade_service.web import compare, create_app, map, trajectory
from stepgrade_service.web.drawable import Drawable
from stepgrade_service.web.settings import Settings

RUN = {"optimizer": {"name": "adam", "lr": 0.01}, "objective": "rosenbrock", "steps": 100}
COMPARED = {"objective": "rosenbrock", "optimizers": ["gd", "adam"], "steps": 50}
MAPPED = {**COMPARED, "grid": {"x": [-2, 2, 9], "y": [-1, 3, 9]}}

#: Each endpoint with several forms: how it is planned, what is asked, and what a form costs.
SEVERAL = {
    "trajectory": (trajectory.run, plan_trajectory, RUN),
    "compare": (compare.comparison, plan_comparison, COMPARED),
    "map": (map.grid, plan_map, MAPPED),
}
EACH = [pytest.param(name, form, id=f"{name} {form}") for name, (drawable, _, _) in SEVERAL.items() for form in drawable.offered]

#: What makes each of them larger.
LARGER = {
    "trajectory": [{"steps": 200}, {"noise": {"std": 0.1, "seed": 1}}],
    "compare": [{"optimizers": ["gd", "adam", "rmsprop"]}, {"starts": [[1.0, 1.0], [2.0, 2.0]]}, {"steps": 500}, {"rotate": [30]}],
    "map": [{"grid": {"x": [-2, 2, 20], "y": [-1, 3, 9]}}, {"measure": ["final_value", "steps_to_target"]}, {"steps": 500}],
}


def priced(name, form, **more):
    """The price of a request in a form."""
    drawable, plan, asked = SEVERAL[name]
    planned = plan({**asked, **more})
    return planned.price + drawable.form_price(planned, form)


@pytest.fixture
def within():
    """A client of a service with these limits."""
    return lambda **limits: create_app(Settings(**limits)).test_client()


def test_prices_add_up():
    assert Price(1, 2, 3) + Price(10, 20, 30) == Price(11, 22, 33)
    assert sum([Price(1), Price(2), Price(memory=3)], Price()) == Price(3, 0, 3)


@pytest.mark.parametrize(("name", "form"), EACH)
def test_every_form_has_a_price_that_grows_with_what_is_asked(name, form):
    drawable, plan, asked = SEVERAL[name]
    own = drawable.form_price(plan(asked), form)
    assert own.work > 0
    assert own.memory > 0
    small = priced(name, form)
    for more in LARGER[name]:
        large = priced(name, form, **more)
        assert large.work > small.work, more
        assert large.memory >= small.memory, more


@pytest.mark.parametrize("form", ["application/json", "application/x-ndjson", "text/csv", "application/x-npz"])
def test_a_form_costs_by_rows_names_echoes_and_schedules(form):
    def work(**more):
        return trajectory.run.form_price(plan_trajectory({**RUN, **more}), form).work

    long, short = ({"start": {name * length: [1.0] for name in "ab"}} for length in (100, 1))
    rates = {"name": "adam", "lr": dict.fromkeys("ab", 0.1)}
    assert work(record_every=1) > work(record_every=10)
    assert work(**long) > work(**short)
    assert work(schedule=[0.1] * 100) > work()
    assert work(**short, optimizer=rates) > work(**short)


def test_a_step_costs_by_its_numbers_its_tensors_and_their_names():
    def price(**params):
        return plan_step({"optimizer": "adam", "params": params, "gradient": params}).price

    assert price(a=[1.0] * 9).work > price(a=[1.0]).work
    assert price(a=[1.0], b=[1.0]).work > price(a=[1.0, 1.0]).work
    assert price(**{"a" * 100: [1.0]}).answer > price(a=[1.0]).answer


@pytest.mark.parametrize(("path", "asked"), [("/trajectory", RUN), ("/compare", COMPARED), ("/map", MAPPED)])
@pytest.mark.parametrize("form", ["image/png", "image/svg+xml"])
def test_a_dear_picture_is_refused_before_anything_is_computed(within, problem, monkeypatch, path, asked, form):
    client = within(max_work=4e6)
    assert client.post(path, json=asked).status_code == 200
    monkeypatch.setattr(Drawable, "picture", None)  # it computes, and draws
    told = problem(client.post(path, json=asked, headers={"Accept": form}), 422)
    assert told["type"] == "urn:stepgrade:problem:too-costly"
    assert (told["what"], told["limit"]) == ("units of work", 4e6)
    assert told["cost"] > told["limit"]


def test_what_takes_too_much_memory_is_refused_with_the_limit_and_its_cost(within, problem):
    client = within(max_request_memory=2)
    assert client.post("/trajectory", json=RUN).status_code == 200
    told = problem(client.post("/trajectory", json={**RUN, "steps": 60_000}), 422)
    assert (told["what"], told["limit"]) == ("bytes of memory", 2 * 2**20)
    assert told["errors"][0]["pointer"] == "/record_every"


def test_reading_a_large_body_is_part_of_the_price(within, problem):
    step = {"optimizer": "gd", "params": [1.5] * 10_000, "gradient": [1.5] * 10_000}
    assert within(max_work=4e5).post("/step", json=step).status_code == 200
    padded = f'{{"optimizer": "gd", "params": {step["params"]}, "gradient": {step["gradient"]}{" " * 2_000_000}}}'
    told = problem(within(max_work=4e5).post("/step", data=padded, headers={"Content-Type": "application/json"}), 422)
    assert told["cost"] > told["limit"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/step", {"optimizer": "gd", "params": [1.0], "gradient": [1.0]}),
        ("/contours", {"objective": "beale"}),
        ("/convert", {"optimizer": "adam", "to": "optax"}),
        ("/check", {"reference": {**RUN, "steps": 3}, "submission": {"params": [0.0, 0.0]}}),
        ("/check", {"reference": {**RUN, "steps": 3}, "candidates": True}),
        ("/probe", {"optimizer": "gd"}),
        ("/audit", {"reference": {**RUN, "steps": 3}}),
    ],
)
def test_every_endpoint_holds_its_price_to_the_limit(within, problem, path, asked):
    told = problem(within(max_work=1000).post(path, json=asked), 422)
    assert told["type"] == "urn:stepgrade:problem:too-costly"
    assert told["limit"] == 1000


@pytest.mark.parametrize(("include", "pointer"), [({"include": ["points", "measures"]}, "/record_every"), ({}, "/optimizers")])
def test_too_large_a_comparison_is_told_to_record_less_only_if_steps_are_what_is_large(include, pointer):
    client = create_app(Settings(max_answer=300)).test_client()
    refused = client.post("/compare", json={**COMPARED, **include, "starts": [[1.0, 1.0], [2.0, 2.0]]})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == [pointer]


FORMULA = {"expression": "(x - 1)**2*cos(y) + y**4", "variables": ["x", "y"]}
NETWORK = {"name": "mlp", "data": "moons", "hidden": [50, 50]}
START = [0.5, 0.5]


def test_what_is_done_before_the_first_step_is_in_the_price():
    none = {**RUN, "start": START, "steps": 0, "include": []}
    formula, searched = (plan_trajectory({**none, "objective": {**FORMULA, **more}}).price.work for more in ({}, {"find_minima": True}))
    assert searched > formula + 1e5
    assert plan_trajectory({**none, "objective": NETWORK, "start": None}).price.work > 1e4
    for name, more in (("compare", {}), ("map", {"grid": {"lr": [0.1, 1, 2]}, "measure": "final_value"})):
        plan, asked = SEVERAL[name][1], {**SEVERAL[name][2], "steps": 1, "start": START, "optimizers": ["gd"], **more}
        formula, searched = (plan({**asked, "objective": {**FORMULA, **more}}).price.work for more in ({}, {"find_minima": True}))
        assert searched > formula + 1e5


@pytest.mark.parametrize("wrong", [{}, {"start": "nowhere"}], ids=["all right", "all wrong"])
def test_references_are_read_no_further_than_the_limit_of_work_allows(within, monkeypatch, wrong):
    read, resolved = [], exercise.plan_of
    monkeypatch.setattr(exercise, "plan_of", lambda *asked: read.append(1) or resolved(*asked))
    cases = [{**RUN, "objective": {**NETWORK, "l2": k}, "steps": 1, **wrong} for k in range(60)]
    answer = within(max_work=2e6).post("/check", json={"reference": cases, "submission": [None] * 60})
    assert answer.status_code == 422
    assert 0 < len(read) < 40


def test_in_a_batch_an_operation_of_a_long_formula_costs_more():
    def an_operation(terms):
        problem = resolve({"expression": " + ".join(f"{k}*x*y" for k in range(2, terms + 2))})
        return problem.price.each / problem.objective.work(2)

    assert an_operation(100) > 1.5 * an_operation(2)
