"""The view of what has a picture: it reads, prices and runs a request, and answers with numbers or draws them, as the client accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from flask import Response, current_app, g
from marshmallow import Schema

from ..engine.reading.cost import Advice, Limits, Price
from ..engine.reading.faults import Fault, unknown
from ..pictures import MEDIA_TYPES, THEMES
from . import pricing
from .documentation import Json
from .forms.writing import CSV, JSON, NDJSON
from .negotiation import asked, chosen, posted
from .openapi.vocabulary import one_of
from .schemas import read
from .transport import Stopwatch


class Planned(Protocol):
    """A request that was resolved, and priced without the form of its answer."""

    @property
    def price(self) -> Price: ...

    @property
    def advice(self) -> Advice: ...


P = TypeVar("P", bound=Planned)
R = TypeVar("R")

#: The theme of a picture, as openapi.yaml has it.
THEME: Json = {"name": "theme", "in": "query", "schema": one_of(THEMES), "description": "the theme of a picture; light if left out"}

#: What is ready to be drawn: a format and a theme make its bytes.
Drawing = Callable[[str, str], bytes]


@dataclass(frozen=True)
class Drawable(Generic[P, R]):
    """What differs between the resources that have a picture."""

    schema: Schema
    answer: type[Schema]
    plan: Callable[[Mapping[str, Any], Limits, Sequence[Fault]], P]
    run: Callable[[P], R]
    forms: Mapping[str, Callable[[R], Response]]
    numbers_price: Callable[[P, str], Price]
    #: What is computed for a picture alone is computed here.
    drawing: Callable[[R], Drawing]
    picture_price: Callable[[P, str], Price]
    #: What a picture needs, whatever the request says.
    needed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def offered(self) -> list[str]:
        """The forms of the answer, the first where the client has no wish."""
        return [*self.forms, *MEDIA_TYPES]

    @property
    def content(self) -> dict[str, type[Schema] | Json]:
        """What each form of the answer is, for its documentation."""
        text, data = {"type": "string"}, {"type": "string", "format": "binary"}
        return {form: self.answer if form == JSON else text if form in (NDJSON, CSV) else data for form in self.offered}

    def respond(self) -> Response:
        """The answer to the request that is being handled."""
        form = chosen(self.offered)
        query, faults = asked("theme")
        with Stopwatch("parse"):
            plan = self.read(form, [*faults, *theme_faults(query)])
        answer = self.picture(plan, form, query.get("theme", "light")) if form in MEDIA_TYPES else self.numbers(plan, form)
        answer.headers["Vary"] = "Accept"
        return answer

    def read(self, form: str, known: Sequence[Fault]) -> P:
        """The request as a plan, held to the limits in the form of its answer."""
        request, faults = read(self.schema, posted(), known)
        if form in MEDIA_TYPES:
            request |= self.needed
        plan = self.plan(request, pricing.limits(), faults)
        g.optimizers = optimizers_of(plan)
        pricing.hold(plan.price, self.form_price(plan, form), plan.advice)
        return plan

    def form_price(self, plan: P, form: str) -> Price:
        """What a form of the answer costs, or a picture."""
        return self.picture_price(plan, MEDIA_TYPES[form]) if form in MEDIA_TYPES else self.numbers_price(plan, form)

    def numbers(self, plan: P, form: str) -> Response:
        """The result in one of the forms that hold its numbers."""
        with Stopwatch("compute"):
            ran = self.run(plan)
        with Stopwatch("encode"):
            return self.forms[form](ran)

    def picture(self, plan: P, form: str, theme: str) -> Response:
        """The result drawn."""
        with Stopwatch("compute"):
            drawing = self.drawing(self.run(plan))
        with Stopwatch("encode"):
            return Response(drawing(MEDIA_TYPES[form], theme), mimetype=form)


def optimizers_of(plan: Any) -> list[str]:
    """The names of the optimizers of a plan: of a run one, of a comparison or a map several."""
    return [each.choice.optimizer.name for each in getattr(plan, "contenders", (plan,))]


def theme_faults(query: Mapping[str, str]) -> list[Fault]:
    """A picture has one of the known themes."""
    theme = query.get("theme", "light")
    return [] if theme in THEMES else [Fault(("query", "theme"), unknown("theme", theme, THEMES))]


def threads() -> int:
    """How many threads one request may use."""
    settings = current_app.config["SETTINGS"]
    return int(settings.threads_a_worker)
