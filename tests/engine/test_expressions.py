"""Expressions: how they are read, what is said of mistakes, and that their values and gradients are right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import process_time
from typing import Any

import numpy as np
import pytest

from stepgrade_service.engine import trajectory
from stepgrade_service.engine.objectives import OBJECTIVES
from stepgrade_service.engine.objectives.curvature import DIFFERENCES, addressed
from stepgrade_service.engine.objectives.expression.curvatures import TAPE_CURVATURES
from stepgrade_service.engine.objectives.expression.kernel import TAPE
from stepgrade_service.engine.objectives.expression.latex import latex
from stepgrade_service.engine.objectives.expression.operations import OPERATIONS
from stepgrade_service.engine.objectives.expression.parser import ExpressionParser
from stepgrade_service.engine.objectives.expression.vocabulary import FUNCTIONS, OF_ONE
from stepgrade_service.engine.objectives.resolve import Problem, resolve
from stepgrade_service.engine.reading.bounds import LONGEST_EXPRESSION, MOST_BRACKETS, MOST_NODES
from stepgrade_service.engine.reading.faults import Fault, Refusal

BOWL = {"expression": "0.5*(w**2 + kappa*b**2)", "variables": ["w", "b"], "parameters": {"kappa": 20}}


def at(expression: str, *point: float, **more: Any) -> tuple[float, list[float]]:
    """Value and gradient at a point."""
    problem = resolve({"expression": expression, **more})
    with np.errstate(all="ignore"):
        values, gradients = problem.evaluate(np.array(point).reshape(-1, 1))
    return float(values[0]), [float(each) for each in gradients[:, 0]]


def faults(written: Mapping[str, Any] | str) -> list[Fault]:
    with pytest.raises(Refusal) as refused:
        resolve({"expression": written} if isinstance(written, str) else written)
    return list(refused.value.faults)


# Reading.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x**2", -9.0), ("2**-x*8", 1.0), ("x-1-1", 1.0), ("2**x**2", 512.0), ("-x^2", -9.0), ("x/3/2", 0.5), ("+x", 3.0), ("--x", 3.0),
        ("2*-x", -6.0), ("(x)", 3.0), ("1e1*x", 30.0), (".5*x + 1.", 2.5), ("x\n+\t1", 4.0), ("x − 1", 2.0), ("3×x", 9.0), ("x**1", 3.0),
        ("x + x**0", 4.0), ("x**-1*3", 1.0), ("min(x, 1, 2)", 1.0), ("max(1, x, 2)", 3.0), ("x*pi/pi", 3.0), ("log(e**x)", 3.0),
    ],
)  # fmt: skip
def test_the_grammar_is_that_of_python(text, value):
    assert at(text, 3.0)[0] == pytest.approx(value, rel=1e-15)


def test_variables_are_the_names_in_the_order_in_which_they_appear():
    problem = resolve({"expression": "b*exp(a) + k*c + pi", "parameters": {"k": 2}})
    assert problem.echo == {"expression": "b*exp(a) + k*c + pi", "variables": ["b", "a", "c"], "parameters": {"k": 2.0}}


def test_the_echo_says_how_a_circumflex_and_raised_digits_were_read():
    assert resolve({"expression": "x^2"}).echo["expression"] == "x**2"
    assert resolve({"expression": "(x²-1)² + 2*y¹² - z³"}).echo["expression"] == "(x**2-1)**2 + 2*y**12 - z**3"


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("2x + y", (0, 2), "write 2*x"),
        ("x + 3(y)", (4, 2), "write 3*("),
        ("x + * y", (4, 1), "before *"),
        ("x + ", (4, 0), "after +"),
        ("(x + 1", (0, 1), "expected a )"),
        ("x + 1)", (5, 1), "expected a ("),
        ("x = 3", (0, 3), "no ="),
        ("x < 3", (2, 1), "comparison"),
        ("x + 'a'", (4, 3), "quotes"),
        ("np.exp(x)", (0, 6), "write exp"),
        ("sin(x, y)", (0, 9), "takes 1 argument, got 2"),
        ("min(x)", (0, 6), "2 or more"),
        ("exp()", (0, 5), "got 0"),
        ("sinn(x)", (0, 4), "did you mean sin"),
        ("ln(x)", (0, 2), "use log"),
        ("exp + x", (0, 3), "expected ( after exp"),
        ("0,5*x", (1, 1), "write 0.5"),
        ("x + log(-1)", (4, 7), "not a finite number"),
        ("1 + 2", (0, 5), "at least one variable"),
        ("x if y else z", (2, 2), "the word if"),
        ("x @ y", (2, 1), "not accepted"),
        ("()", (1, 1), "between ( and )"),
        ("é²x", (1, 2), "a product needs the sign *"),
        ("y + x[0]**2", (4, 4), "write x0 in place of x[0]"),
        ("(x²-1)² + ²", (10, 2), "expected a number, a name or ("),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_in_characters(text, place, word):
    [fault] = faults(text)
    assert (fault.path, fault.position) == (("expression",), place)
    assert word in fault.detail


def test_every_mistake_is_told_at_once():
    told = faults({"expression": "2x + foo(y) + bar*z", "variables": ["x", "y", "zz"], "parameters": {"k": 1}})
    assert [(fault.position, fault.detail.split(";")[0].split(":")[0]) for fault in told] == [
        ((0, 2), "write 2*x"),
        ((5, 3), "there is no function foo"),
        ((14, 3), "unknown name 'bar'"),
        ((18, 1), "unknown name 'z'"),
    ]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"variables": ["x", "y"]}, ("variables", 1)),
        ({"variables": ["x", "x"]}, ("variables", 1)),
        ({"variables": ["x", "exp"]}, ("variables", 1)),
        ({"variables": ["x", "1a"]}, ("variables", 1)),
        ({"variables": "x"}, ("variables",)),
        ({"variables": []}, ("variables",)),
        ({"parameters": {"k": 1}}, ("parameters", "k")),
        ({"parameters": {"sin": 1}}, ("parameters", "sin")),
        ({"parameters": {"x": "1"}}, ("parameters", "x")),
        ({"parameters": {"pi": 3}}, ("parameters", "pi")),
        ({"name": "sphere"}, ("name",)),
        ({"minimum": [0]}, ("minimum",)),
        ({"minima": [[1]]}, ("minima", 0)),
        ({"minima": [[0, 0]]}, ("minima", 0)),
        ({"minima": [{"point": [0], "value": 1}]}, ("minima", 0, "value")),
        ({"minima": [0], "find_minima": True}, ("find_minima",)),
        ({"window": [[1, 1]]}, ("window", 0)),
        ({"starts": {"A": [1, 2]}}, ("starts", "A")),
        ({"find_minima": 1}, ("find_minima",)),
    ],
)
def test_what_is_wrong_beside_the_text_is_told_where_it_is(more, path):
    assert [fault.path for fault in faults({"expression": "x**2", **more})] == [path]


@pytest.mark.parametrize("piece", ["(", "-", "sin(", "x**", "x^", "((", "min(x,", "[", "x+", "2x", "9", "x(", "1,"])
def test_no_nesting_and_no_length_takes_long(piece):
    began = process_time()
    faults((piece * LONGEST_EXPRESSION)[: LONGEST_EXPRESSION - 1] + ".")
    faults(piece * (LONGEST_EXPRESSION + 1))
    assert process_time() - began < 1.0


def test_bounds_are_held():
    assert resolve({"expression": "+".join(["x"] * (MOST_NODES // 2))}).dimension == 1
    assert "numbers, names and operations" in faults("+".join(["x"] * MOST_NODES))[0].detail
    assert resolve({"expression": "(" * MOST_BRACKETS + "x" + ")" * MOST_BRACKETS}).dimension == 1
    assert "brackets" in faults("(" * (MOST_BRACKETS + 1) + "x" + ")" * (MOST_BRACKETS + 1))[0].detail
    assert "characters" in faults("x" + " " * LONGEST_EXPRESSION)[0].detail


# Values and gradients.


def central(problem: Problem, point: np.ndarray) -> np.ndarray:
    """The gradient by central differences."""
    step = 1e-6
    moved = np.concatenate([point[:, None] + step * np.eye(point.size), point[:, None] - step * np.eye(point.size)], axis=1)
    values, _ = problem.evaluate(np.ascontiguousarray(moved))
    return (values[: point.size] - values[point.size :]) / (2 * step)


@pytest.mark.parametrize("name", OF_ONE)
def test_the_derivative_of_each_function_is_right(name):
    problem = resolve({"expression": f"{name}(0.3*x + y*y)"})
    for point in np.random.default_rng(0).uniform(0.2, 1.0, (20, 2)):
        _, gradients = problem.evaluate(point.reshape(-1, 1))
        np.testing.assert_allclose(gradients[:, 0], central(problem, point), rtol=1e-7, atol=1e-8)


#: A formula of each operation.
EACH = {
    "add": "x+y", "subtract": "x-y", "multiply": "x*y", "divide": "x/y", "power": "x**y", "least": "min(x,y)", "greatest": "max(x,y)",
    "add_constant": "x+2", "from_constant": "2-x", "times_constant": "2*x", "over_constant": "x/3", "constant_over": "2/x",
    "to_constant": "x**1.3", "constant_to": "3**x", "least_constant": "min(x,.5)", "greatest_constant": "max(.5,x)",
    "square": "x*x", "root": "x**.5", **{name: f"{name}(x)" for name in OF_ONE},
}  # fmt: skip


def test_every_operation_is_run_alone_and_in_a_batch_to_the_same_bits():
    assert set(EACH) == {operation.name for operation in OPERATIONS}
    points = np.random.default_rng(1).uniform(0.1, 2.0, (2, 600))
    for text in EACH.values():
        problem = resolve({"expression": text})
        x = np.ascontiguousarray(points[: problem.dimension])
        values, gradients = problem.evaluate(x)
        alone = [problem.evaluate(np.ascontiguousarray(x[:, [run]])) for run in range(0, 600, 37)]
        np.testing.assert_array_equal(values[::37], [value[0] for value, _ in alone])
        np.testing.assert_array_equal(gradients[:, ::37], np.array([gradient[:, 0] for _, gradient in alone]).T)


@pytest.mark.parametrize(
    ("text", "point", "gradient"),
    [
        ("abs(x)", [0.0], [0.0]),
        ("sign(x)", [0.0], [0.0]),
        ("max(0, x)", [0.0], [0.5]),
        ("max(x, 0)", [0.0], [0.5]),
        ("min(x, y)", [1.0, 1.0], [0.5, 0.5]),
        ("max(x, y, z)", [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
        ("max(x, log(y))", [1.0, 0.0], [1.0, 0.0]),
        ("sqrt(max(0, x - 1) + y)", [0.0, 4.0], [0.0, 0.25]),
        ("x**2 + y**0.5*0", [1.0, 0.0], [2.0, 0.0]),
        ("x + (y*log(y))**0", [1.0, -1.0], [1.0, 0.0]),
        ("x + (1/y)**-2", [1.0, 0.0], [1.0, 0.0]),
    ],
)
def test_the_subgradient_at_a_kink_is_the_documented_one(text, point, gradient):
    assert at(text, *point)[1] == gradient


def test_arithmetic_is_that_of_ieee():
    assert np.isnan(at("log(x)", -1.0)[0])
    assert at("1/x", 0.0)[0] == np.inf
    assert at("x**y", 0.0, 0.0) == (1.0, [0.0, 0.0])
    assert np.isnan(at("x**0.3", -1.0)[0])
    assert at("x**0.5", -np.inf)[0] == np.inf
    assert np.isnan(at("max(x, y)", np.nan, 1.0)[0])


def test_an_expression_of_a_few_hundred_parts_is_right_in_blocks_of_any_size():
    text = " + ".join(f"sin({k}*x)*y**{k % 5}" for k in range(1, 60))
    problem, points = resolve({"expression": text}), np.random.default_rng(2).uniform(-1, 1, (2, 1001))
    values, gradients = problem.evaluate(points)
    k = np.arange(1, 60)[:, None]
    np.testing.assert_allclose(values, (np.sin(k * points[0]) * points[1] ** (k % 5)).sum(axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradients[0], (k * np.cos(k * points[0]) * points[1] ** (k % 5)).sum(axis=0), rtol=1e-8, atol=1e-10)


def test_a_run_on_an_expression_is_that_on_the_named_objective():
    asked = {"optimizer": {"name": "adam", "lr": 0.05}, "start": [-5.0, -1.0], "steps": 200}
    posted = trajectory({**asked, "objective": {**BOWL, "minima": [[0, 0]]}})
    named = trajectory({**asked, "objective": {"name": "quadratic", "condition": 20}})
    np.testing.assert_allclose(posted.points, named.points, rtol=1e-12, atol=1e-14)
    assert posted.summary["settling_step"] == named.summary["settling_step"]


@pytest.mark.parametrize("name", [name for name, entry in OBJECTIVES.items() if entry.expression])
def test_a_named_objective_and_its_expression_agree(name):
    problem, posted = resolve(name), resolve(OBJECTIVES[name].as_expression)
    low, high = np.array(problem.facts.window).T
    points = np.random.default_rng(0).uniform(low, high, (100, problem.dimension)).T.copy()
    for ours, theirs in zip(posted.evaluate(points), problem.evaluate(points), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max())


# What stands beside it.


@pytest.mark.parametrize(
    "written",
    [
        BOWL,
        {"expression": "(x^2 + y - 11)^2 + (x + y^2 - 7)^2", "find_minima": True, "window": [[-5, 5], [-5, 5]]},
        {"expression": "x**2", "minima": [0], "starts": {"far": [3], "near": 1}},
        {"expression": "x**2 + y**2", "minima": [{"point": [0, 0], "kind": "candidate", "value": 0}]},
    ],
)
def test_the_echo_resolves_to_the_same(written):
    echo = resolve(written).echo
    assert resolve(echo).echo == echo


def test_a_search_finds_the_minima_and_calls_them_candidates():
    found = resolve({"expression": "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "find_minima": True})
    wanted = sorted(map(tuple, OBJECTIVES["himmelblau"].facts({}, 2).minima))
    np.testing.assert_allclose(sorted(map(tuple, found.facts.minima)), wanted, rtol=1e-12)
    assert {minimum["kind"] for minimum in found.echo["minima"]} == {"candidate"}


@pytest.mark.parametrize(
    ("text", "minima"),
    [
        ("x**4", [[0.0]]),
        ("x*y", []),
        ("x**3", []),
        ("0.5*x**2 + 0.25*y**4 - 0.5*y**2", [[0.0, -1.0], [0.0, 1.0]]),
        ("100*(y - x**2)**2 + (1 - x)**2", [[1.0, 1.0]]),
        ("exp(x)", []),
        ("log(x) + 1/x", [[1.0]]),
    ],
)
def test_a_search_tells_neither_saddles_nor_slopes(text, minima):
    assert sorted(resolve({"expression": text, "find_minima": True}).facts.minima) == minima


def test_a_search_finds_the_lowest_of_many():
    text = "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)"
    assert resolve({"expression": text, "find_minima": True}).facts.minima[0] == [0.0, 0.0]


def test_a_search_that_would_cost_too_much_is_refused():
    text = " + ".join(f"sin(x{k})**2" for k in range(12))
    assert faults({"expression": text, "find_minima": True})[0].path == ("find_minima",)


def test_without_a_known_minimum_the_measures_that_need_one_are_null():
    ran = trajectory({"optimizer": {"name": "gd", "lr": 0.01}, "objective": BOWL, "start": [1.0, 1.0], "steps": 5})
    assert ran.summary["settling_step"] is None
    assert ran.summary["final_distance"] is None


def test_a_start_is_needed_where_the_expression_has_none():
    with pytest.raises(Refusal, match="start: expected a point"):
        trajectory({"optimizer": {"name": "gd", "lr": 0.01}, "objective": BOWL, "steps": 5})


def test_a_start_with_the_names_of_the_variables_may_have_them_in_any_order():
    asked = {"optimizer": {"name": "gd", "lr": 0.01}, "objective": BOWL, "steps": 1}
    for start in ({"w": 1.0, "b": 2.0}, {"b": 2.0, "w": 1.0}):
        ran = trajectory({**asked, "start": start})
        assert ran.values[0] == 40.5
        assert ran.plan.layout.names == ("w", "b")


def test_the_x_and_y_of_a_named_objective_may_stand_in_any_order():
    asked = {"optimizer": {"name": "gd", "lr": 0.001}, "objective": "rosenbrock", "steps": 1}
    assert {trajectory({**asked, "start": start}).values[0] for start in ({"x": 1.0, "y": 2.0}, {"y": 2.0, "x": 1.0})} == {100.0}


@pytest.mark.parametrize("start", [{"x": -1.0, "y": -5.0}, {"w": 1.0, "c": 2.0}, {"w": [1.0, 2.0]}])
def test_a_start_with_other_names_than_the_variables_is_refused_with_the_variables(start):
    with pytest.raises(Refusal, match=r"for w, b|for b|known names: w, b"):
        trajectory({"optimizer": {"name": "gd", "lr": 0.01}, "objective": BOWL, "steps": 1, "start": start})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.5*(w**2 + kappa*b**2)", r"0.5 \, \left(w^{2} + \kappa \, b^{2}\right)"),
        ("-x**2/(1+x1)", r"\frac{-x^{2}}{1 + x_{1}}"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("exp(-x)**2", r"\left(e^{-x}\right)^{2}"),
        ("min(a, b, c)*2e-3", r"\min\left(a, b, c\right) \cdot 2 \cdot 10^{-3}"),
        ("abs(x)*sqrt(y)", r"\left|x\right| \, \sqrt{y}"),
        ("x - (y - rate)", r"x - \left(y - \mathrm{rate}\right)"),
    ],
)
def test_an_expression_is_printed_in_latex(text, wanted):
    assert latex(ExpressionParser(text).nodes) == wanted


def test_every_function_is_known():
    for name in FUNCTIONS:
        assert resolve({"expression": f"{name}(x, 2)" if name in ("min", "max") else f"{name}(x)"}).dimension == 1


@pytest.mark.parametrize("name", EACH)
def test_the_exact_second_derivatives_of_each_operation_are_those_of_differences(name):
    inner = {"x": "(0.3*x + y*y)", "y": "(x*y + 0.4)"}
    text = re.sub(r"\b[xy]\b", lambda letter: inner[letter.group()], EACH[name])
    problem, points = resolve({"expression": text, "variables": ["x", "y"]}), np.random.default_rng(4).uniform(0.2, 0.8, (2, 40))
    parameters, values = addressed(TAPE, problem.facts.kernel_parameters), np.empty(40)
    exact, found = np.empty((2, 2, 40))
    TAPE_CURVATURES.call(points, parameters, values, exact)
    DIFFERENCES.call(points, parameters.base, values, found)
    np.testing.assert_allclose(exact, found, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "told", "position"),
    [
        ("x*x + y*y = 3", "write one side only, without =", (10, 1)),
        ("f(x, y) = x**2 + y**2", "leave out f(x, y) =", (0, 9)),
        ("f(x,y)=x**2+y**2", "leave out f(x, y) =", (0, 7)),
        ("loss = w**2", "leave out loss =", (0, 6)),
        ("|x| + y", "write abs(x) in place of |x|", (0, 1)),
    ],
)
def test_what_mathematics_writes_and_an_expression_has_not_is_told_with_what_to_write(text, told, position):
    with pytest.raises(Refusal) as refusal:
        resolve({"expression": text})
    [fault] = refusal.value.faults
    assert told in fault.detail
    assert fault.position == position


def test_a_start_of_fewer_numbers_than_variables_is_told_with_the_variables_and_the_parameters():
    with pytest.raises(
        Refusal, match=r"expected 3 numbers, .*: x, k, y; got 2\. If one of them is a constant, give its number in parameters"
    ):
        trajectory({"optimizer": {"name": "gd", "lr": 0.01}, "objective": {"expression": "x**2 + k*y**2"}, "start": [1.0, 1.0]})
