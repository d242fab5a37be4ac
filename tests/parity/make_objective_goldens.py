"""Makes the golden values, gradients and critical points of the objectives with mpmath, from their published formulas: see README.md."""

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from mpmath import matrix, mp, mpf
from objective_definitions import DEFINITIONS, Definition

FILE = Path(__file__).resolve().parent / "goldens" / "objectives.npz"
POINTS = 100
mp.dps = 60

#: The step of a difference: its error is about 1e-40, and rounding leaves as much of a second difference.
H = mpf(10) ** -20

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Dimensions of those that have not two. Objectives of any dimension are computed in two and in five.
DIMENSIONS = {
    **dict.fromkeys(("milestones3", "helical_valley", "bard", "gaussian", "box3d"), (3,)),
    **dict.fromkeys(("powell_singular", "wood", "brown_dennis"), (4,)),
    **dict.fromkeys(("sphere", "quadratic", "sum_squares", "rotated_hyper_ellipsoid", "trid", "zakharov", "rosenbrock"), (2, 5)),
    **dict.fromkeys(("sum_of_different_powers", "dixon_price", "variably_dimensioned", "trigonometric", "styblinski_tang"), (2, 5)),
    **dict.fromkeys(("ackley", "rastrigin", "griewank", "levy", "schwefel", "michalewicz", "log_plateau", "welsch"), (2, 5)),
    "wilson_separable": (10,),
}

#: Where points are drawn, the same for each coordinate; from -4 to 4 where nothing else stands here.
DRAWN = {
    "bard": (0.25, 3.0),
    "branin": (-5.0, 15.0),
    "brown_badly_scaled": (-10.0, 10.0),
    "brown_dennis": (-30.0, 30.0),
    "bukin_n6": (-15.0, 3.0),
    "cross_in_tray": (-10.0, 10.0),
    "easom": (-1.0, 7.0),
    "eggholder": (-512.0, 512.0),
    "griewank": (-100.0, 100.0),
    "holder_table": (-10.0, 10.0),
    "jennrich_sampson": (-1.0, 1.0),
    "levy": (-10.0, 10.0),
    "michalewicz": (0.0, 3.125),
    "rotated_hyper_ellipsoid": (-65.0, 65.0),
    "schwefel": (-500.0, 500.0),
    "sum_of_different_powers": (-1.0, 1.0),
}

#: Objectives of two parameters whose critical points are all found, and where they are looked for.
SEARCHED = {
    "beale": ((-4.5, 4.5), (-4.5, 4.5)),
    "booth": ((-10.0, 10.0), (-10.0, 10.0)),
    "bounded_saddle": ((-2.0, 2.0), (-2.0, 2.0)),
    "branin": ((-5.0, 10.0), (0.0, 15.0)),
    "d2l_ravine": ((-5.5, 1.0), (-3.0, 1.0)),
    "distill_banana": ((-2.0, 2.0), (-0.5, 1.1)),
    "dixon_price": ((-10.0, 10.0), (-10.0, 10.0)),
    "dupont_two_gaussians": ((-2.0, 2.0), (-2.0, 2.0)),
    "freudenstein_roth": ((-20.0, 20.0), (-5.0, 6.0)),
    "goldstein_price": ((-2.0, 2.0), (-2.0, 2.0)),
    "himmelblau": ((-5.0, 5.0), (-5.0, 5.0)),
    "jennrich_sampson": ((-1.0, 1.0), (-1.0, 1.0)),
    "leon": ((-1.2, 1.2), (-1.2, 1.2)),
    "lilipads_ecliptic_bowl": ((-2.0, 2.0), (-2.0, 2.0)),
    "lilipads_hills": ((-2.0, 2.0), (-2.0, 2.0)),
    "lilipads_local_minimum": ((-2.0, 2.0), (-2.0, 2.0)),
    "lilipads_saddle_point": ((-2.0, 5.0), (-2.0, 2.0)),
    "linreg_tiny": ((-1.0, 3.0), (-1.0, 5.0)),
    "logreg_tiny": ((-2.5, 4.0), (-4.0, 3.0)),
    "matyas": ((-10.0, 10.0), (-10.0, 10.0)),
    "mccormick": ((-1.5, 4.0), (-3.0, 4.0)),
    "rosenbrock": ((-2.0, 2.0), (-1.0, 3.0)),
    "saddle": ((-1.0, 1.0), (-1.0, 1.0)),
    "six_hump_camel": ((-3.0, 3.0), (-2.0, 2.0)),
    "styblinski_tang": ((-5.0, 5.0), (-5.0, 5.0)),
    "three_hump_camel": ((-5.0, 5.0), (-5.0, 5.0)),
    "trid": ((-4.0, 4.0), (-4.0, 4.0)),
    "zakharov": ((-5.0, 10.0), (-5.0, 10.0)),
}

