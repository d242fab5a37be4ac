"""The worked solution of a step: whether there is one, what it costs, and the solution."""

from __future__ import annotations

from dataclasses import dataclass

from ...engine.conventions.choice import Choice
from ...engine.optimizers import OPTIMIZERS, UpdateKernel
from ...engine.reading.cost import Advice, Price
from ...engine.reading.faults import refuse
from ...engine.running.step import StepPlan
from ..catalogue.formulas import FORMULAS, formula_for
from ..catalogue.formulas.formula import LETTERS
from .alphabet import SolutionLetter
from .lines import SolutionLine, Writing
from .working import PARAMS, work_out


@dataclass(frozen=True)
class Solution:
    """A step worked out: its lines, the last of which are the params after it, and what the letters in them stand for."""

    lines: tuple[SolutionLine, ...]
    letters: tuple[SolutionLetter, ...]


#: The work of a solution for each rule that differs, of each number in it, and what a number takes up meanwhile, in bytes.
A_RULE, A_NUMBER, BYTES = 1.3e5, 12.0, 240.0

#: What a line takes up in an answer at the most, beside its value and the names of tensors, in numbers sent.
A_LINE = 80.0

ADVICE = Advice(
    work='send fewer numbers or tensors in one request, or leave out "work"',
    at_work="include",
    answer='send fewer numbers or tensors in one request, or leave out "work"',
    at_answer="include",
)


def has_solution(choice: Choice) -> bool:
    """Whether the formula of an optimizer is known part by part."""
    return is_written(choice.rule.kernel)


def is_written(kernel: UpdateKernel) -> bool:
    """Whether the formula of a kernel is known, and can be written down line by line."""
    formula = formula_for(kernel)
    return formula is not None and formula.is_written


def hold_to_known(choice: Choice) -> None:
    """Raise Refusal for an optimizer whose formula is not known part by part."""
    if not has_solution(choice):
        known = [name for name, optimizer in OPTIMIZERS.items() if all(map(is_written, optimizer.kernels))]
        raise refuse(f"{choice.optimizer.name} has no worked solution yet; these optimizers have one: {', '.join(known)}", "include", 0)


def price(plan: StepPlan) -> Price:
    """What the solution of a step costs, and what it adds to the answer."""
    layout, formula = plan.layout, FORMULAS[plan.choice.rule.kernel.name]
    lines = len({*LETTERS, *formula.letters, *formula.keeps.values(), PARAMS})
    rules = len(plan.choice.rule.distinct)
    answer = lines * (A_LINE + layout.dimension + layout.names_length)
    return Price(A_RULE * rules + A_NUMBER * layout.dimension, answer, BYTES * layout.dimension)


def solve(plan: StepPlan) -> Solution:
    """Work out a step line by line. The optimizer is one with `has_solution`."""
    writing = Writing(plan, FORMULAS[plan.choice.rule.kernel.name], list(work_out(plan)))
    return Solution(writing.lines(), writing.letters())
