"""What is told of a mistake has the letters of the formula at hand, and no others."""

from __future__ import annotations

import re

import pytest

from stepgrade.plain_math import plain_math
from stepgrade_service.engine.conventions.letters import OWN_LETTERS
from stepgrade_service.engine.conventions.resolve import resolve
from stepgrade_service.grading.candidates.candidate import applicable, told_of
from stepgrade_service.grading.candidates.single_and_double import several
from stepgrade_service.grading.catalogue.formulas import formula_for
from stepgrade_service.grading.catalogue.mistakes import MISTAKES
from stepgrade_service.web.mistakes import _choices

#: Commands of LaTeX that are no letters of a formula, and words within it.
NO_LETTERS = re.compile(
    r"\\(?:text|texttt|mathtt|mathrm)\{[^}]*\}|\\(?!hat|bar|beta|eta|mu|rho|lambda|epsilon|kappa|tau|alpha)[A-Za-z]+|_\{?\\max\}?|_i\b"
)
LETTER = re.compile(r"\\(?:hat|bar) [a-z]|\\beta_[12]|\\beta|\\(?:eta|mu|rho|lambda|epsilon|kappa|tau|alpha)|[A-Za-z]")
SLOTS = {"m": ("m",), "v": ("v",), "v_max": (r"\hat v",), "u": ("u",), "accumulator": ("G",), "velocity": ("b", "v")}
NUMBERS = {
    "beta1": (r"\beta_1", r"\beta"),
    "beta2": (r"\beta_2", r"\beta"),
    "rho": (r"\rho",),
    "momentum": (r"\mu",),
    "lr_decay": (r"\kappa",),
    "gain": (r"\tau",),
    "beta": (r"\beta",),
    "alpha": (r"\alpha",),
}


def letters_of(choice):
    """The letters that a formula may have, by its slots and numbers, and by what enters its averages."""
    formula = formula_for(choice.rule.kernel)
    rule, numbers = choice.rule, choice.rule.largest if formula is None else formula.numbers(choice.rule.largest)
    known = {"x", "g", "t", r"\eta"}
    for slot in rule.kernel.slots:
        known.update(SLOTS.get(slot, ()) or LETTER.findall(NO_LETTERS.sub(" ", OWN_LETTERS.get(slot, slot))))
    for number in (*numbers, *rule.largest):
        known.update(NUMBERS.get(number, ()))
    if formula is not None:
        own = (*formula.told.values(), *(entering.latex for entering in formula.entering.values()), formula.square)
        known.update(*(LETTER.findall(NO_LETTERS.sub(" ", latex)) for latex in own))
    if numbers.get("corrected_m", numbers.get("corrected")):
        known.update((r"\hat m", r"\bar m"))
    if numbers.get("corrected_v") or ("rho" in numbers and numbers.get("corrected")):
        known.add(r"\hat v")
    if any(numbers.get(name) for name in ("eps", "eps_root", "eps_hat", "eps_in_max")):
        known.add(r"\epsilon")
    if numbers.get("l2") or numbers.get("decay"):
        known.add(r"\lambda")
    return known


#: Letters that a mistake itself brings: the number of a layer, the names of tensors, the limit of a gradient.
BROUGHT = {
    "gradient_averaged": {"n", "i"},
    "gradient_summed": {"i"},
    "gradient_divided": {"n"},
    "layer_for_t": {"l"},
    "t_per_tensor": {"W", "b"},
    "gradient_clipped": {"c"},
    "gradient_norm_clipped": {"c"},
    "short_gradient_scaled": {"c"},
    "clipped_by_value": {"c"},
    "norm_of_each_tensor": {"W", "b"},
    "ratio_missing": {"u"},
    "ratio_inverted": {"u"},
    "ratio_of_all_tensors": {"u", "W", "b"},
    **{code: {"c"} for code in ("sign_missing", "sign_of_gradient", "mixed_too_late", "sign_of_m", "mix_betas_swapped")},
    "bound_missing": {"r", r"\hat r"},
    "size_times_gradient": {r"\eta"},
}


def strange(latex, known, codes):
    known = known.union(*(BROUGHT.get(code, ()) for code in codes))
    return set(LETTER.findall(NO_LETTERS.sub(" ", latex))) - known


@pytest.mark.parametrize("choice", _choices(), ids=lambda choice: f"{choice.convention}-{choice.optimizer.name}")
def test_no_told_formula_has_a_letter_that_the_formula_at_hand_does_not_have(choice):
    known = letters_of(choice)
    for mistake in applicable(choice):
        told = told_of(mistake, choice)
        for latex in (told.wrong, told.right):
            found = strange(latex, known, [mistake.code])
            assert not found, (mistake.code, latex, found)
            assert not re.search(r"\\(leftarrow|mu|eta)[A-Za-z]", latex), (mistake.code, latex)
        assert not [hint for hint in told.hints if re.search(r"\b(AHEAD|DECAYED|KEPT|BETA|OVER|ROOT)\b", hint)]


BRACKETS = re.compile(r"\\?[(){}\[\]]")
CLOSED_BY = {"(": ")", "[": "]", "{": "}"}


def is_balanced(text):
    """Whether every bracket is closed by its own kind."""
    waiting = []
    for bracket in BRACKETS.findall(text):
        if bracket in CLOSED_BY:
            waiting.append(CLOSED_BY[bracket])
        elif not waiting or waiting.pop() != bracket:
            return False
    return not waiting


@pytest.mark.parametrize("choice", _choices(), ids=lambda choice: f"{choice.convention}-{choice.optimizer.name}")
def test_every_bracket_of_a_told_formula_is_closed_in_latex_and_as_people_type_it(choice):
    for mistake in applicable(choice):
        told = told_of(mistake, choice)
        for text in (told.wrong, told.right, plain_math(told.wrong), plain_math(told.right), *told.hints):
            assert is_balanced(text), (mistake.code, text)


