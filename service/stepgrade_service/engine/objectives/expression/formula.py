"""A posted text with its variables and parameters, understood: its tape, and how it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ...optimizers.declaration import LARGEST
from ...reading.bounds import LONGEST_EXPRESSION, LONGEST_VARIABLE, MOST_KEYS, MOST_VARIABLES
from ...reading.faults import Collector, Fault, Refusal, refuse
from ...reading.tensors import expected, is_number
from ..declaration import Facts, Objective
from .kernel import TAPE
from .latex import latex, name_in_latex
from .names import appearing, unfit, unknown_names
from .parser import ExpressionParser
from .tape import Tape, Unusable, record
from .tokens import RAISED, TYPESET
from .tree import Node
from .wording import quoted

#: What an expression is called where a named objective is called by its name.
CALLED = "the expression"

#: Texts of so many characters are remembered with their tapes.
LONGEST_KEPT = 500

#: Functions with a kink.
KINKED = {"abs", "sign", "min", "max"}

#: What of it is wrong with the one part where the other parts decide.
Parts = tuple[str, tuple[str, ...] | None, tuple[tuple[str, float], ...]]


@dataclass(frozen=True, eq=False)
class PostedFormula:
    """An expression as understood: the text in its plain form, the names, and the tape."""

    text: str
    variables: tuple[str, ...]
    parameters: Mapping[str, float]
    nodes: tuple[Node, ...]
    tape: Tape

    @cached_property
    def latex(self) -> str:
        return f"f({', '.join(map(name_in_latex, self.variables))}) = {latex(self.nodes)}"

    def objective(self, facts: Facts) -> Objective:
        """What the catalogue would say of it."""
        names = self.variables
        return Objective(
            name=CALLED,
            title=self.text,
            formula=self.latex,
            source="posted with the request",
            kernel=TAPE,
            facts=lambda *_: facts,
            dimension=len(names),
            smooth=not any(node.kind == "call" and node.name in KINKED for node in self.nodes),
            variables=(names[0], names[1]) if len(names) == 2 else None,
            expression=self.text,
            work=lambda _: self.tape.work,
        )


def read_formula(written: Mapping[str, Any]) -> PostedFormula:
    """The text of an expression with its variables and parameters; raises Refusal with every fault in these."""
    faults, text, variables, parameters = Collector(), "", None, dict[str, float]()
    with faults.at("expression"):
        text = read_text(written["expression"])
    with faults.at("variables"):
        variables = read_variables(written.get("variables"))
    with faults.at("parameters"):
        parameters = read_parameters(written.get("parameters"), variables or ())
    if faults.faults:
        # Names mean nothing yet; what is wrong with the text besides is told with the rest.
        faults.gather(grammar_faults(ExpressionParser(text)) if text else ())
        faults.settle()
    understood = understand_again if len(text) <= LONGEST_KEPT else understand
    return understood(text, variables, tuple(parameters.items()))


def understand(text: str, variables: tuple[str, ...] | None, parameters: tuple[tuple[str, float], ...]) -> PostedFormula:
    """An expression, its variables told by its names if they are None; raises Refusal with every fault."""
    parser, given = ExpressionParser(text), dict(parameters)
    names = appearing(parser.nodes, given) if variables is None else variables
    faults = Collector(grammar_faults(parser))
    faults.gather(Fault(("expression",), each.detail, each.position) for each in unknown_names(parser.nodes, names, given))
    if not faults.faults:
        faults.gather(unused(parser.nodes, variables or (), given))
    if variables is None and len(names) > MOST_VARIABLES:
        faults.add(f"expected at most {MOST_VARIABLES} variables, got {len(names)}", "expression")
    faults.settle()
    try:
        tape = record(text, parser.nodes, names, given)
    except Unusable as wrong:
        raise Refusal([Fault(("expression",), wrong.mistake.detail, wrong.mistake.position)]) from None
    return PostedFormula(plain_form(text), names, given, tuple(parser.nodes), tape)


understand_again = lru_cache(maxsize=256)(understand)


def grammar_faults(parser: ExpressionParser) -> Iterator[Fault]:
    """The mistakes that a parser found, as faults of the text."""
    return (Fault(("expression",), each.detail, each.position) for each in parser.mistakes)


def unused(nodes: list[Node], variables: tuple[str, ...], parameters: Mapping[str, float]) -> Iterator[Fault]:
    """What was declared and does not occur."""
    there = {node.name for node in nodes if node.kind == "name"}
    for number, name in enumerate(variables):
        if name not in there:
            yield Fault(("variables", number), f"{name} does not occur in the expression: remove it here, or use it there")
    for name in parameters:
        if name not in there:
            yield Fault(("parameters", name), f"{name} does not occur in the expression: remove it here, or use it there")


def plain_form(text: str) -> str:
    """The text with the signs that are typed, `**` in place of `^` and before raised digits: so the echo tells how they were read."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda raised: f"**{raised.group().translate(RAISED)}", text)
    return text.translate({ord(sign): plain for sign, plain in {**TYPESET, "^": "**"}.items()})


def read_text(value: Any) -> str:
    """The text of an expression, held to its length."""
    if not isinstance(value, str):
        raise refuse(expected('a text such as "x**2 + y**2"', value))
    length = len(plain_form(value[: LONGEST_EXPRESSION + 1]))
    if length > LONGEST_EXPRESSION:
        raise refuse(f"expected at most {LONGEST_EXPRESSION} characters (^ counts as **), got {max(len(value), length)}")
    if not value.strip():
        raise refuse("expected an expression, such as x**2 + y**2")
    return value


def read_variables(value: Any) -> tuple[str, ...] | None:
    """The names of the variables, in the order of the params; None where the expression tells them."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise refuse(expected('a list of names such as ["w", "b"]', value))
    if not 1 <= len(value) <= MOST_VARIABLES:
        raise refuse(f"expected from 1 to {MOST_VARIABLES} names, got {len(value)}")
    faults, seen = Collector(), set[str]()
    for number, name in enumerate(value):
        with faults.at(number):
            hold_name(name)
            if name in seen:
                raise refuse(f"{name} stands here twice")
            seen.add(name)
    faults.settle()
    return tuple(value)


def read_parameters(value: Any, variables: tuple[str, ...]) -> dict[str, float]:
    """The numbers of the parameters, by name."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(expected('an object of numbers such as {"kappa": 20}', value))
    if len(value) > MOST_KEYS:
        raise refuse(f"expected at most {MOST_KEYS} parameters, got {len(value)}")
    faults = Collector()
    for name, number in value.items():
        with faults.at(name):
            hold_name(name)
            if name in variables:
                raise refuse(f"{name} is a variable; choose another name")
            if not is_number(number) or not abs(number) <= LARGEST:
                raise refuse(f"expected a number of at most {LARGEST:g} in size" if is_number(number) else expected("a number", number))
    faults.settle()
    return {name: float(number) for name, number in value.items()}


def hold_name(name: Any) -> None:
    """Raise Refusal where a value is no name for a variable or a parameter."""
    if not isinstance(name, str):
        raise refuse(expected("a name", name))
    if not name.isidentifier() or len(name) > LONGEST_VARIABLE:
        raise refuse(f"expected a name of letters, digits and _, at most {LONGEST_VARIABLE} characters, got {quoted(name)!r}")
    if reason := unfit(name):
        raise refuse(reason)
