"""Worked solutions: they end at the step to the last bit, and a reader who computes the lines as they are written gets their values."""

import re
from math import inf, isclose, isnan, nan, sqrt, tanh

import numpy as np
import pytest

from stepgrade_service.engine.conventions import CONVENTIONS
from stepgrade_service.engine.conventions.letters import OWN_LETTERS
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.step import plan_step, run_step
from stepgrade_service.grading.catalogue.formulas import FORMULAS
from stepgrade_service.grading.solutions.lines import MOST_ROWS
from stepgrade_service.grading.solutions.solution import has_solution, hold_to_known, solve

PARAMS, GRADIENT = {"W": [[1.5, -2.0], [0.25, 3.0]], "b": 0.5}, {"W": [[0.5, -1.0], [0.0, 2.0]], "b": -0.125}

SHARES = ("momentum", "rho", "beta1", "beta2", "weight_decay", "eps", "eps_root", "dampening", "lr_decay", "momentum_decay")


def asked(optimizer, params=PARAMS, gradient=GRADIENT, **more):
    return plan_step({"optimizer": optimizer, "params": params, "gradient": gradient, **more})


def solved(optimizer, **more):
    """The lines of a solution by name."""
    return {line.name: line for line in solve(asked(optimizer, **more)).lines}


def flat(value):
    return np.concatenate([np.ravel(each) for each in value.values()]) if isinstance(value, dict) else np.ravel(value)


def posted(state):
    return {name: {key: each.tolist() for key, each in slot.items()} if isinstance(slot, dict) else slot for name, slot in state.items()}


def drawn(rng):
    """An optimizer with some of its numbers and switches, in some convention, and a count of steps."""
    optimizer = OPTIMIZERS[rng.choice(list(OPTIMIZERS))]
    conventions = [name for name, convention in CONVENTIONS.items() if optimizer.name in convention.by_optimizer]
    settings = {"lr": float(rng.choice([0.1, 0.01, 0.37]))}
    for one in optimizer.hyperparameters:
        if one.type == "switch" and rng.random() < 0.3:
            chosen = one.allowed[rng.integers(len(one.allowed))]
            settings[one.name] = chosen if isinstance(chosen, bool) else str(chosen)
        elif one.name in SHARES and rng.random() < 0.4:
            number = float(rng.random() * 0.9)
            settings[one.name] = number if rng.random() < 0.7 else {"W": number, "b": 0.0}
    return {"name": optimizer.name, "convention": str(rng.choice(conventions)), **settings}, int(rng.choice([1, 2, 7, 400, 50_000]))


