"""The courses of references that were asked before: a course of students sends thousands of submissions against a few references."""

from __future__ import annotations

from dataclasses import fields
from hashlib import blake2b
from threading import Lock

import numpy as np

from ...engine.optimizers.memory import numbers_of
from ...engine.running.trajectory_plan import Plan
from ..candidates.runs import Course

#: So many courses are remembered, of no more numbers in all their points and slots.
MOST_COURSES, MOST_NUMBERS = 32, 5000

_remembered: dict[bytes, Course] = {}

#: Several requests are worked on at a time, and what is remembered is forgotten again.
_lock = Lock()


def kept_by(plan: Plan) -> int:
    """How many numbers the points and slots of all steps have."""
    return plan.steps * (plan.layout.dimension + numbers_of(plan.choice.rule, plan.layout))


def course_of(plan: Plan, key: bytes) -> Course:
    """The course of a plan, the same one for all plans that have the same digest and are small."""
    if kept_by(plan) > MOST_NUMBERS or (plan.problem is not None and plan.problem.model is not None):
        return Course(plan)
    known = _remembered.get(key)
    if known is None:
        known = Course(plan)
        with _lock:
            while len(_remembered) >= MOST_COURSES:
                _remembered.pop(next(iter(_remembered)), None)
            _remembered[key] = known
    return known


def digest_of(plan: Plan) -> bytes:
    """A digest of all that the points and slots depend on: the arrays of the plan, and the rest as it is echoed."""
    digest, noise, objective = blake2b(digest_size=16), plan.noise, plan.problem.echo if plan.problem else None
    drawn = noise and (noise.settings, list(noise.seeds))
    posted = [*((field.name, getattr(plan, field.name)) for field in fields(plan)), *sorted(plan.state.slots.items())]
    arrays = [(name, array) for name, array in posted if isinstance(array, np.ndarray)]
    words = (plan.choice.echo, plan.schedule.echo, objective, drawn, plan.steps, plan.state.t, plan.layout.names, plan.layout.shapes)
    digest.update(repr((*words, [(name, array.shape) for name, array in arrays])).encode())
    for _, array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
