"""What a tape is made of: each operation with its value and its derivative, as they are compiled, and how a tape is packed."""

from __future__ import annotations

from dataclasses import dataclass

#: The parameters of the kernel begin with how many operations there are, and the row of the result; behind them each operation has its
#: number and its two operands. All are the bits of integers, but for a constant, which is itself.
HEAD, WIDTH = 2, 3

#: Float64 of the kernel's own, on the stack: the rows of a block of runs, and as many derivatives.
SCRATCH = 16384

#: Float64 of a block that stay at hand in a processor's nearest memory, and the runs of the largest and the smallest block.
NEAR, LARGEST_BLOCK, SMALLEST_BLOCK = 4096, 256, 4


def block_width(rows: int) -> int:
    """How many runs a block has, for so many operations and variables."""
    return min(max(NEAR // (2 * rows), SMALLEST_BLOCK), LARGEST_BLOCK)


#: So many operations and variables fit into the scratch, for the smallest block.
MOST_ROWS = SCRATCH // (2 * SMALLEST_BLOCK)


@dataclass(frozen=True)
class Operation:
    """One operation: `value` of rows `a` and `b` or of a constant `c`; what goes back to `a` and to `b`, where `d` comes to its result `o`.

    `aa`, `ab` and `bb` are its second derivatives, 0 where they are left out. `work` is what it costs, in additions, forward and in
    reverse.
    """

    name: str
    value: str
    to_a: str
    to_b: str = ""
    work: float = 1.0
    aa: str = ""
    ab: str = ""
    bb: str = ""


OPERATIONS = (
    Operation("add", "a + b", "d", "d"),
    Operation("subtract", "a - b", "d", "-d"),
    Operation("multiply", "a * b", "passed(d, b)", "passed(d, a)", ab="1.0"),
    Operation(
        "divide",
        "a / b",
        "quotient_or_zero(d, b)",
        "-quotient_or_zero(passed(d, o), b)",
        work=4.0,
        ab="-1.0 / (b * b)",
        bb="2.0 * quotient_or_zero(o, b * b)",
    ),
    Operation(
        "power",
        "a ** b",
        "passed(d, slope_of_power(a, b))",
        "passed(d, slope_of_exponent(a, b, o))",
        work=90.0,
        aa="curve_of_power(a, b)",
        ab="mixed_of_power(a, b)",
        bb="slope_of_exponent(a, b, slope_of_exponent(a, b, o))",
    ),
    Operation("least", "least(a, b)", "share_of(a, b, d)", "share_of(b, a, d)"),
    Operation("greatest", "greatest(a, b)", "share_of(b, a, d)", "share_of(a, b, d)"),
    Operation("add_constant", "a + c", "d"),
    Operation("from_constant", "c - a", "-d"),
    Operation("times_constant", "a * c", "d * c"),
    Operation("over_constant", "a / c", "quotient_or_zero(d, c)", work=3.0),
    Operation("constant_over", "c / a", "-quotient_or_zero(passed(d, o), a)", work=4.0, aa="2.0 * quotient_or_zero(o, a * a)"),
    Operation("to_constant", "a ** c", "passed(d, slope_of_power(a, c))", work=60.0, aa="curve_of_power(a, c)"),
    Operation(
        "constant_to",
        "c ** a",
        "passed(d, slope_of_exponent(c, a, o))",
        work=60.0,
        aa="slope_of_exponent(c, a, slope_of_exponent(c, a, o))",
    ),
    Operation("least_constant", "least(a, c)", "share_of(a, c, d)"),
    Operation("greatest_constant", "greatest(a, c)", "share_of(c, a, d)"),
    Operation("square", "a * a", "2.0 * passed(d, a)", aa="2.0"),
    Operation("root", "root(a)", "quotient_or_zero(0.5 * d, o)", work=6.0, aa="-0.25 / (a * o)"),
    Operation("exp", "np.exp(a)", "passed(d, o)", work=12.0, aa="o"),
    Operation("log", "np.log(a)", "quotient_or_zero(d, a)", work=14.0, aa="-1.0 / (a * a)"),
    Operation("sqrt", "np.sqrt(a)", "quotient_or_zero(0.5 * d, o)", work=6.0, aa="-0.25 / (a * o)"),
    Operation("sin", "np.sin(a)", "d * np.cos(a)", work=30.0, aa="-o"),
    Operation("cos", "np.cos(a)", "-d * np.sin(a)", work=30.0, aa="-o"),
    Operation("tan", "np.tan(a)", "d * (1.0 + o * o)", work=30.0, aa="2.0 * o * (1.0 + o * o)"),
    Operation("tanh", "np.tanh(a)", "d / np.cosh(a) ** 2", work=50.0, aa="-2.0 * o / np.cosh(a) ** 2"),
    Operation("sinh", "np.sinh(a)", "passed(d, np.cosh(a))", work=40.0, aa="o"),
    Operation("cosh", "np.cosh(a)", "passed(d, np.sinh(a))", work=40.0, aa="o"),
    Operation("atan", "np.arctan(a)", "d / (1.0 + a * a)", work=25.0, aa="-2.0 * a / (1.0 + a * a) ** 2"),
    Operation("abs", "abs(a)", "d * sign(a)"),
    Operation("sign", "sign(a)", "0.0"),
    Operation("logistic", "logistic(a)", "d * o * logistic(-a)", work=30.0, aa="o * logistic(-a) * (logistic(-a) - o)"),
    Operation("softplus", "softplus(a)", "d * logistic(a)", work=45.0, aa="logistic(a) * logistic(-a)"),
    Operation("log1p", "np.log1p(a)", "quotient_or_zero(d, 1.0 + a)", work=25.0, aa="-1.0 / (1.0 + a) ** 2"),
    Operation("expm1", "np.expm1(a)", "passed(d, np.exp(a))", work=35.0, aa="np.exp(a)"),
)

#: The number of each operation on a tape.
NUMBER = {operation.name: number for number, operation in enumerate(OPERATIONS)}
