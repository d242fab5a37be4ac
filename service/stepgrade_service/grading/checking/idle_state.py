"""What is said of a state that the student's step does not use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stepgrade.judging import Misshapen

from ..candidates.candidate import Candidate
from ..candidates.of_tensors import in_words
from ..candidates.runs import ALIKE
from .case import Case
from .fitting import start_of


def with_idle_state(candidate: Candidate, cases: Sequence[Case]) -> Candidate:
    """Another optimizer with what the student's code does to the slots that this one does not have."""
    submitted = dict.fromkeys(name for case in cases for name in case.submission.state)
    own = candidate.choice.rule.slots
    others = [name for name in submitted if name not in own and ALIKE.get(name) not in own]
    untouched = [name for name in others if all(_is_untouched(case, name) for case in cases)]
    unused = [name for name in others if name not in untouched]
    told = [f"Your code never updates {in_words(untouched)}." for _ in untouched[:1]]
    them = "it" if len(unused) == 1 else "them"
    told += [f"Your code computes {in_words(unused)}, but the step does not use {them}." for _ in unused[:1]]
    asked = cases[0].plan.choice
    if not submitted and candidate.choice.optimizer is not asked.optimizer:
        unseen = [name for name in asked.rule.slots if name not in own and ALIKE.get(name) not in own]
        told = [f"Your step does not use {in_words(unseen, 'or')}." for _ in unseen[:1]]
    if not told:
        return candidate
    first, second, third = candidate.hints
    said = "; ".join([candidate.title, *(sentence[0].lower() + sentence[1:-1] for sentence in told)])
    return replace(candidate, title=said, hints=(first, second, " ".join([third, *told])))


def _is_untouched(case: Case, name: str) -> bool:
    got, start = case.submission.state.get(name), start_of(case, name)
    if got is None or isinstance(got, Misshapen):
        return True
    return start is not None and got.shape == start.shape and bool(np.array_equal(got, start))
