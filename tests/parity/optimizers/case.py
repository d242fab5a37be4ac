"""What is compared: an optimizer as a Stepgrade request, and the same as its framework writes it. Importable without the frameworks."""

from dataclasses import dataclass, field
from typing import Any

#: The frameworks' numbers and ours differ by no more, relative to the largest that the entry has been on its path.
BOUND = 1e-12


@dataclass(frozen=True)
class Case:
    """One optimizer with its arguments.

    `request` is what is posted. In a framework's own convention it is also what the framework is built from; else `framework`, `name`
    and `arguments` say that. `layouts` are those of `problems.LAYOUTS` that it is run on, all if left out. A `bound` larger than BOUND
    has a reason, `because`. `wants` is what it is handed beside gradients: "value", for the value of the loss at each step, with which it
    is also run on the objectives of `objective_problems`; "objective", with which it is run on these alone; "diagonal", for a
    diagonal of the Hessian at each step.
    """

    request: dict[str, Any]
    framework: str = ""
    name: str = ""
    arguments: dict[str, Any] | None = None
    layouts: tuple[str, ...] = ()
    bound: float = BOUND
    because: str = ""
    wants: str = ""
    label: str = ""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        given = {name: value for name, value in self.request.items() if name not in ("convention", "name")}
        object.__setattr__(self, "framework", self.framework or self.request["convention"])
        object.__setattr__(self, "name", self.name or self.request["name"])
        object.__setattr__(self, "arguments", given if self.arguments is None else self.arguments)
        label = self.label or ",".join(f"{name}={value}" for name, value in given.items()).replace(" ", "")
        object.__setattr__(self, "id", f"{self.framework}:{self.name}({label})")


def cases(convention: str, *rows: tuple[str, dict[str, Any]], **common: Any) -> tuple[Case, ...]:
    """Cases of one framework in its own convention, each a name and its arguments; `common` are members of Case."""
    return tuple(Case({"convention": convention, "name": name, **arguments}, **common) for name, arguments in rows)
