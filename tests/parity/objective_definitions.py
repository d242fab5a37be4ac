"""Every objective by its published formula, for any arithmetic: `m` has exp, log, sqrt, sin, cos, atan and pi, `x` its numbers.

Numbers that are no fraction of small integers are strings, so that mpmath reads all their digits. Nothing here is taken from the service.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

Definition = Callable[[Any, Sequence[Any]], Any]


def of(m: Any, digits: str) -> Any:
    """A decimal number, or a quotient of two, with all digits of the arithmetic."""
    above, _, below = digits.partition("/")
    return m.mpf(above) / m.mpf(below or "1")


def sphere(m, x):
    return sum(a**2 for a in x)


def quadratic(m, x):
    n = len(x)
    return sum(m.mpf(20) ** (of(m, f"{i}/{n - 1}") if n > 1 else 0) * a**2 for i, a in enumerate(x)) / 2


def d2l_ravine(m, x):
    return of(m, "0.1") * x[0] ** 2 + 2 * x[1] ** 2


def sum_squares(m, x):
    return sum(i * a**2 for i, a in enumerate(x, 1))


def rotated_hyper_ellipsoid(m, x):
    return sum(sum(a**2 for a in x[: i + 1]) for i in range(len(x)))


def booth(m, x):
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def matyas(m, x):
    return of(m, "0.26") * (x[0] ** 2 + x[1] ** 2) - of(m, "0.48") * x[0] * x[1]


def trid(m, x):
    return sum((a - 1) ** 2 for a in x) - sum(a * b for a, b in pairwise(x))


def zakharov(m, x):
    s = sum(of(m, "0.5") * i * a for i, a in enumerate(x, 1))
    return sum(a**2 for a in x) + s**2 + s**4


def sum_of_different_powers(m, x):
    return sum(abs(a) ** (i + 1) for i, a in enumerate(x, 1))


def milestones3(m, x):
    return (x[0] ** 2 + 10 * x[1] ** 2 + 100 * x[2] ** 2) / 2


def rosenbrock(m, x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def distill_banana(m, x):
    return (1 - x[0]) ** 2 + 20 * (3 * x[1] - x[0] ** 2) ** 2


def beale(m, x):
    return sum((of(m, c) - x[0] + x[0] * x[1] ** k) ** 2 for k, c in ((1, "1.5"), (2, "2.25"), (3, "2.625")))


def freudenstein_roth(m, x):
    a, b = x
    return (-13 + a + ((5 - b) * b - 2) * b) ** 2 + (-29 + a + ((b + 1) * b - 14) * b) ** 2


def powell_badly_scaled(m, x):
    return (10000 * x[0] * x[1] - 1) ** 2 + (m.exp(-x[0]) + m.exp(-x[1]) - of(m, "1.0001")) ** 2


def brown_badly_scaled(m, x):
    return (x[0] - 1000000) ** 2 + (x[1] - of(m, "2e-6")) ** 2 + (x[0] * x[1] - 2) ** 2


def jennrich_sampson(m, x):
    return sum((2 + 2 * i - (m.exp(i * x[0]) + m.exp(i * x[1]))) ** 2 for i in range(1, 11))


def helical_valley(m, x):
    turns = m.atan(x[1] / x[0]) / (2 * m.pi) + (of(m, "0.5") if x[0] < 0 else 0)
    return 100 * ((x[2] - 10 * turns) ** 2 + (m.sqrt(x[0] ** 2 + x[1] ** 2) - 1) ** 2) + x[2] ** 2


def powell_singular(m, x):
    a, b, c, d = x
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(m, x):
    a, b, c, d = x
    bowls = of(m, "10.1") * ((b - 1) ** 2 + (d - 1) ** 2) + of(m, "19.8") * (b - 1) * (d - 1)
    return 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2 + bowls


def dixon_price(m, x):
    return (x[0] - 1) ** 2 + sum(i * (2 * x[i - 1] ** 2 - x[i - 2]) ** 2 for i in range(2, len(x) + 1))


def leon(m, x):
    return 100 * (x[1] - x[0] ** 3) ** 2 + (1 - x[0]) ** 2


BARD = ["0.14", "0.18", "0.22", "0.25", "0.29", "0.32", "0.35", "0.39", "0.37", "0.58", "0.73", "0.96", "1.34", "2.10", "4.39"]
HALF_A_BELL = ["0.0009", "0.0044", "0.0175", "0.0540", "0.1295", "0.2420", "0.3521"]
GAUSSIAN = [*HALF_A_BELL, "0.3989", *reversed(HALF_A_BELL)]


def bard(m, x):
    terms = ((of(m, y), i, 16 - i, min(i, 16 - i)) for i, y in enumerate(BARD, 1))
    return sum((y - (x[0] + u / (v * x[1] + w * x[2]))) ** 2 for y, u, v, w in terms)


def gaussian(m, x):
    times = ((of(m, f"{8 - i}/2"), of(m, y)) for i, y in enumerate(GAUSSIAN, 1))
    return sum((x[0] * m.exp(-x[1] * (t - x[2]) ** 2 / 2) - y) ** 2 for t, y in times)


def box3d(m, x):
    times = [of(m, f"{i}/10") for i in range(1, 11)]
    return sum((m.exp(-t * x[0]) - m.exp(-t * x[1]) - x[2] * (m.exp(-t) - m.exp(-10 * t))) ** 2 for t in times)


def brown_dennis(m, x):
    times = [of(m, f"{i}/5") for i in range(1, 21)]
    return sum(((x[0] + t * x[1] - m.exp(t)) ** 2 + (x[2] + x[3] * m.sin(t) - m.cos(t)) ** 2) ** 2 for t in times)


def variably_dimensioned(m, x):
    s = sum(i * (a - 1) for i, a in enumerate(x, 1))
    return sum((a - 1) ** 2 for a in x) + s**2 + s**4


def trigonometric(m, x):
    cosines = sum(m.cos(a) for a in x)
    return sum((len(x) - cosines + i * (1 - m.cos(a)) - m.sin(a)) ** 2 for i, a in enumerate(x, 1))


def himmelblau(m, x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def styblinski_tang(m, x):
    return sum(a**4 - 16 * a**2 + 5 * a for a in x) / 2


def three_hump_camel(m, x):
    a, b = x
    return 2 * a**2 - of(m, "1.05") * a**4 + a**6 / 6 + a * b + b**2


def six_hump_camel(m, x):
    a, b = x
    return (4 - of(m, "2.1") * a**2 + a**4 / 3) * a**2 + a * b + (-4 + 4 * b**2) * b**2


def goldstein_price(m, x):
    a, b = x
    first = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a**2 - 14 * b + 6 * a * b + 3 * b**2)
    return first * (30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a**2 + 48 * b - 36 * a * b + 27 * b**2))


def branin(m, x):
    a, b = x
    inner = b - of(m, "5.1") * a**2 / (4 * m.pi**2) + 5 * a / m.pi - 6
    return inner**2 + 10 * (1 - 1 / (8 * m.pi)) * m.cos(a) + 10


def mccormick(m, x):
    a, b = x
    return m.sin(a + b) + (a - b) ** 2 - of(m, "1.5") * a + of(m, "2.5") * b + 1


def ackley(m, x):
    n = len(x)
    near = -20 * m.exp(-of(m, "0.2") * m.sqrt(sum(a**2 for a in x) / n))
    return near - m.exp(sum(m.cos(2 * m.pi * a) for a in x) / n) + 20 + m.exp(m.mpf(1))


def rastrigin(m, x):
    return 10 * len(x) + sum(a**2 - 10 * m.cos(2 * m.pi * a) for a in x)


def griewank(m, x):
    product = m.mpf(1)
    for i, a in enumerate(x, 1):
        product = product * m.cos(a / m.sqrt(m.mpf(i)))
    return sum(a**2 for a in x) / 4000 - product + 1


def levy(m, x):
    w = [1 + (a - 1) / 4 for a in x]
    middle = sum((a - 1) ** 2 * (1 + 10 * m.sin(m.pi * a + 1) ** 2) for a in w[:-1])
    return m.sin(m.pi * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + m.sin(2 * m.pi * w[-1]) ** 2)


def levy_n13(m, x):
    a, b = x
    return m.sin(3 * m.pi * a) ** 2 + (a - 1) ** 2 * (1 + m.sin(3 * m.pi * b) ** 2) + (b - 1) ** 2 * (1 + m.sin(2 * m.pi * b) ** 2)


def schwefel(m, x):
    return of(m, "418.9828872724339") * len(x) - sum(a * m.sin(m.sqrt(abs(a))) for a in x)


def easom(m, x):
    return -m.cos(x[0]) * m.cos(x[1]) * m.exp(-((x[0] - m.pi) ** 2) - (x[1] - m.pi) ** 2)


def bohachevsky_1(m, x):
    a, b = x
    return a**2 + 2 * b**2 - of(m, "0.3") * m.cos(3 * m.pi * a) - of(m, "0.4") * m.cos(4 * m.pi * b) + of(m, "0.7")


def michalewicz(m, x):
    return -sum(m.sin(a) * m.sin(i * a**2 / m.pi) ** 20 for i, a in enumerate(x, 1))


def drop_wave(m, x):
    square = x[0] ** 2 + x[1] ** 2
    return -(1 + m.cos(12 * m.sqrt(square))) / (square / 2 + 2)


def schaffer_n2(m, x):
    a, b = x
    half = of(m, "0.5")
    return half + (m.sin(a**2 - b**2) ** 2 - half) / (1 + of(m, "0.001") * (a**2 + b**2)) ** 2


def eggholder(m, x):
    a, b = x
    return -(b + 47) * m.sin(m.sqrt(abs(b + a / 2 + 47))) - a * m.sin(m.sqrt(abs(a - (b + 47))))


def cross_in_tray(m, x):
    a, b = x
    height = abs(m.sin(a) * m.sin(b) * m.exp(abs(100 - m.sqrt(a**2 + b**2) / m.pi)))
    return -of(m, "0.0001") * (height + 1) ** of(m, "0.1")


def holder_table(m, x):
    a, b = x
    return -abs(m.sin(a) * m.cos(b) * m.exp(abs(1 - m.sqrt(a**2 + b**2) / m.pi)))


def bukin_n6(m, x):
    a, b = x
    return 100 * m.sqrt(abs(b - of(m, "0.01") * a**2)) + of(m, "0.01") * abs(a + 10)


def bumps(m, square, *weighted):
    """A bowl with bumps of width 0.2: each a weight and its squared distance."""
    return square + sum(weight * m.exp(-5 * distance) for weight, distance in weighted)


def dupont_two_gaussians(m, x):
    a, b = x
    return bumps(m, a**2 + b**2, (-2, (a - 1) ** 2 + b**2), (-3, (a + 1) ** 2 + b**2))


def lilipads_local_minimum(m, x):
    a, b = x[0], of(m, "1.4") * x[1]
    return bumps(m, a**2 + b**2, (-2, (a - 1) ** 2 + b**2), (-6, (a + 1) ** 2 + b**2))


def lilipads_hills(m, x):
    a, b = x[0], of(m, "1.4") * x[1]
    return bumps(m, a**2 + b**2, (2, (a - 1) ** 2 + b**2), (6, (a + 1) ** 2 + b**2), (-2, (a - 1) ** 2 + (b + 1) ** 2))


def lilipads_saddle_point(m, x):
    return m.sin(x[0]) + x[1] ** 2


def lilipads_ecliptic_bowl(m, x):
    a, b = x[0] / 2, x[1] / 2
    return -m.exp(-(a**2 + 5 * b**2)) + a**2 + b**2 / 2


def lilipads_plateau(m, x):
    r = 10 * m.sqrt(x[0] ** 2 + x[1] ** 2) + of(m, "0.01")
    return -m.sin(r) / r + of(m, "0.01") * r**2


def saddle(m, x):
    return x[0] ** 2 - x[1] ** 2


def bounded_saddle(m, x):
    return x[0] ** 2 / 2 + x[1] ** 4 / 4 - x[1] ** 2 / 2


def monkey_saddle(m, x):
    return x[0] ** 3 - 3 * x[0] * x[1] ** 2


def log_plateau(m, x):
    return m.log(1 + sum(a**2 for a in x))


def welsch(m, x):
    return 1 - m.exp(-sum(a**2 for a in x) / 2)


def scalar_linear_net(m, x):
    return (1 - x[0] * x[1]) ** 2 / 2


def abs_ravine(m, x):
    return abs(x[0]) + 20 * abs(x[1])


def linreg_tiny(m, x):
    return sum((x[0] * k + x[1] - y) ** 2 for k, y in zip(range(5), (1, 3, 2, 5, 4), strict=True)) / 10


def logreg_tiny(m, x):
    pairs = zip(range(-2, 4), (0, 0, 1, 0, 1, 1), strict=True)
    return sum(m.log(1 + m.exp(x[0] * k + x[1])) - y * (x[0] * k + x[1]) for k, y in pairs) / 6


def wilson_separable(m, x):
    """Wilson et al. 2017, section 3.3, with the labels 1, 1, -1: the label, two constants, and features of one example alone."""
    total, unique = 0, 3
    for label in (1, 1, -1):
        own = 1 if label == 1 else 5
        z = label * x[0] + x[1] + x[2] + sum(x[unique : unique + own])
        unique += own
        total = total + (z - label) ** 2
    return total / 2


DEFINITIONS: dict[str, Definition] = {
    name: value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
}
for helper in ("of", "bumps"):
    del DEFINITIONS[helper]
