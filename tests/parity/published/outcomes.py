"""What becomes of the frameworks' own tests here: `python tests/parity/published/outcomes.py` writes outcomes.json.

What is refused, or is no question to this service, stands in `REFUSED` with the reason.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stepgrade_service.engine.reading.faults import Refusal
from stepgrade_service.engine.running.trajectory import trajectory

HERE = Path(__file__).resolve().parent
FRAMEWORKS = ("keras", "torch", "optax", "tinygrad")
CASES: dict[str, list[dict[str, Any]]] = {
    name: json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))["cases"] for name in FRAMEWORKS
}

#: How far the numbers may be from ours, relative to 1 + abs(x): keras computes in float32, torch's Muon in bfloat16.
FLOAT32, FLOAT64, BFLOAT16, ITERATED = 5e-4, 1e-12, 1e-2, 1e-8

#: What optax's tests ask for: where each optimizer has to be after so many steps, within `REACHED`.
STEPS, REACHED = {"alias_test": 10_000, "_common_test": 30_000}, 3e-2
PROBLEMS = {
    "parabola": ("(a - 1)**2 + (b + 1)**2 + (c - 1)**2", [-1.0, 10.0, 1.0], [1.0, -1.0, 1.0]),
    "rosenbrock": ("(1 - a)**2 + 100*(b - a**2)**2", [0.0, 0.0], [1.0, 1.0]),
}

#: What is not run, by the start of a test's name, or by what is in it; and why.
REFUSED: Mapping[str, str] = {
    "constraints": "a constraint of a keras variable is no part of its optimizer",
    "overwrite_with_gradient": "a keras variable whose gradient is its next value is not optimized",
    "reduce_on_plateau": "in this service it is a schedule",
    "schedule_free(": "schedule_free wraps no other optimizer here; use schedule_free_sgd or schedule_free_adamw",
}


@dataclass(frozen=True)
class Outcome:
    """passed, failed, or refused, with what is to say of it."""

    test: str
    result: str
    why: str = ""


def outcomes(framework: str) -> Iterator[Outcome]:
    """What becomes of each of a framework's tests."""
    run = {"keras": keras, "torch": torch, "optax": optax, "tinygrad": torch}[framework]
    for case in CASES[framework]:
        reason = next((why for name, why in REFUSED.items() if name in case["test"]), None)
        if reason is not None:
            yield Outcome(case["test"], "refused", reason)
            continue
        try:
            yield from run(case)
        except Refusal as refusal:
            yield Outcome(case["test"], "refused", str(refusal))


def compared(test: str, ours: Any, theirs: Any, within: float) -> Outcome:
    """Whether two paths are the same."""
    off = np.abs(np.asarray(ours) - theirs) / (1.0 + np.abs(theirs))
    worst = float(off.max()) if np.isfinite(off).all() else float("inf")
    return Outcome(test, "passed" if worst <= within else "failed", f"differs by {worst:.1e}")


