"""GET /mistakes: the catalogue of what students' code gets wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response

from ..engine import VERSION
from ..engine.conventions import CONVENTIONS
from ..engine.conventions.choice import Choice
from ..engine.conventions.resolve import resolve
from ..engine.optimizers import OPTIMIZERS
from ..engine.optimizers.wrapping import WRAPPERS
from ..engine.reading.faults import Refusal
from ..grading.candidates.candidate import applicable, told_of
from ..grading.candidates.of_loops import LOOP_MISTAKES
from ..grading.candidates.of_tensors import TENSOR_MISTAKES
from ..grading.candidates.schedules import SCHEDULE_MISTAKES
from ..grading.catalogue.formulas import formula_for
from ..grading.catalogue.formulas.formula import Formula
from ..grading.catalogue.mistakes import MISTAKES, Mistake
from ..grading.catalogue.mistakes.declaration import Told
from .answers.check_answer import MistakesSchema
from .catalogue import PAGE, tagged
from .documentation import Documented
from .negotiation import JSON, ask_nothing, chosen, json_bytes

blueprint = Blueprint("mistakes", __name__)


@blueprint.get("/mistakes")
@Documented(tag="catalogue", content={JSON: MistakesSchema}, problems=PAGE, has_etag=True)
def mistakes() -> Response:
    """List the mistakes: the wrong formula, the right one, hints, and the optimizers."""
    chosen([JSON])
    ask_nothing()
    return tagged(_mistakes())


@cache
def _mistakes() -> bytes:
    of_any = (*SCHEDULE_MISTAKES, *LOOP_MISTAKES, *TENSOR_MISTAKES)
    made_with = {**optimizers_of_mistakes(), **{mistake.code: list(OPTIMIZERS) for mistake in of_any}}
    listed = [
        {
            "code": mistake.code,
            "title": mistake.title,
            "kind": mistake.kind,
            "where": mistake.where,
            "formula": {"wrong": told.wrong, "right": told.right},
            "hints": list(told.hints),
            "optimizers": made_with[mistake.code],
        }
        for mistake in (*MISTAKES.values(), *of_any)
        for told in [told_of_usual(mistake)]
    ]
    return json_bytes({"mistakes": listed, "engine": VERSION})


def optimizers_of_mistakes() -> dict[str, list[str]]:
    """The names of the optimizers that each mistake can be made with, in some convention."""
    found: dict[str, dict[str, None]] = {code: {} for code in MISTAKES}
    for choice in _choices():
        for mistake in applicable(choice):
            found[mistake.code][choice.optimizer.name] = None
    return {code: list(names) for code, names in found.items()}


def told_of_usual(mistake: Mistake) -> Told:
    """What is said of a mistake with the optimizer in which it is best known: Adam where it is possible there, else the first one."""
    of_formulas = _with_formulas() if mistake.code in MISTAKES else []
    made_with = [choice for choice, formula in of_formulas if mistake.applies(formula, choice.rule.largest)]
    if not made_with:
        return Told(mistake.wrong, mistake.right, mistake.hints)
    return told_of(mistake, next((choice for choice in made_with if choice.optimizer.name == "adam"), made_with[0]))


@cache
def _with_formulas() -> list[tuple[Choice, Formula]]:
    """Those of the choices that have a formula, with it."""
    found = [(choice, formula_for(choice.rule.kernel)) for choice in _choices()]
    return [(choice, formula) for choice, formula in found if formula is not None]


@cache
def _choices() -> list[Choice]:
    """Every optimizer of every convention, plain and with what brings out further parts of it."""
    choices = []
    for convention in CONVENTIONS.values():
        for name, row in convention.by_optimizer.items():
            known = {*OPTIMIZERS[row.optimizer].by_name, *row.arguments, *row.turns, *row.absent, *convention.arguments, *WRAPPERS}
            for more in _SETTINGS:
                if not known.issuperset(more):  # to say which name comes nearest takes long
                    continue
                try:
                    choices.append(resolve({"name": name, "convention": convention.name, "lr": 0.1, **more}))
                except Refusal:
                    continue
    return choices


_SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"weight_decay": 0.1},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "weight_decay": 0.1},
    {"eps_mode": "inside"},
    {"lr_decay": 0.1},
    {"amsgrad": True},
)