#: Where Newton's method begins for the others, near their published critical points.
BEGUN = {
    "bard": [(0.0824, 1.133, 2.3437)],
    "bohachevsky_1": [(0.01, 0.01)],
    "box3d": [(1.0, 10.0, 1.0), (10.0, 1.0, -1.0)],
    "brown_badly_scaled": [(1e6, 2e-6)],
    "brown_dennis": [(-11.59, 13.2, -0.4034, 0.2367)],
    "cross_in_tray": [(a, b) for a in (1.35, -1.35) for b in (1.35, -1.35)],
    "drop_wave": [(0.001, 0.0)],
    "easom": [(a, b) for a in (1.57, 3.14, 4.71) for b in (1.57, 3.14, 4.71) if (a == 3.14) == (b == 3.14)]
    + [(3.14, 1.3), (1.3, 3.14), (3.14, 4.98), (4.98, 3.14)],
    "gaussian": [(0.399, 1.0, 0.01)],
    "griewank": [(0.01, 0.01)],
    "helical_valley": [(1.0, 0.01, 0.0)],
    "holder_table": [(a, b) for a in (8.055, -8.055) for b in (9.665, -9.665)],
    "levy": [(1.01, 1.01)],
    "levy_n13": [(1.01, 1.01)],
    "log_plateau": [(0.01, 0.01)],
    "michalewicz": [(2.2029, 1.5708)],
    "milestones3": [(0.1, 0.1, 0.1)],
    "powell_badly_scaled": [(1.098e-5, 9.106), (9.106, 1.098e-5), (-0.00995, -0.00995), (0.01005, 0.01005), (-0.0001, -0.0001)],
    "quadratic": [(0.1, 0.1)],
    "rastrigin": [(0.01, 0.01)],
    "rotated_hyper_ellipsoid": [(0.1, 0.1)],
    "scalar_linear_net": [(0.01, 0.02)],  # of its minima, which are a curve, Newton's method finds none
    "schaffer_n2": [(0.01, 0.01)],
    "schwefel": [(420.97, 420.97)],
    "sphere": [(0.1, 0.1)],
    "sum_squares": [(0.1, 0.1)],
    "trigonometric": [(0.001, 0.001)],
    "variably_dimensioned": [(1.1, 1.1)],
    "welsch": [(0.01, 0.01)],
    "wood": [(1.0, 1.0, 1.0, 1.0), (-0.968, 0.947, -0.97, 0.951)],
}


def gradient(f: Definition, x: list[Any]) -> list[Any]:
    """The derivatives by each coordinate, to about 40 digits."""

    def moved(i: int, h: Any) -> list[Any]:
        return [a + h if j == i else a for j, a in enumerate(x)]

    return [(f(mp, moved(i, H)) - f(mp, moved(i, -H))) / (2 * H) for i in range(len(x))]


def hessian(f: Definition, x: list[Any]) -> Any:
    """The second derivatives, to about 20 digits."""

    def moved(i: int, j: int, a: int, b: int) -> Any:
        return f(mp, [c + H * (a * (k == i) + b * (k == j)) for k, c in enumerate(x)])

    n, found = len(x), matrix(len(x), len(x))
    for i in range(n):
        for j in range(i + 1):
            signs = [(a, b) for a in (1, -1) for b in (1, -1)]
            found[i, j] = found[j, i] = sum(a * b * moved(i, j, a, b) for a, b in signs) / (4 * H * H)
    return found


def polished(f: Definition, begun: tuple[float, ...]) -> list[Any]:
    """The critical point that Newton's method finds from there."""
    x = [mpf(a) for a in begun]
    for _ in range(100):
        step = mpmath.lu_solve(hessian(f, x), matrix(gradient(f, x)))
        x = [a - b for a, b in zip(x, step, strict=True)]
        if max(map(abs, step)) < mpf(10) ** -25 * (1 + max(map(abs, x))):
            return x
    raise ArithmeticError(f"Newton's method did not converge from {begun}")


class Plain:
    """float64, for the search: what a definition asks of an arithmetic."""

    mpf, pi = float, np.pi
    exp, log, sqrt, sin, cos, atan = np.exp, np.log, np.sqrt, np.sin, np.cos, np.arctan


