"""Formulas for a terminal: no LaTeX is left, and the same formula is read."""

import time

import pytest

from stepgrade.plain_math import LONGEST, plain_math, plain_rows
from stepgrade.results.blocks import FormulaBlock, as_text


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"1-\beta_2^t", "1 - beta_2^t"),
        (r"m\leftarrow\beta_1 m+(1-\beta_1)g", "m <- beta_1 * m + (1 - beta_1) * g"),
        (r"-\gamma\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}", "-gamma * m_hat_t / (sqrt(v_hat_t) + epsilon)"),
        (r"\frac{m/(1-\beta_1^t)}{\dots}", "(m / (1 - beta_1^t)) / ..."),
        (r"\theta_{t-1} + \Delta \theta_t", "theta_(t-1) + Delta theta_t"),
        (r"x \leftarrow x - \eta\Delta", "x <- x - eta * Delta"),
        (r"u\leftarrow\max(\beta_2 u,|g|)", "u <- max(beta_2 * u, abs(g))"),
        (r"\lVert g\rVert^2", "norm(g)^2"),
        (r"g\leftarrow\mathrm{clip}(g,-c,c)", "g <- clip(g, -c, c)"),
        (r"\tfrac12 x^2", "1 / 2 * x^2"),
        (r"\sum_{i=1}^{n} x_i^2", "sum_(i=1)^n x_i^2"),
        (r"0.96^{(t + 1)\,\psi}", "0.96^((t + 1) * psi)"),
        (r"(-4 \times 10^{-6})^{2} + 10^{-8}", "(-4e-6)^2 + 1e-8"),
        (r"\mathrm{state\_sum}_{t-1}", "state_sum_(t-1)"),
        (r"\ v\text{ for each of } W,\ \dots", "v for each of W, ..."),
        (r"x'\leftarrow x", "x' <- x"),
        (r"g_t=\nabla f(x_0)", "g_t = grad f(x_0)"),
        (r"\sqrt[3]{v}+\epsilon", "cbrt(v) + epsilon"),
        ("", ""),
    ],
)
def test_a_formula_is_written_as_people_type_it(latex, plain):
    assert plain_math(latex) == plain


def test_each_row_of_a_formula_is_a_line():
    rows = r"\begin{aligned} \mathtt{W[0]}:\quad & 0.9 \cdot 0 = 0 \\[4pt] \mathtt{b}:\quad & \approx 4 \end{aligned}"
    assert plain_rows(rows) == ["W[0]: 0.9 * 0 = 0", "b: ~ 4"]
    assert plain_math(rows) == "W[0]: 0.9 * 0 = 0; b: ~ 4"


@pytest.mark.parametrize("piece", [*"{}_^(|\\'", r"\frac", r"\sqrt{", r"\hat", r"\text", r"\begin{a}", r"\frac{(("])
def test_what_is_no_formula_is_written_too_and_soon(piece):
    began = time.monotonic()
    assert isinstance(plain_math(piece * (LONGEST // len(piece))), str)
    assert plain_math("x" * (LONGEST + 1)) == "x" * (LONGEST + 1)
    assert time.monotonic() - began < 5


def test_no_formula_in_text_moves_the_cursor():
    shown = as_text([FormulaBlock("\x1b[2J\\beta", "\x07 name")])
    assert shown.startswith("? name: ")
    assert shown.isprintable()
