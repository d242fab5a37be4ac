"""The closed list: the functions and the constants that an expression may name, and nothing else."""

from __future__ import annotations

from math import e, pi

#: Functions of one argument: each is an operation of the tape by the same name.
OF_ONE = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "abs", "sign", "logistic", "softplus", "log1p", "expm1",
)  # fmt: skip

#: Functions of two or more arguments, by the operation that takes two of them at a time, from the left.
OF_SEVERAL = {"min": "least", "max": "greatest"}

FUNCTIONS = (*OF_ONE, *OF_SEVERAL)

CONSTANTS = {"pi": pi, "e": e}

#: Names that others use for a function of the list, told to who writes one.
ALSO = {
    "ln": "log", "arctan": "atan", "fabs": "abs", "absolute": "abs", "maximum": "max", "minimum": "min", "sgn": "sign",
    "sigmoid": "logistic", "expit": "logistic", "square": "x**2", "pow": "x**y", "power": "x**y", "cbrt": "abs(x)**(1/3)",
    "exp2": "2**x", "log2": "log(x)/log(2)", "log10": "log(x)/log(10)", "sec": "1/cos(x)", "csc": "1/sin(x)", "cot": "1/tan(x)",
    "relu": "max(0, x)", "sum": "x + y", "hypot": "sqrt(x**2 + y**2)",
}  # fmt: skip

OPERATORS = "+ - * / **"