def flat(tensors: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return np.concatenate([np.ravel(tensor) for tensor in tensors.values()])


def keras(case: dict[str, Any]) -> Iterator[Outcome]:
    """The variables after each step of one of keras's tests."""
    names = [f"v{number}" for number in range(len(case["start"]))]
    stored = [step["gradients"] for step in case["steps"]]
    kept = [n for n, name in enumerate(names) if all(gradients[n] is not None for gradients in stored)]
    start = {names[n]: case["start"][n] for n in kept}
    gradients = [{names[n]: each[n] for n in kept} for each in stored]
    run = trajectory({"optimizer": decaying(case, names), "start": start, "gradients": gradients})
    after = np.array([flat({names[n]: step["after"][n] for n in kept}) for step in case["steps"]])
    yield compared(case["test"], run.points[1:], after, FLOAT32)


def decaying(case: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The optimizer as keras serializes it; what a test excludes from weight decay has a strength of 0."""
    if all(case["decays"]) or not case["optimizer"]["config"].get("weight_decay"):
        return dict(case["optimizer"])
    config = case["optimizer"]["config"]
    strengths = {name: config["weight_decay"] * decays for name, decays in zip(names, case["decays"], strict=True)}
    return {**case["optimizer"], "config": {**config, "weight_decay": strengths}}


def torch(case: dict[str, Any]) -> Iterator[Outcome]:
    """The points of one of torch's parameter sets, or that it is refused."""
    optimizer = {"convention": "torch", "name": case["name"], **case["arguments"]}
    if "error" in case:
        yield refused_as_there(case, optimizer)
        return
    asked = {"objective": {"name": "rosenbrock"}, "steps": len(case["points"])} if "objective" in case else {"gradients": case["gradients"]}
    run = trajectory({"optimizer": optimizer, "start": case["start"], **asked})
    points = np.array([point if "objective" in case else flat(point) for point in case["points"]])
    yield compared(case["test"], run.points[1:], points, within(case))


def within(case: Mapping[str, Any]) -> float:
    """How far a path of torch's may be: Muon's rounding to bfloat16 grows with the rate and the steps, and 200 iterations of L-BFGS without
    a line search make any rounding larger."""
    if case["name"] != "Muon":
        return ITERATED if case["name"] == "LBFGS" else FLOAT64
    return BFLOAT16 * max(1.0, float(case["arguments"].get("lr", 0.001)) * len(case["points"]))


def refused_as_there(case: dict[str, Any], optimizer: dict[str, Any]) -> Outcome:
    """What torch refuses has to be refused here; what it says of its lists of params is no question to this service."""
    if case["of_params"]:
        return Outcome(case["test"], "refused", "the test is about lists of torch's Parameters, and a request has none")
    try:
        trajectory({"optimizer": optimizer, "start": [[1.0]], "gradients": [[[1.0]]]})
    except Refusal:
        return Outcome(case["test"], "passed", "refused, as torch refuses it")
    if case["of_tensors"]:
        return Outcome(case["test"], "refused", "the test passes a Tensor as a number, and JSON has only numbers")
    return Outcome(case["test"], "failed", "torch refuses it, and it ran")


def optax(case: dict[str, Any]) -> Iterator[Outcome]:
    """Whether one of optax's optimizers solves the problems of its tests."""
    steps = next(count for name, count in STEPS.items() if name in case["test"])
    optimizer = {"convention": "optax", "name": case["name"], **case["arguments"]}
    if case.get("wrapper") == "mechanize":
        optimizer["mechanic"] = True
    for problem, (expression, start, end) in PROBLEMS.items():
        test = f"{case['test']}, {problem}"
        if problem == "rosenbrock" and case["name"] in ("sign_sgd", "signum"):
            yield Outcome(test, "refused", "optax's test skips it too: at a constant rate it cannot settle there")
        elif case["name"] in ("adadelta", "adafactor") and "learning_rate" not in case["arguments"]:
            yield Outcome(test, "refused", "optax's test does not check where it ends either")
        else:
            run = trajectory({"optimizer": optimizer, "objective": {"expression": expression}, "start": start, "steps": steps})
            last = evaluated(case, run)
            off = float(np.max(np.abs(last - end) - REACHED * np.abs(end)))
            yield Outcome(test, "passed" if off <= REACHED else "failed", f"ends at {np.round(last, 3).tolist()}")


def evaluated(case: dict[str, Any], run: Any) -> np.ndarray[Any, Any]:
    """Where a model would be evaluated: Schedule-Free's average of the params, else the params."""
    last = np.asarray(run.end)
    if not case["name"].startswith("schedule_free"):
        return last
    beta1 = case["arguments"].get("b1", 0.9)
    return np.asarray((last - (1.0 - beta1) * np.asarray(run.state["z"])) / beta1)


def counted() -> dict[str, Any]:
    """By framework, how many passed and failed, and how many were refused for which reason."""
    told = {}
    for framework in FRAMEWORKS:
        found = list(outcomes(framework))
        count = Counter(each.result for each in found)
        reasons = Counter(each.why for each in found if each.result == "refused")
        told[framework] = {"passed": count["passed"], "failed": count["failed"], "refused": dict(reasons)}
    return told


def main() -> int:
    told = counted()
    (HERE / "outcomes.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for framework, count in told.items():
        print(f"{framework}: {count['passed']} passed, {count['failed']} failed, {sum(count['refused'].values())} refused")
    return 1 if any(count["failed"] for count in told.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
