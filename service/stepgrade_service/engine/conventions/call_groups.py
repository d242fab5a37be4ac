"""torch's parameter groups in a call: which tensors each has, and what it sets for them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..reading.constants import shown
from ..reading.faults import Collector, refuse
from ..reading.python_calls import members_of
from ..reading.tensors import is_number
from .call_arguments import PARAMS, Callee, argument

#: What a group has that changes no number, beside its tensors.
NAME_OF_A_GROUP = "name"

INSTEAD = 'post one number per tensor instead, as in "lr": {"W": 0.001, "b": 0.01}'


@dataclass(frozen=True)
class Group:
    """Some tensors, by their names, and the arguments that are others for them."""

    tensors: tuple[str, ...]
    arguments: Mapping[str, Any]


def groups_in(node: ast.expr, callee: Callee) -> tuple[Group, ...]:
    """The groups that a call's params have, none where all tensors have the same arguments; raises Refusal with every fault."""
    if _is_no_params(node):
        example = f"{callee.name}({PARAMS}, {callee.rate}={shown(node) if isinstance(node, ast.Constant) else 0.1})"
        raise refuse(f"the first argument of {callee.shown} is the {PARAMS}; write {example}")
    written = [members_of(each) for each in node.elts] if isinstance(node, ast.List | ast.Tuple) else []
    groups = [each for each in written if each is not None]
    if all(set(group) <= {PARAMS, NAME_OF_A_GROUP} for group in groups):
        return ()
    if len(groups) < len(written):
        raise refuse(f"expected groups alone in the list of {PARAMS}: {INSTEAD}")
    if not all(_tensors(group.get(PARAMS)) for group in groups):
        own = " and ".join(dict.fromkeys(key for group in groups for key in group if key not in (PARAMS, NAME_OF_A_GROUP)))
        raise refuse(f"the call has parameter groups with their own {own}; {INSTEAD}")
    faults, found = Collector(), list[Group]()
    for group in groups:
        with faults.at():
            found.append(_group(group, callee))
    tensors = [tensor for group in found for tensor in group.tensors]
    for tensor in dict.fromkeys(each for each in tensors if tensors.count(each) > 1):
        faults.add(f"{PARAMS}: {tensor} stands in more than one group")
    faults.settle()
    return tuple(found)


def settings_of_groups(groups: Sequence[Group], settings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings of all groups as one: what is another number for some of them is an object of one number per tensor."""
    merged, faults = dict[str, Any](), Collector()
    for name in settings[0]:
        values = [each.get(name) for each in settings]
        if all(value == values[0] for value in values):
            merged[name] = values[0]
        elif all(map(is_number, values)):
            merged[name] = {tensor: value for group, value in zip(groups, values, strict=True) for tensor in group.tensors}
        else:
            faults.add(f"{name}: expected one value for all groups")
    faults.settle()
    return merged


def _is_no_params(node: ast.expr) -> bool:
    """Whether what stands first cannot be params: a number, a text, or a list of them."""
    each = [*node.elts] if isinstance(node, ast.List | ast.Tuple) and node.elts else [node]
    return all(isinstance(one.operand if isinstance(one, ast.UnaryOp) else one, ast.Constant | ast.BinOp) for one in each)


def _group(members: Mapping[str, ast.expr], callee: Callee) -> Group:
    """A group as it is written."""
    faults, read = Collector(), dict[str, Any]()
    for key, node in members.items():
        if key not in (PARAMS, NAME_OF_A_GROUP):
            with faults.at():
                read |= argument(key, node, callee)
    faults.settle()
    return Group(_tensors(members.get(PARAMS)), read)


def _tensors(node: ast.expr | None) -> tuple[str, ...]:
    """The names of tensors that a group's params have: `W`, `model.W` or a list of these; none where they are not known."""
    each = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    names = [one.id if isinstance(one, ast.Name) else one.attr if isinstance(one, ast.Attribute) else "" for one in each]
    return tuple(names) if all(names) else ()
