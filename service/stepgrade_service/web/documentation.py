"""What openapi.yaml says of a view: it stands at the view, and the document is made from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from marshmallow import Schema

Json = dict[str, Any]

View = TypeVar("View", bound=Callable[..., Any])

#: The groups of operations.
TAGS = {
    "steps": "One step of an optimizer, many steps, and the contour lines to draw them on.",
    "comparisons": "Several optimizers, compared fairly from the same starts.",
    "grading": "What is wrong in a student's numbers, and which tests find it.",
    "catalogue": "The optimizers, the objectives, the schedules and the mistakes that the service knows.",
    "service": "The service itself: its links and limits, its health, and this document.",
}


_DOCUMENTED: dict[Callable[..., Any], Documented] = {}


@dataclass(frozen=True)
class Documented:
    """A view's documentation, put over the view. Its summary is the first line of the view's docstring."""

    tag: str
    #: By media type: the schema of the answer, or JSON Schema.
    content: Mapping[str, type[Schema] | Json]
    request: type[Schema] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Json, ...] = ()
    headers: tuple[str, ...] = ()
    #: The statuses of its problems, beside those that every view of its method has.
    problems: tuple[int, ...] = ()
    has_etag: bool = False

    def __call__(self, view: View) -> View:
        _DOCUMENTED[view] = self
        return view


def documentation_of(view: Callable[..., Any]) -> Documented | None:
    """What stands over a view, if anything does."""
    return _DOCUMENTED.get(view)