def cases(count, seed):
    """Plans of steps, the first of a run and later ones."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        optimizer, t = drawn(rng)
        params = {"W": rng.normal(size=(2, 2)).tolist(), "b": float(rng.normal())}
        gradient = {"W": (rng.normal(size=(2, 2)) * rng.integers(0, 2, size=(2, 2))).tolist(), "b": float(rng.normal())}
        try:
            plan = asked(optimizer, params, gradient)
            first = run_step(plan)
            if first.status == "completed" and rng.random() < 0.7:
                plan = asked(optimizer, params, gradient, state={**posted(first.state), "t": t})
        except Refusal:
            continue
        if has_solution(plan.choice):
            found.append(plan)
    return found


def test_the_last_line_is_the_step_to_the_last_bit_and_so_are_the_update_and_the_slots():
    kernels = set()
    for plan in cases(900, seed=0):
        step, solution = run_step(plan), solve(plan)
        if step.status == "diverged":
            assert not np.isfinite(flat(solution.lines[-1].value)).all()
            continue
        kernels.add(plan.choice.rule.kernel.name)
        lines = {line.name: line.value for line in solution.lines}
        assert list(lines)[-1] == "params"
        assert np.array_equal(flat(lines["params"]), step.params), plan.choice.echo
        assert np.array_equal(flat(lines["update"]), step.update), plan.choice.echo
        for slot in set(step.state) - {"t"}:
            assert np.array_equal(flat(lines[slot]), flat(step.state[slot])), (slot, plan.choice.echo)
    assert {name for name, formula in FORMULAS.items() if formula.is_written} - kernels == set()


def braces(latex, begin):
    """What stands in the braces that open at `begin`, and where they end."""
    depth = 0
    for k in range(begin, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[k], 0)
        if not depth:
            return latex[begin + 1 : k], k + 1
    raise AssertionError(latex)


def over(above, below):
    """A fraction as NumPy and the frameworks have it: something over 0 is infinite."""
    with np.errstate(all="ignore"):
        return float(np.divide(np.float64(above), np.float64(below)))


FUNCTIONS = {"sqrt": sqrt, "cbrt": np.cbrt, "sign": np.sign, "tanh": tanh, "max": max, "min": min, "abs": abs}


WORDS = (
    (r"\operatorname{sign}", "sign"),
    (r"\tanh", "tanh"),
    (r"\min", "min"),
    (r"\cdot", "*"),
    (r"\times", "*"),
    (r"\left", ""),
    (r"\right", ""),
    (r"\max", "max"),
    (r"\text{NaN}", "nan"),
)


def computed(latex):
    """What LaTeX with numbers comes to, as somebody would type it into a computer."""
    for name, typed in (("frac", "over({}, {})"), ("sqrt[3]", "cbrt({})"), ("sqrt", "sqrt({})")):
        while (begin := latex.find(f"\\{name}{{")) >= 0:
            arguments, end = [], begin + len(name) + 1
            for _ in range(typed.count("{}")):
                argument, end = braces(latex, end)
                arguments.append(argument)
            latex = latex[:begin] + typed.format(*arguments) + latex[end:]
    while (begin := latex.find("^{")) >= 0:
        power, end = braces(latex, begin + 1)
        base = "2.718281828459045" if latex[begin - 1 : begin] == "e" else ""
        latex = f"{latex[: begin - bool(base)]}{base}**({power}){latex[end:]}"
    for written, typed in WORDS:
        latex = latex.replace(written, typed)
    latex = re.sub(r"\\lvert (.*?) \\rvert", r"abs(\1)", latex).replace(r"\infty", "inf")
    try:
        return float(eval(latex, {**FUNCTIONS, "over": over, "nan": nan, "inf": inf}))  # noqa: S307 (the text is the service's own)
    except (ZeroDivisionError, ValueError):
        return nan


def rows(line):
    """The rows of a line with numbers."""
    inner = line.numbers.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}")
    return [row.partition("& ")[2] or row for row in re.split(r" \\\\(?:\[4pt\])? ", inner)]


def test_a_reader_who_computes_a_line_as_it_is_written_gets_its_value():
    for plan in cases(400, seed=1):
        for line in solve(plan).lines:
            values = flat(line.value)
            for row, value in zip(rows(line), values, strict=False):
                left, _, right = re.split(r"(=|\\approx)", row) if re.search(r"=|\\approx", row) else (row, "=", row)
                left = left or right
                if r"\dots" in left or ("sign" in left and " - " in left):  # the sign of a rounded difference may be another
                    continue
                result = computed(left)
                assert isnan(value) == isnan(computed(right)), row
                # The numbers that are shown are rounded, so what is a small difference of large ones is not told by them.
                largest = max([abs(computed(number)) for number in re.findall(r"\d[\d.]*(?: \\times 10\^\{-?\d+\})?", left)] + [abs(value)])
                assert isnan(value) or isclose(result, value, rel_tol=1e-4, abs_tol=2e-5 * largest), (row, value, plan.choice.echo)
                assert isnan(value) or isclose(computed(right), value, rel_tol=1e-5), row


def test_adam_is_written_as_it_is_taught():
    lines = solved({"name": "adam", "lr": 0.1})
    assert {name: (line.symbol, line.formula) for name, line in lines.items()} == {
        "m": ("m_t", r"\beta_1\,m_{t-1} + (1 - \beta_1)\,g_t"),
        "v": ("v_t", r"\beta_2\,v_{t-1} + (1 - \beta_2)\,g_t^{2}"),
        "m_hat": (r"\hat{m}_t", r"\frac{m_t}{1 - \beta_1^{t}}"),
        "v_hat": (r"\hat{v}_t", r"\frac{v_t}{1 - \beta_2^{t}}"),
        "update": (r"\Delta \theta_t", r"-\gamma\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"),
        "params": (r"\theta_t", r"\theta_{t-1} + \Delta \theta_t"),
    }
    assert rows(lines["m"])[1] == r"0.9 \cdot 0 + (1 - 0.9) \cdot (-1) = -0.1"
    assert rows(lines["v_hat"])[0] == r"\frac{0.00025}{1 - 0.999^{1}} = 0.25"


@pytest.mark.parametrize(
    ("optimizer", "line", "formula"),
    [
        ({"name": "SGD", "convention": "torch", "lr": 0.1}, "update", r"-\gamma\,g_t"),
        ({"name": "momentum", "convention": "course", "learning_rate": 0.1}, "velocity", r"\beta\,v_{t-1} + (1 - \beta)\,dW_t"),
        ({"name": "momentum", "convention": "keras"}, "velocity", r"\mu\,b_{t-1} - \eta\,g_t"),
        ({"name": "nesterov", "convention": "torch"}, "update", r"-\gamma\,(g_t + \mu\,b_t)"),
        ({"name": "adam", "convention": "course"}, "v", r"\beta_2\,s_{t-1} + (1 - \beta_2)\,(dW_t)^{2}"),
        (
            {"name": "adam", "convention": "keras"},
            "update",
            r"-\eta\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \frac{\epsilon}{\sqrt{1 - \beta_2^{t}}}}",
        ),
        ({"name": "adam", "bias_correction": False}, "update", r"-\gamma\,\frac{m_t}{\sqrt{v_t} + \epsilon}"),
        ({"name": "RMSprop", "convention": "keras"}, "update", r"-\eta\,\frac{g_t}{\sqrt{v_t + \epsilon}}"),
        ({"name": "RMSprop", "convention": "torch", "weight_decay": 0.1}, "gradient_tilde", r"g_t + \lambda\,\theta_{t-1}"),
        ({"name": "RMSprop", "convention": "torch", "centered": True}, "v_hat", r"v_t - \left(g^{\mathrm{ave}}_t\right)^{2}"),
        ({"name": "adagrad", "convention": "torch"}, "accumulator", r"\mathrm{state\_sum}_{t-1} + g_t^{2}"),
        ({"name": "adamax", "convention": "paper"}, "u", r"\max\left(\beta_2\,u_{t-1}, \lvert g_t \rvert\right)"),
        (
            {"name": "adamw", "convention": "torch"},
            "update",
            r"-\gamma\,\left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} + \lambda\,\theta_{t-1}\right)",
        ),
        ({"name": "nadam", "convention": "torch"}, "mu", r"\beta_1\,(1 - 0.5 \cdot 0.96^{t\,\psi})"),
    ],
)  # fmt: skip
def test_a_line_has_the_letters_and_the_switches_of_its_convention(optimizer, line, formula):
    assert solved(optimizer)[line].formula == formula


def test_the_first_velocity_of_torch_is_the_gradient():
    optimizer = {"name": "momentum", "convention": "torch", "lr": 0.1, "dampening": 0.5}
    assert solved(optimizer)["velocity"].formula == "g_t"
    later = posted(run_step(asked(optimizer)).state)
    assert solved(optimizer, state=later)["velocity"].formula == r"\mu\,b_{t-1} + (1 - \tau)\,g_t"


def test_radam_says_why_its_first_steps_are_not_divided():
    optimizer = {"name": "radam", "lr": 0.1}
    first = solved(optimizer)
    assert first["rho"].note == "rho_t is not above 5, so the step is not divided by the root of v."
    assert (first["rho"].value, first["update"].formula) == (1.0, r"-\gamma\,\hat{m}_t")
    later = solved(optimizer, state={**posted(run_step(asked(optimizer)).state), "t": 9})
    assert later["rho"].note == "rho_t is above 5, so the step is divided by the root of v."
    assert "r_t" in later["update"].formula
    # Where beta2^t is 0 to every digit, rho_t is its limit, and is told all the same.
    assert solved({**optimizer, "beta2": 0.5}, state={"t": 200})["rho"].formula == r"\rho_\infty"


@pytest.mark.parametrize("beta2", [{"W": 0.5, "b": 0.999}, {"W": 0.999, "b": 0.5}])
def test_groups_of_which_one_is_rectified_have_the_lines_that_they_need_each(beta2):
    lines = solved({"name": "radam", "lr": 0.1, "beta2": beta2}, state={"t": 5})
    divided, undivided = sorted(beta2, key=beta2.get, reverse=True)
    assert f"For {divided}: rho_t is above 5, so" in lines["rho"].note
    assert f"For {undivided}: rho_t is not above 5, so" in lines["rho"].note
    assert np.isfinite(lines["rectification"].value[divided])
    assert np.isnan(lines["rectification"].value[undivided])
    assert rf"\mathtt{{{undivided}" not in lines["rectification"].numbers
    assert rf"\text{{for }} \mathtt{{{divided}}}" in lines["v_hat"].formula


def test_tensors_with_other_numbers_have_formulas_of_their_own_where_these_differ():
    lines = solved({"name": "adamw", "weight_decay": {"W": 0.1, "b": 0.0}})
    assert "cases" not in lines["m"].formula
    assert re.findall(r"\\text{for } (\S+)", lines["update"].formula) == [r"\mathtt{W}", r"\mathtt{b}"]
    assert r"0.1 \cdot 1.5" in rows(lines["update"])[0]
    assert r"\lambda" not in lines["update"].numbers


def test_a_step_that_divides_0_by_0_shows_where():
    line = solved({"name": "adam", "eps": 0}, params=[1.0], gradient=[0.0])["update"]
    assert line.numbers == r"-0.001 \cdot \frac{0}{\sqrt{0}} = \text{NaN}"


def test_a_number_of_which_digits_are_left_out_is_about_the_same_and_not_equal():
    lines = solved({"name": "sgd", "lr": 1 / 3}, params=3.0, gradient=3.0)
    assert lines["update"].numbers == r"-0.333333 \cdot 3 \approx -1"
    assert lines["params"].numbers == "3 + (-1) = 2"
    keras = {"name": "rmsprop", "convention": "keras", "lr": 0.1, "momentum": 0.9}
    renamed = solved(keras, params=3.0, gradient=4.0, state={"t": 1, "v": 2, "velocity": 0.5})["update"]
    assert (renamed.formula, renamed.numbers) == ("-b_t", r"\approx -0.66693")


def test_a_step_that_is_small_beside_the_params_is_seen():
    numbers = solved({"name": "sgd", "lr": 0.05}, params=1e6, gradient=1.0)["params"].numbers
    assert numbers == "1000000 + (-0.05) = 999999.95"


def test_the_number_of_the_step_has_all_its_digits():
    assert "0.9^{1234567}" in solved("adam", state={"t": 1234566})["m_hat"].numbers


def test_a_formula_that_depends_on_the_coordinate_says_when():
    optimizer = {"name": "adagrad", "convention": "optax", "lr": 0.1, "initial_accumulator": 0}
    lines = solved(optimizer, params=[1.0, 2.0], gradient=[0.0, 3.0])
    assert r"\begin{cases} 0 & \text{if } a_t = 0 \\[4pt]" in lines["update"].formula
    assert lines["update"].formula.endswith(r"& \text{otherwise} \end{cases}")
    assert list(solved(optimizer, params=[1.0, 2.0], gradient=[0.0, 0.0])) == ["accumulator", "update", "params"]


def test_a_term_that_is_0_is_left_out_whoever_set_it():
    assert solved({"name": "rmsprop", "convention": "paper", "lr": 0.1})["update"].formula == r"-\eta\,\frac{g_t}{\sqrt{v_t}}"
    assert "lambda" not in solved({"name": "adam", "weight_decay": 0})["update"].formula


def test_each_tensor_has_a_row():
    places = re.findall(r"\\mathtt{(.*?)}:", solved("sgd", params={"W": np.ones((3, 4)).tolist(), "b": 1.0},
                                                   gradient={"W": np.ones((3, 4)).tolist(), "b": 1.0})["update"].numbers)  # fmt: skip
    assert (len(places), places[-1]) == (MOST_ROWS, "b")


def test_of_many_numbers_the_first_rows_are_written_and_all_values_are_there():
    many = solved("adam", params=[1.0] * 1000, gradient=[0.5] * 1000)["m"]
    assert (len(rows(many)), rows(many)[-1], len(many.value)) == (MOST_ROWS + 1, r"\vdots", 1000)


def test_a_row_is_named_as_the_place_in_the_params_and_one_number_has_no_name():
    assert re.findall(r"\\mathtt{(.*?)}:", solved("adam")["m"].numbers)[:2] == [
        r"W[0,\ 0]",
        r"W[0,\ 1]",
    ]
    assert "mathtt" not in solved("adam", params=1.0, gradient=2.0)["m"].numbers


def test_a_name_that_latex_would_read_as_its_own_is_escaped():
    name = r"$a_b^{\x}% ~#&<"
    numbers = solved("sgd", params={name: 1.0, "c": 1.0}, gradient={name: 1.0, "c": 1.0})["update"].numbers
    assert numbers.startswith(r"\begin{aligned} \mathtt{?a\_b\wedge \{\backslash x\}\%\ \sim \#\&\lt }:")


def test_the_letters_stand_for_what_was_asked():
    letters = {letter.name: letter for letter in solve(asked({"name": "adam", "convention": "course", "learning_rate": 0.2})).letters}
    assert (letters["lr"].symbol, letters["lr"].value, letters["lr"].meaning) == (r"\alpha", 0.2, "learning rate")
    assert (letters["t"].value, letters["m"].symbol, letters["m"].value) == (1, "v_{t-1}", None)
    assert letters["v"].meaning == "v before the step: running average of squared gradients"
    of_tensors = {letter.name: letter.value for letter in solve(asked({"name": "adam", "lr": {"W": 0.1, "b": 0.2}})).letters}
    assert of_tensors["lr"] == {"W": 0.1, "b": 0.2}


def test_every_number_and_slot_of_a_formula_has_a_letter():
    kernels = {formula.kernel for formula in FORMULAS.values()}
    known = [optimizer for optimizer in OPTIMIZERS.values() if kernels.intersection(optimizer.kernels)]
    names = {one.name for optimizer in known for one in optimizer.hyperparameters if one.type == "number"}
    written = {name for name in names if any(name in kernel.hyperparameters for kernel in (each.kernel for each in FORMULAS.values()))}
    assert written - {"threshold"} <= set(OWN_LETTERS)  # RAdam's is only compared with
    assert {slot for formula in FORMULAS.values() for slot in formula.kernel.slots} <= set(OWN_LETTERS)


def test_an_optimizer_without_a_formula_is_refused_with_those_that_have_one():
    with pytest.raises(Refusal) as refused:
        hold_to_known(asked({"name": "sm3", "lr": 0.1}).choice)
    [fault] = refused.value.faults
    assert fault.path == ("include", 0)
    assert fault.detail.startswith("sm3 has no worked solution yet; these optimizers have one: sgd, normalized_gd, clipped_gd, sign_gd")