def test_two_mistakes_are_told_in_the_letters_of_the_formula_too():
    choice = resolve({"name": "rmsprop", "lr": 0.01})
    pairs = [make() for make in several(choice, frozenset())]
    assert any(pair.code == "sqrt_missing+wrong_sign" and pair.wrong.startswith("v+") for pair in pairs)
    for pair in pairs:
        assert not strange(f"{pair.wrong} {pair.right}", letters_of(pair.choice), pair.codes), pair.code


@pytest.mark.parametrize(
    ("optimizer", "code", "wrong", "right"),
    [
        ({"name": "adamw", "lr": 0.1}, "wd_ignored", r"x\leftarrow x-\eta\dots", r"x\leftarrow x-\eta\dots-\eta\lambda x"),
        ({"name": "sgd", "lr": 0.1, "weight_decay": 0.1}, "wd_ignored", "g", r"g\leftarrow g+\lambda x"),
        (
            {"name": "nesterov", "convention": "keras", "lr": 0.1},
            "nesterov_plain",
            r"x\leftarrow x+v",
            r"x\leftarrow x+\mu v-\eta g",
        ),
        ({"name": "nesterov", "lr": 0.1}, "nesterov_plain", r"x\leftarrow x-\eta b", r"x\leftarrow x-\eta(\mu b+g)"),
        (
            {"name": "momentum", "convention": "keras", "lr": 0.1},
            "velocity_not_accumulated",
            r"v\leftarrow -\eta g",
            r"v\leftarrow\mu v-\eta g",
        ),
        (
            {"name": "momentum", "convention": "keras", "lr": 0.1},
            "lr_missing",
            r"v\leftarrow\mu v-g,\ x\leftarrow x+v",
            r"v\leftarrow\mu v-\eta g,\ x\leftarrow x+v",
        ),
        (
            {"name": "momentum", "convention": "course", "lr": 0.1},
            "momentum_squared",
            r"b\leftarrow\mu^2 b+(1-\mu)g",
            r"b\leftarrow\mu b+(1-\mu)g",
        ),
        (
            {"name": "rmsprop", "lr": 0.1},
            "eps_paren_times_lr",
            r"x\leftarrow x-\eta\left(\frac{g}{\sqrt{v}}+\epsilon\right)",
            r"x\leftarrow x-\eta\frac{g}{\sqrt{v}+\epsilon}",
        ),
        ({"name": "adagrad", "convention": "keras", "lr": 0.1}, "eps_missing", r"\sqrt{G}", r"\sqrt{G+\epsilon}"),
        ({"name": "adamax", "lr": 0.1}, "eps_missing", "u", r"u+\epsilon"),
        # The sign of a part depends on where it stands: both lines are told whole.
        ({"name": "adamw", "lr": 0.1}, "wd_sign", r"x\leftarrow x-\eta\dots+\eta\lambda x", r"x\leftarrow x-\eta\dots-\eta\lambda x"),
        (
            {"name": "sgd", "lr": 0.1, "weight_decay": 0.1},
            "wd_sign",
            r"g\leftarrow g-\lambda x",
            r"g\leftarrow g+\lambda x",
        ),
        ({"name": "adamw", "lr": 0.1}, "wd_twice", r"x\leftarrow x-\eta\dots-2\eta\lambda x", r"x\leftarrow x-\eta\dots-\eta\lambda x"),
        (
            {"name": "rmsprop", "lr": 0.1},
            "absolute_for_square",
            r"v\leftarrow\rho v+(1-\rho)|g|",
            r"v\leftarrow\rho v+(1-\rho)g^2",
        ),
    ],
)
def test_formulas_are_those_of_the_task(optimizer, code, wrong, right):
    choice = resolve(optimizer)
    told = told_of(MISTAKES[code], choice)
    assert (told.wrong, told.right) == (wrong, right)


def test_a_hint_about_weight_decay_says_what_this_task_has():
    hints = [
        told_of(MISTAKES["wd_ignored"], resolve(optimizer)).hints[2]
        for optimizer in ({"name": "adamw", "lr": 0.1}, {"name": "sgd", "lr": 0.1, "weight_decay": 0.1})
    ]
    assert hints == ["Subtract lr * weight_decay * x from x.", "Add weight_decay * x to the gradient, before anything else."]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("adagrad", "You wrote g / sqrt(G) + eps. Write g / (sqrt(G) + eps)."),
        ("rmsprop", "You wrote g / sqrt(v) + eps. Write g / (sqrt(v) + eps)."),
        ("adam", "You wrote m_hat / sqrt(v_hat) + eps. Write m_hat / (sqrt(v_hat) + eps)."),
        ("amsgrad", "You wrote m_hat / sqrt(v_max_hat) + eps. Write m_hat / (sqrt(v_max_hat) + eps)."),
    ],
)
def test_a_hint_about_brackets_has_the_fraction_of_the_task(name, line):
    assert told_of(MISTAKES["eps_paren_times_lr"], resolve({"name": name, "lr": 0.1})).hints[2] == line


def test_adagrad_has_a_sum_and_no_average():
    choice = resolve({"name": "adagrad", "lr": 0.1})
    formula = formula_for(choice.rule.kernel)
    for mistake in applicable(choice):
        told = (mistake.titled(mistake.title, formula), *told_of(mistake, choice).hints)
        assert not re.search(r"\baverage\b", " ".join(told)), mistake.code
    assert MISTAKES["old_square"].titled(MISTAKES["old_square"].title, formula) == "the step divides by the old sum"
