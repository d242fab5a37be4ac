"""The view of what has a picture: it reads, prices and runs a request, and answers with numbers or draws them, as the client accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from flask import Flask, Response, current_app, g
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
from .settings import Settings
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

#: This share of a request's time is kept for sending its answer.
FOR_THE_ANSWER = 0.05

#: What is ready to be drawn: a format and a theme make its bytes.
Drawing = Callable[[str, str], bytes]

#: The resources that have a picture, by name.
DRAWABLES: dict[str, Drawable[Any, Any]] = {}

#: Where an app has who draws for it; else it draws itself.
STUDIO = "studio"


@dataclass(frozen=True)
class Errand:
    """What is to be drawn: the request as it was read, of which resource, in which format and theme."""

    resource: str
    request: Mapping[str, Any]
    format: str
    theme: str


@dataclass(frozen=True)
class Picture:
    """What was drawn, and the seconds that its parts took."""

    data: bytes
    timing: Mapping[str, float]


@dataclass(frozen=True)
class Drawable(Generic[P, R]):
    """What differs between the resources that have a picture."""

    name: str
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

    def __post_init__(self) -> None:
        DRAWABLES[self.name] = self

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
            request, plan = self.read(form, [*faults, *theme_faults(query)])
        if form in MEDIA_TYPES:
            errand = Errand(self.name, request, MEDIA_TYPES[form], query.get("theme", "light"))
            answer = Response(self.picture(errand, plan), mimetype=form)
        else:
            answer = self.numbers(plan, form)
        answer.headers["Vary"] = "Accept"
        return answer

    def read(self, form: str, known: Sequence[Fault]) -> tuple[Mapping[str, Any], P]:
        """The request, and its plan, held to the limits in the form of its answer."""
        request, faults = read(self.schema, posted(), known)
        if form in MEDIA_TYPES:
            request |= self.needed
        plan = self.plan(request, pricing.limits(), faults)
        g.optimizers = optimizers_of(plan)
        pricing.hold(plan.price, self.form_price(plan, form), plan.advice)
        return request, plan

    def form_price(self, plan: P, form: str) -> Price:
        """What a form of the answer costs, or a picture."""
        return self.picture_price(plan, MEDIA_TYPES[form]) if form in MEDIA_TYPES else self.numbers_price(plan, form)

    def numbers(self, plan: P, form: str) -> Response:
        """The result in one of the forms that hold its numbers."""
        with Stopwatch("compute"):
            ran = self.run(plan)
        with Stopwatch("encode"):
            return self.forms[form](ran)

    def picture(self, errand: Errand, plan: P) -> bytes:
        """The result drawn, by who draws for this app if there is one."""
        studio: DrawElsewhere | None = current_app.extensions.get(STUDIO)
        picture = studio(errand, seconds_left()) if studio is not None else None
        if picture is None:
            return self.drawn(errand, plan)
        g.timing.update(picture.timing)
        return picture.data

    def drawn(self, errand: Errand, plan: P) -> bytes:
        """The result drawn, here."""
        with Stopwatch("compute"):
            drawing = self.drawing(self.run(plan))
        with Stopwatch("encode"):
            return drawing(errand.format, errand.theme)


#: Who draws for an app, in another process, within so many seconds; None where nobody does any more.
DrawElsewhere = Callable[[Errand, float], Picture | None]


def seconds_left() -> float:
    """How long a picture may take, so that the request is answered in the time that it has."""
    most: float = current_app.config["SETTINGS"].max_seconds
    return (1.0 - FOR_THE_ANSWER) * most - (perf_counter() - g.began) if most else inf


def draw_for(settings: Settings, errand: Errand) -> Picture:
    """Draw what an app with these settings has read, and has held to the limits, in another process."""
    app = Flask(__name__)
    app.config["SETTINGS"] = settings
    with app.app_context():
        g.timing = {}
        drawable = DRAWABLES[errand.resource]
        plan = drawable.plan(errand.request, pricing.limits(), ())
        return Picture(drawable.drawn(errand, plan), g.timing)


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
