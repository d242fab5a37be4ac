"""POST /step: one step from a posted gradient."""

from xml.etree import ElementTree

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import plan_step
from stepgrade_service.grading.solutions.solution import has_solution, solve
from stepgrade_service.web.mathml import mathml_of_work

RMSPROP = {"name": "rmsprop", "lr": 0.01, "rho": 0.9}
STEP = {"optimizer": RMSPROP, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
GRADIENTS = [[0.1, -4.0], [1 / 3, 2.0], [-0.2, 1e-7]]

PARAMS = {
    "a number": 1.5,
    "a vector": [1.0, 2.0],
    "a matrix": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "named tensors": {"W1": [[1.0, 2.0]], "b1": [0.5], "скорость": 3.0},
}


def nested(value, depth):
    for _ in range(depth):
        value = [value]
    return value


def laid_out(value):
    """Names and shapes."""
    return {name: np.shape(entry) for name, entry in value.items()} if isinstance(value, dict) else np.shape(value)


def test_the_contracts_example_is_the_step_worked_out_by_hand(post):
    answer = post("/step", STEP).json
    gradient = np.array(STEP["gradient"])
    v = 0.1 * gradient**2
    np.testing.assert_allclose(answer["update"], -0.01 * gradient / (np.sqrt(v) + 1e-8), rtol=1e-14)
    np.testing.assert_allclose(answer["params"], np.array([1.0, 2.0]) + answer["update"], rtol=1e-15)
    np.testing.assert_allclose(answer["state"]["v"], v, rtol=1e-14)


def test_an_answer_has_what_the_contract_says(post):
    answer = post("/step", STEP)
    assert answer.content_type == "application/json"
    assert list(answer.json) == ["status", "params", "update", "state", "optimizer", "measures", "engine"]
    assert set(answer.json["measures"]) == {"gradient_norm", "update_norm", "descent_cosine", "effective_lr"}
    assert answer.json["status"] == "completed"
    assert answer.json["state"]["t"] == 1
    assert answer.json["engine"] == answer.headers["Stepgrade-Engine"]


@pytest.mark.parametrize("params", PARAMS.values(), ids=PARAMS)
def test_an_answer_has_the_shape_and_the_names_of_its_question(post, params):
    answer = post("/step", {"optimizer": "adam", "params": params, "gradient": params}).json
    seen = [answer["params"], answer["update"], answer["state"]["m"], answer["state"]["v"], answer["measures"]["effective_lr"]]
    assert [laid_out(part) for part in seen] == [laid_out(params)] * 5


def test_64_nested_lists_are_a_tensor(post):
    answer = post("/step", {"optimizer": "gd", "params": nested(1.0, 64), "gradient": nested(2.0, 64)})
    assert np.shape(answer.json["params"]) == (1,) * 64


def test_named_tensors_may_come_in_another_order(post):
    step = {"optimizer": "gd", "params": {"a": 1.0, "b": [2.0]}, "gradient": {"b": [1.0], "a": 0.0}}
    assert post("/step", step).json["params"] == {"a": 1.0, "b": [1.999]}


def test_params_and_state_fed_back_are_the_trajectory_to_the_last_bit(post):
    whole = post("/trajectory", {"optimizer": "adam", "gradients": GRADIENTS, "start": [1.0, 2.0]}).json
    step = {"optimizer": "adam", "params": [1.0, 2.0]}
    for row, gradient in enumerate(GRADIENTS, 1):
        answer = post("/step", {**step, "gradient": gradient}).json
        step |= {"params": answer["params"], "state": answer["state"]}
        assert answer["params"] == whole["points"][row]
    assert answer["state"] == whole["state"]


def test_numbers_read_back_to_the_same_float64(post):
    numbers = [5e-324, 1.7976931348623157e308, -0.0, 0.1 + 0.2, 2**53 + 2.0, 1e22]
    answer = post("/step", {"optimizer": "gd", "params": numbers, "gradient": [0.0] * len(numbers)})
    assert list(map(repr, answer.json["params"])) == list(map(repr, numbers))


def test_the_echo_posted_back_gives_the_same_bytes(post):
    first = post("/step", STEP)
    again = post("/step", {**STEP, "optimizer": first.json["optimizer"]})
    assert again.data == first.data


def test_the_effective_rate_is_null_where_the_gradient_is_0(post):
    measures = post("/step", {"optimizer": "momentum", "params": [1, 2], "gradient": [0, 3]}).json["measures"]
    assert measures["effective_lr"][0] is None
    assert measures["effective_lr"][1] == pytest.approx(1e-3)
    assert post("/step", {"optimizer": "gd", "params": 1, "gradient": 0}).json["measures"]["descent_cosine"] is None


def test_a_step_that_is_not_finite_leaves_everything_as_it_was(post):
    state = {"t": 3, "velocity": [0.5]}
    step = {"optimizer": {"name": "momentum", "lr": 10}, "params": [1.0], "gradient": [1e308], "state": state}
    answer = post("/step", step).json
    assert (answer["status"], answer["diverged_at"]) == ("diverged", 1)
    assert (answer["params"], answer["update"], answer["state"]) == ([1.0], None, state)
    assert answer["detail"] == "Step 1 is not finite at params[0]: the numbers are too large, or the formula is not defined there."


def test_0_by_0_is_said_of_steps_trajectories_and_comparisons(post):
    divides = {"name": "adam", "lr": 0.1, "eps": 0}
    told = "Step 1 divides 0 by 0 at params[1]: the gradient is 0 there, and eps is 0. Use an eps above 0."
    step = post("/step", {"optimizer": divides, "params": [1, 2], "gradient": [1, 0]}).json
    run = post("/trajectory", {"optimizer": divides, "start": [1, 2], "gradients": [[1, 0], [1, 1]]}).json
    compared = post(
        "/compare", {"optimizers": [divides, {"name": "sign_gd", "lr": 0.1}], "objective": "sphere", "starts": [[1, 0]], "steps": 2}
    ).json["runs"]
    assert [each.get("detail") for each in (step, run, *compared)] == [told, told, told, None]


def test_the_worked_solution_is_there_where_it_is_asked_for_and_ends_at_the_params(post):
    plain, worked = post("/step", STEP).json, post("/step", {**STEP, "include": ["work"]}).json
    assert {name: worked.pop(name) for name in ("work", "letters")}.keys() == {"work", "letters"}
    assert worked == plain
    assert post("/step", {**STEP, "include": []}).json == plain
    work = post("/step", {**STEP, "include": ["work"]}).json["work"]
    assert [line["name"] for line in work] == ["v", "update", "params"]
    assert [line["value"] for line in work] == [plain["state"]["v"], plain["update"], plain["params"]]
    assert work[0].keys() == {"name", "symbol", "formula", "numbers", "value"}


def test_a_value_of_a_solution_that_is_not_finite_is_null(post):
    asked = {"optimizer": {"name": "adam", "eps": 0}, "params": {"b": 1}, "gradient": {"b": 0}, "include": ["work"]}
    answer = post("/step", asked).json
    assert (answer["status"], answer["work"][-1]["value"]) == ("diverged", {"b": None})


@pytest.mark.parametrize(
    ("include", "pointer", "detail"),
    [
        (["wrok"], "/include/0", "unknown 'wrok'; did you mean work?"),
        (["work"] * 3, "/include", "expected at most 2 names, got 3"),
        ("work", "/include", "expected a list of names, got a string"),
    ],
)
def test_what_can_be_included_is_said(post, problem, include, pointer, detail):
    [fault] = problem(post("/step", {**STEP, "include": include}), 422)["errors"]
    assert (fault["pointer"], fault["detail"]) == (pointer, detail)


def test_an_optimizer_without_a_solution_is_said(post, problem):
    asked = {**STEP, "optimizer": {"name": "sm3", "lr": 0.1}, "include": ["work"]}
    [fault] = problem(post("/step", asked), 422)["errors"]
    assert fault["pointer"] == "/include/0"
    assert fault["detail"].startswith("sm3 has no worked solution yet; these optimizers have one: ")


def test_a_solution_is_priced_with_its_answer(post, problem):
    many = {"optimizer": "adam", "params": [1] * 120_000, "gradient": [1] * 120_000}
    assert post("/step", many).status_code == 200
    refused = problem(post("/step", {**many, "include": ["work"]}), 422)
    assert (refused["what"], refused["errors"][0]["pointer"]) == ("numbers in the answer", "/include")


def test_value_may_be_posted(post):
    assert post("/step", {**STEP, "value": 3}).data == post("/step", STEP).data


def test_a_framework_s_own_arguments_are_accepted(post):
    torch = {"convention": "torch", "name": "Adam", "betas": [0.8, 0.95], "maximize": False}
    echo = post("/step", {**STEP, "optimizer": torch}).json["optimizer"]
    assert (echo["name"], echo["beta1"], echo["beta2"]) == ("adam", 0.8, 0.95)


def test_rates_may_be_one_a_tensor(post):
    step = {"optimizer": {"name": "gd", "lr": {"b": 0.5, "W": 0}}, "params": {"W": [1.0], "b": 1.0}, "gradient": {"W": [1.0], "b": 1.0}}
    assert post("/step", step).json["params"] == {"W": [1.0], "b": 0.5}


def test_the_worked_solution_is_there_as_mathml_too(post):
    """What a client calls a tensor is written as it is."""
    name = "W_1 <b>{x}^2\\alpha"
    asked = {"optimizer": {"name": "adam", "lr": 0.1}, "params": {name: [1.0, 2.0]}, "gradient": {name: [0.5, -4.0]}}
    drawn = post("/step", {**asked, "include": ["work_mathml"]}).json
    plain = post("/step", {**asked, "include": ["work"]}).json
    for line in (*drawn["work"], *drawn["letters"]):
        formulas = {key: line.pop(key) for key in list(line) if key.endswith("_mathml")}
        assert {key.removesuffix("_mathml") for key in formulas} == {"symbol", "formula", "numbers"} & line.keys()
        for formula in formulas.values():
            texts = "".join(ElementTree.fromstring(formula).itertext()).replace(name, "")
            assert not any(mark in texts for mark in ("\\", "{", "}", "&"))
        if "numbers" in formulas and isinstance(line["value"], dict):
            assert f"{name}[1]" in "".join(ElementTree.fromstring(formulas["numbers_mathml"]).itertext())
    assert drawn == plain


def switched(optimizer, convention):
    """An optimizer of a convention with weight decay: as it is, and with each value of each switch."""
    decay = {"weight_decay": 0.1} if "weight_decay" in optimizer.by_name else {}
    bare = {"name": optimizer.name, "convention": convention, "lr": 0.1, **decay}
    switches = [one for one in optimizer.hyperparameters if one.type == "switch"]
    return [bare, *({**bare, one.name: value} for one in switches for value in one.allowed if value != one.default)]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_worked_solution_can_be_drawn(convention):
    formulas = set()
    for each in (one for name in CONVENTIONS[convention].by_optimizer for one in switched(OPTIMIZERS[name], convention)):
        try:
            plan = plan_step({"optimizer": each, "params": 1.0, "gradient": 0.5, "value": 1.0, "hessian_diagonal": 1.0})
        except Refusal:
            continue
        if has_solution(plan.choice):
            solution = solve(plan)
            formulas |= {line.symbol for line in solution.letters}
            formulas |= {latex for line in solution.lines for latex in (line.symbol, line.formula, line.numbers)}
    assert formulas
    for formula in formulas:
        assert ElementTree.fromstring(mathml_of_work(formula)).tag.endswith("math"), formula


def test_a_letter_with_an_index_has_the_step_behind_it(post):
    madgrad = {"name": "madgrad", "lr": 0.1, "weight_decay": 0.1}
    answer = post("/step", {"optimizer": madgrad, "params": [1, 2], "gradient": [0.4, 0.7], "include": ["work_mathml"]}).json
    symbols = {each["name"]: each["symbol"] for each in (*answer["letters"], *answer["work"])}
    assert (symbols["x0"], symbols["weight_decay"], symbols["weight"]) == ("x_{0,t}", r"\lambda", r"\omega_t")