def searched(f: Definition, box: tuple[tuple[float, float], ...]) -> list[tuple[float, ...]]:
    """Points near all critical points in a box of the plane: where Newton's method goes from a grid."""
    low, high = np.array(box).T[:, :, np.newaxis]
    axes = [np.linspace(a, b, 25) + 0.0031 * (b - a) for a, b in box]
    x, h = np.array(np.meshgrid(*axes)).reshape(2, -1), 1e-4

    def slopes(points: Array) -> Array:
        steps = h * np.eye(2)[:, :, np.newaxis]
        return np.array([(f(Plain, list(points + step)) - f(Plain, list(points - step))) / (2 * h) for step in steps])

    with np.errstate(all="ignore"):
        for _ in range(60):
            g = slopes(x)
            (a, c), (b, d) = [(slopes(x + step) - slopes(x - step)) / (2 * h) for step in h * np.eye(2)[:, :, np.newaxis]]
            step = np.array([d * g[0] - b * g[1], a * g[1] - c * g[0]]) / (a * d - b * c)
            length = np.hypot(*step)
            x = x - step * np.minimum(1.0, (high - low).max() / 10 / length)
        settled = (length < 1e-5) & ((x >= low - 1e-6) & (x <= high + 1e-6)).all(axis=0)
    return list({tuple(np.round(point, 3)): tuple(point) for point in x[:, settled].T}.values())


def critical_points(name: str) -> list[list[Any]]:
    """The critical points of an objective, each once, the lowest first."""
    f, found = DEFINITIONS[name], list[list[Any]]()
    for begun in searched(f, SEARCHED[name]) if name in SEARCHED else BEGUN.get(name, []):
        point = polished(f, begun)
        if not any(max(abs(a - b) for a, b in zip(point, other, strict=True)) < 1e-9 for other in found):
            found.append(point)
    return sorted(found, key=lambda point: (float(f(mp, point)), *map(float, point)))


def floats(rows: Any) -> Array:
    """As float64; what is 0 but for the error of a difference is 0."""
    return np.array([[0.0 if abs(a) < mpf(10) ** -30 else float(a) for a in row] for row in rows])


def arrays_of(name: str) -> dict[str, Array]:
    """What is kept of one objective: points, (points, dimension), and what is so there."""
    f, kept = DEFINITIONS[name], dict[str, Array]()
    low, high = DRAWN.get(name, (-4.0, 4.0))
    for dimension in DIMENSIONS.get(name, (2,)):
        random = np.random.default_rng([len(name), *name.encode(), dimension])
        # Few digits, so that the file is small and every arithmetic draws the same.
        points = np.round(1024 * (low + (high - low) * random.random((POINTS, dimension)))) / 1024
        exact = [[mpf(a) for a in point] for point in points.tolist()]
        kept[f"{name}/{dimension}/points"] = points
        kept[f"{name}/{dimension}/values"] = np.array([float(f(mp, point)) for point in exact])
        kept[f"{name}/{dimension}/gradients"] = np.array([[float(a) for a in gradient(f, point)] for point in exact])
    critical = critical_points(name)
    if critical:
        kept[f"{name}/critical/points"] = floats(critical)
        kept[f"{name}/critical/values"] = floats([[f(mp, point) for point in critical]])[0]
        kept[f"{name}/critical/curvatures"] = np.array(
            [sorted(float(a) for a in mpmath.eigsy(hessian(f, point), eigvals_only=True)) for point in critical]
        )
    return kept


def meta() -> str:
    made = {"script": Path(__file__).name, "date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    return json.dumps({**made, "packages": {name: version(name) for name in ("mpmath", "numpy")}, "digits": mp.dps})


def stored() -> dict[str, Array]:
    if not FILE.exists():
        return {}
    with np.load(FILE) as arrays:
        return {key: arrays[key] for key in arrays.files if key != "meta"}


def names_in(arrays: dict[str, Array]) -> set[str]:
    return {key.partition("/")[0] for key in arrays}


def write(anew: set[str]) -> None:
    """Add the objectives that are new, and those named; leave the others as they are."""
    known = {key: array for key, array in stored().items() if key.partition("/")[0] in set(DEFINITIONS) - anew}
    missing = [name for name in DEFINITIONS if name not in names_in(known)]
    for name in missing:
        known |= arrays_of(name)
        print(f"{name}: {len(known.get(f'{name}/critical/values', ()))} critical points", flush=True)
    if missing:
        np.savez_compressed(FILE, meta=np.array(meta()), **known)
    print(f"{FILE.name}: {len(DEFINITIONS)} objectives, {len(missing)} of them new, {FILE.stat().st_size / 1024:.0f} KiB")


def check() -> bool:
    """Whether the file is what mpmath gives now."""
    known = stored()
    fresh = {key: array for name in DEFINITIONS for key, array in arrays_of(name).items()}
    wrong = [
        key for key in {**known, **fresh} if key not in known or key not in fresh or not np.allclose(known[key], fresh[key], 1e-14, 1e-25)
    ]
    print(f"{FILE.name}: {len(fresh) - len(wrong)} of {len(fresh)} arrays agree", *wrong)
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the stored file, write nothing; exit 1 on a difference")
    parser.add_argument("anew", nargs="*", help="objectives that are made anew; only new ones if left out")
    arguments = parser.parse_args()
    if arguments.check:
        return 0 if check() else 1
    write(set(arguments.anew))
    return 0


if __name__ == "__main__":
    sys.exit(main())
