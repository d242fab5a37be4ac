"""What the names of an expression mean: its variables, its parameters, and the constants of the closed list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...reading.faults import nearest
from .tree import Node, TextFault
from .vocabulary import CONSTANTS, FUNCTIONS
from .wording import quoted


def appearing(nodes: Iterable[Node], but: Iterable[str]) -> tuple[str, ...]:
    """The names of a tree that are no functions, no constants, and none of some others, in the order in which they appear."""
    known = {*FUNCTIONS, *CONSTANTS, *but}
    found = sorted((node.offset, node.name) for node in nodes if node.kind == "name" and node.name not in known)
    return tuple(dict.fromkeys(name for _, name in found))


def unknown_names(nodes: Iterable[Node], variables: Sequence[str], parameters: Mapping[str, float]) -> Iterator[TextFault]:
    """Each name that means nothing, where it stands first, with the nearest that does."""
    known, told = {*variables, *parameters, *CONSTANTS}, set[str]()
    for node in sorted((node for node in nodes if node.kind == "name"), key=lambda node: node.offset):
        if node.name in known or node.name in FUNCTIONS or node.name in told:
            continue
        near = nearest(node.name, known, len(told))
        hint = f"did you mean {' or '.join(near)}? Known names" if near else "known names"
        told.add(node.name)
        listed = ", ".join(map(quoted, [*variables, *parameters, *CONSTANTS][:20]))
        yield TextFault(f"unknown name {quoted(node.name)!r}; {hint}: {listed}", node.position)


def unfit(name: str) -> str | None:
    """Why a name cannot be that of a variable or a parameter; None where it can."""
    if name in FUNCTIONS:
        return f"{name} is a function; choose another name"
    if name in CONSTANTS:
        return f"{name} is the number {CONSTANTS[name]:.6g}; choose another name"
    return None
